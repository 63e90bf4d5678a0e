"""Teams in SQL. A part of `sql.SqlStore`; what each method promises stands in `teams.py`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from . import class_statements as sql
from .driver import Db, Transactions
from .ids import new_id
from .register import Member, TeamRef
from .rows import storable, team_move_of
from .statements import upsert
from .tables import team_members
from .teams import Grouping, Regroup, Team, TeamMove


class TeamingStore:
    """What `teams.py` asks of a store."""

    _writer: Transactions
    _reader: Transactions

    async def teams(self, offering: str) -> Sequence[Team]:
        return await self._reader.run(lambda db: _teams(db, offering))

    async def regroup(
        self, offering: str, regroup: Regroup, at: datetime, *, by: str | None = None, why: str = ""
    ) -> Sequence[Grouping]:
        reason = {"moved_by": by, "moved_at": at, "why": storable(why)}
        return await self._writer.run(lambda db: _regroup(db, offering, regroup, reason))

    async def team_moves(self, offering: str, person: str) -> Sequence[TeamMove]:
        asked = {"p_offering": offering, "p_person": person}
        found = await self._reader.run(lambda db: db.all(sql.TEAM_MOVES, asked))
        return [team_move_of(row) for row in sorted(found, key=lambda row: (row["moved_at"], row["id"]))]

    async def rename_team(self, offering: str, team: str, name: str) -> bool:
        return await self._writer.run(lambda db: _rename(db, offering, team, name))


def teams_of(db: Db, offering: str, person: str) -> Mapping[str, TeamRef]:
    """The teams that a person is in now, by unit."""
    found = db.all(sql.TEAMS_OF, {"p_offering": offering, "p_person": person})
    return {row["unit"]: TeamRef(row["id"], row["name"]) for row in found}


def members_of(db: Db, offering: str) -> list[Member]:
    """By account, what they were before first."""
    found = [
        Member(r["person"], r["account"], r["role"], r["section"] or "", r["created_at"], r["ended_at"])
        for r in db.all(sql.MEMBERS, {"p_offering": offering})
    ]
    return sorted(found, key=lambda m: (m.account or "", m.person, m.ended_at is None, m.since))


def _teams(db: Db, offering: str) -> list[Team]:
    within: dict[str, list[str]] = defaultdict(list)
    found = db.all(sql.TEAM_MEMBERS, {"p_offering": offering})
    for row in sorted(found, key=lambda row: (row["since"], row["person"])):
        within[row["team"]].append(row["person"])
    teams = [
        Team(r["id"], r["unit"], r["name"], tuple(within[r["id"]])) for r in db.all(sql.TEAMS, {"p_offering": offering})
    ]
    return sorted(teams, key=lambda team: (team.unit, team.name))


def _regroup(db: Db, offering: str, regroup: Regroup, reason: Mapping[str, Any]) -> list[Grouping]:
    db.hold(sql.HOLD_OFFERING, {"p_offering": offering})
    if db.one(sql.OFFERING, {"p_offering": offering}) is None:
        raise KeyError(offering)
    before = _teams(db, offering)
    groupings = list(regroup(before, members_of(db, offering)))
    known = {(team.unit, team.name): team.id for team in before}
    standing: dict[tuple[str, str], str | None] = {(p, team.unit): team.id for team in before for p in team.members}
    for one in groupings:
        team = None if one.team is None else _named(db, offering, one.unit, storable(one.team), known, reason)
        left = standing.get((one.person, one.unit))
        standing[one.person, one.unit] = team
        if left != team:
            _move(db, offering, one, left, team, reason)
    return groupings


def _named(
    db: Db, offering: str, unit: str, name: str, known: dict[tuple[str, str], str], reason: Mapping[str, Any]
) -> str:
    """The team's id; it is made where there is none."""
    if (unit, name) not in known:
        known[unit, name] = _make(db, offering, unit, name, reason["moved_at"])
    return known[unit, name]


def _move(
    db: Db, offering: str, one: Grouping, before: str | None, after: str | None, reason: Mapping[str, Any]
) -> None:
    who = {"person": one.person, "offering": offering, "unit": one.unit}
    at = reason["moved_at"]
    if before is not None:
        db.run(sql.LEAVE_TEAM, {"p_offering": offering, "p_person": one.person, "p_unit": one.unit, "p_at": at})
    if after is not None:
        db.run(upsert(team_members, db.dialect.name), {**who, "team": after, "since": at, "ended_at": None})
    db.run(sql.ADD_TEAM_MOVE, {"id": new_id(), **who, "before": before, "after": after, **reason})


def _make(db: Db, offering: str, unit: str, name: str, at: datetime) -> str:
    id = new_id()
    db.run(sql.ADD_TEAM_PERSON, {"id": id, "offering": offering, "kind": "team", "account": None, "created_at": at})
    db.run(sql.ADD_TEAM, {"id": id, "offering": offering, "unit": unit, "name": name, "made_at": at})
    return id


def _rename(db: Db, offering: str, team: str, name: str) -> bool:
    db.hold(sql.HOLD_OFFERING, {"p_offering": offering})
    unit = db.scalar(sql.TEAM_UNIT, {"p_team": team, "p_offering": offering})
    if unit is None:
        raise KeyError(team)
    name = storable(name)
    taken = db.scalar(sql.NAME_TAKEN, {"p_offering": offering, "p_unit": unit, "p_name": name})
    if taken not in (None, team):
        return False
    db.run(sql.RENAME_TEAM, {"p_team": team, "p_name": name})
    return True
