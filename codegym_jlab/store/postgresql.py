"""One PostgreSQL database: a few threads with a connection each, and what is said when it cannot be used.

Transactions run side by side; what decides holds the rows that it decides on (`statements.HOLD`, `TAKE`).
Importing this imports psycopg: the extra `postgres`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from codegym_jlab.telemetry import metrics
from codegym_jlab.telemetry.logs import bind, bound
from codegym_jlab.telemetry.traces import carried

from .base import StoreUnavailable
from .engine import Db, Transactions, Wording
from .ids import go_on_after
from .sql.store import SqlStore, prepare
from .sql.submissions import LAST_ID

T = TypeVar("T")
log = logging.getLogger("codegym.store")

#: Tries of one piece of work that met others'.
TRIES = 6
CONNECT_S = 3
MIGRATE_S = 3600.0  #: the steps to a newer form of many records
#: Any number, the same for every server: who holds it may change the form of the records.
MIGRATING = 0x0C0DE617

WRITES = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
READS = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
#: A database that acknowledges before it has written is told not to; who stops in mid-transaction lets go of its rows.
#: A plan that was made while tables were small is kept for minutes: so none is made that reads a whole table.
#: Its estimates are then so high that the compiler (jit) would take longer than the statement.
_SESSION = """
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')
UNION ALL SELECT set_config('enable_seqscan', 'off', false)
UNION ALL SELECT set_config('jit', 'off', false)
UNION ALL SELECT set_config('timezone', 'UTC', false)
UNION ALL SELECT set_config('lock_timeout', %(lock)s, false)
UNION ALL SELECT set_config('idle_in_transaction_session_timeout', %(idle)s, false)
"""

#: What PostgreSQL says (the beginning of its SQLSTATE) → what has happened and what to do.
_CAUSES = {
    "28": "the database refused the name or the password. Look at both in the setting",
    "3D000": "there is no such database. Make it, or name another one",
    "53100": "the disk of the database is full. Make room and try again; what was accepted is kept",
    "53300": "the database has too many connections. Allow more, or end some",
    "25006": "the database may only be read. Name the one that is written to",
    "42501": "the database does not give the rights that are needed. Look at whose its tables are",
    "42P01": "they are not there yet, or were replaced while the server ran. Start the server, which makes them",
    "55P03": "another program holds them. Wait until it is done",
    "57P03": "the database is starting, or stopping. Try again in a moment",
}
#: The same for what is said to who connects, which has no SQLSTATE.
_REFUSALS = {
    "password authentication failed": _CAUSES["28"],
    "no password supplied": _CAUSES["28"],
    "role": _CAUSES["28"],
    "too many": _CAUSES["53300"],
    "remaining connection slots": _CAUSES["53300"],
    "starting up": _CAUSES["57P03"],
    "shutting down": _CAUSES["57P03"],
    "permission denied": _CAUSES["42501"],
    'fatal:  database "': _CAUSES["3D000"],
}
_AWAY = "the database does not answer. Look whether it runs; what was accepted is kept"


def unavailable(error: BaseException) -> StoreUnavailable:
    """In plain words; where the database is stands in the log, not here: students read this."""
    inner = getattr(error, "orig", None) or error
    state, said = getattr(inner, "sqlstate", None), str(inner).lower()
    if state is not None:
        cause = next((text for start, text in _CAUSES.items() if state.startswith(start)), _AWAY)
    else:
        cause = next((text for words, text in _REFUSALS.items() if words in said), _AWAY)
    return StoreUnavailable(f"The records cannot be used now: {cause}.")


def address(database: str) -> URL:
    """The setting's URL, for psycopg. Raises StoreUnavailable, without the password, where it is none."""
    try:
        url = make_url(database)
    except ArgumentError:
        url = None
    if url is None or url.get_backend_name() not in ("postgresql", "postgres"):
        raise StoreUnavailable("The setting `database` is not understood: postgresql://NAME:PASSWORD@HOST/DATABASE.")
    return url.set(drivername="postgresql+psycopg")


def make_engine(url: URL) -> Engine:
    """An engine whose connections begin no transactions by themselves: whoever uses one says how."""
    asked: dict[str, Any] = {"connect_timeout": CONNECT_S, "prepare_threshold": 2}
    if "application_name" not in url.query:
        asked["application_name"] = "codegym"
    return create_engine(
        url, poolclass=NullPool, isolation_level="AUTOCOMMIT", use_native_hstore=False, connect_args=asked
    )


@dataclass(slots=True)
class _Seat:
    """What one thread works with."""

    connection: Connection | None = None
    db: Db | None = None

    def cut(self) -> None:
        """Whoever waits for an answer on this connection is told that it is gone. From any thread."""
        connection = self.connection
        with suppress(Exception):  # closed meanwhile
            assert connection is not None
            driver: Any = connection.connection.dbapi_connection
            with socket.socket(fileno=os.dup(driver.fileno())) as line:
                line.shutdown(socket.SHUT_RDWR)

    def drop(self) -> None:
        """Close the connection; the next piece of work opens another."""
        connection, self.connection, self.db = self.connection, None, None
        if connection is not None:
            with suppress(Exception):
                connection.invalidate()
            with suppress(Exception):
                connection.close()


@dataclass(slots=True)
class _Job:
    """A piece of work, and whether its time is over."""

    work: Callable[[Db], Any]
    seat: _Seat | None = None
    over: bool = False
    future: Future[Any] = field(default_factory=Future)
    ids: Mapping[str, str] = field(default_factory=bound)  #: of its logs: they do not come along into another thread

    def give_up(self) -> None:
        """Its time is over, wherever it is."""
        self.over = True
        if not self.future.cancel() and self.seat is not None and not self.future.done():
            self.seat.cut()


class Pool:
    """So many threads with one connection each, opened when first needed, and again when it was lost.

    Work that met other work (deadlock, serialization failure) is done again, and so is work that found its connection
    gone before it asked for a commit; `work` is a pure function of the database. What takes longer than `patience_s`
    is given up: a database that hangs is as good as away.

    `prepare` is run, in a transaction of its own, on every new connection.
    """

    def __init__(
        self,
        name: str,
        url: URL,
        *,
        begin: str,
        size: int,
        patience_s: float,
        prepare: Callable[[Connection], None] | None = None,
    ) -> None:
        self._engine = make_engine(url)
        self.wording = Wording(self._engine.dialect)
        self._name = name
        self._begin = begin
        self._patience_s = patience_s
        self._prepare = prepare
        self._threads = ThreadPoolExecutor(size, thread_name_prefix=f"codegym-store-{name}")
        self._here = threading.local()
        self._seats: list[_Seat] = []

    async def run(self, work: Callable[[Db], T], *, patience_s: float | None = None) -> T:
        """`work`, whole or not at all; on the database's disk when this returns.

        Raises StoreUnavailable, and what `work` raises, after rolling back. Where the database went away while it was
        committing nobody knows whether it did: whoever asks again under the same key or id finds out.
        """
        job = _Job(carried(work))
        try:
            self._threads.submit(self._take_up, job)
        except RuntimeError as error:
            raise StoreUnavailable("The records are closed: the server is stopping. Try again in a moment.") from error
        timer = asyncio.get_running_loop().call_later(patience_s or self._patience_s, job.give_up)
        try:
            result: T = await asyncio.wrap_future(job.future)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if job.over and not (task and task.cancelling()):
                raise StoreUnavailable(f"The records cannot be used now: {_AWAY}.") from None
            raise
        finally:
            if job.future.done():
                timer.cancel()
        return result

    async def compact(self) -> bool:
        """Give the room of deleted rows free; it is the database's to write over it."""
        return await asyncio.to_thread(self._compact)

    def _compact(self) -> bool:
        try:
            with self._engine.connect() as connection:
                connection.execute(text("VACUUM"))
        except SQLAlchemyError as error:
            self._log(error)
            return False
        return True

    async def close(self) -> None:
        """When the work begun is done, or given up."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        late = threading.Timer(self._patience_s, self._cut)
        late.start()
        self._threads.shutdown()
        late.cancel()
        for seat in self._seats:
            seat.drop()
        self._engine.dispose()

    def _cut(self) -> None:
        for seat in self._seats:
            seat.cut()

    def _take_up(self, job: _Job) -> None:
        if not job.future.set_running_or_notify_cancel():
            return
        seat: _Seat | None = getattr(self._here, "seat", None)
        if seat is None:
            seat = self._here.seat = _Seat()
            self._seats.append(seat)
        job.seat = seat
        began = time.perf_counter()
        try:
            with bind(**job.ids):
                result = self._done(job, seat)
            metrics.transaction_seconds.observe(time.perf_counter() - began, self._name)
        except BaseException as error:
            job.future.set_exception(error)
        else:
            job.future.set_result(result)

    def _done(self, job: _Job, seat: _Seat) -> Any:
        """Again and again, where that is safe and may help."""
        for left in reversed(range(TRIES)):
            connected = committing = False
            try:
                db = self._connected(seat)
                connected = True
                with self._transaction(db, seat):
                    result = job.work(db)
                    if job.over:
                        raise StoreUnavailable(f"The records cannot be used now: {_AWAY}.")
                    committing = True
                return result
            except (psycopg.Error, SQLAlchemyError, OSError) as error:
                if isinstance(error, (psycopg.IntegrityError, psycopg.DataError)):
                    raise
                met = isinstance(error, (errors.SerializationFailure, errors.DeadlockDetected))
                gone = connected and not committing and seat.db is None
                if job.over or not left or not (met or gone):
                    metrics.transaction_failures.add(self._name)
                    self._log(error)
                    raise unavailable(error) from error
                if met:
                    time.sleep(random.uniform(0, 0.005 * (TRIES - left)))
        raise AssertionError("the last try returns or raises")

    @contextmanager
    def _transaction(self, db: Db, seat: _Seat) -> Iterator[None]:
        """A connection that was lost meanwhile is dropped."""
        driver: Any = db.driver
        try:
            driver.execute(self._begin, prepare=False)
            yield
            driver.execute("COMMIT", prepare=False)
        except BaseException:
            try:
                driver.execute("ROLLBACK", prepare=False)
            except psycopg.Error:
                seat.drop()
            raise

    def _connected(self, seat: _Seat) -> Db:
        if seat.db is None:
            try:
                seat.connection = self._engine.connect()
                seat.db = self._ready(seat, seat.connection)
            except BaseException:
                seat.drop()
                raise
        return seat.db

    def _ready(self, seat: _Seat, connection: Connection) -> Db:
        driver: Any = connection.connection.dbapi_connection
        wait = f"{int(self._patience_s * 1000)}ms"
        driver.execute(_SESSION, {"lock": wait, "idle": f"{int(3 * self._patience_s * 1000)}ms"})
        db = Db(driver, self.wording)
        if self._prepare is not None:
            with self._transaction(db, seat):
                # two servers may start at once: the second waits, however long it takes, for the work of the first
                driver.execute("SET LOCAL lock_timeout = 0")
                connection.execute(text("SELECT pg_advisory_xact_lock(:which)"), {"which": MIGRATING})
                self._prepare(connection)
        return db

    def _log(self, error: BaseException) -> None:
        # what is asked behind `?` is left out: a password may stand there, too
        inner = getattr(error, "orig", None) or error
        said = getattr(getattr(inner, "diag", None), "message_primary", None) or inner  # the rest may quote a row
        log.error("records at %s: %s", self._engine.url.set(query={}).render_as_string(hide_password=True), said)


class PostgresStore(SqlStore):
    """What `SqlStore` is over a file, over a database that several servers share."""

    def __init__(self, database: str, *, writers: int = 4, readers: int = 2, patience_s: float = 10.0) -> None:
        url = address(database)
        self._opening = Pool("writer", url, begin=WRITES, size=writers, patience_s=patience_s, prepare=prepare)
        self._writer: Transactions = self._opening
        self._reader = Pool("reader", url, begin=READS, size=readers, patience_s=patience_s)

    async def open(self) -> None:
        go_on_after(await self._opening.run(lambda db: db.scalar(LAST_ID, {}), patience_s=MIGRATE_S))


async def look(database: str) -> str:
    """Its version, and how soon it answers, for `codegym doctor`. Raises StoreUnavailable where it may lose records."""
    return await asyncio.to_thread(_look, address(database))


def _look(url: URL) -> str:
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            began = time.perf_counter()
            connection.execute(text("SELECT 1"))
            took = (time.perf_counter() - began) * 1000
            asked = "SELECT current_setting('server_version'), current_setting('fsync'), pg_is_in_recovery()"
            version, fsync, standby = connection.execute(text(asked)).one()
    except DBAPIError as error:
        raise unavailable(error) from error
    finally:
        engine.dispose()
    if standby:
        raise StoreUnavailable("This database is a copy that may only be read. Name the one that is written to.")
    if fsync == "off":
        raise StoreUnavailable("This database runs with fsync=off: a power cut loses what was accepted. Switch it on.")
    where = url.set(drivername="postgresql", query={}).render_as_string(hide_password=True)
    return f"PostgreSQL {version.split()[0]} at {where} answers in {took:.1f} ms"
