"""The outbox of events, and what else whoever watches the records asks: do they answer, and how much waits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    String,
    and_,
    case,
    column,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    table,
    update,
)
from sqlalchemy import (
    bindparam as P,
)

from codegym_jlab.events.records import Event
from codegym_jlab.events.relay import DeadLetter, Depth, Pending

from ..base import Backlog, StoreTooNew, StoreUnavailable
from ..engine import Aggregate, Db, insert_in, reads, writes
from ..migrations import HEAD
from . import rows
from .columns import same
from .tables import leases, outbox, sends, submissions

S, B = submissions.c, outbox.c
COUNT_PARKED = select(func.count()).select_from(submissions).where(S.state == literal_column("'parked'"))
#: By state, not bound: only so do the partial indexes serve.
_is_waiting = S.state == literal_column("'waiting'")
_prompt = and_(S.reason.is_(None), S.collected_from.is_(None))
BACKLOG = select(
    func.count().label("waiting"), func.min(case((_prompt, S.received_at), else_=None)).label("oldest")
).where(_is_waiting)
ADD_EVENTS = insert(outbox).inline()
UNDELIVERED = (
    select(outbox).where(B.delivered_at.is_(None), ~B.dead, B.seq > P("p_after")).order_by(B.seq).limit(P("p_limit"))
)
SENDS = select(sends).where(sends.c.seq >= P("p_first"), sends.c.seq <= P("p_last"))
DELIVERED = update(outbox).where(B.seq == P("p_seq")).values(delivered_at=P("p_at"))
REFUSED = update(outbox).where(B.seq == P("p_seq")).values(tries=B.tries + 1, problem=P("p_why"))
GIVE_UP = update(outbox).where(B.seq == P("p_seq")).values(dead=True)
DEAD = select(outbox).where(B.dead).order_by(B.seq).limit(P("p_limit"))
RESEND = update(outbox).where(B.dead).values(dead=False, tries=0)
RESEND_ONE = RESEND.where(B.seq == P("p_seq"))
TOLD = select(outbox).where(B.seq > P("p_after")).order_by(B.seq).limit(P("p_limit"))
NEWEST = select(func.max(B.seq))
DEPTH = select(func.count().label("waiting"), func.min(B.created_at).label("oldest")).where(
    B.delivered_at.is_(None), ~B.dead
)
DEATHS = select(func.count()).select_from(outbox).where(B.dead)
LET_GO = delete(leases).where(same(leases.c, "name", "holder"))


@cache
def take_lease(dialect: str) -> Any:
    """Take a lease, or renew one's own: no row where another holds it. An end far off was set by a clock gone wrong."""
    made = insert_in(dialect, leases)
    free = or_(leases.c.holder == made.excluded.holder, leases.c.until < P("p_now"), leases.c.until > P("p_absurd"))
    to = {"holder": made.excluded.holder, "until": made.excluded.until}
    values: dict[str, Any] = {"name": P("p_name"), "holder": P("p_holder"), "until": P("p_until")}
    return made.values(values).on_conflict_do_update(index_elements=["name"], set_=to, where=free).inline()


#: No lease is as long: its end was set by a clock that was ahead.
_ABSURD = timedelta(minutes=1)
_RELAY = "relay"


def hold_outbox(db: Db, holder: str, now: datetime, until: datetime) -> bool:
    values = {"p_name": _RELAY, "p_holder": holder, "p_until": until, "p_now": now, "p_absurd": now + _ABSURD}
    return db.run(take_lease(db.dialect.name), values) > 0


def let_go(db: Db, holder: str) -> None:
    db.run(LET_GO, {"p_name": _RELAY, "p_holder": holder})


def undelivered(db: Db, limit: int, after: int = 0) -> list[Pending]:
    found = db.all(UNDELIVERED, {"p_limit": limit, "p_after": after})
    if not found:
        return []
    has: dict[int, set[str]] = {}
    for row in db.all(SENDS, {"p_first": found[0]["seq"], "p_last": found[-1]["seq"]}):
        has.setdefault(row["seq"], set()).add(row["sink"])
    return [Pending(row["seq"], rows.event_of(row), frozenset(has.get(row["seq"], ()))) for row in found]


def sent(db: Db, places: Sequence[int], sink: str) -> None:
    """The same again is no fault: another relay may have had the outbox meanwhile."""
    for seq in sorted(places):
        db.ensure(sends, {"seq": seq, "sink": sink})


def delivered(db: Db, places: Sequence[int]) -> None:
    at = datetime.now(UTC)
    db.run_each(DELIVERED, [{"p_seq": seq, "p_at": at} for seq in sorted(places)])


def refused(db: Db, place: int, why: str) -> None:
    db.run(REFUSED, {"p_seq": place, "p_why": why[:1000]})


def give_up(db: Db, place: int, has: Collection[str]) -> None:
    """Who has it is written down: whenever it is sent again, it goes to the others alone."""
    for sink in sorted(has):
        sent(db, [place], sink)
    db.run(GIVE_UP, {"p_seq": place})


def dead(db: Db, limit: int) -> list[DeadLetter]:
    found = db.all(DEAD, {"p_limit": limit})
    return [DeadLetter(row["seq"], rows.event_of(row), row["problem"] or "", row["tries"]) for row in found]


def resend(db: Db, places: Sequence[int] | None) -> int:
    if places is None:
        return db.run(RESEND, {})
    return sum(db.run(RESEND_ONE, {"p_seq": seq}) for seq in places)


def told(db: Db, after: int, limit: int) -> list[Pending]:
    return [Pending(row["seq"], rows.event_of(row)) for row in db.all(TOLD, {"p_after": after, "p_limit": limit})]


def newest(db: Db) -> int:
    return db.scalar(NEWEST, {}) or 0


def depth(db: Db) -> Depth:
    waiting = db.one(DEPTH, {})
    assert waiting is not None, "a count has a row"
    return Depth(waiting["waiting"], waiting["oldest"], db.scalar(DEATHS, {}))


class OutboxStore(Aggregate):
    """What `events.relay` and `codegym events` ask; each method says there what it promises."""

    hold = writes(hold_outbox)
    let_go = writes(let_go)
    undelivered = reads(undelivered)
    sent = writes(sent)
    delivered = writes(delivered)
    refused = writes(refused)
    give_up = writes(give_up)
    dead = reads(dead)
    resend = writes(resend)
    told = reads(told)
    newest = reads(newest)
    depth = reads(depth)


def add_events(db: Db, events: Sequence[Event]) -> None:
    """Into the outbox, in order."""
    db.run_each(ADD_EVENTS, rows.event_rows(events))


FORM = select(table("alembic_version", column("version_num", String)).c.version_num)


def check(db: Db) -> None:
    """Raises StoreUnavailable where the records do not answer, StoreTooNew where a newer server changed them."""
    version = db.scalar(FORM, {})
    if version is None or version < HEAD:
        raise StoreUnavailable("The records have an older form. Start the server again: it brings them up to date.")
    if version > HEAD:
        raise StoreTooNew(f"A newer CodeGYM changed the records (form {version}, here {HEAD}). Update this server.")


def backlog(db: Db) -> Backlog:
    """How much waits, since when, and how much nobody will judge without staff."""
    waiting = db.one(BACKLOG, {})
    assert waiting is not None, "a count has a row"
    return Backlog(waiting["waiting"], waiting["oldest"], db.scalar(COUNT_PARKED, {}))


class Watch(Aggregate):
    """Asked every few seconds: neither reads a whole table."""

    check = reads(check)
    backlog = reads(backlog)
