"""numpy and pandas: columns, shapes, truth of many values, copies that are changed in vain."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .case import Candidate, Case, called, names_in, targets

_SHAPES = (
    r"could not be broadcast|shape mismatch|shapes? .* not aligned|mismatch in its core dimension"
    r"|does not match length"
    r"|Length mismatch|cannot reshape|must match exactly|all the input array|Length of values"
    r"|is out of bounds for array"
    r"|arrays must (?:all )?be (?:of the )?same length|Lengths must match|Shape of passed values"
    r"|axis .* is out of bounds"
    r"|could not broadcast|No axis named|not aligned|same number of dimensions|must be the same length"
    r"|identically-labeled"
)
_REDUCING = frozenset("mean sum max min std var median count any all".split())
_AXIS = frozenset(
    "mean sum max min std var argmax argmin concatenate stack drop apply median cumsum sort all any".split()
)


def column(case: Case) -> Iterator[Candidate]:
    """A column that the table has not."""
    if "pandas" not in case.source and "numpy" not in case.source:
        return
    if case.error == "KeyError":
        yield from _column(case)
    elif case.error == "AttributeError" and (
        found := re.match(r"'(DataFrame|Series|DataFrameGroupBy)' object has no attribute '(\w+)'", case.message)
    ):
        columns = _columns(case)
        if any(c.strip("'\"").strip().lower().replace(" ", "_") == found[2].lower() for c in columns):
            words = {"key": repr(found[2]), "columns": ", ".join(columns[:6])}
            yield Candidate(case.line, "keyerror_column", 0.96, words)
        elif found[2] == "append":
            yield Candidate(case.line, "wrong_method_for_type", 0.95, {"name": "append", "kind": found[1]}, "table")
    elif case.error == "ValueError" and "Usecols do not match" in case.message:
        yield Candidate(case.line, "keyerror_column", 0.9, {"key": "", "columns": ""})


def _column(case: Case) -> Iterator[Candidate]:
    columns = _columns(case)
    key = case.message
    listed = re.search(r"\[(.*?)\](?:\"| not| are)", key)
    drops = [c for c in case.calls_at() if called(c) == "drop"]
    key = listed[1] if listed else key
    if drops and "not found in axis" in case.message:
        has_axis = any(k.arg in ("axis", "columns", "index") for c in drops for k in c.keywords)
        known = [c for c in columns if c.strip("'\"") in key]
        if not has_axis and (known or not columns):
            yield Candidate(case.line, "axis_mismatch", 0.96, {"key": key[:60]}, "drop")
            return
    words = {"key": key[:60], "columns": ", ".join(columns[:6])}
    reduced = [v for n in case.at() if isinstance(n, ast.Subscript) and isinstance(n.value, ast.Name)
               for v in case.values(n.value.id, n) if _has_axis(v) and called_of(v) in _REDUCING]  # fmt: skip
    if reduced:
        yield Candidate(reduced[0].lineno, "axis_mismatch", 0.95, {"shapes": key[:40]}, "other")
        return
    asked = [n for n in case.at() if isinstance(n, ast.Subscript)]
    own = [n for n in asked if isinstance(n.slice, ast.Constant) and repr(n.slice.value) == key]
    in_dict = {case.kind(n.value) for n in own or asked}
    sure = 0.6 if in_dict and in_dict <= {"dict"} else 0.94
    line = case.line
    name = key.strip("'\"[] ")
    places = [n.lineno for n in case.at() if isinstance(n, ast.Constant) and n.value == name]
    yield Candidate(places[0] if places else line, "keyerror_column", sure, words)


def called_of(node: ast.expr) -> str:
    """What an expression calls last."""
    return called(node) if isinstance(node, ast.Call) else ""


def _columns(case: Case) -> list[str]:
    for step in reversed(case.seen.steps):
        for fact in step.names.values():
            if fact.type == "DataFrame" and fact.words:
                return list(fact.words)
    for call in case.calls("DataFrame"):
        for argument in (*call.args, *(k.value for k in call.keywords if k.arg == "data")):
            if isinstance(argument, ast.Dict):
                return [repr(k.value) for k in argument.keys if isinstance(k, ast.Constant)]
    return []


def truth(case: Case) -> Iterator[Candidate]:
    """`if` of many values at once."""
    if case.error != "ValueError" or "truth value of" not in case.message:
        return
    kind = "Series" if "Series" in case.message else "DataFrame" if "DataFrame" in case.message else "array"
    joined = any(isinstance(n, (ast.BoolOp, ast.Not)) for n in case.at())
    chained = any(isinstance(n, ast.Compare) and len(n.ops) > 1 for n in case.at())
    masks = any(isinstance(n, ast.Subscript) for n in case.at()) and joined
    variant = "and" if masks or (joined and not _tests(case)) or chained else ""
    line = next((n.lineno for n in case.at() if isinstance(n, (ast.BoolOp, ast.If, ast.While, ast.IfExp))), case.line)
    yield Candidate(line, "ambiguous_truth", 0.97, {"kind": kind}, variant)


def _tests(case: Case) -> bool:
    return any(isinstance(n, (ast.If, ast.While, ast.IfExp, ast.Assert)) for n in case.at())


def shape(case: Case) -> Iterator[Candidate]:
    """Shapes that do not fit, and where one of them was made along the wrong axis."""
    if case.error not in ("ValueError", "AxisError", "IndexError", "TypeError") or not re.search(_SHAPES, case.message):
        return
    sizes = re.findall(r"\(\d+(?:,\s?\d*)*\)|\b\d+\b", case.message)
    words = {"shapes": " / ".join(sizes[:2])}
    lines = [n.lineno for name in _names(case) for n in _made(case, name) if _has_axis(n)]
    own = [n for n in case.at() if isinstance(n, ast.Call) and _has_axis(n)]
    if lines and not own:
        yield Candidate(lines[-1], "axis_mismatch", 0.95, words)
    else:
        yield Candidate(case.line, "axis_mismatch", 0.92, words)


def _names(case: Case) -> list[str]:
    return [n.id for n in case.at() if isinstance(n, ast.Name)]


def _made(case: Case, name: str) -> list[ast.expr]:
    return [v for v in case.values(name) if v.lineno < case.line]


def _has_axis(node: ast.expr) -> bool:
    return any(
        isinstance(c, ast.Call) and called(c) in _AXIS and any(k.arg == "axis" for k in c.keywords)
        for c in ast.walk(node)
    )


def wrong_axis(case: Case) -> Iterator[Candidate]:
    """An assert about sums or means that went along the other axis."""
    if case.error != "AssertionError" or not re.search(r"numpy|pandas", case.source):
        return
    for call in case.all(ast.Call):
        axis = next((k for k in call.keywords if k.arg == "axis"), None)
        if axis is not None and called(call) in _AXIS:
            yield Candidate(call.lineno, "axis_mismatch", 0.7, {"shapes": ""}, "other")


def chained(case: Case) -> Iterator[Candidate]:
    """`df[…][…] = …` changes a copy."""
    if not re.search(r"pandas|DataFrame", case.source):
        return
    sure = 0.94 if case.is_silent or "Chained" in case.error or "SettingWithCopy" in case.error else 0.4
    for statement in case.all(ast.Assign, ast.AugAssign):
        for target in targets(statement):
            if _is_chain(target) and not _is_plain_dict(case, target):
                yield Candidate(statement.lineno, "chained_assignment", sure)
    for loop in case.all(ast.For):
        if isinstance(loop.iter, ast.Call) and called(loop.iter) in ("iterrows", "itertuples"):
            rows = names_in(loop.target)
            for inner in (n for n in ast.walk(loop) if isinstance(n, ast.stmt)):
                for target in targets(inner):
                    if isinstance(target, (ast.Subscript, ast.Attribute)) and names_in(target.value) <= rows:
                        yield Candidate(inner.lineno, "chained_assignment", sure - 0.01, {}, "row")
    yield from _subset(case, sure)
    yield from _in_place(case, sure)


def _is_chain(target: ast.expr) -> bool:
    """Two steps, of which the first gives a copy."""
    if not isinstance(target, (ast.Subscript, ast.Attribute)):
        return False
    base: ast.expr = target.value
    if isinstance(base, ast.Attribute) and base.attr in ("loc", "iloc", "at", "iat"):
        base = base.value
    if isinstance(base, ast.Call):
        return called(base) in ("query", "head", "tail", "copy", "filter", "dropna")
    if isinstance(target, ast.Attribute):
        return isinstance(base, ast.Subscript)
    return isinstance(base, ast.Subscript) or (
        isinstance(base, ast.Attribute) and isinstance(base.value, ast.Name) and base.value.id not in ("self",)
        and base.attr not in ("columns", "index", "values", "loc", "iloc", "at", "iat")
    )  # fmt: skip


def _is_plain_dict(case: Case, target: ast.expr) -> bool:
    base = target
    while isinstance(base, (ast.Subscript, ast.Attribute)):
        base = base.value
    return case.kind(base) in ("dict", "list", "ndarray", "defaultdict")


def _subset(case: Case, sure: float) -> Iterator[Candidate]:
    """`part = df[mask]`, then `part[…] = …`, and `df` is expected to change."""
    parts: dict[str, int] = {}
    for one in case.all(ast.Assign):
        value = one.value
        if isinstance(value, ast.Attribute) and value.attr == "loc":
            continue
        taken = value.value if isinstance(value, ast.Subscript) else None
        taken = taken.value if isinstance(taken, ast.Attribute) and taken.attr in ("loc", "iloc") else taken
        if (
            isinstance(taken, ast.Name)
            and case.kind(taken) in ("DataFrame", "Series")
            and isinstance(one.targets[0], ast.Name)
        ):
            parts[one.targets[0].id] = one.lineno
    for statement in case.all(ast.Assign):
        for target in statement.targets:
            name = next(iter(names_in(target)), "") if isinstance(target, ast.Subscript) else ""
            base = target.value if isinstance(target, ast.Subscript) else None
            base = base.value if isinstance(base, ast.Attribute) else base
            if isinstance(base, ast.Name) and base.id in parts and statement.lineno > parts[base.id]:
                yield Candidate(statement.lineno, "chained_assignment", sure - 0.1, {"name": name}, "part")


def _in_place(case: Case, sure: float) -> Iterator[Candidate]:
    """`df["x"].fillna(0, inplace=True)` works on a copy."""
    for call in case.all(ast.Call):
        inplace = any(k.arg == "inplace" for k in call.keywords)
        if (
            inplace
            and isinstance(call.func, ast.Attribute)
            and isinstance(call.func.value, (ast.Subscript, ast.Attribute))
        ):
            yield Candidate(call.lineno, "chained_assignment", sure - 0.02, {}, "inplace")


def lost_result(case: Case) -> Iterator[Candidate]:
    """`df.dropna()` as a statement: its result is thrown away."""
    if case.error != "AssertionError" or "pandas" not in case.source:
        return
    for statement in case.all(ast.Expr):
        call = statement.value
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and not any(k.arg == "inplace" for k in call.keywords)
        ):
            if called(call) in (
                "dropna",
                "fillna",
                "sort_values",
                "rename",
                "drop",
                "reset_index",
                "replace",
                "astype",
            ):
                words = {"kind": "DataFrame", "name": called(call)}
                yield Candidate(statement.lineno, "immutable_mutation", 0.8, words, "result")


RULES = (column, truth, shape, wrong_axis, chained, lost_result)
