"""Where an exercise stands, in the version that its offering holds; said in the managers' words where it does not.

On this computer that is the course folder as it was read last. A class sees what was published for it, nothing else.
"""

from __future__ import annotations

from codegym_jlab.course.catalogue import Catalogue
from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import Unit
from codegym_jlab.store.base import Enrolment
from codegym_jlab.submission import Submission

from .errors import CourseBroken, NotPublished, UnknownCourse, UnknownExercise, UnknownUnit
from .offering import is_local
from .rules import Place
from .versions import Versions


class Places:
    """Looks up courses, units and exercises by id."""

    def __init__(self, catalogue: Catalogue, versions: Versions) -> None:
        self._catalogue = catalogue
        self._versions = versions

    def folder(self, id: str) -> LoadedCourse:
        """A course of the folder. Raises UnknownCourse, CourseBroken."""
        loaded = self._catalogue.courses.get(id)
        if loaded is None:
            raise UnknownCourse(id)
        if loaded.broken:
            raise CourseBroken(id)
        return loaded

    async def course(self, who: Enrolment) -> LoadedCourse:
        """The course as this person's offering holds it. Raises UnknownCourse, CourseBroken, NotPublished."""
        if is_local(who.offering):
            return self.folder(who.course)
        if who.version is None:
            raise NotPublished(who.course)
        return await self.version(who.version)

    async def version(self, digest: str) -> LoadedCourse:
        """A version that was published some time. Raises CourseBroken."""
        loaded = await self._versions.course(digest)
        if loaded.broken:
            raise CourseBroken(loaded.id)
        return loaded

    async def unit(self, who: Enrolment, id: str) -> tuple[LoadedCourse, Unit]:
        """Raises UnknownUnit, and as `course` does."""
        loaded = await self.course(who)
        try:
            return loaded, loaded.unit(id)
        except KeyError:
            raise UnknownUnit(id) from None

    async def exercise(self, who: Enrolment, id: str) -> Place:
        """Raises UnknownExercise, and as `course` does."""
        return _place(await self.course(who), id)

    async def received(self, sent: Submission, who: Enrolment) -> Place:
        """Where it is judged: in the version that was in force when it was received. Raises as `exercise` does."""
        loaded = await self.course(who) if sent.version is None else await self.version(sent.version)
        return _place(loaded, sent.exercise)

    async def shown(self, sent: Submission, who: Enrolment) -> Place:
        """Where it is looked at: as the course is now, and where that has no such exercise any more, as it was then."""
        try:
            return await self.exercise(who, sent.exercise)
        except UnknownExercise:
            return await self.received(sent, who)


def _place(loaded: LoadedCourse, exercise: str) -> Place:
    try:
        return Place(loaded, *loaded.find(exercise))
    except KeyError:
        raise UnknownExercise(exercise) from None
