"""A backup → records: verified before anything is written, and all there or not at all, whenever this is killed.

A SQLite file is made beside the one that is there and takes its name at the end; in PostgreSQL all of it is one
transaction. Records of an older form are put into tables of that form, and then brought up to date by the same steps
that a server takes.
"""

from __future__ import annotations

import itertools
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from ..base import StoreTooNew
from ..erasure import Erasure
from ..migrations import HEAD
from ..sql.tables import metadata
from .archive import VERSION_TABLE, BackupError, Content, Reader, Shape, shapes_of, sync_folder
from .connection import form_of, postgres_connection, sequence_of, sqlite_connection
from .erasures import erase_again, erased_in

#: What is being done, how many rows are done, and how many there are.
Told = Callable[[str, int, int], None]
#: Puts what is there aside, before it is replaced.
Aside = Callable[[], None]
_PAGE = 500
_BESIDE = ".restoring-"


class NotEmpty(BackupError):
    """There are records already."""

    def __init__(self) -> None:
        super().__init__(
            "There are records already, and they stay as they are. To put the backup in their place: --replace, "
            "which first backs them up."
        )


class InUse(BackupError):
    """A server has the records open."""

    def __init__(self) -> None:
        super().__init__("A server, or another command, has these records open. Stop it, restore, and start it again.")


def restore(
    reader: Reader, records: Path | str, *, aside: Aside | None, told: Told, erased: Sequence[Erasure] = ()
) -> int:
    """Put a backup where records are kept; with `aside`, which is called before, in place of what is there.

    Whom `erased` names, or what is there, is erased from it before anybody sees it; returns how many that were.
    Raises BackupError (NotEmpty, InUse, a damaged file), StoreTooNew, StoreUnavailable; then all is as before.
    """
    verify(reader, told)
    if isinstance(records, str):
        return _into_postgres(reader, records, aside, told, erased)
    return _into_sqlite(reader, records, aside, told, erased)


def verify(reader: Reader, told: Told) -> None:
    """Read all of it. Raises BackupError, and StoreTooNew where this version is too old for it."""
    schema = reader.manifest.schema
    if schema > HEAD:
        raise StoreTooNew(
            f"The backup holds records of a newer CodeGYM (version {schema} of their form; this one knows {HEAD}). "
            "Update CodeGYM first."
        )
    for seen in reader.verify():
        told("verified", seen, reader.manifest.rows)


# -- SQLite ----------------------------------------------------------------------------------------


def _into_sqlite(reader: Reader, path: Path, aside: Aside | None, told: Told, erased: Sequence[Erasure]) -> int:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(path)
    if path.exists():
        _let_nobody_have(path)
        with sqlite_connection(path, begin="BEGIN") as connection:
            is_empty, erased = _is_empty(connection), [*erased_in(connection), *erased]
        if not is_empty and aside is None:
            raise NotEmpty
        if not is_empty and aside is not None:
            aside()
    side = path.with_name(f"{path.name}{_BESIDE}{secrets.token_hex(4)}")
    try:
        again = _make(reader, side, told, erased)
        if path.exists():
            _let_nobody_have(path)
        os.replace(side, path)
        sync_folder(path.parent)
        return again
    except OSError as error:
        raise BackupError(f"{path} cannot be written ({error.strerror}). Look at its folder and the disk.") from error
    finally:
        with suppress(FileNotFoundError):
            side.unlink()


def _make(reader: Reader, side: Path, told: Told, erased: Sequence[Erasure]) -> int:
    """A whole file, on the disk. Until it has its name nobody misses it: it needs no journal."""
    os.close(os.open(side, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with sqlite_connection(side, "journal_mode=OFF", "synchronous=OFF", "foreign_keys=ON", begin="BEGIN") as connection:
        again = _fill(reader, connection, told, erased)
        if connection.execute(text("PRAGMA foreign_key_check")).first():
            raise BackupError("The backup refers to what is not in it. Take another one.")
        connection.exec_driver_sql("COMMIT")
        if again:
            connection.exec_driver_sql("VACUUM")  # no page keeps what was taken away
        connection.exec_driver_sql("BEGIN")  # for who ends it
    with side.open("rb+") as file:
        os.fsync(file.fileno())
    return again


def _sweep(path: Path) -> None:
    """What a restore left that was killed. None is running: they hold the file, or there is none."""
    for left in path.parent.glob(f"{path.name}{_BESIDE}*"):
        left.unlink(missing_ok=True)


def _let_nobody_have(path: Path) -> None:
    """Its log goes into it, so that no old log meets the new file; that needs that nobody else has it open."""
    try:
        with closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as db:
            (mode,) = db.execute("PRAGMA journal_mode=DELETE").fetchone()
            db.execute("BEGIN EXCLUSIVE")
            db.execute("ROLLBACK")
    except sqlite3.DatabaseError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise InUse from error
        raise BackupError(
            f"What is at {path} cannot be read ({error}). Put it aside yourself, then restore again."
        ) from error
    if mode != "delete":
        raise InUse


# -- PostgreSQL ------------------------------------------------------------------------------------


def _into_postgres(reader: Reader, database: str, aside: Aside | None, told: Told, erased: Sequence[Erasure]) -> int:
    with postgres_connection(database, begin="BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE") as connection:
        from ..postgresql import MIGRATING

        connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
        # a server that starts meanwhile waits, as it would for one that brings the records up to date
        connection.execute(text("SELECT pg_advisory_xact_lock(:which)"), {"which": MIGRATING})
        _refuse_others(connection)
        there = inspect(connection).get_table_names()
        form = form_of(connection)
        if there and not form:
            raise BackupError("The database holds something else. Name another one.")
        if form > HEAD:
            raise StoreTooNew("The database holds records of a newer CodeGYM. Update this one first.")
        if there and not _is_empty(connection):
            if aside is None:
                raise NotEmpty
            aside()
        erased = [*erased_in(connection), *erased]
        ours = {VERSION_TABLE, *metadata.tables, *(each.shape.name for each in reader.manifest.tables)}
        for name in ours.intersection(there):
            connection.exec_driver_sql(f"DROP TABLE {connection.dialect.identifier_preparer.quote(name)} CASCADE")
        again = _fill(reader, connection, told, erased)
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("BEGIN")
        return again


def _refuse_others(connection: Connection) -> None:
    asked = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND backend_type = 'client backend' AND usename = current_user AND application_name = 'codegym'"
    )
    if connection.execute(text(asked)).scalar_one():
        raise InUse


# -- both ------------------------------------------------------------------------------------------


def _is_empty(connection: Connection) -> bool:
    """Tables without rows are what a server makes at its first start."""
    shapes = shapes_of(connection)
    return not any(connection.execute(shape.reading().limit(1)).first() for shape in shapes if shape.name != "leases")


def _fill(reader: Reader, connection: Connection, told: Told, erased: Sequence[Erasure]) -> int:
    """Tables in the form of the backup, its rows, the steps to our form; how many were erased again."""
    from ..migrations.migrate import upgrade

    try:
        upgrade(connection, reader.manifest.schema)
        known = {shape.name: shape for shape in shapes_of(connection)}
        for content in reader.manifest.tables:
            if known.get(content.shape.name) is None or known[content.shape.name].columns != content.shape.columns:
                raise BackupError(f"The backup's table {content.shape.name} is not the one of its version.")
        _load(reader, connection, told)
        _count_on(reader, connection)
        upgrade(connection)
        return erase_again(connection, erased)
    except BackupError:
        raise
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.OperationalError) or getattr(error.orig, "sqlstate", None) is None:
            raise
        raise BackupError(f"The records do not take the backup: {type(error.orig).__name__}.") from error


def _load(reader: Reader, connection: Connection, told: Told) -> None:
    done, total = 0, reader.manifest.rows
    for content in reader.manifest.tables:
        shape = content.shape
        for rows in pages(reader.rows(content)):
            connection.execute(shape.adding(), [_without(row, shape.own) for row in rows])
            done += len(rows)
            told("restored", done, total)
        if shape.own:
            _refer(reader, content, connection)


def _refer(reader: Reader, content: Content, connection: Connection) -> None:
    """A row may refer to one that comes later: so references within a table are written when all its rows are there."""
    shape = content.shape
    referring = (row for row in reader.rows(content) if any(row[name] is not None for name in shape.own))
    for rows in pages(referring):
        keys = [{f"key_{name}": row[name] for name in shape.key} for row in rows]
        connection.execute(
            shape.referring(),
            [{**key, **{name: row[name] for name in shape.own}} for key, row in zip(keys, rows, strict=True)],
        )


def _without(row: dict[str, object], names: tuple[str, ...]) -> dict[str, object]:
    return {name: value for name, value in row.items() if name not in names}


def pages(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """As many as go into one statement."""
    while page := list(itertools.islice(rows, _PAGE)):
        yield page


def _count_on(reader: Reader, connection: Connection) -> None:
    """Numbers go on after the highest that was ever given, here and where the backup was made."""
    for content in reader.manifest.tables:
        counted = reader.manifest.counters.get(content.shape.name)
        if counted is None:
            continue
        highest = max(counted, _highest(connection, content.shape))
        if not highest:
            continue
        if connection.dialect.name == "sqlite":
            connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": content.shape.name})
            values = {"name": content.shape.name, "seq": highest}
            connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :seq)"), values)
        elif sequence := sequence_of(connection, content.shape):
            connection.execute(text("SELECT setval(:name, :seq)"), {"name": sequence, "seq": highest})


def _highest(connection: Connection, shape: Shape) -> int:
    from sqlalchemy import func, select

    clause = shape.table
    return connection.execute(select(func.max(clause.c[shape.key[0]]))).scalar() or 0
