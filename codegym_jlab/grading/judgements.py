"""Judging what was accepted: one task a submission, a bounded number at once, and the second transaction at its end."""

import asyncio
import logging
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import takewhile
from typing import Protocol
from weakref import WeakValueDictionary

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.records import Clock, Judgement, Kind, Score, Submission, Verdict, end_tasks, frozen, new_id, some
from codegym_jlab.store import Store
from codegym_jlab.store.base import Advance, Found, Lease, Recorded, StoreError
from codegym_jlab.telemetry import metrics
from codegym_jlab.telemetry.traces import Span, Value, bind, span, span_of

from .admission import Place, Situation
from .apply_judgement import CountingRules, JudgementStep, fault_step
from .errors import Refused, TooLarge, TooManyWaiting


@frozen
class Settings:
    """Times in seconds, sizes in characters."""

    wait_s: float = 25.0  #: how long a request waits for its judgement
    long_line: int = 25  #: with so many before it, it waits a second and is told how many
    at_once: int = 0  #: submissions judged at the same time; 0: one a processor
    collect_s: float = 30.0  #: seconds between two looks for drafts to be collected
    sweep_s: float = 3.0
    lease_s: float = 10.0  #: after the death of a process, its submissions are judged by another one so much later
    most_waiting: int = 300  #: of one person; what more they send is not taken now
    max_source: int = 256 * 1024
    max_cells: int = 1024 * 1024
    fault_limit: int = 3  #: so many JE, and staff look at it

    @property
    def places(self) -> int:
        """How many submissions are judged at the same time."""
        return self.at_once or len(os.sched_getaffinity(0))

    def refuse_unfit(self, sent: Submission) -> None:
        """Raises TooLarge."""
        if len(sent.source) > self.max_source:
            raise TooLarge(limit_kb=self.max_source // 1024)
        if _above(sent) > self.max_cells:
            raise TooLarge(limit_kb=self.max_cells // 1024)

    def may_keep(self, draft: Submission) -> bool:
        """Whether a draft is small enough."""
        return len(draft.source) + _above(draft) <= self.max_source + self.max_cells


def _above(sent: Submission) -> int:
    return sum(len(cell.source) for cell in sent.cells)


def span_facts(sent: Submission) -> dict[str, Value | None]:
    """Whose it is and what of, by ids alone."""
    return {"submission": sent.id, **some(sent, "offering exercise person kind")}


def note_judgement(span: Span, judgement: Judgement) -> None:
    """How judging went. What the answer cell printed is its student's; what a check printed may be a hidden one's."""
    span.note(
        judgement=judgement.id,
        level=judgement.level,
        checks=len(judgement.checks),
        wall_ms=judgement.wall_ms,
        fault=judgement.verdict is Verdict.JE,
    )
    span.show(stdout=judgement.stdout)


log = logging.getLogger("codegym.grading")

#: Where no sandbox can be had, what was sent waits so long.
AWAY_S = 5.0
#: What took no longer is released at once, in seconds.
AT_ONCE_S = 0.25
RELEASES_S = (1.0, 4.0, 16.0)


@contextmanager
def refusals_counted(sent: Submission) -> Iterator[None]:
    """Round what stores it: where it is not, that is counted."""
    try:
        yield
    except Refused as refusal:
        log.debug("refused: %s", refusal.code)
        metrics.checks.add(sent.kind, "refused")
        raise
    except StoreError as error:
        log.debug("unavailable: %s", error)
        metrics.checks.add(sent.kind, "unavailable")
        raise


def released_after(took_s: float, total_s: float) -> float:
    """Seconds after its beginning at which a judgement is released that took `took_s` of at most `total_s`."""
    if took_s <= AT_ONCE_S:
        return took_s
    return min((at for at in (*RELEASES_S, total_s) if at >= took_s), default=took_s)


@frozen
class Holding:
    """Holds judgements back. `timer` gives seconds that never go back; a test whose time stands still has its own."""

    timer: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def hold(self, began: float, took_s: float, total_s: float) -> None:
        """Return when the judgement that began at `began` (of `timer`) may be known."""
        rest = began + released_after(took_s, total_s) - self.timer()
        if rest > 0:
            await self.sleep(rest)


class Judge(Protocol):
    """What turns a submission into a judgement: `grading.grader.Grader`, or a test's own."""

    async def judge(self, loaded: LoadedCourse, submission: Submission, *, seed: str | None = None) -> Judgement:
        """Our own fault is a verdict JE, with a notice AWAY where no sandbox can be had; what it raises becomes one."""


@frozen
class Work:
    """A submission that is leased to us, and where it belongs."""

    submission: Submission
    situation: Situation  #: as it was before
    repeats: Judgement | None  #: the judgement that the same source has already


@frozen
class Orphan:
    """A submission that is not judged: its exercise is gone, or it stopped each server that judged it."""

    submission: Submission
    why: str = "the course no longer has its exercise"


@frozen
class Begun:
    """An accepted submission and the task that judges it; no work where its key was known before."""

    found: Found
    task: asyncio.Task[Recorded | None] | None
    work: Work | None = None

    @property
    def limited(self) -> bool:
        """It may cost one of a limited number of attempts."""
        work = self.work
        return work is not None and work.submission.kind is Kind.SUBMIT and work.situation.policy.attempts is not None

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


Done = Callable[[Work | Orphan, Recorded], None]


@dataclass(eq=False)
class Judging:
    """The tasks of one process. `done` is called on the event loop after each judgement is durable."""

    store: Store
    judge: Judge
    done: Done
    clock: Clock
    settings: Settings
    holding: Holding | None = None

    def __post_init__(self) -> None:
        self.worker = new_id()
        self._free = asyncio.Semaphore(self.settings.places)
        self.tasks: dict[str, asyncio.Task[Recorded | None]] = {}  #: that judge here, by ids of submissions
        self._held = set[str]()
        self._persons: dict[str, str] = {}  # of the submissions that have a task
        self._turns = WeakValueDictionary[str, asyncio.Lock]()

    @property
    def busy(self) -> int:
        """How many are judged, or wait for that, here: not those that are only held back."""
        return len(self.tasks) - len(self._held)

    def lease(self, seconds: float | None = None) -> Lease:
        """A lease of this process from now on; by default it outlasts some rounds of the sweep."""
        if seconds is None:
            seconds = max(self.settings.lease_s, 3 * self.settings.sweep_s)
        return Lease(self.worker, self.clock() + timedelta(seconds=seconds))

    def start(self, work: Work | Orphan) -> asyncio.Task[Recorded | None]:
        """Judge it in a task of its own, which goes on when the request that sent it is gone."""
        id = work.submission.id
        if id not in self.tasks:
            task = asyncio.create_task(self._finish(work), name=f"codegym-judge-{id}")
            self.tasks[id], self._persons[id] = task, work.submission.person
            task.add_done_callback(lambda _: (self.tasks.pop(id), self._persons.pop(id)))
        return self.tasks[id]

    def refuse_crowd(self, person: str) -> None:
        """Raises TooManyWaiting for who has many judged, or about to be, here already."""
        if sum(each == person for each in self._persons.values()) >= self.settings.most_waiting:
            raise TooManyWaiting(wait_s=5)

    def ahead(self, submission: str) -> int | None:
        """How many are judged before it, of each person one in turn; None where no task here judges it."""
        if submission not in self.tasks:
            return None
        person = self._persons[submission]
        earlier = takewhile(lambda id: id != submission, self.tasks)
        counts = Counter(self._persons[id] for id in earlier if id not in self._held)
        mine = counts.pop(person, 0)
        return mine + sum(min(number, mine + 1) for number in counts.values())

    def stop(self, submission: str) -> None:
        """Judge it no further; the records say already that it is cancelled."""
        if submission in self.tasks:
            self.tasks[submission].cancel()

    async def close(self) -> None:
        """Stop all; what was under way waits in the records, free to be judged by the next process at once."""
        tasks = dict(self.tasks)
        await end_tasks(*tasks.values())
        if tasks:
            try:
                await self.store.release(self.worker, list(tasks))
            except StoreError as error:
                log.warning("submissions stay leased for a while: %s", error)

    async def _finish(self, work: Work | Orphan) -> Recorded | None:
        """Judge and record; None where no sandbox or no records could be had: then the sweep does it again."""
        sent = work.submission
        with (
            bind(submission=sent.id, offering=sent.offering, worker=self.worker),
            span_of(sent.traceparent, "judge", **span_facts(sent)),
        ):
            try:
                judgement = await self._judged(work)
                if judgement.is_away:
                    await self._put_off(sent, judgement)
                    return None
                advance = await self._advance(work, judgement)
                with span("commit"):
                    recorded = await self.store.record(sent, judgement, advance)
            except StoreError as error:
                log.warning("submission %s is judged later: %s", sent.id, error)
                return None
            if recorded.fresh:
                self._count(work, judgement)
            self.done(work, recorded)
            return recorded

    def _count(self, work: Work | Orphan, judgement: Judgement) -> None:
        """It is on the disk."""
        sent = work.submission
        log.debug(
            "judged: %s, %.1f ms at the level %s", judgement.verdict, judgement.wall_ms, judgement.level or "none"
        )
        if isinstance(work, Work) and work.repeats is not None:
            metrics.checks.add(sent.kind, "repeated")
            return
        metrics.checks.add(sent.kind, judgement.verdict)
        if sent.is_prompt:
            metrics.check_seconds.observe(self._age_s(sent), sent.kind)

    def _age_s(self, sent: Submission) -> float:
        return (self.clock() - sent.received_at).total_seconds()

    async def _put_off(self, sent: Submission, judgement: Judgement) -> None:
        """No sandbox can be had: it waits, and no fault is counted."""
        log.error("submission %s waits %.0f s: %s", sent.id, AWAY_S, "; ".join(n.text for n in judgement.notices))
        metrics.checks.add(sent.kind, "put_off")
        await self.store.postpone(sent.id, self.clock() + timedelta(seconds=AWAY_S))

    async def _judged(self, work: Work | Orphan) -> Judgement:
        if isinstance(work, Orphan):
            log.error("submission %s: %s", work.submission.id, work.why)
            return self._fault(work.submission)
        if work.repeats is not None:
            return work.repeats
        timer = self.holding.timer if self.holding is not None else time.monotonic
        async with AsyncExitStack() as place:
            with span("queue"):  # one of each person at a time: who sends a thousand delays nobody
                turn = self._turns.setdefault(work.submission.person, asyncio.Lock())
                await place.enter_async_context(turn)
                await place.enter_async_context(self._free)
            began = timer()
            try:
                if work.submission.is_prompt:
                    metrics.check_wait_seconds.observe(self._age_s(work.submission), work.submission.kind)
                with span("grade") as grading:
                    judgement = await self.judge.judge(work.situation.place.loaded, work.submission)
                    note_judgement(grading, judgement)
            except Exception:
                log.exception("submission %s could not be judged", work.submission.id)
                judgement = self._fault(work.submission, work.situation.place)
        took = timer() - began
        metrics.check_judge_seconds.observe(took, work.submission.kind)
        return await self._released(work, judgement, began, took)

    async def _released(self, work: Work, judgement: Judgement, began: float, took: float) -> Judgement:
        """The judgement when it may be known. Until then it is not recorded: nothing and nobody can tell of it."""
        if self.holding is None:
            return judgement
        limits = work.situation.place.loaded.limits(work.submission.exercise)
        self._held.add(work.submission.id)
        try:
            with span("hold"):
                await self.holding.hold(began, took, limits.total_s)
        finally:
            self._held.discard(work.submission.id)
        # a student sees this time: to the second, it tells nothing that the release does not
        return replace(judgement, judged_at=self.clock().replace(microsecond=0))

    async def _advance(self, work: Work | Orphan, judgement: Judgement) -> Advance:
        if isinstance(work, Orphan) or judgement.verdict is Verdict.JE:
            return partial(fault_step, self.clock(), self.settings.fault_limit)
        sent, at = work.submission, work.situation
        given = await self.store.hints(sent.offering, sent.person, sent.exercise) if at.progress.hint_cost else ()
        by_person = at.place.exercise.marking == "manual"
        return JudgementStep(sent, judgement, CountingRules(at.policy, self.clock(), given, by_person)).step

    def _fault(self, sent: Submission, place: Place | None = None) -> Judgement:
        return Judgement(
            id=new_id(),
            submission=sent.id,
            verdict=Verdict.JE,
            score=Score(0.0, place.exercise.points if place else 0.0),
            parts=(),
            checks=(),
            hidden_not_run=0,
            stdout="",
            notices=(),
            failure=None,
            course_digest=place.loaded.digest if place else "",
            environment_digest="",
            seed="",
            level="",
            wall_ms=0.0,
            judged_at=self.clock(),
        )
