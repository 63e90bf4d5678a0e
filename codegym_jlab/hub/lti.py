"""LTI 1.3 at the service: launches, who comes as what, the choice of what an instructor links, our public key.

The Hub's authenticator hands a signed launch to `lti/launch`. What is needed of it travels on in a ticket that we sign,
for minutes and for one account, to `lti/open`, which the Hub has logged in by then.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlencode, urlsplit

import jwt
from jupyterhub.services.auth import HubOAuth, HubOAuthenticated
from ltiauthenticator.lti13.constants import LTI13_GENERAL_OPTIONAL_CLAIMS
from ltiauthenticator.lti13.error import ValidationError
from ltiauthenticator.lti13.validator import LTI13LaunchValidator
from tornado import web
from tornado.escape import xhtml_escape

from ..classes.gradebook import line_item
from ..classes.manager import CHANGES, Actor
from ..classes.rosters import problem_of
from ..events.relay import EventRefused, SinkUnavailable
from ..grading.errors import Refused
from ..records import NAME_PATTERN, Json, digest_of, utc_now
from ..store.audit import Act, acting
from ..store.classes import ROLES as ROLES_UP, Enrolment, Joining, Member

if TYPE_CHECKING:
    from ..course.schema import Unit
    from ..events.lti import Tool
    from ..handlers.base import Routes
    from ..handlers.identity import Person
    from ..handlers.lifecycle import Backend
    from ..wiring import Services

LTI, DL = "https://purl.imsglobal.org/spec/lti/claim/", "https://purl.imsglobal.org/spec/lti-dl/claim/"
ITEMS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
MEMBERS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
PICK = "LtiDeepLinkingRequest"
_TICKET = "codegym-launch"
#: A place in a class, below `lti/`: `CLASS/UNIT` or `CLASS/UNIT/EXERCISE`.
PLACE = re.compile(rf"([A-Za-z0-9_.%-]{{1,200}})/({NAME_PATTERN})(?:/({NAME_PATTERN}))?")
_MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
#: What somebody of a course there is in the class; an assistant is often called an instructor too, and comes first.
ROLES = {"TeachingAssistant": "grader", "Instructor": "instructor", "Learner": "student"}
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>CodeGYM</title>
<link rel="stylesheet" href="{base}themes/theme-light-extension/index.css" media="(prefers-color-scheme: light)">
<link rel="stylesheet" href="{base}themes/theme-dark-extension/index.css" media="(prefers-color-scheme: dark)">
<link rel="stylesheet" href="{base}staff/staff.css"></head>
<body data-jp-theme-light="true"><header><h1>CodeGYM</h1></header><main>{main}</main></body></html>
"""

log = logging.getLogger("codegym.lti")


class Denied(Exception):
    """A launch that is turned away, with its status and plain text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def role_of(roles: Sequence[str]) -> str | None:
    """By the roles in the course; those in the institution, or of the platform's administrators, are none here."""
    names = {one.rpartition("#")[2] for one in roles if one.startswith(_MEMBERSHIP) or "/" not in one}
    return next((role for name, role in ROLES.items() if name in names), None)


def named(claims: Json, key: str) -> str:
    """What the platform calls somebody, by a claim. Raises Denied where it does not send that."""
    custom = claims.get(f"{LTI}custom") or {}
    found = custom.get(key.removeprefix("custom_")) if key.startswith("custom_") else claims.get(key)
    if not found or not isinstance(found, str):
        raise Denied(403, f"The learning platform does not say who you are ({key}). Its administrator can share that.")
    return found


def called(claims: Json) -> str:
    """What people call somebody, as a roster writes it; empty where the platform says nothing that may stand there."""
    last, first = claims.get("family_name"), claims.get("given_name")
    name = str(f"{last}, {first}" if last and first else claims.get("name") or "").strip()
    return "" if problem_of("name", name) else name


def ticket_of(claims: Json, tool: Tool, home: str) -> Json:
    """What of a launch is needed, once it is found to be for us. `home`: where our links begin, without the scheme.

    Raises Denied.
    """
    platform = tool.platform
    deployment = claims.get(f"{LTI}deployment_id")
    if deployment not in platform.deployments:
        raise Denied(403, "This deployment of the tool is not known here. Add its id to the settings of CodeGYM.")
    target = urlsplit(str(claims[f"{LTI}target_link_uri"]))
    wants_pick = claims[f"{LTI}message_type"] == PICK
    ours, _, inside = f"{target.netloc}{target.path}".partition(home)
    place = None if wants_pick else PLACE.fullmatch(inside)
    if ours or target.scheme not in ("http", "https") or not (place or (wants_pick and inside == "")):
        raise Denied(400, "This link leads to no unit or exercise. Choose it again on the learning platform.")
    context = (claims.get(f"{LTI}context") or {}).get("id", "")
    known = json.dumps([platform.issuer, platform.client_id, deployment, context])
    told = claims.get(f"{DL}deep_linking_settings") or {}
    return {
        "aud": _TICKET,
        "account": named(claims, platform.username_key).lower(),
        "user": named(claims, "sub"),
        "role": role_of(claims.get(f"{LTI}roles") or ()),
        "context": digest_of(known) if context else "",
        "items": (claims.get(ITEMS) or {}).get("lineitems", ""),
        "members": (claims.get(MEMBERS) or {}).get("context_memberships_url", ""),
        "place": [unquote(part) for part in place.groups() if part] if place else [],
        "origin": f"{target.scheme}://{target.netloc}",
        "deployment": deployment,
        "many": told.get("accept_multiple") in (True, "true"),
        "return": told.get("deep_link_return_url", "") if wants_pick else "",
        "data": told.get("data"),
    }


class Address(web.RequestHandler):
    """Base of every address here: the managers, the login of the Hub, and who somebody is whom the Hub describes."""

    def initialize(self, backend: Backend, hub: HubOAuth, person_of: Callable[[Any], Person]) -> None:
        self.backend, self.hub_auth, self.person_of = backend, hub, person_of

    async def known(self) -> tuple[Services, Tool]:
        """What answers: the managers, and the platform's tool."""
        services = await self.backend.services()
        assert services.lti is not None, "the address is there where a platform is"
        return services, services.lti


class Launch(Address):
    """The Hub's authenticator asks: may this launch come in, as whom, and where does it go?"""

    async def post(self) -> None:
        """Nothing is believed of who asks: the launch is signed by the platform, and comes once."""
        try:
            self.finish(await self._told(self.get_body_argument("id_token"), self.get_body_argument("host")))
        except Denied as error:
            self._refuse(error.status, str(error))
        except (ValidationError, jwt.PyJWTError) as error:
            log.warning("a launch was refused: %s", error)
            self._refuse(401, "This launch is not valid, or too old. Open the link on the learning platform again.")
        except SinkUnavailable as error:
            log.warning("a launch cannot be checked: %s", error)
            self._refuse(503, "The learning platform does not answer. Try again in a moment.")

    def _refuse(self, status: int, text: str) -> None:
        self.set_status(status)
        self.finish({"error": text})

    async def _told(self, token: str, host: str) -> dict[str, str]:
        services, tool = await self.known()
        claims = await tool.launched(token)
        # the validator misses in a choice of content what the specification leaves open
        validator = LTI13LaunchValidator()
        validator.validate_id_token(dict.fromkeys(LTI13_GENERAL_OPTIONAL_CLAIMS) | claims)
        validator.validate_azp_claim(claims, [tool.platform.client_id])
        ticket = ticket_of(claims, tool, f"{host}{self.hub_auth.base_url}lti/")
        until = datetime.fromtimestamp(claims["exp"], UTC)
        nonce = str(claims["nonce"])
        if not await services.store.lti_once(digest_of(nonce), utc_now(), until):
            raise Denied(401, "This launch was used already. Open the link on the learning platform again.")
        if ticket["place"] and ticket["role"] != "instructor":
            await _refuse_unbound(services, ticket)
        query = urlencode({"launch": tool.sign(ticket)})
        return {"account": ticket["account"], "nonce": nonce, "go": f"{self.hub_auth.base_url}lti/open?{query}"}


async def _refuse_unbound(services: Services, ticket: Json) -> None:
    context = ticket["context"]  # none: the platform does not say of which course it speaks
    if not (context and await services.store.lti_bound(ticket["place"][0], context)):
        raise Denied(403, "This course is not linked with the class yet. Its teacher opens this link once, first.")


class Page(HubOAuthenticated, Address):  # type: ignore[misc]
    """Base of what a browser sees, logged in by the launch."""

    def show(self, main: str, status: int = 200, to: str = "'self'") -> None:
        """In nobody's frame. `to`: where its form goes."""
        policy = f"default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action {to}"
        self.set_header("Content-Security-Policy", policy)
        self.set_header("X-Frame-Options", "DENY")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_status(status)
        self.finish(_PAGE.format(base=self.hub_auth.base_url, main=main))

    async def launched(self) -> tuple[Services, Tool, Json] | None:
        """The ticket, for a browser's session; None where another account's is here: to the Hub. Raises Denied."""
        services, tool = await self.known()
        try:
            ticket = tool.own(self.get_argument("launch"), _TICKET)
        except jwt.PyJWTError as error:
            raise Denied(403, "This took too long. Open the link on the learning platform again.") from error
        if getattr(self, "_token_authenticated", False):
            raise Denied(403, "A token opens nothing here. Open the link on the learning platform, with a browser.")
        if self.current_user["name"] == ticket["account"]:
            return services, tool, ticket
        if self.get_argument("again", "") or self.request.method != "GET":
            raise Denied(403, "You are logged in under another name. Open the link on the learning platform again.")
        self.hub_auth.clear_cookie(self)  # of who was here before
        self.redirect(f"{self.request.uri}&again=1")
        return None

    def actor(self, offering: str = "") -> Actor:
        """Who is here, with what the Hub says that they are; the records say the rest."""
        person = self.person_of(self.current_user)
        return Actor(person.user, frozenset(person.roles(offering)))

    async def may_change(self, services: Services, offering: str) -> bool:
        """Whether who is here runs this class."""
        return await services.classes.may(self.actor(offering), offering, CHANGES)

    async def answer(self, work: Callable[[Services, Tool, Json], Awaitable[None]]) -> None:
        """Of a launch; what is refused is said on a page."""
        try:
            if told := await self.launched():
                await work(*told)
        except Denied as error:
            self.show(f"<p role='alert'>{xhtml_escape(str(error))}</p>", error.status)


class Open(Page):
    """A launch, logged in: what is linked is opened, or an instructor chooses what to link."""

    @web.authenticated
    async def get(self) -> None:
        """A page, or where to go on."""
        await self.answer(self._open)

    async def _open(self, services: Services, tool: Tool, ticket: Json) -> None:
        if not ticket["place"]:
            return await self._choose(services, ticket)
        store, (offering, unit, *exercise) = services.store, ticket["place"]
        runs = await self.may_change(services, offering)
        if runs:
            await _bind(services, tool, ticket, [ticket["place"]])
        else:
            await _refuse_unbound(services, ticket)
        if ticket["context"]:
            if ticket["role"] is not None:
                await enrol(services, ticket, offering, {ticket["account"]: (ticket["role"], "")})
            await store.lti_know(offering, ticket["context"], {ticket["account"]: ticket["user"]})
        if runs or ticket["role"] in ("grader", "instructor"):
            await _follow_roster(services, tool, ticket, offering)
            return self.redirect(self.hub_auth.base_url)
        held = await store.offering(offering)
        assert held is not None, "it is bound"
        asked = urlencode({"codegym": "/".join([held.course, unit, *exercise])})
        hub = self.hub_auth.hub_prefix  # which begins the server first, where it does not run
        self.redirect(f"{hub}spawn?{urlencode({'next': f'{hub}user-redirect/lab?{asked}'})}")

    async def _choose(self, services: Services, ticket: Json) -> None:
        kind, rows = "checkbox" if ticket["many"] else "radio", list[str]()

        def row(title: str, *place: str) -> str:
            value = xhtml_escape("/".join(place))
            choice = f"<input type='{kind}' name='choice' value='{value}'>"
            return f"<li><label>{choice} {xhtml_escape(title)}</label>"

        for offering in await services.classes.offerings(self.actor()):
            if not await self.may_change(services, offering.id) or not (units := await _units(services, offering.id)):
                continue
            rows.append(f"<fieldset><legend>{xhtml_escape(offering.title)}</legend><ul>")
            for unit in units:
                exercises = (row(one.title, offering.id, unit.id, one.id) + "</li>" for one in unit.exercises)
                rows.append(f"{row(unit.title, offering.id, unit.id)}<ul>{''.join(exercises)}</ul></li>")
            rows.append("</ul></fieldset>")
        if not rows:
            raise Denied(403, "You run no class here that has a published course.")
        launch = xhtml_escape(self.get_argument("launch"))
        form = f"<input type='hidden' name='launch' value='{launch}'>{self.xsrf_form_html()}<button>Link</button>"
        self.show(f"<h2>What do students open?</h2><form method='post' action='pick'>{''.join(rows)}{form}</form>")


class Pick(Page):
    """What an instructor chose goes back to the platform, signed."""

    @web.authenticated
    async def post(self) -> None:
        """A page that goes on by itself."""
        self.check_xsrf_cookie()
        await self.answer(self._pick)

    async def _pick(self, services: Services, tool: Tool, ticket: Json) -> None:
        places = [choice.split("/") for choice in self.get_body_arguments("choice")]
        for place in places:
            if len(place) not in (2, 3) or not await self.may_change(services, place[0]):
                raise Denied(403, "You do not run this class.")
        items = [await self._item(services, tool, ticket, place) for place in places]
        alone = {place[2] for place in places if len(place) == 3}  # the platform makes their columns, with their links
        await _bind(services, tool, ticket, places, alone)
        claims: Json = {
            f"{LTI}message_type": "LtiDeepLinkingResponse",
            f"{LTI}version": "1.3.0",
            f"{LTI}deployment_id": ticket["deployment"],
            f"{DL}content_items": items,
            "iss": tool.platform.client_id,
            "aud": [tool.platform.issuer],
            "nonce": secrets.token_hex(16),
        }
        if ticket["data"]:
            claims[f"{DL}data"] = ticket["data"]
        to, nonce = xhtml_escape(ticket["return"]), secrets.token_hex(16)
        jwt_field = f"<input type='hidden' name='JWT' value='{tool.sign(claims)}'><button>Go on</button>"
        script = f"<script nonce='{nonce}'>document.forms[0].submit()</script>"
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(ticket["return"]))
        more = f"{origin}; script-src 'nonce-{nonce}'"
        self.show(f"<form method='post' action='{to}'>{jwt_field}</form>{script}", to=more)

    async def _item(self, services: Services, tool: Tool, ticket: Json, place: list[str]) -> Json:
        """A link as the platform keeps it; to an exercise, with its column, unless that is there."""
        offering, unit, *exercise = place
        found = next((one for one in await _units(services, offering) if one.id == unit), None)
        chosen = [one for one in found.exercises if one.id in exercise] if found else []
        if found is None or len(chosen) != len(exercise):
            raise Denied(404, "This is no longer in the course.")
        url = f"{ticket['origin']}{self.hub_auth.base_url}lti/{'/'.join([quote(offering), unit, *exercise])}"
        item = {"type": "ltiResourceLink", "title": chosen[0].title if chosen else found.title, "url": url}
        columns = [line_item(offering, unit, one) for one in chosen if one.points > 0]
        try:
            there = [await tool.line_item(ticket["items"], one["resourceId"]) for one in columns if ticket["items"]]
        except (SinkUnavailable, EventRefused):
            there = []
        return item | ({"lineItem": columns[0]} if columns and not any(there) else {})


class Keys(Address):
    """Our public key, for anybody."""

    async def get(self) -> None:
        """A JSON Web Key Set."""
        self.finish((await self.known())[1].jwks)


async def _units(services: Services, offering: str) -> tuple[Unit, ...]:
    """Of what is published for the class; none where nothing is, or it is broken."""
    published = await services.store.publications(offering)
    if not published:
        return ()
    try:
        return (await services.manager.course(Enrolment(offering, "", "", version=published[0].version))).units
    except Refused:
        return ()


async def _bind(
    services: Services, tool: Tool, ticket: Json, places: Sequence[Sequence[str]], but: Collection[str] = ()
) -> None:
    """The course there belongs to these classes, and has a column for each exercise of these places, `but` some."""
    for offering, unit, *exercise in places if ticket["context"] else ():
        async with _by(services, ticket, offering):
            await services.store.lti_bind(offering, ticket["context"], ticket["items"])
        units = [one for one in await _units(services, offering) if one.id == unit]
        linked = [one for found in units for one in found.exercises if not exercise or one.id in exercise]
        try:
            for one in linked:
                if ticket["items"] and one.points > 0 and one.id not in but:
                    await tool.make_line_item(ticket["items"], line_item(offering, unit, one))
        except (SinkUnavailable, EventRefused) as error:
            log.warning("no columns on the learning platform for %s: %s", offering, error)


def _by(services: Services, ticket: Json, offering: str) -> AbstractAsyncContextManager[None]:
    """What a launch changes in a class is in its audit log, by whose launch it was; most change nothing."""
    return acting(services.store, Act(ticket["account"], "launch", offering), anyway=False)


async def enrol(
    services: Services, ticket: Json, offering: str, people: Mapping[str, tuple[str, str]], gone: Collection[str] = ()
) -> None:
    """Each has at least this role, and this name, where there is one. `gone`: those of them who are students leave."""

    def joinings(members: Sequence[Member]) -> Iterator[Joining]:
        now = {member.account: member for member in members if member.ended_at is None and member.account}
        for account, (role, name) in people.items():
            was = now.get(account)
            if was is None:
                yield Joining(account, role, name=name)
            elif ROLES_UP.index(role) > ROLES_UP.index(was.role) or name not in ("", was.name):
                yield Joining(account, max(role, was.role, key=ROLES_UP.index), was.section, name)
        yield from (Joining(account, None) for account in gone if account in now and now[account].is_student)

    async with _by(services, ticket, offering):
        await services.store.enlist(offering, lambda members: list(joinings(members)), utc_now())


async def _follow_roster(services: Services, tool: Tool, ticket: Json, offering: str) -> None:
    """Who is in the course there is in the class, also before they come; who left there leaves. Nobody is waited for
    where the platform does not answer.
    """
    if not ticket["members"]:
        return
    try:
        told = await tool.members(ticket["members"])
    except (SinkUnavailable, EventRefused) as error:
        return log.warning("no roster of the learning platform for %s: %s", offering, error)
    key, store, context = tool.platform.username_key, services.store, ticket["context"]
    known = await store.lti_known(offering, context)
    people, users = dict[str, tuple[str, str]](), dict[str, str]()
    for one in told:
        user, role = str(one["user_id"]), role_of(one.get("roles") or ())
        account = user if key == "sub" else one.get(key) or known.get(user)
        if account and role and one.get("status", "Active") == "Active":
            people[account.lower()], users[account.lower()] = (role, called(one)), user
    if people:  # an empty list is a mistake of theirs, not the end of a class
        await enrol(services, ticket, offering, people, known.values() - people.keys())
        await store.lti_know(offering, context, users)


def routes(backend: Backend, hub: HubOAuth, person_of: Callable[[Any], Person]) -> Routes:
    """Below the service's prefix."""
    given = {"backend": backend, "hub": hub, "person_of": person_of}
    here = {"launch": Launch, "jwks": Keys, "open": Open, "pick": Pick}
    return [(f"lti/{name}", handler, given) for name, handler in here.items()]
