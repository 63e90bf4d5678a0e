"""Records → a backup: all tables as one moment saw them, while servers go on writing. A page of rows is in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Table, func, select, text

from .archive import (
    LIST,
    BackupError,
    Manifest,
    Writer,
    add_to_list,
    connected,
    counter_of,
    erased_in,
    form_of,
    line_of,
    tables_of,
    whole,
)

#: How many rows are done, and how many there are.
Told = Callable[[int, int], None]
_PAGE = 1000


def save(
    records: Path | str,
    to: Path,
    *,
    keys: Mapping[str, bytes] | None = None,
    version: str = "",
    told: Told = lambda done, all: None,
) -> Manifest:
    """Write a backup of a SQLite file or a PostgreSQL database to a new file, with these keys in it.

    What was acknowledged before this was called is in it. Raises BackupError, StoreUnavailable.
    """
    if isinstance(records, Path) and not records.is_file():
        raise BackupError(f"There are no records at {records}.")
    if to.exists():
        raise BackupError(f"{to} is there already. Name another file: backups are never written over.")
    with connected(records) as connection:
        schema = form_of(connection)
        if not schema:
            raise BackupError("There are no records there: nothing to back up.")
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        tables, keys = tables_of(connection), keys or {}
        counters = {table.name: _highest(connection, table) for table in tables if counter_of(table)}
        manifest = Manifest(schema, made_at, version, connection.dialect.name, [], counters, list(keys))
        total = sum(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)
        done = 0
        with whole(to) as file:
            writer = Writer(file)
            for table in tables:
                manifest.tables.append(writer.table(table, _lines(connection, table)))
                done += manifest.tables[-1].rows
                told(done, total)
            writer.finish(manifest, keys)
        if erased := erased_in(connection):
            add_to_list(to.with_name(LIST), erased)
    return manifest


def _lines(connection: Connection, table: Table) -> Iterator[bytes]:
    rows = select(table).order_by(*table.primary_key)
    return map(line_of, connection.execute(rows.execution_options(yield_per=_PAGE)))


def _highest(connection: Connection, table: Table) -> int:
    """The highest number that was given: it may be gone from the table."""
    if connection.dialect.name == "sqlite":
        asked = "SELECT seq FROM sqlite_sequence WHERE name = :table"
    else:
        asked = "SELECT pg_sequence_last_value(pg_get_serial_sequence(:table, :key)::regclass)"
    return connection.execute(text(asked), {"table": table.name, "key": counter_of(table)}).scalar() or 0
