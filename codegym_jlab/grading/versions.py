"""Published versions of courses, as a server serves them: read from the records once, kept in a folder of its own.

A version never changes, so what was read once holds for good; which one an offering holds is asked at every request.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import OrderedDict, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from codegym_jlab.course.frozen import digest_of, is_whole, thaw
from codegym_jlab.course.loader import LoadedCourse, load_course
from codegym_jlab.store.base import Store, StoreUnavailable
from codegym_jlab.store.register import Version

KEPT = 16  #: versions in memory


class Versions:
    """One a server. `folder` is its own; None: one that goes with the process."""

    def __init__(self, store: Store, folder: Path | None = None) -> None:
        self._store = store
        self._folder = folder
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._loaded: OrderedDict[str, LoadedCourse] = OrderedDict()
        self._reading: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def course(self, digest: str) -> LoadedCourse:
        """The course of that version. Raises StoreUnavailable, and KeyError where it is not kept."""
        if digest not in self._loaded:
            async with self._reading[digest]:
                if digest not in self._loaded:
                    self._loaded[digest] = await self._read(digest)
                    self._forget()
            self._reading.pop(digest, None)
        self._loaded.move_to_end(digest)
        return self._loaded[digest]

    def _forget(self) -> None:
        while len(self._loaded) > KEPT:
            self._loaded.popitem(last=False)

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
