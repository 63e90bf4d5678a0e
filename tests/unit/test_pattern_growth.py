"""Every pattern of the package takes time in proportion to its text: none can be made slow by what a person writes.

For each repetition in a pattern a text is made that the pattern follows up to there, goes round often, and then fails.
What is compared is how the time grows with the text, never the time itself.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from re import (
    _constants as code,  # type: ignore[attr-defined]
    _parser as parser,  # type: ignore[attr-defined]
)
from types import ModuleType
from typing import Any

import pytest

import codegym_jlab
from codegym_jlab.course import yaml_source
from codegym_jlab.runner.wire import values
from codegym_jlab.tutor import patterns
from codegym_jlab.tutor.explain.rules import messages, syntax
from codegym_jlab.tutor.triage import classifier

#: Started as programs or by other programs, or in need of packages that are not always there.
SKIPPED = (".__main__", "labextension", ".runner.")
#: What every pattern is tried on; what goes round its own repetitions comes to these.
UNITS = (" ", "\n", "\t", "a", "0", "(", "[", "`", '"', "a ", "- ", "a.", "\n ", "x = ")
#: Characters of the texts, in small steps at first: what grows exponentially must show itself before it takes for ever.
SIZES = (12, 18, 24, 30, 64, 256, 1024, 4096, 16384)  # the last where one step more may tell: a machine may be quick
#: How much faster than its text the time may grow from one size to the next: quadratic is 4 in the last steps.
MOST_GROWTH = 2.25
#: Seconds below which nothing can be said of growth.
TELLING = 0.004


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(codegym_jlab.__path__, "codegym_jlab."):
        if not any(part in found.name for part in SKIPPED):
            try:
                yield importlib.import_module(found.name)
            except ImportError:
                continue


def patterns_in(value: object, depth: int = 0) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield value
    elif isinstance(value, Mapping) and depth < 4:
        yield from (one for each in value.values() for one in patterns_in(each, depth + 1))
    elif isinstance(value, (list, tuple, set, frozenset)) and depth < 4:
        yield from (one for each in value for one in patterns_in(each, depth + 1))


@dataclass(frozen=True)
class Used:
    """A pattern with its place. `once`: it is only held against a text from its start, never looked for in it."""

    name: str
    pattern: re.Pattern[str]
    once: bool


@cache
def used() -> list[Used]:
    """Made when first asked for: collecting imports no module of the package."""
    found: dict[re.Pattern[str], Used] = {}
    for module in modules():
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        for name, value in vars(module).items():
            for number, pattern in enumerate(patterns_in(value)):
                once = re.search(rf"\b{name}\.(?:match|fullmatch)\(", source) is not None
                once = once and re.search(rf"\b{name}\.(?:search|sub|subn|find\w+|split)\(", source) is None
                found.setdefault(pattern, Used(f"{module.__name__}.{name}[{number}]", pattern, once))
        for node in ast.walk(ast.parse(source)) if "import re\n" in source else ():
            if inline := _inline(node):
                found.setdefault(
                    inline[1], Used(f"{module.__name__}:{inline[2]}", inline[1], inline[0].endswith("match"))
                )
    for one in (*_of_messages(), *_of_tables()):
        found.setdefault(one.pattern, one)
    return list(found.values())


def _of_messages() -> Iterator[Used]:
    """What a message of the student's is held against, which is short; compiled when the first one comes."""
    parts = {part: patterns.patterns(part) for part in patterns._table()}
    parts |= {language: classifier.groups(language) for language in classifier.LANGUAGES}
    for part, named in parts.items():
        for name, pattern in named.items():
            yield Used(f"{part}.{name}", pattern, False)


def _of_tables() -> Iterator[Used]:
    """Patterns that stand as texts in tables, and those of the runner's wire."""
    for row in (*messages._TOLD, *syntax._TOLD, *yaml_source.WORDS["yaml"]):
        yield Used(row[0], re.compile(row[0]), False)
    for name, pattern in vars(values).items():
        if isinstance(pattern, re.Pattern):
            yield Used(name, pattern, True)


def _inline(node: ast.AST) -> tuple[str, re.Pattern[str], int] | None:
    """What `re.sub("…", …)` and the like are called with."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name("re"), attr=name), args=[ast.Constant(str(pattern)), *_]) if (
            name not in ("compile", "escape")
        ):
            texts = " ".join(ast.unparse(part) for part in [*node.args[1:], *node.keywords])
            flags = [getattr(re, flag) for flag in re.findall(r"re\.([A-Z]+)", texts)]
            return name, re.compile(pattern, sum(set(flags))), node.lineno
    return None


def follows(items: Any) -> str:
    """A short text that a parsed pattern takes."""
    return "".join(_one(op, given) for op, given in items)


def _one(op: Any, given: Any) -> str:
    if op is code.LITERAL:
        return chr(given)
    if op is code.NOT_LITERAL:
        return "b" if given == ord("a") else "a"
    if op is code.ANY:
        return "a"
    if op is code.IN:
        return next((ch for ch in "a0 -.\n\"(=_,:#`'é。" if _is_in(ch, given)), _first(given))
    if op is code.BRANCH:
        return follows(given[1][0])
    if op is code.SUBPATTERN:
        return follows(given[-1])
    if op in (code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT):
        return follows(given[2]) * given[0]
    return follows(given) if op is code.ATOMIC_GROUP else ""


def _is_in(ch: str, items: Any) -> bool:
    kinds = {code.CATEGORY_DIGIT: str.isdigit, code.CATEGORY_SPACE: str.isspace, code.CATEGORY_WORD: _is_word}
    kinds |= {code.CATEGORY_NOT_SPACE: lambda c: not c.isspace(), code.CATEGORY_NOT_WORD: lambda c: not _is_word(c)}
    found = any(
        (op is code.LITERAL and ord(ch) == given)
        or (op is code.RANGE and given[0] <= ord(ch) <= given[1])
        or (op is code.CATEGORY and kinds.get(given, str.isalpha)(ch))
        for op, given in items
    )
    return found is not any(op is code.NEGATE for op, _ in items)


def _is_word(ch: str) -> bool:
    return ch.isalnum() or ch == "_"


def _first(items: Any) -> str:
    known = (given if op is code.LITERAL else given[0] for op, given in items if op in (code.LITERAL, code.RANGE))
    return chr(next(known, ord("a")))


def pumps(items: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """For each repetition what leads to it, and what goes once round it."""
    for op, given in items:
        inner: Iterable[Any] = ()
        if op is code.BRANCH:
            inner = given[1]
        elif op is code.SUBPATTERN:
            inner = (given[-1],)
        elif op in (code.MAX_REPEAT, code.MIN_REPEAT):
            inner = (given[2],)
            if given[1] > 60:
                yield before, follows(given[2]) or "a"
        for each in inner:
            yield from pumps(each, before)
        before += _one(op, given)


def seconds(pattern: re.Pattern[str], text: str, once: bool) -> float:
    began = time.process_time()
    if once:
        pattern.match(text)
        pattern.fullmatch(text)
    else:
        for _ in pattern.finditer(text):
            pass
    return time.process_time() - began


def grows(one: Used, before: str, unit: str) -> float:
    """How much faster the time grows than the text, where that can be told: 1 is linear, 4 quadratic; 0: all fast."""
    last, last_size, step = TELLING / 4, SIZES[0], 0.0
    for size in SIZES:
        if size == SIZES[-1] and step < MOST_GROWTH / 2:
            break
        text = before + unit * max(1, size // len(unit)) + "\x00"
        now = seconds(one.pattern, text, one.once)
        step = now / max(last, 1e-6) / (size / last_size)
        if now > TELLING:
            now = min(now, seconds(one.pattern, text, one.once))
            excess = now / max(last, TELLING / 4) / (size / last_size)
            if excess > MOST_GROWTH or now > 100 * TELLING:
                return max(excess, 0.0)
        last, last_size = now, size
    return 0.0


def slow(one: Used) -> list[tuple[str, str, str]]:
    """The texts on which a pattern grows too fast."""
    tries = {("", unit) for unit in UNITS} | set(pumps(parser.parse(one.pattern.pattern, one.pattern.flags & ~32)))
    return [(one.name, *text) for text in sorted(tries) if grows(one, *text) > MOST_GROWTH]


@pytest.mark.parametrize("pattern", [r"^bad words:( ?\w+)+$", r"a*b", r"x(\s*)(.+?)\s*->"])
def test_what_grows_faster_than_its_text_is_found(pattern: str) -> None:
    assert slow(Used("bad", re.compile(pattern), False))


@pytest.mark.full
def test_no_pattern_grows_faster_than_its_text() -> None:
    assert len(used()) > 100
    assert [text for one in used() for text in slow(one)] == []
