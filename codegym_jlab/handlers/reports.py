"""How a class stands, for its staff: what `classes.reports` answers, over HTTP."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from .base import Denied, get

if TYPE_CHECKING:
    from codegym_jlab.wiring import Services

    from ..classes.manager import Actor
    from ..store.base import Narrow


def narrow(exercise: str | None, section: str | None, since: str) -> Narrow:
    """What of the questions is looked at, by the query; raises what becomes 400."""
    from ..store.base import Narrow

    try:
        begins = datetime.fromisoformat(since.replace(" ", "+")) if since else None  # a bare + arrives as a space
    except ValueError:
        begins = datetime.min
    if begins is not None and begins.utcoffset() is None:
        raise Denied("malformed", "since must be a time such as 2025-10-24T14:03:00Z.")
    return Narrow(exercise, section, begins)


@get("classes/{offering}/progress", "ClassProgress")
async def read_class_progress(
    services: Services,
    offering: str,
    unit: str | None = None,
    section: str | None = None,
    sort: str = "name",
    offset: int = 0,
    limit: int = 100,
) -> Any:
    """Each student of a class by unit. For grader, instructor and admin."""
    from ..classes.reports import SORTS

    if sort not in SORTS:
        raise Denied("malformed", f"`sort` is one of {', '.join(SORTS)}.")
    return await services.survey.progress(offering, unit=unit, section=section, sort=sort, offset=offset, limit=limit)


@get("classes/{offering}/scores", "Spread")
async def read_class_scores(
    services: Services, offering: str, unit: str | None = None, exercise: str | None = None, section: str | None = None
) -> Any:
    """How the points of a class are spread, ten bins of equal width. For its staff."""
    return await services.survey.scores(offering, unit=unit, exercise=exercise, section=section)


@get("classes/{offering}/hardest", "checks: HardCheck")
async def read_hardest_checks(
    services: Services,
    offering: str,
    unit: str | None = None,
    section: str | None = None,
    limit: int = 20,
    least: int = 1,
) -> Any:
    """Checks by the share of people whose newest answer passes them, with hidden labels. For staff."""
    return await services.survey.hardest(offering, unit=unit, section=section, limit=limit, least=least)


@get("classes/{offering}/stuck", "students: StuckStudent")
async def read_stuck_students(
    services: Services, offering: str, section: str | None = None, sends: int = 5, hours: int = 72
) -> Any:
    """Who does not get on with the exercise that they worked at last. For staff."""
    after = timedelta(hours=hours)
    return await services.survey.stuck(offering, section=section, sends=sends, after=after)


@get("classes/{offering}/wrong", "WrongAnswers")
async def read_wrong_answers(services: Services, offering: str, exercise: str, language: str = "en") -> Any:
    """The wrong answers to an exercise by kind and place, each with a drafted misconception. For staff."""
    loaded = await services.classes.course(offering)
    return await services.tutor.clusters(loaded, offering, exercise, language)


@get("classes/{offering}/similar", "SimilarAnswers")
async def read_similar_answers(services: Services, actor: Actor, offering: str, exercise: str) -> Any:
    """Answers to an exercise that look alike, side by side: a hint to look, never a verdict. For staff."""
    from ..classes.similar import similar

    return await similar(services.classes, actor, offering, exercise)


@get("classes/{offering}/questions", "ClassQuestions")
async def read_class_questions(
    services: Services, offering: str, since: str, exercise: str | None = None, section: str | None = None
) -> Any:
    """What a class asks the tutor, by intent and exercise, and how the answers fared. For staff."""
    return await services.questions.questions(offering, narrow(exercise, section, since))


@get("classes/{offering}/withheld", "turns: WithheldTurn")
async def read_class_withheld(
    services: Services,
    offering: str,
    since: str,
    after: str,
    exercise: str | None = None,
    section: str | None = None,
    limit: int = 50,
) -> Any:
    """A page of what the tutor did not show, and why. For staff."""
    narrowed = narrow(exercise, section, since)
    return await services.questions.withheld(offering, after, limit, narrowed)
