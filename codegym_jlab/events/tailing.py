"""All that is told, as it is told, for people who watch. The relay has an order of its own and needs none of this."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from .relay import Letters, Pending

PAGE = 500
LOOK_S = 0.5
#: A place that was left out is looked at for so long. On PostgreSQL a lower one may be committed after a higher one;
#: after that the transaction that took it was undone, or its event was deleted.
LATE = timedelta(seconds=60)


async def tail(letters: Letters, *, from_start: bool, once: bool) -> AsyncIterator[Pending]:
    """Each event once: what there is, where `from_start`, then what comes; `once`: ends when there is no more."""
    seen = _Seen(0 if from_start else max(0, await letters.newest() - PAGE))
    if not from_start:
        for each in await letters.told(seen.floor, PAGE):
            seen.add(each)
    while True:
        any_new, after = False, seen.floor
        while page := await letters.told(after, PAGE):
            for each in page:
                if each not in seen:
                    any_new = True
                    seen.add(each)
                    yield each
            after = page[-1].place
            seen.settle()
        if not any_new and once:
            return
        if not any_new:
            await asyncio.sleep(LOOK_S)


class _Seen:
    """Up to `floor` nothing more can come; above it, what was seen, with the time of its event."""

    def __init__(self, floor: int) -> None:
        self.floor = floor
        self._above: dict[int, datetime] = {}

    def __contains__(self, pending: Pending) -> bool:
        return pending.place <= self.floor or pending.place in self._above

    def add(self, pending: Pending) -> None:
        self._above[pending.place] = pending.event.time

    def settle(self) -> None:
        """Raise the floor to the first place that may still come."""
        settled = datetime.now(UTC) - LATE
        for place in sorted(self._above):
            if place != self.floor + 1 and self._above[place] > settled:
                return
            self.floor = place
            del self._above[place]
