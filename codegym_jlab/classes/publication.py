"""`codegym publish`: a class sees a course as it was frozen here, until another version is published for it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.snapshot import CannotFreeze, differences, freeze
from codegym_jlab.grading.admission import Versions
from codegym_jlab.store import Store
from codegym_jlab.store.classes import Offering, Publication, Version

from ..grading.errors import AlreadyPublished, LocalOffering, OtherCourse, UnknownVersion
from ..records import course_published, frozen, is_local
from .manager import CHANGES, READS, Actor, ClassManager


@frozen
class Publisher:
    """Beside the class manager, which says who may."""

    store: Store
    classes: ClassManager
    versions: Versions
    on_events: Callable[[], None] = lambda: None
    dry_run: bool = False  #: what would be published is told, and nothing else is done

    async def publish(
        self, actor: Actor, offering: str, folder: Path, note: str = "", *, checked: str = ""
    ) -> Publication:
        """Freeze the course in `folder`, and let the class see it from its next request on.

        `checked`: the digest of what was looked at before; another is not published.
        Raises course.frozen.CannotFreeze, OtherCourse, AlreadyPublished, LocalOffering, NotAllowed, UnknownOffering.
        """
        found = await self._mine(actor, offering)
        frozen_course = await asyncio.to_thread(freeze, folder)
        loaded = frozen_course.loaded
        if loaded.id != found.course:
            raise OtherCourse(wanted=found.course, found=loaded.id)
        if checked not in ("", loaded.digest):
            raise CannotFreeze("The course was changed while it was checked. Publish it again.")
        version = Version(loaded.digest, loaded.id, loaded.title, frozen_course.names, self.classes.clock())
        return await self._put(actor, found, version, frozen_course.bodies, loaded, note)

    async def go_back(self, actor: Actor, offering: str, version: str, note: str = "") -> Publication:
        """Publish one that was published for this class before; `version`: its digest, or the beginning of it.

        Raises UnknownVersion, and as `publish` does.
        """
        found = await self._mine(actor, offering)
        kept = await self._earlier(offering, version)
        return await self._put(actor, found, kept, {}, await self.versions.course(kept.digest), note)

    async def _earlier(self, offering: str, version: str) -> Version:
        digests = {p.version for p in await self.store.publications(offering) if p.version.startswith(version)}
        kept = await self.store.version(digests.pop()) if len(digests) == 1 and version else None
        if kept is None:
            raise UnknownVersion(version=version)
        return kept

    async def publications(self, actor: Actor, offering: str) -> Sequence[Publication]:
        """The newest, which is in force, first. Raises NotAllowed, UnknownOffering."""
        await self.classes.allow(actor, offering, READS)
        return await self.store.publications(offering)

    async def compare(self, actor: Actor, offering: str, folder: Path | None, version: str = "") -> tuple[str, ...]:
        """What publishing the course in `folder`, or going back to `version`, would change; empty where nothing.

        Raises as `publish` and `go_back` do.
        """
        looking = replace(self, dry_run=True)
        look = looking.publish(actor, offering, folder) if folder else looking.go_back(actor, offering, version)
        try:
            return (await look).changes
        except AlreadyPublished:
            return ()

    async def _mine(self, actor: Actor, offering: str) -> Offering:
        found = await self.classes.allow(actor, offering, CHANGES)
        if is_local(offering):
            raise LocalOffering
        return found

    async def _put(
        self,
        actor: Actor,
        offering: Offering,
        version: Version,
        bodies: Mapping[str, bytes],
        loaded: LoadedCourse,
        note: str,
    ) -> Publication:
        """Told against the one that is in force then: where another was published meanwhile, told anew against that."""
        by = await self.store.make_person(offering.id, actor.account)
        while True:
            published = await self.store.publications(offering.id)
            before = published[0] if published else None
            if before and before.version == version.digest:
                raise AlreadyPublished(number=before.number)
            number, now = len(published) + 1, self.classes.clock()
            changes = await self._changes(before, loaded)
            made = Publication(offering.id, number, version.digest, by, now, note.strip(), changes)
            event = course_published(
                offering=offering.id, number=number, course=offering.course, digest=version.digest, time=now
            )
            if self.dry_run:
                return made
            if await self.store.publish(made, version, bodies, event):
                self.on_events()
                return made

    async def _changes(self, before: Publication | None, after: LoadedCourse) -> tuple[str, ...]:
        old = await self.versions.course(before.version) if before else None
        return await asyncio.to_thread(differences, old, after)
