"""Who answers, over HTTP: the models as they are now, and fetching one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado import web
from tornado.iostream import StreamClosedError

from . import bodies
from .base import Handler
from .identity import STAFF

if TYPE_CHECKING:
    from ..llm.fetching import Fetch
    from ..llm.glance import Now
    from .services import Services

LINES = "application/x-ndjson"
NAMED = {"name": bodies.Field(bodies.words(300))}


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

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """In the order in which they are asked."""
        self.reply({"answerers": await answerers_for(self, await self.backend.services())})


class Pull(Lines):
    """For staff of the whole site, which the owner of a computer is there."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Fetch one: lines of progress, the last `done` or `error`. It goes on where nobody looks on any more."""
        self.refuse_but_staff()
        name = self.body(NAMED)["name"]
        fetch = (await self.backend.services()).glance.pull(name)
        try:
            async for at in fetch.follow():
                await self.line({"type": "pulling", "doing": at.doing, "done": at.done, "total": at.total})
            await self.line(_end(fetch))
        except StreamClosedError:
            return
        self.finish(set_content_type=LINES)


class StopPull(Handler):
    """For the same."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """What came so far is kept; the next fetch goes on there."""
        self.refuse_but_staff()
        name, services = self.body(NAMED)["name"], await self.backend.services()
        await services.glance.stop(name)
        self.reply({"answerers": await answerers_for(self, services)})


def _end(fetch: Fetch) -> dict[str, Any]:
    if fetch.error:
        return {"type": "error", "code": "pull_failed", "message": fetch.error, "details": {}}
    return {"type": "done", "stopped": fetch.stopped}


ROUTES: list[tuple[str, type[Handler]]] = [(r"llms", Llms), (r"llms/pull", Pull), (r"llms/pull/stop", StopPull)]
