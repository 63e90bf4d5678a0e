"""Brings a database up to HEAD. Importing this costs 0.2 s (alembic), so only a database that is behind does."""

from __future__ import annotations

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from . import HEAD

FOLDER = Path(__file__).parent


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without a file."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection, to: str = HEAD) -> None:
    """Run what is missing up to `to`, in the transaction that the caller has begun."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    command.upgrade(configuration(connection), to)
