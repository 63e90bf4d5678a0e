"""The records of one installation, made of one part an aggregate, over one of two databases."""

from pathlib import Path
from typing import Any

from ...files import private_folder
from ...records import go_on_after
from ..audit import AuditLog
from ..base import StoreUnavailable
from ..migrations import prepare
from ..sqlite import SqliteLane
from .conversations import Conversations
from .dashboards import Dashboards
from .erasure import Privacy
from .exercise_drafts import ExerciseDrafts
from .offerings import Offerings
from .outbox import OutboxStore
from .retention import Retention
from .revisions import Revisions
from .submissions import LAST_ID, Submissions
from .teams import Teams

#: For the steps to a newer form of many records.
MIGRATE_S = 3600.0


class SqlStore(
    Submissions,
    Revisions,
    Offerings,
    Teams,
    Dashboards,
    Conversations,
    ExerciseDrafts,
    Privacy,
    AuditLog,
    Retention,
    OutboxStore,
):
    """Every writing method is whole or not at all, in the writer's thread; reading ones have a thread of their own."""

    def __init__(self, path: Path | None = None, **options: Any) -> None:
        """A SQLite file, with the options of `make_engine`. No path: in memory, with one thread, and gone with it."""
        self._path = path
        self._writer = SqliteLane("writer", path, prepare, begin="BEGIN IMMEDIATE", **options)
        self._reader = self._writer if path is None else SqliteLane("reader", path, **options)

    async def open(self) -> None:
        """Called once before anything else: makes or migrates the database. Raises StoreUnavailable, StoreTooNew."""
        try:
            if self._path is not None:
                private_folder(self._path.parent)
        except OSError as error:
            said = "The folder of the records cannot be made. Look at its name and at who may write there."
            raise StoreUnavailable(said) from error
        go_on_after(await self._writer.run(lambda db: db.scalar(LAST_ID), patience_s=MIGRATE_S))

    async def close(self) -> None:
        """Let go of files and threads. May be called twice."""
        await self._reader.close()
        await self._writer.close()
