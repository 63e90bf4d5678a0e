"""Outbox to sinks: at least once, in order for each key, whatever a sink does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from contract.events.deliveries import deliver
from scrape import counted

from codegym_jlab.events.relay import BATCH, EventRefused, Relay, SinkUnavailable
from codegym_jlab.records import Event
from codegym_jlab.store.base import HintGiven, Progress
from codegym_jlab.store.classes import Offering
from codegym_jlab.store.sql.store import SqlStore
from codegym_jlab.telemetry import metrics

pytestmark = pytest.mark.anyio


@dataclass
class ScriptedSink:
    """Takes everything but what it is told not to."""

    name: str = "scripted"
    away: bool = False
    at_once: int = 1
    unforeseen: BaseException | None = None
    refuses: set[str] = field(default_factory=set)
    taken: list[str] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, event: Event) -> None:
        self.asked.set()
        if self.away:
            raise SinkUnavailable("no broker")
        if event.id in self.refuses:
            raise EventRefused("no such field")
        if self.unforeseen is not None:
            raise self.unforeseen
        self.taken.append(event.id)

    async def close(self) -> None:
        self.closed = True


async def outbox(*ids: str) -> SqlStore:
    """An id is `key number`."""
    store = SqlStore()
    who = await store.enrol(Offering("o", "c", "C"), "ana")

    for id in ids:
        event = Event(id, "hint_given", id.split()[0], "o", datetime.now(UTC), {})

        def give(line: Progress, given: Sequence[object], event: Event = event) -> tuple[HintGiven, Progress, Event]:
            return HintGiven(len(given) + 1, event.time), line, event

        await store.give_hint("o", who.person, "e", give)
    return store


async def test_events_are_delivered_once_and_in_order() -> None:
    store, sink = await outbox("ana 1", "ben 1", "ana 2"), ScriptedSink()
    relay = Relay(store, [sink])
    assert await deliver(relay) == 3 and await deliver(relay) == 0
    assert sink.taken == ["ana 1", "ben 1", "ana 2"]


async def test_a_sink_that_is_away_leaves_all_in_the_outbox() -> None:
    store, sink = await outbox("ana 1", "ana 2"), ScriptedSink(away=True)
    relay = Relay(store, [sink])
    for _ in range(10):
        with pytest.raises(SinkUnavailable):
            await deliver(relay)
    sink.away = False
    assert await deliver(relay) == 2 and sink.taken == ["ana 1", "ana 2"]


async def test_what_one_sink_took_is_not_sent_to_it_again_while_the_other_is_away() -> None:
    store, log, broker = await outbox("ana 1"), ScriptedSink("log"), ScriptedSink("broker", away=True)
    relay = Relay(store, [log, broker])
    with pytest.raises(SinkUnavailable):
        await deliver(relay)
    broker.away = False
    await deliver(relay)
    assert (log.taken, broker.taken) == (["ana 1"], ["ana 1"])


async def test_a_refused_event_holds_up_its_own_key_only_until_it_is_dead() -> None:
    store, sink = await outbox("ana 1", "ana 2", "ben 1"), ScriptedSink(refuses={"ana 1"})
    relay = Relay(store, [sink], dead_after=2)
    await deliver(relay)
    assert sink.taken == ["ben 1"]
    await deliver(relay)
    await deliver(relay)
    assert sink.taken == ["ben 1", "ana 2"] and not await store.undelivered(9)


async def test_another_process_delivers_what_was_left() -> None:
    store = await outbox("ana 1")
    before, sink = Relay(store, [ScriptedSink(away=True)]), ScriptedSink()
    with pytest.raises(SinkUnavailable):
        await deliver(before)
    await before.close()
    assert await deliver(Relay(store, [sink])) == 1 and sink.taken == ["ana 1"]


async def test_it_delivers_in_the_background_when_poked_and_by_itself() -> None:
    store, sink = await outbox("ana 1"), ScriptedSink(away=True)
    relay = Relay(store, [sink], every_s=0.01)
    relay.start()
    await asyncio.wait_for(sink.asked.wait(), 60)
    sink.away = False
    async with asyncio.timeout(60):
        while await store.undelivered(9):  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    await relay.close()
    await relay.close()
    assert sink.taken == ["ana 1"]


@pytest.mark.parametrize("steps", range(6))
async def test_it_ends_whenever_it_is_told_to(steps: int) -> None:
    relay = Relay(await outbox("ana 1"), [ScriptedSink()])
    relay.start()
    for _ in range(steps):
        await asyncio.sleep(0)
    relay.poke()
    await asyncio.wait_for(relay.close(), 60)


async def test_more_than_one_pass_takes_goes_on_without_being_poked_again() -> None:
    ids = [f"ana {number}" for number in range(2 * BATCH + 1)]
    store, sink = await outbox(*ids), ScriptedSink()
    relay = Relay(store, [sink], every_s=3600)
    relay.start()
    async with asyncio.timeout(60):
        while len(sink.taken) < len(ids) or await store.undelivered(1):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await relay.close()
    assert sink.taken == ids


async def test_what_sinks_do_with_events_is_counted() -> None:
    metrics.switch_on()

    def counts() -> list[float]:
        return [
            counted("codegym_relay_sends_total", sink="counted", outcome=end) for end in ("taken", "refused", "away")
        ]

    before = counts()
    sink = ScriptedSink("counted", refuses={"b 1"})
    relay = Relay(await outbox("a 1", "b 1"), [sink])
    await deliver(relay)
    sink.away = True
    with pytest.raises(SinkUnavailable):
        await deliver(relay)
    assert [now - then for now, then in zip(counts(), before, strict=True)] == [1, 1, 1]
    await relay.close()


async def test_a_lane_that_hangs_is_stuck_and_one_whose_sink_is_away_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codegym_jlab.events.relay.STUCK_S", 0.2)
    released, asked = asyncio.Event(), asyncio.Event()

    class Hanging(ScriptedSink):
        async def send(self, event: Event) -> None:
            asked.set()
            await released.wait()

    away = ScriptedSink("away", away=True)
    relay = Relay(await outbox("a 1"), [Hanging("hangs"), away], every_s=0.01, pause_s=0.01)
    assert relay.stuck == ()  # not begun
    relay.start()
    await asked.wait()
    while relay.stuck != ("hangs",):  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    released.set()
    while relay.stuck:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    await relay.close()
    assert relay.stuck == ()
