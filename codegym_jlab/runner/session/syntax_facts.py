"""What stands in the text of an answer: imports, calls, loops, recursion. It is read before any of it runs."""

import ast
from typing import Any

from ..wire.frames import Json

_LOADERS = ("__import__", "import_module")


def answer(frame: Json) -> Json:
    """Answer a `syntax` frame: `{"status":"ok","imports":{name: line},"calls":…,"names":…,"loops":…,"recursion":…}`.

    `calls` are by the last part of a name and by the whole dotted one; `names` are mentioned without being bound in the
    text; `loops` holds `for` and `while`. Text that is no Python has the status "syntax".
    """
    try:
        return {"status": "ok", **_facts(list(ast.walk(ast.parse(frame["source"]))))}
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return {"status": "syntax"}


def _facts(nodes: list[Any]) -> dict[str, dict[str, int]]:
    """By kind and name, the first line where it stands, in their order. What names stand for is known before."""
    aliases: dict[str, str] = {}
    bound = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    bound |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    told: list[tuple[str, str, int]] = []
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                told.append(("imports", alias.name, node.lineno))
                first = alias.name.partition(".")[0]
                aliases[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            whole = {alias.asname or alias.name: f"{module}.{alias.name}" for alias in node.names}
            told += [("imports", name, node.lineno) for name in (module, *whole.values()) if module]
            aliases |= whole
    for node in nodes:
        if isinstance(node, ast.Call):
            told += [(kind, name, node.lineno) for kind, name in _called(node, aliases)]
        elif isinstance(node, ast.Name) and node.id not in bound:
            told.append(("names", aliases.get(node.id, node.id).rpartition(".")[2], node.lineno))
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            told.append(("loops", "while" if isinstance(node, ast.While) else "for", node.lineno))
    told += _recursive(nodes)
    found: dict[str, dict[str, int]] = {kind: {} for kind in "imports calls names loops recursion".split()}
    for kind, name, line in sorted(told, key=lambda one: one[2]):
        found[kind].setdefault(name, line)
    return found


def _called(node: Any, aliases: dict[str, str]) -> list[tuple[str, str]]:
    """A call by the last part of its name and by the whole; what it imports, where it does that."""
    parts: list[str] = []
    function = node.func
    while isinstance(function, ast.Attribute):
        parts.append(function.attr)
        function = function.value
    if isinstance(function, ast.Name):
        parts.append(aliases.get(function.id, function.id))
    if not parts:  # of other expressions the attributes alone count
        return []
    whole = ".".join(reversed(parts))
    last = whole.rpartition(".")[2]
    loaded = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
    imports = [("imports", loaded)] if last in _LOADERS and isinstance(loaded, str) else []
    return [("calls", last), ("calls", whole), *imports]


def _recursive(nodes: list[Any]) -> list[tuple[str, str, int]]:
    """Functions from which a way of calls, by a name or by `self.name`, leads back to themselves."""
    functions = [node for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    calls: dict[str, set[str]] = {node.name: set() for node in functions}
    for node in functions:
        for part in ast.walk(node):
            called = part.func if isinstance(part, ast.Call) else None
            if isinstance(called, ast.Name):
                calls[node.name].add(called.id)
            elif isinstance(called, ast.Attribute) and getattr(called.value, "id", "") in ("self", "cls"):
                calls[node.name].add(called.attr)
    found = []
    for node in functions:
        seen = set[str]()
        ahead = list(calls[node.name])
        while ahead:
            one = ahead.pop()
            if one not in seen and one in calls:
                seen.add(one)
                ahead += calls[one]
        if node.name in seen:
            found.append(("recursion", node.name, node.lineno))
    return found
