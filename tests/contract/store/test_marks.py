"""A person's marks in every store: what awaits review, what takes its place, and what erasing takes away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from codegym_jlab.records import Judgement, RubricMark, ScorePart, State, Submission
from codegym_jlab.store.base import Erasure, HandedIn, Revision, Step

from .conftest import NOON, Desk

pytestmark = pytest.mark.anyio

ITEMS = (RubricMark("style", "Clear names ✓", 1.5, 2.0), RubricMark("tests", "It is tried", 0.0, 1.0))


async def handed_in(desk: Desk, **more: Any) -> tuple[Submission, Judgement]:
    sent = desk.send(**more)
    line = desk.line(submitted_at=NOON, submission=sent.id, score=0.0, awaiting_review=True)
    return sent, await desk.judged(sent, step=Step(State.AWAITING_REVIEW, line, 1))


async def mark(desk: Desk, sent: Submission, who: str, why: str, comment: str = "Well told.\x00") -> Judgement:
    part = ScorePart("person", 1.5, 3.0, who, comment, ITEMS)
    judged = replace(desk.judge(sent), parts=(ScorePart("checker", 1.0, 2.0), part))

    def revise(line: HandedIn) -> Revision:
        return Revision([judged], replace(line.progress, awaiting_review=False), reviewed=[sent.id])

    where = (sent.offering, sent.person, sent.exercise)
    assert await desk.store.supersede(*where, revise, who=who, why=why, cause="mark")
    return judged


async def test_what_awaits_review_is_found(desk: Desk) -> None:
    people = [await desk.store.enrol(desk.offering, name) for name in ("ben", "cem")]
    wanted = set()
    for person in people:
        for exercise in ("a", "b"):
            sent, _ = await handed_in(replace(desk, enrolment=person, exercise=exercise))
            wanted.add((person.person, exercise, sent.id))
    judged = desk.send()
    await desk.judged(judged, step=Step(State.JUDGED, desk.line(submitted_at=NOON, submission=judged.id), 1))
    found = await desk.store.awaiting_review(desk.offering.id)
    assert {(line.person, line.exercise, line.submission) for line in found} == wanted and len(found) == len(wanted)
    assert not await desk.store.awaiting_review("nowhere")


async def test_marks_take_the_place_of_what_stood_and_nothing_awaits_them(desk: Desk) -> None:
    sent, before = await handed_in(desk)
    teacher = (await desk.store.enrol(desk.offering, "teacher")).person
    await mark(desk, sent, teacher, "first")
    found = await desk.store.find(sent.id)
    assert found is not None and found.judgement is not None and found.submission.state is State.JUDGED
    given = found.judgement.marks
    assert given is not None and (given.items, given.who, given.points) == (ITEMS, teacher, 1.5)
    assert (given.comment or "").startswith("Well told.")
    assert not await desk.store.awaiting_review(desk.offering.id)
    first, second = await desk.store.history(sent.id)
    assert (first.judgement, first.cause, first.superseded_by) == (before, "check", found.judgement.id)
    assert (second.cause, second.who, second.why, second.current) == ("mark", teacher, "first", True)


async def test_only_what_awaits_review_is_reviewed(desk: Desk) -> None:
    """An answer that was stopped or parked meanwhile is left as it is."""
    sent, _ = await handed_in(desk)
    other = replace(desk, exercise="other")
    parked = other.send()
    await other.judged(parked, step=Step(State.PARKED, other.line()))

    def revise(line: HandedIn) -> Revision:
        return Revision([desk.judge(sent)], line.progress, reviewed=[sent.id, parked.id])

    where = (sent.offering, sent.person, sent.exercise)
    assert await desk.store.supersede(*where, revise, who=None, why="", cause="mark")
    states = [found.submission.state for id in (sent.id, parked.id) if (found := await desk.store.find(id))]
    assert states == [State.JUDGED, State.PARKED]


async def test_erasing_takes_the_comment_and_the_reason_and_leaves_the_points(desk: Desk) -> None:
    sent, _ = await handed_in(desk)
    await mark(desk, sent, desk.enrolment.person, "Ana was ill")
    await mark(desk, sent, desk.enrolment.person, "Ana was ill, longer")
    assert await desk.store.erase(Erasure(sent.offering, sent.person, NOON, "", ""))
    every = await desk.store.history(sent.id)
    assert [given.why for given in every] == [None, None, None] and every[-1].cause == "mark"
    for given in every[1:]:
        part = given.judgement.marks
        assert part is not None and (part.points, part.items, part.comment) == (1.5, ITEMS, None)
