"""The default sink: Jupyter's own event log (jupyter_events)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .records import EVENT_TYPES, Event
from .relay import EventRefused
from .sinks import body, fields, schema, schema_id

if TYPE_CHECKING:
    from jupyter_events import EventLogger


class EventLog:
    """Emits through an EventLogger; its handlers and who listens are Jupyter's business.

    The event's id and time travel in the body, so that a reader of the log can drop a second copy.
    """

    name = "log"
    at_once = 1

    def __init__(self, logger: EventLogger) -> None:
        self._logger = logger
        self._registered = False

    async def send(self, event: Event) -> None:
        """Validate and emit. Raises EventRefused where the body is not what the schema says."""
        if not self._registered:
            self._register()
        try:  # it looks at the schema where anyone listens, and costs nothing where no one does
            self._logger.emit(schema_id=schema_id(event.type), data=fields(event))
        except Exception as error:
            body(event)  # says what is wrong without the values, which jupyter_events does not
            raise EventRefused(type(error).__name__) from None

    async def close(self) -> None:
        """Nothing of it is ours."""

    def _register(self) -> None:
        """At the first event, not at start: it takes 20 ms."""
        for type in EVENT_TYPES:
            if schema_id(type) not in self._logger.schemas:
                self._logger.register_event_schema(schema(type))
        self._registered = True
