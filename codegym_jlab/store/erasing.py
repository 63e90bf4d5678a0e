"""Finding and erasing what is kept of a person, in SQL. A part of `sql.SqlStore`.

What each method promises stands in `privacy.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

from . import privacy_statements as own
from . import statements as sql
from .driver import Db, Transactions
from .life import hold
from .privacy import Erasure, Holdings

#: Events looked through in one transaction.
STRETCH = 20_000


class ErasingStore:
    """What `privacy.py` asks of a store."""

    _writer: Transactions
    _reader: Transactions

    async def sent_by(self, offering: str, person: str) -> Sequence[str]:
        return await self._reader.run(lambda db: _sent(db, offering, person))

    async def holdings(self, offering: str, person: str) -> Holdings:
        return await self._reader.run(lambda db: _holdings(db, offering, person))

    async def erase(self, erasure: Erasure) -> bool:
        # first, so that who is interrupted still finds the account and begins again
        last = await self._reader.run(lambda db: db.scalar(sql.NEWEST, {})) or 0
        for after in range(0, last, STRETCH):
            stretch = {"p_after": after, "p_to": after + STRETCH, "p_person": erasure.person}
            await self._writer.run(lambda db, stretch=stretch: _forget_events(db, stretch))  # type: ignore[misc]
        return await self._writer.run(lambda db: _erase(db, erasure))

    async def erasures(self, offering: str) -> Sequence[Erasure]:
        found = await self._reader.run(lambda db: db.all(own.ERASURES, {"p_offering": offering}))
        return sorted((Erasure(**row) for row in found), key=lambda one: (one.erased_at, one.person), reverse=True)

    async def compact(self) -> bool:
        return await self._writer.compact()


def _who(offering: str, person: str) -> dict[str, str]:
    return {"p_offering": offering, "p_person": person}


def _sent_by(db: Db, offering: str, person: str) -> list[str]:
    """Sorted here: by the database it would be found by id, among all."""
    return sorted(row["id"] for row in db.all(own.SENT_BY, _who(offering, person)))


def _sent(db: Db, offering: str, person: str) -> list[str]:
    """What they own, and what they sent for their teams."""
    asked = [{**_who(offering, person), "p_team": team} for team in _teams(db, person)]
    for_teams = [row["id"] for team in asked for row in db.all(own.SENT_FOR_TEAMS, team)]
    return sorted({*_sent_by(db, offering, person), *for_teams})


def _teams(db: Db, person: str) -> list[str]:
    """Those that they are or were in."""
    return [row["team"] for row in db.all(own.TEAMS_OF, {"p_person": person})]


def _holdings(db: Db, offering: str, person: str) -> Holdings:
    who = _who(offering, person)
    counts = {name: db.scalar(statement, who) for name, statement in own.COUNTS.items()}
    sent, drafts = db.scalar(own.COUNT_SENT, who), db.scalar(own.COUNT_DRAFTS, who)
    return Holdings(sent, drafts, len(_judgements(db, offering, person)), **counts)


def _judgements(db: Db, offering: str, person: str) -> list[str]:
    """Of all that they sent; each current one leads to those whose place it took."""
    found: list[str] = []
    for sent in _sent_by(db, offering, person):
        row = db.one(sql.CURRENT, {"p_submission": sent})
        while row is not None:
            found.append(row["id"])
            row = db.one(sql.SUPERSEDED_BY, {"p_id": row["id"]})
    return found


def erase_all(db: Db, erasure: Erasure) -> bool:
    """`erase` in one transaction, which the caller began: for records that nobody else has open."""
    newest = db.scalar(sql.NEWEST, {}) or 0
    _forget_events(db, {"p_after": 0, "p_to": newest, "p_person": erasure.person})
    return _erase(db, erasure)


def _forget_events(db: Db, stretch: dict[str, object]) -> None:
    db.run(own.FORGET_SENDS, stretch)
    db.run(own.FORGET_EVENTS, stretch)


def _erase(db: Db, erasure: Erasure) -> bool:
    who = _who(erasure.offering, erasure.person)
    hold(db, erasure.person)
    known = db.one(own.ERASED_AT, who)
    if known is None or known["erased_at"] is not None:
        return False
    judged = [{"p_id": id} for id in _judgements(db, erasure.offering, erasure.person)]
    for statement in (own.STOP, own.UNREVIEWED, own.NOT_AWAITED, own.EMPTY_SENT):
        db.run(statement, who)
    for statement in (own.EMPTY_JUDGEMENT, own.EMPTY_CHECKS, own.EMPTY_PARTS):
        db.run_each(statement, judged)
    for drop in own.DROPS:
        db.run(drop, who)
    db.run(own.NO_SECTION, who)
    db.run(own.NO_REASON, {"p_person": erasure.person})
    db.run(own.NOBODY, {**who, "p_at": erasure.erased_at})
    db.run(own.ADD_ERASURE, asdict(erasure))
    for team in _teams(db, erasure.person):
        _leave_to_others(db, erasure, team)
    return True


def _leave_to_others(db: Db, erasure: Erasure, team: str) -> None:
    """What was handed in is the team's, and stays for the others; it goes with the last of them."""
    db.run(own.STOP_DRAFTS, {**_who(erasure.offering, erasure.person), "p_team": team})
    if not db.scalar(own.NAMED_OF_TEAM, {"p_team": team}):
        db.run(own.NO_TEAM_NAME, {"p_person": team})
        _erase(db, replace(erasure, person=team))
