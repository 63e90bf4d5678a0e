"""Mistakes that raise nothing where they are made: shared lists, defaults, lists changed in a loop, floats compared."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .case import FUNCTIONS, Candidate, Case, called, names_in, targets
from .keys import changes
from .kinds import ITERATORS
from .names import attributes_of

_CHANGING = frozenset(
    "append extend insert remove pop sort reverse clear add update discard setdefault popitem".split()
)
_COPIES = frozenset({"list", "dict", "set", "sorted", "tuple", "deepcopy"})
_LISTS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp)


def mutable_default(case: Case) -> Iterator[Candidate]:
    """A list or dict as a default lives on from call to call."""
    for function in case.all(*FUNCTIONS):
        arguments = function.args
        pairs = [*zip(reversed(arguments.args), reversed(arguments.defaults), strict=False)]
        pairs += [(a, d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None]
        for argument, default in pairs:
            is_new = isinstance(default, ast.Call) and called(default) in (
                "list",
                "dict",
                "set",
                "defaultdict",
                "Counter",
            )
            if not isinstance(default, _LISTS) and not is_new:
                continue
            kept = _is_kept(function, argument.arg)
            sure = 0.95 if kept and case.is_silent else 0.7 if kept else 0.3
            if not case.is_silent and case.error in ("IndexError", "ValueError", "KeyError"):
                sure -= 0.1
            words = {"name": argument.arg, "function": function.name}
            yield Candidate(default.lineno, "mutable_default", sure, words)


def _is_kept(function: ast.AST, name: str) -> bool:
    """Whether a parameter is changed, or kept in an attribute."""
    for node in ast.walk(function):
        if changed_name(node) == name:
            return True
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id == name:
            if any(isinstance(t, ast.Attribute) for t in node.targets):
                return True
    return False


def changed_name(node: ast.AST) -> str:
    """The name whose list or dict a node changes in place."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
        return _root(node.func.value)
    if isinstance(node, ast.Call) and called(node) == "shuffle" and node.args:
        return _root(node.args[0])
    if isinstance(node, (ast.Assign, ast.AugAssign)):
        for target in targets(node):
            if isinstance(target, ast.Subscript):
                return _root(target.value)
    if (
        isinstance(node, ast.AugAssign)
        and isinstance(node.target, ast.Name)
        and isinstance(node.value, (ast.List, ast.ListComp))
    ):
        return node.target.id
    if isinstance(node, ast.Delete):
        return next((_root(t.value) for t in node.targets if isinstance(t, ast.Subscript)), "")
    return ""


def _root(node: ast.expr) -> str:
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
            return ""
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def shared_rows(case: Case) -> Iterator[Candidate]:
    """`[[0] * 3] * 3`, `dict.fromkeys(keys, [])`, and one row that is appended again and again."""
    sure = 0.93 if case.is_silent else 0.45
    for node in case.all(ast.BinOp):
        if isinstance(node.op, ast.Mult):
            for side in (node.left, node.right):
                if isinstance(side, ast.List) and any(
                    isinstance(n, (*_LISTS, ast.BinOp)) and _is_list(n) for n in side.elts
                ):
                    yield Candidate(node.lineno, "aliasing", sure + 0.02, {"name": case.text(side)}, "rows")
                elif isinstance(side, ast.List) and any(_is_object(case, n) for n in side.elts):
                    yield Candidate(node.lineno, "aliasing", sure, {"name": case.text(side)}, "rows")
    for call in case.calls("fromkeys"):
        if len(call.args) == 2 and isinstance(call.args[1], (*_LISTS, ast.Call)):
            yield Candidate(call.lineno, "aliasing", sure + 0.02, {"name": case.text(call.args[1])}, "keys")
    for loop in case.all(ast.For, ast.While):
        for call in (n for s in loop.body for n in ast.walk(s) if isinstance(n, ast.Call)):
            if called(call) in ("append", "add", "insert") and call.args and isinstance(call.args[-1], ast.Name):
                name = call.args[-1].id
                inside = any(isinstance(s, (ast.Assign, ast.For)) and name in _plain_targets(s) for s in ast.walk(loop))
                outside = [v for v in case.values(name, call) if isinstance(v, _LISTS)]
                changed = any(changed_name(n) == name for n in ast.walk(loop))
                if outside and changed and not inside:
                    yield Candidate(call.lineno, "aliasing", sure, {"name": name}, "row")


def _plain_targets(statement: ast.AST) -> set[str]:
    return {name for t in targets(statement) if not isinstance(t, ast.Subscript) for name in names_in(t)}


def _is_list(node: ast.expr) -> bool:
    return isinstance(node, _LISTS) or (isinstance(node, ast.BinOp) and isinstance(node.left, ast.List))


def _is_object(case: Case, node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and called(node) in case.classes


def two_names(case: Case) -> Iterator[Candidate]:
    """`b = a` gives the same list another name; `b = a[:]` copies the outer list alone."""
    sure = 0.86 if case.is_silent else 0.4
    changed = {name for n in case.nodes if (name := changed_name(n))}
    for statement in case.all(ast.Assign):
        value, target = statement.value, statement.targets[0]
        if isinstance(value, (ast.Name, ast.Attribute, ast.Subscript)) and isinstance(
            target, (ast.Name, ast.Attribute)
        ):
            yield from _same(case, statement, changed, sure)
        copied = _shallow(value)
        if copied and isinstance(target, ast.Name) and _changes_deep(case, {target.id, copied}):
            yield Candidate(statement.lineno, "aliasing", sure + 0.03, {"name": target.id, "other": copied}, "shallow")


def _same(case: Case, statement: ast.Assign, changed: set[str], sure: float) -> Iterator[Candidate]:
    value, target = statement.value, statement.targets[0]
    if isinstance(value, ast.Subscript) and (
        not isinstance(value.slice, ast.Slice) or case.kind(value.value) != "ndarray"
    ):
        if not isinstance(value.slice, (ast.Name, ast.Constant)) or isinstance(target, ast.Attribute):
            return
        sure -= 0.2
    kind = case.kind(value)
    if (
        kind
        and kind not in ("list", "dict", "set", "ndarray", "DataFrame", "defaultdict", "Counter", "deque")
        and kind not in case.classes
    ):
        return
    name, other = case.text(target), case.text(value)
    roots = {_root(target), _root(value)} if isinstance(target, ast.Name) else {other}
    later = any(changed_name(n) in roots and getattr(n, "lineno", 0) > statement.lineno for n in case.nodes)
    attributes = isinstance(target, ast.Attribute) or kind in case.classes
    set_later = attributes and any(
        isinstance(t, ast.Attribute) and _root(t) in roots for n in case.nodes for t in targets(n)
    )
    if (later and roots & changed) or set_later or (isinstance(target, ast.Attribute) and other in changed):
        bonus = 0.05 if kind else 0.0
        yield Candidate(statement.lineno, "aliasing", sure + bonus, {"name": name, "other": other}, "")


def _shallow(value: ast.expr) -> str:
    """The name of what is copied one level deep."""
    if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Slice) and isinstance(value.value, ast.Name):
        return value.value.id
    if isinstance(value, ast.Call) and called(value) in ("list", "dict", "copy") and "deepcopy" not in called(value):
        inner = value.args[0] if value.args else getattr(value.func, "value", None)
        return inner.id if isinstance(inner, ast.Name) else ""
    return ""


def _changes_deep(case: Case, names: set[str]) -> bool:
    """Whether something inside an item of one of these is changed."""
    for node in case.nodes:
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            for target in targets(node):
                if (
                    isinstance(target, ast.Subscript)
                    and isinstance(target.value, ast.Subscript)
                    and _root(target) in names
                ):
                    return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
            if isinstance(node.func.value, ast.Subscript) and _root(node.func.value) in names:
                return True
    return False


def changed_argument(case: Case) -> Iterator[Candidate]:
    """A function that changes its caller's list."""
    if not case.is_silent:
        return
    for function in case.all(*FUNCTIONS):
        names = {a.arg for a in function.args.args if a.arg != "self"}
        fresh = {n.id for s in ast.walk(function) for t in targets(s) for n in [t] if isinstance(n, ast.Name)}
        for node in ast.walk(function):
            name = changed_name(node)
            if name in names - fresh and any(
                isinstance(a, ast.Name) for c in case.calls(function.name) for a in c.args
            ):
                words = {"name": name, "function": function.name}
                yield Candidate(getattr(node, "lineno", function.lineno), "aliasing", 0.68, words, "argument")
                break


def class_attribute(case: Case) -> Iterator[Candidate]:
    """A list in the class body is one list for all objects."""
    sure = 0.93 if case.is_silent else 0.4
    for own in case.all(ast.ClassDef):
        init = attributes_of(case, own)
        for statement in own.body:
            if isinstance(statement, (ast.Assign, ast.AnnAssign)) and isinstance(statement.value, (*_LISTS, ast.Call)):
                is_new = isinstance(statement.value, _LISTS) or called(statement.value) in ("list", "dict", "set")
                for target in targets(statement):
                    if isinstance(target, ast.Name) and is_new and target.id not in init:
                        yield Candidate(
                            statement.lineno, "aliasing", sure, {"name": target.id, "other": own.name}, "class"
                        )


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
        sure = 0.6
    for name, nodes in case.bindings.items():
        for node in nodes:
            if isinstance(node, ast.With) or isinstance(node, ast.Assign):
                yield from _twice(case, name, node, sure)


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
        sure = 0.84 if failing or in_loop else 0.78
        if case.error in ("TLE", "OLE"):
            sure = 0.95 if in_loop else 0.6
        yield Candidate(compare.lineno, "float_precision", sure, {}, "loop" if in_loop else "")
    for call in case.calls("int"):
        if call.args and isinstance(call.args[0], ast.BinOp) and any(_is_fraction(n) for n in ast.walk(call.args[0])):
            yield Candidate(call.lineno, "float_precision", 0.8 if case.is_silent else 0.3, {}, "cut")


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
    return any(case.kind(s) == "float" for s in sides) and any(_is_fraction(n) for n in case.nodes)


RULES = (
    mutable_default, shared_rows, two_names, changed_argument, class_attribute, changed_in_loop, lost_change, used_up,
    float_compared,
)  # fmt: skip
