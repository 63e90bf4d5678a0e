"""Running a class over HTTP: what `grading.classroom` and `grading.publishing` do, who may is said there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from . import bodies
from .base import Denied, Handler
from .identity import STAFF, Role
from .surveys import OFFERING

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from ..grading.classroom import Actor, ClassManager, Scope
    from ..grading.rulings import Extension
    from .services import Services

MOST_FINDINGS = 200
MOST_PEOPLE = 20_000
ABSENT = object()

_TEXT, _ID = bodies.text(1000), bodies.text(200)
_SCOPE = {
    name: bodies.Field(_ID, required=False, default="") for name in ("account", "section", "unit", "exercise", "team")
}
CLASS = {
    "id": bodies.Field(bodies.name),
    "course": bodies.Field(bodies.name),
    "title": bodies.Field(_TEXT),
    "term": bodies.Field(_TEXT),
    "time_zone": bodies.Field(_ID),
    "contact": bodies.Field(bodies.text(1000, null=True), required=False),
    "begins": bodies.Field(bodies.moment, required=False),
    "ends": bodies.Field(bodies.moment, required=False),
}
CHANGE = {
    name: bodies.Field(field.read, required=False, default=ABSENT)
    for name, field in CLASS.items()
    if name not in ("id", "course")
}
MEMBER = {
    "account": bodies.Field(_ID),
    "role": bodies.Field(bodies.one_of(*(role.value for role in Role if role is not Role.ADMIN), null=True)),
    "section": bodies.Field(_ID, required=False, default=""),
}
MEMBERS = {
    "people": bodies.Field(bodies.list_of(MEMBER, MOST_PEOPLE)),
    "dry_run": bodies.Field(bodies.flag, required=False, default=False),
}
POLICY = {
    **_SCOPE,
    "set": bodies.Field(bodies.document, required=False),
    "clear": bodies.Field(bodies.texts(100, 50), required=False),
    "why": bodies.Field(_TEXT, required=False, default=""),
}
EXTENSION = {
    "account": _SCOPE["account"],
    "team": _SCOPE["team"],
    "unit": _SCOPE["unit"],
    "exercise": _SCOPE["exercise"],
    "by": bodies.Field(bodies.text(50, null=True), required=False),
    "until": bodies.Field(bodies.moment, required=False),
    "why": bodies.Field(_TEXT),
}
PUBLISH = {
    "version": bodies.Field(bodies.text(64, null=True), required=False),
    "note": bodies.Field(_TEXT, required=False, default=""),
    "anyway": bodies.Field(bodies.flag, required=False, default=False),
}


class Staffed(Handler):
    """What all of them need."""

    async def at(self, offering: str) -> tuple[ClassManager, Actor]:
        """The manager and who asks: staff of this offering alone come so far; raises what becomes 403."""
        from ..grading.classroom import Actor

        person = await self.require(offering, STAFF)
        return (await self.backend.services()).classes, Actor(person.user, frozenset(person.roles(offering)))

    def everywhere(self) -> Actor:
        """Who asks, by what they may in every offering; raises what becomes 403 where a token asks for staff."""
        from ..grading.classroom import Actor

        self.refuse_token()
        person = self.person()
        return Actor(person.user, frozenset(person.everywhere))

    @property
    def forms(self) -> ModuleType:
        """How a class's facts are told as JSON; imported when the first is, as all of `grading` is."""
        from ..grading import class_json

        return class_json


class Classes(Staffed):
    """All that one is staff of."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """The list; all of them for admins."""
        services = await self.backend.services()
        found = await services.classes.offerings(self.everywhere())
        self.reply({"classes": [self.forms.offering_json(one) for one in found]})

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """A new one, for admins."""
        from ..store.register import Offering

        body, services = self.body(CLASS), await self.backend.services()
        made = await services.classes.make(self.everywhere(), Offering(**body))
        self.reply(self.forms.offering_json(made))


class Class(Staffed):
    """One of them."""

    @web.authenticated
    @authorized
    async def get(self, offering: str) -> None:
        """At a glance."""
        classes, actor = await self.at(offering)
        self.reply(self.forms.page_json(await classes.page(actor, offering)))

    @web.authenticated
    @authorized
    async def post(self, offering: str) -> None:
        """Change what the body names."""
        body = self.body(CHANGE)
        classes, actor = await self.at(offering)
        fields = {name: value for name, value in body.items() if value is not ABSENT}
        self.reply(self.forms.offering_json(await classes.change(actor, offering, fields)))


class Members(Staffed):
    """Who is in it."""

    @web.authenticated
    @authorized
    async def get(self, offering: str) -> None:
        """Those who were, too."""
        classes, actor = await self.at(offering)
        found = await classes.members(actor, offering)
        self.reply({"members": [self.forms.member_json(one) for one in found]})

    @web.authenticated
    @authorized
    async def post(self, offering: str) -> None:
        """Enrol, move, let go (role null): all or nothing."""
        from ..grading.rosters import joining_of

        body = self.body(MEMBERS)
        classes, actor = await self.at(offering)
        joinings = [j for one in body["people"] for j in joining_of([one["account"]], one["role"], one["section"])]
        told = await classes.enlist(actor, offering, joinings, dry_run=body["dry_run"])
        self.reply({"people": [{**one.as_json(), "changes": one.changes} for one in told]})


class Policies(Staffed):
    """What is set in it."""

    @web.authenticated
    @authorized
    async def get(self, offering: str) -> None:
        """All overrides that stand."""
        await self._tell(*await self.at(offering), offering)

    @web.authenticated
    @authorized
    async def post(self, offering: str) -> None:
        """Set fields, or clear them (an empty list: all)."""
        body = self.body(POLICY)
        classes, actor = await self.at(offering)
        scope, why = scope_of(body), body["why"]
        if (body["set"] is None) == (body["clear"] is None):
            raise bodies.Unfit("Say what to `set`, or what to `clear`, and not both.")
        if body["set"] is not None:
            await classes.set_policy(actor, offering, scope, body["set"], why)
        else:
            await classes.clear_policy(actor, offering, scope, body["clear"], why)
        await self._tell(classes, actor, offering)

    async def _tell(self, classes: ClassManager, actor: Actor, offering: str) -> None:
        found, names = await classes.rulings(actor, offering), await classes.names(actor, offering)
        self.reply({"overrides": [self.forms.ruling_json(one, names) for one in found]})


class PolicyHistory(Staffed):
    """What was ever set in it."""

    @web.authenticated
    @authorized
    async def get(self, offering: str) -> None:
        """The newest first."""
        classes, actor = await self.at(offering)
        found, names = await classes.ruling_changes(actor, offering), await classes.names(actor, offering)
        self.reply({"changes": [self.forms.ruling_change_json(one, names) for one in found]})


class HeldPolicy(Staffed):
    """What holds for one person."""

    @web.authenticated
    @authorized
    async def get(self, offering: str) -> None:
        """In the unit or exercise that the query names."""
        classes, actor = await self.at(offering)
        asked = {name: self.get_query_argument(name, "") for name in ("account", "team", "unit", "exercise")}
        self.reply(self.forms.held_json(await classes.held(actor, offering, scope_of(asked))))


class Extensions(Staffed):
    """More time for one person."""

    @web.authenticated
    @authorized
    async def post(self, offering: str) -> None:
        """By a span, or until a time; answers what holds then."""
        body = self.body(EXTENSION)
        if not body["account"] and not body["team"]:
            raise bodies.Unfit("Say who gets more time: `account`, or `team`.", key="account")
        classes, actor = await self.at(offering)
        await classes.extend(actor, offering, scope_of(body), extension_of(body), body["why"])
        self.reply(self.forms.held_json(await classes.held(actor, offering, scope_of(body))))


class PublishedVersions(Staffed):
    """What it sees, and saw."""

    @web.authenticated
    @authorized
    async def get(self, offering: str) -> None:
        """The newest, which is in force, first."""
        classes, actor = await self.at(offering)
        found = await (await self.backend.services()).publisher.publications(actor, offering)
        names = await classes.names(actor, offering)
        self.reply({"versions": [self.forms.publication_json(one, names) for one in found]})

    @web.authenticated
    @authorized
    async def post(self, offering: str) -> None:
        """Go back to one of them; without `version`, publish the course as it is in the server's folder.

        It is checked before, as `codegym publish` does; what falls short is published only `anyway`.
        """
        body = self.body(PUBLISH)
        classes, actor = await self.at(offering)
        services = await self.backend.services()
        if body["version"] is not None:
            made = await services.publisher.go_back(actor, offering, body["version"], body["note"])
        else:
            folder = services.folder_of((await classes.page(actor, offering)).offering.course)
            checked = "" if body["anyway"] else await self._checked(services, actor, offering, folder)
            made = await services.publisher.publish(actor, offering, folder, body["note"], checked=checked)
        self.reply(self.forms.publication_json(made, await classes.names(actor, offering)))

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


def scope_of(body: dict[str, Any]) -> Scope:
    """Of a person, a section or a team, in a unit or an exercise; raises what becomes 422."""
    if sum(bool(body.get(name)) for name in ("account", "section", "team")) > 1:
        raise bodies.Unfit("`account`, `section` and `team` do not go together.")
    from ..grading.classroom import Scope

    return Scope(**{name: body.get(name, "") for name in _SCOPE})


def extension_of(body: dict[str, Any]) -> Extension:
    """Raises what becomes 422."""
    from ..course.times import parse_duration
    from ..grading.rulings import Extension

    if (body["by"] is None) == (body["until"] is None):
        raise bodies.Unfit("Say how much more time: `by`, or `until`.")
    try:
        return Extension(None if body["by"] is None else parse_duration(body["by"]), body["until"])
    except ValueError:
        raise bodies.Unfit("`by` must be an ISO 8601 duration: PT30M, P2D.", key="by") from None


ROUTES: list[tuple[str, type[Handler]]] = [
    (r"classes", Classes),
    (rf"classes/{OFFERING}", Class),
    (rf"classes/{OFFERING}/members", Members),
    (rf"classes/{OFFERING}/policy", Policies),
    (rf"classes/{OFFERING}/policy/history", PolicyHistory),
    (rf"classes/{OFFERING}/policy/held", HeldPolicy),
    (rf"classes/{OFFERING}/extensions", Extensions),
    (rf"classes/{OFFERING}/versions", PublishedVersions),
]
