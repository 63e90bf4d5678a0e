"""pydantic's errors in plain words: what is wrong, and what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from codegym_jlab.course.source import quoted


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake at a path of keys and indices."""

    path: tuple[Any, ...]
    problem: str
    mend: str
    meant: str | None = None  #: the key that a misspelt one stands for


def findings(error: ValidationError, model: type[BaseModel]) -> Iterator[Finding]:
    """Every mistake in `error`, which came from validating `model`."""
    for item in error.errors(include_url=False):
        path = tuple(item["loc"])
        context = item.get("ctx", {})
        if item["type"] == "faults":
            for problem, mend, key in context["faults"]:
                yield Finding(path + ((key,) if key else ()), _about(path, problem), mend)
        else:
            problem, mend = _words(item["type"], path, item.get("input"), context, model)
            meant = near_key(str(path[-1]), keys_at(model, path[:-1])) if item["type"] == "extra_forbidden" else None
            yield Finding(path, problem, mend, meant)


def _about(path: tuple[Any, ...], problem: str) -> str:
    """The key is named where the problem does not name it."""
    key = path[-1] if path else None
    named = "`" in problem and (isinstance(key, int) or f"`{key}" in problem)
    return problem if key is None or isinstance(key, int) or named else f"`{key}`: {problem}"


def _words(
    kind: str, path: tuple[Any, ...], value: Any, context: dict[str, Any], model: type[BaseModel]
) -> tuple[str, str]:
    key = next((step for step in reversed(path) if isinstance(step, str)), "this")
    what = f"`{key}`" if not path or isinstance(path[-1], str) else f"item {path[-1] + 1} of `{key}`"
    if kind == "missing":
        return f"`{key}` is missing", f"write `{key}: …`"
    if kind == "extra_forbidden":
        return unknown_key(key, keys_at(model, path[:-1]))
    if kind == "literal_error":
        return f"{what} is {shown(value)}", f"write {context['expected'].replace(chr(39), '`')}{_close(value, context)}"
    if kind in _BOUNDS:
        word, name = _BOUNDS[kind]
        return f"{what} is {shown(value)}", f"write a number {word} {context[name]:g}"
    if value is None:
        return f"{what} is empty", "write a value, or leave the key out"
    if kind in _BELONGS:
        belongs, mend = _BELONGS[kind]
        return f"{what} is {_kind_of(value)}, where {belongs} belongs", mend(key, value)
    message = context.get("error") or kind.replace("_", " ")
    return f"{what} cannot be read ({message})", "compare it with the course format"


def unknown_key(key: str, known: Iterable[str]) -> tuple[str, str]:
    """Problem and mend of a key that is not in the format."""
    names = list(known)
    near = near_key(key, names)
    if near is not None:
        return f"`{key}` is not a key here", f"did you mean `{near}`?"
    listed = ", ".join(f"`{name}`" for name in names)
    return f"`{key}` is not a key here", f"leave it out, or use one of {listed}" if listed else "leave it out"


def near_key(key: str, known: Iterable[str]) -> str | None:
    """The known key that `key` may stand for."""
    near = difflib.get_close_matches(key.lower(), list(known), n=1, cutoff=0.6)
    return near[0] if near else None


def keys_at(model: Any, path: tuple[Any, ...]) -> list[str]:
    """The keys of the model that stands at `path` below `model`."""
    for step in path:
        if isinstance(step, int):
            continue
        field = next((f for n, f in model.model_fields.items() if step in (n, f.alias)), None)
        inner = _model_in(field.annotation) if field else None
        if inner is None:
            return []
        model = inner
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in (*getattr(annotation, "__args__", ()), getattr(annotation, "__origin__", None)):
        if part is not None and part is not annotation and (found := _model_in(part)):
            return found
    return None


def shown(value: Any) -> str:
    """A value as a course writes it, short."""
    if value is None:
        return "empty"
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    return f"`{text if len(text) <= 60 else text[:59] + '…'}`"


def _kind_of(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, bool):
        return f"true or false ({shown(value)})"
    if isinstance(value, (int, float)):
        return f"a number ({shown(value)})"
    return "text"


def _close(value: Any, context: dict[str, Any]) -> str:
    choices = [part.strip(" '") for part in context["expected"].replace(" or ", ",").split(",")]
    near = difflib.get_close_matches(str(value), choices, n=1)
    return f" (did you mean `{near[0]}`?)" if near and len(choices) > 1 else ""


def _in_quotes(key: str, value: Any) -> str:
    if isinstance(value, (list, dict)):
        return f"write `{key}: text`; quote text that holds brackets or a colon"
    text = {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    return f"put it in quotes: `{key}: {quoted(text)}`"


_BOUNDS = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("of at least", "ge"),
    "less_than": ("below", "lt"),
    "less_than_equal": ("of at most", "le"),
}
_NUMBER = ("a number", lambda key, value: f"write a number, without quotes: `{key}: 2`")
_WHOLE = ("a whole number", lambda key, value: f"write a whole number: `{key}: 2`")
_MAP = ("a mapping", lambda key, value: "write `key: value` lines, indented below it")
_BELONGS = {
    "string_type": ("text", _in_quotes),
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "finite_number": ("a finite number", _NUMBER[1]),
    "bool_type": ("true or false", lambda key, value: f"write `{key}: true` or `{key}: false`"),
    "tuple_type": ("a list", lambda key, value: "write each item on a line of its own behind a `-`"),
    "model_type": _MAP,
    "model_attributes_type": _MAP,
    "dict_type": _MAP,
}
