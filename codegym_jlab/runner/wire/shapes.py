"""The shapes of values on the wire, by which the host judges what a sandbox sent. See `wire.check_wire`."""

from __future__ import annotations

import re
from typing import Any

from .values import MAX_CHARS, MAX_DEPTH, MAX_NODES, WireError

_MOST_INTS = 1_500_000
_INT = re.compile(r"-?(?:[0-9]{1,4000}|0x[0-9a-f]{1,4000000})", re.ASCII)
_FLOAT = re.compile(
    r"nan|inf|-inf|-?0x[01](?:\.[0-9a-f]{1,13})?p(?:[+-][0-9]{1,3}|\+10(?:[01][0-9]|2[0-3])|-10(?:[01][0-9]|2[0-2]))",
    re.ASCII,
)
_TEXT = re.compile(r".*", re.DOTALL)
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}", re.ASCII)
_ISO = re.compile(r"[0-9T:.+\- ]{1,60}", re.ASCII)
_DECIMAL = re.compile(r"-?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:E[+-]?[0-9]{1,18})?|Infinity|s?NaN[0-9]*)", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)

#: A tag's payload, one letter a part: v value, V values, P pairs of values, F pairs of a name and a value, C columns of
#: values, S texts, N sizes, n a small integer, I small integers, b a truth value, else a pattern for a whole text.
_SHAPES: dict[str, tuple[Any, ...]] = {
    "none": (), "bool": ("b",), "int": (_INT,), "float": (_FLOAT,), "complex": (_FLOAT, _FLOAT), "str": (_TEXT,),
    "bytes": (_BASE64,), "list": ("V",), "tuple": ("V",), "set": ("V",), "frozenset": ("V",), "dict": ("P",),
    "range": (_INT, _INT, _INT), "slice": ("v", "v", "v"), "ellipsis": (), "datetime": (_ISO,), "date": (_ISO,),
    "time": (_ISO,), "timedelta": ("n", "n", "n"), "decimal": (_DECIMAL,), "fraction": (_INT, _INT), "uuid": (_UUID,),
    "enum": (_TEXT, _TEXT), "dataclass": (_TEXT, "F"), "exception": (_TEXT, "V"), "type": (_TEXT,),
    "ndarray": (_TEXT, "N", "V"), "masked": (), "series": ("v", "V", _TEXT, "V"), "frame": ("V", "V", "S", "C"),
    "nat": (), "na": (), "typed": (_TEXT, "v"),
}  # fmt: skip

_LEAVES = {"int": _INT, "float": _FLOAT, "str": _TEXT}

#: The tags of `crossing`, which a process of the student's may send amid a `code` check.
_CROSSING: dict[str, tuple[Any, ...]] = {
    **_SHAPES, "ref": ("n", _TEXT, "S", "v"), "own": ("n",), "arg": ("n",), "builtin": (_TEXT,), "deque": ("V", "v"),
    "view": (_TEXT, "V"), "stringio": (_TEXT, "n"), "notimplemented": (), "ints": ("b", "I"),
}  # fmt: skip


def check_crossing(obj: Any) -> Any:
    """The same for a value of `crossing`. Raises WireError."""
    return check(obj, _CROSSING)


def check(obj: Any, shapes: dict[str, tuple[Any, ...]] = _SHAPES) -> Any:
    """`obj`, fresh from JSON, if it is a value on the wire. Raises WireError.

    Counts depth and nodes itself, without recursion: what it lets pass is safe to walk.
    """
    nodes = 1
    stack: list[tuple[Any, int]] = [(obj, 0)]
    while stack:
        value, depth = stack.pop()
        if depth > 2 * MAX_DEPTH + 2:  # the sender counts no depth for `typed`
            raise WireError("too large")
        if not isinstance(value, list) or not value or not isinstance(value[0], str):
            raise WireError("a value is a list that begins with its tag")
        shape = shapes.get(value[0])
        if shape is None or len(value) != len(shape) + 1:
            raise WireError("unknown kind of value")
        for part, wanted in zip(value[1:], shape, strict=True):
            inner = _inner(part, wanted)
            nodes += len(inner)
            if nodes > 2 * MAX_NODES:
                raise WireError("too large")
            stack += [(one, depth + 1) for one in inner if not _is_leaf(one)]
        _check_whole(value)
    return obj


def _is_leaf(value: Any) -> bool:
    """Whether it is a whole number or text, the commonest values; what is not is looked at in full."""
    if type(value) is not list or len(value) != 2 or type(value[0]) is not str:
        return False
    pattern = _LEAVES.get(value[0])
    text = value[1]
    return pattern is not None and type(text) is str and len(text) <= MAX_CHARS and pattern.fullmatch(text) is not None


def _inner(part: Any, wanted: Any) -> list[Any]:
    """The values that a part holds, once it is of its shape."""
    if isinstance(wanted, re.Pattern):
        if not isinstance(part, str) or len(part) > MAX_CHARS or not (wanted is _TEXT or wanted.fullmatch(part)):
            raise WireError("malformed text")
        return []
    if wanted == "v":
        return [part]
    if wanted == "b":
        return _require(isinstance(part, bool), [])
    if wanted == "n":
        return _require(_is_small(part), [])
    _require(isinstance(part, list), [])
    if wanted == "V":
        return list(part)
    if wanted == "N":
        return _require(all(_is_small(n) and n >= 0 for n in part) and len(part) <= 64, [])
    if wanted == "I":
        return _require(len(part) <= _MOST_INTS and all(map(_is_small, part)), [])
    if wanted == "S":
        return _require(all(isinstance(t, str) for t in part), [])
    if wanted == "C":
        _require(all(isinstance(column, list) for column in part), [])
        return [v for column in part for v in column]
    _require(all(isinstance(pair, list) and len(pair) == 2 for pair in part), [])
    if wanted == "F":
        return _require(all(isinstance(pair[0], str) for pair in part), [pair[1] for pair in part])
    return [v for pair in part for v in pair]


def _is_small(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -(2**62) < value < 2**62


def _require(truth: bool, answer: list[Any]) -> list[Any]:
    if not truth:
        raise WireError("malformed value")
    return answer


def _check_whole(value: list[Any]) -> None:
    """That the parts of one value agree with each other."""
    if value[0] == "ndarray":
        size = 1
        for n in value[2]:
            size *= n
        _require(size == len(value[3]), [])
    elif value[0] == "bytes":
        _require(len(value[1]) % 4 == 0, [])
    elif value[0] == "range":
        _require(value[3].strip("-0x") != "", [])
    elif value[0] == "series":
        _require(len(value[2]) == len(value[4]), [])
    elif value[0] == "frame":
        _, columns, index, dtypes, data = value
        _require(len(columns) == len(dtypes) == len(data), [])
        _require(all(len(column) == len(index) for column in data), [])
