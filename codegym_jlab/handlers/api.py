"""The addresses under `codegym/api/`: one small class each, described in `openapi.yaml`."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..course.example import put_example
from . import answering, bodies, classes, reviews, surveys, talking, teams, tickets
from .answers import catalogue_page, course_page
from .assistants import Assistants
from .base import ID, NAME, Backend, Handler, NoSuchAddress, as_bytes
from .identity import STAFF
from .stream import Broadcast, StreamHandler
from .watching import Health, Live, Metrics, Ready

if TYPE_CHECKING:
    from ..grading.outcome import Outcome

MAX_CELLS = 2000
ZIP_CHUNK = 65_536  #: bytes

CELL = {
    "source": bodies.Field(bodies.text(bodies.MAX_SOURCE)),
    "id": bodies.Field(bodies.text(200, null=True), required=False),
    "role": bodies.Field(bodies.one_of("given", "answer", null=True), required=False),
    "exercise": bodies.Field(bodies.text(200, null=True), required=False),
}
SUBMISSION = {
    "course": bodies.Field(bodies.name),
    "exercise": bodies.Field(bodies.name),
    "kind": bodies.Field(bodies.one_of("try", "submit")),
    "source": bodies.Field(bodies.text(bodies.MAX_SOURCE)),
    "cells": bodies.Field(bodies.list_of(CELL, MAX_CELLS), required=False, default=()),
    "idempotency_key": bodies.Field(bodies.key),
    "claimed_at": bodies.Field(bodies.moment, required=False),
}
DRAFT = {
    "course": bodies.Field(bodies.name),
    "unit": bodies.Field(bodies.name),
    "notebook": bodies.Field(bodies.document),
}
CANCEL = {"course": bodies.Field(bodies.name), "idempotency_key": bodies.Field(bodies.key)}
REPAIR = {"notebook": bodies.Field(bodies.document)}
NOTHING: bodies.Shape = {}


def submission_answer(outcome: Outcome) -> dict[str, Any]:
    """As its student may see it; what says so is not imported at a server's start."""
    from ..grading import shown

    return shown.submission_answer(outcome)


class Courses(Handler):
    """The catalogue."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Every course with this person's progress; broken ones as broken."""
        person, services = self.person(), await self.backend.services()
        self.reply(await catalogue_page(services, person))


class Course(Handler):
    """One course."""

    @web.authenticated
    @authorized
    async def get(self, course: str) -> None:
        """Units and exercises as they stand for this person."""
        services, enrolment = await self.admit(course)
        services.warm(enrolment)
        self.reply(await course_page(services, self.person(), enrolment))


class OpenUnit(Handler):
    """A unit's notebook in the student's folder."""

    @web.authenticated
    @authorized
    async def post(self, course: str, unit: str) -> None:
        """Write it, or bring it up to date, and say where it is."""
        self.body(NOTHING)
        services, enrolment = await self.admit(course)
        services.warm(enrolment)
        opened = await services.workspace.open_unit(enrolment, unit)
        self.tell(course=course, unit=unit, path=opened.path)
        self.reply(opened.as_json())


class Repair(Handler):
    """A notebook as it stands in the browser."""

    holds_notebook = True

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Put copied, split, merged and stripped cells right."""
        notebook = self.body(REPAIR)["notebook"]
        course, unit = bodies.origin(notebook)
        services, enrolment = await self.admit(course)
        repaired = await services.workspace.repair(enrolment, unit, notebook)
        self.reply(repaired.as_json())


class Worded:
    """The bytes that answer a submission, made ahead where it was told what will come of it."""

    def __init__(self) -> None:
        self._ahead: tuple[Outcome | None, bytes] = (None, b"")

    def prepare(self, outcome: Outcome) -> None:
        """This is about to be the outcome."""
        self._ahead = outcome, as_bytes(submission_answer(outcome))

    def of(self, outcome: Outcome) -> bytes:
        """The answer that tells of this one."""
        ahead, body = self._ahead
        return body if ahead is outcome else as_bytes(submission_answer(outcome))


class Submissions(Handler):
    """Check, and Hand in."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Keep it, judge it, answer: 200 with the judgement (or stopped meanwhile), 202 while it waits."""
        from ..submission import Cell, Kind, State  # its classes take 7 ms of a server's start

        body = self.body(SUBMISSION)
        services, enrolment = await self.admit(body.pop("course"))
        services.refuse_without_sandbox()
        body |= {"kind": Kind(body["kind"]), "cells": tuple(Cell(**cell) for cell in body["cells"])}
        worded = Worded()
        outcome = await services.manager.submit(enrolment, body.pop("exercise"), **body, words=worded.prepare)
        self.send(worded.of(outcome), 202 if outcome.submission.state is State.WAITING else 200)


class Submission(Handler):
    """One submission of one's own."""

    @web.authenticated
    @authorized
    async def get(self, submission: str) -> None:
        """How it stands."""
        person, services = self.person(), await self.backend.services()
        self.reply(submission_answer(await services.manager.outcome(person.user, submission)))


class Receipt(Handler):
    """*Save receipt*."""

    @web.authenticated
    @authorized
    async def get(self, submission: str) -> None:
        """What this server says, signed, of a submission of one's own."""
        from ..grading import shown

        person, services = self.person(), await self.backend.services()
        outcome = await services.manager.outcome(person.user, submission)
        self.finish(await services.receipts.receipt(shown.acknowledged(outcome)), set_content_type="application/json")


class ReceiptKey(Handler):
    """The key by which anyone can verify a receipt."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """As a PEM file."""
        services = await self.backend.services()
        self.finish(await services.receipts.public_key(), set_content_type="application/x-pem-file")


class StaffView(Handler):
    """One submission, whole."""

    @web.authenticated
    @authorized
    async def get(self, submission: str) -> None:
        """With the hidden checks, who sent it, and how its score came to be: for staff of its offering."""
        from ..grading import history, shown

        person, services = self.person(), await self.backend.services()
        outcome = await services.manager.outcome(person.user, submission, staff=True)
        await self.require(outcome.enrolment.offering, STAFF)
        self.reply(shown.staff_answer(outcome) | await history.past(services.store, outcome.submission))


class Cancel(Handler):
    """Stopped by the student."""

    @web.authenticated
    @authorized
    async def post(self, submission: str) -> None:
        """No attempt is used."""
        self.body(NOTHING)
        person, services = self.person(), await self.backend.services()
        self.reply(submission_answer(await services.manager.cancel(person.user, submission)))


class CancelSent(Handler):
    """The same, while the request that sent it is still waiting for its answer."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """By course and key: the sender knows no id yet."""
        body = self.body(CANCEL)
        services, enrolment = await self.admit(body["course"])
        self.reply(submission_answer(await services.manager.cancel_sent(enrolment, body["idempotency_key"])))


class Drafts(Handler):
    """What a notebook held when it was saved."""

    holds_notebook = True

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Keep it for the due time; nothing is judged."""
        body = self.body(DRAFT)
        services, enrolment = await self.admit(body["course"])
        self.reply({"kept": await services.workspace.keep_drafts(enrolment, body["unit"], body["notebook"])})


class Hints(Handler):
    """The ladder of one exercise."""

    @web.authenticated
    @authorized
    async def get(self, course: str, exercise: str) -> None:
        """What was given, and when the next one may come."""
        services, enrolment = await self.admit(course)
        self.reply((await services.tutor.hints(enrolment, exercise)).as_json())

    @web.authenticated
    @authorized
    async def post(self, course: str, exercise: str) -> None:
        """The next one."""
        self.body(NOTHING)
        services, enrolment = await self.admit(course)
        hints = await services.tutor.next_hint(enrolment, exercise)
        standing = await services.manager.standing(enrolment, exercise)
        self.tell(course=course, exercise=standing.as_json())
        self.reply(hints.as_json())


class Starter(Handler):
    """What an answer cell held at first."""

    @web.authenticated
    @authorized
    async def get(self, course: str, exercise: str) -> None:
        """For *Reset exercise*."""
        services, enrolment = await self.admit(course)
        self.reply({"source": await services.workspace.starter(enrolment, exercise)})


class Work(Handler):
    """*Download my work*."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """A zip of the student's course folders, sent as it is read."""
        person, services = self.person(), await self.backend.services()
        self.set_header("Content-Type", "application/zip")
        self.set_header("Content-Disposition", 'attachment; filename="my-codegym-work.zip"')
        with await services.workspace.pack(person.user) as archive:
            while chunk := await asyncio.to_thread(archive.read, ZIP_CHUNK):
                self.write(chunk)
                await self.flush()
        self.finish(set_content_type="application/zip")


class Personal(Handler):
    """*All that is kept of me*."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """A zip: what this account sent, and what it may see of the rest."""
        from ..grading.dossier import pack

        person, services = self.person(), await self.backend.services()
        self.set_header("Content-Type", "application/zip")
        self.set_header("Content-Disposition", 'attachment; filename="my-codegym-data.zip"')
        with await pack(services, person.user, datetime.now(UTC)) as archive:
            while chunk := await asyncio.to_thread(archive.read, ZIP_CHUNK):
                self.write(chunk)
                await self.flush()
        self.finish(set_content_type="application/zip")


class Example(Handler):
    """An example course, where there is none."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Put it into the folder of courses; for those who are staff everywhere."""
        self.body(NOTHING)
        self.refuse_but_staff()
        catalogue = (await self.backend.services()).catalogue
        folder = await asyncio.to_thread(put_example, catalogue.folder)
        await asyncio.to_thread(catalogue.refresh)
        self.reply({"folder": str(folder)})


class Description(Handler):
    """This interface in OpenAPI's words."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """The file beside this module."""
        text = files(__package__).joinpath("openapi.yaml").read_bytes()
        self.finish(text, set_content_type="application/yaml")


ROUTES: list[tuple[str, type[Handler]]] = [
    (r"courses", Courses),
    (rf"courses/{NAME}", Course),
    (rf"courses/{NAME}/units/{NAME}/open", OpenUnit),
    (rf"courses/{NAME}/exercises/{NAME}/hints", Hints),
    (rf"courses/{NAME}/exercises/{NAME}/starter", Starter),
    (r"notebooks/repair", Repair),
    (r"submissions", Submissions),
    (r"submissions/cancel", CancelSent),
    (rf"submissions/{ID}", Submission),
    (rf"submissions/{ID}/receipt", Receipt),
    (rf"submissions/{ID}/staff", StaffView),
    (rf"submissions/{ID}/cancel", Cancel),
    (r"receipts/key", ReceiptKey),
    (r"drafts", Drafts),
    (r"example", Example),
    (r"work", Work),
    (r"personal", Personal),
    (r"health", Health),
    (r"health/live", Live),
    (r"health/ready", Ready),
    (r"openapi.yaml", Description),
    *surveys.ROUTES,
    *classes.ROUTES,
    *teams.ROUTES,
    *reviews.ROUTES,
    *tickets.ROUTES,
    *talking.ROUTES,
    *answering.ROUTES,
]


def routes(backend: Backend, broadcast: Broadcast) -> list[tuple[str, type[web.RequestHandler], dict[str, Any]]]:
    """What `app.py` mounts under the server's base URL."""
    given = {"backend": backend}
    mounted: list[tuple[str, type[web.RequestHandler], dict[str, Any]]]
    mounted = [(rf"codegym/api/{path}", handler, given) for path, handler in ROUTES]
    mounted.append((r"codegym/api/stream", StreamHandler, given | {"broadcast": broadcast}))
    mounted.append((r"codegym/api(?:/(.*))?", NoSuchAddress, given))
    mounted.append((r"codegym/metrics", Metrics, given))
    mounted.append((r"codegym/mcp", Assistants, given))
    return mounted
