"""Outbox → sinks: at least once, in order for each key.

The store fills the outbox in the transaction of what an event tells of; this room says what it needs of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from .records import Event

log = logging.getLogger("codegym.events")

BATCH = 200
#: So long after a commit it is told of: the person's answer goes first, and what comes meanwhile goes with it.
LINGER_S = 0.005


class SinkUnavailable(Exception):
    """The sink is away, or its answer is unknown: the event stays in the outbox and is sent again."""


class EventRefused(Exception):
    """The sink will never take this event: after three refusals it is a dead letter."""


@dataclass(frozen=True, slots=True)
class Pending:
    """An event that is still to be delivered, and its place in the outbox."""

    place: int
    event: Event


class Outbox(Protocol):
    """What the relay needs of the store."""

    async def undelivered(self, limit: int) -> Sequence[Pending]:
        """The oldest `limit` events neither delivered nor dead, in the order in which they were committed."""
        ...

    async def delivered(self, places: Sequence[int]) -> None:
        """These were taken by every sink."""
        ...

    async def refused(self, place: int, why: str, *, dead_after: int) -> None:
        """One more refusal of this event; from `dead_after` on it is a dead letter and no longer undelivered."""
        ...


class Sink(Protocol):
    """Where events go: the jupyter_events log, and later Kafka or Dapr."""

    name: str

    async def send(self, event: Event) -> None:
        """Return once the event is taken for good. Raises SinkUnavailable or EventRefused."""
        ...


class Relay:
    """Delivers when poked and, for what was left over, every `every_s` seconds. One relay an outbox."""

    def __init__(self, outbox: Outbox, sinks: Sequence[Sink], *, every_s: float = 5.0, dead_after: int = 3) -> None:
        self._outbox = outbox
        self._sinks = tuple(sinks)
        self._every_s = every_s
        self._dead_after = dead_after
        self._taken: dict[int, set[str]] = {}
        self._is_more = False  #: the last pass took as many as one may; what is committed during it pokes anew
        self._poked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def poke(self) -> None:
        """Something was committed; called by the manager after each transaction that wrote events."""
        self._poked.set()

    def start(self) -> None:
        """Begin to deliver in the background; what a former process left comes first."""
        if self._task is None:
            self._poked.set()
            self._task = asyncio.create_task(self._run(), name="codegym-relay")

    async def close(self) -> None:
        """Stop; what is not delivered stays in the outbox."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                # not wait_for: on Python 3.11 it loses a cancellation that comes as the event is set
                async with asyncio.timeout(self._every_s):
                    await self._poked.wait()
                    await asyncio.sleep(LINGER_S)
            self._poked.clear()
            try:
                while await self.deliver() and self._is_more:
                    pass
            except SinkUnavailable as error:
                log.warning("events wait in the outbox: %s", error)
            except Exception:
                log.exception("events wait in the outbox")

    async def deliver(self) -> int:
        """One pass over the oldest events; returns how many were delivered. Raises SinkUnavailable."""
        waiting = await self._outbox.undelivered(BATCH)
        self._is_more = len(waiting) == BATCH
        done: list[int] = []
        held: set[str] = set()
        try:
            for pending in waiting:
                if pending.event.key not in held:
                    if await self._send(pending):
                        done.append(pending.place)
                    else:
                        held.add(pending.event.key)
        finally:
            if done:
                await self._outbox.delivered(done)
                for place in done:
                    self._taken.pop(place, None)
        return len(done)

    async def _send(self, pending: Pending) -> bool:
        """True when every sink has it; a sink that took it before is not asked again by this process."""
        taken = self._taken.setdefault(pending.place, set())
        for sink in self._sinks:
            if sink.name in taken:
                continue
            try:
                await sink.send(pending.event)
            except EventRefused as error:
                await self._outbox.refused(pending.place, f"{sink.name}: {error}", dead_after=self._dead_after)
                log.error("event %s was refused by %s: %s", pending.event.id, sink.name, error)
                return False
            taken.add(sink.name)
        return True
