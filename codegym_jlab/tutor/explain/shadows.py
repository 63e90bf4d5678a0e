"""Names of Python's own, or of modules, that the program gave another meaning."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .case import FUNCTIONS, Candidate, Case
from .names import BUILTINS, STANDARD


def shadow_of(case: Case, name: str, use: ast.AST | None = None) -> int | None:
    """The line where the program took one of Python's own names; the function's own line first, else the module's."""
    if name not in BUILTINS and name not in case.imported:
        return None
    found = [n for n in case.bindings.get(name, []) if not isinstance(n, (ast.Import, ast.ImportFrom))]
    stars = [n for n in case.all(ast.ImportFrom) if any(a.name == "*" for a in n.names)]
    if not found and name not in case.imported:
        return stars[0].lineno if stars and name in ("pow", "sum", "max", "min", "abs", "open", "round") else None
    if name in BUILTINS and name in case.imported and not found:
        return case.imported[name]
    limit = case.line if use is None else getattr(use, "lineno", case.line)
    scopes = {case.scope(n): n for n in reversed(found)}
    scope = case.scope(use) if use is not None else None
    while scope is not None and not isinstance(scope, ast.Module):
        if scope in scopes and not isinstance(scope, ast.ClassDef):
            return getattr(scopes[scope], "lineno", limit)
        scope = case.scope(scope)
    own = [n for n in found if isinstance(case.scope(n), ast.Module)]
    return getattr(own[0], "lineno", None) if own else None


def builtin_used(case: Case) -> Iterator[Candidate]:
    """A builtin that is a plain value now, used other than by a call."""
    if case.error not in ("TypeError", "AttributeError"):
        return
    for node in case.at():
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            name = node.value.id
            at = shadow_of(case, name, node.value)
            is_taken = name in case.imported or name in ("str", "dict", "list", "set", "int", "bytes", "float")
            if at is not None and is_taken and f"'{node.attr}'" in case.message and _would_have(name, node.attr):
                yield Candidate(at, "shadowed_builtin", 0.96, {"name": name}, "module" if name in case.imported else "")
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("isinstance", "map", "issubclass")
        ):
            for argument in node.args:
                if isinstance(argument, ast.Name) and argument.id in BUILTINS:
                    at = shadow_of(case, argument.id, argument)
                    if at is not None:
                        yield Candidate(at, "shadowed_builtin", 0.95, {"name": argument.id})


def _would_have(name: str, attribute: str) -> bool:
    import builtins

    return name not in BUILTINS or hasattr(getattr(builtins, name), attribute)


def own_file(case: Case) -> Iterator[Candidate]:
    """A file of the program's own that is called like a module: `random.py`."""
    for node in case.all(ast.Constant):
        if isinstance(node.value, str) and (found := re.search(r"(?:^|[/\\])(\w+)\.py$", node.value)):
            is_imported = any(found[1] == name for name in case.imported) or f"import {found[1]}" in case.source
            if found[1] in STANDARD and is_imported:
                sure = 0.97 if case.error in ("AttributeError", "ImportError") else 0.75
                yield Candidate(node.lineno, "shadowed_builtin", sure, {"name": found[1]}, "file")


def hidden_import(case: Case) -> Iterator[Candidate]:
    """`from datetime import datetime` and then `datetime.datetime`."""
    found = re.match(r"type object '[\w.]*?(\w+)' has no attribute '(\w+)'", case.message)
    if case.error == "AttributeError" and found and found[1] == found[2] and found[1] in case.imported:
        yield Candidate(case.line, "attribute_typo", 0.8, {"name": found[2], "right": "", "kind": found[1]}, "")
    if case.error == "TypeError" and case.message == "'module' object is not callable":
        for call in case.calls_at():
            if isinstance(call.func, ast.Name) and call.func.id in case.imported:
                yield Candidate(
                    case.line, "attribute_typo", 0.8, {"name": call.func.id, "right": "", "kind": "module"}, "module"
                )


def parameter(case: Case) -> Iterator[Candidate]:
    """A parameter or a local name like a builtin in the function that failed."""
    if case.error != "TypeError" or "not callable" not in case.message:
        return
    function = case.function_at(case.line)
    if not isinstance(function, FUNCTIONS):
        return
    names = {a.arg for a in (*function.args.args, *function.args.kwonlyargs)}
    for call in case.calls_at():
        if isinstance(call.func, ast.Name) and call.func.id in names & BUILTINS:
            yield Candidate(function.lineno, "shadowed_builtin", 0.98, {"name": call.func.id}, "parameter")


RULES = (builtin_used, own_file, hidden_import, parameter)
