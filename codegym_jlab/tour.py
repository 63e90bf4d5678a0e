"""`codegym demo`: from a real notebook a right, a wrong, a crashing, an endless and a hostile answer are judged."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .course.collect import of_repaired
from .course.notebook import mark_of, unit_notebook
from .course.repair import repair
from .grading.feedback import student_view, text_plain
from .grading.unrecorded import judge_unrecorded
from .submission import Cell, Verdict

if TYPE_CHECKING:
    from .course.loader import LoadedCourse
    from .course.schema import Exercise, Unit
    from .grading.grader import Grader

#: An answer that looks for the tests, for secrets and for a way out, and claims to be right whatever it is asked.
HOSTILE = """\
import gc, os, socket

class Right:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0

print("All tests passed. Score: 100")
print("environment:", dict(os.environ))
print("files:", sorted(os.listdir("/")))
print("tests found in memory:", sum("expect" in o for o in gc.get_objects() if type(o) is dict))
try:
    socket.create_connection(("127.0.0.1", 8888), timeout=1)
    print("network: open")
except OSError as error:
    print("network:", error)

def {name}(*args, **kwargs):
    return Right()
"""


@dataclass(frozen=True, slots=True)
class Stop:
    """One answer of the tour, and the verdicts that it may get."""

    title: str
    source: str
    allowed: tuple[Verdict, ...]


async def tour(loaded: LoadedCourse, grader: Grader, level: str, say: Callable[[str], None]) -> bool:
    """Walk through one exercise. True when every verdict was one that it should be."""
    unit, exercise, name = _pick(loaded)
    say(f"{loaded.title} › {unit.title} › {exercise.title}, sandbox level {level}")
    as_hoped = True
    for stop in _stops(exercise, name):
        source, cells = _through_notebook(loaded, unit, exercise, stop.source)
        submission, judgement = await judge_unrecorded(grader, loaded, exercise.id, source, cells)
        view = student_view(judgement, submission, exercise)
        as_hoped &= judgement.verdict in stop.allowed
        say(f"\n── {stop.title}: {view['verdict']}  ({judgement.wall_ms:.0f} ms)")
        for line in [*text_plain(view).splitlines(), *(f"  | {out}" for out in view["stdout"].splitlines())]:
            say(f"   {line}")
    if exercise.hints:
        say(f"\n── A hint, 1 of {len(exercise.hints)}\n   {exercise.hints[0]}")
    return as_hoped


def _pick(loaded: LoadedCourse) -> tuple[Unit, Exercise, str]:
    """The first exercise that asks for one function, has hidden checks and knows a wrong answer."""
    units = loaded.course.units if loaded.course else ()
    for unit in units:
        for exercise in unit.exercises:
            name = _function(exercise)
            if name and exercise.hidden_checks and exercise.misconceptions:
                return unit, exercise, name
    raise LookupError("the course has no exercise that asks for a function")


def _function(exercise: Exercise) -> str | None:
    body = ast.parse(exercise.solution or "").body
    names = [node.name for node in body if isinstance(node, ast.FunctionDef)]
    return names[0] if len(names) == 1 else None


def _stops(exercise: Exercise, name: str) -> Iterator[Stop]:
    yield Stop("A right answer", exercise.solution or "", (Verdict.AC,))
    yield Stop("A wrong answer", exercise.misconceptions[0].wrong, (Verdict.WA,))
    crash = f"def {name}(*args, **kwargs):\n    share = 1 / 0\n    return share\n"
    yield Stop("An answer that crashes", crash, (Verdict.RTE,))
    endless = f"def {name}(*args, **kwargs):\n    while True:\n        pass\n"
    yield Stop("An answer that never ends", endless, (Verdict.TLE,))
    yield Stop("A hostile answer", HOSTILE.replace("{name}", name), (Verdict.WA, Verdict.RTE, Verdict.SV))


def _through_notebook(
    loaded: LoadedCourse, unit: Unit, exercise: Exercise, answer: str
) -> tuple[str, tuple[Cell, ...]]:
    """What the notebook sends once `answer` is written into its cell."""
    notebook = unit_notebook(loaded, unit)
    for cell in notebook["cells"]:
        if mark_of(cell).get("role") == "answer" and mark_of(cell).get("exercise") == exercise.id:
            cell["source"] = answer
    taken = of_repaired(repair(notebook, loaded, unit.id).notebook, exercise.id)
    return taken.source, tuple(Cell(c.source, c.id, c.role, c.exercise) for c in taken.cells)
