"""How a class stands, for its staff: what `grading.survey` answers, over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from . import bodies
from .base import Denied, Handler
from .identity import STAFF

if TYPE_CHECKING:
    from ..grading.survey import Survey
    from ..store.conversations import Narrow


class Surveying(Handler):
    """Of graders, instructors and admins of the offering that the address names."""

    async def survey(self, offering: str) -> Survey:
        """For its staff; raises what becomes 403."""
        await self.require(offering, STAFF)
        return (await self.backend.services()).survey

    def asked(self, *names: str) -> dict[str, Any]:
        """What the query narrows it to; None where it does not."""
        return {name: self.get_query_argument(name, None) for name in names}

    def number(self, name: str, otherwise: int, most: int) -> int:
        """A whole number of the query; raises what becomes 400."""
        text = self.get_query_argument(name, str(otherwise))
        if not text.isdecimal() or len(text) > 9 or int(text) > most:
            raise Denied("malformed", f"`{name}` is a whole number up to {most}.")
        return int(text)

    def narrow(self) -> Narrow:
        """What of the questions is looked at, by the query; raises what becomes 400."""
        from ..store.conversations import Narrow

        since = self.get_query_argument("since", "")
        try:
            begins = bodies.moment(since.replace(" ", "+"), "since") if since else None  # a bare + arrives as a space
        except bodies.Unfit as error:
            raise Denied("malformed", str(error)) from None
        return Narrow(**self.asked("exercise", "section"), since=begins)


class ClassProgress(Surveying):
    """Each student by unit."""

    @web.authenticated
    @authorized
    async def get(self, offering: str) -> None:
        """A page of them."""
        from ..grading.survey import MAX_PAGE, SORTS

        survey = await self.survey(offering)
        sort = self.get_query_argument("sort", "name")
        if sort not in SORTS:
            raise Denied("malformed", f"`sort` is one of {', '.join(SORTS)}.")
        at: dict[str, Any] = {"offset": self.number("offset", 0, 1_000_000)}
        at["limit"] = self.number("limit", 100, MAX_PAGE)
        self.reply((await survey.progress(offering, **self.asked("unit", "section"), sort=sort, **at)).as_json())


class ClassScores(Surveying):
    """How points are spread."""

    @web.authenticated
    @authorized
    async def get(self, offering: str) -> None:
        """Of an exercise, a unit, or all."""
        survey = await self.survey(offering)
        self.reply((await survey.scores(offering, **self.asked("unit", "exercise", "section"))).as_json())


class ClassHardest(Surveying):
    """Checks that few pass."""

    @web.authenticated
    @authorized
    async def get(self, offering: str) -> None:
        """The hardest first."""
        survey = await self.survey(offering)
        most: dict[str, Any] = {"limit": self.number("limit", 20, 1000), "least": self.number("least", 1, 1_000_000)}
        found = await survey.hardest(offering, **self.asked("unit", "section"), **most)
        self.reply({"checks": [check.as_json() for check in found]})


class ClassStuck(Surveying):
    """Students who do not get on."""

    @web.authenticated
    @authorized
    async def get(self, offering: str) -> None:
        """Whoever sent most first."""
        survey = await self.survey(offering)
        after = timedelta(hours=self.number("hours", 72, 1_000_000))
        found = await survey.stuck(
            offering, **self.asked("section"), sends=self.number("sends", 5, 1_000_000), after=after
        )
        self.reply({"students": [one.as_json() for one in found]})


class ClassQuestions(Surveying):
    """What the class asks the tutor."""

    @web.authenticated
    @authorized
    async def get(self, offering: str) -> None:
        """By intent and exercise, and by which the questions can be narrowed."""
        await self.require(offering, STAFF)
        services = await self.backend.services()
        self.reply((await services.questions.questions(offering, self.narrow())).as_json())


class ClassWithheld(Surveying):
    """What the tutor did not show."""

    @web.authenticated
    @authorized
    async def get(self, offering: str) -> None:
        """A page of it, and why."""
        await self.require(offering, STAFF)
        services, most = await self.backend.services(), self.number("limit", 50, 500)
        after = self.get_query_argument("after", "")
        self.reply({"turns": await services.questions.withheld(offering, after, most, self.narrow())})


#: A colon may come escaped.
OFFERING = r"([A-Za-z0-9_.:%-]{1,200})"
ROUTES: list[tuple[str, type[Handler]]] = [
    (rf"classes/{OFFERING}/progress", ClassProgress),
    (rf"classes/{OFFERING}/scores", ClassScores),
    (rf"classes/{OFFERING}/hardest", ClassHardest),
    (rf"classes/{OFFERING}/stuck", ClassStuck),
    (rf"classes/{OFFERING}/questions", ClassQuestions),
    (rf"classes/{OFFERING}/withheld", ClassWithheld),
]
