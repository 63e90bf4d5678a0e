"""Outbox → sinks: at least once, in order for each key, whatever one of the sinks does.

The store fills the outbox in the transaction of what an event tells of; this room says what it needs of it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from codegym_jlab.telemetry import metrics

from ..telemetry.logs import bind
from .records import Event, told_of


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


log = logging.getLogger("codegym.events")

BATCH = 200
#: So long after a commit it is told of: the person's answer goes first, and what comes meanwhile goes with it.
LINGER_S = 0.005
LEASE_S = 15.0
#: A sink that is away is tried again after this, and after twice as long each time, up to the second.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
#: So often a sink looks at what it took already, for what came late or was brought back: see `_Lane._from`.
AFRESH_S = 30.0
STUCK_S = 120.0  #: a lane that has not come round for so long hangs: no pause and no sink's time-out is half of it


class SinkUnavailable(Exception):
    """The sink is away, or its answer is unknown: the event stays in the outbox and is sent again."""


class EventRefused(Exception):
    """The sink will never take this event: after three refusals it is a dead letter, once the other sinks have it."""


@dataclass(frozen=True, slots=True)
class Pending:
    """An event that is still to be delivered, its place in the outbox, and the sinks that have it already."""

    place: int
    event: Event
    sent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that a sink refused for good, and in which words."""

    place: int
    event: Event
    why: str
    tries: int


@dataclass(frozen=True, slots=True)
class Depth:
    """How much is in the outbox."""

    waiting: int
    oldest: datetime | None  #: of those that wait
    dead: int


class Outbox(Protocol):
    """What the relay needs of the store."""

    async def hold(self, holder: str, now: datetime, until: datetime) -> bool:
        """Lease the outbox to this relay, or renew its lease; False while another one has it."""
        ...

    async def let_go(self, holder: str) -> None:
        """Give the lease back."""
        ...

    async def undelivered(self, limit: int, after: int = 0) -> Sequence[Pending]:
        """The oldest `limit` events past `after` neither delivered nor dead, in the order of their commits."""
        ...

    async def sent(self, places: Sequence[int], sink: str) -> None:
        """This sink has these; others do not yet."""
        ...

    async def delivered(self, places: Sequence[int]) -> None:
        """These were taken by every sink."""
        ...

    async def refused(self, place: int, why: str) -> None:
        """One more refusal of this event; it stays in the queue."""
        ...

    async def give_up(self, place: int, has: Collection[str]) -> None:
        """A dead letter from now on, and no longer undelivered. These sinks have it, and are not given it again."""
        ...


class Sink(Protocol):
    """Where events go: the jupyter_events log, Kafka, Dapr."""

    name: str
    at_once: int  #: so many sends may be under way, each of another key

    async def send(self, event: Event) -> None:
        """Return once the event is taken for good. Raises SinkUnavailable or EventRefused."""
        ...

    async def close(self) -> None:
        """Let go of connections and threads. May be called twice."""
        ...


class Relay:
    """Delivers when poked and, for what was left over, every `every_s` seconds, while it holds the outbox.

    Each sink has a lane of its own: one that is away holds up no other.
    """

    def __init__(
        self,
        outbox: Outbox,
        sinks: Sequence[Sink],
        *,
        every_s: float = 2.0,
        dead_after: int = 3,
        lease_s: float = LEASE_S,
        pause_s: float = FIRST_PAUSE_S,
    ) -> None:
        self._outbox = outbox
        self._lease = _Lease(outbox, lease_s)
        self._delivery = Delivery(outbox, frozenset(sink.name for sink in sinks))
        self._lanes = [_Lane(sink, outbox, self._lease, self._delivery, dead_after, pause_s) for sink in sinks]
        self._every_s = every_s
        self._tasks: list[asyncio.Task[None]] = []

    def poke(self) -> None:
        """Something was committed; called by the manager after each transaction that wrote events."""
        for lane in self._lanes:
            lane.poked.set()

    def start(self) -> None:
        """Begin to deliver in the background; what a former process left comes first."""
        if not self._tasks:
            self.poke()
            self._tasks = [
                asyncio.create_task(lane.run(self._every_s), name=f"codegym-relay-{lane.sink.name}")
                for lane in self._lanes
            ]

    @property
    def stuck(self) -> tuple[str, ...]:
        """Names of sinks whose lane has ended, or hangs, while it should run; not of those that are only away."""
        since = time.monotonic() - STUCK_S
        lanes = zip(self._tasks, self._lanes, strict=False)
        return tuple(lane.sink.name for task, lane in lanes if task.done() or lane.came_round < since)

    async def deliver(self) -> int:
        """One pass of every lane over the oldest events; how many every sink has now. Raises SinkUnavailable."""
        before = self._delivery.count
        outcomes = await asyncio.gather(*(lane.once() for lane in self._lanes), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return self._delivery.count - before

    async def close(self) -> None:
        """Stop; what is not delivered stays in the outbox."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for lane in self._lanes:
            await lane.sink.close()
        await self._lease.give_back()


class _Lease:
    """One relay at a time delivers from an outbox: two would send twice, and could change the order."""

    def __init__(self, outbox: Outbox, lease_s: float) -> None:
        self._outbox = outbox
        self._lease_s = lease_s
        self._holder = secrets.token_hex(8)
        self._until = 0.0  #: by the monotonic clock
        self._asking = asyncio.Lock()

    @property
    def is_fresh(self) -> bool:
        """Less than half of it has passed."""
        return self._until - time.monotonic() > self._lease_s / 2

    async def held(self) -> bool:
        """Asked of the store only when half of it has passed: a check writes nothing more for it."""
        async with self._asking:
            if self.is_fresh:
                return True
            asked, now = time.monotonic(), datetime.now(UTC)
            if await self._outbox.hold(self._holder, now, now + timedelta(seconds=self._lease_s)):
                self._until = asked + self._lease_s
                return True
            self._until = 0.0
            return False

    async def give_back(self) -> None:
        """So that another server need not wait for its end."""
        if self._until:
            self._until = 0.0
            try:
                await self._outbox.let_go(self._holder)
            except Exception as error:
                log.warning("the lease of the outbox was not given back: %s", error)


class _Lane:
    """One sink: what it lacks, in order for each key; when it is tried again."""

    def __init__(
        self, sink: Sink, outbox: Outbox, lease: _Lease, delivery: Delivery, dead_after: int, pause_s: float
    ) -> None:
        self.sink = sink
        self.poked = asyncio.Event()
        self._outbox, self._lease, self._delivery = outbox, lease, delivery
        self._dead_after, self._pause_s = dead_after, pause_s
        self._refusals: Counter[int] = Counter()  #: by place
        self._after, self._afresh = 0, 0.0
        self.came_round = time.monotonic()
        self._is_more = False  #: the last pass read as many as one may; what is committed during it pokes anew

    async def run(self, every_s: float) -> None:
        """Until it is cancelled."""
        pause = 0.0
        while True:
            with suppress(TimeoutError):
                # not wait_for: on Python 3.11 it loses a cancellation that comes as the event is set
                async with asyncio.timeout(every_s):
                    await self.poked.wait()
                    await asyncio.sleep(LINGER_S)
            self.poked.clear()
            try:
                while await self.once() and self._is_more:
                    pass
                pause = 0.0
                continue
            except SinkUnavailable as error:
                log.warning("events wait in the outbox: %s: %s", self.sink.name, error)
            except Exception as error:
                log.warning("events wait in the outbox: %s: %s", self.sink.name, error, exc_info=True)
            pause = min(LONGEST_PAUSE_S, 2 * pause or self._pause_s)
            await asyncio.sleep(pause * (0.75 + secrets.randbelow(512) / 1024))
            self.poked.set()

    async def once(self) -> int:
        """One batch: how many the sink took; 0 where nothing is left to do. Raises SinkUnavailable."""
        self.came_round = time.monotonic()
        if not self._lease.is_fresh and not await self._outbox.undelivered(1):
            return 0  # an idle server writes nothing
        if not await self._lease.held():
            return 0
        while True:
            waiting = await self._outbox.undelivered(BATCH, self._from())
            self._is_more = len(waiting) == BATCH
            lacking = [pending for pending in waiting if self._delivery.lacks(pending, self.sink.name)]
            if lacking:
                break
            await self._delivery.settle(waiting)
            if len(waiting) < BATCH:
                return 0
            self._after = waiting[-1].place  # all of them wait for another sink
        taken: list[Pending] = []
        try:
            problem = await self._offer(lacking, taken)
            (self._delivery.behind.add if problem else self._delivery.behind.discard)(self.sink.name)
        finally:
            await self._delivery.took(taken, self.sink.name)
        if problem is not None:
            raise problem
        return len(taken)

    def _from(self) -> int:
        """Where to begin: past what waits for other sinks alone. From the start again now and then, since on
        PostgreSQL a lower number may be committed later, and since dead letters are brought back to their place."""
        if time.monotonic() >= self._afresh:
            self._after, self._afresh = 0, time.monotonic() + AFRESH_S
        return self._after

    async def _offer(self, lacking: Sequence[Pending], taken: list[Pending]) -> SinkUnavailable | None:
        """One send under way for each key, so that order holds whatever comes of each; many keys at once."""
        keys: dict[str, list[Pending]] = {}
        for pending in lacking:
            keys.setdefault(pending.event.key if self.sink.at_once > 1 else "", []).append(pending)
        problems: list[SinkUnavailable] = []
        gate = asyncio.Semaphore(self.sink.at_once)

        async def in_turn(queue: Collection[Pending]) -> None:
            held: set[str] = set()
            for pending in queue:
                async with gate:
                    if problems:
                        return
                    if pending.event.key in held:
                        continue
                    if await self._sent(pending, problems):
                        taken.append(pending)
                    else:
                        held.add(pending.event.key)

        try:
            async with asyncio.TaskGroup() as group:
                for queue in keys.values():
                    group.create_task(in_turn(queue))
        except* Exception as unforeseen:
            log.error("%s: %s", self.sink.name, unforeseen.exceptions[0], exc_info=unforeseen.exceptions[0])
            problems.append(SinkUnavailable(f"{type(unforeseen.exceptions[0]).__name__}"))
        return problems[0] if problems else None

    async def _sent(self, pending: Pending, problems: list[SinkUnavailable]) -> bool:
        """False where those of its key must wait: until it is known to have arrived, or is dead."""
        event, outcome = pending.event, "taken"
        with bind(submission=event.data.get("submission"), offering=event.offering):
            try:
                with told_of(event, self.sink.name):
                    await self.sink.send(event)
            except SinkUnavailable as error:
                problems.append(error)
                outcome = "away"
            except EventRefused as error:
                await self._refused(pending, error)
                outcome = "refused"
            log.debug("%s %s by %s", event.type, outcome, self.sink.name)
        metrics.sends.add(self.sink.name, outcome)
        return outcome == "taken"

    async def _refused(self, pending: Pending, error: EventRefused) -> None:
        why = f"{self.sink.name}: {error}"
        await self._outbox.refused(pending.place, why)
        log.error("event %s was refused by %s", pending.event.id, why)
        self._refusals[pending.place] += 1
        if self._refusals[pending.place] >= self._dead_after:
            del self._refusals[pending.place]
            await self._delivery.gave_up(pending, self.sink.name)
