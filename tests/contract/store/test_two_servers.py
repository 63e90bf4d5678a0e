"""Two servers on one database: whatever both do at once is done once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from contract.stored import patient, whole

from codegym_jlab.records import Event, Kind, State, new_id
from codegym_jlab.store.base import HintGiven, Lease, Ledger, Progress, Recorded, Step
from codegym_jlab.store.classes import Offering, Override

from .conftest import NOON, Desk

pytestmark = pytest.mark.anyio
Desks = tuple[Desk, Desk]
OFFERING = Offering("local:basics", "basics", "Python basics")


class No(Exception):
    """A manager's own refusal."""


@pytest.fixture
async def desks(place: Path | str) -> AsyncIterator[Desks]:
    """The same person at both."""
    stores = [patient(place) for _ in range(2)]
    await asyncio.gather(*(store.open() for store in stores))
    one, two = [Desk(store, OFFERING, await store.enrol(OFFERING, "ana")) for store in stores]
    yield one, two
    await asyncio.gather(*(store.close() for store in stores))


async def test_a_person_is_made_once(desks: Desks) -> None:
    found = await asyncio.gather(*(d.store.enrol(OFFERING, f"user-{n}") for n in range(10) for d in desks * 2))
    assert len({who.person for who in found}) == 10


async def test_a_new_offering_is_made_once(desks: Desks) -> None:
    new = Offering("local:pandas", "pandas", "Pandas")
    assert len(set(await asyncio.gather(*(d.store.enrol(new, "ana") for d in desks * 4)))) == 1


async def test_a_key_sent_to_both_is_stored_once(desks: Desks) -> None:
    keys = [new_id() for _ in range(20)]
    sent = await asyncio.gather(*(d.accept(d.send(idempotency_key=key)) for key in keys for d in desks))
    assert sum(accepted.fresh for accepted in sent) == len(keys)
    assert len({accepted.found.submission.id for accepted in sent}) == len(keys)
    assert len(await desks[0].store.undelivered(99)) == len(keys)


async def test_the_last_attempt_is_given_once(desks: Desks) -> None:
    def one_attempt(ledger: Ledger) -> None:
        if ledger.waiting + ledger.progress.attempts >= 1:
            raise No

    async def send(desk: Desk, number: int) -> bool:
        try:
            return (await desk.accept(desk.send(f"x = {number}"), admit=one_attempt)).fresh
        except No:
            return False

    outcomes = await asyncio.gather(*(send(desks[n % 2], n) for n in range(20)))
    assert sum(outcomes) == 1


async def test_a_submission_is_judged_once(desks: Desks) -> None:
    sent = [desks[0].send(f"x = {n}") for n in range(10)]
    for submission in sent:
        await desks[0].accept(submission)

    def count(before: Progress, faults: int) -> Step:
        line = replace(before, attempts=before.attempts + 1, max_score=2.0)
        event = Event(new_id(), "grading_complete", before.person, before.offering, NOON, {"attempts": line.attempts})
        return Step(State.JUDGED, line, line.attempts, [event])

    jobs = [d.store.record(s, d.judge(s), count) for s in sent for d in desks * 2]
    recorded: list[Recorded] = await asyncio.gather(*jobs)
    assert Counter(r.found.submission.id for r in recorded if r.fresh) == {s.id: 1 for s in sent}
    for s in sent:
        answers = {r.found.judgement.id for r in recorded if r.found.submission.id == s.id and r.found.judgement}
        assert len(answers) == 1, "whoever came second was told the first one's"
    who = desks[0].enrolment
    assert (await desks[1].store.ledger(who.offering, who.person, "loops", "sum-even")).progress.attempts == 10
    events = [pending.event for pending in await desks[1].store.undelivered(99)]
    told = [event.data["attempts"] for event in events if event.type == "grading_complete"]
    assert told == list(range(1, 11)), "each once, and in the order in which the progress came about"


async def test_cancelled_by_one_or_judged_by_the_other(desks: Desks) -> None:
    one, two = desks
    sent = [one.send(f"x = {n}") for n in range(12)]
    for submission in sent:
        await one.accept(submission)

    async def judged(s):  # type: ignore[no-untyped-def]
        return await one.store.record(s, one.judge(s), lambda before, _: Step(State.JUDGED, before, 1))

    outcomes = await asyncio.gather(*(both for s in sent for both in (judged(s), two.store.cancel(s.id))))
    for s, recorded, cancelled in zip(sent, outcomes[::2], outcomes[1::2], strict=True):
        assert recorded.fresh is not cancelled
        found = await two.store.find(s.id)
        assert found is not None
        assert found.submission.state is (State.CANCELLED if cancelled else State.JUDGED)
        assert (found.judgement is None) is cancelled


async def test_what_one_has_claimed_the_other_leaves(desks: Desks) -> None:
    sent = [desks[0].send(f"x = {n}", received_at=NOON + timedelta(seconds=n)) for n in range(30)]
    for submission in sent:
        await desks[0].accept(submission, lease=Lease("gone", NOON))
    now, until = NOON + timedelta(minutes=2), NOON + timedelta(hours=1)
    claims = await asyncio.gather(
        *(d.store.claim(Lease(f"worker-{i}", until), now, limit=10) for i, d in enumerate(desks * 2))
    )
    ids = [one.submission.id for claim in claims for one in claim]
    assert len(ids) == len(set(ids)) and len(ids) >= 10
    rest = [await d.store.claim(Lease("later", until), now, limit=99) for d in desks]
    assert sorted(ids + [s.submission.id for claim in rest for s in claim]) == sorted(s.id for s in sent)


async def test_hints_are_given_one_after_the_other(desks: Desks) -> None:
    who = desks[0].enrolment

    def give(line: Progress, given: Sequence[HintGiven]) -> tuple[HintGiven, Progress, Event]:
        rung = len(given) + 1
        event = Event(f"hint:{rung}", "hint_given", who.person, who.offering, NOON, {"rung": rung})
        return HintGiven(rung, NOON, 0.25), replace(line, hints=rung, hint_cost=line.hint_cost + 0.25), event

    await asyncio.gather(*(d.store.give_hint(who.offering, who.person, "sum-even", give) for d in desks * 4))
    given = await desks[0].store.hints(who.offering, who.person, "sum-even")
    assert [hint.rung for hint in given] == list(range(1, 9))
    line = (await desks[1].store.ledger(who.offering, who.person, "loops", "sum-even")).progress
    assert (line.hints, line.hint_cost) == (8, 2.0)


async def test_a_draft_saved_through_both_is_kept_once(desks: Desks) -> None:
    drafts = [d.store.keep([d.send("a", kind=Kind.DRAFT, state=State.KEPT)]) for d in desks * 3]
    assert sorted(map(len, await asyncio.gather(*drafts))) == [0, 0, 0, 0, 0, 1]


async def test_an_override_set_at_one_holds_at_the_other_at_once(desks: Desks) -> None:
    one, two = desks
    seen: list[Ledger] = []
    for number in range(3):
        await one.store.rule(OFFERING.id, [whole(Override({"attempts": number}))], by=None, at=NOON)
        await two.accept(two.send(f"x = {number}"), admit=seen.append)
    assert [ledger.overrides[0].fields["attempts"] for ledger in seen] == [0, 1, 2]
