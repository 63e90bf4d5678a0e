"""Where a wrong answer is wrong, of which kind the mistake is, and the smallest example that shows it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import Exercise
from codegym_jlab.grading.batch import unrecorded
from codegym_jlab.grading.grader.grader import Grader, image_of, limits_of
from codegym_jlab.grading.grader.ipython_syntax import CellUnreadable, python_text
from codegym_jlab.grading.grader.plan import solution_names, student_plan
from codegym_jlab.grading.grader.replay import Replay, SandboxLost
from codegym_jlab.records import Cell
from codegym_jlab.sandbox.base import ProcessEnded, Sandbox

from ..explain.explanation import explain_error
from ..explain.seen import Seen, Step
from .bench import Bench
from .evidence import Evidence, joined, new_checks, signatures, usable
from .program import DEFINITIONS, Program
from .search import MARGIN, PAIR_MARGIN, Finding, Search

MOST_LINES = 3
_SURE = 0.8


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found. Without lines nothing is said but the smallest sample that fails."""

    lines: tuple[int, ...] = ()
    kind: str = ""
    failing: Evidence | None = None
    finding: Finding | None = None
    spent_s: float = 0.0


class Diagnoser:
    """Diagnoses wrong answers with the sandbox and the author's values of a grader."""

    def __init__(self, sandbox: Sandbox, grader: Grader) -> None:
        self._sandbox, self._grader = sandbox, grader

    async def diagnose(
        self, loaded: LoadedCourse, exercise: Exercise, source: str, cells: Sequence[Cell] = (), *, practice: bool
    ) -> Diagnosis:
        """Of an answer that did not pass. `practice`: no grade is at stake, so that hidden checks are looked at, too.

        Raises SandboxUnavailable.
        """
        try:
            text = python_text(source)
            Program(text)
        except (CellUnreadable, SyntaxError, ValueError, RecursionError):
            return Diagnosis()
        try:
            evidence = await self._evidence(loaded, exercise, practice)
            is_whole = practice and all(usable(one) for one in exercise.checks)
            return await self._searched(loaded, exercise, text, cells, evidence, is_whole)
        except (SandboxLost, ProcessEnded):
            return Diagnosis()

    async def _evidence(self, loaded: LoadedCourse, exercise: Exercise, practice: bool) -> list[Evidence]:
        checks = [one for one in exercise.checks if usable(one) and (practice or not one.is_hidden)]
        new = new_checks(exercise)
        nobody = unrecorded(loaded, exercise.id, "")
        return joined(checks, new, await self._grader.expected(loaded, nobody, [*checks, *new]))

    async def _searched(
        self,
        loaded: LoadedCourse,
        exercise: Exercise,
        text: str,
        cells: Sequence[Cell],
        evidence: Sequence[Evidence],
        is_whole: bool,
    ) -> Diagnosis:
        if not evidence:
            return Diagnosis()
        unit, _ = loaded.find(exercise.id)
        plan = student_plan(unit, exercise, cells, "")
        names = solution_names(exercise.solution)
        replay = Replay(self._sandbox, image_of(loaded), limits_of(loaded, exercise.id), plan, names)
        try:
            await replay.start()
            bench = Bench(replay, text)
            program = Program(text, signatures=signatures(evidence))
            finding = await Search(program, bench, evidence, is_whole=is_whole).find()
            return replace(told(program, finding), spent_s=bench.spent_s)
        finally:
            await replay.close()


def told(program: Program, finding: Finding) -> Diagnosis:
    """What may be said of it: a place only where all repairs about as cheap as the cheapest agree on it."""
    failing = min((one for one in finding.failing if one.shown), key=lambda one: one.size, default=None)
    if finding.repairs:
        lines, kind = _agreed(finding)
        return Diagnosis(lines, kind, failing, finding)
    hole = unfinished(program, finding.ran)
    if hole is not None:
        return Diagnosis((hole,), "unfinished", failing, finding)
    cause = _cause_of(program.source, finding)
    if cause is not None:
        return Diagnosis((cause,), "crash", failing, finding)
    heads = {place.node.lineno for place in program.places() if isinstance(place.node, (*DEFINITIONS, ast.arg))}
    if len(ran := finding.ran - heads) == 1:
        return Diagnosis(tuple(ran), "only_line", failing, finding)
    return Diagnosis(failing=failing, finding=finding)


def unfinished(program: Program, ran: frozenset[int]) -> int | None:
    """The one line that ran in vain: `pass` or `...` in place of a step, a condition that is no question."""
    found = set()
    for place in program.places():
        node, parent = place.node, place.parents[-1] if place.parents else None
        if getattr(node, "lineno", 0) not in ran:
            continue
        bare = isinstance(node, ast.Pass) or isinstance(node, ast.Expr) and _is_dots(node.value)
        has_other = isinstance(parent, ast.If) and (parent.orelse or place.field == "orelse")
        empty = isinstance(node, ast.Return) and isinstance(node.value, ast.Constant) and node.value.value is None
        if (bare and not has_other) or empty:
            found.add(node.lineno)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Constant):
            found.add(node.lineno)
    return found.pop() if len(found) == 1 else None


def _is_dots(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


def _agreed(finding: Finding) -> tuple[tuple[int, ...], str]:
    """The lines that all repairs touch which are about as cheap as the cheapest, and its kind; nothing without any."""
    best = finding.repairs[0]
    margin = MARGIN if len(best.edit.lines) == 1 else PAIR_MARGIN
    near = [one for one in finding.repairs if one.cost <= best.cost + margin]
    if best.edit.kind == "missing_case" and len(best.edit.lines) == 1:  # honest places are the entry and the crash
        at_crash = next((one for one in finding.repairs if one.edit.lines == (finding.crash,)), best)
        return at_crash.edit.lines, at_crash.edit.kind
    shared = set.intersection(*(set(one.edit.lines) for one in near))
    return (tuple(sorted(shared)), best.edit.kind) if 0 < len(shared) <= MOST_LINES else ((), "")


def _cause_of(text: str, finding: Finding) -> int | None:
    """Where the mistake behind an error is: its cause, where the explainer is sure of it, else the line that raised."""
    if finding.crash is None or finding.failure is None:
        return finding.crash
    steps = tuple(Step(frame.line, frame.function) for frame in finding.failure.frames if frame.cell == "answer")
    seen = Seen(finding.failure.type, finding.failure.message, steps)
    found = explain_error(text, seen)
    return found.line if found.sure >= _SURE else finding.crash
