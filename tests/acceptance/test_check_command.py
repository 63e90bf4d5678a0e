"""`codegym check` as authors and programs use it: mutants, what is asked of them, exit codes and JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from codegym_jlab.cli import app
from codegym_jlab.course.templates import KINDS

ROOT = Path(__file__).parents[2]
WEAK: dict[str, Any] = {
    "id": "crowd",
    "title": "Three is a crowd",
    "statement": "Write `crowd(n)`: 'crowd' from 3 on, else 'company'.",
    "starter": "def crowd(n):\n    ...\n",
    "solution": "def crowd(n):\n    if n >= 3:\n        return 'crowd'\n    return 'company'\n",
    "checks": [{"call": "crowd(9)", "equals": "crowd"}, {"call": "crowd(1)", "equals": "company", "hidden": "few"}],
}
few = {"hidden": "few"}
PATTERNS = [r"^bad words:( ?\w+)+$", r"(\w+\s*)+: b+$", r"^bad \w+: [\w ]+$", r"words: a( b)?"]


def course(folder: Path, above: dict[str, Any] | None = None, **change: Any) -> Path:
    """A course of one exercise, with a cell above it."""
    (folder / "course.yaml").write_text(yaml.safe_dump({"schema": 1, "id": "c", "title": "Course", "units": ["u"]}))
    unit = {"id": "u", "title": "Unit", "cells": [*([above] if above else []), {"exercise": WEAK | change}]}
    (folder / "u.yaml").write_text(yaml.safe_dump(unit, sort_keys=False))
    return folder


def check(*args: str | Path, does: str = "check") -> subprocess.CompletedProcess[str]:
    """Run the command."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "codegym_jlab.cli", does, *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env=env)


def test_survivors_are_told_and_do_not_fail_a_course(tmp_path: Path) -> None:
    done = check(course(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "+    if n > 3:" in done.stdout and "- call: crowd(3)" in done.stdout
    assert "fit for students" in done.stdout.splitlines()[-1]


def test_a_percentage_may_be_asked_for(tmp_path: Path) -> None:
    done = check(course(tmp_path), "--mutants", "95")
    assert done.returncode == 1 and "are asked for" in done.stdout, done.stdout + done.stderr


def test_checks_suggested_are_written_and_kill(tmp_path: Path) -> None:
    folder = course(tmp_path)
    said = check(folder, does="suggest")
    assert said.returncode == 0 and "3 of 13 mutants are alive" in said.stdout, said.stdout + said.stderr
    assert "`if n >= 3:` → `if n > 3:`" in said.stdout
    assert "Found: `crowd(3)` is `'crowd'`, the mutant says `'company'`." in said.stdout
    done = check(folder, "crowd", "--write", "--json", does="suggest")
    (told,) = map(json.loads, done.stdout.splitlines())
    assert [len(one["kills"]) for one in told["checks"]] == [2, 1] and told["error"] is told["trouble"] is None
    assert "hidden" not in told["checks"][0]["sample"] and told["written"].startswith("u.yaml:")
    again = check(folder, "--mutants", "100")
    assert again.returncode == 0 and "100 % of mutants killed (13 of 13)" in again.stdout, again.stdout
    assert check(folder, "nobody", does="suggest").returncode == 2


def new(*args: str | Path) -> tuple[int, str]:
    """Exit code and output of `codegym new`."""
    done = CliRunner().invoke(app, ["new", *map(str, args)])
    return done.exit_code, done.output


def test_every_kind_of_new_exercise_is_fit_for_students(tmp_path: Path) -> None:
    folder = tmp_path / "my-course"
    assert new("course", folder)[0] == new("unit", folder, "week-1")[0] == 0
    for kind in (*KINDS, *KINDS):  # the second has another id, and does not take the first one's answer
        code, said = new("exercise", folder, "week-1", kind)
        assert code == 0 and "week-1.yaml:" in said and "Next:" in said, said
    assert "preload:\n  - matplotlib.pyplot\n" in (folder / "course.yaml").read_text()
    done = check(folder, "--mutants", "100", "--json")
    *told, last = map(json.loads, done.stdout.splitlines())
    assert [one["exercise"] for one in told][1:] == [*(f"my-{k}" for k in KINDS), *(f"my-{k}-2" for k in KINDS)]
    assert done.returncode == 0 and last["fit"], done.stdout


def test_what_is_new_touches_nothing_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    mine = course(tmp_path / "c")
    before = {path.name: path.read_text() for path in mine.iterdir()}
    for args, says in (
        (("course", mine), "There is a folder c already"),
        (("course", tmp_path / "a b"), "is no name"),
        (("unit", mine, "u"), "There is a file u.yaml already"),
        (("unit", mine, "../u"), "is no name"),
        (("exercise", mine, "v", "code"), "no unit `v`"),
        (("exercise", mine, "u", "essay"), "no kind `essay`"),
    ):
        code, said = new(*args)
        assert code and says in said, said
    assert before == {path.name: path.read_text() for path in mine.iterdir()}
    for head in ("units: [u]  # all\r\n", "# units\r\nunits:\r\n- u  # one\r\n\r\n# more\r\n"):
        text = f"schema: 1\r\nid: c\r\n{head}title: C\r\n"
        (mine / "course.yaml").write_bytes(text.encode())
        (mine / "w.yaml").unlink(missing_ok=True)
        assert new("unit", mine, "w")[0] == 0
        after = (mine / "course.yaml").read_bytes().decode()
        assert after.replace("[u, w]", "[u]").replace("- w\r\n", "") == text != after


def test_for_programs(tmp_path: Path) -> None:
    done = check(course(tmp_path), "--json", "--mutants", "95")
    one, last = map(json.loads, done.stdout.splitlines())
    assert set(one) == {"exercise", "title", "findings", "scores", "max_score", "mutants"}
    assert one["scores"] == {"starter": 0, "empty": 0} and one["max_score"] == 1
    mutants = one["mutants"]
    assert mutants["total"] == mutants["killed"] + len(mutants["survivors"]) and mutants["equivalent"] == 0
    assert set(mutants["survivors"][0]) == {"id", "kind", "line", "diff", "suggestion"}
    assert last["course"] == "c" and last["fit"] is False and last["mutants"]["share"] == mutants["share"]
    assert "asked for" in last["mistakes"][0]


def test_an_untouched_starter_scores_nothing_unless_the_exercise_says_so(tmp_path: Path) -> None:
    lucky = {"starter": "def crowd(n):\n    return 'company'\n", "checks": [WEAK["checks"][1], WEAK["checks"][0] | few]}
    done = check(course(tmp_path, **lucky), "--no-mutants")
    told = "\nu.yaml:8: crowd: its starter scores 0.5 of 1 points; write a sample check that it fails, or"
    assert done.returncode == 1 and told in done.stdout
    assert "of 1 points: starter 0.5, empty cell 0" in done.stdout
    assert check(course(tmp_path, **lucky, starter_scores=True), "--no-mutants").returncode == 0


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ({"code": "1 / 0", "fails": True}, ""),
        (
            {"code": "1 / 0"},
            "u.yaml:4: this given cell fails: ZeroDivisionError: division by zero; mend it, or write `fails: true`",
        ),
        ({"code": "text = open('none.csv').read()"}, "u.yaml:4: this given cell fails: FileNotFoundError"),
        (
            {"markdown": "Write it so:\n\n    if n >= 3:\n        return 'crowd'\n    return 'company'\n"},
            "crowd: lines of the solution stand in the unit's notebook: `return 'crowd'`; change",
        ),
    ],
)
def test_what_breaks_at_once_is_told_with_its_place(tmp_path: Path, cell: dict[str, Any], says: str) -> None:
    done = check(course(tmp_path, above=cell), "--no-mutants")
    assert done.returncode == bool(says), done.stdout
    assert any(line.startswith("u.yaml:") for line in done.stdout.splitlines()) is bool(says)
    assert says in done.stdout, done.stdout


def test_an_authors_word_that_the_guard_keeps_back_is_named(tmp_path: Path) -> None:
    answers = [{"ask": "How do I begin?", "say": "With a condition."}]
    answers += [{"ask": "What is it?", "say": f"Write\n\n```python\n{WEAK['solution']}```\n"}]
    done = check(course(tmp_path, questions=answers), "--no-mutants")
    assert done.stdout.count("students are not told this") == 1 and "gives away the answer" in done.stdout, done.stdout
    assert check(course(tmp_path, questions=answers[:1]), "--no-mutants").returncode == 0


def test_each_finding_begins_with_file_line_and_exercise(tmp_path: Path) -> None:
    wrong = [{"id": "never", "wrong": WEAK["solution"], "say": "No."}]
    done = check(course(tmp_path, misconceptions=wrong), "--no-mutants")
    assert "\nu.yaml:17: crowd: no check refuses the wrong code of `never`" in done.stdout, done.stdout


def test_a_wrong_code_that_no_answer_can_be_compared_with_is_told(tmp_path: Path) -> None:
    kept = {"id": "kept", "wrong": "def crowd(n):\n    return 'company'\n", "say": "No."}
    torn = {"id": "torn", "wrong": "def crowd(n)\n    return 'company'\n", "say": "No."}
    ruled = {"id": "ruled", "wrong": "def crowd(n):\n    while True:\n        return 'company'\n", "say": "No."}
    more = {"misconceptions": [kept, torn, ruled], "forbids": {"loops": True}}
    done = check(course(tmp_path, **more), "--no-mutants")
    assert done.returncode == 1 and "`kept`" not in done.stdout
    assert "the wrong code of `torn` cannot be read: CE, SyntaxError: expected ':' in line 1" in done.stdout
    assert "the wrong code of `ruled` breaks a rule of the exercise" in done.stdout


def test_other_right_answers_are_accepted_and_kept_back(tmp_path: Path) -> None:
    short = "def crowd(n):\n    return 'crowd' if n > 2 else 'company'\n"
    never = "def crowd(n):\n    return 'company'\n"
    done = check(course(tmp_path, above={"markdown": short}, solutions=[short, never]), "--no-mutants")
    assert done.returncode == 1 and "crowd: the solution 1 of `solutions` stands in the unit's notebook" in done.stdout
    told = next(one for one in done.stdout.splitlines() if "it is not accepted" in one)
    line = (tmp_path / "u.yaml").read_text().splitlines()[int(told.split(":")[1]) - 1]
    assert told.startswith("u.yaml:") and line.strip().startswith("- ") and "if n > 2" not in line


def test_a_rubric_that_nobody_marks_by_is_told(tmp_path: Path) -> None:
    rubric = {"points": 2, "rubric": [{"id": "names", "points": 1, "text": "Names say what things are"}]}
    done = check(course(tmp_path, **rubric), "--no-mutants")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "crowd: nobody gives the points of its `rubric`; write `marking: manual` as well" in done.stdout
    done = check(course(tmp_path, **rubric, marking="manual"), "--no-mutants")
    assert done.returncode == 0 and "nobody gives" not in done.stdout, done.stdout + done.stderr


def test_a_pattern_that_backtracks_is_named(tmp_path: Path) -> None:
    solution = "def crowd(n):\n    raise ValueError('bad words: a b')\n"
    checks = [{"call": "crowd(1)", "raises": {"type": "ValueError", "match": pattern}} for pattern in PATTERNS]
    done = check(course(tmp_path, solution=solution, checks=checks), "--no-mutants")
    assert done.returncode == 1
    assert [line.split("`")[1] for line in done.stdout.splitlines() if "takes for ever" in line] == [
        f"match: {pattern}" for pattern in PATTERNS[:2]
    ]


def test_the_quick_loop_leaves_mutants_out(tmp_path: Path) -> None:
    done = check(course(tmp_path), "--no-mutants")
    assert done.returncode == 0 and "mutant" not in done.stdout
    assert check(course(tmp_path), "--no-mutants", "--mutants", "95").returncode == 2


@pytest.mark.full
def test_too_many_marked_as_equivalent_fail_it(tmp_path: Path) -> None:
    lines = ["if n > 3:", "if n >= 4:", "if n >= 2:"]
    marks = [{"mutant": line, "reason": "I say so"} for line in lines]
    assert check(course(tmp_path, equivalent=marks[:1])).returncode == 0
    done = check(course(tmp_path, equivalent=marks))
    assert done.returncode == 1 and "at most 5 % may be" in done.stdout
