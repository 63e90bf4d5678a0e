"""What a request's body may hold, and how it is read: no model library on the way of a check (it costs a millisecond).

A shape is a dict of key → field. What does not fit is told in plain words, with the place.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,199}")
KEY = re.compile(r"[0-9A-Za-z._:-]{1,100}")
MAX_SOURCE = 262_144  #: characters of one cell
MAX_DEPTH = 100  #: nesting of any body; a notebook's deepest honest output has about 20


class Unreadable(Exception):
    """The body is no JSON: status 400."""

    code = "malformed"


class Unfit(Exception):
    """The body is JSON, but not what this address takes: status 422."""

    def __init__(self, message: str, code: str = "unfit", **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.details = details


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a body. `read` takes the value and its place, and returns what the handler is given."""

    read: Callable[[Any, str], Any]
    required: bool = True
    default: Any = None


Shape = Mapping[str, Field]


def parse(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`; an empty body is an empty object. Raises Unreadable, never RecursionError."""
    if not body.strip():
        return {}
    try:
        value = json.loads(body, parse_constant=_no_constant)
    except RecursionError:
        raise Unreadable("The body is nested too deeply.") from None
    except (ValueError, UnicodeDecodeError) as error:
        raise Unreadable(f"The body is no JSON: {error}.") from None
    if not isinstance(value, dict):
        raise Unreadable("The body must be a JSON object, in braces.")
    return value


def fit(body: dict[str, Any], shape: Shape, place: str = "") -> dict[str, Any]:
    """`body` read by `shape`: all its keys, defaults filled in. Raises Unfit at the first thing that does not fit."""
    for key in body:
        if key not in shape:
            raise Unfit(_unknown(key, shape, place), code="unknown_key", key=key[:100])
    return {key: _one(body, key, field, place) for key, field in shape.items()}


def _one(body: dict[str, Any], key: str, field: Field, place: str) -> Any:
    if key in body:
        return field.read(body[key], f"{place}{key}")
    if field.required:
        raise Unfit(f"The body lacks the key {place}{key}.", code="missing_key", key=key)
    return field.default


def _unknown(key: str, shape: Shape, place: str) -> str:
    import difflib  # 2 ms at a server's start, for a slip of a programmer's

    near = difflib.get_close_matches(key[:100], shape, 1)
    known = ", ".join(shape) or "none"
    mend = f"did you mean {place}{near[0]}?" if near else f"known are: {known}."
    shown = key[:100] if key.isprintable() else ascii(key[:100])
    return f"The body has a key {place}{shown} that is not known; {mend}"


def text(limit: int, *, null: bool = False) -> Callable[[Any, str], str | None]:
    """A text of at most `limit` characters that can be written as UTF-8."""

    def read(value: Any, place: str) -> str | None:
        if value is None and null:
            return None
        if not isinstance(value, str):
            raise Unfit(f"{place} must be a text.", code="wrong_type", key=place)
        if len(value) > limit:
            raise Unfit(f"{place} is longer than {limit} characters.", code="too_long", key=place)
        if not is_unicode(value):
            raise Unfit(f"{place} holds half a character (a lone surrogate); delete it.", code="not_text", key=place)
        return value

    return read


def words(limit: int) -> Callable[[Any, str], str]:
    """The same, with something in it."""
    inner = text(limit)

    def read(value: Any, place: str) -> str:
        said = str(inner(value, place))
        if not said.strip():
            raise Unfit(f"{place} is empty.", code="wrong_value", key=place)
        if "\0" in said:
            raise Unfit(f"{place} holds a NUL character; delete it.", code="not_text", key=place)
        return said

    return read


def name(value: Any, place: str) -> str:
    """The id of a course, a unit or an exercise."""
    if isinstance(value, str) and NAME.fullmatch(value):
        return value
    raise Unfit(f"{place} must be an id such as sum-even.", code="wrong_value", key=place)


def key(value: Any, place: str) -> str:
    """What the sender calls this send, so that sending it twice is sending it once."""
    if isinstance(value, str) and KEY.fullmatch(value):
        return value
    raise Unfit(f"{place} must be 1 to 100 letters, digits, dots, dashes.", code="wrong_value", key=place)


def origin(notebook: dict[str, Any]) -> tuple[str, str]:
    """Course and unit that a notebook says it was made from."""
    place: Any = notebook
    for step in ("metadata", "codegym"):
        place = place.get(step) if isinstance(place, dict) else None
    if not isinstance(place, dict):
        raise Unfit("This notebook does not say which course it belongs to.", code="not_ours")
    return name(place.get("course"), "metadata.codegym.course"), name(place.get("unit"), "metadata.codegym.unit")


def is_unicode(value: str) -> bool:
    """False where a lone surrogate hides in the text, which no file and no database takes."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def one_of(*values: str, null: bool = False) -> Callable[[Any, str], str | None]:
    """One of a few words."""

    def read(value: Any, place: str) -> str | None:
        if (value is None and null) or (isinstance(value, str) and value in values):
            return value
        raise Unfit(f"{place} must be one of: {', '.join(values)}.", code="wrong_value", key=place)

    return read


def some_of(*values: str) -> Callable[[Any, str], frozenset[str]]:
    """A list of some of a few words."""
    inner = one_of(*values)

    def read(value: Any, place: str) -> frozenset[str]:
        if not isinstance(value, list) or len(value) > len(values):
            raise Unfit(f"{place} must be a list of: {', '.join(values)}.", code="wrong_type", key=place)
        return frozenset(str(inner(item, f"{place}[{i}]")) for i, item in enumerate(value))

    return read


def whole(least: int, most: int) -> Callable[[Any, str], int]:
    """A whole number."""

    def read(value: Any, place: str) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        raise Unfit(f"{place} must be a whole number from {least} to {most}.", code="wrong_value", key=place)

    return read


def number(least: float, most: float, *, null: bool = False) -> Callable[[Any, str], float | None]:
    """A number, with a fraction or without."""

    def read(value: Any, place: str) -> float | None:
        if value is None and null:
            return None
        if isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most:
            return float(value)
        raise Unfit(f"{place} must be a number from {least:g} to {most:g}.", code="wrong_value", key=place)

    return read


def moment(value: Any, place: str) -> datetime | None:
    """A point in time, ISO 8601 with an offset, or null."""
    if value is None:
        return None
    try:
        when = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        when = None
    if when is None or when.utcoffset() is None:
        raise Unfit(f"{place} must be a time such as 2025-10-24T14:03:00Z.", code="wrong_value", key=place)
    return when


def flag(value: Any, place: str) -> bool:
    """True or false."""
    if isinstance(value, bool):
        return value
    raise Unfit(f"{place} must be true or false.", code="wrong_type", key=place)


def texts(limit: int, each: int) -> Callable[[Any, str], list[str]]:
    """A list of at most `limit` texts of at most `each` characters."""
    one = text(each)

    def read(value: Any, place: str) -> list[str]:
        if not isinstance(value, list) or len(value) > limit:
            raise Unfit(f"{place} must be a list of at most {limit} texts.", code="wrong_type", key=place)
        return [str(one(item, f"{place}[{i}]")) for i, item in enumerate(value)]

    return read


def list_of(shape: Shape, limit: int) -> Callable[[Any, str], list[dict[str, Any]]]:
    """A list of at most `limit` objects of one shape."""

    def read(value: Any, place: str) -> list[dict[str, Any]]:
        if not isinstance(value, list):
            raise Unfit(f"{place} must be a list.", code="wrong_type", key=place)
        if len(value) > limit:
            raise Unfit(f"{place} has more than {limit} items.", code="too_long", key=place)
        return [_item(item, shape, f"{place}[{i}]") for i, item in enumerate(value)]

    return read


def _item(item: Any, shape: Shape, place: str) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise Unfit(f"{place} must be an object.", code="wrong_type", key=place)
    return fit(item, shape, f"{place}.")


def document(value: Any, place: str) -> dict[str, Any]:
    """Any JSON object that can be written again: not too deep, no endless numbers."""
    if not isinstance(value, dict):
        raise Unfit(f"{place} must be an object.", code="wrong_type", key=place)
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in _children(node, place)]
        if not level:
            return value
    raise Unfit(f"{place} is nested more than {MAX_DEPTH} deep.", code="too_deep", key=place)


def _children(node: Any, place: str) -> list[Any]:
    values = list(node.values()) if isinstance(node, dict) else node
    if any(isinstance(value, float) and not math.isfinite(value) for value in values):
        raise Unfit(f"{place} holds a number that is too large.", code="wrong_value", key=place)
    return [value for value in values if isinstance(value, (dict, list))]


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
