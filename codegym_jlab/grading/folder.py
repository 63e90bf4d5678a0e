"""Files in the student's folder: read, replaced whole or not at all, copied before a change, packed.

Blocking, and without a notion of courses. No path leaves the folder, not by `..` and not by a link.
"""

from __future__ import annotations

import os
import secrets
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from .errors import Refused

MAX_FILE = 200 * 1024 * 1024  #: bytes of one file in the archive
MAX_ARCHIVE = 1024 * 1024 * 1024  #: bytes of all files in the archive
UNPACKED = frozenset({".ipynb_checkpoints", "__pycache__"})


class OutsideFolder(Refused):
    """A file of the course would lie outside the student's folder."""

    code = "outside_folder"


class ArchiveTooLarge(Refused):
    """The student's folders hold more than fits one download."""

    code = "too_large"


class ChangedMeanwhile(Exception):
    """The file was saved by someone else between reading and writing."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A file's bytes, and what tells whether it has changed since."""

    content: bytes
    stamp: tuple[int, int, int]  #: inode, size in bytes, mtime in ns


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
            raise OutsideFolder(f"{relative} leads out of your folder. Rename or remove the link, then open it again.")
        return path

    def shown(self, path: Path) -> str:
        """The path as Jupyter's file browser knows it: below the server's root, with slashes."""
        return path.relative_to(self.root).as_posix()

    def read(self, path: Path) -> Reading | None:
        """The file; None where there is none."""
        try:
            with path.open("rb") as file:
                stat = os.fstat(file.fileno())
                return Reading(file.read(), (stat.st_ino, stat.st_size, stat.st_mtime_ns))
        except FileNotFoundError:
            return None

    def write(self, path: Path, content: bytes, instead_of: Reading | None = None) -> None:
        """Put a whole file in place, on disk before it has its name.

        Without `instead_of` there must be no file yet; with it the file must still be that. Raises ChangedMeanwhile.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
        try:
            with draft.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            self._put(draft, path, instead_of)
        finally:
            draft.unlink(missing_ok=True)

    def _put(self, draft: Path, path: Path, instead_of: Reading | None) -> None:
        if instead_of is None:
            return self._put_new(draft, path)
        now = os.stat(path) if path.exists() else None
        if now is None or (now.st_ino, now.st_size, now.st_mtime_ns) != instead_of.stamp:
            raise ChangedMeanwhile
        os.chmod(draft, now.st_mode & 0o7777)
        os.replace(draft, path)

    def _put_new(self, draft: Path, path: Path) -> None:
        try:
            os.link(draft, path)  # unlike a rename, never over a file that came meanwhile
        except FileExistsError:
            raise ChangedMeanwhile from None
        except OSError:  # a file system without hard links
            if path.exists():
                raise ChangedMeanwhile from None
            os.replace(draft, path)

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
                    total += (size := file.stat().st_size)
                    if size > MAX_FILE or total > MAX_ARCHIVE:
                        raise ArchiveTooLarge(
                            f"{file.name} makes the download too large. Download it from the file browser."
                        )
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
