"""Erasing a person: not a letter of what they wrote is left where the records lie; a class's figures stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from contract.stored import patient, whole

from codegym_jlab.records import (
    Cell,
    CheckResult,
    Event,
    Failure,
    Frame,
    Kind,
    Notice,
    ScorePart,
    State,
    Verdict,
    new_id,
)
from codegym_jlab.store import Store
from codegym_jlab.store.base import (
    Erasure,
    ExerciseDraft,
    HintGiven,
    Holdings,
    KeptTurn,
    Progress,
    Step,
    StoreUnavailable,
    Ticket,
)
from codegym_jlab.store.classes import Joining, Offering, Override

from .conftest import NOON, Desk

pytestmark = pytest.mark.anyio
CLASS = Offering("basics-autumn", "basics", "Basics")
#: What the student wrote, in every place that takes it, each with a word of its own.
MARK = "zqx-marker"
ACCOUNT = f"{MARK}-account@school.example"
WORDS = iter(range(10_000))


def mark() -> str:
    return f"{MARK}-{next(WORDS)} naïve ✓"


def wrote(desk: Desk, **changes: Any) -> Any:
    cells = (Cell(mark(), mark()), Cell(mark(), "c-1", "answer", "first"))
    return desk.send(mark(), cells=cells, idempotency_key=mark(), traceparent=MARK, reason=MARK, **changes)


def judged(desk: Desk, sent: Any, verdict: Verdict = Verdict.WA) -> Any:
    failure = Failure(mark(), mark(), 4, "answer", (Frame("answer", 4, mark(), mark()),))
    check = CheckResult("k1", "sum_even([2])", False, verdict, 1.0, mark(), False, mark(), mark(), {"is": mark()})
    checks = (replace(check, stdout=mark(), failure=failure), CheckResult("k2", "hidden", True, verdict, 1.0))
    parts = (ScorePart("checker", 1.0, 2.0), ScorePart("person", 0.5, 1.0, "grader", mark()))
    notices = (Notice("skipped", mark(), {"name": mark()}),)
    more = {"checks": checks, "parts": parts, "notices": notices, "stdout": mark(), "failure": failure}
    return replace(desk.judge(sent, verdict), **more)


def line(desk: Desk, sent: Any, **more: Any) -> Progress:
    counting = {"counting_submission": sent.id, "counting_at": NOON, "counting_score": 1.5}
    newest = {"submitted_at": NOON, "submission": sent.id, "score": 1.5, "max_score": 2.0, "attempts": 1}
    return desk.line(exercise=sent.exercise, verdict="WA", failed=("k1",), **newest, **counting, **more)


async def live(desk: Desk) -> dict[str, str]:
    """All that a student can leave in the records; ids of some of it."""
    store, who = desk.store, desk.enrolment
    first = wrote(desk)
    await desk.accept(first)
    await store.record(first, judged(desk, first), lambda *_: Step(State.JUDGED, line(desk, first), 1))
    everyone = await store.handed_in(who.offering, [desk.exercise], ("", ""), 9)
    (handed,) = [one for one in everyone if one.progress.person == who.person]

    def again(before: Any) -> Any:
        from codegym_jlab.store.base import Revision

        return Revision([judged(desk, first)], replace(handed.progress, score=1.0))

    assert await store.supersede(who.offering, who.person, desk.exercise, again, who=None, why="a check was wrong")
    repeat = wrote(desk)
    await desk.accept(repeat)
    await store.record(repeat, judged(desk, first), lambda before, _: Step(State.JUDGED, before))
    waiting, parked, reviewed = wrote(desk, exercise="b"), wrote(desk, exercise="c"), wrote(desk, exercise="d")
    for sent in (waiting, parked, reviewed):
        await desk.accept(sent)
    await store.record(parked, judged(desk, parked, Verdict.JE), lambda before, _: Step(State.PARKED, before))
    step = Step(State.AWAITING_REVIEW, line(desk, reviewed, awaiting_review=True), 1)
    await store.record(reviewed, judged(desk, reviewed), lambda *_: step)
    await store.keep([wrote(desk, kind=Kind.DRAFT, state=State.KEPT), wrote(desk, kind=Kind.DRAFT, state=State.KEPT)])
    await store.keep_base(who.offering, who.person, "loops", "v1", mark(), NOON)
    said = {"reply": {"agent": "hint", "text": mark()}, "withheld": ({"text": mark(), "why": mark()},), "llm": mark()}
    asked = Ticket(new_id(), who.offering, who.person, desk.exercise, NOON, mark(), {"source": mark()})
    assert await store.add_ticket(asked)
    await store.answer_ticket(who.offering, asked.id, mark(), NOON, "Dr. Ruiz")
    await store.add_turn(KeptTurn(new_id(), who.offering, who.person, desk.exercise, NOON, mark(), "hint", **said))
    account = (await store.accounts(who.offering))[who.person] or ""
    await store.add_exercise_draft(ExerciseDraft(new_id(), account, {"topic": mark()}, NOON, [{"yaml": mark()}]))
    await store.opened(who.offering, who.person, "loops", NOON)
    event = Event("hint:1", "hint_given", who.person, who.offering, NOON, {"rung": 1})
    await store.give_hint(who.offering, who.person, "sum-even", lambda before, _: (HintGiven(1, NOON), before, event))
    extension = Override({"due": "2026-11-03T23:59"}, person=who.person)
    await store.rule(who.offering, [whole(extension)], by=None, at=NOON, why=mark())
    await store.took([p.place for p in await store.undelivered(2)], "log", {"log"})
    dead = (await store.undelivered(1))[0].place
    await store.refused(dead, mark())
    await store.gave_up(dead, "log", {"log"})
    return {"first": first.id, "waiting": waiting.id, "parked": parked.id, "reviewed": reviewed.id}


@pytest.fixture
async def pair(store: Store) -> tuple[Desk, Desk]:
    """The one who is erased, and another student with the same things."""
    await store.make_offering(CLASS)
    joinings = [Joining(ACCOUNT, "student", "Rare section", "Rare Name"), Joining("ben", "student", "A")]
    await store.enlist(CLASS.id, lambda _: joinings, NOON)
    first, second = [Desk(store, CLASS, (await store.memberships(a))[0].enrolment) for a in (ACCOUNT, "ben")]
    return first, second


def erasure(desk: Desk) -> Erasure:
    at = NOON + timedelta(days=1)
    return Erasure(CLASS.id, desk.enrolment.person, at, "admin", "asked on 27 October")


async def test_what_is_kept_is_counted_and_then_gone(pair: tuple[Desk, Desk]) -> None:
    ana, ben = pair
    for desk in pair:
        await live(desk)
    store, person = ana.store, ana.enrolment.person
    assert await store.holdings(CLASS.id, person) == Holdings(5, 2, 4, 1, 1, 1, 1, 1, 1, 1)
    assert len(await store.sent_by(CLASS.id, person)) == 7
    before = await store.holdings(CLASS.id, ben.enrolment.person)
    assert await store.erase(erasure(ana))
    left = await store.holdings(CLASS.id, person)
    assert (left.submissions, left.drafts, left.hints, left.openings, left.notebooks, left.overrides) == (0,) * 6
    assert await store.holdings(CLASS.id, ben.enrolment.person) == before, "nothing of anyone else's"
    assert not await store.erase(replace(erasure(ana), why="again")), "once"


async def test_scores_stay_and_name_nobody(pair: tuple[Desk, Desk]) -> None:
    ana, _ = pair
    ids = await live(ana)
    store, person, units = ana.store, ana.enrolment.person, {"sum-even": "loops", "d": "loops"}
    tallies, exercises = await store.tallies(CLASS.id, units), await store.exercise_tallies(CLASS.id)
    await store.erase(erasure(ana))
    after = await store.tallies(CLASS.id, units)
    assert tallies == list(after)
    assert sorted(await store.exercise_tallies(CLASS.id), key=repr) == sorted(exercises, key=repr)
    (mine,) = [m for m in await store.members(CLASS.id) if m.person == person]
    assert (mine.account, mine.name, mine.section) == (None, None, "") and not await store.memberships(ACCOUNT)
    assert await store.person(CLASS.id, ACCOUNT) is None
    found = await store.find(ids["first"])
    assert found is not None and found.judgement is not None
    assert (found.submission.source, found.submission.cells, found.judgement.stdout) == ("", (), "")
    assert found.submission.reason is None
    assert found.submission.traceparent is None, "a trace may hold what was sent"
    assert found.judgement.verdict is Verdict.WA and found.judgement.score.points == 1.33
    assert [check.label for check in found.judgement.checks] == ["sum_even([2])", "hidden"]
    states = {name: (await store.find(id)).submission.state for name, id in ids.items()}  # type: ignore[union-attr]
    assert states == {
        "first": State.JUDGED,
        "waiting": State.CANCELLED,
        "parked": State.CANCELLED,
        "reviewed": State.JUDGED,
    }


async def test_nothing_is_judged_or_told_of_them_any_more(pair: tuple[Desk, Desk]) -> None:
    ana, ben = pair
    ids = await live(ana)
    await live(ben)
    store, person = ana.store, ana.enrolment.person
    await store.erase(erasure(ana))
    assert {h.progress.person for h in await store.handed_in(CLASS.id, ["sum-even"], ("", ""), 9)} == {
        ben.enrolment.person
    }
    assert (await store.count_handed_in(CLASS.id))["sum-even"] == 1, "a regrading passes them over"
    assert {line.person for line in await store.lines(CLASS.id, ("", ""), 99)} == {ben.enrolment.person}
    assert not [key for key in await store.unsubmitted(("", "", ""), 99) if key[1] == person]
    waiting = (await store.find(ids["waiting"])).submission  # type: ignore[union-attr]
    late = await store.record(waiting, judged(ana, waiting), lambda before, _: Step(State.JUDGED, before, 1))
    assert not late.fresh, "what was being judged meanwhile is not recorded"
    with pytest.raises(StoreUnavailable, match="erased"):
        await ana.accept(wrote(ana))
    assert list(await store.keep([wrote(ana, kind=Kind.DRAFT, state=State.KEPT)])) == []
    assert not [p for p in await store.told(0, 99) if p.event.key == person and p not in await store.undelivered(99)]
    again = await store.enrol(CLASS, ACCOUNT)
    assert again.person != person, "who comes back is somebody new"


async def test_not_a_word_is_left_in_the_database(place: Path | str) -> None:
    """The file and its log, byte by byte; every column of every table as text."""
    store = patient(place)
    await store.open()
    await store.make_offering(CLASS)
    await store.enlist(CLASS.id, lambda _: [Joining(ACCOUNT, "student", f"{MARK}-section", f"{MARK} name")], NOON)
    desk = Desk(store, CLASS, (await store.memberships(ACCOUNT))[0].enrolment)
    await live(desk)
    assert found(place, MARK), "the search finds what is there"
    await store.erase(erasure(desk))
    assert await store.compact()
    assert not found(place, MARK)
    assert found(place, desk.enrolment.person), "scores stay, under the random id"
    await store.close()
    assert not found(place, MARK)


def found(place: Path | str, word: str) -> list[str]:
    """Where in the database's files, or in which column, it stands."""
    if isinstance(place, Path):
        files = place.parent.glob(f"{place.name}*")
        return [file.name for file in files if word.encode() in file.read_bytes()]
    with psycopg.connect(place) as driver:
        asked = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        tables = [row[0] for row in driver.execute(asked)]
        texts = {t: driver.execute(f'SELECT "{t}"::text FROM "{t}"'.encode()).fetchall() for t in tables}  # type: ignore
        return [table for table, rows in texts.items() if any(word in row[0] for row in rows)]


async def test_a_reader_keeps_the_file_from_being_written_anew_and_is_told(migrated: Path, tmp_path: Path) -> None:
    import shutil
    import sqlite3

    from codegym_jlab.store.sql.store import SqlStore

    store = SqlStore(Path(shutil.copy(migrated, tmp_path)), busy_s=0.05)
    await store.open()
    reader = sqlite3.connect(tmp_path / migrated.name, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM people").fetchall()
    assert not await store.compact()
    reader.execute("COMMIT")
    assert await store.compact()
    reader.close()
    await store.close()
