"""A topic of the library, and where the topics are read from: `topics/*.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml


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
    also: tuple[str, ...]  #: other words for it and questions that it answers, in all languages
    text: str
    example: Example
    exercise: str
    more: tuple[Example, ...] = ()
    said: Mapping[str, str] | None = None  #: the text in other languages, by tag

    def told(self, language: str) -> str:
        """The text in a language (BCP 47), in English where it is not there."""
        return (self.said or {}).get(language.split("-")[0].lower(), self.text)


@cache
def topics() -> tuple[Topic, ...]:
    """All of them; the first call reads 400 KB of YAML in some 100 ms."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    files = sorted(Path(__file__).with_name("topics").glob("*.yaml"))
    read = ((path.stem, yaml.load(path.read_text(encoding="utf-8"), loader)) for path in files)
    return tuple(_topic(entry, group) for group, entries in read for entry in entries)


def _topic(entry: dict[str, Any], group: str) -> Topic:
    return Topic(
        id=entry["id"],
        group=group,
        title=entry["title"],
        also=tuple(entry["also"]),
        text=entry["text"].strip(),
        example=_example(entry),
        exercise=entry["exercise"].strip(),
        more=tuple(_example(more) for more in entry.get("more", ())),
        said={tag: text.strip() for tag, text in entry.get("said", {}).items()},
    )


def _example(entry: dict[str, Any]) -> Example:
    about = tuple(entry.get("about", ()))
    return Example(entry["code"].rstrip(), entry["output"].rstrip(), entry["text"].strip() if about else "", about)
