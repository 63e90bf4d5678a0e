"""What a person may see of a judgement: a student's view, staff's view, and both as text.

`student_view` is the one door between a judgement and a student: HTTP answers, events, streams, batch lines and the
output saved in the notebook all pass through it. It builds what is shown field by field, so that a field added to a
judgement is hidden until it is shown on purpose. Of a hidden check it copies the label, passed or not, and the author's
own message.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from codegym_jlab.course.policy import EffectivePolicy
from codegym_jlab.course.schema import EffectiveLimits, Exercise
from codegym_jlab.grading.checker.responses import line_of, visible
from codegym_jlab.grading.grader.notices import is_for_staff
from codegym_jlab.grading.grader.plan import ANSWER
from codegym_jlab.records import (
    CheckResult,
    Failure,
    Judgement,
    Kind,
    Notice,
    ScorePart,
    State,
    Submission,
    Verdict,
    iso,
)

if TYPE_CHECKING:
    from codegym_jlab.receipts.receipt import Acknowledged

    from ..progress import Outcome


from . import plain_text

View = dict[str, Any]
SCHEMA = 1
#: Characters of output shown of one sample check; staff see all of it.
STDOUT_CAP = 8000
DEFAULT_LIMITS = EffectiveLimits()
MAX_COMMENT = 10_000  #: of a person's, to the student

#: Notices that say where an answer is right.
_OF_THE_TEXT = frozenset({"gaps", "order", "choice"})
_STOPPED = frozenset({Verdict.RTE, Verdict.TLE, Verdict.MLE, Verdict.OLE, Verdict.SV})


def student_view(
    judgement: Judgement | None,
    submission: Submission,
    exercise: Exercise,
    policy: EffectivePolicy | None = None,
    *,
    limits: EffectiveLimits = DEFAULT_LIMITS,
    language: str = "en",
    attempts: Mapping[str, int] | None = None,
    counts: bool | None = None,
    late_s: float | None = None,
    now: datetime | None = None,
) -> View:
    """The JSON of JUDGEMENT_MIME (judgement.schema.json), exactly what a student may see.

    `judgement` is None while there is none. `policy` None shows all that a student may see; with `after_close`, `now`
    (aware) decides.
    """
    mode, shown_after = _mode(policy, now)
    view = _frame(submission, exercise, limits, language)
    view |= {"attempts": dict(attempts) if attempts else None, "counts": counts, "shown_after": shown_after}
    view["late"] = {"seconds": late_s} if late_s else None
    if judgement is None:
        return view
    if submission.state is State.WAITING and judgement.verdict is not Verdict.JE:
        view["state"] = State.JUDGED.value
    if mode == "none":
        return view
    checks = [_student_check(check, judgement, submission, mode) for check in judgement.checks]
    verdict = shown_verdict(judgement)
    notices = [notice for notice in judgement.notices if not is_for_staff(notice)]
    if mode != "full":
        notices = [notice for notice in notices if notice.code not in _OF_THE_TEXT]
    view |= _results(judgement, verdict, checks, notices) | {
        # no points are told where they are not known: hidden checks left out, or a fault of ours
        "score": None if judgement.hidden_not_run or verdict is Verdict.JE else judgement.score.points,
        "stdout": judgement.stdout if mode == "full" else "",
    }
    if gaps := next((notice.args["gaps"] for notice in notices if notice.code == "gaps"), None):
        view["gaps"] = gaps
    if judgement.marks is not None:
        view["marks"] = _marks(judgement.marks)
    first = _first_failure(judgement, verdict)
    if first is not None and (mode == "full" or verdict is Verdict.CE):
        view["failure"] = _failure(first, submission)
        view["violation"] = first.message if verdict is Verdict.SV else None
    return view


def staff_view(
    judgement: Judgement | None, submission: Submission, exercise: Exercise, *, limits: EffectiveLimits = DEFAULT_LIMITS
) -> View:
    """Everything: hidden checks with their values, the finer verdicts, and what the judgement depends on."""
    view = _frame(submission, exercise, limits, "en")
    view |= {"source": submission.source.encode("utf-8", "backslashreplace").decode(), "staff": True}
    if judgement is None:
        return view
    checks = [
        _check(check, check.verdict, judgement, submission) | {"check": check.check, "weight": check.weight}
        for check in judgement.checks
    ]
    view |= _results(judgement, judgement.verdict, checks, judgement.notices)
    return view | {
        "score": judgement.score.points,
        "stdout": judgement.stdout,
        "failure": _failure(judgement.failure, submission) if judgement.failure else None,
        "marks": _marks(judgement.marks) if judgement.marks is not None else None,
        "course_digest": judgement.course_digest,
        "environment_digest": judgement.environment_digest,
        "seed": judgement.seed,
        "level": judgement.level,
        "wall_ms": judgement.wall_ms,
    }


def _results(judgement: Judgement, verdict: Verdict, checks: list[View], notices: Iterable[Notice]) -> View:
    return {
        "verdict": verdict.value,
        "checks": checks,
        "passed": sum(check["status"] == "passed" for check in checks),
        "total": len(checks),
        "hidden_not_run": judgement.hidden_not_run,
        "notices": [{"code": one.code, "text": visible(one.text), "args": one.args} for one in notices],
        "judged_at": judgement.judged_at.isoformat(),
    }


def shown_verdict(judgement: Judgement) -> Verdict:
    """The verdict that a student is told: WA where the first check not passed is hidden, unless it reveals more."""
    if judgement.failure is not None or judgement.verdict is Verdict.JE:
        return judgement.verdict
    first = next((check for check in judgement.checks if not check.passed), None)
    return judgement.verdict if first is None else _check_verdict(first)


def batch_line(
    line: str, judgement: Judgement, submission: Submission, exercise: Exercise, *, wall_ms: float, staff: bool = False
) -> dict[str, Any]:
    """One line that `codegym grade` writes: what a student may see, and `wall_ms`; with `staff`, everything."""
    view = staff_view(judgement, submission, exercise) if staff else student_view(judgement, submission, exercise)
    checks = view["checks"] if staff else [{key: check.get(key, "") for key in _BATCH} for check in view["checks"]]
    result = {
        "id": line,
        "exercise": exercise.id,
        "verdict": view["verdict"],
        "score": view["score"],
        "max_score": view["max_score"],
        "checks": checks,
        "stdout": view["stdout"],
        "notices": [notice["text"] for notice in view["notices"]],
        "wall_ms": round(wall_ms, 3),
    }
    if staff:
        result |= {key: view[key] for key in ("failure", "seed", "level", "course_digest", "environment_digest")}
    return result


_BATCH = ("label", "hidden", "verdict", "message")


def is_full(policy: EffectivePolicy | None, now: datetime | None) -> bool:
    """Whether a student may see now what a check found, and not its label alone."""
    return _mode(policy, now)[0] == "full"


def shows_results(policy: EffectivePolicy, now: datetime) -> bool:
    """Whether a student may see scores now."""
    return _mode(policy, now)[0] != "none"


def _mode(policy: EffectivePolicy | None, now: datetime | None) -> tuple[str, str | None]:
    """full, labels or none, and the moment after which there is more to see."""
    if policy is None:
        return "full", None
    if policy.feedback != "after_close":
        return policy.feedback, None
    until = policy.feedback_from
    if until is None:
        return "none", None
    return ("full", None) if now is not None and now > until else ("none", until.isoformat())


def _frame(submission: Submission, exercise: Exercise, limits: EffectiveLimits, language: str) -> View:
    """The view of a submission that is not judged."""
    return {
        "schema": SCHEMA,
        "submission": submission.id,
        "course": submission.course,
        "exercise": exercise.id,
        "title": exercise.title,
        "answer": exercise.answer,
        "language": language,
        "kind": submission.kind.value,
        "state": submission.state.value,
        "verdict": None,
        "score": None,
        "max_score": exercise.points,
        "passed": 0,
        "total": 0,
        "samples_only": submission.kind is Kind.TRY,
        "limit": {"seconds": limits.seconds, "memory_mb": limits.memory_mb, "output_kb": limits.output_kb},
        "failure": None,
        "violation": None,
        "checks": [],
        "hidden_not_run": 0,
        "stdout": "",
        "notices": [],
        "attempts": None,
        "counts": None,
        "late": None,
        "shown_after": None,
        "received_at": submission.received_at.isoformat(),
        "judged_at": None,
    }


def _check_verdict(check: CheckResult) -> Verdict:
    if check.hidden and not check.reveal and not check.passed:
        return Verdict.WA
    return check.verdict


def _status(verdict: Verdict, judgement: Judgement) -> str:
    if verdict is Verdict.AC:
        return "passed"
    if judgement.failure is not None or verdict is Verdict.JE:
        return "not_run"
    return "stopped" if verdict in _STOPPED else "not_passed"


def _student_check(check: CheckResult, judgement: Judgement, submission: Submission, mode: str) -> View:
    verdict = _check_verdict(check)
    if check.hidden:
        status = "passed" if check.passed else "stopped" if verdict in _STOPPED and check.reveal else "not_passed"
        shown: View = {"label": check.label, "hidden": True, "verdict": verdict.value, "status": status}
        if check.message and not check.passed:
            shown["message"] = visible(check.message)
        return shown
    shown = _check(check, verdict, judgement, submission)
    if mode != "full":
        return {key: shown[key] for key in ("label", "hidden", "verdict", "status")}
    return shown | {"message": visible(check.message), "stdout": visible(check.stdout, STDOUT_CAP)}


def _check(check: CheckResult, verdict: Verdict, judgement: Judgement, submission: Submission) -> View:
    """A sample for a student, and any check for staff."""
    return {
        "label": check.label,
        "hidden": check.hidden,
        "verdict": verdict.value,
        "status": _status(verdict, judgement),
        "message": check.message,
        "expected": check.expected,
        "got": check.got,
        "diff": check.diff,
        "stdout": check.stdout,
        "failure": _failure(check.failure, submission) if check.failure else None,
    }


def _first_failure(judgement: Judgement, verdict: Verdict) -> Failure | None:
    """What stopped the answer: the cell's own failure, or that of the sample check that gave the verdict."""
    if judgement.failure is not None:
        return judgement.failure
    first = next((check for check in judgement.checks if not check.passed), None)
    if first is None or first.hidden or verdict not in _STOPPED:
        return None
    return first.failure


def _failure(failure: Failure, submission: Submission) -> View:
    return {
        "type": failure.type,
        "message": failure.message,
        "line": failure.line,
        "cell": failure.cell,
        "frames": [
            {"cell": frame.cell, "line": frame.line, "function": frame.function, "text": frame.text}
            for frame in failure.frames
        ],
        "excerpt": _excerpt(failure, submission),
    }


def _excerpt(failure: Failure, submission: Submission) -> list[View]:
    """The line and its neighbours, from the student's own text."""
    source = _source(failure.cell, submission)
    if failure.line is None or source is None:
        return []
    numbers: Iterable[int] = range(max(1, failure.line - 1), min(failure.line + 1, source.count("\n") + 1) + 1)
    lines = [{"line": n, "text": line_of(source, n)} for n in numbers]
    return [line | {"here": True} if line["line"] == failure.line else line for line in lines]


def _source(cell: str | None, submission: Submission) -> str | None:
    if cell in (None, ANSWER):
        return submission.source
    number = cell.removeprefix("cell ") if cell else ""
    place = int(number) - 1 if number.isdigit() and len(number) < 6 else -1
    return submission.cells[place].source if 0 <= place < len(submission.cells) else None


def _marks(part: ScorePart) -> View:
    """What a person gave: the points by line of the rubric, and the comment; not who it was."""
    lines = [{"text": visible(i.text), "points": i.points, "max_points": i.max_points} for i in part.items]
    comment = visible(part.comment or "", MAX_COMMENT)
    return {"points": part.points, "max_points": part.max_points, "lines": lines, "comment": comment}


def submission_answer(outcome: Outcome) -> dict[str, Any]:
    """A submission as its student may see it, with the output that a notebook keeps; null while it is not judged."""

    view = None if outcome.judgement is None else outcome_view(outcome)
    return {
        "submission": submission_facts(outcome),
        "judgement": view,
        "bundle": None if view is None else plain_text.bundle(view),
        "exercise": outcome.standing.as_json(),
    }


def submission_facts(outcome: Outcome) -> dict[str, Any]:
    """What is known of a submission before it is judged."""
    sent = outcome.submission
    facts = {"id": sent.id, "state": sent.state.value, "kind": sent.kind.value}
    return facts | {"received_at": sent.received_at.isoformat(), "not_before": iso(outcome.not_before)}


def outcome_view(outcome: Outcome) -> dict[str, Any]:
    """The judgement as its student may see it now."""
    course = outcome.loaded.course
    return student_view(
        outcome.judgement,
        outcome.submission,
        outcome.exercise,
        outcome.policy,
        limits=outcome.loaded.limits(outcome.exercise.id),
        language=course.language if course else "en",
        attempts=asdict(outcome.attempts) if outcome.attempts else None,
        counts=outcome.counts,
        late_s=outcome.late_s,
        now=datetime.now(UTC),
    )


def acknowledged(outcome: Outcome) -> Acknowledged:
    """What a receipt says of a submission: no more of its judgement than its student may see now."""
    from codegym_jlab.receipts.receipt import Acknowledged, Judged

    sent, view = outcome.submission, outcome_view(outcome)
    judged = None
    if outcome.judgement is not None and view["verdict"] is not None:
        of = outcome.judgement
        judged = Judged(of.id, of.judged_at, view["verdict"], view["score"], of.score.max_points)
    return Acknowledged(
        submission=sent.id,
        offering=sent.offering,
        course=sent.course,
        exercise=sent.exercise,
        person=sent.person,
        kind=sent.kind.value,
        state=sent.state.value,
        source=sent.source,
        digest=sent.digest,
        received_at=sent.received_at,
        judged=judged,
        submitter=None if sent.submitter == sent.person else sent.submitter,
    )


def judgement_message(outcome: Outcome) -> dict[str, Any]:
    """The same for the person's tabs; `tab` tells the one that sent."""
    sent = outcome.submission
    return {"type": "judgement", "course": sent.course, **submission_answer(outcome), "tab": sent.idempotency_key}


def staff_answer(outcome: Outcome) -> dict[str, Any]:
    """A submission with its hidden checks, for staff."""
    limits = outcome.loaded.limits(outcome.exercise.id)
    view = staff_view(outcome.judgement, outcome.submission, outcome.exercise, limits=limits)
    facts = submission_facts(outcome) | {"claimed_at": iso(outcome.submission.claimed_at)}
    return {"submission": facts, "judgement": view}
