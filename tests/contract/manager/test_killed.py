"""Accepted means kept: a server is killed with SIGKILL under load, and nothing is lost or counted twice."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections import Counter
from pathlib import Path

import pytest
from contract.stored import patient

from codegym_jlab.grading.manager import GradingManager
from codegym_jlab.records import Kind, State
from codegym_jlab.store.sql.store import SqlStore

from . import worker

pytestmark = pytest.mark.anyio

ROUNDS = 3
AT_LEAST = 12  #: acknowledged in each round before the kill


async def run_and_kill(place: Path | str, courses: Path, round: int, after_s: float) -> list[str]:
    """The acknowledged ones, as "student key"."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", worker.__file__, str(place), str(courses), str(round)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    first = b"".join([await process.stdout.readline() for _ in range(AT_LEAST)])
    await asyncio.sleep(after_s)
    process.send_signal(signal.SIGKILL)
    rest = await process.stdout.read()
    assert await process.wait() == -signal.SIGKILL
    return (first + rest).decode().splitlines()


@pytest.mark.full
async def test_what_was_acknowledged_before_a_kill_is_judged_once_after_it(place: Path | str, courses: Path) -> None:
    chance = random.Random(20261027)
    acknowledged: list[str] = []
    for round in range(ROUNDS):
        acknowledged += await run_and_kill(place, courses, round, chance.uniform(0.05, 0.25))

    store, manager = worker.manager_over(patient(place), courses)
    await manager.start()
    try:
        async with asyncio.timeout(180):
            await none_waits(manager, store)
        await none_is_lost_or_doubled(manager, store, acknowledged)
    finally:
        await manager.close()
        await store.close()


@pytest.mark.full
async def test_an_answer_that_takes_its_server_along_each_time_is_parked(place: Path | str, courses: Path) -> None:
    for _ in range(worker.SETTINGS.fault_limit):
        dying = (sys.executable, worker.__file__, str(place), str(courses), worker.FATAL)
        process = await asyncio.create_subprocess_exec(*dying)
        assert await asyncio.wait_for(process.wait(), 60) == -signal.SIGKILL

    store, manager = worker.manager_over(patient(place), courses)
    await manager.start()
    try:
        who = await manager.enrol("student-0", "basics")
        async with asyncio.timeout(60):
            while (await store.ledgers(who.offering, who.person)).waiting:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        (parked,) = await store.parked(who.offering)
        assert (parked.submission.source, parked.submission.state) == (worker.FATAL, State.PARKED)
        line = (await store.ledgers(who.offering, who.person)).progress.get("sum-even")
        assert line is None or line.attempts == 0
    finally:
        await manager.close()
        await store.close()


async def none_waits(manager: GradingManager, store: SqlStore) -> None:
    """Until the sweep has done its work: the leases of the killed process have to run out."""
    for student in range(worker.STUDENTS):
        who = await manager.enrol(f"student-{student}", "basics")
        while (await store.ledgers(who.offering, who.person)).waiting:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def none_is_lost_or_doubled(manager: GradingManager, store: SqlStore, acknowledged: list[str]) -> None:
    events = [pending.event for pending in await store.undelivered(10**6)]
    told = Counter(event.data["submission"] for event in events if event.type == "grading_complete")
    stored = {event.data["submission"] for event in events if event.type == "code_submitted"}
    assert set(told.values()) == {1} and set(told) == stored
    assert len(stored) >= len(acknowledged) >= AT_LEAST * ROUNDS
    attempts: Counter[str] = Counter()
    for line in acknowledged:
        student, key = line.split()
        who = await manager.enrol(f"student-{student}", "basics")
        again = await manager.submit(who, "sum-even", kind=Kind.SUBMIT, source=key, idempotency_key=key)
        assert again.submission.state is State.JUDGED and again.judgement is not None
        attempts[student] += 1
    for student, number in attempts.items():
        who = await manager.enrol(f"student-{student}", "basics")
        used = (await store.ledgers(who.offering, who.person)).progress["sum-even"].attempts
        assert number <= used <= number + ROUNDS, "at most one a round was stored and not yet acknowledged"
