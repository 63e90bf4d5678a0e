"""What a table looks like, in words that hold for every database; and its rows as lines of JSON.

Read from the database itself and not from `tables.py`: so a backup can be made of records in an older form, and put
back by a later version, which knows the steps from that form to its own.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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

from ..columns import Json, Utc

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
