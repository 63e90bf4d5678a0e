"""The life of a submission, in every store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Insert, Select, Update

from codegym_jlab.records import Kind, State, Verdict
from codegym_jlab.store.base import KeyTaken, Lease, Ledger, Progress, Step, Turn

from .conftest import NOON, Desk

pytestmark = pytest.mark.anyio
Seen = tuple[list[Ledger], Callable[[Ledger], None]]


class No(Exception):
    """A manager's own refusal."""


async def test_what_was_accepted_is_found_as_it_was_sent(desk: Desk) -> None:
    sent = desk.send()
    accepted = await desk.accept(sent)
    assert accepted.fresh and accepted.repeats is None
    found = await desk.store.find(sent.id)
    assert found is not None and found.submission == sent and found.judgement is None
    assert found.submission.digest == sent.digest


async def test_a_digest_is_of_the_source_that_it_is_asked_of(desk: Desk) -> None:
    sent = desk.send()
    assert sent.digest and replace(sent, source="another").digest != sent.digest
    assert replace(sent, cells=()).digest != sent.digest
    assert replace(sent, state=State.PARKED).digest == sent.digest
    assert replace(sent) == sent


async def test_a_time_of_another_zone_is_the_same_moment(desk: Desk) -> None:
    zone = timezone(timedelta(hours=5, minutes=30))
    for moment in (NOON, NOON + timedelta(microseconds=7)):
        sent = desk.send(received_at=moment.astimezone(zone))
        await desk.accept(sent)
        found = await desk.store.find(sent.id)
        assert found is not None and found.submission.received_at == moment


async def test_nobody_finds_what_is_not_there(desk: Desk) -> None:
    assert await desk.store.find("nothing") is None


async def test_the_same_key_again_stores_and_asks_nothing(desk: Desk, seen: Seen) -> None:
    sent = desk.send()
    judged = await desk.judged(sent)
    again = await desk.accept(desk.send(idempotency_key=sent.idempotency_key), admit=seen[1])
    assert not again.fresh and again.found.submission.id == sent.id and again.found.judgement == judged
    assert seen[0] == []
    assert len(await desk.store.undelivered(9)) == 1


async def test_the_same_key_sent_ten_times_at_once_is_stored_once(desk: Desk) -> None:
    key = desk.send().idempotency_key
    all_of_them = await asyncio.gather(*(desk.accept(desk.send(idempotency_key=key)) for _ in range(10)))
    assert sum(accepted.fresh for accepted in all_of_them) == 1
    assert len({accepted.found.submission.id for accepted in all_of_them}) == 1


async def test_the_same_key_with_other_content_is_told(desk: Desk) -> None:
    sent = desk.send()
    await desk.accept(sent)
    for other in (desk.send("x = 2"), desk.send(exercise="other"), desk.send(kind=Kind.TRY), desk.send(cells=())):
        with pytest.raises(KeyTaken):
            await desk.accept(replace(other, idempotency_key=sent.idempotency_key))


async def test_another_person_may_use_the_same_key(desk: Desk) -> None:
    sent = desk.send()
    await desk.accept(sent)
    ben = await desk.store.enrol(desk.offering, "ben")
    theirs = replace(desk.send(), person=ben.person, submitter=ben.person, idempotency_key=sent.idempotency_key)
    assert (await desk.accept(theirs)).fresh


async def test_a_key_leads_its_own_person_to_what_was_sent(desk: Desk) -> None:
    sent = desk.send()
    await desk.accept(sent)
    ben = await desk.store.enrol(desk.offering, "ben")
    assert await desk.store.find_sent(sent.offering, sent.person, sent.idempotency_key) == sent.id
    assert await desk.store.find_sent(sent.offering, sent.person, "another") is None
    assert await desk.store.find_sent(sent.offering, ben.person, sent.idempotency_key) is None


async def test_the_newest_that_was_judged_is_found_whatever_it_costs(desk: Desk) -> None:
    key = desk.offering.id, desk.enrolment.person, desk.exercise
    assert await desk.store.find_newest(*key) is None
    first, tried = desk.send(), desk.send("x = 2", kind=Kind.TRY)
    await desk.judged(first)
    judged = await desk.judged(tried)
    await desk.accept(desk.send("x = 3"))
    await desk.judged(desk.send("x = 4", exercise="other"))
    found = await desk.store.find_newest(*key)
    assert found is not None and (found.submission.id, found.judgement) == (tried.id, judged)


async def test_what_is_refused_leaves_nothing(desk: Desk) -> None:
    def refuse(ledger: Ledger) -> None:
        raise No

    sent = desk.send()
    with pytest.raises(No):
        await desk.accept(sent, admit=refuse)
    assert await desk.store.find(sent.id) is None
    assert not await desk.store.undelivered(9)


async def test_admit_sees_what_is_waiting_and_what_was_judged(desk: Desk, seen: Seen) -> None:
    await desk.judged(desk.send("a"), step=Step(State.JUDGED, desk.line(attempts=1, max_score=2.0), 1))
    await desk.accept(desk.send("b"))
    await desk.accept(desk.send("a try", kind=Kind.TRY))
    await desk.accept(desk.send("elsewhere", exercise="other"))
    await desk.store.opened(desk.enrolment.offering, desk.enrolment.person, "loops", NOON)
    await desk.accept(desk.send("c"), admit=seen[1])
    (ledger,) = seen[0]
    assert (ledger.waiting, ledger.progress.attempts, ledger.opened_at, ledger.repeat) == (1, 1, NOON, False)


async def test_a_judgement_is_found_whole(desk: Desk) -> None:
    sent = desk.send()
    judged = await desk.judged(sent)
    found = await desk.store.find(sent.id)
    assert found is not None and found.judgement == judged
    assert found.submission == replace(sent, state=State.JUDGED, attempt=1)


async def test_judgement_progress_and_events_come_together(desk: Desk) -> None:
    sent = desk.send()
    await desk.accept(sent)
    line = desk.line(
        submitted_at=NOON,
        submission=sent.id,
        score=1.33,
        max_score=2.0,
        late_s=7200.0,
        counting_submission=sent.id,
        counting_at=NOON,
        counting_score=1.33,
        counting_late_s=7200.0,
        solved=True,
        attempts=1,
        tried_at=NOON - timedelta(days=1),
    )
    event = replace(desk.event(sent), id="told")
    recorded = await desk.store.record(sent, desk.judge(sent), lambda *_: Step(State.JUDGED, line, 1, [event]))
    assert recorded.fresh and recorded.progress == line
    who = desk.enrolment
    assert (await desk.store.ledger(who.offering, who.person, "loops", "sum-even")).progress == line
    assert (await desk.store.ledgers(who.offering, who.person)).progress == {"sum-even": line}
    assert [pending.event.id for pending in await desk.store.undelivered(9)][-1] == "told"


async def test_a_step_that_fails_changes_nothing(desk: Desk) -> None:
    def fail(before: Progress, faults: int) -> Step:
        raise No

    sent = desk.send()
    await desk.accept(sent)
    with pytest.raises(No):
        await desk.store.record(sent, desk.judge(sent), fail)
    found = await desk.store.find(sent.id)
    assert found is not None and found.judgement is None and found.submission.state is State.WAITING


async def test_the_second_judgement_of_a_race_is_dropped(desk: Desk) -> None:
    sent = desk.send()
    first = await desk.judged(sent)
    late = await desk.store.record(sent, desk.judge(sent, Verdict.AC), lambda *_: pytest.fail("asked"))
    assert not late.fresh and late.found.judgement == first


async def test_a_fault_is_superseded_by_the_next_judgement(desk: Desk) -> None:
    sent = desk.send()
    await desk.accept(sent)
    retry = NOON + timedelta(seconds=2)
    faults: list[int] = []

    def wait(before: Progress, number: int) -> Step:
        faults.append(number)
        return Step(State.WAITING, before, retry_at=retry)

    await desk.store.record(sent, desk.judge(sent, Verdict.JE), wait)
    await desk.store.record(sent, desk.judge(sent, Verdict.JE), wait)
    found = await desk.store.find(sent.id)
    assert found is not None and (found.faults, found.submission.state) == (2, State.WAITING)
    good = desk.judge(sent, Verdict.AC)
    await desk.store.record(sent, good, lambda before, _: Step(State.JUDGED, before, 1))
    found = await desk.store.find(sent.id)
    assert found is not None and found.judgement == good and faults == [0, 1]


async def test_the_same_source_again_is_known(desk: Desk, seen: Seen) -> None:
    judged = await desk.judged(desk.send())
    again = desk.send()
    accepted = await desk.accept(again, admit=seen[1])
    assert accepted.fresh and accepted.repeats == judged and seen[0][0].repeat
    assert await desk.store.find_repeat(again, "d" * 64) == judged
    await desk.store.record(again, judged, lambda before, _: Step(State.JUDGED, before))
    found = await desk.store.find(again.id)
    assert found is not None and found.judgement == judged and found.submission.attempt is None


@pytest.mark.parametrize(
    "changes",
    [{"source": "x = 2"}, {"cells": ()}, {"exercise": "other"}, {"kind": Kind.TRY}],
    ids=["source", "cells", "exercise", "kind"],
)
async def test_another_source_kind_or_exercise_is_no_repeat(desk: Desk, changes: dict[str, object]) -> None:
    await desk.judged(desk.send())
    assert (await desk.accept(desk.send(**changes))).repeats is None


async def test_a_changed_course_or_a_fault_is_no_repeat(desk: Desk) -> None:
    await desk.judged(desk.send())
    assert (await desk.accept(desk.send(), course_digest="n" * 64)).repeats is None
    await desk.judged(desk.send("other"), Verdict.JE)
    assert (await desk.accept(desk.send("other"))).repeats is None


async def test_another_persons_source_is_no_repeat(desk: Desk) -> None:
    await desk.judged(desk.send())
    ben = await desk.store.enrol(desk.offering, "ben")
    assert (await desk.accept(replace(desk.send(), person=ben.person, submitter=ben.person))).repeats is None


async def test_the_sweep_leaves_what_is_leased(desk: Desk) -> None:
    sent = desk.send()
    await desk.accept(sent, lease=Lease("me", NOON + timedelta(seconds=10)))
    other = Lease("other", NOON + timedelta(seconds=30))
    assert list(await desk.store.claim(other, NOON + timedelta(seconds=9), limit=9)) == []
    (claimed,) = await desk.store.claim(other, NOON + timedelta(seconds=11), limit=9)
    assert claimed.submission == sent and (claimed.lost, claimed.faults) == (True, 1)
    assert list(await desk.store.claim(Lease("third", NOON), NOON + timedelta(seconds=12), limit=9)) == []


async def test_a_renewed_lease_holds_and_only_its_owner_renews(desk: Desk) -> None:
    sent = desk.send()
    await desk.accept(sent, lease=Lease("me", NOON))
    await desk.store.renew(Lease("me", NOON + timedelta(minutes=1)), [sent.id])
    await desk.store.renew(Lease("other", NOON - timedelta(minutes=1)), [sent.id])
    assert list(await desk.store.claim(Lease("other", NOON), NOON + timedelta(seconds=30), limit=9)) == []


async def test_the_sweep_takes_the_oldest_first_and_not_before_their_time(desk: Desk) -> None:
    old, new, later = (desk.send(str(i), received_at=NOON + timedelta(seconds=i)) for i in range(3))
    for sent in (new, old, later):
        await desk.accept(sent, lease=Lease("gone", NOON))
    retry = NOON + timedelta(minutes=3)
    await desk.store.record(later, desk.judge(later, Verdict.JE), lambda b, _: Step(State.WAITING, b, retry_at=retry))
    soon, lease = NOON + timedelta(minutes=1), Lease("me", NOON + timedelta(minutes=2))
    assert [s.submission.id for s in await desk.store.claim(lease, soon, limit=1)] == [old.id]
    assert [s.submission.id for s in await desk.store.claim(lease, soon, limit=9)] == [new.id]
    again = await desk.store.claim(Lease("me", retry + timedelta(seconds=9)), retry, limit=9)
    assert [one.submission.id for one in again] == [later.id, old.id], "what is lost twice is judged alone"
    assert [(one.lost, one.faults) for one in again] == [(False, 1), (True, 2)]
    assert not await desk.store.claim(Lease("me", retry + timedelta(seconds=9)), retry, limit=9)


async def test_each_time_that_it_stops_a_server_counts_before_it_is_judged_again(desk: Desk) -> None:
    sent, bystander = desk.send(), desk.send("x = 2", received_at=NOON + timedelta(seconds=1))
    for one in (sent, bystander):
        await desk.accept(one, lease=Lease("gone", NOON))
    counted = []
    for minute in range(1, 6):
        now = NOON + timedelta(minutes=minute)
        claimed = await desk.store.claim(Lease("me", now + timedelta(seconds=20)), now, limit=9)
        counted += [(one.submission.id == sent.id, one.faults) for one in claimed]
        if [one.submission.id for one in claimed] == [bystander.id]:
            await desk.store.record(bystander, desk.judge(bystander), lambda b, _: Step(State.JUDGED, b))
    assert counted[:4] == [(True, 1), (False, 1), (True, 2), (True, 3)]


async def test_who_stops_in_good_order_counts_no_fault(desk: Desk) -> None:
    sent = desk.send()
    await desk.accept(sent, lease=Lease("me", NOON + timedelta(minutes=1)))
    await desk.store.release("another", [sent.id])
    assert not await desk.store.claim(Lease("other", NOON + timedelta(minutes=1)), NOON, limit=9)
    await desk.store.release("me", [sent.id])
    (claimed,) = await desk.store.claim(Lease("other", NOON + timedelta(minutes=1)), NOON, limit=9)
    assert (claimed.lost, claimed.faults) == (False, 0)


async def test_what_is_judged_is_never_swept(desk: Desk) -> None:
    await desk.judged(desk.send())
    assert list(await desk.store.claim(Lease("me", NOON), NOON + timedelta(days=1), limit=9)) == []


async def test_cancelling_wins_or_loses_but_never_both(desk: Desk) -> None:
    sent = desk.send()
    await desk.accept(sent)
    assert await desk.store.cancel(sent.id)
    assert not await desk.store.cancel(sent.id)
    late = await desk.store.record(sent, desk.judge(sent), lambda *_: pytest.fail("asked"))
    assert not late.fresh and late.found.submission.state is State.CANCELLED
    done = desk.send("other")
    await desk.judged(done)
    assert not await desk.store.cancel(done.id)
    assert not await desk.store.cancel("nothing")


async def test_only_changed_drafts_are_kept(desk: Desk) -> None:
    def draft(source: str) -> list[object]:
        return [desk.send(source, kind=Kind.DRAFT, state=State.KEPT)]

    assert await desk.store.keep(draft("a")) == ["sum-even"]
    assert not await desk.store.keep(draft("a"))
    assert await desk.store.keep(draft("b")) == ["sum-even"]
    assert await desk.store.keep(draft("a")) == ["sum-even"]


@pytest.mark.parametrize("nasty", ["x = '\ud800'", "x = 1\x00"])
async def test_a_draft_of_what_is_no_text_is_kept_once(desk: Desk, nasty: str) -> None:
    for kept in (["sum-even"], []):
        assert list(await desk.store.keep([desk.send(nasty, kind=Kind.DRAFT, state=State.KEPT)])) == kept


async def test_a_draft_neither_waits_nor_repeats(desk: Desk) -> None:
    await desk.store.keep([desk.send(kind=Kind.DRAFT, state=State.KEPT)])
    assert list(await desk.store.claim(Lease("me", NOON), NOON + timedelta(days=1), limit=9)) == []
    assert (await desk.accept(desk.send())).repeats is None


@pytest.mark.parametrize("nasty", ["\ud800", "a\x00b", "🐍" * 100, "\\ud800", "'; DROP TABLE submissions; --"])
async def test_whatever_a_student_prints_can_be_recorded(desk: Desk, nasty: str) -> None:
    sent = desk.send()
    await desk.accept(sent)
    judged = desk.judge(sent, stdout=nasty)
    judged = replace(judged, checks=(replace(judged.checks[0], got=nasty, diff={"got": nasty}),))
    await desk.store.record(sent, judged, lambda before, _: Step(State.JUDGED, before, 1))
    found = await desk.store.find(sent.id)
    assert found is not None and found.judgement is not None


async def test_what_has_to_wait_for_its_turn_is_nobodys_until_then(desk: Desk) -> None:
    later = NOON + timedelta(seconds=30)
    sent = desk.send()
    accepted = await desk.accept(sent, admit=lambda ledger: Turn(later, later))
    assert accepted.fresh and accepted.found.not_before == later
    found = await desk.store.find(sent.id)
    assert found is not None and (found.submission.state, found.not_before) == (State.WAITING, later)
    lease = Lease("sweep", later + timedelta(seconds=10))
    assert not await desk.store.claim(lease, NOON + timedelta(seconds=29), limit=9)
    assert [s.submission.id for s in await desk.store.claim(lease, later, limit=9)] == [sent.id]
    await desk.store.record(sent, desk.judge(sent), lambda before, faults: Step(State.JUDGED, before, 1))
    found = await desk.store.find(sent.id)
    assert found is not None and found.not_before is None


async def test_an_allowance_is_kept_for_each_person_and_exercise(desk: Desk, seen: Seen) -> None:
    moments = [NOON, NOON + timedelta(seconds=40)]
    for moment in moments:
        await desk.accept(desk.send(source=str(moment)), admit=lambda ledger, at=moment: Turn(None, at))
    ben = await desk.store.enrol(desk.offering, "ben")
    for sent in (desk.send(), desk.send(exercise="other"), desk.send(person=ben.person, submitter=ben.person)):
        await desk.accept(sent, admit=seen[1])
    assert [ledger.full_at for ledger in seen[0]] == [moments[1], None, None]


async def test_what_is_refused_takes_nothing_of_an_allowance(desk: Desk, seen: Seen) -> None:
    def refuse(ledger: Ledger) -> Turn:
        raise LookupError("no")

    with pytest.raises(LookupError):
        await desk.accept(desk.send(), admit=refuse)
    await desk.accept(desk.send(), admit=seen[1])
    assert seen[0][0].full_at is None


async def test_a_lease_that_ends_too_late_was_set_by_a_wrong_clock(desk: Desk) -> None:
    sent = desk.send()
    await desk.accept(sent, lease=Lease("dead", NOON + timedelta(hours=1)))
    mine = Lease("me", NOON + timedelta(seconds=10))
    assert [taken.submission.id for taken in await desk.store.claim(mine, NOON, limit=9)] == [sent.id]


async def test_a_pause_after_a_fault_that_ends_too_late_was_set_by_a_wrong_clock(desk: Desk) -> None:
    sent, mine = desk.send(), Lease("me", NOON + timedelta(seconds=10))
    for later, taken in ((timedelta(seconds=2), []), (timedelta(hours=1), [sent.id])):
        if not taken:
            await desk.accept(sent)
        step = Step(State.WAITING, desk.line(), retry_at=NOON + later)
        await desk.store.record(sent, desk.judge(sent, Verdict.JE), lambda before, faults, step=step: step)
        assert [found.submission.id for found in await desk.store.claim(mine, NOON, limit=9)] == taken


async def test_a_check_makes_no_statement_anew(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Making one takes SQLAlchemy longer than answering it takes SQLite, and a check has some twenty."""
    await desk.judged(desk.send("x = 1"))
    made: list[type] = []
    for kind in (Select, Insert, Update):
        plain = kind.__init__

        def counted(self: Any, *args: Any, plain: Any = plain, **kwargs: Any) -> None:
            made.append(type(self))
            plain(self, *args, **kwargs)

        monkeypatch.setattr(kind, "__init__", counted)
    await desk.judged(desk.send("x = 2"))
    assert made == []
    await desk.store.hints(desk.enrolment.offering, desk.enrolment.person, desk.exercise)
    assert made  # so they are counted
