"""Wrong texts and numbers: what a sample shows and the program says differ in a piece that stands in the program.

Only samples are looked at, whose values a student sees anyway.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator, Sequence
from typing import Any

from codegym_jlab.grading.checker.responses import Reply
from codegym_jlab.grading.checker.verdict import Expected

from .program import Edit, Program

_AROUND = 6


def changes_of_texts(program: Program, told: Sequence[tuple[Expected, Reply]]) -> Iterator[Edit]:
    """Texts of the program with a piece of what was said in place of another, as the samples want it."""
    pieces = {piece for expected, reply in told for piece in _pieces(expected, reply)}
    # a whole line more or less is no slip in a text: a statement is missing, or one too many
    pieces = {(old, new) for old, new in pieces if old.count("\n") == new.count("\n")}
    for place in program.places():
        node = place.node
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and not isinstance(place.parent, ast.Expr):
            for old, new in pieces:
                if old in node.value and not isinstance(place.parent, ast.JoinedStr):
                    text = repr(node.value.replace(old, new))
                    yield Edit("wrong_text", (node.lineno,), 0.6, ((place.path, text),))
        elif isinstance(node, ast.JoinedStr):
            own = ast.unparse(node)
            for old, new in pieces:
                if old in own and old.strip("{}") and "{" not in old + new:
                    yield Edit("wrong_text", (node.lineno,), 0.6, ((place.path, own.replace(old, new, 1)),))


def _pieces(expected: Expected, reply: Reply) -> Iterator[tuple[str, str]]:
    wanted = expected.prints if expected.prints is not None else _text(expected.value)
    got = reply.printed if expected.prints is not None else _text(reply.value)
    if not wanted or got is None or len(wanted) + len(got) > 2000:
        return
    for kind, a, b, c, d in difflib.SequenceMatcher(None, got, wanted, autojunk=False).get_opcodes():
        if kind == "equal" or max(b - a, d - c) > 40:
            continue
        for left in range(_AROUND):
            for right in {0, left, _AROUND}:
                before, after = got[max(a - left, 0) : a], got[b : b + right]
                if before + got[a:b] + after:
                    yield before + got[a:b] + after, before + wanted[c:d] + after


def _text(wire: Any) -> str | None:
    """A text on the wire; of a list of texts all of them."""
    if isinstance(wire, list) and len(wire) == 2 and wire[0] == "str":
        return str(wire[1])
    if isinstance(wire, list) and len(wire) == 2 and wire[0] in ("list", "tuple") and isinstance(wire[1], list):
        return "\n".join(_text(part) or "" for part in wire[1])
    return None
