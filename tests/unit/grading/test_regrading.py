"""What regrading finds and records, over the memory store and a judge that can be told to change its mind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from moments import NOON

from codegym_jlab.course.loader import LoadedCourse, load_course
from codegym_jlab.grading.admission import Place, situation_for
from codegym_jlab.grading.apply_judgement import CountingRules, JudgementStep
from codegym_jlab.grading.batch import unrecorded
from codegym_jlab.grading.regrade import Change, RegradedLine, Regrading, regraded_exercises
from codegym_jlab.records import (
    AWAY,
    CheckResult,
    Judgement,
    Kind,
    Notice,
    Score,
    ScorePart,
    Submission,
    Verdict,
    new_id,
)
from codegym_jlab.sandbox.base import SandboxUnavailable
from codegym_jlab.store.base import HintGiven, Lease, Progress
from codegym_jlab.store.classes import Enrolment, Offering, Override
from codegym_jlab.store.sql.store import SqlStore

pytestmark = pytest.mark.anyio
OFFERING = Offering("local:basics", "basics", "Basics")
UNIT = """
id: loops
title: Loops
policy: {due: "2026-10-27T12:30+00:00", late: {per_day: 0.5}}
cells:
  - exercise:
      id: sum-even
      title: Sum
      points: 2
      statement: Write it.
      solution: "def f(): return 1"
      checks:
        - {call: f(), equals: 1, label: one}
  - exercise:
      id: essay
      title: Essay
      statement: Write it.
      answer: text
      marking: manual
"""


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedCourse:
    folder = tmp_path / "basics"
    folder.mkdir()
    (folder / "course.yaml").write_text("schema: 1\nid: basics\ntitle: Basics\nunits: [loops]\n")
    (folder / "loops.yaml").write_text(UNIT)
    found = load_course(folder)
    assert not found.errors
    return found


@dataclass
class Judge:
    """Says of a source what stands in `says`: points; else what the source itself says. Points are checks passed."""

    says: dict[str, float | str] = field(default_factory=dict)
    judged: list[str] = field(default_factory=list)
    seeds: list[str | None] = field(default_factory=list)

    async def judge(self, loaded: LoadedCourse, submission: Submission, *, seed: str | None = None) -> Judgement:
        self.judged.append(submission.source)
        self.seeds.append(seed)
        said = self.says.get(submission.source, submission.source.split()[0])
        return judgement(submission, said, seed or "first")


def judgement(sent: Submission, said: float | str, seed: str = "first", *more: ScorePart) -> Judgement:
    away = said == "away"
    word = said if isinstance(said, str) and not said.replace(".", "").isdigit() and not away else None
    points = 0.0 if word or away else float(said)
    verdict = Verdict(word) if word else Verdict.JE if away else Verdict.AC if points == 2 else Verdict.WA
    checks = tuple(
        CheckResult(f"c{n}", f"check {n}", n > 1, Verdict.AC if n <= points else verdict, 1.0) for n in (1, 2)
    )
    return Judgement(
        id=new_id(),
        submission=sent.id,
        verdict=verdict,
        score=Score(points + sum(part.points for part in more), 2.0),
        parts=(ScorePart("checker", points, 2.0), *more),
        checks=checks,
        hidden_not_run=0,
        stdout="",
        notices=(Notice(AWAY, "no host"),) if away else (),
        failure=None,
        course_digest="d",
        environment_digest="e",
        seed=seed,
        level="none",
        wall_ms=1.0,
        judged_at=NOON,
    )


@dataclass
class Room:
    """A few students' submissions, and what regrading makes of them."""

    store: SqlStore
    loaded: LoadedCourse
    judge: Judge
    sent: int = 0

    async def send(self, user: str, source: str, hours: float = 0.0) -> tuple[Enrolment, Submission]:
        who = await self.store.enrol(OFFERING, user)
        self.sent += 1
        at = NOON + timedelta(seconds=self.sent, hours=hours)
        sent = Submission(
            f"{self.sent:04}", who.offering, "basics", "sum-even", who.person, who.person, Kind.SUBMIT, source, (),
            new_id(), at,
        )  # fmt: skip
        await self.store.accept(
            sent, unit="loops", course_digest="d", admit=lambda _: None, events=(), lease=Lease("me", at)
        )
        return who, sent

    async def hand_in(self, user: str, source: str, *more: ScorePart, hours: float = 0.0) -> Submission:
        who, sent = await self.send(user, source, hours)
        judged = judgement(sent, source.split()[0], f"seed of {source}", *more)
        given = await self.store.hints(who.offering, who.person, "sum-even")
        counting = JudgementStep(sent, judged, CountingRules(await self.policy(who), NOON, given))
        await self.store.record(sent, judged, counting.step)
        return sent

    async def policy(self, who: Enrolment) -> Any:
        return (await situation_for(self.store, Place(self.loaded, *self.loaded.find("sum-even")), who)).policy

    def regrading(self, flow: str = "flow") -> Regrading:
        return Regrading(self.store, self.loaded, self.judge, OFFERING.id, flow=flow, clock=lambda: NOON)

    async def look(self, flow: str = "flow") -> list[RegradedLine]:
        regrading = self.regrading(flow)
        return await regrading.look(await regrading.page(["sum-even"], ("", ""), 99))

    async def record(self, *, allow_lower: bool = False, flow: str = "flow") -> dict[str, int]:
        teacher = await self.store.make_person(OFFERING.id, "teacher")
        done = await self.regrading(flow).record(
            await self.look(flow), who=teacher, why="it was wrong", allow_lower=allow_lower
        )
        return {name: sum(getattr(one, name) for one in done) for name in ("recorded", "held", "stale")}

    async def line(self, user: str) -> Progress:
        who = await self.store.enrol(OFFERING, user)
        return (await self.store.ledger(who.offering, who.person, "loops", "sum-even")).progress


@pytest.fixture
def room(loaded: LoadedCourse) -> Room:
    return Room(SqlStore(), loaded, Judge())


async def test_where_nothing_changes_nothing_is_found_or_recorded(room: Room) -> None:
    sent = await room.hand_in("ana", "1 a")
    (line,) = await room.look()
    assert line.changes == () and line.graded == 1 and line.after == line.progress
    posted = len(await room.store.undelivered(99))
    assert await room.record() == {"recorded": 0, "held": 0, "stale": 0}
    assert len(await room.store.history(sent.id)) == 1 and len(await room.store.undelivered(99)) == posted


async def test_the_change_is_told_with_the_check_that_brought_it(room: Room) -> None:
    await room.hand_in("ana", "1 a")
    await room.hand_in("ben", "2 b")
    room.judge.says = {"1 a": 2}
    changed = [line for line in await room.look() if line.changes]
    assert len(changed) == 1
    told = changed[0].as_json()
    assert told["score"] == [1.0, 2.0] and not told["lowers"]
    (one,) = told["submissions"]
    assert one["verdict"] == ["WA", "AC"] and one["score"] == [1.0, 2.0]
    assert one["because"] == [{"check": "c2", "label": "check 2", "before": "WA", "after": "AC"}]
    assert (await room.line("ana")).counting_score == 1.0, "looking records nothing"


async def test_what_is_recorded_says_who_when_why_and_keeps_the_seed(room: Room) -> None:
    sent = await room.hand_in("ana", "1 a")
    room.judge.says = {"1 a": 2}
    before = await room.line("ana")
    assert await room.record() == {"recorded": 1, "held": 0, "stale": 0}
    first, second = await room.store.history(sent.id)
    assert (second.who, second.why, second.cause) == (
        await room.store.person(OFFERING.id, "teacher"),
        "it was wrong",
        "regrade",
    )
    assert first.judgement.seed == second.judgement.seed == "seed of 1 a" and room.judge.seeds[0] == "seed of 1 a"
    after = await room.line("ana")
    assert (before.verdict, before.failed) == ("WA", ("c2",)) and not after.failed
    assert after == replace(before, score=2.0, counting_score=2.0, solved=True, verdict="AC", failed=())
    told = [pending.event for pending in await room.store.undelivered(99)][-2:]
    assert [event.type for event in told] == ["grading_complete", "user_progress_updated"]
    assert told[1].data["counting"]["score"] == 2.0
    assert len({pending.event.id for pending in await room.store.undelivered(99)}) == 4


async def test_the_same_flow_again_records_nothing_twice(room: Room) -> None:
    sent = await room.hand_in("ana", "1 a")
    room.judge.says = {"1 a": 2}
    lines = await room.look()
    for _ in range(2):  # as where a span that was stopped is begun again while it still runs
        (done,) = await room.regrading().record(lines, who=None, why="?", allow_lower=False)
        assert (done.recorded, done.held, done.stale) == (1, 0, 0)
    assert await room.record() == {"recorded": 1, "held": 0, "stale": 0}, "what this flow recorded before"
    assert len(await room.store.history(sent.id)) == 2 and len(room.judge.judged) == 1


async def test_a_score_falls_only_where_that_is_allowed(room: Room) -> None:
    sent = await room.hand_in("ana", "2 a")
    await room.hand_in("ben", "1 b")
    room.judge.says = {"2 a": 1, "1 b": 2}
    assert sum(line.lowers for line in await room.look()) == 1
    assert await room.record() == {"recorded": 1, "held": 1, "stale": 0}
    assert (await room.line("ana")).counting_score == 2.0 and (await room.line("ben")).counting_score == 2.0
    assert await room.record(allow_lower=True, flow="another") == {"recorded": 1, "held": 0, "stale": 0}
    assert (await room.line("ana")).counting_score == 1.0 and not (await room.line("ana")).solved
    assert len(await room.store.history(sent.id)) == 2


async def test_an_older_submission_may_become_the_one_that_counts(room: Room) -> None:
    first = await room.hand_in("ana", "0 a")
    second = await room.hand_in("ana", "1 b")
    room.judge.says = {"0 a": 2}
    assert (await room.line("ana")).counting_submission == second.id
    await room.record()
    line = await room.line("ana")
    assert line.counting_submission == first.id and line.counting_score == 2.0
    assert line.submission == second.id and line.score == 1.0 and line.attempts == 2


async def test_lateness_and_hints_hold_as_they_did(room: Room) -> None:
    who = await room.store.enrol(OFFERING, "ana")

    def give(line: Progress, given: Any) -> Any:
        from codegym_jlab.records import Subject, hint_given

        hint = HintGiven(1, NOON, 0.5)
        event = hint_given(Subject(who.offering, "basics", "sum-even", who.person), rung=1, cost=0.5, time=NOON)
        return hint, replace(line, hints=1, hint_cost=0.5), event

    await room.store.give_hint(who.offering, who.person, "sum-even", give)
    await room.hand_in("ana", "1 a", hours=2)
    assert (await room.line("ana")).counting_score == 0.25
    room.judge.says = {"1 a": 2}
    await room.record()
    line = await room.line("ana")
    assert line.counting_score == 0.75 and line.counting_late_s == 5401.0 and line.hint_cost == 0.5


async def test_dates_that_were_changed_since_change_scores_too_with_who_and_why(room: Room) -> None:
    sent = await room.hand_in("ana", "2 a", hours=2)
    await room.hand_in("ben", "2 b")
    assert (await room.line("ana")).counting_score == 1.0

    async def due(hours: int) -> None:
        at = (NOON + timedelta(hours=hours)).isoformat()
        await room.store.rule(OFFERING.id, [(Override({}, "loops"), lambda _: {"due": at})], by=None, at=NOON)

    await due(3)
    (told,) = [line.as_json() for line in await room.look() if line.changes]
    assert (told["score"], told["lowers"]) == ([1.0, 2.0], False)
    assert told["submissions"][0]["by_rules"] and told["submissions"][0]["because"] == []
    for _ in range(2):
        assert await room.record() == {"recorded": 1, "held": 0, "stale": 0}
    assert (await room.line("ana")).counting_score == 2.0 and (await room.line("ana")).counting_late_s is None
    _, second = await room.store.history(sent.id)
    assert (second.who, second.why) == (await room.store.person(OFFERING.id, "teacher"), "it was wrong")

    await due(-1)
    assert await room.record(flow="lower") == {"recorded": 0, "held": 2, "stale": 0}
    assert await room.record(flow="lower", allow_lower=True) == {"recorded": 2, "held": 0, "stale": 0}
    assert (await room.line("ben")).counting_score == 1.0


async def test_a_persons_marks_stay(room: Room) -> None:
    marks = ScorePart("person", 0.5, 1.0, "p", "well explained")
    sent = await room.hand_in("ana", "1 a", marks)
    room.judge.says = {"1 a": 2}
    await room.record()
    found = await room.store.find(sent.id)
    assert found is not None and found.judgement is not None
    assert found.judgement.parts == (ScorePart("checker", 2.0, 2.0), marks)
    assert found.judgement.score.points == 2.5


async def test_what_was_judged_otherwise_meanwhile_stays(room: Room) -> None:
    sent = await room.hand_in("ana", "1 a")
    room.judge.says = {"1 a": 2}
    lines = await room.look()
    room.judge.says = {"1 a": 1.5}
    await room.record(flow="another")
    (done,) = await room.regrading().record(lines, who=None, why="?", allow_lower=True)
    assert (done.recorded, done.held, done.stale) == (0, 0, 1)
    assert [given.judgement.score.points for given in await room.store.history(sent.id)] == [1.0, 1.5]


async def test_a_fault_of_ours_changes_nothing_and_is_told(room: Room) -> None:
    await room.hand_in("ana", "1 a")
    room.judge.says = {"1 a": "JE"}
    (line,) = await room.look()
    assert line.unanswered == ("0001",) and not line.changes
    assert len(room.judge.judged) == 2, "a fault is not believed at once"


async def test_without_a_sandbox_nothing_is_said_of_anyone(room: Room) -> None:
    await room.hand_in("ana", "1 a")
    room.judge.says = {"1 a": "away"}
    with pytest.raises(SandboxUnavailable):
        await room.look()


async def test_what_haste_may_have_done_is_judged_once_more_alone(room: Room) -> None:
    await room.hand_in("ana", "2 a")
    await room.hand_in("ben", "TLE b")
    judge, calls = room.judge.judge, []

    async def hasty(loaded: LoadedCourse, submission: Submission, *, seed: str | None = None) -> Judgement:
        calls.append(submission.source)
        room.judge.says = {"2 a": "TLE"} if calls.count("2 a") < 2 else {}
        return await judge(loaded, submission, seed=seed)

    room.judge.judge = hasty  # type: ignore[method-assign]
    assert not any(line.changes for line in await room.look())
    assert calls.count("2 a") == 2 and calls.count("TLE b") == 1


async def test_so_many_at_once_as_is_told_and_what_students_send_comes_first(room: Room) -> None:
    for number in range(8):
        await room.hand_in(f"ana-{number}", f"1 {number}")
    judge, under_way, most, wanted, so_many = room.judge.judge, 0, 0, 0, asyncio.Event()

    async def slow(loaded: LoadedCourse, submission: Submission, *, seed: str | None = None) -> Judgement:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        if under_way == wanted:
            so_many.set()
        await so_many.wait()
        await asyncio.sleep(0.02)  # one more would come now
        under_way -= 1
        return await judge(loaded, submission, seed=seed)

    async def most_at_once(expected: int) -> int:
        nonlocal most, wanted
        so_many.clear()
        wanted, most = expected, 0
        regrading = Regrading(room.store, room.loaded, room.judge, OFFERING.id, flow="f", at_once=5)
        await asyncio.wait_for(regrading.look(await regrading.page(["sum-even"], ("", ""), 99)), 60)
        return most

    room.judge.judge = slow  # type: ignore[method-assign]
    assert await most_at_once(5) == 5
    waiting = [await room.send(f"ben-{number}", "2") for number in range(3)]
    assert await most_at_once(2) == 2
    waiting += [await room.send(f"eva-{number}", "2") for number in range(9)]
    assert await most_at_once(1) == 1
    for _, sent in waiting:
        assert await room.store.cancel(sent.id)
    assert await most_at_once(5) == 5


async def test_a_repeat_follows_the_judgement_that_answers_it(room: Room) -> None:
    first = await room.hand_in("ana", "1 a")
    who = await room.store.enrol(OFFERING, "ana")
    again = replace(first, id="0002", idempotency_key=new_id(), received_at=NOON + timedelta(minutes=5))
    await room.store.accept(
        again, unit="loops", course_digest="d", admit=lambda _: None, events=(), lease=Lease("me", NOON)
    )
    found = await room.store.find(first.id)
    assert found is not None and found.judgement is not None
    counting = JudgementStep(again, found.judgement, CountingRules(await room.policy(who), NOON))
    await room.store.record(again, found.judgement, counting.step)
    assert (await room.line("ana")).submission == again.id
    room.judge.says = {"1 a": 2}
    assert await room.record() == {"recorded": 1, "held": 0, "stale": 0}
    line = await room.line("ana")
    assert (line.submission, line.score, line.counting_score, line.attempts) == (again.id, 2.0, 2.0, 1)


def test_checks_are_told_apart_by_their_ids(loaded: LoadedCourse) -> None:
    def result(check: str, verdict: Verdict, weight: float = 1.0) -> CheckResult:
        return CheckResult(check, f"label of {check}", True, verdict, weight)

    def judged(*checks: CheckResult) -> Judgement:
        return replace(judgement(unrecorded(loaded, "sum-even", "2"), "2"), checks=checks)

    before = judged(result("a", Verdict.AC), result("b", Verdict.WA), result("gone", Verdict.AC))
    after = judged(result("b", Verdict.WA), result("a", Verdict.AC, 2.0), result("new", Verdict.WA))
    assert [(c.check, c.before, c.after) for c in Change(before, after).because] == [
        ("a", "AC", "AC"),
        ("new", None, "WA"),
        ("gone", "AC", None),
    ]


def test_which_exercises_are_regraded(loaded: LoadedCourse) -> None:
    every: Callable[..., frozenset[str]] = regraded_exercises
    assert every(loaded) == every(loaded, "loops") == every(loaded, exercise="sum-even") == {"sum-even"}
    assert every(loaded, exercise="essay") == frozenset()
    for wrong in ({"unit": "no"}, {"exercise": "no"}, {"unit": "other", "exercise": "sum-even"}):
        with pytest.raises(KeyError):
            every(loaded, **wrong)
