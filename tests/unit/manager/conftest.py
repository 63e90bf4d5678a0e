"""A manager over records in memory, a judge that reads its verdicts from the source, and a clock set by hand."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from moments import NOON

from codegym_jlab.course.catalogue import Catalogue, load_catalogue
from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.grading.judgements import Settings
from codegym_jlab.grading.manager import GradingManager
from codegym_jlab.grading.progress import Outcome
from codegym_jlab.llm.budget import Used
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
from codegym_jlab.store import Store
from codegym_jlab.store.classes import Enrolment, Override
from codegym_jlab.store.sql.store import SqlStore
from codegym_jlab.tutor.manager import TutorManager

COURSE = """
schema: 1
id: basics
title: Basics
units: [loops, later]
"""
LOOPS = """
id: loops
title: Loops
cells:
  - exercise:
      id: sum-even
      title: Sum of the even numbers
      points: 2
      concepts: [loops]
      statement: Write `sum_even(xs)`.
      starter: |
        def sum_even(xs):
            ...
      solution: "def sum_even(xs): return sum(x for x in xs if x % 2 == 0)"
      checks:
        - call: sum_even([2])
          equals: 2
        - call: sum_even([])
          equals: 0
          hidden: an empty list
      hints: [mild, warmer, hot]
  - exercise:
      id: maximum
      title: The largest
      statement: Write `maximum(xs)`.
      solution: "def maximum(xs): return max(xs)"
      checks:
        - call: maximum([1])
          equals: 1
"""
LATER = """
id: later
title: Later
policy: {opens: "2026-11-01T08:00+00:00", due: "2026-11-08T08:00+00:00"}
cells:
  - exercise:
      id: hard
      title: A hard one
      points: 3
      statement: Write `hard()`.
      solution: "def hard(): return 1"
      checks:
        - call: hard()
          equals: 1
"""


@dataclass
class Clock:
    """Time stands still until it is moved."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class ScriptedJudge:
    """`AC 2`, `WA 0.5`, `JE`, `boom`: the first words of a source say what becomes of it. `held` ones wait."""

    judged: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    hold: asyncio.Event | None = None
    away: set[str] = field(default_factory=set)  #: first words for which no sandbox can be had

    async def judge(self, loaded: LoadedCourse, submission: Submission, *, seed: str | None = None) -> Judgement:
        self.judged.append(submission.source)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(0)
            if self.hold is not None:
                await self.hold.wait()
        finally:
            self.at_once -= 1
        word, points = [*submission.source.split(), "0", "0"][:2]
        if word in self.away:
            said = (Notice(AWAY, "no sandbox can be had"),)
            return replace(judgement(loaded, submission, Verdict.JE, 0.0), notices=said)
        if word == "boom":
            raise RuntimeError("the grader fell over")
        return judgement(loaded, submission, Verdict(word), float(points))


def judgement(loaded: LoadedCourse, sent: Submission, verdict: Verdict, points: float) -> Judgement:
    """What a grader would say."""
    _, exercise = loaded.find(sent.exercise)
    hidden = CheckResult("c2", "an empty list", True, verdict, 1.0, got="secret")
    checks = (CheckResult("c1", "sum_even([2])", False, Verdict.AC, 0.0), hidden)
    return Judgement(
        id=new_id(),
        submission=sent.id,
        verdict=verdict,
        score=Score(points, exercise.points),
        parts=(ScorePart("checker", points, exercise.checked_points),) if exercise.checks else (),
        checks=checks if exercise.checks else (),
        hidden_not_run=0,
        stdout="",
        notices=(),
        failure=None,
        course_digest=loaded.digest,
        environment_digest="e",
        seed="s",
        level="none",
        wall_ms=1.0,
        judged_at=NOON,
    )


@dataclass
class Class:
    """A manager and the student `ana`, with short ways to do what the handlers do."""

    manager: GradingManager
    tutor: TutorManager
    store: Store
    judge: ScriptedJudge
    clock: Clock
    catalogue: Catalogue
    who: Enrolment
    told: list[Outcome] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    keys: Any = field(default_factory=lambda: itertools.count())

    def hear(self, outcome: Outcome) -> None:
        self.told.append(outcome)
        self.heard.set()

    async def send(self, source: str, kind: Kind = Kind.SUBMIT, exercise: str = "sum-even", **more: Any) -> Outcome:
        more.setdefault("idempotency_key", f"key-{next(self.keys)}")
        return await self.manager.submit(self.who, exercise, kind=kind, source=source, **more)

    async def judging(self, many: int = 1) -> None:
        """Wait until so many were given to the judge."""
        while len(self.judge.judged) < many:  # noqa: ASYNC110
            await asyncio.sleep(0.001)

    async def policy(self, person: str = "", unit: str = "", exercise: str = "", **fields: Any) -> None:
        override = Override(fields, unit=unit, exercise=exercise, person=person)
        await self.store.rule(self.who.offering, [(override, lambda _: override.fields)], by=None, at=self.clock())

    async def line(self, exercise: str = "sum-even") -> dict[str, Any]:
        return (await self.manager.standing(self.who, exercise)).as_json()

    async def events(self) -> list[str]:
        return [pending.event.type for pending in await self.store.undelivered(999)]


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    folder = tmp_path / "courses" / "basics"
    folder.mkdir(parents=True)
    (folder.parent / "config.yaml").write_text("courses: [basics]\n")
    for name, text in {"course": COURSE, "loops": LOOPS, "later": LATER}.items():
        (folder / f"{name}.yaml").write_text(text)
    loaded = load_catalogue(folder.parent)
    assert not loaded.courses["basics"].errors
    return loaded


@pytest.fixture
def settings() -> Settings:
    """A test module overrides this."""
    return Settings(sweep_s=3600, at_once=4)


@pytest.fixture
async def school(catalogue: Catalogue, settings: Settings) -> AsyncIterator[Class]:
    store, judge, clock = SqlStore(), ScriptedJudge(), Clock()
    manager = GradingManager(store, catalogue, judge, settings=settings, clock=clock)
    tutor = TutorManager(store, manager, clock=clock)
    made = Class(manager, tutor, store, judge, clock, catalogue, await manager.enrol("ana", "basics"))
    manager.subscribe(made.hear)
    yield made
    await manager.close()


def tokens_used(store: Store) -> Used:
    """What a budget looks up."""

    async def used(day: date, offering: str, person: str) -> tuple[int, int]:
        spent = await store.spent(offering, person, datetime.combine(day, time(), UTC))
        return spent.person, spent.offering

    return used
