"""JSON Schemas of course and unit files, for editors. `python scripts/json_schema.py` writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from codegym_jlab.course.schema import CourseFile, Unit
from codegym_jlab.course.validation import Model

FOLDER = Path(__file__).parents[1] / "codegym_jlab" / "course"
FILES: dict[str, type[Model]] = {"course.schema.json": CourseFile, "unit.schema.json": Unit}


class _Untitled(GenerateJsonSchema):
    """pydantic titles every key by its own name; that says nothing and fills an editor's screen."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def json_schema(name: str) -> dict[str, Any]:
    """The schema in the file `name`, generated anew from the models."""
    body = FILES[name].model_json_schema(schema_generator=_Untitled)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **body}


def as_text(name: str) -> str:
    """The text of the file `name`."""
    return json.dumps(json_schema(name), indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write both files into the package."""
    for name in FILES:
        (FOLDER / name).write_text(as_text(name), encoding="utf-8")


if __name__ == "__main__":
    main()
