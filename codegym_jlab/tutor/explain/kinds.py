"""What type an expression's value has, told from the program's text and from what names held. A guess, never run."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from .case import called

if TYPE_CHECKING:
    from .case import Case

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
