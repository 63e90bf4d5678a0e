"""The well-known quiet mistakes: shared lists, lists changed in a loop, lost results, floats compared.

They raise nothing where they are made: what shows is a wrong answer, a failed assert, or an error further on.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ..program import FUNCTIONS, ITERATORS, Candidate, Case, called, inner, is_generator, names_in, targets
from .keys import changes
from .names import attributes_of, class_names
from .syntax import Token, tokens

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
        arguments = function.args
        pairs = [*zip(reversed(arguments.args), reversed(arguments.defaults), strict=False)]
        pairs += [(a, d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None]
        for argument, default in pairs:
            if _is_new(default):
                nodes = list(ast.walk(function))
                kept = any(isinstance(t, ast.Attribute) and argument.arg in names_in(n.value) for n in nodes
                           if isinstance(n, ast.Assign) for t in n.targets)  # fmt: skip
                used = kept or any(argument.arg in _changed_names(node) for node in nodes)
                sure = (0.95 if case.is_silent else 0.65) if used else 0.3
                words = {"name": argument.arg, "function": function.name}
                yield Candidate(default.lineno, "mutable_default", sure, words)


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
        nodes = list(ast.walk(loop))
        made = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        changed = {name for n in nodes for name in _changed_names(n)}
        for call in (n for n in nodes if isinstance(n, ast.Call) and called(n) == "append" and n.args):
            row, owner = call.args[0], getattr(call.func, "value", call)
            if not isinstance(row, ast.Name) or row.id in made or case.kind(row) != "list":
                continue
            if row.id in changed or _root(owner) in _changed_inside(case):
                yield Candidate(call.lineno, "aliasing", sure, {"name": row.id}, "row")


def _is_object(case: Case, node: ast.expr) -> bool:
    """Whether an item is a list, or an object of the program's own."""
    return isinstance(node, _LISTS) or case.kind(node) in {"list", "dict", "set", *case.classes}


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
    kind, attribute = case.kind(value), target.attr if isinstance(target, ast.Attribute) else ""
    if not isinstance(target, (ast.Name, ast.Attribute)) or (kind and kind not in _SHARED and kind not in case.classes):
        return
    if isinstance(value, ast.Subscript) and case.kind(value.value) != "ndarray":
        if isinstance(value.slice, ast.Slice) or attribute:
            return
        sure -= 0.2
    roots = {_root(value)} | (set() if attribute else {_root(target)})
    later = [n for n in case.nodes if getattr(n, "lineno", 0) > statement.lineno]
    changed = [one for n in later for one in _changed(n)]
    if kind in case.classes:
        changed += [t for n in later for t in targets(n) if isinstance(t, ast.Attribute)]
    grown = attribute in {one.attr for one in changed if isinstance(one, ast.Attribute)}
    if roots & set(map(_root, changed)) - {""} or (grown and _is_given(case, value)):
        words = {"name": case.text(target), "other": case.text(value)}
        yield Candidate(statement.lineno, "aliasing", sure + (0.05 if kind else 0.0), words)


def _is_given(case: Case, value: ast.expr) -> bool:
    """Whether a value is a parameter for which some call gives a list that has a name."""
    function = case.above(value, *FUNCTIONS)
    if function is None or function.args.defaults or not isinstance(value, ast.Name):
        return False
    name = getattr(case.scope(function), "name", "") if function.name == "__init__" else function.name
    given = (a for call in case.calls(name) for a in call.args if isinstance(a, ast.Name))
    return any(_is_new(v) for a in given for v in case.values(a.id))


def _shallow(value: ast.expr) -> str:
    """The name of what is copied one level deep."""
    copied: ast.expr | None = None
    if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Slice):
        copied = value.value
    elif isinstance(value, ast.Call) and called(value) in ("list", "dict", "copy"):
        copied = value.args[0] if value.args else getattr(value.func, "value", None)
    return copied.id if isinstance(copied, ast.Name) else ""


def given_list(case: Case) -> Iterator[Candidate]:
    """A function that changes its caller's list."""
    for function in case.all(*FUNCTIONS) if case.is_silent else ():
        nodes = list(ast.walk(function))
        fresh = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        names = {a.arg for a in function.args.args if a.arg != "self"} - fresh
        given = any(isinstance(a, ast.Name) for call in case.calls(function.name) for a in call.args)
        for node in nodes if given else ():
            if found := _changed_names(node) & names:
                words = {"name": min(found), "function": function.name}
                yield Candidate(getattr(node, "lineno", function.lineno), "aliasing", 0.68, words, "argument")
                break


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
        if (len(nodes) == 1 or isinstance(bound, ast.With)) and (kind := _iterator(case, name, bound)):
            used = (n for n in case.all(ast.Name) if n.id == name and n.lineno > getattr(bound, "lineno", 0))
            uses = sorted((n for n in used if _consumes(case, n)), key=lambda n: (n.lineno, n.col_offset))
            here = [n for n in uses[1:] if n.lineno == case.line]
            for use in (here or uses[1:])[:1]:
                yield Candidate(use.lineno, "generator_exhausted", sure, {"name": name, "kind": kind})


def _iterator(case: Case, name: str, node: ast.AST) -> str:
    """The kind of iterator that a name is bound to, or is given for as a parameter; empty where it is none."""
    values: list[ast.expr] = []
    if isinstance(node, ast.Assign) and not isinstance(node.value, ast.Name):
        values = [node.value]
    elif isinstance(node, ast.With):
        values = [i.context_expr for i in node.items if i.optional_vars and name in names_in(i.optional_vars)]
    elif isinstance(node, ast.arg) and (function := case.above(node, *FUNCTIONS)) is not None:
        place = [a.arg for a in function.args.args].index(name) if node in function.args.args else 99
        values = [call.args[place] for call in case.calls(function.name) if place < len(call.args)]
    return next((kind for value in values if (kind := case.kind(value)) in ITERATORS), "")


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
    if not case.is_silent and case.error not in ("TLE", "OLE"):
        return
    for compare in case.all(ast.Compare):
        is_equal = isinstance(compare.ops[0], (ast.Eq, ast.NotEq, ast.In))
        if not is_equal or re.search(r"isclose|approx", case.text(compare)) or not _has_fraction(case, compare):
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
    return (not kinds[0] or "float" in kinds) and any(map(_is_fraction, case.nodes))


def joined_texts(case: Case) -> Iterator[Candidate]:
    """Two texts side by side in a list are one text."""
    if not case.is_silent and case.error not in ("IndexError", "KeyError", "ValueError", "TypeError"):
        return
    pieces = [t for t in tokens(case.source) if t.kind != "newline"]
    for place, (left, right) in enumerate(zip(pieces, pieces[1:], strict=False)):
        if left.kind == right.kind == "string" and left.depth == right.depth > 0:
            sure = 0.93 if _opens_literal(pieces, place) else 0.4
            words = {"left": left.text[:30], "right": right.text[:30]}
            yield Candidate(left.end, "missing_comma", sure + 0.03 * ("unpack" in case.message), words, "joined")


def _opens_literal(pieces: list[Token], place: int) -> bool:
    """Whether the bracket round a piece is that of a list, set, tuple or dict with commas."""
    depth = pieces[place].depth
    start = next((i for i in range(place, -1, -1) if pieces[i].depth < depth), 0)
    before = pieces[start - 1] if start else None
    is_call = pieces[start].text == "(" and before is not None and (before.kind == "name" or before.text in ")]")
    return not is_call and any(t.text == "," and t.depth == depth for t in pieces[start : place + 40])


def early_return(case: Case) -> Iterator[Candidate]:
    """`return` indented into the loop ends it in the first round."""
    loops = (n for f in case.all(*FUNCTIONS) for n in f.body if isinstance(n, (ast.For, ast.While)))
    for loop in loops if case.is_silent else ():
        last = loop.body[-1]
        ends = [last.body[-1], *last.orelse[-1:]] if isinstance(last, ast.If) and last.orelse else [last]
        if all(isinstance(end, ast.Return) and end.value is not None for end in ends):
            words = {"word": "return", "header": loop.lineno}
            yield Candidate(ends[-1].lineno, "indentation", 0.83, words, "return")


def inner_name(case: Case) -> Iterator[Candidate]:
    """A function sets a name of its own that nothing reads; the global or attribute outside stays as it is."""
    for function in case.all(*FUNCTIONS) if case.is_silent else ():
        declared = {n for s in ast.walk(function) if isinstance(s, (ast.Global, ast.Nonlocal)) for n in s.names}
        reads = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        own = case.scope(function)
        known = attributes_of(case, own) | class_names(own) if isinstance(own, ast.ClassDef) else {
            name for name, nodes in case.bindings.items()
            if any(isinstance(n, ast.Assign) and isinstance(case.scope(n), ast.Module) for n in nodes)
        }  # fmt: skip
        for node in (n for n in inner(function) if isinstance(n, ast.Assign)):
            for name in {t.id for t in node.targets if isinstance(t, ast.Name)} & known - reads - declared:
                words = {"name": name, "function": function.name}
                if isinstance(own, ast.ClassDef):
                    yield Candidate(node.lineno, "missing_self", 0.92, words, "assigned")
                else:
                    yield Candidate(node.lineno, "scope_unboundlocal", 0.87, words, "vain")


_WAITS = frozenset("run gather create_task wait wait_for ensure_future run_until_complete as_completed".split())


def not_awaited(case: Case) -> Iterator[Candidate]:
    """A call of an `async` function whose result nobody waits for."""
    speaks = "coroutine" in case.message or "async" in case.message
    for call in case.all(ast.Call) if speaks or case.is_silent else ():
        functions = case.functions.get(called(call), [])
        is_async = any(isinstance(f, ast.AsyncFunctionDef) for f in functions)
        if (is_async or case.text(call.func) == "asyncio.sleep") and not _is_awaited(case, call):
            near = 0.02 if call.lineno <= case.line else 0.0
            variant = "for" if any(map(is_generator, functions)) else ""
            yield Candidate(call.lineno, "async_misuse", 0.92 + near, {"name": case.text(call.func)}, variant)
    if speaks or "awaitable" in case.message:
        yield Candidate(case.line, "async_misuse", 0.7, {"name": "…"}, "plain")


def _is_awaited(case: Case, call: ast.Call) -> bool:
    """Whether `await`, `async for` or something like `gather` waits for it, also by a name that it is given."""
    above = case.parents.get(call)
    while isinstance(above, (ast.expr, ast.keyword, ast.comprehension)):
        is_async = isinstance(above, ast.comprehension) and above.is_async
        if is_async or isinstance(above, ast.Await) or (isinstance(above, ast.Call) and called(above) in _WAITS):
            return True
        above = case.parents.get(above)
    names = {name for target in targets(above) for name in names_in(target)} if isinstance(above, ast.Assign) else set()
    waits = (n for n in case.all(ast.Await, ast.Call) if isinstance(n, ast.Await) or called(n) in _WAITS)
    return isinstance(above, (ast.AsyncWith, ast.AsyncFor)) or any(names & names_in(n) for n in waits)


RULES = (
    mutable_default, shared_rows, two_names, given_list, class_attribute, changed_in_loop, lost_change, used_up,
    float_compared, joined_texts, early_return, inner_name, not_awaited,
)  # fmt: skip
