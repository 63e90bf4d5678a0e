"""The records of one installation, in SQLite or PostgreSQL: `store_at` opens them.

What is asked and answered stands in `base` and `classes`, which import no database; how it is done in `sql`.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from .base import StoreUnavailable

if TYPE_CHECKING:
    from .sql.store import SqlStore

    Store = SqlStore
else:
    Store = object  #: named in types alone: SQLAlchemy is imported where records are opened


def postgresql_module() -> ModuleType:
    """What speaks to PostgreSQL. Raises StoreUnavailable where its driver is not installed."""
    try:
        return import_module(".postgresql", __name__)
    except ImportError as error:
        said = "For a PostgreSQL database this needs a package more: pip install 'codegym-jlab[postgres]'."
        raise StoreUnavailable(said) from error


def store_at(where: Path | str) -> Store:
    """A SQLite file (a path), or a PostgreSQL database (`postgresql://…`); not open yet. Raises StoreUnavailable."""
    from .sql.store import SqlStore

    return SqlStore(where) if isinstance(where, Path) else postgresql_module().PostgresStore(where)
