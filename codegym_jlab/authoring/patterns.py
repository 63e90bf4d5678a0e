"""Texts on which a regular expression that backtracks takes for ever: each of its repeats, repeated, then cut off.

Pure; `check` runs the pattern on them in a sandbox under a limit.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from re import _constants as opcodes  # type: ignore[attr-defined]
    from re import _parser as parser  # type: ignore[attr-defined]

LENGTH = 500  #: characters of an exception's message on which a pattern is matched
MOST_TEXTS = 40
_END = "\x01!"  #: what no pattern expects
_CATEGORIES = {
    opcodes.CATEGORY_DIGIT: "0",
    opcodes.CATEGORY_SPACE: " ",
    opcodes.CATEGORY_WORD: "a",
    opcodes.CATEGORY_NOT_DIGIT: "a",
    opcodes.CATEGORY_NOT_SPACE: "a",
    opcodes.CATEGORY_NOT_WORD: " ",
}
_SAMPLES = "a0 _A-.!,"


def repeated_texts(pattern: str) -> list[str]:
    """At most MOST_TEXTS texts of LENGTH characters for a pattern that compiles."""
    found = [_filled("", unit) for unit in ("a", "0", " ", "a ")]
    found += [_filled(before, unit) for before, unit in _repeats(parser.parse(pattern), "") if unit]
    return list(dict.fromkeys(found))[:MOST_TEXTS]


def _filled(before: str, unit: str) -> str:
    room = LENGTH - len(before) - len(_END)
    return before + (unit * (room // len(unit) + 1))[: max(room, 0)] + _END


def _repeats(parsed: Any, before: str) -> Iterator[tuple[str, str]]:
    """(what matches up to a repeat, one turn of it), the inner ones too."""
    for code, value in parsed:
        if code in (opcodes.MAX_REPEAT, opcodes.MIN_REPEAT) and value[1] > 10:
            yield before, _example(value[2]) or _example(value[2], full=True)
            yield before, _example(value[2], full=True)
        for inner in _inner(code, value):
            yield from _repeats(inner, before)
        before += _example([(code, value)])


def _inner(code: Any, value: Any) -> list[Any]:
    """The patterns within a part of one."""
    if code in (opcodes.MAX_REPEAT, opcodes.MIN_REPEAT):
        return [value[2]]
    if code is opcodes.SUBPATTERN:
        return [value[3]]
    return list(value[1]) if code is opcodes.BRANCH else []


def _example(parsed: Any, *, full: bool = False) -> str:
    """A short text that matches; with `full` what is optional is there."""
    text = ""
    for code, value in parsed:
        if code is opcodes.LITERAL:
            text += chr(value)
        elif code in (opcodes.ANY, opcodes.NOT_LITERAL):
            text += "a" if value != ord("a") else "b"
        elif code is opcodes.IN:
            text += _one_of(value)
        elif code in (opcodes.MAX_REPEAT, opcodes.MIN_REPEAT):
            text += _example(value[2], full=full) * min(max(value[0], int(full)), LENGTH)
        elif code is opcodes.BRANCH:
            text += _example(value[1][0], full=full)
        elif code is opcodes.SUBPATTERN:
            text += _example(value[3], full=full)
    return text


def _one_of(items: Any) -> str:
    code, value = items[0]
    if code is opcodes.NEGATE:
        allowed = re.compile("[^" + "".join(re.escape(chr(v)) for c, v in items[1:] if c is opcodes.LITERAL) + "]")
        return next((sample for sample in _SAMPLES if allowed.match(sample)), "z")
    if code is opcodes.CATEGORY:
        return _CATEGORIES.get(value, "a")
    return chr(value[0] if code is opcodes.RANGE else value)
