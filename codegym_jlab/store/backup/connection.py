"""One connection to a database of records, with nothing between it and the database: for whoever copies all of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, NullPool, inspect, text
from sqlalchemy.exc import DBAPIError

from .. import postgresql_module
from .archive import VERSION_TABLE


@contextmanager
def connected(records: Path | str, *, isolation: Any = "REPEATABLE READ", **sqlite: Any) -> Iterator[Connection]:
    """Rolled back at the end unless it was committed. `isolation`: of PostgreSQL. Raises StoreUnavailable."""
    if isinstance(records, Path):
        from ..sqlite import make_engine, unavailable

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


def form_of(connection: Connection) -> str:
    """The number of the newest migration that the records have seen; empty where there are none."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return ""
    return str(connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar() or "")
