"""The outbox of events, and what else whoever watches the records asks: do they answer, and how much waits."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, text, update

from codegym_jlab.events.relay import DeadLetter, Depth, Pending

from ...records import Event, utc_now
from ..audit import by_staff
from ..base import Backlog, StoreTooNew, StoreUnavailable
from ..engine import Aggregate, Db, Row, reads, record_of, row_of, writes
from ..migrations import HEAD, VERSION_TABLE
from .tables import IS_PARKED, IS_WAITING, leases, outbox, sends, submissions

S, B = submissions.c, outbox.c
#: Before the name of a sink that refused an event for good.
REFUSAL = "!"
_QUEUED = and_(B.delivered_at.is_(None), ~B.dead)
#: No lease is as long: its end was set by a clock that was ahead.
_ABSURD = timedelta(minutes=1)
_RELAY = "relay"


def hold_outbox(db: Db, holder: str, now: datetime, until: datetime) -> bool:
    made = db.insert(leases).values(name=_RELAY, holder=holder, until=until)
    free = or_(leases.c.holder == holder, leases.c.until < now, leases.c.until > now + _ABSURD)
    to = {"holder": holder, "until": until}
    return db.run(made.on_conflict_do_update(index_elements=["name"], set_=to, where=free)) > 0


def let_go(db: Db, holder: str) -> None:
    db.drop(leases, name=_RELAY, holder=holder)


def undelivered(db: Db, limit: int, sink: str = "") -> list[Pending]:
    tried = exists().where(sends.c.seq == B.seq, sends.c.sink.in_((sink, REFUSAL + sink)))
    return _page(db, limit, _QUEUED, ~tried)


def took(db: Db, places: Sequence[int], sink: str, sinks: Collection[str]) -> None:
    """The same again is no fault: another relay may have had the outbox meanwhile."""
    if set(sinks) == {sink}:
        _deliver(db, places)
        return
    for seq in sorted(places):
        db.ensure(sends, {"seq": seq, "sink": sink})
    settle(db, sinks, min(places), max(places))


def refused(db: Db, place: int, why: str) -> None:
    db.change(outbox, {"seq": place}, tries=B.tries + 1, problem=why[:1000])


def gave_up(db: Db, place: int, sink: str, sinks: Collection[str]) -> None:
    db.ensure(sends, {"seq": place, "sink": REFUSAL + sink})
    settle(db, sinks, place, place)


def settle(db: Db, sinks: Collection[str], first: int = 0, last: int = 2**31 - 1) -> None:
    """Who has a dead letter stays written down: whenever it is sent again, it goes to the others alone."""
    has: dict[int, set[str]] = {}
    for row in db.all(select(sends).join(outbox).where(_QUEUED, B.seq.between(first, last))):
        has.setdefault(row["seq"], set()).add(row["sink"])
    over = [seq for seq, names in has.items() if {name.removeprefix(REFUSAL) for name in names} >= set(sinks)]
    buried = [seq for seq in over if any(name.startswith(REFUSAL) for name in has[seq])]
    _deliver(db, [seq for seq in over if seq not in buried])
    db.run(update(outbox).where(B.seq.in_(buried)).values(dead=True))
    db.run(delete(sends).where(sends.c.seq.in_(buried), sends.c.sink.startswith(REFUSAL)))


def _deliver(db: Db, places: Sequence[int]) -> None:
    db.run(update(outbox).where(B.seq.in_(places)).values(delivered_at=utc_now()))


def dead(db: Db, limit: int) -> list[DeadLetter]:
    found = db.all(select(outbox).where(B.dead).order_by(B.seq).limit(limit))
    return [DeadLetter(_event_of(row), row["problem"] or "", row["tries"]) for row in found]


def resend(db: Db) -> int:
    """All dead letters; how many there were."""
    return db.run(update(outbox).where(B.dead).values(dead=False, tries=0))


def told(db: Db, after: int, limit: int) -> list[Pending]:
    return _page(db, limit, B.seq > after)


def add_events(db: Db, events: Sequence[Event]) -> None:
    """In the transaction of what they tell of."""
    db.add(outbox, [row_of(e, "data", "time", payload=dict(e.data), created_at=e.time) for e in events])


def _event_of(row: Row) -> Event:
    return record_of(Event, row, data=row["payload"], time=row["created_at"])


def _page(db: Db, limit: int, *which: ColumnElement[bool]) -> list[Pending]:
    found = db.all(select(outbox).where(*which).order_by(B.seq).limit(limit))
    return [Pending(row["seq"], _event_of(row)) for row in found]


def newest(db: Db) -> int:
    return db.scalar(select(func.max(B.seq))) or 0


def depth(db: Db) -> Depth:
    waiting = db.only(select(func.count().label("waiting"), func.min(B.created_at).label("oldest")).where(_QUEUED))
    return Depth(**waiting, dead=db.count(outbox, B.dead))


def check(db: Db) -> None:
    """Raises StoreUnavailable where the records do not answer, StoreTooNew where a newer server changed them."""
    version = db.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))
    if version is None or version < HEAD:
        raise StoreUnavailable("The records have an older form. Start the server again: it brings them up to date.")
    if version > HEAD:
        raise StoreTooNew(f"A newer CodeGYM changed the records (form {version}, here {HEAD}). Update this server.")


def backlog(db: Db) -> Backlog:
    """How much waits, since when, and how much nobody will judge without staff."""
    oldest = func.min(S.received_at).filter(S.reason.is_(None), S.collected_from.is_(None))
    waiting = db.only(select(func.count().label("waiting"), oldest.label("oldest")).where(IS_WAITING))
    return Backlog(**waiting, parked=db.count(submissions, IS_PARKED))


class OutboxStore(Aggregate):
    """What `events.relay` and `codegym events` ask; each method says there what it promises.

    The last three are asked every few seconds, and read no whole table.
    """

    hold = writes(hold_outbox)
    let_go = writes(let_go)
    undelivered = reads(undelivered)
    took = writes(took)
    refused = writes(refused)
    gave_up = writes(gave_up)
    settle = writes(settle)
    dead = reads(dead)
    resend = by_staff(resend)
    told = reads(told)
    newest = reads(newest)
    depth = reads(depth)
    check = reads(check)
    backlog = reads(backlog)
