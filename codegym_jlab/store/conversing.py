"""Conversations in SQL. A part of `sql.SqlStore`; what each method promises stands in `conversations.py`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, exists, func, insert, literal_column, select, update

from . import statements as sql
from .conversations import ALL, Asked, KeptTurn, Narrow, Spent
from .driver import Db, Row, Transactions
from .life import hold
from .narrowing import bounds, given
from .tables import hints_given, judgements, progress, submissions, turns

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

    async def asked(self, offering: str, narrow: Narrow = ALL) -> Sequence[Asked]:
        where = {"p_offering": offering, **given(narrow)}
        return [Asked(**row) for row in await self._reader.run(lambda db: db.all(_asked(narrow), where))]

    async def rungs(self, offering: str, narrow: Narrow = ALL) -> Mapping[str, Mapping[int, int]]:
        found: dict[str, dict[int, int]] = defaultdict(dict)
        where = {"p_offering": offering, **given(narrow)}
        for row in await self._reader.run(lambda db: db.all(_rungs(narrow), where)):
            found[row["exercise"]][row["hints"]] = row["people"]
        return found

    async def waits(self, offering: str, limit: int, narrow: Narrow = ALL) -> Mapping[str, Sequence[float]]:
        asked = {"p_offering": offering, "p_limit": limit, **given(narrow)}
        found: dict[str, list[float]] = defaultdict(list)
        for row in await self._reader.run(lambda db: db.all(_waits(narrow), asked)):
            if row["accepted_at"] is not None:
                found[row["exercise"]].append((row["accepted_at"] - row["asked_at"]).total_seconds())
        return found

    async def withheld(self, offering: str, after: str, limit: int, narrow: Narrow = ALL) -> Sequence[KeptTurn]:
        asked = {"p_offering": offering, "p_after": after, "p_limit": limit, **given(narrow)}
        return [_turn(row) for row in await self._reader.run(lambda db: db.all(_withheld(narrow), asked))]

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
