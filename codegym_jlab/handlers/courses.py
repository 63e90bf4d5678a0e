"""The catalogue, a course, its notebooks and hints, and what a student may download, over HTTP."""

from __future__ import annotations

import asyncio
import re
from typing import IO, TYPE_CHECKING, Any

from ..records import LOCAL, NAME_PATTERN, Json, some
from .base import Denied, Handler, NotebookHandler, get, post
from .identity import STAFF, Person, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codegym_jlab.wiring import Services

    from ..course.loader import LoadedCourse
    from ..store.classes import Enrolment, Membership
    from .schemas import requests

ZIP_CHUNK = 65_536  #: bytes
WORK = "my-codegym-work.zip"  #: the student's own files
NOTHING_DONE = {
    "exercises": 0, "done": 0, "points": 0, "max_points": 0, "next_due": None, "practice": True,
    "state": "not_started", "time_zone": None,
}  # fmt: skip


@get("courses", "Catalogue")
async def list_courses(services: Services, person: Person) -> Any:
    """Every course, with this person's progress. A broken course is listed as broken."""
    return await catalogue_page(services, person)


@get("courses/{course}", "CoursePage")
async def read_course(handler: Handler, services: Services, enrolment: Enrolment) -> Any:
    """Units and exercises as they stand for this person. A locked unit lists no exercises."""
    from ..course.notebook import lessons_of

    services.warm(enrolment)
    loaded, person = await services.manager.course(enrolment), handler.person()
    page = (await services.manager.course_standing(enrolment)).as_json()
    for unit in page["units"]:
        unit["path"] = services.workspace.path_of(enrolment.course, unit["id"])
        unit["lessons"] = [] if unit["locked"] else lessons_of(loaded, loaded.unit(unit["id"]))
    role = Role.STUDENT if enrolment.role and person.student_only else enrolment.role
    roles = sorted(person.roles(enrolment.offering) | ({role} if role else set()))
    return {
        "course": _course_facts(loaded),
        **page,
        "kernel": services.kernels.kernel_of(enrolment.course),
        "time_zone": _time_zone(services, enrolment),
        "person": {"roles": roles, "name": person.name},
    }


@post("courses/{course}/units/{unit}/open", "Opened")
async def open_unit(handler: Handler, services: Services, enrolment: Enrolment, unit: str) -> Any:
    """Write the unit's notebook and data files into the student's folder, or bring them up to date."""
    services.warm(enrolment)
    opened = await services.workspace.open_unit(services.units(enrolment), unit)
    handler.tell(course=enrolment.course, unit=unit, path=opened.path)
    return opened


@post("courses/{course}/units/{unit}/notebook", "Brought", base=NotebookHandler)
async def bring_notebook(
    handler: Handler, services: Services, enrolment: Enrolment, body: requests.BringRequest, unit: str
) -> Any:
    """What a unit's notebook should hold now. For a server that keeps the student's folder itself, in a class."""
    brought = await services.units(enrolment).notebook(unit, body.notebook)
    handler.tell(course=enrolment.course, unit=unit)
    return brought


@get("courses/{course}/units/{unit}/file", media="application/octet-stream", also=(204,))
async def read_data_file(
    handler: Handler, services: Services, enrolment: Enrolment, unit: str, path: str, have: str
) -> Any:
    """A data file of the course. 204 where `have`, the SHA-256 of the one that is there, is no version of it."""
    content = await services.units(enrolment).file(unit, path, have)
    if content is None:
        handler.set_status(204)
    return content


@post("notebooks/repair", "Repaired", base=NotebookHandler)
async def repair_notebook(handler: Handler, body: requests.RepairRequest) -> Any:
    """Put copied, split, merged and stripped cells right, without losing a character of the student's."""
    course, unit = _origin(body.notebook)
    services, enrolment = await handler.admit(course)
    return some(await services.units(enrolment).repair(unit, body.notebook), "notebook changed notices")


def _origin(notebook: Json) -> tuple[str, str]:
    """Course and unit that a notebook says it was made from. Raises Denied."""
    from ..course.notebook import mark_of

    found = [mark_of(notebook).get(key) for key in ("course", "unit")]
    if not all(isinstance(name, str) and re.fullmatch(NAME_PATTERN, name) for name in found):
        raise Denied("unfit", "This notebook does not say which course it belongs to.")
    return str(found[0]), str(found[1])


@get("courses/{course}/exercises/{exercise}/hints", "Hints")
async def read_hints(services: Services, enrolment: Enrolment, exercise: str) -> Any:
    """The hints given so far, and when the next one may come."""
    return await services.tutor.hints(enrolment, exercise)


@post("courses/{course}/exercises/{exercise}/hints", "Hints")
async def next_hint(handler: Handler, services: Services, enrolment: Enrolment, exercise: str) -> Any:
    """Give the next hint. 409 `not_yet` says in `wait_s` when to ask again; `say_back` wants own words first."""
    hints = await services.tutor.next_hint(enrolment, exercise)
    standing = await services.manager.standing(enrolment, exercise)
    handler.tell(course=enrolment.course, exercise=standing.as_json())
    return hints


@get("courses/{course}/exercises/{exercise}/starter", "Starter")
async def read_starter(services: Services, enrolment: Enrolment, exercise: str) -> Any:
    """What the answer cell held at first, for *Reset exercise*."""
    from ..course.notebook import starter_source

    _, asked = await services.units(enrolment).exercise(exercise)
    return {"source": starter_source(asked)}


@get("courses/{course}/exercises/{exercise}/picture", "Picture")
async def read_picture(services: Services, enrolment: Enrolment, exercise: str) -> Any:
    """The figure that an exercise asks for; null where it asks for none, or hidden tests look at more of it."""
    from ..grading.batch import unrecorded

    loaded, asked = await services.units(enrolment).exercise(exercise)
    nobody = unrecorded(loaded, asked.id, "")
    return {"picture": await services.grader.picture(loaded, nobody) if asked.has_picture else None}


@get("courses/{course}/exercises/{exercise}/given", "Given")
async def read_given(services: Services, enrolment: Enrolment, exercise: str) -> Any:
    """What a program that is to be mended gives for the first sample that it fails; null where no sample tells."""
    from ..grading.batch import unrecorded

    loaded, asked = await services.units(enrolment).exercise(exercise)
    nobody = unrecorded(loaded, asked.id, "")
    return {"outcome": await services.grader.given(loaded, nobody) if asked.answer == "debug" else None}


@post("example", "Example", act="example")
async def put_example(handler: Handler) -> Any:
    """Put an example course into the folder of courses. For staff of the whole site."""
    handler.refuse_but_staff()
    from codegym_jlab.course.templates import put_example

    catalogue = (await handler.backend.services()).catalogue
    folder = await asyncio.to_thread(put_example, catalogue.folder)
    await asyncio.to_thread(catalogue.refresh)
    return {"folder": str(folder)}


@get("work", media="application/zip")
async def download_work(handler: Handler, services: Services, person: Person) -> None:
    """A zip of the student's course folders."""
    classes = {mine.offering.course for mine in await services.manager.classes(person.user)}
    await send_zip(handler, WORK, await services.workspace.pack(classes.union(services.catalogue.courses)))


@get("personal", media="application/zip")
async def download_personal_data(handler: Handler, services: Services, person: Person) -> None:
    """A zip of all that is kept of this account, as it may see it."""
    await send_zip(handler, "my-codegym-data.zip", await services.packed(person.user))


async def send_zip(handler: Handler, name: str, file: IO[bytes]) -> None:
    handler.set_header("Content-Type", "application/zip")
    handler.set_header("Content-Disposition", f'attachment; filename="{name}"')
    with file:
        while chunk := await asyncio.to_thread(file.read, ZIP_CHUNK):
            handler.write(chunk)
            await handler.flush()
    handler.finish(set_content_type="application/zip")


async def catalogue_page(services: Services, person: Person) -> Json:
    """The courses that this person is in, as the catalogue orders them; its own mistakes for who may mend them."""
    classes = {mine.offering.course: mine for mine in await services.manager.classes(person.user)}
    rows = [row for mine in classes.values() if (row := await _class_row(services, person, mine)) is not None]
    courses = services.catalogue.courses.items()
    mine = [(course, loaded) for course, loaded in courses if person.roles(f"{LOCAL}{course}")]
    rows += [await _course_row(services, person, course, loaded) for course, loaded in mine if course not in classes]
    told = [str(error) for error in services.catalogue.errors] if person.everywhere & STAFF else []
    return {"courses": rows, "errors": told, **services.about}


async def _course_row(services: Services, person: Person, course: str, loaded: LoadedCourse) -> Json:
    """One course of it. What is wrong with a broken one is told to its staff alone."""
    staff = bool(person.roles(f"{LOCAL}{course}") & STAFF)
    told = [str(error) for error in loaded.errors] if staff else []
    home = services.settings.root_dir
    folder = loaded.root.relative_to(home).as_posix() if told and loaded.root.is_relative_to(home) else None
    enrolment = None if loaded.broken else await services.manager.enrol(person.user, course)
    return await _row(services, _course_facts(loaded), enrolment, told, folder)


async def _class_row(services: Services, person: Person, mine: Membership) -> Json | None:
    """The course of a class, as it was published. While nothing is, it is listed for its staff alone, and why."""
    from ..grading.errors import NotPublished

    offering = mine.offering
    try:
        loaded = await services.manager.course(mine.enrolment)
    except NotPublished as error:
        if mine.role == Role.STUDENT or person.student_only:
            return None
        facts = {"id": offering.course, "title": offering.title, "language": "en", "description": ""}
        return await _row(services, facts, None, [str(error)])
    return await _row(services, _course_facts(loaded), mine.enrolment)


async def _row(
    services: Services, facts: Json, enrolment: Enrolment | None, errors: Sequence[str] = (), folder: str | None = None
) -> Json:
    """`enrolment` None: of a broken course."""
    row = facts | {"broken": enrolment is None, "errors": errors, "folder": folder}
    if enrolment is None:
        return row | NOTHING_DONE
    standing = await services.manager.course_standing(enrolment)
    return row | standing.summary_json() | {"time_zone": _time_zone(services, enrolment)}


def _course_facts(loaded: LoadedCourse) -> Json:
    """What stands in the course file and is no secret."""
    course = loaded.course
    language, description = (course.language, course.description) if course else ("en", "")
    return {"id": loaded.id, "title": loaded.title, "language": language, "description": description}


def _time_zone(services: Services, enrolment: Enrolment) -> str | None:
    """The offering's; None on Binder, whose machine is in none of its people's time zones."""
    return None if services.about["place"] == "binder" else enrolment.time_zone
