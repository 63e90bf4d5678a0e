"""Attempts, opening, closing, lateness and what counts: enforced at the moment of accepting."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given, strategies as st

from codegym_jlab.grading.checker.verdict import half_up
from codegym_jlab.grading.errors import AttemptsUsedUp, Closed, NotOpen
from codegym_jlab.records import Kind, State

from .conftest import NOON, Class

pytestmark = pytest.mark.anyio

DUE = NOON + timedelta(days=7)


def local(moment) -> str:  # type: ignore[no-untyped-def]
    return moment.isoformat()


async def test_attempts_are_counted_and_end(school: Class) -> None:
    await school.policy(attempts=2)
    assert [(await school.send(f"WA {i}")).submission.attempt for i in (0, 1)] == [1, 2]
    with pytest.raises(AttemptsUsedUp) as refused:
        await school.send("AC 2")
    assert refused.value.details == {"used": 2, "max": 2, "left": 0}
    assert (await school.send("AC 2", Kind.TRY)).judgement is not None, "a try is always taken"
    assert (await school.line("maximum"))["attempts"] == {"used": 0, "max": 2, "left": 2}


async def test_a_raised_limit_holds_at_once(school: Class) -> None:
    await school.policy(attempts=1)
    await school.send("WA")
    await school.policy(attempts=1, exercise="maximum")
    await school.policy(attempts=None, person=school.who.person, exercise="sum-even")
    outcome = await school.send("AC 2")
    assert outcome.standing.attempts is None and outcome.submission.attempt == 2


async def test_with_one_attempt_left_only_one_of_many_at_once_is_taken(school: Class) -> None:
    await school.policy(attempts=1)
    outcomes = await asyncio.gather(*(school.send(f"WA {i}") for i in range(10)), return_exceptions=True)
    taken = [o for o in outcomes if not isinstance(o, AttemptsUsedUp)]
    assert len(taken) == 1 and len(school.judge.judged) == 1


async def test_of_two_at_once_the_second_is_taken_if_the_first_cost_nothing(school: Class) -> None:
    await school.policy(attempts=1)
    first, second = await asyncio.gather(school.send("CE"), school.send("AC 2"))
    assert first.standing.attempts is not None and second.submission.attempt == 1 and second.counts


async def test_the_time_from_the_first_opening_ends(school: Class) -> None:
    await school.policy(unit="loops", duration="PT90M", time_factor=2)
    await school.manager.open_unit(school.who, "loops")
    school.clock.move(hours=3)
    assert (await school.send("WA 1")).counts
    school.clock.move(seconds=1)
    with pytest.raises(Closed):
        await school.send("AC 2")
    assert (await school.send("AC 2", Kind.TRY)).judgement is not None, "a try is always taken"
    await school.policy(unit="loops", person=school.who.person, time_factor=3)
    assert (await school.send("AC 2")).counts


async def test_who_never_opened_the_unit_begins_with_the_first_answer(school: Class) -> None:
    """A notebook can be had from another student."""
    await school.policy(unit="loops", duration="PT90M")
    await school.send("WA", Kind.TRY, exercise="maximum")
    school.clock.move(minutes=91)
    with pytest.raises(Closed):
        await school.send("AC 2")


async def test_one_that_waits_holds_its_attempt(school: Class) -> None:
    await school.policy(attempts=1)
    waits = await school.send("JE")
    assert waits.submission.state is State.WAITING
    with pytest.raises(AttemptsUsedUp, match="still being judged"):
        await school.send("AC 2")
    await school.manager.cancel("ana", waits.submission.id)
    assert (await school.send("AC 2")).counts


async def test_with_none_left_the_same_source_is_answered_and_changes_nothing(school: Class) -> None:
    await school.policy(attempts=2, count="last")
    await school.send("AC 2")
    await school.send("WA 1")
    before = await school.line()
    again = await school.send("AC 2")
    assert again.judgement is not None and again.judgement.score.points == 2 and again.counts is False
    assert await school.line() == before


async def test_with_some_left_the_same_source_is_the_last(school: Class) -> None:
    await school.policy(attempts=3, count="last")
    for source in ("AC 2", "WA 1", "AC 2"):
        school.clock.move(minutes=1)
        outcome = await school.send(source)
    assert outcome.counts and outcome.standing.attempts is not None and outcome.standing.attempts.left == 1
    assert (await school.line())["score"] == 2.0


async def test_before_it_opens_nothing_is_taken(school: Class) -> None:
    for kind in (Kind.TRY, Kind.SUBMIT):
        with pytest.raises(NotOpen) as refused:
            await school.send("AC 3", kind, exercise="hard")
        assert refused.value.details == {"opens": "2026-11-01T08:00:00+00:00"}
    school.clock.move(days=5)
    assert (await school.send("AC 3", exercise="hard")).counts


async def test_an_extension_for_one_person(school: Class) -> None:
    await school.policy(due=local(DUE))
    school.clock.now = DUE + timedelta(hours=1)
    with pytest.raises(Closed):
        await school.send("AC 2")
    await school.policy(person=school.who.person, due=local(DUE + timedelta(days=1)))
    assert (await school.send("AC 2")).late_s is None


@pytest.mark.parametrize("after", [timedelta(0), timedelta(minutes=9)])
async def test_in_grace_it_is_in_time(school: Class, after: timedelta) -> None:
    await school.policy(due=local(DUE), grace="PT10M")
    school.clock.now = DUE + after
    outcome = await school.send("AC 2")
    assert (outcome.late_s, outcome.standing.score) == (None, 2.0)


async def test_without_late_it_is_closed_after_the_due_time_but_can_be_tried(school: Class) -> None:
    await school.policy(due=local(DUE))
    school.clock.now = DUE + timedelta(seconds=1)
    with pytest.raises(Closed) as refused:
        await school.send("AC 2")
    assert refused.value.details == {"due": DUE.isoformat()}
    assert (await school.send("AC 2", Kind.TRY)).judgement is not None
    assert (await school.line())["status"] == "closed"


async def test_a_key_that_was_stored_in_time_is_answered_after_the_close(school: Class) -> None:
    await school.policy(due=local(DUE))
    first = await school.send("AC 2", idempotency_key="k")
    school.clock.now = DUE + timedelta(days=1)
    assert (await school.send("AC 2", idempotency_key="k")).submission == first.submission


@pytest.mark.parametrize(
    ("late", "points"),
    [
        (timedelta(seconds=1), 1.80),
        (timedelta(days=1), 1.80),
        (timedelta(days=1, seconds=1), 1.60),
        (timedelta(days=5), 1.00),
        (timedelta(days=50), 1.00),
    ],
)
async def test_each_started_day_costs_its_share_down_to_the_floor(
    school: Class, late: timedelta, points: float
) -> None:
    await school.policy(due=local(DUE), late={"per_day": 0.1, "floor": 0.5})
    school.clock.now = DUE + late
    outcome = await school.send("AC 2")
    assert (outcome.standing.score, outcome.late_s) == (points, late.total_seconds())
    assert outcome.judgement is not None and outcome.judgement.score.points == 2, "the judgement itself is untouched"


async def test_the_time_of_receipt_decides_not_that_of_judging(school: Class) -> None:
    await school.policy(due=local(DUE))
    school.clock.now = DUE - timedelta(seconds=1)
    outcome = await school.send("boom")
    school.judge.judge = type(school.judge)().judge  # type: ignore[method-assign]
    school.clock.now = DUE + timedelta(days=9)
    await school.manager.sweep()
    found = await school.manager.outcome("ana", outcome.submission.id)
    assert found.submission.received_at == DUE - timedelta(seconds=1) and found.late_s is None


@pytest.mark.parametrize(
    ("count", "sent", "counts"),
    [("best", [1.0, 2.0, 0.5], 2.0), ("last", [1.0, 2.0, 0.5], 0.5), ("best", [0.0, 0.0], 0.0), ("last", [2.0], 2.0)],
)
async def test_best_or_last_counts(school: Class, count: str, sent: list[float], counts: float) -> None:
    await school.policy(count=count)
    for number, points in enumerate(sent):
        school.clock.move(minutes=1)
        await school.send(f"WA {points} {number}")
    line = await school.line()
    assert line["counting"]["score"] == counts and line["score"] == sent[-1]
    assert line["counts"] is (counts == sent[-1])


async def test_of_equals_the_newer_counts_unless_it_is_late(school: Class) -> None:
    await school.policy(due=local(DUE), late={"per_day": 0.5, "floor": 0.1})
    await school.send("WA 0 a")
    school.clock.move(minutes=1)
    assert (await school.send("WA 0 b")).counts
    school.clock.now = DUE + timedelta(hours=1)
    assert (await school.send("WA 0 c")).counts is False


async def test_an_early_one_in_time_beats_a_better_late_one(school: Class) -> None:
    await school.policy(due=local(DUE), late={"per_day": 0.5})
    await school.send("WA 1.5")
    school.clock.now = DUE + timedelta(hours=1)
    late = await school.send("AC 2")
    assert late.counts is False and late.standing.as_json()["score"] == 1.0
    assert (await school.line())["counting"]["score"] == 1.5


async def test_one_that_is_judged_out_of_turn_does_not_become_the_last(school: Class) -> None:
    await school.policy(count="last")
    early = await school.send("boom 1")
    school.clock.move(minutes=1)
    await school.send("WA 1")
    school.judge.judge = _as("AC 2", school)  # type: ignore[method-assign]
    school.clock.move(hours=1)
    await school.manager.sweep()
    line = await school.line()
    assert (line["score"], line["counting"]["score"]) == (1.0, 1.0)
    assert (await school.manager.outcome("ana", early.submission.id)).counts is False


def _as(source: str, school: Class):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    judge = type(school.judge)()

    async def other(loaded, sent, *, seed=None):  # type: ignore[no-untyped-def]
        return replace(await judge.judge(loaded, replace(sent, source=source)), submission=sent.id)

    return other


@pytest.mark.parametrize(
    ("points", "rounded"), [(0.125, 0.13), (0.005, 0.01), (1.005, 1.01), (2.675, 2.68), (1 / 3, 0.33)]
)
def test_half_is_rounded_up(points: float, rounded: float) -> None:
    assert half_up(points) == rounded


@given(st.integers(0, 10**7))
def test_rounding_is_half_up_for_every_thousandth(thousandths: int) -> None:
    hundredths, rest = divmod(thousandths, 10)
    assert half_up(thousandths / 1000) == (hundredths + (rest >= 5)) / 100
