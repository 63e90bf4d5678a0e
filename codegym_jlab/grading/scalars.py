"""Single values on the wire: when two numbers agree, and stand-ins by which equal values are found."""

from __future__ import annotations

import math
from collections import Counter
from decimal import Decimal
from typing import Any

from codegym_jlab.grading.rendering import number_of, whole_of
from codegym_jlab.submission import WireValue

RELATIVE = 1e-9
NUMBERS = frozenset({"int", "float"})


def number_in(wire: WireValue) -> float:
    """An int, float or bool as Python's. Raises ValueError or OverflowError."""
    if wire[0] == "bool":
        return int(wire[1])
    return number_of(wire[1]) if wire[0] == "float" else whole_of(wire[1])


def close(a: float, b: float, tolerance: float | None = None) -> bool:
    """Within 1e-9 relative, or within the absolute tolerance; NaN equals NaN; whole numbers of any size are exact."""
    if a == b or (a != a and b != b):
        return True
    if tolerance is None and isinstance(a, int) and isinstance(b, int):
        return False
    try:
        # the sliver above the tolerance is for the rounding of the difference itself: 1.1 is within 0.1 of 1.0
        return math.isclose(a, b, rel_tol=RELATIVE, abs_tol=(tolerance or 0.0) * (1 + RELATIVE))
    except OverflowError:
        return False


def digits_of(text: str) -> object:
    """A stand-in for a Decimal that is equal for equal numbers: 1.20 and 1.2."""
    sign, digits, exponent = Decimal(text).as_tuple()
    if not isinstance(exponent, int):
        return text
    kept = "".join(map(str, digits)).lstrip("0").rstrip("0")
    zeros = len("".join(map(str, digits)).lstrip("0")) - len(kept)
    return (sign, kept, exponent + zeros) if kept else 0


def moment_of(text: str) -> str:
    """One spelling of a moment: numpy writes as many places as its unit has."""
    day, _, clock = text.replace(" ", "T").partition("T")
    if any(c in clock for c in "+-Z"):
        return text
    whole, _, fraction = clock.partition(".")
    whole += "00:00:00"[len(whole) :]
    return f"{day}T{whole}.{fraction.rstrip('0')}"


def key_of(wire: WireValue) -> Any:
    """A hashable stand-in: equal for equal values, apart from the rounding of floats.

    Numbers stand in it as text: the hash of text is keyed, so that no answer can be made of colliding keys.
    """
    tag = wire[0]
    if tag == "float":
        return (tag, (number_of(wire[1]) + 0.0).hex())
    if tag in ("list", "tuple"):
        return (tag, tuple(key_of(w) for w in wire[1]))
    if tag in ("set", "frozenset"):
        return (tag, frozenset(Counter(key_of(w) for w in wire[1]).items()))
    if tag == "dict":
        return (tag, frozenset(Counter((key_of(k), key_of(v)) for k, v in wire[1]).items()))
    if tag in ("decimal", "datetime"):
        return (tag, repr(digits_of(wire[1])) if tag == "decimal" else moment_of(wire[1]))
    return (tag, wire[1] if tag in ("int", "str") else repr(wire[1:]))


def order_of(wire: WireValue) -> tuple[str, list[tuple[bool, float]]]:
    """Sorts values by everything but their floats, then by the floats."""
    floats: list[tuple[bool, float]] = []

    def skeleton(part: Any) -> Any:
        if isinstance(part, list):
            if len(part) == 2 and part[0] in ("int", "float") and isinstance(part[1], str):
                number = number_in(part)
                floats.append((number != number, 0.0 if number != number else number))
                return part[0]
            return [skeleton(p) for p in part]
        return part

    return repr(skeleton(wire)), floats
