"""`codegym check`: is a course fit to be given to students?

Its schema holds, each solution is accepted, each starter refused, each misconception caught, nothing hidden stands in
notebooks, files or feedback, and the checks notice mistakes in the solutions: mutants.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from codegym_jlab.authoring.killing import Killing, Tally
from codegym_jlab.authoring.leaks import Finding, feedback_leaks, leaks
from codegym_jlab.course.notebook import starter_source
from codegym_jlab.course.schema import PYTHON_KERNELS
from codegym_jlab.grading.grader import Grader
from codegym_jlab.grading.notices import AWAY, STAFF
from codegym_jlab.grading.unrecorded import judge_unrecorded
from codegym_jlab.sandbox.base import side_of_author
from codegym_jlab.submission import Cell, Judgement, Submission, Verdict

if TYPE_CHECKING:
    from codegym_jlab.course.loader import LoadedCourse
    from codegym_jlab.course.schema import Exercise, Unit
    from codegym_jlab.sandbox.base import Sandbox

BESIDE = 4  #: exercises graded at the same time

Judge = Callable[[str], Awaitable[tuple[Submission, Judgement]]]


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found for one exercise."""

    exercise: str
    title: str
    findings: tuple[Finding, ...]
    mutants: Tally | None = None  #: None where none were run

    def as_json(self) -> dict[str, Any]:
        """For `--json`: one line an exercise."""
        return {
            "exercise": self.exercise,
            "title": self.title,
            "findings": [asdict(finding) for finding in self.findings],
            "mutants": self.mutants.as_json() if self.mutants else None,
        }


async def check_course(loaded: LoadedCourse, grader: Grader, killing: Killing | None = None) -> AsyncIterator[Checked]:
    """Each exercise's findings, in the order of the course. Schema errors are `loaded.errors`, not repeated here.

    `killing` None runs no mutants.
    """
    gate = asyncio.Semaphore(BESIDE)

    async def one(unit: Unit, exercise: Exercise) -> Checked:
        async with gate:
            return await _check_exercise(loaded, grader, unit, exercise, killing)

    units = loaded.course.units if loaded.course else ()
    waiting = [asyncio.create_task(one(unit, e)) for unit in units for e in unit.exercises]
    try:
        for task in waiting:
            yield await task
    finally:
        for task in waiting:
            task.cancel()


async def shortcomings(loaded: LoadedCourse, sandbox: Sandbox) -> list[str]:
    """What is found before a course is published, mutants aside: a line each. Solutions run on the author's side."""
    grader = Grader(side_of_author(sandbox))
    try:
        found = [checked async for checked in check_course(loaded, grader)]
    finally:
        await grader.close()
    return [f"{one.exercise}: {finding.text}" for one in found for finding in one.findings]


async def _check_exercise(
    loaded: LoadedCourse, grader: Grader, unit: Unit, exercise: Exercise, killing: Killing | None
) -> Checked:
    findings = list(leaks(loaded, unit, exercise))
    tally = None
    if exercise.answer == "code" and exercise.checks and exercise.solution:
        above = earlier_solutions(unit, exercise)

        async def judge(source: str) -> tuple[Submission, Judgement]:
            return await judge_unrecorded(grader, loaded, exercise.id, source, above)

        _, solution = await judge(exercise.solution)
        if fault := fault_of(solution):
            return Checked(exercise.id, exercise.title, (*findings, Finding(exercise.id, "sandbox", fault)))
        if solution.verdict is not Verdict.AC:
            findings.append(Finding(exercise.id, "solution", f"its solution is not accepted: {why(solution)}"))
        findings += await _wrong_answers(exercise, judge, loaded.course.language if loaded.course else "en")
        if killing is not None and solution.verdict is Verdict.AC and _is_python(loaded, unit):
            tally = await killing.tally(loaded, unit, exercise, above)
            findings += [Finding(exercise.id, "mutants", text) for text in tally.troubles]
    return Checked(exercise.id, exercise.title, tuple(findings), tally)


async def _wrong_answers(exercise: Exercise, judge: Judge, language: str) -> list[Finding]:
    """Starter and misconceptions: each is refused, and what is told of it gives nothing away."""
    submission, starter = await judge(starter_source(exercise))
    found = list(feedback_leaks(exercise, submission, starter, "the starter", language))
    if starter.verdict is Verdict.AC:
        found.append(Finding(exercise.id, "starter", "its starter is accepted as it is; check what it does not do yet"))
    for misconception in exercise.misconceptions:
        submission, judged = await judge(misconception.wrong)
        if judged.verdict in (Verdict.AC, Verdict.JE):
            text = f"no check refuses the wrong code of `{misconception.id}` ({judged.verdict}); add one that does"
            found.append(Finding(exercise.id, "misconception", text))
        whose = f"the wrong code of `{misconception.id}`"
        found += feedback_leaks(exercise, submission, judged, whose, language)
    return found


def _is_python(loaded: LoadedCourse, unit: Unit) -> bool:
    return loaded.course is not None and loaded.course.kernel_of(unit) in PYTHON_KERNELS


def earlier_solutions(unit: Unit, exercise: Exercise) -> tuple[Cell, ...]:
    """The solutions of the exercises above it that it may use: what a student who solved them has there."""
    above: list[Cell] = []
    for other in unit.exercises:
        if other.id == exercise.id:
            break
        if other.answer == "code" and other.solution and (exercise.uses is None or other.id in exercise.uses):
            above.append(Cell(other.solution, role="answer", exercise=other.id))
    return tuple(above)


def fault_of(judgement: Judgement) -> str:
    """Why nothing of it could be judged; empty where it could."""
    texts = (notice.text for notice in judgement.notices if notice.code in (f"{STAFF}fault", AWAY))
    return next((f"nothing could be run: {text.removeprefix('SandboxUnavailable: ')}" for text in texts), "")


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
