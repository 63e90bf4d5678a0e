# ruff: noqa: E501  (patterns)
"""Code that stands in a sentence without backticks: `In line 3 write while money < goal, that is all.`"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

from .reading import head, parsed

_TOKEN = re.compile(
    r"(?P<text>(?<!\w)[fr]?(?:\"[^\"\n]*\"|'[^'\n]*')(?!\w))|(?P<word>[A-Za-z_]\w*)|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<sign>//=|\*\*|//|[-+*/%<>=!]=|[-+*/%<>=,:\[\](){}]|\.(?=\w))|(?P<space>\s+)|(?P<other>.)",
    re.DOTALL,
)
_SIGN = re.compile(r"[<>=+*/%\[(-]")
_BEGINS = frozenset({"if", "elif", "while", "for", "return", "yield"})
_HEADERS = frozenset({"if", "elif", "while", "for"})
_STARTS = re.compile(rf"\b(?={'|'.join(sorted(_BEGINS))}\b)|[,:]\s+|\s(?=(?:and|or)\s)")
_HEADER = re.compile(
    r"(?:if|elif|while|for)\b[^:\"'\[{]*(?:\[[^\]]*\][^:\"'\[{]*|\"[^\"]*\"[^:\"'\[{]*|'[^']*'[^:\"'\[{]*)*:(?=\s|$)"
)
_JOINS = frozenset({*_BEGINS, "in", "not", "and", "or", "is", "else", "lambda"})
#: What a sentence goes on with after the code, as Python could too.
_GOES_ON = re.compile(r"\s*(?:\b(?:is|and|or|in|not|if|for)\s+\w+|,\s*\w+|:|=|\b(?:is|and|or|in|not|if|for|else))\s*$")
_JOINED = re.compile(r"(?:and|or)\s+")
_MOST = 6
_MOST_TOKENS = 80
_FEWEST = 3  #: nodes of an expression that says something


@lru_cache(maxsize=400)
def unmarked(line: str) -> tuple[tuple[int, str], ...]:
    """Each piece of code in a line of prose, with the place where it begins."""
    if not _SIGN.search(line) or len(line) > 2000:
        return ()
    found: dict[str, int] = {}
    for start, run in _runs(line):
        for at in [0, *(match.end() for match in _STARTS.finditer(run))]:
            for code in _codes(run[at:]):
                if len(found) < _MOST:
                    found.setdefault(code, start + at)
    return tuple((at, code) for code, at in sorted(found.items(), key=lambda pair: pair[1]))


def _runs(line: str) -> Iterator[tuple[int, str]]:
    """Stretches in which no two words follow each other that Python would not let."""
    start = end = 0
    operand = spaced = False
    number = 0
    for match in _TOKEN.finditer(line):
        kind, token = match.lastgroup, match[0]
        if kind == "space":
            spaced = True
            continue
        value = kind in ("text", "word", "number") and token not in _JOINS
        breaks = kind == "other" or (operand and (value or (spaced and token in "([" and kind == "sign")))
        if breaks or number > _MOST_TOKENS:
            yield start, line[start:end]
            start, number = (match.end() if kind == "other" else match.start()), 0
        elif start == end:
            start = match.start()
        end, number = match.end(), number + 1
        operand, spaced = value or token in (")", "]"), False
    yield start, line[start:end]


def _codes(run: str) -> Iterator[str]:
    """The code that a stretch begins with: as long as may be, then without what the sentence may go on with."""
    text = run.strip().rstrip(",")
    if header := _HEADER.match(text):
        text = header[0]
    for _ in range(4):
        if not _SIGN.search(text):
            return
        joined = _JOINED.match(text)
        if joined and _says_something(text[joined.end() :]) and isinstance(_only(text[joined.end() :]), ast.Expr):
            yield text
        elif _says_something(text):
            yield f"{text.rstrip(':')}:" if text.split(" ", 1)[0] in _HEADERS else text
        shorter = _GOES_ON.sub("", text)
        if shorter == text:
            return
        text = shorter.strip().rstrip(",")


def _says_something(text: str) -> bool:
    """Whether a text is a statement, or an expression of more than hyphens between words."""
    if re.fullmatch(r"[A-Za-z]+(?:[-/][A-Za-z]+)+", text) or "  " in text:
        return False
    first = text.split(" ", 1)[0]
    whole = f"{text.rstrip(':')}:" if first in _HEADERS else text
    node = head(whole) if first in _BEGINS else _only(text)
    if node is None or isinstance(node, ast.AnnAssign):
        return False
    parts = [part for part in ast.walk(node) if isinstance(part, ast.expr)]
    tells = (ast.BinOp, ast.Compare, ast.BoolOp, ast.Call, ast.Subscript, ast.JoinedStr, ast.ListComp, ast.GeneratorExp)
    return len(parts) >= _FEWEST and any(isinstance(part, tells) for part in parts)


def _only(text: str) -> ast.stmt | None:
    tree = parsed(text)
    return tree.body[0] if tree is not None and len(tree.body) == 1 else None
