"""What the parts of a line told, and a program's questions, are worth when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from contract.classroom import Classroom, course_of

from codegym_jlab.tutor.diagnosis import Diagnoser, Diagnosis, StudentAnswer

pytestmark = pytest.mark.usefixtures("patient")


def task(solution: str, *checks: Any) -> dict[str, Any]:
    return {"solution": solution, "checks": [{"call": call, "equals": wanted} for call, wanted in checks]}


GRADE = task("def grade(n):\n    return n >= 50\n", ("grade(50)", True), ("grade(20)", False), ("grade(80)", True))
MEAN = task("def mean(x, y):\n    return (x + y) / 2\n", ("mean(1, 2)", 1.5), ("mean(4, 0)", 2.0))
SOUGHT = "def place(x, xs):\n    for i in range(len(xs)):\n        if x <= xs[i]:\n            return i\n"
PLACE = task(SOUGHT + "    return len(xs)\n", ("place(5, [-1, 5, 8])", 1), ("place(9, [-1, 5])", 2))
TOTAL = task(
    "def total(low, high):\n    n = 0\n    for i in range(low, high + 1):\n        n += i\n    return n\n",
    ("total(0, 1)", 1),
    ("total(2, 4)", 9),
)
LARGEST = task("def largest(a, b, c):\n    return max(a, b, c)\n", ("largest(2, 2, 1)", 2), ("largest(1, 3, 2)", 3))
EIGHTHS = task(
    "def eighths(xs):\n    n = 0\n    for x in xs:\n        if x and 8 % x == 0:\n            n += 1\n    return n\n",
    ("eighths([3, 2, 0])", 1),
    ("eighths([3, 4, 8, 0])", 2),
)


def diagnosed(room: Classroom, folder: Path, exercise: dict[str, Any], source: str) -> Diagnosis:
    loaded = course_of(folder, exercise)
    answer = StudentAnswer(loaded, loaded.find("task")[1], source)
    return room.run(Diagnoser(room.grader).diagnose(answer, practice=True))


@pytest.mark.parametrize(
    ("exercise", "change", "told"),
    [
        (GRADE, ("n >= 50", "n > 50"), "line 2: `n` = `50`."),
        (MEAN, ("(x + y) / 2", "x + y / 2"), "line 2: `x` = `1`, `y / 2` → `0.0`."),
        (PLACE, ("x <= xs", "x < xs"), "line 3: `x` = `5`, `xs[i]` → `5`, `x < xs[i]` → `False`."),
        (TOTAL, ("high + 1", "high"), "line 3: `low` = `0`, `high` = `1`, `range(low, high)` → `[0]`."),
        (TOTAL, ("n += i", "n += low"), "line 4: `n` = `0`, `low` = `0`. After round 2"),
    ],
    ids=["a result", "operands", "a question in a loop", "a range", "a sum"],
)
def test_the_parts_of_the_line_told_are_worth_what_they_are_in_the_example(
    room: Classroom, tmp_path: Path, exercise: dict[str, Any], change: tuple[str, str], told: str
) -> None:
    text = diagnosed(room, tmp_path, exercise, exercise["solution"].replace(*change)).text("en")
    assert f"When it comes to {told}" in text


def test_of_a_question_that_is_decided_the_rest_is_not_told(room: Classroom, tmp_path: Path) -> None:
    found = diagnosed(room, tmp_path, EIGHTHS, EIGHTHS["solution"].replace("x and 8 % x == 0", "x and 8 % x != 0"))
    assert found.example is not None and found.example.watched is not None
    assert found.lines == (4,) and "`8 % x != 0`" in found.text("en")
    zero = diagnosed(room, tmp_path, EIGHTHS, EIGHTHS["solution"].replace("x and", "not x and"))
    assert zero.example is not None and zero.example.watched is not None
    texts = [part.text for part in zero.example.watched.parts]
    assert "8 % x == 0" not in texts[:-1], "it was worth something in an earlier turn"


def test_a_way_line_by_line_tells_the_questions_too(room: Classroom, tmp_path: Path) -> None:
    source = """\
def largest(a, b, c):
    if a > b and a > c:
        return a
    elif b > a and b > c:
        return b
    else:
        return c
"""
    found = diagnosed(room, tmp_path, LARGEST, source)
    asked = [(one.line, one.name, one.value) for one in found.walk if one.asks]
    assert asked == [(2, "a > b and a > c", "False"), (4, "b > a and b > c", "False")]


def test_a_loop_without_an_end_says_its_question_once(room: Classroom, tmp_path: Path) -> None:
    source = TOTAL["solution"].replace("for i in range(low, high + 1):", "while low <= high:").replace("+= i", "+= low")
    found = diagnosed(room, tmp_path, TOTAL, source)
    asked = [(one.line, one.name, one.value) for one in found.walk if one.asks]
    assert found.example is not None and not found.example.got and asked == [(3, "low <= high", "True")]


def test_what_is_watched_reads_and_changes_nothing_twice(room: Classroom, tmp_path: Path) -> None:
    solution = "if int(input()) > 3:\n    print('more')\nelse:\n    print('less')\nprint(input())\n"
    checks = [{"stdin": "4\nend", "prints": "more\nend"}, {"stdin": "3\nend", "prints": "less\nend"}]
    exercise = {"answer": "program", "solution": solution, "checks": checks}
    found = diagnosed(room, tmp_path, exercise, solution.replace("> 3", ">= 3"))
    assert found.lines == (1,) and "`int(input())` → `3`, `int(input()) >= 3` → `True`" in found.text("en")
