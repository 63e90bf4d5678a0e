"""How a class stands, for its staff: what `classes.reports` answers, over HTTP."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from codegym_jlab.records import Json

from .base import Denied, Handler, get

if TYPE_CHECKING:
    from codegym_jlab.wiring import Services

    from ..classes.manager import Actor
    from ..store.base import Narrow


def narrowed(handler: Handler, *names: str) -> Json:
    """What the query narrows it to; None where it does not."""
    return {name: handler.asked(name) if name in handler.request.query_arguments else None for name in names}


def narrow(handler: Handler) -> Narrow:
    """What of the questions is looked at, by the query; raises what becomes 400."""
    from ..store.base import Narrow

    since = handler.asked("since").replace(" ", "+")  # a bare + arrives as a space
    try:
        begins = datetime.fromisoformat(since) if since else None
    except ValueError:
        begins = datetime.min
    if begins is not None and begins.utcoffset() is None:
        raise Denied("malformed", "since must be a time such as 2025-10-24T14:03:00Z.")
    return Narrow(**narrowed(handler, "exercise", "section"), since=begins)


@get("classes/{offering}/progress", "ClassProgress", query="unit section sort offset limit")
async def read_class_progress(handler: Handler, services: Services, offering: str) -> Any:
    """Each student of a class by unit. For grader, instructor and admin."""
    from ..classes.reports import MAX_PAGE, SORTS

    sort = handler.asked("sort", "name")
    if sort not in SORTS:
        raise Denied("malformed", f"`sort` is one of {', '.join(SORTS)}.")
    return await services.survey.progress(
        offering,
        **narrowed(handler, "unit", "section"),
        sort=sort,
        offset=handler.number("offset", 0, 1_000_000),
        limit=handler.number("limit", 100, MAX_PAGE),
    )


@get("classes/{offering}/scores", "Spread", query="unit exercise section")
async def read_class_scores(handler: Handler, services: Services, offering: str) -> Any:
    """How the points of a class are spread, ten bins of equal width. For its staff."""
    return await services.survey.scores(offering, **narrowed(handler, "unit", "exercise", "section"))


@get("classes/{offering}/hardest", "checks: HardCheck", query="unit section limit least")
async def read_hardest_checks(handler: Handler, services: Services, offering: str) -> Any:
    """Checks by the share of people whose newest answer passes them, with hidden labels. For staff."""
    limit, least = handler.number("limit", 20, 1000), handler.number("least", 1, 1_000_000)
    place = narrowed(handler, "unit", "section")
    return {"checks": await services.survey.hardest(offering, **place, limit=limit, least=least)}


@get("classes/{offering}/stuck", "students: StuckStudent", query="section sends hours")
async def read_stuck_students(handler: Handler, services: Services, offering: str) -> Any:
    """Who does not get on with the exercise that they worked at last. For staff."""
    after = timedelta(hours=handler.number("hours", 72, 1_000_000))
    sends = handler.number("sends", 5, 1_000_000)
    return {"students": await services.survey.stuck(offering, **narrowed(handler, "section"), sends=sends, after=after)}


@get("classes/{offering}/wrong", "WrongAnswers", query="exercise language")
async def read_wrong_answers(handler: Handler, services: Services, offering: str) -> Any:
    """The wrong answers to an exercise by kind and place, each with a drafted misconception. For staff."""
    exercise, language = handler.asked("exercise"), handler.asked("language", "en")
    loaded = await services.survey.course(offering)
    return await services.tutor.clusters(loaded, offering, exercise, language)


@get("classes/{offering}/similar", "SimilarAnswers", query="exercise")
async def read_similar_answers(handler: Handler, services: Services, actor: Actor, offering: str) -> Any:
    """Answers to an exercise that look alike, side by side: a hint to look, never a verdict. For staff."""
    from ..classes.similar import similar

    names = await services.classes.names(actor, offering)
    return await similar(services.store, services.survey.places, names, offering, handler.asked("exercise"))


@get("classes/{offering}/questions", "ClassQuestions", query="exercise section since")
async def read_class_questions(handler: Handler, services: Services, offering: str) -> Any:
    """What a class asks the tutor, by intent and exercise, and how the answers fared. For staff."""
    return await services.questions.questions(offering, narrow(handler))


@get("classes/{offering}/withheld", "turns: WithheldTurn", query="exercise section since after limit")
async def read_class_withheld(handler: Handler, services: Services, offering: str) -> Any:
    """A page of what the tutor did not show, and why. For staff."""
    most = handler.number("limit", 50, 500)
    return {"turns": await services.questions.withheld(offering, handler.asked("after"), most, narrow(handler))}
