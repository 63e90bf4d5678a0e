"""Where an exercise is found: in the course folder as it was read last, or in the version that a class was given.

The offering of one's own computer sees the course folder; a class sees what was published for it, nothing else.
"""

import asyncio
import os
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from codegym_jlab.course.catalogue import Catalogue
from codegym_jlab.course.loader import LoadedCourse, load_course
from codegym_jlab.course.schema import Exercise, Unit
from codegym_jlab.course.snapshot import digest_of, is_whole, thaw
from codegym_jlab.records import LOCAL, Submission, frozen, is_local
from codegym_jlab.store import Store
from codegym_jlab.store.base import StoreUnavailable
from codegym_jlab.store.classes import Enrolment, Membership, Offering, Version

from .errors import CourseBroken, NotPublished, UnknownCourse, UnknownExercise, UnknownUnit

KEPT = 16  #: versions in memory


@frozen
class Place:
    """An exercise in its unit and course, as they were read last."""

    loaded: LoadedCourse
    unit: Unit
    exercise: Exercise


def class_in(memberships: Iterable[Membership], course: str, now: datetime) -> Membership | None:
    """The class of this course that a person is in: one that goes on now rather than another, else the newest."""
    mine = [m for m in memberships if m.offering.course == course and m.role and not is_local(m.offering.id)]
    return max(mine, key=lambda m: goes_on(m.offering, now), default=None)


def goes_on(offering: Offering, now: datetime) -> bool:
    """True between its first and last day."""
    begun = offering.begins is None or offering.begins <= now
    return begun and (offering.ends is None or now <= offering.ends)


def local_offering(loaded: LoadedCourse) -> Offering:
    """The one offering of a course on a laptop, in the laptop's time zone."""
    contact = loaded.course.contact if loaded.course else None
    return Offering(f"{LOCAL}{loaded.id}", loaded.id, loaded.title, time_zone=local_time_zone(), contact=contact)


@cache
def local_time_zone() -> str:
    """The IANA name of this machine's time zone; UTC where it does not say."""
    linked = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]
    for name in (os.environ.get("TZ", "").lstrip(":"), linked):
        if name and is_zone(name):
            return name
    return "UTC"


def is_zone(name: str) -> bool:
    """It is a time zone of IANA's."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True


class Versions:
    """One a server. `folder` is its own; None: one that goes with the process."""

    def __init__(self, store: Store, folder: Path | None = None) -> None:
        self._store = store
        self._folder = folder
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._loaded: OrderedDict[str, LoadedCourse] = OrderedDict()
        self._reading = asyncio.Lock()

    async def course(self, digest: str) -> LoadedCourse:
        """The course of that version. Raises StoreUnavailable, and KeyError where it is not kept."""
        async with self._reading:
            if digest not in self._loaded:
                self._loaded[digest] = await self._read(digest)
            self._loaded.move_to_end(digest)
            while len(self._loaded) > KEPT:
                self._loaded.popitem(last=False)
            return self._loaded[digest]

    async def _read(self, digest: str) -> LoadedCourse:
        version = await self._store.version(digest)
        if version is None:
            raise KeyError(digest)
        folder = self._home() / digest
        if await asyncio.to_thread(is_whole, folder, version.files):
            return replace(await asyncio.to_thread(load_course, folder), digest=digest)
        bodies = await self._store.course_files(list(version.files.values()))
        return await asyncio.to_thread(self._write, folder, version, bodies)

    def _home(self) -> Path:
        if self._folder is not None:
            return self._folder
        if self._scratch is None:
            self._scratch = tempfile.TemporaryDirectory(prefix="codegym-versions-")
        return Path(self._scratch.name)

    def close(self) -> None:
        """The folder goes, where it is not the server's."""
        if self._scratch is not None:
            self._scratch.cleanup()

    def _write(self, folder: Path, version: Version, bodies: Mapping[str, bytes]) -> LoadedCourse:
        """In place of what was damaged, if there was something."""
        files = {path: bodies.get(name, b"") for path, name in version.files.items()}
        if any(digest_of(body) != version.files[path] for path, body in files.items()):
            said = "A file of the published course is damaged in the records. Publish the course again."
            raise StoreUnavailable(said)
        shutil.rmtree(folder, ignore_errors=True)
        return thaw(files, folder, version.digest)


@frozen
class Places:
    """Looks up courses, units and exercises by id."""

    catalogue: Catalogue
    versions: Versions

    def folder(self, id: str) -> LoadedCourse:
        """A course of the folder. Raises UnknownCourse, CourseBroken."""
        loaded = self.catalogue.courses.get(id)
        if loaded is None:
            raise UnknownCourse(course=id)
        if loaded.broken:
            raise CourseBroken(course=id)
        return loaded

    async def course(self, who: Enrolment) -> LoadedCourse:
        """The course as this person's offering holds it. Raises UnknownCourse, CourseBroken, NotPublished."""
        if is_local(who.offering):
            return self.folder(who.course)
        if who.version is None:
            raise NotPublished(course=who.course)
        return await self.version(who.version)

    async def version(self, digest: str) -> LoadedCourse:
        """A version that was published some time. Raises CourseBroken."""
        loaded = await self.versions.course(digest)
        if loaded.broken:
            raise CourseBroken(course=loaded.id)
        return loaded

    async def unit(self, who: Enrolment, id: str) -> tuple[LoadedCourse, Unit]:
        """Raises UnknownUnit, and as `course` does."""
        loaded = await self.course(who)
        try:
            return loaded, loaded.unit(id)
        except KeyError:
            raise UnknownUnit(unit=id) from None

    async def exercise(self, who: Enrolment, id: str) -> Place:
        """Raises UnknownExercise, and as `course` does."""
        return place_in(await self.course(who), id)

    async def received(self, sent: Submission, who: Enrolment) -> Place:
        """Where it is judged: in the version that was in force when it was received. Raises as `exercise` does."""
        loaded = await self.course(who) if sent.version is None else await self.version(sent.version)
        return place_in(loaded, sent.exercise)

    async def shown(self, sent: Submission, who: Enrolment) -> Place:
        """Where it is looked at: as the course is now, and where that has no such exercise any more, as it was then."""
        try:
            return await self.exercise(who, sent.exercise)
        except UnknownExercise:
            return await self.received(sent, who)


def place_in(loaded: LoadedCourse, exercise: str) -> Place:
    """Raises UnknownExercise."""
    try:
        return Place(loaded, *loaded.find(exercise))
    except KeyError:
        raise UnknownExercise(exercise=exercise) from None
