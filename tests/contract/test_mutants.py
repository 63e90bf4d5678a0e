"""The checks of a course, tried on mutants in a real sandbox: kills, survivors, and checks that would kill them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml
from contract.classroom import Classroom, course_of, submission

from codegym_jlab.authoring.check import Checked, check_course, check_exercise
from codegym_jlab.authoring.inputs import MANY
from codegym_jlab.authoring.search import LABEL, Search
from codegym_jlab.authoring.suggest import Suggested, suggest_checks, write_checks
from codegym_jlab.authoring.survivors import MutationRun, Tally
from codegym_jlab.course.loader import LoadedCourse, load_course

CROWD = {
    "solution": "def crowd(n):\n    if n >= 3:\n        return 'crowd'\n    return 'company'\n",
    "starter": "def crowd(n):\n    ...\n",
}
WEAK = [{"call": "crowd(9)", "equals": "crowd"}, {"call": "crowd(1)", "equals": "company", "hidden": "few"}]


def checked(room: Classroom, loaded: LoadedCourse, mutants: bool = True) -> Checked:
    """What is found for a course of one exercise."""

    async def run() -> list[Checked]:
        mutation = MutationRun(room.grader) if mutants else None
        return [found async for found in check_course(loaded, room.grader, mutation)]

    (found,) = room.run(run())
    return found


def tally(room: Classroom, folder: Path, exercise: dict[str, Any], **head: Any) -> Tally:
    found = checked(room, course_of(folder, exercise, **head))
    assert found.mutants is not None, found.findings
    return found.mutants


def test_a_weak_check_lets_mutants_live(room: Classroom, tmp_path: Path) -> None:
    found = tally(room, tmp_path, {**CROWD, "checks": WEAK})
    lines = {survivor.mutant.changed_lines for survivor in found.survivors}
    assert {("if n > 3:",), ("if n >= 4:",), ("if n >= 2:",)} == lines
    assert found.total - found.killed == len(found.survivors) == 3
    assert 60 < found.share < 90
    assert "-    if n >= 3:\n+    if n > 3:\n" in found.survivors[0].mutant.diff


def test_one_exercise_is_checked_by_itself(room: Classroom, tmp_path: Path) -> None:
    hint = {**CROWD, "checks": WEAK, "statement": "Return 'crowd' from 3 on: else return 'company'.", "id": "two"}
    loaded = course_of(tmp_path, {**hint, "hints": ["return 'company'"]}, {**CROWD, "checks": WEAK, "id": "one"})
    mutation = MutationRun(room.grader)
    found = room.run(check_exercise(loaded, room.grader, "two", mutation))
    assert found.exercise == "two" and found.is_accepted and found.solution is not None
    assert [check.passed for check in found.solution.checks] == [True, True]
    assert (found.scores["starter"], found.scores["empty"], found.max_score) == (0, 0, 1)
    lines = (tmp_path / "unit.yaml").read_text().splitlines()
    leaks = [one for one in found.findings if one.kind == "leak"]
    # the hint, its line, and that the guard keeps it back
    assert [lines[leak.line - 1].split()[0] for leak in leaks] == ["-", "solution:", "-"]
    assert found.mutants is not None and found.seconds > 0
    fates = [one.fate for one in found.mutants.mutants]
    assert (fates.count("killed"), fates.count("alive")) == (found.mutants.killed, 3)
    assert {one.fate for one in found.mutants.mutants if one.suggestion} == {"alive"}
    with pytest.raises(KeyError):
        room.run(check_exercise(loaded, room.grader, "three"))


def test_the_checks_suggested_kill_the_survivors(room: Classroom, tmp_path: Path) -> None:
    found = tally(room, tmp_path / "weak", {**CROWD, "checks": WEAK})
    suggested = [yaml.safe_load(survivor.suggestion or "[]")[0] for survivor in found.survivors]
    assert {check["call"] for check in suggested} == {"crowd(3)", "crowd(2)"}
    better = [*WEAK, *(dict(pair) for pair in {tuple(check.items()) for check in suggested})]
    found = tally(room, tmp_path / "better", {**CROWD, "checks": better})
    assert found.survivors == () and found.share == 100


SUGGESTIONS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "printed": (
        {
            "solution": "def f(n):\n    for i in range(n):\n        print(i)\n",
            "checks": [{"run": "f(0)", "prints": ""}],
        },
        {"run": "f(1)", "prints": "0\n"},
    ),
    "typed": (
        {
            "solution": "def f():\n    n = int(input())\n    print(n > 5)\n",
            "checks": [
                {"run": "f()", "stdin": "9\n", "prints": "True"},
                {"run": "f()", "stdin": "1\n", "prints": "False"},
            ],
        },
        {"run": "f()", "stdin": "5\n", "prints": "False\n"},
    ),
    "raised": (
        {
            "solution": "def f(n):\n    if n > 5:\n        raise ValueError('no')\n    return n\n",
            "checks": [{"call": "f(1)", "equals": 1}, {"call": "f(9)", "raises": "ValueError"}],
        },
        {"call": "f(6)", "raises": "ValueError"},
    ),
    "in the setup": (
        {
            "solution": "def f(xs):\n    xs.sort()\n    return xs\n",
            "checks": [{"setup": "x = [1, 2, 3]", "call": "f(x)", "equals": [1, 2, 3]}],
        },
        {"setup": "x = [1, 0, 3]", "call": "f(x)", "equals_expr": "[0, 1, 3]"},
    ),
}


@pytest.mark.parametrize("name", SUGGESTIONS)
def test_suggestions_of_each_shape(room: Classroom, tmp_path: Path, name: str) -> None:
    exercise, wanted = SUGGESTIONS[name]
    found = tally(room, tmp_path, exercise)
    suggested = [yaml.safe_load(survivor.suggestion)[0] for survivor in found.survivors if survivor.suggestion]
    assert wanted in [{key: value for key, value in check.items() if key != "hidden"} for check in suggested]
    for number, check in enumerate(suggested):
        better = {**exercise, "checks": [*exercise["checks"], check]}
        assert tally(room, tmp_path / str(number), better).killed > found.killed


SUM = """\
def sum_even(xs):
    total = 0
    for x in xs:
        if x % 2 == 0:
            total += x
    return total
"""


def suggested(room: Classroom, loaded: LoadedCourse) -> Suggested:
    return room.run(suggest_checks(loaded, room.grader, "task"))


@pytest.mark.full
def test_one_small_check_is_suggested_for_many_mutants(room: Classroom, tmp_path: Path) -> None:
    loaded = course_of(tmp_path, {"solution": SUM, "checks": [{"call": "sum_even([])"}, {"call": "sum_even([3])"}]})
    found = suggested(room, loaded)
    assert len(found.suggestions) < len(found.survivors) > 3
    assert {m for one in found.suggestions for m in one.kills} == {one.mutant.id for one in found.survivors}
    words = {one.mutant.changed_lines: one.found.words for one in found.survivors if one.found}
    assert words["total = x",] == "`sum_even([2, 0])` is `2`, the mutant says `0`."
    assert found.suggestions == suggested(room, loaded).suggestions  # by the same seed
    text = (tmp_path / "unit.yaml").read_text().replace("    - call: ", "    # kept\n    - call: ")
    (tmp_path / "unit.yaml").write_text(text)
    place = write_checks(load_course(tmp_path), found)
    file, _, line = place.partition(":")
    after = (tmp_path / file).read_text()
    new = after.splitlines()
    del new[int(line) - 1 : int(line) - 1 + sum(one.found.yaml.count("\n") for one in found.suggestions)]
    assert new == text.splitlines() and "# kept" in text
    better = checked(room, load_course(tmp_path))
    assert better.mutants is not None and better.mutants.survivors == ()


def test_a_program_is_typed_other_lines(room: Classroom, tmp_path: Path) -> None:
    solution = "age = int(input())\nif age >= 18:\n    print('in')\nelse:\n    print('out')\n"
    program = {"answer": "program", "solution": solution, "checks": [{"stdin": "40\n"}, {"stdin": "3\n"}]}
    found = suggested(room, course_of(tmp_path, program))
    (words,) = {one.found.words for one in found.survivors if one.found and "age > 18" in one.mutant.source}
    assert words == "with `18` typed it prints `in`, the mutant prints `out`."
    assert {"stdin": "17\n", "hidden": LABEL} in [yaml.safe_load(one.found.yaml)[0] for one in found.suggestions]


@pytest.mark.full
def test_input_that_the_solution_is_not_made_for_is_not_suggested(room: Classroom, tmp_path: Path) -> None:
    first = {"solution": "def f(xs):\n    return min(xs[0], 9)\n", "checks": [{"call": "f([3])"}]}
    found = suggested(room, course_of(tmp_path / "a", first)).suggestions
    assert found and not any("[]" in one.found.words for one in found)
    (same,) = suggested(room, course_of(tmp_path / "b", {**TWICE, "answer": "debug", "starter": "x"})).survivors
    assert same.found is None and same.tried > 15


@pytest.mark.full
def test_input_for_which_the_solution_never_ends_is_left_out(room: Classroom, tmp_path: Path) -> None:
    solution = "def f(n):\n    while n % 2:\n        pass\n    return n\n"
    loaded = course_of(tmp_path, {"solution": solution, "checks": [{"call": "f(2)"}], "limits": {"seconds": 0.25}})
    search = Search(room.sandbox, loaded, "task", asyncio.Semaphore(1), MANY)
    found, _ = room.run(search.difference(solution.replace("return n", "return n + (n > 6)")))
    assert found is not None and found.words == "`f(8)` is `8`, the mutant says `9`."


def test_no_check_is_run_after_the_first_that_fails(room: Classroom, tmp_path: Path) -> None:
    loaded = course_of(tmp_path, {**CROWD, "checks": [*WEAK, {"call": "crowd(2)", "hidden": "two"}]})
    answer = submission(loaded, "task", "def crowd(n):\n    return 'crowd'\n")
    judgement = room.run(room.grader.judge(loaded, answer, until_failure=True))
    assert [check.verdict.value for check in judgement.checks] == ["AC", "WA"]
    assert judgement.verdict == "WA"


def test_loops_that_never_end_are_killed_soon(room: Classroom, tmp_path: Path) -> None:
    solution = "def f(n):\n    count = 0\n    while n > 0:\n        n -= 1\n        count += 1\n    return count\n"
    found = tally(room, tmp_path, {"solution": solution, "checks": [{"call": "f(3)", "equals": 3}]})
    assert found.killed >= found.total - 2


TWICE = {"solution": "def f(x):\n    return 2 * max(x, x)\n", "checks": [{"call": "f(3)"}, {"call": "f(-5)"}]}


def test_what_means_the_same_can_be_marked(room: Classroom, tmp_path: Path) -> None:
    found = tally(room, tmp_path / "a", TWICE)
    (survivor,) = found.survivors
    assert survivor.suggestion is None and survivor.mutant.changed_lines == ("return 2 * min(x, x)",)
    for name in (survivor.mutant.id, "return 2 * min(x, x)"):
        marked = tally(room, tmp_path / name[:8], {**TWICE, "equivalent": [{"mutant": name, "reason": "both are x"}]})
        assert (marked.marked, marked.survivors, marked.share) == (1, (), 100)
        assert marked.total == found.total - 1


@pytest.mark.parametrize(
    ("mark", "words"), [("m-00000000", "there is no such mutant"), ("return None", "leave the mark out")]
)
def test_marks_that_are_wrong_are_said(room: Classroom, tmp_path: Path, mark: str, words: str) -> None:
    marked = {**TWICE, "equivalent": [{"mutant": mark, "reason": "I think so"}]}
    found = checked(room, course_of(tmp_path, marked))
    assert [finding.kind for finding in found.findings if words in finding.text] == ["mutants"]


def test_a_wrong_solution_has_no_mutants(room: Classroom, tmp_path: Path) -> None:
    found = checked(room, course_of(tmp_path, {**CROWD, "checks": [{"call": "crowd(9)", "equals": "alone"}]}))
    assert found.mutants is None
    assert [finding.kind for finding in found.findings] == ["solution"]


def test_without_mutants(room: Classroom, tmp_path: Path) -> None:
    assert checked(room, course_of(tmp_path, {**CROWD, "checks": WEAK}), mutants=False).as_json()["mutants"] is None


# ---------------------------------------------------------------- the leak scan

SECRET = {"call": "crowd(7654321)", "equals": "crowd", "hidden": "many"}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"checks": [*WEAK, SECRET | {"hidden": "such as crowd(7654321)"}]}, "the feedback on the starter"),
        ({"checks": [*WEAK, SECRET | {"message": "It should be crowd for crowd(7654321)."}]}, "the feedback on"),
        ({"checks": [*WEAK, SECRET], "statement": "Try crowd(7654321)."}, "its own statement"),
        ({"checks": [*WEAK, SECRET | {"message": "Have you thought of return 'company'?"}]}, "a line of the solution"),
    ],
)
def test_what_feedback_gives_away_is_found(room: Classroom, tmp_path: Path, change: dict[str, Any], where: str) -> None:
    found = checked(room, course_of(tmp_path, {**CROWD, **change}), mutants=False)
    assert [finding.kind for finding in found.findings] == ["leak"] * len(found.findings) != []
    assert any(where in finding.text for finding in found.findings)


def test_a_data_file_with_the_solution_is_found(room: Classroom, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "notes.csv").write_text(CROWD["solution"])
    found = checked(room, course_of(tmp_path, {**CROWD, "checks": WEAK}, files=["data/*.csv"]), mutants=False)
    assert "the solution stands in the file data/notes.csv" in found.findings[0].text


def test_plain_labels_give_nothing_away(room: Classroom, tmp_path: Path) -> None:
    found = checked(room, course_of(tmp_path, {**CROWD, "checks": [*WEAK, SECRET]}), mutants=False)
    assert found.findings == ()
