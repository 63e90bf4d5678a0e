"""What a manager answers for one submission: the records, and how its exercise stands with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.policy import EffectivePolicy
from codegym_jlab.course.schema import Exercise, Unit
from codegym_jlab.store.base import Enrolment, Found, Progress
from codegym_jlab.submission import Judgement, Kind, State, Submission

from .progress import Attempts, Standing, attempts_of, standing_of
from .rules import Place


@dataclass(frozen=True, slots=True)
class Outcome:
    """A submission, its judgement, and how the exercise stands now. What of it a student sees, `feedback` decides."""

    enrolment: Enrolment
    submission: Submission
    judgement: Judgement | None  #: None while it waits, when it was cancelled, and of a draft
    standing: Standing
    place: Place
    policy: EffectivePolicy
    attempts: Attempts | None
    counts: bool | None  #: None: it cannot count (a try, CE, JE, not judged)
    late_s: float | None
    not_before: datetime | None = None  #: while it waits: when its turn comes

    @property
    def loaded(self) -> LoadedCourse:
        """The course as it was read last."""
        return self.place.loaded

    @property
    def unit(self) -> Unit:
        """The exercise's unit."""
        return self.place.unit

    @property
    def exercise(self) -> Exercise:
        """The exercise."""
        return self.place.exercise


def outcome_of(
    enrolment: Enrolment, place: Place, policy: EffectivePolicy, found: Found, line: Progress, now: datetime
) -> Outcome:
    """From what the records say of the submission (`found`) and of the exercise (`line`)."""
    sent = found.submission
    waiting = sent.state is State.WAITING
    late = policy.late_by(sent.received_at) if sent.kind is Kind.SUBMIT else None
    return Outcome(
        enrolment=enrolment,
        submission=sent,
        judgement=found.judgement,
        standing=standing_of(place.exercise, policy, line, waiting, now, enrolment.team),
        place=place,
        policy=policy,
        attempts=attempts_of(policy, line.attempts),
        counts=_counts(found, line),
        late_s=None if late is None else late.total_seconds(),
        not_before=found.not_before if waiting else None,
    )


def _counts(found: Found, line: Progress) -> bool | None:
    sent, judged = found.submission, found.judgement
    if sent.kind is not Kind.SUBMIT or judged is None or not judged.verdict.costs_attempt:
        return None
    return line.counting_submission == sent.id
