"""What keeps a class from asking the hidden checks too much: new sources wait their turn, and time tells little.

`policy.rate` is a bucket that holds `sources` and fills evenly in `per_s` seconds; a new source takes one out. What is
left is kept as one moment, the one at which it is full again (the generic cell rate algorithm, ITU-T I.371). A
judgement that took long is released at one of a few moments, so that the time it took tells two bits at most.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from codegym_jlab.course.policy import RateLimit
from codegym_jlab.store.base import Turn

#: What took no longer is released at once, in seconds.
AT_ONCE_S = 0.25
RELEASES_S = (1.0, 4.0, 16.0)


def turn_of(rate: RateLimit, full_at: datetime | None, now: datetime) -> Turn:
    """The turn of a new source that came at `now`. `full_at`: what the turn before left; None: there was none."""
    one = timedelta(seconds=rate.per_s / rate.sources)
    full_at = now if full_at is None else max(full_at, now)
    free_at = full_at - one * (rate.sources - 1)
    return Turn(free_at if free_at > now else None, full_at + one)


def released_after(took_s: float, total_s: float) -> float:
    """Seconds after its beginning at which a judgement is released that took `took_s` of at most `total_s`."""
    if took_s <= AT_ONCE_S:
        return took_s
    return min((at for at in (*RELEASES_S, total_s) if at >= took_s), default=took_s)


@dataclass(frozen=True, slots=True)
class Holding:
    """Holds judgements back. `timer` gives seconds that never go back; a test whose time stands still has its own."""

    timer: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def hold(self, began: float, took_s: float, total_s: float) -> None:
        """Return when the judgement that began at `began` (of `timer`) may be known."""
        rest = began + released_after(took_s, total_s) - self.timer()
        if took_s > AT_ONCE_S and rest > 0:
            await self.sleep(rest)
