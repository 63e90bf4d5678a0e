"""What alone two values differ in: the order of their parts; of tables their kind, columns, rows or labels."""

from typing import Any

from codegym_jlab.grading.checker.equality import EqualityRules, cells_differ
from codegym_jlab.grading.checker.value_text import show
from codegym_jlab.grading.checker.verdict import Expected, type_name
from codegym_jlab.records import frozen
from codegym_jlab.runner.wire.values import WireError, check_wire

_TABLES = ("frame", "series")
_LONGEST = 60


@frozen
class Apart:
    """In what two values differ (`diagnosis.value.…` of the catalogue), and what each has there."""

    what: str
    got: str = ""
    wanted: str = ""


def apart(got: Any, expected: Expected) -> Apart | None:
    """What tells a value of the wire, as it came, from the one that is wanted; None where no such word says it."""
    wanted = expected.value
    if got is None or wanted is None:
        return None
    try:
        got = check_wire(got)
    except WireError:
        return None
    if got[0] != wanted[0]:
        is_table = got[0] in _TABLES or wanted[0] in _TABLES
        return Apart("kind", type_name(got), type_name(wanted)) if is_table else None
    if got[0] in _TABLES:
        return _tables_apart(got, wanted, expected.rules)
    return Apart("order") if got[0] in ("list", "tuple") and _alike(got[1], wanted[1]) else None


def _tables_apart(got: Any, wanted: Any, rules: EqualityRules) -> Apart | None:
    def is_same(own: Any, others: Any) -> bool:
        return not any(cells_differ(a, b, rules) for a, b in zip(others, own, strict=True))

    heads, other_heads = (table[1] if table[0] == "frame" else [table[1]] for table in (got, wanted))
    if got[0] == "frame" and heads != other_heads:
        return Apart("columns", _named(heads), _named(other_heads))
    labels, other_labels = got[2], wanted[2]
    if len(labels) != len(other_labels):
        return Apart("rows", str(len(labels)), str(len(other_labels)))
    own, others = (table[4] if table[0] == "frame" else [table[4]] for table in (got, wanted))
    wrong = [head for head, a, b in zip(heads, own, others, strict=True) if not is_same(a, b)]
    if not wrong and not is_same(labels, other_labels):
        return Apart("labels")
    if not wrong:
        dtypes = (", ".join([table[3]] if isinstance(table[3], str) else table[3]) for table in (got, wanted))
        return Apart("dtypes", *dtypes) if got[3] != wanted[3] else None
    if _alike(zip(*own, strict=True), zip(*others, strict=True)):
        return Apart("order")
    return Apart("cells", _named(wrong)) if len(wrong) < len(heads) else None


def _alike(own: Any, others: Any) -> bool:
    return sorted(map(repr, own)) == sorted(map(repr, others))


def _named(names: Any) -> str:
    return show(["list", names], _LONGEST)[1:-1].replace("'", "") if names else "–"
