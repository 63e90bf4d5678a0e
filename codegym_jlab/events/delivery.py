"""Which sinks have what, and which will never take it: when an event leaves the outbox, and as what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .relay import Outbox, Pending


class Delivery:
    """Kept here while all sinks are well, written down where one is behind. Shared by the lanes of one relay.

    What one sink refuses for good stays in the queue until every other one has it: only then is it a dead letter.
    """

    def __init__(self, outbox: Outbox, names: frozenset[str]) -> None:
        self._outbox = outbox
        self._names = names
        self._taken: dict[int, set[str]] = {}
        self._given_up: dict[int, set[str]] = {}  #: by whom
        self.behind: set[str] = set()
        self.count = 0

    def lacks(self, pending: Pending, sink: str) -> bool:
        """Whether this sink is still to be given it."""
        return sink not in self._has(pending) and sink not in self._given_up.get(pending.place, ())

    async def took(self, pending: Iterable[Pending], sink: str) -> None:
        """This sink has them now."""
        done, part = [], []
        for each in pending:
            taken = self._taken.setdefault(each.place, set(each.sent))
            taken.add(sink)
            if self._is_over(each):
                done.append(each)
            elif self.behind - taken:
                part.append(each.place)
        await self._leave(done)
        if part:
            await self._outbox.sent(part, sink)

    async def gave_up(self, pending: Pending, sink: str) -> None:
        """This sink will never take it."""
        self._given_up.setdefault(pending.place, set()).add(sink)
        await self.settle([pending])

    async def settle(self, waiting: Iterable[Pending]) -> None:
        """What every sink has, and the records do not know: they were away, or there were other sinks before."""
        await self._leave([each for each in waiting if self._is_over(each)])

    def _has(self, pending: Pending) -> frozenset[str]:
        return pending.sent | self._taken.get(pending.place, set())

    def _is_over(self, pending: Pending) -> bool:
        return self._has(pending) | self._given_up.get(pending.place, set()) >= self._names

    async def _leave(self, over: Iterable[Pending]) -> None:
        """Out of the queue with these."""
        delivered = []
        for each in over:
            if each.place in self._given_up:
                await self._outbox.give_up(each.place, self._has(each))
                self._forget(each.place)
            else:
                delivered.append(each.place)
        if delivered:
            await self._outbox.delivered(delivered)
            self.count += len(delivered)
            for place in delivered:
                self._forget(place)

    def _forget(self, place: int) -> None:
        self._taken.pop(place, None)
        self._given_up.pop(place, None)
