# ruff: noqa: E501  (a table of patterns)
"""An expression as it is said, in Python's signs."""

from __future__ import annotations

import re
from collections.abc import Callable

from .numerals import in_digits
from .pseudo import expression, parts_of
from .signs import with_operators

_Put = str | Callable[[re.Match[str]], str]


def _call(found: re.Match[str]) -> str:
    return f"{found[1]}({re.sub(r',? (?:and|und|y|et) ', ', ', found[2])})"


def _table(*forms: tuple[str, _Put]) -> tuple[tuple[re.Pattern[str], _Put], ...]:
    return tuple((re.compile(pattern, re.IGNORECASE), put) for pattern, put in forms)


_QUOTED = _table(
    (r"\b(?:the )?(?:string|text|key|word|literal|zeichenkette|cadena|texto|chaîne|napis) [\"']?([A-Za-z_]\w*)[\"']?", r'"\1"'),
)  # fmt: skip
_REVERSE = r"(?:with|and) reverse (?:set to |equal to |= ?|equals )?true"
#: What is said of whole lists, before single signs are read.
_OF_LISTS = _table(
    (r"\b(?:eine[rn]? )?leere[nrs]? liste\b|\b(?:una )?lista vacía\b|\b(?:une )?liste vide\b|\bpusta lista\b|\bpustą listę\b", "[]"),
    (r"\b(?:the )?(set|list|sum|tuple) of (?:all )?(?:the )?([\w.]+)\b(?!\()", r"\1(\2)"),
    (rf"\b(?:the )?sorted (?:version |list |copy )?of (.+?),? {_REVERSE}", r"sorted(\1, reverse=True)"),
)  # fmt: skip
_ARGS = r"([\w\"'.\[\]\-+]+(?:(?:,| and|, and| und| y| et) [\w\"'.\[\]\-+]+)*)"
_CALLS = _table(
    (r",? ?(?:in )?square brackets?,? (?:with |around )?(?:the )?([\w\"'.\-]+)(?: in(?:side)?(?: them| it)?)?", r"[\1]"),
    (r"([\w.\]]+) (?:at|under) (?:the )?(?:index|key|position|place) ([\w\"'.\-]+)", r"\1[\2]"),
    (r"(?:the )?(?:element|item|value|entry) ([\w\"'.\-]+) (?:of|in|from) ([\w.\]]+)", r"\2[\1]"),
    (r"(?<=[\w\])\"]) (?:dot|punkt|punto|point|kropka) (?=\w)", "."),
    (rf"([\w.\])]+),? (?:with|on|mit|con|avec) {_ARGS} as (?:its |the )?(?:only |two |first )?(?:arguments?|parameters?)", _call),
    (rf"(?:the )?(?:result|value|outcome|return value) of (?:calling )?([\w.]+),? (?:called |applied |when called )?(?:with|on|to|for|of) {_ARGS}", _call),
    (rf"(?:a |the )?call(?:ing)? (?:of |to )?([\w.]+) (?:with|on|of) {_ARGS}", _call),
    (rf"\b([\w.]+) (?:called|applied) (?:with|on|to) {_ARGS}", _call),
    (rf"\b(?:the )?(len|max|min|sum|sorted|abs|str|int|float|set|list|range|reversed|[\w.]+\.\w+) of {_ARGS}", _call),
    (r",? (?:called )?(?:with (?:no|empty) (?:arguments|parentheses)|with nothing|no arguments|and call it)\b", "()"),
    (r"^(?:the |a |an )(?:value of |variable )?", ""),
)  # fmt: skip


def spoken(text: str) -> str:
    """An expression as it is said."""
    text = _put(_QUOTED, text.strip().rstrip(",.;:"))
    text = _put(_OF_LISTS, parts_of(in_digits(with_operators(text))))
    return _put(_CALLS, expression(text)).strip().rstrip(",")


def _put(table: tuple[tuple[re.Pattern[str], _Put], ...], text: str) -> str:
    for pattern, put in table:
        text = pattern.sub(put, text)
    return text
