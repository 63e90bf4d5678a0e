"""Outbox → sinks: at least once, in order for each key, whatever one of the sinks does.

The store fills the outbox in the transaction of what an event tells of, and writes down which sink has it; this room
says what it needs of it.
"""

import asyncio
import logging
import secrets
import time
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from codegym_jlab.telemetry import metrics

from ..records import Event, end_tasks, frozen, grouped, utc_now
from ..telemetry.traces import Span, bind, nothing, span_of

log = logging.getLogger("codegym.events")

BATCH = 200
#: So long after a commit it is told of: the person's answer goes first, and what comes meanwhile goes with it.
LINGER_S = 0.005
LEASE_S = 15.0
#: A sink that is away is tried again after this, and after twice as long each time, up to the second.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
STUCK_S = 120.0  #: a lane that has not come round for so long hangs: no pause and no sink's time-out is half of it


class SinkUnavailable(Exception):
    """The sink is away, or its answer is unknown: the event stays in the outbox and is sent again."""


class EventRefused(Exception):
    """The sink will never take this event: after three refusals it is a dead letter, once the other sinks have it."""


@frozen
class Pending:
    """An event that is still to be delivered, and its place in the outbox."""

    place: int
    event: Event


@frozen
class DeadLetter:
    """An event that a sink refused for good, and in which words."""

    event: Event
    why: str
    tries: int


@frozen
class Depth:
    """How much is in the outbox."""

    waiting: int
    oldest: datetime | None  #: of those that wait
    dead: int


@frozen
class Learner:
    """Somebody of a class as the platform knows them, and where the scores of their course there go."""

    user: str
    items: str  #: the address of the course's columns; empty: it takes no scores


class Outbox(Protocol):
    """What the relay needs of the store. `sinks`: the names of all there are."""

    async def hold(self, holder: str, now: datetime, until: datetime) -> bool:
        """Lease the outbox to this relay, or renew its lease; False while another one has it."""

    async def let_go(self, holder: str) -> None:
        """Give the lease back."""

    async def undelivered(self, limit: int, sink: str = "") -> Sequence[Pending]:
        """The oldest `limit` events that this sink lacks (none named: that some sink lacks), as they were committed."""

    async def took(self, places: Sequence[int], sink: str, sinks: Collection[str]) -> None:
        """This sink has these now; what all of them have is delivered."""

    async def refused(self, place: int, why: str) -> None:
        """One more refusal of this event; it stays in the queue."""

    async def gave_up(self, place: int, sink: str, sinks: Collection[str]) -> None:
        """This sink will never take it: a dead letter once all others have it."""

    async def settle(self, sinks: Collection[str]) -> None:
        """Delivered, or dead, is what lacks none of these: there were others before."""


class Sink(Protocol):
    """Where events go: the jupyter_events log, Kafka, Dapr."""

    name: str
    at_once: int  #: so many sends may be under way, each of another key

    async def send(self, event: Event) -> None:
        """Return once the event is taken for good. Raises SinkUnavailable or EventRefused."""

    async def close(self) -> None:
        """Let go of connections and threads. May be called twice."""


@dataclass(eq=False)
class Relay:
    """Delivers when poked and, for what was left over, every `every_s` seconds, while it holds the outbox.

    One relay at a time has the outbox: two would send twice, and could change the order. Each sink has a lane of its
    own: one that is away holds up no other.
    """

    outbox: Outbox
    sinks: Sequence[Sink]
    every_s: float = 2.0
    dead_after: int = 3
    pause_s: float = FIRST_PAUSE_S
    _until = 0.0  #: the lease's end, by the monotonic clock
    _asking: asyncio.Task[bool] | None = None  #: for the lease

    def __post_init__(self) -> None:
        self.names = frozenset(sink.name for sink in self.sinks)
        self.lanes = [Lane(sink, self) for sink in self.sinks]
        self.writing = asyncio.Lock()  #: who writes at the same time does not see what the other wrote
        self._holder = secrets.token_hex(8)
        self._tasks: list[asyncio.Task[None]] = []

    def poke(self) -> None:
        """Something was committed; called by the manager after each transaction that wrote events."""
        for lane in self.lanes:
            lane.poked.set()

    def start(self) -> None:
        """Begin to deliver in the background; what a former process left comes first."""
        self.poke()
        self._tasks = [asyncio.create_task(lane.run(), name=f"codegym-relay-{lane.sink.name}") for lane in self.lanes]

    @property
    def stuck(self) -> tuple[str, ...]:
        """Names of sinks whose lane has ended, or hangs, while it should run; not of those that are only away."""
        since = time.monotonic() - STUCK_S
        lanes = zip(self._tasks, self.lanes, strict=False)
        return tuple(lane.sink.name for task, lane in lanes if task.done() or lane.came_round < since)

    @property
    def is_fresh(self) -> bool:
        """Less than half of the lease has passed."""
        return self._until - time.monotonic() > LEASE_S / 2

    async def held(self) -> bool:
        """Asked of the store only when half of the lease has passed: a check writes nothing more for it."""
        if self.is_fresh:
            return True
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        # the store's thread goes on, and may get the lease, when the lane is cancelled
        return await asyncio.shield(self._asking)

    async def _ask(self) -> bool:
        asked, now = time.monotonic(), utc_now()
        first = not self._until
        if not await self.outbox.hold(self._holder, now, now + timedelta(seconds=LEASE_S)):
            return False
        self._until = asked + LEASE_S
        if first:
            await self.outbox.settle(self.names)
        return True

    async def close(self) -> None:
        """Stop; what is not delivered stays in the outbox. Another server need not wait for the lease's end."""
        tasks, self._tasks = self._tasks, []
        await end_tasks(*tasks)
        for lane in self.lanes:
            await lane.sink.close()
        if self._asking:
            await asyncio.wait([self._asking])
            self._until, self._asking = 0.0, None
            with suppress(Exception):  # the records are away: it runs out by itself
                await self.outbox.let_go(self._holder)


@dataclass(eq=False)
class Lane:
    """One sink: what it lacks, in order for each key; when it is tried again."""

    sink: Sink
    _relay: Relay

    def __post_init__(self) -> None:
        self.poked = asyncio.Event()
        self.came_round = time.monotonic()
        self._refusals = Counter[int]()  #: by place

    async def run(self) -> None:
        """Until it is cancelled."""
        pause = 0.0
        while True:
            with suppress(TimeoutError):
                # not wait_for: on Python 3.11 it loses a cancellation that comes as the event is set
                async with asyncio.timeout(self._relay.every_s):
                    await self.poked.wait()
                    await asyncio.sleep(LINGER_S)
            self.poked.clear()
            try:
                while await self.once() == BATCH:
                    pass
                pause = 0.0
                continue
            except Exception as error:
                unforeseen = not isinstance(error, SinkUnavailable)
                log.warning("events wait in the outbox: %s: %s", self.sink.name, error, exc_info=unforeseen)
            pause = min(LONGEST_PAUSE_S, 2 * pause or self._relay.pause_s)
            await asyncio.sleep(pause * (0.75 + secrets.randbelow(512) / 1024))
            self.poked.set()

    async def once(self) -> int:
        """One batch: how many the sink took; 0 where nothing is left to do. Raises SinkUnavailable."""
        self.came_round = time.monotonic()
        relay, name = self._relay, self.sink.name
        if not relay.is_fresh and not await relay.outbox.undelivered(1):
            return 0  # an idle server writes nothing
        if not await relay.held():
            return 0
        taken, problems = list[int](), list[Exception]()
        try:
            await self._offer(await relay.outbox.undelivered(BATCH, name), taken, problems)
        finally:
            if taken:
                async with relay.writing:
                    await relay.outbox.took(taken, name, relay.names)
        if problems:
            raise problems[0]
        return len(taken)

    async def _offer(self, lacking: Sequence[Pending], taken: list[int], problems: list[Exception]) -> None:
        """One send under way for each key, so that order holds whatever comes of each; many keys at once."""
        keys = grouped((pending.event.key if self.sink.at_once > 1 else "", pending) for pending in lacking)
        gate = asyncio.Semaphore(self.sink.at_once)

        async def in_turn(queue: Collection[Pending]) -> None:
            held = set[str]()
            for pending in queue:
                async with gate:
                    if problems:
                        return
                    if pending.event.key in held:
                        continue
                    if await self._sent(pending, problems):
                        taken.append(pending.place)
                    else:
                        held.add(pending.event.key)

        await asyncio.gather(*map(in_turn, keys.values()))

    async def _sent(self, pending: Pending, problems: list[Exception]) -> bool:
        """False where those of its key must wait: until it is known to have arrived, or is dead."""
        event, outcome = pending.event, "taken"
        with bind(submission=event.data.get("submission"), offering=event.offering):
            try:
                with told_of(event, self.sink.name):
                    await self.sink.send(event)
            except EventRefused as error:
                await self._refused(pending, error)
                outcome = "refused"
            except Exception as error:  # of a sink that is away, or what nobody foresaw
                problems.append(error)
                outcome = "away"
            log.debug("%s %s by %s", event.type, outcome, self.sink.name)
        metrics.sends.add(self.sink.name, outcome)
        return outcome == "taken"

    async def _refused(self, pending: Pending, error: EventRefused) -> None:
        relay, place, why = self._relay, pending.place, f"{self.sink.name}: {error}"
        await relay.outbox.refused(place, why)
        log.error("event %s was refused by %s", pending.event.id, why)
        self._refusals[place] += 1
        if self._refusals[place] >= relay.dead_after:
            del self._refusals[place]
            async with relay.writing:
                await relay.outbox.gave_up(place, self.sink.name, relay.names)


def told_of(event: Event, sink: str) -> Span:
    """The span of sending it, a part of what wrote it; none where that was not traced."""
    if event.traceparent is None:
        return nothing
    return span_of(event.traceparent, "send", "producer", sink=sink, event=event.type, event_id=event.id)
