"""What every sink tells of an event: its body, held against the schema that ships, in the envelope of CloudEvents."""

import json
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from urllib.parse import quote

from codegym_jlab.records import Event, Json

from .relay import EventRefused

CONTENT_TYPE = "application/cloudevents+json"


def schema_id(type: str) -> str:
    """The id under which an event's schema is registered."""
    return f"urn:codegym:event:{type}"


@cache
def schema(type: str) -> Json:
    """The schema of one event type, as it ships."""
    import yaml

    text = (files("codegym_jlab.events") / "schemas" / f"{type}.yaml").read_text("utf-8")
    loaded: Json = yaml.safe_load(text)
    return loaded


def body(event: Event) -> Json:
    """What every sink tells: as the schema says, with the event's id and time in it. Raises EventRefused.

    What the schema does not name can't leave: a field too many is refused, not left out.
    """
    told = fields(event)
    if wrong := _fault(event.type)(told):
        raise EventRefused(wrong)
    return told


def fields(event: Event) -> Json:
    """The body, for who looks at its schema himself."""
    return {"id": event.id, "time": event.moment, **event.data}


def cloud_event(event: Event) -> bytes:
    """The envelope with the body in it, JSON (CloudEvents 1.0, structured mode). Raises EventRefused.

    `id` alone tells a second copy, `subject` is the person (or the offering), `partitionkey` is the key.
    """
    told = {
        "specversion": "1.0",
        "id": event.id,
        "source": f"/codegym/offerings/{quote(event.offering, safe='')}",
        "type": f"codegym.{event.type}.v{schema(event.type)['version']}",
        "subject": event.key,
        "time": event.moment,
        "datacontenttype": "application/json",
        "dataschema": schema_id(event.type),
        "partitionkey": event.key,
        "data": body(event),
    }
    if event.traceparent:  # CloudEvents' extension for distributed tracing
        told["traceparent"] = event.traceparent
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


@cache
def _fault(type: str) -> Callable[[Json], str]:
    """What is wrong with a body, without what stands in it; empty where nothing is."""
    from jsonschema import Draft7Validator

    validator = Draft7Validator(schema(type))

    def fault(told: Json) -> str:
        error = next(iter(validator.iter_errors(told)), None)
        if error is None:
            return ""
        place = "/".join(map(str, error.absolute_path)) or "its fields"
        return f"{type} does not fit its schema: {place} ({error.validator})"

    return fault
