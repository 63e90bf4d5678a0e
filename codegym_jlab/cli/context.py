"""What a command opens: the settings, a course, the records, a sandbox. Their errors are told here, once."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .output import err, fail, wrong_use

if TYPE_CHECKING:
    from codegym_jlab.course.loader import LoadedCourse
    from codegym_jlab.grading.grader.grader import Grader
    from codegym_jlab.records import Judgement, Submission
    from codegym_jlab.sandbox.base import Sandbox
    from codegym_jlab.store.sql.store import SqlStore
    from codegym_jlab.wiring import Settings

Records = Annotated[
    str,
    typer.Option(
        metavar="FILE_OR_URL",
        help="The records: a SQLite file or the folder that holds it, or postgresql://…; default: the settings'.",
    ),
]
CourseDir = Annotated[Path, typer.Argument(metavar="COURSE_DIR", help="The folder that holds course.yaml.")]
Unsafe = Annotated[
    bool, typer.Option("--allow-unsafe-sandbox", help="DANGER: run answers with no isolation where no sandbox works.")
]


def settings_here() -> Settings:
    """As a server would have them that was started here."""
    from codegym_jlab.wiring import CodeGym

    return CodeGym().settings(Path.cwd())


class NoJudge:
    """Where records are read and nothing is judged."""

    async def judge(self, loaded: LoadedCourse, submission: Submission, *, seed: str | None = None) -> Judgement:
        raise NotImplementedError


# -- a course --------------------------------------------------------------------------------------


def load(course_dir: Path, *, tell: bool = True) -> LoadedCourse:
    """A course with its mistakes, which are told; wrong use where there is no such folder."""
    from codegym_jlab.course.loader import load_course

    if not course_dir.is_dir():
        wrong_use(f"there is no folder {course_dir}")
    loaded = load_course(course_dir.resolve())
    for error in loaded.errors if tell else ():
        err.print(str(error))
    return loaded


def usable(course_dir: Path, *, whole: bool = False) -> LoadedCourse:
    """A course of which some of the exercises can be graded, all of them where `whole`; else exit 1."""
    loaded = load(course_dir)
    if loaded.broken or (whole and loaded.errors):
        raise typer.Exit(1)
    return loaded


# -- the records -----------------------------------------------------------------------------------


def place_of(named: str = "") -> Path | str:
    """The file of records, there or not, or the URL of a database: what is named, else what the settings say."""
    if not named:
        return settings_here().records
    if named.startswith(("postgresql:", "postgres:", "postgresql+psycopg:")):
        return named
    from codegym_jlab.wiring import RECORDS_FILE

    place = Path(named).expanduser().absolute()
    return place / RECORDS_FILE if place.is_dir() else place


def records_at(named: str = "") -> Path | str:
    """The same, a file that is there."""
    place = place_of(named)
    if isinstance(place, Path) and not place.is_file():
        wrong_use(f"there are no records at {place}")
    return place


@asynccontextmanager
async def records_read(records: Path | str) -> AsyncIterator[SqlStore]:
    """The records beside a server that has them open: nothing is changed, not even their form."""
    from codegym_jlab.store import store_at
    from codegym_jlab.store.base import StoreError

    try:
        store = store_at(records)
        try:
            yield store
        finally:
            await store.close()
    except StoreError as error:
        fail(str(error))


@asynccontextmanager
async def opened(records: Path | str) -> AsyncIterator[SqlStore]:
    """The records in the form that this version writes: to change them."""
    async with records_read(records) as store:
        await store.open()
        yield store


# -- a sandbox -------------------------------------------------------------------------------------


@asynccontextmanager
async def sandboxed(unsafe: bool = False) -> AsyncIterator[Sandbox]:
    """The level that CODEGYM_SANDBOX names, else the best that works here; `unsafe`: none, where none does."""
    from codegym_jlab.sandbox.base import NoSuchLevel, SandboxUnavailable
    from codegym_jlab.sandbox.levels import open_sandbox

    try:
        sandbox = await open_sandbox(os.environ.get("CODEGYM_SANDBOX") or None, allow_unsafe=unsafe)
        try:
            yield sandbox
        finally:
            await sandbox.close()
    except NoSuchLevel as error:
        wrong_use(f"CODEGYM_SANDBOX: {error}")
    except SandboxUnavailable as error:
        fail(str(error))


@asynccontextmanager
async def grading(sandbox: Sandbox) -> AsyncIterator[Grader]:
    """A grader in it, closed before it is."""
    from codegym_jlab.grading.grader.grader import Grader

    grader = Grader(sandbox)
    try:
        yield grader
    finally:
        await grader.close()
