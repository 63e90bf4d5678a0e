"""Mutants of a solution: copies of its text with one small mistake each. Pure: text in, texts out.

What the checks of an exercise do not tell from the solution, they do not tell from a student's mistake either. The
kinds of mistake are those of the literature (DeMillo, Lipton, Sayward 1978, and mutmut's and Cosmic Ray's catalogues),
chosen so that a beginner could have made them, and without those that mean the same as the solution.
"""

import ast
import difflib
from collections.abc import Iterable, Iterator, Sequence
from functools import singledispatch
from typing import Any

from codegym_jlab.course.validation import free_name
from codegym_jlab.files import table_beside
from codegym_jlab.records import Json, digest_of, frozen, plain
from codegym_jlab.tutor.diagnosis.program import children
from codegym_jlab.tutor.explain.program import called
from codegym_jlab.tutor.guard.syntax import is_text, parsed, twin

#: (kind, what stands in the node's place)
Change = tuple[str, ast.AST]


@frozen
class Slot:
    """A place in the tree that holds a node, and can hold another."""

    node: ast.AST
    parents: tuple[ast.AST, ...]  #: the nodes that hold it, outermost first
    field: str  #: of its parent
    index: int | None  #: where the field is a list

    @property
    def parent(self) -> ast.AST:
        """The node that holds it."""
        return self.parents[-1]

    def is_within(self, *kinds: type[ast.AST]) -> bool:
        """True where a node of these kinds holds it."""
        return any(isinstance(parent, kinds) for parent in self.parents)

    def put(self, new: ast.AST) -> None:
        """Another node in its place."""
        if self.index is None:
            setattr(self.parent, self.field, new)
        else:
            getattr(self.parent, self.field)[self.index] = new


def changes(slot: Slot) -> Iterator[Change]:
    """Each mistake that could stand in this place; the node's children have their own."""
    node = slot.node
    if isinstance(node, ast.stmt):
        yield from _of_statement(node, slot)
    if isinstance(node, ast.expr):
        yield from _of_condition(node, slot)
        if isinstance(slot.parent, ast.Return | ast.Yield) and ast.unparse(node) != "None":
            yield "return", ast.Constant(None)
    yield from _of_node(node, slot)


@singledispatch
def _of_node(node: ast.AST, slot: Slot) -> Iterator[Change]:
    """Those of its own kind."""
    yield from ()


_MISTAKEN: Json = table_beside(__file__, "mutants.toml")


def _others(operator: ast.AST) -> list[Any]:
    """Operators that are taken for this one."""
    return [getattr(ast, name)() for name in _MISTAKEN["operators"][type(operator).__name__]]


def _with_other_operator(node: Any) -> Any:
    (other,) = _others(node.op)
    return twin(node, op=other)


def _spliced(items: Sequence[Any], place: int, *instead: Any) -> list[Any]:
    """The same with nothing, or something else, in that place."""
    return [*items[:place], *instead, *items[place + 1 :]]


@_of_node.register
def _(node: ast.Compare, slot: Slot) -> Iterator[Change]:
    operands = [node.left, *node.comparators]
    for place, operator in enumerate(node.ops):
        ordered = all(map(_may_be_border, operands[place : place + 2]))
        for other in _others(operator):
            # `x % 2 == 0` and `x % 2 <= 0` are one question, and texts, None and zero are seldom meant as borders
            if isinstance(operator, ast.Eq) and not isinstance(other, ast.NotEq) and not ordered:
                continue
            yield "comparison", twin(node, ops=_spliced(node.ops, place, other))


def _may_be_border(side: ast.expr) -> bool:
    match side:
        case ast.Constant(value=value):
            return type(value) in (int, float) and value != 0
        case ast.BinOp(op=ast.Mod()) | ast.JoinedStr() | ast.List() | ast.Tuple() | ast.Dict() | ast.Set():
            return False
    return True


@_of_node.register
def _(node: ast.BinOp, slot: Slot) -> Iterator[Change]:
    if any(_is_collection(side) for side in (node.left, node.right)):
        return  # another operator would be a TypeError, which any check notices
    yield "arithmetic", _with_other_operator(node)


def _is_collection(node: ast.expr) -> bool:
    text = isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    return text or isinstance(node, ast.JoinedStr | ast.List | ast.Tuple | ast.ListComp)


@_of_node.register
def _(node: ast.AugAssign, slot: Slot) -> Iterator[Change]:
    if not _is_collection(node.value):
        yield "arithmetic", _with_other_operator(node)
    yield "arithmetic", ast.Assign([twin(node.target)], node.value, lineno=0)


@_of_node.register
def _(node: ast.BoolOp, slot: Slot) -> Iterator[Change]:
    yield "boolean", _with_other_operator(node)
    for place in range(len(node.values)):
        rest = _spliced(node.values, place)
        yield "boolean", rest[0] if len(rest) == 1 else twin(node, values=rest)


@_of_node.register
def _(node: ast.UnaryOp, slot: Slot) -> Iterator[Change]:
    parent = slot.parent
    is_divisor = isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Mod) and slot.field == "right"
    if isinstance(node.op, ast.Not):
        yield "boolean", node.operand
    elif isinstance(node.op, ast.USub) and not is_divisor:
        if isinstance(node.operand, ast.Constant) and type(node.operand.value) in (int, float):
            yield from (("constant", _number(value)) for value in _near(-node.operand.value))  # type: ignore
        yield "arithmetic", node.operand


@_of_node.register
def _(node: ast.Constant, slot: Slot) -> Iterator[Change]:
    value = node.value
    if isinstance(value, bool):
        yield "boolean", ast.Constant(not value)
    elif isinstance(value, int | float):
        if not (isinstance(slot.parent, ast.UnaryOp) and isinstance(slot.parent.op, ast.USub)):
            kind = "index" if slot.field == "slice" or isinstance(slot.parent, ast.Slice) else "constant"
            yield from ((kind, _number(near)) for near in _near(value))
    elif isinstance(value, str):
        yield from _of_text(value, slot)


def _near(value: int | float) -> list[int | float]:
    return [value + 1] if isinstance(value, float) else [value + 1, value - 1]


def _number(value: int | float) -> ast.expr:
    return ast.Constant(value) if value >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-value))


def _of_text(text: str, slot: Slot) -> Iterator[Change]:
    if isinstance(slot.parent, ast.Expr):
        return  # a docstring
    if isinstance(slot.parent, ast.JoinedStr):
        if not isinstance(slot.parents[-2], ast.FormattedValue):
            yield "string", ast.Constant(text[:-1] if len(text) > 1 else "x")
        return
    yield "string", ast.Constant(text + "x")
    if text and not isinstance(slot.parent, ast.Subscript):
        yield "string", ast.Constant("")


def _of_condition(node: ast.expr, slot: Slot) -> Iterator[Change]:
    is_condition = slot.field in ("test", "ifs") and not isinstance(slot.parent, ast.Assert)
    if not is_condition or isinstance(node, ast.Constant):
        return
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "condition", node.operand
    elif not (isinstance(node, ast.Compare) and len(node.ops) == 1):  # else one of the comparison's own mutants is this
        yield "condition", ast.UnaryOp(ast.Not(), node)
    if not isinstance(slot.parent, ast.While):  # a loop that never ends is a mistake that every check notices
        yield "condition", ast.Constant(True)
    yield "condition", ast.Constant(False)


@_of_node.register
def _(node: ast.Slice, slot: Slot) -> Iterator[Change]:
    for name in ("lower", "upper", "step"):
        bound = getattr(node, name)
        if bound is None:
            continue
        yield "index", twin(node, **{name: None})
        if name != "step" and not _is_literal(bound):
            yield "index", twin(node, **{name: ast.BinOp(bound, ast.Add(), ast.Constant(1))})


def _is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) or isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant)


def _has_literal(node: ast.expr) -> bool:
    is_sum = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)
    return is_sum and any(_is_literal(side) for side in (node.left, node.right))  # type: ignore[attr-defined]


#: functions of one value without which the value itself would stand there
_AROUND_A_VALUE = frozenset("abs round sorted int reversed".split())
_METHODS_OF_A_VALUE = frozenset(
    "strip lstrip rstrip lower upper title capitalize casefold copy round sort_index".split()
)
#: the order of two values says nothing there, or any other is an error that every check notices
_UNORDERED = frozenset("min max gcd isclose isinstance super range enumerate round zip".split())
_SAME_WITHOUT = frozenset({"encoding", "newline"})


@_of_node.register
def _(node: ast.Call, slot: Slot) -> Iterator[Change]:
    name = called(node)
    if name == "range" and isinstance(node.func, ast.Name):
        yield from _of_range(node)
    yield from _of_name(node, name)
    if len(node.args) >= 2 and name not in _UNORDERED and not any(isinstance(a, ast.Starred) for a in node.args[:2]):
        yield "call", twin(node, args=[node.args[1], node.args[0], *node.args[2:]])
    for place, keyword in enumerate(node.keywords):
        plain = isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, bool)
        if keyword.arg is not None and keyword.arg not in _SAME_WITHOUT and not plain:
            yield "call", twin(node, keywords=_spliced(node.keywords, place))


def _of_range(node: ast.Call) -> Iterator[Change]:
    bounds = node.args[:2]
    for place, bound in enumerate(bounds):
        if _is_literal(bound) or _has_literal(bound) or isinstance(bound, ast.Starred):
            continue  # a constant's own mutants are these
        for operator in (ast.Add, ast.Sub) if bound is bounds[-1] else (ast.Add,):
            moved = ast.BinOp(bound, operator(), ast.Constant(1))
            yield "range", twin(node, args=_spliced(node.args, place, moved))


def _of_name(node: ast.Call, name: str) -> Iterator[Change]:
    if other := _MISTAKEN["calls"].get(name):
        field = "id" if isinstance(node.func, ast.Name) else "attr"
        yield "call", twin(node, func=twin(node.func, **{field: other}))
    if isinstance(node.func, ast.Name) and name in _AROUND_A_VALUE and node.args:
        if not isinstance(node.args[0], ast.Starred | ast.GeneratorExp):
            yield "call", node.args[0]
    elif isinstance(node.func, ast.Attribute) and name in _METHODS_OF_A_VALUE:
        yield "call", node.func.value


#: Without them nothing changes or nothing runs; an `if` that is left out is one whose question is False.
_KEPT = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Pass, ast.Global,
    ast.Nonlocal, ast.If,
)  # fmt: skip


def _of_statement(node: ast.stmt, slot: Slot) -> Iterator[Change]:
    is_declared = isinstance(node, ast.AnnAssign) and node.value is None  # a name, and nothing else
    if isinstance(node, _KEPT) or is_text(node) or is_declared or _ends_anyway(node, slot):
        return
    if isinstance(node, ast.Continue):
        yield "statement", ast.Break()
    yield "statement", ast.Pass()


def _ends_anyway(node: ast.stmt, slot: Slot) -> bool:
    """Without it the same happens, or what `return None` does: the last statement of a function or loop."""
    within: Any = {ast.Return: (ast.FunctionDef, ast.AsyncFunctionDef), ast.Continue: (ast.For, ast.While)}
    parent: Any = slot.parent
    return isinstance(parent, within.get(type(node), ())) and parent.body[-1] is node


#: Mutants of one solution that are run; of more, these are taken evenly.
CAP = 60


@frozen
class Mutant:
    """A solution with one mistake in it."""

    id: str  #: from its change alone, so that it stays when other lines change
    kind: str  #: comparison, arithmetic, boolean, constant, string, condition, return, index, range, call, statement
    line: int  #: of the first line that differs, from 1
    source: str
    diff: str  #: unified, from the solution to the mutant

    @property
    def changed_lines(self) -> tuple[str, ...]:
        """The lines that it has in place of the solution's, without what is before and after them."""
        return tuple(line[1:].strip() for line in self.diff.splitlines()[2:] if line.startswith("+"))

    def as_json(self) -> Json:
        """For programs; without the whole source."""
        return plain(self, "source")


def mutants_of(source: str, *, messages: bool = True) -> tuple[Mutant, ...]:
    """The mutants of a program, in the order of its text, each different from the others; none of what is no Python.

    `messages` False leaves the texts of errors alone, where no check looks at them.
    """
    tree = parsed(source)
    return tuple(_named(source, _texts(source, tree, messages))) if tree else ()


def spread(mutants: Sequence[Mutant], cap: int = CAP) -> tuple[Mutant, ...]:
    """At most `cap` of them, taken evenly."""
    if len(mutants) <= cap:
        return tuple(mutants)
    return tuple(mutants[number * len(mutants) // cap] for number in range(cap))


def _named(source: str, made: Iterable[tuple[str, str]]) -> Iterator[Mutant]:
    seen = set[str]()
    for kind, text in made:
        before, after = source.splitlines(keepends=True), text.splitlines(keepends=True)
        lines = list(difflib.unified_diff(before, after, "solution", "mutant", n=1))
        change = "\n".join(line[0] + line[1:].strip() for line in lines[2:] if line[0] in "+-")
        id = free_name(f"m-{digest_of(change)[:8]}", seen)
        seen.add(id)
        at = next((n for n, pair in enumerate(zip(before, after, strict=False), 1) if pair[0] != pair[1]), len(before))
        yield Mutant(id, kind, at, text, "".join(line.removesuffix("\n") + "\n" for line in lines))


def _texts(source: str, tree: ast.Module, messages: bool) -> Iterator[tuple[str, str]]:
    """(kind, text) of each, without those whose tree was there before."""
    seen = {ast.dump(tree)}
    for slot in list(slots(tree)):
        for kind, new in changes(slot):
            if kind == "string" and not messages and slot.is_within(ast.Raise):
                continue  # no check looks at what an error says
            slot.put(new)
            wanted = ast.dump(tree)
            found = None
            if wanted not in seen:
                found = next((text for text in _attempts(source, slot, new) if _is_program(text, wanted)), None)
            slot.put(slot.node)
            seen.add(wanted)
            if found is not None:
                yield kind, found


def _is_program(text: str, wanted: str) -> bool:
    """Whether its tree is the wanted one."""
    tree = parsed(text)
    return tree is not None and ast.dump(tree) == wanted


def _attempts(source: str, slot: Slot, new: ast.AST) -> Iterator[str]:
    """The program with another text in this place alone, also in brackets; of an f-string the whole is written anew."""
    joined = next((parent for parent in slot.parents if isinstance(parent, ast.JoinedStr)), None)
    if joined is not None:  # positions within it are not to be relied on
        yield _with_part(source, joined, quoted(ast.unparse(joined)))
        return
    text = quoted(ast.unparse(new))
    yield _with_part(source, slot.node, text)
    yield _with_part(source, slot.node, f"({text})")


def _with_part(source: str, node: Any, text: str) -> str:
    """The program with another text in the node's place, which is counted in bytes."""
    lines = source.encode().splitlines(keepends=True)
    before = b"".join(lines[: node.lineno - 1]) + lines[node.lineno - 1][: node.col_offset]
    after = lines[node.end_lineno - 1][node.end_col_offset :] + b"".join(lines[node.end_lineno :])
    return str(before + text.encode() + after, "utf-8")


def slots(node: ast.AST, parents: tuple[ast.AST, ...] = ()) -> Iterator[Slot]:
    """Every place of the tree in the order of the text, but annotations, decorators and patterns."""
    for (field, *place), child in children(node, ()):
        if field not in ("annotation", "returns", "decorator_list", "type_params", "pattern", "ctx", "op", "ops"):
            yield Slot(child, (*parents, node), field, place[0] if place else None)
            yield from slots(child, (*parents, node))


def quoted(text: str) -> str:
    """With the double quotes that most authors write, where that is the same text."""
    return text if '"' in text or "\\" in text else text.replace("'", '"')
