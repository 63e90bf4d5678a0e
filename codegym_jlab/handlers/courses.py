"""The catalogue, a course, its notebooks and hints, and what a student may download, over HTTP."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

from .base import NAME, Handler, operation
from .serialize import catalogue_page, course_page

if TYPE_CHECKING:
    from .schemas import Nothing, RepairRequest

ZIP_CHUNK = 65_536  #: bytes


class Courses(Handler):
    """The catalogue."""

    @operation("listCourses", "Catalogue")
    async def get(self) -> None:
        """Every course, with this person's progress. A broken course is listed as broken."""
        person, services = self.person(), await self.backend.services()
        self.reply(await catalogue_page(services, person))


class Course(Handler):
    """One course."""

    @operation("readCourse", "CoursePage")
    async def get(self, course: str) -> None:
        """Units and exercises as they stand for this person. A locked unit lists no exercises."""
        services, enrolment = await self.admit(course)
        services.warm(enrolment)
        self.reply(await course_page(services, self.person(), enrolment))


class OpenUnit(Handler):
    """A unit's notebook in the student's folder."""

    @operation("openUnit", "Opened")
    async def post(self, body: Nothing, course: str, unit: str) -> None:
        """Write the unit's notebook and data files into the student's folder, or bring them up to date."""
        services, enrolment = await self.admit(course)
        services.warm(enrolment)
        opened = await services.workspace.open_unit(enrolment, unit)
        self.tell(course=course, unit=unit, path=opened.path)
        self.reply(opened.as_json())


class Repair(Handler):
    """A notebook as it stands in the browser."""

    holds_notebook = True

    @operation("repairNotebook", "Repaired")
    async def post(self, body: RepairRequest) -> None:
        """Put copied, split, merged and stripped cells right, without losing a character of the student's."""
        from .schemas import origin

        course, unit = origin(body.notebook)
        services, enrolment = await self.admit(course)
        repaired = await services.workspace.repair(enrolment, unit, body.notebook)
        self.reply(repaired.as_json())


class Hints(Handler):
    """The ladder of one exercise."""

    @operation("readHints", "Hints")
    async def get(self, course: str, exercise: str) -> None:
        """The hints given so far, and when the next one may come."""
        services, enrolment = await self.admit(course)
        self.reply((await services.tutor.hints(enrolment, exercise)).as_json())

    @operation("nextHint", "Hints")
    async def post(self, body: Nothing, course: str, exercise: str) -> None:
        """Give the next hint. 409 `not_yet` says in `wait_s` when to ask again; `say_back` wants own words first."""
        services, enrolment = await self.admit(course)
        hints = await services.tutor.next_hint(enrolment, exercise)
        standing = await services.manager.standing(enrolment, exercise)
        self.tell(course=course, exercise=standing.as_json())
        self.reply(hints.as_json())


class Starter(Handler):
    """What an answer cell held at first."""

    @operation("readStarter", "Starter")
    async def get(self, course: str, exercise: str) -> None:
        """What the answer cell held at first, for *Reset exercise*."""
        services, enrolment = await self.admit(course)
        self.reply({"source": await services.workspace.starter(enrolment, exercise)})


class Archive(Handler):
    """A zip that is sent as it is read."""

    async def send_zip(self, name: str, file: IO[bytes]) -> None:
        """Send it under this name, and close it."""
        self.set_header("Content-Type", "application/zip")
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')
        with file:
            while chunk := await asyncio.to_thread(file.read, ZIP_CHUNK):
                self.write(chunk)
                await self.flush()
        self.finish(set_content_type="application/zip")


class Work(Archive):
    """*Download my work*."""

    @operation("downloadWork", media="application/zip", also=(413,))
    async def get(self) -> None:
        """A zip of the student's course folders."""
        person, services = self.person(), await self.backend.services()
        await self.send_zip("my-codegym-work.zip", await services.workspace.pack(person.user))


class Personal(Archive):
    """*All that is kept of me*."""

    @operation("downloadPersonalData", media="application/zip")
    async def get(self) -> None:
        """A zip of all that is kept of this account, as it may see it."""
        from ..privacy.export import pack

        person, services = self.person(), await self.backend.services()
        await self.send_zip("my-codegym-data.zip", await pack(services, person.user, datetime.now(UTC)))


class Example(Handler):
    """An example course, where there is none."""

    @operation("putExample", "Example")
    async def post(self, body: Nothing) -> None:
        """Put an example course into the folder of courses. For staff of the whole site."""
        self.refuse_but_staff()
        from codegym_jlab.course.catalogue import put_example

        catalogue = (await self.backend.services()).catalogue
        folder = await asyncio.to_thread(put_example, catalogue.folder)
        await asyncio.to_thread(catalogue.refresh)
        self.reply({"folder": str(folder)})


ROUTES: list[tuple[str, type[Handler]]] = [
    (r"courses", Courses),
    (rf"courses/{NAME}", Course),
    (rf"courses/{NAME}/units/{NAME}/open", OpenUnit),
    (rf"courses/{NAME}/exercises/{NAME}/hints", Hints),
    (rf"courses/{NAME}/exercises/{NAME}/starter", Starter),
    (r"notebooks/repair", Repair),
    (r"example", Example),
    (r"work", Work),
    (r"personal", Personal),
]
