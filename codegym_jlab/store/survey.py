"""The store seam for dashboards: how a whole class stands, added up where the records lie.

A class is its students as they are enrolled now. Who was erased still counts, by number alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .base import Progress


@dataclass(frozen=True, slots=True)
class Tally:
    """What one student has done in one unit; none for who has not begun it."""

    person: str
    unit: str
    handed_in: int  #: exercises
    solved: int  #: of them, accepted at least once
    late: int  #: of them, where what counts came late
    awaiting_review: int
    points: float  #: of what counts, after lateness and hints
    last_at: datetime | None  #: when they last sent something

    def plus(self, other: Tally) -> Tally:
        """Of other exercises of the same unit, too."""
        seen = [at for at in (self.last_at, other.last_at) if at is not None]
        return Tally(
            self.person,
            self.unit,
            self.handed_in + other.handed_in,
            self.solved + other.solved,
            self.late + other.late,
            self.awaiting_review + other.awaiting_review,
            self.points + other.points,
            max(seen, default=None),
        )


@dataclass(frozen=True, slots=True)
class ExerciseTally:
    """What a class did in one exercise, by the newest that each handed in."""

    exercise: str
    handed_in: int  #: people
    accepted: int  #: of them, whose newest is accepted
    attempts: int  #: of all of them
    failed: Mapping[str, int] = field(default_factory=dict)  #: by check: how many did not pass it


@dataclass(frozen=True, slots=True)
class Standstill:
    """The exercise that a student worked at last, which is not accepted yet."""

    person: str
    exercise: str
    sends: int  #: tries and submits
    first_at: datetime
    last_at: datetime
    verdict: str | None  #: of the newest that was handed in
    failed: tuple[str, ...] = ()  #: checks that it did not pass


#: Exercise → unit, of what teams answer: there a member of a team has the team's line.
Shared = Mapping[str, str]


class Surveys(Protocol):
    """A class as it stands. `section`: None for all of it. A class of thousands is answered whole, in no order."""

    async def tallies(
        self, offering: str, units: Mapping[str, str], section: str | None = None, shared: Shared | None = None
    ) -> Sequence[Tally]:
        """By student and unit; `units` says in which unit an exercise is, and leaves out what is not asked for."""
        ...

    async def exercise_tallies(
        self, offering: str, section: str | None = None, shared: Shared | None = None
    ) -> Sequence[ExerciseTally]:
        """By exercise. Each member of a team counts as one who handed in what the team did."""
        ...

    async def standstills(
        self, offering: str, section: str | None = None, shared: Shared | None = None
    ) -> Sequence[Standstill]:
        """Who has not got further than this, as far as is known."""
        ...

    async def lines(self, offering: str, after: tuple[str, str], limit: int) -> Sequence[Progress]:
        """A page of what was handed in, by person and exercise; `after` is the last of the page before."""
        ...
