"""What an honest answer gives is never taken for a forged frame; what is large costs no more than its length."""

from __future__ import annotations

import enum
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from codegym_jlab.runner.wire import tables, values
from codegym_jlab.runner.wire.decode import decode


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Row(list[int]):
    def __hash__(self) -> int:  # type: ignore[override]
        return 1


@dataclass(frozen=True)
class Point:
    x: int
    y: list[int]

    def __hash__(self) -> int:
        return self.x


class Deep(list[Any]):
    pass


def deep(levels: int) -> Deep:
    return Deep([deep(levels - 1)]) if levels else Deep()


HONEST: list[Any] = [
    range(10**30),
    range(10**700, 10**701, 10**690),
    complex(1e308, -1e308) * 10,
    {Colour.RED, Colour.BLUE},
    {Colour.RED: 1},
    {Point(1, [2]), Point(2, [3])},
    {Row([1]), Row([2])},
    deep(50),
    pd.Series([pd.NaT] * 150_000),
    np.array(["1970-01-01", "NaT"], dtype="M8[ns]"),
]


@pytest.mark.parametrize("value", HONEST, ids=[f"{n}-{type(value).__name__}" for n, value in enumerate(HONEST)])
@pytest.mark.parametrize("exact", [False, True])
def test_what_is_honest_breaks_no_rule_of_the_wire(value: Any, exact: bool) -> None:
    tables.capture()
    sent = values.check_wire(values.encode(value, exact=exact))
    try:
        decode(sent)
    except values.Unsupported:  # a set of lists cannot be built here; that is no forgery
        assert isinstance(value, set)


@pytest.mark.parametrize("value", [range(1 << 18_270_000), pd.Series([pd.NaT] * 500_000)], ids=["range", "series"])
def test_what_is_too_large_is_said_by_the_sender(value: Any) -> None:
    tables.capture()
    with pytest.raises(values.Unsupported) as error:
        values.encode(value)
    assert error.value.reason == "too large"


def test_a_class_of_the_same_name_may_have_other_fields() -> None:
    @dataclass
    class Here:
        __slots__ = ("a",)
        a: int

    back = decode(["dataclass", "Here", [["b", ["int", "1"]]]], {"Here": Here})
    assert repr(back) == "Here(b=1)"


@pytest.mark.parametrize("tag", ["set", "frozenset", "dict"])
def test_keys_of_one_hash_are_refused_before_they_are_looked_up(tag: str) -> None:
    keys = [["int", str(k * (2**61 - 1))] for k in range(150_000)]
    sent = values.check_wire([tag, [[key, ["none"]] for key in keys] if tag == "dict" else keys])
    began = time.process_time()
    with pytest.raises(values.Unsupported):
        decode(sent)
    assert time.process_time() - began < 5  # looking them up takes minutes
