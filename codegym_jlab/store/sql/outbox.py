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
    exists,
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
#: Before the name of a sink that refused an event for good.
REFUSAL = "!"
COUNT_PARKED = select(func.count()).select_from(submissions).where(S.state == literal_column("'parked'"))
#: By state, not bound: only so do the partial indexes serve.
_is_waiting = S.state == literal_column("'waiting'")
_prompt = and_(S.reason.is_(None), S.collected_from.is_(None))
BACKLOG = select(
    func.count().label("waiting"), func.min(case((_prompt, S.received_at), else_=None)).label("oldest")
).where(_is_waiting)
ADD_EVENTS = insert(outbox).inline()
_queued = and_(B.delivered_at.is_(None), ~B.dead)
_tried = exists().where(sends.c.seq == B.seq, sends.c.sink.in_((P("p_sink"), P("p_refusal"))))
UNDELIVERED = select(outbox).where(_queued, ~_tried).order_by(B.seq).limit(P("p_limit"))
TRIED = select(sends).join(outbox).where(_queued, B.seq >= P("p_first"), B.seq <= P("p_last"))
DELIVERED = update(outbox).where(B.seq == P("p_seq")).values(delivered_at=P("p_at"))
REFUSED = update(outbox).where(B.seq == P("p_seq")).values(tries=B.tries + 1, problem=P("p_why"))
BURY = update(outbox).where(B.seq == P("p_seq")).values(dead=True)
FORGET = delete(sends).where(sends.c.seq == P("p_seq"), sends.c.sink.startswith(REFUSAL))
DEAD = select(outbox).where(B.dead).order_by(B.seq).limit(P("p_limit"))
RESEND = update(outbox).where(B.dead).values(dead=False, tries=0)
RESEND_ONE = RESEND.where(B.seq == P("p_seq"))
TOLD = select(outbox).where(B.seq > P("p_after")).order_by(B.seq).limit(P("p_limit"))
NEWEST = select(func.max(B.seq))
DEPTH = select(func.count().label("waiting"), func.min(B.created_at).label("oldest")).where(_queued)
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


def undelivered(db: Db, limit: int, sink: str = "") -> list[Pending]:
    found = db.all(UNDELIVERED, {"p_limit": limit, "p_sink": sink, "p_refusal": REFUSAL + sink})
    return [Pending(row["seq"], rows.event_of(row)) for row in found]


def took(db: Db, places: Sequence[int], sink: str, sinks: Collection[str]) -> None:
    """The same again is no fault: another relay may have had the outbox meanwhile."""
    if set(sinks) == {sink}:
        _deliver(db, places)
        return
    for seq in sorted(places):
        db.ensure(sends, {"seq": seq, "sink": sink})
    settle(db, sinks, min(places), max(places))


def refused(db: Db, place: int, why: str) -> None:
    db.run(REFUSED, {"p_seq": place, "p_why": why[:1000]})


def gave_up(db: Db, place: int, sink: str, sinks: Collection[str]) -> None:
    db.ensure(sends, {"seq": place, "sink": REFUSAL + sink})
    settle(db, sinks, place, place)


def settle(db: Db, sinks: Collection[str], first: int = 0, last: int = 2**31 - 1) -> None:
    """Who has a dead letter stays written down: whenever it is sent again, it goes to the others alone."""
    has: dict[int, set[str]] = {}
    for row in db.all(TRIED, {"p_first": first, "p_last": last}):
        has.setdefault(row["seq"], set()).add(row["sink"])
    over = [seq for seq, names in has.items() if {name.removeprefix(REFUSAL) for name in names} >= set(sinks)]
    buried = [seq for seq in over if any(name.startswith(REFUSAL) for name in has[seq])]
    _deliver(db, [seq for seq in over if seq not in buried])
    for statement in (BURY, FORGET):
        db.run_each(statement, [{"p_seq": seq} for seq in buried])


def _deliver(db: Db, places: Sequence[int]) -> None:
    at = datetime.now(UTC)
    db.run_each(DELIVERED, [{"p_seq": seq, "p_at": at} for seq in sorted(places)])


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
    took = writes(took)
    refused = writes(refused)
    gave_up = writes(gave_up)
    settle = writes(settle)
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
