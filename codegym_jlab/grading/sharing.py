"""Several exercises of one notebook, judged in one run of its cells (design §1.2).

`together` says which submissions of a batch may share a run: the cells of each are those of the one before, its answer,
and what follows. A `SharedRun` has them take turns in one lease. On the way down each answer runs, and its samples are
checked; then the process stays as it is and a fork goes on to the next cells. On the way back the hidden checks are
asked, the last exercise's first: nothing that a student is shown is made after the first hidden input was known there.

Whatever is out of the ordinary ends an exercise's turn with `NotShared`: then it is judged by itself, as if it had
never been in a batch. See docs/decisions/batch.md.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import PYTHON_KERNELS
from codegym_jlab.grading.plan import ANSWER, Names, PlannedCell, student_plan
from codegym_jlab.grading.replay import ABOVE_SHARE, GRACE_S, Replay
from codegym_jlab.grading.replies import Reply
from codegym_jlab.sandbox.base import Answers, Image, Limits, Process, ProcessEnded, Sandbox
from codegym_jlab.submission import Cell

#: Exercises in one run; each but the last may be one waiting process.
MOST_TURNS = 12
#: How an answer may end for the cells below it to go on in the same process.
_GOES_ON = frozenset({"ok", "error", "syntax", "violation", "output"})


class NotShared(Exception):
    """This exercise is to be judged by itself."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What of a submission decides whether it may share a run: the exercise's id, the answer, the cells above it."""

    exercise: str | None
    source: str
    cells: tuple[Cell, ...]


def together(sent: Sequence[Sent], loaded: LoadedCourse) -> list[list[int]]:
    """Which of these may share a run, by their places, each place once; `sent` is one notebook from top to bottom."""
    chains: list[list[int]] = []
    plans: list[tuple[PlannedCell, ...]] = []  #: of the last in each chain
    for place, one in enumerate(sent):
        plan = _plan(one, loaded)
        for number, chain in enumerate(chains):
            if plan and _extends(plan, plans[number]) and _alike(sent[chain[-1]], one, loaded):
                chain.append(place)
                plans[number] = plan
                break
        else:
            chains.append([place])
            plans.append(plan)
    return chains


def goes_below(one: Sent, above: Sent) -> bool:
    """Whether `one` may be of the same notebook as `above`, further down: it has all of its cells and more."""
    count = len(above.cells)
    return len(one.cells) > count and one.cells[:count] == above.cells


def _plan(one: Sent, loaded: LoadedCourse) -> tuple[PlannedCell, ...]:
    """The cells that run for it; none where they do not run in this way."""
    try:
        unit, exercise = loaded.find(one.exercise or "")
    except KeyError:
        return ()
    course = loaded.course
    if course is None or course.kernel_of(unit) not in PYTHON_KERNELS or exercise.answer != "code":
        return ()
    return student_plan(unit, exercise, one.cells, one.source)


def _extends(plan: Sequence[PlannedCell], above: Sequence[PlannedCell]) -> bool:
    """Whether `plan` begins with the cells of `above`, its answer among them as a cell of the student's."""
    count = len(above) - 1
    if count < 0 or len(plan) <= count + 1 or list(plan[:count]) != list(above[:count]):
        return False
    return plan[count].kind == "student" and plan[count].text == above[count].text


def _alike(one: Sent, other: Sent, loaded: LoadedCourse) -> bool:
    return loaded.limits(one.exercise or "") == loaded.limits(other.exercise or "")


class Turn:
    """One exercise's part in a shared run. The grader holds it; the run says when it goes on."""

    def __init__(self, run: SharedRun, name: str) -> None:
        """`name`: what its answer is called among the cells of the exercises below."""
        self.run, self.name = run, name
        self.failed = False  #: it is judged by itself
        self.is_over = False
        self.waits = False  #: for its hidden checks
        self.waited_s = 0.0  #: wall seconds in which others had their turn
        self._may_go = asyncio.Event()
        self._has_gone = asyncio.Event()

    def replay(self, image: Image, limits: Limits, plan: Sequence[PlannedCell], names: Names) -> Replay:
        """The replay of its exercise within the run."""
        return _SharedReplay(self, image, limits, plan, names)

    async def go(self) -> None:
        """Called by the run: it has its turn until it waits again, or is over."""
        if self.is_over:
            return
        self._has_gone.clear()
        self._may_go.set()
        await self._has_gone.wait()

    def refuse(self) -> None:
        """Called by the run: there is no turn any more."""
        self.failed = True
        self._may_go.set()

    async def begin(self) -> None:
        """Wait for the first turn. Raises NotShared."""
        began = time.perf_counter()
        await self._may_go.wait()
        self.waited_s += time.perf_counter() - began
        self._may_go.clear()
        if self.failed:
            raise NotShared

    async def pause(self) -> None:
        """Let the others go first, and wait for the turn of the hidden checks. Raises NotShared."""
        self.waits = True
        self._has_gone.set()
        await self.begin()
        self.waits = False

    def leave(self) -> None:
        """It is over, one way or the other. May be called twice."""
        self.is_over = True
        self._has_gone.set()

    async def is_sound(self) -> bool:
        """Whether what was judged in its turn may stand; known when the whole run is over."""
        self.leave()
        began = time.perf_counter()
        await self.run.over.wait()
        self.waited_s += time.perf_counter() - began
        return not self.failed and (self.run.is_clean or self is self.run.turns[0])


class SharedRun:
    """One lease in which several exercises take turns."""

    def __init__(self, sandbox: Sandbox, image: Image, limits: Limits, heights: Sequence[int]) -> None:
        """`limits` of each of the exercises; `heights`: how many of the student's cells stand above each."""
        self.sandbox, self._image = sandbox, image
        self._limits = replace(limits, processes=limits.processes + len(heights) - 1)
        self._above_s = limits.total_s * ABOVE_SHARE
        self._patience = limits.wall_s + GRACE_S
        self._lease: Process | None = None
        self._forks = 0
        self.turns = [Turn(self, f"cell {height + 1}") for height in heights]
        self.replies: list[Reply] = []  #: of the cells that have run
        self.cells_s = 0.0  #: wall seconds that they took
        self.can_share = False  #: said by the process when it begins
        self.over = asyncio.Event()
        self.is_clean = True  #: no fork left anything behind

    async def process(self) -> Process:
        """Of whoever has the turn. Raises SandboxUnavailable."""
        if self._lease is None:
            self._lease = await self.sandbox.lease(self._image, self._limits)
        return _Stretch(self, self._lease)

    async def conduct(self) -> None:
        """Give each exercise its turns. Called once, beside the tasks that judge them."""
        try:
            await self._down_and_back()
        except (NotShared, ProcessEnded):
            self.is_clean = False
        finally:
            for turn in self.turns:
                if not turn.is_over:
                    turn.refuse()
            self.is_clean = self.is_clean and self._forks == 0
            self.over.set()
            if self._lease is not None:
                await self._lease.close()

    async def _down_and_back(self) -> None:
        waiting: list[Turn] = []
        for turn, below in zip(self.turns, [*self.turns[1:], None], strict=True):
            await turn.go()
            if below is None or not await self._goes_on(turn):
                break
            if turn.waits:
                waiting.append(turn)
        else:
            return
        for later in self.turns[self.turns.index(turn) + 1 :]:
            later.refuse()
        if turn.waits:
            await turn.go()
        while waiting:
            await self._back()
            await waiting.pop().go()

    async def _goes_on(self, turn: Turn) -> bool:
        """On to the next cells: in a fork where this exercise still has checks to be asked."""
        if turn.failed or not self.can_share or self.cells_s > self._above_s / 2:
            return False
        if not self.replies or self.replies[-1].status not in _GOES_ON:
            return False
        answer = await self._ask({"op": "aside", "stays": turn.waits, "name": ANSWER, "new": turn.name})
        if answer.get("ok") is not True:
            return False
        self._forks += turn.waits
        return True

    async def _back(self) -> None:
        """The newest fork ends, and the one before it answers. Raises NotShared."""
        answer = await self._ask({"op": "back"})
        if answer.get("ok") is not True:
            raise NotShared
        self._forks -= 1
        self.is_clean = self.is_clean and answer.get("clean") is True

    async def _ask(self, frame: dict[str, Any]) -> dict[str, Any]:
        process = await self.process()
        return await process.ask(frame, within=self._patience)


class _Stretch(Process):
    """The lease as one exercise sees it: whatever ends it is told as NotShared."""

    def __init__(self, run: SharedRun, lease: Process) -> None:
        self._run, self._lease = run, lease

    async def ask(self, frame: dict[str, Any], *, within: float) -> dict[str, Any]:
        try:
            return await self._lease.ask(frame, within=within)
        except ProcessEnded:
            raise NotShared from None

    async def ask_all(self, checks: Sequence[dict[str, Any]], *, within: float, total: float) -> Answers:
        begins = checks[0]["op"] == "begin"
        if begins:
            checks = [{**checks[0], "shares": True}, *checks[1:]]
        answers = await self._lease.ask_all(checks, within=within, total=total)
        if answers.ended is not None:
            raise NotShared
        if begins:
            self._run.can_share = bool(answers.given) and answers.given[0].get("shares") is True
        return answers

    async def close(self) -> None:
        """The run closes the lease."""


class _SharedReplay(Replay):
    """A replay whose cells have in part run already, for the exercises above."""

    def __init__(self, turn: Turn, image: Image, limits: Limits, plan: Sequence[PlannedCell], names: Names) -> None:
        super().__init__(turn.run.sandbox, image, limits, plan, names)
        self._turn = turn
        self.may_end = False  # on the way down the process goes on to the next cells

    async def start(self) -> None:
        """Wait for the turn, and run the cells that have not run. Raises NotShared, SandboxUnavailable, SandboxLost."""
        if not self._is_first:
            raise NotShared
        await self._turn.begin()
        run = self._turn.run
        began = time.monotonic()
        self._began = began - run.cells_s
        self._process = await run.process()
        await self._begin()
        for cell, reply in zip(self._plan[:-1], list(run.replies), strict=False):
            self._keep(cell, reply)
        for cell in self._plan[len(run.replies) :]:
            reply = await self._cell(cell)
            run.replies.append(reply)
            self._keep(cell, reply)
        if self.answer is not None and self.answer.beside:
            raise NotShared
        run.cells_s += time.monotonic() - began
        self._is_first = False

    def _keep(self, cell: PlannedCell, reply: Reply) -> None:
        if not self._noted(cell, reply):
            raise NotShared

    async def before_hidden(self) -> None:
        """The exercises below come first. Raises NotShared."""
        began = time.monotonic()
        await self._turn.pause()
        self._began += time.monotonic() - began
        self.may_end = True  # what the exercises below were asked is over, and nothing comes after

    async def close(self) -> None:
        """Its turn is over; the process belongs to the run."""
        self._process = None
        self._turn.leave()
