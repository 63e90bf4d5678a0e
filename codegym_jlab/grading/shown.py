"""A submission as JSON, as `openapi.yaml` describes it: what its student may see, what staff do, what a receipt says.

Over HTTP, on the command line and in what is given to a person: one door, so nothing hidden leaves by another.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from codegym_jlab.events.records import iso

if TYPE_CHECKING:
    from codegym_jlab.receipts.paper import Acknowledged

    from .outcome import Outcome


def submission_answer(outcome: Outcome) -> dict[str, Any]:
    """A submission as its student may see it, with the output that a notebook keeps; null while it is not judged."""
    from . import feedback

    view = None if outcome.judgement is None else student_view(outcome)
    return {
        "submission": submission_facts(outcome),
        "judgement": view,
        "bundle": None if view is None else feedback.bundle(view),
        "exercise": outcome.standing.as_json(),
    }


def submission_facts(outcome: Outcome) -> dict[str, Any]:
    """What is known of a submission before it is judged."""
    sent = outcome.submission
    facts = {"id": sent.id, "state": sent.state.value, "kind": sent.kind.value}
    return facts | {"received_at": sent.received_at.isoformat(), "not_before": iso(outcome.not_before)}


def student_view(outcome: Outcome) -> dict[str, Any]:
    """The judgement as its student may see it now."""
    from . import feedback
    from .environment import limits_of

    course = outcome.loaded.course
    return feedback.student_view(
        outcome.judgement,
        outcome.submission,
        outcome.exercise,
        outcome.policy,
        limits=limits_of(outcome.loaded, outcome.exercise.id),
        language=course.language if course else "en",
        attempts=outcome.attempts.as_json() if outcome.attempts else None,
        counts=outcome.counts,
        late_s=outcome.late_s,
        now=datetime.now(UTC),
    )


def acknowledged(outcome: Outcome) -> Acknowledged:
    """What a receipt says of a submission: no more of its judgement than its student may see now."""
    from codegym_jlab.receipts.paper import Acknowledged, Judged

    sent, view = outcome.submission, student_view(outcome)
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
    from . import feedback
    from .environment import limits_of

    limits = limits_of(outcome.loaded, outcome.exercise.id)
    view = feedback.staff_view(outcome.judgement, outcome.submission, outcome.exercise, limits=limits)
    facts = submission_facts(outcome) | {"claimed_at": iso(outcome.submission.claimed_at)}
    return {"submission": facts, "judgement": view}
