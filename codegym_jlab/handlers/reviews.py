"""What a person marks, over HTTP: what `grading.reviewing` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from tornado import web

from . import bodies
from .base import ID, Handler
from .classes import Staffed
from .surveys import OFFERING, Surveying

if TYPE_CHECKING:
    from ..grading.reviewing import Reviewing

MOST_POINTS = 1_000_000
GIVEN = {"id": bodies.Field(bodies.text(200)), "points": bodies.Field(bodies.number(0, MOST_POINTS))}
MARKS = {
    "points": bodies.Field(bodies.number(0, MOST_POINTS, null=True), required=False),
    "items": bodies.Field(bodies.list_of(GIVEN, 100), required=False, default=()),
    "comment": bodies.Field(bodies.text(10_000), required=False, default=""),
    "why": bodies.Field(bodies.text(1000), required=False, default=""),
    "allow_lower": bodies.Field(bodies.flag, required=False, default=False),
}


class Reviewed(Staffed):
    """What both of them need."""

    async def reviewing(self) -> Reviewing:
        """The manager."""
        return (await self.backend.services()).reviewing


class ClassReviews(Reviewed, Surveying):
    """All that awaits a person's marks."""

    @web.authenticated
    @authorized
    async def get(self, offering: str) -> None:
        """The oldest first, each with its text; `count`: how many there are."""
        _, actor = await self.at(offering)
        wanted = {name: self.get_query_argument(name, "") for name in ("unit", "exercise", "section")}
        limit = self.number("limit", 100, 500)
        found, count = await (await self.reviewing()).waiting(actor, offering, limit=limit, **wanted)
        self.reply({"reviews": [one.as_json() for one in found], "count": count})


class ClassReview(Reviewed):
    """One of them."""

    @web.authenticated
    @authorized
    async def get(self, offering: str, submission: str) -> None:
        """Whether it is marked already or not."""
        _, actor = await self.at(offering)
        self.reply((await (await self.reviewing()).review(actor, offering, submission)).as_json())

    @web.authenticated
    @authorized
    async def post(self, offering: str, submission: str) -> None:
        """Mark it; the student's open tabs are told."""
        from ..grading.marks import Marks

        body = self.body(MARKS)
        _, actor = await self.at(offering)
        items = {one["id"]: one["points"] for one in body.pop("items")}
        marked = await (await self.reviewing()).mark(actor, offering, submission, Marks(items=items, **body))
        manager = (await self.backend.services()).manager
        self.backend.tell_outcome(await manager.outcome(actor.account, submission, staff=True))
        self.reply(marked.as_json())


ROUTES: list[tuple[str, type[Handler]]] = [
    (rf"classes/{OFFERING}/reviews", ClassReviews),
    (rf"classes/{OFFERING}/reviews/{ID}", ClassReview),
]
