"""One PostgreSQL database: how it is opened, and what is said when it cannot be used.

Transactions run side by side; what decides holds the rows that it decides on (`Db.hold`, `submissions.claim`).
Importing this imports psycopg: the extra `postgres`.
"""

import asyncio
import os
import socket
import time
from contextlib import suppress
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from .base import StoreUnavailable, causes
from .engine import Lane
from .migrations import prepare
from .sql.store import SqlStore

CONNECT_S = 3
#: Any number, the same for every server: who holds it may change the form of the records.
MIGRATING = 0x0C0DE617

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

_CAUSES, _CONNECTING = causes("postgresql"), causes("connecting")
_AWAY = "the database does not answer. Look whether it runs; what was accepted is kept"


def unavailable(error: BaseException) -> StoreUnavailable:
    """In plain words; where the database is stands in the log, not here: students read this."""
    inner = getattr(error, "orig", None) or error
    state, said = getattr(inner, "sqlstate", None), str(inner).lower()
    if state is not None:
        cause = next((text for start, text in _CAUSES.items() if state.startswith(start)), _AWAY)
    else:
        cause = next((_CAUSES[start] for words, start in _CONNECTING.items() if words in said), _AWAY)
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


def make_engine(url: URL, **options: Any) -> Engine:
    """An engine; unless `options` say more, one whose connections begin no transactions by themselves."""
    asked = {"connect_timeout": CONNECT_S, "prepare_threshold": 2, "application_name": "codegym"}
    asked = {name: value for name, value in asked.items() if name not in url.query}
    options = options or {"poolclass": NullPool, "isolation_level": "AUTOCOMMIT"}
    return create_engine(url, use_native_hstore=False, hide_parameters=True, connect_args=asked, **options)


class PostgresLane(Lane):
    """Transactions of one database, so many side by side."""

    unavailable = staticmethod(unavailable)

    def __init__(self, name: str, url: URL, level: Any, threads: int, patience_s: float, prepare: Any = None) -> None:
        engine = make_engine(url, isolation_level=level, pool_size=threads)
        self.patience_s = patience_s

        @event.listens_for(engine, "connect")
        def connected(driver: psycopg.Connection, _record: Any) -> None:
            wait = f"{int(patience_s * 1000)}ms"
            driver.execute(_SESSION, {"lock": wait, "idle": f"{int(3 * patience_s * 1000)}ms"})
            driver.commit()

        super().__init__(name, engine, threads=threads, prepare=prepare)

    def cut(self, connection: Connection) -> None:
        """A database that hangs is as good as away."""
        with suppress(Exception):  # closed meanwhile
            driver: Any = connection.connection.dbapi_connection
            with socket.socket(fileno=os.dup(driver.fileno())) as line:
                line.shutdown(socket.SHUT_RDWR)

    def compacted(self, connection: Connection) -> bool:
        """Give the room of deleted rows free; it is the database's to write over it."""
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM")
        return True


def _prepare(connection: Connection, is_open: bool) -> None:
    """Two servers may start at once: the second waits, however long it takes, for the work of the first."""
    connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
    connection.execute(text("SELECT pg_advisory_xact_lock(:which)"), {"which": MIGRATING})
    prepare(connection, is_open)


class PostgresStore(SqlStore):
    """What `SqlStore` is over a file, over a database that several servers share."""

    def __init__(self, database: str, *, writers: int = 4, readers: int = 2, patience_s: float = 10.0) -> None:
        url, self._path = address(database), None
        self._writer = PostgresLane("writer", url, "READ COMMITTED", writers, patience_s, _prepare)
        self._reader = PostgresLane("reader", url, "REPEATABLE READ", readers, patience_s)


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
