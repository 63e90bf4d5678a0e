"""The records in a database: SQLAlchemy Core over SQLite (over PostgreSQL: `postgresql.py`).

What each method promises stands in `base.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from codegym_jlab.events.records import Event
from codegym_jlab.submission import Judgement, Submission

from . import classbook, life, revising
from . import statements as sql
from .ahead import write_ahead
from .base import (
    Accepted,
    Admit,
    Advance,
    Enrolment,
    Foretell,
    Found,
    Give,
    Given,
    HandedIn,
    HintGiven,
    Lease,
    Ledger,
    Ledgers,
    Offering,
    Progress,
    Recorded,
    Revise,
    StoreTooNew,
    StoreUnavailable,
)
from .conversing import ConversingStore
from .driver import Db, Transactions
from .erasing import ErasingStore
from .ids import go_on_after
from .migrations import HEAD
from .posting import PostingStore
from .registering import RegisterStore
from .retaining import RetainingStore
from .rows import storable
from .sqlite import Journal, Lane, Synchronous
from .surveying import SurveyingStore
from .teaming import TeamingStore
from .ticketing import TicketingStore
from .watching import WatchedStore


class SqlStore(
    RegisterStore,
    TeamingStore,
    SurveyingStore,
    ErasingStore,
    RetainingStore,
    WatchedStore,
    PostingStore,
    ConversingStore,
    TicketingStore,
):
    """Every writing method is whole or not at all, in the writer's thread; reading ones have a thread of their own."""

    def __init__(
        self, path: Path, *, synchronous: Synchronous = "FULL", busy_s: float = 5.0, journal: Journal | None = None
    ) -> None:
        self._path = Path(path)
        lane = partial(Lane, path=self._path, synchronous=synchronous, busy_s=busy_s, journal=journal)
        self._writer: Transactions = lane("writer", begin="BEGIN IMMEDIATE", prepare=prepare)
        self._reader: Transactions = lane("reader", begin="BEGIN")

    async def open(self) -> None:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            said = "The folder of the records cannot be made. Look at its name and at who may write there."
            raise StoreUnavailable(said) from error
        go_on_after(await self._writer.run(lambda db: db.scalar(sql.LAST_ID, {})))

    async def warm(self) -> None:
        await asyncio.to_thread(write_ahead, self._writer.wording)

    async def close(self) -> None:
        await self._reader.close()
        await self._writer.close()

    async def accept(
        self,
        submission: Submission,
        *,
        unit: str,
        course_digest: str,
        admit: Admit,
        events: Sequence[Event],
        lease: Lease,
    ) -> Accepted:
        return await self._writer.run(lambda db: life.accept(db, submission, unit, course_digest, admit, events, lease))

    async def record(
        self, submission: Submission, judgement: Judgement, advance: Advance, foretell: Foretell | None = None
    ) -> Recorded:
        def work(db: Db) -> Recorded:
            recorded = life.record(db, submission, judgement, advance)
            if foretell is not None:
                foretell(recorded)
            return recorded

        return await self._writer.run(work)

    async def find(self, submission: str) -> Found | None:
        return await self._reader.run(lambda db: life.find(db, submission))

    async def find_sent(self, offering: str, person: str, idempotency_key: str) -> str | None:
        return await self._reader.run(lambda db: life.find_sent(db, offering, person, idempotency_key))

    async def claim(self, lease: Lease, now: datetime, *, limit: int) -> Sequence[Submission]:
        if not await self._reader.run(lambda db: life.is_queued(db, lease, now)):
            return ()
        return await self._writer.run(lambda db: life.claim(db, lease, now, limit))

    async def renew(self, lease: Lease, submissions: Sequence[str]) -> None:
        await self._writer.run(lambda db: life.renew(db, lease, submissions))

    async def cancel(self, submission: str) -> bool:
        return await self._writer.run(lambda db: life.cancel(db, submission))

    async def postpone(self, submission: str, not_before: datetime) -> bool:
        return await self._writer.run(lambda db: life.postpone(db, submission, not_before))

    async def find_repeat(self, submission: Submission, course_digest: str) -> Judgement | None:
        return await self._reader.run(lambda db: life.find_repeat(db, submission, course_digest))

    async def keep(self, drafts: Sequence[Submission]) -> Sequence[str]:
        return await self._writer.run(lambda db: life.keep(db, drafts))

    async def handed_in(
        self, offering: str, exercises: Collection[str], after: tuple[str, str], limit: int
    ) -> Sequence[HandedIn]:
        return await self._reader.run(lambda db: revising.handed_in(db, offering, exercises, after, limit))

    async def lines_handed_in(
        self, offering: str, exercises: Collection[str], after: tuple[str, str], limit: int
    ) -> Sequence[tuple[str, str]]:
        found = await self._reader.run(lambda db: revising.lines(db, offering, exercises, after, limit))
        return [(line.person, line.exercise) for line in found]

    async def count_handed_in(self, offering: str) -> Mapping[str, int]:
        return await self._reader.run(lambda db: revising.count_handed_in(db, offering))

    async def awaiting_review(self, offering: str, after: tuple[str, str], limit: int) -> Sequence[Progress]:
        return await self._reader.run(lambda db: revising.awaiting_review(db, offering, after, limit))

    async def supersede(
        self,
        offering: str,
        person: str,
        exercise: str,
        revise: Revise,
        *,
        who: str | None,
        why: str,
        cause: str = "regrade",
    ) -> bool:
        reason = {"cause": cause, "who": who, "why": storable(why)}
        return await self._writer.run(lambda db: revising.supersede(db, offering, person, exercise, revise, reason))

    async def parked(self, offering: str) -> Sequence[Found]:
        return await self._reader.run(lambda db: revising.parked(db, offering))

    async def try_again(self, offering: str, submission: str) -> bool:
        return await self._writer.run(lambda db: revising.try_again(db, offering, submission))

    async def history(self, submission: str) -> Sequence[Given]:
        return await self._reader.run(lambda db: revising.history(db, submission))

    async def enrol(self, offering: Offering, user: str) -> Enrolment:
        return await self._writer.run(lambda db: classbook.enrol(db, offering, user))

    async def person(self, offering: str, user: str) -> str | None:
        return await self._reader.run(lambda db: classbook.person(db, offering, user))

    async def make_person(self, offering: str, user: str) -> str:
        return await self._writer.run(lambda db: classbook.make_person(db, offering, user))

    async def enrolment(self, offering: str, person: str) -> Enrolment | None:
        return await self._reader.run(lambda db: classbook.enrolment(db, offering, person))

    async def ledger(self, offering: str, person: str, unit: str, exercise: str) -> Ledger:
        return await self._reader.run(lambda db: classbook.ledger(db, offering, person, unit, exercise))

    async def ledgers(self, offering: str, person: str) -> Ledgers:
        return await self._reader.run(lambda db: classbook.ledgers(db, offering, person))

    async def opened(self, offering: str, person: str, unit: str, at: datetime) -> datetime:
        return await self._writer.run(lambda db: classbook.opened(db, offering, person, unit, at))

    async def hints(self, offering: str, person: str, exercise: str) -> Sequence[HintGiven]:
        return await self._reader.run(lambda db: classbook.hints(db, offering, person, exercise))

    async def give_hint(self, offering: str, person: str, exercise: str, give: Give) -> tuple[HintGiven, Progress]:
        return await self._writer.run(lambda db: classbook.give_hint(db, offering, person, exercise, give))

    async def keep_base(self, offering: str, person: str, unit: str, digest: str, body: str, at: datetime) -> None:
        row = {"offering": offering, "person": person, "unit": unit, "digest": digest, "body": body, "made_at": at}
        await self._writer.run(lambda db: classbook.keep_base(db, row))

    async def base(self, offering: str, person: str, unit: str, digest: str) -> str | None:
        return await self._reader.run(lambda db: classbook.base(db, offering, person, unit, digest))


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
    from .migrations.migrate import upgrade

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
