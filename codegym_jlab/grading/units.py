"""A person's units as their course has them now: the notebook brought up to date, its data files, its repair.

Nothing is written here: the folder may lie on another machine, a student's server in a class (`workspace`).
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager

from ..course.loader import LoadedCourse
from ..course.merge import merge
from ..course.notebook import Notebook, mark_of, unit_notebook
from ..course.repair import Repaired, UnreadableNotebook, repair
from ..course.schema import Exercise
from ..records import Json, Notice, digest_of
from ..store.classes import Enrolment
from .admission import place_in
from .errors import UnknownUnit
from .manager import GradingManager
from .workspace import Brought, NotANotebook


class Units:
    """Those of one person in their class; made for a request. It is a `workspace.Source`."""

    def __init__(self, manager: GradingManager, enrolment: Enrolment) -> None:
        self._manager, self._enrolment = manager, enrolment
        self.course = enrolment.course

    async def notebook(self, unit: str, mine: Notebook | None) -> Brought:
        """The unit's notebook, `mine` brought up to date, and which data files there are.

        Raises NotOpen, UnknownUnit, NotANotebook.
        """
        loaded, found = await self._manager.open_unit(self._enrolment, unit)
        fresh = unit_notebook(loaded, found)
        await self._manager.keep_base(self._enrolment, unit, loaded.unit_digests[unit], json.dumps(fresh))
        kernel = loaded.head.kernel_of(found)
        files = await asyncio.to_thread(lambda: tuple((n, digest_of(path)) for n, path in loaded.data_files))
        if mine is None:
            return Brought(fresh, "", (), kernel, files)
        base = await self._base(unit, mine)
        return Brought(*await asyncio.to_thread(_merged, mine, base, fresh, loaded), kernel, files)

    async def file(self, unit: str, path: str, have: str) -> bytes | None:
        """A data file, for who has one of the digest `have` ("" for none); None where that is the student's own.

        Raises NotOpen, UnknownUnit.
        """
        loaded, _ = await self._manager.unit(self._enrolment, unit)
        source = dict(loaded.data_files).get(path)
        if source is None:
            raise UnknownUnit(unit=f"{unit}/{path}")
        if have and await self._manager.base(self._enrolment, f"file:{path}", have) is None:
            return None  # no version of the course put that there
        content = await asyncio.to_thread(source.read_bytes)
        await self._manager.keep_base(self._enrolment, f"file:{path}", digest_of(content), "")
        return content

    async def repair(self, unit: str, notebook: Json) -> Repaired:
        """A notebook as it stands in the browser, put right. Raises NotOpen, UnknownUnit, NotANotebook."""
        loaded, found = await self._manager.unit(self._enrolment, unit)
        base = await self._base(found.id, notebook)
        with _readable():
            return await asyncio.to_thread(repair, notebook, loaded, found.id, base)

    async def keep_drafts(self, unit: str, notebook: Json) -> list[str]:
        """Keep what a saved notebook holds; the exercises kept. Raises UnknownUnit, NotANotebook."""
        with _readable():
            return await self._manager.draft(self._enrolment, unit, notebook)

    async def exercise(self, exercise: str) -> tuple[LoadedCourse, Exercise]:
        """An exercise of a unit that is open. Raises NotOpen, UnknownExercise."""
        loaded = await self._manager.course(self._enrolment)
        place = place_in(loaded, exercise)
        await self._manager.unit(self._enrolment, place.unit.id)
        return loaded, place.exercise

    async def _base(self, unit: str, mine: Notebook) -> Notebook | None:
        """What was generated when `mine` was last brought up to date; None where the records do not know."""
        version = mark_of(mine).get("version")
        text = await self._manager.base(self._enrolment, unit, version) if isinstance(version, str) else None
        if text is None:
            return None
        base: Notebook = json.loads(text)
        return base


@contextmanager
def _readable() -> Iterator[None]:
    """What can be no notebook is refused."""
    try:
        yield
    except UnreadableNotebook as error:
        raise NotANotebook(error=str(error)) from error


def _merged(
    mine: Notebook, base: Notebook | None, fresh: Notebook, loaded: LoadedCourse
) -> tuple[Notebook, str, tuple[Notice, ...]]:
    """Repaired and merged: the notebook, what of it changed, and what is told of that."""
    with _readable():
        repaired = repair(mine, loaded, mark_of(fresh)["unit"], base)
    merged = merge(base, repaired.notebook, fresh)
    changed = "cells"
    if not repaired.changed and not merged.changed:
        changed = ""
    elif not repaired.changed and merged.notebook["cells"] == repaired.notebook["cells"]:
        changed = "mark"
    return merged.notebook, changed, (*repaired.notices, *merged.notices)
