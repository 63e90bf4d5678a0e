"""What Python would show of a value on the wire, as capped text.

A value arrives as a tagged tree (`runner.wire`); no class of the student's is built, so nothing of theirs runs here.
"""

from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from codegym_jlab.records import WireValue

from .responses import WORDS, visible

#: Longest text of one value, in characters.
CAP = 2000
#: Rows of a table that are shown, and characters of one cell.
TABLE_ROWS, CELL_CAP = 20, 60


def show(wire: WireValue, cap: int = CAP) -> str:
    """The value as Python's `repr` would write it, at most `cap` characters (or `CAP`); tables as aligned text."""
    text = ""
    for piece in _pieces(wire):
        text += piece
        if len(text) >= cap:
            return visible(text[: cap - 1]) + "…"
    return visible(text)


#: A float of the wire (`float.hex`, nan, inf). Raises ValueError.
number_of = float.fromhex


def whole_of(payload: str) -> int:
    """An int of the wire, decimal or `0x…`. Raises ValueError."""
    return int(payload, 16 if "x" in payload else 10)


def cell(wire: WireValue) -> str:
    """A value within a table: text without quotes."""
    return visible(wire[1], CELL_CAP) if wire[0] == "str" else show(wire, CELL_CAP)


def _pieces(wire: WireValue) -> Iterator[str]:
    """The text of a value bit by bit, so that whoever has enough of it can stop, however large the value is."""
    tag, *rest = wire
    if tag in WORDS["forms"]:
        yield WORDS["forms"][tag].format(*rest)
    elif tag in _TEXTS:
        yield _TEXTS[tag](*rest)
    elif tag in _PARTS:
        yield from _PARTS[tag](*rest)
    else:
        yield "…"


def _joined(opening: str, items: Iterable[Iterable[str]], closing: str) -> Iterator[str]:
    """Items of a whole, each in bits."""
    yield opening
    for number, pieces in enumerate(items):
        if number:
            yield ", "
        yield from pieces
    yield closing


def _listed(opening: str, items: Iterable[WireValue], closing: str) -> Iterator[str]:
    return _joined(opening, map(_pieces, items), closing)


def _ndarray(dtype: str, shape: list[int], flat: list[WireValue]) -> Iterator[str]:
    for length in reversed(shape):
        flat = [["list", flat[start : start + length]] for start in range(0, len(flat), length or 1)]
    return _listed("array(", flat[:1] or [["list", []]], ")")


def _series(name: WireValue, index: list[WireValue], dtype: str, cells: list[WireValue]) -> str:
    named = "" if name[0] == "none" else f"Name: {cell(name)}, "
    return f"{_table([], index, [cells])}\n{named}dtype: {dtype}"


def _table(lines: list[list[str]], index: list[WireValue], columns: list[list[WireValue]]) -> str:
    """The first rows and columns, aligned, below the `lines` of a head."""
    for label, *row in zip(index[:TABLE_ROWS], *columns[:TABLE_ROWS], strict=False):
        lines.append([cell(label), *map(cell, row)])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    texts = [
        "  ".join(text.rjust(width) if number else text.ljust(width) for number, (text, width) in enumerate(pairs))
        for pairs in (zip(line, widths, strict=True) for line in lines)
    ]
    return "\n".join([*texts, f"… {len(index)} rows"] if len(index) > TABLE_ROWS else texts)


_TEXTS: dict[str, Callable[..., str]] = {
    "bool": lambda value: str(bool(value)),
    "int": lambda digits: str(whole_of(digits)) if "x" in digits and len(digits) < 3500 else digits,
    "float": lambda number: repr(number_of(number)),
    "complex": lambda real, imag: repr(complex(number_of(real), number_of(imag))),
    "str": lambda text: repr(text[:CAP]),
    "bytes": lambda payload: repr(b64decode(payload[: 4 * CAP])),
    "range": lambda start, stop, step: f"range({start}, {stop}" + (")" if step == "1" else f", {step})"),
    "frame": lambda columns, index, dtypes, cells: _table([["", *map(cell, columns[:TABLE_ROWS])]], index, cells),
    "series": _series,
}
_PARTS: dict[str, Callable[..., Iterable[str]]] = {
    "list": lambda items: _listed("[", items, "]"),
    "tuple": lambda items: _listed("(", items, ",)" if len(items) == 1 else ")"),
    "set": lambda items: _listed("{", items, "}") if items else ["set()"],
    "frozenset": lambda items: _listed("frozenset({", items, "})") if items else ["frozenset()"],
    "dict": lambda pairs: _joined("{", (chain(_pieces(key), [": "], _pieces(value)) for key, value in pairs), "}"),
    "slice": lambda *bounds: _listed("slice(", bounds, ")"),
    "dataclass": lambda name, fields: _joined(
        f"{name}(", (chain([f"{field}="], _pieces(value)) for field, value in fields), ")"
    ),
    "exception": lambda name, args: _listed(f"{name}(", args, ")"),
    "typed": lambda name, value: _pieces(value),
    "ndarray": _ndarray,
}
