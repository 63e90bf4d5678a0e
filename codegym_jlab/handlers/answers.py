"""What managers return, as the JSON that `openapi.yaml` describes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..submission import JUDGEMENT_MIME
from .base import offering_of
from .identity import STAFF, Person

if TYPE_CHECKING:
    from ..course.loader import LoadedCourse
    from ..grading.manager import Outcome
    from ..store.base import Enrolment
    from .services import Services

NOTHING_DONE = {"exercises": 0, "done": 0, "points": 0, "max_points": 0, "next_due": None, "state": "not_started"}


async def course_row(services: Services, person: Person, course: str, loaded: LoadedCourse) -> dict[str, Any]:
    """One course of the catalogue page. What is wrong with a broken one is told to its staff alone."""
    staff = bool(person.roles(offering_of(course)) & STAFF)
    told = [str(error) for error in loaded.errors] if staff else []
    row = course_facts(loaded) | {"broken": loaded.broken, "errors": told}
    if loaded.broken:
        return row | NOTHING_DONE
    enrolment = await services.manager.enrol(person.user, course)
    standing = await services.manager.course_standing(enrolment)
    return row | standing.summary_json()


def course_facts(loaded: LoadedCourse) -> dict[str, Any]:
    """What stands in the course file and is no secret."""
    course = loaded.course
    language, description = (course.language, course.description) if course else ("en", "")
    return {"id": loaded.id, "title": loaded.title, "language": language, "description": description}


async def course_page(services: Services, person: Person, enrolment: Enrolment) -> dict[str, Any]:
    """One course: its units and exercises as they stand for this person."""
    loaded = services.catalogue.courses[enrolment.course]
    page = (await services.manager.course_standing(enrolment)).as_json()
    for unit in page["units"]:
        unit["path"] = services.workspace.path_of(enrolment.course, unit["id"])
    roles = sorted(person.roles(enrolment.offering))
    return {"course": course_facts(loaded), **page, "person": {"roles": roles, "name": person.name}}


def submission_answer(outcome: Outcome) -> dict[str, Any]:
    """A submission as its student may see it, with the output that a notebook keeps."""
    view = judgement_view(outcome)
    return {
        "submission": submission_facts(outcome),
        "judgement": view,
        "bundle": None if view is None else bundle(view),
        "exercise": outcome.standing.as_json(),
    }


def submission_facts(outcome: Outcome) -> dict[str, Any]:
    """What is known of a submission before it is judged."""
    sent = outcome.submission
    facts = {"id": sent.id, "state": sent.state.value, "kind": sent.kind.value}
    return facts | {"received_at": sent.received_at.isoformat()}


def judgement_message(outcome: Outcome) -> dict[str, Any]:
    """The same for the person's tabs; `tab` tells the one that sent."""
    return {"type": "judgement", **submission_answer(outcome), "tab": outcome.submission.idempotency_key}


def staff_answer(outcome: Outcome) -> dict[str, Any]:
    """A submission with its hidden checks, for staff."""
    raise NotImplementedError


def judgement_view(outcome: Outcome) -> dict[str, Any] | None:
    """The student's view of the judgement; None while there is none."""
    raise NotImplementedError


def bundle(view: dict[str, Any]) -> dict[str, Any]:
    """The MIME bundle of the result under the cell."""
    from ..grading import feedback

    return {JUDGEMENT_MIME: view, "text/plain": feedback.text_plain(view), "text/html": feedback.text_html(view)}
