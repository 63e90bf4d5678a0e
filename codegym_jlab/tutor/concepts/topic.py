"""A topic of the library, and where the topics are read from: `topics/*.yaml`, compiled into `library.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Example:
    """Code that runs by itself and prints just `output`; `about` are the words of a question that it fits."""

    code: str
    output: str
    text: str = ""
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """One concept: what it is, an example on its own data, and a small exercise."""

    id: str
    group: str  #: the file it stands in: `numpy`, `pandas`, or a part of Python
    title: str
    also: tuple[str, ...]  #: other words for it, in all languages
    text: str
    example: Example
    exercise: str
    see_also: tuple[str, ...] = ()
    more: tuple[Example, ...] = ()
    asked: tuple[str, ...] = ()  #: questions in plain words that it answers
    said: Mapping[str, str] | None = None  #: the text in other languages, by tag


@cache
def topics() -> tuple[Topic, ...]:
    """All of them. The compiled file is read, as YAML would take a hundred times as long."""
    return read((HERE / "library.json").read_text(encoding="utf-8"))


def read(compiled: str) -> tuple[Topic, ...]:
    """Topics from the text of a compiled library."""
    return tuple(_topic(entry) for entry in json.loads(compiled))


def _topic(entry: dict[str, Any]) -> Topic:
    return Topic(
        id=entry["id"],
        group=entry["group"],
        title=entry["title"],
        also=tuple(entry["also"]),
        text=entry["text"].strip(),
        example=_example(entry),
        exercise=entry["exercise"].strip(),
        see_also=tuple(entry.get("see_also", ())),
        more=tuple(_example(more) for more in entry.get("more", ())),
        asked=tuple(entry.get("asked", ())),
        said={tag: text.strip() for tag, text in entry.get("said", {}).items()},
    )


def _example(entry: dict[str, Any]) -> Example:
    about = tuple(entry.get("about", ()))
    text = entry["text"].strip() if about else ""
    return Example(entry["code"].rstrip(), entry["output"].rstrip(), text, about)
