"""An answer is put into words while the records wait for the disk; nobody is told before, and only what came true."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from codegym_jlab.course.catalogue import Catalogue
from codegym_jlab.grading.manager import GradingManager
from codegym_jlab.grading.outcome import Outcome
from codegym_jlab.grading.settings import Settings
from codegym_jlab.store.base import Advance, Enrolment, Foretell, Recorded
from codegym_jlab.submission import Judgement, Kind, State, Submission

from .conftest import Clock, ScriptedJudge, SlowDisk

pytestmark = pytest.mark.anyio


class ForetellingDisk(SlowDisk):
    """Foretells at once, and returns once the disk has `written`; a full one then says that it has nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.twice = False  #: the work was done once more: what was foretold is not what came true

    async def record(
        self, submission: Submission, judgement: Judgement, advance: Advance, foretell: Foretell | None = None
    ) -> Recorded:
        recorded = await super().record(submission, judgement, advance, foretell)
        await self.sync()
        return replace(recorded) if self.twice else recorded


class Room:
    """A manager over such a disk, one student, and what is put into words for them."""

    def __init__(self, manager: GradingManager, store: ForetellingDisk, who: Enrolment) -> None:
        self.manager, self.store, self.who = manager, store, who
        self.worded: list[Outcome] = []

    def send(self, **more: float) -> asyncio.Task[Outcome]:
        kind, words = Kind.SUBMIT, self.worded.append
        sent = self.manager.submit(
            self.who, "sum-even", kind=kind, source="AC 2", idempotency_key="key", words=words, **more
        )
        return asyncio.create_task(sent)

    async def rest(self) -> None:
        """Until nothing moves any more."""
        for _ in range(30):
            await asyncio.sleep(0)


@pytest.fixture
async def room(catalogue: Catalogue) -> AsyncIterator[Room]:
    store = ForetellingDisk()
    manager = GradingManager(store, catalogue, ScriptedJudge(), settings=Settings(sweep_s=3600), clock=Clock())
    yield Room(manager, store, await manager.enrol("ana", "basics"))
    store.written.set()
    await manager.close()


async def test_the_outcome_is_made_while_the_disk_is_waited_for_and_told_after(room: Room) -> None:
    heard: list[Outcome] = []
    room.manager.subscribe(heard.append)
    sending = room.send()
    await room.rest()
    assert room.worded and not sending.done() and not heard
    room.store.written.set()
    assert await sending is room.worded[0] is heard[0]
    assert room.worded[0].submission.state is State.JUDGED and room.worded[0].submission.attempt == 1


async def test_what_did_not_come_true_is_not_told(room: Room) -> None:
    room.store.twice = True
    sending = room.send()
    await room.rest()
    room.store.written.set()
    outcome = await sending
    assert outcome is not room.worded[0] and outcome == room.worded[0]


async def test_a_disk_that_is_full_makes_it_wait_whatever_was_put_into_words(room: Room) -> None:
    heard: list[Outcome] = []
    room.manager.subscribe(heard.append)
    room.store.full = True
    sending = room.send()
    await room.rest()
    room.store.written.set()
    assert await sending is not room.worded[0] and not heard


async def test_nothing_is_put_into_words_for_who_waits_no_more(room: Room) -> None:
    outcome = await room.send(wait_s=0.0)
    assert outcome.submission.state is State.WAITING
    room.store.written.set()
    await room.rest()
    assert not room.manager.busy and not room.worded
