"""The outbox of every store, and several relays and sinks at it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from contract.events.deliveries import deliver

from codegym_jlab.events.relay import EventRefused, Relay, SinkUnavailable
from codegym_jlab.records import Event, new_id
from codegym_jlab.store import Store
from codegym_jlab.store.base import HintGiven, Progress
from codegym_jlab.store.classes import Offering

pytestmark = pytest.mark.anyio


@dataclass
class Sink:
    """Takes everything but what it is told not to; as many at once as Kafka does."""

    name: str = "log"
    at_once: int = 200
    away: bool = False
    refuses: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)  #: taken once, with an answer that says that it is unknown
    taken: list[str] = field(default_factory=list)
    asked: int = 0
    gate: asyncio.Event | None = None

    async def send(self, event: Event) -> None:
        self.asked += 1
        if self.gate is not None:
            await self.gate.wait()
        await asyncio.sleep(0)
        if self.away:
            raise SinkUnavailable("no broker")
        if event.id in self.refuses:
            raise EventRefused("no such field")
        self.taken.append(event.id)
        if event.id in self.lost:
            self.lost.discard(event.id)
            raise SinkUnavailable("it may have come")

    async def close(self) -> None:
        pass


async def post(store: Store, *ids: str) -> None:
    """An id is `person number`."""
    who = await store.enrol(Offering("o", "c", "C"), "ana")
    for id in ids:
        event = Event(id, "hint_given", id.split()[0], "o", datetime.now(UTC), {})

        def give(line: Progress, given: object, event: Event = event) -> tuple[HintGiven, Progress, Event]:
            return HintGiven(1, event.time), line, event

        await store.give_hint("o", who.person, new_id(), give)


async def test_one_holds_the_outbox_at_a_time(store: Store) -> None:
    now = datetime.now(UTC)
    later = now + timedelta(seconds=10)
    assert await store.hold("a", now, later) and not await store.hold("b", now, later)
    assert await store.hold("a", now, later + timedelta(seconds=5)), "renewed"
    assert not await store.hold("b", later, later + timedelta(seconds=9))
    assert await store.hold("b", later + timedelta(seconds=6), later + timedelta(seconds=9)), "it ran out"
    await store.let_go("a")
    assert not await store.hold("a", later + timedelta(seconds=7), later + timedelta(seconds=9)), "not a's to give"
    await store.let_go("b")
    assert await store.hold("a", now, later)


async def test_a_lease_from_a_clock_that_was_ahead_binds_no_one(store: Store) -> None:
    now = datetime.now(UTC)
    ahead = now + timedelta(hours=2)
    assert await store.hold("a", ahead, ahead + timedelta(seconds=15))
    assert await store.hold("b", now, now + timedelta(seconds=15))


async def test_an_idle_server_takes_no_lease(store: Store) -> None:
    relay, now = Relay(store, [Sink()], every_s=0.01), datetime.now(UTC)
    relay.start()
    await asyncio.sleep(0.1)
    assert await store.hold("another", now, now + timedelta(seconds=15))
    await relay.close()


async def test_two_relays_send_nothing_twice_and_the_second_goes_on(store: Store) -> None:
    ids = [f"p{n % 7} {n}" for n in range(60)]
    await post(store, *ids)
    sinks = Sink(), Sink()
    first, second = (Relay(store, [sink], every_s=0.02) for sink in sinks)
    first.start()
    second.start()
    await settled(store)
    await first.close()
    await second.close()
    assert sorted(sinks[0].taken + sinks[1].taken) == sorted(ids)
    await post(store, "p1 after")
    third = Sink()
    relay = Relay(store, [third])
    assert await deliver(relay) == 1 and third.taken == ["p1 after"]
    await relay.close()


async def test_a_relay_that_is_closed_as_it_asks_for_the_lease_keeps_none(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await post(store, "p1 1")
    written, hold = asyncio.Event(), store.hold

    async def ask(*lease: Any) -> bool:
        held = await hold(*lease)
        written.set()
        await asyncio.sleep(0.01)  # the answer is on its way
        return held

    monkeypatch.setattr(store, "hold", ask)
    relay, now = Relay(store, [Sink()]), datetime.now(UTC)
    relay.start()
    await written.wait()
    await relay.close()
    assert await hold("another", now, now + timedelta(seconds=15))


async def test_a_sink_that_is_away_holds_up_no_other_and_gets_all_later(store: Store) -> None:
    """More than a batch waits for it meanwhile; a new relay knows what the other sink has."""
    ids = [f"p{n % 9} {n}" for n in range(450)]
    log, broker = Sink("log"), Sink("kafka", away=True)
    relay = Relay(store, [log, broker], every_s=0.02, pause_s=0.01)
    relay.start()
    await post(store, *ids[:5])
    while broker.asked < 2:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await post(store, *ids[5:])
    async with asyncio.timeout(60):
        while len(log.taken) < len(ids):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await relay.close()
    assert (await store.depth()).waiting == len(ids) and broker.taken == []
    broker.away = False
    relay = Relay(store, [log, broker], every_s=0.02)
    relay.start()
    await settled(store)
    await relay.close()
    assert sorted(broker.taken) == sorted(ids)
    assert sorted(set(log.taken)) == sorted(ids) and len(log.taken) < len(ids) + 200
    for person in {id.split()[0] for id in ids}:
        assert [id for id in broker.taken if id.startswith(person + " ")] == [
            id for id in ids if id.startswith(person + " ")
        ]


async def test_a_sink_that_is_named_no_more_keeps_nothing_back(store: Store) -> None:
    await post(store, "ana 1")
    log, broker = Sink("log"), Sink("kafka", away=True)
    relay = Relay(store, [log, broker])
    for _ in range(2):
        with pytest.raises(SinkUnavailable):
            await deliver(relay)
    await post(store, "ana 2")
    with pytest.raises(SinkUnavailable):
        await deliver(relay)
    await relay.close()
    alone = Relay(store, [log])
    await deliver(alone)
    await deliver(alone)
    await alone.close()
    assert (await store.depth()).waiting == 0


async def test_an_unknown_outcome_is_sent_again_before_the_persons_next(store: Store) -> None:
    await post(store, "ana 1", "ben 1", "ana 2")
    sink = Sink(lost={"ana 1"})
    relay = Relay(store, [sink])
    with pytest.raises(SinkUnavailable):
        await deliver(relay)
    while await deliver(relay):
        pass
    await relay.close()
    assert [id for id in sink.taken if id.startswith("ana")] == ["ana 1", "ana 1", "ana 2"]
    assert sink.taken.count("ben 1") == 1


async def test_a_dead_letter_lets_the_next_pass_and_comes_back_to_its_place(store: Store) -> None:
    await post(store, "ana 1", "ana 2", "ben 1")
    sink = Sink(refuses={"ana 1"})
    relay = Relay(store, [sink], dead_after=2)
    await deliver(relay)
    assert sink.taken == ["ben 1"], "ana's next waits for what becomes of her first"
    await deliver(relay)
    await deliver(relay)
    assert sink.taken == ["ben 1", "ana 2"]
    (letter,) = await store.dead(9)
    assert (letter.event.id, letter.why, letter.tries) == ("ana 1", "log: no such field", 2)
    depth = await store.depth()
    assert (depth.waiting, depth.oldest, depth.dead) == (0, None, 1)
    assert await store.resend() == 1
    sink.refuses.clear()
    await deliver(relay)
    assert sink.taken[-1] == "ana 1" and await store.resend() == 0 and not await store.dead(9)
    await relay.close()


async def test_what_one_sink_refuses_for_good_waits_for_another_that_is_away(store: Store) -> None:
    await post(store, "ana 1", "ana 2")
    log, broker = Sink("log", refuses={"ana 1"}), Sink("broker", away=True)
    relay = Relay(store, [log, broker], dead_after=2)
    for _ in range(4):
        with pytest.raises(SinkUnavailable):
            await deliver(relay)
    assert log.taken == ["ana 2"], "what it refuses holds up no one"
    assert not await store.dead(9) and (await store.depth()).waiting == 2
    broker.away = False
    await deliver(relay)
    await relay.close()
    assert broker.taken == ["ana 1", "ana 2"] and not await store.undelivered(9)
    (letter,) = await store.dead(9)
    assert (letter.event.id, letter.why, letter.tries) == ("ana 1", "log: no such field", 2)


async def test_a_letter_sent_again_goes_to_those_alone_that_lack_it_on_another_server_too(store: Store) -> None:
    await post(store, "ana 1")
    before = [Sink("log", refuses={"ana 1"}), Sink("broker")]
    relay = Relay(store, before, dead_after=1)
    await deliver(relay)
    await relay.close()
    assert before[1].taken == ["ana 1"] and await store.resend() == 1
    log, broker = Sink("log"), Sink("broker")
    relay = Relay(store, [log, broker])
    await deliver(relay)
    await relay.close()
    assert (log.taken, broker.taken) == (["ana 1"], []) and (await store.depth()).dead == 0


async def test_all_that_was_told_can_be_read_in_order(store: Store) -> None:
    assert await store.newest() == 0 and await store.told(0, 9) == []
    await post(store, "ana 1", "ben 1", "ana 2")
    first, *rest = await store.told(0, 9)
    assert first.event.id == "ana 1" and [p.event.id for p in rest] == ["ben 1", "ana 2"]
    assert await store.told(first.place, 1) == rest[:1] and await store.newest() == rest[-1].place


async def test_a_sink_that_is_away_is_asked_more_and_more_rarely(store: Store) -> None:
    await post(store, "ana 1")
    sink = Sink(away=True)
    relay = Relay(store, [sink], every_s=0.001, pause_s=0.02)
    relay.start()
    for _ in range(50):
        relay.poke()  # a class is at work
        await asyncio.sleep(0.01)
    await relay.close()
    assert 1 <= sink.asked <= 25, "it was poked fifty times"


async def test_what_was_sent_as_the_server_ended_is_not_sent_again(store: Store) -> None:
    await post(store, "ana 1", "ben 1")
    sink = Sink(at_once=1)
    relay = Relay(store, [sink])
    relay.start()
    while not sink.taken:  # noqa: ASYNC110
        await asyncio.sleep(0)
    sink.gate = asyncio.Event()
    await relay.close()
    left: list[Any] = [pending.event.id for pending in await store.undelivered(9)]
    assert sorted(sink.taken + left) == ["ana 1", "ben 1"]


async def settled(store: Store) -> None:
    async with asyncio.timeout(60):
        while (await store.depth()).waiting:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
