"""What every model of the course format shares: frozen, unknown keys refused, scalars never bent to fit.

YAML has already decided what is text and what is a number, so `title: 3` is a mistake and not the text "3".
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from codegym_jlab.course.fault import fault


class Model(BaseModel):
    """Base of all models here; instances are immutable and compare by value."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, ser_json_inf_nan="constants")


def _slug(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", text):
        better = re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-_")
        better = re.sub(r"^[^a-z]+", "", better) or "my-exercise"
        raise fault(f"`{text}` is no id", f"use small letters, digits, `-` and `_`, a letter first: `{better}`")
    return text


def _name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", text):
        better = re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-_") or "my-course"
        raise fault(f"`{text}` is no id", f"use letters, digits, `-` and `_`: `{better}`")
    return text


def _filled(text: str) -> str:
    if not text.strip():
        raise fault("it is empty", "write some text")
    return text


Text = Annotated[str, Field(strict=True)]
#: text that is not empty
Words = Annotated[str, Field(strict=True), AfterValidator(_filled)]
Int = Annotated[int, Field(strict=True)]
Float = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Bool = Annotated[bool, Field(strict=True)]
#: id of an exercise, check or misconception
Slug = Annotated[
    str,
    Field(strict=True),
    AfterValidator(_slug),
    WithJsonSchema({"type": "string", "pattern": "^[a-z][a-z0-9_-]*$"}),
]
#: id of a course or unit: also a file's or folder's name
Name = Annotated[
    str,
    Field(strict=True),
    AfterValidator(_name),
    WithJsonSchema({"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_-]*$"}),
]
