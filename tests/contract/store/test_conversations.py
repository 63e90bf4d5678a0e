"""What each store keeps of conversations with the tutor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from codegym_jlab.records import Event, State, Verdict, new_id
from codegym_jlab.store import Store
from codegym_jlab.store.base import Asked, Erasure, Give, HintGiven, KeptTurn, Narrow, Progress, Spent, Step
from codegym_jlab.store.classes import Joining, Offering

from .conftest import NOON, Desk

pytestmark = pytest.mark.anyio
WITHHELD = {"leaks": "solution", "why": "passes all checks", "text": "return 2"}


def turn(desk: Desk, message: str = "why?", **changes: Any) -> KeptTurn:
    who = desk.enrolment
    given: dict[str, Any] = {"exercise": desk.exercise, "asked_at": NOON, "intent": "hint", **changes}
    reply = {"agent": "hint", "text": "Look at `%` – naïve ✓", "choices": []}
    return KeptTurn(new_id(), who.offering, who.person, message=message, **{"reply": reply, **given})


async def said(desk: Desk, limit: int = 50) -> list[KeptTurn]:
    who = desk.enrolment
    return list(await desk.store.turns(who.offering, who.person, desk.exercise, limit))


async def test_turns_come_back_whole_in_their_order(desk: Desk) -> None:
    more = {"llm": "qwen2.5:3b", "tokens": 120, "wall_ms": 812.5, "withheld": (WITHHELD,)}
    kept = [turn(desk, "one"), turn(desk, "two", **more), turn(desk, "three", reply=None)]
    for one in kept:
        await desk.store.add_turn(one)
    other = turn(desk, "of another exercise", exercise="other")
    await desk.store.add_turn(other)
    assert await said(desk) == kept
    assert await said(desk, limit=2) == kept[1:]
    who = desk.enrolment
    assert await desk.store.turns(who.offering, who.person, None, 9) == [*kept, other]


async def test_nobody_sees_what_another_said(store: Store, desk: Desk) -> None:
    mine = turn(desk)
    await store.add_turn(mine)
    other = Desk(store, desk.offering, await store.enrol(desk.offering, "ben"))
    assert await said(other) == []
    assert not await store.thumb(other.enrolment.offering, other.enrolment.person, mine.id, 1)
    assert await store.hide_turns(other.enrolment.offering, other.enrolment.person, desk.exercise) == 0
    assert [(one.thumb, one.hidden) for one in await said(desk)] == [(0, False)]


async def test_to_begin_anew_hides_and_forgets_nothing(desk: Desk) -> None:
    who = desk.enrolment
    await desk.store.add_turn(turn(desk, "one"))
    assert await desk.store.hide_turns(who.offering, who.person, desk.exercise) == 1
    await desk.store.add_turn(turn(desk, "two"))
    assert [(one.message, one.hidden) for one in await said(desk)] == [("one", True), ("two", False)]
    assert await desk.store.hide_turns(who.offering, who.person, desk.exercise) == 1


async def test_a_thumb_is_kept_and_can_be_taken_back(desk: Desk) -> None:
    who, one = desk.enrolment, turn(desk)
    await desk.store.add_turn(one)
    for thumb in (1, -1, 0):
        assert await desk.store.thumb(who.offering, who.person, one.id, thumb)
        assert [each.thumb for each in await said(desk)] == [thumb]
    assert not await desk.store.thumb(who.offering, who.person, "nothing", 1)


async def test_a_class_is_counted_by_exercise_and_intent(store: Store, desk: Desk) -> None:
    ben = Desk(store, desk.offering, await store.enrol(desk.offering, "ben"))
    elsewhere = Offering("other", "basics", "Other")
    stranger = Desk(store, elsewhere, await store.enrol(elsewhere, "eve"))
    for one in (
        turn(desk, thumb=1),
        turn(desk, thumb=-1, withheld=(WITHHELD,), llm="m"),
        turn(ben, thumb=1),
        turn(ben, intent="review"),
        turn(ben, exercise="a-first"),
        turn(stranger),
    ):
        await store.add_turn(one)
    assert await store.asked(desk.offering.id) == [
        Asked("a-first", "hint", 1, 0, 0, 0, 0),
        Asked("sum-even", "hint", 3, 2, 1, 1, 1),
        Asked("sum-even", "review", 1, 0, 0, 0, 0),
    ]


async def test_rungs_and_the_time_to_the_next_accepted_answer(store: Store, desk: Desk) -> None:
    ben = Desk(store, desk.offering, await store.enrol(desk.offering, "ben"))

    async def solve(of: Desk, minutes: int, verdict: Verdict) -> None:
        sent = of.send(f"x = {minutes}", received_at=NOON + timedelta(minutes=minutes))
        step = Step(State.JUDGED, of.line(solved=verdict is Verdict.AC), 1)
        await of.judged(sent, verdict, step)

    await solve(desk, -5, Verdict.AC)
    await solve(desk, 3, Verdict.WA)
    await solve(desk, 7, Verdict.AC)
    await solve(desk, 9, Verdict.AC)
    await solve(ben, 3, Verdict.WA)
    for of in (desk, desk, ben):
        await store.give_hint(of.offering.id, of.enrolment.person, of.exercise, giving(NOON))
    for one in (turn(desk, asked_at=NOON + timedelta(minutes=8)), turn(desk), turn(ben), turn(desk, exercise="other")):
        await store.add_turn(one)
    assert await store.rungs(desk.offering.id) == {"sum-even": {1: 1, 2: 1}}
    waits = await store.waits(desk.offering.id, 99)
    assert {exercise: sorted(times) for exercise, times in waits.items()} == {"sum-even": [60.0, 420.0]}
    assert {exercise: list(times) for exercise, times in (await store.waits(desk.offering.id, 1)).items()} == {
        "sum-even": [60.0]
    }


async def test_what_was_withheld_is_read_page_by_page(store: Store, desk: Desk) -> None:
    kept = [turn(desk, str(n), withheld=(WITHHELD,)) for n in range(5)]
    for one in [*kept, turn(desk, "shown")]:
        await store.add_turn(one)
    first = await store.withheld(desk.offering.id, "", 3)
    rest = await store.withheld(desk.offering.id, first[-1].id, 3)
    assert [*first, *rest] == kept


def giving(at: datetime) -> Give:
    """One hint more, at that time."""

    def give(line: Progress, given: Sequence[HintGiven]) -> tuple[HintGiven, Progress, Event]:
        more = replace(line, hints=line.hints + 1)
        told = Event(
            f"hint:{line.person}:{more.hints}", "hint_given", line.person, line.offering, at, {"rung": more.hints}
        )
        return HintGiven(more.hints, at), more, told

    return give


async def test_a_class_is_narrowed_to_an_exercise_a_section_and_a_time(store: Store, desk: Desk) -> None:
    here, hour = desk.offering.id, timedelta(hours=1)
    joining = [Joining("ben", "student", "B")]
    await store.enlist(here, lambda members: joining, NOON)
    ben = Desk(store, desk.offering, await store.enrol(desk.offering, "ben"))
    old = turn(desk, "old", asked_at=NOON - hour, withheld=(WITHHELD,))
    others = [turn(ben, "ben's", withheld=(WITHHELD,)), turn(desk, "other", exercise="other", withheld=(WITHHELD,))]
    for one in (old, *others):
        await store.add_turn(one)
    for of, at in ((desk, NOON - hour), (desk, NOON), (ben, NOON)):
        who = of.enrolment
        await store.give_hint(who.offering, who.person, of.exercise, giving(at))

    async def seen(narrow: Narrow) -> tuple[list[str], int, object]:
        page = [one.message for one in await store.withheld(here, "", 9, narrow)]
        return page, sum(one.turns for one in await store.asked(here, narrow)), await store.rungs(here, narrow)

    both = {"sum-even": {2: 1, 1: 1}}
    assert await seen(Narrow()) == (["old", "ben's", "other"], 3, both)
    assert await seen(Narrow(exercise="other")) == (["other"], 1, {})
    assert await seen(Narrow(section="B")) == (["ben's"], 1, {"sum-even": {1: 1}})
    assert await seen(Narrow(section="C")) == ([], 0, {})
    assert await seen(Narrow(since=NOON)) == (["ben's", "other"], 2, {"sum-even": {1: 2}})
    assert await seen(Narrow("sum-even", "B", NOON + hour)) == ([], 0, {})
    assert await store.waits(here, 9, Narrow("sum-even", "B", NOON)) == {}


async def test_tokens_are_added_up_since_a_time(store: Store, desk: Desk) -> None:
    ben = Desk(store, desk.offering, await store.enrol(desk.offering, "ben"))
    nothing = await store.spent(desk.offering.id, desk.enrolment.person, NOON)
    for one in (turn(desk, tokens=10, asked_at=NOON - timedelta(days=1)), turn(desk, tokens=5), turn(ben, tokens=7)):
        await store.add_turn(one)
    assert nothing == Spent(0, 0)
    assert await store.spent(desk.offering.id, desk.enrolment.person, NOON) == Spent(5, 12)


async def test_who_was_erased_has_said_nothing(store: Store, desk: Desk) -> None:
    who = desk.enrolment
    await store.add_turn(turn(desk))
    assert (await store.holdings(who.offering, who.person)).turns == 1
    assert await store.erase(Erasure(who.offering, who.person, NOON, "staff", "asked"))
    await store.add_turn(turn(desk, "late"))
    assert await said(desk) == [] and await store.asked(who.offering) == []
