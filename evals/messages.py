"""Messages with what is on the table and what they ask for: what triage learns from, and what it is judged by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal

from codegym_jlab.course.schema import Exercise
from codegym_jlab.tutor.question import Intent, Situation

#: `learned` makes the weights; `judged` was written apart from it and from the word lists, and never makes them.
Part = Literal["learned", "judged"]

_VERDICTS = {"failed": "failed 2/7", "passed": "passed 7/7", "error": "error"}
_ERROR = "NameError: name 'total' is not defined"


@dataclass(frozen=True, slots=True)
class Message:
    """One message with its label."""

    text: str
    situation: Situation
    intent: Intent
    language: str
    also: frozenset[Intent] = frozenset()  #: labels that a careful person could defend
    hard: bool = False  #: needs what is on the table, or is mixed, ironic, one word, or a negation


def exercise() -> Exercise:
    """What the messages are about where they need an exercise."""
    return Exercise.model_construct(
        id="tide_table", title="High tides", statement="", starter="def tide_table(heights):\n    pass\n"
    )


def situation(at: str, error: str | None = None) -> Situation:
    """What is on the table `at` a moment: nowhere, open, code, failed, passed or error."""
    return Situation(
        exercise=None if at == "nowhere" else exercise(),
        has_code=at not in ("nowhere", "open"),
        last_error=(error or _ERROR) if at == "error" else None,
        last_verdict=_VERDICTS.get(at),
    )


def messages(part: Part) -> Iterator[Message]:
    """All messages of a part, in the order of its files' names."""
    import yaml

    folder = resources.files(__package__) / "triage" / part
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        told = yaml.load(file.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        yield from grouped(told)


def grouped(told: dict[str, Any]) -> Iterator[Message]:
    """The messages of one file: an intent, and groups of what is said on the same table."""
    for group in told["messages"]:
        yield from _of(group, told["intent"])


def _of(group: dict[str, object], intent: Intent) -> Iterator[Message]:
    error = group.get("error")
    on_table = situation(str(group["at"]), str(error) if error else None)
    also = group.get("also_ok", [])
    said = group["say"]
    assert isinstance(said, list) and isinstance(also, list)
    for text in said:
        yield Message(str(text), on_table, intent, str(group["language"]), frozenset(also), bool(group.get("hard")))
