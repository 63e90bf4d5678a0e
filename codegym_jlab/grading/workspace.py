"""The student's folder: a unit's notebook is written at its first opening and brought up to date at later ones.

What is in the folder is the student's. A merge takes from the course what the student has not touched; whatever a merge
or a repair changes, a copy of what was there stays in `backups`. Both are the work of a `Source` (`units`): in a class
the service knows the course, and the folder lies on the student's own server.
"""

import asyncio
import json
import os
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import IO, Protocol

from codegym_jlab.files import whole
from codegym_jlab.records import Notice, digest_of, frozen

from ..course.notebook import Notebook, mark_of
from ..course.repair import UnreadableNotebook, read_notebook
from .errors import Refused

MAX_ARCHIVE = 1024 * 1024 * 1024  #: bytes of all files in the archive
UNPACKED = frozenset({".ipynb_checkpoints", "__pycache__"})


class OutsideFolder(Refused):
    """{path} leads out of your folder. Rename or remove the link, then open it again."""


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

        def put(draft: Path, path: Path) -> None:
            if instead_of is not None and path.exists():
                draft.chmod(path.stat().st_mode & 0o7777)
            if self.read(path) != instead_of:
                raise ChangedMeanwhile
            os.replace(draft, path)

        with whole(path, 0o666, put) as file:
            file.write(content)

    def keep_copy(self, path: Path, content: bytes, now: datetime) -> Path:
        """What was in `path`, beside it in `backups`, under the time; never over another copy."""
        folder = path.parent / "backups"
        for number in count(1):
            more = f" ({number})" if number > 1 else ""
            copy = folder / f"{path.stem} {now:%Y-%m-%d %H.%M.%S}{more}{path.suffix}"
            with suppress(ChangedMeanwhile):
                self.write(copy, content)
                break
        return copy

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


class CannotWrite(Refused):
    """Your folder cannot be written ({why}). Nothing of yours was changed."""


class NotANotebook(Refused):
    """This cannot be read as a notebook: {error}"""


@frozen
class Opened:
    """A unit's notebook, ready to be shown."""

    path: str  #: as Jupyter's file browser knows it
    created: bool
    notices: tuple[Notice, ...]
    kernel: str


@frozen
class Brought:
    """What a unit's notebook should hold now. `mark`: nothing but our own mark in it is new."""

    notebook: Notebook
    changed: str  #: "", "mark" or "cells"
    notices: Notices
    kernel: str
    files: tuple[tuple[str, str], ...]  #: the course's data files: path, SHA-256


class Source(Protocol):
    """What one person's folder is filled from: the managers here, or the service of their class."""

    course: str

    async def notebook(self, unit: str, mine: Notebook | None) -> Brought:
        """The unit's notebook, `mine` brought up to date; raises what becomes a refusal."""

    async def file(self, unit: str, path: str, have: str) -> bytes | None:
        """A data file, for who has one of the SHA-256 `have` ("": none); None where that is the student's own."""


class Workspace:
    """Opening units, and the download; one for the server."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._one_at_a_time = defaultdict[str, asyncio.Lock](asyncio.Lock)

    def path_of(self, course: str, unit: str) -> str | None:
        """Where a unit's notebook is, None where it was not written yet (or the student moved it)."""
        path = self._folder.home / course / f"{unit}.ipynb"
        return self._folder.shown(path) if path.is_file() else None

    async def open_unit(self, source: Source, unit: str) -> Opened:
        """The unit's notebook in the student's folder: written, or brought up to date.

        Raises what `source` does, OutsideFolder, FileBusy, CannotWrite.
        """
        try:
            async with self._one_at_a_time[source.course]:
                path = self._find(source.course, unit)
                for _ in range(TRIES):
                    try:
                        return await self._open_once(source, unit, path)
                    except ChangedMeanwhile:
                        await asyncio.sleep(0.05)
        except OSError as error:
            raise CannotWrite(why=error.strerror) from error
        raise FileBusy(file=path.name)

    async def pack(self, courses: Iterable[str]) -> IO[bytes]:
        """A zip of these courses' folders, to be closed by the caller. Raises ArchiveTooLarge."""
        return await asyncio.to_thread(self._folder.pack, sorted(courses))

    async def _open_once(self, source: Source, unit: str, path: Path) -> Opened:
        there = await asyncio.to_thread(self._folder.read, path)
        mine = None if there is None else await asyncio.to_thread(_read, there)
        brought = await source.notebook(unit, mine)
        notices = await self._bring_files(source, unit, brought)
        more = await asyncio.to_thread(self._put, path, there, mine, brought)
        shown = self._folder.shown(path)
        return Opened(shown, mine is None, (*brought.notices, *more, *notices), brought.kernel)

    def _put(self, path: Path, there: bytes | None, mine: Notebook | None, brought: Brought) -> Notices:
        """Write the notebook. Where what the student sees in it changes, a copy of what was there stays."""
        if mine is not None and not brought.changed:
            return ()
        copy = None
        if there is not None and (mine is None or brought.changed == "cells"):
            copy = self._folder.keep_copy(path, there, datetime.now())
        self._folder.write(path, _file(brought.notebook), instead_of=there)
        if copy is None:
            return ()
        shown = self._folder.shown(copy)
        code, text = "copy_kept", f"Your notebook as it was is kept as {shown}."
        if mine is None:  # no notebook (any more): the student begins anew
            code = "unreadable_kept"
            text = f"{path.name} could not be read as a notebook. It is kept as {shown}, and this one is new."
        return (Notice(code, text, {"path": shown}),)

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

    async def _bring_files(self, source: Source, unit: str, brought: Brought) -> Notices:
        """The course's data files, each at the same relative path; one that the student changed stays as it is."""
        notices = []
        for relative, digest in brought.files:
            path = self._folder.inside(f"{source.course}/{relative}")
            there = await asyncio.to_thread(self._folder.read, path)
            have = "" if there is None else digest_of(there)
            if have == digest:
                continue
            content = await source.file(unit, relative, have)
            if content is not None:
                await asyncio.to_thread(self._folder.write, path, content, there)
            else:
                text = f"You changed {relative}, and the course has another one. Yours stays; Check uses the course's."
                notices.append(Notice("file_kept", text, {"path": self._folder.shown(path)}))
        return tuple(notices)


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
