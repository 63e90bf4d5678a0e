"""Values on the wire: what crosses, as what, and what the host refuses."""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import json
import math
import uuid
from collections import Counter, OrderedDict, namedtuple
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, strategies as st

from codegym_jlab.runner.wire import tables, values as wire

tables.capture()


def crossed(value: Any, exact: bool = False) -> Any:
    """Encoded, through JSON as it is sent, and past the host's check."""
    return wire.check_wire(json.loads(json.dumps(wire.encode(value, exact), allow_nan=False)))


def decoded(value: Any) -> Any:
    """A plain Python value of what crossed; the checker compares without this."""
    tag, *parts = value
    simple = {
        "none": lambda: None,
        "bool": lambda b: b,
        "int": lambda text: int(text, 0),
        "float": float.fromhex,
        "complex": lambda re, im: complex(float.fromhex(re), float.fromhex(im)),
        "str": lambda text: text,
        "list": lambda items: [decoded(v) for v in items],
        "tuple": lambda items: tuple(decoded(v) for v in items),
        "set": lambda items: {decoded(v) for v in items},
        "frozenset": lambda items: frozenset(decoded(v) for v in items),
        "dict": lambda pairs: {decoded(k): decoded(v) for k, v in pairs},
    }
    return simple[tag](*parts)  # type: ignore[no-untyped-call]


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.complex_numbers(allow_nan=False),
    st.text(st.characters(categories=None)),
)
hashables = st.recursive(
    scalars, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=4), max_leaves=8
)
values = st.recursive(
    scalars | st.sets(hashables, max_size=4),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(hashables, inner, max_size=4) | st.tuples(inner),
    max_leaves=20,
)


@given(values)
def test_plain_values_cross_unchanged(value: Any) -> None:
    assert decoded(crossed(value)) == value


@given(st.floats())
def test_floats_cross_bit_by_bit(value: float) -> None:
    text = crossed(value)[1]
    assert text == "nan" if math.isnan(value) else float.fromhex(text).hex() == value.hex()


@given(st.integers(min_value=-(10**5000), max_value=10**5000))
@example(10**4299)
def test_integers_of_any_size_cross(value: int) -> None:
    assert int(crossed(value)[1], 0) == value


Point = namedtuple("Point", "x y")


class Colour(enum.Enum):
    RED = 1


class Size(enum.IntEnum):
    BIG = 3


@dataclass
class Account:
    balance: int


class Yes(int):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__

    def __index__(self) -> int:
        return 99

    def __repr__(self) -> str:
        return "99"


class LyingList(list):  # type: ignore[type-arg]
    def __iter__(self) -> Any:
        return iter([7])

    def __len__(self) -> int:
        return 1


class LyingDict(dict):  # type: ignore[type-arg]
    def items(self) -> Any:
        return [("a", 1)]


class Row(np.ndarray):
    def tolist(self) -> Any:
        return [[9, 9]]


class Liar:
    @property
    def __class__(self) -> Any:
        return int


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Counter("aab"), ["dict", [[["str", "a"], ["int", "2"]], [["str", "b"], ["int", "1"]]]]),
        (OrderedDict(a=1), ["dict", [[["str", "a"], ["int", "1"]]]]),
        (Point(1, 2), ["tuple", [["int", "1"], ["int", "2"]]]),
        (Size.BIG, ["int", "3"]),
        (Colour.RED, ["enum", "Colour", "RED"]),
        (Account(5), ["dataclass", "Account", [["balance", ["int", "5"]]]]),
        (ValueError("x", 1), ["exception", "ValueError", [["str", "x"], ["int", "1"]]]),
        (int, ["type", "int"]),
        (range(1, 9, 2), ["range", "1", "9", "2"]),
        (slice(1, None), ["slice", ["int", "1"], ["none"], ["none"]]),
        (..., ["ellipsis"]),
        (b"\x00\xff", ["bytes", "AP8="]),
        (bytearray(b"a"), ["bytes", "YQ=="]),
        (datetime.datetime(2024, 2, 29, 12, 30), ["datetime", "2024-02-29T12:30:00"]),
        (datetime.date(2024, 2, 29), ["date", "2024-02-29"]),
        (datetime.time(1, 2, 3, 4), ["time", "01:02:03.000004"]),
        (datetime.timedelta(days=-1, seconds=2), ["timedelta", -1, 2, 0]),
        (decimal.Decimal("1.20"), ["decimal", "1.20"]),
        (decimal.Decimal("-1E+400"), ["decimal", "-1E+400"]),
        (fractions.Fraction(1, 3), ["fraction", "1", "3"]),
        (uuid.UUID(int=5), ["uuid", "00000000-0000-0000-0000-000000000005"]),
        (Yes(4), ["int", "4"]),
        (LyingList([1]), ["list", [["int", "1"]]]),
        (LyingDict(b=2), ["dict", [[["str", "b"], ["int", "2"]]]]),
        (np.float32(0.5), ["float", "0x1.0000000000000p-1"]),
        (np.bool_(True), ["bool", True]),
        (np.str_("a"), ["str", "a"]),
        (np.datetime64("2024-01-02"), ["datetime", "2024-01-02"]),
        (np.timedelta64(90, "s"), ["timedelta", 0, 90, 0]),
        (np.datetime64("NaT"), ["nat"]),
        (np.array([["a"], ["b"]]), ["ndarray", "<U1", [2, 1], [["str", "a"], ["str", "b"]]]),
        (np.array([1, None], dtype=object), ["ndarray", "object", [2], [["int", "1"], ["none"]]]),
        (
            np.array(["2024-01-02", "NaT"], dtype="M8[D]"),
            ["ndarray", "datetime64[D]", [2], [["datetime", "2024-01-02"], ["nat"]]],
        ),
        (np.array([[1, 2]]).view(Row), ["ndarray", "int64", [1, 2], [["int", "1"], ["int", "2"]]]),
        (np.ma.masked, ["masked"]),
        (np.zeros(()), ["ndarray", "float64", [], [["float", "0x0.0p+0"]]]),
        (pd.NaT, ["nat"]),
        (pd.NA, ["na"]),
        (pd.Timestamp("2024-01-02 03:04"), ["datetime", "2024-01-02T03:04:00"]),
        (pd.Timedelta(seconds=5), ["timedelta", 0, 5, 0]),
        (pd.Series([1], name="n"), ["series", ["str", "n"], [["int", "0"]], "int64", [["int", "1"]]]),
        (pd.Index([1, 2]), ["list", [["int", "1"], ["int", "2"]]]),
    ],
    ids=lambda v: type(v).__name__,
)  # fmt: skip
def test_kinds(value: Any, expected: Any) -> None:
    assert crossed(value) == expected


def test_frame_with_gaps() -> None:
    table = pd.DataFrame({"a": [1.5, None], 7: ["x", pd.NA]}, index=pd.MultiIndex.from_tuples([("p", 1), ("q", 2)]))
    tag, columns, index, dtypes, data = crossed(table)
    assert columns == [["str", "a"], ["int", "7"]]
    assert index[0] == ["tuple", [["str", "p"], ["int", "1"]]]
    assert data[0] == [["float", "0x1.8000000000000p+0"], ["float", "nan"]]
    assert data[1][1] in (["na"], ["float", "nan"])
    assert len(dtypes) == 2


def test_frame_subclass_that_lies_crosses_as_what_it_holds() -> None:
    class Frame(pd.DataFrame):
        @property
        def _constructor(self) -> Any:
            return Frame

        @property
        def iloc(self) -> Any:
            raise RuntimeError

        def __eq__(self, other: object) -> Any:
            return True

    assert crossed(Frame({"a": [1]})) == crossed(pd.DataFrame({"a": [1]}))


def test_methods_that_student_code_replaced_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = crossed(pd.Series([1, 2]))
    monkeypatch.setattr(pd.Series, "tolist", lambda self: [9])
    monkeypatch.setattr(pd.Series, "index", None)
    assert crossed(pd.Series([1, 2])) == plain


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (iter([]), "list_iterator"),
        ((n for n in "a"), "generator"),
        (len, "builtin_function_or_method"),
        ({}.keys(), "dict_keys"),
        (object(), "object"),
        pytest.param(Liar(), "Liar", id="a liar"),
        (NotImplemented, "NotImplementedType"),
        (memoryview(b"a"), "memoryview"),
        ([1, {"a": object()}], "object"),
    ],
)
def test_what_cannot_cross_is_named(value: Any, name: str) -> None:
    with pytest.raises(wire.Unsupported) as refused:
        wire.encode(value)
    assert (refused.value.name, refused.value.reason) == (name, None)


@pytest.mark.full
def test_cycles_and_sizes_are_refused() -> None:
    loop: list[Any] = []
    loop.append((loop,))
    deep: list[Any] = []
    for _ in range(70):
        deep = [deep]
    wide: Any = "ha"
    for _ in range(8):
        wide = [wide] * 10
    for value, reason in (
        (loop, "refers to itself"),
        (deep, "too large"),
        (wide, "too large"),
        ("é" * 700_000, "too large"),
        (b"x" * 3_000_000, "too large"),
        (1 << 20_000_000, "too large"),
        (np.zeros(300_000), "too large"),
    ):
        with pytest.raises(wire.Unsupported) as refused:
            wire.encode(value)
        assert refused.value.reason == reason
    least: Any = np.int64(3)
    for _ in range(60):
        least = [least]
    assert wire.encode(least), "a number of numpy's lies as deep as one of Python's"
    assert wire.encode(pd.DataFrame(np.full((20_640, 10), -122.23))), "as many cells as California's housing has"
    shared = [1]
    assert crossed([shared, shared])[1][0] == crossed([shared, shared])[1][1]


def test_metaclass_that_lies() -> None:
    class Meta(type):
        __name__ = property(lambda cls: "int")  # type: ignore[assignment]
        __mro__ = property(lambda cls: (int, object))  # type: ignore[assignment]

        def __hash__(cls) -> int:
            return hash(int)

        def __eq__(cls, other: object) -> bool:
            return True

    class Odd(metaclass=Meta):
        pass

    with pytest.raises(wire.Unsupported) as refused:
        wire.encode(Odd())
    assert refused.value.name == "Odd"


def test_exact_names_the_types() -> None:
    assert crossed(Counter("a"), True)[:2] == ["typed", "collections.Counter"]
    assert crossed(Point(1, 2), True)[1].endswith("Point")
    assert crossed(np.int64(1), True) == ["typed", "numpy.int64", ["int", "1"]]
    assert crossed([1], True) == ["list", [["int", "1"]]]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=15,
)
tags = st.sampled_from(
    "none bool int float complex str bytes list tuple set frozenset dict range slice ellipsis datetime date time "
    "timedelta decimal fraction uuid enum dataclass exception type ndarray masked series frame nat na typed".split()
)


@given(json_values | st.tuples(tags, json_values, json_values).map(list) | st.tuples(tags, json_values).map(list))
def test_the_host_accepts_a_shape_or_raises_wire_error(value: Any) -> None:
    try:
        assert wire.check_wire(value) is value
    except wire.WireError:
        return
    assert isinstance(value, list)
    assert isinstance(value[0], str)


@pytest.mark.parametrize(
    "value",
    [
        None, [], {}, "x", ["int"], ["int", 5], ["int", "5", "6"], ["int", " 5"], ["int", "५"], ["int", "1_0"],
        ["int", ""], ["int", "9" * 4001], ["float", "1.5"], ["float", "0x1.0p+0\n"], ["bool", 1],
        ["str", None], ["str", ["a"]],
        ["list", {"0": ["none"]}], ["list", [5]], ["dict", [[["none"]]]], ["dict", {"a": 1}], ["bytes", "*"],
        ["timedelta", 1.5, 0, 0], ["timedelta", True, 0, 0], ["ndarray", "int64", [2], [["int", "1"]]],
        ["ndarray", "int64", [-1], []], ["ndarray", "x", [10**18, 10**18], []],
        ["series", ["none"], [["none"]], "x", []],
        ["frame", [["none"]], [], ["x"], []], ["frame", [["none"]], [["none"]], ["x"], [[]]], ["typed", "x", 5],
        ["object", "x"], ["dataclass", "A", [[5, ["none"]]]], ["fraction", "1"], ["uuid", "x"], ["datetime", "<b>"],
    ],
)  # fmt: skip
def test_malformed_values_are_refused(value: Any) -> None:
    with pytest.raises(wire.WireError):
        wire.check_wire(value)


@pytest.mark.parametrize(
    ("dtype", "shape", "text"),
    [("float64", [2], "AAAA"), ("object", [1], "AAAA"), ("int8", [3], "AAA"), ("int8", [4], "AAAA")],
)
def test_an_array_as_its_bytes_has_the_size_of_its_shape(dtype: str, shape: list[int], text: str) -> None:
    assert wire.check_crossing(["packed", "int8", [1, 3], "AAAA"])
    with pytest.raises(wire.WireError):
        wire.check_crossing(["packed", dtype, shape, text])


def test_too_deep_or_too_many_is_refused() -> None:
    deep: Any = ["none"]
    for _ in range(5000):
        deep = ["list", [deep]]
    with pytest.raises(wire.WireError):
        wire.check_wire(deep)
    with pytest.raises(wire.WireError):
        wire.check_wire(["list", [["none"]] * 500_000])
