"""A conversation with the tutor over HTTP: what was said, one more question answered bit by bit, a new beginning."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tornado.iostream import StreamClosedError

from .base import ID, NAME, OFFERING, Denied, Handler, described, log, operation, status_of
from .identity import STAFF
from .reports import Surveying

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from codegym_jlab.llm.status import Fetch, Now
    from codegym_jlab.tutor.question import Told
    from codegym_jlab.wiring import Services

    from ..store.classes import Enrolment
    from .schemas import AnswerRequest, LlmRequest, QuestionRequest, ThumbRequest, TicketRequest


LINES = "application/x-ndjson"


class Lines(Handler):
    """What is answered line by line, each as it comes."""

    async def line(self, event: dict[str, Any]) -> None:
        """One event. Raises StreamClosedError where nobody reads any more."""
        if not self._headers_written:
            self.set_header("Content-Type", LINES)
            self.set_header("X-Accel-Buffering", "no")  # a proxy that waits for the end would show nothing till then
        self.write(json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n")
        await self.flush()


async def answerers_for(handler: Handler, services: Services) -> list[dict[str, Any]]:
    """The models in the order in which they are asked, as they are now; why one does not answer is not for all.

    That names servers and files, and what a server says of a failure may quote another student's question.
    """
    person = handler.person()
    staff = bool(person.everywhere & STAFF)
    return [_told(now, staff) for now in await services.glance.seen()]


def _told(now: Now, staff: bool) -> dict[str, Any]:
    pull, pace = now.pull, now.pace
    return {
        "name": now.shown,
        "state": now.state if staff or now.state != "absent" else "away",
        "share": pull.share if pull else None,
        "bytes": {"done": pull.done, "total": pull.total} if pull else None,
        "pace": {"first_s": pace.first_s, "tokens_s": pace.tokens_s} if pace else None,
        "note": (now.text or None) if staff else None,
        "pulls": staff and now.can_pull and now.state in ("absent", "pulling"),
    }


class Llms(Handler):
    """All of the settings."""

    @operation("readLlms", "Llms")
    async def get(self) -> None:
        """The models that may answer, in the order in which they are asked, as they were seen within seconds."""
        self.reply({"answerers": await answerers_for(self, await self.backend.services())})


class Pull(Lines):
    """For staff of the whole site, which the owner of a computer is there."""

    @operation("pullLlm", "PullEvent", media="application/x-ndjson")
    async def post(self, body: LlmRequest) -> None:
        """Fetch a model, or join who does. It goes on where nobody reads any more. For staff of the whole site."""
        self.refuse_but_staff()
        fetch = (await self.backend.services()).glance.pull(body.name)
        try:
            async for at in fetch.follow():
                await self.line({"type": "pulling", "doing": at.doing, "done": at.done, "total": at.total})
            await self.line(_end(fetch))
        except StreamClosedError:
            return
        self.finish(set_content_type=LINES)


class StopPull(Handler):
    """For the same."""

    @operation("stopPull", "Llms")
    async def post(self, body: LlmRequest) -> None:
        """Stop fetching a model. What came so far is kept. For staff of the whole site."""
        self.refuse_but_staff()
        services = await self.backend.services()
        await services.glance.stop(body.name)
        self.reply({"answerers": await answerers_for(self, services)})


def _end(fetch: Fetch) -> dict[str, Any]:
    if fetch.error:
        return {"type": "error", "code": "pull_failed", "message": fetch.error, "details": {}}
    return {"type": "done", "stopped": fetch.stopped}


class Conversation(Lines):
    """About one exercise."""

    _telling: asyncio.Task[None] | None = None

    @operation("readConversation", "Conversation")
    async def get(self, course: str, exercise: str) -> None:
        """What was said with the tutor about an exercise, and who would answer now."""
        services, enrolment = await self.admit(course)
        policy = (await services.manager.situation(enrolment, exercise)).policy
        turns = [] if policy.tutor == "off" else await services.tutor.conversation(enrolment, exercise)
        services.warm(enrolment, exercise if policy.tutor != "off" else None)
        answerers = await answerers_for(self, services) if policy.tutor == "full" else []
        self.reply({"turns": [asdict(turn) for turn in turns], "answerers": answerers, "tutor": policy.tutor})

    @operation("beginAnew", media="", also=(204,))
    async def delete(self, course: str, exercise: str) -> None:
        """Put the conversation away. For the guard it still counts."""
        services, enrolment = await self.admit(course)
        await services.tutor.begin_anew(enrolment, exercise)
        self.set_status(204)
        self.finish()

    @operation("askTutor", "TalkEvent", media="application/x-ndjson", also=(429,))
    async def post(self, body: QuestionRequest, course: str, exercise: str) -> None:
        """One question. The answer comes as lines of JSON, the last of them `done` or `error`; close to stop it."""
        from codegym_jlab.tutor.service import Shown

        services, enrolment = await self.admit(course)
        told = services.tutor.ask(enrolment, exercise, body.message, Shown(**body.model_dump(exclude={"message"})))
        self._telling = asyncio.create_task(self._tell(told))
        try:
            await self._telling
        except (asyncio.CancelledError, StreamClosedError):
            return  # stopped, or the tab is gone
        await self._progress(services, enrolment, course, exercise)

    async def _tell(self, told: AsyncGenerator[Told, None]) -> None:
        from codegym_jlab.tutor.question import as_json

        try:
            async with aclosing(told) as events:
                async for event in events:
                    await self.line(as_json(event))
        except StreamClosedError:
            raise
        except Exception as error:
            if not self._headers_written:
                raise
            if status_of(error) == 500:
                log.exception("an answer of the tutor's ended half-way")
            await self.line({"type": "error", **described(error, status_of(error))})
        self.finish(set_content_type=LINES)

    async def _progress(self, services: Services, enrolment: Enrolment, course: str, exercise: str) -> None:
        """A hint may have been given: the person's tabs are told."""
        standing = await services.manager.standing(enrolment, exercise)
        self.tell(course=course, exercise=standing.as_json())

    def on_connection_close(self) -> None:
        """Stopped, or the tab is gone: what still goes on for it ends."""
        super().on_connection_close()
        if self._telling is not None:
            self._telling.cancel()


class Thumb(Handler):
    """Did it help?"""

    @operation("thumbAnswer", "Turn")
    async def post(self, body: ThumbRequest, course: str, exercise: str, turn: str) -> None:
        """Say whether an answer helped (1), did not (-1), or take that back (0)."""
        services, enrolment = await self.admit(course)
        if not await services.tutor.thumb(enrolment, turn, body.thumb):
            raise Denied("unknown_turn", "There is no such answer of yours. Reload the page.")
        turns = await services.tutor.conversation(enrolment, exercise)
        self.reply(next(({**asdict(one)} for one in turns if one.id == turn), {"id": turn, "thumb": body.thumb}))


class Tickets(Handler):
    """One's own about one exercise."""

    @operation("readTickets", "Tickets")
    async def get(self, course: str, exercise: str) -> None:
        """Who can be asked here, and one's own questions to a person with their answers."""
        from codegym_jlab.tutor.tickets import ticket_json

        services, enrolment = await self.admit(course)
        mine = await services.tickets.mine(enrolment, exercise)
        contact = await services.tickets.contact(enrolment)
        self.reply({"contact": contact, "tickets": [ticket_json(ticket) for ticket in mine]})

    @operation("askPerson", "Ticket")
    async def post(self, body: TicketRequest, course: str, exercise: str) -> None:
        """Ask a person, with what one lets be seen. 409 `no_contact` where nobody is named."""
        from codegym_jlab.tutor.tickets import ticket_json

        services, enrolment = await self.admit(course)
        shown: dict[str, Any] = {
            "share": frozenset(body.share),
            "source": body.source,
            "key": body.idempotency_key or "",
        }
        self.reply(ticket_json(await services.tickets.ask(enrolment, exercise, body.question, **shown)))


class ClassTickets(Surveying):
    """All of a class."""

    @operation("readClassTickets", "ClassTickets", query="open after exercise section since limit")
    async def get(self, offering: str) -> None:
        """A page of a class's questions to a person. For staff."""
        await self.require(offering, STAFF)
        services = await self.backend.services()
        waiting, most = self.asked("open") == "1", self.number("limit", 50, 500)
        after, narrow = self.asked("after"), self.narrow()
        found, rest = await services.tickets.page(offering, open_only=waiting, after=after, limit=most, narrow=narrow)
        self.reply({"tickets": found, "next": rest})


class ClassTicket(Handler):
    """One of them."""

    @operation("answerTicket", "ClassTicket")
    async def post(self, body: AnswerRequest, offering: str, ticket: str) -> None:
        """Answer a question, or put another answer in its place. For staff."""
        from codegym_jlab.tutor.tickets import staff_json, ticket_json

        person = await self.require(offering, STAFF)
        services = await self.backend.services()
        answered = await services.tickets.answer(offering, ticket, body.answer, person.name or person.user)
        course = offering.removeprefix("local:")
        found = await services.store.offering(offering)
        told = {"type": "ticket", "course": found.course if found else course, "ticket": ticket_json(answered)}
        self.backend.tell_person(answered.person, told)
        self.reply(staff_json(answered, None))


ROUTES: list[tuple[str, type[Handler]]] = [
    (r"llms", Llms),
    (r"llms/pull", Pull),
    (r"llms/pull/stop", StopPull),
    (rf"courses/{NAME}/exercises/{NAME}/conversation", Conversation),
    (rf"courses/{NAME}/exercises/{NAME}/conversation/{ID}", Thumb),
    (rf"courses/{NAME}/exercises/{NAME}/tickets", Tickets),
    (rf"classes/{OFFERING}/tickets", ClassTickets),
    (rf"classes/{OFFERING}/tickets/{ID}", ClassTicket),
]
