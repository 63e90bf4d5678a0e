"""One offering alone: which rows are its own, and how they are put beside those of others.

What a class is made of refers to nothing outside it but courses as they were frozen, which go with it and are shared by
their digests. Events that were delivered stay where they were; those that wait get new places in the outbox.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, column, false, func, select, table, text, union

from ..base import StoreTooNew
from ..files import keep_private
from ..migrations import HEAD
from ..privacy import Erasure
from .archive import BackupError, Reader, Shape, shapes_of
from .connection import form_of, postgres_connection, sqlite_connection
from .restore import Told, pages, restore

#: Without an offering of their own: the table that they hang on, by which column and which of its.
_HANGS_ON = {
    "judgements": ("submissions", "submission", "id"),
    "check_results": ("judgements", "judgement", "id"),
    "score_parts": ("judgements", "judgement", "id"),
}
_NOT_ITS = frozenset({"leases", "sends"})
_SHARED = frozenset({"versions", "course_files"})
_WAITING = "outbox"


class Taken(BackupError):
    """The offering is there."""

    def __init__(self, offering: str) -> None:
        super().__init__(f"A class {offering!r} is among the records already, and stays as it is. Nothing was changed.")


def reading_of(connection: Connection, shape: Shape, offering: str) -> Select[Any]:
    """A table's rows that are this offering's. Raises BackupError where nobody has said which these are."""
    return shape.reading().where(_own(connection, shape, offering))


def _own(connection: Connection, shape: Shape, offering: str) -> ColumnElement[bool]:
    columns: dict[str, ColumnElement[Any]] = {
        name: column(name) for name in shape.columns
    }  # of the one table that is read
    if shape.name in _NOT_ITS:
        return false()
    if shape.name == "offerings":
        return columns["id"] == offering
    if shape.name == _WAITING:
        return (columns["offering"] == offering) & columns["delivered_at"].is_(None)
    if "offering" in columns:
        return columns["offering"] == offering
    if shape.name in _HANGS_ON:
        return columns[_HANGS_ON[shape.name][1]].in_(_keys(shape.name, offering))
    if shape.name == "versions":
        return columns["digest"].in_(_versions(offering))
    if shape.name == "course_files":
        return columns["digest"].in_(sorted(_files(connection, offering)))
    raise BackupError(f"The table {shape.name} cannot be divided by classes. Back up all records.")


def _keys(name: str, offering: str) -> Select[Any]:
    """Of the rows that a table hangs on."""
    on, _, key = _HANGS_ON[name]
    if on in _HANGS_ON:
        through = table(on, column(key), column(_HANGS_ON[on][1]))
        return select(through.c[key]).where(through.c[_HANGS_ON[on][1]].in_(_keys(on, offering)))
    owned = table(on, column(key), column("offering"))
    return select(owned.c[key]).where(owned.c.offering == offering)


def _versions(offering: str) -> Any:
    """Published there, or in force when something was received."""
    named = [table(name, column("offering"), column("version")) for name in ("publications", "submissions")]
    return union(
        *(select(one.c.version).where(one.c.offering == offering, one.c.version.is_not(None)) for one in named)
    )


def _files(connection: Connection, offering: str) -> set[str]:
    known = {shape.name: shape for shape in shapes_of(connection)}
    if "versions" not in known:
        return set()
    clause = known["versions"].table
    found = connection.execute(select(clause.c.files).where(clause.c.digest.in_(_versions(offering)))).scalars()
    return {digest for files in found for digest in files.values()}


def refuse_unknown(connection: Connection, offering: str) -> None:
    """Raises BackupError where there is no such offering."""
    offerings = table("offerings", column("id"))
    known = sorted(connection.execute(select(offerings.c.id)).scalars())
    if offering not in known:
        there = f"There are: {', '.join(known[:20])}." if known else "There is none."
        raise BackupError(f"There is no class {offering!r} among the records. {there}")


def add(reader: Reader, records: Path | str, *, told: Told, erased: list[Erasure]) -> int:
    """Put the offering of a backup beside those that are there; how many who had been erased were erased again.

    It is put into records of its own first, brought to our form and checked there; then all of it in one transaction.
    Raises BackupError (Taken, a damaged file), StoreTooNew, StoreUnavailable; then all is as before.
    """
    assert reader.manifest.offering is not None, "who calls has looked"
    with tempfile.TemporaryDirectory(prefix="codegym-restore-") as folder:
        alone = Path(folder) / "alone.sqlite"
        again = restore(reader, alone, aside=None, told=told, erased=erased)
        with sqlite_connection(alone, "query_only=ON", begin="BEGIN") as origin:
            for connection in _writing(records):
                _refuse_taken(connection, reader.manifest.offering)
                _copy(origin, connection, told)
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("BEGIN")  # for who ends it
    return again


def _writing(records: Path | str) -> Iterator[Connection]:
    """A connection to records in our form, made where there are none, in a transaction."""
    from ..migrations.migrate import upgrade

    if isinstance(records, str):
        from ..postgresql import MIGRATING

        with postgres_connection(records, begin="BEGIN") as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:which)"), {"which": MIGRATING})
            _to_our_form(connection, upgrade)
            yield connection
        return
    records.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    keep_private(records)
    with sqlite_connection(records, "foreign_keys=ON", "synchronous=FULL", begin="BEGIN IMMEDIATE") as connection:
        _to_our_form(connection, upgrade)
        yield connection


def _to_our_form(connection: Connection, upgrade: Any) -> None:
    form = form_of(connection)
    if form > HEAD:
        raise StoreTooNew("The records are those of a newer CodeGYM. Update this one first.")
    if not form and shapes_of(connection):
        raise BackupError("What is there is no records of CodeGYM. Name another file or database.")
    if form != HEAD:
        upgrade(connection)


def _refuse_taken(connection: Connection, offering: str) -> None:
    offerings = table("offerings", column("id"))
    if connection.execute(select(func.count()).where(offerings.c.id == offering)).scalar_one():
        raise Taken(offering)


def _copy(origin: Connection, into: Connection, told: Told) -> None:
    shapes = shapes_of(origin)
    total = sum(origin.execute(select(func.count()).select_from(shape.table)).scalar_one() for shape in shapes)
    done = 0
    for shape in shapes:
        rows = (row._asdict() for row in origin.execute(shape.reading().execution_options(yield_per=1000)))
        for page in pages(_fresh(into, shape, rows)):
            into.execute(_adding(shape), [{n: v for n, v in row.items() if n not in shape.own} for row in page])
            done += len(page)
            told("added", done, total)
        if shape.own:
            _refer(origin, into, shape)


def _fresh(into: Connection, shape: Shape, rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Of what classes share, that which is not there; of what waits to be told, without its old place."""
    if shape.name in _SHARED:
        clause = shape.table
        there = set(into.execute(select(clause.c[shape.key[0]])).scalars())
        yield from (row for row in rows if row[shape.key[0]] not in there)
    elif shape.name == _WAITING:
        yield from ({name: value for name, value in row.items() if name not in shape.key} for row in rows)
    else:
        yield from rows


def _adding(shape: Shape) -> Any:
    if shape.name != _WAITING:
        return shape.adding()
    columns: Mapping[str, str] = {name: kind for name, kind in shape.columns.items() if name not in shape.key}
    return Shape(shape.name, columns, ()).adding()


def _refer(origin: Connection, into: Connection, shape: Shape) -> None:
    clause = shape.table
    referring = [clause.c[name].is_not(None) for name in shape.own]
    asked = select(*(clause.c[name] for name in (*shape.key, *shape.own))).where(*referring)
    for page in pages(row._asdict() for row in origin.execute(asked)):
        keyed = [{f"key_{n}": row[n] for n in shape.key} | {n: row[n] for n in shape.own} for row in page]
        into.execute(shape.referring(), keyed)
