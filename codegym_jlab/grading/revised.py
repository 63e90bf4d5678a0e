"""What regrading changes: which judgement follows which, because of which check, and what counts then. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from codegym_jlab.course.policy import EffectivePolicy
from codegym_jlab.store.base import Found, HandedIn, HintGiven, Progress, Revision
from codegym_jlab.submission import CheckResult, Judgement, Score, Verdict

from .counting import Counting, cost_before
from .scoring import half_up


@dataclass(frozen=True, slots=True)
class CheckChange:
    """A check that says another thing than before. None: it is new, or is there no more."""

    check: str
    label: str
    before: Verdict | None
    after: Verdict | None

    def as_json(self) -> dict[str, Any]:
        """For the command's output: staff read it."""
        return {"check": self.check, "label": self.label, "before": self.before, "after": self.after}

    def __str__(self) -> str:
        return f"{self.label}: {self.before or 'not there'} → {self.after or 'gone'}"


@dataclass(frozen=True, slots=True)
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
        """The checks whose verdict is another, in the course's order; then those that are no more."""
        return check_changes(self.before.checks, self.after.checks)

    def as_json(self) -> dict[str, Any]:
        """One submission."""
        before, after = self.before, self.after
        return {
            "submission": before.submission,
            "verdict": [before.verdict, after.verdict],
            "score": [before.score.points, after.score.points],
            "max_score": [before.score.max_points, after.score.max_points],
            "course_digest": [before.course_digest, after.course_digest],
            "lowers": self.lowers,
            "because": [check.as_json() for check in self.because],
            "by_rules": self.by_rules,
        }


@dataclass(frozen=True, slots=True)
class Line:
    """What regrading finds of one person in one exercise."""

    progress: Progress
    after: Progress  #: with all changes
    changes: tuple[Change, ...] = ()
    graded: int = 0  #: submissions
    done: int = 0  #: recorded by the same flow before
    unanswered: tuple[str, ...] = ()  #: submissions that could not be judged

    @property
    def lowers(self) -> bool:
        """Something falls."""
        return any(change.lowers for change in self.changes) or falls(self.progress, self.after)

    def as_json(self) -> dict[str, Any]:
        """A row of the table. `score`: what counts, after lateness and hints."""
        return {
            "person": self.progress.person,
            "exercise": self.progress.exercise,
            "score": [self.progress.counting_score, self.after.counting_score],
            "max_score": [self.progress.max_score, self.after.max_score],
            "lowers": self.lowers,
            "submissions": [change.as_json() for change in self.changes],
        }


def falls(before: Progress, after: Progress) -> bool:
    """Whether less counts, or it is solved no more."""
    fewer = (after.counting_score or 0.0) < (before.counting_score or 0.0)
    return fewer or (before.solved and not after.solved)


def revised(before: Judgement, graded: Judgement, id: str) -> Judgement:
    """What was graded anew as the judgement that follows `before`: a person's marks stay."""
    marks = tuple(part for part in before.parts if part.source == "person")
    parts = tuple(part for part in graded.parts if part.source == "checker") + marks
    points = half_up(sum(part.points for part in parts))
    score = Score(points, graded.score.max_points)
    return replace(graded, id=id, submission=before.submission, seed=before.seed, parts=parts, score=score)


def differs(before: Judgement, after: Judgement) -> bool:
    """Whether it is worth recording: the score, or the verdict, is another."""
    return (before.score, before.verdict) != (after.score, after.verdict)


def check_changes(before: Sequence[CheckResult], after: Sequence[CheckResult]) -> tuple[CheckChange, ...]:
    """By the checks' ids, which survive reordering."""
    old, new = {c.check: c for c in before}, {c.check: c for c in after}
    order = [*new, *(check for check in old if check not in new)]
    found = []
    for check in order:
        was, now = old.get(check), new.get(check)
        if was is None or now is None or (was.verdict, was.weight) != (now.verdict, now.weight):
            one = now or was
            assert one is not None
            verdicts = (was.verdict if was else None, now.verdict if now else None)
            found.append(CheckChange(check, one.label, *verdicts))
    return tuple(found)


def revised_id(flow: str, submission: str) -> str:
    """The id of the judgement that a regrading gives a submission: the same when it is done again after a crash."""
    return hashlib.sha256(f"regrade:{flow}:{submission}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides what counts of a person in an exercise."""

    policy: EffectivePolicy
    hints: Sequence[HintGiven]
    now: datetime
    by_person: bool


def drawn_anew(line: HandedIn, judgements: Iterable[Judgement], rules: Rules) -> Progress:
    """The person's line with these judgements in their submissions' place. Attempts are as they were."""
    anew = {judged.submission: judged for judged in judgements}
    before, newest = line.progress, None
    after = replace(
        before,
        submitted_at=None,
        submission=None,
        score=None,
        late_s=None,
        verdict=None,
        failed=(),
        counting_submission=None,
        counting_at=None,
        counting_score=None,
        counting_late_s=None,
        solved=False,
    )
    for found in sorted(line.found, key=lambda found: found.submission.id):
        if _counted(found, before) and found.judgement is not None:
            judged = anew.get(found.judgement.submission, found.judgement)
            after, newest = _counting(found, judged, rules).once_more(after), judged
    if after.submission is None or newest is None:
        return before
    return replace(after, awaiting_review=before.awaiting_review and newest.marks is None)


def recounted(line: HandedIn, rules: Rules, id: str) -> Change | None:
    """The judgement that counts, once more under `id`, where by these rules it counts otherwise; else None."""
    before, after = line.progress, drawn_anew(line, (), rules)
    if (after.counting_score, after.counting_late_s) == (before.counting_score, before.counting_late_s):
        return None
    judged = next(f.judgement for f in line.found if f.submission.id == after.counting_submission)
    assert judged is not None, "what counts was judged"
    return Change(judged, replace(judged, id=id, judged_at=rules.now), by_rules=True)


def _counted(found: Found, line: Progress) -> bool:
    """It was given a number; or it is a repeat that counted when it was sent."""
    sent = found.submission
    return sent.attempt is not None or sent.id in (line.submission, line.counting_submission)


def _counting(found: Found, judged: Judgement, rules: Rules) -> Counting:
    return Counting(
        submission=found.submission,
        judgement=judged,
        policy=rules.policy,
        now=rules.now,
        hint_cost=cost_before(rules.hints, found.submission.received_at),
        by_person=rules.by_person,
    )


def revision(line: HandedIn, changes: Iterable[Change], rules: Rules, *, allow_lower: bool) -> Revision:
    """What takes the place of what stands. What was judged otherwise meanwhile stays; so does what would fall."""
    standing = {found.submission.id: found for found in line.found}
    wanted = [c for c in changes if (allow_lower or not c.lowers) and _stands(c, standing.get(c.before.submission))]
    after = drawn_anew(line, [change.after for change in wanted], rules)
    if not wanted or (falls(line.progress, after) and not allow_lower):
        return Revision((), line.progress)
    told = [_counting(standing[change.before.submission], change.after, rules) for change in wanted]
    drawn = after if after != line.progress else None
    events = [event for one in told for event in one.told_again(drawn if one is told[-1] else None)]
    return Revision([change.after for change in wanted], after, events)


def _stands(change: Change, found: Found | None) -> bool:
    return found is not None and found.judgement is not None and found.judgement.id == change.before.id
