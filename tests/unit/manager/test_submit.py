"""Trying and submitting: what is stored, judged once, answered again, refused, cancelled and told."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from typing import Any

import pytest

from codegym_jlab.grading.errors import (
    AlreadyJudged,
    CourseBroken,
    TooLarge,
    TooManyWaiting,
    UnknownCourse,
    UnknownExercise,
    UnknownSubmission,
)
from codegym_jlab.grading.judgements import Settings
from codegym_jlab.grading.manager import GradingManager
from codegym_jlab.grading.progress import Outcome
from codegym_jlab.records import Cell, Kind, State, Verdict
from codegym_jlab.store.base import KeyTaken, StoreUnavailable
from codegym_jlab.store.classes import Enrolment

from .conftest import NOON, Class

pytestmark = pytest.mark.anyio


async def test_a_submit_is_judged_and_counts(school: Class) -> None:
    outcome = await school.send("AC 2", claimed_at=NOON)
    assert outcome.submission.state is State.JUDGED and outcome.submission.attempt == 1
    assert outcome.judgement is not None and outcome.judgement.verdict is Verdict.AC
    assert (outcome.counts, outcome.late_s, outcome.standing.attempts) == (True, None, None)
    line = await school.line()
    assert line == outcome.standing.as_json()
    assert (line["status"], line["score"], line["max_score"], line["counts"]) == ("submitted", 2.0, 2.0, True)
    assert line["counting"] == {"score": 2.0, "submitted_at": NOON.isoformat()}
    assert await school.events() == ["code_submitted", "grading_complete", "user_progress_updated"]


async def test_a_try_uses_no_attempt_and_does_not_count(school: Class) -> None:
    await school.policy(attempts=1)
    for source in ("WA", "AC 2"):
        outcome = await school.send(source, Kind.TRY)
        assert (outcome.counts, outcome.submission.attempt) == (None, None)
    line = await school.line()
    assert (line["status"], line["score"], line["attempts"]) == ("tried", None, {"used": 0, "max": 1, "left": 1})
    assert line["tried_at"] == NOON.isoformat()


async def test_the_same_key_again_is_one_submission(school: Class) -> None:
    first = await school.send("WA 1", idempotency_key="k")
    again = await school.send("WA 1", idempotency_key="k")
    assert again.submission == first.submission and again.judgement == first.judgement
    assert (again.counts, again.standing) == (first.counts, first.standing)
    assert school.judge.judged == ["WA 1"] and len(await school.events()) == 3


async def test_the_same_key_while_it_is_judged_waits_for_that(school: Class) -> None:
    school.judge.hold = asyncio.Event()
    sent = [asyncio.create_task(school.send("AC 2", idempotency_key="k")) for _ in range(3)]
    await school.judging()
    school.judge.hold.set()
    outcomes = await asyncio.gather(*sent)
    assert {o.submission.id for o in outcomes} == {outcomes[0].submission.id}
    assert all(o.judgement is not None for o in outcomes) and len(school.judge.judged) == 1


async def test_the_same_key_with_another_source_is_refused(school: Class) -> None:
    await school.send("WA", idempotency_key="k")
    with pytest.raises(KeyTaken):
        await school.send("AC 2", idempotency_key="k")


async def test_the_same_source_is_answered_from_its_judgement(school: Class) -> None:
    await school.policy(attempts=3)
    first = await school.send("WA 1")
    school.clock.move(minutes=5)
    again = await school.send("WA 1")
    assert again.submission.id != first.submission.id and again.judgement == first.judgement
    assert (
        again.standing.attempts is not None and again.standing.attempts.used == 1 and again.submission.attempt is None
    )
    assert school.judge.judged == ["WA 1"]
    assert (await school.manager.outcome("ana", again.submission.id)).judgement == first.judgement
    assert (await school.send("WA 1", cells=[Cell("x = 1")])).submission.attempt == 2


async def test_a_changed_course_judges_the_same_source_anew(school: Class) -> None:
    await school.send("WA 1")
    loaded = school.catalogue.courses["basics"]
    school.catalogue.courses["basics"] = replace(loaded, digest="changed")
    await school.send("WA 1")
    assert school.judge.judged == ["WA 1", "WA 1"]


@pytest.mark.parametrize("source", ["CE", "JE", "boom"])
async def test_ce_and_je_cost_no_attempt(school: Class, source: str) -> None:
    await school.policy(attempts=1)
    outcome = await school.send(source)
    assert outcome.standing.attempts is not None and outcome.standing.attempts.used == 0 and outcome.counts is None
    assert (await school.line())["submitted_at"] is None


async def test_after_three_faults_staff_look_at_it(school: Class) -> None:
    await school.policy(attempts=1)
    outcome = await school.send("boom")
    assert outcome.submission.state is State.WAITING and outcome.standing.status == "kept"
    assert await school.manager.sweep() == 0, "not before its time"
    for state in (State.WAITING, State.PARKED):
        school.clock.move(minutes=1)
        assert await school.manager.sweep() == 1
        assert school.told[-1].submission.state is state
    school.clock.move(days=1)
    assert await school.manager.sweep() == 0
    assert (await school.send("AC 2")).standing.attempts is not None, "the attempt was not used"
    assert (await school.events()).count("grading_complete") == 1


async def test_a_fault_that_passes_is_judged_in_the_end(school: Class) -> None:
    outcome = await school.send("boom")
    school.judge.judge = _always("AC 2", school)  # type: ignore[method-assign]
    school.clock.move(minutes=1)
    assert await school.manager.sweep() == 1
    judged = await school.manager.outcome("ana", outcome.submission.id)
    assert judged.judgement is not None and judged.judgement.verdict is Verdict.AC and judged.counts


def _always(source: str, school: Class):  # type: ignore[no-untyped-def]
    judge = type(school.judge)()

    async def other(loaded, submission, *, seed=None):  # type: ignore[no-untyped-def]
        judged = await judge.judge(loaded, replace(submission, source=source))
        return replace(judged, submission=submission.id)

    return other


async def test_a_slow_one_is_kept_and_told_later(school: Class) -> None:
    school.judge.hold = asyncio.Event()
    outcome = await school.send("AC 2", wait_s=0.01)
    assert (outcome.submission.state, outcome.judgement, outcome.standing.status) == (State.WAITING, None, "kept")
    assert (await school.line())["status"] == "kept"
    school.judge.hold.set()
    await school.heard.wait()
    assert school.told[0].submission.id == outcome.submission.id and school.told[0].counts


async def test_a_request_that_goes_away_does_not_stop_the_judging(school: Class) -> None:
    school.judge.hold = asyncio.Event()
    request = asyncio.create_task(school.send("AC 2"))
    await school.judging()
    request.cancel()
    school.judge.hold.set()
    await school.heard.wait()
    assert school.told[0].submission.state is State.JUDGED


async def test_cancelling_stops_it_and_costs_nothing(school: Class) -> None:
    await school.policy(attempts=1)
    school.judge.hold = asyncio.Event()
    request = asyncio.create_task(school.send("AC 2", idempotency_key="k"))
    await school.judging()
    id = await school.store.find_sent(school.who.offering, school.who.person, "k")
    assert id is not None
    cancelled = await school.manager.cancel("ana", id)
    assert cancelled.submission.state is State.CANCELLED and school.told == [cancelled]
    answered = await request
    assert (answered.submission.state, answered.judgement) == (State.CANCELLED, None)
    assert answered.standing.attempts is not None and answered.standing.attempts.left == 1 and school.judge.at_once == 0
    school.clock.move(days=1)
    assert await school.manager.sweep() == 0
    assert (await school.manager.cancel("ana", id)).submission.state is State.CANCELLED


async def test_what_was_sent_is_cancelled_by_its_key(school: Class) -> None:
    school.judge.hold = asyncio.Event()
    request = asyncio.create_task(school.send("AC 2", idempotency_key="k"))
    await school.judging()
    cancelled = await school.manager.cancel_sent(school.who, "k")
    assert cancelled.submission.state is State.CANCELLED and school.told == [cancelled]
    assert (await request).submission == cancelled.submission
    with pytest.raises(UnknownSubmission):
        await school.manager.cancel_sent(await school.manager.enrol("ben", "basics"), "k")


async def test_what_is_judged_is_not_cancelled(school: Class) -> None:
    outcome = await school.send("AC 2")
    with pytest.raises(AlreadyJudged):
        await school.manager.cancel("ana", outcome.submission.id)


async def test_nobody_elses_submission_is_found(school: Class) -> None:
    outcome = await school.send("AC 2")
    await school.manager.enrol("ben", "basics")
    for user in ("ben", "nobody"):
        with pytest.raises(UnknownSubmission):
            await school.manager.outcome(user, outcome.submission.id)
        with pytest.raises(UnknownSubmission):
            await school.manager.cancel(user, outcome.submission.id)
    with pytest.raises(UnknownSubmission):
        await school.manager.outcome("ana", "nothing")
    staff = await school.manager.outcome("ben", outcome.submission.id, staff=True)
    assert staff.submission == outcome.submission and staff.enrolment == school.who


async def test_unknown_and_broken_things_are_told(school: Class) -> None:
    with pytest.raises(UnknownCourse):
        await school.manager.enrol("ana", "nothing")
    with pytest.raises(UnknownExercise):
        await school.send("AC", exercise="nothing")
    school.catalogue.courses["basics"] = replace(school.catalogue.courses["basics"], course=None)
    with pytest.raises(CourseBroken):
        await school.send("AC")


async def test_too_much_is_refused_before_it_is_stored(school: Class) -> None:
    with pytest.raises(TooLarge) as refused:
        await school.send("x" * 300_000)
    assert refused.value.details == {"limit_kb": 256}
    with pytest.raises(TooLarge):
        await school.send("x", cells=[Cell("x" * 600_000)] * 2)
    assert not school.judge.judged and not await school.events()


async def test_a_store_that_is_away_is_told_before_anything_is_judged(school: Class) -> None:
    async def away(*args: object, **kwargs: object) -> None:
        raise StoreUnavailable("away")

    school.store.accept = away  # type: ignore[method-assign, assignment]
    with pytest.raises(StoreUnavailable):
        await school.send("AC 2")
    assert not school.judge.judged


async def test_a_store_that_goes_away_meanwhile_keeps_the_submission(school: Class) -> None:
    async def away(*args: object, **kwargs: object) -> None:
        raise StoreUnavailable("away")

    record, school.store.record = school.store.record, away  # type: ignore[method-assign, assignment]
    outcome = await school.send("AC 2")
    assert (outcome.submission.state, outcome.judgement) == (State.WAITING, None)
    school.store.record = record  # type: ignore[method-assign]
    school.clock.move(days=3)
    assert await school.manager.sweep() == 1
    assert school.told[-1].counts


async def test_an_exercise_that_left_the_course_is_parked(school: Class) -> None:
    school.judge.hold = asyncio.Event()
    outcome = await school.send("AC 2", wait_s=0.0)
    await school.manager.close()
    loaded = school.catalogue.courses.pop("basics")
    for _ in range(3):
        school.clock.move(minutes=5)
        await school.manager.sweep()
    school.catalogue.courses["basics"] = loaded
    found = await school.manager.outcome("ana", outcome.submission.id)
    assert found.submission.state is State.PARKED


async def test_so_many_at_once_and_no_more(school: Class) -> None:
    school.judge.hold = asyncio.Event()
    people = [await school.manager.enrol(f"s{i}", "basics") for i in range(30)]
    sent = [asyncio.ensure_future(sent_by(school, who, f"WA {i}")) for i, who in enumerate(people)]
    await school.judging(4)
    school.judge.hold.set()
    assert len(await asyncio.gather(*sent)) == 30
    assert school.judge.most_at_once == 4


async def sent_by(school: Class, who: Enrolment, source: str, **more: Any) -> Outcome:
    key = f"key-{next(school.keys)}"
    return await school.manager.submit(who, "maximum", kind=Kind.TRY, source=source, idempotency_key=key, **more)


async def test_one_who_sends_hundreds_delays_nobody_and_everyone_is_told_their_place(school: Class) -> None:
    school.judge.hold = asyncio.Event()
    ana, ben, cy = [await school.manager.enrol(name, "basics") for name in ("ana", "ben", "cy")]
    flood = [await sent_by(school, ana, f"WA {i}", wait_s=0) for i in range(200)]
    assert [outcome.ahead for outcome in (*flood[:3], flood[-1])] == [0, 1, 2, 199]
    first = await sent_by(school, ben, "AC 1", wait_s=0)
    second = await sent_by(school, ben, "AC 2", wait_s=0)
    third = await sent_by(school, cy, "AC 1", wait_s=0)
    assert [outcome.ahead for outcome in (first, second, third)] == [1, 3, 2]
    assert (await school.manager.outcome("ben", second.submission.id)).ahead == 3
    assert (await sent_by(school, ben, "AC 3", wait_s=0)).ahead == 6
    school.judge.hold.set()
    await school.judging(12)
    assert "AC 3" in school.judge.judged[:12]


async def test_who_has_hundreds_waiting_sends_no_more_for_a_while(school: Class) -> None:
    school.judge.hold = asyncio.Event()
    ana, ben = [await school.manager.enrol(name, "basics") for name in ("ana", "ben")]
    most = Settings().most_waiting
    waiting = [await sent_by(school, ana, f"WA {i}", wait_s=0) for i in range(most)]
    stored = len(await school.events())
    with pytest.raises(TooManyWaiting) as refused:
        await sent_by(school, ana, "AC 1", wait_s=0)
    assert refused.value.details["wait_s"] > 0 and len(await school.events()) == stored
    assert (await sent_by(school, ben, "AC 1", wait_s=0)).ahead == 1
    await school.manager.cancel("ana", waiting[-1].submission.id)
    await asyncio.sleep(0.01)  # its task ends
    assert (await sent_by(school, ana, "AC 1", wait_s=0)).ahead == most
    school.judge.hold.set()


async def test_in_a_long_line_a_request_does_not_wait_long(school: Class) -> None:
    school.judge.hold = asyncio.Event()
    people = [await school.manager.enrol(f"s{i}", "basics") for i in range(30)]
    for i, who in enumerate(people[:-1]):
        await sent_by(school, who, f"WA {i}", wait_s=0)
    told = await sent_by(school, people[-1], "WA last", wait_s=math.inf)
    assert told.judgement is None and told.ahead == 29
    school.judge.hold.set()


async def test_a_listener_may_fail(school: Class) -> None:
    def fail(outcome: object) -> None:
        raise RuntimeError

    school.manager.subscribe(fail)
    assert (await school.send("AC 2")).counts and len(school.told) == 1


async def test_a_crash_before_the_second_transaction_is_made_good(school: Class, settings: Settings) -> None:
    school.judge.hold = asyncio.Event()
    outcome = await school.send("AC 2", wait_s=0.01)
    school.manager._judging.tasks[outcome.submission.id].cancel()  # the process is gone, the lease is not
    await asyncio.sleep(0)
    school.judge.hold = None
    other = GradingManager(school.store, school.catalogue, school.judge, settings=settings, clock=school.clock)
    assert await other.sweep() == 0, "still leased"
    school.clock.move(hours=4)
    assert await other.sweep() == 1
    found = await other.outcome("ana", outcome.submission.id)
    assert found.counts and found.submission.received_at == NOON
    assert (await school.events()).count("grading_complete") == 1
    await other.close()


async def test_what_is_stopped_is_free_for_the_next_process_at_once(school: Class, settings: Settings) -> None:
    school.judge.hold = asyncio.Event()
    await school.send("AC 2", wait_s=0.01)
    await school.manager.close()
    school.judge.hold = None
    other = GradingManager(school.store, school.catalogue, school.judge, settings=settings, clock=school.clock)
    assert await other.sweep() == 1
    await other.close()


async def test_however_many_wait_they_are_judged_without_a_pause_between(school: Class, settings: Settings) -> None:
    """After an outage of the records a whole class waits."""
    school.judge.hold = asyncio.Event()
    sent = [(await school.send(f"AC {number}", wait_s=0.0)).submission.id for number in range(40)]
    await school.manager.close()
    school.judge.hold = None
    other = GradingManager(school.store, school.catalogue, school.judge, settings=settings, clock=school.clock)
    await other.start()  # the next search comes in an hour
    async with asyncio.timeout(60):
        while (await school.store.backlog()).waiting:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert {(await other.outcome("ana", one)).submission.state for one in sent} == {State.JUDGED}
    await other.close()


async def test_the_sweep_does_not_judge_twice(school: Class) -> None:
    school.judge.hold = asyncio.Event()
    outcome = await school.send("AC 2", wait_s=0.01)
    school.clock.move(days=1)  # the event loop stood still for a day: the lease is over
    sweep = asyncio.create_task(school.manager.sweep())
    await asyncio.sleep(0.01)
    school.judge.hold.set()
    await sweep
    assert school.judge.judged == ["AC 2"] and len(school.told) == 1
    assert (await school.manager.outcome("ana", outcome.submission.id)).counts


async def test_a_repeat_that_waits_is_no_attempt_after_a_crash_either(school: Class) -> None:
    await school.policy(attempts=3)
    first = await school.send("WA 1")
    school.judge.hold = asyncio.Event()
    work = school.manager._judging
    start, work.start = work.start, lambda work: asyncio.create_task(asyncio.sleep(3600))  # type: ignore
    lost = await school.send("WA 1", wait_s=0.0)
    work.start = start  # type: ignore[method-assign]
    school.clock.move(days=1)
    assert await school.manager.sweep() == 1
    found = await school.manager.outcome("ana", lost.submission.id)
    assert (
        found.judgement == first.judgement and found.standing.attempts is not None and found.standing.attempts.used == 1
    )
