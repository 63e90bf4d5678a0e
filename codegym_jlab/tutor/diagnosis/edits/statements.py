"""Small changes of statements that mend what beginners get wrong: too deep, too early, missing, dropped, in vain."""

import ast
import builtins
from collections.abc import Iterator, Sequence, Set
from functools import partial
from itertools import takewhile
from typing import Any

from codegym_jlab.records import grouped

from ...explain.program import IN_PLACE, attributes_of, called, is_str, names_in, own_nodes, targets
from ...guard.syntax import is_text, twin
from ..program import IN_QUOTES, Edit, Function, Path, Place, Scope, children, stored, text
from .expressions import Change

_Loop = (ast.For, ast.While)
_Holder = (*_Loop, ast.If, ast.With)
#: Lines at most in which a name is another one everywhere, or an `if` is an `elif`.
_MOST_USES = 3
#: What a handler may have to catch, too.
_ERRORS = ("ValueError", "KeyError", "IndexError", "TypeError", "ZeroDivisionError", "FileNotFoundError")


def changes_of_statements(place: Place) -> Iterator[Edit]:
    """Every small change of the statements that the node at a place holds itself."""
    if isinstance(place.node, ast.ExceptHandler) and place.node.type is not None:
        for error in _ERRORS:
            caught = f"({text(place.node.type)}, {error})"
            yield Edit("cases", (place.node.lineno,), 1.2, (((*place.path, "type"), caught),))
    for part in ("body", "orelse"):
        body = getattr(place.node, part, None)
        if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
            yield from _Body(place, part, body).changes()
    if isinstance(place.node, Function):
        yield from _of_function(place)
    if isinstance(place.node, (Function, ast.Module)):
        yield from _of_shadows(place)
    if isinstance(place.node, ast.ClassDef):
        yield from _of_attributes(place)


class _Body:
    """The statements of one block, and the way to them."""

    def __init__(self, place: Place, part: str, body: Sequence[Any]) -> None:
        self._scope, self._body = place.scope_within, body
        self._path: Path = (*place.path, part)

    def _edit(self, kind: str, cost: float, first: int, last: int, new: str, *lines: int) -> Edit:
        """The statements from `first` to before `last`, in other words."""
        reach = self._body[first].lineno
        return Edit(kind, lines or (reach,), cost, (((*self._path, (first, last)), new),), reach)

    def changes(self) -> Iterator[Edit]:
        """See `changes_of_statements`."""
        for number, node in enumerate(self._body):
            for kind, cost, new in self._of_one(node):
                yield self._edit(kind, cost, number, number + 1, new)
            if isinstance(node, _Holder):
                yield from self._moved_out(number, node)
            if isinstance(node, ast.If):
                yield from self._otherwise(number, node)
                yield from self._turned(number, node)
                yield from self._chained(number, node)
            if isinstance(node, _Loop):
                yield from self._of_loop(number, node)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and number < len(self._body) - 1:
                patches = ((*self._path, (number, number + 1)), ""), ((*self._path, (len(self._body),) * 2), text(node))
                yield Edit("sequence", (node.lineno,), 1.3 if node.value.args else 0.8, patches[::-1])
            for after in self._body[number + 1 : number + 2]:
                plain = [one.lineno for one in (node, after) if not hasattr(one, "body")]  # that one moved
                yield self._edit("sequence", 1.7, number, number + 2, text([after, node]), *(plain or [after.lineno]))
                if _is_swap(node, after):
                    both = f"{text(node.targets[0])}, {text(after.targets[0])}"
                    new = f"{both} = {text(node.value)}, {text(after.value)}"
                    yield self._edit("swap", 0.5, number, number + 2, new, node.lineno, after.lineno)

    def _otherwise(self, number: int, node: ast.If) -> Iterator[Edit]:
        """What stands behind it, or in another branch of the program, as its `else`."""
        behind = self._body[number + 1 : number + 2]
        if not node.orelse:
            branches = (part for one in own_nodes(self._scope.owner.body, ast.If) for part in (one.body, one.orelse))
            for new in dict.fromkeys(text(one) for one in branches if len(one) == 1 and isinstance(one[0], _STEPS)):
                yield Edit("otherwise", (node.lineno,), 1.3, (((*self._path, number, "orelse", (0, 0)), new),))
        if behind and not node.orelse and not isinstance(behind[0], ast.If):
            yield self._edit("cases", 1.1, number, number + 2, text(twin(node, orelse=behind)), behind[0].lineno)

    def _chained(self, number: int, node: ast.If) -> Iterator[Edit]:
        """The next `if`, and all that follow, as an `elif` of the one above."""
        chain, lines = node, list[int]()
        for last in takewhile(lambda one: isinstance(one, ast.If), self._body[number + 1 : number + 1 + _MOST_USES]):
            chain = _with_branch(chain, last)
            lines.append(last.lineno)
            yield self._edit("chain", 0.6, number, number + 1 + len(lines), text(chain), *lines)

    def _turned(self, number: int, node: ast.If) -> Iterator[Edit]:
        """The `elif` below it asked first: a wide question takes what a narrow one is for."""
        after = node.orelse[0] if node.orelse else None
        if isinstance(after, ast.If) and ast.dump(after.test) != ast.dump(node.test):
            later = twin(after, test=node.test, body=node.body)
            first = text(twin(node, test=after.test, body=after.body, orelse=[later]))
            yield self._edit("branches", 1.0, number, number + 1, first, node.lineno, after.lineno)

    def _of_one(self, node: Any) -> Iterator[Change]:
        """What stands in place of one statement."""
        if isinstance(node, (ast.Import, ast.ImportFrom, ast.Pass, ast.FunctionDef, ast.ClassDef)):
            return
        if not is_text(node):
            leaves = isinstance(node, (ast.Break, ast.Continue, ast.Return))
            yield "extra_line", 1.5 if leaves else 2.3 if isinstance(node, _Loop) else 1.9, ""
        if isinstance(node, (ast.Break, ast.Continue)):
            yield "leaves", 1.2, "continue" if isinstance(node, ast.Break) else "break"
        if isinstance(node, (ast.If, ast.While)) and not node.orelse:
            other = ast.While if isinstance(node, ast.If) else ast.If
            if not names_in(node.test).isdisjoint(stored(node.body)):
                yield "too_shallow", 1.3, text(other(node.test, node.body, []))
        yield from self._of_call_within(node)
        if isinstance(node, ast.Expr):
            yield from self._of_expression(node)
        elif isinstance(node, (ast.Assign, ast.AugAssign)):
            yield from self._of_assignment(node)

    def _of_call_within(self, node: Any) -> Iterator[Change]:
        """A call that changes its list and gives None, used as if it gave the list: the call first, then the list."""
        if not isinstance(node, (ast.Assign, ast.AugAssign, ast.Return, ast.Expr, ast.For)):
            return
        own = text(node)
        for inner in own_nodes([node.iter if isinstance(node, ast.For) else node]):
            if called(inner) not in IN_PLACE or isinstance(node, ast.Expr) and inner is node.value:
                continue
            if isinstance(inner.func, ast.Attribute):
                call, whole = text(inner), text(inner.func.value)
                yield "none_kept", 0.4, f"{call}\n{own.replace(call, whole, 1)}"

    def _of_expression(self, node: ast.Expr) -> Iterator[Change]:
        value, own = node.value, text(node.value)
        name, within = called(value), isinstance(self._scope.owner, Function)
        if isinstance(value, ast.Call):
            if name == "print" and isinstance(value.func, ast.Name) and value.args and within:
                said = text(value.args[0])
                bare = said.strip("'")
                yield "printed", 0.4, f"return {bare if IN_QUOTES.fullmatch(bare) else said}"
            elif isinstance(value.func, ast.Name) and within and not hasattr(builtins, name):
                yield "dropped", 0.6 if name == getattr(self._scope.owner, "name", "") else 1.0, f"return {own}"
                yield from (("dropped", 1.0, f"{total} += {own}") for total in self._scope.names("int", "str"))
            elif isinstance(value.func, ast.Attribute) and name == "clear":
                yield "copy", 0.7, f"{text(value.func.value)} = []"
            elif isinstance(value.func, ast.Attribute) and name not in _CHANGES:
                yield "dropped", 0.5, f"{text(value.func.value)} = {own}"

    def _of_assignment(self, node: Any) -> Iterator[Change]:
        target = targets(node)[0]
        whole, part, kinds = text(target), text(node.value), self._scope.kinds
        if isinstance(node, ast.AugAssign):
            if called(node.value) in IN_PLACE:
                yield "none_kept", 0.4, part
            if isinstance(node.op, ast.Add) and not isinstance(node.value, (ast.List, ast.Tuple, ast.Constant)):
                own = kinds.get(whole, "")
                for kind, new in (("list", f"{whole} += [{part}]"), ("tuple", f"{whole} += ({part},)"),
                                  ("list", f"{whole}.append({part})"), ("str", f"{whole} += str({part})")):  # fmt: skip
                    yield "element_added", 0.6 if own == kind else 1.4, new
            if isinstance(node.value, (ast.Name, ast.Attribute)):
                yield "assigned", 1.2, text(twin(node, target=node.value, value=target))
        elif isinstance(target, ast.Subscript) and is_str(target.slice):
            yield "step", 1.2, f"{whole} = {whole}.fillna({part})"  # of a table, whose column is one value now
        elif isinstance(target, ast.Name):
            if part in _STARTS:
                yield from (("start_value", 1.1, f"{whole} = {new}") for new in _STARTS if new != part)
            if not isinstance(node.value, ast.Constant):
                yield "accumulate", 1.4, f"{whole} += {part}"
            if isinstance(node.value, ast.Name):
                yield "assigned", 1.6, f"{part} = {whole}"
                yield "copy", 1.2, f"{whole} = {part}.copy()"
            if isinstance(node.value, (ast.Constant, ast.Call)) and whole not in self._scope.params:
                lists = [name for name in self._scope.names("list", "tuple") if name in self._scope.params]
                yield from (("start_value", 1.4, f"{whole} = {name}[0]") for name in lists)
                dicts = [name for name in self._scope.params if kinds.get(name) == "dict"]
                firsts = (f"{whole} = next(iter({name}.values()), {part})" for name in dicts)
                yield from (("start_value", 0.8, first) for first in firsts)

    def _moved_out(self, number: int, node: Any) -> Iterator[Edit]:
        """The last statements of the blocks within, which stand too deep, moved behind the outermost of them."""
        for part in ("orelse", "body"):
            inner, way, depth = node, (*self._path, number, part), 0
            while isinstance(inner, _Holder) and (body := getattr(inner, way[-1], [])):
                last, at = body[-1], len(body) - 1
                if not isinstance(last, (ast.Break, ast.Continue)):
                    kind, cost = ("return_early", 0.9) if isinstance(last, ast.Return) else ("too_deep", 1.4)
                    patches = ((*self._path, (number + 1, number + 1)), text(last)), ((*way, (at, at + 1)), "")
                    yield Edit(kind, (last.lineno,), cost + 0.25 * depth, patches, node.lineno)
                inner, way, depth = last, (*way, at, "body"), depth + 1

    def _of_loop(self, number: int, node: Any) -> Iterator[Edit]:
        way, end = (*self._path, number, "body"), len(node.body)
        for at, inner in enumerate(node.body):
            if isinstance(inner, ast.If) and not any(own_nodes(inner.body, ast.Break, ast.Continue, ast.Return)):
                last = len(inner.body)
                added = (((*way, at, "body", (last, last)), "break"),)
                yield Edit("leaves", (inner.body[-1].end_lineno or 0,), 1.0, added, inner.body[0].lineno)
        if end > 1 and _is_start(first := node.body[0]):
            patches = ((*way, (0, 1)), ""), ((*self._path, (number, number)), text(first))
            yield Edit("start_in_loop", (first.lineno,), 1.2, patches, node.lineno)
        waits = _unchanged(node) if isinstance(node, ast.While) else set()
        behind = self._body[number + 1 : number + 2]
        if waits.intersection(stored(behind)):
            yield self._moved_in(number, node, behind, 0.8)
            return
        yield from self._started_in(number, node)
        made = {*stored(node.body), *stored([node.target])} if isinstance(node, ast.For) else set()
        for many in (1, 2):
            behind = self._body[number + 1 : number + 1 + many]
            if len(behind) == many and all(map(partial(_belongs_in, made), behind)):
                yield self._moved_in(number, node, behind, 1.0)
        for name in [one for one in self._scope.names("int") if one in waits]:
            for step in (f"{name} += 1", f"{name} -= 1"):
                within = (((*way, (end, end)), step),)
                yield Edit("no_step", (node.body[-1].end_lineno,), 1.0, within, node.lineno)

    def _started_in(self, number: int, loop: Any) -> Iterator[Edit]:
        """What stands above a loop and has to do with names that the loop changes, at its beginning."""
        changes = {*stored([loop]), *(one.id for one in _changed_in_place(loop.body))}
        for at in range(max(number - _MOST_USES, 0), number):
            above = self._body[at]
            if isinstance(above, (ast.Assign, ast.AugAssign)) and changes & {*names_in(above), *stored([above])}:
                patches = ((*self._path, number, "body", (0, 0)), text(above)), ((*self._path, (at, at + 1)), "")
                yield Edit("too_shallow", (above.lineno,), 1.2, patches, loop.lineno)

    def _moved_in(self, number: int, loop: Any, behind: Sequence[Any], cost: float) -> Edit:
        """The statements behind a loop at its end."""
        first, end = number + 1, len(loop.body)
        gone, come = (first, first + len(behind)), (number, "body", (end, end))
        patches = ((*self._path, gone), ""), ((*self._path, *come), text(behind))
        return Edit("too_shallow", tuple(one.lineno for one in behind), cost, patches, loop.lineno)


_CHANGES = IN_PLACE | {"pop"}
_STARTS = "[] {} set() '' 0".split()  #: where beginners let a name begin
_STEPS = (ast.Expr, ast.Assign, ast.AugAssign, ast.Return)
_PLAIN_STEPS = (ast.Expr, ast.Assign, ast.AugAssign, ast.If)


def _belongs_in(made: Set[str], step: Any) -> bool:
    """Whether a plain step behind a loop works with a name that each round gives a value, or counts on."""
    again = names_in(step.value) & {*stored([step])} if isinstance(step, ast.Assign) else set[str]()
    counts = bool(again) or isinstance(step, ast.AugAssign)
    return isinstance(step, _PLAIN_STEPS) and (counts or not made.isdisjoint(names_in(step)))


def _changed_in_place(body: Sequence[ast.stmt]) -> list[ast.Name]:
    """Lists and the like on which a method is called that changes them."""
    calls = [one.func for one in own_nodes(body) if called(one) in _CHANGES]
    return [func.value for func in calls if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name)]


def _unchanged(loop: ast.While) -> set[str]:
    """The names in its condition, where the loop changes none of them."""
    counted = {one.id for one in own_nodes([loop.test], ast.Name)}
    return set() if counted & {*stored(loop.body), *(one.id for one in _changed_in_place(loop.body))} else counted


def _with_branch(node: Any, last: ast.If) -> ast.If:
    """An `if` with another one as its last `elif`."""
    is_chain = len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If)
    branch: ast.If = twin(node, orelse=[_with_branch(node.orelse[0], last)] if is_chain else [*node.orelse, last])
    return branch


def _is_swap(one: Any, other: Any) -> bool:
    """Two assignments of which the second reads what the first has just overwritten."""
    is_pair = isinstance(one, ast.Assign) and isinstance(other, ast.Assign)
    return is_pair and text(one.targets[0]) == text(other.value)


def _is_start(node: Any) -> bool:
    """Whether a statement gives a name its first value."""
    match node:
        case ast.Assign([ast.Name(), *_], ast.List([]) | ast.Tuple([])):
            return True
        case ast.Assign([ast.Name(), *_], value):
            return isinstance(value, (ast.Constant, ast.Dict, ast.Subscript))
    return False


#: Values of a kind that are written out.
_PLAIN = {
    "bool": "True False", "int": "0 -1 1", "list": "[]", "str": "''", "tuple": "()", "none": "None", "dict": "{}"
}  # fmt: skip


def _results(scope: Scope) -> list[str]:
    """What a function of beginners often returns in a case of its own."""
    if not scope.wanted:
        return "True False 0 [] '' () None -1".split()
    found = [new for kind in sorted(scope.wanted) for new in _PLAIN.get(kind, "").split()]
    if "int" in scope.wanted:
        found += [f"len({name})" for name in scope.params if scope.kinds.get(name) in ("list", "tuple", "str", "")]
    return found


def _of_function(place: Place) -> Iterator[Edit]:
    node, scope = place.node, place.scope_within
    body, path = node.body, (*place.path, "body")
    first = 1 if is_text(body[0]) and len(body) > 1 else 0
    steps = [one for one in body if not (isinstance(one, ast.Pass) or is_text(one))]

    def inserted(kind: str, cost: float, at: int, new: str, line: int) -> Edit:
        return Edit(kind, (line,), cost, (((*path, (at, at)), new),), top)

    top, end = body[first].lineno, (steps or body)[-1].end_lineno
    if not isinstance(body[-1], (ast.Return, ast.Raise)):
        has_result = any(one.value is not None for one in own_nodes(body, ast.Return))
        for name in scope.kinds:
            yield inserted("return_missing", 1.1 if has_result else 0.7, len(body), f"return {name}", end)
        for new in _results(scope):
            yield inserted("return_missing", 0.9 if has_result else 1.5, len(body), f"return {new}", end)
    for name in scope.params:
        kind = scope.kinds.get(name, "")
        tests = [f"{name} == 0", f"{name} < 0", f"{name} <= 1"] if kind == "int" else [f"not {name}"]
        for test in tests:
            for new in dict.fromkeys((*_results(scope), name)):
                yield inserted("missing_case", 1.6, first, f"if {test}:\n    return {new}", top)
    parts = (one for one in own_nodes(body, ast.Subscript) if not isinstance(one.ctx, ast.Load))
    changed = [*_changed_in_place(body), *(one.value for one in parts if isinstance(one.value, ast.Name))]
    for name in scope.params:
        lines = tuple(sorted({one.lineno for one in changed if one.id == name}))
        if 0 < len(lines) <= _MOST_USES:
            yield Edit("copy", lines, 1.2, (((*path, (first, first)), f"{name} = {name}.copy()"),), top)
    yield from _of_names(place)
    bound = set(stored(body))
    for name in dict.fromkeys(one.id for one in own_nodes(body, ast.Name)):
        if name not in scope.params and (name in bound or not scope.is_defined(name)):
            cost = 1.2 if name not in bound else 1.7
            for new in ("[]", "0", "''", "()", *(f"{p}[0]" for p in scope.names("list") if p in scope.params)):
                yield inserted("start_value", cost, first, f"{name} = {new}", top)


def _of_names(place: Place) -> Iterator[Edit]:
    """One name for another wherever it stands: one that means nothing, or by a parameter that nothing reads."""
    scope = place.scope_within
    names = ((node, path) for path, node in _paths(place.node, place.path) if isinstance(node, ast.Name))
    uses = grouped((node.id, (node, path)) for node, path in names if isinstance(node.ctx, ast.Load))
    for name, paths in uses.items():
        lines = tuple(sorted({node.lineno for node, _ in paths}))
        is_known = scope.is_defined(name)
        kind, cost, others = ("wrong_name", 0.5, scope.unread) if is_known else ("undefined", 0.7, scope.kinds)
        for other in others if len(paths) > 1 and len(lines) <= _MOST_USES else ():
            yield Edit(kind, lines, cost, tuple((path, other) for _, path in paths))


def _of_attributes(place: Place) -> Iterator[Edit]:
    """What a method assigns to another attribute of its object, or to one in place of a name of its own."""
    own = attributes_of(place.node)
    begin = next((at for at, one in enumerate(place.node.body) if getattr(one, "name", "") == "__init__"), None)
    for at, one in enumerate(place.node.body):
        match one:
            case ast.Assign([ast.Name(name)], ast.List() | ast.Dict() | ast.Set()) if begin is not None:
                start = ((*place.path, "body", begin, "body", (0, 0)), f"self.{name} = {text(one.value)}")
                yield Edit("start_value", (one.lineno,), 0.6, (start, ((*place.path, "body", (at, at + 1)), "pass")))
    for way, node in _paths(place.node, place.path):
        match node:
            case ast.Assign([ast.Name(name)], value) if name in own:
                yield _assigned(way, node, f"self.{name}", value, 0.5)
            case ast.Assign([ast.Attribute(ast.Name("self"), name)], value):
                for other in sorted(own - {name}):
                    yield _assigned(way, node, f"self.{other}", value, 1.2)


def _assigned(way: Path, node: ast.Assign, target: str, value: ast.expr, cost: float) -> Edit:
    at = way[-1]
    return Edit("wrong_name", (node.lineno,), cost, (((*way[:-1], (at, at + 1)), f"{target} = {text(value)}"),))


def _of_shadows(place: Place) -> Iterator[Edit]:
    """One of Python's own functions, called where its name is a variable: as if the variable had another name."""
    for name in (one for one in place.scope_within.kinds if hasattr(builtins, one)):
        nodes = list(_paths(place.node, place.path))
        calls = [(way, node) for way, node in nodes if called(node) == name and isinstance(node.func, ast.Name)]
        bound = (node.lineno for _, node in nodes if _binds(node, name))
        if calls:
            own = f"__import__('builtins').{name}"
            patches = tuple(((*way, "func"), own) for way, _ in calls)
            yield Edit("shadowed", (next(bound),), 0.4, patches, calls[0][1].lineno)


def _binds(node: Any, name: str) -> bool:
    match node:
        case ast.Name(bound, ast.Store()) | ast.arg(bound):
            return bound == name
    return False


def _paths(node: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every node below, with the way to it."""
    for way, child in children(node, path):
        yield way, child
        yield from _paths(child, way)
