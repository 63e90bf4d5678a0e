"""Where an error was raised, when only its last line is told: the first place in the program that it can speak of."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import replace

from .case import called
from .seen import Seen

_Fits = Callable[[ast.AST], bool]


MOST = 40  #: places that are looked at


def places(tree: ast.Module, seen: Seen) -> list[Seen]:
    """`seen` at each line that it can speak of, the first lines first; itself where it has a line."""
    if seen.raised is not None or not seen.type:
        return [seen]
    fits = _sought(seen.type, seen.message)
    lines = {node.lineno for node in ast.walk(tree) if fits is not None and fits(node) and hasattr(node, "lineno")}
    if not lines:
        lines = {node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt)}
    return [replace(seen, line=line) for line in sorted(lines)[:MOST]] or [seen]


def _sought(kind: str, message: str) -> _Fits | None:
    """What the node looks like that such an error comes from."""
    name = re.search(r"'(\w+)'", message)
    if kind in ("NameError", "UnboundLocalError") and name:
        return lambda n: (
            (isinstance(n, ast.Name) and n.id == name[1] and not isinstance(n.ctx, ast.Store))
            or (isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name) and n.target.id == name[1])
        )
    attribute = re.search(r"has no attribute '(\w+)'", message)
    if attribute:
        return lambda n: isinstance(n, ast.Attribute) and n.attr == attribute[1] and isinstance(n.ctx, ast.Load)
    if kind == "KeyError":
        return lambda n: (
            isinstance(n, ast.Subscript) and (not isinstance(n.slice, ast.Constant) or repr(n.slice.value) == message)
        )
    if kind == "ZeroDivisionError":
        return lambda n: isinstance(n, ast.BinOp) and isinstance(n.op, (ast.Div, ast.FloorDiv, ast.Mod))
    function = re.match(r"(?:\w+\.)?(\w+)\(\) (?:missing|takes|got)", message)
    if function:
        return lambda n: isinstance(n, ast.Call) and called(n) == function[1]
    conversion = re.search(r"(?:invalid literal for|convert string to) (int|float)", message)
    if conversion:
        return lambda n: isinstance(n, ast.Call) and called(n) == conversion[1]
    if "unpack" in message:
        return lambda n: isinstance(n, ast.Tuple) and isinstance(n.ctx, ast.Store)
    if "item assignment" in message:
        return lambda n: isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store)
    return _by_words(kind, message)


def _by_words(kind: str, message: str) -> _Fits | None:
    """By what is done there: two added or compared, something indexed, called or looped over."""
    if "not callable" in message or "argument" in message or kind == "RecursionError":
        return lambda n: isinstance(n, ast.Call)
    if "concatenate" in message or "unsupported operand" in message:
        return lambda n: isinstance(n, (ast.BinOp, ast.AugAssign))
    if "not supported between" in message:
        return lambda n: isinstance(n, ast.Compare)
    if "broadcast" in message or "shapes" in message:
        return lambda n: isinstance(n, ast.BinOp)
    if kind == "IndexError" or "unhashable" in message or "subscriptable" in message or "indices" in message:
        return lambda n: isinstance(n, (ast.Subscript, ast.Dict, ast.Set))
    if "during iteration" in message:
        return lambda n: isinstance(n, ast.For)
    if kind == "AssertionError":
        return lambda n: isinstance(n, ast.Assert)
    return None
