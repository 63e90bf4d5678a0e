"""What is old goes, page by page; what counts for anybody's score stays, however old it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from codegym_jlab.records import CheckResult, Kind, State, Submission, Verdict, new_id
from codegym_jlab.store.base import KeptTurn, Step, Ticket

from .conftest import NOON, Desk

pytestmark = pytest.mark.anyio
LATER = NOON + timedelta(days=100)


async def all_stale(desk: Desk, kind: str, before: datetime, limit: int = 2) -> list[str]:
    """Every page; small ones, so that there are several."""
    found: list[str] = []
    after = ""
    while True:
        page = await desk.store.stale(kind, before, after, limit)
        found += page.ids
        if page.after is None:
            return found
        after = page.after


async def handed(desk: Desk, verdict: Verdict, *, counts: bool, source: str, at: datetime = NOON) -> Submission:
    sent = desk.send(source, received_at=at)
    await desk.accept(sent)

    def step(before: Any, _: int) -> Step:
        line = replace(before, submitted_at=at, submission=sent.id, max_score=2.0, attempts=before.attempts + 1)
        if counts:
            line = replace(line, counting_submission=sent.id, counting_at=at, counting_score=1.0)
        return Step(State.JUDGED, line, line.attempts)

    await desk.store.record(sent, desk.judge(sent, verdict), step)
    return sent


async def source_of(desk: Desk, sent: Submission) -> str:
    found = await desk.store.find(sent.id)
    assert found is not None
    return found.submission.source


async def test_only_what_counts_for_nothing_loses_its_text(desk: Desk) -> None:
    """Accepted, counting, newest, leant on, waiting: all older than the day, none let go of."""
    accepted = await handed(desk, Verdict.AC, counts=False, source="accepted")
    useless = await handed(desk, Verdict.WA, counts=False, source="useless")
    leant_on = await handed(desk, Verdict.WA, counts=False, source="leant on")
    repeat = desk.send("leant on", received_at=NOON)
    accepted_repeat = await desk.accept(repeat)
    assert accepted_repeat.repeats is not None
    await desk.store.record(repeat, accepted_repeat.repeats, lambda before, _: Step(State.JUDGED, before))
    tried = desk.send("tried", kind=Kind.TRY)
    await desk.judged(tried)
    counting = await handed(desk, Verdict.WA, counts=True, source="counting")
    newest = await handed(desk, Verdict.WA, counts=False, source="newest")
    waiting = desk.send("waiting", exercise="other")
    await desk.accept(waiting)
    young = await handed(replace_exercise(desk, "third"), Verdict.WA, counts=False, source="young", at=LATER)
    await handed(replace_exercise(desk, "third"), Verdict.WA, counts=True, source="younger", at=LATER)

    ledger = (await desk.store.ledgers(desk.enrolment.offering, desk.enrolment.person)).progress
    stale = await all_stale(desk, "submissions", LATER)
    assert sorted(stale) == sorted([useless.id, tried.id, repeat.id])
    every = [s.id for s in (accepted, useless, leant_on, repeat, tried, counting, newest, waiting, young)]
    assert await desk.store.let_go_of("submissions", every, LATER) == 3, "asked again where it is let go of"
    gone = {s.source: await source_of(desk, s) for s in (useless, tried)}
    assert gone == {"useless": "", "tried": ""}
    for sent in (accepted, leant_on, counting, newest, waiting, young):
        assert await source_of(desk, sent) == sent.source
    assert (await desk.store.ledgers(desk.enrolment.offering, desk.enrolment.person)).progress == ledger
    found = await desk.store.find(useless.id)
    assert found is not None and found.judgement is not None
    assert (found.judgement.verdict, found.judgement.score.points) == (Verdict.WA, 1.33), "scores stay"
    assert found.judgement.stdout == "" and found.judgement.checks[0].got is None
    sources = [f.submission.source for f in (await desk.store.handed_in(*everything(desk)))[0].found]
    assert sources == ["accepted", "leant on", "counting", "newest"], "a regrading passes over what has no text"
    assert await all_stale(desk, "submissions", LATER) == []


def everything(desk: Desk) -> tuple[str, list[str], tuple[str, str], int]:
    return desk.enrolment.offering, ["sum-even"], ("", ""), 9


def replace_exercise(desk: Desk, exercise: str) -> Desk:
    return replace(desk, exercise=exercise)


async def test_what_was_let_go_of_is_judged_anew_when_it_is_sent_again(desk: Desk) -> None:
    await handed(desk, Verdict.WA, counts=False, source="x = 1")
    await handed(desk, Verdict.WA, counts=True, source="x = 2")
    assert (await desk.accept(desk.send("x = 1", kind=Kind.SUBMIT))).repeats is not None
    stale = await all_stale(desk, "submissions", LATER)
    assert await desk.store.let_go_of("submissions", stale, LATER) == 1
    assert (await desk.accept(desk.send("x = 1"))).repeats is None


async def test_of_old_drafts_the_newest_stays(desk: Desk) -> None:
    def draft(day: int, exercise: str = "sum-even") -> Submission:
        at = NOON + timedelta(days=day)
        return desk.send(f"{exercise} {day}", exercise=exercise, kind=Kind.DRAFT, state=State.KEPT, received_at=at)

    drafts = [draft(0), draft(1), draft(2), draft(50), draft(51), draft(0, "b"), draft(60, "b"), draft(3, "c")]
    for one in drafts:
        await desk.store.keep([one])
    for exercise in ("sum-even", "b", "c"):
        await handed(replace_exercise(desk, exercise), Verdict.WA, counts=False, source="handed in")
    before = NOON + timedelta(days=40)
    stale = await all_stale(desk, "drafts", before)
    assert sorted(stale) == sorted([drafts[0].id, drafts[1].id])
    assert await desk.store.let_go_of("drafts", [one.id for one in drafts], before) == 2
    left = {one.source for one in drafts if await source_of(desk, one)}
    assert left == {"sum-even 2", "sum-even 50", "sum-even 51", "b 0", "b 60", "c 3"}
    who = desk.enrolment
    for due, source in ((before, "sum-even 2"), (NOON + timedelta(days=50, hours=1), "sum-even 50")):
        collected = await desk.store.newest_draft(who.offering, who.person, "sum-even", due)
        assert collected is not None and collected.source == source, "what is collected at a due time is there"
    assert not await desk.store.keep([draft(51)]), "the newest is known, so the same again is no other draft"


async def test_while_nothing_is_handed_in_every_draft_stays(desk: Desk) -> None:
    """Staff may yet set a due time, or `unsubmitted: collect`: then the newest of that time is to be there."""
    for day in range(4):
        at = NOON + timedelta(days=day)
        for exercise in ("left", "tried", "collected"):
            kept = desk.send(f"{day}", exercise=exercise, kind=Kind.DRAFT, state=State.KEPT, received_at=at)
            await desk.store.keep([kept])
    await desk.judged(desk.send("tried", exercise="tried", kind=Kind.TRY))
    collected = desk.send("0", exercise="collected", collected_from="the first draft")
    line = desk.line(exercise="collected", submitted_at=NOON, submission=collected.id, attempts=0)
    await desk.judged(collected, step=Step(State.JUDGED, line, 0))
    drafts = await desk.store.sent_by(desk.enrolment.offering, desk.enrolment.person)
    assert await all_stale(desk, "drafts", LATER) == []
    assert await desk.store.let_go_of("drafts", drafts, LATER) == 0, "asked again where it is let go of"
    who, due = desk.enrolment, NOON + timedelta(days=1, hours=1)
    for exercise in ("left", "tried", "collected"):
        found = await desk.store.newest_draft(who.offering, who.person, exercise, due)
        assert found is not None and found.source == "1"


async def test_outputs_go_and_verdicts_stay(desk: Desk) -> None:
    old, marked = await desk.judged(desk.send("a = 1")), desk.send("b = 1", exercise="b")
    line = desk.line(exercise="b", awaiting_review=True)
    await desk.judged(marked, step=Step(State.AWAITING_REVIEW, line, 1))
    silent = desk.send("c = 1", exercise="c")
    await desk.accept(silent)
    judged = desk.judge(
        silent, Verdict.AC, stdout="", failure=None, checks=(CheckResult("c1", "l", True, Verdict.AC, 1.0),)
    )
    await desk.store.record(silent, judged, lambda before, _: Step(State.JUDGED, before, 1))
    assert await all_stale(desk, "outputs", NOON) == []
    assert await all_stale(desk, "outputs", LATER) == [old.id], "not of what a person has still to mark"
    assert await desk.store.let_go_of("outputs", [old.id], NOON) == 0, "too young"
    assert await desk.store.let_go_of("outputs", [old.id], LATER) == 1
    found = await desk.store.find(old.submission)
    assert found is not None and found.judgement is not None and found.submission.source == "a = 1"
    bare = [replace(check, got=None, diff=None, stdout="", failure=None) for check in old.checks]
    assert found.judgement == replace(old, stdout="", failure=None, checks=tuple(bare))
    assert await all_stale(desk, "outputs", LATER) == []


async def test_a_page_of_young_ones_ends_the_walk(desk: Desk) -> None:
    for number in range(4):
        await desk.judged(desk.send(str(number)))
    assert (await desk.store.stale("submissions", NOON - timedelta(days=1), "", 2)).after is None
    for kind in ("outputs", "submissions"):
        assert (await desk.store.stale(kind, LATER, "", 2)).after is not None


async def test_an_old_output_of_a_regrading_is_found_behind_a_page_of_young_ones(desk: Desk) -> None:
    for number in range(4):
        await desk.judged(desk.send(str(number)))
    sent = desk.send("old")
    await desk.accept(sent)
    old = replace(desk.judge(sent, Verdict.WA), id="f" * 32, judged_at=NOON - timedelta(days=2))
    await desk.store.record(sent, old, lambda before, _: Step(State.JUDGED, before, 1))
    assert await all_stale(desk, "outputs", NOON - timedelta(days=1)) == [old.id]


async def test_events_go_once_every_sink_has_them(desk: Desk) -> None:
    for number in range(5):
        await desk.accept(desk.send(str(number)))
    first, second, third, *_ = await desk.store.undelivered(9)
    sinks = {"log", "kafka"}
    await desk.store.took([first.place, second.place, third.place], "log", sinks)
    await desk.store.took([first.place, third.place], "kafka", sinks)
    await desk.store.refused(second.place, "no such field")
    await desk.store.gave_up(second.place, "kafka", sinks)
    later = datetime.now(UTC) + timedelta(days=1)
    assert await all_stale(desk, "deliveries", NOON) == []
    stale = await all_stale(desk, "deliveries", later)
    assert sorted(stale) == [first.place, third.place]
    assert await desk.store.let_go_of("deliveries", [*stale, second.place], later) == 2
    told = [pending.place for pending in await desk.store.told(0, 9)]
    assert told[0] == second.place and len(told) == 3, "neither what waits nor dead letters"
    assert len(await desk.store.dead(9)) == 1 and len(await desk.store.undelivered(9)) == 2
    await desk.accept(desk.send("more"))
    assert (await desk.store.undelivered(9))[-1].place > max(told), "a place is given once"


async def test_what_was_said_to_the_tutor_goes_and_so_do_answered_questions_to_a_person(desk: Desk) -> None:
    who = desk.enrolment
    at = (who.offering, who.person, desk.exercise)
    old, older, young = [KeptTurn(new_id(), *at, day, "why?", "hint") for day in (NOON, NOON, LATER)]
    for turn in (old, older, young):
        await desk.store.add_turn(turn)
    open_one, done, fresh = [Ticket(new_id(), *at, NOON, "why?", {"source": "x = 1"}) for _ in range(3)]
    for ticket in (open_one, done, fresh):
        await desk.store.add_ticket(ticket)
    await desk.store.answer_ticket(who.offering, done.id, "So.", NOON, "Dr. Ruiz")
    await desk.store.answer_ticket(who.offering, fresh.id, "So.", LATER, "Dr. Ruiz")
    for kind, gone, stay in (("conversations", [old.id, older.id], young.id), ("tickets", [done.id], fresh.id)):
        assert await all_stale(desk, kind, NOON) == []
        assert await all_stale(desk, kind, LATER) == gone
        assert await desk.store.let_go_of(kind, [*gone, stay], LATER) == len(gone)
        assert await all_stale(desk, kind, LATER) == []
    assert [turn.id for turn in await desk.store.turns(*at, 9)] == [young.id]
    assert [one.id for one in await desk.store.tickets_of(*at)] == [open_one.id, fresh.id], "none that waits"
