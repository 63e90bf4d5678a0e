"""The ladder: rung by rung, after a while or after a try, with its price."""

from __future__ import annotations

import pytest

from codegym_jlab.grading.errors import HintNotYet, HintsOff, NoMoreHints, NotOpen, UnknownExercise
from codegym_jlab.records import Kind

from .conftest import Class

pytestmark = pytest.mark.anyio


async def test_the_ladder_begins_at_its_mildest(school: Class) -> None:
    hints = await school.tutor.hints(school.who, "sum-even")
    assert hints.as_json() == {
        "given": [],
        "total": 3,
        "next": {"ready": True, "wait_s": 0.0, "cost": 0.0, "say_back": False},
    }
    given = (await school.tutor.next_hint(school.who, "sum-even")).as_json()
    assert given["given"] == [{"rung": 1, "text": "mild"}]
    assert given["next"] == {"ready": False, "wait_s": 30.0, "cost": 0.0, "say_back": False}
    assert (await school.line())["hints"] == {"given": 1, "total": 3}
    assert await school.events() == ["hint_given"]


async def test_the_next_one_comes_after_the_cooldown(school: Class) -> None:
    await school.policy(hints={"cooldown_s": 10})
    await school.tutor.next_hint(school.who, "sum-even")
    school.clock.move(seconds=4)
    with pytest.raises(HintNotYet) as refused:
        await school.tutor.next_hint(school.who, "sum-even")
    assert refused.value.retry_after_s == 6 and refused.value.details == {"wait_s": 6}
    school.clock.move(seconds=6)
    assert (await school.tutor.next_hint(school.who, "sum-even")).given == ("mild", "warmer")


@pytest.mark.parametrize("kind", [Kind.TRY, Kind.SUBMIT])
async def test_or_after_a_try(school: Class, kind: Kind) -> None:
    await school.tutor.next_hint(school.who, "sum-even")
    school.clock.move(seconds=1)
    await school.send("WA", kind)
    assert (await school.tutor.hints(school.who, "sum-even")).next.ready  # type: ignore[union-attr]
    assert len((await school.tutor.next_hint(school.who, "sum-even")).given) == 2


async def test_the_ladder_ends(school: Class) -> None:
    for _ in range(3):
        school.clock.move(minutes=1)
        hints = await school.tutor.next_hint(school.who, "sum-even")
    assert hints.given == ("mild", "warmer", "hot") and hints.next is None
    school.clock.move(minutes=1)
    with pytest.raises(NoMoreHints):
        await school.tutor.next_hint(school.who, "sum-even")
    with pytest.raises(NoMoreHints):
        await school.tutor.next_hint(school.who, "maximum")


async def test_a_hint_costs_its_points_of_what_is_sent_after_it(school: Class) -> None:
    await school.policy(hints={"cost": 0.25, "cooldown_s": 0})
    assert (await school.send("WA 1")).standing.score == 1.0
    for _ in range(2):
        school.clock.move(minutes=1)
        await school.tutor.next_hint(school.who, "sum-even")
    outcome = await school.send("AC 2")
    assert outcome.standing.score == 1.5
    assert outcome.judgement is not None and outcome.judgement.score.points == 2
    assert (await school.send("WA 0.1")).standing.score == 0.0


async def test_a_price_that_is_raised_later_holds_from_then_on(school: Class) -> None:
    await school.tutor.next_hint(school.who, "sum-even")
    await school.policy(hints={"cost": 1})
    assert (await school.send("AC 2")).standing.score == 2.0


async def test_no_hints_where_they_are_off_or_it_is_locked(school: Class) -> None:
    await school.tutor.next_hint(school.who, "sum-even")
    await school.policy(tutor="off")
    with pytest.raises(HintsOff):
        await school.tutor.next_hint(school.who, "sum-even")
    hints = await school.tutor.hints(school.who, "sum-even")
    assert hints.given == ("mild",) and hints.next is None
    for ask in (school.tutor.hints, school.tutor.next_hint):
        with pytest.raises(NotOpen):
            await ask(school.who, "hard")
        with pytest.raises(UnknownExercise):
            await ask(school.who, "nothing")


async def test_each_person_climbs_alone(school: Class) -> None:
    await school.tutor.next_hint(school.who, "sum-even")
    ben = await school.manager.enrol("ben", "basics")
    assert not (await school.tutor.hints(ben, "sum-even")).given
