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
from codegym_jlab.grading.batch import Line, grade_line, grade_together, notebooks
from codegym_jlab.grading.grader import Grader
from codegym_jlab.sandbox import Image, Limits, Process, Sandbox
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
    "cannot be read": "def {n}(): return '\0'",
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
    "exits when printed": "import os\nclass C(list):\n    def __str__(self): os._exit(71)\n"
    "def {n}(): return C([*numbers, '{n}'])",
    "ends as if told to": "import os\nos._exit(71)",
    "a thread of the last check": "import threading, time\nclass C(list):\n    def __str__(self):\n"
    "        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n        return list.__repr__(self)\n"
    "def {n}(): return C([*numbers, '{n}'])",
    "a process of the last check": "import os, time\nclass C(list):\n    def __str__(self):\n"
    "        os.fork() or time.sleep(60)\n        return list.__repr__(self)\ndef {n}(): return C([*numbers, '{n}'])",
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


# ---------------------------------------------------------------- that they share, and what not


class Counting:
    """A sandbox that counts its leases."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox, self.level, self.leases = sandbox, sandbox.level, 0

    async def lease(self, image: Image, limits: Limits) -> Process:
        self.leases += 1
        return await self._sandbox.lease(image, limits)

    async def warm(self, image: Image) -> None:
        await self._sandbox.warm(image)

    async def close(self) -> None:
        await self._sandbox.close()


def leases(room: Classroom, loaded: LoadedCourse, lines: list[Line]) -> int:
    """Leases that a notebook takes, the author's side known before."""
    counting = Counting(room.sandbox)
    grader = Grader(counting)

    async def graded() -> int:
        await grade_together([line for line in lines if line.exercise], loaded, grader)
        before = counting.leases
        await grade_together(lines, loaded, grader)
        await grader.close()
        return counting.leases - before

    return room.run(graded())


ORDINARY = ("right", "wrong", "stops", "no program", "prints", "warns", "writes a file", "draws", "exits in a check")


@pytest.mark.parametrize("kind", ORDINARY)
def test_a_notebook_of_four_exercises_takes_one_lease(room: Classroom, course: LoadedCourse, kind: str) -> None:
    assert leases(room, course, notebook(assembled(["right", kind, "right", kind], NAMES, [(1, "extra")]))) == 1


APART = ("leaves a process", "keeps a file open", "a thread")


@pytest.mark.parametrize("kind", APART)
def test_what_a_fork_would_lack_or_share_is_not_shared(room: Classroom, course: LoadedCourse, kind: str) -> None:
    assert leases(room, course, notebook(assembled(["right", kind, "right", "right"], NAMES, []))) > 1


def test_an_exercise_that_lacks_cells_goes_alone_and_the_others_together(room: Classroom, tmp_path: Path) -> None:
    middle = exercise("two", uses=[])
    loaded = course_of(tmp_path, {"code": GIVEN}, exercise("one"), middle, exercise("three"), limits=QUICK)
    lines = notebook([CELLS["given"], right("one"), right("two"), right("three")])
    assert leases(room, loaded, lines) == 2
    together, alone = both_ways(room, loaded, lines)
    assert together == alone and {line["verdict"] for line in together} == {"AC"}


def test_lines_of_a_batch_share_where_one_goes_on_below_another(room: Classroom, course: LoadedCourse) -> None:
    one, two = (right(name).source for name in NAMES[:2])
    lines = [Line(1, "one", one), Line(2, "two", two, (Cell(one),)), Line(3, "two", two), Line(4, "one", one)]
    assert [[line.id for line in some] for some in notebooks(lines)] == [[1, 2], [3], [4]]
    assert leases(room, course, lines[:2]) == 1
    together, alone = both_ways(room, course, lines[:2])
    assert together == alone


CANARY = 715_517
#: A page that all forks share, made past Python's own module, so that nothing inside notices.
PAGE = """
import ctypes
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
page = (ctypes.c_long * 8).from_address(libc.mmap(None, 4096, 3, 0x21, -1, 0))
def keep(x):
    if x: page[0] = x
"""


def test_no_hidden_input_of_one_exercise_is_shown_with_another(room: Classroom, tmp_path: Path) -> None:
    checks = [{"call": "{n}(0)", "equals": 0}, {"call": f"{{n}}({CANARY})", "equals": 0, "hidden": "large"}]
    cells = []
    for name in NAMES:
        own = [{key: text.format(n=name) if isinstance(text, str) else text for key, text in c.items()} for c in checks]
        cells.append({"id": name, "solution": f"def {name}(x): return 0", "checks": own})
    loaded = course_of(tmp_path, *cells, limits=QUICK)
    spy = "print(page[0])\ndef {n}(x):\n    keep(x)\n    print(page[0])\n    return page[0] or -1"
    lines = notebook([PAGE, *(answer(name, spy.replace("{n}", name)) for name in NAMES)])
    assert leases(room, loaded, lines) == 1
    shown = room.run(grade_together(lines, loaded, room.grader))
    assert [line["verdict"] for line in shown] == ["WA"] * 4
    assert str(CANARY) not in str(shown)


LATER = {
    "signals": "import os, signal\nfor pid in range(2, 40):\n    try: os.kill(pid, signal.SIGKILL)\n"
    "    except OSError: pass",
    "stops": "import os, signal\nfor pid in range(2, 40):\n    if pid != os.getpid():\n"
    "        try: os.kill(pid, signal.SIGSTOP)\n        except OSError: pass",
    "frames": "import os\nfor fd in range(3, 60):\n    try: os.write(fd, b'\\0\\0\\0\\x0b{\"ok\":true}')\n"
    "    except OSError: pass",
    "all files": "import os\nfor name in os.listdir('.'): os.unlink(name)\nopen('x', 'w').write('y' * 99)",
    "patches": "import gc\nfor o in gc.get_objects():\n    if type(o).__name__ == 'Asides': o.part = o.back = None",
    "spawns": "import os\nfor n in range(20):\n    if not os.fork():\n        while True: pass",
}


@pytest.mark.parametrize("kind", LATER)
def test_a_later_answer_does_not_touch_an_earlier_judgement(room: Classroom, course: LoadedCourse, kind: str) -> None:
    first = answer("one", STEPS["writes a file"].replace("{n}", "one"))
    second = answer("two", STEPS["right"].replace("{n}", "two"))
    hostile = answer("three", LATER[kind] + "\n" + STEPS["right"].replace("{n}", "three"))
    lines = notebook([CELLS["given"], first, second, hostile, right("four")])
    together, alone = both_ways(room, course, lines)
    assert together[:2] == alone[:2]
    assert [line["verdict"] for line in together] == [line["verdict"] for line in alone]
