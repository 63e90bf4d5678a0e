"""Conversations in dicts: a part of `memory.MemoryStore`. What each method promises stands in `conversations.py`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from codegym_jlab.submission import Verdict

from .base import HintGiven, Progress
from .conversations import ALL, Asked, KeptTurn, Narrow, Spent
from .privacy import Erasure
from .register import Member
from .remembered import Kept


class MemoryConversations:
    """Turns by id, which sorts by time."""

    _erased: dict[str, Erasure]
    _progress: dict[tuple[str, str, str], Progress]
    _kept: dict[str, Kept]
    _hints: dict[tuple[str, str, str], list[HintGiven]]
    _roles: dict[tuple[str, str, str], Member]

    def __init__(self) -> None:
        super().__init__()
        self._turns: dict[str, KeptTurn] = {}

    def _turns_in(self, offering: str) -> list[KeptTurn]:
        return sorted((turn for turn in self._turns.values() if turn.offering == offering), key=lambda turn: turn.id)

    def _within(self, offering: str, narrow: Narrow, exercise: str, person: str, at: datetime | None = None) -> bool:
        """Whether something of this person at this time is looked at."""
        if narrow.section is not None and person not in {
            member.person
            for (of, _, _), member in self._roles.items()
            if (of, member.section, member.ended_at) == (offering, narrow.section, None)
        }:
            return False
        early = at is not None and narrow.since is not None and at < narrow.since
        return narrow.exercise in (None, exercise) and not early

    def _narrowed(self, offering: str, narrow: Narrow) -> list[KeptTurn]:
        found = self._turns_in(offering)
        return [one for one in found if self._within(offering, narrow, one.exercise, one.person, one.asked_at)]

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

    async def asked(self, offering: str, narrow: Narrow = ALL) -> Sequence[Asked]:
        grouped: dict[tuple[str, str], list[KeptTurn]] = defaultdict(list)
        for turn in self._narrowed(offering, narrow):
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

    async def rungs(self, offering: str, narrow: Narrow = ALL) -> Mapping[str, Mapping[int, int]]:
        found: dict[str, Counter[int]] = defaultdict(Counter)
        for (of, person, exercise), many in self._hints_had(narrow.since).items():
            if of == offering and many and self._within(offering, narrow, exercise, person):
                found[exercise][many] += 1
        return found

    def _hints_had(self, since: datetime | None) -> dict[tuple[str, str, str], int]:
        if since is None:
            return {key: line.hints for key, line in self._progress.items()}
        return {key: sum(hint.given_at >= since for hint in given) for key, given in self._hints.items()}

    async def waits(self, offering: str, limit: int, narrow: Narrow = ALL) -> Mapping[str, Sequence[float]]:
        found: dict[str, list[float]] = defaultdict(list)
        for turn in sorted(self._narrowed(offering, narrow), key=lambda turn: turn.asked_at)[-limit:]:
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

    async def withheld(self, offering: str, after: str, limit: int, narrow: Narrow = ALL) -> Sequence[KeptTurn]:
        return [turn for turn in self._narrowed(offering, narrow) if turn.withheld and turn.id > after][:limit]

    async def spent(self, offering: str, person: str, since: datetime) -> Spent:
        lately = [turn for turn in self._turns_in(offering) if turn.asked_at >= since]
        mine = sum(turn.tokens for turn in lately if turn.person == person)
        return Spent(mine, sum(turn.tokens for turn in lately))
