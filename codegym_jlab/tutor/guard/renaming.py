"""A class under another story: told with every name changed, it is the same class."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from itertools import islice

_MOST = 3  #: classes of a program that are tried


def renamed_classes(tree: ast.Module, wanted: ast.stmt | None) -> Iterator[str]:
    """`tree` with each of its classes under the names of the `wanted` one: methods and attributes by their order."""
    if not isinstance(wanted, ast.ClassDef):
        return
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name != wanted.name]
    for theirs in islice(classes, _MOST):
        names = _names(theirs, wanted)
        if names:
            changed = _Renamed(names).visit(copy.deepcopy(tree))
            yield ast.unparse(ast.fix_missing_locations(changed))


def _names(theirs: ast.ClassDef, ours: ast.ClassDef) -> dict[str, str]:
    """Their names and ours; empty where the two are not built alike."""
    pairs = [([theirs.name], [ours.name]), (_methods(theirs), _methods(ours))]
    pairs.append((_attributes(theirs), _attributes(ours)))
    found: dict[str, str] = {}
    for their, our in pairs:
        if len(their) != len(our):
            return {}
        for old, new in zip(their, our, strict=True):
            if found.setdefault(old, new) != new:
                return {}
    return found


def _methods(node: ast.ClassDef) -> list[str]:
    found = [part.name for part in node.body if isinstance(part, ast.FunctionDef)]
    return [name for name in found if not name.startswith("__")]


def _attributes(node: ast.ClassDef) -> list[str]:
    """What is given to `self`, in order."""
    stored = (part for part in ast.walk(node) if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store))
    return list(dict.fromkeys(part.attr for part in stored if isinstance(part.value, ast.Name)))


class _Renamed(ast.NodeTransformer):
    """Names, attributes, parameters and definitions by a table."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self._names.get(node.id, node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.arg = self._names.get(node.arg, node.arg)
        return node

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        node.arg = self._names.get(node.arg, node.arg) if node.arg else node.arg
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        node.attr = self._names.get(node.attr, node.attr)
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.name = self._names.get(node.name, node.name)
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = self._names.get(node.name, node.name)
        return self.generic_visit(node)
