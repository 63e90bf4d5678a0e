"""Do the checks of an exercise notice a mistake? Its solution's mutants are judged, each to its first failing check."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from codegym_jlab.authoring.mutants import Mutant, mutants_of, spread
from codegym_jlab.course.schema import ExerciseCell
from codegym_jlab.grading.batch import judge_unrecorded
from codegym_jlab.grading.grader.plan import CellUnreadable, python_text
from codegym_jlab.records import Cell, Judgement, Verdict

from .suggest import Suggester

if TYPE_CHECKING:
    from codegym_jlab.course.loader import LoadedCourse
    from codegym_jlab.course.schema import Exercise, Unit
    from codegym_jlab.grading.grader.grader import Grader
    from codegym_jlab.sandbox.base import Sandbox

T = TypeVar("T")

#: Judgements under way for each processor.
AHEAD = 2
#: Seconds of CPU that a mutant has at least, and how many times what its solution takes; never more than a student.
LEAST_S, TIMES = 0.25, 10.0
#: Survivors of one exercise for which a check is looked for.
MOST_SUGGESTIONS = 10


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mutant that every check accepts, and a check that would not, where one was found."""

    mutant: Mutant
    suggestion: str | None  #: YAML, an item of `checks`


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of one exercise's mutants. Those marked as equivalent count neither for nor against the checks."""

    total: int = 0
    killed: int = 0
    marked: int = 0
    survivors: tuple[Survivor, ...] = ()
    troubles: tuple[str, ...] = ()  #: marks that are wrong, and what could not be judged, in the words of the author

    @property
    def share(self) -> float:
        """Percent of the mutants that the checks kill; 100 where there is none."""
        return 100 * self.killed / self.total if self.total else 100.0

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        counts = {"total": self.total, "killed": self.killed, "equivalent": self.marked}
        told = [
            {name: getattr(one.mutant, name) for name in ("id", "kind", "line", "diff")}
            | {"suggestion": one.suggestion}
            for one in self.survivors
        ]
        return {**counts, "share": round(self.share, 1), "survivors": told}


def no_progress(done: int, more: int) -> None:
    """The progress of a run that nobody watches."""


@dataclass(frozen=True, slots=True)
class MutationRun:
    """One run over the mutants of a course. `progress` gets (mutants judged, mutants added to those to come)."""

    grader: Grader
    sandbox: Sandbox
    progress: Callable[[int, int], None] = no_progress
    _gate: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(AHEAD * len(os.sched_getaffinity(0))), repr=False
    )

    async def tally(self, loaded: LoadedCourse, unit: Unit, exercise: Exercise, above: Sequence[Cell]) -> Tally:
        """What became of the mutants of an exercise whose solution is accepted; `above`: the solutions before it."""
        try:
            source = python_text(exercise.solution)
        except CellUnreadable:
            return Tally()
        everything = await asyncio.to_thread(mutants_of, source, messages=_looks_at_messages(exercise))
        marked = {mutant.id for mutant in everything if _mark_of(exercise, mutant)}
        taken = spread([mutant for mutant in everything if mutant.id not in marked])
        run = [mutant for mutant in everything if mutant.id in marked or mutant in taken]
        self.progress(0, len(run))
        loaded = await self._hurried(loaded, exercise, above)
        verdicts = await _together([self._judge(loaded, exercise, mutant, above) for mutant in run])
        lost = [mutant for mutant, verdict in zip(run, verdicts, strict=True) if verdict is Verdict.JE]
        left = [mutant for mutant, verdict in zip(run, verdicts, strict=True) if verdict is Verdict.AC]
        alive = [mutant for mutant in left if mutant.id not in marked]
        noticed = [mutant for mutant in run if mutant.id in marked and mutant not in (*left, *lost)]
        total = sum(mutant.id not in marked and mutant not in lost for mutant in run)
        suggester = Suggester(self.sandbox, loaded, unit, exercise, above, self._gate)
        try:
            found = [await suggester.check_for(mutant.source) for mutant in alive[:MOST_SUGGESTIONS]]
        finally:
            await suggester.close()
        found += [None] * (len(alive) - len(found))
        return Tally(
            total=total,
            killed=total - len(alive),
            marked=len(marked),
            survivors=tuple(Survivor(mutant, check) for mutant, check in zip(alive, found, strict=True)),
            troubles=(*_wrong_marks(exercise, everything, noticed), *_lost(lost)),
        )

    async def _judge(self, loaded: LoadedCourse, exercise: Exercise, mutant: Mutant, above: Sequence[Cell]) -> Verdict:
        async with self._gate:
            for _ in range(2):  # a fault of ours is no kill, and is tried again
                judged = await self._once(loaded, exercise, mutant.source, above)
                if judged.verdict is not Verdict.JE:
                    break
        self.progress(1, 0)
        return judged.verdict

    async def _once(self, loaded: LoadedCourse, exercise: Exercise, source: str, above: Sequence[Cell]) -> Judgement:
        _, judged = await judge_unrecorded(self.grader, loaded, exercise.id, source, above, until_failure=True)
        return judged

    async def _hurried(self, loaded: LoadedCourse, exercise: Exercise, above: Sequence[Cell]) -> LoadedCourse:
        """The course with as much time for this exercise as its solution needs ten times over: loops may never end."""
        async with self._gate:
            judged = await self._once(loaded, exercise, exercise.solution, above)
        full = loaded.limits(exercise.id).seconds
        seconds = min(full, max(LEAST_S, TIMES * judged.wall_ms / 1000))
        limits = exercise.limits.model_copy(update={"seconds": seconds})
        limits.model_fields_set.add("seconds")
        return with_exercise(loaded, exercise.model_copy(update={"limits": limits}))


def with_exercise(loaded: LoadedCourse, exercise: Exercise) -> LoadedCourse:
    """The course with another exercise in the place of that of the same id."""
    assert loaded.course is not None
    units = []
    for unit in loaded.course.units:
        cells = tuple(
            ExerciseCell(exercise=exercise)
            if isinstance(cell, ExerciseCell) and cell.exercise.id == exercise.id
            else cell
            for cell in unit.cells
        )
        units.append(unit.model_copy(update={"cells": cells}))
    return replace(loaded, course=loaded.course.model_copy(update={"units": tuple(units)}))


async def _together(work: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one) for one in work]
    return [task.result() for task in tasks]


def _looks_at_messages(exercise: Exercise) -> bool:
    """True where a check can notice what an error says."""
    return any(
        check.code or check.prints or (check.raises and check.raises.match) or check.run for check in exercise.checks
    )


def _mark_of(exercise: Exercise, mutant: Mutant) -> bool:
    return any(mark.mutant.strip() in (mutant.id, *mutant.changed_lines) for mark in exercise.equivalent)


def _wrong_marks(exercise: Exercise, mutants: Sequence[Mutant], killed: Sequence[Mutant]) -> list[str]:
    names = {name for mutant in mutants for name in (mutant.id, *mutant.changed_lines)}
    found = [
        f"`equivalent` names `{mark.mutant}`, and there is no such mutant; take its id from this report"
        for mark in exercise.equivalent
        if mark.mutant.strip() not in names
    ]
    found += [
        f"`{mutant.id}` (line {mutant.line}) is marked as equivalent, and a check tells it from the solution; "
        "leave the mark out"
        for mutant in killed
    ]
    return found


def _lost(mutants: Sequence[Mutant]) -> list[str]:
    names = ", ".join(mutant.id for mutant in mutants)
    return [f"these mutants could not be judged: {names}; run the check again"] if mutants else []
