"""A class added up in dicts: a part of `memory.MemoryStore`. What each method promises stands in `survey.py`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from codegym_jlab.submission import Kind

from .base import Progress
from .memory_teams import MemoryTeams
from .privacy import Erasure
from .remembered import Kept
from .survey import ExerciseTally, Shared, Standstill, Tally


class MemorySurveys(MemoryTeams):
    """Tallies and standstills."""

    _kept: dict[str, Kept]
    _progress: dict[tuple[str, str, str], Progress]
    _erased: dict[str, Erasure]

    def _class(self, offering: str, section: str | None, shared: Shared | None) -> dict[str, list[Progress]]:
        """The lines of each student who is enrolled now: their own, and in what teams answer their team's."""
        found: dict[str, list[Progress]] = {}
        for (of, person, role), member in self._roles.items():
            if (of, role, member.ended_at) == (offering, "student", None) and section in (None, member.section):
                found[person] = self._lines_of(offering, person, shared or {})
        return found

    def _lines_of(self, offering: str, person: str, shared: Shared) -> list[Progress]:
        teams = self._teams_of(offering, person)
        mine = {exercise: teams[unit].id for exercise, unit in shared.items() if unit in teams}
        return [
            line
            for (of, owner, exercise), line in self._progress.items()
            if of == offering and owner == mine.get(exercise, person)
        ]

    async def tallies(
        self, offering: str, units: Mapping[str, str], section: str | None = None, shared: Shared | None = None
    ) -> Sequence[Tally]:
        grouped: dict[tuple[str, str], list[Progress]] = defaultdict(list)
        for person, lines in self._class(offering, section, shared).items():
            for line in lines:
                if line.exercise in units:
                    grouped[person, units[line.exercise]].append(line)
        return [_tally(person, unit, lines) for (person, unit), lines in grouped.items()]

    async def exercise_tallies(
        self, offering: str, section: str | None = None, shared: Shared | None = None
    ) -> Sequence[ExerciseTally]:
        grouped: dict[str, list[Progress]] = defaultdict(list)
        for lines in self._class(offering, section, shared).values():
            for line in lines:
                if line.submitted_at is not None:
                    grouped[line.exercise].append(line)
        return [
            ExerciseTally(
                exercise,
                len(lines),
                sum(line.verdict == "AC" for line in lines),
                sum(line.attempts for line in lines),
                Counter(check for line in lines for check in line.failed),
            )
            for exercise, lines in grouped.items()
        ]

    async def standstills(
        self, offering: str, section: str | None = None, shared: Shared | None = None
    ) -> Sequence[Standstill]:
        newest = {person: _newest(lines) for person, lines in self._class(offering, section, shared).items()}
        stands = [(who, line) for who, line in newest.items() if line and not line.solved and not line.awaiting_review]
        found = (self._standstill(who, line) for who, line in stands)
        return [one for one in found if one is not None]

    def _standstill(self, person: str, line: Progress) -> Standstill | None:
        place = (line.offering, line.person, line.exercise)
        sent = [
            kept.submission.received_at
            for kept in self._kept.values()
            if (kept.submission.offering, kept.submission.person, kept.submission.exercise) == place
            and kept.submission.kind is not Kind.DRAFT
        ]
        if not sent:
            return None
        return Standstill(person, line.exercise, len(sent), min(sent), max(sent), line.verdict, line.failed)

    async def lines(self, offering: str, after: tuple[str, str], limit: int) -> Sequence[Progress]:
        lines = (line for line in self._progress.values() if line.offering == offering and line.submitted_at)
        lines = (line for line in lines if line.person not in self._erased)
        ordered = sorted(lines, key=lambda line: (line.person, line.exercise))
        return [line for line in ordered if (line.person, line.exercise) > after][:limit]


def _touched(line: Progress) -> datetime | None:
    return max((at for at in (line.tried_at, line.submitted_at) if at is not None), default=None)


def _newest(lines: Iterable[Progress]) -> Progress | None:
    """Of equals the first by name."""
    touched = [(at, line) for line in lines if (at := _touched(line)) is not None]
    last = max((at for at, _ in touched), default=None)
    return min((line for at, line in touched if at == last), key=lambda line: line.exercise, default=None)


def _tally(person: str, unit: str, lines: Sequence[Progress]) -> Tally:
    return Tally(
        person,
        unit,
        handed_in=sum(line.submitted_at is not None for line in lines),
        solved=sum(line.solved for line in lines),
        late=sum((line.counting_late_s or 0) > 0 for line in lines),
        awaiting_review=sum(line.awaiting_review for line in lines),
        points=sum(line.counting_score or 0.0 for line in lines),
        last_at=max((at for line in lines if (at := _touched(line)) is not None), default=None),
    )
