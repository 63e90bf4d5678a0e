"""Many submissions to learn a hidden input (a thousand by `make corpus`): what they may give, and that it is no more.

Held back as in a class. Time is not measured but told: an answer prints what it would take, staff alone see it, and the
judge's clock is moved by that. So the figures hold for any machine.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from contract.classroom import Classroom, open_classroom
from hostile.attacker import SECONDS, Attacker, Told

from codegym_jlab.course.catalogue import load_catalogue
from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.grading.feedback import submission_answer
from codegym_jlab.grading.judgements import Holding, Settings
from codegym_jlab.grading.manager import GradingManager
from codegym_jlab.records import Judgement, Kind, Submission
from codegym_jlab.store.sql.store import SqlStore

BITS = 4000
SECRET = random.Random(20261120).getrandbits(BITS) | 1 << (BITS - 1)  # noqa: S311
SUBMISSIONS = 1000 if os.environ.get("CODEGYM_WHOLE_CORPUS") else 250


class Clock:
    """Seconds that pass when an answer says so, or someone waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def date(self) -> datetime:
        return datetime(2026, 11, 20, 12, tzinfo=UTC) + timedelta(seconds=self.now)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


class Judge:
    """The real grader, by a clock that is told: the seconds that an answer would take are reckoned from its text."""

    def __init__(self, room: Classroom, clock: Clock, secret: int | None) -> None:
        self._room, self._clock, self._secret = room, clock, secret
        self.inputs: list[int] = []
        self.last: int | None = None

    async def judge(self, loaded: LoadedCourse, submission: Submission, *, seed: str | None = None) -> Judgement:
        judged = await self._room.grader.judge(loaded, submission, seed=seed)
        printed = re.search(r"took (0x[0-9a-f]+)", "".join(c.stdout for c in judged.checks if c.hidden))
        self.last = int(printed[1], 16) if printed else self._secret  # what crashed has printed nothing
        if self.last is not None:
            place = re.search(r"SECONDS\[n >> +(\d+) & 15\]", submission.source)
            assert place is not None
            self._clock.now += SECONDS[self.last >> int(place[1]) & 15]
            self.inputs.append(self.last)
        return judged


class Class:
    """One student's way to hand in."""

    def __init__(self, room: Classroom, folder: Path, check: dict[str, Any], secret: int | None = None) -> None:
        (folder / "c").mkdir(parents=True)
        (folder / "config.yaml").write_text("courses: [c]\n")
        (folder / "c" / "course.yaml").write_text("schema: 1\nid: c\ntitle: C\nunits: [u]\n")
        task = {
            "id": "task", "title": "T", "statement": "Do it.", "solution": "def f(n): return n % 1000003",
            "checks": [{"call": "f(7)", "equals": 7}, {"hidden": "a large number", **check}], "limits": {"total_s": 10},
        }  # fmt: skip
        unit = {"id": "u", "title": "U", "cells": [{"exercise": task}]}
        (folder / "c" / "u.yaml").write_text(yaml.safe_dump(unit))
        catalogue = load_catalogue(folder)
        assert not catalogue.courses["c"].errors
        self._room, self.clock = room, Clock()
        self.judge = Judge(room, self.clock, secret)
        holding = Holding(self.clock, self.clock.sleep)
        settings = Settings(sweep_s=3600, at_once=1)
        self._manager = GradingManager(
            SqlStore(), catalogue, self.judge, settings=settings, clock=self.clock.date, holding=holding
        )
        self._who = room.run(self._manager.enrol("ana", "c"))
        self._keys = iter(range(10**6))

    def send(self, source: str) -> Told:
        """Hand in, and wait."""
        began = self.clock.now
        key = f"key-{next(self._keys)}"
        work = self._manager.submit(self._who, "task", kind=Kind.SUBMIT, source=source, idempotency_key=key)
        outcome = self._room.run(work)
        assert outcome.judgement is not None
        return Told(submission_answer(outcome), round(self.clock.now - began, 3))

    def close(self) -> None:
        self._room.run(self._manager.close())


@pytest.fixture(scope="module")
def room() -> Iterator[Classroom]:
    classroom = open_classroom()
    yield classroom
    classroom.close()


@pytest.mark.slow
@pytest.mark.full
def test_many_submissions_learn_three_bits_each(room: Classroom, tmp_path: Path) -> None:
    """One by passed or not, two by the time: whatever else the answer did makes no difference to what is told."""
    school = Class(room, tmp_path, {"call": f"f({SECRET})"}, SECRET)
    attacker = Attacker(BITS)
    for _ in range(SUBMISSIONS):
        attacker.hear(school.send(attacker.next_source()))
    school.close()
    assert attacker.leaks == []
    assert len(attacker.seen) <= 2 * 4  # as many different answers as one bit and two more make
    assert len({words for words, _ in attacker.seen}) == 2
    assert attacker.sent < len(attacker.known) <= 3 * attacker.sent
    assert attacker.right(SECRET) == len(attacker.known)  # it is no weak one: all that is granted, it gets


@pytest.mark.full
def test_it_learns_nothing_of_random_inputs(room: Classroom, tmp_path: Path) -> None:
    """Each source meets inputs of its own: what one has told is worth nothing for the next."""
    school = Class(room, tmp_path, {"call": "f(n)", "random": {"n": "rng.getrandbits(64) | 1 << 63"}, "count": 1})
    attacker, agreed, guesses = Attacker(63), 0, 0
    for _ in range(200):
        before = dict(attacker.known)
        attacker.hear(school.send(attacker.next_source()))
        drawn = school.judge.last
        if drawn is None:
            continue
        agreed += sum(drawn >> bit & 1 == value for bit, value in before.items())
        guesses += len(before)
        if len(attacker.known) >= 60:
            attacker.known = {bit: value for bit, value in attacker.known.items() if bit % 2}  # and once more
    school.close()
    assert attacker.leaks == []
    assert len(set(school.judge.inputs)) == len(school.judge.inputs) > 130
    assert guesses > 3000
    assert abs(agreed / guesses - 0.5) < 0.08


def test_the_same_source_again_is_told_the_same(room: Classroom, tmp_path: Path) -> None:
    """No averaging, no second draw."""
    school = Class(room, tmp_path, {"call": "f(n)", "random": {"n": "rng.getrandbits(64) | 1 << 63"}, "count": 1})
    source = Attacker(63).next_source()
    told = [school.send(source) for _ in range(5)]
    school.close()
    assert len({one.words for one in told}) == 1
    assert len(school.judge.inputs) == 1
