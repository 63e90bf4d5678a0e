"""The description and the addresses hold together, both ways; so do the description's bodies and what is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from openapi_spec_validator import validate
from server.conftest import Call
from server.description import METHODS, description

from codegym_jlab.handlers import answering, api, base, classes, reviews, talking, teams, tickets
from codegym_jlab.handlers.stream import StreamHandler


def described() -> set[tuple[str, str]]:
    """(method, address pattern) of each operation in the description."""
    return {
        (method, re.sub(r"\{\w+\}", "{}", path.removeprefix("/")))
        for path, item in description()["paths"].items()
        for method in METHODS
        if method in item
    }


def mounted() -> set[tuple[str, str]]:
    """The same of the routes."""
    return {
        (method, re.sub(r"\([^)]*\)", "{}", pattern))
        for pattern, handler in api.ROUTES
        for method in METHODS
        if method in vars(handler)
    }


def test_it_is_openapi() -> None:
    validate(description())


def test_every_address_is_described_and_every_description_is_mounted() -> None:
    assert mounted() == described()


def test_the_stream_is_described() -> None:
    paths = [path for path, handler, _ in api.routes(None, None) if handler is StreamHandler]  # type: ignore[arg-type]
    assert paths == ["codegym/api" + description()["x-stream"]["path"]]


BODIES = {
    "SubmissionRequest": api.SUBMISSION,
    "Cell": api.CELL,
    "CancelRequest": api.CANCEL,
    "DraftRequest": api.DRAFT,
    "RepairRequest": api.REPAIR,
    "ClassRequest": classes.CLASS,
    "ClassChangeRequest": classes.CHANGE,
    "MemberRequest": classes.MEMBER,
    "MembersRequest": classes.MEMBERS,
    "PolicyRequest": classes.POLICY,
    "ExtensionRequest": classes.EXTENSION,
    "PublishRequest": classes.PUBLISH,
    "PlacingRequest": teams.PLACING,
    "TeamsRequest": teams.TEAMS,
    "TeamNameRequest": teams.NAMES,
    "GivenPoints": reviews.GIVEN,
    "MarksRequest": reviews.MARKS,
    "TicketRequest": tickets.QUESTION,
    "QuestionRequest": talking.QUESTION,
    "ThumbRequest": talking.THUMB,
    "AnswerRequest": tickets.ANSWER,
    "LlmRequest": answering.NAMED,
}


@pytest.mark.parametrize("schema", BODIES)
def test_bodies_have_the_described_keys(schema: str) -> None:
    told, read = description()["components"]["schemas"][schema], BODIES[schema]
    assert told["additionalProperties"] is False
    assert set(told["properties"]) == set(read)
    assert set(told["required"]) == {key for key, field in read.items() if field.required}


def _refs(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _refs(value)
    elif isinstance(node, list):
        for value in node:
            yield from _refs(value)


def test_nothing_described_is_unused() -> None:
    used = set(_refs(description()))
    for kind in ("parameters", "requestBodies", "responses", "schemas", "headers"):
        for name in description()["components"][kind]:
            assert f"#/components/{kind}/{name}" in used, f"{kind}/{name} is described and never used"


@pytest.mark.parametrize("operation", sorted(described()))
def test_refusals_are_described(operation: tuple[str, str]) -> None:
    method, pattern = operation
    path = next(p for p in description()["paths"] if re.sub(r"\{\w+\}", "{}", p.removeprefix("/")) == pattern)
    told = description()["paths"][path][method]
    responses = set(told["responses"])
    assert {"409"} <= responses
    assert ("403" in responses) != (told.get("security") == [])  # what probes ask is open to anyone
    if method == "post":
        assert {"400", "413", "415", "422"} <= responses


def test_every_status_is_described() -> None:
    told = {
        int(s)
        for item in description()["paths"].values()
        for m in METHODS
        for s in item.get(m, {}).get("responses", ())
    }
    assert set(base.STATUS.values()) <= told


async def test_it_is_served(call: Call) -> None:
    response = await call("GET", "openapi.yaml")
    assert response.code == 200
    assert yaml.safe_load(response.body) == description()
