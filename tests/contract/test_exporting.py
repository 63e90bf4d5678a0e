"""`codegym export scores`: read back by other programs' rules."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from contract.stored import NOON, Stored, filled
from typer.testing import CliRunner, Result

from codegym_jlab.cli import app
from codegym_jlab.grading.gradebook import gradebook
from codegym_jlab.store.base import Lease, Offering, Step, Store, new_id
from codegym_jlab.store.choice import store_at
from codegym_jlab.submission import Kind, State, Submission, Verdict

PEOPLE = 5
ODD = '=HYPERLINK("http://evil.example","x")'

#: Written from https://www.imsglobal.org/spec/lti-ags/v2p0 §3.2.7 (line items) and §3.4 (scores): required members,
#: the two vocabularies, numbers that are no negative ones, a maximum beside each score, a time with a fraction.
LINE_ITEM = {
    "type": "object",
    "required": ["scoreMaximum", "label"],
    "properties": {
        "scoreMaximum": {"type": "number", "exclusiveMinimum": 0},
        "label": {"type": "string", "pattern": r"\S"},
        "resourceId": {"type": "string"},
        "tag": {"type": "string"},
    },
    "additionalProperties": False,
}
SCORE = {
    "type": "object",
    "required": ["userId", "activityProgress", "gradingProgress", "timestamp"],
    "properties": {
        "userId": {"type": "string", "minLength": 1},
        "scoreGiven": {"type": "number", "minimum": 0},
        "scoreMaximum": {"type": "number", "exclusiveMinimum": 0},
        "activityProgress": {"enum": ["Initialized", "Started", "InProgress", "Submitted", "Completed"]},
        "gradingProgress": {"enum": ["FullyGraded", "Pending", "PendingManual", "Failed", "NotReady"]},
        "timestamp": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|[+-]\d\d:\d\d)$"},
        "comment": {"type": "string"},
    },
    "dependentRequired": {"scoreGiven": ["scoreMaximum"]},
    "additionalProperties": False,
}
Export = Callable[..., Result]


async def _odd_ones(records: Path) -> None:
    """Someone whose account is a formula awaits review, and what they sent to the other exercise is parked."""
    store = store_at(records)
    await store.open()
    who = await store.enrol(Offering("local:basics", "basics", "Basics"), ODD)
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
    where = ["--records", str(room[0] / "codegym.sqlite"), "--courses", str(room[0])]
    return lambda *words: CliRunner().invoke(app, ["export", "scores", "local:basics", *where, *words])


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


def test_no_cell_is_a_formula(export: Export) -> None:
    rows = list(csv.reader(io.StringIO(export("--csv", "-").stdout)))
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@")]
    (odd,) = [row for row in rows if "HYPERLINK" in row[0]]
    assert odd[0] == "'" + ODD and odd[3] == "", "shown as it is, with a ' before it; nothing counts of what is parked"


def test_a_row_an_answer_and_the_mark_for_excel(room: tuple[Path, Stored], export: Export) -> None:
    text = export("--csv", "-", "--long", "--bom").stdout
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert len(rows) == 2 * PEOPLE + 1
    assert [row["status"] for row in rows if "HYPERLINK" in row["account"]] == ["awaiting_review"]
    judged = [row for row in rows if row["status"] == "judged"]
    assert sorted(float(row["points"]) for row in judged) == sorted(points(room, "twice") + points(room, "double"))
    assert all(datetime.fromisoformat(row["submitted_at"]).tzinfo for row in judged)


def test_lti_scores_keep_the_rules_of_the_specification(room: tuple[Path, Stored], export: Export) -> None:
    items = json.loads(export("--lti", "-").stdout)["lineitems"]
    assert [item["lineitem"]["resourceId"] for item in items] == ["local:basics/twice", "local:basics/double"]
    for item, exercise in zip(items, ("twice", "double"), strict=True):
        jsonschema.validate(item["lineitem"], LINE_ITEM, cls=jsonschema.Draft202012Validator)
        for score in item["scores"]:
            jsonschema.validate(score, SCORE, cls=jsonschema.Draft202012Validator)
        graded = {s["userId"]: s["scoreGiven"] for s in item["scores"] if s["gradingProgress"] == "FullyGraded"}
        assert graded == {f"person-{n}": had for n, had in enumerate(points(room, exercise))}
    states = {s["gradingProgress"]: s for item in items for s in item["scores"] if s["userId"] == ODD}
    assert set(states) == {"PendingManual", "Failed"} and "scoreGiven" not in states["PendingManual"]


def test_lti_users_are_named_by_a_table(export: Export, tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("person-0,4f2c\nperson-1,77aa\n")
    result = export("--lti", "-", "--lti-users", str(tmp_path / "users.csv"))
    assert result.exit_code == 1 and "no userId for person-2" in result.stderr
    items = json.loads(result.stdout)["lineitems"]
    assert [[score["userId"] for score in item["scores"]] for item in items] == [["4f2c", "77aa"]] * 2


@pytest.mark.parametrize(
    "words", [(), ("--csv", "-", "--lti", "-"), ("--lti", "-", "--bom"), ("--csv", "-", "--lti-users", "x")]
)
def test_wrong_use(export: Export, words: tuple[str, ...]) -> None:
    assert export(*words).exit_code == 2


def test_a_section_alone(room: tuple[Path, Stored]) -> None:
    async def look() -> tuple[int, int]:
        from codegym_jlab.course.loader import load_course

        store = store_at(room[0] / "codegym.sqlite")
        await store.open()
        course = load_course(room[0] / "basics")
        books = [await gradebook(store, course, "local:basics", section) for section in ("", "A")]
        await store.close()
        return len(books[0].students), len(books[1].students)

    assert asyncio.run(look()) == (PEOPLE + 1, 0)
