"""A real sandbox host goes away while answers come: they are kept, cost nothing, and are judged when it is back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from contract.sandbox_host import sandbox_host

from codegym_jlab.course.catalogue import load_catalogue
from codegym_jlab.grading.grader.grader import Grader
from codegym_jlab.grading.judgements import Settings
from codegym_jlab.grading.manager import GradingManager
from codegym_jlab.records import Kind, State, Verdict
from codegym_jlab.sandbox import open_sandbox
from codegym_jlab.store.sql.store import SqlStore

pytestmark = pytest.mark.anyio
RIGHT = "def sum_even(xs): return sum(x for x in xs if x % 2 == 0)"


@pytest.mark.full
async def test_nothing_is_parked_while_the_host_is_away(courses: Path) -> None:
    with sandbox_host() as host:
        sandbox = await open_sandbox("remote")
        store, grader = SqlStore(), Grader(sandbox, key=b"k")
        manager = GradingManager(store, load_catalogue(courses), grader, settings=Settings(sweep_s=0.1))
        await manager.start()
        try:
            who = await manager.enrol("ana", "basics")
            host.stop()
            sent = await manager.submit(who, "sum-even", kind=Kind.SUBMIT, source=RIGHT, idempotency_key="k")
            assert sent.submission.state is State.WAITING and sent.not_before is not None
            judged = asyncio.Event()
            manager.subscribe(lambda outcome: judged.set())
            host.start()
            async with asyncio.timeout(60):
                await judged.wait()
            found = await store.find(sent.submission.id)
            assert found is not None and found.judgement is not None
            assert found.judgement.verdict is Verdict.AC and found.faults == 0 and found.submission.attempt == 1
            assert [given.judgement.verdict for given in await store.history(sent.submission.id)] == [Verdict.AC]
        finally:
            await manager.close()
            await grader.close()
            await sandbox.close()
