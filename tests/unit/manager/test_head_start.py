"""The judge begins while the records wait for the disk; what is not kept leaves nothing behind."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from moments import NOON

from codegym_jlab.course.catalogue import Catalogue
from codegym_jlab.grading.errors import Closed
from codegym_jlab.grading.manager import GradingManager
from codegym_jlab.grading.pacing import Holding
from codegym_jlab.grading.settings import Settings
from codegym_jlab.store.base import Accepted, Enrolment, Override, StoreUnavailable
from codegym_jlab.submission import Kind, State, Submission, Verdict

from .conftest import Clock, ScriptedJudge, SlowDisk

pytestmark = pytest.mark.anyio


class DecidingDisk(SlowDisk):
    """Decided at once, as in a transaction, and kept once the disk has `written`; a full one then says so."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: dict[str, Any] = {}  #: what somebody sets while it is waited for

    async def accept(self, submission: Submission, **asked: Any) -> Accepted:
        ledger = await self.ledger(submission.offering, submission.person, asked["unit"], submission.exercise)
        asked["admit"](replace(ledger, repeat=False))
        await self.sync()
        if self.meanwhile:
            override = Override(self.meanwhile)
            await self.override(submission.offering, override, by=None, at=submission.received_at)
        return await super().accept(submission, **asked)


class Room:
    """A manager over such a disk, and one student."""

    def __init__(self, manager: GradingManager, store: DecidingDisk, judge: ScriptedJudge, who: Enrolment) -> None:
        self.manager, self.store, self.judge, self.who = manager, store, judge, who

    def send(self, source: str, key: str = "key") -> asyncio.Task[Any]:
        sent = self.manager.submit(self.who, "sum-even", kind=Kind.SUBMIT, source=source, idempotency_key=key)
        return asyncio.create_task(sent)

    async def judged(self) -> int:
        """How many the judge was given, once nothing moves any more."""
        for _ in range(20):
            await asyncio.sleep(0)
        return len(self.judge.judged)


@pytest.fixture
async def room(catalogue: Catalogue) -> Any:
    store, judge = DecidingDisk(), ScriptedJudge()
    settings = Settings(sweep_s=3600, at_once=4)
    manager = GradingManager(store, catalogue, judge, settings=settings, clock=Clock(), holding=Holding())
    yield Room(manager, store, judge, await manager.enrol("ana", "basics"))
    await manager.close()


async def test_the_judge_begins_before_the_disk_is_done_and_nothing_is_told(room: Room) -> None:
    told: list[Any] = []
    room.manager.subscribe(told.append)
    sending = room.send("AC 2")
    assert await room.judged() == 1
    assert not sending.done() and not told and await room.store.undelivered(9) == []
    room.store.written.set()
    outcome = await sending
    assert outcome.judgement is not None and outcome.judgement.verdict is Verdict.AC
    assert len(room.judge.judged) == 1 and outcome.submission.attempt == 1 and len(told) == 1


async def test_what_could_not_be_stored_leaves_nothing(room: Room) -> None:
    room.judge.hold = asyncio.Event()
    sending = room.send("AC 2")
    assert await room.judged() == 1
    room.store.full = True
    room.store.written.set()
    with pytest.raises(StoreUnavailable):
        await sending
    assert await room.judged() == 1 and room.judge.at_once == 0 and room.manager.busy == 0
    assert await room.store.undelivered(9) == [] and not await room.store.parked(room.who.offering)
    room.store.full, room.judge.hold = False, None
    assert (await room.send("AC 2")).submission.attempt == 1


async def test_a_rule_that_comes_while_the_disk_is_waited_for_holds(room: Room) -> None:
    room.store.meanwhile = {"due": (NOON - timedelta(hours=1)).isoformat()}
    sending = room.send("AC 2")
    assert await room.judged() == 1
    room.store.written.set()
    with pytest.raises(Closed):
        await sending
    assert await room.judged() == 1 and room.manager.busy == 0 and await room.store.undelivered(9) == []


async def test_the_policy_that_was_decided_by_last_counts(room: Room) -> None:
    room.store.meanwhile = {"due": (NOON - timedelta(hours=1)).isoformat(), "late": {"per_day": 0.5}}
    sending = room.send("AC 2")
    assert await room.judged() == 1
    room.store.written.set()
    outcome = await sending
    assert (outcome.late_s, outcome.standing.score, len(room.judge.judged)) == (3600, 1.0, 1)


async def test_whose_turn_is_still_to_come_gets_no_head_start(room: Room) -> None:
    room.store.written.set()
    await room.store.override(
        room.who.offering, Override({"rate": {"sources": 1, "per_s": 60}}), by=None, at=Clock().now
    )
    await room.send("AC 2", "first")
    outcome = await room.send("WA 0", "second")
    assert outcome.submission.state is State.WAITING and outcome.not_before is not None
    assert await room.judged() == 1
