"""A class: who may do what in it, its people, and the policy that holds for whom and comes from where."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from codegym_jlab.classes.manager import Actor, ClassManager, Scope
from codegym_jlab.classes.policy_overrides import Extension
from codegym_jlab.classes.publication import Publisher
from codegym_jlab.course.catalogue import Catalogue
from codegym_jlab.course.loader import load_course
from codegym_jlab.grading import errors
from codegym_jlab.grading.admission import Places, Versions
from codegym_jlab.grading.judgements import Settings
from codegym_jlab.grading.manager import GradingManager
from codegym_jlab.grading.progress import Outcome
from codegym_jlab.records import Kind, iso
from codegym_jlab.store.classes import Enrolment, Joining, Offering
from codegym_jlab.store.sql.store import SqlStore

from .conftest import NOON, Clock, ScriptedJudge

pytestmark = pytest.mark.anyio
ID = "basics-autumn"
ADMIN = Actor("root", frozenset({"admin"}))
PROF, TIM, ANA, EVE = (Actor(name) for name in ("prof", "tim", "ana", "eve"))
CLASS = Offering(ID, "basics", "Basics", "autumn", "Europe/Berlin")


@dataclass
class School:
    """A class with an instructor, a grader and two students, and a course that is published for it."""

    classes: ClassManager
    publisher: Publisher
    manager: GradingManager
    store: SqlStore
    clock: Clock
    folder: Path
    judge: ScriptedJudge
    number: int = 0

    async def who(self, account: str) -> Enrolment:
        return await self.manager.enrol(account, "basics", local=False)

    async def send(self, source: str, account: str = "ana", exercise: str = "sum-even") -> Outcome:
        self.number += 1
        key = f"key-{self.number}"
        who = await self.who(account)
        return await self.manager.submit(who, exercise, kind=Kind.SUBMIT, source=source, idempotency_key=key)

    async def rule(self, scope: Scope, why: str = "so agreed", **fields: Any) -> None:
        await self.classes.set_policy(PROF, ID, scope, fields, why)

    async def holds(self, account: str, unit: str = "loops", exercise: str = "") -> dict[str, Any]:
        held = await self.classes.held(PROF, ID, Scope(account, unit=unit, exercise=exercise))
        return {f.field: (f.value, tuple(f.set_by.values())) for f in held.fields if f.set_by}


@pytest.fixture
async def school(catalogue: Catalogue) -> Any:
    store, clock, judge = SqlStore(), Clock(), ScriptedJudge()
    versions = Versions(store)
    manager = GradingManager(store, catalogue, judge, settings=Settings(sweep_s=3600), clock=clock, versions=versions)
    classes = ClassManager(store, Places(catalogue, versions), clock=clock)
    publisher = Publisher(store, classes, versions)
    made = School(classes, publisher, manager, store, clock, catalogue.folder / "basics", judge)
    await classes.make(ADMIN, CLASS, ["prof"])
    people = [Joining("tim", "grader"), Joining("ana", "student", "A"), Joining("ben", "student", "B")]
    await classes.enlist(PROF, ID, people)
    await publisher.publish(PROF, ID, made.folder, "first")
    yield made
    await manager.close()


# -- who may ------------------------------------------------------------------------------------------

Try = Callable[[School, Actor], Awaitable[Any]]
READING: dict[str, Try] = {
    "page": lambda s, a: s.classes.page(a, ID),
    "members": lambda s, a: s.classes.members(a, ID),
    "rulings": lambda s, a: s.classes.rulings(a, ID),
    "ruling_changes": lambda s, a: s.classes.ruling_changes(a, ID),
    "held": lambda s, a: s.classes.held(a, ID, Scope("ana", unit="loops")),
    "publications": lambda s, a: s.publisher.publications(a, ID),
}
CHANGING: dict[str, Try] = {
    "change": lambda s, a: s.classes.change(a, ID, {"title": "Another"}),
    "enlist": lambda s, a: s.classes.enlist(a, ID, [Joining("eve", "student")]),
    "set_policy": lambda s, a: s.classes.set_policy(a, ID, Scope(), {"attempts": 9}, "why"),
    "clear_policy": lambda s, a: s.classes.clear_policy(a, ID, Scope()),
    "extend": lambda s, a: s.classes.extend(a, ID, Scope("ana", unit="later"), Extension(timedelta(1)), "ill"),
    "publish": lambda s, a: s.publisher.publish(a, ID, s.folder),
    "compare": lambda s, a: s.publisher.compare(a, ID, s.folder),
    "go_back": lambda s, a: s.publisher.go_back(a, ID, "0000"),
}
MAKING: dict[str, Try] = {"make": lambda s, a: s.classes.make(a, Offering("new", "basics", "New"))}
#: What goes through, or is refused for another reason than the role.
OTHER = (errors.AlreadyPublished, errors.UnknownVersion)


@pytest.mark.parametrize("actor", [ANA, EVE], ids=["student", "stranger"])
@pytest.mark.parametrize("name", [*READING, *CHANGING, *MAKING])
async def test_students_and_strangers_may_nothing(school: School, actor: Actor, name: str) -> None:
    with pytest.raises(errors.NotAllowed):
        await {**READING, **CHANGING, **MAKING}[name](school, actor)


@pytest.mark.parametrize("name", READING)
@pytest.mark.parametrize("actor", [TIM, PROF, ADMIN], ids=["grader", "instructor", "admin"])
async def test_staff_read(school: School, actor: Actor, name: str) -> None:
    await READING[name](school, actor)


@pytest.mark.parametrize("name", CHANGING)
@pytest.mark.parametrize("actor", [TIM, PROF, ADMIN], ids=["grader", "instructor", "admin"])
async def test_instructors_and_admins_change(school: School, actor: Actor, name: str) -> None:
    if actor is TIM:
        with pytest.raises(errors.NotAllowed):
            await CHANGING[name](school, actor)
        return
    try:
        await CHANGING[name](school, actor)
    except OTHER:
        pass


async def test_only_admins_make_classes_and_see_all(school: School) -> None:
    for actor in (PROF, TIM):
        with pytest.raises(errors.NotAllowed):
            await school.classes.make(actor, Offering("new", "basics", "New"))
    await school.classes.make(ADMIN, Offering("new", "basics", "New"))
    ids = {a.account: [o.id for o in await school.classes.offerings(a)] for a in (ADMIN, PROF, TIM, ANA)}
    assert ids == {"root": [ID, "new"], "prof": [ID], "tim": [ID], "ana": []}


async def test_another_class_is_not_there_for_who_is_not_in_it(school: School) -> None:
    await school.classes.make(ADMIN, Offering("new", "basics", "New"))
    for id in ("new", "nowhere"):
        with pytest.raises(errors.NotAllowed):
            await school.classes.page(PROF, id)
    with pytest.raises(errors.UnknownOffering):
        await school.classes.page(ADMIN, "nowhere")


async def test_a_role_that_ended_is_none(school: School) -> None:
    await school.classes.enlist(PROF, ID, [Joining("tim", None)])
    with pytest.raises(errors.NotAllowed):
        await school.classes.page(TIM, ID)


# -- making -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offering", "says"),
    [
        (Offering("a", "basics", "A", time_zone="Berlin"), "no time zone"),
        (Offering("local:basics", "basics", "A"), "another"),
        (Offering("a", "basics", "A", begins=NOON, ends=NOON), "before the first"),
    ],
)
async def test_a_class_that_makes_no_sense_is_refused(school: School, offering: Offering, says: str) -> None:
    with pytest.raises(errors.UnfitOffering, match=says):
        await school.classes.make(ADMIN, offering)
    assert await school.store.offering(offering.id) is None


async def test_a_second_class_of_the_same_id_is_refused(school: School) -> None:
    with pytest.raises(errors.OfferingTaken):
        await school.classes.make(ADMIN, CLASS, ["eve"])
    assert await school.store.person(ID, "eve") is None


async def test_what_is_changed_to_nonsense_stays_as_it_was(school: School) -> None:
    with pytest.raises(errors.UnfitOffering):
        await school.classes.change(PROF, ID, {"title": "New", "time_zone": "Nowhere/At_All"})
    assert await school.store.offering(ID) == CLASS


# -- people -------------------------------------------------------------------------------------------


async def test_the_page_counts_roles_and_sections(school: School) -> None:
    await school.classes.enlist(PROF, ID, [Joining("cem", "student"), Joining("ben", None)])
    page = await school.classes.page(TIM, ID)
    assert page.roles == {"student": 2, "grader": 1, "instructor": 1}
    assert page.as_json()["sections"] == [{"section": "", "students": 1}, {"section": "A", "students": 1}]
    assert page.published is not None and page.published.note == "first"


async def test_enrolling_says_what_it_does_and_a_dry_run_does_nothing(school: School) -> None:
    wanted = [
        Joining("ana", "student", "A"),
        Joining("ben", "grader"),
        Joining("eve", "student", "B"),
        Joining("x", None),
    ]
    before = await school.store.members(ID)
    told = await school.classes.enlist(PROF, ID, wanted, dry_run=True)
    assert [(one.account, one.before, one.after) for one in told] == [
        ("ana", ("student", "A"), ("student", "A")),
        ("ben", ("student", "B"), ("grader", "")),
        ("eve", None, ("student", "B")),
        ("x", None, None),
    ]
    assert [one.changes for one in told] == [False, True, True, False]
    assert await school.store.members(ID) == before
    assert await school.classes.enlist(PROF, ID, wanted) == told
    page = await school.classes.page(PROF, ID)
    assert {m.account: (m.role, m.section) for m in page.members} == {
        **{"ana": ("student", "A"), "ben": ("grader", ""), "eve": ("student", "B")},
        **{"prof": ("instructor", ""), "tim": ("grader", "")},
    }


async def test_a_name_stays_until_a_roster_gives_another(school: School) -> None:
    async def named(name: str, role: str | None = "student") -> list[Any]:
        return [one.as_json() for one in await school.classes.enlist(PROF, ID, [Joining("ana", role, "A", name)])]

    place = {"role": "student", "section": "A"}
    called = {**place, "name": "Haddad, Ana"}
    assert await named("Haddad, Ana") == [{"account": "ana", "before": place, "after": called, "changes": True}]
    assert (await named("Haddad, Ana"))[0]["changes"] is False, "nothing is done twice"
    assert (await named(""))[0] == {"account": "ana", "before": called, "after": called, "changes": False}
    await named("", None)
    assert (await named(""))[0]["after"] == called, "also of who comes back"
    assert {m.name for m in await school.classes.members(PROF, ID) if m.account == "ana"} == {"Haddad, Ana"}


async def test_a_class_is_not_left_without_an_instructor(school: School) -> None:
    for joining in (Joining("prof", None), Joining("prof", "student")):
        with pytest.raises(errors.LastInstructor):
            await school.classes.enlist(PROF, ID, [Joining("eve", "student"), joining])
    assert await school.store.person(ID, "eve") is None, "nothing half done"
    await school.classes.enlist(PROF, ID, [Joining("tim", "instructor"), Joining("prof", None)])
    await school.classes.enlist(ADMIN, ID, [Joining("tim", None)])


async def test_who_leaves_sees_nothing_more_and_finds_it_again(school: School) -> None:
    await school.send("AC 2")
    await school.classes.enlist(PROF, ID, [Joining("ana", None)])
    with pytest.raises(errors.NotInCourse):
        await school.who("ana")
    await school.classes.enlist(PROF, ID, [Joining("ana", "student")])
    assert (await school.manager.standing(await school.who("ana"), "sum-even")).score == 2.0


# -- policy: what holds, and where it comes from ------------------------------------------------------


async def test_the_later_and_the_nearer_wins_field_by_field(school: School) -> None:
    await school.rule(Scope(), attempts=5, count="last", late={"per_day": 0.1, "floor": 0.5})
    await school.rule(Scope(unit="loops"), attempts=4, late={"per_day": 0.2})
    await school.rule(Scope(exercise="sum-even"), attempts=3)
    await school.rule(Scope(section="A"), attempts=2, grace="PT10M")
    await school.rule(Scope(section="A", unit="loops"), late={"per_day": 0.3})
    await school.rule(Scope("ana"), attempts=None)
    found = await school.holds("ana", exercise="sum-even")
    assert found == {
        "attempts": (None, ("student", "course")),
        "count": ("last", ("offering", "course")),
        "grace": ("P0DT600S", ("section", "course")),
        "late.per_day": (0.3, ("section", "unit")),
        "late.floor": (0.5, ("offering", "course")),
    }
    other = await school.holds("ben", exercise="sum-even")
    assert other["attempts"] == (3, ("offering", "exercise")) and other["late.per_day"] == (0.2, ("offering", "unit"))
    assert (await school.holds("ben"))["attempts"] == (4, ("offering", "unit"))
    assert (await school.holds("ben", "later"))["opens"] == ("2026-11-01T08:00:00Z", ("yaml", "unit"))


async def test_the_dates_of_the_term_bind_where_nothing_else_does(school: School) -> None:
    await school.classes.change(PROF, ID, {"begins": NOON - timedelta(days=1), "ends": NOON + timedelta(days=1)})
    assert (await school.holds("ana"))["due"][1] == ("term", "course")
    assert (await school.holds("ana", "later"))["due"] == ("2026-11-08T08:00:00Z", ("yaml", "unit"))
    school.clock.move(days=1, seconds=1)
    with pytest.raises(errors.Closed):
        await school.send("AC 2")
    await school.rule(Scope("ana"), due=(NOON + timedelta(days=2)).isoformat())
    assert (await school.send("AC 2")).counts, "an incomplete grade"
    with pytest.raises(errors.Closed):
        await school.send("AC 2", "ben")
    await school.classes.change(PROF, ID, {"begins": NOON + timedelta(days=9), "ends": None})
    with pytest.raises(errors.NotOpen):
        await school.send("AC 2", "ben")


async def test_a_field_is_taken_away_alone_or_with_all(school: School) -> None:
    await school.rule(Scope(), attempts=5, late={"per_day": 0.1, "floor": 0.5})
    await school.classes.clear_policy(PROF, ID, Scope(), ["late.floor"], "agreed")
    assert {"attempts", "late.per_day"} == set(await school.holds("ana"))
    await school.classes.clear_policy(PROF, ID, Scope(), ["late.per_day", "late"], "agreed")
    assert {"attempts"} == set(await school.holds("ana"))
    await school.classes.clear_policy(PROF, ID, Scope(), (), "agreed")
    assert await school.holds("ana") == {} and await school.classes.rulings(PROF, ID) == []


async def test_who_set_what_and_why_is_kept(school: School) -> None:
    await school.rule(Scope("ana", unit="loops"), "ill", attempts=5)
    await school.classes.clear_policy(ADMIN, ID, Scope("ana", unit="loops"), (), "a mistake")
    taken, given = await school.classes.ruling_changes(TIM, ID)
    assert (given["account"], given["unit"], given["before"], given["after"]) == ("ana", "loops", None, {"attempts": 5})
    assert (given["set_by"], given["why"], taken["set_by"], taken["why"]) == ("prof", "ill", "root", "a mistake")
    assert taken["before"] == given["after"] and taken["after"] is None and taken["set_at"] == iso(NOON)


@pytest.mark.parametrize(
    ("scope", "fields", "error", "says"),
    [
        (Scope(), {"attemps": 3}, errors.UnfitPolicy, "attempts"),
        (Scope(), {"attempts": 0}, errors.UnfitPolicy, "attempts"),
        (Scope(), {"due": "2026-11-01"}, errors.UnfitPolicy, "T23:59"),
        (Scope(), {"late": {"per_day": 2}}, errors.UnfitPolicy, "late.per_day"),
        (Scope(), {"time_factor": "x"}, errors.UnfitPolicy, "time_factor"),
        (Scope(unit="lops"), {"attempts": 1}, errors.UnknownUnit, "lops"),
        (Scope(exercise="x"), {"attempts": 1}, errors.UnknownExercise, "x"),
        (Scope(unit="later", exercise="sum-even"), {"attempts": 1}, errors.UnknownExercise, "sum-even"),
        (Scope("zoe"), {"attempts": 1}, errors.UnknownPerson, "zoe"),
        (Scope(section="a"), {"attempts": 1}, errors.UnknownSection, "A, B"),
    ],
)
async def test_what_is_wrong_is_said_and_changes_nothing(
    school: School, scope: Scope, fields: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        await school.classes.set_policy(PROF, ID, scope, fields, "why")
    assert await school.classes.rulings(PROF, ID) == []


async def test_a_score_s_conditions_are_not_changed_without_a_reason(school: School) -> None:
    with pytest.raises(errors.NeedsReason, match="due"):
        await school.classes.set_policy(PROF, ID, Scope(), {"due": "2026-12-01T12:00", "tutor": "off"}, "  ")
    await school.classes.set_policy(PROF, ID, Scope(), {"tutor": "off"})
    await school.rule(Scope(), "exam", attempts=2)
    with pytest.raises(errors.NeedsReason, match="attempts"):
        await school.classes.clear_policy(PROF, ID, Scope())
    with pytest.raises(errors.UnfitPolicy, match="tutor"):
        await school.classes.clear_policy(PROF, ID, Scope(), ["tutr"])
    assert set(await school.holds("ana")) == {"tutor", "attempts"}


# -- an exam that runs --------------------------------------------------------------------------------


async def test_what_is_set_while_an_exam_runs_holds_for_the_next_request(school: School) -> None:
    """Due time, duration, factor, grace, lateness, what counts and collecting, changed one after the other."""
    minutes = timedelta(minutes=1)
    await school.rule(Scope(unit="loops"), "exam", due="2026-10-27T15:00", duration="PT60M", attempts=2, count="last")
    ana = await school.who("ana")
    await school.manager.open_unit(ana, "loops")
    assert (await school.send("WA 1")).standing.due == NOON + 60 * minutes
    school.clock.now = NOON + 61 * minutes
    with pytest.raises(errors.Closed):
        await school.send("WA 1.5")
    await school.rule(Scope("ana"), "dyslexia", time_factor=1.5)
    assert (await school.send("WA 1.5")).standing.due == NOON + 90 * minutes
    with pytest.raises(errors.AttemptsUsedUp):
        await school.send("AC 2")
    await school.rule(Scope(section="A"), "the power went", attempts=3)
    school.clock.now = NOON + 91 * minutes
    with pytest.raises(errors.Closed):
        await school.send("AC 2")
    await school.rule(Scope(unit="loops"), "the power went", grace="PT5M")
    assert (await school.send("AC 2")).late_s is None
    await school.rule(Scope(unit="loops"), "the power went", count="best", late={"per_day": 0.5})
    school.clock.now = NOON + 96 * minutes
    await school.rule(Scope("ana"), "and again", attempts=None)
    outcome = await school.send("WA 1.9")
    assert outcome.late_s == 6 * 60 and outcome.counts is False
    standing = await school.manager.standing(ana, "sum-even")
    assert standing.counting is not None and standing.counting.score == 2.0


async def test_an_extension_by_so_much_moves_the_end_by_just_that(school: School) -> None:
    await school.rule(Scope(unit="loops"), "exam", due="2026-10-27T15:00", duration="PT60M")
    await school.rule(Scope("ana"), "dyslexia", time_factor=2)
    await school.manager.open_unit(await school.who("ana"), "loops")

    async def ends() -> Any:
        return (await school.manager.standing(await school.who("ana"), "sum-even")).due

    assert await ends() == NOON + timedelta(hours=2)
    await school.classes.extend(PROF, ID, Scope("ana", unit="loops"), Extension(timedelta(minutes=30)), "ill")
    assert await ends() == NOON + timedelta(hours=2, minutes=30), "15:00 in Berlin is 14:00 in UTC, and moved too"
    until = NOON + timedelta(days=1)
    await school.classes.extend(PROF, ID, Scope("ana", exercise="sum-even"), Extension(until=until), "very ill")
    assert await ends() == until
    maximum = await school.manager.standing(await school.who("ana"), "maximum")
    assert maximum.due == NOON + timedelta(hours=2, minutes=30)


async def test_an_extension_takes_no_time_from_an_exercise_that_had_more(school: School) -> None:
    day = timedelta(days=1)
    await school.rule(Scope(unit="loops"), "plan", due=(NOON + day).isoformat())
    await school.rule(Scope(exercise="maximum"), "plan", due=(NOON + 9 * day).isoformat())
    await school.classes.extend(PROF, ID, Scope("ana", unit="loops"), Extension(until=NOON + 2 * day), "ill")
    due = {e: (await school.manager.standing(await school.who("ana"), e)).due for e in ("sum-even", "maximum")}
    assert due == {"sum-even": NOON + 2 * day, "maximum": NOON + 9 * day}
    await school.classes.extend(PROF, ID, Scope("ana", unit="loops"), Extension(day), "ill")
    await school.classes.extend(PROF, ID, Scope("ana", unit="loops"), Extension(until=NOON + day), "too late")
    due = {e: (await school.manager.standing(await school.who("ana"), e)).due for e in ("sum-even", "maximum")}
    assert due == {"sum-even": NOON + 3 * day, "maximum": NOON + 10 * day}
    assert (await school.manager.standing(await school.who("ben"), "sum-even")).due == NOON + day


async def test_an_extension_needs_a_time_and_a_reason(school: School) -> None:
    with pytest.raises(errors.NothingToExtend):
        await school.classes.extend(PROF, ID, Scope("ana", unit="loops"), Extension(timedelta(1)), "ill")
    with pytest.raises(errors.NeedsReason):
        await school.classes.extend(PROF, ID, Scope("ana", unit="later"), Extension(timedelta(1)), "")
    with pytest.raises(errors.UnknownPerson):
        await school.classes.extend(PROF, ID, Scope("zoe", unit="later"), Extension(timedelta(1)), "ill")


async def test_what_came_late_counts_by_the_time_that_is_given_afterwards(school: School) -> None:
    due = (NOON + timedelta(hours=1)).isoformat()
    await school.rule(Scope(unit="loops"), "plan", due=due, late={"per_day": 0.5})
    school.clock.move(hours=2)
    late = {account: await school.send("AC 2", account) for account in ("ana", "ben")}
    assert (await counts(school, "ana")) == (await counts(school, "ben")) == (1.0, 3600.0)
    judged, posted = list(school.judge.judged), len(await school.store.undelivered(99))
    for _ in range(2):
        await school.classes.extend(PROF, ID, Scope("ana", unit="loops"), Extension(timedelta(hours=3)), " ill ")
    assert (await counts(school, "ana"), await counts(school, "ben")) == ((2.0, None), (1.0, 3600.0))
    first, second = await school.store.history(late["ana"].submission.id)
    prof = await school.store.person(ID, "prof")
    assert (second.who, second.why, second.judgement.judged_at) == (prof, "ill", school.clock.now)
    assert second.judgement.score == first.judgement.score and not first.current
    assert school.judge.judged == judged, "it is the same judgement"
    told = [pending.event for pending in await school.store.undelivered(99)][posted:]
    assert [event.type for event in told] == ["grading_complete", "user_progress_updated"]
    assert told[1].data["counting"]["score"] == 2.0 and told[1].data["attempts"] == 1


async def counts(school: School, account: str) -> tuple[float | None, float | None]:
    who = await school.who(account)
    line = (await school.store.ledger(ID, who.person, "loops", "sum-even")).progress
    return line.counting_score, line.counting_late_s


# -- published versions -------------------------------------------------------------------------------


def edit(school: School, old: str, new: str) -> None:
    file = school.folder / "loops.yaml"
    file.write_text(file.read_text().replace(old, new))


async def title(school: School, account: str = "ana") -> str:
    return (await school.manager.standing(await school.who(account), "sum-even")).title


async def test_students_see_the_frozen_course_until_another_is_published(school: School) -> None:
    edit(school, "Sum of the even numbers", "Sum of all")
    assert await title(school) == "Sum of the even numbers"
    (was,) = await school.publisher.publications(TIM, ID)
    now = await school.publisher.publish(PROF, ID, school.folder, "as discussed")
    assert await title(school) == "Sum of all"
    assert (now.number, now.changes, now.note) == (2, ("loops: exercise sum-even: title",), "as discussed")
    back = await school.publisher.go_back(PROF, ID, was.version[:12], "no, the other one")
    assert await title(school) == "Sum of the even numbers" and (back.number, back.version) == (3, was.version)
    published = [p.event for p in await school.store.undelivered(99) if p.event.type == "course_published"]
    assert [event.data["digest"] for event in published] == [was.version, now.version, was.version]
    assert len({event.id for event in published}) == 3


async def test_an_answer_is_judged_by_the_version_in_force_when_it_was_received(school: School) -> None:
    first = (await school.publisher.publications(PROF, ID))[0].version
    waits = await school.send("JE")
    edit(school, "points: 2", "points: 5")
    second = await school.publisher.publish(PROF, ID, school.folder)
    school.judge.judge = _accepts  # type: ignore[method-assign]
    school.clock.move(hours=1)
    assert await school.manager.sweep() == 1
    judged = await school.store.find(waits.submission.id)
    assert judged is not None and judged.judgement is not None
    assert (judged.judgement.course_digest, judged.judgement.score.max_points) == (first, 2)
    after = await school.send("AC 4 other")
    assert after.judgement is not None and after.judgement.course_digest == second.version


async def test_what_is_published_while_an_exam_runs_loses_no_attempt_and_judges_nothing_anew(school: School) -> None:
    """What is judged, being judged or waits keeps its version and counts; the dates hold; policy changes at once."""
    first = (await school.publisher.publications(PROF, ID))[0].version
    await school.rule(Scope(unit="loops"), "exam", due="2026-10-27T15:00", duration="PT60M", attempts=3)
    ana = await school.who("ana")
    await school.manager.open_unit(ana, "loops")
    judged, waits = await school.send("WA 1"), await school.send("JE")
    school.judge.hold = asyncio.Event()
    running = asyncio.create_task(school.send("WA 1.5"))
    while not school.judge.at_once:  # noqa: ASYNC110 - what the judge has in hand is a number
        await asyncio.sleep(0)
    edit(school, "points: 2", "points: 5")
    second = (await school.publisher.publish(PROF, ID, school.folder)).version
    school.judge.hold.set()
    await running
    school.judge.judge = _accepts  # type: ignore[method-assign]
    school.clock.move(minutes=1)
    assert await school.manager.sweep() == 1
    for one in (judged, await running, waits):
        (kept,) = [given for given in await school.store.history(one.submission.id) if given.current]
        assert (kept.judgement.course_digest, kept.judgement.score.max_points) == (first, 2)
    assert len(await school.store.history(judged.submission.id)) == 1
    standing = await school.manager.standing(ana, "sum-even")
    assert standing.attempts is not None and (standing.attempts.used, standing.attempts.left) == (3, 0)
    assert standing.due == NOON + timedelta(hours=1) and standing.counting is not None
    with pytest.raises(errors.AttemptsUsedUp):
        await school.send("AC 4")
    await school.rule(Scope("ana"), "the task was changed", attempts=4)
    after = await school.send("AC 4")
    assert after.judgement is not None and after.judgement.course_digest == second


async def _accepts(loaded: Any, sent: Any, *, seed: str | None = None) -> Any:
    from codegym_jlab.records import Verdict

    from .conftest import judgement

    return judgement(loaded, sent, Verdict.AC, 2.0)


async def test_an_answer_to_what_is_no_longer_there_is_still_shown(school: School) -> None:
    sent = await school.send("AC 1", exercise="maximum")
    file = school.folder / "loops.yaml"
    text = file.read_text()
    file.write_text(text[: text.index("  - exercise:\n      id: maximum")])
    made = await school.publisher.publish(PROF, ID, school.folder)
    assert made.changes == ("loops: cells", "loops: exercise maximum: taken away")
    shown = await school.manager.outcome("ana", sent.submission.id)
    assert shown.exercise.id == "maximum" and shown.judgement is not None
    with pytest.raises(errors.UnknownExercise):
        await school.send("AC 1 again", exercise="maximum")


async def test_while_nothing_is_published_a_class_has_nothing(school: School) -> None:
    await school.classes.make(ADMIN, Offering("new", "basics", "New"), ["prof"])
    await school.classes.enlist(PROF, "new", [Joining("zoe", "student")])
    zoe = await school.who("zoe")
    with pytest.raises(errors.NotPublished):
        await school.manager.course_standing(zoe)
    with pytest.raises(errors.NotPublished):
        await school.classes.set_policy(PROF, "new", Scope(unit="loops"), {"tutor": "off"})


async def test_what_cannot_be_published_is_said(school: School) -> None:
    from codegym_jlab.course.snapshot import CannotFreeze

    with pytest.raises(errors.AlreadyPublished):
        await school.publisher.publish(PROF, ID, school.folder)
    checked = load_course(school.folder).digest
    edit(school, "title: Loops", "title: Loops and more")
    with pytest.raises(CannotFreeze, match="was changed while"):
        await school.publisher.publish(PROF, ID, school.folder, checked=checked)
    edit(school, "title: Loops and more", "title: 3")
    with pytest.raises(CannotFreeze) as refused:
        await school.publisher.publish(PROF, ID, school.folder)
    assert refused.value.details["errors"][0].startswith("loops.yaml:3: ")
    await school.classes.make(ADMIN, Offering("other", "pandas", "Pandas"))
    edit(school, "title: 3", "title: Loops")
    with pytest.raises(errors.OtherCourse):
        await school.publisher.publish(ADMIN, "other", school.folder)
    await school.manager.enrol("prof", "basics")
    with pytest.raises(errors.UnknownVersion):
        await school.publisher.go_back(PROF, ID, "")
    await school.store.enrol(Offering("local:basics", "basics", "Basics"), "prof")
    with pytest.raises(errors.LocalOffering):
        await school.publisher.publish(ADMIN, "local:basics", school.folder)


async def test_of_two_classes_of_a_course_one_sees_that_which_goes_on(school: School) -> None:
    spring = Offering("spring", "basics", "Spring", begins=NOON + timedelta(days=100))
    await school.classes.make(ADMIN, spring)
    await school.classes.enlist(ADMIN, "spring", [Joining("ana", "student")])
    assert (await school.who("ana")).offering == ID
    school.clock.move(days=101)
    await school.classes.change(PROF, ID, {"ends": NOON + timedelta(days=90)})
    assert (await school.who("ana")).offering == "spring"
