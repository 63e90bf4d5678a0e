"""Right or wrong, decided outside: equality of two values on the wire, as a pure function.

`checker.verdict` calls it with the author's value and the student's. Both are tagged trees that `runner.wire` has
checked; nothing of the student's is built or asked, so an `__eq__` of theirs is never heard. The rules, and a table of
cases that the tests read, stand in docs/reference/equality.md.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from typing import Any

from codegym_jlab.records import WireValue, frozen

from .value_text import number_of, show, whole_of

RELATIVE = 1e-9
NUMBERS = frozenset({"int", "float"})
MOST_DIGITS = 2000
_EXACT = Context(prec=MOST_DIGITS, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])


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


def digits_of(text: str) -> str:
    """One spelling of a Decimal: 1.20 and 1.2 are equal. A very long one stands for itself."""
    return text if len(text) > MOST_DIGITS else str(_EXACT.normalize(_EXACT.plus(Decimal(text))))


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
        return (tag, "0x0.0p+0" if wire[1] == "-0x0.0p+0" else wire[1])
    if tag in ("list", "tuple"):
        return (tag, tuple(key_of(w) for w in wire[1]))
    if tag in ("set", "frozenset", "dict"):
        keys = (tuple(map(key_of, pair)) for pair in wire[1]) if tag == "dict" else map(key_of, wire[1])
        return (tag, frozenset(Counter(keys).items()))
    if tag == "decimal":
        return (tag, digits_of(wire[1]))
    return (tag, moment_of(wire[1]) if tag == "datetime" else repr(wire[1:]))


def order_of(wire: WireValue) -> tuple[str, list[tuple[bool, float]]]:
    """Sorts values by everything but their floats, then by the floats."""
    floats = []

    def skeleton(part: Any) -> Any:
        if isinstance(part, list):
            if len(part) == 2 and part[0] in ("int", "float") and isinstance(part[1], str):
                number = number_in(part)
                floats.append((number != number, 0.0 if number != number else number))
                return "number"
            return [skeleton(p) for p in part]
        return part

    return repr(skeleton(wire)), floats


#: Pairs of unordered items with inexact parts that are tried before two sets count as different.
MAX_PAIRS = 10_000

_MISSING = frozenset({"nat", "na", "masked", "none"})


@frozen
class EqualityRules:
    """How two values are compared: `tolerance` is absolute; `by_value` lets ints and floats agree."""

    exact: bool = False
    tolerance: float | None = None
    by_value: bool = False


@frozen
class Difference:
    """The first place where two values part. `expected` or `got` is None where there is nothing at that place."""

    reason: str  #: value, kind, length, missing, extra; of arrays and tables columns, index, shape, dtype, dtypes, name
    path: str  #: as Python would write it after the value: "", "[2]", "['a'][0]", ".x"
    expected: WireValue | None
    got: WireValue | None

    def below(self, step: str) -> "Difference":
        """The same, told from one step further up."""
        return replace(self, path=f"{step}{self.path}")


PLAIN = EqualityRules()


def alike(expected: WireValue, got: WireValue) -> bool:
    """True where two values of different kinds hold the same: 6 and 6.0, (1, 2) and [1, 2], '6' and 6."""
    kinds = {expected[0], got[0]}
    if kinds <= {"int", "float", "bool"}:
        return close(number_in(expected), number_in(got))
    if "str" in kinds:
        plain = [w[1] if w[0] == "str" else show(w) for w in (expected, got)]
        return bool(plain[0] == plain[1])
    ours, theirs = _items(expected), _items(got)
    if ours is None or theirs is None or len(ours) != len(theirs):
        return False
    rules = EqualityRules(by_value=True)
    if kinds & {"set", "frozenset"}:
        return _unordered(ours, theirs, rules) is None
    return all(compare(e, g, rules) is None for e, g in zip(ours, theirs, strict=True))


def _items(wire: WireValue) -> list[WireValue] | None:
    if wire[0] in ("list", "tuple", "set", "frozenset"):
        return list(wire[1])
    if wire[0] == "ndarray" and len(wire[2]) == 1:
        return list(wire[3])
    if wire[0] == "series":
        return list(wire[4])
    if wire[0] == "range":
        span = _span(wire)  # its length may be more than `len` can say
        return [["int", str(n)] for n in span] if not span[10_000:] else None
    return None


def compare(expected: WireValue, got: WireValue, rules: EqualityRules = PLAIN) -> Difference | None:
    """None where the two values are equal under the rules, else the first difference.

    By kind, then by the kind's own rule, which tells of a part by its path in the whole. Raises ValueError, TypeError
    or IndexError for a tree that is no wire value.
    """
    kind = expected[0]
    if expected == got:
        return None
    if kind != got[0]:
        if not (rules.by_value and kind in NUMBERS and got[0] in NUMBERS and not rules.exact):
            return Difference("kind", "", expected, got)
        near = close(number_in(expected), number_in(got), rules.tolerance)
    elif kind in _PARTS:
        return _PARTS[kind](expected, got, rules)
    else:
        near = kind in _WHOLE and _WHOLE[kind](expected, got, rules)
    return None if near else Difference("value", "", expected, got)


def _int(expected: WireValue, got: WireValue, rules: EqualityRules) -> bool:
    a, b = whole_of(expected[1]), whole_of(got[1])
    return a == b or (rules.by_value and rules.tolerance is not None and close(a, b, rules.tolerance))


def _complex(expected: WireValue, got: WireValue, rules: EqualityRules) -> bool:
    ours, theirs = [complex(number_of(w[1]), number_of(w[2])) for w in (expected, got)]
    parts = close(ours.real, theirs.real, rules.tolerance) and close(ours.imag, theirs.imag, rules.tolerance)
    apart = math.hypot(ours.real - theirs.real, ours.imag - theirs.imag)
    bound = max(rules.tolerance or 0.0, RELATIVE * math.hypot(ours.real, ours.imag))
    return parts or apart <= bound < math.inf


def _span(wire: WireValue) -> range:
    return range(*(whole_of(part) for part in wire[1:4]))


def _sequence(expected: WireValue, got: WireValue, rules: EqualityRules) -> Difference | None:
    ours, theirs = expected[1], got[1]
    for number, (a, b) in enumerate(zip(ours, theirs, strict=False)):
        if a != b and (found := compare(a, b, rules)):
            return found.below(f"[{number}]")
    return None if len(ours) == len(theirs) else Difference("length", "", expected, got)


def _unordered(ours: list[WireValue], theirs: list[WireValue], rules: EqualityRules) -> Difference | None:
    """Equal as multisets; what is left after the exact matches is paired in the order of its floats."""
    our_keys, their_keys = [key_of(w) for w in ours], [key_of(w) for w in theirs]
    missing, extra = _left_over(ours, our_keys, their_keys), _left_over(theirs, their_keys, our_keys)
    if not missing and not extra:
        return None
    if len(missing) == len(extra) and _inexact(missing, rules) and _paired(missing, extra, rules):
        return None
    if missing:
        return Difference("missing", "", missing[0], extra[0] if extra else None)
    return Difference("extra", "", None, extra[0])


def _left_over(ours: list[WireValue], keys: list[Any], others: list[Any]) -> list[WireValue]:
    """Those of `ours` (with the keys `keys`) that have no partner of the same key among `others`."""
    spare = Counter(others)
    left = []
    for wire, key in zip(ours, keys, strict=True):
        if spare[key] > 0:
            spare[key] -= 1
        else:
            left.append(wire)
    return left


def _paired(ours: list[WireValue], theirs: list[WireValue], rules: EqualityRules) -> bool:
    a, b = sorted(ours, key=order_of), sorted(theirs, key=order_of)
    if all(compare(x, y, rules) is None for x, y in zip(a, b, strict=True)):
        return True
    if len(a) * len(b) > MAX_PAIRS:
        return False
    for x in a:  # rarely reached: several inexact parts whose order the rounding turned
        match = next((i for i, y in enumerate(b) if compare(x, y, rules) is None), None)
        if match is None:
            return False
        del b[match]
    return True


def _dict(expected: WireValue, got: WireValue, rules: EqualityRules) -> Difference | None:
    theirs = defaultdict(list)
    for key, value in reversed(got[1]):
        theirs[key_of(key)].append((key, value))
    unmatched = []
    for key, value in expected[1]:
        found = theirs.get(key_of(key))
        if not found:
            unmatched.append((key, value))
            continue
        other = found.pop()[1]
        if difference := compare(value, other, rules):
            return difference.below(f"[{show(key, 60)}]")
    spare = [pair for pairs in reversed(theirs.values()) for pair in reversed(pairs)]
    return _near_keys(unmatched, spare, rules)


def _near_keys(ours: list[Any], theirs: list[Any], rules: EqualityRules) -> Difference | None:
    """Keys with floats in them, which may be off by rounding, with their values."""
    if len(ours) == len(theirs) and _inexact([key for key, _ in ours], rules):
        our_pairs, their_pairs = ([["tuple", list(pair)] for pair in side] for side in (ours, theirs))
        if _paired(our_pairs, their_pairs, rules):
            return None
    key, value = (ours or theirs)[0]
    where = f"[{show(key, 60)}]"
    return Difference("missing", where, value, None) if ours else Difference("extra", where, None, value)


def _inexact(unmatched: list[WireValue], rules: EqualityRules) -> bool:
    """Whether each of these may agree with another value that is not the very same: it holds a float somewhere."""
    return rules.by_value or rules.tolerance is not None or all(map(_holds_float, unmatched))


def _holds_float(wire: WireValue) -> bool:
    parts = [part for part in wire if isinstance(part, list)]
    return wire[:1] in (["float"], ["complex"]) or any(map(_holds_float, parts))


def _named(expected: WireValue, got: WireValue, rules: EqualityRules) -> Difference | None:
    """What bears the name of its class: an exception, a value of a subclass, a dataclass."""
    if expected[1] != got[1]:
        return Difference("kind", "", expected, got)
    if expected[0] == "exception":
        found = _sequence(["tuple", expected[2]], ["tuple", got[2]], rules)
        return found and found.below(".args")
    return _fields(expected, got, rules) if expected[0] == "dataclass" else compare(expected[2], got[2], rules)


def _fields(expected: WireValue, got: WireValue, rules: EqualityRules) -> Difference | None:
    theirs = dict(map(tuple, got[2]))
    for name, value in expected[2]:
        if name not in theirs:
            return Difference("missing", f".{name}", value, None)
        if found := compare(value, theirs.pop(name), rules):
            return found.below(f".{name}")
    for name, value in theirs.items():
        return Difference("extra", f".{name}", None, value)
    return None


def cells_differ(expected: WireValue, got: WireValue, rules: EqualityRules) -> Difference | None:
    """Within arrays and tables ints and floats agree by value, and what is missing agrees with what is missing."""
    if expected == got or (not rules.exact and _is_missing(expected) and _is_missing(got)):
        return None
    return compare(expected, got, replace(rules, by_value=True))


def _is_missing(wire: WireValue) -> bool:
    return wire[0] in _MISSING or wire == ["float", "nan"]


def _ndarray(expected: WireValue, got: WireValue, rules: EqualityRules) -> Difference | None:
    if rules.exact and expected[1] != got[1]:
        return Difference("dtype", ".dtype", ["str", expected[1]], ["str", got[1]])
    if expected[2] != got[2]:
        return Difference("shape", ".shape", _shape(expected[2]), _shape(got[2]))
    rules = replace(rules, by_value=True)
    for number, (a, b) in enumerate(zip(expected[3], got[3], strict=True)):
        if found := compare(a, b, rules):
            return replace(found, path=f"[{_place(number, expected[2])}]")
    return None


def _shape(lengths: list[int]) -> WireValue:
    return ["tuple", [["int", str(n)] for n in lengths]]


def _place(number: int, shape: list[int]) -> str:
    places = []
    for length in reversed(shape):
        number, place = divmod(number, length)
        places.append(str(place))
    return ", ".join(reversed(places))


def _series(expected: WireValue, got: WireValue, rules: EqualityRules) -> Difference | None:
    if rules.exact and expected[3] != got[3]:
        return Difference("dtype", ".dtype", ["str", expected[3]], ["str", got[3]])
    if rules.exact and compare(expected[1], got[1], rules):
        return Difference("name", ".name", expected[1], got[1])
    found = _labels(expected[2], got[2], rules, "index")
    return found or _cells(expected[4], got[4], expected[2], rules)


def _frame(expected: WireValue, got: WireValue, rules: EqualityRules) -> Difference | None:
    if found := _labels(expected[1], got[1], rules, "columns"):
        return found
    if rules.exact and expected[3] != got[3]:
        ours, theirs = (["list", [["str", d] for d in w[3]]] for w in (expected, got))
        return Difference("dtypes", ".dtypes", ours, theirs)
    if found := _labels(expected[2], got[2], rules, "index"):
        return found
    for column, ours, theirs in zip(expected[1], expected[4], got[4], strict=True):
        if found := _cells(ours, theirs, expected[2], rules):
            return found.below(f"[{show(column, 60)}]")
    return None


def _labels(ours: list[WireValue], theirs: list[WireValue], rules: EqualityRules, what: str) -> Difference | None:
    same = len(ours) == len(theirs) and not any(cells_differ(a, b, rules) for a, b in zip(ours, theirs, strict=True))
    return None if same else Difference(what, f".{what}", ["list", ours], ["list", theirs])


def _cells(
    ours: list[WireValue], theirs: list[WireValue], index: list[WireValue], rules: EqualityRules
) -> Difference | None:
    for a, b, label in zip(ours, theirs, index, strict=True):
        if found := cells_differ(a, b, rules):
            return found.below(f"[{show(label, 60)}]")
    return None


#: Kinds that are compared as a whole: do these two agree? All others but those with parts must be the very same.
_WHOLE: dict[str, Callable[[WireValue, WireValue, EqualityRules], bool]] = {
    "int": _int,
    "float": lambda a, b, rules: close(number_of(a[1]), number_of(b[1]), rules.tolerance),
    "complex": _complex,
    "decimal": lambda a, b, rules: digits_of(a[1]) == digits_of(b[1]),
    "datetime": lambda a, b, rules: moment_of(a[1]) == moment_of(b[1]),
    "range": lambda a, b, rules: _span(a) == _span(b),
}
_PARTS = {
    "list": _sequence,
    "tuple": _sequence,
    **dict.fromkeys(("set", "frozenset"), lambda expected, got, rules: _unordered(expected[1], got[1], rules)),
    "dict": _dict,
    "dataclass": _named,
    "exception": _named,
    "typed": _named,
    "ndarray": _ndarray,
    "series": _series,
    "frame": _frame,
}
