"""The one place that knows HTTP: errors → status, who is asking, how large a body may be, and the headers.

A handler authenticates, authorizes, parses, calls, finishes; all of it but the call is here.
"""

from __future__ import annotations

import json
import logging
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.prometheus.log_functions import prometheus_log_method
from tornado import web

from ..telemetry.logs import bind_for_good, request_id
from ..telemetry.spans import Span, span_of
from . import bodies
from .identity import STAFF, Identity, Person, Role

if TYPE_CHECKING:
    from ..grading.outcome import Outcome
    from ..store.base import Enrolment
    from ..telemetry.metrics import Reading
    from .services import Services

API_VERSION = "1"
VERSION_HEADER = "CodeGYM-API"
REQUEST_HEADER = "X-Request-ID"

log = logging.getLogger("codegym.http")

#: Parts of addresses: a course, unit or exercise; what the records made.
NAME = rf"({bodies.NAME.pattern})"
ID = r"([0-9A-Za-z_-]{1,64})"

#: Domain word → status. A domain error carries its word in `code`; a word that is not here is our own fault.
STATUS: dict[str, int] = {
    "malformed": 400,
    "forbidden": 403,
    "unknown_course": 404,
    "unknown_unit": 404,
    "unknown_exercise": 404,
    "unknown_submission": 404,
    "unknown_offering": 404,
    "unknown_person": 404,
    "unknown_section": 404,
    "unknown_version": 404,
    "unknown_team": 404,
    "not_students": 409,
    "team_name_taken": 409,
    "team_answers": 409,
    "offering_taken": 409,
    "last_instructor": 409,
    "nothing_to_extend": 409,
    "already_published": 409,
    "falls_short": 409,
    "other_course": 409,
    "local_offering": 409,
    "unfit": 422,
    "needs_reason": 422,
    "nothing_to_mark": 409,
    "newer_submission": 409,
    "own_work": 403,
    "would_lower": 409,
    "course_broken": 409,
    "not_published": 409,
    "not_open": 409,
    "closed": 409,
    "attempts_used_up": 409,
    "not_yet": 409,
    "no_more_hints": 409,
    "say_back": 409,
    "hints_off": 409,
    "tutor_off": 409,
    "no_contact": 409,
    "too_many": 409,
    "unknown_ticket": 404,
    "unknown_turn": 404,
    "unknown_llm": 404,
    "nothing_to_pull": 409,
    "too_many_questions": 429,
    "needs_click": 409,
    "already_judged": 409,
    "key_taken": 409,
    "outside_folder": 409,
    "file_busy": 409,
    "cannot_write": 409,
    "not_a_notebook": 422,
    "api_version": 409,
    "too_large": 413,
    "wrong_media_type": 415,
    "wrong_kind": 422,
    "store_unavailable": 503,
    "store_too_new": 503,
    "no_sandbox": 503,
    "unavailable": 503,
    "not_ready": 503,
}

#: What to say where tornado or Jupyter refused, and the word for it.
REFUSALS: dict[int, tuple[str, str]] = {
    400: ("malformed", "This request cannot be read."),
    401: ("forbidden", "Log in first."),
    403: ("forbidden", "You may not do this. Reload the page, or log in again."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take that kind of request."),
    413: ("too_large", "This is more than the server takes at once."),
    415: ("wrong_media_type", "Send JSON, as application/json."),
    503: ("unavailable", "The server cannot answer now. Your work is kept; try again in a moment."),
}
OUR_FAULT = ("internal", "Something went wrong on the server, not with your work. Try again; your answer is kept.")


#: Of the header Authorization: what may hold a token.
_TOKEN_SCHEMES = ("token", "bearer")


class Denied(Exception):
    """A request turned away by this storey, with its word and plain text."""

    def __init__(self, code: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.details = details


def offering_of(course: str) -> str:
    """The one holding of a course on this machine."""
    return f"local:{course}"


class Backend(Protocol):
    """What the handlers are given: `app.py` provides it."""

    identity: Identity
    admins: frozenset[str]  #: accounts that look after the whole site
    max_body: int  #: bytes
    max_notebook: int  #: bytes, for bodies that hold a whole notebook

    staff_tokens: bool  #: a token may do staff's work, too
    metrics_token: str  #: whoever shows it may read the metrics; empty: staff alone

    @property
    def ready(self) -> bool:
        """True once the managers are there."""
        ...

    def start(self) -> None:
        """Begin to make the managers, where that has not begun."""
        ...

    def readings(self) -> list[Reading]:
        """Gauges of this storey."""
        ...

    async def services(self) -> Services:
        """The managers, once they are ready; raises an error with the word `unavailable`."""
        ...

    def tell(self, user: str, message: dict[str, Any]) -> None:
        """Send a message to the open tabs of this account."""
        ...

    def tell_person(self, person: str, message: dict[str, Any]) -> None:
        """The same for the person of an offering, where they were seen since the server started."""
        ...

    def tell_outcome(self, outcome: Outcome) -> None:
        """A judgement that took the place of another: to the tabs of its owner, as when it was judged."""
        ...

    def introduce(self, user: str, enrolment: Enrolment) -> None:
        """This person of an offering is that account: what happens to them goes to its tabs."""
        ...


@web.stream_request_body
class Handler(APIHandler):
    """Base of every address under codegym/api. The body is counted as it comes, after identity has been seen."""

    auth_resource = "codegym"
    holds_notebook = False
    request_id = ""  #: the client's, where that is fit for a log

    def initialize(self, backend: Backend) -> None:
        """Tornado's hook: given by the routes."""
        self.backend = backend
        self._body = bytearray()
        self._limit = backend.max_notebook if self.holds_notebook else backend.max_body
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
        bind_for_good(request=self.request_id)
        asked = f"{self.request.method} {type(self).__name__}"
        self._span = span_of(self.request.headers.get("traceparent"), asked, "server").begin()
        await super().prepare()
        if self._finished:
            return
        asked = self.request.headers.get(VERSION_HEADER, API_VERSION)
        if asked != API_VERSION:
            text = "This page is older than the server. Reload it; your work is saved."
            raise Denied("api_version", text, asked=asked[:20], served=API_VERSION)
        if self.request.method == "POST":
            self._refuse_by_headers()

    def _refuse_by_headers(self) -> None:
        media = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if media != "application/json":
            raise Denied("wrong_media_type", REFUSALS[415][1])
        length = self.request.headers.get("Content-Length", "0")
        if length.isdecimal() and int(length) > self._limit:
            raise self._too_large()

    def data_received(self, chunk: bytes) -> None:
        """A chunked body names no length: what is over the limit is dropped as it comes."""
        if len(self._body) <= self._limit:
            self._body += chunk

    def _too_large(self) -> Denied:
        return Denied("too_large", f"This is more than {self._limit // 1024} kB.", limit_kb=self._limit // 1024)

    def body(self, shape: bodies.Shape) -> dict[str, Any]:
        """The request's JSON object, read by `shape`; raises what becomes 400, 413 or 422."""
        if len(self._body) > self._limit:
            raise self._too_large()
        return bodies.fit(bodies.parse(bytes(self._body)), shape)

    def person(self, offering: str | None = None, roles: frozenset[Role] = frozenset(Role)) -> Person:
        """Who asks; raises what becomes 403 unless they hold one of `roles` in `offering`."""
        person = self.backend.identity.who(self)
        if person.user in self.backend.admins:
            person = replace(person, everywhere=person.everywhere | {Role.ADMIN})
        if not (person.owner or self.backend.staff_tokens) and self.shows_token():
            person = person.as_student()
        if offering is not None and not person.roles(offering) & roles:
            raise _not_for(person, roles)
        return person

    def shows_token(self) -> bool:
        """A token says who asks, or may: then no session of a browser does."""
        scheme = self.request.headers.get("Authorization", "").partition(" ")[0].lower()
        if scheme in _TOKEN_SCHEMES or self.get_query_argument("token", ""):
            return True
        return bool(self.identity_provider.is_token_authenticated(self))

    def refuse_token(self) -> None:
        """Raises what becomes 403 where this request may do a student's work only."""
        if self.person().student_only:
            raise _by_token()

    def refuse_but_staff(self) -> None:
        """Raises what becomes 403 unless the person is staff of the whole site."""
        if not (person := self.person()).everywhere & STAFF:
            raise _by_token() if person.student_only else Denied("forbidden", "Only staff may do this.")

    async def require(self, offering: str, roles: frozenset[Role]) -> Person:
        """Who asks; raises what becomes 403 unless identity or records give them one of `roles` there now."""
        person, services = self.person(), await self.backend.services()
        recorded = await services.manager.roles(person.user, offering)
        held = person.roles(offering) | (recorded - STAFF if person.student_only else recorded)
        if not held & roles:
            raise _not_for(person, roles)
        return person

    async def admit(self, course: str) -> tuple[Services, Enrolment]:
        """The managers, and the person in their class of this course, else in the one of this computer.

        Raises what becomes 403, 404 or 503.
        """
        person, services = self.person(), await self.backend.services()
        local = bool(person.roles(offering_of(course)))
        enrolment = await services.manager.enrol(person.user, course, local=local)
        self.backend.introduce(person.user, enrolment)
        return services, enrolment

    def tell(self, **progress: Any) -> None:
        """Let the person's other tabs know."""
        self.backend.tell(self.person().user, {"type": "progress", **progress})

    def reply(self, answer: dict[str, Any], status: int = 200) -> None:
        """Finish with JSON."""
        self.send(as_bytes(answer), status)

    def send(self, body: bytes, status: int = 200) -> None:
        """The same of what is JSON already."""
        self.set_status(status)
        self.finish(body)

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
        self.reply({"error": described(error, status_code)}, status_code)


def as_bytes(answer: dict[str, Any]) -> bytes:
    """JSON as it is sent."""
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def status_of(error: BaseException) -> int:
    """The HTTP status of any exception."""
    if isinstance(error, web.HTTPError):
        return int(error.status_code)
    if isinstance(error, bodies.Unfit):
        return 422
    return STATUS.get(getattr(error, "code", ""), 500)


def described(error: BaseException | None, status: int) -> dict[str, Any]:
    """What a person is told of an error; of our own faults nothing but that they are ours."""
    code = getattr(error, "code", None)
    if error is None or isinstance(error, web.HTTPError) or status == 500:
        code, message = REFUSALS.get(status, OUR_FAULT)
        return {"code": code, "message": message, "details": {}}
    return {"code": code, "message": str(error), "details": dict(getattr(error, "details", None) or {})}


def _not_for(person: Person, roles: frozenset[Role]) -> Denied:
    if roles == STAFF and person.student_only:
        return _by_token()
    return Denied("forbidden", f"Only {'staff' if roles == STAFF else 'people'} of this course may see this.")


def _by_token() -> Denied:
    return Denied("forbidden", "A token may do a student's work only. Log in with a browser to do this as staff.")


class NoSuchAddress(Handler):
    """Whatever else is asked for under codegym/api: JSON, not Jupyter's page."""

    _where = "(no such address)"

    @web.authenticated
    @authorized
    def get(self, _rest: str | None = None) -> None:
        """404."""
        raise web.HTTPError(404)

    post = put = patch = delete = get
