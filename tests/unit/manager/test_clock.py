"""The server's clock decides, and it may be wrong: set back, it reorders nothing, turns nobody away, leaves nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from codegym_jlab import records
from codegym_jlab.grading.errors import Closed, NotOpen
from codegym_jlab.records import Kind, State, Submission, new_id
from codegym_jlab.store.base import Lease

from .conftest import NOON, Class

pytestmark = pytest.mark.anyio

DUE = NOON + timedelta(days=7)
GRACE = timedelta(minutes=10)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize("after", [-GRACE, timedelta(0), TICK, GRACE - TICK, GRACE])
async def test_until_the_end_of_grace_it_is_in_time(school: Class, after: timedelta) -> None:
    await school.policy(due=DUE.isoformat(), grace="PT10M")
    school.clock.now = DUE + after
    outcome = await school.send("AC 2")
    assert (outcome.late_s, outcome.standing.score, outcome.counts) == (None, 2.0, True)


@pytest.mark.parametrize("after", [GRACE + TICK, timedelta(days=1)])
async def test_after_grace_it_is_closed(school: Class, after: timedelta) -> None:
    await school.policy(due=DUE.isoformat(), grace="PT10M")
    school.clock.now = DUE + after
    with pytest.raises(Closed):
        await school.send("AC 2")
    assert (await school.line())["status"] == "closed"


@pytest.mark.parametrize(("after", "score"), [(GRACE, 2.0), (GRACE + TICK, 1.8), (timedelta(days=1, seconds=1), 1.6)])
async def test_what_is_late_is_late_from_the_due_time_on(school: Class, after: timedelta, score: float) -> None:
    """Grace forgives the first minutes; it does not move the due time."""
    await school.policy(due=DUE.isoformat(), grace="PT10M", late={"per_day": 0.1})
    school.clock.now = DUE + after
    outcome = await school.send("AC 2")
    assert outcome.standing.score == score
    assert outcome.late_s == (None if after <= GRACE else after.total_seconds())


async def test_grace_is_for_the_time_that_an_extension_gives_too(school: Class) -> None:
    await school.policy(due=DUE.isoformat(), grace="PT10M")
    await school.policy(person=school.who.person, due=(DUE + timedelta(days=1)).isoformat())
    school.clock.now = DUE + timedelta(days=1) + GRACE
    assert (await school.send("AC 2")).late_s is None


async def test_received_in_grace_and_judged_after_it_is_in_time(school: Class) -> None:
    await school.policy(due=DUE.isoformat(), grace="PT10M")
    school.clock.now = DUE + GRACE
    waits = await school.send("JE")
    school.clock.move(hours=1)
    await school.manager.sweep()
    assert waits.late_s is None and waits.submission.received_at == DUE + GRACE


async def test_the_browser_s_clock_decides_nothing(school: Class) -> None:
    await school.policy(due=DUE.isoformat())
    school.clock.now = DUE + timedelta(seconds=1)
    with pytest.raises(Closed):
        await school.send("AC 2", claimed_at=DUE - timedelta(hours=1))
    school.clock.now = DUE
    outcome = await school.send("AC 2", claimed_at=DUE + timedelta(days=9))
    assert outcome.late_s is None and outcome.submission.claimed_at == DUE + timedelta(days=9)


async def test_set_back_the_last_is_still_the_last(school: Class) -> None:
    await school.policy(count="last")
    await school.send("AC 2")
    school.clock.move(hours=-3)
    second = await school.send("WA 1")
    line = await school.line()
    assert second.counts and second.submission.attempt == 2
    assert (line["score"], line["counting"]["score"]) == (1.0, 1.0)
    assert line["submitted_at"] == school.clock.now.isoformat(), "times are told as they were read"


async def test_set_back_the_better_still_counts(school: Class) -> None:
    await school.send("WA 1")
    school.clock.move(hours=-3)
    assert (await school.send("AC 2")).counts
    school.clock.move(hours=-3)
    assert not (await school.send("WA 0.5")).counts
    line = await school.line()
    assert (line["score"], line["counting"]["score"]) == (0.5, 2.0)


async def test_what_was_open_to_someone_stays_open(school: Class) -> None:
    school.clock.move(days=6)
    await school.manager.open_unit(school.who, "later")
    school.clock.move(days=-6)
    assert (await school.send("AC 3", exercise="hard")).counts
    assert (await school.line("hard"))["status"] == "submitted"
    await school.manager.open_unit(school.who, "later")
    stranger = await school.manager.enrol("bob", "basics")
    with pytest.raises(NotOpen):
        await school.manager.open_unit(stranger, "later")


async def test_what_is_opened_later_than_planned_is_closed_again_to_who_had_it(school: Class) -> None:
    school.clock.move(days=6)
    await school.manager.open_unit(school.who, "later")
    await school.policy(unit="later", opens=(school.clock.now + timedelta(days=1)).isoformat(), due=None)
    with pytest.raises(NotOpen):
        await school.send("AC 3", exercise="hard")


async def test_set_back_the_same_key_is_the_same_submission(school: Class) -> None:
    first = await school.send("AC 2", idempotency_key="k")
    school.clock.move(hours=-1)
    again = await school.send("AC 2", idempotency_key="k")
    assert again.submission == first.submission
    assert (await school.line())["score"] == 2.0


async def test_what_a_dead_server_leased_by_a_clock_that_was_ahead_is_taken_up(school: Class) -> None:
    """Its lease would last for as long as the clock was set back."""
    waiting = await leased(school, Lease("dead", school.clock.now + timedelta(seconds=10)))
    school.clock.move(hours=-1)
    (taken,) = await school.store.claim(mine(school), school.clock.now, limit=9)
    assert taken.submission == waiting


async def test_a_lease_that_lasts_is_left_alone(school: Class) -> None:
    await leased(school, Lease("alive", school.clock.now + timedelta(seconds=10)))
    for seconds in (0.0, 5.0, -3.0):
        school.clock.move(seconds=seconds)
        assert await school.store.claim(mine(school), school.clock.now, limit=9) == []


def mine(school: Class) -> Lease:
    return Lease("me", school.clock.now + timedelta(seconds=10))


async def leased(school: Class, lease: Lease) -> Any:
    """A submission that another server is at work on."""
    held = await school.send("JE")
    (taken,) = await school.store.claim(lease, school.clock.now + timedelta(seconds=3), limit=9)
    assert taken.submission.id == held.submission.id
    return taken.submission


async def test_a_second_try_after_a_fault_does_not_wait_for_the_clock(school: Class) -> None:
    await school.send("JE")
    school.clock.move(days=-2)
    assert await school.manager.sweep() == 1


async def test_a_hint_does_not_wait_for_the_clock(school: Class) -> None:
    await school.send("WA 1", Kind.TRY)
    await school.tutor.next_hint(school.who, "sum-even")
    school.clock.move(hours=-2)
    assert len((await school.tutor.next_hint(school.who, "sum-even")).given) == 2


class TestIds:
    """What came later sorts later."""

    def test_they_rise_while_the_clock_falls(self, monkeypatch: pytest.MonkeyPatch) -> None:
        times = iter(range(2_000_000_000_000_000_000, 0, -1_000_000_000_000_000))
        monkeypatch.setattr(records.clock, "time_ns", lambda: next(times))
        monkeypatch.setattr(records, "_last", 0)
        made = [new_id() for _ in range(1000)]
        assert made == sorted(made) and len(set(made)) == 1000
        assert all(len(id) == 32 and id[12] == "7" and id[16] in "89ab" for id in made)

    def test_they_go_on_after_the_newest_of_the_records(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(records, "_last", 0)
        ahead = "fff" + new_id()[3:]
        for newest in (None, "", "no id", "0" * 32):
            records.go_on_after(newest)
            assert new_id() < ahead
        records.go_on_after(ahead)
        assert new_id() > ahead


async def test_what_stopped_three_servers_is_parked_unjudged(school: Class) -> None:
    """As a pattern of its author's that never ends would: each server that took it up was killed."""
    who = school.who
    sent = Submission(
        id=new_id(),
        offering=who.offering,
        course=who.course,
        exercise="sum-even",
        person=who.person,
        submitter=who.person,
        kind=Kind.SUBMIT,
        source="AC 2",
        cells=(),
        idempotency_key="k",
        received_at=school.clock.now,
    )
    gone = Lease("gone", school.clock.now)
    await school.store.accept(sent, unit="loops", course_digest="", admit=lambda _: None, events=[], lease=gone)
    for _ in range(2):
        school.clock.move(minutes=1)
        until = school.clock.now + timedelta(seconds=10)
        assert await school.store.claim(Lease("gone too", until), school.clock.now, limit=9)
    school.clock.move(minutes=1)
    assert await school.manager.sweep() == 1
    found = await school.store.find(sent.id)
    assert found is not None and found.submission.state is State.PARKED and school.judge.judged == []
