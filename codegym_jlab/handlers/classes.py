"""Running a class over HTTP: what `classes.manager` and `classes.publishing` do, who may is said there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from .base import ID, OFFERING, Denied, Handler, Unfit, operation
from .identity import STAFF

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from codegym_jlab.wiring import Services

    from ..classes.manager import Actor, Scope
    from ..classes.policy_overrides import Extension
    from .schemas import (
        ClassChangeRequest,
        ClassRequest,
        ExtensionRequest,
        MarksRequest,
        MembersRequest,
        PolicyRequest,
        PublishRequest,
        TeamNameRequest,
        TeamsRequest,
    )


MOST_FINDINGS = 200
#: Keys that say what an override is for.
SCOPE = {"account", "section", "team", "unit", "exercise"}


class Staffed(Handler):
    """What all of them need."""

    async def at(self, offering: str) -> tuple[Services, Actor]:
        """The managers and who asks: staff of this offering alone come so far; raises what becomes 403."""
        from ..classes.manager import Actor

        person = await self.require(offering, STAFF)
        return await self.backend.services(), Actor(person.user, frozenset(person.roles(offering)))

    def everywhere(self) -> Actor:
        """Who asks, by what they may in every offering; raises what becomes 403 where a token asks for staff."""
        from ..classes.manager import Actor

        self.refuse_token()
        person = self.person()
        return Actor(person.user, frozenset(person.everywhere))

    @property
    def forms(self) -> ModuleType:
        """How a class's facts are told as JSON; imported when the first is, as all of `grading` is."""
        from ..classes import serialize as class_json

        return class_json


class Classes(Staffed):
    """All that one is staff of."""

    @operation("listClasses", "Classes")
    async def get(self) -> None:
        """The classes that one is staff of; all of them for admins."""
        services = await self.backend.services()
        found = await services.classes.offerings(self.everywhere())
        self.reply({"classes": [self.forms.offering_json(one) for one in found]})

    @operation("makeClass", "Class")
    async def post(self, body: ClassRequest) -> None:
        """A new class. For admins."""
        from codegym_jlab.store.classes import Offering

        services = await self.backend.services()
        made = await services.classes.make(self.everywhere(), Offering(**body.model_dump()))
        self.reply(self.forms.offering_json(made))


class Class(Staffed):
    """One of them."""

    @operation("readClass", "ClassPage")
    async def get(self, offering: str) -> None:
        """A class at a glance. For its staff."""
        services, actor = await self.at(offering)
        self.reply(self.forms.page_json(await services.classes.page(actor, offering)))

    @operation("changeClass", "Class")
    async def post(self, body: ClassChangeRequest, offering: str) -> None:
        """Change what the body names; it holds from the next request on. For instructors."""
        services, actor = await self.at(offering)
        changed = await services.classes.change(actor, offering, body.model_dump(exclude_unset=True))
        self.reply(self.forms.offering_json(changed))


class Members(Staffed):
    """Who is in it."""

    @operation("listMembers", "Members")
    async def get(self, offering: str) -> None:
        """Who is, or was, in a class. For its staff."""
        services, actor = await self.at(offering)
        found = await services.classes.members(actor, offering)
        self.reply({"members": [self.forms.member_json(one) for one in found]})

    @operation("enlist", "Enlisted")
    async def post(self, body: MembersRequest, offering: str) -> None:
        """Enrol, move to another role or section, let go (role null); all or nothing. For instructors."""
        from ..classes.rosters import joining_of

        services, actor = await self.at(offering)
        joinings = [j for one in body.people for j in joining_of([one.account], one.role, one.section)]
        told = await services.classes.enlist(actor, offering, joinings, dry_run=body.dry_run)
        self.reply({"people": [{**one.as_json(), "changes": one.changes} for one in told]})


class Policies(Staffed):
    """What is set in it."""

    @operation("listOverrides", "Overrides")
    async def get(self, offering: str) -> None:
        """What is set in a class, by whom and why. For its staff."""
        await self._tell(*await self.at(offering), offering)

    @operation("changePolicy", "Overrides")
    async def post(self, body: PolicyRequest, offering: str) -> None:
        """Set fields of the policy, or clear them; they hold from the next request on. For instructors."""
        services, actor = await self.at(offering)
        scope, why = scope_of(body.model_dump(include=SCOPE)), body.why
        if (body.set is None) == (body.clear is None):
            raise Unfit("Say what to `set`, or what to `clear`, and not both.")
        if body.set is not None:
            await services.classes.set_policy(actor, offering, scope, body.set, why)
        else:
            await services.classes.clear_policy(actor, offering, scope, body.clear or (), why)
        await self._tell(services, actor, offering)

    async def _tell(self, services: Services, actor: Actor, offering: str) -> None:
        found, names = await services.classes.rulings(actor, offering), await services.classes.names(actor, offering)
        self.reply({"overrides": [self.forms.ruling_json(one, names) for one in found]})


class PolicyHistory(Staffed):
    """What was ever set in it."""

    @operation("readPolicyHistory", "OverrideChanges")
    async def get(self, offering: str) -> None:
        """What was ever set and cleared, the newest first. For its staff."""
        services, actor = await self.at(offering)
        found, names = (
            await services.classes.ruling_changes(actor, offering),
            await services.classes.names(actor, offering),
        )
        self.reply({"changes": [self.forms.ruling_change_json(one, names) for one in found]})


class HeldPolicy(Staffed):
    """What holds for one person."""

    @operation("readHeldPolicy", "HeldPolicy", query="account team unit exercise")
    async def get(self, offering: str) -> None:
        """What holds for one person in a unit or an exercise, and where each field comes from. For its staff."""
        services, actor = await self.at(offering)
        asked = {name: self.asked(name) for name in SCOPE - {"section"}}
        self.reply(self.forms.held_json(await services.classes.held(actor, offering, scope_of(asked))))


class Extensions(Staffed):
    """More time for one person."""

    @operation("extend", "HeldPolicy")
    async def post(self, body: ExtensionRequest, offering: str) -> None:
        """More time for one person; no exercise gets less. For instructors."""
        if not body.account and not body.team:
            raise Unfit("Say who gets more time: `account`, or `team`.", key="account")
        services, actor = await self.at(offering)
        scope = scope_of(body.model_dump(include=SCOPE))
        await services.classes.extend(actor, offering, scope, extension_of(body), body.why)
        self.reply(self.forms.held_json(await services.classes.held(actor, offering, scope)))


class PublishedVersions(Staffed):
    """What it sees, and saw."""

    @operation("listVersions", "Versions")
    async def get(self, offering: str) -> None:
        """What was published for a class, the newest, which is in force, first. For its staff."""
        services, actor = await self.at(offering)
        found = await services.publisher.publications(actor, offering)
        names = await services.classes.names(actor, offering)
        self.reply({"versions": [self.forms.publication_json(one, names) for one in found]})

    @operation("publishVersion", "Publication")
    async def post(self, body: PublishRequest, offering: str) -> None:
        """Go back to an earlier version; without `version`, check and publish the course in the server's folder. For
        instructors.
        """
        services, actor = await self.at(offering)
        if body.version is not None:
            made = await services.publisher.go_back(actor, offering, body.version, body.note)
        else:
            folder = services.folder_of((await services.classes.page(actor, offering)).offering.course)
            checked = "" if body.anyway else await self._checked(services, actor, offering, folder)
            made = await services.publisher.publish(actor, offering, folder, body.note, checked=checked)
        self.reply(self.forms.publication_json(made, await services.classes.names(actor, offering)))

    async def _checked(self, services: Services, actor: Actor, offering: str, folder: Path) -> str:
        """The digest of what was looked at; empty where there is nothing new, or nothing that could be run."""
        from ..authoring.check import shortcomings
        from ..course.loader import load_course

        if not await services.publisher.compare(actor, offering, folder):
            return ""
        loaded = await asyncio.to_thread(load_course, folder)
        if loaded.errors or loaded.broken:
            return ""  # told by who freezes it
        services.refuse_without_sandbox()
        if found := await shortcomings(loaded, services.sandbox):
            text = "The check of this course finds what is to be mended. Nothing was published; `anyway` publishes it."
            raise Denied("falls_short", text, findings=found[:MOST_FINDINGS])
        return loaded.digest


def scope_of(asked: dict[str, str]) -> Scope:
    """Of a person, a section or a team, in a unit or an exercise; raises what becomes 422."""
    if sum(bool(asked.get(name)) for name in ("account", "section", "team")) > 1:
        raise Unfit("`account`, `section` and `team` do not go together.")
    from ..classes.manager import Scope

    return Scope(**asked)


def extension_of(body: ExtensionRequest) -> Extension:
    """Raises what becomes 422."""
    from codegym_jlab.course.policy import parse_duration

    from ..classes.policy_overrides import Extension

    if (body.by is None) == (body.until is None):
        raise Unfit("Say how much more time: `by`, or `until`.")
    try:
        return Extension(None if body.by is None else parse_duration(body.by), body.until)
    except ValueError:
        raise Unfit("`by` must be an ISO 8601 duration: PT30M, P2D.", key="by") from None


class ClassTeams(Staffed):
    """Who answers together."""

    @operation("listTeams", "Teams")
    async def get(self, offering: str) -> None:
        """The teams of a class, and who is in them now. For its staff."""
        services, actor = await self.at(offering)
        self.reply({"teams": [one.as_json() for one in await services.teams.teams(actor, offering)]})

    @operation("group", "Grouped")
    async def post(self, body: TeamsRequest, offering: str) -> None:
        """Put students into teams of these units, or into none (team null); all or nothing. For instructors."""
        from ..classes.teams import Placing

        services, actor = await self.at(offering)
        placings = [Placing(one.account, one.team) for one in body.people]
        for one in placings:
            _refuse_unfit(one.team)
        how: dict[str, Any] = {"leave_others": body.leave_others, "dry_run": body.dry_run}
        told = await services.teams.group(actor, offering, body.units, placings, body.why, **how)
        self.reply({"people": [one.as_json() for one in told]})


class ClassTeamName(Staffed):
    """What one of them is called."""

    @operation("renameTeam", "Teams")
    async def post(self, body: TeamNameRequest, offering: str) -> None:
        """Give a team another name. For instructors."""
        services, actor = await self.at(offering)
        _refuse_unfit(body.name)
        await services.teams.rename(actor, offering, body.unit, body.team, body.name)
        self.reply({"teams": [one.as_json() for one in await services.teams.teams(actor, offering)]})


def _refuse_unfit(team: str | None) -> None:
    """Raises what becomes 422."""
    from ..classes.rosters import team_problem

    if team is not None and (problem := team_problem(team)):
        raise Unfit(problem[0].upper() + problem[1:] + ".", key="team")


class ClassReviews(Staffed):
    """All that awaits a person's marks."""

    @operation("readReviews", "Reviews", query="unit exercise section limit")
    async def get(self, offering: str) -> None:
        """What awaits a person's marks, the oldest first, each with its text. For staff."""
        services, actor = await self.at(offering)
        wanted = {name: self.asked(name) for name in ("unit", "exercise", "section")}
        limit = self.number("limit", 100, 500)
        found, count = await services.reviewing.waiting(actor, offering, limit=limit, **wanted)
        self.reply({"reviews": [one.as_json() for one in found], "count": count})


class ClassReview(Staffed):
    """One of them."""

    @operation("readReview", "Review")
    async def get(self, offering: str, submission: str) -> None:
        """One of them, or one that was marked. For staff."""
        services, actor = await self.at(offering)
        self.reply((await services.reviewing.review(actor, offering, submission)).as_json())

    @operation("mark", "Review")
    async def post(self, body: MarksRequest, offering: str, submission: str) -> None:
        """Give a person's marks, or others in their place. For staff, but not of their own work."""
        from ..classes.marking import Marks

        services, actor = await self.at(offering)
        given = body.model_dump() | {"items": {one.id: one.points for one in body.items}}
        marked = await services.reviewing.mark(actor, offering, submission, Marks(**given))
        self.backend.tell_outcome(await services.manager.outcome(actor.account, submission, staff=True))
        self.reply(marked.as_json())


ROUTES: list[tuple[str, type[Handler]]] = [
    (r"classes", Classes),
    (rf"classes/{OFFERING}", Class),
    (rf"classes/{OFFERING}/members", Members),
    (rf"classes/{OFFERING}/policy", Policies),
    (rf"classes/{OFFERING}/policy/history", PolicyHistory),
    (rf"classes/{OFFERING}/policy/held", HeldPolicy),
    (rf"classes/{OFFERING}/extensions", Extensions),
    (rf"classes/{OFFERING}/versions", PublishedVersions),
    (rf"classes/{OFFERING}/teams", ClassTeams),
    (rf"classes/{OFFERING}/teams/name", ClassTeamName),
    (rf"classes/{OFFERING}/reviews", ClassReviews),
    (rf"classes/{OFFERING}/reviews/{ID}", ClassReview),
]
