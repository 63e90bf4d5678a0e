"""The records of one installation, in SQLite or PostgreSQL: `store_at` opens them.

What is asked and answered stands in `base`, `classes`, `conversations` and `privacy`, which import no database; how it
is done in `sql`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .base import StoreUnavailable

if TYPE_CHECKING:
    from .sql.store import SqlStore


def store_at(where: Path | str) -> SqlStore:
    """A SQLite file (a path), or a PostgreSQL database (`postgresql://…`); not open yet. Raises StoreUnavailable."""
    if isinstance(where, Path):
        from .sql.store import SqlStore

        return SqlStore(where)
    try:
        from .postgresql import PostgresStore
    except ImportError as error:
        said = "For a PostgreSQL database this needs a package more: pip install 'codegym-jlab[postgres]'."
        raise StoreUnavailable(said) from error
    return PostgresStore(where)
