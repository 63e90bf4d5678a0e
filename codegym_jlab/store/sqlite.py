"""One SQLite file: a thread that writes, a thread that reads, and what is said when the file cannot be used."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, TypeVar

from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError

from .base import StoreUnavailable

T = TypeVar("T")
log = logging.getLogger("codegym.store")

Synchronous = Literal["FULL", "NORMAL"]

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


def make_engine(path: Path, *, begin: str, synchronous: Synchronous, busy_s: float) -> Engine:
    """An engine whose transactions begin with `begin`; Python's sqlite3 is kept from beginning any by itself."""
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def connected(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = None
        for pragma in (
            f"busy_timeout={int(busy_s * 1000)}",
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            "foreign_keys=ON",
            "cache_size=-16000",
        ):
            dbapi.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def began(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


class Lane:
    """One thread with one connection, kept open; work waits its turn in it and never blocks the event loop.

    `prepare` is run, in a transaction of its own, on every new connection.
    """

    def __init__(
        self,
        name: str,
        path: Path,
        *,
        begin: str,
        synchronous: Synchronous = "FULL",
        busy_s: float = 5.0,
        prepare: Callable[[Connection], None] | None = None,
    ) -> None:
        self._path = path
        self._prepare = prepare
        self._engine = make_engine(path, begin=begin, synchronous=synchronous, busy_s=busy_s)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"codegym-store-{name}")
        self._connection: Connection | None = None
        self._inode: tuple[int, int] | None = None

    async def run(self, work: Callable[[Connection], T]) -> T:
        """`work` in a transaction of its own. Raises StoreUnavailable, and what `work` raises, after rolling back."""
        try:
            future = self._thread.submit(self._in_transaction, work)
        except RuntimeError as error:
            raise StoreUnavailable("The records are closed: the server is stopping. Try again in a moment.") from error
        return await asyncio.wrap_future(future)

    async def close(self) -> None:
        """When the work begun is done."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        with suppress(RuntimeError):  # closed before
            self._thread.submit(self._drop).result()
        self._thread.shutdown()
        self._engine.dispose()

    def _in_transaction(self, work: Callable[[Connection], T]) -> T:
        try:
            connection = self._connected()
            with connection.begin():
                return work(connection)
        except IntegrityError:
            raise
        except (DBAPIError, OSError) as error:
            log.error("records at %s: %s", self._path, error)
            self._drop()
            raise unavailable(error) from error

    def _connected(self) -> Connection:
        """The connection; a new one where the file was moved away or replaced since it was opened."""
        if self._connection is not None and self._inode != _inode(self._path):
            self._drop()
        if self._connection is None:
            self._connection = self._engine.connect()
            self._inode = _inode(self._path)
            self._prepared(self._connection)
        return self._connection

    def _prepared(self, connection: Connection) -> None:
        try:
            if self._prepare is not None:
                with connection.begin():
                    self._prepare(connection)
        except BaseException:
            self._drop()
            raise

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except DBAPIError:
                connection.invalidate()


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
