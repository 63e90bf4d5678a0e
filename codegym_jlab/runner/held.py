"""What names held where a cell failed: their types, sizes and plain values in a few words, for who explains errors.

Nothing of the student's is called: types, builtins and tables are read through slots captured before any of it ran.
    [{"line","function","names":[[name, type, length|null, text|null, [word…]]…]}…], outermost frame first
A word is a key, a column or an item's type.
"""

from __future__ import annotations

import sys

from .wire import class_name

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

    from .failures import Sources

_MOST_FRAMES, _MOST_NAMES, _MOST_WORDS, _LONGEST = 6, 60, 12, 80

_SHOWN = (int, float, bool, str, type(None), complex)
_SIZED = (str, bytes, list, tuple, dict, set, frozenset)
_get = object.__getattribute__
_isinstance, _type, _repr, _len = isinstance, type, repr, len


def held(error: BaseException, sources: Sources) -> list[dict[str, Any]]:
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
