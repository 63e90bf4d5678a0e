"""Judging again what was handed in: by the same seed, against the course as it is now, and what that would change.

Nothing is timed here, so identical sources of an exercise with the same seed are graded once. Nothing is recorded by
looking; `record` puts the new judgements in the old ones' place. See docs/decisions/regrading.md.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import Exercise
from codegym_jlab.sandbox.base import SandboxUnavailable
from codegym_jlab.store.base import Found, HandedIn, Progress, Revision, Store
from codegym_jlab.submission import Judgement, Submission, Verdict
from codegym_jlab.telemetry.logs import bind_for_good

from .judging import Judge
from .manager import utc_now
from .notices import is_away
from .recounting import rules_for
from .revised import Change, Line, Rules, differs, drawn_anew, recounted, revised, revised_id, revision

log = logging.getLogger("codegym.grading")

#: What a busy machine can bring about: judged once more, with nothing beside it, before it is believed.
_OF_HASTE = frozenset({Verdict.TLE, Verdict.MLE, Verdict.OLE, Verdict.SV, Verdict.JE})
#: Judgements that are remembered, for the same source of someone else.
_REMEMBERED = 5000


@dataclass(frozen=True, slots=True)
class Regraded:
    """What became of a line. `held`: its score would fall; `stale`: it was judged otherwise meanwhile."""

    line: Line
    recorded: int = 0  #: judgements
    held: int = 0
    stale: int = 0


class Regrading:
    """One regrading of one offering. `flow` names it, so that the same done again gives the same judgements."""

    def __init__(
        self,
        store: Store,
        loaded: LoadedCourse,
        judge: Judge,
        offering: str,
        *,
        flow: str = "",
        at_once: int = 0,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """`at_once`: submissions graded at the same time; 0: two a processor."""
        self._store, self._loaded, self._judge = store, loaded, judge
        self.offering, self.flow = offering, flow
        self._places = at_once or 2 * len(os.sched_getaffinity(0))
        self._free = asyncio.Semaphore(self._places)
        self._quiet = asyncio.Lock()
        self._clock = clock
        self._graded: dict[tuple[str, str, str], asyncio.Task[Judgement]] = {}
        self._drawing: dict[str, bool] = {}
        self.ran = 0  #: submissions that were run: the others had the source of one of these

    async def page(self, exercises: Collection[str], after: tuple[str, str], limit: int) -> Sequence[HandedIn]:
        """So many lines after another one, to be looked at."""
        return await self._store.handed_in(self.offering, exercises, after, limit)

    async def look(self, lines: Sequence[HandedIn]) -> list[Line]:
        """What would change. Raises SandboxUnavailable where nothing can be judged now."""
        return list(await asyncio.gather(*map(self._line, lines)))

    async def _line(self, line: HandedIn) -> Line:
        own = [f for f in line.found if f.judgement is not None and f.judgement.submission == f.submission.id]
        fresh = [f for f in own if f.judgement is not None and f.judgement.id != revised_id(self.flow, f.submission.id)]
        answers = await asyncio.gather(*(self._change(found) for found in fresh))
        changes = tuple(answer for answer in answers if isinstance(answer, Change))
        unanswered = tuple(answer for answer in answers if isinstance(answer, str))
        rules = await self._rules(line.progress)
        if not changes and (counts := _counting_now(line, rules, self.flow)) is not None:
            changes = (counts,)
        after = line.progress
        if changes:
            after = drawn_anew(line, [change.after for change in changes], rules)
        return Line(line.progress, after, changes, len(fresh), len(own) - len(fresh), unanswered)

    async def _change(self, found: Found) -> Change | str | None:
        """The change of one submission, None where it is judged as before, its id where it cannot be judged."""
        sent, before = found.submission, found.judgement
        assert before is not None
        graded = await self._grade(sent, before)
        after = revised(before, graded, revised_id(self.flow, sent.id))
        if graded.verdict is not Verdict.JE:
            return Change(before, after) if differs(before, after) else None
        return sent.id

    async def _grade(self, sent: Submission, before: Judgement) -> Judgement:
        """Raises SandboxUnavailable."""
        key = (sent.exercise, sent.digest, before.seed if self._draws(sent.exercise) else "")
        task = self._graded.get(key)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            if len(self._graded) >= _REMEMBERED:
                self._graded = {key: task for key, task in self._graded.items() if not task.done()}
            task = self._graded[key] = asyncio.create_task(self._run(sent, before))
        return await task

    async def _run(self, sent: Submission, before: Judgement) -> Judgement:
        """In a task of its own: the ids are bound until it ends."""
        bind_for_good(submission=sent.id, offering=sent.offering)
        self.ran += 1
        async with self._free:
            judged = await self._judge.judge(self._loaded, sent, seed=before.seed or None)
        log.debug("judged again: %s, before %s", judged.verdict, before.verdict)
        if _is_hasty(judged) and differs(before, revised(before, judged, "")):
            judged = await self._alone(sent, before)
        if is_away(judged):
            raise SandboxUnavailable("; ".join(notice.text for notice in judged.notices))
        return judged

    async def _alone(self, sent: Submission, before: Judgement) -> Judgement:
        """Once more, with nothing of ours beside it."""
        async with self._quiet:
            for _ in range(self._places):
                await self._free.acquire()
            try:
                return await self._judge.judge(self._loaded, sent, seed=before.seed or None)
            finally:
                for _ in range(self._places):
                    self._free.release()

    async def close(self) -> None:
        """End what is still being graded."""
        tasks = [task for task in self._graded.values() if not task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _draws(self, exercise: str) -> bool:
        """Whether a seed can decide anything in this exercise."""
        if exercise not in self._drawing:
            _, found = self._loaded.find(exercise)
            self._drawing[exercise] = any(c.random is not None or c.code is not None for c in found.checks)
        return self._drawing[exercise]

    async def _rules(self, line: Progress) -> Rules:
        enrolment = await self._store.enrolment(line.offering, line.person)
        assert enrolment is not None, "foreign keys hold"
        return await rules_for(self._store, self._loaded, enrolment, line.exercise, self._clock())

    async def record(self, lines: Sequence[Line], *, who: str | None, why: str, allow_lower: bool) -> list[Regraded]:
        """Each person's line in a transaction of its own; those that come together share the wait for the disk."""
        return list(await asyncio.gather(*(self._record(line, who, why, allow_lower) for line in lines)))

    async def _record(self, line: Line, who: str | None, why: str, allow_lower: bool) -> Regraded:
        if not line.changes:
            return Regraded(line, line.done)
        key = line.progress
        rules = await self._rules(key)
        counts: list[int] = []

        def revise(now: HandedIn) -> Revision:
            made = revision(now, line.changes, rules, allow_lower=allow_lower)
            standing = {f.judgement.id for f in now.found if f.judgement is not None}
            counts[:] = [len(made.judgements), sum(c.before.id not in standing for c in line.changes)]
            return made

        await self._store.supersede(key.offering, key.person, key.exercise, revise, who=who, why=why)
        recorded, stale = counts or (0, len(line.changes))
        return Regraded(line, recorded + line.done, len(line.changes) - recorded - stale, stale)


def regraded_exercises(loaded: LoadedCourse, unit: str = "", exercise: str = "") -> frozenset[str]:
    """The exercises of a course, a unit, or the one named, that checkers judge. Raises KeyError."""
    assert loaded.course is not None
    if exercise:
        found_in, one = loaded.find(exercise)
        if unit and found_in.id != unit:
            raise KeyError(exercise)
        return frozenset([one.id]) if _has_checks(one) else frozenset()
    units = [loaded.unit(unit)] if unit else loaded.course.units
    return frozenset(one.id for unit in units for one in unit.exercises if _has_checks(one))


def _counting_now(line: HandedIn, rules: Rules, flow: str) -> Change | None:
    """Judged as before, and counted otherwise: the policy was changed since."""
    found = recounted(line, rules, "")
    if found is None:
        return None
    return replace(found, after=replace(found.after, id=revised_id(flow, found.before.submission)))


def _has_checks(exercise: Exercise) -> bool:
    return exercise.answer == "code" and bool(exercise.checks)


def _is_hasty(judged: Judgement) -> bool:
    return judged.verdict in _OF_HASTE or any(check.verdict in _OF_HASTE for check in judged.checks)
