"""The cells of one submission, in one namespace as a notebook runs them, and how any piece of Python text is run.

A cell or check runs under a clock, with its output recorded and its input given: `Kit` holds these three.
"""

import ast
import builtins
import io
import sys
from collections.abc import Callable
from typing import Any

from ..isolation.violations import SandboxViolation
from ..wire.frames import Json, Names, death
from ..wire.values import name_of
from . import figure, traceback
from .capture import Recording
from .limits import Clock


class Typed(io.TextIOWrapper):
    """One stream for all cells and checks of a process, so that what took hold of it in a cell reads on in a check."""

    def __init__(self) -> None:
        self._given = io.BytesIO()
        super().__init__(self._given, "utf-8", "surrogatepass", newline="\n")
        self.echo: Callable[[str], None] | None = None  #: takes each line that is read, as a terminal shows it

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        """A line: `input()` reads by this."""
        line = super().readline(size)
        if self.echo is not None and line:
            self.echo(line if line.endswith("\n") else f"{line}\n")
        return line

    def refill(self, text: str) -> bool:
        """Only `text` is there to read. False where student code has closed the stream."""
        try:
            self._given.seek(0)
            self._given.truncate()
            self._given.write(text.encode("utf-8", "surrogatepass"))
            self.seek(0)
        except ValueError:
            return False
        return True


_ALLOW_AWAIT = 0x2000  # ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
IS_COROUTINE = 0x80
_compile, _eval = compile, eval

#: What `compile` raises for text that is no program.
NO_PROGRAM = (SyntaxError, ValueError, OverflowError)


class Loop:
    """The event loop of top-level awaits: one for all cells, as in a kernel, and another for a check."""

    _runner: Any = None

    def run(self, coroutine: Any) -> Any:
        """Await a coroutine to its end."""
        import asyncio

        if self._runner is None:
            self._runner = asyncio.Runner()
        return self._runner.run(coroutine)


def translate(source: str, name: str, mode: str) -> Any:
    """`source` as a code object; `mode` as for `compile`. Raises NO_PROGRAM, MemoryError or RecursionError."""
    return _compile(source, name, mode, _ALLOW_AWAIT, True)


def execute(code: Any, namespace: Names, loop: Loop) -> Any:
    """Run a code object, awaiting it if its text had a top-level await. Returns an expression's value."""
    value = _eval(code, namespace)
    return loop.run(value) if code.co_flags & IS_COROUTINE else value


def limited(clock: Clock, action: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    """`action()` within its time: its value, or what stopped it."""
    value, error = None, None
    try:
        try:
            clock.start()
            value = action()
        finally:
            clock.stop()
    except BaseException as e:
        error = e
    clock.halt()
    sys.settrace(None)
    sys.setprofile(None)
    return value, error


class Kit:
    """What is renewed for each; forks of the process that holds it have a copy each."""

    def __init__(self) -> None:
        self.recording = Recording(1024)
        self.loop = Loop()
        self.stdin = Typed()

    def renew(self, seconds: float, limit: int) -> Clock:
        """For the next, with `seconds` of processor time and `limit` of output in characters: nothing is printed
        yet, nothing there to read. Returns its clock, which has the signals.
        """
        self.recording.renew(limit)
        self.type("")
        self.recording.install()
        return Clock(seconds, 3 * seconds + 1)

    def type(self, text: str) -> None:
        """What there is to read from now on, by the same stream: student code may have kept it."""
        if not self.stdin.refill(text):
            self.stdin = Typed()
            self.stdin.refill(text)
        self.stdin.echo = None
        sys.stdin = self.stdin


#: Python's own builtins, as they were before any student code.
PRISTINE = dict(vars(builtins))

_SOFT_S = 0.5  # for telling an error, whose text may be student code


class Cells:
    """Namespace, texts and event loop of a session.

    The namespace is that of the process's `__main__`, so that dataclasses, typing and pickle find what cells define.
    """

    def __init__(self) -> None:
        sys.modules["__main__"] = main = type(sys)("__main__")
        sys.argv = ["cell"]
        self.namespace = vars(main)
        self.namespace["__builtins__"] = builtins
        self.given: Names = {}
        self.program: Any = None  #: an answer that each check runs anew, as a script
        self._above: Names | None = None  #: what the cells above left, once the program has run
        self.sources = traceback.Sources()
        self.loop = Loop()
        self.kit = Kit()
        self.names: list[str] = []  #: what the author's solution defines
        self.limit = 64 * 1024  #: of the output of a cell, and of a check, in characters

    def run(self, frame: Json) -> Json:
        """Answer one `cell` frame."""
        name, source, kind = frame["name"], frame["source"], frame["kind"]
        self.sources.add(name, source)
        clock = self.kit.renew(frame["seconds"], self.limit)
        recording = self.kit.recording
        before = dict(self.namespace)
        compiled: list[bool] = []
        _, error = limited(clock, lambda: self._execute(name, source, compiled, kind))
        if kind == "given":
            for made, value in self.namespace.items():
                if not made.startswith("__") and (made not in before or before[made] is not value):
                    self.given[made] = value
        reply = self.outcome(error, recording)
        if isinstance(error, (*NO_PROGRAM, MemoryError, RecursionError)) and not compiled:
            reply["status"] = "syntax"
        reply["shadowed"] = [] if kind == "given" else self._shadowed(before, source)
        return reply

    def _execute(self, name: str, source: str, compiled: list[bool], kind: str) -> None:
        code = translate(source, name, "exec")
        compiled.append(True)
        if kind == "answer":
            figure.close_all()
        if kind == "program":
            self.program = code
        else:
            execute(code, self.namespace, self.loop)

    def run_program(self) -> None:
        """The program from its first line, over what the cells above left; it may end itself, as a script does."""
        if self._above is not None:
            self.namespace.clear()
            self.namespace.update(self._above)
        self._above = dict(self.namespace)
        figure.close_all()
        try:
            execute(self.program, self.namespace, self.kit.loop)
        except SystemExit as end:
            if isinstance(end.code, str):
                print(end.code, file=sys.stderr)

    def outcome(self, error: BaseException | None, recording: Recording) -> Json:
        """The part of a reply that says how it ended."""
        reply: Json = {"status": "ok", "failure": None, "module": None, "violation": None}
        if error is not None:
            _, trouble = limited(Clock(_SOFT_S, 2 * _SOFT_S), lambda: self._tell(error, reply))
            if trouble is not None:
                reply["status"] = traceback.status_of(error)
                reply["failure"] = death(name_of(error), "")
        reply["stdout"] = recording.finish()
        if recording.over and reply["status"] == "ok":
            reply["status"] = "output"
        return reply

    def _tell(self, error: BaseException, reply: Json) -> None:
        reply["status"] = traceback.status_of(error)
        reply["failure"] = traceback.describe(error, self.sources)
        if isinstance(error, ModuleNotFoundError) and isinstance(error.name, str):
            reply["module"] = str.__str__(error.name)[:200].partition(".")[0]
        if isinstance(error, SandboxViolation):
            reply["violation"] = traceback.message_of(error)[:200]

    def _shadowed(self, before: Names, source: str) -> list[Json]:
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
