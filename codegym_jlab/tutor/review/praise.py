"""What is good in a piece of code. Praise is of the code, never of the person (the words of UI and course agree)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .remark import Sentence, say

_TOOLS = frozenset("sum max min any all enumerate zip sorted Counter defaultdict isinstance".split())


def praise(tree: ast.Module, source: str) -> list[Sentence]:
    """At most two sentences, on what is most worth keeping; none where nothing stands out."""
    return list(dict.fromkeys(_found(tree, source)))[:2]


def _found(tree: ast.Module, source: str) -> Iterator[Sentence]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for function in functions:
        first = next((one for one in function.body if not _is_text(one)), None)
        if isinstance(first, ast.If) and isinstance(first.body[-1], ast.Return | ast.Raise) and not first.orelse:
            yield say("praise.first", line=first.lineno)
    for node in ast.walk(tree):
        if isinstance(node, ast.ListComp | ast.DictComp | ast.SetComp) and len(node.generators) == 1:
            yield say("praise.comprehension", line=node.lineno)
        elif isinstance(node, ast.GeneratorExp):
            yield say("praise.generator", line=node.lineno)
        elif isinstance(node, ast.With):
            yield say("praise.with", line=node.lineno)
        elif isinstance(node, ast.Yield):
            yield say("praise.yield", line=node.lineno)
        elif isinstance(node, ast.JoinedStr):
            yield say("praise.fstring")
        elif isinstance(node, ast.Call) and ast.unparse(node.func).rsplit(".", 1)[-1] in _TOOLS:
            yield say(f"praise.{ast.unparse(node.func).rsplit('.', 1)[-1]}")
        elif isinstance(node, ast.Call) and re.search(r"\.(groupby|merge|where|transform)$", ast.unparse(node.func)):
            yield say("praise.table", name=ast.unparse(node.func).rsplit(".", 1)[-1])
        elif isinstance(node, ast.Compare) and len(node.ops) > 1:
            yield say("praise.chained", line=node.lineno)
    for function in functions:
        if ast.get_docstring(function):
            yield say("praise.docstring", name=function.name)
        names = {
            node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        if names and all(len(name) > 2 for name in names):
            yield say("praise.names")
    length = sum(bool(line.strip()) for line in source.splitlines())
    if functions and length <= 8:
        yield say("praise.short", length=length)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
