"""Finding what is old and letting go of it, in SQL. A part of `sql.SqlStore`.

What each method promises stands in `retention.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise, takewhile
from typing import Any

from . import retention_statements as old
from . import statements as sql
from .driver import Db, Row, Transactions
from .life import hold
from .retention import Stale


class RetainingStore:
    """What `retention.py` asks of a store."""

    _writer: Transactions
    _reader: Transactions

    async def stale(self, kind: str, before: datetime, after: str, limit: int) -> Stale:
        return await self._reader.run(lambda db: FIND[kind](db, before, after, limit))

    async def let_go_of(self, kind: str, ids: Sequence[str], before: datetime) -> int:
        asked = [{"p_id": id, "p_before": before} for id in sorted(ids)]
        return await self._writer.run(lambda db: sum(LET_GO[kind](db, one) for one in asked))


def _deliveries(db: Db, before: datetime, after: str, limit: int) -> Stale:
    page = db.all(old.EVENTS, {"p_after": int(after or 0), "p_limit": limit})
    ids = [str(row["seq"]) for row in page if row["delivered_at"] is not None and row["delivered_at"] < before]
    young = any(row["created_at"] >= before for row in page)
    return Stale(ids, None if young or len(page) < limit else str(page[-1]["seq"]))


def _drafts(db: Db, before: datetime, after: str, limit: int) -> Stale:
    """Of what was handed in, each that is followed by one of the same person and exercise, older than `before` too."""
    begins = json.loads(after) if after else ["", "", "", ""]
    asked = {f"p_{n}": part for n, part in enumerate(begins, 1)}
    page = db.all(old.DRAFTS, {**asked, "p_limit": limit + 1})
    ids = [
        one["id"]
        for one, then in pairwise(page)
        if one["handed_in"] and _place(one) == _place(then) and then["received_at"] < before
    ]
    last = page[limit - 1] if len(page) > limit else None
    return Stale(ids, None if last is None else json.dumps([*_place(last), last["id"]]))


def _place(row: Row) -> tuple[str, str, str]:
    return row["offering"], row["person"], row["exercise"]


def _outputs(db: Db, before: datetime, after: str, limit: int) -> Stale:
    page = db.all(old.OUTPUTS, {"p_after": after, "p_limit": limit})
    old_ones = [row for row in page if row["judged_at"] < before]
    ids = [row["id"] for row in old_ones if row["holds"] and row["settled"]]
    spared = {row["id"] for row in page if row["judged_at"] >= before or (row["holds"] and not row["settled"])}
    done = [row["id"] for row in takewhile(lambda row: row["id"] not in spared, page)]
    return Stale(ids, _next(page, bool(old_ones), limit), done[-1] if done else None)


def _next(page: Sequence[Row], has_old: bool, limit: int) -> str | None:
    """Ids go by age: after a whole page of young ones nothing is old."""
    return page[-1]["id"] if len(page) == limit and has_old else None


def _submissions(db: Db, before: datetime, after: str, limit: int) -> Stale:
    page = db.all(old.SENT, {"p_after": after, "p_before": before, "p_limit": limit})
    has_old = any(row["received_at"] < before for row in page)
    return Stale([row["id"] for row in page if row["stale"]], _next(page, has_old, limit))


def _conversations(db: Db, before: datetime, after: str, limit: int) -> Stale:
    page = db.all(old.TURNS, {"p_after": after, "p_limit": limit})
    return _page(page, "asked_at", before, limit)


def _tickets(db: Db, before: datetime, after: str, limit: int) -> Stale:
    page = db.all(old.TICKETS, {"p_after": after, "p_limit": limit})
    return _page(page, "answered_at", before, limit)


def _page(page: Sequence[Row], at: str, before: datetime, limit: int) -> Stale:
    ids = [row["id"] for row in page if row[at] is not None and row[at] < before]
    return Stale(ids, page[-1]["id"] if len(page) == limit else None)


def _drop_event(db: Db, asked: Mapping[str, Any]) -> int:
    asked = {**asked, "p_id": int(asked["p_id"])}
    db.run(old.DROP_SENDS, asked)
    return db.run(old.DROP_EVENT, asked)


def _empty_output(db: Db, asked: Mapping[str, Any]) -> int:
    emptied = db.run(old.EMPTY_OUTPUT, asked)
    if emptied:
        db.run(old.EMPTY_GOT, asked)
    return emptied


def _empty_sent(db: Db, asked: Mapping[str, Any]) -> int:
    """Under the hold of its owner, whose next submission might lean on it; with what was judged of it."""
    hold(db, db.scalar(old.OWNER, asked))
    emptied = db.run(old.EMPTY_SENT, asked)
    row = db.one(sql.CURRENT, {"p_submission": asked["p_id"]}) if emptied else None
    while row is not None:
        _empty_output(db, {**asked, "p_id": row["id"]})
        row = db.one(sql.SUPERSEDED_BY, {"p_id": row["id"]})
    return emptied


FIND: dict[str, Callable[[Db, datetime, str, int], Stale]] = {
    "deliveries": _deliveries,
    "drafts": _drafts,
    "outputs": _outputs,
    "submissions": _submissions,
    "conversations": _conversations,
    "tickets": _tickets,
}
LET_GO: dict[str, Callable[[Db, Mapping[str, Any]], int]] = {
    "deliveries": _drop_event,
    "drafts": lambda db, asked: db.run(old.EMPTY_DRAFT, asked),
    "outputs": _empty_output,
    "submissions": _empty_sent,
    "conversations": lambda db, asked: db.run(old.DROP_TURN, asked),
    "tickets": lambda db, asked: db.run(old.DROP_TICKET, asked),
}
