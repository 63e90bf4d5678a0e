"""One program and its error, with what rules ask of them: assignments, functions, who is where, what a value is."""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from functools import cached_property
from typing import Any

from codegym_jlab.files import table_beside
from codegym_jlab.records import Json, frozen, grouped

from .seen import Seen

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS = (*FUNCTIONS, ast.ClassDef)
SCOPES = (*DEFINITIONS, ast.Lambda, ast.Module)


@frozen
class Candidate:
    """What one rule thinks: the mistake's cause, how sure it is (0 to 1), words for the text, and the line."""

    cause: str
    sure: float
    words: dict[str, Any] = field(default_factory=dict)
    variant: str = ""  #: which of the cause's texts
    line: int = 0  #: 0 for the one where Python points


Candidates = Iterator[Candidate]  #: what a rule has to say of a program


def rows_of(table: str) -> list[tuple[str, str, str, float]]:
    """A table of what messages tell: pattern, cause, variant (`-`: none), how sure."""
    rows = (line.split(maxsplit=3) for line in table.strip().splitlines())
    return [(pattern, cause, variant.strip("-"), float(sure)) for sure, cause, variant, pattern in rows]


class Case:
    """A program that was read, and what stopped it."""

    def __init__(self, source: str, tree: ast.Module, seen: Seen) -> None:
        self.source, self.tree, self.seen = source, tree, seen
        self.error, self.message = seen.type, seen.message  #: empty where nothing failed
        self.lines = source.split("\n")
        self.nodes = list(ast.walk(tree))
        self.parents = {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}

    @cached_property
    def line(self) -> int:
        """Where Python points, or the last line."""
        raised = self.seen.raised
        return raised if raised is not None else len(self.source.rstrip().split("\n"))

    def said(self, error: str, pattern: str) -> re.Match[str] | None:
        """Where an error of this type says this."""
        return re.search(pattern, self.message) if self.error == error else None

    @property
    def is_silent(self) -> bool:
        """True where an answer is merely wrong: an assert that failed, or nothing at all."""
        return self.error in ("", "AssertionError")

    def all(self, *kinds: type[Any]) -> Iterator[Any]:
        """All nodes of these kinds."""
        return (node for node in self.nodes if isinstance(node, kinds))

    @cached_property
    def _here(self) -> list[ast.AST]:
        """The nodes of the statement that Python points at; of one with blocks, its head alone."""
        statement = self.innermost(ast.stmt)
        inside = ast.walk(statement) if statement is not None else ()
        head = (node for node in inside if not isinstance(node, ast.stmt) and self.above(node, ast.stmt) is statement)
        return [statement, *head] if statement is not None else []

    def at(self, *kinds: type[Any]) -> list[Any]:
        """The nodes of the statement that Python points at, of these kinds if any; blocks without their bodies."""
        return [node for node in self._here if not kinds or isinstance(node, kinds)]

    def innermost(self, *kinds: type[Any]) -> Any:
        """The innermost statement of these kinds that holds the line where Python points."""
        inside = [n for n in self.all(*kinds) if n.lineno <= self.line <= n.end_lineno]
        return max(inside, key=lambda n: (n.lineno, -n.end_lineno), default=None)

    @cached_property
    def function(self) -> Function | None:
        """The innermost function that holds that line."""
        found: Function | None = self.innermost(*FUNCTIONS)
        return found

    def above(self, node: ast.AST, *kinds: type[Any]) -> Any:
        """The nearest of these kinds that a node stands in."""
        up = self.parents.get(node)
        while up is not None and not isinstance(up, kinds):
            up = self.parents.get(up)
        return up

    def scope(self, node: ast.AST) -> ast.AST:
        """The function, class, lambda or module that a node stands in."""
        return self.above(node, *SCOPES) or self.tree

    @cached_property
    def functions(self) -> dict[str, list[Function]]:
        """All functions and methods by name."""
        return grouped((function.name, function) for function in self.all(*FUNCTIONS))

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """All classes by name."""
        return {node.name: node for node in self.all(ast.ClassDef)}

    @cached_property
    def bindings(self) -> dict[str, list[ast.AST]]:
        """What gives a name a meaning, anywhere, in the order of lines."""
        ordered = sorted(self.nodes, key=lambda node: getattr(node, "lineno", 0))
        return grouped((name, node) for node in ordered for name in _bound(node))

    def is_bound_elsewhere(self, name: str) -> bool:
        """Whether a line above the one at fault gives a name a meaning."""
        here = self.at()
        return any(
            getattr(one, "lineno", self.line) < self.line and one not in here for one in self.bindings.get(name, ())
        )

    @cached_property
    def imported(self) -> dict[str, int]:
        """Names that an import gives, with their lines."""
        return {name: node.lineno for node in self.all(ast.Import, ast.ImportFrom) for name in imports(node)}

    def values(self, name: str, near: ast.expr | ast.stmt) -> list[ast.expr]:
        """The expressions that a name is assigned, those of `near`'s own function first, the latest before."""
        places = self.all(ast.Assign, ast.AnnAssign, ast.NamedExpr)
        found = [n.value for n in places for t in targets(n) if isinstance(t, ast.Name) and t.id == name and n.value]
        scope, line = self.scope(near), near.lineno
        own = [value for value in found if self.scope(value) is scope]
        found = own or [value for value in found if isinstance(self.scope(value), ast.Module)]
        return sorted(found, key=lambda value: (value.lineno > line, abs(value.lineno - line)))

    def kind(self, node: ast.expr | None, depth: int = 0) -> str:
        """The name of the type of an expression's value, as far as that can be told; else empty."""
        if depth > _DEEPEST:
            return ""
        match node:
            case ast.Constant(value):
                return type(value).__name__
            case ast.Name():
                return self._kind_of_name(node, depth)
            case ast.Call():
                name = called(node)
                return "" if name in self.functions else name if name in self.classes else GIVES.get(name, "")
            case ast.BinOp(left, _, right):
                kinds = {self.kind(side, depth + 1) for side in (left, right)}
                return next((kind for kind in ("str", "list") if kind in kinds), "")
        return LITERALS.get(type(node), "")

    def _kind_of_name(self, node: ast.Name, depth: int) -> str:
        values = self.values(node.id, node) or self._arguments(node)
        kinds = {kind for value in values if (kind := self.kind(value, depth + 1))}
        if len(kinds) == 1:
            return kinds.pop()
        return "function" if not kinds and node.id in self.functions else ""

    def _arguments(self, node: ast.Name) -> list[ast.expr]:
        """What the program's own calls give the parameter of that name."""
        function = self.scope(node)
        names = [one.arg for one in function.args.args if one.arg != "self"] if isinstance(function, FUNCTIONS) else []
        at = names.index(node.id) if node.id in names else len(self.nodes)
        return [one for call in self.calls(getattr(function, "name", "")) for one in call.args[at : at + 1]]

    def calls(self, name: str) -> list[ast.Call]:
        """Calls of a function or method of that name."""
        return [call for call in self.all(ast.Call) if called(call) == name]


def called(node: Any) -> str:
    """The name of the function or method that an expression calls; "" for none."""
    match node:
        case ast.Call(ast.Name(name) | ast.Attribute(_, name)):
            return name
    return ""


def names_in(node: ast.AST) -> set[str]:
    """The names that an expression reads."""
    return {name.id for name in every(node, ast.Name)}


def every(node: ast.AST, *kinds: type[Any]) -> Iterator[Any]:
    """A node and all below it, of these kinds."""
    return (one for one in ast.walk(node) if isinstance(one, kinds))


def stored(node: ast.AST) -> set[str]:
    """The names that are set below a node."""
    return {name.id for name in every(node, ast.Name) if isinstance(name.ctx, ast.Store)}


def attributes_of(own: ast.AST) -> set[str]:
    """The attributes that a class's methods, or one of them, give to objects."""
    changed = [node.target for node in every(own, ast.AugAssign)]  # `+=` needs one that is there
    given = (node for node in every(own, ast.Attribute) if isinstance(node.ctx, ast.Store) and node not in changed)
    return {node.attr for node in given}


def targets(node: ast.AST) -> Sequence[ast.expr]:
    """What a statement assigns to."""
    if isinstance(node, ast.Assign):
        return node.targets
    if isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.For, ast.AsyncFor, ast.NamedExpr, ast.comprehension)):
        return [node.target]
    if isinstance(node, (ast.With, ast.AsyncWith)):
        return [item.optional_vars for item in node.items if item.optional_vars is not None]
    return []


def imports(node: ast.AST) -> list[str]:
    """The names that a statement imports, if it does that."""
    if not isinstance(node, (ast.Import, ast.ImportFrom)):
        return []
    return [(one.asname or one.name).partition(".")[0] for one in node.names]


def is_str(node: Any) -> bool:
    """Whether it is a text that is written out."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _bound(node: ast.AST) -> list[str]:
    if isinstance(node, (*DEFINITIONS, ast.ExceptHandler)) and node.name:
        return [node.name]
    if isinstance(node, ast.arg):
        return [node.arg]
    return imports(node) or [name for target in targets(node) for name in stored(target)]


_DEEPEST = 6  #: names that a value goes through
LITERALS: dict[type, str] = {
    ast.List: "list", ast.ListComp: "list", ast.Dict: "dict", ast.DictComp: "dict", ast.Set: "set",
    ast.SetComp: "set", ast.Tuple: "tuple", ast.JoinedStr: "str", ast.GeneratorExp: "generator",
    ast.Lambda: "function", ast.Compare: "bool",
}  # fmt: skip
#: What makes a list, dict or set.
_LISTS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp)
#: Names of modules, of what calls give, and of other languages.
KNOWN: Json = table_beside(__file__, "names.toml")
#: What a call of this name gives, whatever it is called on.
GIVES: dict[str, str] = {name: kind for kind, some in KNOWN["gives"].items() for name in some.split()}
#: Methods that change their object and give back nothing.
IN_PLACE = frozenset("append extend insert remove sort reverse clear add update discard shuffle writelines".split())
_CHANGES = IN_PLACE | {"pop", "popitem", "popleft", "setdefault"}


def returns(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> list[ast.Return]:
    """A function's own `return` statements."""
    return inner(function, ast.Return)


def inner(function: ast.AST, *kinds: type[Any]) -> list[Any]:
    """A function's nodes, of these kinds if any, those of functions in it left out."""
    return list(own_nodes(ast.iter_child_nodes(function), *kinds))


def own_nodes(body: Iterable[ast.AST], *kinds: type[Any]) -> Iterator[Any]:
    """All nodes (of these kinds if any) in the order of the text, but what stands in functions and classes within."""
    for node in body:
        if not kinds or isinstance(node, kinds):
            yield node
        if not isinstance(node, (*DEFINITIONS, ast.Lambda)):
            yield from own_nodes(ast.iter_child_nodes(node), *kinds)


_MOST_ORIGINS = 80


def origins(case: Case, ahead: Sequence[ast.expr]) -> Iterator[ast.expr]:
    """Expressions, and breadth first those that their values can come from."""
    done = set[ast.expr]()
    queue = list(ahead)
    while queue and len(done) < _MOST_ORIGINS:
        node = queue.pop(0)
        if node not in done:
            done.add(node)
            yield node
            queue += _origins(case, node)


def _origins(case: Case, node: ast.expr) -> Sequence[ast.expr]:
    if isinstance(node, ast.Name):  # what it is assigned, or goes through in a loop
        places = case.all(ast.For, ast.comprehension, ast.AugAssign, ast.Assign)
        own = [one for one in places if any(node.id in names_in(target) for target in targets(one))]
        return [*case.values(node.id, node), *(getattr(one, "iter", None) or one.value for one in own)]
    if isinstance(node, ast.Call):
        if called(node) in ("int", "len", "floor", "ceil", "round"):
            return ()
        inside = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        own = [r.value for f in case.functions.get(called(node), []) for r in returns(f) if r.value is not None]
        return [*own, *node.args, *inside]
    children = [n.iter if isinstance(n, ast.comprehension) else n for n in ast.iter_child_nodes(node)]
    return [child for child in children if isinstance(child, ast.expr)]


def root(node: ast.expr) -> ast.expr:
    """What an expression begins with: the `rows` of `rows[0].name.upper()`."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node


def is_value(case: Case, node: ast.expr) -> bool:
    """Whether what a method is called on is a value that this program has: what a module does may be for its effect."""
    start = root(node)
    return not isinstance(start, ast.Name) or start.id in case.bindings and start.id not in case.imported


def changed_by(node: ast.AST) -> list[ast.expr]:
    """The lists or dicts that a node changes in place: by a method, `x[…] = …`, `del x[…]` or `x += [...]`."""
    match node:
        case ast.Call(ast.Attribute(value, name)) if name in _CHANGES:
            return [value]
        case ast.AugAssign(target, _, value) if isinstance(value, _LISTS):
            return [target]
    items = node.targets if isinstance(node, ast.Delete) else targets(node)
    parts = [part for one in items for part in (one.elts if isinstance(one, (ast.Tuple, ast.List)) else [one])]
    return [part.value for part in parts if isinstance(part, ast.Subscript)]
