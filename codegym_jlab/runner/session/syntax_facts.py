"""What stands in the text of an answer: imports, calls, loops, recursion. It is read before any of it runs."""

from __future__ import annotations

from typing import Any

_MOST = 500  # facts of one kind
_LOADERS = ("__import__", "import_module")


def answer(frame: dict[str, Any]) -> dict[str, Any]:
    """Answer a `syntax` frame: `{"status":"ok","imports":[[name, line]],"calls":…,"names":…,"loops":…,"recursion":…}`.

    `calls` are by the last part of a name and by the whole dotted one; `names` are mentioned without being bound in the
    text; `loops` holds `for` and `while`. Text that is no Python has the status "syntax".
    """
    import ast

    try:
        tree = ast.parse(frame["source"])
        found = _Facts(ast)
        found.read(tree)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return {"status": "syntax"}
    return {"status": "ok", **found.told()}


class _Facts:
    def __init__(self, ast: Any) -> None:
        self._ast = ast
        self._imports: dict[str, int] = {}
        self._calls: dict[str, int] = {}
        self._mentions: dict[str, int] = {}
        self._loops: dict[str, int] = {}
        self._aliases: dict[str, str] = {}
        self._bound: set[str] = set()
        self._graph: dict[str, set[str]] = {}
        self._lines: dict[str, int] = {}

    def read(self, tree: Any) -> None:
        """Walk the text twice: what names stand for is known before they are used."""
        ast = self._ast
        nodes = list(ast.walk(tree))
        for node in nodes:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                self._import(node)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self._bound.add(node.id)
            elif isinstance(node, ast.arg):
                self._bound.add(node.arg)
        for node in nodes:
            if isinstance(node, ast.Call):
                self._call(node)
            elif isinstance(node, ast.Name) and node.id not in self._bound:
                self._mentions.setdefault(self._aliases.get(node.id, node.id).rpartition(".")[2], node.lineno)
            elif isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
                self._loops.setdefault("while" if isinstance(node, ast.While) else "for", node.lineno)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.Assign)):
                self._function(node)

    def told(self) -> dict[str, Any]:
        """As pairs of a name and the first line where it stands."""
        kinds = {
            "imports": self._imports, "calls": self._calls, "names": self._mentions, "loops": self._loops,
            "recursion": self._recursion(),
        }  # fmt: skip
        return {kind: _pairs(found) for kind, found in kinds.items()}

    def _import(self, node: Any) -> None:
        whole = not isinstance(node, self._ast.ImportFrom)
        if not whole and node.module:
            self._imports.setdefault(node.module, node.lineno)
        for alias in node.names:
            name = alias.name if whole else f"{node.module or ''}.{alias.name}"
            if whole or node.module:
                self._imports.setdefault(name, node.lineno)
            first = alias.name.partition(".")[0]
            self._aliases[alias.asname or first] = name if alias.asname or not whole else first

    def _call(self, node: Any) -> None:
        name = self._dotted(node.func)
        if name is None:
            return
        last = name.rpartition(".")[2]
        for called in (last, name):
            self._calls.setdefault(called, node.lineno)
        first = node.args[0] if node.args else None
        if last in _LOADERS and isinstance(first, self._ast.Constant) and isinstance(first.value, str):
            self._imports.setdefault(first.value, node.lineno)

    def _dotted(self, node: Any) -> str | None:
        """`a.b.c` as it is written, its first name as what was imported; of other expressions the attributes alone."""
        parts: list[str] = []
        while isinstance(node, self._ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if isinstance(node, self._ast.Name):
            parts.append(self._aliases.get(node.id, node.id))
        return ".".join(reversed(parts)) or None

    def _function(self, node: Any) -> None:
        """Remember whom a function calls: by its name, or by `self.name` for a method."""
        ast = self._ast
        if isinstance(node, ast.Lambda):
            return
        if isinstance(node, ast.Assign):
            if not isinstance(node.value, ast.Lambda) or not isinstance(node.targets[0], ast.Name):
                return
            name = node.targets[0].id
        else:
            name = node.name
        called = self._graph.setdefault(name, set())
        self._lines.setdefault(name, node.lineno)
        for part in ast.walk(node):
            if isinstance(part, ast.Call) and isinstance(part.func, ast.Name):
                called.add(part.func.id)
            elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
                owner = part.func.value
                if isinstance(owner, ast.Name) and owner.id in ("self", "cls"):
                    called.add(part.func.attr)

    def _recursion(self) -> dict[str, int]:
        """Functions from which a way of calls leads back to themselves."""
        found = {}
        for name in self._graph:
            seen: set[str] = set()
            ahead = list(self._graph[name])
            while ahead:
                one = ahead.pop()
                if one not in seen and one in self._graph:
                    seen.add(one)
                    ahead += self._graph[one]
            if name in seen:
                found[name] = self._lines[name]
        return found


def _pairs(found: dict[str, int]) -> list[list[Any]]:
    return [[name, line] for line, name in sorted((line, name) for name, line in found.items())][:_MOST]
