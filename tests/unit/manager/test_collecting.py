"""At the due time the newest draft of who handed in nothing is handed in for them: once, in time, at no cost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from codegym_jlab.course.catalogue import Catalogue
from codegym_jlab.grading.judgements import Settings
from codegym_jlab.grading.manager import GradingManager
from codegym_jlab.records import Kind, State, Submission, new_id
from codegym_jlab.store.base import Lease
from codegym_jlab.store.classes import Enrolment
from codegym_jlab.store.sql.store import SqlStore

from .conftest import NOON, Class, Clock, ScriptedJudge

pytestmark = pytest.mark.anyio
DUE = NOON + timedelta(hours=2)


async def keep(school: Class, source: str, who: Enrolment | None = None, **changes: Any) -> Submission:
    """A draft, as a saved notebook leaves it."""
    draft = draft_of(who or school.who, source, **{"received_at": school.clock(), **changes})
    await school.store.keep([draft])
    return draft


def draft_of(who: Enrolment, source: str, **changes: Any) -> Submission:
    draft = Submission(
        id=new_id(),
        offering=who.offering,
        course=who.course,
        exercise="sum-even",
        person=who.person,
        submitter=who.person,
        kind=Kind.DRAFT,
        source=source,
        cells=(),
        idempotency_key=new_id(),
        received_at=NOON,
        state=State.KEPT,
    )
    return replace(draft, **changes)


async def collected(school: Class, at: datetime) -> int:
    """Look, and have it judged."""
    school.clock.now = at
    found = await school.manager.collect()
    await school.manager.sweep()
    return found


async def test_the_newest_draft_at_the_due_time_is_handed_in(school: Class) -> None:
    await school.policy(due=DUE.isoformat(), attempts=1)
    for minutes, source in ((10, "WA 0.5"), (119, "WA 1.5"), (121, "AC 2")):
        school.clock.now = NOON + timedelta(minutes=minutes)
        await keep(school, source)
    assert await collected(school, DUE) == 0, "until then it can be handed in"
    assert await collected(school, DUE + timedelta(seconds=1)) == 1
    line = await school.line()
    assert (line["status"], line["score"], line["late_s"]) == ("submitted", 1.5, None)
    assert line["submitted_at"] == (NOON + timedelta(minutes=119)).isoformat(), "when the server had it"
    assert line["attempts"] == {"used": 0, "max": 1, "left": 1}
    assert await collected(school, DUE + timedelta(days=1)) == 0
    assert (await school.events()).count("code_submitted") == 1


async def test_who_handed_something_in_keeps_that(school: Class) -> None:
    await school.policy(due=DUE.isoformat())
    await school.send("WA 1")
    school.clock.move(minutes=5)
    await keep(school, "AC 2")
    assert await collected(school, DUE + timedelta(hours=1)) == 0
    assert (await school.line())["score"] == 1.0


async def test_a_try_is_nothing_handed_in(school: Class) -> None:
    await school.policy(due=DUE.isoformat())
    await school.send("WA 1", Kind.TRY)
    await keep(school, "AC 2")
    assert await collected(school, DUE + timedelta(hours=1)) == 1
    assert (await school.line())["counting"]["score"] == 2.0


async def test_what_is_ignored_is_not_collected_until_it_is_not_ignored(school: Class) -> None:
    await school.policy(due=DUE.isoformat(), unsubmitted="ignore")
    await keep(school, "AC 2")
    assert await collected(school, DUE + timedelta(hours=1)) == 0
    await school.policy(due=DUE.isoformat(), unsubmitted="collect")
    assert await collected(school, DUE + timedelta(hours=2)) == 1


async def test_without_a_due_time_nothing_is_collected(school: Class) -> None:
    await keep(school, "AC 2")
    assert await collected(school, DUE + timedelta(days=999)) == 0


async def test_the_grace_belongs_to_the_time(school: Class) -> None:
    await school.policy(due=DUE.isoformat(), grace="PT10M")
    school.clock.now = DUE + timedelta(minutes=9)
    await keep(school, "AC 2")
    assert await collected(school, DUE + timedelta(minutes=10)) == 0
    assert await collected(school, DUE + timedelta(minutes=11)) == 1
    assert (await school.line())["late_s"] is None


async def test_each_has_the_time_from_the_first_opening_and_its_factor(school: Class) -> None:
    ben = await school.manager.enrol("ben", "basics")
    await school.policy(unit="loops", duration="PT60M")
    await school.policy(unit="loops", person=ben.person, time_factor=2)
    for who in (school.who, ben):
        await school.manager.open_unit(who, "loops")
        await keep(school, "AC 2", who)
    assert await collected(school, NOON + timedelta(minutes=61)) == 1
    assert (await school.manager.standing(ben, "sum-even")).submitted_at is None
    assert await collected(school, NOON + timedelta(minutes=121)) == 1
    assert (await school.manager.standing(ben, "sum-even")).submitted_at == NOON


async def test_an_extension_after_it_was_collected_leaves_all_attempts_and_collects_anew(school: Class) -> None:
    await school.policy(due=DUE.isoformat(), attempts=1, count="last")
    await keep(school, "WA 1")
    assert await collected(school, DUE + timedelta(minutes=1)) == 1
    school.clock.now = DUE + timedelta(minutes=5)
    await keep(school, "WA 1.5")
    assert await collected(school, DUE + timedelta(minutes=6)) == 0
    later = DUE + timedelta(hours=1)
    await school.policy(person=school.who.person, due=later.isoformat())
    assert await collected(school, later + timedelta(minutes=1)) == 1, "the draft that came before the extension"
    assert (await school.line())["counting"]["score"] == 1.5
    still_later = later + timedelta(hours=1)
    await school.policy(person=school.who.person, due=still_later.isoformat())
    outcome = await school.send("AC 2")
    assert outcome.submission.attempt == 1 and outcome.counts


async def test_what_waits_after_it_was_collected_holds_no_attempt(school: Class) -> None:
    await school.policy(due=DUE.isoformat(), attempts=1)
    await keep(school, "JE")
    assert await collected(school, DUE + timedelta(minutes=1)) == 1
    await school.policy(person=school.who.person, due=(DUE + timedelta(days=1)).isoformat())
    assert (await school.send("AC 2")).submission.attempt == 1


async def test_late_work_after_it_was_collected_is_late(school: Class) -> None:
    await school.policy(due=DUE.isoformat(), late={"per_day": 0.5})
    await keep(school, "WA 1.5")
    await collected(school, DUE + timedelta(minutes=1))
    outcome = await school.send("AC 2")
    assert outcome.late_s == 60 and outcome.counts is False, "1.0 of a late one, 1.5 of the one collected"


async def test_two_servers_collect_it_once(school: Class) -> None:
    other = GradingManager(
        school.store, school.catalogue, school.judge, settings=Settings(sweep_s=3600), clock=school.clock
    )
    await school.policy(due=DUE.isoformat())
    await keep(school, "AC 2")
    school.clock.now = DUE + timedelta(hours=1)
    found = await asyncio.gather(school.manager.collect(), other.collect())
    assert sum(found) == 1 and await school.manager.sweep() == 1 and await other.sweep() == 0
    await other.close()


async def test_a_draft_of_what_is_no_longer_in_the_course_is_left_alone(school: Class) -> None:
    await school.policy(due=DUE.isoformat())
    await keep(school, "AC 2", exercise="gone")
    assert await collected(school, DUE + timedelta(hours=1)) == 0


@dataclass
class Watched(SqlStore):
    """Counts the reads of enrolments; a look for drafts lasts until `go`, where that is given."""

    go: asyncio.Event | None = None
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    read: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    async def unsubmitted(self, after: tuple[str, str, str], limit: int) -> Sequence[tuple[str, str, str]]:
        self.begun.set()
        if self.go is not None:
            await self.go.wait()
        return await super().unsubmitted(after, limit)

    async def enrolment(self, offering: str, person: str) -> Enrolment | None:
        self.read += 1
        return await super().enrolment(offering, person)


async def test_what_waits_is_judged_while_drafts_are_looked_for(catalogue: Catalogue) -> None:
    """However many there are: the sweep is not held up."""
    store, judge = Watched(go=asyncio.Event()), ScriptedJudge()
    manager = GradingManager(store, catalogue, judge, settings=Settings(sweep_s=0.01), clock=Clock())
    heard = asyncio.Event()
    manager.subscribe(lambda _: heard.set())
    who = await manager.enrol("ana", "basics")
    await manager.start()
    await asyncio.wait_for(store.begun.wait(), 30)
    await left_over(store, catalogue, who)
    try:
        await asyncio.wait_for(heard.wait(), 30)
        assert judge.judged == ["AC 2"]
    finally:
        await manager.close()
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("codegym-")], "both loops end"


async def left_over(store: SqlStore, catalogue: Catalogue, who: Enrolment) -> None:
    """What another process accepted, and did not live to judge."""
    sent = draft_of(who, "AC 2", kind=Kind.SUBMIT, state=State.WAITING)
    lease = Lease("another", NOON - timedelta(days=1))
    digest = catalogue.courses["basics"].digest
    await store.accept(sent, unit="loops", course_digest=digest, admit=lambda _: None, events=[], lease=lease)


async def test_of_a_persons_drafts_the_person_is_read_once(catalogue: Catalogue) -> None:
    store = Watched()
    manager = GradingManager(store, catalogue, ScriptedJudge(), settings=Settings(), clock=Clock())
    for account in ("ana", "ben"):
        who = await manager.enrol(account, "basics")
        await store.keep([draft_of(who, "a", exercise=exercise) for exercise in ("sum-even", "maximum", "hard")])
    store.read = 0
    assert await manager.collect() == 0
    assert store.read == 2
    await manager.close()
