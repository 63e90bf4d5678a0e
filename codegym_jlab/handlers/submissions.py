"""Check, hand in, cancel, drafts and receipts, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .base import ID, Handler, operation
from .identity import STAFF

if TYPE_CHECKING:
    from codegym_jlab.grading.progress import Outcome

    from .schemas import CancelRequest, DraftRequest, Nothing, SubmissionRequest


def submission_answer(outcome: Outcome) -> dict[str, Any]:
    """As its student may see it; what says so is not imported at a server's start."""
    from codegym_jlab.grading.feedback import student_view

    return student_view.submission_answer(outcome)


class Submissions(Handler):
    """Check, and Hand in."""

    @operation(
        "submit",
        "SubmissionAnswer",
        also=(
            202,
            429,
        ),
    )
    async def post(self, body: SubmissionRequest) -> None:
        """Check (try) or hand in (submit). It is on disk before it is judged; the same key is one submission."""
        from codegym_jlab.records import Cell, Kind, State  # its classes take 7 ms of a server's start

        services, enrolment = await self.admit(body.course)
        services.refuse_without_sandbox()
        outcome = await services.manager.submit(
            enrolment,
            body.exercise,
            kind=Kind(body.kind),
            source=body.source,
            cells=tuple(Cell(c.source, c.id, c.role, c.exercise) for c in body.cells),
            idempotency_key=body.idempotency_key,
            claimed_at=body.claimed_at,
        )
        self.reply(submission_answer(outcome), 202 if outcome.submission.state is State.WAITING else 200)


class Submission(Handler):
    """One submission of one's own."""

    @operation("readSubmission", "SubmissionAnswer")
    async def get(self, submission: str) -> None:
        """One submission of one's own."""
        person, services = self.person(), await self.backend.services()
        self.reply(submission_answer(await services.manager.outcome(person.user, submission)))


class Receipt(Handler):
    """*Save receipt*."""

    @operation("readReceipt", "Receipt")
    async def get(self, submission: str) -> None:
        """What this server says, signed, of a submission of one's own; of its judgement no more than its student may
        see now. It is verified with the key at /receipts/key.
        """
        from codegym_jlab.grading.feedback import student_view

        person, services = self.person(), await self.backend.services()
        outcome = await services.manager.outcome(person.user, submission)
        self.finish(
            await services.receipts.receipt(student_view.acknowledged(outcome)), set_content_type="application/json"
        )


class ReceiptKey(Handler):
    """The key by which anyone can verify a receipt."""

    @operation("readReceiptKey", media="application/x-pem-file")
    async def get(self) -> None:
        """The public key by which anyone can verify this server's receipts."""
        services = await self.backend.services()
        self.finish(await services.receipts.public_key(), set_content_type="application/x-pem-file")


class StaffView(Handler):
    """One submission, whole."""

    @operation("readSubmissionWhole", "StaffAnswer")
    async def get(self, submission: str) -> None:
        """One submission with its hidden checks. For grader, instructor and admin of its offering."""
        from codegym_jlab.grading.feedback import student_view

        from ..classes import history

        person, services = self.person(), await self.backend.services()
        outcome = await services.manager.outcome(person.user, submission, staff=True)
        await self.require(outcome.enrolment.offering, STAFF)
        self.reply(student_view.staff_answer(outcome) | await history.past(services.store, outcome.submission))


class Cancel(Handler):
    """Stopped by the student."""

    @operation("cancelSubmission", "SubmissionAnswer")
    async def post(self, body: Nothing, submission: str) -> None:
        """Stop a submission that is not judged yet. No attempt is used."""
        person, services = self.person(), await self.backend.services()
        self.reply(submission_answer(await services.manager.cancel(person.user, submission)))


class CancelSent(Handler):
    """The same, while the request that sent it is still waiting for its answer."""

    @operation("cancelSent", "SubmissionAnswer")
    async def post(self, body: CancelRequest) -> None:
        """Stop what was sent under a key, while the request that sent it still waits. No attempt is used. 404
        `unknown_submission`: nothing is stored under it yet, ask again.
        """
        services, enrolment = await self.admit(body.course)
        self.reply(submission_answer(await services.manager.cancel_sent(enrolment, body.idempotency_key)))


class Drafts(Handler):
    """What a notebook held when it was saved."""

    holds_notebook = True

    @operation("keepDrafts", "Kept")
    async def post(self, body: DraftRequest) -> None:
        """Keep what a unit's notebook held when it was saved. Nothing is judged."""
        services, enrolment = await self.admit(body.course)
        self.reply({"kept": await services.workspace.keep_drafts(enrolment, body.unit, body.notebook)})


ROUTES: list[tuple[str, type[Handler]]] = [
    (r"submissions", Submissions),
    (r"submissions/cancel", CancelSent),
    (rf"submissions/{ID}", Submission),
    (rf"submissions/{ID}/receipt", Receipt),
    (rf"submissions/{ID}/staff", StaffView),
    (rf"submissions/{ID}/cancel", Cancel),
    (r"receipts/key", ReceiptKey),
    (r"drafts", Drafts),
]
