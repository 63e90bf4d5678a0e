"""Whether the records answer, and what waits in them, in SQL. A part of `sql.SqlStore`."""

from __future__ import annotations

from sqlalchemy import String, column, select, table

from . import statements as sql
from .backlog import Backlog
from .driver import Db, Transactions
from .errors import StoreTooNew, StoreUnavailable
from .migrations import HEAD

VERSION = select(table("alembic_version", column("version_num", String)).c.version_num)


class WatchedStore:
    """Each method says in `backlog.py` what it promises."""

    _reader: Transactions

    async def check(self) -> None:
        version = await self._reader.run(lambda db: db.scalar(VERSION, {}))
        if version is None or version < HEAD:
            raise StoreUnavailable("The records have an older form. Start the server again: it brings them up to date.")
        if version > HEAD:
            raise StoreTooNew(f"A newer CodeGYM changed the records (form {version}, here {HEAD}). Update this server.")

    async def backlog(self) -> Backlog:
        return await self._reader.run(_backlog)


def _backlog(db: Db) -> Backlog:
    waiting = db.one(sql.BACKLOG, {})
    assert waiting is not None, "a count has a row"
    return Backlog(waiting["waiting"], waiting["oldest"], db.scalar(sql.COUNT_PARKED, {}))
