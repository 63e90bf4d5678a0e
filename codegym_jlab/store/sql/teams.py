"""Who answers a unit together. A team owns what its members send there."""

from collections import defaultdict
from datetime import datetime

from ...records import new_id
from ..audit import about, by_staff
from ..classes import Grouping, Regroup, Team, TeamMove
from ..engine import Aggregate, Db, Row, reads, record_of
from .offerings import hold_offering, members_of
from .tables import people, team_members, team_moves, teams

M, T = team_members.c, teams.c


def teams_of(db: Db, offering: str) -> list[Team]:
    """All that were ever made, by unit and name."""
    within = defaultdict(list)
    found = db.all((M.team, M.person, M.since), offering=offering, ended_at=None)
    for row in sorted(found, key=lambda row: (row["since"], row["person"])):
        within[row["team"]].append(row["person"])
    rows = db.all((T.id, T.unit, T.name), offering=offering)
    return sorted((Team(**r, members=tuple(within[r["id"]])) for r in rows), key=lambda team: (team.unit, team.name))


def regrouped(
    db: Db, offering: str, regroup: Regroup, at: datetime, *, by: str | None = None, why: str = ""
) -> list[Grouping]:
    """Make teams, move people and let them go as `regroup` says, all or nothing; returns that.

    Who is elsewhere afterwards has a `TeamMove` of it. Raises KeyError: no such offering.
    """
    reason = {"moved_by": by, "moved_at": at, "why": why}
    hold_offering(db, offering)
    before = teams_of(db, offering)
    groupings = list(regroup(before, members_of(db, offering)))
    known = {(team.unit, team.name): team.id for team in before}
    standing: dict[tuple[str, str], str | None] = {(p, team.unit): team.id for team in before for p in team.members}
    for one in groupings:
        if one.team is not None and (one.unit, one.team) not in known:
            known[one.unit, one.team] = _make(db, offering, one.unit, one.team, at)
        team = known[one.unit, one.team] if one.team is not None else None
        left = standing.get((one.person, one.unit))
        standing[one.person, one.unit] = team
        if left != team:
            about(one.person, one.team or "in no team")
            _move(db, offering, one, left, team, reason)
    return groupings


def _move(db: Db, offering: str, one: Grouping, before: str | None, after: str | None, reason: Row) -> None:
    who = {"person": one.person, "offering": offering, "unit": one.unit}
    at = reason["moved_at"]
    if before is not None:
        db.change(team_members, who | {"ended_at": None}, ended_at=at)
    if after is not None:
        db.upsert(team_members, {**who, "team": after, "since": at, "ended_at": None})
    db.add(team_moves, [{"id": new_id(), **who, "before": before, "after": after, **reason}])


def _make(db: Db, offering: str, unit: str, name: str, at: datetime) -> str:
    id = new_id()
    db.add(people, [{"id": id, "offering": offering, "kind": "team", "account": None, "created_at": at}])
    db.add(teams, [{"id": id, "offering": offering, "unit": unit, "name": name, "made_at": at}])
    return id


def team_moves_of(db: Db, offering: str, person: str) -> list[TeamMove]:
    """Of one person, in all units; the oldest first."""
    found = db.all(team_moves, offering=offering, person=person)
    found.sort(key=lambda row: (row["moved_at"], row["id"]))
    return [record_of(TeamMove, row, why=row["why"] or "") for row in found]


def rename_team(db: Db, offering: str, team: str, name: str) -> bool:
    """False where another team of the unit has that name. Raises KeyError: no such team."""
    hold_offering(db, offering)
    unit = db.scalar(T.unit, id=team, offering=offering)
    if unit is None:
        raise KeyError(team)
    taken = db.scalar(T.id, offering=offering, unit=unit, name=name)
    if taken not in (None, team):
        return False
    about(team)
    db.change(teams, team, name=name)
    return True


class Teams(Aggregate):
    """Teams of an offering."""

    teams = reads(teams_of)
    regroup = by_staff(regrouped)
    team_moves = reads(team_moves_of)
    rename_team = by_staff(rename_team)
