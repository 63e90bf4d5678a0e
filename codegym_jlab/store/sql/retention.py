"""What is old, page by page, and letting go of it by its id."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Any

from sqlalchemy import Executable, and_, case, delete, exists, func, literal_column, or_, select, tuple_, update
from sqlalchemy import bindparam as P

from ..engine import Aggregate, Db, Row, reads, writes
from ..erasure import Stale
from .people import IS_DRAFT, hold
from .revisions import chain
from .tables import check_results, judgements, outbox, progress, sends, submissions, tickets, turns

B, S, J, G, C = outbox.c, submissions.c, judgements.c, progress.c, check_results.c
#: In the order of commits, which is that of their age: whoever meets a young one may stop.
EVENTS = select(B.seq, B.created_at, B.delivered_at).where(B.seq > P("p_after")).order_by(B.seq).limit(P("p_limit"))
_delivered = and_(B.seq == P("p_id"), B.delivered_at < P("p_before"))
DROP_SENDS = delete(sends).where(sends.c.seq.in_(select(B.seq).where(_delivered)))
DROP_EVENT = delete(outbox).where(_delivered)
_line = and_(G.offering == S.offering, G.person == S.person, G.exercise == S.exercise)
#: Who handed it in themselves: whatever times are set later, no draft is collected any more (`grading/sweep.py`).
_handed_in = exists().where(_line, G.attempts > 0)
DRAFTS = (
    select(S.offering, S.person, S.exercise, S.id, S.received_at, case((_handed_in, 1), else_=0).label("handed_in"))
    .where(IS_DRAFT, tuple_(S.offering, S.person, S.exercise, S.id) > tuple_(*map(P, ("p_1", "p_2", "p_3", "p_4"))))
    .order_by(S.offering, S.person, S.exercise, S.id)
    .limit(P("p_limit"))
)
later = submissions.alias("later")
_has_later = exists().where(
    later.c.offering == S.offering,
    later.c.person == S.person,
    later.c.exercise == S.exercise,
    later.c.state == literal_column("'kept'"),
    later.c.id > S.id,
    later.c.received_at < P("p_before"),
)
#: A row stays, as in `privacy.py`.
EMPTY_DRAFT = (
    update(submissions)
    .where(S.id == P("p_id"), IS_DRAFT, S.received_at < P("p_before"), _has_later, _handed_in)
    .values(state="cancelled", source="", cells=[], digest="")
)
_printed = exists().where(
    C.judgement == J.id,
    or_(C.got.is_not(None), C.stdout != literal_column("''"), C.failure.is_not(None)),
)
#: Nobody has to look at it any more.
_settled = exists().where(
    S.id == J.submission, or_(S.state == literal_column("'judged'"), S.state == literal_column("'cancelled'"))
)
_holds = or_(J.stdout != literal_column("''"), J.failure.is_not(None), _printed)
OUTPUTS = (
    select(
        J.id,
        J.judged_at,
        case((_holds, 1), else_=0).label("holds"),
        case((_settled, 1), else_=0).label("settled"),
    )
    .where(J.id > P("p_after"))
    .order_by(J.id)
    .limit(P("p_limit"))
)
EMPTY_OUTPUT = (
    update(judgements).where(J.id == P("p_id"), J.judged_at < P("p_before"), _settled).values(stdout="", failure=None)
)
EMPTY_GOT = update(check_results).where(C.judgement == P("p_id")).values(got=None, diff=None, stdout="", failure=None)
_counts = exists().where(_line, or_(G.submission == S.id, G.counting_submission == S.id))
_accepted = exists().where(J.submission == func.coalesce(S.same_as, S.id), J.current, J.verdict == "AC")
#: The same source sent again leans on the judgement of this one.
again = submissions.alias("again")
_leant_on = exists().where(
    again.c.offering == S.offering,
    again.c.person == S.person,
    again.c.exercise == S.exercise,
    again.c.same_as == S.id,
)
_over = or_(S.state == literal_column("'judged'"), S.state == literal_column("'cancelled'"))
_whole = S.digest != literal_column("''")
_dispensable = and_(
    _over,
    _whole,
    S.received_at < P("p_before"),
    or_(S.kind == literal_column("'try'"), and_(~_counts, ~_accepted)),
    ~_leant_on,
)
SENT = (
    select(S.id, S.received_at, case((_dispensable, 1), else_=0).label("stale"))
    .where(S.id > P("p_after"))
    .order_by(S.id)
    .limit(P("p_limit"))
)
OWNER = select(S.person).where(S.id == P("p_id"))
EMPTY_SENT = (
    update(submissions).where(S.id == P("p_id"), _dispensable).values(source="", cells=[], digest="", claimed_at=None)
)
A, Q = turns.c, tickets.c
TURNS = select(A.id, A.asked_at).where(A.id > P("p_after")).order_by(A.id).limit(P("p_limit"))
DROP_TURN = delete(turns).where(A.id == P("p_id"), A.asked_at < P("p_before"))
#: Who waits for an answer keeps waiting.
TICKETS = select(Q.id, Q.answered_at).where(Q.id > P("p_after")).order_by(Q.id).limit(P("p_limit"))
DROP_TICKET = delete(tickets).where(Q.id == P("p_id"), Q.answered_at < P("p_before"))


def _deliveries(db: Db, before: datetime, after: str, limit: int) -> Stale:
    page = db.all(EVENTS, {"p_after": int(after or 0), "p_limit": limit})
    ids = [str(row["seq"]) for row in page if row["delivered_at"] is not None and row["delivered_at"] < before]
    young = any(row["created_at"] >= before for row in page)
    return Stale(ids, None if young or len(page) < limit else str(page[-1]["seq"]))


def _drafts(db: Db, before: datetime, after: str, limit: int) -> Stale:
    """Of what was handed in, each that is followed by one of the same person and exercise, older than `before` too."""
    begins = json.loads(after) if after else ["", "", "", ""]
    asked = {f"p_{n}": part for n, part in enumerate(begins, 1)}
    page = db.all(DRAFTS, {**asked, "p_limit": limit + 1})
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
    page = db.all(OUTPUTS, {"p_after": after, "p_limit": limit})
    old_ones = [row for row in page if row["judged_at"] < before]
    ids = [row["id"] for row in old_ones if row["holds"] and row["settled"]]
    return Stale(ids, _next(page, bool(old_ones), limit))


def _next(page: Sequence[Row], has_old: bool, limit: int) -> str | None:
    """Ids go by age: after a whole page of young ones nothing is old."""
    return page[-1]["id"] if len(page) == limit and has_old else None


def _submissions(db: Db, before: datetime, after: str, limit: int) -> Stale:
    page = db.all(SENT, {"p_after": after, "p_before": before, "p_limit": limit})
    has_old = any(row["received_at"] < before for row in page)
    return Stale([row["id"] for row in page if row["stale"]], _next(page, has_old, limit))


def _page(statement: Executable, at: str, db: Db, before: datetime, after: str, limit: int) -> Stale:
    page = db.all(statement, {"p_after": after, "p_limit": limit})
    ids = [row["id"] for row in page if row[at] is not None and row[at] < before]
    return Stale(ids, page[-1]["id"] if len(page) == limit else None)


def _drop_event(db: Db, asked: Mapping[str, Any]) -> int:
    asked = {**asked, "p_id": int(asked["p_id"])}
    db.run(DROP_SENDS, asked)
    return db.run(DROP_EVENT, asked)


def _empty_output(db: Db, asked: Mapping[str, Any]) -> int:
    emptied = db.run(EMPTY_OUTPUT, asked)
    if emptied:
        db.run(EMPTY_GOT, asked)
    return emptied


def _empty_sent(db: Db, asked: Mapping[str, Any]) -> int:
    """Under the hold of its owner, whose next submission might lean on it; with what was judged of it."""
    hold(db, db.scalar(OWNER, asked))
    emptied = db.run(EMPTY_SENT, asked)
    for row in chain(db, asked["p_id"]) if emptied else ():
        _empty_output(db, {**asked, "p_id": row["id"]})
    return emptied


FIND: dict[str, Callable[[Db, datetime, str, int], Stale]] = {
    "deliveries": _deliveries,
    "drafts": _drafts,
    "outputs": _outputs,
    "submissions": _submissions,
    "conversations": partial(_page, TURNS, "asked_at"),
    "tickets": partial(_page, TICKETS, "answered_at"),
}
LET_GO: dict[str, Callable[[Db, Mapping[str, Any]], int]] = {
    "deliveries": _drop_event,
    "drafts": lambda db, asked: db.run(EMPTY_DRAFT, asked),
    "outputs": _empty_output,
    "submissions": _empty_sent,
    "conversations": lambda db, asked: db.run(DROP_TURN, asked),
    "tickets": lambda db, asked: db.run(DROP_TICKET, asked),
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
    return sum(LET_GO[kind](db, {"p_id": id, "p_before": before}) for id in sorted(ids))


class Retention(Aggregate):
    """Finding what is old, and letting go of it in small transactions."""

    stale = reads(stale)
    let_go_of = writes(let_go_of)
