"""A wrong program as a tree with places: which statements stand where, which names are in reach, what they hold.

The tree is the student's own text; nothing here has seen a right answer.
"""

from __future__ import annotations

import ast
import builtins
import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from codegym_jlab.records import frozen, parse

from ..explain.program import GIVES, IN_PLACE, LITERALS, Function, attributes_of, called, imports, names_in, own_nodes

#: From the module to a node: names of fields and numbers in lists; of statements the last part may be (from, to).
Path = tuple[Any, ...]
#: What stands at a path from now on.
Patch = tuple[Path, str]
#: A value that beginners write as a text.
IN_QUOTES = re.compile(r"True|False|None|-?\d+")


@frozen
class Edit:
    """One small change that might mend the program. `cost`: how little a beginner's mistake looks like it."""

    kind: str  #: the mistake it would mend, as the catalogue of sentences names it
    lines: tuple[int, ...]
    cost: float
    patches: tuple[Patch, ...]
    reach: int = 0  #: the line that has to run for it to matter; 0 for the first of `lines`
    far: float | None = None  #: where a right answer has it: how far that one is from the program, in lines
    parts: int = 1  #: so many differences of a right answer at once

    @property
    def keeps_lines(self) -> bool:
        """Whether each line stays where it was: expressions change, or one plain statement for one."""
        ends = [(path[-1], new) for path, new in self.patches if isinstance(path[-1], tuple)]
        return all(last - first == 1 and new and "\n" not in new for (first, last), new in ends)

    def applied(self, tree: ast.Module) -> ast.Module:
        """A copy of a program with the edit made."""
        changed = copy.deepcopy(tree)
        for path, new in self.patches:
            holder = found_at(changed, path[:-1])
            nodes: Any = parse(new).body
            if isinstance(path[-1], tuple):
                holder[slice(*path[-1])] = nodes
            elif isinstance(path[-1], int):
                holder[path[-1]] = nodes[0].value
            else:
                setattr(holder, path[-1], nodes[0].value if nodes else None)
        return changed

    def meets(self, other: Edit) -> bool:
        """Whether both change the same place, or one what the other holds."""
        return any(_overlap(a, b) for a, _ in self.patches for b, _ in other.patches)

    def with_(self, other: Edit) -> Edit:
        """Both at once; they must not meet. What stands further behind comes first, so that no number moves."""
        patches = tuple(sorted((*self.patches, *other.patches), key=lambda patch: _order(patch[0]), reverse=True))
        lines = tuple(sorted({*self.lines, *other.lines}))
        kind = self.kind if self.cost <= other.cost else other.kind
        return Edit(kind, lines, self.cost + other.cost, patches, self.reach or other.reach)


def found_at(tree: ast.Module, path: Path) -> Any:
    """What a path leads to: a node, or statements."""
    found: Any = tree
    for part in path:
        match part:
            case str():
                found = getattr(found, part)
            case int():
                found = found[part]
            case (first, last):
                found = found[first:last]
    return found


def _order(path: Path) -> list[tuple[int, str, int]]:
    """What is put before a statement moves it: it comes after what is changed within that one."""
    spans = [(p, p + 1) if isinstance(p, int) else p for p in path]
    return [(0, p, 0) if isinstance(p, str) else (p[0], "", p[1] - p[0]) for p in spans]


def _overlap(one: Path, other: Path) -> bool:
    for a, b in zip(one, other, strict=False):
        if isinstance(a, tuple) or isinstance(b, tuple):
            low, high = a if isinstance(a, tuple) else (a, a + 1)
            first, last = b if isinstance(b, tuple) else (b, b + 1)
            return bool(max(low, first) < min(high, last) or first < low < last or low < first < high)
        if a != b:
            return False
    return True


@frozen
class Place:
    """A node, the way to it, and the node that holds it."""

    node: Any
    path: Path
    parent: Any
    scope: Scope
    own: Scope | None = None  #: where it is a function

    @property
    def scope_within(self) -> Scope:
        """The scope of what it holds: its own, where it is a function."""
        return self.own or self.scope

    @property
    def field(self) -> str:
        """Of its parent."""
        return next(part for part in reversed(self.path) if isinstance(part, str))


@dataclass(slots=True)
class Scope:
    """The names of a function, or of the module: what each seems to hold, as far as it can be seen."""

    owner: Function | ast.Module
    params: tuple[str, ...] = ()
    kinds: dict[str, str] = field(default_factory=dict)  #: list, tuple, str, int, bool, dict, set, or "" for unknown
    known: frozenset[str] = frozenset()  #: of the module and of what is above it
    wanted: frozenset[str] = frozenset()  #: kinds that are expected of it, as the samples show them
    unread: tuple[str, ...] = ()  #: parameters that nothing reads: what stands in their place is a mistake
    own: tuple[str, ...] = ()  #: of a method the attributes of its object, as `self.name`

    def names(self, *kinds: str) -> list[str]:
        """Those of one of these kinds, or of a kind that cannot be seen."""
        return [name for name, kind in self.kinds.items() if not kind or kind in kinds]

    def is_defined(self, name: str) -> bool:
        """Whether something of that name is in reach."""
        return name in self.kinds or name in self.known or hasattr(builtins, name)


@dataclass(slots=True)
class Signature:
    """What the samples show of a function: the kinds of its arguments, and of what is expected of it."""

    arguments: list[str] = field(default_factory=list)
    results: set[str] = field(default_factory=set)


class Program:
    """A student's answer that is Python. Raises SyntaxError, ValueError or RecursionError where it is none."""

    def __init__(self, source: str, signatures: Mapping[str, Signature] | None = None) -> None:
        self.source = source
        self.tree = parse(source)
        self._signatures = signatures or {}
        top = {node.name for node in self.tree.body if hasattr(node, "name")}
        imported = [name for node in own_nodes(self.tree.body) for name in imports(node)]
        self._known = frozenset((*top, *stored(self.tree.body), *imported))

    def places(self) -> Iterator[Place]:
        """Every node in the order of the text, but annotations and decorators."""
        module = Scope(self.tree, kinds=_kinds(self.tree.body, {}), known=self._known)
        yield Place(self.tree, (), None, module)
        yield from self._below(self.tree, (), module)

    def _below(self, node: Any, path: Path, scope: Scope) -> Iterator[Place]:
        for way, child in children(node, path):
            if way[len(path)] in _ASIDE or isinstance(child, (ast.operator, ast.cmpop, ast.boolop)):
                continue
            own = self._scope(child, scope) if isinstance(child, Function) else None
            yield Place(child, way, node, scope, own)
            yield from self._below(child, way, own or scope)

    def _scope(self, node: Function, outer: Scope) -> Scope:
        names = tuple(arg.arg for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs))
        told = self._signatures.get(node.name, Signature())
        kinds = dict.fromkeys(names, "") | dict(zip(names, told.arguments, strict=False))
        around = outer.known | frozenset(outer.kinds)
        read = names_in(node)
        unread = tuple(name for name in names if name not in read and name != "self")
        own = tuple(f"self.{name}" for name in sorted(attributes_of(self.tree))) if "self" in names else ()
        return Scope(node, names, _kinds(node.body, kinds), around, frozenset(told.results), unread, own)


#: Fields that hold nothing of what a program does.
_ASIDE = ("annotation", "returns", "decorator_list", "type_params", "ctx")


def children(node: ast.AST, path: Path) -> Iterator[tuple[Path, Any]]:
    """The nodes that one holds, each with the way to it."""
    for name, value in ast.iter_fields(node):
        for number, child in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(child, ast.AST):
                yield (*path, name, number) if isinstance(value, list) else (*path, name), child


def stored(body: Sequence[ast.AST]) -> Iterator[str]:
    """Names that these statements bind, without those within functions."""
    return (node.id for node in own_nodes(body, ast.Name) if isinstance(node.ctx, ast.Store))


def _kinds(body: Sequence[ast.stmt], known: dict[str, str]) -> dict[str, str]:
    kinds = dict(known)
    for node in own_nodes(body):
        match node:
            case ast.For(counter, over) | ast.comprehension(counter, over) if called(over) in ("range", "enumerate"):
                match counter:
                    case ast.Name(name) | ast.Tuple([ast.Name(name), *_]):
                        kinds.setdefault(name, "int")
            case ast.Assign([ast.Name(name)], value):
                kinds.setdefault(name, kind_of(value, kinds))
            case ast.Name(name, ast.Store()):
                kinds.setdefault(name, "")
    return kinds


#: Numbers are of one kind here, and so is what counts up to one.
_RESULTS = GIVES | dict.fromkeys(("range", "sum", "abs", "round", "float", "sqrt"), "int")
_RESULTS |= dict.fromkeys(IN_PLACE, "none")


def kind_of_value(value: object) -> str:
    """Of one that is written out."""
    name = type(value).__name__
    return {"float": "int", "NoneType": "none"}.get(name, name)


def kind_of(node: ast.expr, kinds: Mapping[str, str]) -> str:
    """What an expression seems to give; "" where that cannot be seen."""
    match node:
        case ast.Constant(value):
            return kind_of_value(value)
        case ast.Name(name):
            return kinds.get(name, "")
        case ast.Call():
            return _RESULTS.get(called(node), "")
        case ast.BinOp(left, _, right):
            return kind_of(left, kinds) or kind_of(right, kinds)
        case ast.UnaryOp(op, operand):
            return "bool" if isinstance(op, ast.Not) else kind_of(operand, kinds)
        case ast.Subscript(value, part):
            inner = kind_of(value, kinds)
            return inner if isinstance(part, ast.Slice) or inner == "str" else ""
    return LITERALS.get(type(node), "")


def text(node: ast.AST | Sequence[ast.stmt]) -> str:
    """The Python of a node, or of statements."""
    return ast.unparse(node) if isinstance(node, ast.AST) else "\n".join(ast.unparse(one) for one in node)
