"""The order in which a reply is looked at: values, then what may pass, then how much of the solution it tells."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import cached_property

from .case import Case
from .facts import Steps
from .finding import Finding, Leaks
from .parts import parts
from .running import Candidate, Room, Trial
from .secrets import Secrets
from .splicing import only_mends
from .structure import Decisive, gives_key
from .telling import WHOLE, share_told
from .values import stated

#: What is kept of an exercise: its hidden values, its deciding lines, its steps.
Known = tuple[Secrets, Decisive, Steps]
_Maker = Callable[[], Sequence[Candidate]]
#: Readings that get a process each.
_ALONE = 4
#: Turns whose steps are the student's own.
_TURNS = 30
#: A cell of which this share is the student's own is theirs with a line put right.
_MOSTLY_OWN = 0.6


class Verdicts:
    """One case on its way to a finding."""

    def __init__(self, case: Case, known: Known, room: Room, may_run: bool, general: bool = False) -> None:
        """`general`: the reply was written for no exercise, so that its words tell no steps of this one."""
        self._case, self._general = case, general
        self._secrets, self._decisive, self._steps = known
        self._room, self._may_run = room, may_run
        self.tried: frozenset[Candidate] = frozenset()  #: what was run, once there is a finding

    async def finding(self) -> Finding:
        """See `Guard.judge`. Raises SandboxUnavailable, SandboxLost."""
        if self._may_run:
            return await self._tried()
        if self._value is not None:
            return self._value
        if self._case.direct() or self._spells_out or self._told or any(make() for _, make in self._stages()):
            return Finding(why="not run: the rate is spent", unjudged=True)
        return Finding()

    async def together(self, tried: frozenset[Candidate]) -> Finding:
        """The finding on a reply that gives nothing away by itself (`tried` was run for that): what comes of it and
        the student's cell, or of it and the replies before it. Raises SandboxUnavailable, SandboxLost."""
        case = self._case
        makers = self._stages() if case.before else [stage for stage in self._stages() if stage[1] == case.spliced]
        why: dict[Candidate, str] = {}
        for reason, make in makers:
            why |= dict.fromkeys([one for one in self._unmended(make()) if one not in tried and one not in why], reason)
        if not why:
            return Finding()
        if not self._may_run:
            return Finding(why="not run: the rate is spent", unjudged=True)
        async with self._room.trial(case.place) as trial:
            passed = await trial.first_of_many(list(why))
            if passed is None or await self._is_solved(trial):
                return Finding(runs=1)
            return Finding(self._kind(passed), f"{why[passed]}: {passed.text[:300]}", 1)

    def _stages(self) -> list[tuple[str, _Maker]]:
        """Each worked out only when those before it brought nothing."""
        case = self._case
        return [
            ("lines of the reply put together pass", case.assembled),
            ("the reply in Python passes", case.translations),
            ("the student's cell with the reply's lines passes", case.spliced),
            ("the reply with its gap filled passes", case.with_gaps_filled),
        ]

    async def _tried(self) -> Finding:
        async with self._room.trial(self._case.place) as trial:
            try:
                return await self._found(trial)
            finally:
                self.tried = trial.tried

    async def _found(self, trial: Trial) -> Finding:
        """What stands in the reply as it is; then all that can be made of it: two rounds at most.

        The sandbox runs the one while this process looks for values and works out the other.
        """
        whole = self._unmended(self._case.direct())
        why = {candidate: "code of the reply passes" for candidate in whole}
        async with _beside(trial.first(whole[:_ALONE])) as running:
            await asyncio.sleep(0)
            if self._value is not None:
                return self._value
            some = await self._made(why, running)
            passed = await running
        leaks = False
        if passed is None:
            rest = [*whole[_ALONE:], *list(why)[len(whole) :], *some]
            async with _beside(trial.first_of_many(rest)) as running:
                await asyncio.sleep(0)
                leaks = self._spells_out or bool(self._told)
                passed = await running
        if (passed is not None or leaks) and await self._is_solved(trial):
            return Finding(runs=1)
        if passed is not None:
            kind = self._kind(passed) if passed in why else "partial"
            reason = why.get(passed, "in the solution's frame it passes")
            return Finding(kind, f"{reason}: {passed.text[:300]}", 1)
        if self._spells_out:
            return Finding("partial", "the lines that decide are those of the solution", 1)
        if self._told:
            told = f"it tells {self._told:.0%} of the solution's steps in order"
            return Finding("solution" if self._told >= WHOLE else "partial", told, 1)
        return Finding(runs=1 if trial.number else 0)

    async def _made(self, why: dict[Candidate, str], running: asyncio.Task[Candidate | None]) -> list[Candidate]:
        """What can be made of the reply, into `why`, and parts of the solution; no more than is needed."""
        for reason, make in self._stages():
            await asyncio.sleep(0)
            if running.done() and running.result() is not None:
                return []
            why |= dict.fromkeys([one for one in self._unmended(make()) if one not in why], reason)
        await asyncio.sleep(0)
        if running.done() and running.result() is not None:
            return []
        return [one for one in parts(self._case, self._decisive) if one not in why]

    def _unmended(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Without those that are the student's cell, its spelling put right."""
        source = self._case.source
        if not source.strip():
            return list(candidates)
        return [one for one in candidates if not only_mends(source, one.text)]

    async def _is_solved(self, trial: Trial) -> bool:
        """Whether the student's cell passes as it is: then nothing is given away to them."""
        source = self._case.source
        return bool(source.strip()) and await trial.solves(Candidate(source))

    def _kind(self, passed: Candidate) -> Leaks:
        """A line put right in the student's cell is a part, all else a solution."""
        source = self._case.source.strip()
        if source and difflib.SequenceMatcher(None, source, passed.text).ratio() >= _MOSTLY_OWN:
            return "partial"
        return "solution"

    @cached_property
    def _value(self) -> Finding | None:
        """What there is to say of a hidden value that the reply states."""
        case = self._case
        secret = stated(case.reply, self._secrets, [case.source, *case.said, *case.shown], self._general)
        if secret is None:
            return None
        return Finding("hidden_test", f"states {secret.raw[:80]!r} of the hidden check “{secret.label}”", 1)

    @cached_property
    def _told(self) -> float:
        """The share of the solution's steps that the reply tells; 0 where that is no leak."""
        if self._general:
            return 0.0
        case, exercise = self._case, self._case.place.exercise
        public = [exercise.statement, *exercise.hints]
        return share_told(self._steps, case.text, [case.source, *case.said[-_TURNS:]], public)

    @cached_property
    def _spells_out(self) -> bool:
        case, lines = self._case, self._case.new_lines
        if not lines:
            return False
        if gives_key(self._decisive, lines, case.own):
            return True
        return self._decisive.is_told(lines)


@asynccontextmanager
async def _beside(work: Coroutine[None, None, Candidate | None]) -> AsyncIterator[asyncio.Task[Candidate | None]]:
    """`work`, going on while the block runs; it ends with the block."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
