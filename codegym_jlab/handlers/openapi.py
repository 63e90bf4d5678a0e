"""The description of this interface (OpenAPI 3.1), made of the addresses, their methods' docstrings, and the models.

Imported when it is asked for. It knows the addresses of what was imported: all of them come with `routes`. Tests hold
real answers against it, and the frontend's types are generated from it.
"""

import inspect
import json
import re
import sys
from functools import cache
from http import HTTPStatus
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from ..records import NAME_PATTERN, Json
from .base import API_VERSION, ROUTES, VERSION_HEADER, Operation
from .schemas import answers, author_answers, requests, staff_answers

ABOUT = (
    "Courses, answers and judgements. All addresses lie below the Jupyter server's base URL. Requests carry Jupyter's "
    "token or its login cookie (then also `X-XSRFToken`). `POST` bodies are JSON; a key that is not described is "
    "refused. Times are ISO 8601 with an offset. Besides the addresses here there is a WebSocket at `stream`, see "
    "`x-stream`."
)
STREAM = (
    "A WebSocket that only the server speaks on: what happens to a person's work reaches all their tabs, the one that "
    "sent included (it knows its own by `tab`, the idempotency key). Closed with 1013: the tab fell behind, or there "
    "are too many; come back and ask anew. Closed with 1001: the server ends."
)
MESSAGES = {kind: f"{kind.title()}Message" for kind in ("judgement", "progress", "course", "class", "ticket", "draft")}
#: Statuses below 400 beside 200, and what each refusal means.
DONE = {
    200: "As it is then.",
    202: "Kept, not judged yet; the judgement comes over the stream, or by GET.",
    204: "Done.",
}
REFUSED = {
    400: "No JSON, or a query that cannot be read.",
    403: "Not logged in, no XSRF token, or not a role that may do this.",
    404: "No such thing.",
    409: "Understood, and refused by dates, attempts or state; `code` says why. `api_version`: reload the page.",
    413: "More than is taken at once.",
    415: "Not application/json.",
    422: "JSON, but not what is described here; the text names the key.",
    429: "Too many new sources, questions or reviews in a short time; `Retry-After` says when to come back.",
    503: "The records or the sandbox are away for a moment; `Retry-After` says when to come back.",
}
_WORDS = {status: HTTPStatus(status).name.title().replace("_", "") for status in REFUSED}
_REFUSALS = {str(status): {"$ref": f"#/components/responses/{word}"} for status, word in _WORDS.items()}
_TEXT = {"type": "string"}
_INTEGER = {"type": "integer", "minimum": 0}
QUERY: dict[str, Json] = {
    **dict.fromkeys(("offset", "limit", "least", "sends", "hours"), _INTEGER),
    "sort": {"enum": ["name", "points", "done", "late", "seen"]},
    "open": {"enum": ["1"], "description": "Only those that wait for an answer."},
    "since": {"type": "string", "format": "date-time"},
    "after": {"type": "string", "description": "The last id of the page before."},
}
_NAME = {"type": "string", "pattern": f"^{NAME_PATTERN}$"}
PATH: dict[str, Json] = {
    **dict.fromkeys(("course", "unit", "exercise"), _NAME),
    "class": {"type": "string", "description": "An offering; on one's own computer `local:` and the course."},
}


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
    header = {"name": VERSION_HEADER, "in": "header", "schema": _TEXT}
    return {
        "openapi": "3.1.0",
        "info": {"title": "CodeGYM", "version": API_VERSION, "description": ABOUT},
        "servers": [{"url": "/codegym/api"}],
        "security": [{"token": []}, {"cookie": []}],
        "paths": paths,
        "x-stream": {
            "path": "/stream",
            "description": STREAM,
            "messages": {kind: _ref(model) for kind, model in MESSAGES.items()},
        },
        "components": {
            "securitySchemes": {
                "token": {"type": "apiKey", "in": "header", "name": "Authorization"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "username"},
            },
            "parameters": {"version": header | {"description": "What the sender speaks; another is answered by 409."}},
            "responses": {
                _WORDS[status]: {"description": text, "content": _json("Error")} for status, text in REFUSED.items()
            },
            "schemas": _models(),
        },
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
        {"name": name, "in": "path", "required": True, "schema": PATH.get(name, _TEXT)}
        for name in re.findall(r"\{(\w+)\}", path)
    ]
    asked = [{"name": name, "in": "query", "schema": QUERY.get(name, _TEXT)} for name in told.query]
    done = [200 if told.answer or told.media else 204, *told.also]
    described = {
        "operationId": told.name,
        "summary": inspect.cleandoc(function.__doc__).replace("\n", " "),
        "parameters": [{"$ref": "#/components/parameters/version"}, *places, *asked],
        "responses": {str(status): _done(told, status) for status in done} | _REFUSALS,
    }
    if told.body:
        described["requestBody"] = {"required": told.body != "Nothing", "content": _json(told.body)}
    return described | ({"security": []} if told.to_anyone else {})


def _done(told: Operation, status: int) -> Json:
    if status == 204:
        return {"description": DONE[204]}
    headers = {VERSION_HEADER: {"schema": {"type": "string", "const": API_VERSION}}}
    return {"description": DONE[status], "headers": headers, "content": {told.media: {"schema": _schema(told.answer)}}}


def _schema(answer: str) -> Json:
    key, _, model = answer.rpartition(": ")
    if not key:
        return _ref(model) if model else _TEXT
    lists = {key: {"type": "array", "items": _ref(model)}}
    return {"type": "object", "properties": lists, "required": [key], "additionalProperties": False}


def _json(model: str) -> Json:
    return {"application/json": {"schema": _ref(model)}}


def _ref(model: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model}"}


def _models() -> Json:
    """Every model that an operation or the stream names, and what those hold."""
    known = {**vars(requests), **vars(answers), **vars(author_answers), **vars(staff_answers)}
    named = {"Error", *MESSAGES.values()}
    for _, function in _functions():
        told: Operation = function.operation
        named |= {told.answer.rpartition(": ")[2], told.body} - {""}
    wanted: list[Any] = [(name, "validation", TypeAdapter(known[name])) for name in sorted(named)]
    _, made = TypeAdapter.json_schemas(wanted, ref_template="#/components/schemas/{model}", schema_generator=_Plain)
    shapes: dict[str, Json] = made["$defs"]
    for shape in shapes.values():
        shape.pop("title", None)
    return {name: shape for name, shape in shapes.items() if not name.startswith("RootModel")}
