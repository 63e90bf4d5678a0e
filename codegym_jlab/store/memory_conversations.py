"""Conversations in dicts: a part of `memory.MemoryStore`. What each method promises stands in `conversations.py`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from codegym_jlab.submission import Verdict

from .base import Progress
from .conversations import Asked, KeptTurn, Spent
from .privacy import Erasure
from .remembered import Kept


class MemoryConversations:
    """Turns by id, which sorts by time."""

    _erased: dict[str, Erasure]
    _progress: dict[tuple[str, str, str], Progress]
    _kept: dict[str, Kept]

    def __init__(self) -> None:
        super().__init__()
        self._turns: dict[str, KeptTurn] = {}

    def _turns_in(self, offering: str) -> list[KeptTurn]:
        return sorted((turn for turn in self._turns.values() if turn.offering == offering), key=lambda turn: turn.id)

    async def add_turn(self, turn: KeptTurn) -> None:
        if turn.person not in self._erased:
            self._turns[turn.id] = turn

    async def turns(self, offering: str, person: str, exercise: str | None, limit: int) -> Sequence[KeptTurn]:
        return self._talk(offering, person, exercise)[-limit:]

    def _talk(self, offering: str, person: str, exercise: str | None) -> list[KeptTurn]:
        mine = (turn for turn in self._turns_in(offering) if turn.person == person)
        return [turn for turn in mine if exercise in (None, turn.exercise)]

    async def hide_turns(self, offering: str, person: str, exercise: str) -> int:
        shown = [turn for turn in self._talk(offering, person, exercise) if not turn.hidden]
        for turn in shown:
            self._turns[turn.id] = replace(turn, hidden=True)
        return len(shown)

    async def thumb(self, offering: str, person: str, turn: str, thumb: int) -> KeptTurn | None:
        found = self._turns.get(turn)
        if found is None or (found.offering, found.person) != (offering, person):
            return None
        self._turns[turn] = replace(found, thumb=thumb)
        return self._turns[turn]

    async def asked(self, offering: str) -> Sequence[Asked]:
        grouped: dict[tuple[str, str], list[KeptTurn]] = defaultdict(list)
        for turn in self._turns_in(offering):
            grouped[turn.exercise, turn.intent].append(turn)
        return [
            Asked(
                *of,
                turns=len(turns),
                people=len({turn.person for turn in turns}),
                helped=sum(turn.thumb > 0 for turn in turns),
                unhelped=sum(turn.thumb < 0 for turn in turns),
                withheld=sum(bool(turn.withheld) for turn in turns),
                by_llm=sum(turn.llm is not None for turn in turns),
            )
            for of, turns in sorted(grouped.items())
        ]

    async def rungs(self, offering: str) -> Mapping[str, Mapping[int, int]]:
        found: dict[str, Counter[int]] = defaultdict(Counter)
        for line in self._progress.values():
            if line.offering == offering and line.hints:
                found[line.exercise][line.hints] += 1
        return found

    async def waits(self, offering: str, limit: int) -> Mapping[str, Sequence[float]]:
        found: dict[str, list[float]] = defaultdict(list)
        for turn in sorted(self._turns_in(offering), key=lambda turn: turn.asked_at)[-limit:]:
            times = self._accepted_after(turn)
            if times:
                found[turn.exercise].append((min(times) - turn.asked_at).total_seconds())
        return found

    def _accepted_after(self, turn: KeptTurn) -> list[datetime]:
        place = (turn.offering, turn.person, turn.exercise)
        return [
            sent.received_at
            for kept in self._kept.values()
            if ((sent := kept.submission).offering, sent.person, sent.exercise) == place
            and sent.received_at >= turn.asked_at
            and self._verdict(kept) is Verdict.AC
        ]

    def _verdict(self, kept: Kept) -> Verdict | None:
        judged = (self._kept[kept.same_as] if kept.same_as else kept).judgement
        return judged.verdict if judged else None

    async def withheld(self, offering: str, after: str, limit: int) -> Sequence[KeptTurn]:
        return [turn for turn in self._turns_in(offering) if turn.withheld and turn.id > after][:limit]

    async def spent(self, offering: str, person: str, since: datetime) -> Spent:
        lately = [turn for turn in self._turns_in(offering) if turn.asked_at >= since]
        mine = sum(turn.tokens for turn in lately if turn.person == person)
        return Spent(mine, sum(turn.tokens for turn in lately))
