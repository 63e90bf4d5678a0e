"""numpy and pandas: columns, shapes, truth of many values, copies that are changed in vain."""

import ast
import re
from collections.abc import Iterator

from ..program import Candidate, Case, called, root, targets
from .keys import is_table, keys_in

_SHAPES = (
    r"could not be broadcast|could not broadcast|shape mismatch|not aligned|mismatch in its core dimension"
    r"|[Ll]ength mismatch|cannot reshape|must match exactly|all the input array|Length of values|out of bounds for a"
    r"|must (?:all )?be (?:of )?the same length|Lengths must match|Shape of passed values|axis .* is out of bounds"
    r"|No axis named|same number of dimensions|identically-labeled|does not match length"
)
_PLACES = frozenset({"loc", "iloc", "at", "iat"})
_COPIES = frozenset("query head tail copy filter dropna".split())


def column(case: Case) -> Iterator[Candidate]:
    """A column that the table has not."""
    if case.error != "KeyError" or not is_table(case):
        return
    listed = re.search(r"\[([^\[\]]*)\](?:\"| not| are)", case.message)
    key = (listed[1] if listed else case.message)[:60]
    words = {"key": key, "columns": ", ".join(keys_in(case)[:6])}
    yield Candidate(case.line, "keyerror_column", 0.94, words)


def truth(case: Case) -> Iterator[Candidate]:
    """`if` of many values at once; `and` between masks."""
    if case.error == "ValueError" and "truth value of" in case.message:
        here = case.at()
        kind = next((kind for kind in ("Series", "DataFrame") if kind in case.message), "array")
        variant = "and" if any(isinstance(n, (ast.BoolOp, ast.Not)) for n in here) else ""
        yield Candidate(case.line, "ambiguous_truth", 0.97, {"kind": kind}, variant)


def shape(case: Case) -> Iterator[Candidate]:
    """Shapes that do not fit."""
    if case.error in ("ValueError", "AxisError", "IndexError", "TypeError") and re.search(_SHAPES, case.message):
        words = {"shapes": " / ".join(re.findall(r"\(\d+(?:,\s?\d*)*\)|\b\d+\b", case.message)[:2])}
        yield Candidate(case.line, "axis_mismatch", 0.94, words)


def copies(case: Case) -> Iterator[Candidate]:
    """`df[…][…] = …` or a part cut out is a copy: the table stays as it was."""
    if not re.search(r"pandas|DataFrame", case.source):
        return
    sure = 0.94 if case.is_silent else 0.4
    for statement in case.all(ast.Assign, ast.AugAssign):
        for target in targets(statement):
            if _is_chain(target) and case.kind(root(target)) not in ("dict", "list", "ndarray", "defaultdict"):
                yield Candidate(statement.lineno, "chained_assignment", sure)


def _is_chain(target: ast.expr) -> bool:
    """`df[…][…]`, `df.loc[…][…]`, `df[…].name`, `df.name[…]`, `df.query(…)[…]`."""
    if not isinstance(target, (ast.Subscript, ast.Attribute)):
        return False
    base: ast.expr = target.value
    if isinstance(base, ast.Attribute) and base.attr in _PLACES:
        base = base.value
    if isinstance(base, ast.Call):
        return called(base) in _COPIES
    if isinstance(base, ast.Subscript) or isinstance(target, ast.Attribute):
        return isinstance(base, ast.Subscript)
    if not isinstance(base, ast.Attribute) or base.attr in ("columns", "index", "values"):
        return False
    return isinstance(base.value, ast.Name) and base.value.id != "self"


RULES = (column, truth, shape, copies)
