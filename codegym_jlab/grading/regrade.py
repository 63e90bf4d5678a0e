"""Judging again what was handed in: by the same seed, against the course as it is now, and what that would change.

Nothing is recorded by looking; `record` puts the new judgements in the old ones' place.
See docs/understand/decisions/regrading.md.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import Exercise
from codegym_jlab.sandbox.base import SandboxUnavailable
from codegym_jlab.store import Store
from codegym_jlab.store.base import Found, HandedIn, LineKey, Progress, Revision
from codegym_jlab.store.classes import Enrolment
from codegym_jlab.telemetry.traces import bind

from ..records import (
    Clock,
    Json,
    Judgement,
    Notice,
    Score,
    Submission,
    Verdict,
    digest_of,
    frozen,
    new_id,
    some,
    utc_now,
)
from .admission import Place, situation_for
from .apply_judgement import CountingRules, JudgementStep
from .checker.verdict import half_up
from .judgements import Judge


@frozen
class CheckChange:
    """A check that says another thing than before. None: it is new, or is there no more."""

    check: str
    label: str
    before: Verdict | None
    after: Verdict | None


@frozen
class Change:
    """A judgement and the one that takes its place, with the same seed, persons' marks and submission."""

    before: Judgement
    after: Judgement
    by_rules: bool = False  #: the same judgement: dates, lateness or what counts are others

    @property
    def lowers(self) -> bool:
        """Fewer points than before, or accepted no more."""
        fewer = self.after.score.points < self.before.score.points
        return fewer or (self.before.verdict is Verdict.AC and self.after.verdict is not Verdict.AC)

    @property
    def because(self) -> tuple[CheckChange, ...]:
        """The checks whose verdict is another, in the course's order; then those that are no more.

        By the checks' ids, which survive reordering.
        """
        old, new = ({check.check: check for check in one.checks} for one in (self.before, self.after))
        found = []
        for check in dict.fromkeys([*new, *old]):
            was, now = old.get(check), new.get(check)
            if was is None or now is None or (was.verdict, was.weight) != (now.verdict, now.weight):
                label = (now or old[check]).label
                found.append(CheckChange(check, label, was.verdict if was else None, now.verdict if now else None))
        return tuple(found)

    def as_json(self) -> Json:
        """One submission."""
        before, after = self.before, self.after
        return {
            "submission": before.submission,
            "verdict": [before.verdict, after.verdict],
            "score": [before.score.points, after.score.points],
            "max_score": [before.score.max_points, after.score.max_points],
            "course_digest": [before.course_digest, after.course_digest],
            **some(self, "lowers because by_rules"),
        }


@frozen
class RegradedLine:
    """What regrading finds of one person in one exercise."""

    progress: Progress
    after: Progress  #: with all changes
    changes: tuple[Change, ...]
    graded: int  #: submissions
    done: int  #: recorded by the same flow before
    unanswered: tuple[str, ...]  #: submissions that could not be judged

    @property
    def lowers(self) -> bool:
        """Something falls."""
        return any(change.lowers for change in self.changes) or lowers_progress(self.progress, self.after)

    def as_json(self) -> Json:
        """A row of the table. `score`: what counts, after lateness and hints."""
        return {
            **some(self.progress, "person exercise"),
            "score": [self.progress.counting_score, self.after.counting_score],
            "max_score": [self.progress.max_score, self.after.max_score],
            "lowers": self.lowers,
            "submissions": [change.as_json() for change in self.changes],
        }


def lowers_progress(before: Progress, after: Progress) -> bool:
    """Whether less counts, or it is solved no more."""
    fewer = (after.counting_score or 0.0) < (before.counting_score or 0.0)
    return fewer or (before.solved and not after.solved)


def revised_judgement(before: Judgement, graded: Judgement, id: str) -> Judgement:
    """What was graded anew as the judgement that follows `before`: a person's marks stay."""
    marks = tuple(part for part in before.parts if part.source == "person")
    parts = tuple(part for part in graded.parts if part.source == "checker") + marks
    points = half_up(sum(part.points for part in parts))
    score = Score(points, graded.score.max_points)
    return replace(graded, id=id, submission=before.submission, seed=before.seed, parts=parts, score=score)


def differs(before: Judgement, after: Judgement) -> bool:
    """Whether it is worth recording: the score, or the verdict, is another."""
    return (before.score, before.verdict) != (after.score, after.verdict)


def revised_id(flow: str, submission: str) -> str:
    """The id of the judgement that a regrading gives a submission: the same when it is done again after a crash."""
    return digest_of(f"regrade:{flow}:{submission}")[:32]


#: Fields that counting anew fills in: of the newest, and of what counts.
_NEWEST = ("submission", "submitted_at", "score", "late_s", "verdict")
_COUNTING = ("counting_submission", "counting_at", "counting_score", "counting_late_s")
_ANEW: Json = {**dict.fromkeys(_NEWEST + _COUNTING), "failed": (), "solved": False}


def recounted_progress(line: HandedIn, judgements: Iterable[Judgement], rules: CountingRules) -> Progress:
    """The person's line with these judgements in their submissions' place. Attempts are as they were."""
    anew = {judged.submission: judged for judged in judgements}
    before, newest = line.progress, None
    after = replace(before, **_ANEW)
    for found in line.found:
        if _counted(found, before):
            judged = anew.get(found.judged.submission, found.judged)
            after, newest = JudgementStep(found.submission, judged, rules).once_more(after), judged
    if newest is None:
        return before
    return replace(after, awaiting_review=before.awaiting_review and newest.marks is None)


def recount_change(line: HandedIn, rules: CountingRules, flow: str) -> Change | None:
    """The judgement that counts, under an id of the flow, where by these rules it counts otherwise; else None."""
    before, after = line.progress, recounted_progress(line, (), rules)
    if (after.counting_score, after.counting_late_s) == (before.counting_score, before.counting_late_s):
        return None
    judged = next(found.judged for found in line.found if found.submission.id == after.counting_submission)
    return Change(judged, replace(judged, id=revised_id(flow, judged.submission), judged_at=rules.now), by_rules=True)


def _counted(found: Found, line: Progress) -> bool:
    """It was given a number; or it is a repeat that counted when it was sent."""
    sent = found.submission
    return sent.attempt is not None or sent.id in (line.submission, line.counting_submission)


def revision(line: HandedIn, changes: Iterable[Change], rules: CountingRules, *, allow_lower: bool) -> Revision:
    """What takes the place of what stands. What was judged otherwise meanwhile stays; so does what would fall."""
    standing = {found.submission.id: found for found in line.found}
    judgements = {found.judged.id for found in line.found}
    wanted = [c for c in changes if (allow_lower or not c.lowers) and c.before.id in judgements]
    after = recounted_progress(line, [change.after for change in wanted], rules)
    if not wanted or (lowers_progress(line.progress, after) and not allow_lower):
        return Revision((), line.progress)
    told = [JudgementStep(standing[change.before.submission].submission, change.after, rules) for change in wanted]
    drawn = after if after != line.progress else None
    events = [event for one in told for event in one.told_again(drawn if one is told[-1] else None)]
    return Revision([change.after for change in wanted], after, events)


async def rules_for(store: Store, loaded: LoadedCourse, who: Enrolment, exercise: str, now: datetime) -> CountingRules:
    """What decides now what counts of a person in an exercise. Raises KeyError where the course has none such."""
    at = await situation_for(store, Place(loaded, *loaded.find(exercise)), who)
    hints = await store.hints(who.offering, who.person, exercise) if at.progress.hints else ()
    return CountingRules(at.policy, now, hints, at.place.exercise.marking == "manual")


async def recount_exercises(
    store: Store,
    loaded: LoadedCourse,
    who: Enrolment,
    exercises: Iterable[Exercise],
    *,
    by: str,
    why: str,
    now: datetime,
    allow_lower: bool = False,
) -> None:
    """Each line by the rules as they are now, with who changed them (an account) and why; the student reads of a set
    mark with its reason. No score falls by it unless that is allowed.
    """
    person = await store.make_person(who.offering, by)
    for exercise in exercises:
        rules = await rules_for(store, loaded, who, exercise.id, now)

        def revise(line: HandedIn, rules: CountingRules = rules) -> Revision:
            change = recount_change(line, rules, new_id())
            if change is not None:
                change = replace(change, after=_with_mark(change.after, rules.policy.mark, why))
            return revision(line, [change] if change is not None else [], rules, allow_lower=allow_lower)

        await store.supersede(who.offering, who.person, exercise.id, revise, who=person, why=why)


def _with_mark(judged: Judgement, mark: float | None, why: str) -> Judgement:
    """With the notice that a person set the mark, or without it."""
    others = tuple(notice for notice in judged.notices if notice.code != MARK_SET)
    if mark is None:
        return replace(judged, notices=others)
    told = Notice(MARK_SET, f"Your mark was set to {mark:g}. Reason: {why}", {"mark": mark, "why": why})
    return replace(judged, notices=(*others, told))


log = logging.getLogger("codegym.grading")
MARK_SET = "mark_set"

_LOOK_S = 0.2  #: between two looks at what waits to be judged

#: What a busy machine can bring about: judged once more, with nothing beside it, before it is believed.
_OF_HASTE = frozenset({Verdict.TLE, Verdict.MLE, Verdict.OLE, Verdict.SV, Verdict.JE})


@frozen
class Regraded:
    """What became of a line. `held`: its score would fall; `stale`: it was judged otherwise meanwhile."""

    line: RegradedLine
    recorded: int  #: judgements
    held: int = 0
    stale: int = 0


@dataclass(eq=False)
class Regrading:
    """One regrading of one offering. `flow` names it, so that the same done again gives the same judgements.

    `at_once`: submissions graded at the same time; 0: two a processor. What waits to be judged comes first.
    """

    store: Store
    loaded: LoadedCourse
    judge: Judge
    offering: str
    flow: str = ""
    clock: Clock = utc_now
    at_once: int = 0

    def __post_init__(self) -> None:
        self._places = self.at_once or 2 * len(os.sched_getaffinity(0))
        self._taken = 0
        self._free = asyncio.Semaphore(self._places)
        self._quiet = asyncio.Lock()

    async def page(self, exercises: Collection[str], after: LineKey, limit: int) -> Sequence[HandedIn]:
        """So many lines after another one, to be looked at."""
        return await self.store.handed_in(self.offering, exercises, after, limit)

    async def look(self, lines: Sequence[HandedIn]) -> list[RegradedLine]:
        """What would change. Raises SandboxUnavailable where nothing can be judged now."""
        return list(await asyncio.gather(*map(self._line, lines)))

    async def _line(self, line: HandedIn) -> RegradedLine:
        own = [found for found in line.found if found.judged.submission == found.submission.id]
        fresh = [found for found in own if found.judged.id != revised_id(self.flow, found.submission.id)]
        answers = await asyncio.gather(*(self._change(found) for found in fresh))
        changes = tuple(answer for answer in answers if isinstance(answer, Change))
        unanswered = tuple(answer for answer in answers if isinstance(answer, str))
        rules = await self._rules(line.progress)
        if not changes and (counts := recount_change(line, rules, self.flow)) is not None:
            changes = (counts,)
        after = recounted_progress(line, [one.after for one in changes], rules) if changes else line.progress
        return RegradedLine(line.progress, after, changes, len(fresh), len(own) - len(fresh), unanswered)

    async def _change(self, found: Found) -> Change | str | None:
        """The change of one submission, None where it is judged as before, its id where it cannot be judged."""
        sent, before = found.submission, found.judged
        graded = await self._judged(sent, before)
        after = revised_judgement(before, graded, revised_id(self.flow, sent.id))
        if graded.verdict is not Verdict.JE:
            return Change(before, after) if differs(before, after) else None
        return sent.id

    async def _judged(self, sent: Submission, before: Judgement) -> Judgement:
        """Raises SandboxUnavailable."""
        with bind(submission=sent.id, offering=sent.offering):
            async with self._free, self._room():
                judged = await self.judge.judge(self.loaded, sent, seed=before.seed or None)
            log.debug("judged again: %s, before %s", judged.verdict, before.verdict)
            is_hasty = not _OF_HASTE.isdisjoint((judged.verdict, *(check.verdict for check in judged.checks)))
            if is_hasty and differs(before, revised_judgement(before, judged, "")):
                judged = await self._alone(sent, before)
        if judged.is_away:
            raise SandboxUnavailable("; ".join(notice.text for notice in judged.notices))
        return judged

    @asynccontextmanager
    async def _room(self) -> AsyncIterator[None]:
        """Of the places those that students' answers leave; one in any case."""
        while self._places - (await self.store.backlog()).waiting <= self._taken > 0:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_S)
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1

    async def _alone(self, sent: Submission, before: Judgement) -> Judgement:
        """Once more, with nothing of ours beside it."""
        async with self._quiet, AsyncExitStack() as all_places:
            for _ in range(self._places):
                await all_places.enter_async_context(self._free)
            return await self.judge.judge(self.loaded, sent, seed=before.seed or None)

    async def _rules(self, line: Progress) -> CountingRules:
        enrolment = await self.store.enrolment(line.offering, line.person)
        assert enrolment is not None, "foreign keys hold"
        return await rules_for(self.store, self.loaded, enrolment, line.exercise, self.clock())

    async def record(
        self, lines: Sequence[RegradedLine], *, who: str | None, why: str, allow_lower: bool
    ) -> list[Regraded]:
        """Each person's line in a transaction of its own; those that come together share the wait for the disk."""
        return list(await asyncio.gather(*(self._record(line, who, why, allow_lower) for line in lines)))

    async def _record(self, line: RegradedLine, who: str | None, why: str, allow_lower: bool) -> Regraded:
        if not line.changes:
            return Regraded(line, line.done)
        key = line.progress
        rules = await self._rules(key)
        counts: list[int] = []

        def revise(now: HandedIn) -> Revision:
            made = revision(now, line.changes, rules, allow_lower=allow_lower)
            standing = {found.judged.id for found in now.found}
            done = sum(c.after.id in standing for c in line.changes)  # by the same flow, amid a stop and a going on
            counts[:] = [len(made.judgements) + done, sum(c.before.id not in standing for c in line.changes) - done]
            return made

        await self.store.supersede(key.offering, key.person, key.exercise, revise, who=who, why=why)
        recorded, stale = counts or (0, len(line.changes))
        return Regraded(line, recorded + line.done, len(line.changes) - recorded - stale, stale)


def regraded_exercises(loaded: LoadedCourse, unit: str = "", exercise: str = "") -> frozenset[str]:
    """The exercises of a course, a unit, or the one named, that checkers judge. Raises KeyError."""
    units = [loaded.unit(unit)] if unit else loaded.units
    found = [one for part in units for one in part.exercises if exercise in ("", one.id)]
    if exercise and not found:
        raise KeyError(exercise)
    return frozenset(one.id for one in found if one.answer != "text" and one.checks)
