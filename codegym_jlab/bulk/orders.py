"""What a bulk flow is told to do, and what it says when it is done: plain JSON, kept by DBOS."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from codegym_jlab.grading.regrading import Regraded

Place = tuple[str, str]  #: a person and an exercise


@dataclass(frozen=True, slots=True)
class Order:
    """A regrading that is to be recorded."""

    course_dir: str  #: empty: the version of that digest which was published
    course_digest: str  #: what is graded against: another version of the course is another order
    offering: str
    exercises: tuple[str, ...]
    who: str  #: a person of the offering
    why: str
    allow_lower: bool = False
    span: int = 50  #: lines in one step

    def as_json(self) -> dict[str, Any]:
        """For DBOS."""
        return {**asdict(self), "exercises": list(self.exercises)}

    @classmethod
    def of(cls, body: dict[str, Any]) -> Order:
        """From that."""
        return cls(**{**body, "exercises": tuple(body["exercises"])})


@dataclass(frozen=True, slots=True)
class Span:
    """The lines after one and up to another."""

    after: Place
    upto: Place

    def as_json(self) -> list[list[str]]:
        """For DBOS."""
        return [list(self.after), list(self.upto)]

    @classmethod
    def of(cls, body: list[list[str]]) -> Span:
        """From that."""
        (a, b), (c, d) = body
        return cls((a, b), (c, d))


@dataclass(slots=True)
class Tally:
    """What was done, of a span or of all."""

    lines: int = 0
    graded: int = 0
    recorded: int = 0
    held: int = 0  #: their score would fall
    stale: int = 0  #: judged otherwise meanwhile
    unanswered: list[str] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)

    def count(self, done: Iterable[Regraded]) -> None:
        """Add what became of some lines."""
        for one in done:
            self.lines += 1
            self.graded += one.line.graded
            self.recorded += one.recorded
            self.held += one.held
            self.stale += one.stale
            self.unanswered += one.line.unanswered
            if one.line.changes:
                self.changed.append(one.line.as_json())

    def add(self, other: dict[str, Any]) -> None:
        """Add a span's."""
        for name, value in other.items():
            setattr(self, name, getattr(self, name) + value)

    def as_json(self) -> dict[str, Any]:
        """For DBOS and for programs."""
        return asdict(self)
