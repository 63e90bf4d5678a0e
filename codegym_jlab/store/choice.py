"""Which store the settings name. The driver of a database is imported only where one is named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .base import StoreUnavailable

if TYPE_CHECKING:
    from .sql import SqlStore


def store_at(where: Path | str) -> SqlStore:
    """A SQLite file (a path), or a PostgreSQL database (`postgresql://…`); not open yet. Raises StoreUnavailable."""
    if isinstance(where, Path):
        from .sql import SqlStore

        return SqlStore(where)
    try:
        from .postgresql import PostgresStore
    except ImportError as error:
        said = "For a PostgreSQL database this needs a package more: pip install 'codegym-jlab[postgres]'."
        raise StoreUnavailable(said) from error
    return PostgresStore(where)
