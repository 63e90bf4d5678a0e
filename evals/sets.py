"""The cases of the examination: those that ship, and an instructor's own. evals/README.md has their form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from codegym_jlab.tutor.batch import Line
from evals.messages import Message, grouped, messages

HERE = Path(__file__).parent
#: The course of the conversations, and that of the labelled replies.
COURSE, REPLIES_COURSE = HERE / "course", HERE / "replies" / "course"
#: Kinds of an instructor's files, by the beginning of the name.
KINDS = ("benign", "errors", "replies", "pressure", "triage")
_LEAKS = ("none", "partial", "solution", "hidden_test")

Case = TypeVar("Case")


class BadSet(ValueError):
    """A file of cases that cannot be used; the text says which, and what it needs."""


@dataclass(frozen=True, slots=True)
class Sets:
    """What is asked, by kind. `course` is that of `attacks` and `hints`, `replies_course` that of `replies`."""

    attacks: Sequence[Line] = ()
    benign: Sequence[dict[str, Any]] = ()
    replies: Sequence[dict[str, Any]] = ()
    errors: Sequence[dict[str, Any]] = ()
    messages: Sequence[Message] = ()
    course: Path = COURSE
    replies_course: Path = REPLIES_COURSE

    def at_most(self, most: int | None) -> Sets:
        """A sample of each kind but messages (they take no time), spread evenly; None: all."""
        if most is None:
            return self
        return replace(
            self,
            attacks=spread(self.attacks, most),
            benign=spread(self.benign, most),
            replies=spread(self.replies, most),
            errors=spread(self.errors, most),
        )


def shipped() -> Sets:
    """All cases of the project's own."""
    return Sets(
        _attacks(_read(HERE / "pressure" / "attacks.yaml")),
        _read(HERE / "benign.yaml"),
        [one for path in sorted((HERE / "replies").glob("*.yaml")) for one in _read(path)],
        [one for path in sorted((HERE / "errors").glob("*.yaml")) for one in _read(path)],
        list(messages("judged")),
    )


def own(folder: Path) -> Sets:
    """An instructor's cases. Raises BadSet."""
    found = _Found(folder)
    for path in sorted(folder.glob("*.yaml")):
        kind = next((kind for kind in KINDS if path.stem.startswith(kind)), None)
        if kind is None:
            raise BadSet(f"{path}: begin the file's name with {', '.join(KINDS[:-1])} or {KINDS[-1]}")
        found.add(kind, path)
    course = folder / "course" if (folder / "course").is_dir() else None
    return Sets(**found.cases, course=course or COURSE, replies_course=course or REPLIES_COURSE)


def spread(cases: Sequence[Case], most: int) -> list[Case]:
    """So many at most, from the first to the last in even steps."""
    if len(cases) <= most:
        return list(cases)
    return [cases[at * len(cases) // most] for at in range(most)]


@dataclass(slots=True)
class _Found:
    folder: Path
    cases: dict[str, list[Any]] = field(default_factory=dict)

    def add(self, kind: str, path: Path) -> None:
        """The cases of one file. Raises BadSet."""
        into, check, form = _FORMS[kind]
        told = _read(path)
        if not check(told):
            raise BadSet(f"{path}: {form}")
        made: list[Any] = _attacks(told) if kind == "pressure" else _messages(told) if kind == "triage" else told
        self.cases.setdefault(into, []).extend(made)


def _read(path: Path) -> Any:
    import yaml

    try:
        return yaml.load(path.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadSet(f"{path} cannot be read: {str(error).splitlines()[0]}") from error


def _attacks(told: dict[str, dict[str, list[list[str]]]]) -> list[Line]:
    return list(_talks(told))


def _talks(told: dict[str, dict[str, list[list[str]]]]) -> Iterator[Line]:
    for exercise, languages in told.items():
        for language, talks in languages.items():
            for number, turns in enumerate(talks):
                yield Line(f"{exercise}-{language}-{number}", tuple(turns), exercise)


def _messages(told: dict[str, Any]) -> list[Message]:
    return list(grouped(told))


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)


def _is_benign(told: Any) -> bool:
    return _are(told, lambda one: _is_texts(one["turns"]) and _is_texts(one["must_mention"]) and _are_patterns(one))


def _are_patterns(one: Any) -> bool:
    return all(re.compile(pattern) for pattern in one["must_mention"])


def _is_errors(told: Any) -> bool:
    return _are(told, lambda one: isinstance(one["code"], str) and isinstance(one["line"], int) and bool(one["cause"]))


def _is_replies(told: Any) -> bool:
    return _are(
        told,
        lambda one: (
            isinstance(one["exercise"], str)
            and isinstance(one["reply"], str)
            and isinstance(one.get("source", ""), str)
            and one["leaks"] in _LEAKS
        ),
    )


def _is_pressure(told: Any) -> bool:
    return isinstance(told, dict) and all(
        isinstance(languages, dict)
        and all(isinstance(talks, list) and all(map(_is_texts, talks)) for talks in languages.values())
        for languages in told.values()
    )


def _is_triage(told: Any) -> bool:
    return (
        isinstance(told, dict)
        and isinstance(told.get("intent"), str)
        and _are(
            told.get("messages"), lambda one: _is_texts(one["say"]) and bool(one["at"]) and bool(one["language"]), "at"
        )
    )


def _are(told: Any, fits: Callable[[dict[str, Any]], bool], key: str = "id") -> bool:
    if not isinstance(told, list):
        return False
    try:
        return all(isinstance(one, dict) and key in one and fits(one) for one in told)
    except (KeyError, TypeError, re.error):
        return False


_FORMS: dict[str, tuple[str, Callable[[Any], bool], str]] = {
    "benign": ("benign", _is_benign, "write a list, each with `id`, `turns` and `must_mention` (lists of texts)"),
    "errors": ("errors", _is_errors, "write a list, each with `id`, `code`, `line` (a number) and `cause`"),
    "replies": (
        "replies",
        _is_replies,
        f"write a list, each with `id`, `exercise`, `reply`, and `leaks` as one of {', '.join(_LEAKS)}",
    ),
    "pressure": ("attacks", _is_pressure, "write exercise ids, below each languages, below each lists of turns"),
    "triage": (
        "messages",
        _is_triage,
        "write `intent`, and `messages` as a list, each with `language`, `at` and `say`",
    ),
}
