# ruff: noqa: E501  (a pattern)
"""Programs under other names: told with every name changed, a class or an expression is the same."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import islice, permutations

_MOST = 3  #: classes of a program that are tried
#: “`Pen` is your `Trip`”: which name stands for which.
_STANDS_FOR = re.compile(
    r"(?<![A-Za-z0-9_])([A-Za-z_][A-Za-z0-9_]*)[`\"']?(?:\(\))?,?(?:\s*(?:=|:|->|→|就?是|对应|相当于|代表)\s*|\s+(?:is|are|stands? for|means|becomes|for"
    r"|ist|steht für|heißt|entspricht|wird|es|equivale a|representa|est|correspond à|devient|to|oznacza|odpowiada|jest)\s+)"
    r"(?:(?:your|the|dein\w*|tu|el|la|ton|ta|le|twój|twoja|twoje)\s+|你的\s*)?[`\"']?(?=([A-Za-z_][A-Za-z0-9_]*))",
    re.IGNORECASE,
)
_FEWEST = 2  #: names that are told for others
_MOST_LABELS = 8
_MOST_ORDERS = 12
_NAMES_COLUMNS = frozenset({"agg", "aggregate", "assign"})  #: methods whose arguments' names are columns


def as_told(tree: ast.Module, text: str, solution: ast.Module) -> str | None:
    """`tree` under the names that `text` says for its own; None where it says fewer than two."""
    theirs, ours = _identifiers(tree), _identifiers(solution)
    names: dict[str, str] = {}
    for one, other in _STANDS_FOR.findall(text):
        for old, new in ((one, other), (other, one)):
            if old in theirs - ours and new in ours - theirs:
                names.setdefault(old, new)
    return ast.unparse(_RenamedAll(names).visit(_copy(tree))) if len(names) >= _FEWEST else None


def _identifiers(tree: ast.Module) -> set[str]:
    fields = ("id", "attr", "arg", "name")
    return {name for node in ast.walk(tree) for field in fields if isinstance(name := getattr(node, field, None), str)}


def renamed_classes(tree: ast.Module, wanted: ast.stmt | None) -> Iterator[str]:
    """`tree` with each of its classes under the names of the `wanted` one: methods and attributes by their order."""
    if not isinstance(wanted, ast.ClassDef):
        return
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name != wanted.name]
    for theirs in islice(classes, _MOST):
        names = _names(theirs, wanted)
        if names:
            yield ast.unparse(_RenamedAll(names).visit(_copy(tree)))


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


def relabelled(tree: ast.Module, solution: ast.Module) -> Iterator[str]:
    """`tree` with its columns, keys and kinds under the solution's names: a program told over other data."""
    theirs, ours = _labels(tree), _labels(solution)
    old = [label for label in theirs if label not in ours]
    new = [label for label in ours if label not in theirs]
    if not 0 < max(len(old), len(new)) <= _MOST_LABELS or not old or not new:
        return
    if len(old) <= len(new):
        tables = (dict(zip(old, order, strict=True)) for order in permutations(new, len(old)))
    else:
        tables = (dict(zip(order, new, strict=True)) for order in permutations(old, len(new)))
    for table in islice(tables, _MOST_ORDERS):
        yield ast.unparse(_Relabelled(table).visit(_copy(tree)))


def _labels(tree: ast.Module) -> list[str]:
    """Texts that name data, in their order: keys, columns, what is compared with. What is given back says something."""
    says = (ast.JoinedStr, ast.BinOp, ast.Return, ast.Expr)
    found: dict[str, tuple[int, int]] = {}
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Constant) and isinstance(child.value, str) and not isinstance(node, says):
                found.setdefault(child.value, (child.lineno, child.col_offset))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _NAMES_COLUMNS:
            named = [keyword for keyword in node.keywords if keyword.arg]
            found |= {str(keyword.arg): (keyword.lineno, keyword.col_offset) for keyword in named}
    return sorted(found, key=found.__getitem__)


def renamed(node: ast.AST, names: dict[str, str]) -> ast.AST:
    """`node` with its variables by a table; attributes and parameters stay."""
    return _Renamed(names).visit(_copy(node)) if names else node


def _copy(node: ast.AST) -> ast.AST:
    """A tree of its own; `copy.deepcopy` takes five times as long."""
    made = type(node)()
    for name, value in ast.iter_fields(node):
        setattr(made, name, _copied(value))
    return ast.copy_location(made, node)


def _copied(value: object) -> object:
    if isinstance(value, list):
        return [_copied(each) for each in value]
    return _copy(value) if isinstance(value, ast.AST) else value


class _Renamed(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(id=self._names.get(node.id, node.id), ctx=node.ctx)


class _RenamedAll(_Renamed):
    """Attributes, parameters and definitions too."""

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


class _Relabelled(_Renamed):
    """Texts, and the arguments and attributes of the same name; variables stay."""

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.Constant(self._names.get(node.value, node.value) if isinstance(node.value, str) else node.value)

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        node.arg = self._names.get(node.arg, node.arg) if node.arg else node.arg
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        node.attr = self._names.get(node.attr, node.attr)
        return self.generic_visit(node)
