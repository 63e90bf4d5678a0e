"""What a process does of a flow: its steps, on an event loop where records, courses and a sandbox are open."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from codegym_jlab.course.loader import LoadedCourse, load_course
from codegym_jlab.grading.admission import Versions
from codegym_jlab.grading.judgements import Judge
from codegym_jlab.grading.regrade import Regrading
from codegym_jlab.records import Json
from codegym_jlab.store import Store
from codegym_jlab.telemetry import traces
from codegym_jlab.telemetry.logs import bind

from .imports import Imports
from .inputs import ImportOrder, Order, Tally

T = TypeVar("T")
_MANY = 2000


class CourseChanged(Exception):
    """The course is not the one that the flow began with."""

    def __init__(self, order: Order) -> None:
        super().__init__(
            f"{order.course_dir} was changed since this began. Cancel it, and regrade with the course as it is now."
        )


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
            raise CourseChanged(order)
        return loaded

    async def close(self) -> None:
        """End what is still being graded."""
        await self._imports.close()
        self._versions.close()
