"""Blocks that are no Python and so cannot be run: held back where they speak of this exercise's names and values."""

from __future__ import annotations

import ast
import re
import textwrap
from functools import lru_cache

from .extract import readings
from .reply import Case
from .run import Place
from .student_code import closed
from .syntax import tree_of

#: What programs and pseudo-code of any language are made of, beside names and numbers.
_SIGNS = re.compile(
    r"\b(?:function|func|fun|fn|def|let|var|val|const|int|double|end|begin|return|returns|if|then|else|for|foreach|each"
    r"|while|do|loop|repeat|set|select|from|where|mutable|public|static|match|wenn|für|solange|sonst|gib|si|para|mientras"
    r"|devolver|pour|tant que|renvoyer)\b|[{};]|<-|=>|:=|->|←|:$",
    re.IGNORECASE | re.MULTILINE,
)
_OPEN = re.compile(r"\.\.\.|…|_{3,}|\?{2,}|\?[ ]*$|\bTODO\b", re.MULTILINE)
#: Signs that a program has, and of how many names and values of the solution a block may have fewer than these.
_FEWEST_SIGNS, _SHARED, _SHARE = 3, 2, 0.5


def shared_names(case: Case) -> str:
    """Why a block of the reply is held back; empty where none is."""
    names, values = _known(case.place)
    own = closed("\n".join((case.source, *case.said)))
    for piece in case.reading.pieces:
        text = piece.text
        if piece.kind not in ("fence", "hidden") or _is_python(text) or _OPEN.search(text):
            continue
        if len(_SIGNS.findall(text)) < _FEWEST_SIGNS or _is_quoted(text, own):
            continue
        words = {_bare(word) for word in re.findall(r"[^\W\d]\w*", text)}
        numbers = set(re.findall(r"(?<![\w.])\d+(?:\.\d+)?", text)) | set(re.findall(r"[\"']([^\"'\n]+)[\"']", text))
        shared = sorted(names & words) + sorted(values & numbers)
        if len(shared) >= max(_SHARED, _SHARE * min(len(names) + len(values), 6)):
            return f"a block that is no Python, with {', '.join(shared)[:100]} of the solution"
    return ""


def _is_python(text: str) -> bool:
    """Whether most of a block can be read as Python, in whatever way."""
    return any(tree_of(textwrap.dedent(one)) is not None for one in readings(text) if len(one) > 0.6 * len(text))


def _is_quoted(text: str, own: str) -> bool:
    """Whether half of its lines are the student's."""
    rows = [row for row in text.split("\n") if len(row.strip()) > 3]
    return sum(closed(row) in own for row in rows) >= len(rows) / 2


def _bare(name: str) -> str:
    return name.replace("_", "").lower()


@lru_cache(maxsize=200)
def _known(place: Place) -> tuple[frozenset[str], frozenset[str]]:
    """The names that a solution gives, and its values that say something."""
    tree = tree_of(place.exercise.solution)
    names, values = set[str](), set[str]()
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Constant) and not isinstance(node.value, (bool, type(None))):
            values.add(str(node.value))
    return frozenset(_bare(name) for name in names - {"self"} if len(name) > 2), frozenset(values - {"0", "1", "", " "})
