"""Do the checks of an exercise notice a mistake? Its solution's mutants are judged, each to its first failing check."""

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field, replace
from typing import Literal

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import Exercise, ExerciseCell
from codegym_jlab.grading.grader.grader import Grader
from codegym_jlab.grading.grader.plan import CellUnreadable, python_text
from codegym_jlab.records import Json, Judgement, Verdict, frozen, some

from .inputs import FEW
from .mutants import Mutant, mutants_of, spread
from .search import Difference, Search, judge_source

#: Judgements under way for each processor.
AHEAD = 2
#: Seconds of CPU that a mutant has at least, and how many times what its solution takes; never more than a student.
LEAST_S, TIMES = 0.25, 10.0


#: killed: a check tells it from the solution. same: marked as equivalent; noticed: the same, and a check tells it from
#: the solution. lost: it could not be judged.
Fate = Literal["killed", "alive", "same", "noticed", "lost"]


@frozen
class MutantResult:
    """What became of a mutant, and where it is alive an input that would kill it, if one was found."""

    mutant: Mutant
    fate: Fate
    found: Difference | None = None
    tried: int = 0  #: inputs

    @property
    def suggestion(self) -> str | None:
        """A check that would kill it: YAML, an item of `checks`."""
        return self.found.yaml if self.found else None

    @property
    def search(self) -> Json:
        """What the search for an input came to, for programs: in words, and how many were tried."""
        return {"found": self.found.words if self.found else None, "tried": self.tried}


@frozen
class Tally:
    """What became of one exercise's mutants. Those marked as equivalent count neither for nor against the checks."""

    mutants: tuple[MutantResult, ...] = ()  #: in the order of the solution's text
    troubles: tuple[str, ...] = ()  #: marks that are wrong, and what could not be judged, in the words of the author

    @property
    def survivors(self) -> tuple[MutantResult, ...]:
        """Those that every check accepts."""
        return tuple(one for one in self.mutants if one.fate == "alive")

    @property
    def killed(self) -> int:
        """How many a check refuses."""
        return sum(one.fate == "killed" for one in self.mutants)

    @property
    def marked(self) -> int:
        """How many the author marked as equivalent."""
        return sum(one.fate in ("same", "noticed") for one in self.mutants)

    @property
    def total(self) -> int:
        """How many count."""
        return self.killed + len(self.survivors)

    @property
    def share(self) -> float:
        """Percent of the mutants that the checks kill; 100 where there is none."""
        return 100 * self.killed / self.total if self.total else 100.0

    @property
    def counts(self) -> Json:
        """For programs, without the survivors."""
        return some(self, "total killed") | {"equivalent": self.marked, "share": round(self.share, 1)}

    def as_json(self) -> Json:
        """For `--json`."""
        told = [one.mutant.as_json() | {"suggestion": one.suggestion} for one in self.survivors]
        return self.counts | {"survivors": told}


def no_progress(done: int, more: int) -> None:
    """The progress of a run that nobody watches."""


@frozen
class MutationRun:
    """One run over the mutants of a course. `progress` gets (mutants judged, mutants added to those to come).

    Of a mutant that stays alive so many `inputs` are tried, in search of one on which it differs.
    """

    grader: Grader
    progress: Callable[[int, int], None] = no_progress
    inputs: int = FEW
    _gate: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(AHEAD * len(os.sched_getaffinity(0))), repr=False
    )

    async def tally(self, loaded: LoadedCourse, name: str) -> Tally:
        """What became of the mutants of the exercise of this id, whose solution is accepted."""
        _, exercise = loaded.find(name)
        try:
            source = python_text(exercise.solution)
        except CellUnreadable:
            return Tally()
        # whether a check can notice what an error says
        messages = any(c.code or c.prints or (c.raises and c.raises.match) or c.run for c in exercise.checks)
        everything = await asyncio.to_thread(mutants_of, source, messages=messages)
        named = {mark.mutant.strip() for mark in exercise.equivalent}
        marked = {one.id for one in everything if not named.isdisjoint((one.id, *one.changed_lines))}
        taken = spread([mutant for mutant in everything if mutant.id not in marked])
        run = [mutant for mutant in everything if mutant.id in marked or mutant in taken]
        self.progress(0, len(run))
        loaded = await self._hurried(loaded, exercise)
        search = self.search(loaded, name)

        async def result(mutant: Mutant) -> MutantResult:
            verdict = (await self._judged(loaded, name, mutant.source)).verdict
            self.progress(1, 0)
            if verdict is Verdict.JE:
                return MutantResult(mutant, "lost")
            if mutant.id in marked:
                return MutantResult(mutant, "same" if verdict is Verdict.AC else "noticed")
            if verdict is not Verdict.AC:
                return MutantResult(mutant, "killed")
            self.progress(0, 1)
            found, tried = await search.difference(mutant.source)
            self.progress(1, 0)
            return MutantResult(mutant, "alive", found, tried)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(result(mutant)) for mutant in run]
        results = [task.result() for task in tasks]
        return Tally(tuple(results), tuple(_troubles(exercise, everything, results)))

    def search(self, loaded: LoadedCourse, exercise: str) -> Search:
        """For inputs that tell mutants of the exercise from its solution."""
        return Search(self.grader.sandbox, loaded, exercise, self._gate, self.inputs)

    async def _judged(self, loaded: LoadedCourse, exercise: str, source: str) -> Judgement:
        async with self._gate:
            return (await judge_source(self.grader, loaded, exercise, source, until_failure=True))[1]

    async def _hurried(self, loaded: LoadedCourse, exercise: Exercise) -> LoadedCourse:
        """The course with as much time for this exercise as its solution needs ten times over: loops may never end."""
        judged = await self._judged(loaded, exercise.id, exercise.solution)
        seconds = min(loaded.limits(exercise.id).seconds, max(LEAST_S, TIMES * judged.wall_ms / 1000))
        limits = exercise.limits.model_copy(update={"seconds": seconds})
        return with_exercise(loaded, exercise.model_copy(update={"limits": limits}))


def with_exercise(loaded: LoadedCourse, exercise: Exercise) -> LoadedCourse:
    """The course with another exercise in the place of that of the same id."""
    own, before = loaded.find(exercise.id)
    new = ExerciseCell(exercise=exercise)
    cells = tuple(new if isinstance(cell, ExerciseCell) and cell.exercise is before else cell for cell in own.cells)
    units = tuple(own.model_copy(update={"cells": cells}) if unit is own else unit for unit in loaded.units)
    return replace(loaded, course=loaded.head.model_copy(update={"units": units}))


def _troubles(exercise: Exercise, mutants: Sequence[Mutant], results: Sequence[MutantResult]) -> Iterator[str]:
    names = {name for mutant in mutants for name in (mutant.id, *mutant.changed_lines)}
    for mark in exercise.equivalent:
        if mark.mutant.strip() not in names:
            yield f"`equivalent` names `{mark.mutant}`, and there is no such mutant; take its id from this report"
    for mutant in (one.mutant for one in results if one.fate == "noticed"):
        told = f"`{mutant.id}` (line {mutant.line}) is marked as equivalent, and a check tells it from the solution"
        yield f"{told}; leave the mark out"
    if lost := [one.mutant.id for one in results if one.fate == "lost"]:
        yield f"these mutants could not be judged: {', '.join(lost)}; run the check again"
