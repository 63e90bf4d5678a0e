"""Judging what was accepted: one task a submission, a bounded number at once, and the second transaction at its end."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import copy_context
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol, Self

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.policy import EffectivePolicy
from codegym_jlab.sandbox.base import SandboxUnavailable
from codegym_jlab.store.base import (
    Advance,
    Enrolment,
    Foretell,
    Found,
    Lease,
    Progress,
    Recorded,
    Store,
    StoreError,
    new_id,
)
from codegym_jlab.submission import Judgement, Kind, Notice, Score, Submission, Verdict
from codegym_jlab.telemetry import instruments
from codegym_jlab.telemetry.logs import bind
from codegym_jlab.telemetry.spans import span, span_of

from .counting import Counting, Fault, cost_before
from .errors import Refused
from .notices import AWAY, is_away
from .pacing import Holding
from .rules import Place
from .tracing import known_of, tell

log = logging.getLogger("codegym.grading")

#: Where no sandbox can be had, what was sent waits as long again as there has been none, within these.
AWAY_S, AWAY_MOST_S = 2.0, 60.0


@contextmanager
def refusals_counted(sent: Submission) -> Iterator[None]:
    """Round what stores it: where it is not, that is counted."""
    try:
        yield
    except Refused as refusal:
        log.debug("refused: %s", refusal.code)
        instruments.checks.add(sent.kind, "refused")
        raise
    except StoreError as error:
        log.debug("unavailable: %s", error)
        instruments.checks.add(sent.kind, "unavailable")
        raise


class Judge(Protocol):
    """What turns a submission into a judgement: `grading.grader.Grader`, or a test's own."""

    async def judge(self, loaded: LoadedCourse, submission: Submission, *, seed: str | None = None) -> Judgement:
        """Our own fault is a verdict JE; what it raises becomes one."""
        ...


@dataclass(frozen=True, slots=True)
class Work:
    """A submission that is leased to us, and where it belongs."""

    submission: Submission
    enrolment: Enrolment
    place: Place
    policy: EffectivePolicy
    line: Progress  #: as it was before
    repeats: Judgement | None = None  #: the judgement that the same source has already


@dataclass(frozen=True, slots=True)
class Orphan:
    """A submission whose exercise is no longer in the course."""

    submission: Submission


@dataclass(frozen=True, slots=True)
class Begun:
    """An accepted submission and the task that judges it; no work where its key was known before."""

    found: Found
    task: asyncio.Task[Recorded | None] | None
    work: Work | None = None

    @property
    def limited(self) -> bool:
        """It may cost one of a limited number of attempts."""
        work = self.work
        return work is not None and work.submission.kind is Kind.SUBMIT and work.policy.attempts is not None

    @property
    def over(self) -> bool:
        """Nobody is judging it here."""
        return self.task is None or self.task.done()

    async def judged(self, wait_s: float) -> Recorded | None:
        """What its task recorded; None where there is none, it takes longer, or it was stopped."""
        if self.task is None:
            return None
        await asyncio.wait({self.task}, timeout=wait_s)
        return self.task.result() if self.task.done() and not self.task.cancelled() else None


class HeadStart:
    """One submission is judged while transaction 1 waits for the disk; that is thrown away where it is not kept.

    Entered on the event loop, in the context that its task is to have.
    """

    def __init__(self, judging: Judging) -> None:
        self._judging = judging
        self._loop = asyncio.get_running_loop()
        self._context = copy_context()
        self._kept: asyncio.Future[Work] = self._loop.create_future()
        self._id: str | None = None

    def __enter__(self) -> Self:
        return self

    def begin(self, work: Work) -> None:
        """Called inside transaction 1, in whatever thread that is, once it is decided that it may be accepted."""
        self._loop.call_soon_threadsafe(self._start, work, context=self._context)

    def _start(self, work: Work) -> None:
        if not self._kept.done():
            self._id = work.submission.id
            self._judging.start(work, self._kept)

    def keep(self, work: Work) -> asyncio.Task[Recorded | None]:
        """It is on the disk, decided on like this."""
        if not self._kept.done():
            self._kept.set_result(work)
        return self._judging.start(work)

    def __exit__(self, *_: object) -> None:
        """What was not kept until now is dropped: it was not stored, or is not to be judged now."""
        if self._kept.done():
            return
        self._kept.cancel()
        if self._id is not None:
            self._judging.stop(self._id)


Done = Callable[[Work | Orphan, Recorded], None]
#: For transaction 2 of this work; None where nobody waits to be told.
Teller = Callable[[Work], Foretell | None]


class Judging:
    """The tasks of one process. `done` is called on the event loop after each judgement is durable."""

    def __init__(
        self,
        store: Store,
        judge: Judge,
        done: Done,
        clock: Callable[[], datetime],
        *,
        at_once: int,
        fault_limit: int,
        holding: Holding | None = None,
        teller: Teller = lambda work: None,
    ) -> None:
        self.worker = new_id()
        self._store = store
        self._judge = judge
        self._done = done
        self._teller = teller
        self._clock = clock
        self._free = asyncio.Semaphore(at_once)
        self._fault_limit = fault_limit
        self._tasks: dict[str, asyncio.Task[Recorded | None]] = {}
        self._began: dict[str, float] = {}
        self._holding = holding
        self._held: set[str] = set()
        self._away_since: float | None = None  #: no sandbox could be had since then

    @property
    def busy(self) -> int:
        """How many are judged, or wait for that, here: not those that are only held back."""
        return len(self._tasks) - len(self._held)

    @property
    def under_way(self) -> tuple[str, ...]:
        """Ids of the submissions that have a task here."""
        return tuple(self._tasks)

    def lasting(self, seconds: float) -> tuple[str, ...]:
        """Those that have been under way for longer: their leases need renewing."""
        since = time.monotonic() - seconds
        return tuple(id for id, began in self._began.items() if began < since)

    def lease(self, seconds: float) -> Lease:
        """A lease of this process from now on."""
        return Lease(self.worker, self._clock() + timedelta(seconds=seconds))

    def start(self, work: Work | Orphan, kept: asyncio.Future[Work] | None = None) -> asyncio.Task[Recorded | None]:
        """Judge it in a task of its own, which goes on when the request that sent it is gone.

        With `kept`, nothing comes of it before that is there, nor where it is cancelled.
        """
        id = work.submission.id
        if id not in self._tasks:
            task = asyncio.create_task(self._finish(work, kept), name=f"codegym-judge-{id}")
            self._tasks[id] = task
            self._began[id] = time.monotonic()
            task.add_done_callback(lambda _: self._forget(id))
        return self._tasks[id]

    def _forget(self, submission: str) -> None:
        del self._tasks[submission], self._began[submission]

    def task(self, submission: str) -> asyncio.Task[Recorded | None] | None:
        """The task that judges it here, if there is one."""
        return self._tasks.get(submission)

    def stop(self, submission: str) -> None:
        """Judge it no further; the records say already that it is cancelled."""
        if submission in self._tasks:
            self._tasks[submission].cancel()

    async def close(self) -> None:
        """Stop all; what was under way waits in the records, free to be judged by the next process at once."""
        tasks = dict(self._tasks)
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        if tasks:
            try:
                await self._store.renew(self.lease(-1.0), list(tasks))
            except StoreError as error:
                log.warning("submissions stay leased for a while: %s", error)

    async def _finish(self, work: Work | Orphan, kept: asyncio.Future[Work] | None) -> Recorded | None:
        """Judge and record; None where no sandbox or no records could be had: then the sweep does it again."""
        with bind(submission=work.submission.id, offering=work.submission.offering, worker=self.worker):
            with span_of(work.submission.traceparent, "judge", **known_of(work.submission)):
                return await self._finished(work, kept)

    async def _finished(self, work: Work | Orphan, kept: asyncio.Future[Work] | None) -> Recorded | None:
        try:
            judgement = await self._judged(work)
            if kept is not None:
                work = await kept
                judgement = work.repeats or judgement
            if is_away(judgement):
                await self._put_off(work.submission, judgement)
                return None
            self._away_since = None
            advance = await self._advance(work, judgement)
            foretell = self._teller(work) if isinstance(work, Work) else None
            with span("commit"):
                recorded = await self._store.record(work.submission, judgement, advance, foretell)
        except StoreError as error:
            log.warning("submission %s is judged later: %s", work.submission.id, error)
            return None
        if recorded.fresh:
            self._count(work, judgement)
        self._done(work, recorded)
        return recorded

    def _count(self, work: Work | Orphan, judgement: Judgement) -> None:
        """It is on the disk."""
        sent = work.submission
        log.debug(
            "judged: %s, %.1f ms at the level %s", judgement.verdict, judgement.wall_ms, judgement.level or "none"
        )
        if isinstance(work, Work) and work.repeats is not None:
            instruments.checks.add(sent.kind, "repeated")
            return
        instruments.checks.add(sent.kind, judgement.verdict)
        if sent.is_prompt:
            instruments.check_seconds.observe(self._age_s(sent), sent.kind)

    def _age_s(self, sent: Submission) -> float:
        return (self._clock() - sent.received_at).total_seconds()

    async def _put_off(self, sent: Submission, judgement: Judgement) -> None:
        """No sandbox can be had: it waits, the longer the longer there is none, and no fault is counted."""
        if self._away_since is None:
            self._away_since = time.monotonic()
        wait_s = min(max(time.monotonic() - self._away_since, AWAY_S), AWAY_MOST_S)
        log.error("submission %s waits %.0f s: %s", sent.id, wait_s, "; ".join(n.text for n in judgement.notices))
        instruments.checks.add(sent.kind, "put_off")
        await self._store.postpone(sent.id, self._clock() + timedelta(seconds=wait_s))

    async def _judged(self, work: Work | Orphan) -> Judgement:
        if isinstance(work, Orphan):
            log.error("submission %s: the course no longer has its exercise", work.submission.id)
            return self._fault(work.submission)
        if work.repeats is not None:
            return work.repeats
        timer = self._holding.timer if self._holding is not None else time.monotonic
        async with self._place():
            if work.submission.is_prompt:
                instruments.check_wait_seconds.observe(self._age_s(work.submission), work.submission.kind)
            began = timer()
            try:
                with span("grade") as grading:
                    judgement = await self._judge.judge(work.place.loaded, work.submission)
                    tell(grading, judgement)
            except Exception as error:
                log.error("submission %s could not be judged", work.submission.id, exc_info=error)
                judgement = self._fault(work.submission, work.place, error)
            took = timer() - began
        instruments.check_judge_seconds.observe(took, work.submission.kind)
        return await self._released(work, judgement, began, took)

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """Among those that are judged at once."""
        with span("queue"):
            await self._free.acquire()
        try:
            yield
        finally:
            self._free.release()

    async def _released(self, work: Work, judgement: Judgement, began: float, took: float) -> Judgement:
        """The judgement when it may be known. Until then it is not recorded: nothing and nobody can tell of it."""
        if self._holding is None:
            return judgement
        self._held.add(work.submission.id)
        try:
            with span("hold"):
                await self._holding.hold(began, took, work.place.loaded.limits(work.submission.exercise).total_s)
        finally:
            self._held.discard(work.submission.id)
        # a student sees this time: to the second, it tells nothing that the release does not
        return replace(judgement, judged_at=self._clock().replace(microsecond=0))

    async def _advance(self, work: Work | Orphan, judgement: Judgement) -> Advance:
        if isinstance(work, Orphan) or judgement.verdict is Verdict.JE:
            return Fault(self._clock(), self._fault_limit).step
        return Counting(
            submission=work.submission,
            judgement=judgement,
            policy=work.policy,
            now=self._clock(),
            hint_cost=await self._hint_cost(work.submission) if work.line.hint_cost else 0.0,
            by_person=work.place.exercise.marking == "manual",
        ).step

    async def _hint_cost(self, sent: Submission) -> float:
        given = await self._store.hints(sent.offering, sent.person, sent.exercise)
        return cost_before(given, sent.received_at)

    def _fault(self, sent: Submission, place: Place | None = None, error: Exception | None = None) -> Judgement:
        return Judgement(
            id=new_id(),
            submission=sent.id,
            verdict=Verdict.JE,
            score=Score(0.0, place.exercise.points if place else 0.0),
            parts=(),
            checks=(),
            hidden_not_run=0,
            stdout="",
            notices=(Notice(AWAY, str(error)),) if isinstance(error, SandboxUnavailable) else (),
            failure=None,
            course_digest=place.loaded.digest if place else "",
            environment_digest="",
            seed="",
            level="",
            wall_ms=0.0,
            judged_at=self._clock(),
        )
