"""A conversation with the tutor over HTTP: what was said, one more question answered bit by bit, a new beginning."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import asdict
from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from tornado import web
from tornado.iostream import StreamClosedError

from . import bodies
from .answering import LINES, Lines, answerers_for
from .base import ID, NAME, Denied, Handler, described, log, status_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from ..store.base import Enrolment
    from ..tutor.talk import Told
    from .services import Services

MAX_MESSAGE = 4_000  #: characters
MAX_QUOTED = 20_000

QUESTION = {
    "message": bodies.Field(bodies.words(MAX_MESSAGE)),
    "source": bodies.Field(bodies.text(bodies.MAX_SOURCE), required=False, default=""),
    "last_error": bodies.Field(bodies.text(MAX_QUOTED, null=True), required=False),
    "output": bodies.Field(bodies.text(MAX_QUOTED, null=True), required=False),
    "wants": bodies.Field(bodies.one_of("hint", "explain_error", "review", null=True), required=False),
}
THUMB = {"thumb": bodies.Field(bodies.whole(-1, 1))}


class Conversation(Lines):
    """About one exercise."""

    _telling: asyncio.Task[None] | None = None

    @web.authenticated
    @authorized
    async def get(self, course: str, exercise: str) -> None:
        """What was said, and who would answer."""
        services, enrolment = await self.admit(course)
        policy = (await services.manager.situation(enrolment, exercise)).policy
        turns = [] if policy.tutor == "off" else await services.tutor.conversation(enrolment, exercise)
        services.warm(enrolment, exercise if policy.tutor != "off" else None)
        answerers = await answerers_for(self, services) if policy.tutor == "full" else []
        self.reply({"turns": [asdict(turn) for turn in turns], "answerers": answerers, "tutor": policy.tutor})

    @web.authenticated
    @authorized
    async def delete(self, course: str, exercise: str) -> None:
        """Begin anew."""
        services, enrolment = await self.admit(course)
        await services.tutor.begin_anew(enrolment, exercise)
        self.set_status(204)
        self.finish()

    @web.authenticated
    @authorized
    async def post(self, course: str, exercise: str) -> None:
        """One question: events as lines of JSON, the last of them `done` or `error`."""
        from ..tutor.asking import Shown

        asked = self.body(QUESTION)
        message = asked.pop("message")
        services, enrolment = await self.admit(course)
        told = services.tutor.ask(enrolment, exercise, message, Shown(**asked))
        self._telling = asyncio.create_task(self._tell(told))
        try:
            await self._telling
        except (asyncio.CancelledError, StreamClosedError):
            return  # stopped, or the tab is gone
        await self._progress(services, enrolment, course, exercise)

    async def _tell(self, told: AsyncGenerator[Told, None]) -> None:
        from ..tutor.talk import as_json

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

    @web.authenticated
    @authorized
    async def post(self, course: str, exercise: str, turn: str) -> None:
        """1: yes; −1: no; 0: taken back."""
        thumb = self.body(THUMB)["thumb"]
        services, enrolment = await self.admit(course)
        if not await services.tutor.thumb(enrolment, turn, thumb):
            raise Denied("unknown_turn", "There is no such answer of yours. Reload the page.")
        turns = await services.tutor.conversation(enrolment, exercise)
        self.reply(next(({**asdict(one)} for one in turns if one.id == turn), {"id": turn, "thumb": thumb}))


ROUTES: list[tuple[str, type[Handler]]] = [
    (rf"courses/{NAME}/exercises/{NAME}/conversation", Conversation),
    (rf"courses/{NAME}/exercises/{NAME}/conversation/{ID}", Thumb),
]
