"""The table of docs/reference/equality.md, row by row, over the wire; and what hostile trees cost."""

from __future__ import annotations

import enum
import re
import time
from collections import Counter, OrderedDict, defaultdict, namedtuple
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from codegym_jlab.course.checks import DEFAULT_TOLERANCE
from codegym_jlab.grading.checker.equality import EqualityRules, compare
from codegym_jlab.grading.checker.verdict import described
from codegym_jlab.runner.wire import tables as wire_tables, values as wire

TABLE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "equality.md"
Point = namedtuple("Point", "x y")
Grade = enum.IntEnum("Grade", {"GOOD": 2})
Colour = enum.Enum("Colour", {"RED": 1, "BLUE": 2})


class Text(str):
    """A subclass of a builtin."""


@dataclass
class Item:
    """A dataclass that crosses by its fields."""

    name: str
    price: float


@dataclass
class Thing:
    """Another of the same shape."""

    name: str
    price: float


class Always(int):
    """Claims to equal everything."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


class Frame(pd.DataFrame):  # type: ignore[misc]
    """Claims to equal every table."""

    def equals(self, other: object) -> bool:
        return True


SPACE: dict[str, Any] = {
    **{f.__name__: f for f in (Counter, OrderedDict, defaultdict, date, datetime, timedelta, Decimal, Fraction)},
    **{f.__name__: f for f in (Point, Grade, Colour, Text, Item, Thing, Always, Frame)},
    "np": np,
    "pd": pd,
}


def rows() -> list[tuple[str, str, str, bool]]:
    found = re.findall(r"^\| `(.+?)` \| `(.+?)` \| (.*?) ?\| (yes|no) \|$", TABLE.read_text(), re.M)
    return [(expected, got, options, answer == "yes") for expected, got, options, answer in found]


def on_the_wire(value: Any, exact: bool = False) -> Any:
    wire_tables.capture()
    return wire.check_wire(wire.encode(value, exact))


def rules_from(options: str) -> EqualityRules:
    tolerance = re.search(r"t=(\S+)", options)
    near = "near" in options
    default = DEFAULT_TOLERANCE if near else None
    return EqualityRules("exact" in options, float(tolerance[1]) if tolerance else default, near)


def test_the_table_is_read_whole() -> None:
    lines = [line for line in TABLE.read_text().splitlines() if line.startswith("| `")]
    assert len(rows()) == len(lines) >= 80


@pytest.mark.parametrize(("expected", "got", "options", "equal"), rows())
def test_equality(expected: str, got: str, options: str, equal: bool) -> None:
    rules = rules_from(options)
    ours, theirs = (on_the_wire(eval(text, SPACE), rules.exact) for text in (expected, got))
    found = compare(ours, theirs, rules)
    assert (found is None) == equal
    if found is not None:
        diff, sentence = described(found, ours, theirs, rules)
        assert diff["kind"] in {"value", "type", "item", "lines", "table"}
        assert isinstance(sentence, str)


@pytest.mark.parametrize(
    ("expected", "got", "kind", "sentence"),
    [
        (6, 6.0, "type", "The value is right, its kind is not: `6.0` is a float, and a whole number is expected."),
        (6, "6", "type", "The value is right, its kind is not: `'6'` is text, and a whole number is expected."),
        ([1, 2], (1, 2), "type", "The value is right, its kind is not: `(1, 2)` is a tuple, and a list is expected."),
        (6, 5.5, "value", ""),
        (6, None, "value", ""),
        ([1, 2, 3], [1, 2, 4], "item", "3 items each; the first difference is at position 2."),
        ([1, 2, 3], [1, 2], "value", "3 items are expected, your answer has 2."),
        ([1, "a"], [1, b"a"], "item", "2 items each; the first difference is at position 1."),
        ({"a": 1}, {}, "item", "`['a']` is missing."),
        ({}, {"a": 1}, "item", "`['a']` is not expected."),
        ({"a": [1, 2]}, {"a": [1, 3]}, "item", "The first difference is at `['a'][1]`."),
        ({1, 2}, {1, 3}, "item", "`2` is missing."),
        ("a\nb", "a\nc", "lines", ""),
        (np.zeros((2, 2)), np.zeros(4), "item", "The shape differs."),
        (np.zeros((2, 2)), np.array([[0, 0], [7, 0]]), "item", "The first difference is at `[1, 0]`."),
        (pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [1, 3]}), "table", "1 of 2 rows differs."),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]}), "item", "The columns differ."),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1, 2]}), "item", "1 row is expected, your answer has 2."),
    ],
)
def test_a_difference_is_told_in_a_plain_sentence(expected: Any, got: Any, kind: str, sentence: str) -> None:
    ours, theirs = on_the_wire(expected), on_the_wire(got)
    found = compare(ours, theirs)
    assert found is not None
    diff, told = described(found, ours, theirs, EqualityRules())
    assert (diff["kind"], told) == (kind, sentence)


def test_only_the_rows_that_differ_are_shown() -> None:
    ours = pd.DataFrame({"city": ["Lima", "Oslo", "Wien"], "mean": [18.2, 5.7, 10.4]})
    theirs = pd.DataFrame({"city": ["Lima", "Oslo", "Wien"], "mean": [18.2, 6, np.nan]})
    found = compare(on_the_wire(ours), on_the_wire(theirs))
    assert found is not None
    diff, _ = described(found, on_the_wire(ours), on_the_wire(theirs), EqualityRules())
    assert [row["index"] for row in diff["rows"]] == ["1", "2"]
    assert diff["rows"][0]["cells"][1] == {"column": "mean", "expected": "5.7", "got": "6.0"}


def test_the_middle_of_a_long_list_is_shown() -> None:
    ours, theirs = list(range(1000)), list(range(1000))
    theirs[998] = 0
    found = compare(on_the_wire(ours), on_the_wire(theirs))
    assert found is not None
    diff, _ = described(found, on_the_wire(ours), on_the_wire(theirs), EqualityRules())
    assert (diff["path"], diff["whole_got"]) == ("[998]", "[0, 1, 2, …, 997, 0, 999]")


def deep(tag: str) -> Any:
    tree: Any = ["int", "1"]
    for _ in range(55):
        tree = [tag, [tree]] if tag != "dict" else [tag, [[["str", "k"], tree]]]
    return tree


WIDE = 60_000
HOSTILE: dict[str, tuple[Any, Any]] = {
    "colliding ints in sets": (
        ["set", [["int", str(n * (2**61 - 1))] for n in range(WIDE)]],
        ["set", [["int", str(-n * (2**61 - 1))] for n in range(WIDE)]],
    ),
    "unmatched floats in sets": (
        ["set", [["float", float(n).hex()] for n in range(WIDE)]],
        ["set", [["float", float(n + 0.5).hex()] for n in range(WIDE)]],
    ),
    "keys that are all different": (
        ["dict", [[["float", float(n).hex()], ["none"]] for n in range(WIDE // 2)]],
        ["dict", [[["float", float(n + 0.5).hex()], ["none"]] for n in range(WIDE // 2)]],
    ),
    "the same key again and again": (
        ["dict", [[["int", "1"], ["int", str(n)]] for n in range(WIDE // 2)]],
        ["dict", [[["int", "1"], ["int", str(-n)]] for n in range(WIDE // 2)]],
    ),
    "deep sets": (deep("frozenset"), ["frozenset", [deep("frozenset")[1][0]]]),
    "deep dicts": (deep("dict"), deep("dict")),
    "a wide list against a deep one": (["list", [["int", "1"]] * WIDE], deep("list")),
    "a huge whole number": (["int", "1"], ["int", "0x" + "f" * 1_000_000]),
    "a huge decimal": (["decimal", "1E+999999"], ["decimal", "1" + "0" * 100_000]),
    "an array without elements": (["ndarray", "f8", [0, 10**15], []], ["ndarray", "f8", [10**15, 0], []]),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.full
def test_hostile_trees_are_compared_in_bounded_time(name: str) -> None:
    ours, theirs = HOSTILE[name]
    for pair in ((ours, theirs), (theirs, ours), (["none"], theirs)):
        start = time.process_time()
        found = compare(*pair)
        if found is not None:
            described(found, *pair, EqualityRules())
        assert time.process_time() - start < 4
