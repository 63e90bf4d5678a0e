"""`codegym class review` and `mark` as a grader types them, over records in a file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from moments import NOON
from typer.testing import CliRunner, Result

from codegym_jlab.cli import app
from codegym_jlab.course.loader import load_course
from codegym_jlab.grading.admission import Place, situation_for
from codegym_jlab.grading.apply_judgement import CountingRules, JudgementStep
from codegym_jlab.records import Judgement, Kind, Score, Submission, Verdict, new_id
from codegym_jlab.store.base import GivenMarks, Lease
from codegym_jlab.store.classes import Offering
from codegym_jlab.store.sql.store import SqlStore

Say = Callable[..., Result]

UNIT = """
id: essays
title: Essays
cells:
  - exercise:
      id: essay
      title: Why loops?
      points: 3
      statement: Say it.
      answer: text
      marking: manual
      rubric:
        - {id: names, points: 2, text: "It names what repeats"}
        - {id: style, points: 1, text: "It reads well"}
  - exercise:
      id: note
      title: A note
      points: 2
      statement: Write one.
      answer: text
      marking: manual
"""


DRAFTS = "policy: {markers: {drafts: here}}\n"


async def hand_in(path: Path, folder: Path, account: str, exercise: str, source: str) -> str:
    """An answer that a person has to mark, as the manager keeps it."""
    store, loaded = SqlStore(path), load_course(folder)
    await store.open()
    who = await store.enrol(Offering("local:basics", "basics", "Basics"), account)
    unit, found = loaded.find(exercise)
    sent = Submission(
        new_id(), who.offering, "basics", exercise, who.person, who.person, Kind.SUBMIT, source, (), new_id(), NOON
    )
    ask: dict[str, Any] = {"unit": unit.id, "course_digest": "d", "events": (), "lease": Lease("me", NOON)}
    await store.accept(sent, admit=lambda _: None, **ask)
    none: dict[str, Any] = {"parts": (), "checks": (), "notices": (), "failure": None, "stdout": ""}
    more: dict[str, Any] = {
        "hidden_not_run": 0,
        "course_digest": "d",
        "environment_digest": "e",
        "seed": "",
        "level": "",
    }
    judged = Judgement(
        new_id(), sent.id, Verdict.AC, Score(0.0, found.points), wall_ms=1.0, judged_at=NOON, **none, **more
    )
    policy = (await situation_for(store, Place(loaded, unit, found), who)).policy
    await store.record(sent, judged, JudgementStep(sent, judged, CountingRules(policy, NOON, by_person=True)).step)
    await store.close()
    return sent.id


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Records, and the numbers of what two students handed in."""
    folder = tmp_path_factory.mktemp("marking")
    (folder / "config.yaml").write_text("courses: [basics]\n")
    (folder / "basics").mkdir()
    (folder / "basics" / "course.yaml").write_text("schema: 1\nid: basics\ntitle: Basics\nunits: [essays]\n" + DRAFTS)
    (folder / "basics" / "essays.yaml").write_text(UNIT)
    path, made = folder / "codegym.sqlite", {}
    for account, exercise, source in (
        ("ana", "essay", "[red]Loops[/red] repeat.\x1b[2J"),
        ("ben", "essay", "They loop."),
        ("ana", "note", "Noted."),
    ):
        made[f"{account} {exercise}"] = asyncio.run(hand_in(path, folder / "basics", account, exercise, source))
    return folder, made


@pytest.fixture
def say(room: tuple[Path, dict[str, str]]) -> Say:
    folder, _ = room

    def said(command: str, *words: str) -> Result:
        where = ["--records", str(folder / "codegym.sqlite")]
        runner = CliRunner(env={"COLUMNS": "160", "CODEGYM_COURSES": str(folder)})
        return runner.invoke(app, ["class", command, "local:basics", *words, *where])

    return said


def told(result: Result) -> list[Any]:
    assert result.exit_code == 0, result.output
    return [json.loads(text) for text in result.stdout.splitlines()]


def refused(result: Result, says: str) -> None:
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert says in result.stderr and result.stderr.startswith("codegym: ")


def what_awaits_review_is_listed_and_read(say: Say, room: tuple[Path, dict[str, str]]) -> None:
    ids = room[1]
    rows = told(say("review", "--json"))
    assert [row["submission"] for row in rows] == list(ids.values())
    assert (rows[1]["account"], rows[1]["source"], rows[1]["to_give"]) == ("ben", "They loop.", 3)
    text = say("review", "--exercise", "essay")
    assert ids["ben essay"] in text.stdout and ids["ana note"] not in text.stdout and "2 await review" in text.stdout
    shown = say("review", ids["ana essay"]).stdout
    assert "[red]Loops[/red] repeat.\\e[2J" in shown and "\x1b" not in shown, "what a student wrote is text"
    assert "text: It names what repeats" in shown and "names=POINTS style=POINTS" in shown


def what_cannot_be_done_is_told(say: Say, room: tuple[Path, dict[str, str]]) -> None:
    essay, note = room[1]["ana essay"], room[1]["ana note"]
    refused(say("mark", essay, "names=2"), "Give points by each line of the rubric")
    refused(say("mark", essay, "names=2", "stile=1"), "names (to 2), style (to 1)")
    refused(say("mark", essay, "names=9", "style=1"), "from 0 to 2 points, not 9")
    refused(say("mark", essay, "3"), "names (to 2), style (to 1)")
    refused(say("mark", essay, "names=2", "names=1"), "twice")
    refused(say("mark", note, "much"), "LINE=POINTS")
    refused(say("mark", note), "from 0 to 2")
    refused(say("mark", "nothing", "1"), "codegym class review")
    refused(say("review", "--unit", "nowhere"), "no unit 'nowhere'")
    assert len(told(say("review", "--json"))) == 3


async def draft(path: Path, sent: str) -> None:
    """As a model did."""
    store = SqlStore(path)
    await store.open()
    found = await store.find(sent)
    assert found is not None
    items = [{"id": "names", "points": 1, "words": "[red]Loops"}, {"id": "style", "points": None, "words": ""}]
    whose = (sent, "qwen", "local:basics", found.submission.person, "essay")
    assert await store.give_marks(GivenMarks(*whose, True, 1, items, "", NOON))
    await store.close()


def a_draft_is_read_beside_the_rubric(say: Say, room: tuple[Path, dict[str, str]]) -> None:
    essay = room[1]["ana essay"]
    asyncio.run(draft(room[0] / "codegym.sqlite", essay))
    assert "words: '[red]Loops'" in say("review", essay).stdout
    words = ("names=1.5", "style=1", "--comment", "Well told.", "--as", "tim")
    assert "essay of ana: 2.5 of 3 points" in say("mark", essay, *words).stdout


def marks_are_given_and_seen(say: Say, room: tuple[Path, dict[str, str]]) -> None:
    essay, note = room[1]["ana essay"], room[1]["ana note"]
    (row,) = told(say("mark", note, "2", "--as", "tim", "--json"))
    assert (row["state"], row["points"], row["score"]) == ("judged", 2, 2)
    assert [row["account"] for row in told(say("review", "--json"))] == ["ben"]
    shown = say("review", essay).stdout
    assert "points: 1.5" in shown and "points: 2.5" in shown and "comment: Well told." in shown


def again_with_a_reason_and_the_history_shows_it(say: Say, room: tuple[Path, dict[str, str]]) -> None:
    essay = room[1]["ana essay"]
    refused(say("mark", essay, "names=2", "style=1"), "Say why")
    refused(say("mark", essay, "names=1", "style=1", "--why", "misread"), "--allow-lower")
    told(say("mark", essay, "names=1", "style=1", "--why", "misread", "--allow-lower", "--as", "prof", "--json"))
    one = next(one for one in told(say("history", "ana", "--json")) if one.get("exercise") == "essay")
    assert [(h["cause"], h["who"], h["score"]) for h in one["history"]] == [
        ("check", None, 0),
        ("mark", "tim", 2.5),
        ("mark", "prof", 2),
    ]
    text = say("history", "ana", "--exercise", "essay").stdout
    assert "holds: false" in text and "score: 2.0" in text and "why: misread" in text and "who: prof" in text


@pytest.mark.full
def test_answers_are_marked(say: Say, room: tuple[Path, dict[str, str]]) -> None:
    """Each step goes on from the one before, so they are one test."""
    what_awaits_review_is_listed_and_read(say, room)
    what_cannot_be_done_is_told(say, room)
    a_draft_is_read_beside_the_rubric(say, room)
    marks_are_given_and_seen(say, room)
    again_with_a_reason_and_the_history_shows_it(say, room)
