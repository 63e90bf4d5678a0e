"""Candidates in the sandbox: one process that has run the cells above the answer, and how each of them ends there.

The process holds the student's text, edits of it, and calls. What is expected stays here.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import thread_time
from typing import Any, TypeVar

from codegym_jlab.grading.checker.responses import Malformed, Reply
from codegym_jlab.grading.checker.verdict import decide
from codegym_jlab.grading.grader.replay import Ended, Replay
from codegym_jlab.grading.grader.value_checks import question
from codegym_jlab.records import Json, Verdict, frozen

from .evidence import Evidence
from .program import Edit

T = TypeVar("T")

#: Processor seconds of one run, and of all that one diagnosis asks for.
EACH_S, TOTAL_S = 0.1, 1.6
#: Of one that draws.
_DRAWING_S = 0.3
#: Rounds of loops and calls of functions: of a whole run, and of a candidate that is only looked at.
WHOLE_STEPS, _FIRST_STEPS = 200_000, 1_500


@frozen
class Step:
    """A line that is about to run (or, at the end, was the last), and the names that changed before it."""

    line: int
    depth: int
    event: str
    names: Json


@dataclass(slots=True)
class Outcome:
    """One run of one candidate on one check; what happened line by line where that was asked for."""

    reply: Reply
    passed: bool
    rounds: int = 0
    lines: frozenset[int] = frozenset()
    steps: tuple[Step, ...] = ()

    @property
    def crash(self) -> int | None:
        """The line of the answer on which an error came."""
        frames = self.reply.failure.frames if self.reply.failure is not None else ()
        return next((frame.line for frame in reversed(frames) if frame.cell == "answer"), None)


class OutOfTime(Exception):
    """All that this diagnosis may take is spent, or its process ended."""


@dataclass
class Bench:
    """See the module. `source`: the answer; `replay`: its cells above run, its own text not; `calm`: awaited first."""

    replay: Replay
    source: str
    calm: Callable[[], Awaitable[None]]
    spent_s: float = 0.0  #: processor time so far, as the sandbox says, and of the search here
    total_s: float = field(default_factory=lambda: TOTAL_S)
    _steps: int = _FIRST_STEPS

    async def aside(self, work: Callable[[], T]) -> T:
        """Work of the search, in a thread: the event loop goes on serving."""

        def timed() -> T:
            began = thread_time()
            try:
                return work()
            finally:
                self.spent_s += thread_time() - began

        return await asyncio.to_thread(timed)

    def bound(self, rounds: int) -> None:
        """So many rounds of loops did the program itself need at most: a candidate gets some more."""
        self._steps = min(WHOLE_STEPS, _FIRST_STEPS + 4 * rounds)

    async def traced(self, edit: Edit | None, evidence: Sequence[Evidence]) -> list[Outcome]:
        """The program, or a candidate, with what happened line by line. Raises OutOfTime."""
        found = await self.run([edit], evidence, steps=_FIRST_STEPS, traced=True)
        if not found or not found[0]:
            raise OutOfTime
        return found[0]

    async def run(
        self, edits: Sequence[Edit | None], evidence: Sequence[Evidence], *, steps: int = 0, traced: bool = False
    ) -> list[list[Outcome]]:
        """The outcomes of each candidate, one a check: none where it is no program. Shorter once the time is over.

        `steps`: rounds that one may take; by default those that `bound` left. Raises OutOfTime.
        """
        left = self.total_s - self.spent_s
        if left <= 0.02:
            raise OutOfTime
        frame = {
            "op": "variants",
            "source": self.source,
            "edits": [list(edit.patches) if edit is not None else [] for edit in edits],
            "checks": [self.replay.question(**question(one.check, one.expected)) for one in evidence],
            "seconds": left,
            "each": _DRAWING_S if any(one.check.figure for one in evidence) else EACH_S,
            "steps": steps or self._steps,
            "traced": traced,
        }
        try:
            await self.calm()
            answer = await self.replay.exchange(frame, opening=True)
            return await self.aside(partial(self._read, answer, evidence))
        except (Ended, Malformed, LookupError, TypeError, ValueError):
            raise OutOfTime from None

    def _read(self, answer: Json, evidence: Sequence[Evidence]) -> list[list[Outcome]]:
        """What the process said, with suspicion: it belongs to the student's code."""
        self.spent_s += min(max(float(answer.get("spent", 0.0)), 0.0), TOTAL_S)
        if "runs" not in answer:
            raise Malformed("it ended")
        replies = [self.replay.read(one, "check") for one in answer["outcomes"]]
        traces = iter(answer["traces"])
        passes: dict[tuple[int, int], bool] = {}
        found = []
        for numbers in answer["runs"]:
            told = []
            for place, (number, one) in enumerate(zip(numbers, evidence, strict=False)):
                if (place, number) not in passes:
                    passes[place, number] = decide(one.expected, replies[number]).verdict is Verdict.AC
                told.append(Outcome(replies[number], passes[place, number], *_trace(next(traces, None))))
            found.append(told)
        return found


def _trace(given: Any) -> tuple[int, frozenset[int], tuple[Step, ...]]:
    rounds, lines, steps = given or (0, (), ())
    told = tuple(Step(int(a), int(b), str(c), dict(d)) for a, b, c, d in steps)
    return int(rounds), frozenset(map(int, lines)), told
