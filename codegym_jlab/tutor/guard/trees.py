"""Syntax trees written down, as `ast.dump` or JSON has them, as the programs that they are."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

_DUMPED = re.compile(r"\b(?:Module|FunctionDef|ClassDef|Return|Assign|For|While|Expr|Lambda)\(")
_KINDS = ("_type", "type", "node", "kind", "nodeType", "node_type", "_class")
_VALUES = frozenset({"value", "left", "right", "func", "test", "iter", "target"})
_MOST = 6000  #: characters
_DEEPEST = 60


def programs(text: str) -> list[str]:
    """The programs of the trees that `text` spells out; none where it has none."""
    if len(text) > _MOST:
        return []
    found = []
    for tree in (_of_dump(text), _of_json(text)):
        try:
            program = ast.unparse(ast.fix_missing_locations(tree)) if tree is not None else ""
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
            continue
        if program.strip():
            found.append(program)
    return found


def _of_dump(text: str) -> ast.AST | None:
    start = _DUMPED.search(text)
    if start is None:
        return None
    end = _closed(text, start.end() - 1)
    try:
        written = ast.parse(text[start.start() : end], mode="eval").body
        tree = _node(written, 0)
        return tree if isinstance(tree, ast.AST) else None
    except (SyntaxError, ValueError, TypeError, RecursionError):
        return None


def _closed(text: str, at: int) -> int:
    """The place after the bracket that closes the one at `at`."""
    depth = 0
    for place in range(at, len(text)):
        depth += (text[place] in "([{") - (text[place] in ")]}")
        if depth == 0:
            return place + 1
    return len(text)


def _node(written: ast.AST, depth: int) -> Any:
    """A node, list or constant, as it is written down."""
    if depth > _DEEPEST:
        raise ValueError("too deep")
    if isinstance(written, ast.Constant):
        return written.value
    if isinstance(written, (ast.List, ast.Tuple)):
        return [_node(each, depth + 1) for each in written.elts]
    if isinstance(written, ast.UnaryOp) and isinstance(written.op, ast.USub):
        return -_node(written.operand, depth + 1)
    if not isinstance(written, ast.Call) or not isinstance(written.func, ast.Name):
        raise ValueError("no node")
    kind = _kind(written.func.id)
    given = dict(zip(_fields(kind), (_node(each, depth + 1) for each in written.args), strict=False))
    given |= {str(keyword.arg): _node(keyword.value, depth + 1) for keyword in written.keywords}
    return _made(kind, given)


def _kind(name: str) -> type[ast.AST]:
    kind = getattr(ast, name, None)
    if not (isinstance(kind, type) and issubclass(kind, ast.AST)):
        raise ValueError(name)
    return kind


def _fields(kind: type[ast.AST]) -> list[str]:
    """Those that are told by their place: contexts and comments are left out."""
    return [name for name in kind._fields if name not in ("ctx", "type_comment", "type_params", "posonlyargs", "kind")]


def _made(kind: type[ast.AST], given: dict[str, Any]) -> ast.AST:
    """A node with what was left out put in."""
    many = {
        "body",
        "orelse",
        "keywords",
        "decorator_list",
        "targets",
        "args",
        "elts",
        "ifs",
        "generators",
        "ops",
        "finalbody",
    }
    many |= {
        "comparators",
        "values",
        "bases",
        "handlers",
        "kwonlyargs",
        "kw_defaults",
        "defaults",
        "posonlyargs",
        "names",
    }
    many |= {"type_ignores", "type_params"}
    fields: dict[str, Any] = {}
    for name in kind._fields:
        value = given.get(name)
        if name == "ctx":
            value = ast.Load()
        elif name == "is_async":
            value = int(value or 0)
        elif name == "args" and kind in (ast.FunctionDef, ast.Lambda):
            value = _arguments(value)
        elif name in many or (name == "body" and kind not in (ast.Lambda, ast.IfExp)):
            if kind in (ast.Lambda, ast.IfExp) and name in ("body", "orelse"):
                value = _expr(value)
            else:
                value = [] if value is None else value if isinstance(value, list) else [value]
                value = [_statement(each) if name in ("body", "orelse") else _expr(each) for each in value]
        else:
            inner = kind is not ast.Constant and name in _VALUES
            value = _expr(value) if inner else value
        fields[name] = value
    return kind(**fields)


def _arguments(value: Any) -> ast.arguments:
    if isinstance(value, ast.arguments):
        return value
    names = value if isinstance(value, list) else []
    made = [each if isinstance(each, ast.arg) else ast.arg(arg=str(each)) for each in names]
    return ast.arguments(posonlyargs=[], args=made, kwonlyargs=[], kw_defaults=[], defaults=[])


def _expr(value: Any) -> Any:
    """A word in an expression's place is a name."""
    if isinstance(value, str):
        return ast.Name(id=value, ctx=ast.Load()) if value.isidentifier() else ast.Constant(value=value)
    return ast.Constant(value=value) if isinstance(value, (int, float)) else value


def _statement(value: Any) -> Any:
    value = _expr(value)
    return ast.Expr(value=value) if isinstance(value, ast.expr) else value


def _of_json(text: str) -> ast.AST | None:
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or not any(f'"{key}"' in text for key in _KINDS):
        return None
    try:
        tree = _of_object(json.loads(text[start : end + 1]), 0)
        return tree if isinstance(tree, ast.AST) else None
    except (ValueError, TypeError, RecursionError):
        return None


def _of_object(told: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        raise ValueError("too deep")
    if isinstance(told, list):
        return [_of_object(each, depth + 1) for each in told]
    if not isinstance(told, dict):
        return told
    name = next((str(told[key]) for key in _KINDS if isinstance(told.get(key), str)), "")
    return _made(_kind(name), {key: _of_object(value, depth + 1) for key, value in told.items() if key not in _KINDS})
