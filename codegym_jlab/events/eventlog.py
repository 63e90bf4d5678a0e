"""The default sink: Jupyter's own event log (jupyter_events)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from .records import EVENT_TYPES, Event
from .relay import EventRefused

if TYPE_CHECKING:
    from jupyter_events import EventLogger


def schema_id(type: str) -> str:
    """The id under which an event's schema is registered."""
    return f"urn:codegym:event:{type}"


@cache
def schema(type: str) -> dict[str, Any]:
    """The schema of one event type, as it ships."""
    import yaml

    text = (files("codegym_jlab.events") / "schemas" / f"{type}.yaml").read_text("utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


class EventLog:
    """Emits through an EventLogger; its handlers and who listens are Jupyter's business.

    The envelope of CloudEvents (id, time) travels in the body, so that a reader of the log can drop a second copy.
    """

    name = "log"

    def __init__(self, logger: EventLogger) -> None:
        self._logger = logger
        self._registered = False

    async def send(self, event: Event) -> None:
        """Validate and emit. Raises EventRefused where the body is not what the schema says."""
        if not self._registered:
            self._register()
        body = {"id": event.id, "time": event.time.isoformat(), **event.data}
        try:
            self._logger.emit(schema_id=schema_id(event.type), data=body)
        except Exception as error:
            raise EventRefused(f"{type(error).__name__}: {error}".splitlines()[0]) from error

    def _register(self) -> None:
        """At the first event, not at start: it takes 20 ms."""
        for type in EVENT_TYPES:
            if schema_id(type) not in self._logger.schemas:
                self._logger.register_event_schema(schema(type))
        self._registered = True
