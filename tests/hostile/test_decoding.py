"""Values that claim to be large, small or odd: what the author's side makes of them takes no more than was sent."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np  # noqa: F401  (decoding finds them imported)
import pandas as pd  # noqa: F401
import pytest

from codegym_jlab.runner.wire import values
from codegym_jlab.runner.wire.decode import decode

LONG = ["range", "0", "100000000", "1"]

CLAIMS: list[Any] = [
    ["typed", "collections.Counter", LONG],
    ["typed", "builtins.bytearray", ["int", "4000000000"]],
    ["typed", "builtins.bytearray", LONG],
    ["typed", "collections.deque", LONG],
    ["typed", "collections.OrderedDict", ["list", [LONG]]],
    ["ndarray", "float64", [1], [LONG]],
    ["ndarray", "object", [1], [LONG]],
    ["ndarray", "int8,(30000,30000)f8", [1], [["int", "1"]]],
    ["ndarray", "int64", [2], [["list", [["int", "1"]]], ["str", "x"]]],
    ["series", ["none"], [["int", "0"]], "int8,(30000,30000)f8", [["int", "1"]]],
    ["frame", [["int", "0"]], [["int", "0"]], ["float64"], [[["list", [["float", "nan"]]]]]],
]


@pytest.mark.parametrize("value", CLAIMS, ids=str)
def test_a_claim_makes_nothing_large(value: Any) -> None:
    values.check_wire(value)
    tracemalloc.start()
    try:
        decode(value)
    except (values.WireError, values.Unsupported):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def test_arrays_of_lists_are_arrays_of_lists() -> None:
    sent = ["ndarray", "object", [2], [["list", [["int", "1"]]], ["list", [["int", "2"]]]]]
    back = decode(values.check_wire(sent))
    assert (back.shape, back.dtype, back[0]) == ((2,), object, [1])
