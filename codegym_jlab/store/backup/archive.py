"""A backup's file: a zip of one member a table, lines of JSON, and a manifest that says what has to be in it.

It can be looked into with `unzip`. It is written beside its name and takes it when it is whole and on the disk; a file
that was cut off has no directory of members and is refused at once.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import (
    JSON,
    Boolean,
    Connection,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Select,
    Table,
    TableClause,
    bindparam,
    column,
    null,
    select,
    table,
    update,
)
from sqlalchemy import Text as AnyText
from sqlalchemy.sql.dml import Insert, Update
from sqlalchemy.types import TypeEngine

from ..base import StoreError
from ..sql.columns import Json, Utc

VERSION_TABLE = "alembic_version"
#: The first that fits decides: a boolean is an integer to some databases.
_KINDS: Sequence[tuple[type[TypeEngine[Any]], str]] = (
    (DateTime, "time"),
    (JSON, "json"),
    (Boolean, "truth"),
    (Integer, "integer"),
    (Float, "float"),
    (Numeric, "float"),
    (LargeBinary, "bytes"),
)
_TYPES: Mapping[str, TypeEngine[Any]] = {
    "time": Utc(),
    "json": Json,
    "truth": Boolean(create_constraint=False),
    "integer": Integer(),
    "float": Float(),
    "bytes": LargeBinary(),
    "text": AnyText(),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """One table."""

    name: str
    columns: Mapping[str, str]  #: name → kind
    key: tuple[str, ...]
    own: tuple[str, ...] = ()  #: columns that refer to another row of the same table

    @property
    def table(self) -> TableClause:
        """For statements, in any dialect."""
        return table(self.name, *(column(name, _TYPES[kind]) for name, kind in self.columns.items()))

    def reading(self) -> Select[Any]:
        """All rows in the order of their keys."""
        clause = self.table
        return select(*clause.c).order_by(*(clause.c[name] for name in self.key))

    def adding(self) -> Insert:
        """One row, references to its own table left for `referring`."""
        given = {name: null() if name in self.own else bindparam(name) for name in self.columns}
        return self.table.insert().values(given)

    def referring(self) -> Update:
        """The references to its own table, by the key's values as `key_…`."""
        clause = self.table
        by = [clause.c[name] == bindparam(f"key_{name}", type_=clause.c[name].type) for name in self.key]
        return update(clause).where(*by).values({name: bindparam(name) for name in self.own})

    def line(self, row: Sequence[Any]) -> bytes:
        """A row as a line of JSON, ASCII alone."""
        pairs = zip(row, self.columns.values(), strict=True)
        values = [_WRITE[kind](value) if value is not None and kind in _WRITE else value for value, kind in pairs]
        return json.dumps(values, separators=(",", ":")).encode("ascii") + b"\n"

    def row(self, line: bytes) -> dict[str, Any]:
        """A line's row. Raises ValueError where it is none of this table."""
        values = json.loads(line)
        pairs = zip(self.columns.values(), values, strict=True)
        read = [_READ[kind](value) if value is not None and kind in _READ else value for kind, value in pairs]
        return dict(zip(self.columns, read, strict=True))

    def as_json(self) -> dict[str, Any]:
        """For the manifest."""
        return {"name": self.name, "columns": dict(self.columns), "key": list(self.key), "own": list(self.own)}


_WRITE: Mapping[str, Callable[[Any], Any]] = {
    "time": datetime.isoformat,
    "bytes": lambda value: base64.b64encode(value).decode("ascii"),
}
_READ: Mapping[str, Callable[[Any], Any]] = {"time": datetime.fromisoformat, "bytes": base64.b64decode}


def shape_of_json(told: Mapping[str, Any]) -> Shape:
    """From the manifest. Raises ValueError, KeyError, TypeError where it is none."""
    columns = {str(name): str(kind) for name, kind in told["columns"].items()}
    if not set(columns.values()) <= _TYPES.keys() or not {*told["key"], *told["own"]} <= columns.keys():
        raise ValueError("another form of table")
    return Shape(str(told["name"]), columns, tuple(told["key"]), tuple(told["own"]))


def shapes_of(connection: Connection) -> list[Shape]:
    """The tables of a database, each after those that it refers to."""
    found = MetaData()
    found.reflect(connection)
    return [_shape(each) for each in found.sorted_tables if each.name != VERSION_TABLE]


def _shape(found: Table) -> Shape:
    columns = {each.name: _kind(each.type) for each in found.columns}
    own = [each.parent.name for each in found.foreign_keys if each.column.table is found]
    return Shape(found.name, columns, tuple(each.name for each in found.primary_key), tuple(sorted(own)))


def _kind(found: TypeEngine[Any]) -> str:
    return next((kind for known, kind in _KINDS if isinstance(found, known)), "text")


FORM = 1  #: of the file; that of the records stands beside it
MANIFEST = "manifest.json"
_LINES = 500  #: hashed and written together
_WORDS = ("schema", "made_at", "version", "origin")
_LONGEST = 64 * 1024 * 1024  #: bytes of a manifest or a key


class BackupError(StoreError):
    """No backup could be made or put back. Nothing was changed."""

    code = "backup_failed"


@dataclass(frozen=True, slots=True)
class Content:
    """One table in the file."""

    shape: Shape
    rows: int
    sha256: str

    def as_json(self) -> dict[str, Any]:
        """For the manifest."""
        return {**self.shape.as_json(), "rows": self.rows, "sha256": self.sha256}


@dataclass(slots=True)
class Manifest:
    """What the file holds."""

    schema: str  #: of the records: a migration's number
    made_at: str  #: UTC, ISO 8601
    version: str  #: of the CodeGYM that made it
    origin: str  #: sqlite, postgresql
    tables: list[Content] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)  #: by table: the highest number that was ever given
    keys: dict[str, str] = field(default_factory=dict)  #: name → SHA-256

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(table.rows for table in self.tables)

    def count(self, table: str) -> int:
        """Rows of one table; 0 where there is none of that name."""
        return next((each.rows for each in self.tables if each.shape.name == table), 0)

    def as_json(self) -> dict[str, Any]:
        """As it stands in the file."""
        known = {name: getattr(self, name) for name in ("schema", "made_at", "version", "origin", "counters", "keys")}
        return {"codegym_backup": FORM, **known, "tables": [table.as_json() for table in self.tables]}


class Writer:
    """A backup that is being written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6)

    def table(self, shape: Shape, lines: Iterable[bytes]) -> Content:
        """All its lines."""
        digest, rows = hashlib.sha256(), 0
        with self._zip.open(_member(shape.name), "w", force_zip64=True) as member:
            for chunk in _together(lines):
                digest.update(chunk)
                member.write(chunk)
                rows += chunk.count(b"\n")
        return Content(shape, rows, digest.hexdigest())

    def key(self, name: str, content: bytes) -> str:
        """A key's file; its SHA-256."""
        self._zip.writestr(f"keys/{name}", content)
        return hashlib.sha256(content).hexdigest()

    def finish(self, manifest: Manifest) -> None:
        """The last call."""
        self._zip.writestr(MANIFEST, json.dumps(manifest.as_json(), indent=1))
        self._zip.close()


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """A new file under this name, for its owner alone; none at all unless `finish` was called. Raises BackupError."""
    if path.exists():
        raise BackupError(f"{path} is there already. Name another file: backups are never written over.")
    with whole(path) as file:
        yield Writer(file)


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes its name, for its owner alone, once it is on the disk; else all is as it was.

    Raises BackupError.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
        sync_folder(path.parent)
    except OSError as error:
        raise BackupError(f"{path} cannot be written ({error.strerror}). Look at its folder and the disk.") from error
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()


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
        with self._read():
            self._zip = zipfile.ZipFile(path)
        self.manifest = self._manifest()

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()

    def rows(self, content: Content) -> Iterator[dict[str, Any]]:
        """A table's rows; that they are those of the manifest is known when the last one has come."""
        digest, count = hashlib.sha256(), 0
        with self._read(), self._zip.open(_member(content.shape.name)) as member:
            for line in member:
                digest.update(line)
                count += 1
                yield content.shape.row(line)
        if (digest.hexdigest(), count) != (content.sha256, content.rows):
            raise self._damaged(f"its table {content.shape.name} is not the one that was saved")

    def verify(self) -> Iterator[int]:
        """Reads all of it; how many rows were good so far, now and then."""
        seen = 0
        for content in self.manifest.tables:
            for _ in self.rows(content):
                seen += 1
                if seen % 1000 == 0:
                    yield seen
        for name in self.manifest.keys:
            self.key(name)
        yield seen

    def key(self, name: str) -> bytes:
        """A key's content."""
        content = self._small(f"keys/{name}")
        if hashlib.sha256(content).hexdigest() != self.manifest.keys[name]:
            raise self._damaged(f"its key {name} is not the one that was saved")
        return content

    def _manifest(self) -> Manifest:
        told = self._told()
        if not isinstance(told, dict) or not isinstance(form := told.get("codegym_backup"), int):
            raise BackupError(f"{self._path} is no backup of CodeGYM.")
        if form > FORM:
            raise BackupError(f"{self._path} was written by a newer CodeGYM. Update this one first.")
        if told.get("offering") is not None:
            raise BackupError(f"{self._path} holds one class alone. Restore it with the version that wrote it.")
        try:
            tables = [Content(shape_of_json(each), int(each["rows"]), str(each["sha256"])) for each in told["tables"]]
            counters = {str(name): int(number) for name, number in told["counters"].items()}
            keys = {str(name): str(digest) for name, digest in told["keys"].items()}
            schema, made_at, version, origin = (str(told[name]) for name in _WORDS)
            return Manifest(schema, made_at, version, origin, tables, counters, keys)
        except (KeyError, ValueError, TypeError, AttributeError):
            raise self._damaged("its manifest makes no sense") from None

    def _told(self) -> Any:
        if MANIFEST not in self._zip.namelist():
            raise BackupError(f"{self._path} is no backup of CodeGYM.")
        try:
            return json.loads(self._small(MANIFEST))
        except ValueError:
            raise self._damaged("its manifest cannot be read") from None

    def _small(self, member: str) -> bytes:
        with self._read(), self._zip.open(member) as content:
            return content.read(_LONGEST)

    @contextmanager
    def _read(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise BackupError(f"There is no file {self._path}.") from None
        except OSError as error:
            raise BackupError(f"{self._path} cannot be read ({error.strerror}).") from error
        except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError, RuntimeError) as error:
            raise self._damaged(str(error)) from error

    def _damaged(self, why: str) -> BackupError:
        return BackupError(f"{self._path} is damaged, or was not written to its end ({why}). Take another backup.")


def _member(table: str) -> str:
    return f"records/{table}.jsonl"


def _together(lines: Iterable[bytes]) -> Iterator[bytes]:
    chunk: list[bytes] = []
    for line in lines:
        chunk.append(line)
        if len(chunk) == _LINES:
            yield b"".join(chunk)
            chunk = []
    if chunk:
        yield b"".join(chunk)


def keys_in(folder: Path, names: Iterable[str]) -> Mapping[str, bytes]:
    """Those that are there."""
    return {name: (folder / name).read_bytes() for name in names if (folder / name).is_file()}
