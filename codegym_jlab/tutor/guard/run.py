"""Programs against an exercise's hidden checks: the guard as a customer of grading and of the sandbox.

One lease serves a reply, each check of a program has a fork of its own. What passes is decided outside, as ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cached_property

from codegym_jlab.course.checks import Check
from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import Exercise, Unit
from codegym_jlab.grading.batch import judge_unrecorded, unrecorded
from codegym_jlab.grading.checker.responses import Reply
from codegym_jlab.grading.checker.verdict import Expected, decide
from codegym_jlab.grading.grader.grader import Grader
from codegym_jlab.grading.grader.plan import ANSWER, PlannedCell, author_plan, image_of, limits_of, solution_names
from codegym_jlab.grading.grader.replay import Replay
from codegym_jlab.grading.grader.value_checks import Wanted, is_anew, question
from codegym_jlab.records import Json, Verdict, begin_task, in_parts

#: Processor seconds of one program: a reply's code that takes longer is no answer to a student in a hurry.
MOST_S = 0.5
#: Programs that are asked the most telling check together.
TOGETHER = 40
#: Processor seconds of that first look, and how many that take longer get all of their time: lines that are put
#: together in all ways often run for ever.
LOOK_S, MOST_LATE = 0.1, 10
#: Programs that an exercise whose checks need the author's side may be graded with for one reply.
MOST_GRADED = 12
#: Exercises that are kept as they were read.
_KEPT = 200


@dataclass(frozen=True, eq=False)
class Place:
    """An exercise in its course, with what its checks expect as far as that can be kept."""

    loaded: LoadedCourse
    unit: Unit
    exercise: Exercise
    expected: Mapping[str, Wanted]

    @property
    def judging(self) -> tuple[Check, ...]:
        """The checks that decide: the hidden ones, or all where none is."""
        return self.exercise.hidden_checks or self.exercise.checks

    @cached_property
    def plain_checks(self) -> list[Check]:
        """Those of them that the student's process alone answers, the most telling first."""
        return sorted(self.plain(self.judging), key=self._telling, reverse=True)

    def plain(self, checks: Sequence[Check]) -> list[Check]:
        """Those that need no author's side."""
        told = [(check, self.expected.get(str(check.id))) for check in checks]
        return [check for check, one in told if isinstance(one, Expected) and one.satisfies is None]

    @cached_property
    def above(self) -> list[PlannedCell]:
        """The cells above the answer, by the author's answers."""
        return [cell for cell in author_plan(self.unit, self.exercise) if cell.name != ANSWER]

    def expects(self, check: Check) -> Expected:
        """What passes a plain check."""
        found = self.expected[str(check.id)]
        assert isinstance(found, Expected)
        return found

    def _telling(self, check: Check) -> int:
        """The longer its input and its outcome, the fewer pass it by chance."""
        return min(len(check.call or check.run or ""), 60) + 4 * min(len(self.expects(check).text), 20)


class Room:
    """Where replies are run. One a process; exercises are kept with what their checks expect."""

    def __init__(self, grader: Grader) -> None:
        self._grader = grader
        self._places: dict[str, Place] = {}
        self._closing = set[asyncio.Task[None]]()

    async def place(self, loaded: LoadedCourse, exercise: str) -> Place:
        """Raises KeyError for an exercise that the course has not, SandboxUnavailable, SandboxLost, ProcessEnded."""
        key = f"{loaded.digest}:{loaded.root}:{exercise}"
        if key in self._places:
            return self._places[key]
        unit, found = loaded.find(exercise)
        lasting = [check for check in found.checks if not is_anew(check) and not check.files]
        known = await self._grader.expected(loaded, unrecorded(loaded, exercise, ""), lasting)
        self._places[key] = Place(loaded, unit, found, known)
        if len(self._places) > _KEPT:
            del self._places[next(iter(self._places))]
        return self._places[key]

    @asynccontextmanager
    async def trial(self, place: Place) -> AsyncIterator[Trial]:
        """One reply's runs. Nobody waits for the end of the process that they had."""
        trial = Trial(place, self._grader)
        try:
            yield trial
        finally:
            begin_task(self._closing, trial.replay.close())


class Trial:
    """The lease of one reply: whole submissions in, the first that passes out."""

    def __init__(self, place: Place, grader: Grader) -> None:
        self._place, self._grader = place, grader
        limits = limits_of(place.loaded, place.exercise.id)
        limits = replace(limits, seconds=min(limits.seconds, MOST_S), total_s=max(limits.total_s, 60.0))
        plan = [*place.above, PlannedCell(ANSWER, "answer", "")]
        self.replay = Replay(
            grader.sandbox, image_of(place.loaded), limits, plan, solution_names(place.exercise.solution)
        )
        self._known: dict[str, bool] = {}
        self._graded = self._late = 0

    @property
    def is_begun(self) -> bool:
        """Whether anything ran."""
        return bool(self._known)

    async def solves(self, program: str) -> bool:
        """Whether one passes, and the samples too as far as they need no author's side."""
        if await self.first([program]) is None:
            return False
        return await self._fits(program, self._place.plain(self._place.exercise.sample_checks))

    async def first(self, programs: Sequence[str]) -> str | None:
        """The first that passes all that decides. Raises SandboxUnavailable, SandboxLost."""
        if passed := next((one for one in programs if self._known.get(one)), None):
            return passed
        new = [one for one in dict.fromkeys(programs) if one not in self._known]
        for some in in_parts(new, TOGETHER):
            for likely in await self._likely(some):
                if await self._is_right(likely):
                    self._known[likely] = True
                    return likely
            self._known |= dict.fromkeys(some, False)
        return None

    async def _likely(self, programs: Sequence[str]) -> list[str]:
        """Those that pass the most telling check."""
        first = next(iter(self._place.plain_checks), None)
        if first is None:
            return list(programs)
        replies = await self.replay.checks([self._question(one, first) | {"seconds": LOOK_S} for one in programs])
        told = list(zip(programs, replies, strict=True))
        late = [one for one, reply in told if reply.status == "timeout"][: MOST_LATE - self._late]
        self._late += len(late)
        return [one for one, reply in told if one in late or self._passes(first, reply)]

    async def _is_right(self, program: str) -> bool:
        """Whether one passes everything, each check in a process of its own."""
        plain = self._place.plain_checks
        if not await self._fits(program, plain):
            return False
        if plain and len(plain) == len(self._place.judging):
            return True
        if self._graded >= MOST_GRADED:
            return False
        self._graded += 1
        loaded, id = self._place.loaded, self._place.exercise.id
        _, judgement = await judge_unrecorded(self._grader, loaded, id, program, until_failure=True)
        return judgement.verdict is Verdict.AC

    async def _fits(self, program: str, checks: Sequence[Check]) -> bool:
        """Whether it passes these, the first of them alone."""
        for some in (checks[:1], checks[1:]):
            replies = await self.replay.checks([self._question(program, check) for check in some])
            if not all(self._passes(check, reply) for check, reply in zip(some, replies, strict=True)):
                return False
        return True

    def _question(self, program: str, check: Check) -> Json:
        asked = self.replay.with_prelude(question(check, self._place.expects(check)))
        return self.replay.question(**asked | {"setup": f"{program}\n{asked['setup']}"})

    def _passes(self, check: Check, reply: Reply) -> bool:
        return decide(self._place.expects(check), reply).verdict is Verdict.AC
