"""Conversations with the tutor, and questions to a person."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select

from ...records import mark_of, without_nulls
from ..audit import about, by_staff
from ..base import ALL, Asked, KeptTurn, Narrow, Spent, Ticket
from ..engine import Aggregate, Db, reads, row_of, writes
from .submissions import JUDGED_BY, is_there
from .tables import enrolments, hints_given, judgements, people, submissions, tickets, turns

N, T, Q = enrolments.c, turns.c, tickets.c


def _where(columns: Any, offering: str, narrow: Narrow, at: str = "asked_at") -> list[ColumnElement[bool]]:
    """What of a class is looked at; `at`: the column with the time."""
    found = [columns.offering == offering]
    if narrow.exercise is not None:
        found.append(columns.exercise == narrow.exercise)
    if narrow.section is not None:
        in_section = select(N.person).filter_by(offering=offering, section=narrow.section, ended_at=None)
        found.append(columns.person.in_(in_section))
    if narrow.since is not None:
        found.append(columns[at] >= narrow.since)
    return found


def _own(offering: str, person: str, exercise: str | None) -> dict[str, str]:
    """For `filter_by`: a person's own, of all exercises where `exercise` is None."""
    return without_nulls({"offering": offering, "person": person, "exercise": exercise})


def add_turn(db: Db, turn: KeptTurn) -> None:
    """Keep one; nothing where its person was erased."""
    db.hold(people, turn.person)
    if is_there(db, turn.person):
        db.add(turns, [row_of(turn, withheld=turn.withheld or None)])


def thumb_of(db: Db, offering: str, person: str, turn: str, thumb: int) -> bool:
    """What the person thinks of an answer of theirs; False where it is none of theirs."""
    return bool(db.change(turns, {"offering": offering, "person": person, "id": turn}, thumb=thumb))


def talk(db: Db, offering: str, person: str, exercise: str | None, limit: int) -> list[KeptTurn]:
    """The newest `limit`, hidden ones too, the oldest first; of all exercises where `exercise` is None."""
    newest = select(turns).filter_by(**_own(offering, person, exercise)).order_by(T.id.desc()).limit(limit)
    return db.records(KeptTurn, newest)[::-1]


def hide_turns(db: Db, offering: str, person: str, exercise: str) -> int:
    """The student begins anew; answers how many were hidden."""
    return db.change(turns, _own(offering, person, exercise) | {"hidden": False}, hidden=True)


def asked(db: Db, offering: str, narrow: Narrow = ALL) -> list[Asked]:
    """A class by exercise and intent."""
    counts = {
        "turns": func.count(),
        "helped": func.count().filter(T.thumb > 0),
        "unhelped": func.count().filter(T.thumb < 0),
        "withheld": func.count(T.withheld),
        "by_llm": func.count(T.llm),
    }
    by = T.exercise, T.intent
    found = select(*by, *(count.label(name) for name, count in counts.items()))
    return db.records(Asked, found.where(*_where(T, offering, narrow)).group_by(*by).order_by(*by))


def rungs(db: Db, offering: str, narrow: Narrow = ALL) -> Mapping[str, Mapping[int, int]]:
    """By exercise: how many hints → how many people were given so many, those with none left out."""
    of = hints_given.c
    given = select(of.exercise, func.count().label("hints")).where(*_where(of, offering, narrow, "given_at"))
    each = given.group_by(of.exercise, of.person).subquery("each").c
    by = each.exercise, each.hints
    found = defaultdict[str, dict[int, int]](dict)
    for row in db.all(select(*by, func.count().label("people")).group_by(*by)):
        found[row["exercise"]][row["hints"]] = row["people"]
    return found


def waits(db: Db, offering: str, limit: int, narrow: Narrow = ALL) -> Mapping[str, Sequence[float]]:
    """By exercise, of the newest `limit` turns: seconds to the person's next accepted answer, if there was one."""
    turn = select(T.id, T.offering, T.person, T.exercise, T.asked_at).where(*_where(T, offering, narrow))
    newest = turn.order_by(T.asked_at.desc()).limit(limit).subquery("newest")
    n, s = newest.c, submissions.c
    accepted = exists().where(JUDGED_BY, judgements.c.verdict == "AC")
    after = (
        select(func.min(s.received_at, type_=s.received_at.type))
        .where(s.offering == n.offering, s.person == n.person, s.exercise == n.exercise)
        .where(s.received_at >= n.asked_at, accepted)
        .correlate(newest)
        .scalar_subquery()
    )
    found = defaultdict(list)
    for row in db.all(select(n.exercise, n.asked_at, after.label("accepted_at"))):
        if row["accepted_at"] is not None:
            found[row["exercise"]].append((row["accepted_at"] - row["asked_at"]).total_seconds())
    return found


def withheld(db: Db, offering: str, after: str, limit: int, narrow: Narrow = ALL) -> list[KeptTurn]:
    """A page of the turns of which something was not shown, by id; `after`: the last of the page before."""
    some = select(turns).where(T.withheld.is_not(None), T.id > after, *_where(T, offering, narrow))
    return db.records(KeptTurn, some.order_by(T.id).limit(limit))


def spent(db: Db, offering: str, person: str, since: datetime) -> Spent:
    """Tokens since then."""
    tokens = func.sum(T.tokens)
    sums = select(tokens.filter(T.person == person).label("person"), tokens.label("offering"))
    row = db.only(sums.where(T.offering == offering, T.asked_at >= since))
    return Spent(int(row["person"] or 0), int(row["offering"] or 0))


def add_ticket(db: Db, ticket: Ticket) -> Ticket | None:
    """Keep a question; None where its person was erased.

    Where the person has one whose id has the same mark (`records.mark_of`), that one is answered and nothing is kept.
    """
    db.hold(people, ticket.person)
    if not is_there(db, ticket.person):
        return None
    mine = select(tickets).filter_by(**_own(ticket.offering, ticket.person, ticket.exercise))
    same = db.record(Ticket, mine.where(Q.id.like(f"%{mark_of(ticket.id)}")))
    if same is not None:
        return same
    db.add(tickets, [row_of(ticket)])
    return ticket


def answer_ticket(db: Db, offering: str, ticket: str, answer: str, at: datetime, by: str) -> Ticket | None:
    """Answer one; None where the offering has none of this id."""
    asked = db.record(Ticket, tickets, offering=offering, id=ticket)
    if asked is None:
        return None
    about(asked.person)
    answered = replace(asked, answer=answer, answered_at=at, answered_by=by)
    db.upsert(tickets, row_of(answered))
    return answered


def tickets_of(db: Db, offering: str, person: str, exercise: str | None) -> list[Ticket]:
    """A person's own, the oldest first; of all exercises where that is None."""
    found = select(tickets).filter_by(**_own(offering, person, exercise)).order_by(Q.id)
    return db.records(Ticket, found)


def tickets_in(db: Db, offering: str, *, open_only: bool, after: str, limit: int, narrow: Narrow = ALL) -> list[Ticket]:
    """A page of a class's, by id; `after`: the last of the page before."""
    found = select(tickets).where(Q.id > after, *_where(Q, offering, narrow))
    found = found.where(Q.answered_at.is_(None)) if open_only else found
    return db.records(Ticket, found.order_by(Q.id).limit(limit))


def waiting_tickets(db: Db, offering: str, narrow: Narrow = ALL) -> int:
    """How many of a class's have no answer."""
    return db.count(tickets, Q.answered_at.is_(None), *_where(Q, offering, narrow))


class Conversations(Aggregate):
    """What was asked of the tutor and answered, and questions to a person. Times are UTC and aware."""

    add_turn = writes(add_turn)
    turns = reads(talk)
    hide_turns = writes(hide_turns)
    thumb = writes(thumb_of)
    asked = reads(asked)
    rungs = reads(rungs)
    waits = reads(waits)
    withheld = reads(withheld)
    spent = reads(spent)
    add_ticket = writes(add_ticket)
    tickets_of = reads(tickets_of)
    tickets = reads(tickets_in)
    waiting_tickets = reads(waiting_tickets)
    answer_ticket = by_staff(answer_ticket)
