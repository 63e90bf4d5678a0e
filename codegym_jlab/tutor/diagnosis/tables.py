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
class Cell:
    """The first cell that differs: the labels of its row and column, and what each table has there."""

    row: str
    column: str
    got: str
    wanted: str


@frozen
class Apart:
    """In what two values differ, as `diagnosis.value.…` of the catalogue or "" for no such word, and what each has."""

    what: str = ""
    got: str = ""
    wanted: str = ""
    cell: Cell | None = None


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
    if got[0] not in ("list", "tuple"):
        return None
    if _alike(got[1], wanted[1]):
        return Apart("order")
    at = _differing(got[1], wanted[1], expected.rules) if len(got[1]) == len(wanted[1]) else None
    is_cut = len(show(wanted, _LONGEST)) == _LONGEST
    return Apart("item", show(got[1][at]), show(wanted[1][at])) if at is not None and is_cut else None


def _differing(own: Any, others: Any, rules: EqualityRules) -> int | None:
    """The first place where as many values differ."""
    return next((at for at, (a, b) in enumerate(zip(others, own, strict=True)) if cells_differ(a, b, rules)), None)


def _tables_apart(got: Any, wanted: Any, rules: EqualityRules) -> Apart | None:
    heads, other_heads = (table[1] if table[0] == "frame" else [table[1]] for table in (got, wanted))
    if got[0] == "frame" and heads != other_heads:
        return Apart("columns", _named(heads), _named(other_heads))
    labels, other_labels = got[2], wanted[2]
    if len(labels) != len(other_labels):
        return Apart("rows", str(len(labels)), str(len(other_labels)))
    own, others = (table[4] if table[0] == "frame" else [table[4]] for table in (got, wanted))
    places = [_differing(a, b, rules) for a, b in zip(own, others, strict=True)]
    wrong = [(number, at) for number, at in enumerate(places) if at is not None]
    if not wrong and (label := _differing(labels, other_labels, rules)) is not None:
        return Apart("labels", show(labels[label], _LONGEST), show(other_labels[label], _LONGEST))
    if not wrong:
        kinds = [", ".join([table[3]] if isinstance(table[3], str) else table[3]) for table in (got, wanted)]
        return Apart("dtypes", kinds[0], kinds[1]) if kinds[0] != kinds[1] else None
    if _alike(zip(*own, strict=True), zip(*others, strict=True)):
        return Apart("order")
    (number, at), is_part = wrong[0], len(wrong) < len(heads)
    row, column = show(labels[at], _LONGEST), _named([heads[number]])
    is_known = _differing(labels, other_labels, rules) is None  # else the rows are not the same ones
    got_cell, wanted_cell = (show(one[number][at], _LONGEST) for one in (own, others))
    cell = Cell(row, column, got_cell, wanted_cell) if is_known else None
    heads_told = _named([heads[number] for number, _ in wrong]) if is_part else ""
    return Apart("cells" if is_part else "", heads_told, cell=cell) if is_part or cell is not None else None


def _alike(own: Any, others: Any) -> bool:
    return sorted(map(repr, own)) == sorted(map(repr, others))


def _named(names: Any) -> str:
    return show(["list", names], _LONGEST)[1:-1].replace("'", "") if names else "–"
