"""Lists and dicts that two names, calls or objects share without meaning to."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .case import FUNCTIONS, Candidate, Case, called, names_in, targets
from .names import attributes_of

_CHANGING = frozenset(
    "append extend insert remove pop sort reverse clear add update discard setdefault popitem".split()
)
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
                outside = [v for v in case.values(name, call) if isinstance(v, _LISTS) or case.kind(v) == "list"]
                changed = any(changed_name(n) == name for n in ast.walk(loop)) or (
                    isinstance(call.func, ast.Attribute) and _changes_deep(case, {_root(call.func.value)})
                )
                if outside and changed and not inside:
                    yield Candidate(call.lineno, "aliasing", sure, {"name": name}, "row")


def _plain_targets(statement: ast.AST) -> set[str]:
    return {name for t in targets(statement) if not isinstance(t, ast.Subscript) for name in names_in(t)}


def _is_list(node: ast.expr) -> bool:
    return isinstance(node, _LISTS) or (isinstance(node, ast.BinOp) and isinstance(node.left, ast.List))


def _is_object(case: Case, node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        return case.kind(node) in ("list", "dict", "set") or case.kind(node) in case.classes
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


def kept_argument(case: Case) -> Iterator[Candidate]:
    """`self.items = items` keeps the caller's own list, which others may have too."""
    if not case.is_silent:
        return
    for statement in case.all(ast.Assign):
        target, value, method = statement.targets[0], statement.value, case.scope(statement)
        if not (isinstance(target, ast.Attribute) and isinstance(value, ast.Name) and isinstance(method, FUNCTIONS)):
            continue
        own = case.scope(method)
        names = [a.arg for a in method.args.args[1:]]
        if not isinstance(own, ast.ClassDef) or value.id not in names or method.args.defaults:
            continue
        place = names.index(value.id)
        calls = case.calls(own.name if method.name == "__init__" else method.name)
        given = [a.id for c in calls if len(c.args) > place for a in (c.args[place],) if isinstance(a, ast.Name)]
        changed = any(_changes_attribute(n, target.attr) for n in case.nodes) or set(given) & _all_changed(case)
        if given and changed and any(case.kind(v) in ("list", "dict", "set") for g in given for v in case.values(g)):
            words = {"name": case.text(target), "other": value.id}
            yield Candidate(statement.lineno, "aliasing", 0.87, words)


def _all_changed(case: Case) -> set[str]:
    return {name for n in case.nodes if (name := changed_name(n))}


def _changes_attribute(node: ast.AST, name: str) -> bool:
    """Whether a node changes the list or dict in an attribute of that name."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
        inner = node.func.value
        return isinstance(inner, ast.Attribute) and inner.attr == name
    if isinstance(node, (ast.Assign, ast.AugAssign)):
        held = [t.value for t in targets(node) if isinstance(t, ast.Subscript)]
        return any(isinstance(h, ast.Attribute) and h.attr == name for h in held)
    return False


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


RULES = (mutable_default, shared_rows, two_names, changed_argument, kept_argument, class_attribute)
