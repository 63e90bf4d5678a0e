"""The cells of one submission, in one namespace, as a notebook would run them."""

from __future__ import annotations

import _imp
import builtins
import sys

from . import execution, failures, held
from .capture import Recording
from .clock import Clock
from .kit import Kit
from .violations import SandboxViolation

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from typing import Any

#: Python's own builtins, as they were before any student code.
PRISTINE = dict(vars(builtins))

_SOFT_S = 0.5  # for telling an error, whose text may be student code


class Cells:
    """Namespace, texts and event loop of a session."""

    def __init__(self) -> None:
        self.main = type(sys)("__main__")
        self.namespace = vars(self.main)
        self.namespace["__builtins__"] = builtins
        self.given: dict[str, Any] = {}
        self.sources = failures.Sources()
        self.loop = execution.Loop()
        self.kit = Kit()
        self._latest: tuple[str, Any] = ("", None)  #: name and code of the cell that ran last

    def install(self) -> None:
        """Become the process's `__main__`, so that dataclasses, typing and pickle find what cells define."""
        sys.modules["__main__"] = self.main
        sys.argv = ["cell"]

    def run(self, frame: dict[str, Any], limit: int) -> dict[str, Any]:
        """Answer one `cell` frame; `limit` is of its output, in characters."""
        name, source, kind = frame["name"], frame["source"], frame["kind"]
        self.sources.add(name, source)
        seconds = frame["seconds"]
        self.kit.renew(seconds, limit)
        recording = self.kit.recording
        before = dict(self.namespace)
        self._latest = name, None
        compiled: list[bool] = []
        _, error = execution.limited(self.kit.clock, lambda: self._execute(name, source, compiled))
        if kind == "given":
            self._remember(before)
        reply = self.outcome(error, recording)
        if error is not None and frame.get("held"):
            reply["held"] = self._held(error)
        if isinstance(error, (*execution.NO_PROGRAM, MemoryError, RecursionError)) and not compiled:
            reply["status"] = "syntax"
        reply["shadowed"] = [] if kind == "given" else self._shadowed(before, source)
        return reply

    def _execute(self, name: str, source: str, compiled: list[bool]) -> None:
        code = execution.translate(source, name, "exec")
        self._latest = name, code
        compiled.append(True)
        execution.execute(code, self.namespace, self.loop)

    def rename(self, name: str, new: str) -> None:
        """The cell `name`, if it ran last, is called `new` from now on, wherever Python tells of its lines."""
        latest, code = self._latest
        if latest != name:
            return
        self._latest = new, code
        self.sources.rename(name, new)
        if code is not None:
            _imp._fix_co_filename(code, new)  # type: ignore[attr-defined]  # and of the functions in it

    def _remember(self, before: dict[str, Any]) -> None:
        for name, value in self.namespace.items():
            if not name.startswith("__") and (name not in before or before[name] is not value):
                self.given[name] = value

    def outcome(self, error: BaseException | None, recording: Recording) -> dict[str, Any]:
        """The part of a reply that says how it ended."""
        reply: dict[str, Any] = {"status": "ok", "failure": None, "undefined": None, "module": None, "violation": None}
        if error is not None:
            _, trouble = execution.limited(Clock(_SOFT_S, 2 * _SOFT_S), lambda: self._tell(error, reply))
            if trouble is not None:
                reply["status"] = failures.status_of(error)
                name = failures.type_name(type(error))
                reply["failure"] = {"type": name, "message": "", "line": None, "cell": None, "frames": []}
        reply["stdout"] = recording.finish()
        if recording.over and reply["status"] == "ok":
            reply["status"] = "output"
        return reply

    def _tell(self, error: BaseException, reply: dict[str, Any]) -> None:
        reply["status"] = failures.status_of(error)
        reply["failure"] = failures.describe(error, self.sources)
        if type(error) is NameError:
            reply["undefined"] = _text(error.name)
        if isinstance(error, ModuleNotFoundError):
            reply["module"] = (_text(error.name) or "").partition(".")[0] or None
        if isinstance(error, SandboxViolation):
            reply["violation"] = failures.message_of(error)[:200]

    def _held(self, error: BaseException) -> list[dict[str, Any]]:
        """What names held, where the host wants to explain the error; nothing where that fails."""
        found, trouble = execution.limited(Clock(_SOFT_S, 2 * _SOFT_S), lambda: held.held(error, self.sources))
        return [] if trouble is not None else list(found)

    def _shadowed(self, before: dict[str, Any], source: str) -> list[dict[str, Any]]:
        """Python's builtins that this cell gave a new meaning, with the line where it did."""
        names = [n for n in self.namespace if n in PRISTINE and n not in before]
        if not names:
            return []
        try:
            lines = _binding_lines(source)
        except Exception:
            lines = {}
        return [{"name": n, "line": lines.get(n)} for n in names[:20]]


def _binding_lines(source: str) -> dict[str, int]:
    import ast

    lines: dict[str, int] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            lines.setdefault(node.id, node.lineno)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            lines.setdefault(node.name, node.lineno)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                lines.setdefault((alias.asname or alias.name).partition(".")[0], node.lineno)
    return lines


def _text(value: object) -> str | None:
    return str.__str__(value)[:200] if isinstance(value, str) else None
