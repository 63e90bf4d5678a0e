"""One program and its error, with what rules ask of them: assignments, functions, who is where, what a value is."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .seen import Fact, Seen

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SCOPES = (*FUNCTIONS, ast.ClassDef, ast.Lambda, ast.Module)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What one rule thinks: the line of the mistake, its cause, how sure it is (0 to 1), and words for the text."""

    line: int
    cause: str
    sure: float
    words: dict[str, Any] = field(default_factory=dict)
    variant: str = ""  #: which of the cause's texts


class Case:
    """A program that was read, and what stopped it."""

    def __init__(self, source: str, tree: ast.Module, seen: Seen) -> None:
        self.source, self.tree, self.seen = source, tree, seen
        self.lines = source.split("\n")
        self.nodes = list(ast.walk(tree))
        self.parents = {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}

    @property
    def error(self) -> str:
        """The error's type; empty where nothing failed."""
        return self.seen.type

    @property
    def message(self) -> str:
        """The error's text."""
        return self.seen.message

    @cached_property
    def line(self) -> int:
        """Where Python points, or the last line."""
        raised = self.seen.raised
        return raised if raised is not None else max(1, len(self.source.rstrip().split("\n")))

    @property
    def is_silent(self) -> bool:
        """True where an answer is merely wrong: an assert that failed, or nothing at all."""
        return self.error in ("", "AssertionError")

    def text(self, node: ast.AST) -> str:
        """A short piece of the program, as one line."""
        try:
            text = " ".join(ast.unparse(node).split())
        except (ValueError, RecursionError):
            return "…"
        return text if len(text) <= 60 else text[:57] + "…"

    def all(self, *kinds: type[Any]) -> Iterator[Any]:
        """All nodes of these kinds."""
        return (node for node in self.nodes if isinstance(node, kinds))

    def at(self, line: int | None = None) -> list[ast.AST]:
        """The nodes of the innermost statement that holds a line, headers of blocks without their bodies."""
        statement = self.statement(line or self.line)
        return own_nodes(statement) if statement is not None else []

    def statement(self, line: int) -> ast.stmt | None:
        """The innermost statement that holds a line."""
        found: ast.stmt | None = None
        for node in self.all(ast.stmt):
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            if first <= line <= (node.end_lineno or node.lineno):
                if found is None or (node.lineno, -(node.end_lineno or 0)) >= (found.lineno, -(found.end_lineno or 0)):
                    found = node
        return found

    def scope(self, node: ast.AST) -> ast.AST:
        """The function, class, lambda or module that a node stands in."""
        above = self.parents.get(node)
        while above is not None and not isinstance(above, SCOPES):
            above = self.parents.get(above)
        return above or self.tree

    def above(self, node: ast.AST, *kinds: type[Any]) -> Any:
        """The nearest of these kinds that a node stands in."""
        up = self.parents.get(node)
        while up is not None and not isinstance(up, kinds):
            up = self.parents.get(up)
        return up

    def function_at(self, line: int) -> Function | None:
        """The innermost function that holds a line."""
        inside = [f for f in self.all(*FUNCTIONS) if f.lineno <= line <= (f.end_lineno or f.lineno)]
        return max(inside, key=lambda f: f.lineno, default=None)

    def class_at(self, line: int) -> ast.ClassDef | None:
        """The innermost class that holds a line."""
        inside = [c for c in self.all(ast.ClassDef) if c.lineno <= line <= (c.end_lineno or c.lineno)]
        return max(inside, key=lambda c: c.lineno, default=None)

    @cached_property
    def functions(self) -> dict[str, list[Function]]:
        """All functions and methods by name."""
        found: dict[str, list[Function]] = {}
        for function in self.all(*FUNCTIONS):
            found.setdefault(function.name, []).append(function)
        return found

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """All classes by name."""
        return {node.name: node for node in self.all(ast.ClassDef)}

    @cached_property
    def bindings(self) -> dict[str, list[ast.AST]]:
        """What gives a name a meaning, anywhere, in the order of lines."""
        found: dict[str, list[ast.AST]] = {}
        for node in self.nodes:
            for name in _bound(node):
                found.setdefault(name, []).append(node)
        return {name: sorted(nodes, key=lambda n: getattr(n, "lineno", 0)) for name, nodes in found.items()}

    @cached_property
    def imported(self) -> dict[str, int]:
        """Names that an import gives, with their lines."""
        nodes = self.all(ast.Import, ast.ImportFrom)
        return {(a.asname or a.name).partition(".")[0]: n.lineno for n in nodes for a in n.names}

    def values(self, name: str, near: ast.AST | None = None) -> list[ast.expr]:
        """The expressions that a name is assigned, those of `near`'s own function first, the latest before."""
        found = []
        for node in self.all(ast.Assign, ast.AnnAssign, ast.NamedExpr):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if node.value is not None and any(isinstance(t, ast.Name) and t.id == name for t in targets):
                found.append(node.value)
        if near is None:
            return found
        scope, line = self.scope(near), getattr(near, "lineno", 10**9)
        own = [value for value in found if self.scope(value) is scope]
        found = own or [value for value in found if isinstance(self.scope(value), ast.Module)]
        before = [value for value in found if value.lineno <= line]
        return sorted(before, key=lambda v: -v.lineno) + [value for value in found if value.lineno > line]

    def fact(self, name: str) -> Fact | None:
        """What a name held where it failed, seen from the innermost function outwards."""
        for step in (*reversed(self.seen.steps[1:]), *self.seen.steps[:1]):
            if name in step.names:
                return step.names[name]
            if step is self.seen.steps[0]:
                break
        return None

    def own_fact(self, name: str) -> Fact | None:
        """What a name held in the innermost function, or in the module."""
        steps = self.seen.steps
        for step in (steps[-1], steps[0]) if steps else ():
            if name in step.names:
                return step.names[name]
        return None

    def kind(self, node: ast.expr | None, depth: int = 0) -> str:
        """The name of the type of an expression's value, as far as that can be told; else empty."""

        return kind_of(self, node, depth)

    def calls(self, name: str) -> list[ast.Call]:
        """Calls of a function or method of that name."""
        return [call for call in self.all(ast.Call) if called(call) == name]

    def calls_at(self, line: int | None = None) -> list[ast.Call]:
        """Calls in the statement of a line."""
        return [node for node in self.at(line) if isinstance(node, ast.Call)]


def called(call: ast.Call) -> str:
    """The plain name of what is called, without what stands before the last dot."""
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def names_in(node: ast.AST) -> set[str]:
    """The names that an expression reads."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def own_nodes(statement: ast.stmt) -> list[ast.AST]:
    """A statement's nodes, those of its blocks left out."""
    found: list[ast.AST] = []
    ahead: list[ast.AST] = [statement]
    while ahead:
        node = ahead.pop(0)
        found.append(node)
        for name, value in ast.iter_fields(node):
            if name in ("body", "orelse", "finalbody", "handlers", "cases") and isinstance(node, ast.stmt):
                continue
            ahead += [n for n in (value if isinstance(value, list) else [value]) if isinstance(n, ast.AST)]
    return found


def targets(node: ast.AST) -> Sequence[ast.expr]:
    """What a statement assigns to."""
    if isinstance(node, ast.Assign):
        return node.targets
    if isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.For, ast.AsyncFor, ast.NamedExpr, ast.comprehension)):
        return [node.target]
    if isinstance(node, (ast.With, ast.AsyncWith)):
        return [item.optional_vars for item in node.items if item.optional_vars is not None]
    return []


def _bound(node: ast.AST) -> list[str]:
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return [node.name]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [(a.asname or a.name).partition(".")[0] for a in node.names]
    if isinstance(node, ast.arg):
        return [node.arg]
    if isinstance(node, ast.ExceptHandler) and node.name:
        return [node.name]
    return [
        n.id for t in targets(node) for n in ast.walk(t) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    ]


_LITERALS: dict[type, str] = {
    ast.List: "list", ast.ListComp: "list", ast.Dict: "dict", ast.DictComp: "dict", ast.Set: "set",
    ast.SetComp: "set", ast.Tuple: "tuple", ast.JoinedStr: "str", ast.GeneratorExp: "generator",
    ast.Lambda: "function", ast.Compare: "bool",
}  # fmt: skip
_CALLS = {
    "len": "int", "int": "int", "ord": "int", "str": "str", "input": "str", "repr": "str", "chr": "str",
    "float": "float", "list": "list", "sorted": "list", "dict": "dict", "set": "set", "tuple": "tuple",
    "range": "range", "map": "map", "filter": "filter", "zip": "zip", "enumerate": "enumerate", "iter": "iterator",
    "reversed": "reversed", "open": "file", "print": "NoneType", "defaultdict": "defaultdict", "Counter": "Counter",
    "array": "ndarray", "zeros": "ndarray", "ones": "ndarray", "arange": "ndarray", "DataFrame": "DataFrame",
    "Series": "Series", "read_csv": "DataFrame", "frozenset": "frozenset", "bool": "bool", "reader": "reader",
    "sqrt": "float", "deque": "deque", "compile": "", "islice": "iterator", "chain": "iterator", "finditer": "iterator",
    "count": "int", "permutations": "iterator", "combinations": "iterator", "cycle": "iterator",
}  # fmt: skip
#: Methods that always give this type, whatever they are called on.
_METHODS = {
    "split": "list", "splitlines": "list", "strip": "str", "lower": "str", "upper": "str", "join": "str",
    "replace": "str", "title": "str", "format": "str", "keys": "dict_keys", "values": "dict_values",
    "items": "dict_items", "read": "str", "readline": "str", "readlines": "list", "tolist": "list", "rstrip": "str",
    "lstrip": "str", "capitalize": "str", "read_text": "str", "encode": "bytes", "decode": "str", "isdigit": "bool",
    "findall": "list", "capitalise": "str",
}  # fmt: skip
#: Methods that change their object and give back nothing.
IN_PLACE = frozenset("append extend insert remove sort reverse clear add update discard shuffle writelines".split())
ITERATORS = frozenset({"generator", "map", "filter", "zip", "enumerate", "iterator", "reversed", "file", "reader"})


def kind_of(case: Case, node: ast.expr | None, depth: int = 0) -> str:
    """See `Case.kind`."""
    if node is None or depth > 6:
        return ""
    if isinstance(node, ast.Constant):
        return type(node.value).__name__
    if type(node) in _LITERALS:
        return _LITERALS[type(node)]
    if isinstance(node, ast.Name):
        return _of_name(case, node, depth)
    if isinstance(node, ast.Call):
        return _of_call(case, node, depth)
    if isinstance(node, ast.BinOp):
        return _of_operator(case, node, depth)
    if isinstance(node, ast.UnaryOp):
        return "bool" if isinstance(node.op, ast.Not) else kind_of(case, node.operand, depth + 1)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        return kind_of(case, node.value, depth + 1)
    if isinstance(node, ast.Subscript) and kind_of(case, node.value, depth + 1) == "str":
        return "str"
    if isinstance(node, ast.IfExp):
        return kind_of(case, node.body, depth + 1)
    return ""


def _of_name(case: Case, node: ast.Name, depth: int) -> str:
    scope = case.scope(node)
    names = {step.function for step in case.seen.steps}
    if isinstance(scope, ast.Module) or getattr(scope, "name", "") in names:
        fact = case.fact(node.id)
        if fact is not None:
            return fact.type
    kinds = {kind for value in case.values(node.id, node) if (kind := kind_of(case, value, depth + 1))}
    if len(kinds) == 1:
        return kinds.pop()
    if not kinds and node.id in case.functions:
        return "function"
    return ""


def _of_call(case: Case, node: ast.Call, depth: int) -> str:
    name = called(node)
    if isinstance(node.func, ast.Attribute):
        if name in IN_PLACE and name not in case.functions:
            return "NoneType"
        if name in _METHODS:
            return _METHODS[name]
    if name == "count" and isinstance(node.func, ast.Name):
        return "iterator"
    own = case.functions.get(name)
    if own:
        if isinstance(own[0], ast.AsyncFunctionDef):
            return "coroutine"
        if is_generator(own[0]):
            return "generator"
        kinds = {kind_of(case, r.value, depth + 1) for r in returns(own[0])}
        return kinds.pop() if len(kinds) == 1 else ""
    if name in case.classes:
        return name
    if name == "sum" or name == "max" or name == "min" or name == "round" or name == "abs":
        return "float" if any(isinstance(n, ast.Constant) and type(n.value) is float for n in ast.walk(node)) else ""
    return _CALLS.get(name, "")


def _of_operator(case: Case, node: ast.BinOp, depth: int) -> str:
    left, right = kind_of(case, node.left, depth + 1), kind_of(case, node.right, depth + 1)
    tables = {"ndarray", "Series", "DataFrame"} & {left, right}
    if tables:
        return tables.pop()
    if isinstance(node.op, ast.Div):
        return "float"
    if "str" in (left, right) and isinstance(node.op, (ast.Add, ast.Mod, ast.Mult)):
        return "str"
    if "list" in (left, right) and isinstance(node.op, (ast.Add, ast.Mult)):
        return "list"
    if "float" in (left, right):
        return "float"
    return "int" if left == right == "int" else ""


def returns(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> list[ast.Return]:
    """A function's own `return` statements."""
    return [node for node in inner(function) if isinstance(node, ast.Return)]


def is_generator(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether calling it gives a generator."""
    return any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in inner(function))


def inner(function: ast.AST) -> list[ast.AST]:
    """A function's nodes, those of functions in it left out."""
    found: list[ast.AST] = []
    ahead = list(ast.iter_child_nodes(function))
    while ahead:
        node = ahead.pop()
        found.append(node)
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            ahead += ast.iter_child_nodes(node)
    return found
