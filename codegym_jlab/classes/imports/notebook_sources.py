"""Notebooks that were handed in elsewhere, in a folder or a zip: whose each is, of which unit, and received when.

Blocking, and without records. Nothing is unpacked, no link is followed. The layouts that are understood: a folder a
student, nbgrader's `submitted/STUDENT/ASSIGNMENT` with the gradebook beside it, files that bear the student's account,
zips among them (Otter exports one for each notebook), or whatever a table says.
"""

import io
import os
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import field, replace
from datetime import UTC, datetime, tzinfo
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO
from zoneinfo import ZoneInfo

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.notebook import Notebook
from codegym_jlab.course.policy import on_the_clock, parse_moment
from codegym_jlab.course.repair import UnreadableNotebook, as_valid, find_unit, read_notebook

from ...records import digest_of, frozen
from ..rosters import UnfitTable, rows_of
from .old_notebooks import GRADEBOOK, Gradebook, gradebook_of, mark_answers

_ZONE = re.compile(r"(.*\S)\s+([A-Za-z][\w/+-]*)", re.S)


def moment_in(text: str, zone: tzinfo = UTC) -> datetime:
    """A time with an offset, with the name of a zone behind it (as nbgrader writes it), or local in `zone`; in UTC.

    Raises ValueError.
    """
    named = _ZONE.fullmatch(text.strip())
    if named is not None:
        try:
            text, zone = named[1], ZoneInfo(named[2])
        except (OSError, KeyError):
            raise ValueError(f"{named[2]!r} is no time zone") from None
    return on_the_clock(parse_moment(text), zone, latest=False)


@frozen
class Row:
    """What the table says of a file, or of all files of a folder."""

    account: str = ""
    received_at: datetime | None = None


Table = Mapping[str, Row]  #: by the path that it names


def read_table(text: str, name: str, zone: ZoneInfo) -> Table:
    """`text`: a line of heads with `file`, and `account` or `received_at`. Raises UnfitTable."""
    rows: dict[str, Row] = {}
    errors: list[str] = []
    for place, cells in rows_of(text, name, ("file",), errors):
        path, time = PurePosixPath(cells.get("file", "").replace("\\", "/")), cells.get("received_at", "")
        if not path.name:
            errors.append(f"{place}: the file is not named")
        if str(path) in rows:
            errors.append(f"{place}: {path} is there twice")
        try:
            rows[str(path)] = Row(cells.get("account", ""), moment_in(time, zone) if time else None)
        except ValueError:
            errors.append(f"{place}: {time!r} is no time; write day and time, as 2026-10-27T23:59")
    if errors:
        raise UnfitTable(errors)
    return rows


MOST_BYTES = 50 * 1024 * 1024  #: of one notebook
MOST_FILES = 100_000
#: nbgrader keeps beside what was handed in what it made of that.
SUBMITTED = "submitted"
STAMP = "timestamp.txt"
_SKIPPED = frozenset({"__MACOSX", "__pycache__"})

NOBODY = "no part of its path is the account of a student of the class; enrol them, or say in a table whose it is"
NOT_A_STUDENT = "the account that the table names is no student of the class"
NO_TIME = "nothing says when it was received: give --received-at TIME, or a table"
TO_COME = "the time when it was received lies in the future"
NO_UNIT = "it is of no unit of this course"
SEVERAL = "there are several notebooks of this student and unit; leave one of them there"
TOO_LARGE = f"it is larger than {MOST_BYTES // 1024**2} MB"
IS_LINK = "it is a link; put the file itself there"


class UnfitSource(Exception):
    """There is nothing that can be imported; the text says why."""

    code = "unfit"


class Unreadable(Exception):
    """One file cannot be read."""


@frozen
class Terms:
    """How files are understood."""

    students: frozenset[str]  #: accounts
    now: datetime
    received_at: datetime | None = None  #: of files that say nothing themselves
    table: Table = field(default_factory=dict)


@frozen
class Handed:
    """One notebook. `key` names it by path and content: what was changed is another one."""

    path: str  #: below the folder or zip, with slashes
    key: str
    account: str
    unit: str = ""
    received_at: datetime | None = None
    problem: str = ""  #: why it is not imported; holds no name


#: What opens each file that is there, by its path.
Files = Mapping[str, Callable[[], IO[bytes]]]


def _in_folder(root: Path) -> Files:
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder) / name
            found[path.relative_to(root).as_posix()] = partial(_opened, path)
    return found


def _opened(path: Path) -> IO[bytes]:
    if path.is_symlink():
        raise Unreadable(IS_LINK)
    return path.open("rb")


def _in_zip(place: Path | IO[bytes], name: object = "it") -> Files:
    """Raises UnfitSource."""
    try:
        packed = zipfile.ZipFile(place)
    except (zipfile.BadZipFile, OSError) as error:
        raise UnfitSource(f"{name} is no folder and no zip that can be read ({error})") from None
    entries = (entry for entry in packed.infolist() if not entry.is_dir())
    return {_plain(entry.filename): partial(packed.open, entry) for entry in entries}


def _plain(name: str) -> str:
    return "/".join(part for part in name.replace("\\", "/").split("/") if part not in ("", ".", ".."))


def _with_zips(files: Files) -> Files:
    """The same, where each zip that lies there is a folder of its name, too. It is read anew for each file of it."""
    found = dict(files)
    for path in files:
        if path.lower().endswith(".zip") and not _is_copy(path):
            with suppress(Unreadable, UnfitSource):  # passed over, as other files are
                found |= {f"{path}/{one}": partial(_open_within, files, path, one) for one in _within(files, path)}
    return dict(sorted(found.items()))


def _within(files: Files, path: str) -> Files:
    """What is in a zip that lies there."""
    return _in_zip(io.BytesIO(_read(files, path)))


def _open_within(files: Files, path: str, one: str) -> IO[bytes]:
    return _within(files, path)[one]()


def _read(files: Files, path: str) -> bytes:
    """Raises Unreadable."""
    try:
        with files[path]() as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unreadable(f"it cannot be read ({error.strerror or error})") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError):
        raise Unreadable("it is damaged or encrypted in the zip; unpack it first") from None
    if len(content) > MOST_BYTES:
        raise Unreadable(TOO_LARGE)
    return content


@frozen
class Source:
    """What was found. `passed_over`: files that are no notebooks, or copies that a program keeps."""

    files: Files
    notebooks: tuple[Handed, ...]
    passed_over: int

    def content(self, one: Handed) -> bytes:
        """Raises Unreadable, also where it is another now."""
        content = _read(self.files, one.path)
        if _key(one.path, content) != one.key:
            raise Unreadable("it was changed while it was imported; give the same command again")
        return content


def notebook_of(content: bytes, path: str, loaded: LoadedCourse) -> Notebook:
    """With our marks, where it was made for the grader that the course came from. Raises UnreadableNotebook."""
    notebook = as_valid(read_notebook(content))
    mark_answers(notebook, loaded, _names(path))
    return notebook


def _names(path: str) -> list[str]:
    """Of the file and its folders, nearest first; what Otter calls its zips without the time behind it."""
    at = PurePosixPath(path)
    return [re.sub(r"(?i)\.zip$", "", part) for part in (at.stem, *reversed(at.parent.parts))]


def look_through(place: Path | IO[bytes], terms: Terms, loaded: LoadedCourse) -> Source:
    """All notebooks there, in order of their paths; in a folder, a zip, or what is read of one. Raises UnfitSource."""
    at = place if isinstance(place, Path) else None
    if at and not at.exists():
        raise UnfitSource(f"there is no folder or zip {at}")
    name = at or "this"
    files = _with_zips(_in_folder(at) if at and at.is_dir() else _in_zip(place, name))
    if len(files) > MOST_FILES:
        raise UnfitSource(f"{name} holds more than {MOST_FILES} files; import it in parts")
    found = [path for path in files if path.lower().endswith(".ipynb") and not _is_copy(path)]
    wanted = [path for path in found if SUBMITTED in path.split("/")[:-1]] or found
    if not wanted:
        raise UnfitSource(f"{name} holds no notebook, no file that ends with .ipynb")
    look = _Look(files, terms, loaded, _gradebook(files, at))
    return Source(files, tuple(_alone([look.at(path) for path in wanted])), len(files) - len(wanted))


def _gradebook(files: Files, place: Path | None) -> Gradebook:
    """The one beside the folder `submitted` of what is imported, else beside that: never what a student handed in."""
    beside = {path.partition(f"{SUBMITTED}/")[0] + GRADEBOOK for path in files if f"/{SUBMITTED}/" in f"/{path}"}
    with suppress(Unreadable, OSError):
        for found in sorted(beside.intersection(files), key=len)[:1]:
            return gradebook_of(_read(files, found))
        if place:
            return gradebook_of((place.parent / GRADEBOOK).read_bytes())
    return Gradebook()


def _is_copy(path: str) -> bool:
    return any(part.startswith(".") or part in _SKIPPED for part in path.split("/"))


def _alone(found: list[Handed]) -> Iterator[Handed]:
    """Of two notebooks of one student and unit nobody can tell which one counts."""
    many = Counter((one.account, one.unit) for one in found if not one.problem)
    for one in found:
        yield replace(one, problem=SEVERAL) if not one.problem and many[one.account, one.unit] > 1 else one


@frozen
class _Look:
    files: Files
    terms: Terms
    loaded: LoadedCourse
    book: Gradebook

    def at(self, path: str) -> Handed:
        """What the file is; its problem, where it has one."""
        account, problem = self._account(path)
        try:
            content, received_at = _read(self.files, path), self._received(path)
            unit = self._unit(path, notebook_of(content, path, self.loaded))
        except (Unreadable, UnreadableNotebook) as error:
            return Handed(path, _key(path, b""), account, problem=str(error))
        problem = problem or self._problem(unit, received_at)
        return Handed(path, _key(path, content), account, unit, received_at, problem)

    def _row(self, path: str) -> Row:
        """The table's of this file, else of the nearest folder that it lies in."""
        at, table = PurePosixPath(path), self.terms.table
        return next((table[str(place)] for place in (at, *at.parents) if str(place) in table), Row())

    def _problem(self, unit: str, received_at: datetime | None) -> str:
        if not unit:
            return NO_UNIT
        if received_at is None:
            return NO_TIME
        return TO_COME if received_at > self.terms.now else ""

    def _account(self, path: str) -> tuple[str, str]:
        said, students = self._row(path).account, self.terms.students
        if said:
            return said, "" if said in students else NOT_A_STUDENT
        at = PurePosixPath(path)
        parts = [*at.parent.parts, at.stem]
        if SUBMITTED in at.parent.parts:
            parts = parts[parts.index(SUBMITTED) + 1 :]
        for part in parts:
            name = re.sub(r"(?i)\.zip$", "", part)
            known = (part, *self.book.names.get(part, ()), name, name.partition("_")[0])
            if found := next((one for one in known if one in students), ""):
                return found, ""
        return "", NOBODY

    def _received(self, path: str) -> datetime | None:
        """As the table says it, else nbgrader's stamp or gradebook, else the command. Raises Unreadable."""
        if (said := self._row(path).received_at) is not None:
            return said
        folder = PurePosixPath(path).parent
        stamp = str(folder / STAMP)
        if stamp in self.files:
            try:
                return moment_in(_read(self.files, stamp).decode("utf-8", "replace"))
            except ValueError:
                raise Unreadable(f"the {STAMP} beside it holds no time") from None
        return self.book.handed_in.get((folder.parent.name, folder.name), self.terms.received_at)

    def _unit(self, path: str, notebook: Notebook) -> str:
        """As it says itself, else by its cells, else by the names of the file and its folders."""
        if (unit := find_unit(notebook, self.loaded)) is not None:
            return unit.id
        if notebook["metadata"].get("codegym"):
            return ""
        units = {unit.id for unit in self.loaded.units}
        return next((name for name in _names(path) if name in units), "")


def _key(path: str, content: bytes) -> str:
    return digest_of(path.encode("utf-8", "surrogateescape") + b"\0" + content)[:32]
