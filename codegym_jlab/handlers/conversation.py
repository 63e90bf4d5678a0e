"""A conversation with the tutor over HTTP: what was said, one more question answered bit by bit, a new beginning."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from tornado.iostream import StreamClosedError

from codegym_jlab.records import Json, plain

from .base import Denied, Handler, as_bytes, delete, described, get, log, post, status_of
from .classes import narrow
from .identity import STAFF, Person

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from codegym_jlab.llm.status import Fetch, Now
    from codegym_jlab.tutor.question import Told
    from codegym_jlab.wiring import Services

    from ..store.classes import Enrolment
    from .schemas import requests


LINES = "application/x-ndjson"


async def _answerers(handler: Handler, services: Services) -> list[Json]:
    """The models in the order in which they are asked, as they are now; why one does not answer is not for all.

    That names servers and files, and what a server says of a failure may quote another student's question.
    """
    staff = bool(handler.person().everywhere & STAFF)
    return [_told(now, staff) for now in await services.glance.seen()]


def _told(now: Now, staff: bool) -> Json:
    pull = now.pull
    return {
        "name": now.shown,
        "state": now.state if staff or now.state != "absent" else "away",
        "share": pull and (pull.done / pull.total if pull.total else 0.0),
        "bytes": {"done": pull.done, "total": pull.total} if pull else None,
        "pace": now.pace,
        "note": (now.text or None) if staff else None,
        "pulls": staff and now.can_pull and now.state in ("absent", "pulling"),
    }


@get("llms", "answerers: Answerer")
async def read_llms(handler: Handler) -> Any:
    """The models that may answer, in the order in which they are asked, as they were seen within seconds."""
    return await _answerers(handler, await handler.backend.services())


@post("llms/pull/stop", "answerers: Answerer", act="llm")
async def stop_pull(handler: Handler, services: Services, body: requests.LlmRequest) -> Any:
    """Stop fetching a model. What came so far is kept. For staff of the whole site."""
    handler.refuse_but_staff()
    await services.glance.stop(body.name)
    return await _answerers(handler, services)


class Stoppable(Handler):
    """Of an address whose answer comes bit by bit."""

    _telling: asyncio.Task[Any] | None = None

    async def tell_lines(self, told: AsyncGenerator[Json, None]) -> bool:
        """A whole answer, line by line; False where it was stopped, or the tab is gone."""
        self._telling = asyncio.create_task(self._send(told))
        try:
            await self._telling
        except (asyncio.CancelledError, StreamClosedError):
            return False
        return True

    async def _send(self, told: AsyncGenerator[Json, None]) -> None:
        """What fails half-way is its last line. Raises StreamClosedError where nobody reads any more."""
        try:
            async with aclosing(told) as events:
                async for event in events:
                    await self._send_line(event)
        except StreamClosedError:
            raise
        except Exception as error:
            if not self._headers_written:
                raise
            if status_of(error) == 500:
                log.exception("an answer that came line by line ended half-way")
            await self._send_line({"type": "error", **described(error, status_of(error))})
        self.finish(set_content_type=LINES)

    async def _send_line(self, event: Json) -> None:
        if not self._headers_written:
            self.set_header("Content-Type", LINES)
            self.set_header("X-Accel-Buffering", "no")  # a proxy that waits for the end would show nothing till then
        self.write(as_bytes(event) + b"\n")
        await self.flush()

    def on_connection_close(self) -> None:
        """Stopped, or the tab is gone: what still goes on for it ends."""
        super().on_connection_close()
        if self._telling is not None:
            self._telling.cancel()


@post("llms/pull", "PullEvent", media=LINES, base=Stoppable, act="llm")
async def pull_llm(handler: Stoppable, body: requests.LlmRequest) -> None:
    """Fetch a model, or join who does. It goes on where nobody reads any more. For staff of the whole site."""
    handler.refuse_but_staff()
    await handler.tell_lines(_fetching((await handler.backend.services()).glance.pull(body.name)))


async def _fetching(fetch: Fetch) -> AsyncGenerator[Json, None]:
    async for at in fetch.follow():
        yield {"type": "pulling", **plain(at)}
    if fetch.error:
        yield {"type": "error", "code": "pull_failed", "message": fetch.error, "details": {}}
    else:
        yield {"type": "done", "stopped": fetch.stopped}


@get("courses/{course}/exercises/{exercise}/conversation", "Conversation", base=Stoppable)
async def read_conversation(handler: Handler, services: Services, enrolment: Enrolment, exercise: str) -> Any:
    """What was said with the tutor about an exercise, and who would answer now."""
    policy = (await services.manager.situation(enrolment, exercise)).policy
    open_ = policy.tutor != "off"
    turns = await services.tutor.conversation(enrolment, exercise) if open_ else []
    earlier = await services.tutor.conversation(enrolment, exercise, put_away=True) if open_ else []
    services.warm(enrolment)
    answerers = await _answerers(handler, services) if policy.tutor == "full" else []
    return {"turns": turns, "earlier": earlier, "answerers": answerers, "tutor": policy.tutor}


@delete("courses/{course}/exercises/{exercise}/conversation", media="")
async def begin_anew(handler: Handler, services: Services, enrolment: Enrolment, exercise: str) -> None:
    """Put the conversation away. For the guard it still counts."""
    await services.tutor.begin_anew(enrolment, exercise)
    handler.set_status(204)


@post("courses/{course}/exercises/{exercise}/conversation", "TalkEvent", media=LINES)
async def ask_tutor(
    handler: Stoppable, services: Services, enrolment: Enrolment, body: requests.QuestionRequest, exercise: str
) -> None:
    """One question. The answer comes as lines of JSON, the last of them `done` or `error`; close to stop it."""
    from codegym_jlab.tutor.questions import Shown

    told = services.tutor.ask(enrolment, exercise, body.message, Shown(**body.model_dump(exclude={"message"})))
    if not await handler.tell_lines(_as_lines(told)):
        return
    # a hint may have been given: the person's tabs are told
    standing = await services.manager.standing(enrolment, exercise)
    handler.tell(course=enrolment.course, exercise=standing.as_json())


async def _as_lines(told: AsyncGenerator[Told, None]) -> AsyncGenerator[Json, None]:
    from codegym_jlab.tutor.question import as_json

    async with aclosing(told) as events:
        async for event in events:
            yield as_json(event)


@post("courses/{course}/exercises/{exercise}/conversation/{turn}", "Turn")
async def thumb_answer(
    services: Services, enrolment: Enrolment, body: requests.ThumbRequest, exercise: str, turn: str
) -> Any:
    """Say whether an answer helped (1), did not (-1), or take that back (0)."""
    if not await services.tutor.thumb(enrolment, turn, body.thumb):
        raise Denied("unknown_turn", "There is no such answer of yours. Reload the page.")
    turns = await services.tutor.conversation(enrolment, exercise)
    return next((one for one in turns if one.id == turn), {"id": turn, "thumb": body.thumb})


@get("courses/{course}/exercises/{exercise}/tickets", "Tickets")
async def read_tickets(services: Services, enrolment: Enrolment, exercise: str) -> Any:
    """Who can be asked here, and one's own questions to a person with their answers."""
    from codegym_jlab.tutor.tickets import ticket_json

    mine = await services.tickets.mine(enrolment, exercise)
    contact = await services.tickets.contact(enrolment)
    return {"contact": contact, "tickets": [ticket_json(ticket) for ticket in mine]}


@post("courses/{course}/exercises/{exercise}/tickets", "Ticket")
async def ask_person(services: Services, enrolment: Enrolment, body: requests.TicketRequest, exercise: str) -> Any:
    """Ask a person, with what one lets be seen. 409 `no_contact` where nobody is named."""
    from codegym_jlab.tutor.tickets import ticket_json

    share, key = frozenset(body.share), body.idempotency_key or ""
    asked = await services.tickets.ask(enrolment, exercise, body.question, share=share, source=body.source, key=key)
    return ticket_json(asked)


@get("classes/{offering}/tickets", "ClassTickets")
async def read_class_tickets(
    services: Services,
    offering: str,
    open: str,
    after: str,
    since: str,
    exercise: str | None = None,
    section: str | None = None,
    limit: int = 50,
) -> Any:
    """A page of a class's questions to a person. For staff."""
    found, rest = await services.tickets.page(
        offering, open_only=open == "1", after=after, limit=limit, narrow=narrow(exercise, section, since)
    )
    return {"tickets": found, "next": rest}


@post("classes/{offering}/tickets/{ticket}", "ClassTicket", act="answer")
async def answer_ticket(
    handler: Handler, services: Services, person: Person, body: requests.AnswerRequest, offering: str, ticket: str
) -> Any:
    """Answer a question, or put another answer in its place. For staff."""
    from codegym_jlab.tutor.tickets import staff_json, ticket_json

    answered = await services.tickets.answer(offering, ticket, body.answer, person.name or person.user)
    found = await services.store.offering(offering)
    course = found.course if found else offering.removeprefix("local:")
    told = {"type": "ticket", "course": course, "ticket": ticket_json(answered)}
    handler.backend.tell_person(answered.person, told)
    return staff_json(answered, None)
