"""`codegym` as programs and people use it: command lines, exit codes and JSON of the design's §6.

In this process, which is quicker, but where what the process is given is the point.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result
from typer.testing import CliRunner

from codegym_jlab.cli import app

COURSES = Path(__file__).parents[2] / "courses"
BASICS, PANDAS = COURSES / "python-basics", COURSES / "data-with-pandas"

SUM_EVEN = "def sum_even(xs):\n    return sum(x for x in xs if x % 2 == 0)\n"


def codegym(*args: str | Path) -> Result:
    """What the command said, and its exit code."""
    done = CliRunner().invoke(app, [*map(str, args)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def graded(course: Path, lines: list[dict[str, Any]], tmp_path: Path, *more: str) -> list[dict[str, Any]]:
    """The answers to a batch of lines."""
    batch = tmp_path / "batch.jsonl"
    batch.write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = codegym("grade", course, "--batch", batch, "--json", *more)
    assert done.exit_code == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


#: One unit in so many of a course: a mutant is run for each mistake that can be made. `make corpus` runs all of them.
SHARE = 1 if os.environ.get("CODEGYM_WHOLE_CORPUS") else 3


@pytest.mark.full
@pytest.mark.parametrize("course", [BASICS, PANDAS], ids=lambda path: path.name)
def test_shipped_courses_are_fit(course: Path, tmp_path: Path) -> None:
    """At least 95 % of the mistakes that are made in each solution are caught."""
    folder = Path(shutil.copytree(course, tmp_path / course.name))
    head = yaml.safe_load((folder / "course.yaml").read_text("utf-8"))
    kept = head["units"][::SHARE]
    for unit in {*head["units"]} - {*kept}:
        (folder / f"{unit}.yaml").unlink()
    (folder / "course.yaml").write_text(yaml.safe_dump(head | {"units": kept}), "utf-8")
    done = codegym("check", folder, "--mutants", "95")
    assert done.exit_code == 0, done.stdout + done.stderr
    assert "fit for students" in done.stdout


def test_five_planted_mistakes_are_five_lines(tmp_path: Path) -> None:
    (tmp_path / "course.yaml").write_text("schema: 1\nid: broken\ntitle: Broken\nunits: [one]\n")
    (tmp_path / "one.yaml").write_text(
        "id: one\ntitle: One\ncells:\n"
        "  - exercise:\n      id: first\n      titel: First\n      title: First\n      statement: Say.\n"
        "      solution: |\n        def f(:\n      checks:\n        - call: f(1)\n          equals: 1\n"
        "  - exercise:\n      id: second\n      title: Second\n      statement: Say.\n      points: many\n"
        "      solution: |\n        def g(x):\n            return x\n"
        "      checks:\n        - call: g(1)\n          equal: 1\n"
        "        - call: g(1\n          equals: 1\n"
    )
    done = codegym("check", tmp_path)
    lines = [line for line in done.stdout.splitlines() if line.startswith("one.yaml:")]
    assert done.exit_code == 1
    assert [int(line.split(":")[1]) for line in lines] == [6, 10, 18, 24, 25], done.stdout
    assert "did you mean `title`" in lines[0]
    assert all("; " in line for line in lines)


def test_a_long_batch_is_graded_in_order(tmp_path: Path) -> None:
    lines = [{"id": i, "exercise": "sum-even", "source": f"{SUM_EVEN}# {i}\n"} for i in range(60)]
    lines[7]["source"] = "def sum_even(xs):\n    return -1\n"
    answers = graded(BASICS, lines, tmp_path)
    assert [answer["id"] for answer in answers] == list(range(60))
    assert [answer["id"] for answer in answers if answer["verdict"] != "AC"] == [7]
    assert set(answers[0]) == {
        *("id", "exercise", "verdict", "score", "max_score", "checks", "stdout", "notices", "wall_ms")
    }
    assert set(answers[0]["checks"][0]) == {"label", "hidden", "verdict", "message"}


def test_a_student_is_not_told_how_a_hidden_check_ended(tmp_path: Path) -> None:
    crash = "def sum_even(xs):\n    if xs in ([1, 2, 3, 4], [7]):\n        return len(xs) // 4 * 6\n    return xs[9]\n"
    line = {"id": "x", "exercise": "sum-even", "source": crash}
    (seen,) = graded(BASICS, [line], tmp_path)
    (whole,) = graded(BASICS, [line], tmp_path, "--staff")
    assert seen["verdict"] == "WA" and whole["verdict"] == "RTE"
    assert {check["verdict"] for check in seen["checks"] if check["hidden"]} == {"WA"}
    assert "IndexError" not in json.dumps(seen) and "IndexError" in json.dumps(whole)


def test_the_tutor_knows_the_cells_above(tmp_path: Path) -> None:
    line = {"id": 1, "exercise": "sum-even", "turns": ["why is it wrong?"], "last_verdict": "failed 1/2"}
    line |= {"source": "def sum_even(xs):\n    return add(xs)\n", "cells": ["def add(xs):\n    return sum(xs)\n"]}
    path = tmp_path / "asked.jsonl"
    path.write_text(json.dumps(line) + "\n" + json.dumps(line | {"cells": []}) + "\n")
    above, alone = codegym("ask", BASICS, "--batch", path, "--json").stdout.splitlines()
    assert "does not know `add`" in alone and "does not know `add`" not in above


def test_cells_above_are_run_and_named(tmp_path: Path) -> None:
    helper = "def even(x):\n    return x % 2 == 0\n"
    answer = "def sum_even(xs):\n    return sum(filter(even, xs))\n"
    lines: list[dict[str, Any]] = [
        {"id": "with", "exercise": "sum-even", "source": answer, "cells": ["1 / 0", helper]},
        {"id": "without", "exercise": "sum-even", "source": answer},
    ]
    with_helper, without = graded(BASICS, lines, tmp_path)
    assert with_helper["verdict"] == "AC"
    assert any("Cell 1 above" in notice for notice in with_helper["notices"])
    assert without["verdict"] == "RTE"
    assert any("`even`" in notice for notice in without["notices"])


def test_lines_that_cannot_be_answered_are_said_and_the_rest_is_graded(tmp_path: Path) -> None:
    batch = tmp_path / "batch.jsonl"
    good = {"id": "good", "exercise": "sum-even", "source": SUM_EVEN}
    odd = [{"id": "none", "exercise": "no-such", "source": ""}, {"id": "half", "exercise": "sum-even"}]
    batch.write_text("not json\n" + "".join(json.dumps(line) + "\n" for line in [*odd, good]))
    done = codegym("grade", BASICS, "--batch", batch, "--json")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 1
    assert [bool(answer.get("error")) for answer in answers] == [True, True, True, False]
    assert "no exercise `no-such`" in answers[1]["error"]
    assert [answer["exercise"] for answer in answers] == [None, "no-such", "sum-even", "sum-even"]
    assert answers[3]["verdict"] == "AC"


def test_a_notebook_is_graded_exercise_by_exercise(tmp_path: Path) -> None:
    path = tmp_path / "hw.ipynb"
    assert codegym("notebook", BASICS, "loops", "-o", path).exit_code == 0
    notebook = json.loads(path.read_text())
    for cell in notebook["cells"]:
        if cell["metadata"].get("codegym", {}).get("exercise") == "sum-even" and cell["cell_type"] == "code":
            cell["source"] = SUM_EVEN
    path.write_text(json.dumps(notebook))
    done = codegym("grade", BASICS, path, "--json")
    verdicts = {answer["exercise"]: answer["verdict"] for answer in map(json.loads, done.stdout.splitlines())}
    assert verdicts.pop("sum-even") == "AC"
    assert verdicts and "AC" not in verdicts.values()


def test_an_unreadable_notebook_is_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "cut.ipynb"
    path.write_text('{"cells": [{"cell_type": "code", "sou')
    done = codegym("grade", BASICS, path, "--json")
    (answer,) = map(json.loads, done.stdout.splitlines())
    assert done.exit_code == 1 and answer["error"] and "Traceback" not in done.stderr


def test_the_tour_shows_every_verdict_it_promises() -> None:
    done = codegym("demo")
    assert done.exit_code == 0, done.stderr
    for verdict in ("right answer: AC", "wrong answer: WA", "crashes: RTE", "never ends: TLE", "hostile answer: "):
        assert verdict in done.stdout
    assert "hostile answer: AC" not in done.stdout and "A hint, 1 of" in done.stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["grade", str(BASICS)], "--batch"),
        (["check", "/nowhere/at/all"], "does not exist"),
        (["notebook", str(BASICS), "lops", "-o", "/dev/null"], "loops"),
        (["frobnicate"], "frobnicate"),
    ],
)
def test_wrong_use_is_exit_2_and_says_what_to_do(args: list[str], said: str) -> None:
    done = codegym(*args)
    assert done.exit_code == 2
    assert said in done.stderr and "Traceback" not in done.stderr


def test_a_forced_level_that_is_not_there_fails() -> None:
    env = {**os.environ, "CODEGYM_SANDBOX": "process"}
    done = subprocess.run(
        [sys.executable, "-m", "codegym_jlab.cli", "demo"], capture_output=True, text=True, env=env, timeout=60
    )
    assert done.returncode == 1
    assert "isolates nothing" in done.stderr


def test_a_level_that_no_machine_has_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").write_text("")
    env = {**os.environ, "CODEGYM_SANDBOX": "bogus"}
    args = [sys.executable, "-m", "codegym_jlab.cli", "grade", str(BASICS), "--batch", str(tmp_path / "none.jsonl")]
    done = subprocess.run(args, capture_output=True, text=True, env=env, timeout=60)
    assert done.returncode == 2
    assert "no sandbox level 'bogus'; there are: namespaces" in done.stderr and "Traceback" not in done.stderr


def test_doctor_says_which_level_is_in_force() -> None:
    done = codegym("doctor", "--json")
    report = json.loads(done.stdout)
    assert report["can_grade"] == (report["level"] is not None) == (done.exit_code == 0)
    assert {"sandbox namespaces", "sandboxed kernel", "courses", "records"} <= {
        fact["name"] for fact in report["facts"]
    }


def test_a_folder_without_a_course_is_not_previewed(tmp_path: Path) -> None:
    done = codegym("preview", tmp_path, "--no-browser")
    assert done.exit_code == 2 and "is not a course: name the folder with course.yaml" in done.stderr
