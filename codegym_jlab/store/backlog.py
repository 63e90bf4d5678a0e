"""What whoever watches the records asks of them: do they answer, and how much waits. A part of `base.Store`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Backlog:
    """Of all offerings, whichever server accepted them."""

    waiting: int  #: stored, and not judged
    oldest: datetime | None  #: when the oldest of them was received; not of what is a draft's or staff's
    parked: int  #: not judged three times, by our fault


class Watched(Protocol):
    """Asked every few seconds: neither reads a whole table."""

    async def check(self) -> None:
        """Raises StoreUnavailable where the records do not answer, StoreTooNew where a newer server changed them."""
        ...

    async def backlog(self) -> Backlog:
        """How much waits, since when, and how much nobody will judge without staff."""
        ...
