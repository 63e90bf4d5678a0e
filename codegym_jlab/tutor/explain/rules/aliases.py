"""Lists and dicts that two names, calls or objects share without meaning to."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..program import FUNCTIONS, Candidate, Case, called, names_in, targets
from .names import attributes_of

_CHANGING = frozenset(
    "append extend insert remove pop sort reverse clear add update discard setdefault popitem".split()
)
_LISTS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp)
_MAKE = frozenset({"list", "dict", "set", "defaultdict", "Counter"})
_SHARED = frozenset({"list", "dict", "set", "ndarray", "DataFrame", "defaultdict", "Counter", "deque"})


def _is_new(node: ast.expr | None) -> bool:
    """Whether an expression makes a list, dict or set."""
    return isinstance(node, _LISTS) or (isinstance(node, ast.Call) and called(node) in _MAKE)


def mutable_default(case: Case) -> Iterator[Candidate]:
    """A list or dict as a default lives on from call to call."""
    for function in case.all(*FUNCTIONS):
        arguments = function.args
        pairs = [*zip(reversed(arguments.args), reversed(arguments.defaults), strict=False)]
        pairs += [(a, d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None]
        for argument, default in pairs:
            if _is_new(default):
                sure = 0.3
                if any(_changes_or_keeps(node, argument.arg) for node in ast.walk(function)):
                    sure = 0.95 if case.is_silent else 0.65
                words = {"name": argument.arg, "function": function.name}
                yield Candidate(default.lineno, "mutable_default", sure, words)


def _changes_or_keeps(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id == name:
        return any(isinstance(target, ast.Attribute) for target in node.targets)
    return changed_name(node) == name


def changed_name(node: ast.AST) -> str:
    """The name whose list or dict a node changes in place."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
        return _root(node.func.value)
    if isinstance(node, ast.Call) and called(node) == "shuffle" and node.args:
        return _root(node.args[0])
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and isinstance(node.value, _LISTS):
        return node.target.id
    items = node.targets if isinstance(node, (ast.Assign, ast.Delete)) else []
    items = [node.target] if isinstance(node, ast.AugAssign) else items
    return next((_root(target.value) for target in items if isinstance(target, ast.Subscript)), "")


def _root(node: ast.expr) -> str:
    """The name that an expression begins with; empty for `self.x`."""
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
            return ""
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def shared_rows(case: Case) -> Iterator[Candidate]:
    """`[[0] * 3] * 3`, `dict.fromkeys(keys, [])`, and one row that is appended again and again."""
    sure = 0.94 if case.is_silent else 0.45
    for node in case.all(ast.BinOp):
        for side in (node.left, node.right) if isinstance(node.op, ast.Mult) else ():
            if isinstance(side, ast.List) and any(_is_object(case, item) for item in side.elts):
                yield Candidate(node.lineno, "aliasing", sure, {"name": case.text(side)}, "rows")
    for call in case.calls("fromkeys"):
        if len(call.args) == 2 and isinstance(call.args[1], (*_LISTS, ast.Call)):
            yield Candidate(call.lineno, "aliasing", sure, {"name": case.text(call.args[1])}, "keys")
    for loop in case.all(ast.For, ast.While):
        made = {name for s in ast.walk(loop) if isinstance(s, (ast.Assign, ast.For)) for t in targets(s)
                if not isinstance(t, ast.Subscript) for name in names_in(t)}  # fmt: skip
        for call in (n for s in loop.body for n in ast.walk(s) if isinstance(n, ast.Call)):
            name = call.args[-1].id if call.args and isinstance(call.args[-1], ast.Name) else ""
            if (
                called(call) not in ("append", "add", "insert")
                or name in made
                or not isinstance(call.func, ast.Attribute)
            ):
                continue
            is_list = any(_is_new(v) or case.kind(v) == "list" for v in case.values(name, call))
            changed = any(changed_name(n) == name for n in ast.walk(loop))
            if name not in made and is_list and (changed or _changes_deep(case, {_root(call.func.value)})):
                yield Candidate(call.lineno, "aliasing", sure, {"name": name}, "row")


def _is_object(case: Case, node: ast.expr) -> bool:
    """Whether an item is a list, or an object of the program's own."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.left, ast.List)
    kind = case.kind(node)
    return isinstance(node, _LISTS) or kind in ("list", "dict", "set") or kind in case.classes


def two_names(case: Case) -> Iterator[Candidate]:
    """`b = a` gives the same list another name; `b = a[:]` copies the outer list alone."""
    sure = 0.86 if case.is_silent else 0.4
    for statement in case.all(ast.Assign):
        value, target = statement.value, statement.targets[0]
        if isinstance(value, (ast.Name, ast.Attribute, ast.Subscript)):
            yield from _same(case, statement, sure)
        copied = _shallow(value)
        if copied and isinstance(target, ast.Name) and _changes_deep(case, {target.id, copied}):
            yield Candidate(statement.lineno, "aliasing", sure + 0.03, {"name": target.id, "other": copied}, "shallow")


def _same(case: Case, statement: ast.Assign, sure: float) -> Iterator[Candidate]:
    value, target = statement.value, statement.targets[0]
    kind, is_attribute = case.kind(value), isinstance(target, ast.Attribute)
    if not isinstance(target, (ast.Name, ast.Attribute)) or (kind and kind not in _SHARED and kind not in case.classes):
        return
    if isinstance(value, ast.Subscript) and case.kind(value.value) != "ndarray":
        if isinstance(value.slice, ast.Slice) or is_attribute:
            return
        sure -= 0.2
    name, other = case.text(target), case.text(value)
    roots = {other} if is_attribute else {_root(target), _root(value)}
    later = [n for n in case.nodes if getattr(n, "lineno", 0) > statement.lineno and changed_name(n) in roots - {""}]
    stores = (t for n in case.nodes for t in targets(n) if isinstance(t, ast.Attribute))
    is_set = (is_attribute or kind in case.classes) and any(_root(t) in roots for t in stores)
    if later or is_set or (is_attribute and any(changed_name(n) == other for n in case.nodes)):
        sure += 0.05 if kind else 0.0
        yield Candidate(statement.lineno, "aliasing", sure, {"name": name, "other": other})


def _shallow(value: ast.expr) -> str:
    """The name of what is copied one level deep."""
    inner: ast.expr | None = None
    if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Slice):
        inner = value.value
    elif isinstance(value, ast.Call) and called(value) in ("list", "dict", "copy"):
        inner = value.args[0] if value.args else getattr(value.func, "value", None)
    return inner.id if isinstance(inner, ast.Name) else ""


def _changes_deep(case: Case, names: set[str]) -> bool:
    """Whether something inside an item of one of these is changed."""
    for node in case.nodes:
        held = [t.value for t in targets(node) if isinstance(t, ast.Subscript)]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
            held.append(node.func.value)
        if any(isinstance(one, ast.Subscript) and _root(one) in names for one in held):
            return True
    return False


def given_list(case: Case) -> Iterator[Candidate]:
    """A function that changes its caller's list, or keeps it: `self.items = items`."""
    if not case.is_silent:
        return
    for function in case.all(*FUNCTIONS):
        names = {a.arg for a in function.args.args if a.arg != "self"}
        own = case.scope(function)
        calls = case.calls(getattr(own, "name", "") if function.name == "__init__" else function.name)
        given = {a.id for c in calls for a in c.args if isinstance(a, ast.Name)}
        fresh = {t.id for s in ast.walk(function) for t in targets(s) if isinstance(t, ast.Name)}
        for node in ast.walk(function):
            name = changed_name(node)
            if name in names - fresh and given:
                words = {"name": name, "function": function.name}
                yield Candidate(getattr(node, "lineno", function.lineno), "aliasing", 0.68, words, "argument")
                break
        lists = {n for n in given if any(case.kind(v) in ("list", "dict", "set") for v in case.values(n))}
        if function.args.defaults or not lists:
            continue
        for keeps in (s for s in ast.walk(function) if isinstance(s, ast.Assign)):
            target, value = keeps.targets[0], keeps.value
            if isinstance(target, ast.Attribute) and isinstance(value, ast.Name) and value.id in names:
                held = (getattr(n.func, "value", None) for n in case.all(ast.Call) if called(n) in _CHANGING)
                grows = any(isinstance(one, ast.Attribute) and one.attr == target.attr for one in held)
                if grows or any(changed_name(n) in lists for n in case.nodes):
                    words = {"name": case.text(target), "other": value.id}
                    yield Candidate(keeps.lineno, "aliasing", 0.87, words)


def class_attribute(case: Case) -> Iterator[Candidate]:
    """A list in the class body is one list for all objects."""
    for own in case.all(ast.ClassDef):
        for statement in own.body:
            value = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
            for target in targets(statement) if _is_new(value) else ():
                if isinstance(target, ast.Name) and target.id not in attributes_of(case, own):
                    words = {"name": target.id, "other": own.name}
                    yield Candidate(statement.lineno, "aliasing", 0.93 if case.is_silent else 0.4, words, "class")


RULES = (mutable_default, shared_rows, two_names, given_list, class_attribute)
