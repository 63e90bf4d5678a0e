"""The one place that knows HTTP: errors → status, who is asking, how large a body may be, and the headers.

A handler authenticates, authorizes, parses, calls, finishes; all of it but the call is here.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
import logging
import math
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import allow_unauthenticated, authorized
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.prometheus.log_functions import prometheus_log_method
from tornado import web

from ..records import ASKER, LOCAL, NAME_PATTERN, DomainError, Json, frozen, shown
from ..telemetry.traces import Span, bind_for_good, request_id, span_of
from .identity import STAFF, Person, Role

if TYPE_CHECKING:
    from codegym_jlab.wiring import Services

    from ..store.classes import Enrolment
    from .lifecycle import Backend
    from .schemas.requests import Body

Shape = TypeVar("Shape", bound="Body")

API_VERSION = "1"
VERSION_HEADER = "CodeGYM-API"
REQUEST_HEADER = "X-Request-ID"
MAX_ASKED = 500  #: characters of one value of a query
MAX_PAGE = 500  #: what of a list `limit` may ask for at once
MAX_NUMBER = 1_000_000
BODY_S = 120.0  #: for a whole body

log = logging.getLogger("codegym.http")

#: Parts of addresses: a course, unit or exercise; what the records made; a class, whose colon may come escaped.
NAME = rf"({NAME_PATTERN})"
OFFERING = r"([A-Za-z0-9_.:%-]{1,200})"
ID = r"([0-9A-Za-z_-]{1,64})"
PLACES = {**dict.fromkeys(("course", "unit", "exercise"), NAME), "offering": OFFERING}

#: Status → the domain words that it is for. An error carries its word in `code`; one that is not here is our fault.
_WORDS = {
    400: "malformed",
    403: "forbidden own_work",
    404: "unknown_course unknown_unit unknown_exercise unknown_submission unknown_offering unknown_person "
    "unknown_section unknown_version unknown_team unknown_ticket unknown_turn unknown_llm "
    "unknown_file unknown_draft",
    409: "not_students team_name_taken team_answers offering_taken last_instructor nothing_to_extend "
    "already_published falls_short other_course local_offering nothing_to_mark newer_submission "
    "would_lower course_broken not_published not_open closed attempts_used_up not_yet no_more_hints "
    "say_back hints_off drafts_off tutor_off no_contact too_many nothing_to_pull needs_click already_judged "
    "many_drafts key_taken outside_folder file_busy cannot_write api_version",
    413: "too_large",
    415: "wrong_media_type",
    422: "unfit needs_reason not_a_notebook",
    429: "too_many_questions too_many_requests",
    503: "no_drafts store_unavailable store_too_new no_sandbox unavailable not_ready",
}
STATUS = {word: status for status, words in _WORDS.items() for word in words.split()}

#: What to say where tornado or Jupyter refused, and the word for it.
REFUSALS = {
    400: ("malformed", "This request cannot be read."),
    401: ("forbidden", "Log in first."),
    403: ("forbidden", "You may not do this. Reload the page, or log in again."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take that kind of request."),
    413: ("too_large", "This is more than the server takes at once."),
    415: ("wrong_media_type", "Send JSON, as application/json."),
    429: ("too_many_requests", "Too many requests in a short time. Your work is kept; try again in a moment."),
    503: ("unavailable", "The server cannot answer now. Your work is kept; try again in a moment."),
}
OUR_FAULT = ("internal", "Something went wrong on the server, not with your work. Try again; your answer is kept.")


class Denied(DomainError):
    """A request turned away by this storey, with its word and plain text."""

    def __init__(self, code: str, message: str, **details: Any) -> None:
        super().__init__(message, **details)
        self.code = code


@frozen
class Operation:
    """What the description says of one method of an address, beside its docstring."""

    name: str
    path: str
    #: a model of `schemas`; `members: Member`: an object with a list of such; empty for a file, or where there is none
    answer: str
    body: str  #: a model of `schemas.requests`; empty where no body is taken
    query: tuple[str, ...] = ()
    media: str = "application/json"  #: empty where nothing is answered
    also: tuple[int, ...] = ()  #: other statuses below 300
    to_anyone: bool = False  #: with no login: probes
    act: str = ""  #: of staff, in the audit log


#: What a method may be given beside parts of its address and of the query.
KNOWN = ("handler", "body", "services", "person", "actor", "enrolment", "outcome")
#: Each address, as a pattern, and its handler; `get`, `post` and `delete` fill it.
ROUTES: dict[str, type[Handler]] = {}
#: What is mounted: a pattern, its handler, and what each of these is given.
Routes = list[tuple[str, type[web.RequestHandler], Json]]


def _route(
    method: str, address: str, answer: str = "", *, base: type[Handler] | None = None, **told: Any
) -> Callable[[Any], Any]:
    """Makes an `async def` a method of an address such as `courses/{course}`; what it returns is the answer's JSON.

    It is given what its parameters name: parts of the address, `handler`, `body` (by the model that the annotation
    names; a POST without takes none), `services`, `person`, `actor` (of the address's class, else of all), the
    `enrolment` in the course, the `outcome` of one's own submission, or, by any other name, what the query says, a
    whole number where the default is one. Who is not logged in or not allowed is refused before the body is read; below
    a class that is who is not of its staff.
    Where the answer is a list by its name (`members: Member`), it returns the list; where it is a file, its text or
    bytes. `told`: of its Operation.
    """
    names = re.findall(r"\{(\w+)\}", address)
    pattern = re.sub(r"\{(\w+)\}", lambda place: PLACES.get(place[1], ID), address)

    def register(function: Any) -> Any:
        wanted = inspect.signature(function).parameters
        known = [name for name in wanted if name in {*names, *KNOWN}]
        query = {name: one.default for name, one in wanted.items() if name not in known}
        body = function.__annotations__.get("body", "Nothing" if method == "post" else "").removeprefix("requests.")
        place, key = address.replace("offering", "class"), answer.rpartition(": ")[0]
        operation = Operation(function.__name__, place, answer, body, tuple(query), **told)

        @functools.wraps(function)
        async def run(handler: Handler, *places: str) -> None:
            given: Json = {"handler": handler, **dict(zip(names, places, strict=True))}
            await handler.refuse_strangers(given.get("offering"))
            if body:
                given["body"] = await handler.body(body)
            arguments = {name: given[name] if name in given else await handler.known(name, given) for name in known}
            arguments |= {name: handler.asked(name, otherwise) for name, otherwise in query.items()}
            async with handler.acting(operation.act, given):
                answered = await function(**arguments)
            if isinstance(answered, str | bytes):
                handler.finish(answered, set_content_type=operation.media)
            elif answered is not None:
                handler.reply({key: answered} if key else answered)

        guarded: Any = allow_unauthenticated(run) if operation.to_anyone else web.authenticated(authorized(run))
        guarded.operation = operation
        if pattern not in ROUTES:
            title = "".join(word.title() for word in re.findall(r"[a-z]+", re.sub(r"\{\w+\}", "", address)))
            ROUTES[pattern] = type(title, (base or Handler,), {})
        setattr(ROUTES[pattern], method, guarded)
        return function

    return register


get, post, delete = (functools.partial(_route, method) for method in ("get", "post", "delete"))


class PersonHandler(JupyterHandler):
    """Who asks, of a request or of the stream."""

    backend: Backend
    auth_resource = "codegym"

    def person(self) -> Person:
        """As the identity and the settings have it; what a token shows does a student's work only."""
        person = self.backend.identity.who(self)
        if person.user in self.backend.settings.admins:
            person = replace(person, everywhere=person.everywhere | {Role.ADMIN})
        if not (person.owner or self.backend.settings.staff_tokens) and self.shows_token():
            person = person.as_student()
        return person

    async def may(self, action: str, resource: str = auth_resource) -> bool:
        """Whether the server's authorizer lets them."""
        return bool(await ensure_async(self.authorizer.is_authorized(self, self.current_user, action, resource)))

    def shows_token(self) -> bool:
        """A token says who asks, or may: then no session of a browser does."""
        scheme = self.request.headers.get("Authorization", "").partition(" ")[0].lower()
        if scheme in ("token", "bearer") or self.get_query_argument("token", ""):
            return True
        return bool(self.identity_provider.is_token_authenticated(self))


@web.stream_request_body
class Handler(PersonHandler, APIHandler):
    """Base of every address under codegym/api. The body is counted as it comes, after identity has been seen."""

    holds_notebook = False
    request_id = ""  #: the client's, where that is fit for a log

    def initialize(self, backend: Backend) -> None:
        self.backend = backend
        self._body = bytearray()
        settings = backend.settings
        self._limit = 1024 * (settings.max_notebook_kb if self.holds_notebook else settings.max_body_kb)
        self._span: Span | None = None

    def set_default_headers(self) -> None:
        """On every answer, errors too."""
        super().set_default_headers()
        self.request_id = self.request_id or request_id(self.request.headers.get(REQUEST_HEADER))
        self.set_header(REQUEST_HEADER, self.request_id)
        self.set_header(VERSION_HEADER, API_VERSION)
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("X-Frame-Options", "DENY")

    async def prepare(self) -> None:  # type: ignore[override]
        """Identity, XSRF and origin (Jupyter's), then what the headers alone can refuse."""
        cast(Any, self.request.connection).set_body_timeout(BODY_S)
        bind_for_good(request=self.request_id)
        asked = f"{self.request.method} {type(self).__name__}"
        self._span = span_of(self.request.headers.get("traceparent"), asked, "server").begin()
        await super().prepare()
        if self._finished:
            return
        if self.current_user:
            ASKER.set(self.backend.identity.who(self).user)
        asked = self.request.headers.get(VERSION_HEADER, API_VERSION)
        if asked != API_VERSION:
            text = "This page is older than the server. Reload it; your work is saved."
            raise Denied("api_version", text, asked=asked[:20], served=API_VERSION)
        media = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if self.request.method == "POST" and media != "application/json":
            raise Denied("wrong_media_type", REFUSALS[415][1])

    def data_received(self, chunk: bytes) -> None:
        """What is over the limit is dropped as it comes: a proxy does not hear of a refusal while it still sends."""
        if len(self._body) <= self._limit:
            self._body += chunk

    def _too_large(self) -> Denied:
        return Denied("too_large", f"This is more than {self._limit // 1024} kB.", limit_kb=self._limit // 1024)

    async def body(self, shape: str) -> Any:
        """The request's JSON object as that model of `schemas.requests`; raises what becomes 400, 413 or 422.

        It is read in a thread: it may be large, and the event loop goes on.
        """
        from .schemas import requests

        if len(self._body) > self._limit:
            raise self._too_large()
        return await asyncio.to_thread(read, bytes(self._body), getattr(requests, shape))

    def asked(self, name: str, otherwise: Any) -> Any:
        """What the query says of this: text, or a whole number where `otherwise` is one; raises what becomes 400."""
        text = self.get_query_argument(name, None)
        if text is None:
            return "" if otherwise is inspect.Parameter.empty else otherwise
        if len(text) > MAX_ASKED:
            raise Denied("malformed", f"`{name}` is longer than {MAX_ASKED} characters.")
        if not isinstance(otherwise, int):
            return text
        most = MAX_PAGE if name == "limit" else MAX_NUMBER
        if not text.isdecimal() or int(text) > most:
            raise Denied("malformed", f"`{name}` is a whole number up to {most}.")
        return int(text)

    def refuse_but_staff(self) -> None:
        """Raises what becomes 403 unless the person is staff of the whole site."""
        if not (person := self.person()).everywhere & STAFF:
            raise _not_staff(person, "Only staff may do this.")

    async def known(self, name: str, places: dict[str, str]) -> Any:
        """What a method asks for by this name, beside the parts of its address."""
        match name:
            case "services":
                return await self.backend.services()
            case "outcome":
                person, services = self.person(), await self.backend.services()
                return await services.manager.outcome(person.user, places["submission"])
            case "enrolment":
                return (await self.admit(places["course"]))[1]
            case "actor":
                from ..classes.manager import Actor

                person = self.person()
                if "offering" in places:
                    return Actor(person.user, person.roles(places["offering"]))
                if person.student_only:
                    raise _by_token()
                return Actor(person.user, person.everywhere)
        return self.person()

    async def refuse_strangers(self, offering: str | None) -> None:
        """Raises what becomes 403 where an address is not for who asks; whose it is hears of the class from now on."""
        if offering is not None:
            await self.refuse_but_staff_of(offering)
            self.backend.introduce(self.person().user, offering)

    async def refuse_but_staff_of(self, offering: str) -> None:
        """Raises what becomes 403 unless identity or records say that the person is of its staff now."""
        person = self.person()
        if not await self.backend.is_staff(person, offering):
            raise _not_staff(person, "Only staff of this course may see this.")

    @asynccontextmanager
    async def acting(self, act: str, given: Json) -> AsyncIterator[None]:
        """What staff do within it stands in the audit log, unless nothing is to be done."""
        body = given.get("body")
        if not act or getattr(body, "dry_run", False):
            yield
            return
        from ..store.audit import FACTS, Act, acting

        told = {} if body is None else body.model_dump(mode="json", include=FACTS, exclude_defaults=True)
        told |= {name: given[name] for name in FACTS.intersection(given)}
        one = Act(self.person().user, act, given.get("offering") or getattr(body, "id", None), told)
        async with acting((await self.backend.services()).store, one):
            yield

    async def admit(self, course: str) -> tuple[Services, Enrolment]:
        """The managers, and the person in their class of this course, else in the one of this computer.

        Raises what becomes 403, 404 or 503.
        """
        person, services = self.person(), await self.backend.services()
        local = bool(person.roles(f"{LOCAL}{course}"))
        enrolment = await services.manager.enrol(person.user, course, local=local)
        teams = (team.id for team in enrolment.teams.values())
        self.backend.introduce(person.user, enrolment.person, *teams)
        return services, enrolment

    def tell(self, **progress: Any) -> None:
        """Let the person's other tabs know."""
        self.backend.broadcast.tell(self.person().user, {"type": "progress", **progress})

    def reply(self, answer: Any, status: int = 200) -> None:
        """Finish with JSON."""
        self.set_status(status)
        self.finish(as_bytes(answer))

    def on_finish(self) -> None:
        """Tornado's hook: the answer has gone."""
        super().on_finish()
        if self._span is not None:
            status = self.get_status()
            known = {"http.request.method": self.request.method or "", "url.path": self._where}
            self._span.note(**known, **{"http.response.status_code": status})
            self._span.end(failed=str(status) if status >= 500 else "")

    def _log(self) -> None:
        """Tornado's hook, in place of Jupyter's line, which names who asked."""
        if getattr(self.serverapp, "record_http_request_metrics", True):
            prometheus_log_method(self)  # type: ignore[no-untyped-call]
        status, took = self.get_status(), 1000 * self.request.request_time()
        level = logging.DEBUG if status < 400 else logging.ERROR if status == 500 else logging.INFO
        log.log(level, "%d %s %s %.1f ms", status, self.request.method, self._where, took)

    @property
    def _where(self) -> str:
        """The address, for logs and traces; never one that is none, which may hold anything.

        What stands before ours is left out: on a Hub it names the server's owner.
        """
        return f"/codegym/{self.request.path.partition('/codegym/')[2]}"

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """A refusal is no fault of ours: one quiet line. Its text is not in it: that may quote what was sent."""
        if status_of(value) == 500:
            log.error("%s %s failed", self.request.method, self._where, exc_info=(typ, value, tb))
        else:
            log.debug("refused: %s", getattr(value, "code", None) or status_of(value))

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Tornado calls this with 500 for what is no HTTPError: here domain words get their status."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        super().send_error(status_of(error) if error is not None else status_code, **kwargs)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Every error has one form: word, plain text, details."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        wait = getattr(error, "retry_after_s", None) or (2 if status_code == 503 else None)
        if status_code == 429:
            wait = wait or getattr(error, "details", {}).get("wait_s")
        if wait:
            self.set_header("Retry-After", str(math.ceil(wait)))
        if not self.request._body_future.done():  # tornado then closes unasked: a proxy must not send more this way
            self.set_header("Connection", "close")
        self.reply({"error": described(error, status_code)}, status_code)


def refuse_without_sandbox(services: Services) -> None:
    """Raises what becomes 503 where nothing can be checked, before anything is stored. The log says more."""
    if not services.level.available:
        text = "Answers cannot be checked on this server: no sandbox works here. Its owner can run codegym doctor."
        raise Denied("no_sandbox", text)


def read(body: bytes, shape: type[Shape]) -> Shape:
    """A body as `shape` has it; an empty one is an empty object. Raises Denied, which names what does not fit."""
    from pydantic import ValidationError

    try:
        return shape.model_validate_json(body.strip() or b"{}")
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
    if wrong["type"] == "json_invalid":
        raise Denied("malformed", f"The body is no JSON: {wrong['ctx']['error']}.")
    place = ".".join(map(str, wrong["loc"]))
    raise Denied("unfit", f"{place or 'The body'}: {wrong['msg']}.", key=place)


def as_bytes(answer: Any) -> bytes:
    """JSON as it is sent; the records in it say themselves how they are shown, or are plain."""
    text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"), default=shown)
    return text.encode("utf-8", "replace")


def status_of(error: BaseException) -> int:
    """The HTTP status of any exception."""
    if isinstance(error, web.HTTPError):
        return int(error.status_code)
    return STATUS.get(getattr(error, "code", ""), 500)


def described(error: BaseException | None, status: int) -> Json:
    """What a person is told of an error; of our own faults nothing but that they are ours."""
    code, details = getattr(error, "code", None), getattr(error, "details", None) or {}
    if error is None or isinstance(error, web.HTTPError) or status == 500:
        code, message = REFUSALS.get(status, OUR_FAULT)
        said = {"template": message, "args": []}
    else:
        message = str(error)
        said = getattr(error, "said", {"template": message, "args": []})
    return {"code": code, "message": message, "details": {"said": said, **details}}


def _not_staff(person: Person, said: str) -> Denied:
    return _by_token() if person.student_only else Denied("forbidden", said)


def _by_token() -> Denied:
    return Denied("forbidden", "A token gives only a student's rights. Log in with a browser to do this as staff.")


class NotebookHandler(Handler):
    """Of an address that takes a whole notebook, which may be larger."""

    holds_notebook = True


class NoSuchAddress(Handler):
    """Whatever else is asked for under codegym/api: JSON, not Jupyter's page."""

    _where = "(no such address)"

    @web.authenticated
    @authorized
    def get(self, _rest: str | None = None) -> None:
        raise web.HTTPError(404)

    post = put = patch = delete = get
