"""Teams in dicts: a part of `memory.MemoryStore`. What each method promises stands in `teams.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from .ids import new_id
from .register import Member, Offering, TeamRef
from .teams import Grouping, Regroup, Team, TeamMove


@dataclass(frozen=True, slots=True)
class KeptTeam:
    """A team, and who is or was in it."""

    offering: str
    team: Team
    ever: frozenset[str] = frozenset()


class MemoryTeams:
    """Teams of an offering."""

    _offerings: dict[str, Offering]
    _roles: dict[tuple[str, str, str], Member]

    def __init__(self) -> None:
        super().__init__()
        self._teams: dict[str, KeptTeam] = {}
        self._team_moves: dict[tuple[str, str], list[TeamMove]] = {}

    def _members(self, offering: str) -> list[Member]:
        found = [member for key, member in self._roles.items() if key[0] == offering]
        return sorted(found, key=lambda m: (m.account or "", m.person, m.ended_at is None, m.since))

    def _standing(self, offering: str, person: str) -> Member | None:
        lines = (m for key, m in self._roles.items() if key[:2] == (offering, person) and m.ended_at is None)
        return next(lines, None)

    def _section(self, offering: str, owner: str) -> str:
        """Of a student; of a team whose members are all in it. Staff are in none."""
        kept = self._teams.get(owner)
        holds = [self._standing(offering, person) for person in (kept.team.members if kept else (owner,))]
        sections = {one.section for one in holds if one is not None and one.role == "student"}
        return sections.pop() if len(sections) == 1 else ""

    async def teams(self, offering: str) -> Sequence[Team]:
        return self._teams_in(offering)

    def _teams_in(self, offering: str) -> list[Team]:
        found = [kept.team for kept in self._teams.values() if kept.offering == offering]
        return sorted(found, key=lambda team: (team.unit, team.name))

    def _teams_of(self, offering: str, person: str) -> Mapping[str, TeamRef]:
        mine = (team for team in self._teams_in(offering) if person in team.members)
        return {team.unit: TeamRef(team.id, team.name) for team in mine}

    def _team_owners(self, offering: str, person: str) -> list[str]:
        """Teams that the person is or was in."""
        return [id for id, kept in self._teams.items() if kept.offering == offering and person in kept.ever]

    async def regroup(
        self, offering: str, regroup: Regroup, at: datetime, *, by: str | None = None, why: str = ""
    ) -> Sequence[Grouping]:
        if offering not in self._offerings:
            raise KeyError(offering)
        groupings = list(regroup(self._teams_in(offering), self._members(offering)))
        for one in groupings:
            before = self._team_now(offering, one)
            after = None if one.team is None else self._named(offering, one.unit, one.team)
            if before != after:
                self._move(one.person, before, after)
                move = TeamMove(one.person, one.unit, before, after, by, at, why)
                self._team_moves.setdefault((offering, one.person), []).append(move)
        return groupings

    async def team_moves(self, offering: str, person: str) -> Sequence[TeamMove]:
        return sorted(self._team_moves.get((offering, person), ()), key=lambda move: move.moved_at)

    def _team_now(self, offering: str, one: Grouping) -> str | None:
        found = self._teams_of(offering, one.person).get(one.unit)
        return None if found is None else found.id

    def _named(self, offering: str, unit: str, name: str) -> str:
        """The team's id; it is made where there is none."""
        there = (team.id for team in self._teams_in(offering) if (team.unit, team.name) == (unit, name))
        id = next(there, None) or new_id()
        self._teams.setdefault(id, KeptTeam(offering, Team(id, unit, name)))
        return id

    def _move(self, person: str, before: str | None, after: str | None) -> None:
        if before is not None:
            kept = self._teams[before]
            left = tuple(member for member in kept.team.members if member != person)
            self._teams[before] = replace(kept, team=replace(kept.team, members=left))
        if after is not None:
            into = self._teams[after]
            team = replace(into.team, members=(*into.team.members, person))
            self._teams[after] = replace(into, team=team, ever=into.ever | {person})

    async def rename_team(self, offering: str, team: str, name: str) -> bool:
        kept = self._teams.get(team)
        if kept is None or kept.offering != offering:
            raise KeyError(team)
        others = (one for one in self._teams_in(offering) if one.unit == kept.team.unit and one.id != team)
        if any(one.name == name for one in others):
            return False
        self._teams[team] = replace(kept, team=replace(kept.team, name=name))
        return True
