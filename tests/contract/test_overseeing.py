"""`codegym class`: a class judged for real, as its staff see it on the command line."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from contract.stored import ANSWERS, Stored, filled
from typer.testing import CliRunner, Result

from codegym_jlab.cli import app

PEOPLE = 11
Ask = Callable[..., Result]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Stored]:
    """The four answers in turn, to both exercises; the check `large` expects what is wrong."""
    folder = tmp_path_factory.mktemp("class")
    (folder / "config.yaml").write_text("courses: [basics]\n")
    return folder, filled(folder / "codegym.sqlite", folder / "basics", PEOPLE)


@pytest.fixture
def ask(room: tuple[Path, Stored]) -> Ask:
    folder, _ = room

    def asked(*words: str) -> Result:
        where = ["--records", str(folder / "codegym.sqlite")]
        runner = CliRunner(env={"CODEGYM_COURSES": str(folder)})
        return runner.invoke(app, ["class", words[0], "local:basics", *where, *words[1:]])

    return asked


def told(result: Result) -> list[Any]:
    assert result.exit_code == 0, result.output
    return [json.loads(text) for text in result.stdout.splitlines()]


def points(room: tuple[Path, Stored], exercise: str | None = None) -> dict[str, float]:
    """What each student has."""
    sums: Counter[str] = Counter()
    for person, of, _, (before, _) in room[1].answers:
        if exercise in (None, of):
            sums[person] += before  # type: ignore[assignment]
    return dict(sums)


def test_progress_by_student_and_unit(room: tuple[Path, Stored], ask: Ask) -> None:
    rows = told(ask("progress", "--json"))
    assert [row["account"] for row in rows] == sorted(f"person-{n}" for n in range(PEOPLE))
    assert {row["person"]: row["points"] for row in rows} == points(room)
    for row in rows:
        assert [(unit["unit"], unit["total"], unit["handed_in"]) for unit in row["units"]] == [
            ("one", 1, 1),
            ("two", 1, 1),
        ]
    one = told(ask("progress", "--json", "--unit", "one"))
    assert {row["person"]: row["points"] for row in one} == points(room, "twice")
    text = ask("progress").stdout
    assert "person-0" in text and f"{PEOPLE} students" in text


def test_scores_fall_into_bins(room: tuple[Path, Stored], ask: Ask) -> None:
    (found,) = told(ask("scores", "--json"))
    expected = [0] * 10
    for had in points(room).values():
        expected[min(int(had / 6 * 10), 9)] += 1
    assert (found["bins"], found["not_begun"], found["max_points"]) == (expected, 0, 6.0)
    (one,) = told(ask("scores", "--exercise", "twice", "--json"))
    assert sum(one["bins"]) == PEOPLE and one["mean"] == pytest.approx(
        sum(points(room, "twice").values()) / PEOPLE, abs=0.005
    )
    assert "mean" in ask("scores").stdout


def test_the_hardest_checks_come_first(ask: Ask) -> None:
    """`large` is passed by whoever gives one too much for large numbers alone."""
    checks = told(ask("hardest", "--json"))
    shares = [check["passed"] for check in checks]
    assert shares == sorted(shares) and len({check["check"] for check in checks}) > 3
    passes = list(ANSWERS).index("def {e}(x): return 2 * x if x < 5 else 2 * x + 1")
    for check in checks:
        if check["check"] == "large":
            at = 0 if check["exercise"] == "twice" else 1
            passed = sum((person + at) % 4 == passes for person in range(PEOPLE))
            assert (check["people"], check["failed"]) == (PEOPLE, PEOPLE - passed)
    assert "a large number (hidden)" in ask("hardest").stdout


def test_who_is_stuck_and_at_which_check(ask: Ask) -> None:
    """Nobody's answers are accepted, and all began long ago; in one send."""
    found = told(ask("stuck", "--json", "--days", "0"))
    assert len(found) == PEOPLE and all(one["exercise"] == "double" and one["failed"] for one in found)
    assert all(one["sends"] == 1 and one["verdict"] == "WA" for one in found)
    assert told(ask("stuck", "--json", "--days", "99999")) == []
    assert f"{PEOPLE} students" in ask("stuck", "--days", "0").stdout


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("progress", "--unit", "three"), 2, "no unit 'three'"),
        (("scores", "--exercise", "thrice"), 2, "no exercise 'thrice'"),
    ],
)
def test_what_is_not_there_is_told(ask: Ask, words: tuple[str, ...], code: int, says: str) -> None:
    result = ask(*words)
    assert (result.exit_code, says in result.stderr) == (code, True), result.output


def test_a_class_that_is_not_there(room: tuple[Path, Stored]) -> None:
    records = ["--records", str(room[0] / "codegym.sqlite")]
    result = CliRunner().invoke(app, ["class", "hardest", "nowhere", *records])
    assert result.exit_code == 2 and "no class 'nowhere'" in result.stderr
