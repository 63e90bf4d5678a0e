"""Held back as in a class: new sources wait their turn, and what took long is known at a few moments only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from codegym_jlab.course.catalogue import Catalogue
from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.policy import RateLimit
from codegym_jlab.grading.admission import turn_of
from codegym_jlab.grading.errors import UnknownSubmission
from codegym_jlab.grading.judgements import Holding, Settings, released_after
from codegym_jlab.grading.manager import GradingManager
from codegym_jlab.grading.progress import Outcome
from codegym_jlab.records import Judgement, Kind, State, Submission
from codegym_jlab.store.sql.store import SqlStore
from codegym_jlab.tutor.manager import TutorManager

from .conftest import NOON, Class, Clock, ScriptedJudge

pytestmark = pytest.mark.anyio


@dataclass
class Stopwatch:
    """Seconds that pass only when a test says so; who sleeps is woken by it."""

    now: float = 100.0
    sleepers: list[tuple[float, asyncio.Event]] = field(default_factory=list)
    asleep: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        over = asyncio.Event()
        self.sleepers.append((self.now + seconds, over))
        self.asleep.set()
        await over.wait()

    async def pass_until(self, now: float) -> None:
        self.now = now
        for at, over in self.sleepers:
            if at <= now:
                over.set()
        for _ in range(50):
            await asyncio.sleep(0)


@dataclass
class SlowJudge(ScriptedJudge):
    """`AC 2 0.5`: the third word says how many seconds it takes."""

    watch: Stopwatch = field(default_factory=Stopwatch)

    async def judge(self, loaded: LoadedCourse, submission: Submission, *, seed: str | None = None) -> Judgement:
        try:
            return await super().judge(loaded, submission, seed=seed)
        finally:
            self.watch.now += float([*submission.source.split(), "0", "0", "0"][2])


@dataclass
class Held(Class):
    """A class whose manager holds back."""

    watch: Stopwatch = field(default_factory=Stopwatch)

    async def send_slow(self, source: str) -> Outcome:
        """As it is answered before its release; it is judged when this returns."""
        sent = await self.send(source, wait_s=0)
        await asyncio.wait_for(self.watch.asleep.wait(), 30)
        return sent


async def held_class(catalogue: Catalogue, holding: bool = True) -> Held:
    watch, clock, store = Stopwatch(), Clock(), SqlStore()
    judge = SlowJudge(watch=watch)
    manager = GradingManager(
        store,
        catalogue,
        judge,
        settings=Settings(sweep_s=3600, at_once=1, wait_s=0.0),
        clock=clock,
        holding=Holding(watch, watch.sleep) if holding else None,
    )
    tutor, who = TutorManager(store, manager, clock=clock), await manager.enrol("ana", "basics")
    made = Held(manager, tutor, store, judge, clock, catalogue, who, watch=watch)
    manager.subscribe(made.hear)
    return made


@pytest.fixture
async def held(catalogue: Catalogue) -> AsyncIterator[Held]:
    made = await held_class(catalogue)
    yield made
    await made.manager.close()


async def now(held: Held, sent: Outcome) -> Outcome:
    """How it stands, for its student."""
    return await held.manager.outcome("ana", sent.submission.id)


class TestRelease:
    """What took more than a quarter of a second."""

    @pytest.mark.parametrize(
        ("took", "total", "released"),
        [
            (0.01, 30, 0.01),
            (0.25, 30, 0.25),
            (0.26, 30, 1),
            (1.0, 30, 1),
            (1.01, 30, 4),
            (5, 30, 16),
            (17, 30, 30),
            (5, 10, 10),
            (2, 2.5, 2.5),
            (31, 30, 31),
        ],
    )
    async def test_the_moments(self, took: float, total: float, released: float) -> None:
        assert released_after(took, total) == released

    async def test_quick_ones_come_at_once(self, held: Held) -> None:
        sent = await held.send("AC 2 0.2", wait_s=5)
        assert sent.submission.state is State.JUDGED and not held.watch.sleepers

    @pytest.mark.parametrize("took", [0.3, 0.9])
    async def test_slow_ones_are_known_at_the_same_moment_everywhere(self, held: Held, took: float) -> None:
        sent = await held.send_slow(f"WA 1 {took}")
        assert sent.submission.state is State.WAITING and sent.judgement is None
        await held.watch.pass_until(100.999)
        assert (await now(held, sent)).judgement is None and held.told == []
        assert (await held.line())["status"] == "kept" and await held.events() == ["code_submitted"]
        await held.watch.pass_until(101.0)
        assert (await now(held, sent)).judgement is not None and len(held.told) == 1
        assert "grading_complete" in await held.events()

    async def test_a_fault_of_ours_is_held_too(self, held: Held) -> None:
        await held.send_slow("boom x 0.3")
        assert [at for at, _ in held.watch.sleepers] == [101.0]

    async def test_the_time_that_is_shown_is_the_releases(self, held: Held) -> None:
        held.clock.now = NOON + timedelta(seconds=7, microseconds=123456)
        sent = await held.send_slow("AC 2 0.3")
        held.clock.move(seconds=1)
        await held.watch.pass_until(102.0)
        judged = (await now(held, sent)).judgement
        assert judged is not None and judged.judged_at == NOON + timedelta(seconds=8)

    async def test_one_that_is_held_back_takes_no_place(self, held: Held) -> None:
        await held.send_slow("WA 1 0.3")
        assert (await held.send("AC 2", exercise="maximum", wait_s=5)).submission.state is State.JUDGED

    async def test_cancelling_tells_nothing_of_it(self, held: Held) -> None:
        """Whether it is judged already must not show before its release."""
        sent = await held.send_slow("AC 2 0.3")
        assert held.judge.judged == ["AC 2 0.3"]
        assert (await held.manager.cancel("ana", sent.submission.id)).submission.state is State.CANCELLED
        await held.watch.pass_until(200.0)
        assert (await held.line())["status"] == "not_started"

    async def test_ending_the_server_meanwhile_loses_nothing(self, held: Held, catalogue: Catalogue) -> None:
        sent = await held.send_slow("AC 2 0.3")
        await held.manager.close()
        again = GradingManager(held.store, catalogue, ScriptedJudge(), clock=held.clock)
        assert await again.sweep() == 1
        assert (await again.outcome("ana", sent.submission.id)).submission.attempt == 1
        await again.close()


class TestRate:
    """`policy.rate`."""

    async def test_a_bucket(self) -> None:
        rate, full_at, turns = RateLimit(3, 60), None, []
        for _ in range(5):
            turn = turn_of(rate, full_at, NOON)
            full_at = turn.full_at
            turns.append(turn.not_before and (turn.not_before - NOON).total_seconds())
        assert turns == [None, None, None, 20, 40]
        assert turn_of(rate, full_at, NOON + timedelta(seconds=101)).not_before is None

    async def test_more_than_that_wait_and_are_judged_in_their_turn(self, held: Held) -> None:
        await held.policy(rate={"sources": 2, "per_s": 60})
        sent = [await held.send(f"WA {n}", wait_s=5) for n in range(4)]
        assert [s.submission.state for s in sent] == [State.JUDGED, State.JUDGED, State.WAITING, State.WAITING]
        waits = [s.not_before and (s.not_before - NOON).total_seconds() for s in sent]
        assert waits == [None, None, 30, 60]
        assert await held.manager.sweep() == 0
        held.clock.move(seconds=30)
        assert await held.manager.sweep() == 1 and held.judge.judged[-1] == "WA 2"
        held.clock.move(seconds=30)
        assert await held.manager.sweep() == 1 and held.judge.judged[-1] == "WA 3"
        last = await now(held, sent[3])
        assert (last.submission.attempt, last.not_before) == (4, None)

    async def test_a_key_sent_again_takes_no_other_turn(self, held: Held) -> None:
        await held.policy(rate={"sources": 1, "per_s": 60})
        await held.send("WA 1", wait_s=5)
        one = await held.send("WA 2", idempotency_key="k")
        again = await held.send("WA 2", idempotency_key="k")
        assert again.submission.id == one.submission.id and again.not_before == one.not_before != None  # noqa: E711
        assert (await held.send("WA 3")).not_before == NOON + timedelta(seconds=120)

    async def test_the_same_source_again_is_not_new(self, held: Held) -> None:
        await held.policy(rate={"sources": 1, "per_s": 60})
        for _ in range(3):
            assert (await held.send("WA 1", wait_s=5)).submission.state is State.JUDGED
        assert (await held.send("WA 2")).not_before == NOON + timedelta(seconds=60)

    async def test_each_exercise_and_person_has_its_own(self, held: Held) -> None:
        await held.policy(rate={"sources": 1, "per_s": 60})
        await held.send("WA 1", wait_s=5)
        assert (await held.send("WA 2", exercise="maximum", wait_s=5)).submission.state is State.JUDGED
        ben = await held.manager.enrol("ben", "basics")
        sent = await held.manager.submit(
            ben, "sum-even", kind=Kind.SUBMIT, source="WA 3", idempotency_key="b", wait_s=5
        )
        assert sent.submission.state is State.JUDGED

    async def test_what_waits_for_its_turn_holds_an_attempt_and_can_be_stopped(self, held: Held) -> None:
        await held.policy(rate={"sources": 1, "per_s": 60}, attempts=2)
        await held.send("WA 1", wait_s=5)
        waiting = await held.send("WA 2")
        assert (await held.line())["status"] == "kept"
        stopped = await held.manager.cancel("ana", waiting.submission.id)
        assert (stopped.submission.state, stopped.not_before) == (State.CANCELLED, None)
        held.clock.move(seconds=300)
        assert await held.manager.sweep() == 0
        assert (await held.send("AC 2", wait_s=5)).submission.attempt == 2

    async def test_where_nothing_is_held_back_nobody_waits(self, catalogue: Catalogue) -> None:
        school = await held_class(catalogue, holding=False)
        await school.policy(rate={"sources": 1, "per_s": 60})
        for n in range(3):
            assert (await school.send(f"WA 1 {n}", wait_s=5)).submission.state is State.JUDGED
        await school.manager.close()

    async def test_another_persons_submission_stays_unknown(self, held: Held) -> None:
        await held.policy(rate={"sources": 1, "per_s": 60})
        sent = await held.send("WA 1", wait_s=5)
        with pytest.raises(UnknownSubmission):
            await held.manager.outcome("ben", sent.submission.id)
