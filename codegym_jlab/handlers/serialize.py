"""What managers return, as the JSON that `answers` describes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .base import offering_of
from .identity import STAFF, Person, Role

if TYPE_CHECKING:
    from codegym_jlab.store.classes import Membership
    from codegym_jlab.wiring import Services

    from ..course.loader import LoadedCourse
    from ..store.classes import Enrolment

NOTHING_DONE = {"exercises": 0, "done": 0, "points": 0, "max_points": 0, "next_due": None, "state": "not_started"}


async def catalogue_page(services: Services, person: Person) -> dict[str, Any]:
    """The courses that this person is in, as the catalogue orders them; its own mistakes for who may mend them."""
    classes = {mine.offering.course: mine for mine in await services.manager.classes(person.user)}
    rows = [row for mine in classes.values() if (row := await class_row(services, person, mine)) is not None]
    courses = services.catalogue.courses.items()
    mine = [(course, loaded) for course, loaded in courses if person.roles(offering_of(course))]
    rows += [await course_row(services, person, course, loaded) for course, loaded in mine if course not in classes]
    told = [str(error) for error in services.catalogue.errors] if person.everywhere & STAFF else []
    return {"courses": rows, "errors": told, **services.about}


async def course_row(services: Services, person: Person, course: str, loaded: LoadedCourse) -> dict[str, Any]:
    """One course of it. What is wrong with a broken one is told to its staff alone."""
    staff = bool(person.roles(offering_of(course)) & STAFF)
    told = [str(error) for error in loaded.errors] if staff else []
    row = course_facts(loaded) | {"broken": loaded.broken, "errors": told}
    if loaded.broken:
        return row | NOTHING_DONE | {"time_zone": None}
    return row | await _progress(services, await services.manager.enrol(person.user, course))


async def class_row(services: Services, person: Person, mine: Membership) -> dict[str, Any] | None:
    """The course of a class, as it was published. While nothing is, it is listed for its staff alone, and why."""
    from ..grading.errors import NotPublished

    offering = mine.offering
    try:
        loaded = await services.manager.course(mine.enrolment)
    except NotPublished as error:
        if mine.role == Role.STUDENT or person.student_only:
            return None
        facts = {"id": offering.course, "title": offering.title, "language": "en", "description": ""}
        return facts | NOTHING_DONE | {"broken": True, "errors": [str(error)], "time_zone": None}
    return course_facts(loaded) | {"broken": False, "errors": []} | await _progress(services, mine.enrolment)


async def _progress(services: Services, enrolment: Enrolment) -> dict[str, Any]:
    standing = await services.manager.course_standing(enrolment)
    return standing.summary_json() | {"time_zone": time_zone_of(services, enrolment)}


def course_facts(loaded: LoadedCourse) -> dict[str, Any]:
    """What stands in the course file and is no secret."""
    course = loaded.course
    language, description = (course.language, course.description) if course else ("en", "")
    return {"id": loaded.id, "title": loaded.title, "language": language, "description": description}


async def course_page(services: Services, person: Person, enrolment: Enrolment) -> dict[str, Any]:
    """One course: its units and exercises as they stand for this person."""
    loaded = await services.manager.course(enrolment)
    page = (await services.manager.course_standing(enrolment)).as_json()
    for unit in page["units"]:
        unit["path"] = services.workspace.path_of(enrolment.course, unit["id"])
    role = Role.STUDENT if enrolment.role and person.student_only else enrolment.role
    roles = sorted(person.roles(enrolment.offering) | ({role} if role else set()))
    return {
        "course": course_facts(loaded),
        **page,
        "kernel": services.kernel_of(enrolment.course),
        "time_zone": time_zone_of(services, enrolment),
        "person": {"roles": roles, "name": person.name},
    }


def time_zone_of(services: Services, enrolment: Enrolment) -> str | None:
    """The offering's; None on Binder, whose machine is in none of its people's time zones."""
    return None if services.about["place"] == "binder" else enrolment.time_zone
