"""What a flow is told to do, what a process does of it in steps, and what is said when it is done.

An order and a tally are plain JSON, kept by DBOS. Steps run on an event loop where records, courses and a sandbox are
open.

Of an import it reads the same folder as the others, and takes the notebooks of its spans.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from zoneinfo import ZoneInfo

from codegym_jlab.classes.imports.import_notebooks import Importing
from codegym_jlab.classes.imports.notebook_sources import Source, Table, Terms, UnfitSource, look_through, read_table
from codegym_jlab.classes.rosters import UnfitTable
from codegym_jlab.course.loader import LoadedCourse, load_course
from codegym_jlab.grading.admission import Versions
from codegym_jlab.grading.judgements import Judge
from codegym_jlab.grading.regrade import Regraded, Regrading
from codegym_jlab.records import Json, digest_of, frozen, in_parts, utc_now
from codegym_jlab.store import Store
from codegym_jlab.telemetry import traces
from codegym_jlab.telemetry.traces import bind


@frozen
class Order:
    """A regrading that is to be recorded."""

    kind: ClassVar[str] = "regrade"
    course_dir: str  #: empty: the version of that digest which was published
    course_digest: str  #: what is graded against: another version of the course is another order
    offering: str
    exercises: list[str]
    who: str  #: a person of the offering
    why: str
    allow_lower: bool = False
    span: int = 50  #: lines in one step


@frozen
class ImportOrder:
    """Notebooks that were handed in elsewhere, to be stored and judged. No name of a student is in it."""

    kind: ClassVar[str] = "import"
    source: str  #: a folder or a zip, at the same path for every worker
    course_digest: str  #: the published version that they are judged by
    offering: str
    who: str  #: a person of the offering
    why: str
    received_at: str = ""  #: ISO 8601 in UTC, of what says nothing itself
    table: str = ""  #: a file that says whose each notebook is, and when it was received
    table_digest: str = ""
    span: int = 10  #: notebooks in one step


class _Sums:
    """Figures of a span, or of all of them together."""

    def add(self, other: Json) -> None:
        """Add a span's."""
        for name, value in other.items():
            setattr(self, name, getattr(self, name) + value)

    def as_json(self) -> Json:
        """For DBOS and for programs."""
        return asdict(self)  # type: ignore[call-overload,no-any-return]


@dataclass
class Tally(_Sums):
    """What was done, of a span or of all."""

    lines: int = 0
    graded: int = 0
    recorded: int = 0
    held: int = 0  #: their score would fall
    stale: int = 0  #: judged otherwise meanwhile
    unanswered: list[str] = field(default_factory=list)
    changed: list[Json] = field(default_factory=list)

    def count(self, done: Iterable[Regraded]) -> None:
        """Add what became of some lines."""
        for one in done:
            self.lines += 1
            self.graded += one.line.graded
            self.recorded += one.recorded
            self.held += one.held
            self.stale += one.stale
            self.unanswered += one.line.unanswered
            if one.line.changes:
                self.changed.append(one.line.as_json())


@dataclass
class ImportTally(_Sums):
    """The same of an import. A row is a notebook, by the key that stands for its path and content."""

    notebooks: int = 0
    imported: int = 0  #: answers
    there: int = 0  #: they were already
    refused: int = 0  #: answers, and notebooks of which nothing was taken
    passed_over: int = 0  #: files that are no notebooks
    rows: list[Json] = field(default_factory=list)

    def count(self, row: Json) -> None:
        """Add what became of a notebook."""
        did = [answer["did"] for answer in row["answers"]]
        self.notebooks += 1
        self.imported += did.count("imported")
        self.there += did.count("there")
        self.refused += did.count("refused") + ("error" in row)
        self.rows.append(row)


T = TypeVar("T")
_MANY = 2000
GONE = "it was changed or taken away while it was imported; give the same command again"


class SourceGone(Exception):
    """What is to be imported is not there as it was: no use to try again."""


async def source_of(store: Store, order: ImportOrder, loaded: LoadedCourse) -> Source:
    """All notebooks, as the class and the order say whose they are. Raises UnfitSource, UnfitTable."""
    offering = await store.offering(order.offering)
    assert offering is not None, "no offering is ever removed"
    students = frozenset(m.account for m in await store.members(order.offering) if m.is_student and m.account)
    table = await asyncio.to_thread(_table, order, ZoneInfo(offering.time_zone))
    received_at = datetime.fromisoformat(order.received_at) if order.received_at else None
    terms = Terms(students, utc_now(), received_at, table)
    return await asyncio.to_thread(look_through, Path(order.source), terms, loaded)


def _table(order: ImportOrder, zone: ZoneInfo) -> Table:
    if not order.table:
        return {}
    place = Path(order.table)
    try:
        content = place.read_bytes()
    except OSError as error:
        raise UnfitSource(f"{place} cannot be read ({error.strerror})") from None
    if digest_of(content) != order.table_digest:
        raise UnfitSource(f"{place} was changed since this began. Cancel it, and import anew.")
    return read_table(content.decode("utf-8-sig", "replace"), place.name, zone)


_Open = tuple[Source, Importing]  #: an import that this process takes part in


@dataclass
class Imports:
    """All imports that this process takes part in, each read once."""

    store: Store
    judge: Callable[[], Judge]
    versions: Versions
    _under_way: dict[str, asyncio.Task[_Open]] = field(default_factory=dict)

    async def plan(self, order: ImportOrder, flow: str) -> Json:
        """`spans`: the keys of the notebooks, so many a step; `refused`: the tally of those that are not taken."""
        source, _ = await self._opened(order, flow)
        tally = ImportTally(passed_over=source.passed_over)
        for one in source.notebooks:
            if one.problem:
                tally.count({"key": one.key, "answers": [], "error": one.problem})
        keys = [one.key for one in source.notebooks if not one.problem]
        return {"spans": [*in_parts(keys, order.span)], "refused": tally.as_json()}

    async def span(self, order: ImportOrder, flow: str, keys: list[str]) -> Json:
        """Store and judge these. Again after a crash: nothing is stored or judged twice."""
        source, importing = await self._opened(order, flow)
        handed, tally = {one.key: one for one in source.notebooks}, ImportTally()

        async def row(key: str) -> Json:
            if key not in handed:
                return {"key": key, "answers": [], "error": GONE}
            return await importing.row(source, handed[key])

        for found in await asyncio.gather(*map(row, keys)):
            tally.count(found)
        return tally.as_json()

    async def _opened(self, order: ImportOrder, flow: str) -> _Open:
        """Raises SourceGone."""
        task = self._under_way.get(flow)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = self._under_way[flow] = asyncio.create_task(self._open(order, flow))
        try:
            return await asyncio.shield(task)
        except (UnfitSource, UnfitTable) as error:
            raise SourceGone(str(error)) from None

    async def _open(self, order: ImportOrder, flow: str) -> _Open:
        loaded = await self.versions.course(order.course_digest)
        source = await source_of(self.store, order, loaded)
        importing = Importing(self.store, loaded, self.judge(), order.offering, who=order.who, why=order.why, flow=flow)
        return source, importing

    async def close(self) -> None:
        """End what is still being judged."""
        for task in self._under_way.values():
            task.cancel()
        for found in await asyncio.gather(*self._under_way.values(), return_exceptions=True):
            if isinstance(found, tuple):
                await found[1].close()


class CourseChanged(Exception):
    """The course is not the one that the flow began with."""


class Steps:
    """Called from DBOS's threads; the work is done on the loop on which this was made."""

    def __init__(self, store: Store, judge: Callable[[], Judge], at_once: int) -> None:
        """`judge` is asked for when the first submission is to be graded; `at_once`: see `Regrading`."""
        self._store, self._judge, self._at_once = store, judge, at_once
        self._versions = Versions(store)
        self._imports = Imports(store, judge, self._versions)
        self._loop = asyncio.get_running_loop()
        self._regradings: dict[str, Regrading] = {}

    def plan(self, kind: str, order: Json, flow: str) -> Any:
        """The spans of a flow, in order; of an import also what is not taken."""
        is_import = kind == ImportOrder.kind
        work = self._imports.plan(ImportOrder(**order), flow) if is_import else self._plan(Order(**order))
        return self._done("plan", work, order["offering"], flow)

    def span(self, kind: str, order: Json, flow: str, span: Any) -> Json:
        """Judge and record, or store, what is in a span. Again after a crash: nothing is done twice."""
        if kind == ImportOrder.kind:
            work = self._imports.span(ImportOrder(**order), flow, span)
        else:
            work = self._regrade(Order(**order), flow, *span)
        return self._done(kind, work, order["offering"], flow)

    def _done(self, name: str, work: Coroutine[Any, Any, T], offering: str, flow: str) -> T:
        """Each step is a trace of its own: a flow lasts for hours, and goes on in other processes."""

        async def traced() -> T:
            with bind(flow=flow, offering=offering), traces.span_of(None, name, offering=offering, flow=flow):
                return await work

        return asyncio.run_coroutine_threadsafe(traced(), self._loop).result()

    async def _plan(self, order: Order) -> list[list[list[str]]]:
        spans, after = [], ("", "")
        while found := await self._store.lines(order.offering, after, _MANY, order.exercises):
            for line in [*found[order.span - 1 :: order.span], found[-1]]:
                if line.key > after:
                    spans.append([list(after), list(line.key)])
                    after = line.key
        return spans

    async def _regrade(self, order: Order, flow: str, begins: list[str], ends: list[str]) -> Json:
        """The lines after one and up to another."""
        regrading = await self._regrading(order, flow)
        tally, after, last = Tally(), (begins[0], begins[1]), (ends[0], ends[1])
        while after < last:
            lines = [
                one for one in await regrading.page(order.exercises, after, order.span) if one.progress.key <= last
            ]
            if not lines:
                break
            with traces.span("grade", lines=len(lines)):
                found = await regrading.look(lines)
            with traces.span("commit", lines=len(found)):
                done = await regrading.record(found, who=order.who, why=order.why, allow_lower=order.allow_lower)
            tally.count(done)
            after = lines[-1].progress.key
        return tally.as_json()

    async def _regrading(self, order: Order, flow: str) -> Regrading:
        """One a flow: its spans share the machine's processors."""
        if flow not in self._regradings:
            made = (self._store, await self._course(order), self._judge(), order.offering)
            self._regradings.setdefault(flow, Regrading(*made, flow=flow, at_once=self._at_once))
        return self._regradings[flow]

    async def _course(self, order: Order) -> LoadedCourse:
        """As it was when the flow began. Raises CourseChanged."""
        if not order.course_dir:
            return await self._versions.course(order.course_digest)
        loaded = await asyncio.to_thread(load_course, Path(order.course_dir))
        if loaded.broken or loaded.digest != order.course_digest:
            raise CourseChanged(
                f"{order.course_dir} was changed since this began. Cancel it, and regrade with the course as it is now."
            )
        return loaded

    async def close(self) -> None:
        """End what is still being graded."""
        await self._imports.close()
        self._versions.close()
