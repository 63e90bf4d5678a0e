"""Questions to a person in SQL. A part of `sql.SqlStore`; what each method promises stands in `tickets.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, insert, select, update

from . import statements as sql
from .conversations import ALL, Narrow
from .driver import Db, Transactions
from .ids import mark_of
from .life import hold
from .narrowing import bounds, given
from .tables import tickets
from .tickets import Ticket

P, T = bindparam, tickets.c
_theirs = and_(T.offering == P("p_offering"), T.person == P("p_person"))
_in_class = and_(T.offering == P("p_offering"), T.id > P("p_after"))
ADD = insert(tickets).inline()
OWN = select(tickets).where(_theirs, T.exercise == P("p_exercise")).order_by(T.id)
ALL_OWN = select(tickets).where(_theirs).order_by(T.id)
SAME = select(tickets).where(_theirs, T.exercise == P("p_exercise"), T.id.like(P("p_mark")))
ONE = select(tickets).where(T.offering == P("p_offering"), T.id == P("p_id"))
ANSWER = (
    update(tickets)
    .where(T.offering == P("p_offering"), T.id == P("p_id"))
    .values(answer=P("p_answer"), answered_at=P("p_at"), answered_by=P("p_by"))
)


def _of_class(open_only: bool, narrow: Narrow) -> Select[Any]:
    waiting = [T.answered_at.is_(None)] if open_only else []
    return select(tickets).where(_in_class, *waiting, *bounds(T, narrow)).order_by(T.id).limit(P("p_limit"))


class TicketingStore:
    """What `tickets.py` asks of a store."""

    _writer: Transactions
    _reader: Transactions

    async def add_ticket(self, ticket: Ticket) -> Ticket | None:
        return await self._writer.run(lambda db: _add(db, ticket))

    async def tickets_of(self, offering: str, person: str, exercise: str | None) -> Sequence[Ticket]:
        asked = {"p_offering": offering, "p_person": person}
        statement = ALL_OWN if exercise is None else OWN
        asked |= {} if exercise is None else {"p_exercise": exercise}
        return [Ticket(**row) for row in await self._reader.run(lambda db: db.all(statement, asked))]

    async def tickets(
        self, offering: str, *, open_only: bool, after: str, limit: int, narrow: Narrow = ALL
    ) -> Sequence[Ticket]:
        asked = {"p_offering": offering, "p_after": after, "p_limit": limit, **given(narrow)}
        statement = _of_class(open_only, narrow)
        return [Ticket(**row) for row in await self._reader.run(lambda db: db.all(statement, asked))]

    async def waiting_tickets(self, offering: str, narrow: Narrow = ALL) -> int:
        here = (T.offering == P("p_offering"), T.answered_at.is_(None), *bounds(T, narrow))
        statement = select(func.count()).select_from(tickets).where(*here)
        asked = {"p_offering": offering, **given(narrow)}
        return int(await self._reader.run(lambda db: db.scalar(statement, asked)))

    async def answer_ticket(self, offering: str, ticket: str, answer: str, at: datetime, by: str) -> Ticket | None:
        return await self._writer.run(lambda db: _answer(db, offering, ticket, answer, at, by))


def _add(db: Db, ticket: Ticket) -> Ticket | None:
    hold(db, ticket.person)
    if db.scalar(sql.NOT_ERASED, {"p_person": ticket.person}) is None:
        return None
    who = {"p_offering": ticket.offering, "p_person": ticket.person, "p_exercise": ticket.exercise}
    same = db.one(SAME, {**who, "p_mark": f"%{mark_of(ticket.id)}"})
    if same is not None:
        return Ticket(**same)
    db.run(ADD, asdict(ticket))
    return ticket


def _answer(db: Db, offering: str, ticket: str, answer: str, at: datetime, by: str) -> Ticket | None:
    which = {"p_offering": offering, "p_id": ticket}
    row = db.one(ONE, which)
    if row is None:
        return None
    db.run(ANSWER, {**which, "p_answer": answer, "p_at": at, "p_by": by})
    return replace(Ticket(**row), answer=answer, answered_at=at, answered_by=by)
