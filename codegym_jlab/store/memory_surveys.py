"""A class added up in dicts: a part of `memory.MemoryStore`. What each method promises stands in `survey.py`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from codegym_jlab.submission import Kind

from .base import Progress
from .privacy import Erasure
from .register import Member
from .remembered import Kept
from .survey import ExerciseTally, Standstill, Tally


class MemorySurveys:
    """Tallies and standstills."""

    _kept: dict[str, Kept]
    _progress: dict[tuple[str, str, str], Progress]
    _roles: dict[tuple[str, str, str], Member]
    _erased: dict[str, Erasure]

    def _class(self, offering: str, section: str | None) -> dict[str, list[Progress]]:
        """The lines of each student who is enrolled now."""
        found: dict[str, list[Progress]] = {
            person: []
            for (of, person, role), member in self._roles.items()
            if (of, role, member.ended_at) == (offering, "student", None) and section in (None, member.section)
        }
        for (of, person, _), line in self._progress.items():
            if of == offering and person in found:
                found[person].append(line)
        return found

    async def tallies(self, offering: str, units: Mapping[str, str], section: str | None = None) -> Sequence[Tally]:
        grouped: dict[tuple[str, str], list[Progress]] = defaultdict(list)
        for person, lines in self._class(offering, section).items():
            for line in lines:
                if line.exercise in units:
                    grouped[person, units[line.exercise]].append(line)
        return [_tally(person, unit, lines) for (person, unit), lines in grouped.items()]

    async def exercise_tallies(self, offering: str, section: str | None = None) -> Sequence[ExerciseTally]:
        grouped: dict[str, list[Progress]] = defaultdict(list)
        for lines in self._class(offering, section).values():
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

    async def standstills(self, offering: str, section: str | None = None) -> Sequence[Standstill]:
        newest = (_newest(lines) for lines in self._class(offering, section).values())
        stands = (line for line in newest if line is not None and not line.solved and not line.awaiting_review)
        found = (self._standstill(line) for line in stands)
        return [one for one in found if one is not None]

    def _standstill(self, line: Progress) -> Standstill | None:
        place = (line.offering, line.person, line.exercise)
        sent = [
            kept.submission.received_at
            for kept in self._kept.values()
            if (kept.submission.offering, kept.submission.person, kept.submission.exercise) == place
            and kept.submission.kind is not Kind.DRAFT
        ]
        if not sent:
            return None
        return Standstill(line.person, line.exercise, len(sent), min(sent), max(sent), line.verdict, line.failed)

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
