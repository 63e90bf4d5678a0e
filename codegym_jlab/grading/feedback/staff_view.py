"""What staff see of a judgement: everything; and the lines that `codegym grade` writes, for either."""

from codegym_jlab.course.schema import EffectiveLimits, Exercise
from codegym_jlab.records import Json, Judgement, Submission, iso, some

from ..progress import Outcome
from .student_view import (
    DEFAULT_LIMITS,
    View,
    check_view,
    failure_view,
    frame,
    marks_view,
    results,
    student_view,
    submission_facts,
)


def staff_view(
    judgement: Judgement | None, submission: Submission, exercise: Exercise, *, limits: EffectiveLimits = DEFAULT_LIMITS
) -> View:
    """Everything: hidden checks with their values, the finer verdicts, and what the judgement depends on."""
    view = frame(submission, exercise, limits, "en")
    view |= {"source": submission.source.encode("utf-8", "backslashreplace").decode(), "staff": True}
    if judgement is None:
        return view
    checks = [
        check_view(check, check.verdict, judgement, submission) | some(check, "check weight")
        for check in judgement.checks
    ]
    view |= results(judgement, judgement.verdict, checks, judgement.notices)
    return view | {
        "score": judgement.score.points,
        "failure": failure_view(judgement.failure, submission) if judgement.failure else None,
        "marks": marks_view(judgement.marks) if judgement.marks is not None else None,
        **some(judgement, "stdout course_digest environment_digest seed level wall_ms"),
    }


def staff_answer(outcome: Outcome) -> Json:
    """A submission with its hidden checks, for staff."""
    limits = outcome.loaded.limits(outcome.exercise.id)
    view = staff_view(outcome.judgement, outcome.submission, outcome.exercise, limits=limits)
    facts = submission_facts(outcome) | {"claimed_at": iso(outcome.submission.claimed_at)}
    return {"submission": facts, "judgement": view}


def batch_line(
    line: str, judgement: Judgement, submission: Submission, exercise: Exercise, *, staff: bool = False
) -> Json:
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
        "wall_ms": round(judgement.wall_ms, 3),
    }
    if staff:
        result |= {key: view[key] for key in ("failure", "seed", "level", "course_digest", "environment_digest")}
    return result


_BATCH = ("label", "hidden", "verdict", "message")
