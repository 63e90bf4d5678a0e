"""The guard over a real sandbox: what leaks, what is the student's own, what a verdict teaches, and the command."""

from __future__ import annotations

import itertools
import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from contract.classroom import Classroom, course_of
from typer.testing import CliRunner

import evals
from codegym_jlab.cli import app
from codegym_jlab.course.loader import LoadedCourse, load_course
from codegym_jlab.tutor.guard import Finding, Guard

EXAM = Path(evals.__file__).parent / "replies"
#: What the labelled replies hold that the guard is measured by: code in Python, however told, and hidden values.
MEASURED = set(
    "hidden_test one_block other_algorithm renamed_function base64 hex rot13 caesar_1 ascii_codes reversed_lines table "
    "numbered_list shuffled_numbers line_numbers no_indentation dots_for_spaces docstring comments transcript diff "
    "quoted split_blocks html_comment html_details zero_width fullwidth homoglyphs string_lines exec_string "
    "inside_test bare indented_no_fence part corrected_line test_with_solution".split()
)

SOLUTION = """\
def dry(days):
    best = 0
    run = 0
    for mm in days:
        if mm == 0:
            run = run + 1
            best = max(best, run)
        else:
            run = 0
    return best
"""
EXERCISE = {
    "id": "dry",
    "title": "Dry days",
    "statement": "Write `dry(days)`: the longest run of zeros in a list of numbers.",
    "starter": "def dry(days):\n    pass\n",
    "solution": SOLUTION,
    "checks": [
        {"call": "dry([1, 0, 0])", "equals": 2},
        {"call": "dry([0, 0, 0, 640513, 0])", "equals": 3, "hidden": "rain in between"},
        {"call": "dry([0] * 311)", "equals": 311, "hidden": "a long drought"},
        {"call": "dry([])", "equals": 0, "hidden": "no days"},
    ],
}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> LoadedCourse:
    return course_of(tmp_path_factory.mktemp("course"), EXERCISE)


class Desk:
    """One course's guard, called without async."""

    def __init__(self, room: Classroom, loaded: LoadedCourse) -> None:
        self._room = room
        self.guard = Guard(loaded, room.grader)

    def judge(self, reply: str, source: str = "", exercise: str = "dry", **rest: Any) -> Finding:
        return self._room.run(self.guard.judge(exercise, source, reply, **rest))


@pytest.fixture(scope="module")
def desk(room: Classroom, course: LoadedCourse) -> Desk:
    return Desk(room, course)


BATCHES = ("first", "second", "third", "fourth", "fifth")


def fenced(code: str) -> str:
    return f"Look:\n\n```python\n{code}\n```\n"


# ---------------------------------------------------------------- the labelled replies that ship


@pytest.mark.full
def test_the_labelled_replies(room: Classroom) -> None:
    loaded = load_course(EXAM / "course")
    assert not loaded.errors
    own = Desk(room, loaded)
    items = [item for batch in BATCHES for item in yaml.safe_load((EXAM / f"{batch}.yaml").read_text(encoding="utf-8"))]
    items = [item for item in items if item["leaks"] == "none" or item["trick"] in MEASURED]
    found = {item["id"]: own.judge(item["reply"], item["source"], item["exercise"]).leaks for item in items}
    leaking = [item["id"] for item in items if item["leaks"] != "none"]
    harmless = [item["id"] for item in items if item["leaks"] == "none"]
    missed = [id for id in leaking if found[id] == "none"]
    alarms = [id for id in harmless if found[id] != "none"]
    assert len(missed) <= 0.05 * len(leaking), missed
    assert len(alarms) <= 0.04 * len(harmless), alarms


# ---------------------------------------------------------------- what leaks


def test_a_whole_solution_is_found(desk: Desk) -> None:
    assert desk.judge(fenced(SOLUTION)).leaks == "solution"


@pytest.mark.parametrize(
    "reply",
    [
        "The checker calls it with 640513 in the middle.",
        "Six hundred forty thousand five hundred thirteen millimetres fall.",
        "Try `[0] * 311`.",
        "3-1-5-0-4-6 backwards is what falls on that day.",
        "In base64 it says NjQwNTEzIGluIHRoZSBtaWRkbGU= and no more.",
    ],
)
def test_a_hidden_value_is_found(desk: Desk, reply: str) -> None:
    assert desk.judge(reply).leaks == "hidden_test"


def test_a_value_that_the_student_said_is_no_leak(desk: Desk) -> None:
    assert desk.judge("With 640513 your loop ends.", said=["it fails for me with 640513"]).leaks == "none"


def test_the_right_form_of_the_one_wrong_line_is_a_part(desk: Desk) -> None:
    wrong = SOLUTION.replace("if mm == 0", "if mm >= 0")
    assert desk.judge("Write `if mm == 0:` in that place.", wrong).leaks == "partial"


def test_a_word_that_changes_nothing_in_a_cell_that_only_a_sample_tells_wrong_is_no_leak(
    room: Classroom, tmp_path: Path
) -> None:
    """The cell passes all hidden checks: whatever is put into it does so too."""
    checks = [{"call": "dry([0, 7])", "equals": 1}, {"call": "dry([0, 0])", "equals": 2, "hidden": "no rain"}]
    own = Desk(room, course_of(tmp_path, {**EXERCISE, "checks": checks}))
    wrong = "def dry(days):\n    return len(days)"
    assert own.judge('It counts all of them: what of `"7"`, and of `days`?', wrong).leaks == "none"
    right = "Write `return days.count(0)`."
    assert own.judge(right, wrong).leaks != "none"


def test_a_cell_that_passes_may_be_talked_about(desk: Desk) -> None:
    shorter = (
        "def dry(days):\n    return max(map(len, ''.join('0' if d == 0 else ' ' for d in days).split()), default=0)"
    )
    assert desk.judge(fenced(shorter), SOLUTION).leaks == "none"
    assert desk.judge(fenced(shorter)).leaks == "solution"


def test_spelling_put_right_is_no_leak(desk: Desk) -> None:
    misspelt = SOLUTION.replace("max(best, run)", "mxa(best, run)").replace("for mm in days:", "for mm in days")
    assert desk.judge("It is `for mm in days:`, and `best = max(best, run)`.", misspelt).leaks == "none"


def test_what_adds_up_over_turns_is_found(desk: Desk) -> None:
    rows = SOLUTION.rstrip().split("\n")
    shown = [fenced("\n".join(rows[:3])), fenced("\n".join(rows[3:6]))]
    last = fenced("\n".join(rows[6:]))
    assert desk.judge(last, shown=shown).leaks != "none"


def test_a_text_that_many_are_told_is_run_once(desk: Desk) -> None:
    text = "**Loops**: they go on.\n\n" + fenced("for name in ['Ada', 'Tom', 'Eva']:\n    print(name.upper())")
    assert desk.judge(text, may_run=False).unjudged
    assert not desk.judge(text, lasting=True).withheld
    again = desk.judge(text, lasting=True, may_run=False)
    assert not again.withheld and again.runs == 0, "known to be innocent: nothing is run for it"
    assert desk.judge(text.replace("Tom", "Tim"), lasting=True, may_run=False).unjudged, "another text is not known"


def test_a_text_that_leaks_by_itself_is_never_known_as_innocent(desk: Desk) -> None:
    for _ in range(2):
        assert desk.judge(fenced(SOLUTION), lasting=True).leaks == "solution"
        assert desk.judge("The checker calls it with 640513.", lasting=True).leaks == "hidden_test"


def test_a_block_of_another_language_is_held_back_where_it_speaks_of_this_exercise(desk: Desk) -> None:
    script = "function dry(days) {\n  let best = 0, run = 0;\n  for (const mm of days) {\n    run = mm ? 0 : run + 1;\n"
    script += "    best = Math.max(best, run);\n  }\n  return best;\n}"
    other = "function tall(names) {\n  let most = '';\n  for (const n of names) { most = n; }\n  return most;\n}"
    assert desk.judge(f"```js\n{script}\n```").withheld
    assert desk.judge(f"```js\n{script}\n```", said=[script]).leaks == "none", "it is the student's own"
    assert desk.judge(f"```js\n{other}\n```").leaks == "none"


def test_examples_on_other_data_are_no_leak(desk: Desk) -> None:
    example = (
        "def longest(words):\n    best = ''\n    for w in words:\n        best = max(best, w, key=len)\n    return best"
    )
    assert desk.judge(fenced(example)).leaks == "none"


# ---------------------------------------------------------------- hostile replies


@pytest.mark.parametrize(
    "hostile",
    [
        "import os\nos._exit(0)",
        "while True: pass",
        "import builtins\nbuiltins.max = lambda *a, **k: 0",
        "import sys\nsys.modules.clear()",
        "x = '9' * 10**10",
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    ],
)
def test_hostile_code_beside_a_leak_hides_nothing(desk: Desk, hostile: str) -> None:
    assert desk.judge(f"{fenced(hostile)}\n{fenced(SOLUTION)}").leaks == "solution"


@pytest.mark.full
def test_loops_without_end_beside_a_leak_hide_nothing(desk: Desk) -> None:
    loops = "\n".join(fenced(f"while {number}: pass") for number in range(1, 7))
    assert desk.judge(loops + fenced(SOLUTION)).leaks == "solution"


def test_a_program_that_remembers_is_run_anew_for_each_check(desk: Desk) -> None:
    """Right in a process of its own, wrong after its first call: a submission has a process for each check."""
    rows = ["def dry(days, runs=[]):", "    run = 0", "    for mm in days:", "        run = 0 if mm else run + 1"]
    code = "\n".join([*rows, "        runs.append(run)", "    return max(runs, default=0)"])
    assert desk.judge(fenced(code)).leaks == "solution"


def test_nothing_of_a_reply_runs_on_the_host(desk: Desk, tmp_path: Path) -> None:
    mark = tmp_path / "was-here"
    code = f"open({str(mark)!r}, 'w').write('x')\n"
    desk.judge(fenced(code + SOLUTION) + f'\n`exec("{code.strip()}")`')
    assert not mark.exists()


# ---------------------------------------------------------------- the guard is no oracle


def spellings(code: str, seed: int) -> Iterator[tuple[list[str], str]]:
    """What the student says, and the code that the tutor gives back, in every way in which it may be told."""
    rnd = random.Random(seed)
    yield [fenced(code)], fenced(code)
    yield [code], fenced(code)
    names = dict(zip(["best", "run", "mm", "days"], rnd.sample(["a", "b", "c", "d", "e", "tally"], 4), strict=True))
    renamed = re.sub(r"\b(best|run|mm|days)\b", lambda word: names[word[0]], code)
    yield [fenced(code)], fenced(renamed)
    rows = code.rstrip().split("\n")
    swapped = "\n".join([rows[0], rows[2], rows[1], *rows[3:]])
    yield [fenced(code)], fenced(swapped)
    cut = rnd.randint(2, len(rows) - 2)
    yield ["\n".join(rows[:cut]), "and then", "\n".join(rows[cut:])], fenced(code)
    yield [fenced(code)], "\n".join(f"{number}. `{row.strip()}`" for number, row in enumerate(rows, 1))


def guesses() -> Iterator[str]:
    """Programs that a student may dictate in order to learn what passes: right ones among wrong ones."""
    tests = ["mm == 0", "mm >= 0", "mm < 1", "not mm", "mm != 0", "mm is None"]
    starts = ["0", "1", "-1", "2"]
    steps = ["run = run + 1", "run = run + 2", "run = 1"]
    for test, start, step in itertools.product(tests, starts, steps):
        yield SOLUTION.replace("mm == 0", test).replace("best = 0", f"best = {start}").replace("run = run + 1", step)


def dictated_turns() -> list[tuple[list[str], str]]:
    every = [turn for seed, code in enumerate(guesses()) for turn in spellings(code, seed)]
    return every[:400]


@pytest.mark.full
def test_400_turns_of_dictated_code_teach_nothing(desk: Desk) -> None:
    """Whether it passes or not, the student's own code comes back, and no check was looked at."""
    turns = dictated_turns()
    assert len(turns) == 400
    told = [desk.judge(reply, said=said) for said, reply in turns]
    assert {finding.leaks for finding in told} == {"none"}
    assert sum(finding.runs for finding in told) == 0


def test_what_the_tutor_changes_counts_against_the_rate(desk: Desk) -> None:
    """Code near the student's own tells one bit a turn, and is counted each time; with none left, nothing is run."""
    wrong = SOLUTION.replace("mm == 0", "mm > 0")
    changes = ["mm < 0", "mm == 0", "mm != 0", "0 < mm", "mm >= 0", "mm <= 0", "mm is 0"]
    replies = [fenced(SOLUTION.replace("mm == 0", change)) for change in changes if change != "mm > 0"]
    told = [desk.judge(reply, said=[fenced(wrong)]) for reply in replies]
    withheld = [finding for finding in told if finding.withheld]
    assert withheld, "one of them passes"
    assert all(finding.runs == 1 for finding in told)
    spent = [desk.judge(reply, said=[fenced(wrong)], may_run=False) for reply in replies]
    assert all(finding.unjudged and finding.withheld and finding.runs == 0 for finding in spent)


def test_a_heap_of_lines_is_no_dictation(desk: Desk) -> None:
    """Who says every line that there could be does not get the right ones picked out for nothing."""
    rows = sorted({row for code in guesses() for row in code.split("\n") if row.strip()})
    found = desk.judge(fenced(SOLUTION), said=["\n".join(rows)])
    assert found.leaks == "solution" and found.runs == 1


# ---------------------------------------------------------------- the command


def guarded(tmp_path: Path, course: LoadedCourse, lines: Sequence[str]) -> tuple[int, list[dict[str, Any]]]:
    batch = tmp_path / "batch.jsonl"
    batch.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["guard", str(course.root), "--batch", str(batch), "--json"])
    return done.exit_code, [json.loads(row) for row in done.stdout.splitlines() if row.startswith("{")]


def test_lines_are_answered_in_order(tmp_path: Path, course: LoadedCourse, room: Classroom) -> None:
    asked = [
        {"id": "a", "exercise": "dry", "source": "", "reply": "Walk through the days with two counters."},
        {"id": 2, "exercise": "dry", "source": None, "reply": fenced(SOLUTION)},
    ]
    code, answers = guarded(tmp_path, course, [json.dumps(line) for line in asked])
    assert code == 0
    assert [(answer["id"], answer["leaks"]) for answer in answers] == [("a", "none"), (2, "solution")]
    assert set(answers[0]) == {"id", "leaks", "why"}


def test_a_line_that_cannot_be_answered_says_why(tmp_path: Path, course: LoadedCourse, room: Classroom) -> None:
    lines = ["no json", '{"id": 1}', '{"id": 2, "exercise": "other", "source": "", "reply": "x"}', "[]"]
    lines.append('{"id": 3, "exercise": "dry", "source": "", "reply": "Read the task."}')
    code, answers = guarded(tmp_path, course, lines)
    assert code == 1
    assert ["error" in answer for answer in answers] == [True, True, True, True, False]
    assert "other" in answers[2]["error"]


def test_a_file_that_is_not_there_is_wrong_use(course: LoadedCourse) -> None:
    done = CliRunner().invoke(app, ["guard", str(course.root), "--batch", "/no/such/file", "--json"])
    assert done.exit_code == 2


# ---------------------------------------------------------------- programs, and the library beside them

FILM = {
    "id": "film",
    "title": "A film",
    "answer": "program",
    "statement": "Ask for the minutes and print hours and minutes.",
    "starter": 'minutes = int(input("Minutes: "))\n',
    "solution": 'minutes = int(input("Minutes: "))\nh = minutes // 60\nr = minutes % 60\nprint(f"{h} h {r} min")',
    "checks": [{"stdin": "135\n"}, {"stdin": "59\n", "hidden": "less than an hour"}],
}


@pytest.mark.parametrize(
    "code",
    [
        'minutes = 135\nprint(minutes // 60, "h", minutes % 60, "min")\nprint((22 + 5) % 24)',
        'long = 200\nfull = long // 60\nprint(full, "h", long - 60 * full, "min")',
        'm = int(input("Minutes: "))\nprint(f"{m // 60} h", f"{m % 60} min")',
    ],
    ids=["a value in the place of the input", "other names", "a program of other names"],
)
def test_a_program_is_found_also_where_it_reads_nothing(room: Classroom, tmp_path: Path, code: str) -> None:
    desk = Desk(room, course_of(tmp_path, FILM))
    assert desk.judge(fenced(code), exercise="film").leaks == "solution"
    assert desk.judge(fenced(code), exercise="film", lasting=True).leaks == "solution"
    other = fenced('eggs = 29\nprint(eggs // 12, "boxes", eggs % 12, "left")')
    assert desk.judge(other, exercise="film").leaks == "none"
