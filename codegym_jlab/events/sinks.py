"""Which sinks there are, named by one setting and made here."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codegym_jlab.records import EVENT_TYPES, Event, entries, frozen

from .cloud_event import body, fields, schema, schema_id
from .relay import EventRefused, Sink

if TYPE_CHECKING:
    from jupyter_events import EventLogger

    from .dapr import Sidecar
    from .kafka import Broker

log = logging.getLogger("codegym.events")
SINKS = ("log", "kafka", "dapr")


class NotASink(ValueError):
    """The setting names something else, or what it names cannot be made; the text says what to write."""


@frozen
class Routes:
    """What the settings say of events."""

    sinks: str = "log"  #: names, by commas; none: events stay in the outbox
    topic: str = "codegym.events"
    kafka_servers: str = ""
    kafka_properties: str = ""  #: a file; empty: none
    dapr_url: str = ""
    dapr_pubsub: str = "codegym"

    @property
    def names(self) -> tuple[str, ...]:
        """In the order in which they were named, each once. Raises NotASink."""
        names = tuple(dict.fromkeys(entries(self.sinks)))
        if names == ("none",):
            return ()
        if unknown := [name for name in names if name not in SINKS]:
            raise NotASink(f"there is no event sink {unknown[0]!r}; there are {', '.join(SINKS)}")
        return names

    def broker(self, timeout_s: float = 10.0) -> Broker:
        """Raises NotASink."""
        try:
            from .kafka import Broker, read_properties
        except ImportError as error:
            raise NotASink("the event sink kafka needs a package: pip install 'codegym-jlab[kafka]'") from error
        try:
            options = read_properties(Path(self.kafka_properties).expanduser()) if self.kafka_properties else {}
        except (OSError, UnicodeDecodeError) as error:
            raise NotASink(f"kafka_properties cannot be read: {error}") from error
        servers = self.kafka_servers or options.get("bootstrap.servers", "")
        if not servers:
            raise NotASink("the event sink kafka needs kafka_servers, as HOST:PORT,HOST:PORT")
        return Broker(servers, self.topic, options, timeout_s)

    def sidecar(self, timeout_s: float = 10.0) -> Sidecar:
        """Where the settings say nothing, Dapr's own variables do."""
        from .dapr import Sidecar

        named = {"url": self.dapr_url} if self.dapr_url else {}
        return Sidecar(pubsub=self.dapr_pubsub, topic=self.topic, timeout_s=timeout_s, **named)


def open_sinks(routes: Routes, event_logger: Any) -> list[Sink]:
    """Made, not connected: that happens at the first event. `log` is left out where there is no logger.

    Raises NotASink.
    """
    made: list[Sink] = []
    for name in routes.names:
        if name == "log" and event_logger is not None:
            made.append(EventLog(event_logger))
        elif name == "kafka":
            broker = routes.broker()  # says it where the package is not there
            from .kafka import Kafka

            made.append(Kafka(broker))
        elif name == "dapr":
            from .dapr import Dapr

            made.append(Dapr(routes.sidecar()))
    return made


def sinks_or_none(routes: Routes, event_logger: Any) -> list[Sink]:
    """For a server, which grades whatever is wrong with this setting: events then wait in the outbox."""
    try:
        return open_sinks(routes, event_logger)
    except NotASink as error:
        log.error("events wait in the outbox until this is put right: %s", error)
        return []


@dataclass
class EventLog:
    """Emits through an EventLogger; its handlers and who listens are Jupyter's business.

    The event's id and time travel in the body, so that a reader of the log can drop a second copy.
    """

    name = "log"
    at_once = 1

    logger: EventLogger

    async def send(self, event: Event) -> None:
        """Validate and emit. Raises EventRefused where the body is not what the schema says."""
        for each in EVENT_TYPES:  # at the first event, not at start: it takes 20 ms
            if schema_id(each) not in self.logger.schemas:
                self.logger.register_event_schema(schema(each))
        try:  # it looks at the schema where anyone listens, and costs nothing where no one does
            self.logger.emit(schema_id=schema_id(event.type), data=fields(event))
        except Exception as error:
            body(event)  # says what is wrong without the values, which jupyter_events does not
            raise EventRefused(type(error).__name__) from None

    async def close(self) -> None:
        """Nothing of it is ours."""
