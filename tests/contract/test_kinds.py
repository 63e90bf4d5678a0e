"""The kinds of exercises, each judged in a real sandbox: right, wrong, and what tries to find the answer out."""

from __future__ import annotations

import asyncio
import json
import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from contract.classroom import Classroom, Judged, course_of, open_classroom, submission
from typer.testing import CliRunner

from codegym_jlab.authoring.check import check_course
from codegym_jlab.cli import app
from codegym_jlab.course.loader import LoadedCourse, load_course
from codegym_jlab.course.notebook import answer_source
from codegym_jlab.course.policy import EffectivePolicy
from codegym_jlab.course.schema import Answer, Exercise
from codegym_jlab.grading.batch import unrecorded
from codegym_jlab.grading.feedback import student_view, text_plain
from codegym_jlab.grading.grader.grader import Grader
from codegym_jlab.llm.chain import Chain, Link
from codegym_jlab.llm.scripted import Scripted
from codegym_jlab.sandbox.base import Image, Limits, Process
from codegym_jlab.tutor.batch import Line, answer_line
from codegym_jlab.tutor.conversation import Room
from codegym_jlab.tutor.diagnosis import Diagnoser
from codegym_jlab.tutor.guard import Guard
from codegym_jlab.tutor.misconceptions import WrongPatterns

RIGHT = 'price = float(input("Price: "))\ncount = int(input("How many: "))\nprint("Total:", price * count)\n'


@pytest.fixture(scope="module")
def tour() -> LoadedCourse:
    """A course with an exercise of each kind."""
    loaded = load_course(Path(__file__).parent / "kinds")
    assert not loaded.errors, loaded.errors
    return loaded


@pytest.fixture(scope="module", params=["namespaces", "confined"])
def level(request: pytest.FixtureRequest) -> Iterator[Classroom]:
    """Where a check is a fork, and where it is a process in which all runs again."""
    classroom = open_classroom(request.param)
    yield classroom
    classroom.close()


def test_each_recipe_on_the_page_is_fit_for_students(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "kinds.md").read_text()
    recipes = [block for block in re.findall(r"```yaml\n(.*?)```", page, re.S) if "- exercise" in block]
    head = "schema: 1\nid: c\ntitle: C\nunits: [u]\npreload: [matplotlib.pyplot]\n"
    (tmp_path / "course.yaml").write_text(head)
    (tmp_path / "u.yaml").write_text("id: u\ntitle: U\ncells:\n" + "".join(recipes))
    kinds = [one.answer for one in load_course(tmp_path).unit("u").exercises]
    assert sorted(kinds) == sorted([*get_args(Answer), "code"]) and len(recipes) == 9, "and one draws a figure"
    done = CliRunner().invoke(app, ["check", str(tmp_path), "--mutants", "100"])
    assert done.exit_code == 0, done.output


# ---------------------------------------------------------------- program


def test_a_program_runs_anew_for_each_check(level: Classroom, tour: LoadedCourse) -> None:
    judged = level.judge(tour, "total-price", RIGHT)
    assert (judged.verdict, judged.verdicts) == ("AC", ["AC"] * 4)
    assert judged.judgement.score.points == 1
    assert judged.first.label == "3.50, 4"
    assert judged.first.stdout == "Price: 3.50\nHow many: 4\nTotal: 14.0\n"  # as a terminal shows it


def test_a_wrong_program_is_told_the_line(level: Classroom, tour: LoadedCourse) -> None:
    judged = level.judge(tour, "total-price", RIGHT.replace("price * count", "price + count"))
    assert judged.verdicts == ["WA", "AC", "WA", "WA"]
    first = judged.view["checks"][0]
    assert first["message"] == "Line 3 of what is printed differs."
    assert (first["expected"], first["got"]) == (
        "Price: 3.50\nHow many: 4\nTotal: 14.0",
        "Price: 3.50\nHow many: 4\nTotal: 7.5",
    )
    assert [line.get("typed") for line in first["diff"]["lines"]] == [4, 1, None]  # what ends a line was typed


def test_an_error_in_a_program_has_its_own_line(level: Classroom, tour: LoadedCourse) -> None:
    judged = level.judge(tour, "total-price", 'price = float(input("Price: "))\ncount = int("four")\n')
    failure = judged.view["failure"]
    assert (judged.verdict, failure["type"], failure["line"], failure["cell"]) == ("RTE", "ValueError", 2, "answer")
    assert failure["excerpt"][1] == {"line": 2, "text": 'count = int("four")', "here": True}
    assert level.judge(tour, "total-price", "price = (\n").verdict == "CE"


SCRIPTS = {
    "is the main module": 'if __name__ == "__main__":\n    print(int(input()) + 1)',
    "ends itself": "import sys\nprint(int(input()) + 1)\nsys.exit()\nprint('never')",
    "ends itself with a word": "print(int(input()) + 1)\nraise SystemExit('Done.')",
    "reads lines": "import sys\nprint(int(sys.stdin.readline()) + 1)",
    "reads all": "import sys\nprint(int(sys.stdin.read()) + 1)",
    "has classes that find each other": (
        "import pickle\nfrom dataclasses import dataclass\n@dataclass\nclass A:\n    n: 'int'\n"
        "print(pickle.loads(pickle.dumps(A(int(input())))).n + 1)"
    ),
    "uses a given cell": "print(int(input()) + STEP)",
}


@pytest.mark.parametrize("source", SCRIPTS.values(), ids=SCRIPTS)
def test_a_program_is_a_script(room: Classroom, tmp_path: Path, source: str) -> None:
    exercise = {"answer": "program", "solution": "print(int(input()) + 1)", "checks": [{"stdin": "4"}, {"stdin": "8"}]}
    loaded = course_of(tmp_path, {"code": "STEP = 1"}, exercise)
    judged = room.judge(loaded, "task", source)
    assert judged.verdicts == ["AC", "AC"]


def test_a_program_leaves_nothing_to_its_next_run(room: Classroom, tmp_path: Path) -> None:
    exercise = {
        "answer": "program",
        "solution": "print(int(input()))",
        "checks": [{"random": {"n": "rng.randint(1, 9)"}, "stdin": "str(n)", "count": 5}],
    }
    source = "try: n\nexcept NameError: n = int(input())\nprint(n)"
    assert room.judge(course_of(tmp_path, exercise), "task", source).verdict == "AC"


def test_programs_and_code_do_not_run_each_other(room: Classroom, tmp_path: Path) -> None:
    program = {"id": "ask", "answer": "program", "solution": "x = input()", "checks": [{"stdin": "a"}]}
    loaded = course_of(tmp_path, program, {"checks": [{"call": "f(1)"}]}, program | {"id": "again"})
    judged = room.judge(loaded, "task", "def f(x): return x")
    assert (judged.verdict, judged.notices) == ("AC", [])


#: What looks for the expected output in its own process, and says so; no text of these is what they look for.
SPIES = {
    "objects": "import gc, re\nfor o in gc.get_objects():\n  if re.search('zebr[a]-7', repr(o)[:9000]): print('found')",
    "frames": (
        "import re, sys\nf = sys._getframe()\nwhile f:\n    for n, v in list(f.f_locals.items()):\n"
        "        if re.search('zebr[a]-7', repr(v)[:9000]): print('found', n)\n    f = f.f_back"
    ),
    "memory": (
        "import re\nfor line in open('/proc/self/maps'):\n    a, b = (int(x, 16) for x in line.split()[0].split('-'))\n"
        "    if ' rw-p' in line and b - a < 1 << 24:\n        with open('/proc/self/mem', 'rb', 0) as m:\n"
        "            m.seek(a)\n            if re.search(b'zebr[a]-7', m.read(b - a)): print('found')"
    ),
    "files": (
        "import os, re\nfor top in ('.', '/tmp', '/dev/shm'):\n  for d, _, fs in os.walk(top):\n"
        "    for f in fs:\n        try:\n"
        "            if re.search('zebr[a]-7', open(os.path.join(d, f)).read()): print('found', f)\n"
        "        except Exception: pass"
    ),
}  # fmt: skip


@pytest.mark.parametrize("spy", SPIES.values(), ids=SPIES)
def test_a_program_finds_no_expected_output(level: Classroom, tmp_path: Path, spy: str) -> None:
    solution = "print('zebra-' + str(7 * 1000 + 733 + int(input())))\n"
    checks = [{"stdin": "3"}, {"stdin": "0", "prints": "zebra-7733", "hidden": "more"}]
    exercise = {"answer": "program", "solution": solution, "checks": checks, "limits": {"seconds": 60, "total_s": 300}}
    judged = level.judge(course_of(tmp_path, exercise), "task", "print('looked')\n" + spy)
    assert judged.judgement.score.points == 0
    assert judged.first.stdout.startswith("looked")
    assert "found" not in judged.first.stdout


# ---------------------------------------------------------------- debug, fill, order

DOWN = "for n in range(5, 0, -1):\n    print(n)\nprint('Go')"
SUM = "total = 0\nfor n in [2, 4, 6]:\n    total += n\nprint(total)"

JUDGED: list[tuple[str, str, str, list[str]]] = [
    ("vowels", "def vowels(w): return sum(c in 'aeiou' for c in w)", "AC", []),
    ("vowels", "def vowels(w): return 9", "WA", []),
    ("greeting", "print('Hello, ' + input() + '!')", "AC", []),
    ("greeting", "name = input()\nprint('Hello, name!')", "WA", []),
    ("countdown", DOWN.replace("'", '"'), "AC", []),
    ("countdown", "print('5\\n4\\n3\\n2\\n1\\nGo')", "AC", []),  # the program decides
    ("countdown", DOWN.replace(" 0", " 1").replace("'", '"'), "WA", ["2 of 3 gaps are right."]),
    ("countdown", DOWN.replace("0, -1", "____, - 1").replace("'", '"'), "RTE", ["2 of 3 gaps are right."]),
    ("countdown", "print(1)", "WA", []),  # no template is left in it
    ("countdown", DOWN.replace("0", "(").replace("'", '"'), "CE", ["2 of 3 gaps are right."]),
    ("sum-lines", SUM, "AC", []),
    ("sum-lines", SUM.replace("print", "    print"), "WA", ["Look at line 4."]),
    ("sum-lines", "\n" + SUM.replace("+= n", "= n"), "WA", ["Look at line 4."]),
    ("sum-lines", SUM.replace("print(total)", ""), "WA", ["Lines are missing at the end."]),
    ("sum-lines", "return total\n" + SUM, "CE", ["Look at line 1."]),
]


@pytest.mark.parametrize(("exercise", "source", "verdict", "notices"), JUDGED)
def test_the_program_decides(
    room: Classroom, tour: LoadedCourse, exercise: str, source: str, verdict: str, notices: list[str]
) -> None:
    judged = room.judge(tour, exercise, source)
    assert (judged.verdict, judged.notices[:1]) == (verdict, notices)
    assert judged.judgement.score.points == (verdict == "AC")


def test_each_gap_is_judged_and_what_belongs_there_is_not_told(room: Classroom, tour: LoadedCourse) -> None:
    judged = room.judge(tour, "countdown", 'for n in range(5, 1, -1):\n    print(n)\nprint("Go")')
    assert judged.view["gaps"] == [False, True, True]
    assert "range(5, 0" not in json.dumps(judged.view)
    labels = student_view(judged.judgement, judged.submission, judged.exercise, EffectivePolicy(feedback="labels"))
    assert "gaps" not in labels and not labels["notices"]


# ---------------------------------------------------------------- choice, predict

WORDS = {
    "a": "Nothing in this loop ends it.",
    "b": "range(10) has ten numbers, then nothing more.",
    "c": "Nothing in this loop makes `n` smaller.",
}


@pytest.mark.parametrize(("letters", "verdict"), [("a", "WA"), ("b", "AC"), ("c", "WA"), ("a, b", "WA")])
def test_a_choice_has_the_word_on_what_was_chosen_alone(tour: LoadedCourse, letters: str, verdict: str) -> None:
    judged = judged_without_sandbox(tour, "which-ends", f"Answer: {letters}")
    checks = judged.view["checks"]
    assert (judged.verdict, judged.judgement.score.points, judged.notices) == (verdict, verdict == "AC", [])
    assert [check["message"] for check in checks] == [WORDS[letter] for letter in letters.split(", ")]
    text = json.dumps(judged.view)
    assert all((word in text) == (letter in letters) for letter, word in WORDS.items())


@pytest.mark.parametrize(
    ("letters", "verdict", "verdicts", "notice"),
    [
        ("a, c", "AC", ["AC", "AC"], []),
        ("c,a", "AC", ["AC", "AC"], []),
        ("a", "WA", ["AC"], ["1 fits, 0 do not, and 1 is missing."]),
        ("b c", "WA", ["WA", "AC"], ["1 fits, 1 does not, and 1 is missing."]),
        ("a, b, c, d", "WA", ["AC", "WA", "AC", "WA"], ["2 fit, 2 do not, and 0 are missing."]),
        ("d, z", "WA", ["WA"], ["0 fit, 1 does not, and 2 are missing."]),
    ],
)
def test_several_are_right_together_or_not_at_all(
    tour: LoadedCourse, letters: str, verdict: str, verdicts: list[str], notice: list[str]
) -> None:
    judged = judged_without_sandbox(tour, "which-true", f"Answer: {letters}")
    assert (judged.verdict, judged.verdicts, judged.notices) == (verdict, verdicts, notice)
    assert judged.judgement.score.points == (2 if verdict == "AC" else 0)


@pytest.mark.parametrize(
    ("source", "verdict", "says"),
    [
        ("```text\ngo 2\nstop 4\n```", "AC", ""),
        ("go 2  \nstop 4\n\n", "AC", ""),
        ("```text\n2 go\n4 stop\n```", "WA", "Right values. Look at their order."),
        ("```text\nstop 4\ngo 2\n```", "WA", "Right values. Look at their order."),
        ("```text\ngo 2\nstop 5\n```", "WA", "Line 2 of what is printed differs."),
        ("```text\ngo 1\nstop 5\n```", "WA", "Lines 1 and 2 of what is printed differ."),
        ("```text\ngo 2\n```", "WA", "1 line is missing."),
        ("```text\ngo\n2\nstop\n5\n```", "WA", "2 lines are too many."),
        ("```text\ngo 2\nstop\n4\n```", "WA", "1 line is too many."),
    ],
)
def test_a_prediction(room: Classroom, tour: LoadedCourse, source: str, verdict: str, says: str) -> None:
    judged = room.judge(tour, "what-prints", source)
    assert (judged.verdict, judged.first.message) == (verdict, says)
    if verdict != "AC":
        assert "go 2\nstop 4" not in judged.view["checks"][0]["got"]
        assert (judged.first.expected, judged.first.diff) == (None, None)


@pytest.mark.parametrize(("exercise", "source"), [("which-ends", "Answer:"), ("what-prints", "```text\n\n```")])
def test_nothing_answered_costs_no_attempt(room: Classroom, tour: LoadedCourse, exercise: str, source: str) -> None:
    judged = room.judge(tour, exercise, source)
    assert (judged.judgement.verdict.costs_attempt, judged.judgement.score.points) == (False, 0)
    assert text_plain(judged.view).startswith("Nothing to check yet. No attempt used.")


def test_a_prediction_of_a_program_that_reads(room: Classroom, tmp_path: Path) -> None:
    exercise = {"id": "task", "title": "Task", "statement": "?", "answer": "predict", "stdin": "3\n"}
    loaded = course_of(tmp_path, {"exercise": exercise | {"given": "n = int(input('n: '))\nprint(n + 1)\n"}})
    assert room.judge(loaded, "task", "n: 3\n4").verdict == "AC"  # as a terminal shows it
    assert room.judge(loaded, "task", "n: 4").verdict == "AC"  # what is printed
    assert room.judge(loaded, "task", "n: 3").verdict == "WA"


def test_code_that_cannot_be_predicted_is_a_fault_of_the_course(room: Classroom, tmp_path: Path) -> None:
    exercise = {"id": "task", "title": "Task", "statement": "?", "answer": "predict", "given": "print(1 / 0)"}
    judged = room.judge(course_of(tmp_path, {"exercise": exercise}), "task", "1")
    assert judged.verdict == "JE"


def judged_without_sandbox(loaded: LoadedCourse, exercise: str, source: str) -> Judged:
    """Judged by a grader that has none: no process is needed."""
    sent = submission(loaded, exercise, source)
    return Judged(loaded, sent, asyncio.run(Grader(NoSandbox()).judge(loaded, sent)))


class NoSandbox:
    """Gives no process."""

    level = "none"

    async def lease(self, image: Image, limits: Limits) -> Process:
        raise AssertionError("no process is wanted")

    async def warm(self, image: Image) -> None:
        raise AssertionError("no process is wanted")

    async def close(self) -> None:
        return None


# ---------------------------------------------------------------- figures and files

PLOT = """import matplotlib.pyplot as plt
months, rain = [], []
for line in open("data/rain.csv"):
    month, mm = line.split(",")
    months.append(month)
    rain.append(int(mm))
plt.bar(months, rain)
plt.ylabel("rain in mm")
"""

DRAWN: list[tuple[str, list[str]]] = [
    (PLOT, ["AC"] * 5),
    (PLOT + "plt.show()\n", ["AC"] * 5),
    (PLOT.replace("plt.bar", "fig, ax = plt.subplots()\nax.bar"), ["AC"] * 5),
    (PLOT.replace("plt.bar", "plt.plot"), ["WA", "WA", "AC", "AC", "WA"]),
    (PLOT.replace("rain)", "sorted(rain))"), ["AC", "WA", "AC", "AC", "AC"]),
    ("import matplotlib.pyplot as plt", ["WA"] * 5),
    ("x = 1", ["WA"] * 5),
    # typed in: not what the file of another year holds
    (PLOT.replace("months, rain)", "['Jan', 'Feb', 'Mar'], [62, 40, 51])"), ["AC"] * 4 + ["WA"]),
]


@pytest.mark.parametrize(("source", "verdicts"), DRAWN)
def test_what_a_figure_shows(room: Classroom, tour: LoadedCourse, source: str, verdicts: list[str]) -> None:
    judged = room.judge(tour, "rain", source, ["import matplotlib.pyplot as plt\nplt.plot([1, 2])"])
    assert judged.verdicts == verdicts


def test_a_figure_where_all_runs_again(level: Classroom, tour: LoadedCourse) -> None:
    assert level.judge(tour, "rain", PLOT).verdict == "AC"


def test_the_files_of_a_check_are_nobodys_before_it(room: Classroom, tour: LoadedCourse) -> None:
    assert [name for name, _ in tour.data_files] == ["data/rain.csv"]
    walk = "import os\nfor d, _, f in os.walk('.'): print(d, f, [open(os.path.join(d, n)).read() for n in f])\n"
    judged = room.judge(tour, "rain", walk + PLOT)
    assert judged.verdict == "AC"
    assert "['rain.csv']" in judged.judgement.stdout
    assert not any(secret in json.dumps(judged.view) for secret in ("another-year", "1834", "2995"))


@pytest.mark.parametrize(
    ("part", "source", "value"),
    [
        ("title", "plt.title('A')", "'A'"),
        ("xlabel", "plt.plot([1]); plt.xlabel('B')", "'B'"),
        ("kind", "plt.plot([1, 2], [3, 4])", "'line'"),
        ("kind", "plt.plot([1, 2], [3, 4], 'o')", "'scatter'"),
        ("kind", "plt.scatter([1, 2], [3, 4])", "'scatter'"),
        ("kind", "plt.barh(['a'], [1])", "'barh'"),
        ("kind", "plt.pie([1, 2])", "'pie'"),
        ("kind", "plt.imshow([[1]])", "'image'"),
        ("kind", "plt.figure()", "None"),
        ("points", "plt.plot([1, 2], [3, 4.5])", "[[1, 3], [2, 4.5]]"),
        ("points", "plt.scatter([1, 2], [3, 4])", "[[1, 3], [2, 4]]"),
        ("heights", "plt.barh(['a', 'b'], [1, 2.5])", "[1, 2.5]"),
        ("names", "plt.barh(['a', 'b'], [1, 2])", "['a', 'b']"),
        ("names", "plt.bar([1, 2], [3, 4]); plt.xticks([1, 2], ['x', 'y'])", "['x', 'y']"),
        ("legend", "plt.plot([1], label='L'); plt.legend()", "['L']"),
        ("legend", "plt.plot([1])", "None"),
    ],
)
def test_the_parts_of_a_figure(room: Classroom, tmp_path: Path, part: str, source: str, value: str) -> None:
    task = {"solution": "import matplotlib.pyplot as plt\n" + source, "checks": [{"figure": part}]}
    loaded = course_of(tmp_path, task, preload=["matplotlib.pyplot"])
    judged = room.judge(loaded, "task", f"from matplotlib import pyplot as plt\n{source}")
    assert (judged.verdict, judged.first.got) == ("AC", value)


def test_the_picture_of_what_is_wanted(room: Classroom, tour: LoadedCourse) -> None:
    picture = room.run(room.grader.picture(tour, unrecorded(tour, "rain", "")))
    assert picture is not None and b64decode(picture.pop("png")).startswith(b"\x89PNG")
    rows = [["Jan", "62"], ["Feb", "40"], ["Mar", "51"]]
    assert picture == {"kind": "bar", "title": "", "xlabel": "", "ylabel": "rain in mm", "rows": rows}
    assert room.run(room.grader.picture(tour, unrecorded(tour, "vowels", ""))) is None


@pytest.mark.parametrize(
    ("more", "shown"),
    [
        ([], True),
        ([{"figure": "title", "hidden": "the title"}], False),
        ([{"figure": "heights", "hidden": "the same again"}], True),
        ([{"figure": "title", "files": {"a.csv": "b.csv"}, "hidden": "another table"}], True),
        ([{"run": "assert plt.gca().get_title()", "hidden": "the title"}], False),
    ],
)
def test_a_picture_is_shown_where_it_gives_nothing_hidden_away(more: list[Any], shown: bool) -> None:
    told = {"id": "task", "title": "T", "statement": "S", "solution": "plt.bar([1], [2])"}
    assert Exercise.model_validate(told | {"checks": [{"figure": "heights"}, *more]}).has_picture is shown
    assert not Exercise.model_validate(told | {"checks": [{"call": "1"}]}).has_picture


def test_a_program_with_other_files(level: Classroom, tmp_path: Path) -> None:
    (tmp_path / "n.txt").write_text("3")
    (tmp_path / "m.txt").write_text("40")
    checks = [{}, {"files": {"n.txt": "m.txt"}, "hidden": "another"}]
    exercise = {"answer": "program", "solution": "print(int(open('n.txt').read()) + 1)", "checks": checks}
    loaded = course_of(tmp_path, exercise, files=["n.txt"])
    assert level.judge(loaded, "task", "print(int(open('n.txt').read()) + 1)").verdicts == ["AC", "AC"]
    assert level.judge(loaded, "task", "print(4)").verdicts == ["AC", "WA"]


# ---------------------------------------------------------------- `codegym check`, the tutor


def findings(room: Classroom, loaded: LoadedCourse) -> list[str]:
    async def of_course() -> list[str]:
        return [str(f) async for one in check_course(loaded, room.grader) for f in one.findings]

    return room.run(of_course())


def test_the_tour_is_fit_for_students(room: Classroom, tour: LoadedCourse) -> None:
    assert findings(room, tour) == []


PREDICT = {"id": "task", "title": "Task", "statement": "?", "answer": "predict"}
PAIR = [{"text": "one", "right": True}, {"text": "two", "say": "Not this one."}]
UNFIT: list[tuple[dict[str, Any], str]] = [
    (PREDICT | {"given": "x = 1"}, "the code that is shown prints nothing"),
    (PREDICT | {"given": "print(1 / 0)"}, "does not run through: ZeroDivisionError"),
    (PREDICT | {"given": "import time\nprint(time.time_ns())"}, "prints something else each time"),
    (
        PREDICT | {"given": "print(1)", "misconceptions": [{"id": "m", "wrong": "1", "say": "x"}]},
        "no check refuses the wrong code of `m`",
    ),
    (
        PREDICT | {"answer": "choice", "choices": PAIR, "misconceptions": [{"id": "m", "wrong": "a", "say": "x"}]},
        "no check refuses the wrong code of `m`",
    ),
    (
        PREDICT | {"answer": "choice", "choices": PAIR, "statement": "Which? (Not this one.)"},
        "the word on choice b stands in",
    ),
    (PREDICT | {"answer": "debug", "starter": "print(1)", "solution": "print(1)"}, "its starter is accepted as it is"),
    (PREDICT | {"answer": "program", "solution": "print(input())", "checks": [{}]}, "gives no value"),
]


@pytest.mark.parametrize(("exercise", "says"), UNFIT)
def test_what_is_not_fit_is_found(room: Classroom, tmp_path: Path, exercise: dict[str, Any], says: str) -> None:
    found = findings(room, course_of(tmp_path, {"exercise": exercise}))
    assert any(says in text for text in found), found


def test_a_hint_works_on_each_kind(room: Classroom, tour: LoadedCourse) -> None:
    for exercise, says in (("sum-lines", "`total += n` is to run once"), ("which-ends", "Which of them can say")):
        replies, _ = told(room, tour, exercise, "give me a hint")
        assert says in replies[0]


@pytest.mark.parametrize("exercise", ["which-ends", "what-prints"])
def test_a_cell_in_which_nothing_is_answered_yet_is_no_broken_program(
    room: Classroom, tour: LoadedCourse, exercise: str
) -> None:
    untouched = answer_source(tour.find(exercise)[1], "")
    for message in ("give me a hint", "i dont get it"):
        assert told(room, tour, exercise, message, source=untouched) == told(room, tour, exercise, message)


def test_no_model_is_asked_what_to_choose_or_to_predict(room: Classroom, tour: LoadedCourse) -> None:
    for exercise in ("which-ends", "which-true", "what-prints"):
        for message in ("give me a hint", "what is a for loop?", "just tell me the answer", "is my answer right?"):
            model = Scripted(["It is b, and it prints go 2 and stop 4."])
            replies, by = told(room, tour, exercise, message, model, source="Answer: a")
            assert by is None
            assert not any(secret in replies[0] for secret in ("It is b", "stop 4", "has ten numbers", "An empty list"))


def test_a_model_may_speak_of_a_program(room: Classroom, tour: LoadedCourse) -> None:
    model = Scripted(["What kind of value does input give you?"])
    _, by = told(room, tour, "total-price", "give me a hint", model)
    assert by == "scripted"
    model = Scripted([f"Here it is:\n\n```python\n{RIGHT}```\n"])
    replies, _ = told(room, tour, "total-price", "give me a hint", model)
    assert "float(input" not in replies[0]  # the guard has run it


def told(
    room: Classroom, tour: LoadedCourse, exercise: str, message: str, model: Scripted | None = None, source: str = ""
) -> tuple[list[str], str | None]:
    chain = Chain([Link(model, label=model.name)]) if model else None
    own = Room(tour, Guard(tour, room.grader), chain, room.sandbox, Diagnoser(room.grader))
    got = room.run(answer_line(own, Line("x", (message,), exercise, source))).as_json("x")
    return got["replies"], got["llm"]


@pytest.mark.parametrize(
    ("exercise", "source", "idea"),
    [
        ("which-ends", "Answer: c", "waits-for-luck"),
        ("which-ends", "Answer: a", None),
        ("what-prints", "2 go\n4 stop", "lengths-first"),
        ("what-prints", "go 3\nstop 4", None),
        ("countdown", "for n in range(5, 1, -1): print(n)\nprint('Go')", "stops-early"),
        ("countdown", "print('Go')", None),
    ],
)
def test_the_authors_idea_is_known_by_what_is_answered(
    room: Classroom, tour: LoadedCourse, exercise: str, source: str, idea: str | None
) -> None:
    judged = room.judge(tour, exercise, source)
    patterns = WrongPatterns(room.grader)
    assert room.run(patterns.misconception(tour, judged.exercise, judged.judgement, source)) == idea


def test_an_idea_that_leaves_out_what_the_answer_has_is_not_the_answers(room: Classroom, tmp_path: Path) -> None:
    right = "def leap(y):\n    return y % 4 == 0 and (y % 100 != 0 or y % 400 == 0)\n"
    loaded = course_of(
        tmp_path,
        {
            "solution": right,
            "checks": [{"call": "leap(2024)", "equals": True}, {"call": "leap(1900)", "equals": False}],
            "misconceptions": [{"id": "four", "wrong": "def leap(y):\n    return y % 4 == 0\n", "say": "Read on."}],
        },
    )
    turned = (
        "def leap(y):\n    if y % 4 == 0: return True\n    if y % 100 == 0: return False\n    return y % 400 == 0\n"
    )
    for source, idea in ((loaded.find("task")[1].misconceptions[0].wrong, "four"), (turned, None)):
        judged = room.judge(loaded, "task", source)
        found = WrongPatterns(room.grader).misconception(loaded, judged.exercise, judged.judgement, source)
        assert room.run(found) == idea
