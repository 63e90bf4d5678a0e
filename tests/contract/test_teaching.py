"""`codegym class` and `codegym publish` as an instructor types them, one class from its making to its end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from contract.stored import write_course
from typer.testing import CliRunner, Result

from codegym_jlab.cli import app

Say = Callable[..., Result]
ID = "basics-autumn"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course, and records with a class that was made of it."""
    folder = tmp_path_factory.mktemp("teaching")
    write_course(folder / "basics", expected=10)
    words = ["class", "new", "basics", "--term", "autumn", "--time-zone", "Europe/Berlin", "--instructor", "prof"]
    made = CliRunner().invoke(app, [*words, "--records", str(folder / "codegym.sqlite"), "--json"])
    assert made.exit_code == 0 and json.loads(made.stdout)["id"] == ID, made.output
    return folder


@pytest.fixture
def say(folder: Path) -> Say:
    def said(*words: str, **more: Any) -> Result:
        where = [] if "--help" in words else ["--records", str(folder / "codegym.sqlite")]
        return CliRunner().invoke(app, [*words, *where], **more)

    return said


def told(result: Result) -> list[Any]:
    assert result.exit_code == 0, result.output
    return [json.loads(text) for text in result.stdout.splitlines()]


def refused(result: Result, says: str, code: int = 2) -> None:
    """One clear line, nothing on standard output."""
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    assert says in result.stderr and result.stderr.startswith("codegym: ")


def a_list_is_enrolled_whole_or_not_at_all(say: Say, folder: Path) -> None:
    table = folder / "list.csv"
    table.write_text("account;role;section\nana;;A\nben;;B\ntim;grader;\nana;;A\n")
    wrong = say("class", "enrol", ID, str(table))
    assert wrong.exit_code == 2 and f"{table}:5: ana stands in it twice" in wrong.stderr
    table.write_text("account;role;section\nana;;A\nben;;B\ntim;grader;\n")
    for dry in (["--dry-run"], []):
        rows = told(say("class", "enrol", ID, str(table), "--json", *dry))
        assert [(row["account"], row["after"]["role"], row["changes"]) for row in rows] == [
            ("ana", "student", True),
            ("ben", "student", True),
            ("tim", "grader", True),
        ]
        members = told(say("class", "members", ID, "--json"))
        assert [m["account"] for m in members] == (["prof"] if dry else ["ana", "ben", "prof", "tim"])
    again = say("class", "enrol", ID, "-", input=table.read_text())
    assert "0 new, 0 left, 0 moved, 3 as they were" in again.stdout


def people_come_move_and_leave(say: Say) -> None:
    told(say("class", "enrol", ID, "zoe", "--section", "A", "--json"))
    moved = say("class", "enrol", ID, "zoe", "--section", "B")
    assert "section=A" in moved.stdout and "0 new, 0 left, 1 moved" in moved.stdout
    left = told(say("class", "leave", ID, "zoe", "--json"))
    assert left[0]["after"] is None
    refused(say("class", "leave", ID, "zoe"), "nobody called 'zoe'")
    former = [m for m in told(say("class", "members", ID, "--former", "--json")) if m["section"] == "B"]
    assert [(m["account"], m["ended_at"] is None) for m in former] == [("ben", True), ("zoe", False)]
    others = told(say("class", "enrol", ID, "ana", "--section", "A", "--leave-others", "--dry-run", "--json"))
    assert [(row["account"], row["after"]) for row in others][1:] == [("ben", None)]


def a_course_with_mistakes_is_not_published(say: Say, folder: Path) -> None:
    unit = folder / "basics" / "one.yaml"
    good = unit.read_text()
    unit.write_text(good.replace("points: 3", "points: none"))
    wrong = say("publish", str(folder / "basics"))
    assert wrong.exit_code == 1 and "one.yaml:8: twice: " in wrong.stderr
    unit.write_text(good.replace("return 2 * x", "return 3 * x"))
    unfit = say("publish", str(folder / "basics"))
    assert (
        unfit.exit_code == 1
        and unfit.stderr.startswith("one.yaml:5: twice: ")
        and "nothing was published" in unfit.stderr
    )
    unit.write_text(good)
    assert told(say("class", "versions", ID, "--json")) == []


def published_changed_and_gone_back(say: Say, folder: Path) -> None:
    course = str(folder / "basics")
    (first,) = told(say("publish", course, "--note", "week 1", "--json", "--as", "prof"))
    assert (first["offering"], first["number"], first["published_by"]) == (ID, 1, "prof")
    assert "already has exactly this version" in say("publish", course).stdout
    unit = folder / "basics" / "two.yaml"
    unit.write_text(unit.read_text().replace("a large number", "a large one"))
    (dry,) = told(say("publish", course, "--dry-run", "--json"))
    assert dry["changes"] == ["two: exercise double: checks"]
    shown = say("publish", course, "--anyway")
    assert "two: exercise double: checks" in shown.stdout and "number: 2" in shown.stdout
    (back,) = told(say("publish", "--offering", ID, "--version", first["version"][:10], "--json"))
    assert (back["number"], back["version"]) == (3, first["version"])
    listed = told(say("class", "versions", ID, "--json"))
    assert [(p["number"], p["note"]) for p in listed] == [(3, ""), (2, ""), (1, "week 1")]
    (page,) = told(say("class", "show", ID, "--json"))
    assert page["version"] == first["version"] and page["people"] == {"student": 2, "grader": 1, "instructor": 1}
    refused(say("publish", "--offering", ID, "--version", "ffff"), "'ffff' was published")


def policy_is_set_shown_with_its_source_and_cleared(say: Say) -> None:
    set_ = ("class", "policy", "set", ID)
    told(say(*set_, "due=2026-12-01T18:00", "late.per_day=0.1", "--unit", "one", "--why", "plan", "--json"))
    told(say(*set_, "attempts=null", "time_factor=1.5", "--student", "ana", "--why", "attested", "--json"))
    (held,) = told(say("class", "policy", "show", ID, "--student", "ana", "--exercise", "twice", "--json"))
    sources = {f["field"]: (f["value"], f["set_by"]) for f in held["fields"] if f["set_by"]}
    assert sources == {
        "attempts": (None, {"level": "student", "part": "course"}),
        "due": ("2026-12-01T18:00:00", {"level": "offering", "part": "unit"}),
        "late.per_day": (0.1, {"level": "offering", "part": "unit"}),
        "time_factor": (1.5, {"level": "student", "part": "course"}),
    }
    assert held["holds"]["due"] == "2026-12-01T17:00:00+00:00"
    (cleared,) = told(say("class", "policy", "clear", ID, "attempts", "--student", "ana", "--why", "x", "--json"))
    assert cleared["fields"] == {"time_factor": 1.5}
    rulings = told(say("class", "policy", "show", ID, "--json"))
    assert [(r["account"], r["unit"], r["why"]) for r in rulings] == [(None, "one", "plan"), ("ana", None, "x")]
    assert len(told(say("class", "policy", "history", ID, "--json"))) == 3
    assert "…" not in say("class", "policy", "history", ID, env={"COLUMNS": "60"}).stdout, "nothing is cut off"
    assert "the class, for the unit" in say("class", "policy", "show", ID, "--student", "ben", "--unit", "one").stdout


def more_time(say: Say) -> None:
    (told_,) = told(say("class", "extend", ID, "ana", "--unit", "one", "--by", "1d12h", "--why", "ill", "--json"))
    assert told_["holds"]["due"] == "2026-12-03T05:00:00+00:00"
    until = say("class", "extend", ID, "ben", "--unit", "one", "--until", "2026-12-05T23:59", "--why", "ill")
    assert "ben now has until 2026-12-05 23:59 (Europe/Berlin) in one" in until.stdout
    refused(say("class", "extend", ID, "ben", "--unit", "two", "--by", "2d", "--why", "ill"), "no due time")


WRONG: list[tuple[list[str], str]] = [
    (["class", "show", "nowhere"], "codegym class list"),
    (["class", "new", "basics", "--term", "autumn", "--time-zone", "UTC"], "already"),
    (["class", "new", "basics", "--term", "x", "--time-zone", "Mars"], "no time zone"),
    (["class", "new", "basics", "--term", "x", "--time-zone", "UTC", "--begins", "2026-10-12"], "2026-10-27T23:59"),
    (["class", "new", "../x", "--term", "x", "--time-zone", "UTC"], "letters, digits"),
    (["class", "change", ID], "nothing to change"),
    (["class", "change", ID, "--time-zone", "Mars"], "no time zone"),
    (["class", "enrol", ID, "missing.csv"], "cannot be read"),
    (["class", "enrol", ID, "ana", "--role", "king"], "no role"),
    (["class", "policy", "set", ID, "attempts"], "FIELD=VALUE"),
    (["class", "policy", "set", ID, "attempts=[", "--why", "x"], "cannot be read"),
    (["class", "policy", "set", ID, "attemps=3", "--why", "x"], "attempts"),
    (["class", "policy", "set", ID, "attempts=3"], "Say why"),
    (["class", "policy", "set", ID, "tutor=off", "--student", "ana", "--section", "A"], "do not go together"),
    (["class", "policy", "set", ID, "tutor=off", "--section", "C"], "There are: A, B"),
    (["class", "policy", "show", ID, "--student", "ana"], "--unit or --exercise"),
    (["class", "policy", "show", ID, "--unit", "one"], "--student"),
    (["class", "extend", ID, "ana", "--unit", "one", "--why", "x"], "--by 2d"),
    (["class", "extend", ID, "ana", "--by", "2d", "--why", "x"], "--unit or --exercise"),
    (["class", "extend", ID, "ana", "--unit", "one", "--by", "soon", "--why", "x"], "not a time span"),
    (["class", "extend", ID, "ana", "--unit", "one", "--by", "0d", "--why", "x"], "is not a time span"),
    (["publish"], "COURSE_DIR"),
    (["publish", "--version", "abc"], "--offering"),
]


def test_a_password_that_others_can_see_is_told_of_once() -> None:
    words = ("class", "new", "basics", "--term", "autumn", "--time-zone", "UTC", "--records")
    for url, told in {"//ana:s3cret@[::1]:1/x": 1, "//[::1]:1/x?password=s3cret": 1, "//ana@[::1]:1/x": 0}.items():
        done = CliRunner().invoke(app, [*words, f"postgresql:{url}"])
        assert done.exit_code == 1 and "s3cret" not in done.output
        assert done.stderr.count("set CODEGYM_DATABASE instead, or use ~/.pgpass") == told, done.stderr


def wrong_use_is_one_clear_line(say: Say) -> None:
    for words, says in WRONG:
        refused(say(*words), says)


def dates_are_changed_and_taken_away(say: Say) -> None:
    (changed,) = told(
        say("class", "change", ID, "--begins", "2026-10-12T08:00", "--ends", "2027-02-05T23:59", "--json")
    )
    assert (changed["begins"], changed["ends"]) == ("2026-10-12T06:00:00+00:00", "2027-02-05T22:59:00+00:00")
    (changed,) = told(say("class", "change", ID, "--ends", "", "--title", "New", "--json"))
    assert (changed["ends"], changed["title"]) == (None, "New")
    assert "New" in say("class", "list").stdout and "begins:" in say("class", "show", ID).stdout


@pytest.mark.parametrize("words", [["class"], ["class", "enrol"], ["class", "policy", "set"], ["publish"]])
def test_help_helps(say: Say, words: list[str]) -> None:
    shown = say(*words, "--help")
    assert shown.exit_code == 0 and len(shown.stdout.splitlines()) > 10


def students_are_put_into_teams_by_a_table(say: Say, folder: Path) -> None:
    table = folder / "teams.csv"
    table.write_text("account;team\nana;red\nben;red\nnobody;red\n")
    refused(say("class", "teams", "set", ID, str(table), "--unit", "one"), "Not among the students of this class")
    table.write_text("account;team\nana;red\nana;blue\n")
    wrong = say("class", "teams", "set", ID, str(table), "--unit", "one")
    assert wrong.exit_code == 2 and f"{table}:3: ana stands in it twice" in wrong.stderr
    table.write_text("account;team\nana;red\nben;red\n")
    for dry in (["--dry-run"], []):
        done = say("class", "teams", "set", ID, str(table), "--unit", "one", "--json", *dry)
        assert [(row["account"], row["before"], row["after"]) for row in told(done)] == [
            ("ana", None, "red"),
            ("ben", None, "red"),
        ]
    assert "owner=team --unit one" in done.stderr, "nobody answers in teams yet"
    told(say("class", "policy", "set", ID, "owner=team", "--unit", "one", "--why", "project", "--json"))
    (red,) = told(say("class", "teams", "list", ID, "--json"))
    assert (red["team"], red["unit"], red["members"], red["answers"]) == ("red", "one", ["ana", "ben"], True)


def a_team_gets_more_time_and_another_name(say: Say) -> None:
    told(say("class", "policy", "set", ID, "due=2099-11-03T23:59", "--unit", "one", "--why", "plan", "--json"))
    refused(
        say("class", "extend", ID, "ana", "--unit", "one", "--by", "2d", "--why", "ill"), "give the time to the team"
    )
    given = say("class", "extend", ID, "--team", "red", "--unit", "one", "--by", "2d", "--why", "ill")
    assert "red now has until 2099-11-05 23:59" in given.stdout
    shown = told(say("class", "policy", "show", ID, "--json"))
    assert "red" in [row["team"] for row in shown if row["person"] and not row["account"]]
    assert "red is now green" in say("class", "teams", "rename", ID, "red", "green", "--unit", "one").stdout
    moved = told(say("class", "teams", "set", ID, "blue", "ben", "--unit", "one", "--leave-others", "--json"))
    assert {(row["account"], row["before"], row["after"]) for row in moved} == {
        ("ana", "green", None),
        ("ben", "green", "blue"),
    }
    left = say("class", "teams", "leave", ID, "ben", "--unit", "one", "--why", "works alone now", "--as", "prof")
    assert "1 changed" in left.stdout
    shown = say("class", "history", ID, "ben").stdout
    assert "why: works alone now\nbefore: blue\nafter: null\nwho: prof" in shown
    kept = [(one["before"], one["after"], one["why"]) for one in told(say("class", "history", ID, "ben", "--json"))]
    assert kept == [(None, "green", ""), ("green", "blue", ""), ("blue", None, "works alone now")]


def all_of_it_stands_in_the_audit_log(say: Say) -> None:
    acts = told(say("class", "audit", ID, "--json"))
    assert {one["act"] for one in acts} == {"make", "members", "publish", "policy", "extend", "change", "teams"}
    assert acts[-1]["what"] == {"course": "basics"} and acts[-2]["whom"][0] == {"name": "ana", "became": "student"}
    assert {"name=ana", "became=student;"} <= set(say("class", "audit").stdout.split())  # a cell may be folded
    refused(say("class", "audit", "nowhere"), "nowhere")


@pytest.mark.full
def test_a_class_from_its_making_to_its_teams(say: Say, folder: Path) -> None:
    """Each step goes on from the one before, so they are one test."""
    a_list_is_enrolled_whole_or_not_at_all(say, folder)
    people_come_move_and_leave(say)
    a_course_with_mistakes_is_not_published(say, folder)
    published_changed_and_gone_back(say, folder)
    policy_is_set_shown_with_its_source_and_cleared(say)
    more_time(say)
    wrong_use_is_one_clear_line(say)
    dates_are_changed_and_taken_away(say)
    students_are_put_into_teams_by_a_table(say, folder)
    a_team_gets_more_time_and_another_name(say)
    all_of_it_stands_in_the_audit_log(say)
