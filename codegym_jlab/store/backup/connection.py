"""One connection to a database of records, with nothing between it and the database: for whoever copies all of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from ..base import StoreUnavailable
from .archive import VERSION_TABLE, Shape

if TYPE_CHECKING:
    from sqlalchemy import URL

_BUSY_S = 10.0


@contextmanager
def sqlite_connection(path: Path, *pragmas: str, begin: str) -> Iterator[Connection]:
    """Of one file, in a transaction that is rolled back at the end unless it was committed. Raises StoreUnavailable."""
    from ..sqlite import unavailable

    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def connected(dbapi: sqlite3.Connection, _record: Any) -> None:
        dbapi.isolation_level = None  # Python's sqlite3 is kept from beginning transactions by itself
        for pragma in (f"busy_timeout={int(_BUSY_S * 1000)}", *pragmas):
            dbapi.execute(f"PRAGMA {pragma}")

    yield from _in_transaction(engine, begin, unavailable)


@contextmanager
def postgres_connection(database: str, *, begin: str) -> Iterator[Connection]:
    """The same of a database. Raises StoreUnavailable, also where psycopg is not there."""
    try:
        from ..postgresql import address, make_engine, unavailable
    except ImportError as error:
        said = "For a PostgreSQL database this needs a package more: pip install 'codegym-jlab[postgres]'."
        raise StoreUnavailable(said) from error
    url: URL = address(database)
    yield from _in_transaction(make_engine(url), begin, unavailable)


def _in_transaction(engine: Engine, begin: str, unavailable: Any) -> Iterator[Connection]:
    """The driver's own: SQLAlchemy begins none on either."""
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(begin)
            try:
                yield connection
            finally:
                if not connection.invalidated:
                    connection.exec_driver_sql("ROLLBACK")
    except (DBAPIError, sqlite3.Error) as error:
        raise unavailable(error) from error
    finally:
        engine.dispose()


def form_of(connection: Connection) -> str:
    """The number of the newest migration that the records have seen; empty where there are none."""
    from sqlalchemy import inspect

    if not inspect(connection).has_table(VERSION_TABLE):
        return ""
    return str(connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar() or "")


def sequence_of(connection: Connection, shape: Shape) -> str | None:
    """The PostgreSQL sequence that numbers a table's rows."""
    if len(shape.key) != 1 or shape.columns[shape.key[0]] != "integer":
        return None
    asked = text("SELECT pg_get_serial_sequence(quote_ident(:name), :key)")
    found: str | None = connection.execute(asked, {"name": shape.name, "key": shape.key[0]}).scalar()
    return found
