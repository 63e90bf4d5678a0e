"""A real Kafka broker that dies and comes back, who reads its topic, and what doctor and `codegym events` say of it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from absent import running
from contract import outside
from contract.events.deliveries import deliver
from contract.outside import ROOT

from codegym_jlab.events.dapr import Dapr, examine as examine_dapr
from codegym_jlab.events.kafka import Broker, Kafka, ensure_topic
from codegym_jlab.events.relay import EventRefused, Relay, SinkUnavailable
from codegym_jlab.events.sinks import Routes
from codegym_jlab.records import Event, new_id
from codegym_jlab.store.base import HintGiven, Progress
from codegym_jlab.store.classes import Offering
from codegym_jlab.store.sql.store import SqlStore

from .conftest import NOON

pytestmark = pytest.mark.anyio


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    made = SqlStore(tmp_path / "codegym.sqlite")
    await made.open()
    yield made
    await made.close()


async def post(store: SqlStore, events: list[Event]) -> None:
    """Each in a transaction of its own, of a hint."""
    who = await store.enrol(Offering("local:basics", "basics", "Basics"), "ana")

    for number, event in enumerate(events):

        def give(line: Progress, given: object, event: Event = event) -> tuple[HintGiven, Progress, Event]:
            return HintGiven(1, event.time), line, event

        await store.give_hint("local:basics", who.person, f"e{number}-{new_id()}", give)


def test_it_starts_whatever_id_it_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = tmp_path / "head"  # in place of the system's random bytes: in Kafka's alphabet these begin with a dash
    drawn.write_text("#!/bin/sh\nprintf '" + "\\373" * 16 + "'\n")
    drawn.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with running(outside.Broker) as made:
        assert (made.folder / "data" / "meta.properties").is_file()


async def drained(store: SqlStore, seconds: float = 90) -> None:
    async with asyncio.timeout(seconds):
        while await store.undelivered(1):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a_broker_killed_while_it_is_written_to_loses_nothing(broker: Any, store: SqlStore, told: Any) -> None:
    """Acknowledged are those that left the outbox; all came, in order for each person once copies are dropped."""
    people, topic = [new_id() for _ in range(8)], f"kill.{new_id()}"
    sent: list[Event] = []
    sink = Kafka(Broker(broker.servers, topic, timeout_s=2.0))
    relay = Relay(store, [sink], every_s=0.05, pause_s=0.1)
    relay.start()
    try:
        for round in range(3):
            batch = [told.hint(person) for _ in range(10) for person in people]
            sent += batch
            await post(store, batch)
            if round == 0:
                await drained(store)
            if round == 1:
                await asyncio.to_thread(broker.end)
        assert await store.undelivered(1)
        await asyncio.sleep(2.5)  # longer than a send is waited for: outcomes are unknown now
        await asyncio.to_thread(broker.start)
        await drained(store)
    finally:
        await relay.close()
        if broker._process is None:
            await asyncio.to_thread(broker.start)
    arrived = [json.loads(message.value()) for message in await asyncio.to_thread(broker.read, topic)]
    assert {event["id"] for event in arrived} == {event.id for event in sent}
    for person in people:
        mine = list(dict.fromkeys(event["id"] for event in arrived if event["subject"] == person))
        assert mine == [event.id for event in sent if event.key == person]


async def test_nobody_answers_and_nothing_is_lost(store: SqlStore, told: Any, broker: Any) -> None:
    await post(store, [told.hint("p")])
    nobody = Relay(store, [Kafka(Broker("127.0.0.1:1", timeout_s=1.0))])
    with pytest.raises(SinkUnavailable):
        await deliver(nobody)
    await nobody.close()
    assert (await store.depth()).waiting == 1
    relay = Relay(store, [Kafka(Broker(broker.servers, f"late.{new_id()}"))])
    assert await deliver(relay) == 1
    await relay.close()


async def test_a_class_is_built_from_the_topic_alone(broker: Any, told: Any) -> None:
    """Every event twice, an old line late, and a clock that was set back in between: the example tells them apart."""
    topic, ana, ben = f"class.{new_id()}", new_id(), new_id()
    later = NOON + timedelta(minutes=5)
    late = told.progress(ana, "sum-even", 0.0, NOON - timedelta(minutes=5))
    events = [
        told.progress(ana, "sum-even", 1.0, NOON),
        told.progress(ana, "maximum", 0.5, later),
        told.progress(ana, "maximum", 1.5, NOON - timedelta(hours=1)),
        told.progress(ana, "sum-even", 2.0, later),
        told.progress(ana, "mean", 2.0, NOON),
        told.hint(ben, "mean"),
        told.progress(ben, "mean", 0.5, NOON),
        *told.of_every_type(ben)[:2],
    ]
    sink = Kafka(Broker(broker.servers, topic))
    for event in [*events, *events, late, events[0]]:
        await sink.send(event)
    await sink.close()
    command = [sys.executable, str(ROOT / "examples" / "class_progress.py"), broker.servers, "--topic", topic, "--once"]
    ran = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=60, check=True)
    rows = {row["person"]: row for row in map(json.loads, ran.stdout.splitlines())}
    assert set(rows) == {ana, ben}
    assert (rows[ana]["points"], rows[ana]["solved"], rows[ana]["begun"]) == (5.5, 2, 3)
    assert (rows[ben]["points"], rows[ben]["solved"], rows[ben]["hints"], rows[ben]["attempts"]) == (0.5, 0, 1, 1)


def codegym(data_dir: Path, *words: str, broker: Any = None, **environment: str) -> subprocess.CompletedProcess[str]:
    named = {"CODEGYM_KAFKA_SERVERS": broker.servers, "CODEGYM_EVENT_SINKS": "log,kafka"} if broker else {}
    return subprocess.run(
        [sys.executable, "-m", "codegym_jlab.cli", "events", *words, "--records", str(data_dir)],
        env={**os.environ, **named, **environment},
        capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


async def test_what_was_refused_is_listed_and_sent_again(store: SqlStore, told: Any, tmp_path: Path) -> None:
    good, bad = told.hint("ana"), told.hint("ben")
    bad = replace(bad, data={**bad.data, "name": "PLANTED"})
    await post(store, [bad, good])
    from jupyter_events import EventLogger

    from codegym_jlab.events.sinks import EventLog

    logger = EventLogger(handlers=[logging.NullHandler()])  # someone listens
    relay = Relay(store, [EventLog(logger)], dead_after=2)
    for _ in range(3):
        await deliver(relay)
    await relay.close()
    listed = await asyncio.to_thread(codegym, tmp_path, "dead", "--json")
    (letter,) = map(json.loads, listed.stdout.splitlines())
    assert letter["id"] == bad.id and "hint_given does not fit its schema" in letter["why"] and letter["tries"] == 2
    assert "PLANTED" not in listed.stdout
    again = await asyncio.to_thread(codegym, tmp_path, "resend")
    assert again.returncode == 0 and again.stdout == "1 back in the queue\n"
    assert [pending.event.id for pending in await store.undelivered(9)] == [bad.id]
    told_again = await asyncio.to_thread(codegym, tmp_path, "tail", "--from-start", "--once", "--json")
    assert [json.loads(line)["id"] for line in told_again.stdout.splitlines()] == [good.id]
    assert bad.id in told_again.stderr and "PLANTED" not in told_again.stderr


async def test_doctor_tells_of_the_broker(broker: Any, told: Any) -> None:
    topic, events = f"tail.{new_id()}", told.of_every_type(new_id())
    sink = Kafka(Broker(broker.servers, topic))
    for event in events:
        await sink.send(event)
    await sink.close()
    from codegym_jlab.events.kafka import examine

    said = await asyncio.to_thread(examine, Broker(broker.servers, topic, timeout_s=10))
    assert said == f"1 broker at {broker.servers}; topic {topic}: 6 partitions"
    with suppress(SinkUnavailable):
        await asyncio.to_thread(examine, Broker("127.0.0.1:1", topic, timeout_s=1))
        pytest.fail("nobody is there")


async def test_tail_follows_what_comes(store: SqlStore, told: Any, tmp_path: Path) -> None:
    await post(store, [told.hint("before")])
    command = [sys.executable, "-m", "codegym_jlab.cli", "events", "tail", "--from-start", "--records", str(tmp_path)]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            assert b"hint_given  before  exercise=sum-even rung=1" in await process.stdout.readline()
            await post(store, [told.hint("after")])
            assert b"hint_given  after  exercise=sum-even rung=2" in await process.stdout.readline()
    finally:
        process.kill()
        await process.wait()


async def test_dapr_before_kafka_keeps_key_envelope_and_order(broker: Any, told: Any) -> None:
    """The sidecar with Kafka as its component; a topic that is not there refuses no event."""
    topic, people = f"dapr.{new_id()}", [new_id(), new_id()]
    events = [told.hint(person) for _ in range(10) for person in people]
    with running(lambda: outside.Sidecar([], kafka=broker.servers)) as sidecar:
        sink = Dapr(replace(Routes("dapr", topic, dapr_url=sidecar.url).sidecar(), token=sidecar.TOKEN))
        said = await examine_dapr(replace(Routes("dapr", topic, dapr_url=sidecar.url).sidecar(), token=sidecar.TOKEN))
        assert said.endswith("codegym is pubsub.kafka")
        with pytest.raises(SinkUnavailable, match="500"):
            await sink.send(events[0])
        await asyncio.to_thread(ensure_topic, Broker(broker.servers, topic))
        for event in events:
            await sink.send(event)
        with pytest.raises(EventRefused, match="larger than"):
            await sink.send(replace(events[0], data={**events[0].data, "course": "c" * 1_200_000}))
        await sink.close()
    arrived = await asyncio.to_thread(broker.read, topic)
    for person in people:
        mine = [json.loads(message.value()) for message in arrived if message.key().decode() == person]
        assert list(dict.fromkeys(event["id"] for event in mine)) == [e.id for e in events if e.key == person]
        assert {event["type"] for event in mine} == {"codegym.hint_given.v1"}
        assert {event["subject"] for event in mine} == {event["data"]["person"] for event in mine} == {person}


async def test_a_server_tells_kafka_by_its_settings_and_doctor_shows_it(broker: Any, tmp_path: Path) -> None:
    from jupyter_events import EventLogger

    from codegym_jlab.settings import CodeGym
    from codegym_jlab.wiring import build

    topic = f"server.{new_id()}"
    events = {"event_sinks": "log,kafka", "event_topic": topic, "kafka_servers": broker.servers}
    services = await build(CodeGym(data_dir=str(tmp_path), **events).settings(tmp_path), EventLogger())
    await services.start()
    try:
        who = await services.manager.enrol("Ana Secretname", "python-basics")
        exercise = services.catalogue.courses["python-basics"].course.units[0].exercises[0].id
        await services.tutor.next_hint(who, exercise)
        async with asyncio.timeout(60):
            while (await services.store.depth()).waiting:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    finally:
        await services.close()
    (message,) = await asyncio.to_thread(broker.read, topic)
    event = json.loads(message.value())
    assert (event["type"], event["subject"]) == ("codegym.hint_given.v1", who.person)
    assert b"Secretname" not in message.value()
    named = {"CODEGYM_KAFKA_SERVERS": broker.servers, "CODEGYM_EVENT_SINKS": "kafka", "CODEGYM_EVENT_TOPIC": topic}
    command = [sys.executable, "-m", "codegym_jlab.cli", "doctor", "--json"]
    env = {**os.environ, **named, "JUPYTER_DATA_DIR": str(tmp_path / "jupyter")}
    ran = await asyncio.to_thread(subprocess.run, command, env=env, capture_output=True, text=True, timeout=120)
    facts = {fact["name"]: fact for fact in json.loads(ran.stdout)["facts"]}
    assert facts["events"]["text"] == "go to kafka"
    told = facts["events on kafka"]
    assert told["good"] and told["text"] == f"1 broker at {broker.servers}; topic {topic}: 6 partitions"
