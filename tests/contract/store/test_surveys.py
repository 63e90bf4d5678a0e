"""A class added up by each store, against a slow and obvious count of the same facts."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from codegym_jlab.records import CheckResult, Kind, State, Verdict
from codegym_jlab.store import Store
from codegym_jlab.store.base import Progress, Step
from codegym_jlab.store.classes import ExerciseTally, Joining, Offering, Standstill, Tally

from .conftest import NOON, Desk

pytestmark = pytest.mark.anyio
CLASS = Offering("basics-autumn", "basics", "Basics")
UNITS = {"a1": "one", "a2": "one", "b1": "two", "b2": "two"}
CHECKS = ("k1", "k2", "k3")


@dataclass(frozen=True)
class Sent:
    """One send, as the test made it."""

    account: str
    exercise: str
    kind: Kind
    at: datetime
    failed: tuple[str, ...]
    points: float
    late_s: float | None
    reviewed_later: bool

    @property
    def accepted(self) -> bool:
        return not self.failed


@dataclass(frozen=True)
class Class:
    """Who is in it, and what they sent, the oldest first."""

    store: Store
    sections: dict[str, str]
    people: dict[str, str]
    sent: list[Sent]

    def of(self, account: str, exercise: str | None = None, kind: Kind | None = None) -> list[Sent]:
        mine = (s for s in self.sent if s.account == account)
        return [s for s in mine if exercise in (None, s.exercise) and kind in (None, s.kind)]


async def send(store: Store, desk: Desk, sent: Sent, before: list[Sent]) -> None:
    """The line is drawn here by the plainest rule: the newest counts."""
    submission = desk.send(repr(sent), exercise=sent.exercise, kind=sent.kind, received_at=sent.at)
    verdict = Verdict.AC if sent.accepted else Verdict.WA
    checks = tuple(
        CheckResult(check, check, True, Verdict.WA if check in sent.failed else Verdict.AC, 1.0) for check in CHECKS
    )
    judged = desk.judge(submission, verdict, checks=checks)
    line = (await store.ledger(CLASS.id, desk.enrolment.person, "", sent.exercise)).progress
    if sent.kind is Kind.TRY:
        after = replace(line, tried_at=sent.at)
    else:
        after = replace(
            line,
            submitted_at=sent.at,
            submission=submission.id,
            score=sent.points,
            max_score=3.0,
            awaiting_review=sent.reviewed_later,
            counting_submission=submission.id,
            counting_at=sent.at,
            counting_score=sent.points,
            counting_late_s=sent.late_s,
            solved=sent.accepted or any(s.accepted for s in before),
            attempts=line.attempts + 1,
            verdict=verdict.value,
            failed=sent.failed,
        )
    await desk.accept(submission)
    await store.record(submission, judged, lambda _, faults: Step(State.JUDGED, after, after.attempts or None))


@pytest.fixture
async def room(store: Store) -> Class:
    """Nine students in three sections; one left, one is a grader now who was a student, one did nothing."""
    rng = random.Random(7)
    await store.make_offering(CLASS)
    sections = {f"s{n}": ("A", "B", "")[n % 3] for n in range(9)}
    joinings = [Joining(account, "student", section) for account, section in sections.items()]
    await store.enlist(CLASS.id, lambda _: joinings, NOON)
    people = {m.account: m.person for m in await store.members(CLASS.id) if m.account}
    sent: list[Sent] = []
    minute = 0
    for account in sections:
        desk = Desk(store, CLASS, (await store.memberships(account))[0].enrolment)
        for _ in range(0 if account == "s8" else 12):
            minute += rng.randint(1, 3)
            failed = tuple(check for check in CHECKS if rng.random() < 0.4)
            kind, exercise = rng.choice([Kind.TRY, Kind.SUBMIT, Kind.SUBMIT]), rng.choice(list(UNITS))
            late, reviewed = rng.choice([None, None, 60.0]), rng.random() < 0.1
            at = NOON + timedelta(minutes=minute)
            one = Sent(account, exercise, kind, at, failed, float(3 - len(failed)), late, reviewed)
            before = [s for s in sent if (s.account, s.exercise, s.kind) == (account, exercise, Kind.SUBMIT)]
            await send(store, desk, one, before)
            sent.append(one)
    changed = [Joining("s6", None), Joining("s7", "grader", "A")]
    await store.enlist(CLASS.id, lambda _: changed, NOON + timedelta(days=1))
    return Class(store, {a: s for a, s in sections.items() if a not in ("s6", "s7")}, people, sent)


async def test_units_by_student(room: Class) -> None:
    def one(account: str, unit: str) -> Tally | None:
        lines = [room.of(account, exercise) for exercise, of in UNITS.items() if of == unit]
        newest = [handed[-1] for sent in lines if (handed := [s for s in sent if s.kind is Kind.SUBMIT])]
        everything = [s for sent in lines for s in sent]
        if not everything:
            return None
        solved = sum(any(s.accepted and s.kind is Kind.SUBMIT for s in sent) for sent in lines)
        return Tally(
            room.people[account],
            unit,
            handed_in=len(newest),
            solved=solved,
            late=sum(s.late_s is not None for s in newest),
            points=sum(s.points for s in newest),
            last_at=max(s.at for s in everything),
        )

    for section in (None, "A", "B"):
        accounts = [a for a, s in room.sections.items() if section in (None, s)]
        expected = [found for a in accounts for unit in ("one", "two") if (found := one(a, unit))]
        assert expected
        assert set(await room.store.tallies(CLASS.id, UNITS, section)) == set(expected)
    only = await room.store.tallies(CLASS.id, {"a1": "a1"})
    assert {t.person: t.handed_in for t in only} == {
        room.people[a]: int(bool(room.of(a, "a1", Kind.SUBMIT))) for a in room.sections if room.of(a, "a1")
    }
    assert list(await room.store.tallies("nowhere", UNITS)) == []


async def test_exercises_and_their_hardest_checks(room: Class) -> None:
    for section in (None, "A"):
        accounts = [a for a, s in room.sections.items() if section in (None, s)]
        expected = {}
        for exercise in UNITS:
            handed = [sent for a in accounts if (sent := room.of(a, exercise, Kind.SUBMIT))]
            failed = Counter(check for sent in handed for check in sent[-1].failed)
            expected[exercise] = ExerciseTally(exercise, len(handed), failed)
        found = await room.store.exercise_tallies(CLASS.id, section)
        assert {tally.exercise: tally for tally in found} == {e: t for e, t in expected.items() if t.handed_in}
        assert any(tally.failed for tally in found)


async def test_who_stands_still(room: Class) -> None:
    expected = {}
    for account in room.sections:
        if not room.of(account):
            continue
        newest = room.of(account)[-1]
        sends = room.of(account, newest.exercise)
        handed = [s for s in sends if s.kind is Kind.SUBMIT]
        if any(s.accepted for s in handed) or (handed and handed[-1].reviewed_later):
            continue
        verdict, failed = ("WA", handed[-1].failed) if handed else (None, ())
        person = room.people[account]
        expected[person] = Standstill(person, newest.exercise, len(sends), sends[0].at, sends[-1].at, verdict, failed)
    assert expected, "the class would show nothing"
    assert {one.person: one for one in await room.store.standstills(CLASS.id)} == expected
    in_b = [a for a, s in room.sections.items() if s == "B"]
    assert {one.person for one in await room.store.standstills(CLASS.id, "B")} == {
        room.people[a] for a in in_b if room.people[a] in expected
    }


async def test_lines_come_in_pages(room: Class) -> None:
    whole = list(await room.store.lines(CLASS.id, ("", ""), 1000))
    handed = {(room.people[s.account], s.exercise) for s in room.sent if s.kind is Kind.SUBMIT}
    assert [(line.person, line.exercise) for line in whole] == sorted(handed)
    paged: list[Progress] = []
    after = ("", "")
    while page := await room.store.lines(CLASS.id, after, 5):
        paged += page
        after = (page[-1].person, page[-1].exercise)
    assert paged == whole


#: What was asked for, and what was found of it: neither grows with other classes.
OF_THE_QUESTION = ("SCAN units", "SCAN shared", "SCAN lines", "SCAN tops", "SCAN newest", "SCAN (subquery")
