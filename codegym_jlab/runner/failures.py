"""What stopped a piece of student code, told by its own lines alone."""

from __future__ import annotations

import linecache
from types import TracebackType
from typing import Any

from .capture import OutputLimit
from .clock import TimeLimit
from .violations import SandboxViolation

_MAX_MESSAGE = 2000
_MAX_FRAMES = 20

_mro = type.__dict__["__mro__"].__get__
_name = type.__dict__["__name__"].__get__


class Sources:
    """The texts of the cells that ran, by name: a traceback's lines are shown if they are in one of these."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def add(self, name: str, source: str) -> None:
        """Remember a cell, also for Python's own tracebacks and `inspect`."""
        self._names.add(name)
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def forget(self, name: str) -> None:
        """Take a text out of reach again."""
        linecache.cache.pop(name, None)


def status_of(error: BaseException) -> str:
    """The word of the protocol for how a cell or check ended."""
    for kind, word in (
        (TimeLimit, "timeout"),
        (OutputLimit, "output"),
        (SandboxViolation, "violation"),
        (MemoryError, "memory"),
    ):
        if isinstance(error, kind):
            return word
    return "error"


def type_name(kind: type) -> str:
    """The class's own plain name, whatever its metaclass says, at most 200 characters."""
    return str.__str__(_name(kind))[:200]


def type_names(kind: type) -> list[str]:
    """The names of a class and its bases, nearest first."""
    return [type_name(base) for base in _mro(kind)][:50]


def message_of(error: BaseException) -> str:
    """`str(error)`, as far as it can be had: that may be student code."""
    try:
        return str.__str__(str(error))[:_MAX_MESSAGE]
    except Exception:
        return ""


def describe(error: BaseException, sources: Sources) -> dict[str, Any]:
    """The protocol's `failure`."""
    if isinstance(error, SyntaxError) and error.filename in sources:
        return _syntax(error)
    frames = _frames(error.__traceback__, sources)
    last = frames[-1] if frames else {"line": None, "cell": None}
    return {
        "type": _LIMITS.get(status_of(error)) or type_name(type(error)),
        "message": message_of(error),
        "line": last["line"],
        "cell": last["cell"],
        "frames": frames[:10] + frames[10:][-(_MAX_FRAMES - 10) :],
    }


_LIMITS = {"timeout": "TLE", "output": "OLE"}


def _syntax(error: SyntaxError) -> dict[str, Any]:
    line = error.lineno if isinstance(error.lineno, int) else None
    text = (error.text or "").rstrip("\n")[:400] if isinstance(error.text, str) else ""
    name = str(error.filename)
    frames = [{"cell": name, "line": line, "function": "<module>", "text": text}] if line else []
    message = error.msg if isinstance(error.msg, str) else message_of(error)
    return {
        "type": type_name(type(error)), "message": message[:_MAX_MESSAGE], "line": line, "cell": name, "frames": frames
    }  # fmt: skip


def _frames(traceback: TracebackType | None, sources: Sources) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_filename in sources:
            line = traceback.tb_lineno
            text = linecache.getline(code.co_filename, line).strip()[:400]
            out.append({"cell": code.co_filename, "line": line, "function": code.co_name[:200], "text": text})
        traceback = traceback.tb_next
    return out
