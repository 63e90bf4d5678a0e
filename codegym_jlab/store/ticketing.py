"""Questions to a person in SQL. A part of `sql.SqlStore`; what each method promises stands in `tickets.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import and_, bindparam, insert, select, update

from . import statements as sql
from .driver import Db, Transactions
from .life import hold
from .tables import tickets
from .tickets import Ticket

P, T = bindparam, tickets.c
_theirs = and_(T.offering == P("p_offering"), T.person == P("p_person"))
_in_class = and_(T.offering == P("p_offering"), T.id > P("p_after"))
ADD = insert(tickets).inline()
OWN = select(tickets).where(_theirs, T.exercise == P("p_exercise")).order_by(T.id)
ALL_OWN = select(tickets).where(_theirs).order_by(T.id)
OF_CLASS = select(tickets).where(_in_class).order_by(T.id).limit(P("p_limit"))
OPEN = select(tickets).where(_in_class, T.answered_at.is_(None)).order_by(T.id).limit(P("p_limit"))
ONE = select(tickets).where(T.offering == P("p_offering"), T.id == P("p_id"))
ANSWER = (
    update(tickets)
    .where(T.offering == P("p_offering"), T.id == P("p_id"))
    .values(answer=P("p_answer"), answered_at=P("p_at"), answered_by=P("p_by"))
)


class TicketingStore:
    """What `tickets.py` asks of a store."""

    _writer: Transactions
    _reader: Transactions

    async def add_ticket(self, ticket: Ticket) -> bool:
        return await self._writer.run(lambda db: _add(db, ticket))

    async def tickets_of(self, offering: str, person: str, exercise: str | None) -> Sequence[Ticket]:
        asked = {"p_offering": offering, "p_person": person}
        statement = ALL_OWN if exercise is None else OWN
        asked |= {} if exercise is None else {"p_exercise": exercise}
        return [Ticket(**row) for row in await self._reader.run(lambda db: db.all(statement, asked))]

    async def tickets(self, offering: str, *, open_only: bool, after: str, limit: int) -> Sequence[Ticket]:
        asked = {"p_offering": offering, "p_after": after, "p_limit": limit}
        statement = OPEN if open_only else OF_CLASS
        return [Ticket(**row) for row in await self._reader.run(lambda db: db.all(statement, asked))]

    async def answer_ticket(self, offering: str, ticket: str, answer: str, at: datetime, by: str) -> Ticket | None:
        return await self._writer.run(lambda db: _answer(db, offering, ticket, answer, at, by))


def _add(db: Db, ticket: Ticket) -> bool:
    hold(db, ticket.person)
    if db.scalar(sql.NOT_ERASED, {"p_person": ticket.person}) is None:
        return False
    db.run(ADD, asdict(ticket))
    return True


def _answer(db: Db, offering: str, ticket: str, answer: str, at: datetime, by: str) -> Ticket | None:
    which = {"p_offering": offering, "p_id": ticket}
    row = db.one(ONE, which)
    if row is None:
        return None
    db.run(ANSWER, {**which, "p_answer": answer, "p_at": at, "p_by": by})
    return replace(Ticket(**row), answer=answer, answered_at=at, answered_by=by)
