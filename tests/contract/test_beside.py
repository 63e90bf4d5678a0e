"""What the cells leave running beside them goes on in each check: threads at every level, processes where there are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from contract.classroom import Classroom, course_of, open_classroom

from codegym_jlab.course.loader import LoadedCourse

THREAD = """
import queue, threading
asked, told = queue.Queue(), queue.Queue()
def work():
    while True: told.put(asked.get() * 2)
threading.Thread(target=work, daemon=True).start()
def f(x):
    asked.put(x)
    return told.get()
"""
PROCESSES = """
from multiprocessing import Pool, Pipe, Process
def double(x): return x * 2
def work(ends):
    while True: ends.send(double(ends.recv()))
ours, theirs = Pipe()
Process(target=work, args=[theirs], daemon=True).start()
pool = Pool(1)
def f(x):
    ours.send(x)
    return max(ours.recv(), *pool.map(double, [x]))
"""


@pytest.fixture(scope="module", params=("namespaces", "confined", "docker"))
def room(request: pytest.FixtureRequest) -> Iterator[Classroom]:
    if request.param == "docker":
        request.getfixturevalue("engine")
    classroom = open_classroom(request.param)
    yield classroom
    classroom.close()


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> LoadedCourse:
    checks = [
        {"call": "f(2)"},
        {"code": "assert f(3) == 6\nassert f(4) == 8"},
        {"call": "f(5)", "hidden": "a"},
        {"call": "f(6)", "hidden": "b"},
        {"random": {"x": "rng.randint(11, 19)"}, "call": "f(x)", "count": 2, "hidden": "c"},
    ]
    task = {"solution": "def f(x): return x * 2", "limits": {"seconds": 10, "total_s": 100}, "checks": checks}
    return course_of(tmp_path_factory.mktemp("course"), task)


def test_threads_go_on(room: Classroom, course: LoadedCourse) -> None:
    assert room.judge(course, "task", THREAD).verdicts == ["AC"] * 5


def test_processes_go_on_or_are_refused_by_name(room: Classroom, course: LoadedCourse) -> None:
    judged = room.judge(course, "task", PROCESSES)
    if room.sandbox.level == "confined":
        assert judged.verdict == "SV"
        assert judged.judgement.failure is not None
        assert judged.judgement.failure.message == "starting another process"
    else:
        assert judged.verdicts == ["AC"] * 5


def test_a_check_that_hangs_beside_a_thread_costs_no_other_its_reply(room: Classroom, tmp_path: Path) -> None:
    task = {
        "solution": "def f(x): return x * 2",
        "limits": {"seconds": 0.5, "total_s": 60},
        "checks": [{"call": "f(1)"}, {"call": "f(2)"}, {"call": "f(3)", "hidden": "a"}],
    }
    source = THREAD + "import os\ndef f(x):\n    if x == 1: os._exit(0)\n    while x == 2: pass\n    return x * 2"
    assert room.judge(course_of(tmp_path, task), "task", source).verdicts == ["RTE", "TLE", "AC"]


def test_what_is_left_by_one_check_is_not_there_in_the_next(room: Classroom, course: LoadedCourse) -> None:
    source = THREAD + "seen = []\ndef f(x):\n    seen.append(x)\n    open('seen', 'a').write('1')\n"
    source += "    assert len(seen) == 1 or x > 3\n    return x * 2 if len(open('seen').read()) < 3 else 0"
    assert room.judge(course, "task", source).verdicts[:4] == ["AC"] * 4
