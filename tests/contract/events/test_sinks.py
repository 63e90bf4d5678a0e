"""One suite for every sink: the event log, a real Kafka broker, a real Dapr sidecar."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from threading import Thread
from typing import Any

import pytest
from contract.events.deliveries import deliver
from jsonschema import Draft7Validator
from jupyter_events import EventLogger

from codegym_jlab.events.cloud_event import schema
from codegym_jlab.events.dapr import Dapr
from codegym_jlab.events.kafka import Broker, Kafka
from codegym_jlab.events.relay import EventRefused, Relay, Sink, SinkUnavailable
from codegym_jlab.events.sinks import EventLog, NotASink, Routes, open_sinks, sinks_or_none
from codegym_jlab.records import EVENT_TYPES, Event, new_id
from codegym_jlab.store.base import HintGiven, Progress
from codegym_jlab.store.classes import Offering
from codegym_jlab.store.sql.store import SqlStore

pytestmark = pytest.mark.anyio
SECRET = "PLANTED-SECRET"


@dataclass
class Place:
    """A sink, and what arrived behind it: pairs of the event's body and its CloudEvent, where it has one."""

    sink: Sink
    arrived: Callable[[set[str]], list[tuple[dict[str, Any], dict[str, Any] | None]]]
    away: Callable[[], Sink]


def log_place() -> Place:
    stream = StringIO()
    logger = EventLogger(handlers=[logging.StreamHandler(stream)])

    def arrived(_ids: set[str]) -> list[tuple[dict[str, Any], dict[str, Any] | None]]:
        lines = [json.loads(line) for line in stream.getvalue().splitlines()]
        return [({name: v for name, v in line.items() if not name.startswith("__")}, None) for line in lines]

    return Place(EventLog(logger), arrived, lambda: EventLog(logger))


def kafka_place(broker: Any) -> Place:
    topic = f"events.{new_id()}"

    def arrived(_ids: set[str]) -> list[tuple[dict[str, Any], dict[str, Any] | None]]:
        found = []
        for message in broker.read(topic):
            envelope = json.loads(message.value())
            assert message.key().decode() == envelope["subject"]
            assert dict(message.headers())["content-type"] == b"application/cloudevents+json"
            found.append((envelope["data"], envelope))
        return found

    nobody = Broker("127.0.0.1:1", topic, timeout_s=1.0)
    return Place(Kafka(Broker(broker.servers, topic)), arrived, lambda: Kafka(nobody))


def dapr_place(sidecar: Any) -> Place:
    def arrived(ids: set[str]) -> list[tuple[dict[str, Any], dict[str, Any] | None]]:
        heard = sidecar.await_heard(len(ids))
        return [(envelope["data"], envelope) for envelope in heard]

    sidecar.heard.clear()
    routes = Routes("dapr", dapr_url=sidecar.url)
    there = replace(routes.sidecar(), token=sidecar.TOKEN)
    return Place(Dapr(there), arrived, lambda: Dapr(replace(there, url="http://127.0.0.1:1")))


@pytest.fixture(params=["log", "kafka", "dapr"])
async def place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    if request.param == "log":
        made = log_place()
    elif request.param == "kafka":
        made = kafka_place(request.getfixturevalue("broker"))
    else:
        made = dapr_place(request.getfixturevalue("sidecar"))
    yield made
    await made.sink.close()
    await made.sink.close()


async def test_every_type_arrives_as_its_schema_says(place: Place, told: Any) -> None:
    events = told.of_every_type(new_id())
    for event in events:
        await place.sink.send(event)
    arrived = {body["id"]: (body, envelope) for body, envelope in place.arrived({e.id for e in events})}
    assert set(arrived) == {event.id for event in events} and {e.type for e in events} == set(EVENT_TYPES)
    for event in events:
        body, envelope = arrived[event.id]
        Draft7Validator(schema(event.type)).validate(body)
        assert {name: body[name] for name in event.data} == dict(event.data)
        if envelope is not None:
            assert (envelope["specversion"], envelope["id"]) == ("1.0", event.id)
            assert envelope["type"] == f"codegym.{event.type}.v1" and envelope["subject"] == event.key
            assert envelope["source"] == "/codegym/offerings/local%3Abasics"
            assert envelope["time"] == event.time.isoformat() == body["time"]
            assert envelope["datacontenttype"] == "application/json"


async def test_a_field_that_its_schema_does_not_name_leaves_nowhere(place: Place, told: Any) -> None:
    good = told.hint(new_id())
    for planted in ({"name": SECRET}, {"source": SECRET}, {"rung": SECRET}, {"exercise": {"hidden": SECRET}}):
        with pytest.raises(EventRefused) as refusal:
            await place.sink.send(replace(good, data={**good.data, **planted}))
        assert SECRET not in str(refusal.value)
    await place.sink.send(good)
    arrived = place.arrived({good.id})
    assert [body["id"] for body, _ in arrived] == [good.id] and SECRET not in json.dumps(arrived)


async def test_each_persons_events_stay_in_order(place: Place, told: Any) -> None:
    people = [new_id() for _ in range(5)]
    events = [told.hint(person) for _ in range(20) for person in people]
    store = await posted(events)
    relay = Relay(store, [place.sink])
    while await deliver(relay):
        pass
    assert not await store.undelivered(1)
    arrived = [body for body, _ in place.arrived({e.id for e in events})]
    for person in people:
        mine = [body["id"] for body in arrived if body["person"] == person]
        wanted = [event.id for event in events if event.key == person]
        # a sidecar hands on to its application several at once
        assert (sorted(mine) if place.sink.name == "dapr" else mine) == (
            sorted(wanted) if place.sink.name == "dapr" else wanted
        )


@pytest.mark.parametrize("place", ["kafka", "dapr"], indirect=True)
async def test_one_that_is_away_says_so(place: Place, told: Any) -> None:
    sink = place.away()
    try:
        with pytest.raises(SinkUnavailable):
            await sink.send(told.hint(new_id()))
    finally:
        await sink.close()


async def posted(events: list[Event]) -> SqlStore:
    """These in an outbox."""
    store = SqlStore()
    who = await store.enrol(Offering("o", "c", "C"), "ana")
    for event in events:

        def give(line: Progress, given: Sequence[object], event: Event = event) -> tuple[HintGiven, Progress, Event]:
            return HintGiven(len(given) + 1, event.time), line, event

        await store.give_hint("o", who.person, "e", give)
    return store


@pytest.mark.parametrize(
    ("wrong", "said"), [({"pubsub": "another"}, "404"), ({"token": "wrong"}, "401"), ({"token": ""}, "401")]
)
async def test_a_setting_that_is_wrong_refuses_no_event(
    sidecar: Any, told: Any, wrong: dict[str, str], said: str
) -> None:
    there = replace(Routes("dapr", dapr_url=sidecar.url).sidecar(), token=sidecar.TOKEN)
    sink = Dapr(replace(there, **wrong))
    try:
        with pytest.raises(SinkUnavailable, match=said):
            await sink.send(told.hint(new_id()))
    finally:
        await sink.close()


async def test_what_the_broker_will_never_take_is_a_dead_letter_and_holds_up_no_one(broker: Any, told: Any) -> None:
    from confluent_kafka.admin import AdminClient
    from confluent_kafka.cimpl import NewTopic

    topic, who = f"small.{new_id()}", new_id()
    admin = AdminClient({"bootstrap.servers": broker.servers, "log_level": 0})
    made = admin.create_topics([NewTopic(topic, 1, config={"max.message.bytes": "1500"})])
    await asyncio.to_thread(made[topic].result, 20)
    good = told.hint(who)
    big = replace(told.hint(who), data={**good.data, "course": "c" * 4000})
    store, sink = await posted([big, good]), Kafka(Broker(broker.servers, topic))
    relay = Relay(store, [sink])
    for _ in range(4):
        await deliver(relay)
    await relay.close()
    (letter,) = await store.dead(9)
    assert letter.event == big and "MSG_SIZE_TOO_LARGE" in letter.why and letter.tries == 3
    assert [json.loads(message.value())["id"] for message in broker.read(topic)] == [good.id]


async def test_what_is_too_large_for_the_sidecar_is_refused_and_not_tried_for_ever(sidecar: Any, told: Any) -> None:
    sink = Dapr(replace(Routes("dapr", dapr_url=sidecar.url).sidecar(), token=sidecar.TOKEN))
    good = told.hint(new_id())
    try:
        with pytest.raises(EventRefused, match="HTTP 500 .*too large"):
            await sink.send(replace(good, data={**good.data, "course": "c" * 5_000_000}))
        await sink.send(good)
    finally:
        await sink.close()


def code(name: str, said: str = "") -> bytes:
    return json.dumps({"errorCode": name, "message": said}).encode()


@pytest.mark.parametrize(
    ("status", "body", "wanted"),
    [
        (400, code("ERR_PUBSUB_NOT_CONFIGURED", "pubsub codegym is not configured"), SinkUnavailable),
        (400, code("ERR_PUBSUB_NOT_FOUND", "pubsub 'codegym' not found"), SinkUnavailable),
        (400, b"Client sent an HTTP request to an HTTPS server.", SinkUnavailable),
        (403, code("ERR_PUBSUB_FORBIDDEN", "topic too large is not allowed"), SinkUnavailable),
        (502, b"the backend said: too large", SinkUnavailable),
        (500, code("ERR_PUBSUB_PUBLISH_MESSAGE", "kafka: client has run out of brokers"), SinkUnavailable),
        (500, code("ERR_PUBSUB_PUBLISH_MESSAGE", "Message was too large"), EventRefused),
        (500, code("ERR_PUBSUB_CLOUD_EVENTS_SER", "cannot create cloudevent"), EventRefused),
        (413, b"", EventRefused),
    ],
    ids=lambda value: value.decode()[:60] if isinstance(value, bytes) else None,
)
async def test_dapr_is_told_by_its_code(told: Any, status: int, body: bytes, wanted: type[Exception]) -> None:
    """Answers of other versions and of programs in between, which the sidecar here does not give."""
    with answering(status, body) as url:
        sink = Dapr(Routes("dapr", dapr_url=url).sidecar())
        for _ in ("first", "used again after its close"):
            with pytest.raises(wanted, match=f"HTTP {status}"):
                await sink.send(told.hint(new_id()))
            await sink.close()


async def test_the_sidecar_has_a_code_of_its_own_for_an_event_that_it_cannot_read(sidecar: Any) -> None:
    from httpx import AsyncClient

    headers = {"Content-Type": "application/cloudevents+json", "dapr-api-token": sidecar.TOKEN}
    async with AsyncClient(headers=headers, trust_env=False) as client:
        answer = await client.post(Routes("dapr", dapr_url=sidecar.url).sidecar().publish, content=b"no event")
    assert (answer.status_code, answer.json()["errorCode"]) == (500, "ERR_PUBSUB_CLOUD_EVENTS_SER")


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """Where every request is answered so."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_one_setting_names_the_sinks(tmp_path: Any) -> None:
    routes = Routes("log, kafka,dapr,log", kafka_servers="127.0.0.1:1")
    assert [sink.name for sink in open_sinks(routes, EventLogger())] == ["log", "kafka", "dapr"]
    assert [sink.name for sink in open_sinks(Routes(), None)] == [] == open_sinks(Routes("none"), EventLogger())
    file = tmp_path / "client.properties"
    file.write_text("# for the class\nsecurity.protocol = SASL_SSL\nsasl.password=a=b\nbootstrap.servers=h:1\nacks=0\n")
    broker = Routes("kafka", kafka_properties=str(file)).broker()
    assert broker.client()["sasl.password"] == "a=b" and broker.servers == "h:1" and "acks" not in broker.client()


@pytest.mark.parametrize(
    ("routes", "said"),
    [
        (Routes("carrier pigeon"), "there are log, kafka, dapr"),
        (Routes("kafka"), "needs kafka_servers"),
        (Routes("kafka", kafka_servers="h:1", kafka_properties="/nowhere"), "cannot be read"),
    ],
)
def test_a_wrong_setting_is_told_and_the_server_grades_on(
    routes: Routes, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(NotASink, match=said):
        open_sinks(routes, EventLogger())
    assert sinks_or_none(routes, EventLogger()) == [] and said in caplog.text
