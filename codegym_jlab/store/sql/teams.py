"""Who answers a unit together. A team owns what its members send there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam as P
from sqlalchemy import insert, select, update

from ..classes import Grouping, Regroup, Team, TeamMove
from ..engine import Aggregate, Db, reads, writes
from ..ids import new_id
from .columns import same
from .offerings import HOLD_OFFERING, OFFERING, members_of
from .rows import team_move_of
from .tables import people, team_members, team_moves, teams

M, T = team_members.c, teams.c
TEAMS = select(T.id, T.unit, T.name).where(T.offering == P("p_offering"))
TEAM_MEMBERS = select(M.team, M.person, M.unit, M.since).where(M.offering == P("p_offering"), M.ended_at.is_(None))
LEAVE_TEAM = (
    update(team_members).where(same(M, "offering", "person", "unit"), M.ended_at.is_(None)).values(ended_at=P("p_at"))
)
ADD_TEAM_MOVE = insert(team_moves).inline()
TEAM_MOVES = select(team_moves).where(same(team_moves.c, "offering", "person"))
ADD_TEAM_PERSON = insert(people).inline()
ADD_TEAM = insert(teams).inline()
TEAM_UNIT = select(T.unit).where(T.id == P("p_team"), T.offering == P("p_offering"))
NAME_TAKEN = select(T.id).where(same(T, "offering", "unit", "name"))
RENAME_TEAM = update(teams).where(T.id == P("p_team")).values(name=P("p_name"))


def teams_of(db: Db, offering: str) -> list[Team]:
    """All that were ever made, by unit and name."""
    within: dict[str, list[str]] = defaultdict(list)
    found = db.all(TEAM_MEMBERS, {"p_offering": offering})
    for row in sorted(found, key=lambda row: (row["since"], row["person"])):
        within[row["team"]].append(row["person"])
    teams = [
        Team(r["id"], r["unit"], r["name"], tuple(within[r["id"]])) for r in db.all(TEAMS, {"p_offering": offering})
    ]
    return sorted(teams, key=lambda team: (team.unit, team.name))


def regrouped(
    db: Db, offering: str, regroup: Regroup, at: datetime, *, by: str | None = None, why: str = ""
) -> list[Grouping]:
    """Make teams, move people and let them go as `regroup` says, all or nothing; returns that.

    Who is elsewhere afterwards has a `TeamMove` of it. Raises KeyError: no such offering.
    """
    reason = {"moved_by": by, "moved_at": at, "why": why}
    db.hold(HOLD_OFFERING, {"p_offering": offering})
    if db.one(OFFERING, {"p_offering": offering}) is None:
        raise KeyError(offering)
    before = teams_of(db, offering)
    groupings = list(regroup(before, members_of(db, offering)))
    known = {(team.unit, team.name): team.id for team in before}
    standing: dict[tuple[str, str], str | None] = {(p, team.unit): team.id for team in before for p in team.members}
    for one in groupings:
        team = None if one.team is None else _named(db, offering, one.unit, one.team, known, reason)
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
        db.run(LEAVE_TEAM, {"p_offering": offering, "p_person": one.person, "p_unit": one.unit, "p_at": at})
    if after is not None:
        db.upsert(team_members, {**who, "team": after, "since": at, "ended_at": None})
    db.run(ADD_TEAM_MOVE, {"id": new_id(), **who, "before": before, "after": after, **reason})


def _make(db: Db, offering: str, unit: str, name: str, at: datetime) -> str:
    id = new_id()
    db.run(ADD_TEAM_PERSON, {"id": id, "offering": offering, "kind": "team", "account": None, "created_at": at})
    db.run(ADD_TEAM, {"id": id, "offering": offering, "unit": unit, "name": name, "made_at": at})
    return id


def team_moves_of(db: Db, offering: str, person: str) -> list[TeamMove]:
    """Of one person, in all units; the oldest first."""
    found = db.all(TEAM_MOVES, {"p_offering": offering, "p_person": person})
    return [team_move_of(row) for row in sorted(found, key=lambda row: (row["moved_at"], row["id"]))]


def rename_team(db: Db, offering: str, team: str, name: str) -> bool:
    """False where another team of the unit has that name. Raises KeyError: no such team."""
    db.hold(HOLD_OFFERING, {"p_offering": offering})
    unit = db.scalar(TEAM_UNIT, {"p_team": team, "p_offering": offering})
    if unit is None:
        raise KeyError(team)
    taken = db.scalar(NAME_TAKEN, {"p_offering": offering, "p_unit": unit, "p_name": name})
    if taken not in (None, team):
        return False
    db.run(RENAME_TEAM, {"p_team": team, "p_name": name})
    return True


class Teams(Aggregate):
    """Teams of an offering."""

    teams = reads(teams_of)
    regroup = writes(regrouped)
    team_moves = reads(team_moves_of)
    rename_team = writes(rename_team)
