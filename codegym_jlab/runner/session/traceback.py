"""What stopped a piece of student code, told by its own lines alone."""

import linecache
from types import TracebackType

from ..isolation.violations import SandboxViolation
from ..wire.frames import Json
from ..wire.values import name_of
from .capture import OutputLimit
from .limits import TimeLimit

_MAX_MESSAGE = 2000


class Sources:
    """The texts of the cells that ran, by name: a traceback's lines are shown if they are in one of these."""

    def __init__(self) -> None:
        self._lines: dict[str, list[str]] = {}

    def add(self, name: str, source: str) -> None:
        """Remember a cell, also for Python's own tracebacks and `inspect`."""
        lines = self._lines[name] = source.splitlines(keepends=True)
        linecache.cache[name] = (sum(map(len, lines)), None, lines, name)

    def texts(self) -> list[str]:
        """Each cell whole, in the order in which they ran."""
        return ["".join(lines) for lines in self._lines.values()]

    def __contains__(self, name: object) -> bool:
        return name in self._lines


_WORDS = {TimeLimit: "timeout", OutputLimit: "output", SandboxViolation: "violation", MemoryError: "memory"}


def status_of(error: BaseException) -> str:
    """The word of the protocol for how a cell or check ended."""
    return next((word for kind, word in _WORDS.items() if isinstance(error, kind)), "error")


def message_of(error: BaseException) -> str:
    """`str(error)`, as far as it can be had: that may be student code."""
    try:
        return str.__str__(str(error))[:_MAX_MESSAGE]
    except Exception:
        return ""


def describe(error: BaseException, sources: Sources) -> Json:
    """The protocol's `failure`."""
    if isinstance(error, SyntaxError) and error.filename in sources:
        return _syntax(error)
    frames = _frames(error.__traceback__, sources)
    last = frames[-1] if frames else {"line": None, "cell": None}
    return {
        "type": _LIMITS.get(status_of(error)) or name_of(error),
        "message": message_of(error),
        "line": last["line"],
        "cell": last["cell"],
        "frames": frames[:10] + frames[10:][-10:],
    }


_LIMITS = {"timeout": "TLE", "output": "OLE"}


def _syntax(error: SyntaxError) -> Json:
    line = error.lineno if isinstance(error.lineno, int) else None
    name = str(error.filename)
    frames = [{"cell": name, "line": line, "function": "<module>"}] if line else []
    message = error.msg if isinstance(error.msg, str) else message_of(error)
    return {
        "type": name_of(error), "message": message[:_MAX_MESSAGE], "line": line, "cell": name, "frames": frames
    }  # fmt: skip


def _frames(traceback: TracebackType | None, sources: Sources) -> list[Json]:
    found: list[Json] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_filename in sources:
            found.append({"cell": code.co_filename, "line": traceback.tb_lineno, "function": code.co_name[:200]})
        traceback = traceback.tb_next
    return found
