"""Teams of a class over HTTP: what `grading.teamwork` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from . import bodies
from .base import Handler
from .classes import MOST_PEOPLE, Staffed
from .surveys import OFFERING

if TYPE_CHECKING:
    from ..grading.teamwork import TeamManager

_ID = bodies.text(200)
PLACING = {"account": bodies.Field(_ID), "team": bodies.Field(bodies.text(200, null=True))}
TEAMS = {
    "units": bodies.Field(bodies.texts(200, 200)),
    "people": bodies.Field(bodies.list_of(PLACING, MOST_PEOPLE)),
    "why": bodies.Field(bodies.text(1000), required=False, default=""),
    "leave_others": bodies.Field(bodies.flag, required=False, default=False),
    "dry_run": bodies.Field(bodies.flag, required=False, default=False),
}
NAMES = {"unit": bodies.Field(_ID), "team": bodies.Field(_ID), "name": bodies.Field(_ID)}


class ClassTeams(Staffed):
    """Who answers together."""

    @web.authenticated
    @authorized
    async def get(self, offering: str) -> None:
        """All that were ever made."""
        _, actor = await self.at(offering)
        self.reply({"teams": [one.as_json() for one in await (await self._teams()).teams(actor, offering)]})

    @web.authenticated
    @authorized
    async def post(self, offering: str) -> None:
        """Put students into teams of these units (team null: into none): all or nothing."""
        from ..grading.teamwork import Placing

        body = self.body(TEAMS)
        _, actor = await self.at(offering)
        placings = [Placing(one["account"], one["team"]) for one in body["people"]]
        for one in placings:
            _refuse_unfit(one.team)
        how: dict[str, Any] = {"leave_others": body["leave_others"], "dry_run": body["dry_run"]}
        told = await (await self._teams()).group(actor, offering, body["units"], placings, body["why"], **how)
        self.reply({"people": [one.as_json() for one in told]})

    async def _teams(self) -> TeamManager:
        return (await self.backend.services()).teams


class ClassTeamName(Staffed):
    """What one of them is called."""

    @web.authenticated
    @authorized
    async def post(self, offering: str) -> None:
        """Another name; answers the teams as they are then."""
        body = self.body(NAMES)
        _, actor = await self.at(offering)
        _refuse_unfit(body["name"])
        teams = (await self.backend.services()).teams
        await teams.rename(actor, offering, body["unit"], body["team"], body["name"])
        self.reply({"teams": [one.as_json() for one in await teams.teams(actor, offering)]})


def _refuse_unfit(team: str | None) -> None:
    """Raises what becomes 422."""
    from ..grading.rosters import team_problem

    if team is not None and (problem := team_problem(team)):
        raise bodies.Unfit(problem[0].upper() + problem[1:] + ".", key="team")


ROUTES: list[tuple[str, type[Handler]]] = [
    (rf"classes/{OFFERING}/teams", ClassTeams),
    (rf"classes/{OFFERING}/teams/name", ClassTeamName),
]
