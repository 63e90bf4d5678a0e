"""The description is made of the addresses and their models: each is there, and it is OpenAPI."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from openapi_spec_validator import validate
from server.conftest import Call
from server.description import METHODS, description

from codegym_jlab.handlers import base, routes
from codegym_jlab.handlers.routes import StreamHandler


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
        for pattern, handler in routes.ROUTES.items()
        for method in METHODS
        if method in vars(handler)
    }


#: Of fields: beside one, above one, in a record that an answer is like, and in one that is answered as it is.
WORDS = {
    ("Team", "team"): "its name",
    ("GradebookStudent", "signs"): "s solved, l late, a awaits marks, x excused, m a person set the mark, "
    "d dropped as the lowest of its unit, u its unit is dropped.",
    ("Exercise", "bonus"): "its points come on top of the maximum",
    ("Opened", "path"): "as Jupyter's file browser knows it",
}


def test_it_is_openapi() -> None:
    validate(description())


def test_every_address_is_described_and_every_description_is_mounted() -> None:
    assert mounted() == described()


def test_the_stream_is_described() -> None:
    paths = [path for path, handler, _ in routes.routes(None) if handler is StreamHandler]  # type: ignore[arg-type]
    assert paths == ["codegym/api" + description()["x-stream"]["path"]]


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
    for kind in ("parameters", "responses", "schemas"):
        for name in description()["components"][kind]:
            assert f"#/components/{kind}/{name}" in used, f"{kind}/{name} is described and never used"


def test_fields_are_described_by_the_words_beside_or_above_them_also_in_records() -> None:
    shapes = description()["components"]["schemas"]
    told = {field: shapes[name]["properties"][field]["description"] for name, field in WORDS}
    assert told == {field: text for (_, field), text in WORDS.items()}


def test_every_status_is_described() -> None:
    told = {
        int(s)
        for item in description()["paths"].values()
        for m in METHODS
        for s in item.get(m, {}).get("responses", ())
    }
    assert set(base.STATUS.values()) <= told


def test_the_frontend_has_these_shapes() -> None:
    """`make api` writes them."""
    text = (Path(__file__).parents[2] / "labextension/src/api.ts").read_text("utf-8")
    for name, shape in description()["components"]["schemas"].items():
        written = text.partition(f"\n    {name}:")[2].partition("\n    };")[0]
        assert written, f"{name}: run make api"
        missing = [key for key in shape.get("properties", {}) if key not in written]
        assert not missing, f"{name}: {missing}: run make api"


async def test_it_is_served(call: Call) -> None:
    response = await call("GET", "openapi.yaml")
    assert response.code == 200
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    assert yaml.load(response.body, Loader=loader) == description()  # noqa: S506
