"""One submission to its judgement, in a real sandbox: verdicts, cells, outcomes, names, points."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from contract.classroom import Classroom, course_of, submission

from codegym_jlab.course.loader import LoadedCourse, load_course
from codegym_jlab.records import Cell, Judgement, Kind

RIGHT = "def f(x): return x"
QUICK = {"seconds": 0.4, "total_s": 12, "output_kb": 4}


@pytest.fixture
def plain(tmp_path: Path) -> LoadedCourse:
    """One sample, one hidden check, by the author's solution."""
    return course_of(tmp_path, {"checks": [{"call": "f(1)"}, {"call": "f(2)", "hidden": "another"}], "limits": QUICK})


# ---------------------------------------------------------------- verdicts

ENDLESS = "def f(x):\n    while x: pass"
DEAF = "import re\ndef f(x):\n    return re.match('(a+)+$', 'a' * 64 + 'b')"
GREEDY = "def f(x):\n    return len([0] * 10**9)"
LOUD = "def f(x):\n    while x: print('x' * 100)"
CALLER = "import socket\ndef f(x):\n    return socket.create_connection(('127.0.0.1', 9))"

VERDICTS = {
    "AC": RIGHT,
    "WA": "def f(x): return x + 1",
    "RTE": "def f(x): return x / 0",
    "TLE": ENDLESS,
    "MLE": GREEDY,
    "OLE": LOUD,
    "SV": CALLER,
}
OF_THE_CELL = {
    "CE": "def f(x) return x",
    "RTE": "def f(x): return x\n1 / 0",
    "TLE": "def f(x): return x\nwhile True: pass",
    "MLE": "def f(x): return x\n[0] * 10**9",
    "OLE": "def f(x): return x\nwhile True: print('x' * 100)",
    "SV": "def f(x): return x\nimport os; os.system('true')",
}


@pytest.mark.parametrize("verdict", VERDICTS)
def test_each_verdict_of_a_check(room: Classroom, plain: LoadedCourse, verdict: str) -> None:
    judged = room.judge(plain, "task", VERDICTS[verdict])
    assert (judged.verdict, judged.verdicts) == (verdict, [verdict, verdict])
    assert judged.judgement.failure is None


@pytest.mark.parametrize("verdict", OF_THE_CELL)
def test_each_verdict_of_the_answer_cell(room: Classroom, plain: LoadedCourse, verdict: str) -> None:
    judged = room.judge(plain, "task", OF_THE_CELL[verdict])
    assert (judged.verdict, judged.verdicts) == (verdict, [verdict, verdict])
    assert judged.judgement.failure is not None
    assert judged.judgement.failure.line in (1, 2)
    assert judged.judgement.score.points == 0


@pytest.mark.parametrize("source", ["import os\nos._exit(0)", "import os\nos.kill(os.getpid(), 9)", DEAF + "\nf(1)"])
def test_an_answer_cell_that_takes_python_with_it(room: Classroom, plain: LoadedCourse, source: str) -> None:
    assert room.judge(plain, "task", source).verdict in ("RTE", "TLE")


def test_who_takes_a_builtin_from_python_is_told_what_may_have_ended_it(room: Classroom, plain: LoadedCourse) -> None:
    judged = room.judge(plain, "task", "import builtins\nbuiltins.len = None\ndef f(x): return x")
    assert judged.verdict == "RTE" and judged.judgement.failure is not None
    assert "a name in `builtins` that Python itself uses" in judged.judgement.failure.message


def test_a_check_that_kills_everything_leaves_the_others(room: Classroom, tmp_path: Path) -> None:
    loaded = course_of(
        tmp_path,
        {"checks": [{"call": "f(1)"}, {"call": "f(2)", "hidden": "dies"}, {"call": "f(3)", "hidden": "lives"}]},
    )
    source = "import os\ndef f(x):\n    if x == 2: os.kill(os.getppid(), 9)\n    return x"
    assert room.judge(loaded, "task", source, ["y = 1"]).verdicts[::2] == ["AC", "AC"]


def test_code_that_is_deaf_to_signals_is_stopped(room: Classroom, plain: LoadedCourse) -> None:
    assert room.judge(plain, "task", DEAF, kind=Kind.TRY).verdict == "TLE"


ODD = ["def f(x):\n  return x\n" + "\0", "x = '\ud800'", "(" * 5000, "-" * 100_000 + "1", "", "# " * 600_000]


@pytest.mark.parametrize("source", ODD)
def test_odd_text_is_no_fault_of_ours(room: Classroom, plain: LoadedCourse, source: str) -> None:
    assert room.judge(plain, "task", source).verdict in ("CE", "RTE", "MLE")


# ---------------------------------------------------------------- cells above


@pytest.fixture
def loops(tmp_path: Path) -> LoadedCourse:
    """A given cell, an exercise, a given cell that uses its answer, and a second exercise."""
    first = {"id": "one", "solution": "def one(): return 1", "checks": [{"call": "one()"}]}
    second = {"solution": "def f(): return [*numbers, one()]", "checks": [{"call": "f()"}, {"call": "numbers"}]}
    return course_of(
        tmp_path, {"code": "numbers = [3, 1]"}, first, {"code": "doubled = one() * 2"}, second | {"limits": QUICK}
    )


def answer(source: str, exercise: str = "one") -> Cell:
    return Cell(source, role="answer", exercise=exercise)


GIVEN = Cell("numbers = [3, 1]", id="given-1", role="given")
DOUBLED = Cell("doubled = one() * 2", role="given")
USES = "def f(): return [*numbers, one()]"


def test_cells_run_in_document_order(room: Classroom, loops: LoadedCourse) -> None:
    cells = [GIVEN, answer("def one(): return 1"), DOUBLED, "assert doubled == 2"]
    judged = room.judge(loops, "task", USES, cells)
    assert (judged.verdict, judged.notices) == ("AC", [])


def test_given_cells_run_in_the_courses_own_words(room: Classroom, loops: LoadedCourse) -> None:
    edited = Cell("numbers = [9]", id="given-1", role="given")
    judged = room.judge(loops, "task", USES, [edited, answer("def one(): return 1"), DOUBLED])
    assert judged.verdicts == ["WA", "AC"]  # the student's own code sees the edit, the check does not
    without = room.judge(loops, "task", USES, [answer("def one(): return 1")])
    assert without.verdict == "AC"
    nothing_above = room.judge(loops, "task", "def one(): return 1\n" + USES)
    assert nothing_above.verdict == "AC"


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("1 / 0", "Cell 2 above stopped with an error and was skipped."),
        ("def f(:", "Cell 2 above cannot be read by Python and was skipped."),
        ("while True: pass", "Cell 2 above took too long and was skipped."),
        ("import os; os._exit(0)", "Cell 2 above ended Python and was skipped."),
        ("import os; os.system('true')", "Cell 2 above tried something that Check does not allow and was skipped."),
        ("x = [0] * 10**9", "Cell 2 above needed too much memory and was skipped."),
        ("while True: print('x' * 100)", "Cell 2 above printed too much and was skipped."),
        ("!ls", "Cell 2 above stopped with an error and was skipped."),
        ("\0", "Cell 2 above cannot be read by Python and was skipped."),
    ],
)
def test_a_cell_that_fails_is_skipped_with_a_notice(
    room: Classroom, loops: LoadedCourse, cell: str, words: str
) -> None:
    judged = room.judge(loops, "task", USES, [GIVEN, cell, answer("def one(): return 1"), DOUBLED])
    assert (judged.verdict, judged.notices) == ("AC", [words])


def test_a_given_cell_that_fails_on_purpose_is_for_the_kernel_alone(room: Classroom, tmp_path: Path) -> None:
    asks = {"code": "name = input()", "fails": True}
    loaded = course_of(tmp_path, asks, {"solution": RIGHT, "checks": [{"call": "f(1)", "equals": 1}]})
    for cells in ([Cell("name = input()", role="given")], []):
        judged = room.judge(loaded, "task", RIGHT, cells)
        assert (judged.verdict, judged.notices) == ("AC", [])


def test_what_ran_before_the_error_counts(room: Classroom, loops: LoadedCourse) -> None:
    assert room.judge(loops, "task", USES, [GIVEN, "def one(): return 1\n1 / 0"]).verdict == "AC"


def test_what_a_student_spoils_does_not_reach_given_cells(room: Classroom, tmp_path: Path) -> None:
    loaded = course_of(tmp_path, {"code": "data = list(range(3))"}, {"checks": [{"call": "f(data)"}]})
    spoiled = ["list = [1, 2]", Cell("data = list(range(3))", role="given")]
    assert room.judge(loaded, "task", RIGHT, spoiled).verdict == "AC"


def test_a_given_cell_that_is_too_slow_is_our_fault_and_no_wrong_answer(room: Classroom, tmp_path: Path) -> None:
    own = {"solution": RIGHT, "checks": [{"call": "f(1)", "equals": 1}], "limits": QUICK}
    loaded = course_of(tmp_path, {"code": "while True: pass"}, own)
    judged = room.judge(loaded, "task", RIGHT, ["x = 1"])
    assert (judged.verdict, judged.judgement.failure) == ("JE", None)
    assert any("ran out of time" in notice.text for notice in judged.judgement.notices)


def test_uses_says_which_answers_run(room: Classroom, tmp_path: Path) -> None:
    def course(folder: str, uses: list[str] | None) -> LoadedCourse:
        parts = [{"id": i, "solution": "n = 1", "checks": [{"call": "n"}]} for i in ("a", "b")]
        own = {"solution": "def f(): return n", "checks": [{"call": "f()", "equals": 1}]}
        return course_of(tmp_path / folder, *parts, own | ({"uses": uses} if uses is not None else {}))

    cells = [answer("n = 1", "a"), answer("n = 2", "b")]
    source = "def f(): return n"
    assert room.judge(course("all", None), "task", source, cells).verdict == "WA"
    assert room.judge(course("a", ["a"]), "task", source, cells).verdict == "AC"
    none = room.judge(course("none", []), "task", source, cells)
    assert (none.verdict, none.first.failure and none.first.failure.type) == ("RTE", "NameError")


@pytest.mark.full
def test_cells_above_cannot_use_up_the_time(room: Classroom, plain: LoadedCourse) -> None:
    judged = room.judge(plain, "task", RIGHT, ["import time; time.sleep(99)"] * 8)
    assert judged.verdict == "AC"
    assert judged.judgement.wall_ms < 12_000


def test_time_used_up_by_checks_is_not_told_of_the_cells(room: Classroom, tmp_path: Path) -> None:
    checks = [{"call": f"f({n})", "equals": n, "hidden": f"case {n}"} for n in range(4)]
    loaded = course_of(tmp_path, {"checks": checks, "limits": {"seconds": 0.2, "total_s": 2}})
    sleeper = "import time\ndef f(x):\n    time.sleep(y)\n    return x"
    judged = room.judge(loaded, "task", sleeper, ["y = 99"])
    assert (judged.verdict, judged.verdicts, judged.notices) == ("TLE", ["TLE"] * 4, [])
    assert judged.judgement.wall_ms < 6_000


def test_commands_of_the_notebook(room: Classroom, plain: LoadedCourse) -> None:
    source = "%matplotlib inline\n%timeit 1\ndef f(x):\n    return x\nf?\nget_ipython()\ndisplay(f(1))\n"
    waits = source + "import asyncio\nawait asyncio.sleep(0)"
    assert room.judge(plain, "task", waits, ["%%time\ny = 1"]).verdict == "AC"
    failed = room.judge(plain, "task", RIGHT + "\nfound = !ls")
    assert failed.judgement.failure is not None
    assert (failed.judgement.failure.type, failed.judgement.failure.line) == ("NotInCheck", 2)
    assert failed.judgement.failure.message == "`!ls` runs a shell command; Check has no shell."


# ---------------------------------------------------------------- outcomes

OUTCOMES: list[tuple[dict[str, Any], str, str]] = [
    ({"call": "f(2)", "equals": 4}, "def f(x): return x * 2", "AC"),
    ({"call": "f(2)", "equals": 4}, "def f(x): return x * 2.0", "WA"),
    ({"call": "f(2)", "equals": None}, "def f(x): pass", "AC"),
    ({"call": "f(2)", "equals": {"a": [1, 2.5]}}, "def f(x): return dict(a=[1, 2.5])", "AC"),
    ({"call": "f(2)", "equals_expr": "(1, {2})"}, "def f(x): return 1, {x}", "AC"),
    ({"call": "f(2)", "equals_expr": "(1, {2})"}, "def f(x): return [1, {x}]", "WA"),
    ({"call": "f(2)", "close_to": 0.33, "tolerance": 0.01}, "def f(x): return 1 / 3", "AC"),
    ({"call": "f(2)", "close_to": 0.33, "tolerance": 0.001}, "def f(x): return 1 / 3", "WA"),
    ({"call": "f(2)", "raises": "LookupError"}, "def f(x): return {}[x]", "AC"),
    ({"call": "f(2)", "raises": "ValueError"}, "def f(x): return {}[x]", "WA"),
    ({"call": "f(2)", "raises": "ValueError"}, "def f(x): return x", "WA"),
    ({"call": "f(2)", "raises": "ValueError"}, "def f(x):\n    while True: pass", "TLE"),
    ({"call": "f(2)", "raises": {"type": "ValueError", "match": "^no "}}, "def f(x): raise ValueError('no x')", "AC"),
    ({"call": "f(2)", "raises": {"type": "ValueError", "match": "^no "}}, "def f(x): raise ValueError('x')", "WA"),
    ({"run": "f(2)", "raises": "ValueError"}, "class E(ValueError): pass\ndef f(x): raise E", "AC"),
    ({"run": "f(2)", "prints": "a\nb"}, "def f(x): print('a  \\nb\\n\\n')", "AC"),
    ({"run": "f(2)", "prints": "a\nb"}, "def f(x): print('a\\n b')", "WA"),
    ({"run": "f(2)", "prints": ""}, "def f(x): return x", "AC"),
    ({"run": "f(2)", "stdin": "7\n", "prints": "8"}, "def f(x): print(int(input()) + 1)", "AC"),
    ({"run": "f(2)", "stdin": "7\n", "prints": "8"}, "def f(x): input(); input()", "RTE"),
    ({"call": "f(2)", "setup": "y = f(1)\nz = y", "equals": 2}, "def f(x): return x", "AC"),
    ({"call": "f(z)", "setup": "y = f(1)\nz = y", "equals": 1}, "def f(x): return x", "AC"),
    ({"run": "import os; os.write(1, b'raw')", "prints": "raw"}, "def f(x): return x", "AC"),
]


@pytest.mark.parametrize(("check", "source", "verdict"), OUTCOMES)
def test_outcomes(room: Classroom, tmp_path: Path, check: dict[str, Any], source: str, verdict: str) -> None:
    assert room.judge(course_of(tmp_path, {"checks": [check], "limits": QUICK}), "task", source).verdict == verdict


def oracle(folder: Path, solution: str, *checks: dict[str, Any], **more: Any) -> LoadedCourse:
    return course_of(folder, {"solution": solution, "checks": list(checks), "limits": QUICK, **more})


def test_the_authors_solution_is_the_oracle(room: Classroom, tmp_path: Path) -> None:
    value = oracle(tmp_path / "v", "def f(x): return (x, 0.3)", {"call": "f(1)"})
    assert room.judge(value, "task", "def f(x): return (1, 0.1 + 0.2)").verdict == "AC"
    assert room.judge(value, "task", "def f(x): return [1, 0.3]").verdict == "WA"
    printed = oracle(tmp_path / "p", "def f(x): print('hi', x)", {"call": "f(1)"}, {"run": "f(2)"})
    assert room.judge(printed, "task", "def f(x): print('hi', x)").verdict == "AC"
    assert room.judge(printed, "task", "def f(x): pass").verdicts == ["WA", "WA"]
    raising = oracle(tmp_path / "r", "def f(x): return 1 / x", {"call": "f(0)"})
    assert room.judge(raising, "task", "def f(x): return 2 / x").verdict == "AC"
    assert room.judge(raising, "task", "def f(x): return 0").verdict == "WA"


def test_a_solution_that_does_not_run_is_our_fault(room: Classroom, tmp_path: Path) -> None:
    loaded = oracle(tmp_path, "def f(x): return y", {"call": "f(1)", "equals": 1}, {"call": "f(1)", "equals_expr": "z"})
    judged = room.judge(loaded, "task", RIGHT)
    assert judged.verdict == "JE"
    assert any("gives no value" in text for text in judged.notices)
    assert not judged.view["notices"]


# ---------------------------------------------------------------- values

UNSUPPORTED = [
    ("def f(x):\n    yield x", "generator"),
    ("def f(x): return lambda: x", "function"),
    ("class A: pass\ndef f(x): return A()", "A"),
    ("def f(x): return [iter([])]", "list_iterator"),
    ("class Yes:\n    def __eq__(self, o): return True\ndef f(x): return Yes()", "Yes"),
]


@pytest.mark.parametrize(("source", "kind"), UNSUPPORTED)
def test_what_cannot_cross_is_not_equal_to_anything(
    room: Classroom, plain: LoadedCourse, source: str, kind: str
) -> None:
    judged = room.judge(plain, "task", source)
    assert judged.verdict == "WA"
    assert judged.first.diff == {"kind": "unsupported", "type": kind}
    assert f"unsupported kind of value: {kind}." in judged.first.message


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    a = []\n    a.append(a)\n    return a",
        "def f(x):\n    a = ['ha']\n    for _ in range(8): a = [a] * 10\n    return a",
        "def f(x): return 'x' * 10_000_000",
        "class I(int):\n    def __eq__(self, o): return True\n    __hash__ = int.__hash__\ndef f(x): return I(99)",
        "class I(int):\n    def __repr__(self): return '1'\n    def __index__(self): return 1\ndef f(x): return I(99)",
        "class T:\n    def __reduce__(self): return (print, ('x',))\ndef f(x): return T()",
    ],
)
def test_odd_values_are_wrong_and_cost_little(room: Classroom, tmp_path: Path, source: str) -> None:
    patient = {**QUICK, "seconds": 10, "total_s": 60}  # so little that no busy machine makes it late
    judged = room.judge(course_of(tmp_path, {"checks": [{"call": "f(1)"}], "limits": patient}), "task", source)
    assert judged.verdict == "WA"
    assert len(str(judged.judgement)) < 20_000


def test_a_dataclass_of_the_students_is_compared_by_its_fields(room: Classroom, tmp_path: Path) -> None:
    text = "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\n    y: float = 0.5\n"
    loaded = oracle(tmp_path, text, {"call": "P(1)"}, {"call": "[P(2, 1.5)]", "hidden": "two"})
    assert room.judge(loaded, "task", text + "    def far(self): return 1\n").verdict == "AC"
    assert room.judge(loaded, "task", text.replace("0.5", "0.25")).verdicts == ["WA", "AC"]


# ---------------------------------------------------------------- names


def test_a_students_names_break_no_check(room: Classroom, tmp_path: Path) -> None:
    loaded = course_of(
        tmp_path, {"code": "base = 10"}, {"checks": [{"call": "list(map(f, [base, len('ab')]))", "equals": [10, 2]}]}
    )
    source = "list = [1, 2]\nlen = 3\nbase = None\ndef map(*a): return 'mine'\n" + RIGHT
    judged = room.judge(loaded, "task", source)
    assert judged.verdict == "AC"
    assert "`list` is a name of Python's that you gave away in line 1." in judged.notices[0]


def test_imports_of_the_solution_are_there_for_its_checks(room: Classroom, tmp_path: Path) -> None:
    solution = "import math\nfrom collections import Counter as C\ndef f(x): return math.floor(x)"
    loaded = oracle(tmp_path, solution, {"call": "f(math.pi) + C('a')['a']"})
    assert room.judge(loaded, "task", "math = None\ndef f(x): return int(x)").verdict == "AC"


def test_a_name_that_the_answer_lacks_is_told(room: Classroom, plain: LoadedCourse) -> None:
    judged = room.judge(plain, "task", "def g(x): return x")
    assert (judged.verdict, judged.notices) == ("RTE", ["The tests use `f`, which your answer does not define."])


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            "data[0]",
            "Nothing up to your answer defines `data`. If your kernel knows it, define it in a cell above: Check",
        ),
        ("def f(x): return data", "Nothing up to your answer defines `data`."),
        ("import seaborn_like", "The package `seaborn_like` is not in this course. Check cannot import it."),
        ("pritn(1)", None),
        ("def f(x):\n    data = x\n    return data\nprint(data)", None),
        ("print(data)\ndata = 5", None),
        ("\n" * 60_000 + "print(data)", "Nothing up to your answer defines `data`."),
    ],
)
def test_where_check_and_kernel_differ(room: Classroom, plain: LoadedCourse, source: str, words: str | None) -> None:
    judged = room.judge(plain, "task", source)
    assert judged.verdict == "RTE"
    assert (judged.notices[0][: len(words)] == words) if words else not judged.notices


# ---------------------------------------------------------------- kinds, order, points


def test_a_try_runs_the_samples_alone(room: Classroom, plain: LoadedCourse) -> None:
    judged = room.judge(plain, "task", RIGHT, kind=Kind.TRY)
    assert (judged.verdicts, judged.judgement.hidden_not_run) == (["AC"], 1)
    assert (judged.view["score"], judged.view["samples_only"]) == (None, True)


def test_samples_run_before_the_first_hidden_check(room: Classroom, tmp_path: Path) -> None:
    checks = [{"call": "f(771771771)", "hidden": "first"}, {"call": "f(1)"}]
    keeper = "import os\ndef f(x):\n    open('seen', 'a').write(f'{x} ')\n    print(open('seen').read())\n    return 0"
    judged = room.judge(course_of(tmp_path, {"checks": checks}), "task", keeper)
    assert [check.hidden for check in judged.judgement.checks] == [True, False]
    assert "771771771" not in str(judged.view)


def test_the_verdict_is_that_of_the_first_check_not_passed(room: Classroom, tmp_path: Path) -> None:
    checks = [{"call": "f(1)"}, {"call": "f(0)", "hidden": "zero"}, {"call": "f(-1)", "hidden": "below"}]
    judged = room.judge(oracle(tmp_path, RIGHT, *checks), "task", "def f(x): return x / x if x >= 0 else 7")
    assert judged.verdicts == ["WA", "RTE", "WA"]
    assert judged.verdict == "WA"


@pytest.mark.parametrize(
    ("weights", "more", "passing", "points"),
    [
        ({}, {}, [0, 1], 0.67),
        ({}, {}, [0], 0),  # a sample beside hidden checks weighs nothing
        ({0: 1}, {}, [0], 0.5),
        ({1: 0.5}, {}, [0, 2], 0.8),
        ({}, {"grading": "all"}, [0, 1, 2], 0),
        ({}, {"grading": "all"}, [0, 1, 2, 3], 2),
        ({}, {"points": 0.25}, [0, 1], 0.08),
        ({}, {"points": 3, "rubric": [{"id": "style", "points": 1, "text": "Reads well."}]}, [0, 1, 2, 3], 2),
    ],
)
def test_points(
    room: Classroom, tmp_path: Path, weights: dict[int, float], more: dict[str, Any], passing: list[int], points: float
) -> None:
    checks: list[dict[str, Any]] = [{"call": f"f({n})", "equals": n, "hidden": f"case {n}"} for n in range(4)]
    del checks[0]["hidden"]
    for n, weight in weights.items():
        checks[n]["weight"] = weight
    loaded = oracle(tmp_path, RIGHT, *checks, **{"points": 2, **more})
    judged = room.judge(loaded, "task", f"def f(x): return x if x in {passing} else None")
    assert judged.judgement.score.points == points


def test_what_a_person_marks(room: Classroom, tmp_path: Path) -> None:
    essay = {"id": "essay", "answer": "text", "marking": "manual", "checks": [], "solution": "", "points": 4}
    loaded = course_of(tmp_path, essay, {"marking": "manual", "checks": [], "solution": "", "points": 3})
    for exercise, source in (("essay", "My loop ends because x grows."), ("task", "x = 1")):
        judged = room.judge(loaded, exercise, source)
        assert (judged.verdict, judged.judgement.score.points, judged.judgement.parts) == ("AC", 0, ())
    assert room.judge(loaded, "task", "x = ").verdict == "CE"


def test_the_same_again_gives_the_same(room: Classroom, plain: LoadedCourse) -> None:
    one, two = (room.judge(plain, "task", RIGHT).judgement for _ in range(2))
    other = room.judge(plain, "task", RIGHT + " ").judgement
    assert one.seed == two.seed != other.seed
    assert one.course_digest == plain.digest
    assert one.environment_digest == two.environment_digest
    assert (one.level, len(one.environment_digest)) == (room.sandbox.level, 64)


def test_files_of_the_course_are_there_and_packages_too(room: Classroom, tmp_path: Path) -> None:
    tmp_path.joinpath("data").mkdir()
    tmp_path.joinpath("data/a.csv").write_text("n\n1\n2\n")
    solution = "import pandas as pd\ndef f(name): return pd.read_csv(name)['n'].sum()"
    checks = [{"call": "f('data/a.csv')"}, {"call": "pd.DataFrame({'n': [f('data/a.csv')]})", "hidden": "a table"}]
    task = {"solution": solution, "checks": checks}
    loaded = course_of(tmp_path, task, files=["data/*.csv"], preload=["pandas"])
    assert room.judge(loaded, "task", solution).verdict == "AC"
    by_hand = "def f(name): return sum(int(line) for line in open(name).read().split()[1:])"
    assert room.judge(loaded, "task", by_hand).verdict == "AC"


@pytest.mark.parametrize(
    ("gate", "points", "told"),
    [({}, 0, True), ({"gate": "none"}, 1, False), ({"on unit": "none"}, 1, False), ({"on course": "none"}, 1, False)],
)
def test_hidden_checks_earn_points_once_all_samples_pass(
    room: Classroom, tmp_path: Path, gate: dict[str, str], points: float, told: bool
) -> None:
    task = {
        "points": 2,
        "checks": [{"call": "f(1)"}, {"call": "f(0)", "hidden": "zero"}, {"call": "f(2)", "hidden": "b"}],
    }
    loaded = course_of(tmp_path, task | {k: v for k, v in gate.items() if k == "gate"})
    for file in ("unit", "course"):
        if said := gate.get(f"on {file}"):
            path = tmp_path / f"{file}.yaml"
            path.write_text(path.read_text() + f"gate: {said}\n")
    loaded = load_course(tmp_path)
    constant = room.judge(loaded, "task", "def f(x): return 0")
    assert (constant.verdicts, constant.view["score"]) == (["WA", "AC", "WA"], points)
    sentence = "The hidden tests earn points once all sample tests pass."
    assert (sentence in [notice["text"] for notice in constant.view["notices"]]) == told
    partly = room.judge(loaded, "task", "def f(x): return x % 2")
    assert (partly.verdicts, partly.view["score"], partly.view["notices"]) == (["AC", "AC", "WA"], 1, [])


# ---------------------------------------------------------------- what an answer chooses

BACKTRACKS = {"type": "ValueError", "match": r"^bad words:( ?\w+)+$"}


def test_a_pattern_of_the_course_never_holds_the_server_up(room: Classroom, tmp_path: Path) -> None:
    loaded = course_of(tmp_path, {"checks": [{"call": "f(1)", "raises": BACKTRACKS}]})
    answers = {
        text: f"def f(x): raise ValueError({text!r})"
        for text in ("bad words: a b", "none", "bad words: " + "a" * 64 + "!")
    }
    fits, other, endless = answers.values()
    assert room.judge(loaded, "task", fits).verdict == "AC"
    assert room.judge(loaded, "task", other).first.message == "`ValueError` is right, its message is another."

    async def both() -> tuple[list[str], Judgement]:
        done: list[str] = []

        async def judge(source: str) -> Judgement:
            judged = await room.grader.judge(loaded, submission(loaded, "task", source))
            done.append(source)
            return judged

        slow, _ = await asyncio.gather(judge(endless), judge(fits))
        return done, slow

    done, slow = room.run(both())
    assert done == [fits, endless], "the others go on meanwhile"
    assert slow.verdict == "JE"
    assert [n.text for n in slow.notices if "takes more than 1 s" in n.text and BACKTRACKS["match"] in n.text]


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ("[1]", "range(10**30)"),
        ("[1]", "complex(1.7e308, 1.7e308)"),
        ("[1j]", "[complex(1.7e308, 1.7e308)]"),
        ("1.0", "10**400"),
    ],
)
def test_a_wrong_value_that_overflows_is_no_violation(room: Classroom, tmp_path: Path, expected: str, got: str) -> None:
    loaded = course_of(tmp_path, {"checks": [{"call": "f(1)", "equals_expr": expected}]})
    assert room.judge(loaded, "task", f"def f(x): return {got}").verdict == "WA"
