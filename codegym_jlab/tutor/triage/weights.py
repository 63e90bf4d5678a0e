"""A linear model's weights, learned by `scripts/triage.py` from the exam's messages. Read once, when first asked."""

from __future__ import annotations

import math
import zlib
from functools import cache
from importlib import resources

from codegym_jlab.tutor.question import Intent

#: In the order of the labelling rules, and of the columns of the table.
INTENTS: tuple[Intent, ...] = (
    "distress",
    "injection",
    "solution_request",
    "explain_error",
    "review",
    "hint",
    "concept",
    "progress",
    "logistics",
    "off_topic",
)

FILE = "weights.bin"


@cache
def _table() -> tuple[float, memoryview]:
    """What one step of a weight is worth, and the steps of all rows, an intent after the other."""
    data = zlib.decompress((resources.files(__package__) / FILE).read_bytes())
    return float(data[:16]), memoryview(data)[16:].cast("b")


def chances(rows: list[int]) -> dict[Intent, float]:
    """How likely each intent is, by the rows of a message's features; they sum to 1."""
    scale, table = _table()
    width = len(INTENTS)
    known = [table[row * width : (row + 1) * width] for row in rows]
    sums = [scale * sum(column) for column in zip(*known, strict=True)] or [0.0] * width
    top = max(sums)
    grown = [math.exp(value - top) for value in sums]
    total = sum(grown)
    return {intent: value / total for intent, value in zip(INTENTS, grown, strict=True)}
