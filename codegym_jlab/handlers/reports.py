"""How a class stands, for its staff: what `classes.reports` answers, over HTTP."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from .base import OFFERING, Denied, Handler, operation
from .identity import STAFF

if TYPE_CHECKING:
    from ..classes.reports import Survey
    from ..store.conversations import Narrow


class Surveying(Handler):
    """Of graders, instructors and admins of the offering that the address names."""

    async def survey(self, offering: str) -> Survey:
        """For its staff; raises what becomes 403."""
        await self.require(offering, STAFF)
        return (await self.backend.services()).survey

    def narrowed(self, *names: str) -> dict[str, Any]:
        """What the query narrows it to; None where it does not."""
        return {name: self.asked(name) if name in self.request.query_arguments else None for name in names}

    def narrow(self) -> Narrow:
        """What of the questions is looked at, by the query; raises what becomes 400."""
        from ..store.conversations import Narrow

        since = self.asked("since").replace(" ", "+")  # a bare + arrives as a space
        try:
            begins = datetime.fromisoformat(since) if since else None
        except ValueError:
            begins = datetime.min
        if begins is not None and begins.utcoffset() is None:
            raise Denied("malformed", "since must be a time such as 2025-10-24T14:03:00Z.")
        return Narrow(**self.narrowed("exercise", "section"), since=begins)


class ClassProgress(Surveying):
    """Each student by unit."""

    @operation("readClassProgress", "ClassProgress", query="unit section sort offset limit")
    async def get(self, offering: str) -> None:
        """Each student of a class by unit. For grader, instructor and admin."""
        from ..classes.reports import MAX_PAGE, SORTS

        survey = await self.survey(offering)
        sort = self.asked("sort", "name")
        if sort not in SORTS:
            raise Denied("malformed", f"`sort` is one of {', '.join(SORTS)}.")
        at: dict[str, Any] = {"offset": self.number("offset", 0, 1_000_000)}
        at["limit"] = self.number("limit", 100, MAX_PAGE)
        self.reply((await survey.progress(offering, **self.narrowed("unit", "section"), sort=sort, **at)).as_json())


class ClassScores(Surveying):
    """How points are spread."""

    @operation("readClassScores", "ClassScores", query="unit exercise section")
    async def get(self, offering: str) -> None:
        """How the points of a class are spread, ten bins of equal width. For its staff."""
        survey = await self.survey(offering)
        self.reply((await survey.scores(offering, **self.narrowed("unit", "exercise", "section"))).as_json())


class ClassHardest(Surveying):
    """Checks that few pass."""

    @operation("readHardestChecks", "HardestChecks", query="unit section limit least")
    async def get(self, offering: str) -> None:
        """Checks by the share of people whose newest answer passes them, with hidden labels. For staff."""
        survey = await self.survey(offering)
        most: dict[str, Any] = {"limit": self.number("limit", 20, 1000), "least": self.number("least", 1, 1_000_000)}
        found = await survey.hardest(offering, **self.narrowed("unit", "section"), **most)
        self.reply({"checks": [check.as_json() for check in found]})


class ClassStuck(Surveying):
    """Students who do not get on."""

    @operation("readStuckStudents", "StuckStudents", query="section sends hours")
    async def get(self, offering: str) -> None:
        """Who does not get on with the exercise that they worked at last. For staff."""
        survey = await self.survey(offering)
        after = timedelta(hours=self.number("hours", 72, 1_000_000))
        found = await survey.stuck(
            offering, **self.narrowed("section"), sends=self.number("sends", 5, 1_000_000), after=after
        )
        self.reply({"students": [one.as_json() for one in found]})


class ClassQuestions(Surveying):
    """What the class asks the tutor."""

    @operation("readClassQuestions", "ClassQuestions", query="exercise section since")
    async def get(self, offering: str) -> None:
        """What a class asks the tutor, by intent and exercise, and how the answers fared. For staff."""
        await self.require(offering, STAFF)
        services = await self.backend.services()
        self.reply((await services.questions.questions(offering, self.narrow())).as_json())


class ClassWithheld(Surveying):
    """What the tutor did not show."""

    @operation("readClassWithheld", "WithheldTurns", query="exercise section since after limit")
    async def get(self, offering: str) -> None:
        """A page of what the tutor did not show, and why. For staff."""
        await self.require(offering, STAFF)
        services, most = await self.backend.services(), self.number("limit", 50, 500)
        after = self.asked("after")
        self.reply({"turns": await services.questions.withheld(offering, after, most, self.narrow())})


ROUTES: list[tuple[str, type[Handler]]] = [
    (rf"classes/{OFFERING}/progress", ClassProgress),
    (rf"classes/{OFFERING}/scores", ClassScores),
    (rf"classes/{OFFERING}/hardest", ClassHardest),
    (rf"classes/{OFFERING}/stuck", ClassStuck),
    (rf"classes/{OFFERING}/questions", ClassQuestions),
    (rf"classes/{OFFERING}/withheld", ClassWithheld),
]
