"""Which right answers may guide where a grade is at stake.

Parts of a right answer then stand in a process with the student's code. A hostile student's code would read itself
and say by the line that is told what it found. So the student's program must be one that cannot look at itself, and
no right answer counts that holds a value which the student cannot see.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Sequence

from codegym_jlab.course.schema import Exercise
from codegym_jlab.grading.grader.plan import ANSWER, PlannedCell

from .evidence import Evidence
from .guides import is_text

_CALLS = frozenset(
    "abs all any bool chr dict divmod enumerate filter float int isinstance len list map max min ord pow print range "
    "reversed round set sorted str sum tuple zip Exception IndexError KeyError TypeError ValueError".split()
)
_METHODS = {name for kind in (str, list, tuple, dict, set) for name in dir(kind) if name[0] != "_"} - {
    "format",
    "format_map",  # these read attributes
}
_NEVER = (ast.Import, ast.ImportFrom, ast.ClassDef, ast.AsyncFunctionDef, ast.Try, ast.With, ast.Match, ast.Await)
_SMALL = (0, 1, 2, -1, "", " ")


def is_plain(source: str, *, functions_only: bool = True) -> bool:
    """Whether a program computes with values and knows no way to its own text; as a rule of functions alone."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return False
    if functions_only and not all(isinstance(one, ast.FunctionDef) or is_text(one) for one in tree.body):
        return False
    for node in ast.walk(tree):
        name = node.id if isinstance(node, ast.Name) else node.name if isinstance(node, ast.FunctionDef) else ""
        is_strange = name.startswith("__") or hasattr(builtins, name) and name not in _CALLS
        if is_strange or isinstance(node, _NEVER) or isinstance(node, ast.Attribute) and node.attr not in _METHODS:
            return False
    return True


def safe_guides(
    source: str, plan: Sequence[PlannedCell], rights: Iterable[str], exercise: Exercise, evidence: Sequence[Evidence]
) -> list[str]:
    """Of these right answers those that may guide; none for a program, or cells above it, that could look at it."""
    above = (cell.text for cell in plan if cell.name != ANSWER and cell.kind != "given")
    if not (is_plain(source) and all(is_plain(text, functions_only=False) for text in above)):
        return []
    samples = (f"{one.check.call} {one.expected.text}" for one in evidence if one.shown and not one.is_new)
    seen = "\n".join((exercise.statement, *samples))
    return [one for one in rights if is_plain(one) and _is_seen(one, seen)]


def _is_seen(source: str, seen: str) -> bool:
    """Whether all values that are written in a right answer are small ones, or such as the student sees."""
    nodes = list(ast.walk(ast.parse(source)))
    idle = [one.value for one in nodes if isinstance(one, ast.Expr) and is_text(one)]
    values = [one.value for one in nodes if isinstance(one, ast.Constant) and one not in idle]
    return all(value is None or value in _SMALL or str(value) in seen for value in values)
