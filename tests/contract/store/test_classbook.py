"""Offerings, people, progress, hints, openings, overrides and bases, in every store."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from contract.stored import whole

from codegym_jlab.records import Event, Kind, State
from codegym_jlab.store.base import HintGiven, Ledger, Progress, Step
from codegym_jlab.store.classes import Offering, Override

from .conftest import NOON, Desk

pytestmark = pytest.mark.anyio


async def test_enrolling_twice_is_one_person(desk: Desk) -> None:
    again = await asyncio.gather(*(desk.store.enrol(desk.offering, "ana") for _ in range(5)))
    assert set(again) == {desk.enrolment}
    who = desk.enrolment
    assert (who.course, who.time_zone) == ("basics", "Europe/Berlin")
    assert await desk.store.person(who.offering, "ana") == who.person
    assert await desk.store.enrolment(who.offering, who.person) == who


async def test_the_same_account_is_another_person_in_another_offering(desk: Desk) -> None:
    other = await desk.store.enrol(Offering("local:pandas", "pandas", "Pandas"), "ana")
    assert other.person != desk.enrolment.person
    assert await desk.store.person("local:pandas", "ben") is None
    assert await desk.store.enrolment("local:pandas", desk.enrolment.person) is None


async def test_a_person_has_no_name_in_their_id(desk: Desk) -> None:
    assert "ana" not in desk.enrolment.person and len(desk.enrolment.person) == 32


async def test_an_untouched_exercise_has_an_empty_line(desk: Desk) -> None:
    who = desk.enrolment
    ledger = await desk.store.ledger(who.offering, who.person, "loops", "sum-even")
    assert ledger == Ledger(Progress(who.offering, who.person, "sum-even"))
    ledgers = await desk.store.ledgers(who.offering, who.person)
    assert (dict(ledgers.progress), ledgers.overrides, dict(ledgers.openings), ledgers.waiting) == ({}, (), {}, set())


async def test_ledgers_hold_what_waits(desk: Desk) -> None:
    await desk.accept(desk.send(kind=Kind.TRY))
    await desk.judged(desk.send(exercise="done"))
    await desk.store.keep([desk.send(exercise="draft", kind=Kind.DRAFT, state=State.KEPT)])
    who = desk.enrolment
    assert (await desk.store.ledgers(who.offering, who.person)).waiting == {"sum-even"}


async def test_the_first_opening_stays(desk: Desk) -> None:
    who = desk.enrolment
    assert await desk.store.opened(who.offering, who.person, "loops", NOON) == NOON
    assert await desk.store.opened(who.offering, who.person, "loops", NOON + timedelta(days=1)) == NOON
    assert (await desk.store.ledgers(who.offering, who.person)).openings == {"loops": NOON}


async def test_overrides_of_the_offering_and_of_this_person_only(desk: Desk) -> None:
    who, store = desk.enrolment, desk.store
    ben = await store.enrol(desk.offering, "ben")
    for_all = Override({"attempts": 3}, unit="loops")
    mine = Override({"due": "2026-11-03T23:59"}, exercise="sum-even", person=who.person)
    theirs = Override({"time_factor": 1.5}, person=ben.person)
    for override in (for_all, mine, theirs):
        await store.rule(who.offering, [whole(override)], by=who.person, at=NOON)
    found = (await store.ledger(who.offering, who.person, "loops", "sum-even")).overrides
    assert sorted(found, key=lambda o: o.unit) == [mine, for_all]


async def test_an_override_is_replaced_whole_and_removed(desk: Desk) -> None:
    who, store = desk.enrolment, desk.store
    for fields in ({"attempts": 3, "count": "last"}, {"attempts": 4}):
        await store.rule(who.offering, [whole(Override(fields))], by=None, at=NOON)
    assert (await store.ledgers(who.offering, who.person)).overrides == (Override({"attempts": 4}),)
    await store.rule(who.offering, [whole(Override({}))], by=None, at=NOON)
    assert (await store.ledgers(who.offering, who.person)).overrides == ()


async def test_hints_progress_and_event_come_together(desk: Desk) -> None:
    who, store = desk.enrolment, desk.store

    def give(line: Progress, given: Sequence[HintGiven]) -> tuple[HintGiven, Progress, Event]:
        rung = len(given) + 1
        event = Event(f"hint:{rung}", "hint_given", who.person, who.offering, NOON, {"rung": rung})
        return HintGiven(rung, NOON, 0.25), replace(line, hints=rung, hint_cost=line.hint_cost + 0.25), event

    await asyncio.gather(*(store.give_hint(who.offering, who.person, "sum-even", give) for _ in range(3)))
    given = await store.hints(who.offering, who.person, "sum-even")
    assert list(given) == [HintGiven(rung, NOON, 0.25) for rung in (1, 2, 3)]
    line = (await store.ledger(who.offering, who.person, "loops", "sum-even")).progress
    assert (line.hints, line.hint_cost) == (3, 0.75)
    assert [p.event.id for p in await store.undelivered(9)] == ["hint:1", "hint:2", "hint:3"]
    assert not await store.hints(who.offering, who.person, "other")


async def test_a_hint_that_is_refused_leaves_nothing(desk: Desk) -> None:
    who = desk.enrolment

    def refuse(line: Progress, given: Sequence[HintGiven]) -> tuple[HintGiven, Progress, Event]:
        raise LookupError

    with pytest.raises(LookupError):
        await desk.store.give_hint(who.offering, who.person, "sum-even", refuse)
    assert not await desk.store.hints(who.offering, who.person, "sum-even")


async def test_hints_survive_a_judgement(desk: Desk) -> None:
    sent = desk.send()
    line = desk.line(hints=2, hint_cost=0.5, max_score=2.0)
    await desk.judged(sent, step=Step(State.JUDGED, line, 1))
    who = desk.enrolment
    assert (await desk.store.ledger(who.offering, who.person, "loops", "sum-even")).progress == line


async def test_a_base_is_kept_once_a_digest(desk: Desk) -> None:
    who, store = desk.enrolment, desk.store
    await store.keep_base(who.offering, who.person, "loops", "v1", '{"cells": []}', NOON)
    await store.keep_base(who.offering, who.person, "loops", "v1", "other", NOON)
    assert await store.base(who.offering, who.person, "loops", "v1") == '{"cells": []}'
    assert await store.base(who.offering, who.person, "loops", "v2") is None


async def test_the_outbox_keeps_the_order_of_commits(desk: Desk) -> None:
    sent = [desk.send(str(i)) for i in range(5)]
    for submission in sent:
        await desk.accept(submission)
    waiting = await desk.store.undelivered(3)
    assert [p.event for p in waiting] == [desk.event(s) for s in sent[:3]]
    await desk.store.took([p.place for p in waiting[:2]], "log", {"log"})
    assert [p.event for p in await desk.store.undelivered(9)] == [desk.event(s) for s in sent[2:]]


async def test_a_refused_event_is_dead_in_the_end(desk: Desk) -> None:
    await desk.accept(desk.send())
    ((place, _),) = [(p.place, p.event) for p in await desk.store.undelivered(9)]
    await desk.store.refused(place, "log: no such field")
    assert len(await desk.store.undelivered(9)) == 1
    await desk.store.gave_up(place, "log", {"log", "kafka"})
    assert not await desk.store.undelivered(9, "log") and not await desk.store.dead(9)
    await desk.store.took([place], "kafka", {"log", "kafka"})
    assert not await desk.store.undelivered(9) and await desk.store.resend() == 1
    assert not await desk.store.undelivered(9, "kafka") and len(await desk.store.undelivered(9, "log")) == 1
