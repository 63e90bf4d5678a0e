"""One SQLite file, or SQLite in memory: its threads, and what is said when the file cannot be used."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, TypeVar

from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.dialects import sqlite as dialects
from sqlalchemy.exc import DBAPIError

from codegym_jlab.telemetry import metrics
from codegym_jlab.telemetry.logs import bind, bound
from codegym_jlab.telemetry.traces import carried

from .base import StoreUnavailable
from .engine import Db, Wording
from .files import keep_private, network_of

T = TypeVar("T")
log = logging.getLogger("codegym.store")

#: So many pieces of work share one transaction at most.
MOST_AT_ONCE = 64
#: With the ids that its logs are to have: they do not come along into another thread.
_Work = tuple[Callable[[Db], Any], "asyncio.Future[Any]", Mapping[str, str]]
_Outcome = tuple[Any, BaseException | None]
Synchronous = Literal["FULL", "NORMAL"]
Journal = Literal["WAL", "TRUNCATE"]
DIALECT = dialects.dialect(paramstyle="named")
WORDING = Wording(DIALECT)

#: What SQLite says → what has happened and what to do.
_CAUSES = {
    "locked": "another program holds them. Close it, or wait until it is done",
    "busy": "another program holds them. Close it, or wait until it is done",
    "full": "the disk is full. Make room and try again; what was accepted is kept",
    "readonly": "they may only be read. Give back the right to write to the file and its folder",
    "unable to open": "the file cannot be opened. Look whether its folder is there and may be written to",
    "disk i/o": "the disk does not answer. Look at it, then start again",
    "malformed": "the file is damaged. Put it aside and bring back a backup",
    "not a database": "the file is no database. Put it aside, or name another one",
}


def unavailable(error: Exception) -> StoreUnavailable:
    """In plain words; the path is in the log, not here: students read this."""
    said = str(getattr(error, "orig", error)).lower()
    cause = next((text for word, text in _CAUSES.items() if word in said), f"the database said: {said}")
    return StoreUnavailable(f"The records cannot be used now: {cause}.")


def make_engine(
    path: Path | None, *, synchronous: Synchronous = "FULL", busy_s: float = 5.0, journal: Journal | None = None
) -> Engine:
    """An engine for one file, or for memory. Python's sqlite3 begins no transactions by itself: a lane says how.

    The journal is WAL, and on a network file system, where WAL would tear the file, one that is written beside it.
    """
    kept = journal or ("WAL" if path is None else journal_of(path))
    engine = create_engine(
        "sqlite://" if path is None else f"sqlite:///{path}",
        poolclass=NullPool,
        connect_args={"check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def connected(dbapi: sqlite3.Connection, _record: Any) -> None:
        dbapi.isolation_level = None
        dbapi.execute(f"PRAGMA busy_timeout={int(busy_s * 1000)}")
        _use_journal(dbapi, kept, busy_s)
        for pragma in (f"synchronous={synchronous}", "foreign_keys=ON", "cache_size=-16000"):
            dbapi.execute(f"PRAGMA {pragma}")

    return engine


def journal_of(path: Path) -> Journal:
    """The one that the file system can keep."""
    return "TRUNCATE" if network_of(path) else "WAL"


def _use_journal(dbapi: sqlite3.Connection, journal: Journal, busy_s: float) -> None:
    """SQLite's busy timeout does not hold for this one, and two servers may open a new file at the same time."""
    until = time.monotonic() + busy_s
    while True:
        try:
            dbapi.execute(f"PRAGMA journal_mode={journal}")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)


class Lane:
    """One thread with one connection, kept open; work waits its turn in it and never blocks the event loop.

    What waits while the disk is waited for is done next, together: one transaction, one wait.

    `prepare` is run, in a transaction of its own, on every new connection.
    """

    def __init__(
        self,
        name: str,
        path: Path | None,
        *,
        begin: str,
        synchronous: Synchronous = "FULL",
        busy_s: float = 5.0,
        journal: Journal | None = None,
        prepare: Callable[[Connection], None] | None = None,
    ) -> None:
        self.wording = WORDING
        self._name = name
        self._path = path
        self._begin = begin
        self._prepare = prepare
        self._engine = make_engine(path, synchronous=synchronous, busy_s=busy_s, journal=journal)
        self._waiting: deque[_Work] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"codegym-store-{name}")
        self._connection: Connection | None = None
        self._db: Db | None = None
        self._inode: tuple[int, int] | None = None

    async def run(self, work: Callable[[Db], T]) -> T:
        """`work`, whole or not at all; on the disk when this returns.

        Raises StoreUnavailable, and what `work` raises, after rolling back.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((carried(work), future, bound()))
        try:
            self._thread.submit(self._take_up)
        except RuntimeError as error:
            raise StoreUnavailable("The records are closed: the server is stopping. Try again in a moment.") from error
        return await future

    async def compact(self) -> bool:
        """Write the file anew, without the pages that deleted rows leave behind, and empty the log."""
        try:
            return await asyncio.wrap_future(self._thread.submit(self._compact))
        except RuntimeError:
            return False

    def _compact(self) -> bool:
        try:
            driver: Any = self._connected().driver
            driver.execute("VACUUM")
            return not driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except (DBAPIError, sqlite3.Error, OSError) as error:
            log.warning("records at %s could not be written anew: %s", self._path, error)
            return False

    async def close(self) -> None:
        """When the work begun is done."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        with suppress(RuntimeError):  # closed before
            self._thread.submit(self._drop).result()
        self._thread.shutdown()
        self._engine.dispose()

    def _take_up(self) -> None:
        """All that waits goes into one transaction, so that many students wait for the disk once."""
        works: list[_Work] = []
        while self._waiting and len(works) < MOST_AT_ONCE:
            work, future, ids = self._waiting.popleft()
            if not future.cancelled():
                works.append((work, future, ids))
        if not works:
            return
        began = time.perf_counter()
        try:
            outcomes = self._in_transaction(works)
        except BaseException as error:
            outcomes = [(None, error)] * len(works)
        metrics.transaction_seconds.observe(time.perf_counter() - began, self._name)
        answers = [(future, *outcome) for (_, future, _), outcome in zip(works, outcomes, strict=True)]
        for loop in {future.get_loop() for future, _, _ in answers}:
            with suppress(RuntimeError):  # closed meanwhile: nobody waits there
                loop.call_soon_threadsafe(_answer, [answer for answer in answers if answer[0].get_loop() is loop])

    def _in_transaction(self, works: Sequence[_Work]) -> list[_Outcome]:
        try:
            db = self._connected()
            with self._transaction(db.driver):
                if len(works) == 1:
                    return [(works[0][0](db), None)]
                return [self._apart(db, work) for work, _, _ in works]
        except sqlite3.IntegrityError:
            raise
        except (DBAPIError, sqlite3.Error, OSError) as error:
            metrics.transaction_failures.add(self._name)
            for _, _, ids in works:
                with bind(**ids):
                    log.error("records at %s: %s", self._path, error)
            self._drop()
            raise unavailable(error) from error

    def _apart(self, db: Db, work: Callable[[Db], Any]) -> _Outcome:
        """One of several in a transaction: what it raises undoes its own changes alone."""
        driver: Any = db.driver
        driver.execute("SAVEPOINT apart")
        try:
            outcome: _Outcome = (work(db), None)
        except Exception as error:
            if not driver.in_transaction:  # SQLite itself gave all of it up
                raise
            driver.execute("ROLLBACK TO apart")
            is_ours = isinstance(error, sqlite3.Error) and not isinstance(error, sqlite3.IntegrityError)
            outcome = (None, unavailable(error) if is_ours else error)
        driver.execute("RELEASE apart")
        return outcome

    @contextmanager
    def _transaction(self, driver: Any) -> Iterator[None]:
        driver.execute(self._begin)
        try:
            yield
            driver.commit()
        except BaseException:
            driver.rollback()
            raise

    def _connected(self) -> Db:
        """The connection; a new one where the file was moved away or replaced since it was opened."""
        if self._connection is not None and self._inode != _inode(self._path):
            self._drop()
        if self._db is None:
            if self._path is not None:
                keep_private(self._path)
            self._connection = self._engine.connect()
            self._inode = _inode(self._path)
            self._db = self._prepared(self._connection)
        return self._db

    def _prepared(self, connection: Connection) -> Db:
        driver: Any = connection.connection.dbapi_connection
        try:
            if self._prepare is not None:
                # SQLAlchemy's transaction alone would begin nothing: Python's sqlite3 is kept from it
                with connection.begin(), self._transaction(driver):
                    self._prepare(connection)
            return Db(driver, self.wording)
        except BaseException:
            self._drop()
            raise

    def _drop(self) -> None:
        connection, self._connection, self._db = self._connection, None, None
        if connection is not None:
            try:
                connection.close()
            except DBAPIError:
                connection.invalidate()


def _answer(answers: Sequence[tuple[asyncio.Future[Any], Any, BaseException | None]]) -> None:
    """On the event loop of those who wait: one wake for all of a transaction."""
    for future, result, failure in answers:
        if future.done():  # cancelled meanwhile
            continue
        if failure is None:
            future.set_result(result)
        else:
            future.set_exception(failure)


def _inode(path: Path | None) -> tuple[int, int] | None:
    if path is None:
        return None
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
