"""Records → a backup: all tables as one moment saw them, while servers go on writing. A row at a time is in memory."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, func, select, text

from ..files import network_of
from .archive import BackupError, Manifest, Shape, shapes_of, writing
from .connection import form_of, postgres_connection, sequence_of, sqlite_connection
from .erasures import LIST, add_to_list, erased_in

#: How many rows are done, and how many there are.
Told = Callable[[int, int], None]
_PAGE = 1000
_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


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
    with reading(records) as connection:
        schema = form_of(connection)
        if not schema:
            raise BackupError("There are no records there: nothing to back up.")
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        manifest = Manifest(schema, made_at, version, connection.dialect.name)
        shapes = shapes_of(connection)
        total = sum(connection.execute(select(func.count()).select_from(shape.table)).scalar_one() for shape in shapes)
        with writing(to) as writer:
            progress = _Progress(total, told)
            for shape in shapes:
                manifest.tables.append(writer.table(shape, _lines(connection, shape, progress)))
            manifest.counters = counters_of(connection, shapes)
            for name, content in (keys or {}).items():
                manifest.keys[name] = writer.key(name, content)
            writer.finish(manifest)
        if erased := erased_in(connection):
            add_to_list(to.with_name(LIST), erased)
    return manifest


class _Progress:
    """Tells at each page."""

    def __init__(self, total: int, told: Told) -> None:
        self._done, self._total, self._told = 0, total, told

    def __call__(self) -> None:
        self._done += 1
        if self._done % _PAGE == 0 or self._done == self._total:
            self._told(self._done, self._total)


def _lines(connection: Connection, shape: Shape, progress: Callable[[], None]) -> Iterator[bytes]:
    for row in connection.execute(shape.reading().execution_options(yield_per=_PAGE)):
        progress()
        yield shape.line(row)


@contextmanager
def reading(records: Path | str) -> Iterator[Connection]:
    """A connection that sees one moment, and holds up nobody."""
    if isinstance(records, str):
        with postgres_connection(records, begin=_SNAPSHOT) as connection:
            yield connection
        return
    if not records.is_file():
        raise BackupError(f"There are no records at {records}.")
    with contextlib.ExitStack() as end:
        file = records
        if network_of(records):  # no WAL there: who reads for long would keep others from writing
            file = Path(end.enter_context(tempfile.TemporaryDirectory(prefix="codegym-backup-"))) / "records"
            _copy(records, file)
        yield end.enter_context(sqlite_connection(file, "query_only=ON", begin="BEGIN"))


def _copy(records: Path, to: Path) -> None:
    """SQLite's own copy, page by page: a read lock for as long as the disk needs."""
    with (
        contextlib.closing(sqlite3.connect(records, timeout=10)) as origin,
        contextlib.closing(sqlite3.connect(to)) as copy,
    ):
        origin.backup(copy)


def counters_of(connection: Connection, shapes: list[Shape]) -> dict[str, int]:
    """The highest number that was given, of tables that number their rows: it may be gone from the table."""
    if connection.dialect.name == "sqlite":
        if not connection.execute(text("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'")).scalar():
            return {}
        found = connection.execute(text("SELECT name, seq FROM sqlite_sequence"))
        known = {shape.name for shape in shapes}
        return {str(name): int(number) for name, number in found if name in known}
    counters = {}
    for shape in shapes:
        if sequence := sequence_of(connection, shape):
            last, is_called = connection.execute(text(f"SELECT last_value, is_called FROM {sequence}")).one()
            counters[shape.name] = int(last) if is_called else 0
    return counters
