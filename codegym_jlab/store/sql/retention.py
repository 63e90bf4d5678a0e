"""What is old, page by page, and letting go of it by its id."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Any

from sqlalchemy import Column, ColumnElement, and_, case, delete, exists, func, literal_column, or_, select, update
from sqlalchemy import tuple_ as tuple_of

from ..base import Stale
from ..engine import Aggregate, Db, Row, reads, writes
from .revisions import chain
from .submissions import IS_DRAFT
from .tables import check_results, judgements, outbox, people, progress, sends, submissions, tickets, turns

B, S, J, G, C = outbox.c, submissions.c, judgements.c, progress.c, check_results.c
_line = and_(G.offering == S.offering, G.person == S.person, G.exercise == S.exercise)
#: Who handed it in themselves: whatever times are set later, no draft is collected any more (`grading/sweep.py`).
_handed_in = exists().where(_line, G.attempts > 0)
_settled = S.state.in_(["judged", "cancelled"])  #: nobody has to look at it any more
_NO_TEXT = {"source": "", "cells": [], "digest": ""}


def _as_number(condition: ColumnElement[bool], name: str) -> ColumnElement[int]:
    return case((condition, 1), else_=0).label(name)


def _deliveries(db: Db, before: datetime, after: str, limit: int) -> Stale:
    """In the order of commits, which is that of their age: whoever meets a young one may stop."""
    events = select(B.seq, B.created_at, B.delivered_at).where(B.seq > int(after or 0))
    page = db.all(events.order_by(B.seq).limit(limit))
    ids = [str(row["seq"]) for row in page if row["delivered_at"] is not None and row["delivered_at"] < before]
    young = any(row["created_at"] >= before for row in page)
    return Stale(ids, None if young or len(page) < limit else str(page[-1]["seq"]))


def _drop_event(db: Db, id: str, before: datetime) -> int:
    delivered = and_(B.seq == int(id), B.delivered_at < before)
    db.run(delete(sends).where(sends.c.seq.in_(select(B.seq).where(delivered))))
    return db.run(delete(outbox).where(delivered))


def _drafts(db: Db, before: datetime, after: str, limit: int) -> Stale:
    """Of what was handed in, each that is followed by one of the same person and exercise, older than `before` too."""
    key = (S.offering, S.person, S.exercise, S.id)
    begins = tuple(json.loads(after)) if after else ("", "", "", "")
    drafts = select(*key, S.received_at, _as_number(_handed_in, "handed_in")).where(IS_DRAFT, tuple_of(*key) > begins)
    page = db.all(drafts.order_by(*key).limit(limit + 1))
    ids = [
        one["id"]
        for one, then in pairwise(page)
        if one["handed_in"] and _place(one) == _place(then) and then["received_at"] < before
    ]
    last = page[limit - 1] if len(page) > limit else None
    return Stale(ids, None if last is None else json.dumps([*_place(last), last["id"]]))


def _place(row: Row) -> tuple[str, str, str]:
    return row["offering"], row["person"], row["exercise"]


def _empty_draft(db: Db, id: str, before: datetime) -> int:
    """A row stays, as in `erasure.py`."""
    later = submissions.alias("later")
    has_later = exists().where(
        later.c.offering == S.offering,
        later.c.person == S.person,
        later.c.exercise == S.exercise,
        later.c.state == literal_column("'kept'"),
        later.c.id > S.id,
        later.c.received_at < before,
    )
    old = update(submissions).where(S.id == id, IS_DRAFT, S.received_at < before, has_later, _handed_in)
    return db.run(old.values(state="cancelled", **_NO_TEXT))


def _outputs(db: Db, before: datetime, after: str, limit: int) -> Stale:
    printed = exists().where(C.judgement == J.id, or_(C.got.is_not(None), C.stdout != "", C.failure.is_not(None)))
    holds = or_(J.stdout != "", J.failure.is_not(None), printed)
    found = select(J.id, J.judged_at, _as_number(and_(holds, _is_settled()), "stale")).where(J.id > after)
    page = db.all(found.order_by(J.id).limit(limit))
    old_ones = [row for row in page if row["judged_at"] < before]
    return Stale([row["id"] for row in old_ones if row["stale"]], _next(page, bool(old_ones), limit))


def _is_settled() -> ColumnElement[bool]:
    return exists().where(S.id == J.submission, _settled)


def _empty_output(db: Db, id: str, before: datetime) -> int:
    old = update(judgements).where(J.id == id, J.judged_at < before, _is_settled())
    emptied = db.run(old.values(stdout="", failure=None))
    if emptied:
        db.run(update(check_results).filter_by(judgement=id).values(got=None, diff=None, stdout="", failure=None))
    return emptied


def _next(page: Sequence[Row], has_old: bool, limit: int) -> str | None:
    """Ids go by age: after a whole page of young ones nothing is old."""
    return page[-1]["id"] if len(page) == limit and has_old else None


def _dispensable(before: datetime) -> ColumnElement[bool]:
    """Of submissions: a try, or a submit that does not count, and on whose judgement no other leans."""
    counts = exists().where(_line, or_(G.submission == S.id, G.counting_submission == S.id))
    accepted = exists().where(J.submission == func.coalesce(S.same_as, S.id), J.current, J.verdict == "AC")
    again = submissions.alias("again")
    leant_on = exists().where(
        again.c.offering == S.offering,
        again.c.person == S.person,
        again.c.exercise == S.exercise,
        again.c.same_as == S.id,
    )
    spare = or_(S.kind == "try", and_(~counts, ~accepted))
    return and_(_settled, S.digest != "", S.received_at < before, spare, ~leant_on)


def _submissions(db: Db, before: datetime, after: str, limit: int) -> Stale:
    sent = select(S.id, S.received_at, _as_number(_dispensable(before), "stale")).where(S.id > after)
    page = db.all(sent.order_by(S.id).limit(limit))
    has_old = any(row["received_at"] < before for row in page)
    return Stale([row["id"] for row in page if row["stale"]], _next(page, has_old, limit))


def _empty_sent(db: Db, id: str, before: datetime) -> int:
    """Under the hold of its owner, whose next submission might lean on it; with what was judged of it."""
    db.hold(people, db.scalar(select(S.person).filter_by(id=id)))
    old = update(submissions).where(S.id == id, _dispensable(before))
    emptied = db.run(old.values(**_NO_TEXT, claimed_at=None))
    for row in chain(db, id) if emptied else ():
        _empty_output(db, row["id"], before)
    return emptied


def _page(at: Column[Any], db: Db, before: datetime, after: str, limit: int) -> Stale:
    """Of a table by id; what has no such time yet waits for an answer, and keeps waiting."""
    id = at.table.c.id
    page = db.all(select(id, at.label("at")).where(id > after).order_by(id).limit(limit))
    ids = [row["id"] for row in page if row["at"] is not None and row["at"] < before]
    return Stale(ids, page[-1]["id"] if len(page) == limit else None)


def _drop(at: Column[Any], db: Db, id: str, before: datetime) -> int:
    return db.run(delete(at.table).where(at.table.c.id == id, at < before))


FIND: dict[str, Callable[[Db, datetime, str, int], Stale]] = {
    "deliveries": _deliveries,
    "drafts": _drafts,
    "outputs": _outputs,
    "submissions": _submissions,
    "conversations": partial(_page, turns.c.asked_at),
    "tickets": partial(_page, tickets.c.answered_at),
}
LET_GO: dict[str, Callable[[Db, str, datetime], int]] = {
    "deliveries": _drop_event,
    "drafts": _empty_draft,
    "outputs": _empty_output,
    "submissions": _empty_sent,
    "conversations": partial(_drop, turns.c.asked_at),
    "tickets": partial(_drop, tickets.c.answered_at),
}


def stale(db: Db, kind: str, before: datetime, after: str, limit: int) -> Stale:
    """What of one of KINDS is older than `before`, among at most `limit` looked at; `after`: empty for the first.

    deliveries: events that every sink has. drafts: of exercises that the person handed in, all but the newest of
    those older; while nothing is handed in, any may be collected, whichever times are set later.
    outputs: judgements with something printed or got, of what is settled.
    submissions: tries, and submits that neither count, nor are the newest, nor are accepted, nor wait for anything.
    conversations: what was asked of the tutor and answered. tickets: those that a person answered, by when.
    """
    return FIND[kind](db, before, after, limit)


def let_go_of(db: Db, kind: str, ids: Sequence[str], before: datetime) -> int:
    """One transaction; how many it was. Verdicts, scores, labels, times stay; events and talks are deleted."""
    return sum(LET_GO[kind](db, id, before) for id in sorted(ids))


class Retention(Aggregate):
    """Finding what is old, and letting go of it in small transactions."""

    stale = reads(stale)
    let_go_of = writes(let_go_of)
