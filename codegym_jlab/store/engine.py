"""Statements on the driver's own connection: SQLAlchemy writes each one's SQL once, and is not asked again.

Its own way of running a statement takes longer than SQLite needs for it. What a type does to values on their way in and
out (times, JSON, truth) is SQLAlchemy's as before, and so is the SQL of every dialect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol, TypeVar, cast

from sqlalchemy import Dialect, Executable, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import ClauseElement
from sqlalchemy.types import TypeEngine

Row = dict[str, Any]
_Process = Callable[[Any], Any]

#: So many wordings are kept: some statements are made anew at each call (a dashboard's).
MOST_KEPT = 500


T = TypeVar("T")


class Transactions(Protocol):
    """Where work is done, in threads of its own: each piece whole or not at all, and kept when `run` returns."""

    wording: Wording

    async def run(self, work: Callable[[Db], T]) -> T:
        """Raises StoreUnavailable, and what `work` raises, after rolling back."""
        ...

    async def compact(self) -> bool:
        """Leave no trace of what was deleted where the database can do that; False while another keeps it from it."""
        ...

    async def close(self) -> None:
        """When the work begun is done."""
        ...


class Driver(Protocol):
    """A connection of Python's database interface (PEP 249): sqlite3's, or psycopg's."""

    def cursor(self) -> Any: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...


@dataclass(slots=True)
class _Written:
    """A statement in one dialect's SQL, and what its values pass through."""

    text: str
    dialect: Dialect
    fixed: Mapping[str, Any]  #: values that stand in the statement itself
    takes: frozenset[str]  #: names of the values that each run gives
    binds: Sequence[tuple[str, _Process]]
    columns: Sequence[tuple[str, TypeEngine[Any]]]
    reads: Sequence[tuple[str, _Process]] | None = None  #: known once the driver has said what it gives

    def values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        if not self.takes <= given.keys():
            raise KeyError(f"values that the statement lacks: {sorted(self.takes - given.keys())}")
        values = {**self.fixed, **given}
        for name, process in self.binds:
            values[name] = process(values[name])
        return values

    def rows(self, cursor: Any) -> list[Row]:
        if self.reads is None:
            self.reads = self._reads(cursor.description)
        names = [name for name, _ in self.columns]
        rows: list[Row] = [dict(zip(names, found, strict=True)) for found in cursor.fetchall()]
        for row in rows:
            for name, process in self.reads:
                row[name] = process(row[name])
        return rows

    def _reads(self, description: Sequence[Sequence[Any]]) -> list[tuple[str, _Process]]:
        reads = [
            (name, type.dialect_impl(self.dialect).result_processor(self.dialect, told[1]))
            for (name, type), told in zip(self.columns, description, strict=True)
        ]
        return [(name, process) for name, process in reads if process is not None]


class Wording:
    """Statements in one dialect's SQL, each written once (0.3 to 3 ms) for all connections, by any thread.

    A statement is a constant, made once: it is told from others by its identity.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._written: dict[Executable, _Written] = {}

    def of(self, statement: Executable, values: Mapping[str, Any]) -> _Written:
        """An insert names the columns that its first row has. Raises KeyError for a row that has others."""
        written = self._written.get(statement)
        if written is None:
            if len(self._written) >= MOST_KEPT:
                self._written.clear()
            written = self._written[statement] = _write(statement, self.dialect, values)
        if isinstance(statement, Insert) and not values.keys() <= written.takes:
            raise KeyError(f"columns that the statement was not made for: {sorted(values.keys() - written.takes)}")
        return written

    def __len__(self) -> int:
        """How many were written."""
        return len(self._written)


class Db:
    """One open connection and what is said to it. Transactions are the caller's business."""

    def __init__(self, driver: Driver, wording: Wording) -> None:
        self.driver = driver
        self.dialect = wording.dialect
        self._of = wording.of

    def run(self, statement: Executable, values: Mapping[str, Any]) -> int:
        """Run it once; returns how many rows it touched."""
        written = self._of(statement, values)
        cursor = self.driver.cursor()
        cursor.execute(written.text, written.values(values))
        return int(cursor.rowcount)

    def run_each(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it for each of `rows`, in order."""
        if rows:
            written = self._of(statement, rows[0])
            self.driver.cursor().executemany(written.text, list(map(written.values, rows)))

    def all(self, statement: Executable, values: Mapping[str, Any]) -> list[Row]:
        """Every row that it finds, by column names."""
        written = self._of(statement, values)
        cursor = self.driver.cursor()
        cursor.execute(written.text, written.values(values))
        return written.rows(cursor)

    def one(self, statement: Executable, values: Mapping[str, Any]) -> Row | None:
        """Its one row, or None. Two are a mistake of ours."""
        found = self.all(statement, values)
        if len(found) > 1:
            raise LookupError("one row was asked for, and there are more")
        return found[0] if found else None

    def scalar(self, statement: Executable, values: Mapping[str, Any]) -> Any:
        """The first column of its one row; None where there is none."""
        row = self.one(statement, values)
        return None if row is None else next(iter(row.values()))

    def upsert(self, table: Table, row: Mapping[str, Any]) -> int:
        """Insert the whole row, or replace all but its key."""
        return self.run(_upsert(table, self.dialect.name), row)

    def ensure(self, table: Table, row: Mapping[str, Any]) -> int:
        """Insert the row unless its key, or another unique column, is there."""
        return self.run(_ensure(table, self.dialect.name), row)

    def hold(self, statement: Executable, values: Mapping[str, Any]) -> None:
        """Run what locks rows until the end of the transaction, where others write at the same time."""
        if self.dialect.name != "sqlite":  # which has one writer at a time
            self.all(statement, values)


def _write(statement: Executable, dialect: Dialect, values: Mapping[str, Any]) -> _Written:
    columns = list(values) if isinstance(statement, Insert) else None
    compiled: Any = cast(ClauseElement, statement).compile(
        dialect=dialect, column_keys=columns, compile_kwargs={"render_postcompile": True}
    )
    names = {name: bind for bind, name in compiled.bind_names.items()}
    binds = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in names.items()}
    return _Written(
        text=str(compiled),
        dialect=dialect,
        fixed={name: bind.value for name, bind in names.items() if not bind.required},
        takes=frozenset(name for name, bind in names.items() if bind.required),
        binds=[(name, process) for name, process in binds.items() if process is not None],
        columns=[(column.key, column.type) for column in getattr(statement, "selected_columns", ())],
    )


@cache
def _upsert(table: Table, dialect: str) -> Any:
    made = insert_in(dialect, table)
    keys = [c.name for c in table.primary_key]
    rest = {c.name: made.excluded[c.name] for c in table.columns if c.name not in keys}
    return made.on_conflict_do_update(index_elements=keys, set_=rest).inline()


@cache
def _ensure(table: Table, dialect: str) -> Any:
    return insert_in(dialect, table).on_conflict_do_nothing().inline()


def insert_in(dialect: str, table: Table) -> Any:
    """An insert that may say what happens where a key is there."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


class Aggregate:
    """A part of the store. Its methods hand work to one of two lanes."""

    _writer: Transactions
    _reader: Transactions
