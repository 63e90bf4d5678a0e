"""`codegym export scores`: read back by other programs' rules."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from contract.stored import NOON, Stored, filled, write_course
from typer.testing import CliRunner, Result

from codegym_jlab.classes.gradebook import gradebook
from codegym_jlab.cli import app
from codegym_jlab.course.loader import load_course
from codegym_jlab.records import Judgement, Kind, Score, State, Submission, Verdict, new_id
from codegym_jlab.store import Store, store_at
from codegym_jlab.store.base import Lease, Progress, Revision, Step
from codegym_jlab.store.classes import Joining, Offering
from codegym_jlab.store.sql.store import SqlStore

PEOPLE = 5
ODD = '=HYPERLINK("http://evil.example","x")'

Export = Callable[..., Result]


async def _odd_ones(records: Path) -> None:
    """Someone whose account is a formula awaits review, and what they sent to the other exercise is parked."""
    store = store_at(records)
    await store.open()
    who = await store.enrol(Offering("local:basics", "basics", "Basics"), ODD)
    named = [Joining("person-0", "student", name="Haddad, Ana"), Joining(ODD, "student", name="Ben Okoye")]
    await store.enlist(who.offering, lambda members: named, NOON)
    for exercise, state in (("twice", State.AWAITING_REVIEW), ("double", State.PARKED)):
        sent = Submission(
            *(new_id(), who.offering, who.course, exercise, who.person, who.person),
            *(Kind.SUBMIT, "x = 1", (), new_id(), NOON),
        )
        await _stored(store, sent, state)
    await store.close()


async def _stored(store: Store, sent: Submission, state: State) -> None:
    (other,) = [f for f in (await store.handed_in(sent.offering, ["twice"], ("", ""), 1))[0].found[:1]]
    assert other.judgement is not None
    verdict = Verdict.JE if state is State.PARKED else Verdict.WA
    judged = replace(other.judgement, id=new_id(), submission=sent.id, verdict=verdict)
    lease = Lease("me", NOON)
    await store.accept(sent, unit="one", course_digest="d", admit=lambda _: None, events=(), lease=lease)

    def step(before: Any, faults: int) -> Step:
        if state is State.PARKED:
            return Step(state, before)
        line = replace(before, submitted_at=NOON, submission=sent.id, awaiting_review=True)
        return Step(state, replace(line, counting_submission=sent.id, counting_at=NOON, counting_score=0.5), 1)

    await store.record(sent, judged, step)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Stored]:
    folder = tmp_path_factory.mktemp("class")
    (folder / "config.yaml").write_text("courses: [basics]\n")
    stored = filled(folder / "codegym.sqlite", folder / "basics", PEOPLE)
    asyncio.run(_odd_ones(folder / "codegym.sqlite"))
    return folder, stored


@pytest.fixture
def export(room: tuple[Path, Stored]) -> Export:
    where = ["--records", str(room[0] / "codegym.sqlite")]
    runner = CliRunner(env={"CODEGYM_COURSES": str(room[0])})
    return lambda *words: runner.invoke(app, ["export", "scores", "local:basics", *where, *words])


def points(room: tuple[Path, Stored], exercise: str) -> list[float]:
    """By person, as they were filled in."""
    return [before for _, of, _, (before, _) in room[1].answers if of == exercise]


def test_a_row_a_student(room: tuple[Path, Stored], export: Export, tmp_path: Path) -> None:
    assert export("--csv", str(tmp_path / "scores.csv")).exit_code == 0
    raw = (tmp_path / "scores.csv").read_bytes()
    assert raw.count(b"\r\n") == raw.count(b"\n") == PEOPLE + 2, "RFC 4180: every line ends so"
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8"))))
    named = {row["account"]: row for row in rows}
    for n, (one, two) in enumerate(zip(points(room, "twice"), points(room, "double"), strict=True)):
        row = named[f"person-{n}"]
        assert (float(row["twice"]), float(row["double"]), float(row["points"])) == (one, two, one + two)
        assert float(row["max_points"]) == 6


def test_tables_of_moodle_and_gradescope(room: tuple[Path, Stored], export: Export) -> None:
    wide = [*csv.DictReader(io.StringIO(export("--csv", "-").stdout))]
    moodle = [*csv.DictReader(io.StringIO(export("--moodle", "-").stdout))]
    assert [*moodle[0]] == ["Username", "one", "two"]
    whole = {row["Username"]: row for row in moodle}
    odd = "'" + ODD
    for row in wide:
        told = whole[row["account"]]
        assert told["one"] == ("" if row["account"] == odd else row["twice"]) and len(told) == 3
    table = [*csv.DictReader(io.StringIO(export("--gradescope", "-", "--unit", "one").stdout))]
    first, open_ = (next(row for row in table if row["SID"] == who) for who in ("person-0", odd))
    points = next(row["twice"] for row in wide if row["account"] == "person-0")
    assert [*first][:8] == [
        *("First Name", "Last Name", "SID", "Email", "Sections", "Total Score", "Max Points", "Status")
    ]
    assert (first["Status"], first["Total Score"]) == ("Graded", points)
    assert (open_["Status"], open_["Total Score"]) == ("Ungraded", "")
    assert [*first][-1].startswith("1: ") and first[[*first][-1]] == points
    assert [first["First Name"], first["Last Name"]] == ["Ana", "Haddad"]
    assert [open_["First Name"], open_["Last Name"]] == ["Ben Okoye", ""], "nobody cuts a name that has no comma"
    assert export("--gradescope", "-", "--unit", "nine").exit_code == 2


def test_no_cell_is_a_formula(export: Export) -> None:
    rows = list(csv.reader(io.StringIO(export("--csv", "-").stdout)))
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@")]
    (odd,) = [row for row in rows if "HYPERLINK" in row[0]]
    assert odd[0] == "'" + ODD and odd[3] == "", "shown as it is, with a ' before it; nothing counts of what is parked"


def test_a_row_an_answer(room: tuple[Path, Stored], export: Export) -> None:
    rows = list(csv.DictReader(io.StringIO(export("--csv", "-", "--long").stdout)))
    assert len(rows) == 2 * PEOPLE + 1
    assert [row["status"] for row in rows if "HYPERLINK" in row["account"]] == ["awaiting_review"]
    judged = [row for row in rows if row["status"] == "judged"]
    assert sorted(float(row["points"]) for row in judged) == sorted(points(room, "twice") + points(room, "double"))
    assert all(datetime.fromisoformat(row["submitted_at"]).tzinfo for row in judged)


def test_a_late_answer_and_one_that_was_judged_anew_give_one_score_each() -> None:
    """What counts, with when it was handed in: not what it once was, and lateness is in the points already."""
    late, anew = asyncio.run(_late_and_anew(SqlStore()))
    assert (late["points"], late["max_points"], late["solved"], late["late_s"]) == (1.2, 3, 0, 86400)
    assert late["submitted_at"] == "2026-10-27T12:00:00+00:00"
    assert (anew["points"], anew["solved"], anew["status"]) == (3, 1, "judged")


async def _late_and_anew(store: Store) -> list[dict[str, Any]]:
    """`late` handed in a day after the due time; `anew` had 1.5 points until the answer was judged once more."""
    offering = Offering("local:basics", "basics", "Basics")
    for account, points in (("late", 1.2), ("anew", 1.5)):
        who = await store.enrol(offering, account)
        sent = Submission(
            *(new_id(), who.offering, who.course, "twice", who.person, who.person),
            *(Kind.SUBMIT, "x", (), new_id(), NOON),
        )
        lease = Lease("me", NOON)
        await store.accept(sent, unit="one", course_digest="d", admit=lambda _: None, events=(), lease=lease)
        judged = _judgement(sent, points)
        line = Progress(who.offering, who.person, "twice", submitted_at=NOON, submission=sent.id, attempts=1)
        line = replace(line, counting_submission=sent.id, counting_at=NOON, counting_score=points)
        line = replace(line, counting_late_s=86400.0 if account == "late" else None)
        await store.record(sent, judged, lambda before, _, line=line: Step(State.JUDGED, line, 1))  # type: ignore[misc]
    better = Revision([_judgement(sent, 3.0)], replace(line, counting_score=3.0, solved=True))
    assert await store.supersede(offering.id, who.person, "twice", lambda _: better, who=None, why="a check was wrong")
    with TemporaryDirectory() as folder:
        course = load_course(write_course(Path(folder) / "basics", expected=10))
    book = await gradebook(store, course, offering.id)
    heads, *rows = book.long()
    found = [dict(zip(map(str, heads), row, strict=True)) for row in rows]
    return sorted(found, key=lambda row: str(row["account"]), reverse=True)


def _judgement(sent: Submission, points: float) -> Judgement:
    score, about = Score(points, 3.0), ("d", "e", "5eed", "namespaces")
    return Judgement(new_id(), sent.id, Verdict.WA, score, (), (), 0, "", (), None, *about, 1.0, NOON)


@pytest.mark.parametrize("words", [(), ("--csv", "-", "--moodle", "-"), ("--csv", "-", "--unit", "one")])
def test_wrong_use(export: Export, words: tuple[str, ...]) -> None:
    assert export(*words).exit_code == 2


def test_a_section_alone(room: tuple[Path, Stored]) -> None:
    async def look() -> tuple[int, int]:
        store = store_at(room[0] / "codegym.sqlite")
        await store.open()
        course = load_course(room[0] / "basics")
        books = [await gradebook(store, course, "local:basics", section) for section in ("", "A")]
        await store.close()
        return len(books[0].students), len(books[1].students)

    assert asyncio.run(look()) == (PEOPLE + 1, 0)
