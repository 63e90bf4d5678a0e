"""Mistakes that raise nothing where they are made: lists changed in a loop, results thrown away, floats compared."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .case import FUNCTIONS, Candidate, Case, called, names_in
from .keys import changes
from .kinds import ITERATORS


def changed_in_loop(case: Case) -> Iterator[Candidate]:
    """A list that is changed while a loop goes through it: items are skipped, or it never ends."""
    if not (case.is_silent or case.error in ("TLE", "MLE", "OLE", "ValueError", "MemoryError", "IndexError")):
        return
    for loop in case.all(ast.For):
        line = changes(case, loop)
        if line is not None:
            sure = 0.96 if case.is_silent or case.error in ("TLE", "MLE", "OLE", "MemoryError") else 0.8
            yield Candidate(line, "modified_during_iteration", sure, {"name": "list"}, "skips")


def lost_change(case: Case) -> Iterator[Candidate]:
    """`name.upper()` as a statement: texts stay as they are."""
    if not case.is_silent:
        return
    for statement in case.all(ast.Expr):
        call = statement.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            if call.func.attr in (
                "upper",
                "lower",
                "strip",
                "replace",
                "title",
                "capitalize",
                "rstrip",
                "lstrip",
                "swapcase",
            ):
                if case.kind(call.func.value) not in ("DataFrame", "Series") and "pandas" not in case.source:
                    yield Candidate(
                        statement.lineno, "immutable_mutation", 0.9, {"kind": "str", "name": call.func.attr}, "result"
                    )
    for statement in case.all(ast.Expr):
        if isinstance(statement.value, ast.Compare) and isinstance(statement.value.ops[0], ast.Eq):
            words = {"sign": "==", "name": case.text(statement.value.left)}
            yield Candidate(statement.lineno, "comparison_assignment", 0.93, words, "statement")


def used_up(case: Case) -> Iterator[Candidate]:
    """A generator, map, filter, zip or file gives its items once."""
    sure = (
        0.9
        if case.is_silent or case.error in ("StopIteration", "ValueError", "ZeroDivisionError", "StatisticsError")
        else 0.5
    )
    if case.error in ("IndexError", "KeyError", "TypeError", "RuntimeError"):
        sure = 0.92 if case.error == "IndexError" and _has_empty(case) else 0.6
    for name, nodes in case.bindings.items():
        for node in nodes:
            if isinstance(node, ast.With) or isinstance(node, ast.Assign):
                yield from _twice(case, name, node, sure)


def _has_empty(case: Case) -> bool:
    """Whether the line takes something out of a list that is empty."""
    bases = (n.value for n in case.at() if isinstance(n, ast.Subscript) and isinstance(n.value, ast.Name))
    return any((f := case.own_fact(b.id)) is not None and f.size == 0 for b in bases)


def used_up_inside(case: Case) -> Iterator[Candidate]:
    """A function goes twice through a parameter, for which a generator is given."""
    for function in case.all(*FUNCTIONS):
        for place, argument in enumerate(function.args.args):
            given = [c.args[place] for c in case.calls(function.name) if place < len(c.args)]
            if not any(case.kind(g) in ITERATORS for g in given):
                continue
            uses = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == argument.arg]
            uses = sorted((n for n in uses if _consumes(case, n)), key=lambda n: (n.lineno, n.col_offset))
            if len(uses) > 1:
                sure = 0.9 if case.is_silent or case.error in ("ValueError", "ZeroDivisionError") else 0.6
                words = {"name": argument.arg, "kind": "generator"}
                yield Candidate(uses[1].lineno, "generator_exhausted", sure, words)


def _twice(case: Case, name: str, node: ast.AST, sure: float) -> Iterator[Candidate]:
    value = node.value if isinstance(node, ast.Assign) else None
    if isinstance(node, ast.With):
        value = next(
            (i.context_expr for i in node.items if i.optional_vars is not None and name in names_in(i.optional_vars)),
            None,
        )
    if value is None or case.kind(value) not in ITERATORS or not isinstance(value, (ast.Call, ast.GeneratorExp)):
        return
    later = (n for n in case.all(ast.Name) if n.id == name and n.lineno > getattr(node, "lineno", 0))
    consuming = (n for n in later if isinstance(n.ctx, ast.Load) and _consumes(case, n))
    uses = sorted(consuming, key=lambda n: (n.lineno, n.col_offset))
    rebound = len([b for b in case.bindings.get(name, []) if isinstance(b, ast.Assign)]) > 1
    if rebound or not uses:
        return
    words = {"name": name, "kind": case.kind(value)}
    again = uses[1] if len(uses) > 1 else None
    if again is None:
        loop = case.above(uses[0], ast.For, ast.While, ast.ListComp)
        if (
            isinstance(loop, (ast.For, ast.While))
            and loop.lineno > getattr(node, "lineno", 0)
            and uses[0].lineno > loop.lineno
        ):
            yield Candidate(uses[0].lineno, "generator_exhausted", sure - 0.05, words)
        elif isinstance(loop, ast.ListComp) and uses[0] not in ast.walk(loop.generators[0].iter):
            yield Candidate(uses[0].lineno, "generator_exhausted", sure - 0.05, words)
        return
    failed = [u for u in uses[1:] if u.lineno == case.line]
    if failed and case.error in ("ZeroDivisionError", "ValueError"):
        sure = 0.95
    yield Candidate((failed or [again])[0].lineno, "generator_exhausted", sure, words)


def _consumes(case: Case, node: ast.Name) -> bool:
    """Whether a use goes through all items, or takes some."""
    above = case.parents.get(node)
    if isinstance(above, ast.Call):
        return called(above) not in ("type", "print", "isinstance", "id", "repr", "close")
    if isinstance(above, ast.Attribute):
        return above.attr in ("read", "readlines", "readline", "__next__")
    if isinstance(above, (ast.For, ast.comprehension)):
        return above.iter is node
    return isinstance(above, (ast.Starred, ast.Compare, ast.YieldFrom))


def float_compared(case: Case) -> Iterator[Candidate]:
    """`==` between floats."""
    if not (case.is_silent or case.error in ("TLE", "OLE", "ValueError", "MLE")):
        return
    for compare in case.all(ast.Compare):
        if not isinstance(compare.ops[0], (ast.Eq, ast.NotEq, ast.In)):
            continue
        text = case.text(compare)
        if re.search(r"isclose|approx|round\(", text) and "round" not in text:
            continue
        floats = _has_fraction(case, compare)
        if not floats:
            continue
        in_loop = isinstance(case.parents.get(compare), ast.While)
        failing = compare.lineno == case.line
        plain = any(_is_fraction(n) for n in ast.walk(compare)) or failing
        sure = 0.84 if failing or in_loop else 0.78 if plain else 0.66
        if case.error in ("TLE", "OLE"):
            sure = 0.95 if in_loop else 0.6
        yield Candidate(compare.lineno, "float_precision", sure, {}, "loop" if in_loop else "")
    for call in case.calls("int"):
        if call.args and isinstance(call.args[0], ast.BinOp) and any(_is_fraction(n) for n in ast.walk(call.args[0])):
            yield Candidate(call.lineno, "float_precision", 0.8 if case.is_silent else 0.3, {}, "cut")


def _given_fractions(case: Case) -> bool:
    """Whether decimal numbers are given to one of the program's own functions."""
    calls = (c for c in case.all(ast.Call) if called(c) in case.functions)
    return any(_is_fraction(n) for c in calls for a in c.args for n in ast.walk(a))


def float_not_found(case: Case) -> Iterator[Candidate]:
    """`index` or `remove` of a float that was calculated."""
    if case.error == "ValueError" and re.match(r"-?\d+\.\d{10,} is not in|list\.\w+\(x\): x not in list", case.message):
        if "." in case.message.split(" ")[0] and case.message[:1] != "l":
            yield Candidate(case.line, "float_precision", 0.94, {}, "")


def _adds_fractions(case: Case) -> bool:
    """Whether decimal numbers are added or multiplied somewhere in the program."""
    return any(_is_fraction(n) for b in case.all(ast.BinOp, ast.AugAssign) for n in ast.walk(b))


def _is_fraction(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is float and node.value != int(node.value)


def _has_fraction(case: Case, compare: ast.Compare) -> bool:
    sides = [compare.left, *compare.comparators]
    if any(isinstance(s, ast.Constant) and not isinstance(s.value, (int, float)) for s in sides):
        return False
    for side in sides:
        for node in ast.walk(side):
            if _is_fraction(node):
                return True
            fact = case.own_fact(node.id) if isinstance(node, ast.Name) else None
            if fact is not None and fact.type == "float" and fact.text and len(fact.text) > 12:
                return True
    if not any(_is_fraction(n) for n in case.nodes):
        return False
    kinds = [case.kind(s) for s in sides]
    if "float" in kinds or (not any(kinds[:1]) and _given_fractions(case)):
        return True
    return not any(kinds) and not any(isinstance(s, ast.Constant) for s in sides) and _adds_fractions(case)


RULES = (changed_in_loop, lost_change, used_up, used_up_inside, float_compared, float_not_found)
