"""What a judgement changes: attempts, lateness, what counts, the events. Pure; run inside the second transaction."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from codegym_jlab.course.policy import EffectivePolicy
from codegym_jlab.records import (
    CODE_SUBMITTED,
    GRADING_COMPLETE,
    USER_PROGRESS_UPDATED,
    Event,
    Judgement,
    Kind,
    State,
    Subject,
    Submission,
    Verdict,
    frozen,
    iso,
    some,
)
from codegym_jlab.store.base import HintGiven, Progress, Step

from .checker.verdict import half_up
from .feedback import shown_verdict

RETRY_S = 2.0  #: after the first JE; four times as long after each


@frozen
class CountingRules:
    """What decides what counts of a person in an exercise."""

    policy: EffectivePolicy
    now: datetime
    hints: Sequence[HintGiven] = ()  #: those given before it was sent cost points
    by_person: bool = False  #: a person marks (a part of) it


@frozen
class JudgementStep:
    """One judgement of one submission, with what is needed to say what follows from it."""

    submission: Submission
    judgement: Judgement
    rules: CountingRules

    @property
    def repeat(self) -> bool:
        """The same source again, answered from the judgement that it had."""
        return self.judgement.submission != self.submission.id

    def step(self, before: Progress, faults: int) -> Step:
        """The second transaction's work; the judgement is no JE."""
        after, attempt = self._counted(before)
        handed_in = self.submission.kind is Kind.SUBMIT and self.judgement.verdict.costs_attempt
        state = State.AWAITING_REVIEW if self._awaits and handed_in else State.JUDGED
        return Step(state, after, attempt, self.told_again(after if after != before else None))

    def _counted(self, before: Progress) -> tuple[Progress, int | None]:
        sent = self.submission
        if sent.kind is not Kind.SUBMIT or not self.judgement.verdict.costs_attempt:
            return replace(before, tried_at=max(before.tried_at or sent.received_at, sent.received_at)), None
        limit = self.rules.policy.attempts
        if self.repeat and limit is not None and before.attempts >= limit:
            return before, None
        free = self.repeat or sent.collected_from is not None  # they did not hand it in themselves
        attempt = None if free else before.attempts + 1
        return self.once_more(replace(before, attempts=attempt or before.attempts)), attempt

    def once_more(self, line: Progress) -> Progress:
        """Counted after others, the oldest first; what number it has is not asked."""
        solved = line.solved or self.judgement.verdict is Verdict.AC
        return self._counts(self._newest(replace(line, solved=solved)))

    def told_again(self, line: Progress | None) -> list[Event]:
        """Of the judgement; and of the line, where it is another."""
        drawn = [] if line is None else [progress_event(subject_of(self.submission), line, self._cause, self.rules.now)]
        return [self._complete(), *drawn]

    @property
    def score(self) -> float:
        """Points less what hints cost, never below 0, times the share that lateness leaves; half up. Or a set mark."""
        if self.rules.policy.mark is not None:
            return half_up(self.rules.policy.mark)
        hint_cost = sum(hint.cost for hint in self.rules.hints if hint.given_at <= self.submission.received_at)
        points = Decimal(repr(self.judgement.score.points)) - Decimal(repr(hint_cost))
        share = Decimal(repr(self.rules.policy.late_factor(self.submission.received_at)))
        return half_up(max(points, Decimal(0)) * share)

    @property
    def _awaits(self) -> bool:
        """A person has still to mark it: a repeat of what was marked has its marks."""
        return self.rules.by_person and self.judgement.marks is None

    @property
    def late_s(self) -> float | None:
        """Seconds after the due time; None in time."""
        late = self.rules.policy.late_by(self.submission.received_at)
        return None if late is None else late.total_seconds()

    def _newest(self, line: Progress) -> Progress:
        """The last that was handed in, unless one that was sent later has been judged already.

        Ids tell which came later, not times: the clock may have been set back in between.
        """
        sent = self.submission
        if line.submission is not None and line.submission > sent.id:
            return line
        return replace(
            line,
            submitted_at=sent.received_at,
            submission=sent.id,
            score=self.score,
            max_score=self.judgement.score.max_points,
            late_s=self.late_s,
            awaiting_review=self._awaits,
            verdict=self.judgement.verdict.value,
            failed=tuple(check.check for check in self.judgement.checks if not check.passed),
        )

    def _counts(self, line: Progress) -> Progress:
        """Which one counts: the last, or the best; of equals the newer, unless it is late and the other is not."""
        if not self._wins(line):
            return line
        return replace(
            line,
            counting_submission=self.submission.id,
            counting_at=self.submission.received_at,
            counting_score=self.score,
            counting_late_s=self.late_s,
        )

    def _wins(self, line: Progress) -> bool:
        if line.counting_score is None or line.counting_submission is None:
            return True
        newer = self.submission.id >= line.counting_submission
        if self.rules.policy.count == "last":
            return newer
        if self.score != line.counting_score:
            return self.score > line.counting_score
        return newer and not (self.late_s is not None and line.counting_late_s is None)

    @property
    def _cause(self) -> str:
        return f"{self.submission.id}:{self.judgement.id}"

    def _complete(self) -> Event:
        """What its student may be told (see the schema); a repeat is another submission with the same judgement."""
        judged = self.judgement
        return subject_of(self.submission).event(
            GRADING_COMPLETE,
            self._cause,
            self.rules.now,
            judgement=judged.id,
            submission=self.submission.id,
            kind=self.submission.kind.value,
            verdict=shown_verdict(judged).value,
            score=judged.score.points,
            max_score=judged.score.max_points,
            passed=sum(check.passed for check in judged.checks),
            total=len(judged.checks),
            repeated=self.repeat,
            course_digest=judged.course_digest,
        )


def fault_step(now: datetime, limit: int, before: Progress, faults: int) -> Step:
    """The same after a fault of ours (JE): it costs nothing, is tried again after a while, and left to staff at last.

    `limit`: so many JE, and staff look at it; `faults`: how many there were before.
    """
    if faults + 1 >= limit:
        return Step(State.PARKED, before)
    return Step(State.WAITING, before, retry_at=now + timedelta(seconds=RETRY_S * 4**faults))


def subject_of(sent: Submission) -> Subject:
    """Whom and what an event about a submission is about."""
    return Subject(sent.offering, sent.course, sent.exercise, sent.person)


def submitted_event(sent: Submission) -> Event:
    """For the first transaction. The source itself never travels; who sent it is told where that is one of a team."""
    sender = "" if sent.submitter == sent.person else "submitter"
    facts = some(sent, f"kind digest received_at claimed_at {sender}")
    return subject_of(sent).event(CODE_SUBMITTED, sent.id, sent.received_at, submission=sent.id, **facts)


def progress_event(subject: Subject, line: Progress, cause: str, time: datetime) -> Event:
    """The whole line, so that the newest one is enough."""
    status = "tried" if line.submitted_at is None else "awaiting_review" if line.awaiting_review else "submitted"
    counting = None
    if line.counting_submission is not None:
        at = iso(line.counting_at)
        counting = {"submission": line.counting_submission, "score": line.counting_score, "submitted_at": at}
    return subject.event(
        USER_PROGRESS_UPDATED,
        cause,
        time,
        status=status,
        **some(line, "tried_at submitted_at submission score max_score attempts solved"),
        counting=counting,
    )
