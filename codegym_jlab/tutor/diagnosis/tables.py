"""What alone two values differ in: the order of their parts; of tables their kind, columns, rows or labels."""

from typing import Any

from codegym_jlab.grading.checker.value_text import show
from codegym_jlab.grading.checker.verdict import type_name
from codegym_jlab.records import frozen

_TABLES = ("frame", "series")
_LONGEST = 60


@frozen
class Apart:
    """In what two values differ (`diagnosis.value.…` of the catalogue), and what each has there."""

    what: str
    got: str = ""
    wanted: str = ""


def apart(got: Any, wanted: Any) -> Apart | None:
    """What tells two values of the wire apart; None where they are the same, or no such word says it."""
    if got is None or wanted is None or got == wanted:
        return None
    if got[0] != wanted[0]:
        is_table = got[0] in _TABLES or wanted[0] in _TABLES
        return Apart("kind", type_name(got), type_name(wanted)) if is_table else None
    if got[0] in _TABLES:
        return _tables_apart(got, wanted)
    return Apart("order") if got[0] in ("list", "tuple") and _alike(got[1], wanted[1]) else None


def _tables_apart(got: Any, wanted: Any) -> Apart | None:
    if got[0] == "series":
        (_, _, labels, _, own), (_, _, others, _, right) = got, wanted
        own, right, names = [own], [right], [""]
    else:
        (_, heads, labels, _, own), (_, other_heads, others, _, right) = got, wanted
        if heads != other_heads:
            return Apart("columns", *(_named(one) for one in (heads, other_heads)))
        names = [_named([head]) for head in heads]
    if len(labels) != len(others):
        return Apart("rows", str(len(labels)), str(len(others)))
    if own == right:
        return Apart("labels")
    rows, other_rows = ([*zip(*columns, strict=True)] for columns in (own, right))
    if _alike(rows, other_rows):
        return Apart("order")
    wrong = [name for name, a, b in zip(names, own, right, strict=True) if a != b]
    return Apart("cells", ", ".join(wrong)) if len(wrong) < len(names) else None


def _alike(own: Any, others: Any) -> bool:
    return sorted(map(repr, own)) == sorted(map(repr, others))


def _named(names: Any) -> str:
    return show(["list", names], _LONGEST)[1:-1].replace("'", "") if names else "–"
