"""The well-known quiet mistakes: shared lists, lists changed in a loop, lost results, floats compared.

They raise nothing where they are made: what shows is a wrong answer, a failed assert, or an error further on.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ..program import FUNCTIONS, ITERATORS, Candidate, Case, called, is_generator, names_in, targets
from .keys import changes
from .names import attributes_of
from .syntax import tokens

_CHANGING = frozenset(
    "append extend insert remove pop sort reverse clear add update discard setdefault popitem".split()
)
_LISTS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp)
_SHARED = frozenset({"list", "dict", "set", "ndarray", "DataFrame", "defaultdict", "Counter", "deque"})
_TEXT_METHODS = frozenset("upper lower strip replace title capitalize rstrip lstrip swapcase".split())


def _is_new(node: ast.expr | None) -> bool:
    """Whether an expression makes a list, dict or set."""
    return isinstance(node, _LISTS) or (isinstance(node, ast.Call) and called(node) in _SHARED)


def _root(node: ast.expr) -> str:
    """The name that an expression begins with; empty for `self.x`."""
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    return node.id if isinstance(node, ast.Name) and node.id != "self" else ""


def _changed(node: ast.AST) -> list[ast.expr]:
    """The lists or dicts that a node changes in place: by a method, `x[…] = …`, `del x[…]` or `x += [...]`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
        return [node.func.value]
    if isinstance(node, ast.Call) and called(node) == "shuffle":
        return node.args[:1]
    if isinstance(node, ast.AugAssign) and isinstance(node.value, _LISTS):
        return [node.target]
    items = node.targets if isinstance(node, ast.Delete) else targets(node)
    return [target.value for target in items if isinstance(target, ast.Subscript)]


def _changed_names(node: ast.AST) -> set[str]:
    return {_root(one) for one in _changed(node)} - {""}


def _changed_inside(case: Case) -> set[str]:
    """The names of lists of which an item is changed in place: `rows[0][1] = …`."""
    return {_root(one) for n in case.nodes for one in _changed(n) if isinstance(one, ast.Subscript)} - {""}


def mutable_default(case: Case) -> Iterator[Candidate]:
    """A list or dict as a default lives on from call to call."""
    for function in case.all(*FUNCTIONS):
        nodes, defaults = list(ast.walk(function)), function.args.defaults
        for argument, default in zip(reversed(function.args.args), reversed(defaults), strict=False):
            if _is_new(default):
                kept = any(isinstance(n, ast.Assign) and argument.arg in names_in(n.value)
                           and isinstance(n.targets[0], ast.Attribute) for n in nodes)  # fmt: skip
                used = kept or any(argument.arg in _changed_names(n) for n in nodes)
                sure = (0.95 if case.is_silent else 0.65) if used else 0.3
                words = {"name": argument.arg, "function": function.name}
                yield Candidate(default.lineno, "mutable_default", sure, words)


def shared_rows(case: Case) -> Iterator[Candidate]:
    """`[[0] * 3] * 3`, and one row that is appended again and again."""
    sure = 0.94 if case.is_silent else 0.45
    for node in case.all(ast.BinOp):
        for side in (node.left, node.right) if isinstance(node.op, ast.Mult) else ():
            if isinstance(side, ast.List) and any(case.kind(item) in {"list", *case.classes} for item in side.elts):
                yield Candidate(node.lineno, "aliasing", sure, {"name": case.text(side)}, "rows")
    for loop in case.all(ast.For, ast.While):
        nodes = list(ast.walk(loop))
        made = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        changed = {name for n in nodes for name in _changed_names(n)}
        for call in (n for n in nodes if isinstance(n, ast.Call) and called(n) == "append" and n.args):
            row = call.args[0]
            if not isinstance(row, ast.Name) or row.id in made or case.kind(row) != "list":
                continue
            if row.id in changed or names_in(call.func) & _changed_inside(case):
                yield Candidate(call.lineno, "aliasing", sure, {"name": row.id}, "row")


def two_names(case: Case) -> Iterator[Candidate]:
    """`b = a` gives the same list another name; `b = a[:]` copies the outer list alone; `self.items = items`."""
    sure = 0.86 if case.is_silent else 0.4
    inside = _changed_inside(case)
    for statement in case.all(ast.Assign):
        value, target = statement.value, statement.targets[0]
        if isinstance(value, (ast.Name, ast.Attribute, ast.Subscript)):
            yield from _same(case, statement, sure)
        copied = _shallow(value)
        if copied and isinstance(target, ast.Name) and {target.id, copied} & inside:
            yield Candidate(statement.lineno, "aliasing", sure + 0.03, {"name": target.id, "other": copied}, "shallow")


def _same(case: Case, statement: ast.Assign, sure: float) -> Iterator[Candidate]:
    value, target = statement.value, statement.targets[0]
    kind, is_item = case.kind(value), isinstance(value, ast.Subscript)
    if not isinstance(target, (ast.Name, ast.Attribute)) or (kind and kind not in _SHARED | set(case.classes)):
        return
    if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Slice) and case.kind(value.value) != "ndarray":
        return
    later = [n for n in case.nodes if getattr(n, "lineno", 0) > statement.lineno]
    changed = [one for n in later for one in _changed(n)]
    if kind in case.classes:
        changed += [t for n in later for t in targets(n) if isinstance(t, ast.Attribute)]
    roots = {_root(value)} if isinstance(target, ast.Attribute) else {_root(value), _root(target)}
    if roots & set(map(_root, changed)) - {""}:
        words = {"name": case.text(target), "other": case.text(value)}
        yield Candidate(statement.lineno, "aliasing", sure + (0.05 if kind else 0.0) - 0.2 * is_item, words)


def _shallow(value: ast.expr) -> str:
    """The name of what is copied one level deep."""
    copied: ast.expr | None = None
    if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Slice):
        copied = value.value
    elif isinstance(value, ast.Call) and called(value) in ("list", "dict", "copy"):
        copied = value.args[0] if value.args else getattr(value.func, "value", None)
    return copied.id if isinstance(copied, ast.Name) else ""


def class_attribute(case: Case) -> Iterator[Candidate]:
    """A list in the class body is one list for all objects."""
    for own in case.all(ast.ClassDef):
        for statement in own.body:
            value = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
            for target in targets(statement) if _is_new(value) else ():
                if isinstance(target, ast.Name) and target.id not in attributes_of(case, own):
                    words = {"name": target.id, "other": own.name}
                    yield Candidate(statement.lineno, "aliasing", 0.93 if case.is_silent else 0.4, words, "class")


def changed_in_loop(case: Case) -> Iterator[Candidate]:
    """A list that is changed while a loop goes through it: items are skipped, or it never ends."""
    is_endless = case.error in ("TLE", "MLE", "OLE", "MemoryError")
    if case.is_silent or is_endless or case.error in ("ValueError", "IndexError"):
        for loop in case.all(ast.For):
            if (line := changes(case, loop)) is not None:
                sure = 0.96 if case.is_silent or is_endless else 0.8
                yield Candidate(line, "modified_during_iteration", sure, {"name": "list"}, "skips")


def lost_change(case: Case) -> Iterator[Candidate]:
    """`name.upper()` as a statement: texts stay as they are. `x == 3` as a statement compares and forgets."""
    for statement in case.all(ast.Expr) if case.is_silent else ():
        value = statement.value
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            if value.func.attr in _TEXT_METHODS and "pandas" not in case.source:
                words = {"kind": "str", "name": value.func.attr}
                yield Candidate(statement.lineno, "immutable_mutation", 0.9, words, "result")
        elif isinstance(value, ast.Compare) and isinstance(value.ops[0], ast.Eq):
            words = {"sign": "==", "name": case.text(value.left)}
            yield Candidate(statement.lineno, "comparison_assignment", 0.93, words, "statement")


def used_up(case: Case) -> Iterator[Candidate]:
    """A generator, map, filter, zip or file gives its items once: the second use of its name finds nothing."""
    fails = case.error in ("StopIteration", "ValueError", "ZeroDivisionError", "StatisticsError", "IndexError")
    sure = 0.93 if case.is_silent or fails else 0.5
    for name, nodes in case.bindings.items():
        bound = nodes[-1]
        if (len(nodes) > 1 and not isinstance(bound, ast.With)) or not (kind := _iterator(case, bound)):
            continue
        used = (n for n in case.all(ast.Name) if n.id == name and n.lineno > getattr(bound, "lineno", 0))
        uses = sorted((n for n in used if _consumes(case, n)), key=lambda n: (n.lineno, n.col_offset))[1:]
        here = [n for n in uses if n.lineno == case.line]
        for use in (here or uses)[:1]:
            yield Candidate(use.lineno, "generator_exhausted", sure, {"name": name, "kind": kind})


def _iterator(case: Case, node: ast.AST) -> str:
    """The kind of iterator that a name is bound to, or is given for as a parameter; empty where it is none."""
    values: list[ast.expr] = [node.value] if isinstance(node, ast.Assign) else []
    if isinstance(node, ast.With):
        values = [item.context_expr for item in node.items]
    elif isinstance(node, ast.arg) and (function := case.above(node, *FUNCTIONS)) is not None:
        places = [place for place, one in enumerate(function.args.args) if one is node]
        values = [a for call in case.calls(function.name) for place in places for a in call.args[place : place + 1]]
    kinds = [case.kind(value) for value in values if not isinstance(value, ast.Name) or isinstance(node, ast.arg)]
    return next((kind for kind in kinds if kind in ITERATORS), "")


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
    for compare in case.all(ast.Compare) if case.is_silent or case.error in ("TLE", "OLE") else ():
        is_equal = isinstance(compare.ops[0], (ast.Eq, ast.NotEq, ast.In))
        if is_equal and not re.search(r"isclose|approx", case.text(compare)) and _has_fraction(case, compare):
            in_loop = isinstance(case.parents.get(compare), ast.While)
            is_plain = compare.lineno == case.line or any(map(_is_fraction, ast.walk(compare)))
            sure = 0.95 if in_loop else 0.6 if not case.is_silent else 0.84 if is_plain else 0.66
            yield Candidate(compare.lineno, "float_precision", sure, {}, "loop" if in_loop else "")


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
    return (not kinds[0] or "float" in kinds) and any(map(_is_fraction, case.nodes))


def joined_texts(case: Case) -> Iterator[Candidate]:
    """Two texts side by side in a list are one text."""
    if not case.is_silent and case.error not in ("IndexError", "KeyError", "ValueError", "TypeError"):
        return
    literals = (
        n for n in case.all(ast.Constant) if isinstance(case.parents[n], (ast.List, ast.Tuple, ast.Set, ast.Dict))
    )
    lines = {n.lineno for n in literals}
    pieces = [t for t in tokens(case.source) if t.kind != "newline"]
    for left, right in zip(pieces, pieces[1:], strict=False):
        if left.kind == right.kind == "string" and left.depth == right.depth and left.line in lines:
            words = {"left": left.text[:30], "right": right.text[:30]}
            yield Candidate(left.end, "missing_comma", 0.96 if "unpack" in case.message else 0.93, words, "joined")


def early_return(case: Case) -> Iterator[Candidate]:
    """`return` indented into the loop ends it in the first round."""
    loops = (n for f in case.all(*FUNCTIONS) for n in f.body if isinstance(n, (ast.For, ast.While)))
    for loop in loops if case.is_silent else ():
        last = loop.body[-1]
        ends = [last.body[-1], *last.orelse[-1:]] if isinstance(last, ast.If) and last.orelse else [last]
        if all(isinstance(end, ast.Return) and end.value is not None for end in ends):
            words = {"word": "return", "header": loop.lineno}
            yield Candidate(ends[-1].lineno, "indentation", 0.83, words, "return")


_WAITS = frozenset("run gather create_task wait wait_for ensure_future run_until_complete as_completed".split())


def not_awaited(case: Case) -> Iterator[Candidate]:
    """A call of an `async` function whose result nobody waits for."""
    speaks = "coroutine" in case.message or "async" in case.message
    for call in case.all(ast.Call) if speaks or case.is_silent else ():
        functions = [f for f in case.functions.get(called(call), []) if isinstance(f, ast.AsyncFunctionDef)]
        if (functions or case.text(call.func) == "asyncio.sleep") and not _is_awaited(case, call):
            sure = 0.94 if call.lineno <= case.line else 0.92
            variant = "for" if any(map(is_generator, functions)) else ""
            yield Candidate(call.lineno, "async_misuse", sure, {"name": case.text(call.func)}, variant)
    if speaks or "awaitable" in case.message:
        yield Candidate(case.line, "async_misuse", 0.7, {"name": "…"}, "plain")


def _is_awaited(case: Case, call: ast.Call) -> bool:
    """Whether `await`, `async for` or something like `gather` waits for it, also by a name that it is given."""
    statement = case.above(call, ast.stmt)
    if isinstance(statement, (ast.AsyncWith, ast.AsyncFor)):
        return True
    names = {t.id for t in targets(statement) if isinstance(t, ast.Name)}
    waits = (n for n in case.all(ast.Await, ast.Call) if isinstance(n, ast.Await) or called(n) in _WAITS)
    return any(call in ast.walk(n) or names & names_in(n) for n in waits)


RULES = (
    mutable_default, shared_rows, two_names, class_attribute, changed_in_loop, lost_change, used_up,
    float_compared, joined_texts, early_return, not_awaited,
)  # fmt: skip
