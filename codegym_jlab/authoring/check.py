"""`codegym check`: is a course fit to be given to students?

Its schema holds, each solution is accepted, each starter refused, each misconception caught, and nothing hidden
stands in the notebooks.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from codegym_jlab.course.notebook import starter_source, unit_notebook
from codegym_jlab.grading.unrecorded import judge_unrecorded
from codegym_jlab.submission import Cell, Judgement, Verdict

if TYPE_CHECKING:
    from codegym_jlab.course.checks import Check
    from codegym_jlab.course.loader import LoadedCourse
    from codegym_jlab.course.schema import Exercise, Unit
    from codegym_jlab.grading.grader import Grader

#: Shorter fragments stand in any text by chance.
LEAST_LEAK = 8
BESIDE = 4  #: exercises graded at the same time


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a course, in the words of its author."""

    exercise: str | None
    kind: str  #: schema, solution, starter, misconception, leak
    text: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found for one exercise."""

    exercise: str
    title: str
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, Any]:
        """For `--json`: one line an exercise."""
        return asdict(self)


async def check_course(loaded: LoadedCourse, grader: Grader) -> AsyncIterator[Checked]:
    """Each exercise's findings, in the order of the course. Schema errors are `loaded.errors`, not repeated here."""
    gate = asyncio.Semaphore(BESIDE)

    async def one(unit: Unit, exercise: Exercise) -> Checked:
        async with gate:
            return await _check_exercise(loaded, grader, unit, exercise)

    units = loaded.course.units if loaded.course else ()
    waiting = [asyncio.create_task(one(unit, e)) for unit in units for e in unit.exercises]
    try:
        for task in waiting:
            yield await task
    finally:
        for task in waiting:
            task.cancel()


async def _check_exercise(loaded: LoadedCourse, grader: Grader, unit: Unit, exercise: Exercise) -> Checked:
    findings = list(leaks(loaded, unit, exercise))
    if exercise.answer == "code" and exercise.checks and exercise.solution:
        above = earlier_solutions(unit, exercise)

        async def judge(source: str) -> Judgement:
            return (await judge_unrecorded(grader, loaded, exercise.id, source, above))[1]

        findings += await _judgements(exercise, judge)
    return Checked(exercise.id, exercise.title, tuple(findings))


async def _judgements(exercise: Exercise, judge: Callable[[str], Any]) -> list[Finding]:
    found = []
    solution = await judge(exercise.solution)
    if solution.verdict is not Verdict.AC:
        found.append(Finding(exercise.id, "solution", f"its solution is not accepted: {why(solution)}"))
    if (await judge(starter_source(exercise))).verdict is Verdict.AC:
        found.append(Finding(exercise.id, "starter", "its starter is accepted as it is; check what it does not do yet"))
    for misconception in exercise.misconceptions:
        verdict = (await judge(misconception.wrong)).verdict
        if verdict in (Verdict.AC, Verdict.JE):
            text = f"no check refuses the wrong code of `{misconception.id}` ({verdict}); add one that does"
            found.append(Finding(exercise.id, "misconception", text))
    return found


def earlier_solutions(unit: Unit, exercise: Exercise) -> tuple[Cell, ...]:
    """The solutions of the exercises above it that it may use: what a student who solved them has there."""
    above: list[Cell] = []
    for other in unit.exercises:
        if other.id == exercise.id:
            break
        if other.answer == "code" and other.solution and (exercise.uses is None or other.id in exercise.uses):
            above.append(Cell(other.solution, role="answer", exercise=other.id))
    return tuple(above)


def why(judgement: Judgement) -> str:
    """What a judgement that should be AC says, for staff."""
    if judgement.failure:
        line = f" in line {judgement.failure.line}" if judgement.failure.line else ""
        return f"{judgement.verdict}, {judgement.failure.type}: {judgement.failure.message}{line}"
    for check in judgement.checks:
        if not check.passed:
            detail = check.message or (check.failure.message if check.failure else "")
            values = f" (expected {check.expected}, got {check.got})" if check.got is not None else ""
            return f"{check.verdict} at the check “{check.label}”{values}{': ' + detail if detail else ''}"
    return str(judgement.verdict)


# -- the leak scan ---------------------------------------------------------------------------------


def leaks(loaded: LoadedCourse, unit: Unit, exercise: Exercise) -> Iterator[Finding]:
    """Fragments of hidden checks, the solution, hints and misconceptions that stand in the unit's notebook."""
    shown = _plain(json.dumps(unit_notebook(loaded, unit), ensure_ascii=False))
    open_parts = {_plain(json.dumps(text, ensure_ascii=False)[1:-1]) for text in _sample_texts(exercise)}
    meant = _plain("\n".join([exercise.statement, exercise.starter]))
    for name, text in secrets_of(exercise):
        fragment = _plain(json.dumps(text, ensure_ascii=False)[1:-1])
        if len(fragment) >= LEAST_LEAK and fragment in shown and fragment not in open_parts:
            where = "its own statement or starter" if fragment in meant else "the unit's notebook"
            yield Finding(exercise.id, "leak", f"{name} stands in {where}; change the one or the other")


def secrets_of(exercise: Exercise) -> Iterator[tuple[str, str]]:
    """What a student must not read, each with its name."""
    yield "the solution", exercise.solution or ""
    for i, hint in enumerate(exercise.hints, 1):
        yield f"hint {i}", hint
    for misconception in exercise.misconceptions:
        yield f"the wrong code of `{misconception.id}`", misconception.wrong
    for check in exercise.hidden_checks:
        for name, text in _parts(check):
            yield f"the {name} of the hidden check “{check.title}”", text


def _parts(check: Check) -> Iterator[tuple[str, str]]:
    for name in ("call", "run", "code", "setup", "stdin", "equals_expr", "prints", "satisfies"):
        text = getattr(check, name)
        if isinstance(text, str):
            yield name, text
    if isinstance(check.equals, str):
        yield "value", check.equals
    yield "message of its exception", (check.raises.match or "") if check.raises else ""


def _sample_texts(exercise: Exercise) -> Iterator[str]:
    for check in exercise.sample_checks:
        for _, text in _parts(check):
            yield text


def _plain(text: str) -> str:
    """Without what makes the same text look different: space, and how JSON writes a line's end."""
    return re.sub(r"(\\n|\s)+", " ", text).strip()
