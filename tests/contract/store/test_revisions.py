"""Judgements that take the place of others, in every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from codegym_jlab.records import Judgement, Kind, Score, State, Submission, Verdict, new_id
from codegym_jlab.store.base import HandedIn, Lease, Revision, Step

from .conftest import NOON, Desk

pytestmark = pytest.mark.anyio


async def handed_in(desk: Desk, source: str = "x = 1", **line: object) -> tuple[Submission, Judgement]:
    sent = desk.send(source)
    after = desk.line(submitted_at=NOON, submission=sent.id, score=1.33, attempts=1, **line)
    return sent, await desk.judged(sent, step=Step(State.JUDGED, after, 1))


async def pages(desk: Desk, limit: int = 50, *exercises: str) -> list[HandedIn]:
    found: list[HandedIn] = []
    after = ("", "")
    while page := await desk.store.handed_in(desk.offering.id, exercises or ("sum-even",), after, limit):
        assert len(page) <= limit
        found += page
        after = (page[-1].progress.person, page[-1].progress.exercise)
    return found


async def test_what_was_handed_in_is_found_page_by_page_whoever_it_is_of(desk: Desk) -> None:
    people = [await desk.store.enrol(desk.offering, name) for name in ("ben", "cem", "dua")]
    sent = set()
    for person in people:
        for exercise in ("first", "sum-even", "third"):
            theirs = replace(desk, enrolment=person, exercise=exercise)
            sent.add((await handed_in(theirs))[0].id)
    told = await desk.store.lines(desk.offering.id, ("", ""), 9, ("first", "third"))
    assert sorted(line.key for line in told) == sorted(
        (p.person, exercise) for p in people for exercise in ("first", "third")
    )
    for limit in (1, 2, 50):
        every = await pages(desk, limit, "first", "sum-even", "third")
        assert {one.submission.id for line in every for one in line.found} == sent and len(every) == 9
        some = await pages(desk, limit, "third")
        assert [line.progress.person for line in some] == sorted(person.person for person in people)
    assert await desk.store.count_handed_in(desk.offering.id) == {"first": 3, "sum-even": 3, "third": 3}
    assert not await desk.store.handed_in("another", ("third",), ("", ""), 9)


async def test_tries_drafts_and_what_waits_are_not_handed_in(desk: Desk) -> None:
    first, _ = await handed_in(desk)
    await desk.judged(desk.send("x = 3", kind=Kind.TRY))
    await desk.accept(desk.send("x = 2"))
    await desk.store.keep([desk.send("x = 4", kind=Kind.DRAFT, state=State.KEPT)])
    (line,) = await pages(desk)
    assert [one.submission.id for one in line.found] == [first.id]


async def test_a_repeat_comes_with_the_judgement_of_the_same_source(desk: Desk) -> None:
    _, judged = await handed_in(desk)
    again = desk.send(received_at=NOON + timedelta(hours=1))
    await desk.accept(again)
    await desk.store.record(again, judged, lambda before, faults: Step(State.JUDGED, before))
    (line,) = await pages(desk)
    assert [one.judgement for one in line.found] == [judged, judged]


async def test_a_judgement_takes_the_place_of_another_and_says_who_and_why(desk: Desk) -> None:
    sent, before = await handed_in(desk)
    after = desk.judge(sent, Verdict.AC, score=Score(2.0, 2.0))
    teacher = (await desk.store.enrol(desk.offering, "teacher")).person
    seen: list[HandedIn] = []

    def revise(line: HandedIn) -> Revision:
        seen.append(line)
        return Revision([after], replace(line.progress, score=2.0), [desk.event(desk.send())])

    where = (desk.offering.id, desk.enrolment.person, desk.exercise)
    posted = len(await desk.store.undelivered(99))
    assert await desk.store.supersede(*where, revise, who=teacher, why="a check was wrong")
    assert [one.judgement for one in seen[0].found] == [before] and seen[0].progress.score == 1.33
    found = await desk.store.find(sent.id)
    assert found is not None and found.judgement == after and found.submission.attempt == 1
    (line,) = await pages(desk)
    assert line.progress.score == 2.0 and line.found[0].judgement == after
    assert len(await desk.store.undelivered(99)) == posted + 1
    first, second = await desk.store.history(sent.id)
    assert first.judgement == before and not first.current and first.superseded_by == after.id
    assert first.cause == "check" and first.who is first.why is None
    assert second.judgement == after and second.current and second.superseded_by is None
    assert (second.cause, second.who, second.why) == ("regrade", teacher, "a check was wrong")


async def test_a_third_judgement_leaves_the_history_whole(desk: Desk) -> None:
    sent, first = await handed_in(desk)
    for verdict in (Verdict.AC, Verdict.RTE):
        judged = desk.judge(sent, verdict)
        revision = Revision([judged], desk.line(submitted_at=NOON))
        where = (desk.offering.id, desk.enrolment.person, desk.exercise)
        await desk.store.supersede(*where, lambda line, it=revision: it, who=None, why="again")
    every = await desk.store.history(sent.id)
    assert [given.judgement.verdict for given in every] == [Verdict.WA, Verdict.AC, Verdict.RTE]
    assert [given.current for given in every] == [False, False, True]


async def test_no_judgements_change_nothing(desk: Desk) -> None:
    sent, before = await handed_in(desk)
    where = (desk.offering.id, desk.enrolment.person, desk.exercise)
    nothing = Revision([], desk.line(score=7.0), [desk.event(desk.send())])
    posted = await desk.store.undelivered(99)
    assert not await desk.store.supersede(*where, lambda line: nothing, who=None, why="?")
    (line,) = await pages(desk)
    assert line.progress.score == 1.33 and line.found[0].judgement == before
    assert await desk.store.undelivered(99) == posted
    assert not await desk.store.supersede("nowhere", *where[1:], lambda line: nothing, who=None, why="?")


async def test_what_fails_on_the_way_leaves_nothing_half(desk: Desk) -> None:
    sent, before = await handed_in(desk)
    where = (desk.offering.id, desk.enrolment.person, desk.exercise)

    class No(Exception):
        pass

    def revise(line: HandedIn) -> Revision:
        raise No

    with pytest.raises(No):
        await desk.store.supersede(*where, revise, who=None, why="?")
    assert [given.judgement for given in await desk.store.history(sent.id)] == [before]


async def test_after_a_fault_of_ours_the_history_begins_with_it(desk: Desk) -> None:
    sent = desk.send()
    await desk.accept(sent)
    for verdict, state in ((Verdict.JE, State.WAITING), (Verdict.AC, State.JUDGED)):
        judged = desk.judge(sent, verdict)
        await desk.store.record(sent, judged, lambda before, faults, it=state: Step(it, before))
    assert [given.judgement.verdict for given in await desk.store.history(sent.id)] == [Verdict.JE, Verdict.AC]
    assert not await desk.store.history(new_id())


async def test_what_is_put_off_waits_for_anyone_and_counts_no_fault(desk: Desk) -> None:
    sent = desk.send()
    await desk.accept(sent)
    later = NOON + timedelta(minutes=1)
    assert await desk.store.postpone(sent.id, later)
    found = await desk.store.find(sent.id)
    assert found is not None and found.not_before == later and found.faults == 0 and found.judgement is None
    lease = Lease("another", later + timedelta(seconds=10))
    assert not await desk.store.claim(lease, NOON, limit=9)
    assert [s.submission.id for s in await desk.store.claim(lease, later, limit=9)] == [sent.id]
    await desk.store.cancel(sent.id)
    assert not await desk.store.postpone(sent.id, later)


async def test_who_is_made_is_found_again_and_enrolled_as_nothing(desk: Desk) -> None:
    made = await desk.store.make_person(desk.offering.id, "registrar")
    assert await desk.store.make_person(desk.offering.id, "registrar") == made
    assert await desk.store.person(desk.offering.id, "registrar") == made
    assert await desk.store.make_person(desk.offering.id, "ana") == desk.enrolment.person


async def test_what_is_parked_is_found_and_put_back_into_the_queue(desk: Desk) -> None:
    sent = desk.send()
    await desk.accept(sent)
    fault = desk.judge(sent, Verdict.JE)
    await desk.store.record(sent, fault, lambda before, faults: Step(State.PARKED, before))
    (found,) = await desk.store.parked(desk.offering.id)
    assert found.submission.id == sent.id and found.judgement == fault and found.faults == 1
    assert not await desk.store.try_again("another", sent.id)
    assert await desk.store.try_again(desk.offering.id, sent.id)
    assert not await desk.store.try_again(desk.offering.id, sent.id)
    assert not await desk.store.parked(desk.offering.id)
    lease = Lease("me", NOON + timedelta(minutes=1))
    assert [s.submission.id for s in await desk.store.claim(lease, NOON, limit=9)] == [sent.id]
    await desk.store.record(sent, desk.judge(sent), lambda before, faults: Step(State.JUDGED, before, 1))
    assert [given.judgement.verdict for given in await desk.store.history(sent.id)] == [Verdict.JE, Verdict.WA]
