"""What flows where in a program: which statements do nothing for what comes out, and what names stand for.

Beginners give names to steps that others write as one expression. Both are alike once each name is folded into where
it is read.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from typing import Any

from ...explain.program import DEFINITIONS, FUNCTIONS, every, names_in, own_nodes, root, targets
from ..program import Path, children, stored

#: The nodes of a value that is folded, at most.
_MOST_NODES = 60


def in_vain(tree: ast.Module, kept: Set[str]) -> int:
    """How many statements do nothing: behind a `return`, or for names that nothing reads.

    `kept`: names of the module that something outside reads.
    """
    late = sum(len(block) - 1 - _end(block) for block in _blocks(tree))
    owners = (tree, *every(tree, *FUNCTIONS))
    return late + sum(_unread(owner, kept if owner is tree else frozenset()) for owner in owners)


def _unread(owner: Any, kept: Set[str]) -> int:
    """The statements of a function, or of the module, that give names values which nothing reads."""
    known = set(stored(owner.body))
    needed = set(kept).union(*(names_in(one) for one in own_nodes(owner.body, *DEFINITIONS)))
    waiting = [*own_nodes(owner.body, ast.stmt)]
    while ready := [one for one in waiting if _acts(one, known, needed)]:
        waiting = [one for one in waiting if one not in ready]
        needed.update(*(names_in(part) for one in ready for part in _own_parts(one)))
    return sum(not hasattr(one, "body") for one in waiting)


def _acts(node: Any, known: Set[str], needed: Set[str]) -> bool:
    """Whether a statement does something that is needed, or one within it does."""
    if isinstance(node, DEFINITIONS):
        return True
    if isinstance(block := getattr(node, "body", None), list):
        return any(_acts(one, known, needed) for one in (*block, *getattr(node, "orelse", ())))
    made = made_by(node) & known
    return not made and not isinstance(node, (ast.Pass, ast.Break, ast.Continue)) or bool(made & needed)


def _own_parts(node: ast.AST) -> Iterator[ast.AST]:
    """What a statement holds itself, without the statements within it."""
    return (part for part in ast.iter_child_nodes(node) if not isinstance(part, ast.stmt))


def _blocks(tree: ast.AST) -> Iterator[list[Any]]:
    for node in every(tree, ast.AST):
        yield from (block for part in ("body", "orelse") if isinstance(block := getattr(node, part, None), list))


def _end(block: Sequence[Any]) -> int:
    """Where a block is left, or its end."""
    return next((at for at, one in enumerate(block) if isinstance(one, (ast.Return, ast.Raise))), len(block) - 1)


def made_by(node: ast.AST) -> set[str]:
    """The names that a plain statement gives a value, or whose value it changes."""
    call = node.value if isinstance(node, ast.Expr) else None
    parts = [call.func.value] if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) else targets(node)
    inner = (one for part in parts for one in (part.elts if isinstance(part, ast.Tuple) else [part]))
    return {one.id for one in map(root, inner) if isinstance(one, ast.Name)}


def with_ways(tree: ast.Module) -> ast.Module:
    """The tree, each node of which knows the way to it, which it keeps where it is folded."""

    def mark(node: Any, way: Path) -> None:
        node.way = way
        for path, child in children(node, way):
            mark(child, path)

    mark(tree, ())
    return tree


def names_of(tree: ast.Module) -> dict[str, str]:
    """The names that get a value as it is written, by these values."""
    given = ((_named(one), one) for one in every(tree, ast.Assign))
    return {ast.dump(one.value): name for name, one in given if name and not _is_trivial(one.value)}


def _is_trivial(value: ast.expr) -> bool:
    return not any(every(value, ast.Call, ast.Subscript, ast.BinOp))


def folded(tree: ast.Module, kept: Set[str]) -> tuple[ast.Module, dict[str, str]]:
    """A copy in which a name that gets one value, once, is that value where it is read; and the names, by their values.

    `kept`: names of the module whose statements stay, since something outside reads them.
    """
    tree = copy.deepcopy(tree)
    return tree, _Folding(tree, kept).names


class _Folding:
    def __init__(self, tree: ast.Module, kept: Set[str]) -> None:
        self.names: dict[str, str] = {}
        for owner in (tree, *every(tree, *FUNCTIONS)):
            self._made = Counter(name for one in own_nodes(owner.body, ast.stmt) for name in made_by(one))
            self._kept = kept if owner is tree else frozenset()
            owner.body = self._block(owner.body, {}, again=False)

    def _block(self, block: Sequence[Any], values: dict[str, ast.expr], *, again: bool) -> list[Any]:
        """Its statements with the values that are known there in place of names; those go that only gave a value.

        `again`: it runs more than once.
        """
        put, left = _Put(values), list[Any]()
        here = Counter(map(_named, block))
        for one in block:
            if isinstance(one, DEFINITIONS):
                left.append(one)
                continue
            parts = {part: inner for part in ("body", "orelse") if isinstance(inner := getattr(one, part, None), list)}
            for part in parts:
                setattr(one, part, [])
            put.visit(one)
            for part, inner in parts.items():
                setattr(one, part, self._block(inner, dict(values), again=again or not isinstance(one, ast.If)))
            name = _named(one)
            is_once = name and self._made[name] <= here[name] and not (again and name in names_in(one.value))
            is_put = is_once and _is_foldable(one.value)
            if is_put:
                values[name] = one.value
                if not _is_trivial(one.value):
                    self.names.setdefault(ast.dump(one.value), name)
            left += [one] if not is_put or name in self._kept else []
        return left or list(block)


def _named(node: Any) -> str:
    """The one name that an assignment gives a value."""
    match node:
        case ast.Assign([ast.Name(name)]):
            return name
    return ""


def _is_foldable(value: ast.expr) -> bool:
    return not isinstance(value, ast.Constant) and sum(1 for _ in ast.walk(value)) <= _MOST_NODES


class _Put(ast.NodeTransformer):
    """Values in place of the names that are read."""

    def __init__(self, values: dict[str, ast.expr]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:  # noqa: N802
        """One that is read, or set."""
        value = self._values.get(node.id) if isinstance(node.ctx, ast.Load) else None
        return copy.deepcopy(value) if value is not None else node


class Unfold(ast.NodeTransformer):
    """The reverse: a value that a name of the program has is that name again."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    def visit(self, node: ast.AST) -> Any:
        """Any node; the outermost values first."""
        name = self._names.get(ast.dump(node)) if isinstance(node, ast.expr) else None
        return ast.Name(name, ast.Load()) if name else super().generic_visit(node)
