"""A backup → records: verified before anything is written, and all there or not at all, whenever this is killed.

A SQLite file is made beside the one that is there and takes its name at the end; in PostgreSQL all of it is one
transaction. Records of an older form are put into today's tables, and what they lack is written as a server does that
brings records up to date.
"""

import itertools
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Table, bindparam, inspect, literal, select, text
from sqlalchemy.exc import DBAPIError

from codegym_jlab.files import private_folder
from codegym_jlab.records import Json

from .audit import Act
from .backup import BackupError, Reader, Told, connected, erase_again, erased_in, sync_folder, tables_of
from .base import Erasure, StoreTooNew
from .engine import Db
from .migrations import HEAD, VERSION_TABLE, fill, form_of, make_tables
from .sql.tables import metadata, offerings, people, staff_acts

#: Puts what is there aside, before it is replaced.
Aside = Callable[[], None]
_Stays = tuple[list[Erasure], list[Json]]
_Fill = Callable[[Connection, _Stays], int]
_PAGE = 500
_LOOKS = 30  #: at who is connected, a tenth of a second apart
_BESIDE = ".restoring-"


class NotEmpty(BackupError):
    """There are records already."""


class InUse(BackupError):
    """A server, or another command, has these records open. Stop it, restore, and start it again."""


def restore(
    reader: Reader,
    records: Path | str,
    *,
    aside: Aside | None,
    told: Told,
    erased: Sequence[Erasure] = (),
    act: Act | None = None,
) -> int:
    """Put a backup where records are kept; with `aside`, which is called before, in place of what is there.

    Whom `erased` names, or what is there, is erased from it before anybody sees it; returns how many that were.
    `act` stands in its audit log, and so does each line of what is there.
    Raises BackupError (NotEmpty, InUse, a damaged file), StoreTooNew, StoreUnavailable; then all is as before.
    """
    verify(reader)
    fill_in = partial(_fill, reader, told, erased, act)
    if isinstance(records, str):
        return _into_postgres(reader, records, aside, fill_in)
    return _into_sqlite(reader, records, aside, fill_in)


def verify(reader: Reader) -> None:
    """Read all of it. Raises BackupError, and StoreTooNew where this version is too old for it."""
    schema = reader.manifest.schema
    if schema > HEAD:
        raise StoreTooNew(
            f"The backup holds records of a newer CodeGYM (version {schema} of their form; this one knows {HEAD}). "
            "Update CodeGYM first."
        )
    reader.verify()


def _may_replace(connection: Connection, aside: Aside | None) -> bool:
    """Whether there is anything to put aside: tables without rows are what a server makes at its first start."""
    tables = [table for table in tables_of(connection) if table.name != "leases"]
    is_empty = not any(connection.execute(select(literal(1)).select_from(table).limit(1)).first() for table in tables)
    if aside is None and not is_empty:
        raise NotEmpty(
            "There are records already, and they stay as they are. To put the backup in their place: --replace, "
            "which first backs them up, and keeps the lines of their audit log."
        )
    return not is_empty


# -- SQLite ----------------------------------------------------------------------------------------


def _into_sqlite(reader: Reader, path: Path, aside: Aside | None, fill_in: _Fill) -> int:
    private_folder(path.parent)
    for left in path.parent.glob(f"{path.name}{_BESIDE}*"):  # of a restore that was killed
        left.unlink(missing_ok=True)
    stays: _Stays = [], []
    if path.exists():
        _let_nobody_have(path)
        with connected(path, journal="DELETE") as connection:
            is_full, stays = _may_replace(connection, aside), _what_stays(connection, reader)
        if aside is not None and is_full:
            aside()
    side = path.with_name(f"{path.name}{_BESIDE}{secrets.token_hex(4)}")
    try:
        side.touch(mode=0o600, exist_ok=False)
        # until it has its name nobody misses it: it needs no journal
        with connected(side, journal="OFF") as connection:
            again = fill_in(connection, stays)
            if connection.execute(text("PRAGMA foreign_key_check")).first():
                raise BackupError("The backup refers to what is not in it. Take another one.")
            connection.commit()
        if again:
            with closing(sqlite3.connect(side)) as db:
                db.execute("VACUUM")  # no page keeps what was taken away
        with side.open("rb+") as file:
            os.fsync(file.fileno())
        if path.exists():
            _let_nobody_have(path)
        os.replace(side, path)
        sync_folder(path.parent)
        return again
    except OSError as error:
        raise BackupError(f"{path} cannot be written ({error.strerror}). Look at its folder and the disk.") from error
    finally:
        side.unlink(missing_ok=True)


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
        said = f"What is at {path} cannot be read ({error}). Put it aside yourself, then restore again."
        raise BackupError(said) from error
    if mode != "delete":
        raise InUse


# -- PostgreSQL ------------------------------------------------------------------------------------


def _into_postgres(reader: Reader, database: str, aside: Aside | None, fill_in: _Fill) -> int:
    with connected(database, isolation="READ COMMITTED") as connection:
        from .postgresql import MIGRATING

        connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
        # a server that starts meanwhile waits, as it would for one that brings the records up to date
        connection.execute(text("SELECT pg_advisory_xact_lock(:which)"), {"which": MIGRATING})
        others = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend' AND usename = current_user AND application_name = 'codegym'"
        )
        for _ in range(_LOOKS):  # a session of who has just stopped takes a moment to end
            connection.exec_driver_sql("SELECT pg_stat_clear_snapshot()")
            if not connection.execute(text(others)).scalar_one():
                break
            time.sleep(0.1)
        else:
            raise InUse
        there, form = inspect(connection).get_table_names(), form_of(connection)
        if there and not form:
            raise BackupError("The database holds something else. Name another one.")
        if form > HEAD:
            raise StoreTooNew("The database holds records of a newer CodeGYM. Update this one first.")
        if _may_replace(connection, aside) and aside is not None:
            aside()
        stays = _what_stays(connection, reader)
        for name in {VERSION_TABLE, *metadata.tables, *reader.manifest.rows}.intersection(there):
            connection.exec_driver_sql(f"DROP TABLE {connection.dialect.identifier_preparer.quote(name)} CASCADE")
        again = fill_in(connection, stays)
        connection.commit()
        return again


# -- both ------------------------------------------------------------------------------------------


def _what_stays(connection: Connection, reader: Reader) -> _Stays:
    """Of what is there: erasures; lines of the audit log that the backup has not, each with who's `name`."""
    erased = erased_in(connection)
    if not inspect(connection).has_table(staff_acts.name):
        return erased, []
    saved = (reader.rows(content, staff_acts) for content in reader.manifest.tables if content.name == staff_acts.name)
    known = {row["id"] for rows in saved for row in rows}
    found = select(staff_acts, people.c.account.label("name")).outerjoin(people, people.c.id == staff_acts.c.who)
    return erased, [dict(row) for row in connection.execute(found).mappings() if row["id"] not in known]


def _add_lines(connection: Connection, lines: Iterable[Json]) -> None:
    """A class or a person that the backup has not is named in its line."""
    classes, known = (set(connection.scalars(select(table.c.id))) for table in (offerings, people))
    for line in lines:
        name = line.pop("name")
        if line["offering"] and line["offering"] not in classes:
            line |= {"offering": None, "what": {**line["what"], "offering": line["offering"]}}
        if line["who"] and line["who"] not in known:
            line |= {"who": None, "account": name}
        connection.execute(staff_acts.insert(), line)


def _fill(
    reader: Reader, told: Told, erased: Sequence[Erasure], act: Act | None, connection: Connection, stays: _Stays
) -> int:
    """Tables, the rows of the backup, what they lack; how many were erased again."""
    try:
        make_tables(connection)
        _load(reader, connection, told)
        fill(connection, reader.manifest.schema)
        _add_lines(connection, stays[1])
        again = erase_again(connection, [*stays[0], *erased])
        if act is not None:
            act.write(Db(connection))
        return again
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.OperationalError) or getattr(error.orig, "sqlstate", None) is None:
            raise
        raise BackupError(f"The records do not take the backup: {type(error.orig).__name__}.") from error


def _load(reader: Reader, connection: Connection, told: Told) -> None:
    done, manifest = 0, reader.manifest
    for content in manifest.tables:
        table = metadata.tables.get(content.name)
        if table is None or set(content.columns) - set(table.c.keys()):
            raise BackupError(f"The backup's table {content.name} is not the one of its version.")
        own = sorted(key.parent.name for key in table.foreign_keys if key.column.table is table)
        # a part of the key that an older form had not is empty
        other = dict.fromkeys({key.name for key in table.primary_key}.difference(content.columns), "")
        for rows in _pages(reader.rows(content, table)):
            connection.execute(table.insert(), [row | dict.fromkeys(own) | other for row in rows])
            done += len(rows)
            told(done, sum(manifest.rows.values()))
        if own:
            _refer(connection, table, own, reader.rows(content, table))
    _count_on(connection, manifest.counters.get("outbox", 0))


def _refer(connection: Connection, table: Table, own: Sequence[str], rows: Iterator[Json]) -> None:
    """A row may refer to one that comes later: so references within a table are written when all its rows are there."""
    (key,) = table.primary_key
    referring = table.update().where(key == bindparam("which")).values({name: bindparam(name) for name in own})
    found = ({"which": row[key.name], **{name: row[name] for name in own}} for row in rows if any(map(row.get, own)))
    for page in _pages(found):
        connection.execute(referring, page)


def _pages(rows: Iterator[Json]) -> Iterator[list[Json]]:
    """As many as go into one statement."""
    while page := list(itertools.islice(rows, _PAGE)):
        yield page


def _count_on(connection: Connection, highest: int) -> None:
    """Events are numbered on after the highest number that was ever given."""
    if not highest:
        return
    if connection.dialect.name == "sqlite":
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = 'outbox'"))
        steps = "INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', :seq)"
    else:
        steps = "SELECT setval(pg_get_serial_sequence('outbox', 'seq'), :seq)"
    connection.execute(text(steps), {"seq": highest})
