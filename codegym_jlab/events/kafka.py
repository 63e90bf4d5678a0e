"""Kafka as a sink: every event acknowledged by all in-sync replicas, keyed so that one person's stay in order.

Importing this imports confluent_kafka (the extra `kafka`).
"""

import asyncio
import logging
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import field
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from ..records import Event, frozen
from .cloud_event import CONTENT_TYPE, cloud_event
from .relay import EventRefused, SinkUnavailable

log = logging.getLogger("codegym.events")
TOPIC = "codegym.events"
PARTITIONS = 6

#: The broker will never take this record, however often it is sent. All else may be otherwise the next time.
_FOR_GOOD = {KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_RECORD, KafkaError.POLICY_VIOLATION,
             KafkaError.RECORD_LIST_TOO_LARGE}  # fmt: skip
_MINE = {"bootstrap.servers", "acks", "enable.idempotence", "message.timeout.ms"}


@frozen
class Broker:
    """Where Kafka is, and how it is spoken to. `options` are librdkafka's (security.protocol, sasl.…)."""

    servers: str
    topic: str = TOPIC
    options: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 10.0  #: after this the outcome of a send counts as unknown

    def client(self) -> dict[str, Any]:
        """What every client of it is told."""
        options = {name: value for name, value in self.options.items() if name not in _MINE}
        return {"bootstrap.servers": self.servers, "client.id": "codegym", **options}


def read_properties(path: Path) -> dict[str, str]:
    """A client's properties file, `name=value` a line: so passwords stand in a file of their own. Raises OSError."""
    lines = (line.strip() for line in path.read_text("utf-8").splitlines())
    parts = (line.partition("=") for line in lines if line and not line.startswith(("#", "!")))
    return {name.strip(): value.strip() for name, _, value in parts}


class Kafka:
    """A sink. The idempotent producer's own retries double nothing and change no order.

    A send whose outcome is unknown raises SinkUnavailable: the outbox keeps the event and sends it again, and a
    consumer drops the second copy by its id.
    """

    name = "kafka"
    at_once = 200

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._producer: Producer | None = None
        self._polling: threading.Thread | None = None
        self._ending = threading.Event()
        self._opening = asyncio.Lock()

    async def send(self, event: Event) -> None:
        """Return when the broker has acknowledged it. Raises SinkUnavailable, EventRefused."""
        value = cloud_event(event)
        producer = await self._open()
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[KafkaError | None] = loop.create_future()

        def settle(error: KafkaError | None) -> None:
            if not outcome.done():
                outcome.set_result(error)

        def reported(error: KafkaError | None, _message: Message) -> None:
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(settle, error)

        headers: Any = [("content-type", CONTENT_TYPE.encode())]
        try:
            producer.produce(self._broker.topic, value, event.key.encode(), on_delivery=reported, headers=headers)
        except BufferError as error:
            raise SinkUnavailable("too much waits for the broker") from error
        except KafkaException as error:
            self._judge(error.args[0])
        self._judge(await outcome)

    def _judge(self, error: KafkaError | None) -> None:
        if error is None:
            return
        said = _said(error)
        if error.code() in _FOR_GOOD:
            raise EventRefused(said)
        if error.fatal():  # this producer can send no more
            self._let_go()
        raise SinkUnavailable(said)

    async def _open(self) -> Producer:
        async with self._opening:
            if self._producer is None:
                await asyncio.to_thread(ensure_topic, self._broker)
                self._producer, self._ending = self._make(), threading.Event()
                self._polling = threading.Thread(
                    target=_poll, args=(self._producer, self._ending), name="codegym-kafka", daemon=True
                )
                self._polling.start()
            return self._producer

    def _make(self) -> Producer:
        terms = {
            "acks": "all",
            "enable.idempotence": True,
            "message.timeout.ms": int(self._broker.timeout_s * 1000),
            "linger.ms": 2,
        }
        try:
            return Producer({**self._broker.client(), **terms}, logger=log)
        except KafkaException as error:
            raise SinkUnavailable(f"Kafka's settings are wrong: {error.args[0].str()}") from error

    async def close(self) -> None:
        """What is under way is given up: its outcome is unknown, and the outbox has it."""
        polling, self._polling = self._polling, None
        self._let_go()
        if polling is not None:
            await asyncio.to_thread(polling.join, 5)

    def _let_go(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.purge()  # before its end is told: what is reported of it is polled for once more
        self._ending.set()


def _said(error: KafkaError) -> str:
    return f"{error.name()}: {error.str()}"


def _poll(producer: Producer, ending: threading.Event) -> None:
    """Reports come while someone polls."""
    while not ending.is_set():
        producer.poll(0.5)
    producer.poll(0)


def ensure_topic(broker: Broker) -> None:
    """Make the topic unless it is there: a topic that brokers make by themselves has one partition. Blocks.

    Raises SinkUnavailable.
    """
    try:
        admin = AdminClient(broker.client(), logger=log)
        made = admin.create_topics([NewTopic(broker.topic, PARTITIONS)], request_timeout=broker.timeout_s)
        made[broker.topic].result(broker.timeout_s + 5)
    except KafkaException as error:
        code = error.args[0].code()
        if code == KafkaError.TOPIC_ALREADY_EXISTS:
            return
        if code in (KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.CLUSTER_AUTHORIZATION_FAILED):
            _find(admin, broker)  # we may not make it: then someone else must have
            return
        raise SinkUnavailable(_said(error.args[0])) from error
    except TimeoutError as error:
        raise SinkUnavailable("the broker does not answer") from error


def _find(admin: AdminClient, broker: Broker) -> int:
    """How many partitions the topic has. Raises SinkUnavailable."""
    try:
        found = admin.list_topics(broker.topic, timeout=broker.timeout_s).topics[broker.topic]
    except KafkaException as error:
        raise SinkUnavailable(_said(error.args[0])) from error
    if found.error is not None:
        raise SinkUnavailable(f"topic {broker.topic}: {found.error.str()}")
    return len(found.partitions)


def examine(broker: Broker) -> str:
    """For `codegym doctor`: what is there. Blocks for `timeout_s` at most; raises SinkUnavailable."""
    try:
        admin = AdminClient(broker.client(), logger=log)
        brokers = len(admin.list_topics(timeout=broker.timeout_s).brokers)
    except KafkaException as error:
        raise SinkUnavailable(_said(error.args[0])) from error
    try:
        partitions = f"{_find(admin, broker)} partitions"
    except SinkUnavailable:
        partitions = "not there yet: made at the first event"
    return f"{brokers} broker{'s' * (brokers != 1)} at {broker.servers}; topic {broker.topic}: {partitions}"
