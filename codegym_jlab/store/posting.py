"""The outbox in SQL: what the relay takes from it, and what staff see and bring back. A part of `sql.SqlStore`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from codegym_jlab.events.relay import DeadLetter, Depth, Pending

from . import rows
from . import statements as sql
from .driver import Db, Transactions
from .tables import sends

#: No lease is as long: its end was set by a clock that was ahead.
_ABSURD = timedelta(minutes=1)
_RELAY = "relay"


class PostingStore:
    """What `events.relay` and `codegym events` ask; each method says there what it promises."""

    _writer: Transactions
    _reader: Transactions

    async def hold(self, holder: str, now: datetime, until: datetime) -> bool:
        values = {"p_name": _RELAY, "p_holder": holder, "p_until": until, "p_now": now, "p_absurd": now + _ABSURD}
        return await self._writer.run(lambda db: db.run(sql.take_lease(db.dialect.name), values) > 0)

    async def let_go(self, holder: str) -> None:
        await self._writer.run(lambda db: db.run(sql.LET_GO, {"p_name": _RELAY, "p_holder": holder}))

    async def undelivered(self, limit: int, after: int = 0) -> Sequence[Pending]:
        return await self._reader.run(lambda db: _undelivered(db, limit, after))

    async def sent(self, places: Sequence[int], sink: str) -> None:
        await self._writer.run(lambda db: _sent(db, places, sink))

    async def delivered(self, places: Sequence[int]) -> None:
        at = datetime.now(UTC)
        values = [{"p_seq": seq, "p_at": at} for seq in sorted(places)]
        await self._writer.run(lambda db: db.run_each(sql.DELIVERED, values))

    async def refused(self, place: int, why: str) -> None:
        await self._writer.run(lambda db: db.run(sql.REFUSED, {"p_seq": place, "p_why": why[:1000]}))

    async def give_up(self, place: int, has: Collection[str]) -> None:
        await self._writer.run(lambda db: _give_up(db, place, has))

    async def dead(self, limit: int) -> Sequence[DeadLetter]:
        found = await self._reader.run(lambda db: db.all(sql.DEAD, {"p_limit": limit}))
        return [DeadLetter(row["seq"], rows.event_of(row), row["problem"] or "", row["tries"]) for row in found]

    async def resend(self, places: Sequence[int] | None) -> int:
        return await self._writer.run(lambda db: _resend(db, places))

    async def told(self, after: int, limit: int) -> Sequence[Pending]:
        found = await self._reader.run(lambda db: db.all(sql.TOLD, {"p_after": after, "p_limit": limit}))
        return [Pending(row["seq"], rows.event_of(row)) for row in found]

    async def newest(self) -> int:
        return await self._reader.run(lambda db: db.scalar(sql.NEWEST, {})) or 0

    async def depth(self) -> Depth:
        return await self._reader.run(_depth)


def _undelivered(db: Db, limit: int, after: int) -> list[Pending]:
    """The head of the outbox."""
    found = db.all(sql.UNDELIVERED, {"p_limit": limit, "p_after": after})
    if not found:
        return []
    has: dict[int, set[str]] = {}
    for row in db.all(sql.SENDS, {"p_first": found[0]["seq"], "p_last": found[-1]["seq"]}):
        has.setdefault(row["seq"], set()).add(row["sink"])
    return [Pending(row["seq"], rows.event_of(row), frozenset(has.get(row["seq"], ()))) for row in found]


def _sent(db: Db, places: Sequence[int], sink: str) -> None:
    """The same again is no fault: another relay may have had the outbox meanwhile."""
    for seq in sorted(places):
        db.run(sql.ensure(sends, db.dialect.name), {"seq": seq, "sink": sink})


def _give_up(db: Db, place: int, has: Collection[str]) -> None:
    """Who has it is written down: whenever it is sent again, it goes to the others alone."""
    for sink in sorted(has):
        _sent(db, [place], sink)
    db.run(sql.GIVE_UP, {"p_seq": place})


def _resend(db: Db, places: Sequence[int] | None) -> int:
    if places is None:
        return db.run(sql.RESEND, {})
    return sum(db.run(sql.RESEND_ONE, {"p_seq": seq}) for seq in places)


def _depth(db: Db) -> Depth:
    waiting = db.one(sql.DEPTH, {})
    assert waiting is not None, "a count has a row"
    return Depth(waiting["waiting"], waiting["oldest"], db.scalar(sql.DEATHS, {}))
