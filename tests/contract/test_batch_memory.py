"""A long batch: what the host and its zygotes take does not grow, and nothing is left running."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from contract.classroom import Classroom, course_of, open_classroom

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.grading.batch import Line, grade_lines
from codegym_jlab.records import Cell

WARM, ANSWERS = 100, 300
#: Kilobytes that two hundred answers more may take of each process: 10 an answer would be twice that.
ROOM_KB = 1024
NAMES = ("one", "two")
SOURCES = (
    "def {e}(x): return x  # {n}",
    "def {e}(x): return x + {n}",
    "kept = [{n}] * 100_000\ndef {e}(x): return x",
    "print('{n}' * 300)\ndef {e}(x): return x",
    "def {e}(x): return x / (x - {n} % 10)",
    "def {e}(x) return {n}",
    "import os\nif not os.fork():\n    os.setsid()\n    while True: pass\ndef {e}(x): return {n}",
    "import os\nos._exit({n} % 200)",
    "open('f{n}', 'w').write('x' * 10_000)\ndef {e}(x): return x",
)


def lines() -> Iterator[Line]:
    """Answers of which no two are alike; each second stands below the one before it in a notebook."""
    above: tuple[Cell, ...] = ()
    for number in range(ANSWERS):
        exercise = NAMES[number % 2]
        source = SOURCES[number // 2 % len(SOURCES)].replace("{n}", str(number)).replace("{e}", exercise)
        yield Line(number, exercise, source, above if number % 2 else ())
        above = (Cell(source, role="answer", exercise=exercise),)


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedCourse:
    checks = [({}, 1), ({}, 2), ({"hidden": "a"}, 3), ({"hidden": "b"}, 7), ({"hidden": "c"}, 9)]
    own = {name: [{"call": f"{name}({x})", **more} for more, x in checks] for name in NAMES}
    tasks = [{"id": name, "solution": f"def {name}(x): return x", "checks": own[name]} for name in NAMES]
    return course_of(tmp_path, *tasks, limits={"seconds": 1})


def descendants() -> set[int]:
    """Processes below this one, in whatever state."""
    parents = {int(entry): _parent(entry) for entry in os.listdir("/proc") if entry.isdigit()}
    found: set[int] = set()
    ahead = [os.getpid()]
    while ahead:
        above = ahead.pop()
        ahead += [pid for pid, parent in parents.items() if parent == above]
        found |= set(ahead)
    return found


def _parent(pid: str) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def memory() -> dict[int, int]:
    """Kilobytes of their own that this process and those below it have, by pid (proc_pid_smaps(5))."""
    found = {}
    for pid in {os.getpid(), *descendants()}:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        found[pid] = next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Anonymous:")), 0)
    return found


async def graded(room: Classroom, loaded: LoadedCourse) -> list[dict[int, int]]:
    """Memory after each hundredth answer."""
    looks, done = [], 0
    async for line in grade_lines(lines(), loaded, room.grader):
        assert "error" not in line and line["verdict"] != "JE", line
        done += 1
        if done % WARM == 0:
            looks.append(memory())
    return looks


@pytest.mark.full
def test_the_memory_of_a_batch_is_flat_and_no_process_is_left(loaded: LoadedCourse) -> None:
    if not Path("/proc/self/smaps_rollup").exists():
        pytest.skip("this system does not tell what a process takes")
    before = descendants()
    room = open_classroom()
    try:
        first, _, last = room.run(graded(room, loaded))
    finally:
        room.close()
    lasting = first.keys() & last.keys()
    assert os.getpid() in lasting and len(lasting) > 1, "the zygote is there all the time"
    assert {pid: last[pid] - first[pid] for pid in lasting if last[pid] - first[pid] > ROOM_KB} == {}
    assert descendants() <= before
