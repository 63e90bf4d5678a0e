"""The records of one installation, made of one part an aggregate, over one of two databases."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from ...records import go_on_after
from ..base import StoreTooNew, StoreUnavailable
from ..engine import Lane
from ..migrations import HEAD
from ..sqlite import Journal, SqliteLane, Synchronous
from .conversations import Conversations, Tickets
from .dashboards import Dashboards
from .erasure import Privacy
from .offerings import Offerings
from .outbox import OutboxStore, Watch
from .retention import Retention
from .revisions import Revisions
from .submissions import LAST_ID, Submissions
from .tables import metadata
from .teams import Teams


class SqlStore(
    Submissions,
    Revisions,
    Offerings,
    Teams,
    Dashboards,
    Conversations,
    Tickets,
    Privacy,
    Retention,
    OutboxStore,
    Watch,
):
    """Every writing method is whole or not at all, in the writer's thread; reading ones have a thread of their own."""

    def __init__(
        self,
        path: Path | None = None,
        *,
        synchronous: Synchronous = "FULL",
        busy_s: float = 5.0,
        journal: Journal | None = None,
    ) -> None:
        """A SQLite file. No path: in memory, with one thread for all, and gone with it."""
        self._path = path
        lane = partial(SqliteLane, path=path, synchronous=synchronous, busy_s=busy_s, journal=journal)
        self._writer: Lane = lane("writer", begin="BEGIN IMMEDIATE", prepare=prepare)
        self._reader: Lane = self._writer if path is None else lane("reader")

    async def open(self) -> None:
        """Called once before anything else: makes or migrates the database. Raises StoreUnavailable, StoreTooNew."""
        try:
            if self._path is not None:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            said = "The folder of the records cannot be made. Look at its name and at who may write there."
            raise StoreUnavailable(said) from error
        go_on_after(await self._writer.run(lambda db: db.scalar(LAST_ID, {})))

    async def close(self) -> None:
        """Let go of files and threads. May be called twice."""
        await self._reader.close()
        await self._writer.close()


def prepare(db: Connection) -> None:
    """Bring the database to HEAD, in the transaction that has begun. Raises StoreTooNew, StoreUnavailable."""
    version = _version(db)
    if version == HEAD:
        return
    if version > HEAD:
        raise StoreTooNew(
            f"The records were written by a newer CodeGYM (version {version} of their form; this one knows {HEAD}). "
            "Update CodeGYM, or name another file or database for the records."
        )
    if not version and db.engine.url.database is None:  # in memory: there is nothing to bring along
        metadata.create_all(db)
        db.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        db.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})
        return
    from ..migrations.migrate import upgrade

    upgrade(db)


def _version(db: Connection) -> str:
    """The database's revision; empty where it is new."""
    tables = inspect(db).get_table_names()
    if "alembic_version" in tables:
        return str(db.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")
    if tables:
        raise StoreUnavailable(
            "The file or database for the records holds something else. Name another file or database."
        )
    return ""
