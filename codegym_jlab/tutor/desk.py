"""What answers questions beside the records, put together: guard, explainer, models, patterns, a day's share."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.grading.grader import Grader
from codegym_jlab.llm.budget import Budget, Limits
from codegym_jlab.llm.chain import Chain
from codegym_jlab.sandbox.base import Sandbox
from codegym_jlab.store.base import Store

from .asking import Desk
from .conversation import Room
from .explaining import SandboxExplains
from .guard import Guard
from .patterns import WrongPatterns


def desk_of(store: Store, sandbox: Sandbox, grader: Grader, chain: Chain | None, tokens: Limits | None = None) -> Desk:
    """For a server; `tokens` are those of a day (UTC). Called once, at the first question."""
    first: list[Guard] = []

    def room(loaded: LoadedCourse) -> Room:
        guard = first[0].of(loaded) if first else Guard(loaded, sandbox, grader)
        if not first:
            first.append(guard)
        return Room(loaded, guard, chain if chain else None, SandboxExplains(sandbox))

    budget = Budget(tokens, TurnsLedger(store), lambda: datetime.now(UTC).date()) if tokens else None
    return Desk(room, WrongPatterns(grader), budget)


class TurnsLedger:
    """Tokens as the kept turns have them; see `llm.budget.Ledger`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def used(self, day: date, offering: str, person: str | None) -> int:
        """Of a person, or of the offering."""
        since = datetime.combine(day, time(), UTC)
        spent = await self._store.spent(offering, person or "", since)
        return spent.offering if person is None else spent.person

    async def add(self, day: date, offering: str, person: str, tokens: int) -> None:
        """The turn itself was kept with its tokens."""
