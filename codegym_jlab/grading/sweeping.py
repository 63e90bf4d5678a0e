"""The sweep: what was stored and not judged is judged, by whichever process it was accepted; nothing is left behind.

Beside that it looks for drafts that are to be collected.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from datetime import datetime

from codegym_jlab.store.base import Lease, Recorded, Store, StoreError
from codegym_jlab.submission import Submission

from .collecting import Collector
from .errors import CourseBroken, NotPublished, UnknownCourse, UnknownExercise
from .judging import Judging, Orphan, Work
from .places import Places
from .rules import policy_at
from .settings import Settings

log = logging.getLogger("codegym.grading")


class Sweep:
    """One a process, over its `judging`."""

    def __init__(
        self,
        store: Store,
        places: Places,
        judging: Judging,
        settings: Settings,
        clock: Callable[[], datetime],
        on_events: Callable[[], None],
    ) -> None:
        self._store, self._places, self._judging = store, places, judging
        self._settings, self._clock, self._on_events = settings, clock, on_events
        self._at_once = settings.at_once or os.cpu_count() or 1
        self._collector = Collector(store, places)

    async def go_on(self) -> None:
        """Until it is cancelled. A class has many drafts, and leases are renewed and answers judged meanwhile."""
        async with asyncio.TaskGroup() as group:
            group.create_task(_again_and_again(self._round, self._settings.sweep_s), name="codegym-sweep-round")
            group.create_task(_again_and_again(self.collect, self._settings.collect_s), name="codegym-collect")

    async def _round(self) -> None:
        await self._renew()
        await self.take_up()

    def lease(self) -> Lease:
        """Of what is judged here: it outlasts some rounds."""
        return self._judging.lease(max(self._settings.lease_s, 3 * self._settings.sweep_s))

    async def collect(self) -> int:
        """Hand in the drafts of who handed in nothing until the due time; returns how many."""
        collected = await self._collector.collect(self._clock())
        if collected:
            self._on_events()
        return collected

    async def _renew(self) -> None:
        lasting = self._judging.lasting(self._settings.sweep_s)
        if lasting:
            await self._store.renew(self.lease(), lasting)

    async def take_up(self) -> set[asyncio.Task[Recorded | None]]:
        """Begin to judge what waits for anyone, as far as there is room."""
        room = 2 * self._at_once - self._judging.busy
        if room <= 0:
            return set()
        claimed = await self._store.claim(self.lease(), self._clock(), limit=room)
        return {self._judging.start(await self._work_on(sent)) for sent in claimed}

    async def _work_on(self, sent: Submission) -> Work | Orphan:
        """As it was when it was received: the policy has no clock of its own."""
        enrolment = await self._store.enrolment(sent.offering, sent.person)
        assert enrolment is not None, "foreign keys hold"
        try:
            place = await self._places.received(sent, enrolment)
        except (UnknownCourse, CourseBroken, UnknownExercise, NotPublished):
            return Orphan(sent)
        ledger = await self._store.ledger(sent.offering, sent.person, place.unit.id, sent.exercise)
        repeats = await self._store.find_repeat(sent, place.loaded.digest)
        return Work(sent, enrolment, place, policy_at(place, enrolment, ledger), ledger.progress, repeats)


async def _again_and_again(what: Callable[[], Awaitable[object]], pause_s: float) -> None:
    while True:
        try:
            await what()
        except StoreError as error:
            log.warning("the sweep waits: %s", error)
        except Exception:
            log.exception("the sweep met a fault")
        await asyncio.sleep(pause_s)
