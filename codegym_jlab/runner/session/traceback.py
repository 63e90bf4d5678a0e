"""What stopped a piece of student code, told by its own lines alone, and what its names held there.

For names nothing of the student's is called: values are read through slots captured before any of it ran.
    [{"line","function","names":[[name, type, length|null, text|null, [word…]]…]}…], outermost frame first
A word is a key, a column or an item's type.
"""

import linecache
import sys
from types import TracebackType
from typing import Any

from ..isolation.violations import SandboxViolation
from ..wire.frames import Json
from ..wire.values import class_name
from .capture import OutputLimit
from .limits import TimeLimit

_MAX_MESSAGE = 2000

_mro = type.__dict__["__mro__"].__get__


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
    return str.__str__(class_name(kind))[:200]


def type_names(kind: type) -> list[str]:
    """The names of a class and its bases, nearest first."""
    return [type_name(base) for base in _mro(kind)][:50]


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
        "type": _LIMITS.get(status_of(error)) or type_name(type(error)),
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
        "type": type_name(type(error)), "message": message[:_MAX_MESSAGE], "line": line, "cell": name, "frames": frames
    }  # fmt: skip


def _frames(traceback: TracebackType | None, sources: Sources) -> list[Json]:
    codes = [(frame.f_code, line) for frame, line in _own_frames(traceback, sources)]
    return [{"cell": code.co_filename, "line": line, "function": code.co_name[:200]} for code, line in codes]


_MOST_FRAMES, _MOST_NAMES, _MOST_WORDS, _LONGEST = 6, 60, 12, 80

_SHOWN = (int, float, bool, str, type(None), complex)
_SIZED = (str, bytes, list, tuple, dict, set, frozenset)
_get = object.__getattribute__
_isinstance, _type, _repr, _len = isinstance, type, repr, len


def held(error: BaseException, sources: Sources) -> list[Json]:
    """The student's own frames of an error, at most six: the outermost, and the last ones."""
    own = _own_frames(error.__traceback__, sources)
    kept = own if _len(own) <= _MOST_FRAMES else own[:1] + own[-(_MOST_FRAMES - 1) :]
    return [{"line": line, "function": frame.f_code.co_name[:200], "names": _names(frame)} for frame, line in kept]


def _own_frames(traceback: TracebackType | None, sources: Sources) -> list[tuple[Any, int]]:
    found: list[tuple[Any, int]] = []
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename in sources:
            found.append((traceback.tb_frame, traceback.tb_lineno))
        traceback = traceback.tb_next
    return found


def _names(frame: Any) -> list[list[Any]]:
    told: list[list[Any]] = []
    for name, value in dict(frame.f_locals).items():
        if _type(name) is str and not name.startswith("__") and _len(told) < _MOST_NAMES:
            told.append([name[:_LONGEST], *_told(value)])
    return told


def _told(value: Any) -> list[Any]:
    kind = _type(value)
    name = class_name(kind)
    name = str.__str__(name)[:_LONGEST]
    if kind in _SHOWN:
        small = kind is not str or _len(value) <= _LONGEST
        small = small and not (kind is int and value.bit_length() > 200)
        return [name, _len(value) if kind is str else None, _repr(value) if small else None, []]
    if kind in _SIZED:
        return [name, _len(value), None, _words(value)]
    return [name, *_of_table(value), _fields(value, kind)] if _is_table(kind) else [name, None, None, []]


def _words(value: Any) -> list[str]:
    """Keys as Python writes them, or the types of items."""
    words: list[str] = []
    for item in value:
        if _len(words) == _MOST_WORDS:
            break
        if _type(value) is dict and _type(item) in _SHOWN:
            words.append(_repr(item)[:_LONGEST])
        else:
            words.append(str.__str__(class_name(_type(item)))[:_LONGEST])
    return words


def _is_table(kind: type) -> bool:
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    kinds = [getattr(numpy, "ndarray", None), getattr(pandas, "DataFrame", None), getattr(pandas, "Series", None)]
    return kind in kinds


def _of_table(value: Any) -> list[Any]:
    shape = value.shape
    return [shape[0] if shape else None, _repr(tuple(int(n) for n in shape))[:_LONGEST]]


def _fields(value: Any, kind: type) -> list[str]:
    if class_name(kind) != "DataFrame":
        return [str(value.dtype)[:_LONGEST]]
    return [_repr(name)[:_LONGEST] if _type(name) in _SHOWN else "?" for name in list(value.columns)[:_MOST_WORDS]]
