"""JSON Schemas of course and unit files, for editors. `python -m codegym_jlab.course.json_schema` writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from codegym_jlab.course.schema import CourseFile, Unit

from .validation import Model

FOLDER = Path(__file__).parent
FILES: dict[str, type[Model]] = {"course.schema.json": CourseFile, "unit.schema.json": Unit}


def json_schema(name: str) -> dict[str, Any]:
    """The schema in the file `name`, generated anew from the models."""
    body = FILES[name].model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_without_titles(body)}


def as_text(name: str) -> str:
    """The text of the file `name`."""
    return json.dumps(json_schema(name), indent=2, ensure_ascii=False) + "\n"


def _without_titles(schema: Any) -> Any:
    """pydantic titles every key by its own name; that says nothing and fills an editor's screen."""
    if isinstance(schema, list):
        return [_without_titles(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _without_titles(item) for name, item in value.items()}
        if key == "properties"
        else _without_titles(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str))
    }


def main() -> None:
    """Write both files beside this module."""
    for name in FILES:
        (FOLDER / name).write_text(as_text(name), encoding="utf-8")


if __name__ == "__main__":
    main()
