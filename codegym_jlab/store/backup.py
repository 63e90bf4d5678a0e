"""A backup: its file, a zip of one member a table, lines of JSON and a manifest; and how records are saved in one.

It can be looked into with `unzip`. It is written beside its name and takes it when it is whole and on the disk; a file
that was cut off has no directory of members and is refused at once, and one in which a byte is another when it is read.
All tables are in it as one moment saw them, while servers go on writing; a page of rows is in memory.
"""

import base64
import json
import os
import sqlite3
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, LargeBinary, NullPool, Table, func, inspect, select, text
from sqlalchemy.exc import DBAPIError

from codegym_jlab.files import whole
from codegym_jlab.records import Json, frozen, utc_now

from . import postgresql_module
from .audit import Act
from .base import Erasure, StoreError
from .engine import Db, Utc
from .migrations import form_of
from .sql.erasure import erase_all
from .sql.tables import erasures, metadata, outbox

FORM = 2  #: of the file; that of the records stands beside it
MANIFEST = "manifest.json"


class BackupError(StoreError):
    """No backup could be made or put back. Nothing was changed."""

    code = "backup_failed"


# -- tables ----------------------------------------------------------------------------------------


def tables_of(connection: Connection) -> dict[Table, list[str]]:
    """Those of ours that a database has, in whichever form it is, each after those that it refers to; its columns."""
    there = inspect(connection)
    names = set(there.get_table_names())
    own = [table for table in metadata.sorted_tables if table.name in names]
    return {table: sorted(column["name"] for column in there.get_columns(table.name)) for table in own}


def line_of(row: Iterable[Any]) -> bytes:
    """A row as a line of JSON, ASCII alone."""
    return json.dumps(list(row), separators=(",", ":"), default=_plain).encode("ascii") + b"\n"


def _plain(value: datetime | bytes) -> str:
    return value.isoformat() if isinstance(value, datetime) else base64.b64encode(value).decode("ascii")


def row_of(table: Table, columns: Iterable[str], line: bytes) -> Json:
    """A line's row. Raises ValueError where it is none of this table."""
    pairs = zip(columns, json.loads(line), strict=True)
    return {name: _read(table.c[name].type, value) for name, value in pairs}


def _read(kind: Any, value: Any) -> Any:
    if value is None or not isinstance(kind, (Utc, LargeBinary)):
        return value
    return datetime.fromisoformat(value) if isinstance(kind, Utc) else base64.b64decode(value)


# -- the file --------------------------------------------------------------------------------------


@frozen
class Content:
    """One table in the file."""

    name: str
    columns: list[str]
    rows: int


@dataclass(slots=True)
class Manifest:
    """What the file holds."""

    schema: str  #: of the records: a migration's number
    made_at: str  #: UTC, ISO 8601
    version: str  #: of the CodeGYM that made it
    origin: str  #: sqlite, postgresql
    tables: list[Content] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)  #: by table: the highest number that was ever given
    keys: list[str] = field(default_factory=list)  #: names of the server's keys in it

    @property
    def rows(self) -> dict[str, int]:
        """By table."""
        return {table.name: table.rows for table in self.tables}


@contextmanager
def _written(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes its name, for its owner alone, once it is on the disk, and its name too. Raises BackupError."""
    try:
        with whole(path) as file:
            yield file
        sync_folder(path.parent)
    except OSError as error:
        raise BackupError(f"{path} cannot be written ({error.strerror}). Look at its folder and the disk.") from error


def sync_folder(folder: Path) -> None:
    """So that a name that was given or taken stays so after a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Reader:
    """A backup that was written before. Every method raises BackupError where the file is damaged."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._readable():
            self._zip = zipfile.ZipFile(path)
            if MANIFEST not in self._zip.namelist():
                raise BackupError(f"{path} is no backup of CodeGYM.")
            self.manifest = self._manifest(json.loads(self._zip.read(MANIFEST)))

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()

    def _manifest(self, told: Json) -> Manifest:
        """As this version or an older one wrote it."""
        if told["codegym_backup"] > FORM:
            raise BackupError(f"{self._path} was written by a newer CodeGYM. Update this one first.")
        if told.get("offering") is not None:
            raise BackupError(f"{self._path} holds one class alone. Restore it with the version that wrote it.")
        tables = [Content(each["name"], list(each["columns"]), each["rows"]) for each in told["tables"]]
        named = {name: told[name] for name in ("schema", "made_at", "version", "origin", "counters")}
        return Manifest(**named, tables=tables, keys=list(told["keys"]))

    def verify(self) -> None:
        """Reads all of it."""
        with self._readable():
            if (member := self._zip.testzip()) is not None:
                raise zipfile.BadZipFile(f"{member} is not as it was saved")

    def rows(self, content: Content, table: Table) -> Iterator[Json]:
        """The rows of a table."""
        with self._readable(), self._zip.open(_member(content.name)) as member:
            for line in member:
                yield row_of(table, content.columns, line)

    def key(self, name: str) -> bytes:
        """A key's content."""
        with self._readable():
            return self._zip.read(f"keys/{name}")

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise BackupError(f"There is no file {self._path}.") from None
        except OSError as error:
            raise BackupError(f"{self._path} cannot be read ({error.strerror}).") from error
        except (zipfile.BadZipFile, zlib.error, LookupError, ValueError, TypeError, EOFError, RuntimeError) as error:
            why = f"is damaged, or was not written to its end ({error})"
            raise BackupError(f"{self._path} {why}. Take another backup.") from error


def _member(table: str) -> str:
    return f"records/{table}.jsonl"


@contextmanager
def connected(records: Path | str, *, isolation: Any = "REPEATABLE READ", **sqlite: Any) -> Iterator[Connection]:
    """Rolled back at the end unless it was committed. `isolation`: of PostgreSQL. Raises StoreUnavailable."""
    if isinstance(records, Path):
        from .sqlite import make_engine, unavailable

        engine = make_engine(records, busy_s=10, **sqlite)
    else:
        module = postgresql_module()
        unavailable = module.unavailable
        engine = module.make_engine(module.address(records), poolclass=NullPool, isolation_level=isolation)
    try:
        with engine.connect() as connection:
            yield connection
    except (DBAPIError, sqlite3.Error) as error:
        raise unavailable(error) from error
    finally:
        engine.dispose()


LIST = "erased.jsonl"
_BY, _WHY = "codegym restore", "erased before; the backup was older"


def erased_in(connection: Connection) -> list[Erasure]:
    """Of records in any form; none where they are too old to have any."""
    if not inspect(connection).has_table(erasures.name):
        return []
    return [Erasure(row.offering, row.person, row.erased_at, _BY, _WHY) for row in connection.execute(select(erasures))]


def erase_again(connection: Connection, erasures: Iterable[Erasure]) -> int:
    """Within its transaction, of records in our form; how many were somebody again. Who is not there is passed over."""
    found = {(one.offering, one.person): one for one in erasures}
    return sum(erase_all(Db(connection), one) for one in found.values())


def listed(file: Path) -> list[Erasure]:
    """A list's erasures; none where there is no list. Raises BackupError."""
    if not file.is_file():
        return []
    found = []
    for number, line in enumerate(file.read_text("utf-8", "replace").splitlines(), 1):
        try:
            told = json.loads(line)
            erased_at = datetime.fromisoformat(told["erased_at"])
            found.append(Erasure(told["offering"], told["person"], erased_at, _BY, _WHY))
        except (ValueError, KeyError, TypeError):
            what = f"{file}:{number}: this is no line of a list of who was erased."
            raise BackupError(f"{what} Mend the line, or take the list away.") from None
    return found


def add_to_list(file: Path, erasures: Sequence[Erasure]) -> None:
    """Whole or as it was, for its owner alone; what is in it stays. Raises BackupError."""
    known = {(one.offering, one.person): one for one in (*erasures, *listed(file))}
    with _written(file) as into:
        for one in sorted(known.values(), key=lambda one: one.erased_at):
            told = {"offering": one.offering, "person": one.person, "erased_at": one.erased_at.isoformat()}
            into.write(json.dumps(told, separators=(",", ":")).encode() + b"\n")


#: How many rows are done, and how many there are.
Told = Callable[[int, int], None]
_PAGE = 1000


def save(
    records: Path | str, to: Path, *, keys: Mapping[str, bytes] | None = None, told: Told = lambda done, all: None
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
        made_at = utc_now().isoformat(timespec="seconds")
        tables, keys, done = tables_of(connection), keys or {}, 0
        counters = {outbox.name: highest_place(connection)}
        manifest = Manifest(schema, made_at, version("codegym-jlab"), connection.dialect.name, [], counters, list(keys))
        total = sum(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)
        with _written(to) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            for table, columns in tables.items():
                rows = 0
                with archive.open(_member(table.name), "w", force_zip64=True) as member:
                    for line in _lines(connection, table, columns):
                        member.write(line)
                        rows += 1
                manifest.tables.append(Content(table.name, columns, rows))
                done += rows
                told(done, total)
            for name, content in keys.items():
                archive.writestr(f"keys/{name}", content)
            archive.writestr(MANIFEST, json.dumps({"codegym_backup": FORM, **asdict(manifest)}, indent=1))
        if erased := erased_in(connection):
            add_to_list(to.with_name(LIST), erased)
    return manifest


def note(records: Path | str, account: str, what: Json) -> None:
    """The line of a backup in the audit log, whose form stays what it is. Raises StoreUnavailable."""
    with connected(records) as connection:
        Act(account, "backup", what=what).write(Db(connection))
        connection.commit()


def _lines(connection: Connection, table: Table, columns: Iterable[str]) -> Iterator[bytes]:
    keys = [key for key in table.primary_key if key.name in columns]
    rows = select(*(table.c[name] for name in columns)).order_by(*keys)
    return map(line_of, connection.execute(rows.execution_options(yield_per=_PAGE)))


def highest_place(connection: Connection) -> int:
    """The highest number that an event was given: it may be gone from the table."""
    if connection.dialect.name == "sqlite":
        asked = "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'"
    else:
        asked = "SELECT pg_sequence_last_value(pg_get_serial_sequence('outbox', 'seq')::regclass)"
    return connection.execute(text(asked)).scalar() or 0
