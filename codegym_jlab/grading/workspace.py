"""The student's folder: a unit's notebook is written at its first opening and brought up to date at later ones.

What is in the folder is the student's. A merge takes from the course what the student has not touched; whatever a merge
or a repair changes, a copy of what was there stays in `backups`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import secrets
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from codegym_jlab.records import Notice

from ..course.intake import UnreadableNotebook, read_notebook
from ..course.merge import merge
from ..course.notebook import Notebook, mark_of, unit_notebook
from ..course.repair import repair
from .errors import Refused, UnknownExercise

if TYPE_CHECKING:
    from ..course.catalogue import Catalogue
    from ..course.loader import LoadedCourse
    from ..course.schema import Exercise, Unit
    from ..store.classes import Enrolment
    from .manager import GradingManager


MAX_ARCHIVE = 1024 * 1024 * 1024  #: bytes of all files in the archive
UNPACKED = frozenset({".ipynb_checkpoints", "__pycache__"})


class OutsideFolder(Refused):
    """{path} leads out of your folder. Rename or remove the link, then open it again."""

    code = "outside_folder"


class ArchiveTooLarge(Refused):
    """{file} makes the download too large. Download it from the file browser."""

    code = "too_large"


class ChangedMeanwhile(Exception):
    """The file was saved by someone else between reading and writing."""


class Folder:
    """One folder of the server's root, in which each course has its own."""

    def __init__(self, root: Path, below: str = ".") -> None:
        self.root = root.resolve()
        self.home = (self.root / below).resolve()
        if not self.home.is_relative_to(self.root):
            raise ValueError(f"the folder for students' work, {below}, lies outside {root}")

    def inside(self, relative: str) -> Path:
        """The real path of a file in the folder, links followed. Raises OutsideFolder."""
        path = (self.home / relative).resolve()
        if path == self.home or not path.is_relative_to(self.home):
            raise OutsideFolder(path=relative)
        return path

    def shown(self, path: Path) -> str:
        """The path as Jupyter's file browser knows it: below the server's root, with slashes."""
        return path.relative_to(self.root).as_posix()

    def read(self, path: Path) -> bytes | None:
        """What is in the file; None where there is none."""
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None

    def write(self, path: Path, content: bytes, instead_of: bytes | None = None) -> None:
        """Put a whole file in place, on disk before it has its name.

        Without `instead_of` there must be no file yet; with it the file must still hold that. Raises ChangedMeanwhile.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
        try:
            with draft.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if instead_of is not None and path.exists():
                draft.chmod(path.stat().st_mode & 0o7777)
            if self.read(path) != instead_of:
                raise ChangedMeanwhile
            os.replace(draft, path)
        finally:
            draft.unlink(missing_ok=True)

    def keep_copy(self, path: Path, content: bytes, now: datetime) -> Path:
        """What was in `path`, beside it in `backups`, under the time; never over another copy."""
        folder = path.parent / "backups"
        number = 0
        while True:
            more = f" ({number + 1})" if number else ""
            copy = folder / f"{path.stem} {now:%Y-%m-%d %H.%M.%S}{more}{path.suffix}"
            try:
                self.write(copy, content)
                return copy
            except ChangedMeanwhile:
                number += 1

    def pack(self, courses: list[str]) -> IO[bytes]:
        """A zip of these courses' folders, open at its beginning, gone when closed. Raises ArchiveTooLarge."""
        archive = tempfile.TemporaryFile()
        try:
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as packed:
                total = 0
                for file in (file for course in courses for file in self._files(course)):
                    total += file.stat().st_size
                    if total > MAX_ARCHIVE:
                        raise ArchiveTooLarge(file=file.name)
                    packed.write(file, file.relative_to(self.home).as_posix())
        except BaseException:
            archive.close()
            raise
        archive.seek(0)
        return archive

    def _files(self, course: str) -> Iterator[Path]:
        """Regular files of a course's folder; links are left out, as they may lead anywhere."""
        top = self.home / course
        if top.is_symlink() or not top.is_dir():
            return
        for folder, names, files in os.walk(top):
            names[:] = sorted(n for n in names if n not in UNPACKED and not (Path(folder) / n).is_symlink())
            for name in sorted(files):
                file = Path(folder) / name
                if file.is_file() and not file.is_symlink():
                    yield file


TRIES = 5  #: to write a file that someone else is saving

Notices = tuple[Notice, ...]


class FileBusy(Refused):
    """{file} is being saved just now. Open it again in a moment."""

    code = "file_busy"


class CannotWrite(Refused):
    """Your folder cannot be written ({why}). Nothing of yours was changed."""

    code = "cannot_write"


class NotANotebook(Refused):
    """This cannot be read as a notebook: {error}"""

    code = "not_a_notebook"


@dataclass(frozen=True, slots=True)
class Opened:
    """A unit's notebook, ready to be shown."""

    path: str  #: as Jupyter's file browser knows it
    created: bool
    notices: tuple[Notice, ...]
    kernel: str

    def as_json(self) -> dict[str, Any]:
        """For the wire."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Mended:
    """A notebook of the browser after repair."""

    notebook: dict[str, Any]
    changed: bool
    notices: tuple[Notice, ...]

    def as_json(self) -> dict[str, Any]:
        """For the wire."""
        return {"notebook": self.notebook, "changed": self.changed, "notices": list(map(asdict, self.notices))}


class Workspace:
    """Opening units, repairing notebooks, starters, and the download; one for the server."""

    def __init__(
        self,
        folder: Folder,
        manager: GradingManager,
        catalogue: Catalogue,
        *,
        clock: Callable[[], datetime] = datetime.now,
    ) -> None:
        self._folder = folder
        self._manager = manager
        self._catalogue = catalogue
        self._clock = clock
        self._one_at_a_time: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def path_of(self, course: str, unit: str) -> str | None:
        """Where a unit's notebook is, None where it was not written yet (or the student moved it)."""
        path = self._folder.home / course / f"{unit}.ipynb"
        return self._folder.shown(path) if path.is_file() else None

    async def open_unit(self, enrolment: Enrolment, unit_id: str) -> Opened:
        """The unit's notebook in the student's folder: written, or brought up to date.

        Raises NotOpen, UnknownUnit, OutsideFolder, FileBusy, CannotWrite.
        """
        loaded, unit = await self._manager.open_unit(enrolment, unit_id)
        try:
            async with self._one_at_a_time[enrolment.course]:
                notices = await self._bring_files(enrolment, loaded)
                path, created, more = await self._bring_notebook(enrolment, loaded, unit)
        except OSError as error:
            raise CannotWrite(why=error.strerror) from error
        kernel = loaded.course.kernel_of(unit) if loaded.course else "python3"
        return Opened(self._folder.shown(path), created, (*more, *notices), kernel)

    async def repair(self, enrolment: Enrolment, unit_id: str, notebook: dict[str, Any]) -> Mended:
        """A notebook as it stands in the browser, put right. Raises NotOpen, UnknownUnit, NotANotebook."""
        loaded, unit = await self._manager.unit(enrolment, unit_id)
        base = await self._base(enrolment, unit.id, notebook)
        try:
            repaired = await asyncio.to_thread(repair, notebook, loaded, unit.id, base)
        except UnreadableNotebook as error:
            raise NotANotebook(error=str(error)) from error
        return Mended(repaired.notebook, repaired.changed, repaired.notices)

    async def keep_drafts(self, enrolment: Enrolment, unit_id: str, notebook: dict[str, Any]) -> list[str]:
        """Keep what a saved notebook holds; the exercises kept. Raises UnknownUnit, NotANotebook."""
        try:
            return await self._manager.draft(enrolment, unit_id, notebook)
        except UnreadableNotebook as error:
            raise NotANotebook(error=str(error)) from error

    async def exercise(self, enrolment: Enrolment, exercise_id: str) -> tuple[LoadedCourse, Exercise]:
        """An exercise of a unit that is open. Raises NotOpen, UnknownExercise."""
        loaded = await self._manager.course(enrolment)
        try:
            unit, exercise = loaded.find(exercise_id)
        except KeyError:
            raise UnknownExercise(exercise=exercise_id) from None
        await self._manager.unit(enrolment, unit.id)
        return loaded, exercise

    async def pack(self, user: str) -> IO[bytes]:
        """A zip of the user's course folders, to be closed by the caller. Raises ArchiveTooLarge."""
        classes = {mine.offering.course for mine in await self._manager.classes(user)}
        return await asyncio.to_thread(self._folder.pack, sorted(classes.union(self._catalogue.courses)))

    async def _bring_notebook(
        self, enrolment: Enrolment, loaded: LoadedCourse, unit: Unit
    ) -> tuple[Path, bool, Notices]:
        """Write or update; returns the path, whether it is new, and what is to be told."""
        fresh = unit_notebook(loaded, unit)
        await self._manager.keep_base(enrolment, unit.id, loaded.unit_digest(unit.id), json.dumps(fresh))
        path = self._find(enrolment.course, unit.id)
        for _ in range(TRIES):
            try:
                return await self._bring_once(enrolment, loaded, unit, path, fresh)
            except ChangedMeanwhile:
                await asyncio.sleep(0.05)
        raise FileBusy(file=path.name)

    async def _bring_once(
        self, enrolment: Enrolment, loaded: LoadedCourse, unit: Unit, path: Path, fresh: Notebook
    ) -> tuple[Path, bool, Notices]:
        there = await asyncio.to_thread(self._folder.read, path)
        if there is None:
            await asyncio.to_thread(self._folder.write, path, _file(fresh))
            return path, True, ()
        mine = await asyncio.to_thread(_read, there)
        if mine is None:
            return path, True, await asyncio.to_thread(self._set_aside, path, there, fresh)
        base = await self._base(enrolment, unit.id, mine)
        return path, False, await asyncio.to_thread(self._update, path, there, mine, base, fresh, loaded)

    async def _base(self, enrolment: Enrolment, unit_id: str, mine: Notebook) -> Notebook | None:
        """What was generated when `mine` was last brought up to date; None where the records do not know."""
        version = mark_of(mine).get("version")
        if not isinstance(version, str):
            return None
        text = await self._manager.base(enrolment, unit_id, version)
        if text is None:
            return None
        base: Notebook = json.loads(text)
        return base

    def _update(
        self, path: Path, there: bytes, mine: Notebook, base: Notebook | None, fresh: Notebook, loaded: LoadedCourse
    ) -> Notices:
        """Merge and repair; where that changes anything, a copy of what was there stays."""
        repaired = repair(mine, loaded, mark_of(fresh)["unit"], base)
        merged = merge(base, repaired.notebook, fresh)
        notices = (*repaired.notices, *merged.notices)
        if not repaired.changed and not merged.changed:
            return notices
        if not repaired.changed and merged.notebook["cells"] == repaired.notebook["cells"]:
            self._folder.write(path, _file(merged.notebook), instead_of=there)  # nothing but our own mark is new
            return notices
        copy = self._folder.keep_copy(path, there, self._clock())
        self._folder.write(path, _file(merged.notebook), instead_of=there)
        shown = self._folder.shown(copy)
        return (*notices, Notice("copy_kept", f"Your notebook as it was is kept as {shown}.", {"path": shown}))

    def _set_aside(self, path: Path, there: bytes, fresh: Notebook) -> Notices:
        """A file that is no notebook (any more) is kept; the student begins anew."""
        copy = self._folder.keep_copy(path, there, self._clock())
        self._folder.write(path, _file(fresh), instead_of=there)
        shown = self._folder.shown(copy)
        text = f"{path.name} could not be read as a notebook. It is kept as {shown}, and this one is new."
        return (Notice("unreadable_kept", text, {"path": shown}),)

    def _find(self, course: str, unit_id: str) -> Path:
        """The unit's notebook: under its own name, else the newest that says so itself (the student renamed it)."""
        path = self._folder.inside(f"{course}/{unit_id}.ipynb")
        if path.exists() or not path.parent.is_dir():
            return path
        renamed = [file for file in sorted(path.parent.glob("*.ipynb")) if self._is_unit(file, course, unit_id)]
        return max(renamed, key=lambda file: file.stat().st_mtime_ns, default=path)

    def _is_unit(self, file: Path, course: str, unit_id: str) -> bool:
        if file.is_symlink() or not file.is_file():
            return False
        notebook = _read(file.read_bytes())
        stamp = {} if notebook is None else mark_of(notebook)
        return stamp.get("course") == course and stamp.get("unit") == unit_id

    async def _bring_files(self, enrolment: Enrolment, loaded: LoadedCourse) -> Notices:
        """The course's data files, each at the same relative path; one that the student changed stays as it is."""
        notices: list[Notice] = []
        for relative, source in loaded.data_files:
            content = await asyncio.to_thread(source.read_bytes)
            path = self._folder.inside(f"{enrolment.course}/{relative}")
            there = await asyncio.to_thread(self._folder.read, path)
            if there is not None and there == content:
                continue
            if there is None or await self._is_ours(enrolment, relative, there):
                await asyncio.to_thread(self._folder.write, path, content, there)
                await self._manager.keep_base(enrolment, f"file:{relative}", _sha(content), "")
            else:
                text = f"You changed {relative}, and the course has another one. Yours stays; Check uses the course's."
                notices.append(Notice("file_kept", text, {"path": self._folder.shown(path)}))
        return tuple(notices)

    async def _is_ours(self, enrolment: Enrolment, relative: str, content: bytes) -> bool:
        """True where this is what an earlier version of the course put there."""
        return await self._manager.base(enrolment, f"file:{relative}", _sha(content)) is not None


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read(content: bytes) -> Notebook | None:
    """The notebook in a file; None where it is none."""
    try:
        return read_notebook(content)
    except UnreadableNotebook:
        return None


def _file(notebook: Notebook) -> bytes:
    """A notebook as Jupyter itself would save it: texts as lists of lines, keys sorted."""
    import nbformat

    text: str = nbformat.v4.writes(nbformat.from_dict(notebook)) + "\n"  # type: ignore[no-untyped-call]
    try:
        return text.encode()
    except UnicodeEncodeError:  # half a character in an output: only an escape can hold it
        return json.dumps(json.loads(text), indent=1).encode()
