"""The audit log: what staff did, one line an act, which the database lets nobody change or take away.

Whoever lets staff in says which act begins (`acting`): the route, the command. The first write that is its own
(`by_staff`) adds the line in the same transaction; an act that writes no records has it in one of its own. In a class
people are in it by their random ids alone, so erasing a person takes their name from it. Where an account meets
such an id is here, too.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any

from sqlalchemy import func, select

from ..records import Json, iso, new_id, utc_now, without
from .classes import Offering
from .engine import Aggregate, Db, Method, P, Row, T, Work, reads, writes
from .sql.tables import offerings, people, staff_acts, teams

A = staff_acts.c
#: What of a request or command may stand in a line: neither a student's words nor why something was done to them.
FACTS = frozenset(
    "course unit units exercise section team name role version by until set clear fields points submission ticket "
    "draft path anyway leave_others allow_lower keep flow".split()
)

PAST_ALL = "g"  #: comes after every id, which is hexadecimal


def find_person(db: Db, offering: str, user: str) -> str | None:
    """The random id of `user` in this offering."""
    return db.scalar(people.c.id, offering=offering, account=user)


def make_person(db: Db, offering: str, user: str) -> str:
    """The random id of `user` in an offering that is there, made where there is none: enrolled as nothing."""
    row = {"id": new_id(), "offering": offering, "kind": "person", "account": user, "created_at": utc_now()}
    db.ensure(people, row)
    known = find_person(db, offering, user)  # another server may have made them before
    assert known is not None
    return known


@dataclass(slots=True)
class Act:
    """One act of staff that is under way."""

    account: str
    name: str
    offering: str | None = None  #: None: of no class
    what: Mapping[str, Any] = field(default_factory=dict)  #: plain values
    whom: dict[str, str] = field(default_factory=dict)  #: ids of people and teams, in order, and what they became
    id: str = field(default_factory=new_id)
    done_at: datetime = field(default_factory=utc_now)
    is_written: bool = False

    def write(self, db: Db) -> None:
        """Its line, in this transaction; once, however often an act writes."""
        known = db.scalar(offerings.c.id, id=self.offering) if self.offering else None
        who = make_person(db, known, self.account) if known else None
        account = None if known else self.account
        row = {"id": self.id, "done_at": self.done_at, "offering": known, "who": who, "account": account}
        db.ensure(staff_acts, row | {"act": self.name, "whom": [*self.whom.items()], "what": dict(self.what)})
        self.is_written = True


_ACT: ContextVar[Act | None] = ContextVar("codegym-act", default=None)


@asynccontextmanager
async def acting(store: "AuditLog", act: Act, *, anyway: bool = True) -> AsyncIterator[None]:
    """Within it, that act is done. One that raises leaves no line, unless a part of it was written.

    `anyway`: one that changed nothing has a line, too.
    """
    token = _ACT.set(act)
    try:
        yield
        if anyway and not act.is_written:
            await store.note_act()
    finally:
        _ACT.reset(token)


def about(id: str, became: str = "") -> None:
    """The act under way is on this person or team."""
    if id and (act := _ACT.get()) is not None:
        act.whom[id] = became


def leave_out(fact: str) -> None:
    """What others are not to read yet of the act under way."""
    if (act := _ACT.get()) is not None:
        act.what = without(act.what, fact)


def by_staff(work: Work[P, T]) -> Method[P, T]:
    """A method of a store that writes what staff do: with the act's line, unless it says that it did nothing."""

    @wraps(work)
    def both(db: Db, /, *args: P.args, **kwargs: P.kwargs) -> T:
        result, act = work(db, *args, **kwargs), _ACT.get()
        if act is not None and result:
            of = args[0] if args else None  # a record of the class, where who began the act could not know which
            act.offering = act.offering or (of.id if isinstance(of, Offering) else getattr(of, "offering", None))
            act.write(db)
        return result

    return writes(both)


def acts(db: Db, offering: str | None, after: str = "", limit: int = 100) -> list[Json]:
    """A page of a class's acts, or of all, as JSON, the newest first; `after`: the last id of the page before."""
    found = select(staff_acts).where(A.id < (after or PAST_ALL)).order_by(A.id.desc()).limit(limit)
    rows = db.all(found if offering is None else found.where(A.offering == offering))
    named = select(people.c.id, func.coalesce(people.c.account, teams.c.name))
    named = named.outerjoin(teams, teams.c.id == people.c.id)
    names = db.pairs(named.where(people.c.offering.in_({row["offering"] for row in rows} - {None})))
    return [_line(row, names) for row in rows]


def _line(row: Row, names: Mapping[str, str | None]) -> Json:
    who = names.get(row["who"]) if row["who"] else row["account"]
    del row["account"]
    whom = [{"name": names.get(id), "became": became} for id, became in row["whom"]]
    return row | {"done_at": iso(row["done_at"]), "who": who, "whom": whom}


def noted(db: Db, person: str = "") -> bool:
    """The act itself lies elsewhere: in a file, or in what was read."""
    about(person)
    return True


class AuditLog(Aggregate):
    """Lines are added by what is done, and never changed."""

    note_act = by_staff(noted)
    acts = reads(acts)
