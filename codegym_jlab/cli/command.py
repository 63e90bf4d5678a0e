"""What commands share: options, a course, the open records and the managers over them, a sandbox; how one is run."""

from __future__ import annotations

import asyncio
import functools
import getpass
import inspect
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Exit, Option, Typer

from codegym_jlab.grading.errors import Refused
from codegym_jlab.llm.chain import Chain
from codegym_jlab.llm.registry import NotAnLlm, chain_of, chosen
from codegym_jlab.records import Json, Judgement, Submission
from codegym_jlab.settings import RECORDS_FILE, CodeGym, Settings, told_of_password
from codegym_jlab.store import Store, store_at
from codegym_jlab.store.base import StoreError

from .output import AsJson, complain, err, failing_on, wrong_use, wrong_use_on

if TYPE_CHECKING:
    from codegym_jlab.classes.manager import Actor
    from codegym_jlab.course.loader import LoadedCourse
    from codegym_jlab.grading.grader.grader import Grader
    from codegym_jlab.sandbox.base import Sandbox


Records = Annotated[
    str,
    Option(
        callback=lambda url: told_of_password(url, complain),
        metavar="FILE_OR_URL",
        help="The records: a SQLite file, its folder, or postgresql://…; default: those in the settings.",
    ),
]
_HOLDS = "The folder with course.yaml."
CourseDir = Annotated[Path, Argument(metavar="COURSE_DIR", exists=True, file_okay=False, help=_HOLDS)]
AnyCourseDir = Annotated[
    Path | None, Argument(metavar="[COURSE_DIR]", exists=True, file_okay=False, help=_HOLDS, show_default=False)
]
Unsafe = Annotated[
    bool, Option("--allow-unsafe-sandbox", help="DANGER: if no sandbox works, run answers with no isolation.")
]
OfferingId = Annotated[str, Argument(metavar="OFFERING", help="The class; on this computer: local:COURSE.")]
Account = Annotated[str, Option("--as", metavar="ACCOUNT", help="Who does this.", show_default="you")]
Unit = Annotated[str | None, Option(help="Only this unit.")]
Section = Annotated[str | None, Option(help="Only this section.")]
Exercise = Annotated[str | None, Option(help="Only this exercise.")]
Why = Annotated[str, Option(help="The reason; it is recorded. Needed for a change that affects scores.")]
DryRun = Annotated[bool, Option("--dry-run", help="Only show what would be done.")]
#: What a command does, with its exit code, or none for 0; and the command.
Work = Callable[..., Coroutine[Any, Any, int | None]]
Command = Callable[..., None]
ERASED = "(erased)"
ALL = 1_000_000  #: of what could be read page by page


def group(name: str, help: str) -> Typer:
    """Commands under one name."""
    return Typer(name=name, help=help, no_args_is_help=True)


def flag(name: str, help: str) -> Any:
    """What a command does where it is typed, and not else."""
    return Option(False, name, help=help)


classes = group("class", "Classes: their people, policy, marks and progress.")

_KEYWORD = inspect.Parameter.KEYWORD_ONLY
#: What `command` adds to each command.
_SHARED = (
    inspect.Parameter("actor", _KEYWORD, annotation=Account, default=""),
    inspect.Parameter("records", _KEYWORD, annotation=Records, default=""),
    inspect.Parameter("as_json", _KEYWORD, annotation=AsJson, default=False),
)


def settings_here() -> Settings:
    """As a server would have them that was started here."""
    return CodeGym().settings(Path.cwd())


class NoJudge:
    """Where records are read and nothing is judged."""

    async def judge(self, loaded: LoadedCourse, submission: Submission, *, seed: str | None = None) -> Judgement:
        raise NotImplementedError


# -- a course --------------------------------------------------------------------------------------


def load(course_dir: Path) -> LoadedCourse:
    """A course with its mistakes, which are told."""
    from codegym_jlab.course.loader import load_course

    loaded = load_course(course_dir.resolve())
    for error in loaded.errors:
        err.print(str(error))
    return loaded


def usable(course_dir: Path, *, whole: bool = False) -> LoadedCourse:
    """A course of which some of the exercises can be graded, all of them where `whole`; else exit 1."""
    loaded = load(course_dir)
    if loaded.broken or (whole and loaded.errors):
        raise Exit(1)
    return loaded


# -- the records -----------------------------------------------------------------------------------


def place_of(named: str) -> Path | str:
    """The file of records, there or not, or the URL of a database: what is named, else what the settings say."""
    if not named:
        return settings_here().records
    if "://" in named:
        return named
    place = Path(named).expanduser().absolute()
    return place / RECORDS_FILE if place.is_dir() else place


def records_at(named: str) -> Path | str:
    """The same, a file that is there."""
    place = place_of(named)
    if isinstance(place, Path) and not place.is_file():
        wrong_use(f"no records found at {place}")
    return place


@asynccontextmanager
async def records_read(records: Path | str) -> AsyncIterator[Store]:
    """The records beside a server that has them open: nothing is changed, not even their form."""
    with failing_on(StoreError):
        store = store_at(records)
        try:
            yield store
        finally:
            await store.close()


@asynccontextmanager
async def opened(records: Path | str) -> AsyncIterator[Store]:
    """The records in the form that this version writes: to change them."""
    async with records_read(records) as store:
        await store.open()
        yield store


async def published(store: Store, offering: str) -> LoadedCourse:
    """The version of its course that a class holds now."""
    from codegym_jlab.grading.admission import Versions

    found = await store.publications(offering)
    if not found:
        wrong_use(f"nothing is published for the class {offering}: codegym publish COURSE_DIR")
    return await Versions(store, settings_here().data_dir / "versions").course(found[0].version)


# -- a sandbox -------------------------------------------------------------------------------------


@asynccontextmanager
async def sandboxed(unsafe: bool) -> AsyncIterator[Sandbox]:
    """The level that CODEGYM_SANDBOX names, else the best that works here; `unsafe`: none, where none does."""
    from codegym_jlab.sandbox.base import NoSuchLevel, SandboxUnavailable
    from codegym_jlab.sandbox.levels import open_sandbox

    with failing_on(SandboxUnavailable):
        try:
            sandbox = await open_sandbox(os.environ.get("CODEGYM_SANDBOX") or None, allow_unsafe=unsafe)
        except NoSuchLevel as error:
            wrong_use(f"CODEGYM_SANDBOX: {error}")
        try:
            yield sandbox
        finally:
            await sandbox.close()


@asynccontextmanager
async def grading(unsafe: bool = False, *, of_author: bool = False) -> AsyncIterator[Grader]:
    """A grader in its sandbox; `of_author`: on no other machine, since solutions and their mutants run there."""
    from codegym_jlab.grading.grader.grader import Grader
    from codegym_jlab.sandbox.base import side_of_author

    async with sandboxed(unsafe) as sandbox:
        grader = Grader(side_of_author(sandbox) if of_author else sandbox)
        try:
            yield grader
        finally:
            await grader.close()


# -- the managers ----------------------------------------------------------------------------------


class Managers:
    """The open records and the managers over them, which judge nothing. Who can open them may do anything."""

    def __init__(self, store: Store, place: Path | str, account: str, courses: Path | None) -> None:
        """`place`: where the records are; `courses`: a folder, None: that of the settings."""
        from codegym_jlab.classes.manager import ClassManager
        from codegym_jlab.classes.marks import Reviewing
        from codegym_jlab.classes.publication import Publisher
        from codegym_jlab.classes.reports import Survey
        from codegym_jlab.classes.teams import TeamManager
        from codegym_jlab.course.catalogue import Catalogue
        from codegym_jlab.grading.admission import Places, Versions
        from codegym_jlab.grading.manager import GradingManager

        self.store, self.place, self._account = store, place, account
        self.catalogue = Catalogue(courses or settings_here().courses_dir)
        versions = Versions(store)
        self.places = Places(self.catalogue, versions)
        self.grading = GradingManager(store, self.catalogue, NoJudge(), versions=versions)
        self.classes = ClassManager(store, self.places)
        self.teams = TeamManager(store, self.classes)
        self.publisher = Publisher(store, self.classes, versions)
        self.reviewing = Reviewing(store, self.classes)
        self.survey = Survey(store, self.places)

    @functools.cached_property
    def actor(self) -> Actor:
        """Who does this: asked for where it matters, since a container's user may have no name."""
        from codegym_jlab.classes.manager import ADMIN, Actor

        return Actor(self._account or getpass.getuser(), frozenset({ADMIN}))

    @asynccontextmanager
    async def acting(self, act: str, given: Json) -> AsyncIterator[None]:
        """What is done within it stands in the audit log, unless nothing is to be done."""
        from codegym_jlab.store.audit import FACTS, Act, acting

        if not act or given.get("dry_run"):
            yield
            return
        told = {name: given[name] for name in FACTS.intersection(given) if given[name]}
        plain = json.loads(json.dumps(told, default=str))
        async with acting(self.store, Act(self.actor.account, act, given.get("offering"), plain)):
            yield


@asynccontextmanager
async def managers(records: str, account: str = "", courses: Path | None = None) -> AsyncIterator[Managers]:
    """The records, open. What a manager refuses is told as wrong use."""
    place = records_at(records)
    async with opened(place) as store:
        found = Managers(store, place, account, courses)
        try:
            with wrong_use_on(Refused):
                yield found
        finally:
            await found.grading.close()


def asynchronous(do: Work) -> Command:
    """Makes an `async def` a command, which exits with what it returns."""

    @functools.wraps(do)
    def run(**given: Any) -> None:
        raise Exit(asyncio.run(do(**given)) or 0)

    return run


def command(
    group: Typer | None, name: str | None = None, *, make: bool = False, act: str = ""
) -> Callable[[Work], Command]:
    """Makes `async def f(m: Managers, …)` a command of `group` with --as, --records and --json.

    `make` makes records that are not there yet. `act`: what the audit log calls it.
    """

    def register(do: Work) -> Command:
        async def open_and_do(*, actor: str, records: str, as_json: bool, **given: Any) -> int | None:
            if make:
                async with opened(place_of(records)):
                    pass
            async with managers(records, actor) as found, found.acting(act, given):
                return await do(found, **given)

        run = functools.update_wrapper(asynchronous(open_and_do), do)
        own = list(inspect.signature(do, eval_str=True).parameters.values())[1:]
        parameters = [*(parameter.replace(kind=_KEYWORD) for parameter in own), *_SHARED]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        if group is not None:
            group.command(name)(run)
        return run

    return register


# -- what people write -----------------------------------------------------------------------------


def table_in(who: list[str]) -> str | None:
    """The one table among what was named, by its ending; None where accounts were named."""
    tables = [name for name in who if name == "-" or name.lower().endswith((".csv", ".tsv", ".txt"))]
    if tables and len(who) > 1:
        wrong_use("name one table, or accounts")
    return tables[0] if tables else None


def text_of(name: str) -> str:
    """A table as a person names it; - reads standard input."""
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        wrong_use(f"{name} is not UTF-8 text ({error}); save the table as UTF-8")
    except OSError as error:
        wrong_use(f"{name} cannot be read: {error.strerror}")


def instant(text: str, zone: str, what: str, *, latest: bool = False) -> datetime:
    """A point in time as a person writes it: with an offset, or local in the class's time zone."""
    from zoneinfo import ZoneInfo

    from codegym_jlab.course.policy import on_the_clock, parse_moment

    try:
        return on_the_clock(parse_moment(text), ZoneInfo(zone), latest=latest)
    except (ValueError, OSError, KeyError):
        wrong_use(f"{what} {text!r} is no time of {zone!r}; write day and time, as 2026-10-27T23:59")


@asynccontextmanager
async def models_named(names: list[str] | None) -> AsyncIterator[Chain]:
    """As the settings know them; default: all of theirs."""
    with wrong_use_on(NotAnLlm):
        chain = chain_of(chosen(settings_here().llms, names))
    try:
        yield chain
    finally:
        await chain.close()
