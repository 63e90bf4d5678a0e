"""Which of a student's cells holds the answer, when marks and ids do not say it: by the names that it defines."""

from __future__ import annotations

import ast
import difflib
import re
import warnings

from codegym_jlab.course.python_text import without_magics

_DEFINES = re.compile(r"^(?:async\s+def|def|class)\s+(\w+)|^(\w+)\s*(?::[^=]+)?=(?!=)", re.M)


def defined_names(source: str) -> frozenset[str]:
    """Functions, classes and variables that `source` defines at its top; it need not parse."""
    return frozenset(name for match in _DEFINES.finditer(source) for name in match.groups() if name)


def is_copy(first: str, second: str) -> bool:
    """True where two cells marked as one answer are the same work twice, False where they are two halves of it."""
    if not first.strip() or not second.strip() or first.strip() == second.strip():
        return True
    one, other = defined_names(first), defined_names(second)
    if one & other:
        return True
    if one and other:
        return False
    return difflib.SequenceMatcher(None, first[:2000], second[:2000], autojunk=False).ratio() > 0.6


def cut_between(source: str, first: frozenset[str], second: frozenset[str]) -> int | None:
    """Where to cut a cell that two answers were merged into: an index into `source`.

    None where it does not parse, or what defines the one's names does not stand whole above what defines the other's.
    """
    starts = _top_level(source)
    of_first = [line for line, names in starts if names & (first - second)]
    of_second = [line for line, names in starts if names & (second - first)]
    if not of_first or not of_second or max(of_first) >= min(of_second):
        return None
    return sum(len(line) for line in source.splitlines(keepends=True)[: min(of_second) - 1])


def _top_level(source: str) -> list[tuple[int, frozenset[str]]]:
    """Line (from 1) and names of each statement at the top."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(without_magics(source)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return [(_first_line(statement), _names(statement)) for statement in body]


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _names(statement: ast.stmt) -> frozenset[str]:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return frozenset({statement.name})
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    return frozenset(node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name))
