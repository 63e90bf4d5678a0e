"""Mistakes that raise nothing where they are made: lists changed in a loop, results thrown away, floats compared."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator

from ..program import FUNCTIONS, ITERATORS, Candidate, Case, Function, called, inner, names_in
from .keys import changes
from .names import attributes_of
from .syntax import Token, tokens


def changed_in_loop(case: Case) -> Iterator[Candidate]:
    """A list that is changed while a loop goes through it: items are skipped, or it never ends."""
    if not (case.is_silent or case.error in ("TLE", "MLE", "OLE", "ValueError", "MemoryError", "IndexError")):
        return
    for loop in case.all(ast.For):
        line = changes(case, loop)
        if line is not None:
            sure = 0.96 if case.is_silent or case.error in ("TLE", "MLE", "OLE", "MemoryError") else 0.8
            yield Candidate(line, "modified_during_iteration", sure, {"name": "list"}, "skips")


_TEXT_METHODS = frozenset("upper lower strip replace title capitalize rstrip lstrip swapcase".split())


def lost_change(case: Case) -> Iterator[Candidate]:
    """`name.upper()` as a statement: texts stay as they are. `x == 3` as a statement compares and forgets."""
    if not case.is_silent:
        return
    for statement in case.all(ast.Expr):
        value = statement.value
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            of_table = "pandas" in case.source or case.kind(value.func.value) in ("DataFrame", "Series")
            if value.func.attr in _TEXT_METHODS and not of_table:
                words = {"kind": "str", "name": value.func.attr}
                yield Candidate(statement.lineno, "immutable_mutation", 0.9, words, "result")
        elif isinstance(value, ast.Compare) and isinstance(value.ops[0], ast.Eq):
            words = {"sign": "==", "name": case.text(value.left)}
            yield Candidate(statement.lineno, "comparison_assignment", 0.93, words, "statement")


def used_up(case: Case) -> Iterator[Candidate]:
    """A generator, map, filter, zip or file gives its items once."""
    sure = 0.5
    if case.is_silent or case.error in ("StopIteration", "ValueError", "ZeroDivisionError", "StatisticsError"):
        sure = 0.9
    elif case.error == "IndexError" and _has_empty(case):
        sure = 0.92
    for name, nodes in case.bindings.items():
        for node in nodes:
            if isinstance(node, (ast.With, ast.Assign)):
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


def _twice(case: Case, name: str, node: ast.With | ast.Assign, sure: float) -> Iterator[Candidate]:
    value: ast.expr | None = node.value if isinstance(node, ast.Assign) else None
    if isinstance(node, ast.With):
        opened = (i for i in node.items if i.optional_vars is not None and name in names_in(i.optional_vars))
        value = next((item.context_expr for item in opened), None)
    if not isinstance(value, (ast.Call, ast.GeneratorExp)) or case.kind(value) not in ITERATORS:
        return
    later = (n for n in case.all(ast.Name) if n.id == name and n.lineno > node.lineno)
    consuming = (n for n in later if isinstance(n.ctx, ast.Load) and _consumes(case, n))
    uses = sorted(consuming, key=lambda n: (n.lineno, n.col_offset))
    rebound = len([b for b in case.bindings.get(name, []) if isinstance(b, ast.Assign)]) > 1
    if rebound or len(uses) < 2:
        return
    failed = [use for use in uses[1:] if use.lineno == case.line]
    if failed and case.error in ("ZeroDivisionError", "ValueError"):
        sure = 0.95
    words = {"name": name, "kind": case.kind(value)}
    yield Candidate((failed or uses[1:])[0].lineno, "generator_exhausted", sure, words)


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
    """`==` between floats; `int(0.29 * 100)`."""
    if not (case.is_silent or case.error in ("TLE", "OLE")):
        return
    for compare in case.all(ast.Compare):
        text = case.text(compare)
        if not isinstance(compare.ops[0], (ast.Eq, ast.NotEq, ast.In)) or re.search(r"isclose|approx", text):
            continue
        if not _has_fraction(case, compare):
            continue
        in_loop = isinstance(case.parents.get(compare), ast.While)
        is_plain = in_loop or compare.lineno == case.line or any(map(_is_fraction, ast.walk(compare)))
        sure = (0.95 if in_loop else 0.6) if not case.is_silent else 0.84 if is_plain else 0.66
        yield Candidate(compare.lineno, "float_precision", sure, {}, "loop" if in_loop else "")
    for call in case.calls("int"):
        if call.args and isinstance(call.args[0], ast.BinOp) and any(map(_is_fraction, ast.walk(call.args[0]))):
            yield Candidate(call.lineno, "float_precision", 0.8, {}, "cut")


def _is_fraction(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is float and node.value != int(node.value)


def _has_fraction(case: Case, compare: ast.Compare) -> bool:
    """Whether a side is a decimal number, held one with many digits, or may be one that the program calculates."""
    sides = [compare.left, *compare.comparators]
    if any(isinstance(s, ast.Constant) and not isinstance(s.value, (int, float)) for s in sides):
        return False
    for node in (node for side in sides for node in ast.walk(side)):
        fact = case.own_fact(node.id) if isinstance(node, ast.Name) else None
        if _is_fraction(node) or (fact is not None and fact.type == "float" and len(fact.text or "") > 12):
            return True
    kinds = [case.kind(side) for side in sides]
    if "float" in kinds:
        return any(map(_is_fraction, case.nodes))
    own = (c for c in case.all(ast.Call) if called(c) in case.functions)
    given = [n for c in own for a in c.args for n in ast.walk(a)]
    worked = [n for b in case.all(ast.BinOp, ast.AugAssign) for n in ast.walk(b)]
    is_open = not any(kinds) and not any(isinstance(side, ast.Constant) for side in sides)
    return (not kinds[0] and any(map(_is_fraction, given))) or (is_open and any(map(_is_fraction, worked)))


def joined_texts(case: Case) -> Iterator[Candidate]:
    """Two texts side by side in a list are one text."""
    if not (case.is_silent or case.error in ("IndexError", "KeyError", "ValueError", "TypeError")):
        return
    pieces = [t for t in tokens(case.source) if t.kind != "newline"]
    for place, (left, right) in enumerate(zip(pieces, pieces[1:], strict=False)):
        if left.kind == right.kind == "string" and left.depth == right.depth and left.depth > 0:
            literal = _opens_literal(pieces, place)
            sure = 0.93 if literal else 0.5 if left.end == right.line else 0.3
            if not case.is_silent:
                sure += 0.03 if literal and "unpack" in case.message else -0.02
            words = {"left": left.text[:30], "right": right.text[:30]}
            yield Candidate(left.end, "missing_comma", sure, words, "joined")


def _opens_literal(pieces: list[Token], place: int) -> bool:
    """Whether the bracket round a piece is that of a list, set, tuple or dict with commas."""
    depth = pieces[place].depth
    start = next((i for i in range(place, -1, -1) if pieces[i].depth < depth), 0)
    commas = any(t.text == "," and t.depth == depth for t in pieces[start : place + 40])
    before = pieces[start - 1] if start else None
    is_call = pieces[start].text == "(" and before is not None and (before.kind == "name" or before.text in ")]")
    return commas and not is_call


def early_return(case: Case) -> Iterator[Candidate]:
    """`return` indented into the loop ends it in the first round."""
    if not case.is_silent:
        return
    for function in case.all(*FUNCTIONS):
        for loop in (n for n in function.body if isinstance(n, (ast.For, ast.While))):
            last = loop.body[-1]
            if isinstance(last, ast.Return) and last.value is not None and len(loop.body) > 1:
                sure = 0.83 if loop is function.body[-1] else 0.7
                yield Candidate(last.lineno, "indentation", sure, {"word": "return", "header": loop.lineno}, "return")


def after_loop(case: Case) -> Iterator[Candidate]:
    """A line that stands after the loop, though it speaks of the loop's own variable and adds it up."""
    if not case.is_silent:
        return
    for above in case.nodes:
        body = getattr(above, "body", None)
        if not isinstance(body, list):
            continue
        for loop, after in zip(body, body[1:], strict=False):
            if isinstance(loop, ast.For) and _is_step(after):
                used = names_in(after) & names_in(loop.target)
                is_call = isinstance(after, ast.Expr) and isinstance(after.value, ast.Call)
                adds = not is_call or called(after.value) in ("append", "add")
                if adds and (used or names_in(after) & _stored(loop)):
                    sure = 0.88 if used and isinstance(after, ast.AugAssign) else 0.8
                    yield Candidate(after.lineno, "indentation", sure, {"word": "for", "header": loop.lineno}, "after")


def _is_step(node: ast.AST) -> bool:
    return isinstance(node, ast.AugAssign) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))


def _stored(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def inner_name(case: Case) -> Iterator[Candidate]:
    """A function sets a name of its own; the one outside stays as it is."""
    if not case.is_silent:
        return
    for function in case.all(*FUNCTIONS):
        declared = {n for s in ast.walk(function) if isinstance(s, (ast.Global, ast.Nonlocal)) for n in s.names}
        kept = declared | {a.arg for a in function.args.args}
        for node in (n for n in inner(function) if isinstance(n, ast.Assign)):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id not in kept:
                    yield from _set_in_vain(case, function, node, target.id)


def _set_in_vain(case: Case, function: Function, node: ast.Assign, name: str) -> Iterator[Candidate]:
    reads = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)]
    own = case.scope(function)
    if isinstance(own, ast.ClassDef) and name in attributes_of(case, own) | _of_class(own):
        if not reads:
            words = {"name": name, "function": function.name}
            yield Candidate(node.lineno, "missing_self", 0.92, words, "assigned")
        return
    outer = [
        n for n in case.bindings.get(name, []) if isinstance(case.scope(n), ast.Module) and isinstance(n, ast.Assign)
    ]
    if outer and not reads:
        words = {"name": name, "function": function.name}
        yield Candidate(node.lineno, "scope_unboundlocal", 0.87, words, "vain")


def _of_class(own: ast.ClassDef) -> set[str]:
    return {t.id for s in own.body if isinstance(s, ast.Assign) for t in s.targets if isinstance(t, ast.Name)}


def misspelt_store(case: Case) -> Iterator[Candidate]:
    """A name or attribute that is set once, never read, and nearly the same as another."""
    if not case.is_silent:
        return
    reads = {n.id for n in case.all(ast.Name) if isinstance(n.ctx, ast.Load)}
    stores = [n for n in case.all(ast.Name) if isinstance(n.ctx, ast.Store)]
    for node in stores:
        others = [n for n in case.bindings if n != node.id and n in reads]
        near = difflib.get_close_matches(node.id, others, 1, 0.8)
        if node.id not in reads and near and len(node.id) > 3 and not node.id[-1].isdigit():
            yield Candidate(node.lineno, "name_typo", 0.84, {"name": node.id, "right": near[0]}, "stored")
    got = {n.attr for n in case.all(ast.Attribute) if isinstance(n.ctx, ast.Load)}
    for attribute in case.all(ast.Attribute):
        if isinstance(attribute.ctx, ast.Store) and attribute.attr not in got:
            others = [
                n.attr for n in case.all(ast.Attribute) if n.attr != attribute.attr and isinstance(n.ctx, ast.Store)
            ]
            near = difflib.get_close_matches(attribute.attr, others, 1, 0.75)
            if near:
                words = {"name": attribute.attr, "right": near[0], "kind": "object", "other": ""}
                yield Candidate(attribute.lineno, "attribute_typo", 0.88, words, "stored")


def not_awaited(case: Case) -> Iterator[Candidate]:
    """A call of an `async` function whose result nobody waits for."""
    speaks = "coroutine" in case.message or "async" in case.message
    if not (speaks or case.is_silent):
        return
    for call in case.all(ast.Call):
        functions = case.functions.get(called(call), [])
        is_async = any(isinstance(f, ast.AsyncFunctionDef) for f in functions) or _is_sleep(call)
        above = case.parents.get(call)
        if not is_async or isinstance(above, ast.Await) or _is_gathered(case, call):
            continue
        generator = any(isinstance(n, ast.Yield) for f in functions for n in ast.walk(f))
        name = case.text(call.func)
        near = 0.02 if call.lineno <= case.line else 0.0
        if generator:
            if isinstance(above, (ast.For, ast.comprehension)) and not _is_async_for(above):
                yield Candidate(call.lineno, "async_misuse", 0.95, {"name": name}, "for")
        elif speaks:
            yield Candidate(call.lineno, "async_misuse", 0.95 + near, {"name": name})
        else:
            yield Candidate(call.lineno, "async_misuse", 0.9 + near, {"name": name})
    if speaks or "awaitable" in case.message:
        yield Candidate(case.line, "async_misuse", 0.7, {"name": "…"}, "plain")


def _is_async_for(node: ast.AST) -> bool:
    return isinstance(node, ast.AsyncFor) or (isinstance(node, ast.comprehension) and bool(node.is_async))


def _is_sleep(call: ast.Call) -> bool:
    return (
        isinstance(call.func, ast.Attribute)
        and call.func.attr in ("sleep", "gather", "wait_for")
        and (isinstance(call.func.value, ast.Name) and call.func.value.id == "asyncio")
    )


def _is_gathered(case: Case, call: ast.Call) -> bool:
    """Whether something else waits: `asyncio.run`, `gather`, a task."""
    above: ast.AST | None = case.parents.get(call)
    while isinstance(
        above,
        (ast.Starred, ast.List, ast.Tuple, ast.ListComp, ast.GeneratorExp, ast.Call, ast.keyword, ast.comprehension),
    ):
        if isinstance(above, ast.Call) and called(above) in (
            "run",
            "gather",
            "create_task",
            "wait",
            "wait_for",
            "ensure_future",
            "run_until_complete",
            "as_completed",
        ):
            return True
        above = case.parents.get(above)
    if isinstance(above, (ast.AsyncWith, ast.AsyncFor)):
        return True
    if isinstance(above, ast.Assign) and isinstance(above.targets[0], ast.Name):
        name = above.targets[0].id
        return any(isinstance(n.value, ast.Name) and n.value.id == name for n in case.all(ast.Await)) or any(
            called(c) in ("run", "gather", "create_task", "wait_for") and name in names_in(c)
            for c in case.all(ast.Call)
        )
    return False


def late_names(case: Case) -> Iterator[Candidate]:
    """Functions made in a loop all see the loop's last value."""
    if case.error != "AssertionError":
        return
    for function in case.all(ast.Lambda, *FUNCTIONS):
        loop = case.above(function, ast.For, ast.ListComp)
        names = names_in(loop.target) if isinstance(loop, ast.For) else (
            {n for g in loop.generators for n in names_in(g.target)} if isinstance(loop, ast.ListComp) else set()
)  # fmt: skip
        parameters = {a.arg for a in function.args.args}
        body = function.body if isinstance(function.body, list) else [function.body]
        if names & {n for b in body for n in names_in(b)} - parameters:
            yield Candidate(
                function.lineno, "scope_unboundlocal", 0.85, {"name": min(names), "function": "lambda"}, "late"
            )


RULES = (
    changed_in_loop, lost_change, used_up, used_up_inside, float_compared, joined_texts, early_return, after_loop,
    inner_name, misspelt_store, not_awaited, late_names,
)  # fmt: skip
