"""The description as a judge of real answers: every response of every test of this folder goes through it."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from tornado.httpclient import HTTPResponse

from codegym_jlab.handlers import routes  # noqa: F401  (with it every address is there)
from codegym_jlab.handlers.openapi import description

METHODS = ("get", "post", "put", "patch", "delete")
BASE = "urn:codegym:openapi"


@cache
def _registry() -> Registry[Any]:
    resource: Resource[Any] = Resource(contents=description(), specification=DRAFT202012)
    return Registry().with_resource(BASE, resource)


@cache
def validator(pointer: str) -> Draft202012Validator:
    """Of the schema under this pointer, such as `/components/schemas/Hints`."""
    schema = {"$ref": f"{BASE}#{pointer}"}
    return Draft202012Validator(schema, registry=_registry(), format_checker=FormatChecker())


@cache
def judgement_schema() -> dict[str, Any]:
    """The schema that the judgement ships with."""
    loaded: dict[str, Any] = json.loads(
        files("codegym_jlab.grading").joinpath("judgement.schema.json").read_text("utf-8")
    )
    return loaded


def check_message(message: dict[str, Any]) -> None:
    """A message of the stream is one of those described."""
    name = description()["x-stream"]["messages"][message["type"]]["$ref"]
    validator(name.removeprefix("#")).validate(message)


def check_response(method: str, path: str, response: HTTPResponse) -> None:
    """Status, media type, version header and body are as described for this operation."""
    if response.code == 405:
        return
    pattern, operation = _operation(method.lower(), path)
    if operation is None:
        assert response.code in (403, 404, 409, 413, 415), response.code
        _error(response)
        return
    told = operation["responses"].get(str(response.code))
    assert told is not None, f"{method} {path} answered {response.code}, which is not described: {response.body!r}"
    assert response.headers["CodeGYM-API"] == description()["info"]["version"]
    if response.code >= 400:
        _error(response)
        return
    if "content" not in told:
        assert not response.body
        return
    (media,) = told["content"]
    steps = ("paths", pattern, method.lower(), "responses", str(response.code), "content", media, "schema")
    pointer = "".join(f"/{quote(step.replace('~', '~0').replace('/', '~1'))}" for step in steps)
    assert response.headers["Content-Type"].partition(";")[0] == media
    if media == "application/json":
        _body(pointer, json.loads(response.body))
    elif media == "application/x-ndjson":
        for line in response.body.splitlines():
            _body(pointer, json.loads(line))


def _error(response: HTTPResponse) -> None:
    validator("/components/schemas/Error").validate(json.loads(response.body))


def _body(pointer: str, body: Any) -> None:
    validator(pointer).validate(body)
    if "bundle" in body and body["judgement"] is not None:
        Draft202012Validator(judgement_schema()).validate(body["judgement"])


def _operation(method: str, path: str) -> tuple[str, dict[str, Any] | None]:
    for pattern, item in description()["paths"].items():
        if method in item and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern.lstrip("/")), path):
            operation: dict[str, Any] = item[method]
            return pattern, operation
    return "", None
