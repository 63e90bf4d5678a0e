"""The kinds of exercises, each judged in a real sandbox: right, wrong, and what tries to find the answer out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from contract.classroom import Classroom, course_of, open_classroom

from codegym_jlab.course.loader import LoadedCourse, load_course

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
        "import os, re\nfor d, _, fs in os.walk('/'):\n    for f in fs:\n"
        "        if d.startswith(('/proc', '/sys', '/usr', '/lib')): continue\n        try:\n"
        "            if re.search('zebr[a]-7', open(os.path.join(d, f)).read()): print('found', f)\n"
        "        except Exception: pass"
    ),
}  # fmt: skip


@pytest.mark.parametrize("spy", SPIES.values(), ids=SPIES)
def test_a_program_finds_no_expected_output(level: Classroom, tmp_path: Path, spy: str) -> None:
    solution = "print('zebra-' + str(7 * 1000 + 733 + int(input())))\n"
    checks = [{"stdin": "3"}, {"stdin": "0", "prints": "zebra-7733", "hidden": "more"}]
    loaded = course_of(tmp_path, {"answer": "program", "solution": solution, "checks": checks})
    judged = level.judge(loaded, "task", "print('looked')\n" + spy)
    assert judged.judgement.score.points == 0
    assert judged.first.stdout.startswith("looked")
    assert "found" not in judged.first.stdout
