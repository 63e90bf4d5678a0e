# ruff: noqa: E501  (tables of patterns)
"""What a sentence says in words to do to single signs of a program: one more, one less, brackets and what follows them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from .exchanging import exchanged
from .instructed import BESIDE, BRACKETS, DELETES
from .reading import parsed
from .signs import in_signs

_FOLLOWS = re.compile(r"(//|\*\*|[-+*/%]) ?(\d+(?:\.\d+)?|[A-Za-z_]\w*)\b")
_EXPRESSION = re.compile(r"[A-Za-z_][\w.]*(?: ?(?://|\*\*|[-+*/%]) ?(?:[A-Za-z_][\w.]*|\d+(?:\.\d+)?))+")
_COMPARES = re.compile(r"(?<![<>=!])(?:[<>]=?|[=!]=)(?![<>=])")
_EQUALS = re.compile(r"(?<![<>=!])=(?![<>=])")
_ORDER = re.compile(r"(?<![<>=!-])([<>])(?![<>=])")
_QUESTION = re.compile(r"[?？]\W*$")
_MOST_PLACES = 6


def adjusted(source: str, sentences: Sequence[str]) -> Iterator[str]:
    """What becomes of `source` by what each sentence that asks nothing says of its signs."""
    for sentence in sentences:
        if _QUESTION.search(sentence):
            continue
        signs = in_signs(sentence)
        if signs != sentence:
            yield from exchanged(source, [signs])
        if _EQUALS.search(signs):
            yield from _equal_or_not(source, signs)
        if BRACKETS.search(sentence):
            yield from _bracketed(source, signs)


def _equal_or_not(source: str, signs: str) -> Iterator[str]:
    """An order with an equals sign more, or one less."""
    places = list(_COMPARES.finditer(source))[:_MOST_PLACES]
    named = _ORDER.search(signs)
    for place in places:
        one = place[0]
        if BESIDE.search(signs) and one in "<>" and (named is None or named[1] == one):
            yield f"{source[: place.end()]}={source[place.end() :]}"
        if DELETES.search(signs) and one in ("<=", ">="):
            yield f"{source[: place.start()]}{one[0]}{source[place.end() :]}"


def _bracketed(source: str, signs: str) -> Iterator[str]:
    """Brackets around a sum or the like that stands in the source, and what the sentence says to put after them."""
    tree = parsed(source)
    lines = source.split("\n")
    said = {_closed(found[0]) for found in _EXPRESSION.finditer(signs)}
    after = [f" {sign} {value}" for sign, value in _FOLLOWS.findall(signs)]
    for node in ast.walk(tree) if tree else ():
        if not isinstance(node, ast.BinOp) or node.lineno != node.end_lineno or node.end_col_offset is None:
            continue
        row = lines[node.lineno - 1].encode()
        inner = row[node.col_offset : node.end_col_offset].decode()
        if not any(one.startswith(_closed(inner)) for one in said):
            continue
        for end in dict.fromkeys(["", *after]):
            whole = f"{row[: node.col_offset].decode()}({inner}){end}{row[node.end_col_offset :].decode()}"
            yield "\n".join([*lines[: node.lineno - 1], whole, *lines[node.lineno :]])


def _closed(code: str) -> str:
    return re.sub(r"\s+", "", code)
