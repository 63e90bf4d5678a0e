"""Conversations in SQL. A part of `sql.SqlStore`; what each method promises stands in `conversations.py`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, case, exists, func, insert, literal_column, select, update

from . import statements as sql
from .conversations import Asked, KeptTurn, Spent
from .driver import Db, Row, Transactions
from .life import hold
from .tables import judgements, progress, submissions, turns

P, T = bindparam, turns.c
_theirs = and_(T.offering == P("p_offering"), T.person == P("p_person"))
_here = and_(_theirs, T.exercise == P("p_exercise"))


def _count(what: Any) -> Any:
    return func.coalesce(func.sum(case((what, 1), else_=0)), 0)


ADD = insert(turns).inline()
NEWEST = select(turns).where(_here).order_by(T.id.desc()).limit(P("p_limit"))
NEWEST_OF_ALL = select(turns).where(_theirs).order_by(T.id.desc()).limit(P("p_limit"))
HIDE = update(turns).where(_here, T.hidden.is_(False)).values(hidden=True)
ONE = select(turns).where(_theirs, T.id == P("p_id"))
THUMB = update(turns).where(_theirs, T.id == P("p_id")).values(thumb=P("p_thumb"))
ASKED = (
    select(
        T.exercise,
        T.intent,
        func.count().label("turns"),
        func.count(T.person.distinct()).label("people"),
        _count(T.thumb > 0).label("helped"),
        _count(T.thumb < 0).label("unhelped"),
        _count(T.withheld.is_not(None)).label("withheld"),
        _count(T.llm.is_not(None)).label("by_llm"),
    )
    .where(T.offering == P("p_offering"))
    .group_by(T.exercise, T.intent)
    .order_by(T.exercise, T.intent)
)
RUNGS = (
    select(progress.c.exercise, progress.c.hints, func.count().label("people"))
    .where(progress.c.offering == P("p_offering"), progress.c.hints > 0)
    .group_by(progress.c.exercise, progress.c.hints)
)
_newest = (
    select(T.id, T.offering, T.person, T.exercise, T.asked_at)
    .where(T.offering == P("p_offering"))
    .order_by(T.asked_at.desc())
    .limit(P("p_limit"))
    .subquery("newest")
)
N, S, J = _newest.c, submissions.c, judgements.c
_accepted = exists().where(J.submission == func.coalesce(S.same_as, S.id), J.current, J.verdict == "AC")
_after = (
    select(func.min(S.received_at, type_=S.received_at.type))
    .where(S.offering == N.offering, S.person == N.person, S.exercise == N.exercise)
    .where(S.received_at >= N.asked_at, _accepted)
    .correlate(_newest)
    .scalar_subquery()
)
WAITS = select(N.exercise, N.asked_at, _after.label("accepted_at"))
WITHHELD = (
    select(turns)
    .where(T.offering == P("p_offering"), T.withheld.is_not(None), T.id > P("p_after"))
    .order_by(T.id)
    .limit(P("p_limit"))
)
SPENT = select(
    func.coalesce(func.sum(case((T.person == P("p_person"), T.tokens), else_=literal_column("0"))), 0).label("person"),
    func.coalesce(func.sum(T.tokens), 0).label("offering"),
).where(T.offering == P("p_offering"), T.asked_at >= P("p_since"))


class ConversingStore:
    """What `conversations.py` asks of a store."""

    _writer: Transactions
    _reader: Transactions

    async def add_turn(self, turn: KeptTurn) -> None:
        await self._writer.run(lambda db: _add(db, turn))

    async def turns(self, offering: str, person: str, exercise: str | None, limit: int) -> Sequence[KeptTurn]:
        asked = {**_who(offering, person), "p_limit": limit}
        statement = NEWEST_OF_ALL if exercise is None else NEWEST
        asked |= {} if exercise is None else {"p_exercise": exercise}
        found = await self._reader.run(lambda db: db.all(statement, asked))
        return [_turn(row) for row in reversed(found)]

    async def hide_turns(self, offering: str, person: str, exercise: str) -> int:
        asked = {**_who(offering, person), "p_exercise": exercise}
        return await self._writer.run(lambda db: db.run(HIDE, asked))

    async def thumb(self, offering: str, person: str, turn: str, thumb: int) -> KeptTurn | None:
        asked = {**_who(offering, person), "p_id": turn}
        return await self._writer.run(lambda db: _thumb(db, asked, thumb))

    async def asked(self, offering: str) -> Sequence[Asked]:
        return [Asked(**row) for row in await self._reader.run(lambda db: db.all(ASKED, {"p_offering": offering}))]

    async def rungs(self, offering: str) -> Mapping[str, Mapping[int, int]]:
        found: dict[str, dict[int, int]] = defaultdict(dict)
        for row in await self._reader.run(lambda db: db.all(RUNGS, {"p_offering": offering})):
            found[row["exercise"]][row["hints"]] = row["people"]
        return found

    async def waits(self, offering: str, limit: int) -> Mapping[str, Sequence[float]]:
        asked = {"p_offering": offering, "p_limit": limit}
        found: dict[str, list[float]] = defaultdict(list)
        for row in await self._reader.run(lambda db: db.all(WAITS, asked)):
            if row["accepted_at"] is not None:
                found[row["exercise"]].append((row["accepted_at"] - row["asked_at"]).total_seconds())
        return found

    async def withheld(self, offering: str, after: str, limit: int) -> Sequence[KeptTurn]:
        asked = {"p_offering": offering, "p_after": after, "p_limit": limit}
        return [_turn(row) for row in await self._reader.run(lambda db: db.all(WITHHELD, asked))]

    async def spent(self, offering: str, person: str, since: datetime) -> Spent:
        asked = {**_who(offering, person), "p_since": since}
        row = await self._reader.run(lambda db: db.one(SPENT, asked))
        assert row is not None  # sums are always there
        return Spent(int(row["person"]), int(row["offering"]))


def _who(offering: str, person: str) -> dict[str, Any]:
    return {"p_offering": offering, "p_person": person}


def _add(db: Db, turn: KeptTurn) -> None:
    hold(db, turn.person)
    if db.scalar(sql.NOT_ERASED, {"p_person": turn.person}) is not None:
        db.run(ADD, asdict(turn) | {"withheld": list(turn.withheld) or None})


def _thumb(db: Db, asked: dict[str, Any], thumb: int) -> KeptTurn | None:
    row = db.one(ONE, asked)
    if row is None:
        return None
    db.run(THUMB, {**asked, "p_thumb": thumb})
    return replace(_turn(row), thumb=thumb)


def _turn(row: Row) -> KeptTurn:
    return KeptTurn(**row | {"withheld": tuple(row["withheld"] or ())})
