# ruff: noqa: E501  (tables of patterns)
"""Signs, numbers and operands of a program that a sentence exchanges, and what it adds to the end of a line."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from .reading import parsed
from .unmarked import unmarked

_ORDERS = re.compile(
    r"\b(?:should|must|ought|ha(?:s|ve) to|needs?|instead|rather|replace|change|turn|make|write|put|use|belongs?|meant|wanted)\b|->|=>"
    r"|\bstatt\b|\bsoll|\bmuss\b|schreib|ersetz|zamiast|powinn|zamie[nń]|zmie[nń]|\bdebe|en vez|lugar|\bpon\b|cambia|\bdoit|au lieu|rempla|\bmets\b|改|应|换",
    re.IGNORECASE,
)
_TURNS = re.compile(
    r"\b(?:swap|exchange|switch|reverse|flip)|other way (?:a)?round|wrong way (?:a)?round|tausch|verkehrt|andersherum"
    r"|intercambi|al revés|invers|échang|à l'envers|zamień|odwrotnie|交换|反了",
    re.IGNORECASE,
)
#: Signs and numbers that stand alone.
_ALONE = re.compile(r"(?<![\w\"'.<>=!+*/%-])(?:[<>=!]=|[<>]|//|\*\*|[-+*/%]=?|-?\d+(?:\.\d+)?)(?=[\s.,;:!)`'\"]|$)")
_OF_LINES = re.compile(r"\b(?:line|row|zeile|línea|ligne|linii|linia|wiersz\w*)\s*#?\d+|第\s*\d+\s*行", re.IGNORECASE)
_QUESTION = re.compile(r"[?？]\W*$")
_ADDED = re.compile(r"(?:and|or)\s+\S.*|(?:[-+*%]|//)\s*[\w(].*")
_MOST_SIGNS, _MOST_PLACES = 4, 4


def exchanged(source: str, sentences: Sequence[str]) -> Iterator[str]:
    """What becomes of `source` by each of a few sentences' exchanges."""
    for sentence in sentences:
        if _QUESTION.search(sentence):
            continue
        if _ORDERS.search(sentence):
            yield from _for_each_other(source, _OF_LINES.sub(" ", sentence))
        if _TURNS.search(sentence):
            yield from _turned_round(source, sentence)


def lengthened(lines: Sequence[str], code: str) -> Iterator[str]:
    """`or …`, `+ 1`: what begins with a sign, at the end of each line that has a value, or around its first part."""
    if not _ADDED.fullmatch(code):
        return
    for place, line in enumerate(lines):
        colon = ":" if line.rstrip().endswith(":") else ""
        bare = line.rstrip().removesuffix(":")
        found = re.match(r"\s*(?:return |if |elif |while |yield |[\w.\[\]\"']+ = )", bare)
        if found is None:
            continue
        for whole in (f"{bare} {code}{colon}", f"{bare[: found.end()]}({bare[found.end() :]}) {code}{colon}"):
            yield "\n".join([*lines[:place], whole, *lines[place + 1 :]])


def _for_each_other(source: str, sentence: str) -> Iterator[str]:
    """One of the named signs or numbers, which the cell has, for another that is named."""
    named = list(dict.fromkeys(match[0] for match in _ALONE.finditer(sentence)))
    if not 2 <= len(named) <= _MOST_SIGNS:
        return
    for old in named:
        for new in named:
            if new == old or new[-1].isdigit() != old[-1].isdigit():
                continue
            places = [found.span() for found in re.finditer(_exactly(old), source)][:_MOST_PLACES]
            yield from (source[:start] + new + source[end:] for start, end in places)


def _exactly(token: str) -> str:
    around = r"\w." if token[-1].isdigit() else "<>=!+*/%-"
    return rf"(?<![{around}]){re.escape(token)}(?![{around}])"


def _turned_round(source: str, sentence: str) -> Iterator[str]:
    """The two sides of a sign exchanged, where the sentence names both."""
    tree = parsed(source)
    lines = source.split("\n")
    said = {code.strip() for code in re.findall(r"`([^`\n]+)`", sentence)} | {code for _, code in unmarked(sentence)}
    said |= set(re.findall(r"\w+", sentence))
    for node in ast.walk(tree) if tree else ():
        left, right = _sides(node)
        if left is None or right is None or left.lineno != right.end_lineno:
            continue
        row = lines[left.lineno - 1].encode()
        one, other = row[left.col_offset : left.end_col_offset], row[right.col_offset : right.end_col_offset]
        if {one.decode(), other.decode()} <= said:
            middle = row[left.end_col_offset : right.col_offset]
            whole = row[: left.col_offset] + other + middle + one + row[right.end_col_offset :]
            yield "\n".join([*lines[: left.lineno - 1], whole.decode(), *lines[left.lineno :]])


def _sides(node: ast.AST) -> tuple[ast.expr | None, ast.expr | None]:
    match node:
        case ast.BinOp(left=left, right=right) | ast.Compare(left=left, comparators=[right]):
            return left, right
        case ast.Call(args=[left, right]):
            return left, right
    return None, None
