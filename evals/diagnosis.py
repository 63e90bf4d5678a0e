"""Whether the diagnosis tells the right line: of wrong answers whose mistake is known, and of mutants of solutions."""

from __future__ import annotations

import difflib
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

from codegym_jlab.authoring.mutants import mutants_of, spread
from codegym_jlab.authoring.search import earlier_solutions
from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import PYTHON_KERNELS
from codegym_jlab.grading.batch import judge_unrecorded
from codegym_jlab.grading.grader.grader import Grader
from codegym_jlab.records import Verdict
from codegym_jlab.tutor.diagnosis.diagnosis import Diagnoser, Diagnosis, StudentAnswer


@dataclass(frozen=True, slots=True)
class Wrong:
    """A wrong answer. `lines`: for each nearest right program, the lines that may be told."""

    id: str
    exercise: str
    source: str
    lines: tuple[frozenset[int], ...]

    def grade(self, told: Sequence[int]) -> str:
        """silent; right: all lines told are those of a mistake; wrong."""
        if not told:
            return "silent"
        return "right" if any(set(told) <= lines for lines in self.lines) else "wrong"


@dataclass(frozen=True, slots=True)
class Graded:
    """A wrong answer and what was told of it."""

    wrong: Wrong
    told: Diagnosis
    grade: str


def answers_in(path: Path) -> Iterator[Wrong]:
    """JSON lines `{"id","exercise","source","lines":[[line…]…]}`: `lines` of each nearest right program."""
    for line in path.read_text("utf-8").splitlines():
        body: dict[str, Any] = json.loads(line)
        lines = tuple(frozenset(each) for each in body["lines"])
        yield Wrong(body["id"], body["exercise"], body["source"], lines)


def mutants(loaded: LoadedCourse, each: int) -> Iterator[Wrong]:
    """Mutants of the solutions of a course, at most so many an exercise."""
    assert loaded.course is not None
    for unit in loaded.course.units:
        if loaded.course.kernel_of(unit) not in PYTHON_KERNELS:
            continue
        for exercise in (one for one in unit.exercises if one.is_code):
            for one in spread(mutants_of(exercise.solution), each):
                lines = frozenset(_changed(exercise.solution, one.source))
                yield Wrong(one.id, exercise.id, one.source, (lines,))


def _changed(before: str, after: str) -> Iterator[int]:
    """The lines of `after` that are new in it; where some went, those beside the gap."""
    a, b = before.splitlines(), after.splitlines()
    for kind, _, _, start, end in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if kind != "equal":
            yield from range(start + 1, end + 1) if end > start else (start, start + 1)


def rights_in(path: Path, each: int) -> dict[str, list[str]]:
    """Right answers of others, at most so many an exercise: JSON lines `{"exercise","source"}`."""
    found: dict[str, list[str]] = {}
    for line in path.read_text("utf-8").splitlines():
        body: dict[str, Any] = json.loads(line)
        some = found.setdefault(body["exercise"], [])
        if len(some) < each:
            some.append(body["source"])
    return found


async def graded(
    loaded: LoadedCourse,
    wrongs: Iterable[Wrong],
    grader: Grader,
    *,
    practice: bool,
    rights: Mapping[str, Sequence[str]],
) -> AsyncIterator[Graded]:
    """What is told of each that the course's checks do not accept. `rights`: right answers of others, by exercise."""

    async def rights_of(offering: str, exercise: str) -> Sequence[str]:
        return rights.get(exercise, ())

    diagnoser = Diagnoser(grader, rights=rights_of)
    for wrong in wrongs:
        unit, exercise = loaded.find(wrong.exercise)
        cells = earlier_solutions(unit, exercise)
        _, judgement = await judge_unrecorded(grader, loaded, wrong.exercise, wrong.source, cells)
        if judgement.verdict in (Verdict.AC, Verdict.JE, Verdict.CE):
            continue
        told = await diagnoser.diagnose(StudentAnswer(loaded, exercise, wrong.source, cells), practice=practice)
        yield Graded(wrong, told, wrong.grade(told.lines))


def summary(found: Sequence[Graded]) -> dict[str, float | int]:
    """Shares from 0 to 1, and processor seconds."""
    number = max(len(found), 1)
    spent = sorted(one.told.spent_s for one in found) or [0.0]
    tenths = quantiles(spent, n=10, method="inclusive") if len(spent) > 1 else spent * 9
    shares = {name: round(sum(one.grade == name for one in found) / number, 3) for name in ("right", "wrong", "silent")}
    times = {"p50_s": round(tenths[4], 3), "p90_s": round(tenths[8], 3), "most_s": round(spent[-1], 3)}
    return {"answers": len(found), **shares, **times}
