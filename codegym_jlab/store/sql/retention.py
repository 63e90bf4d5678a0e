"""What is old, page by page, and letting go of it by its id."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, and_, case, exists, or_, select

from ...records import frozen
from ..audit import by_staff
from ..base import Stale
from ..engine import Aggregate, Db, reads
from .revisions import chain
from .submissions import ITS_LINE, JUDGED_BY
from .tables import (
    IS_DRAFT,
    check_results,
    given_marks,
    judgements,
    outbox,
    people,
    progress,
    sends,
    submissions,
    tickets,
    turns,
)

B, S, J, G, C = outbox.c, submissions.c, judgements.c, progress.c, check_results.c
T, Q = turns.c, tickets.c
#: Who handed it in themselves: whatever times are set later, no draft is collected any more (`grading/sweep.py`).
_handed_in = exists().where(ITS_LINE, G.attempts > 0)
_settled = S.state.in_(["judged", "cancelled"])  #: nobody has to look at it any more
_NO_TEXT = {"source": "", "cells": [], "digest": ""}
_other = submissions.alias("other")
_of_same = and_(_other.c.offering == S.offering, _other.c.person == S.person, _other.c.exercise == S.exercise)


@frozen
class _Kind:
    """What may be let go of."""

    made_at: Column[datetime]  #: ids go by it
    is_old: Callable[[datetime], ColumnElement[bool]]
    let_go: Callable[[Db, Any], object]  #: by an id
    lowest: Any = ""  #: less than every id; events are numbered

    @property
    def id(self) -> Column[Any]:
        return next(iter(self.made_at.table.primary_key))


def _drop_event(db: Db, seq: int) -> None:
    db.drop(sends, seq=seq)
    db.drop(outbox, seq=seq)


def _is_old_draft(before: datetime) -> ColumnElement[bool]:
    """Of what was handed in, each that is followed by one older than `before` too."""
    has_later = exists().where(_of_same, _other.c.state == "kept", _other.c.id > S.id, _other.c.received_at < before)
    return and_(IS_DRAFT, S.received_at < before, _handed_in, has_later)


def _has_old_output(before: datetime) -> ColumnElement[bool]:
    printed = exists().where(C.judgement == J.id, or_(C.got.is_not(None), C.stdout != "", C.failure.is_not(None)))
    holds = or_(J.stdout != "", J.failure.is_not(None), printed)
    return and_(J.judged_at < before, holds, exists().where(S.id == J.submission, _settled))


def _empty_output(db: Db, id: str) -> None:
    db.change(judgements, id, stdout="", failure=None)
    db.change(check_results, {"judgement": id}, got=None, diff=None, stdout="", failure=None)


def _is_dispensable(before: datetime) -> ColumnElement[bool]:
    """A try, or a submit that does not count, and on whose judgement no other leans."""
    counts = exists().where(ITS_LINE, or_(G.submission == S.id, G.counting_submission == S.id))
    accepted = exists().where(JUDGED_BY, J.verdict == "AC")
    spare = or_(S.kind == "try", and_(~counts, ~accepted))
    leant_on = exists().where(_of_same, _other.c.same_as == S.id)
    return and_(_settled, S.digest != "", S.received_at < before, spare, ~leant_on)


def _empty_sent(db: Db, id: str) -> None:
    """With what was judged of it."""
    db.change(submissions, id, **_NO_TEXT, claimed_at=None)
    db.drop(given_marks, submission=id, drafted=True)  # they quote it
    for row in chain(db, id):
        _empty_output(db, row["id"])


KINDS = {
    "deliveries": _Kind(B.created_at, lambda before: B.delivered_at < before, _drop_event, lowest=0),
    # a row stays, as in `erasure.py`
    "drafts": _Kind(
        S.received_at, _is_old_draft, lambda db, id: db.change(submissions, id, state="cancelled", **_NO_TEXT)
    ),
    "outputs": _Kind(J.judged_at, _has_old_output, _empty_output),
    "submissions": _Kind(S.received_at, _is_dispensable, _empty_sent),
    "conversations": _Kind(T.asked_at, lambda before: T.asked_at < before, lambda db, id: db.drop(turns, id=id)),
    "tickets": _Kind(Q.asked_at, lambda before: Q.answered_at < before, lambda db, id: db.drop(tickets, id=id)),
}


def stale(db: Db, kind: str, before: datetime, after: Any, limit: int) -> Stale:
    """What of a kind is older than `before`, among at most `limit` looked at; `after`: empty for the first.

    deliveries: events that every sink has. drafts: of exercises that the person handed in, all but the newest of
    those older; while nothing is handed in, any may be collected, whichever times are set later.
    outputs: judgements with something printed or got, of what is settled.
    submissions: tries, and submits that neither count, nor are the newest, nor are accepted, nor wait for anything.
    conversations: what was asked of the tutor and answered. tickets: those that a person answered, by when.
    """
    of = KINDS[kind]
    is_old = case((of.is_old(before), 1), else_=0).label("is_old")
    rows = select(of.id.label("id"), of.made_at.label("made_at"), is_old).where(of.id > (after or of.lowest))
    page = db.all(rows.order_by(of.id).limit(limit))
    # ids go by age, but those that a regrading gives judgements: after a whole page of young ones nothing is old
    is_young = kind != "outputs" and all(row["made_at"] >= before for row in page)
    is_last = len(page) < limit or is_young
    return Stale([row["id"] for row in page if row["is_old"]], None if is_last else page[-1]["id"])


def let_go_of(db: Db, kind: str, ids: Sequence[Any], before: datetime) -> int:
    """One transaction; how many it was. Verdicts, scores, labels, times stay; events and talks are deleted."""
    of, gone = KINDS[kind], 0
    for id in sorted(ids):
        if kind == "submissions":  # their owner's next one might lean on it
            db.hold(people, db.scalar(S.person, id=id) or "")
        old = select(of.id).where(of.id == id, of.is_old(before)).with_for_update()
        if db.scalar(old) is not None:
            of.let_go(db, id)
            gone += 1
    return gone


class Retention(Aggregate):
    """Finding what is old, and letting go of it in small transactions."""

    stale = reads(stale)
    let_go_of = by_staff(let_go_of)
