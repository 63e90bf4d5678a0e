"""Transactions over SQLAlchemy's engine and pool, in threads of their own, so that they never block the event loop.

What is said in one, a record ↔ its row, and what columns are made of: times, texts, JSON as both databases take them.
"""

import asyncio
import contextvars
import logging
import random
import re
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from dataclasses import asdict, astuple, dataclass, fields, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache, lru_cache, wraps
from types import UnionType
from typing import Any, Concatenate, ParamSpec, TypeVar, get_args, get_origin, get_type_hints
from weakref import WeakValueDictionary

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    Executable,
    Table,
    Text as AnyText,
    TypeDecorator,
    bindparam,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from codegym_jlab.records import ASKER
from codegym_jlab.telemetry import metrics

from .base import StoreUnavailable

Row = dict[str, Any]
R = TypeVar("R")
T = TypeVar("T")
P = ParamSpec("P")
log = logging.getLogger("codegym.store")

#: Tries of one piece of work that met others'.
TRIES = 6
#: SQLSTATE of a serialization failure and of a deadlock.
_MET = ("40001", "40P01")


def row_of(record: Any, /, *but: str, **changed: Any) -> Row:
    """Its fields as columns, `but` some; `changed` in the place of others, and beside them."""
    names = (field.name for field in fields(record) if field.name not in {*but, *changed})
    return {name: _column(getattr(record, name)) for name in names} | changed


def _column(value: Any) -> Any:
    """Of several records JSON has the values of each, of a single one its names too."""
    if isinstance(value, tuple):
        return [astuple(one) if is_dataclass(one) else one for one in value]  # type: ignore[arg-type]
    return asdict(value) if is_dataclass(value) else value  # type: ignore[arg-type]


def record_of(kind: type[R], row: Row, /, **changed: Any) -> R:
    """The other way round."""
    read: Any = _fields(kind)  # type: ignore[arg-type]
    return kind(**{name: field(row[name]) for name, field in read.items() if name not in changed}, **changed)


@cache
def _fields(kind: type) -> dict[str, Callable[[Any], Any]]:
    """How each field is read from its column."""
    return {name: _reader(hint) for name, hint in get_type_hints(kind).items()}


def _reader(hint: Any) -> Callable[[Any], Any]:
    hint = get_args(hint)[0] if isinstance(hint, UnionType) else hint
    if get_origin(hint) is tuple:
        each = _reader(get_args(hint)[0])
        return lambda column: tuple(map(each, column or ()))
    if is_dataclass(hint):
        record: Any = hint
        return lambda column: record(*column) if isinstance(column, list) else column and record_of(record, column)
    return hint if isinstance(hint, type) and issubclass(hint, StrEnum) else lambda column: column


class Utc(TypeDecorator[datetime]):
    """An aware time, kept as UTC: SQLite knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Naive times are refused: they are a mistake of ours."""
        if value and value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Always aware."""
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Text(TypeDecorator[str]):
    """Text as databases take it: a lone surrogate or NUL, which a student can print, is written as its escape."""

    impl = AnyText
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Nothing that a database refuses."""
        return value and _UNSTORABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), value)


Json = JSON(none_as_null=True)


#: What is asked for: a table, a column, several columns, or a statement with a `bindparam` for each value.
What = Table | Column[Any] | tuple[Column[Any], ...] | Executable


# SQLAlchemy takes longer to make a statement than SQLite to answer it: each is made once.
@lru_cache(1000)
def _found(what: Table | Column[Any] | tuple[Column[Any], ...], empty: frozenset[str], names: frozenset[str]) -> Any:
    """Rows with nothing in the columns `empty`, and with values, which come later, in the columns `names`."""
    wanted = dict.fromkeys(empty) | {name: bindparam(name) for name in names}
    return select(*what if isinstance(what, tuple) else [what]).filter_by(**wanted)


@cache
def _changed(table: Table) -> Any:
    return update(table).where(table.c.id == bindparam("of"))


@cache
def _inserted(table: Table, dialect: str) -> Any:
    """`inline`: no row is asked for what it was given."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table).inline()


@cache
def _ensured(table: Table, dialect: str) -> Any:
    return _inserted(table, dialect).on_conflict_do_nothing()


@cache
def _replaced(table: Table, dialect: str) -> Any:
    made = _inserted(table, dialect)
    rest = {column.name: made.excluded[column.name] for column in table.columns if not column.primary_key}
    return made.on_conflict_do_update(index_elements=list(table.primary_key), set_=rest)


@cache
def _held(table: Table) -> Any:
    return select(table.c.id).where(table.c.id == bindparam("id")).with_for_update(key_share=True)


class Db:
    """One open transaction, and what is said in it.

    Where rows are asked for, `which` says what they have in their columns, or gives a statement its values.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.dialect = connection.dialect.name

    def run(self, statement: Executable, values: Row | None = None) -> int:
        """Run it once; returns how many rows it touched."""
        counting = {"preserve_rowcount": True}  # which SQLAlchemy forgets of an insert
        return int(self.connection.execute(statement, values, execution_options=counting).rowcount)

    def ask(self, what: What, which: Row) -> CursorResult[Any]:
        """All that is found."""
        if not isinstance(what, (Table, Column, tuple)):
            return self.connection.execute(what, which)
        given = {name: value for name, value in which.items() if value is not None}
        return self.connection.execute(_found(what, frozenset(which.keys() - given.keys()), frozenset(given)), given)

    def all(self, what: What, /, **which: Any) -> list[Row]:
        """Every row, by column names."""
        found = self.ask(what, which)
        names = tuple(found.keys())  # SQLAlchemy's own mappings look for them in each row
        return [dict(zip(names, row, strict=True)) for row in found]

    def column(self, what: What, /, **which: Any) -> Sequence[Any]:
        """The first column of every row."""
        return self.ask(what, which).scalars().all()

    def pairs(self, what: What, /, **which: Any) -> dict[Any, Any]:
        """The second of two columns, by the first."""
        rows: Iterable[Any] = self.ask(what, which)
        return {first: second for first, second in rows}

    def one(self, what: What, /, **which: Any) -> Row | None:
        """The one row, or None. Two are a mistake of ours."""
        row = self.ask(what, which).mappings().one_or_none()
        return None if row is None else dict(row)

    def records(self, kind: type[R], what: What, /, **which: Any) -> list[R]:
        """Every row, as records."""
        return [record_of(kind, row) for row in self.all(what, **which)]

    def record(self, kind: type[R], what: What, /, **which: Any) -> R | None:
        """The one row as a record, or None."""
        row = self.one(what, **which)
        return None if row is None else record_of(kind, row)

    def scalar(self, what: What, /, **which: Any) -> Any | None:
        """The first column of the one row; None where there is none."""
        return self.ask(what, which).scalar_one_or_none()

    def count(self, table: Table, *which: Any, **columns: Any) -> int:
        """How many rows of it are such, and have this in their columns."""
        found = select(func.count()).select_from(table).filter_by(**columns).where(*which)
        return int(self.connection.execute(found).scalar_one())

    def only(self, statement: Executable) -> Row:
        """Its one row, which is there."""
        return dict(self.connection.execute(statement).mappings().one())

    def change(self, table: Table, which: str | Row, /, **values: Any) -> int:
        """Other values for the row of this id, or for those that have `which` in their columns; returns how many."""
        if isinstance(which, str):
            return self.run(_changed(table), values | {"of": which})
        return self.run(update(table).filter_by(**which).values(values))

    def drop(self, table: Table, **which: Any) -> int:
        """Take away the rows that have this in their columns; returns how many."""
        return self.run(delete(table).filter_by(**which))

    def add(self, table: Table, rows: Sequence[Row]) -> None:
        """Insert them, in order."""
        if rows:
            self.connection.execute(_inserted(table, self.dialect), rows)

    def insert(self, table: Table) -> Any:
        """An insert that may say what happens where a key is there."""
        return _inserted(table, self.dialect)

    def upsert(self, table: Table, row: Row) -> int:
        """Insert the whole row, or replace all but its key."""
        return self.run(_replaced(table, self.dialect), row)

    def ensure(self, table: Table, row: Row) -> int:
        """Insert the row unless its key, or another unique column, is there."""
        return self.run(_ensured(table, self.dialect), row)

    def hold(self, table: Table, id: str) -> None:
        """Lock a row until the end of the transaction, where others write at the same time.

        Before what is read of a person or an offering decides on what is written: then the next one waits, and then
        sees it. So events about a person are numbered in the order of their commits, too.
        """
        if self.dialect != "sqlite":  # which has one writer at a time
            self.connection.execute(_held(table), {"id": id}).all()


@dataclass(eq=False)
class Job:
    """A piece of work, where it is done, and whether its time is over."""

    work: Callable[[Db], Any]
    connection: Connection | None = None
    over: bool = False

    def refuse_over(self) -> None:
        """Raises TimeoutError where nobody waits for it any more."""
        if self.over:
            raise TimeoutError


class Lane:
    """So many threads in which work is done, each with a connection of the engine's pool; one at a time for each asker.

    `prepare` is run, in a transaction of its own, on every new connection; it is told whether it is not the first.
    """

    #: What has happened and what to do, in plain words.
    unavailable: Callable[[BaseException], StoreUnavailable]
    #: What takes longer is given up; None: nothing is.
    patience_s: float | None = None

    def __init__(
        self, name: str, engine: Engine, *, threads: int = 1, prepare: Callable[[Connection, bool], None] | None = None
    ) -> None:
        self._name, self._engine, self._prepare = name, engine, prepare
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=f"codegym-store-{name}")
        self._is_open = False
        self._turns = WeakValueDictionary[str, asyncio.Lock]()

    def cut(self, connection: Connection) -> None:
        """Whoever waits for the database on this connection is told that it is gone. From any thread."""

    def compacted(self, connection: Connection) -> bool:
        """Leave no trace of what was deleted; False where another keeps the database from it."""
        raise NotImplementedError

    async def run(self, work: Callable[[Db], T], *, patience_s: float | None = None) -> T:
        """`work`, whole or not at all; on the disk when this returns.

        Work that met other work (deadlock, serialization failure) is done again, and so is work that found its
        connection gone before it asked for a commit; `work` is a pure function of the database. Raises
        StoreUnavailable, and what `work` raises, after rolling back. Where the database went away while it was
        committing nobody knows whether it did: whoever asks again under the same key or id finds out.
        """
        job, future = Job(work), None
        patience_s = patience_s or self.patience_s
        timer = asyncio.get_running_loop().call_later(patience_s, self._give_up, job) if patience_s else None
        try:
            async with self._turn():
                future = self._submit(self._timed, job)
                return await asyncio.wrap_future(future)
        finally:
            if timer is not None and (future is None or future.done()):
                timer.cancel()

    def _turn(self) -> AbstractAsyncContextManager[Any]:
        """Who asks for much waits for themselves alone, and not each thread for the same person's row."""
        asker = ASKER.get()
        return self._turns.setdefault(asker, asyncio.Lock()) if asker else nullcontext()

    async def compact(self) -> bool:
        """Leave no trace of what was deleted where the database can do that; False while another keeps it from it."""
        return await asyncio.wrap_future(self._submit(self._compact))

    async def close(self) -> None:
        """When the work begun is done, or given up. May be called twice."""
        await asyncio.to_thread(self._close)

    def _submit(self, work: Callable[..., T], *args: Any) -> Future[T]:
        """With the ids of its logs and its trace, which do not come along into another thread by themselves."""
        try:
            return self._threads.submit(contextvars.copy_context().run, work, *args)
        except RuntimeError as error:
            raise StoreUnavailable("The records are closed: the server is stopping. Try again in a moment.") from error

    def _give_up(self, job: Job) -> None:
        job.over = True
        if job.connection is not None:
            self.cut(job.connection)

    def _close(self) -> None:
        self._threads.shutdown()
        self._engine.dispose()

    def _timed(self, job: Job) -> Any:
        began = time.perf_counter()
        try:
            result = self._done(job)
        finally:
            job.connection = None
        metrics.transaction_seconds.observe(time.perf_counter() - began, self._name)
        return result

    def _done(self, job: Job) -> Any:
        """Again and again, where that is safe and may help."""
        for left in reversed(range(TRIES)):
            is_committing = False
            try:
                with self._connected() as connection:
                    job.connection = connection
                    with connection.begin():
                        job.refuse_over()
                        result = job.work(Db(connection))
                        job.refuse_over()
                        is_committing = True
                return result
            except (IntegrityError, DataError):
                raise
            except (DBAPIError, OSError) as error:
                has_met = getattr(getattr(error, "orig", None), "sqlstate", None) in _MET
                is_gone = isinstance(error, DBAPIError) and error.connection_invalidated and not is_committing
                if job.over or not left or not (has_met or is_gone):
                    metrics.transaction_failures.add(self._name)
                    self._log(error)
                    raise self.unavailable(error) from error
                if has_met:
                    time.sleep(random.uniform(0, 0.005 * (TRIES - left)))
        raise AssertionError("the last try returns or raises")

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            if self._prepare is not None and "prepared" not in connection.info:
                with connection.begin():
                    self._prepare(connection, self._is_open)
                connection.info["prepared"] = self._is_open = True
            yield connection

    def _compact(self) -> bool:
        try:
            with self._connected() as connection:
                return self.compacted(connection)
        except (DBAPIError, OSError) as error:
            self._log(error)
            return False

    def _log(self, error: BaseException) -> None:
        # what is asked behind `?` is left out: a password may stand there, too
        inner = getattr(error, "orig", None) or error
        said = getattr(getattr(inner, "diag", None), "message_primary", None) or inner  # the rest may quote a row
        log.error("records at %s: %s", self._engine.url.set(query={}).render_as_string(hide_password=True), said)


class Aggregate:
    """A part of the store. Its methods hand work to one of two lanes."""

    _writer: Lane
    _reader: Lane


#: What is done in a transaction, and the method of a store that has it done.
Work = Callable[Concatenate[Db, P], T]
Method = Callable[Concatenate[Aggregate, P], Coroutine[Any, Any, T]]


def reads(work: Work[P, T], lane: str = "_reader") -> Method[P, T]:
    """A method of a store: `work`, in a transaction of the lane that reads."""

    @wraps(work)
    async def method(self: Aggregate, /, *args: P.args, **kwargs: P.kwargs) -> T:
        chosen: Lane = getattr(self, lane)
        return await chosen.run(lambda db: work(db, *args, **kwargs))

    return method


def writes(work: Work[P, T]) -> Method[P, T]:
    """The same, of the lane that writes: whole or not at all."""
    return reads(work, "_writer")
