"""What is good in a piece of code. Praise is of the code, never of the person (the words of UI and course agree)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

_TOOLS = {
    "sum": "`sum` does the adding up, so no counter is needed.",
    "max": "`max` says in a word what is looked for.",
    "min": "`min` says in a word what is looked for.",
    "any": "`any` stops as soon as the answer is clear.",
    "all": "`all` stops as soon as the answer is clear.",
    "enumerate": "`enumerate` gives index and value at once.",
    "zip": "`zip` walks through both together, without indexes.",
    "sorted": "`sorted` leaves the given values as they are.",
    "Counter": "`Counter` does the counting.",
    "defaultdict": "`defaultdict` needs no test for a new key.",
    "isinstance": "The type is tested before it is relied on.",
}


def praise(tree: ast.Module, source: str) -> list[str]:
    """At most two sentences, on what is most worth keeping; none where nothing stands out."""
    return list(dict.fromkeys(_found(tree, source)))[:2]


def _found(tree: ast.Module, source: str) -> Iterator[str]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for function in functions:
        first = next((one for one in function.body if not _is_text(one)), None)
        if isinstance(first, ast.If) and isinstance(first.body[-1], ast.Return | ast.Raise) and not first.orelse:
            yield f"The special case is dealt with first (line {first.lineno}), so the rest stays flat."
    for node in ast.walk(tree):
        if isinstance(node, ast.ListComp | ast.DictComp | ast.SetComp) and len(node.generators) == 1:
            yield f"The comprehension in line {node.lineno} says in one line what comes out."
        elif isinstance(node, ast.GeneratorExp):
            yield f"The generator in line {node.lineno} builds no list in between."
        elif isinstance(node, ast.With):
            yield f"`with` in line {node.lineno} closes what it opens, even after an error."
        elif isinstance(node, ast.Yield):
            yield f"`yield` in line {node.lineno} hands values out one at a time, so they need no list."
        elif isinstance(node, ast.JoinedStr):
            yield "The f-string reads like the text that comes out."
        elif isinstance(node, ast.Call) and ast.unparse(node.func).rsplit(".", 1)[-1] in _TOOLS:
            yield _TOOLS[ast.unparse(node.func).rsplit(".", 1)[-1]]
        elif isinstance(node, ast.Call) and re.search(r"\.(groupby|merge|where|transform)$", ast.unparse(node.func)):
            yield f"`{ast.unparse(node.func).rsplit('.', 1)[-1]}` works on the whole table at once, without a loop."
        elif isinstance(node, ast.Compare) and len(node.ops) > 1:
            yield f"The chained comparison in line {node.lineno} reads as one would say it."
    for function in functions:
        if ast.get_docstring(function):
            yield f"`{function.name}` says in its docstring what it does."
        names = {
            node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        if names and all(len(name) > 2 for name in names):
            yield "The names say what they hold."
    length = sum(bool(line.strip()) for line in source.splitlines())
    if functions and length <= 8:
        yield f"With {length} lines it can be read at a glance."


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
