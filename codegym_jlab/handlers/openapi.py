"""The description of this interface (OpenAPI 3.1), made of the addresses, their methods' docstrings, and the models.

Imported when it is asked for. It knows the addresses of what was imported: all of them come with `routes`. Tests hold
real answers against it, and the frontend's types are generated from it.
"""

import inspect
import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from ..records import Json
from .base import API_VERSION, ROUTES, VERSION_HEADER, Operation
from .schemas import answers, author_answers, requests, staff_answers

_GIVEN: Json = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))
_TEXT = {"type": "string"}


class _Plain(GenerateJsonSchema):
    """Without the titles that repeat the names; fields have the words that stand with them in the code."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def model_schema(self, schema: Any) -> Json:
        return _with_words(super().model_schema(schema), schema["cls"])

    def dataclass_schema(self, schema: Any) -> Json:
        """A record is told whole, as `records.plain` has it."""
        made = _with_words(super().dataclass_schema(schema), schema["cls"])
        for field in made["properties"].values():
            field.pop("default", None)
        return made | {"required": [*made["properties"]], "additionalProperties": False}


def _with_words(shape: Json, kind: type) -> Json:
    kinds = [*kind.__mro__, getattr(kind, "record", None) or kind]
    for one in kinds:
        told = _words(one.__module__).get(one.__name__, {}) if one.__module__.startswith("codegym_jlab.") else {}
        for name in told.keys() & shape.get("properties", {}):
            shape["properties"][name].setdefault("description", told[name])
    return shape


@cache
def _words(module: str) -> dict[str, dict[str, str]]:
    """By class and field, what the comments `#:` beside or above a field say."""
    found: dict[str, dict[str, str]] = {}
    name, above = "", list[str]()
    for line in inspect.getsource(sys.modules[module]).splitlines():
        code, _, beside = line.partition("#: ")
        if line.startswith("class "):
            name = re.split(r"\W", line)[1]
        elif field := re.match(r"    (\w+): ", code):
            text = beside.strip() or " ".join(above)
            found.setdefault(name, {}).update({field[1]: text} if text else {})
        above = [*above, beside.strip()] if not code.strip() and beside else []
    return found


@cache
def description() -> Json:
    """The whole of it, as JSON would have it."""
    paths: dict[str, Json] = {}
    for method, function in _functions():
        path = f"/{function.operation.path}"
        paths.setdefault(path, {})[method] = _operation(path, function)
    given = _GIVEN["document"]
    return {
        **given,
        "info": given["info"] | {"version": API_VERSION},
        "paths": paths,
        "components": given["components"] | {"schemas": _models()},
    }


def _functions() -> list[tuple[str, Any]]:
    """Each with its method."""
    members = [member for handler in ROUTES.values() for member in vars(handler).items()]
    return [(name, function) for name, function in members if hasattr(function, "operation")]


def as_yaml() -> str:
    """As it is served: JSON, which is YAML, too."""
    return json.dumps(description(), indent=1, ensure_ascii=False)


def _operation(path: str, function: Any) -> Json:
    told: Operation = function.operation
    places = [
        {"name": name, "in": "path", "required": True, "schema": _GIVEN["path"].get(name, _TEXT)}
        for name in re.findall(r"\{(\w+)\}", path)
    ]
    asked = [{"name": name, "in": "query", "schema": _GIVEN["query"].get(name, _TEXT)} for name in told.query]
    done = [200 if told.answer or told.media else 204, *told.also]
    described = {
        "operationId": told.name,
        "summary": inspect.cleandoc(function.__doc__).replace("\n", " "),
        "parameters": [{"$ref": "#/components/parameters/version"}, *places, *asked],
        "responses": {str(status): _done(told, status) for status in done} | _GIVEN["refusals"],
    }
    if told.body:
        described["requestBody"] = {
            "required": told.body != "Nothing",
            "content": {"application/json": {"schema": _ref(told.body)}},
        }
    return described | ({"security": []} if told.to_anyone else {})


def _done(told: Operation, status: int) -> Json:
    said: Json = {"description": _GIVEN["done"][status]}
    if status != 204:
        said["headers"] = {VERSION_HEADER: {"schema": _TEXT | {"const": API_VERSION}}}
        said["content"] = {told.media: {"schema": _schema(told.answer)}}
    return said


def _schema(answer: str) -> Json:
    key, _, model = answer.rpartition(": ")
    if not key:
        return _ref(model) if model else _TEXT
    lists = {key: {"type": "array", "items": _ref(model)}}
    return {"type": "object", "properties": lists, "required": [key], "additionalProperties": False}


def _ref(model: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model}"}


def _models() -> Json:
    """Every model that an operation or the stream names, and what those hold."""
    known = {**vars(requests), **vars(answers), **vars(author_answers), **vars(staff_answers)}
    messages = _GIVEN["document"]["x-stream"]["messages"].values()
    named = {"Error", *(one["$ref"].rpartition("/")[2] for one in messages)}
    for _, function in _functions():
        told: Operation = function.operation
        named |= {told.answer.rpartition(": ")[2], told.body} - {""}
    wanted: list[Any] = [(name, "validation", TypeAdapter(known[name])) for name in sorted(named)]
    _, made = TypeAdapter.json_schemas(wanted, ref_template="#/components/schemas/{model}", schema_generator=_Plain)
    shapes: dict[str, Json] = made["$defs"]
    for shape in shapes.values():
        shape.pop("title", None)
    return {name: shape for name, shape in shapes.items() if not name.startswith("RootModel")}
