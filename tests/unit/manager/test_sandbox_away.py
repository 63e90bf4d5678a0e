"""No sandbox can be had for a while: what was sent waits, costs nothing, and is judged when there is one again."""

from __future__ import annotations

import pytest

from codegym_jlab.records import State, Verdict

from .conftest import Class

pytestmark = pytest.mark.anyio


async def test_what_was_sent_waits_however_long_no_sandbox_can_be_had(school: Class) -> None:
    school.judge.away = {"AC"}
    sent = await school.send("AC 2")
    assert sent.submission.state is State.WAITING and sent.judgement is None and sent.not_before is not None
    for _ in range(12):
        school.clock.move(seconds=61)
        assert await school.manager.sweep() == 1
        found = await school.store.find(sent.submission.id)
        assert found is not None and found.submission.state is State.WAITING and found.faults == 0
    assert len(school.judge.judged) == 13
    assert (await school.line())["status"] == "kept" and not await school.store.history(sent.submission.id)
    school.judge.away = set()
    school.clock.move(seconds=61)
    assert await school.manager.sweep() == 1
    found = await school.store.find(sent.submission.id)
    assert found is not None and found.judgement is not None and found.judgement.verdict is Verdict.AC
    assert found.submission.attempt == 1 and found.faults == 0


async def test_it_is_not_tried_again_at_once(school: Class) -> None:
    school.judge.away = {"AC"}
    await school.send("AC 2")
    assert await school.manager.sweep() == 0
    school.clock.move(seconds=1)
    assert await school.manager.sweep() == 0
    school.clock.move(seconds=60)
    assert await school.manager.sweep() == 1


async def test_others_are_judged_meanwhile_and_a_real_fault_is_still_parked(school: Class) -> None:
    school.judge.away = {"AC"}
    away = await school.send("AC 2")
    broken = await school.send("boom", exercise="maximum")
    for _ in range(3):
        school.clock.move(seconds=61)
        await school.manager.sweep()
    states = [await school.store.find(one.submission.id) for one in (away, broken)]
    assert [found.submission.state for found in states if found] == [State.WAITING, State.PARKED]


async def test_what_waits_for_a_sandbox_can_be_cancelled(school: Class) -> None:
    school.judge.away = {"AC"}
    sent = await school.send("AC 2")
    await school.manager.cancel("ana", sent.submission.id)
    school.clock.move(seconds=61)
    assert await school.manager.sweep() == 0
