"""What Python would show of a value on the wire, as capped text; and text from a sandbox, made harmless to look at.

A value arrives as a tagged tree (`runner.wire`); no class of the student's is built, so nothing of theirs runs here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from codegym_jlab.records import WireValue

#: Longest text of one value, in characters.
CAP = 2000
#: Rows of a table that are shown, and characters of one cell.
TABLE_ROWS, CELL_CAP = 20, 60

# Control characters but tab and newline, lone surrogates, marks that reorder or hide text, and tags.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def visible(text: str, cap: int | None = None) -> str:
    """Text of a sandbox with what cannot be seen written out (`\\x1b`), cut after `cap` characters with an ellipsis."""
    if cap is not None and len(text) > cap:
        text = text[: max(cap - 1, 0)] + "…"
    if text.isprintable():  # which none of what cannot be seen is
        return text
    if "\r\n" in text:
        text = text.replace("\r\n", "\n")
    return _UNSEEN.sub(_written_out, text)


def _written_out(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}" if match[0] != "\r" else "\\r"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


class _Full(Exception):
    """The cap is reached."""


class _Text:
    """A writer that stops at a cap, however large the value is."""

    def __init__(self, cap: int) -> None:
        self.parts: list[str] = []
        self.left = cap

    def add(self, text: str) -> None:
        self.parts.append(text[: self.left])
        self.left -= len(text)
        if self.left < 0:
            raise _Full

    def joined(self, items: Iterable[WireValue], opening: str, closing: str) -> None:
        self.add(opening)
        for number, item in enumerate(items):
            if number:
                self.add(", ")
            self.value(item)
        self.add(closing)

    def value(self, wire: WireValue) -> None:
        tag, *rest = wire
        writer = _WRITERS.get(tag)
        if writer is None:
            self.add("…")
        else:
            writer(self, rest)


def show(wire: WireValue, cap: int = CAP) -> str:
    """The value as Python's `repr` would write it, at most `cap` characters; tables as aligned text."""
    text = _Text(cap - 1)
    try:
        text.value(wire)
    except _Full:
        return visible("".join(text.parts)) + "…"
    return visible("".join(text.parts))


def number_of(payload: str) -> float:
    """A float of the wire (`float.hex`, nan, inf). Raises ValueError."""
    return float.fromhex(payload)


def whole_of(payload: str) -> int:
    """An int of the wire, decimal or `0x…`. Raises ValueError."""
    return int(payload, 16 if "x" in payload else 10)


def _string(text: _Text, rest: list[Any]) -> None:
    text.add(repr(rest[0][: text.left + 1]))


def _bytes(text: _Text, rest: list[Any]) -> None:
    import base64

    text.add(repr(base64.b64decode(rest[0][: 4 * (text.left // 2 + 4)])))


def _float(text: _Text, rest: list[Any]) -> None:
    text.add(repr(number_of(rest[0])))


def _complex(text: _Text, rest: list[Any]) -> None:
    text.add(repr(complex(number_of(rest[0]), number_of(rest[1]))))


def _tuple(text: _Text, rest: list[Any]) -> None:
    text.joined(rest[0], "(", ",)" if len(rest[0]) == 1 else ")")


def _set(text: _Text, rest: list[Any]) -> None:
    text.joined(rest[0], "{", "}") if rest[0] else text.add("set()")


def _frozenset(text: _Text, rest: list[Any]) -> None:
    text.joined(rest[0], "frozenset({", "})") if rest[0] else text.add("frozenset()")


def _dict(text: _Text, rest: list[Any]) -> None:
    text.add("{")
    for number, (key, value) in enumerate(rest[0]):
        if number:
            text.add(", ")
        text.value(key)
        text.add(": ")
        text.value(value)
    text.add("}")


def _range(text: _Text, rest: list[Any]) -> None:
    text.add(f"range({rest[0]}, {rest[1]}" + (")" if rest[2] == "1" else f", {rest[2]})"))


def _fields(text: _Text, rest: list[Any]) -> None:
    text.add(f"{rest[0]}(")
    for number, (name, value) in enumerate(rest[1]):
        text.add(f"{', ' if number else ''}{name}=")
        text.value(value)
    text.add(")")


def _ndarray(text: _Text, rest: list[Any]) -> None:
    shape, flat = rest[1], rest[2]
    text.add("array(")
    position = 0

    def level(depth: int) -> None:
        nonlocal position
        if depth == len(shape):
            text.value(flat[position])
            position += 1
            return
        text.add("[")
        for number in range(shape[depth]):
            if number:
                text.add(", ")
            level(depth + 1)
        text.add("]")

    level(0)
    text.add(")")


def _frame(text: _Text, rest: list[Any]) -> None:
    columns, index, _, cells = rest
    text.add(_aligned([show(c, CELL_CAP).strip("'\"") for c in columns], index, cells))


def _series(text: _Text, rest: list[Any]) -> None:
    name, index, dtype, cells = rest
    body = _aligned(None, index, [cells])
    text.add(body + "\n" + ("" if name[0] == "none" else f"Name: {cell(name)}, ") + f"dtype: {dtype}")


def cell(wire: WireValue) -> str:
    """A value within a table: text without quotes, missing as NaN."""
    if wire[0] == "str":
        return visible(wire[1], CELL_CAP)
    return show(wire, CELL_CAP)


def _aligned(head: list[str] | None, index: list[WireValue], columns: list[list[WireValue]]) -> str:
    rows = min(len(index), TABLE_ROWS)
    table = [[("" if head is not None else None), *(cell(i) for i in index[:rows])]]
    for number, column in enumerate(columns[:TABLE_ROWS]):
        table.append([head[number] if head is not None else None, *(cell(v) for v in column[:rows])])
    widths = [max((len(c) for c in column if c is not None), default=0) for column in table]
    lines = []
    for row in range(0 if head is not None else 1, rows + 1):
        first = (table[0][row] or "").ljust(widths[0])
        lines.append("  ".join([first, *((c[row] or "").rjust(w) for c, w in zip(table[1:], widths[1:], strict=True))]))
    if len(index) > rows:
        lines.append(f"… {len(index)} rows")
    return "\n".join(lines)


_WRITERS: dict[str, Any] = {
    "none": lambda t, r: t.add("None"),
    "bool": lambda t, r: t.add(str(bool(r[0]))),
    "int": lambda t, r: t.add(str(whole_of(r[0])) if "x" in r[0] and len(r[0]) < 3500 else r[0]),
    "float": _float,
    "complex": _complex,
    "str": _string,
    "bytes": _bytes,
    "list": lambda t, r: t.joined(r[0], "[", "]"),
    "tuple": _tuple,
    "set": _set,
    "frozenset": _frozenset,
    "dict": _dict,
    "range": _range,
    "ellipsis": lambda t, r: t.add("Ellipsis"),
    "slice": lambda t, r: t.joined(r, "slice(", ")"),
    "datetime": lambda t, r: t.add(f"datetime({r[0]})"),
    "date": lambda t, r: t.add(f"date({r[0]})"),
    "time": lambda t, r: t.add(f"time({r[0]})"),
    "timedelta": lambda t, r: t.add(f"timedelta(days={r[0]}, seconds={r[1]}, microseconds={r[2]})"),
    "decimal": lambda t, r: t.add(f"Decimal({r[0]!r})"),
    "fraction": lambda t, r: t.add(f"Fraction({r[0]}, {r[1]})"),
    "uuid": lambda t, r: t.add(f"UUID({r[0]!r})"),
    "enum": lambda t, r: t.add(f"{r[0]}.{r[1]}"),
    "dataclass": _fields,
    "exception": lambda t, r: (t.add(r[0]), t.joined(r[1], "(", ")")),
    "type": lambda t, r: t.add(f"<class {r[0]!r}>"),
    "ndarray": _ndarray,
    "series": _series,
    "frame": _frame,
    "nat": lambda t, r: t.add("NaT"),
    "na": lambda t, r: t.add("<NA>"),
    "masked": lambda t, r: t.add("--"),
    "typed": lambda t, r: t.value(r[1]),
}
