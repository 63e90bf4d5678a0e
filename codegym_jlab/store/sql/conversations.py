"""Conversations with the tutor, and questions to a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy import (
    bindparam as P,
)

from ..conversations import ALL, Asked, KeptTurn, Narrow, Spent, Ticket
from ..engine import Aggregate, Db, Row, reads, writes
from ..ids import mark_of
from .columns import same
from .people import NOT_ERASED, hold
from .tables import enrolments, hints_given, judgements, progress, submissions, tickets, turns

N = enrolments.c
_IN_SECTION = select(N.person).where(same(N, "offering", "section"), N.ended_at.is_(None))


def bounds(columns: Any, narrow: Narrow, at: str = "asked_at") -> list[ColumnElement[bool]]:
    """For WHERE; `at`: the column with the time. The values are those of `given`."""
    found: list[ColumnElement[bool]] = []
    if narrow.exercise is not None:
        found.append(columns.exercise == P("p_exercise"))
    if narrow.section is not None:
        found.append(columns.person.in_(_IN_SECTION))
    if narrow.since is not None:
        found.append(columns[at] >= P("p_since"))
    return found


def given(narrow: Narrow) -> dict[str, Any]:
    """What those conditions are given."""
    named = {"p_exercise": narrow.exercise, "p_section": narrow.section, "p_since": narrow.since}
    return {name: value for name, value in named.items() if value is not None}


T = turns.c
_theirs = same(T, "offering", "person")
_here = and_(_theirs, T.exercise == P("p_exercise"))


def _count(what: Any) -> Any:
    return func.coalesce(func.sum(case((what, 1), else_=0)), 0)


ADD = insert(turns).inline()
NEWEST = select(turns).where(_here).order_by(T.id.desc()).limit(P("p_limit"))
NEWEST_OF_ALL = select(turns).where(_theirs).order_by(T.id.desc()).limit(P("p_limit"))
HIDE = update(turns).where(_here, T.hidden.is_(False)).values(hidden=True)
ONE = select(turns).where(_theirs, T.id == P("p_id"))
THUMB = update(turns).where(_theirs, T.id == P("p_id")).values(thumb=P("p_thumb"))
_NUMBERS = (
    func.count().label("turns"),
    func.count(T.person.distinct()).label("people"),
    _count(T.thumb > 0).label("helped"),
    _count(T.thumb < 0).label("unhelped"),
    _count(T.withheld.is_not(None)).label("withheld"),
    _count(T.llm.is_not(None)).label("by_llm"),
)


def _asked(narrow: Narrow) -> Select[Any]:
    found = select(T.exercise, T.intent, *_NUMBERS).where(T.offering == P("p_offering"), *bounds(T, narrow))
    return found.group_by(T.exercise, T.intent).order_by(T.exercise, T.intent)


def _rungs(narrow: Narrow) -> Select[Any]:
    """Of some time: counted by when each hint was given; else as the lines of progress have it."""
    if narrow.since is None:
        many, hints = progress, progress.c.hints
        asked = [many.c.offering == P("p_offering"), hints > 0, *bounds(many.c, narrow)]
        return (
            select(many.c.exercise, hints, func.count().label("people")).where(*asked).group_by(many.c.exercise, hints)
        )
    of = hints_given.c
    each = (
        select(of.exercise, func.count().label("hints"))
        .where(of.offering == P("p_offering"), *bounds(of, narrow, "given_at"))
        .group_by(of.exercise, of.person)
        .subquery("each")
    )
    return select(each.c.exercise, each.c.hints, func.count().label("people")).group_by(each.c.exercise, each.c.hints)


def _waits(narrow: Narrow) -> Select[Any]:
    newest = (
        select(T.id, T.offering, T.person, T.exercise, T.asked_at)
        .where(T.offering == P("p_offering"), *bounds(T, narrow))
        .order_by(T.asked_at.desc())
        .limit(P("p_limit"))
        .subquery("newest")
    )
    n, s, j = newest.c, submissions.c, judgements.c
    accepted = exists().where(j.submission == func.coalesce(s.same_as, s.id), j.current, j.verdict == "AC")
    after = (
        select(func.min(s.received_at, type_=s.received_at.type))
        .where(s.offering == n.offering, s.person == n.person, s.exercise == n.exercise)
        .where(s.received_at >= n.asked_at, accepted)
        .correlate(newest)
        .scalar_subquery()
    )
    return select(n.exercise, n.asked_at, after.label("accepted_at"))


def _withheld(narrow: Narrow) -> Select[Any]:
    some = (T.offering == P("p_offering"), T.withheld.is_not(None), T.id > P("p_after"), *bounds(T, narrow))
    return select(turns).where(*some).order_by(T.id).limit(P("p_limit"))


SPENT = select(
    func.coalesce(func.sum(case((T.person == P("p_person"), T.tokens), else_=literal_column("0"))), 0).label("person"),
    func.coalesce(func.sum(T.tokens), 0).label("offering"),
).where(T.offering == P("p_offering"), T.asked_at >= P("p_since"))


def _who(offering: str, person: str) -> dict[str, Any]:
    return {"p_offering": offering, "p_person": person}


def add_turn(db: Db, turn: KeptTurn) -> None:
    """Keep one; nothing where its person was erased."""
    hold(db, turn.person)
    if db.scalar(NOT_ERASED, {"p_person": turn.person}) is not None:
        db.run(ADD, asdict(turn) | {"withheld": list(turn.withheld) or None})


def thumb_of(db: Db, offering: str, person: str, turn: str, thumb: int) -> KeptTurn | None:
    """What the person thinks of an answer of theirs; None where it is none of theirs."""
    asked = {**_who(offering, person), "p_id": turn}
    row = db.one(ONE, asked)
    if row is None:
        return None
    db.run(THUMB, {**asked, "p_thumb": thumb})
    return replace(_turn(row), thumb=thumb)


def _turn(row: Row) -> KeptTurn:
    return KeptTurn(**row | {"withheld": tuple(row["withheld"] or ())})


def talk(db: Db, offering: str, person: str, exercise: str | None, limit: int) -> list[KeptTurn]:
    """The newest `limit`, hidden ones too, the oldest first; of all exercises where `exercise` is None."""
    statement = NEWEST_OF_ALL if exercise is None else NEWEST
    found = db.all(statement, {**_who(offering, person), "p_limit": limit, "p_exercise": exercise})
    return [_turn(row) for row in reversed(found)]


def hide_turns(db: Db, offering: str, person: str, exercise: str) -> int:
    """The student begins anew; answers how many were hidden."""
    return db.run(HIDE, {**_who(offering, person), "p_exercise": exercise})


def asked(db: Db, offering: str, narrow: Narrow = ALL) -> list[Asked]:
    """A class by exercise and intent."""
    return [Asked(**row) for row in db.all(_asked(narrow), {"p_offering": offering, **given(narrow)})]


def rungs(db: Db, offering: str, narrow: Narrow = ALL) -> Mapping[str, Mapping[int, int]]:
    """By exercise: how many hints → how many people were given so many, those with none left out."""
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for row in db.all(_rungs(narrow), {"p_offering": offering, **given(narrow)}):
        found[row["exercise"]][row["hints"]] = row["people"]
    return found


def waits(db: Db, offering: str, limit: int, narrow: Narrow = ALL) -> Mapping[str, Sequence[float]]:
    """By exercise, of the newest `limit` turns: seconds to the person's next accepted answer, if there was one."""
    found: dict[str, list[float]] = defaultdict(list)
    for row in db.all(_waits(narrow), {"p_offering": offering, "p_limit": limit, **given(narrow)}):
        if row["accepted_at"] is not None:
            found[row["exercise"]].append((row["accepted_at"] - row["asked_at"]).total_seconds())
    return found


def withheld(db: Db, offering: str, after: str, limit: int, narrow: Narrow = ALL) -> list[KeptTurn]:
    """A page of the turns of which something was not shown, by id; `after`: the last of the page before."""
    where = {"p_offering": offering, "p_after": after, "p_limit": limit, **given(narrow)}
    return [_turn(row) for row in db.all(_withheld(narrow), where)]


def spent(db: Db, offering: str, person: str, since: datetime) -> Spent:
    """Tokens since then."""
    row = db.one(SPENT, {**_who(offering, person), "p_since": since})
    assert row is not None  # sums are always there
    return Spent(int(row["person"]), int(row["offering"]))


class Conversations(Aggregate):
    """What was asked of the tutor and answered."""

    add_turn = writes(add_turn)
    turns = reads(talk)
    hide_turns = writes(hide_turns)
    thumb = writes(thumb_of)
    asked = reads(asked)
    rungs = reads(rungs)
    waits = reads(waits)
    withheld = reads(withheld)
    spent = reads(spent)


Q = tickets.c
_own_tickets = same(Q, "offering", "person")
_in_class = and_(Q.offering == P("p_offering"), Q.id > P("p_after"))
ADD_TICKET = insert(tickets).inline()
OWN_TICKETS = select(tickets).where(_own_tickets, Q.exercise == P("p_exercise")).order_by(Q.id)
ALL_OWN_TICKETS = select(tickets).where(_own_tickets).order_by(Q.id)
SAME_TICKET = select(tickets).where(_own_tickets, Q.exercise == P("p_exercise"), Q.id.like(P("p_mark")))
ONE_TICKET = select(tickets).where(same(Q, "offering", "id"))
ANSWER_TICKET = (
    update(tickets)
    .where(same(Q, "offering", "id"))
    .values(answer=P("p_answer"), answered_at=P("p_at"), answered_by=P("p_by"))
)


def add_ticket(db: Db, ticket: Ticket) -> Ticket | None:
    """Keep a question; None where its person was erased.

    Where the person has one whose id has the same mark (`ids.mark_of`), that one is answered and nothing is kept.
    """
    hold(db, ticket.person)
    if db.scalar(NOT_ERASED, {"p_person": ticket.person}) is None:
        return None
    who = {"p_offering": ticket.offering, "p_person": ticket.person, "p_exercise": ticket.exercise}
    same = db.one(SAME_TICKET, {**who, "p_mark": f"%{mark_of(ticket.id)}"})
    if same is not None:
        return Ticket(**same)
    db.run(ADD_TICKET, asdict(ticket))
    return ticket


def answer_ticket(db: Db, offering: str, ticket: str, answer: str, at: datetime, by: str) -> Ticket | None:
    """Answer one; None where the offering has none of this id."""
    which = {"p_offering": offering, "p_id": ticket}
    row = db.one(ONE_TICKET, which)
    if row is None:
        return None
    db.run(ANSWER_TICKET, {**which, "p_answer": answer, "p_at": at, "p_by": by})
    return replace(Ticket(**row), answer=answer, answered_at=at, answered_by=by)


def tickets_of(db: Db, offering: str, person: str, exercise: str | None) -> list[Ticket]:
    """A person's own, the oldest first; of all exercises where that is None."""
    statement = ALL_OWN_TICKETS if exercise is None else OWN_TICKETS
    return [Ticket(**row) for row in db.all(statement, {**_who(offering, person), "p_exercise": exercise})]


def tickets_in(db: Db, offering: str, *, open_only: bool, after: str, limit: int, narrow: Narrow = ALL) -> list[Ticket]:
    """A page of a class's, by id; `after`: the last of the page before."""
    waiting = [Q.answered_at.is_(None)] if open_only else []
    page = select(tickets).where(_in_class, *waiting, *bounds(Q, narrow)).order_by(Q.id).limit(P("p_limit"))
    where = {"p_offering": offering, "p_after": after, "p_limit": limit, **given(narrow)}
    return [Ticket(**row) for row in db.all(page, where)]


def waiting_tickets(db: Db, offering: str, narrow: Narrow = ALL) -> int:
    """How many of a class's have no answer."""
    here = (Q.offering == P("p_offering"), Q.answered_at.is_(None), *bounds(Q, narrow))
    count = select(func.count()).select_from(tickets).where(*here)
    return int(db.scalar(count, {"p_offering": offering, **given(narrow)}))


class Tickets(Aggregate):
    """Questions to a person. Times are UTC and aware."""

    add_ticket = writes(add_ticket)
    tickets_of = reads(tickets_of)
    tickets = reads(tickets_in)
    waiting_tickets = reads(waiting_tickets)
    answer_ticket = writes(answer_ticket)
