"""Offerings, their people, and overrides with their reasons, in every store."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from contract.stored import whole

from codegym_jlab.records import Kind, State
from codegym_jlab.store import Store
from codegym_jlab.store.classes import Change, Joining, Member, Offering, Override, Ruling, RulingChange
from codegym_jlab.store.engine import Db

from .conftest import NOON, Desk

pytestmark = pytest.mark.anyio
AUTUMN = Offering("basics-autumn", "basics", "Basics", "autumn", "Europe/Berlin", "staff@school", NOON)


@pytest.fixture
async def autumn(store: Store) -> Store:
    assert await store.make_offering(AUTUMN)
    return store


async def join(store: Store, *joinings: Joining, at: timedelta = timedelta()) -> None:
    await store.enlist(AUTUMN.id, lambda members: joinings, NOON + at)


async def test_an_offering_is_made_once_and_changed(autumn: Store) -> None:
    assert not await autumn.make_offering(replace(AUTUMN, title="Another"))
    assert await autumn.offering(AUTUMN.id) == AUTUMN and await autumn.offerings() == [AUTUMN]
    ends = NOON + timedelta(days=90)
    changed = await autumn.change_offering(AUTUMN.id, lambda o: replace(o, ends=ends, contact=None, course="other"))
    assert changed == replace(AUTUMN, ends=ends, contact=None) == await autumn.offering(AUTUMN.id)
    with pytest.raises(KeyError):
        await autumn.change_offering("nowhere", lambda o: o)
    assert await autumn.offering("nowhere") is None


async def test_a_change_that_is_refused_leaves_it_as_it_was(autumn: Store) -> None:
    def refuse(offering: Offering) -> Offering:
        raise LookupError

    with pytest.raises(LookupError):
        await autumn.change_offering(AUTUMN.id, refuse)
    assert await autumn.offering(AUTUMN.id) == AUTUMN


async def test_people_join_in_a_role_and_a_section(autumn: Store) -> None:
    await join(autumn, Joining("ana", "student", "A"), Joining("prof", "instructor"))
    ana, prof = await autumn.members(AUTUMN.id)
    assert (ana.account, ana.role, ana.section, ana.since, ana.ended_at) == ("ana", "student", "A", NOON, None)
    assert (prof.account, prof.role, prof.section) == ("prof", "instructor", "")
    (mine,) = await autumn.memberships("ana")
    assert (mine.offering, mine.role, mine.section) == (AUTUMN, "student", "A")
    assert (mine.enrolment.person, mine.enrolment.time_zone) == (ana.person, "Europe/Berlin")
    assert await autumn.memberships("nobody") == []
    root = await autumn.make_person(AUTUMN.id, "root")
    assert await autumn.accounts(AUTUMN.id) == {ana.person: "ana", prof.person: "prof", root: "root"}


async def test_who_takes_another_role_is_the_same_person_and_no_longer_in_the_former(autumn: Store) -> None:
    await join(autumn, Joining("ana", "student", "A"))
    await join(autumn, Joining("ana", "grader", "B"), at=timedelta(days=1))
    student, grader = await autumn.members(AUTUMN.id)
    assert (student.role, student.ended_at, student.section) == ("student", NOON + timedelta(days=1), "A")
    assert (grader.role, grader.ended_at, grader.person) == ("grader", None, student.person)
    (mine,) = await autumn.memberships("ana")
    assert (mine.role, mine.section) == ("grader", "B")


async def test_who_leaves_keeps_their_work_and_finds_it_when_they_come_back(autumn: Store) -> None:
    await join(autumn, Joining("ana", "student", "A"))
    (mine,) = await autumn.memberships("ana")
    desk = Desk(autumn, AUTUMN, mine.enrolment)
    judged = await desk.judged(desk.send())
    await join(autumn, Joining("ana", None), Joining("never-there", None), at=timedelta(days=1))
    (left,) = await autumn.memberships("ana")
    assert (left.role, left.enrolment.person) == (None, mine.enrolment.person)
    assert [m.account for m in await autumn.members(AUTUMN.id)] == ["ana"]
    found = await autumn.find(judged.submission)
    assert found is not None and found.judgement == judged
    await join(autumn, Joining("ana", "student", "B"), at=timedelta(days=2))
    (back,) = await autumn.members(AUTUMN.id)
    assert (back.person, back.section, back.since, back.ended_at) == (mine.enrolment.person, "B", NOON, None)


async def test_a_list_is_taken_whole_or_not_at_all(autumn: Store) -> None:
    def refuse(members: Sequence[Member]) -> Sequence[Joining]:
        raise LookupError

    with pytest.raises(LookupError):
        await autumn.enlist(AUTUMN.id, refuse, NOON)
    assert await autumn.members(AUTUMN.id) == []
    with pytest.raises(KeyError):
        await autumn.enlist("nowhere", lambda members: (), NOON)


async def test_two_lists_at_once_come_one_after_the_other(autumn: Store) -> None:
    seen: list[int] = []

    def next_one(members: Sequence[Member]) -> Sequence[Joining]:
        seen.append(len(members))
        return [Joining(f"user-{len(members)}", "student")]

    await asyncio.gather(*(autumn.enlist(AUTUMN.id, next_one, NOON) for _ in range(8)))
    assert sorted(seen)[-1] == 7 and len(await autumn.members(AUTUMN.id)) == 8


async def test_the_newest_offering_of_an_account_comes_first(autumn: Store) -> None:
    spring = replace(AUTUMN, id="a-later-one")
    await join(autumn, Joining("ana", "student"))
    await autumn.make_offering(spring)
    await autumn.enlist(spring.id, lambda members: [Joining("ana", "student")], NOON)
    assert [m.offering.id for m in await autumn.memberships("ana")] == ["a-later-one", AUTUMN.id]


async def test_a_section_s_override_is_for_its_students_only(autumn: Store) -> None:
    await join(autumn, Joining("ana", "student", "A"), Joining("ben", "student", "B"), Joining("tim", "grader", "A"))
    rule = Override({"time_factor": 2}, unit="loops", section="A")
    for_all = Override({"attempts": 3})
    for override in (rule, for_all):
        await autumn.rule(AUTUMN.id, [whole(override)], by=None, at=NOON)
    found = {}
    for account in ("ana", "ben", "tim"):
        person = await autumn.person(AUTUMN.id, account)
        assert person is not None
        ledger = await autumn.ledger(AUTUMN.id, person, "loops", "sum-even")
        found[account] = sorted(ledger.overrides, key=lambda o: o.section)
        assert sorted((await autumn.ledgers(AUTUMN.id, person)).overrides, key=lambda o: o.section) == found[account]
    assert found == {"ana": [for_all, rule], "ben": [for_all], "tim": [for_all]}
    await join(autumn, Joining("ana", "student", "B"))
    person = await autumn.person(AUTUMN.id, "ana")
    assert person is not None and (await autumn.ledgers(AUTUMN.id, person)).overrides == (for_all,)


async def test_a_section_s_override_alone_is_found(autumn: Store) -> None:
    await join(autumn, Joining("ana", "student", "A"))
    rule = Override({"time_factor": 2}, section="A")
    await autumn.rule(AUTUMN.id, [whole(rule)], by=None, at=NOON)
    person = await autumn.person(AUTUMN.id, "ana")
    assert person is not None
    assert (await autumn.ledger(AUTUMN.id, person, "loops", "sum-even")).overrides == (rule,)


async def test_who_set_an_override_when_and_why_is_kept_also_when_it_is_gone(autumn: Store) -> None:
    who = await autumn.make_person(AUTUMN.id, "prof")
    place = Override({}, unit="loops", person="p1")
    first, second = replace(place, fields={"due": "x"}), replace(place, fields={"due": "y"})
    await autumn.rule(AUTUMN.id, [whole(first)], by=who, at=NOON, why="ill")
    await autumn.rule(AUTUMN.id, [whole(second)], by=who, at=NOON + timedelta(hours=1), why="still ill")
    assert await autumn.rulings(AUTUMN.id) == [Ruling(second, who, NOON + timedelta(hours=1), "still ill")]
    await autumn.rule(AUTUMN.id, [whole(place)], by=None, at=NOON + timedelta(hours=2))
    await autumn.rule(AUTUMN.id, [whole(place)], by=None, at=NOON + timedelta(hours=3))
    assert await autumn.rulings(AUTUMN.id) == []
    assert await autumn.ruling_changes(AUTUMN.id, 9) == [
        RulingChange(second, None, None, NOON + timedelta(hours=2)),
        RulingChange(first, second, who, NOON + timedelta(hours=1), "still ill"),
        RulingChange(None, first, who, NOON, "ill"),
    ]
    assert len(await autumn.ruling_changes(AUTUMN.id, 1)) == 1


async def test_two_who_set_fields_at_once_lose_none(autumn: Store) -> None:
    def add(name: str) -> Any:
        def change(fields: Mapping[str, Any]) -> Mapping[str, Any]:
            return {**fields, name: 1}

        return change

    names = [f"field-{n}" for n in range(8)]
    place = Override({}, unit="loops")
    await asyncio.gather(*(autumn.rule(AUTUMN.id, [(place, add(name))], by=None, at=NOON) for name in names))
    (ruling,) = await autumn.rulings(AUTUMN.id)
    assert set(ruling.override.fields) == set(names)


async def test_drafts_to_be_collected_are_known_until_they_are_dealt_with(desk: Desk) -> None:
    store, who = desk.store, desk.enrolment
    drafts = [
        desk.send(source, kind=Kind.DRAFT, state=State.KEPT, received_at=NOON + timedelta(minutes=n))
        for n, source in enumerate(("a", "b", "b"))
    ]
    for draft in drafts:
        await store.keep([draft])
    key = (who.offering, who.person, "sum-even")
    assert await store.unsubmitted(("", "", ""), 9) == [key] and await store.unsubmitted(key, 9) == []
    newest = await store.newest_draft(*key, NOON + timedelta(minutes=1))
    first = await store.newest_draft(*key, NOON)
    assert newest is not None and newest.id == drafts[1].id and first is not None and first.id == drafts[0].id
    assert await store.newest_draft(*key, NOON - timedelta(seconds=1)) is None
    await store.dealt_with(*key)
    assert await store.unsubmitted(("", "", ""), 9) == []
    await store.keep([replace(newest, id=desk.send().id, idempotency_key="k", source="c")])
    assert await store.unsubmitted(("", "", ""), 9) == [key]


async def test_drafts_are_looked_at_again_for_everyone_whose_times_change(desk: Desk) -> None:
    store, offering = desk.store, desk.offering.id
    people = [(await store.enrol(desk.offering, account)).person for account in ("uma", "vic", "wei")]
    for person in people:
        draft = desk.send(kind=Kind.DRAFT, state=State.KEPT)
        await store.keep([replace(draft, person=person, submitter=person)])
        await store.dealt_with(offering, person, desk.exercise)
    changes: list[Change] = [(Override({}, "", desk.exercise, person), lambda _: {"attempts": 9}) for person in people]
    await store.rule(offering, changes, by=None, at=NOON, why="more time")
    assert {key[1] for key in await store.unsubmitted(("", "", ""), 9)} >= set(people)


async def test_all_drafts_of_a_class_are_looked_at_again_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the hold of a class, which others wait for: as many statements for many drafts as for one."""
    store, offering = desk.store, desk.offering.id
    ran: list[object] = []
    run = Db.run

    def counted(db: Db, statement: Any, values: Any = None) -> int:
        ran.append(statement)
        return run(db, statement, values)

    monkeypatch.setattr(Db, "run", counted)

    async def statements(attempts: int) -> int:
        ran.clear()
        change: Change = (Override({}), lambda _: {"attempts": attempts})
        await store.rule(offering, [change], by=None, at=NOON, why="more time")
        return len(ran)

    async def drafted(*exercises: str) -> None:
        for exercise in exercises:
            await store.keep([desk.send(exercise=exercise, kind=Kind.DRAFT, state=State.KEPT)])
            await store.dealt_with(offering, desk.enrolment.person, exercise)

    await drafted("one")
    of_one = await statements(2)
    await drafted(*(f"many-{n}" for n in range(9)))
    assert await statements(3) == of_one
    found = {key[2] for key in await store.unsubmitted(("", "", ""), 99)}
    assert found == {"one", *(f"many-{n}" for n in range(9))}
