"""Check, hand in, cancel, drafts and receipts, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from codegym_jlab.records import Cell, Json, Kind, State

from .base import Handler, NotebookHandler, get, post, refuse_without_sandbox
from .identity import Person

if TYPE_CHECKING:
    from codegym_jlab.grading.progress import Outcome
    from codegym_jlab.wiring import Services

    from .schemas import requests


def submission_answer(outcome: Outcome) -> Json:
    """As its student may see it; what says so is not imported at a server's start."""
    from codegym_jlab.grading import feedback

    return feedback.submission_answer(outcome)


@post("submissions", "SubmissionAnswer", also=(202,))
async def submit(handler: Handler, body: requests.SubmissionRequest) -> None:
    """Check (try) or hand in (submit). It is on disk before it is judged; the same key is one submission."""
    services, enrolment = await handler.admit(body.course)
    refuse_without_sandbox(services)
    outcome = await services.manager.submit(
        enrolment,
        body.exercise,
        kind=Kind(body.kind),
        source=body.source,
        cells=tuple(Cell(c.source, c.id, c.role, c.exercise) for c in body.cells),
        idempotency_key=body.idempotency_key,
        claimed_at=body.claimed_at,
    )
    handler.reply(submission_answer(outcome), 202 if outcome.submission.state is State.WAITING else 200)


@post("submissions/cancel", "SubmissionAnswer")
async def cancel_sent(handler: Handler, body: requests.CancelRequest) -> Any:
    """Stop what was sent under a key, while the request that sent it still waits. No attempt is used. 404
    `unknown_submission`: nothing is stored under it yet, ask again.
    """
    services, enrolment = await handler.admit(body.course)
    return submission_answer(await services.manager.cancel_sent(enrolment, body.idempotency_key))


@get("submissions/{submission}", "SubmissionAnswer")
async def read_submission(outcome: Outcome) -> Any:
    """One submission of one's own."""
    return submission_answer(outcome)


@get("submissions/{submission}/diagnosis", "Diagnosis")
async def read_diagnosis(services: Services, outcome: Outcome, language: str = "en") -> Any:
    """Where a wrong answer of one's own is wrong, as the policy lets it be told; `looking`: ask again."""
    return await services.tutor.diagnosis(outcome, language)


@get("submissions/{submission}/receipt", "Receipt")
async def read_receipt(services: Services, outcome: Outcome) -> Any:
    """What this server says, signed, of a submission of one's own; of its judgement no more than its student may
    see now. It is verified with the key at /receipts/key.
    """
    from codegym_jlab.grading.feedback import judged_part

    return await services.receipts.receipt(outcome.submission, judged_part(outcome))


@get("receipts/key", media="application/x-pem-file")
async def read_receipt_key(services: Services) -> Any:
    """The public key by which anyone can verify this server's receipts."""
    return await services.receipts.public_key()


@get("submissions/{submission}/staff", "StaffAnswer")
async def read_submission_whole(handler: Handler, services: Services, person: Person, submission: str) -> Any:
    """One submission with its hidden checks. For grader, instructor and admin of its offering."""
    from codegym_jlab.grading.feedback import staff_answer

    from ..classes import history

    outcome = await services.manager.outcome(person.user, submission, staff=True)
    await handler.refuse_but_staff_of(outcome.enrolment.offering)
    return staff_answer(outcome) | await history.past(services.store, outcome.submission)


@post("submissions/{submission}/cancel", "SubmissionAnswer")
async def cancel_submission(services: Services, person: Person, submission: str) -> Any:
    """Stop a submission that is not judged yet. No attempt is used."""
    return submission_answer(await services.manager.cancel(person.user, submission))


@post("drafts", "Kept", base=NotebookHandler)
async def keep_drafts(handler: Handler, body: requests.DraftRequest) -> Any:
    """Keep what a unit's notebook held when it was saved. Nothing is judged."""
    services, enrolment = await handler.admit(body.course)
    return {"kept": await services.units(enrolment).keep_drafts(body.unit, body.notebook)}
