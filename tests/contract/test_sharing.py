"""Exercises of one notebook share a run of its cells in a batch: the lines are those of each graded by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from contract.classroom import Classroom, course_of, open_classroom
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.grading.batch import Line, grade_line, grade_together
from codegym_jlab.submission import Cell

QUICK = {"seconds": 0.3, "total_s": 20, "output_kb": 4}
GIVEN = "numbers = [3, 1]"
NAMES = ("one", "two", "three", "four")


@pytest.fixture(scope="module")
def room() -> Iterator[Classroom]:
    classroom = open_classroom()
    if classroom.sandbox.level != "namespaces":
        classroom.close()
        pytest.skip("only the level `namespaces` shares")
    yield classroom
    classroom.close()


def exercise(name: str, **more: Any) -> dict[str, Any]:
    """`one()` gives [3, 1, 'one'] in a new list."""
    checks = [{"call": f"{name}()"}, {"call": f"{name}()[-1]", "hidden": "its name"}, {"call": "numbers"}]
    checks.append({"run": f"print({name}())", "hidden": "printed"})
    return {"id": name, "solution": f"def {name}(): return [*numbers, {name!r}]", "checks": checks, **more}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> LoadedCourse:
    folder = tmp_path_factory.mktemp("course")
    return course_of(folder, {"code": GIVEN}, *(exercise(name) for name in NAMES), limits=QUICK)


def notebook(cells: Sequence[Cell | str]) -> list[Line]:
    """A line for each answer among the cells, as from a file."""
    whole = [cell if isinstance(cell, Cell) else Cell(cell) for cell in cells]
    return [
        Line("n", cell.exercise, cell.source, tuple(whole[:place]))
        for place, cell in enumerate(whole)
        if cell.role == "answer"
    ]


def answer(name: str, source: str) -> Cell:
    return Cell(source, role="answer", exercise=name)


def right(name: str) -> Cell:
    return answer(name, f"def {name}(): return [*numbers, {name!r}]")


def both_ways(room: Classroom, loaded: LoadedCourse, lines: list[Line]) -> tuple[list[Any], list[Any]]:
    """What the lines give together, and each by itself, for staff; without times."""

    async def alone() -> list[dict[str, Any]]:
        return [await grade_line(line, loaded, room.grader, staff=True) for line in lines]

    shared = room.run(grade_together(lines, loaded, room.grader, staff=True))
    return _timeless(shared), _timeless(room.run(alone()))


def _timeless(answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in line.items() if key != "wall_ms"} for line in answers]


STEPS = {
    "right": "def {n}(): return [*numbers, '{n}']",
    "wrong": "def {n}(): return 1",
    "stops": "def {n}(): return [*numbers, '{n}']\n1 / 0",
    "no program": "def {n}() return",
    "stops in the check": "def {n}(): return 1 / 0",
    "prints": "print('{n}!')\ndef {n}():\n    print('called')\n    return [*numbers, '{n}']",
    "warns": "import warnings\ndef {n}():\n    warnings.warn('old')\n    return [*numbers, '{n}']\n{n}()",
    "changes what is given": "numbers.append(7)\ndef {n}(): return [*numbers, '{n}']",
    "counts": "count = globals().get('count', 0) + 1\ndef {n}(): return [count, *numbers, '{n}']",
    "shadows": "list = [1]\ndef {n}(): return [*numbers, '{n}']",
    "writes a file": "open('f', 'a').write('{n}')\ndef {n}(): return [*numbers, open('f').read()]",
    "reads a file": "def {n}():\n    open('f', 'a').write('x')\n    return [*numbers, open('f').read()]",
    "keeps a file open": "f = open('g', 'w+')\ndef {n}(): return f.write('{n}') and [*numbers, '{n}']",
    "draws": "import random\nrandom.seed(4)\ndef {n}(): return [random.random(), '{n}']",
    "goes on drawing": "import random\nx = random.random()\ndef {n}(): return [x < 1, '{n}']",
    "names its file": "def {n}(): return [{n}.__code__.co_filename, '{n}']",
    "uses the one above": "import traceback\ndef {n}():\n    try: one(1)\n    except Exception: traceback.print_exc()\n"
    "    return [*numbers, '{n}']",
    "calls the one above": "def {n}(): return one(2)",
    "a thread": "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    "def {n}(): return [threading.active_count(), '{n}']",
    "leaves a process": "import os, time\nif not os.fork():\n    time.sleep(60)\n    os._exit(0)\n"
    "def {n}(): return [*numbers, '{n}']",
    "leaves one in a check": "import os, time\ndef {n}():\n    if not os.fork():\n        time.sleep(60)\n"
    "        os._exit(0)\n    return [*numbers, '{n}']",
    "exits": "import os\nos._exit(0)",
    "exits in a check": "import os\ndef {n}(): os._exit(0)",
    "kills": "import os\ndef {n}():\n    try: os.kill(os.getppid(), 9)\n    except PermissionError: pass\n    return 1",
    "calls out": "import socket\nsocket.create_connection(('127.0.0.1', 9))",
    "floods": "print('x' * 9999)\ndef {n}(): return 1",
}
SLOW = {"endless": "while True: pass", "endless in a check": "def {n}():\n    while True: pass"}
CELLS = {
    "given": Cell(GIVEN, role="given"),
    "extra": "extra = len(dir())",
    "fails": "1 / 0",
    "spoils": "numbers = 5",
    "counts up": "count = globals().get('count', 0) + 10",
    "magic": "%matplotlib inline\n!ls",
    "file": "open('f', 'w').write('a')",
}


def assembled(kinds: Sequence[str], order: Sequence[str], extras: Sequence[tuple[int, str]]) -> list[Cell | str]:
    """A notebook: answers in that order, each of its kind, and other cells put in at places."""
    cells: list[Cell | str] = [CELLS["given"]]
    steps = STEPS | SLOW
    cells += [answer(name, steps[kind].replace("{n}", name)) for name, kind in zip(order, kinds, strict=False)]
    for place, extra in extras:
        cells.insert(min(place, len(cells)), CELLS[extra])
    return cells


@pytest.mark.parametrize("kind", [*STEPS, *SLOW])
def test_each_kind_of_answer_gives_the_same_line_as_alone(room: Classroom, course: LoadedCourse, kind: str) -> None:
    lines = notebook(assembled(["right", kind, "right", kind], NAMES, []))
    together, alone = both_ways(room, course, lines)
    assert together == alone


kinds = st.lists(st.sampled_from(sorted(STEPS)), min_size=2, max_size=4)
places = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(sorted(CELLS))), max_size=3)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(kinds=kinds, order=st.permutations(NAMES), extras=places)
def test_any_notebook_gives_the_same_lines_as_its_exercises_alone(
    room: Classroom, course: LoadedCourse, kinds: list[str], order: list[str], extras: list[tuple[int, str]]
) -> None:
    lines = notebook(assembled(kinds, order, extras))
    together, alone = both_ways(room, course, lines)
    assert together == alone
