"""What a process does of an import: it reads the same folder as the others, and takes the notebooks of its spans."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from codegym_jlab.classes.imports.import_notebooks import Importing
from codegym_jlab.classes.imports.notebook_sources import Source, Table, Terms, UnfitSource, look_through, read_table
from codegym_jlab.classes.rosters import UnfitTable
from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.grading.admission import Versions
from codegym_jlab.grading.judgements import Judge
from codegym_jlab.records import Json, utc_now
from codegym_jlab.store import Store

from .inputs import ImportOrder, ImportTally

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
    if hashlib.sha256(content).hexdigest() != order.table_digest:
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
        spans = [keys[at : at + order.span] for at in range(0, len(keys), order.span)]
        return {"spans": spans, "refused": tally.as_json()}

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
