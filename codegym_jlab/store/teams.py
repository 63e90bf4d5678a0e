"""The store seam for teams: who answers a unit together. A team owns what its members send there.

A team is a row of `people` without an account, made for one unit; a student is in at most one team of a unit at a time.
What was sent stays with the team that it was sent for, whoever is in it later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from .register import Member


@dataclass(frozen=True, slots=True)
class Team:
    """One team, and who is in it now."""

    id: str  #: as the owner of a submission
    unit: str
    name: str  #: no other team of the unit has it
    members: tuple[str, ...] = ()  #: persons, those who came first before


@dataclass(frozen=True, slots=True)
class Grouping:
    """Where a person belongs in a unit from now on; no team: in none."""

    person: str
    unit: str
    team: str | None  #: a name; the team is made where there is none


@dataclass(frozen=True, slots=True)
class TeamMove:
    """That a person came to a team of a unit, left it, or went from one to another. Kept for good."""

    person: str
    unit: str
    before: str | None  #: a team's id; None: in none
    after: str | None
    moved_by: str | None  #: a person of the offering; None: moved before such things were kept
    moved_at: datetime
    why: str = ""


#: The teams and the members of the offering as they are → what changes; or the manager's error.
Regroup = Callable[[Sequence[Team], Sequence[Member]], Sequence[Grouping]]


class Teams(Protocol):
    """Teams of an offering."""

    async def teams(self, offering: str) -> Sequence[Team]:
        """All that were ever made, by unit and name."""
        ...

    async def regroup(
        self, offering: str, regroup: Regroup, at: datetime, *, by: str | None = None, why: str = ""
    ) -> Sequence[Grouping]:
        """Make teams, move people and let them go as `regroup` says, all or nothing; returns that.

        Who is elsewhere afterwards has a `TeamMove` of it. Raises KeyError: no such offering.
        """
        ...

    async def team_moves(self, offering: str, person: str) -> Sequence[TeamMove]:
        """Of one person, in all units; the oldest first."""
        ...

    async def rename_team(self, offering: str, team: str, name: str) -> bool:
        """False where another team of the unit has that name. Raises KeyError: no such team."""
        ...
