"""A submission from the moment it is stored to its judgement: two transactions, each with its decision inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update
from sqlalchemy import bindparam as P

from codegym_jlab.records import Event, Judgement, Submission, Verdict

from ..base import Accepted, Admit, Advance, Claimed, Found, KeyTaken, Lease, Recorded, StoreUnavailable
from ..engine import Aggregate, Db, Row, reads, writes
from . import rows
from .outbox import add_events
from .people import IS_DRAFT, IS_WAITING, LEDGER_FOR, OF_EXERCISE, REPEAT, SENT, is_there, ledger_of, progress_of
from .tables import check_results, judgements, paces, people, progress, score_parts, submissions, unsubmitted

S, J, G = submissions.c, judgements.c, progress.c
#: Of all, so that ids go on after it.
LAST_ID = select(func.max(S.id))
SUBMISSION = select(submissions).where(S.id == P("p_id"))
BOOKKEEPING = (
    select(S.state, S.attempt, S.faults, *progress.c)
    .select_from(
        submissions.outerjoin(progress, and_(G.offering == S.offering, G.person == S.person, G.exercise == S.exercise))
    )
    .where(S.id == P("p_id"))
    .with_for_update(of=submissions, key_share=True)
)
NEWEST_DRAFT = select(S.digest).where(OF_EXERCISE, IS_DRAFT).order_by(S.id.desc()).limit(1)
CURRENT = select(judgements).where(J.submission == P("p_submission"), J.current)
JUDGEMENT = select(judgements).where(J.id == P("p_id"))
CHECKS = select(check_results).where(check_results.c.judgement == P("p_id")).order_by(check_results.c.position)
PARTS = select(score_parts).where(score_parts.c.judgement == P("p_id")).order_by(score_parts.c.position)
#: The lease ran out before anything was recorded: whoever had it stopped, or hung, while it judged.
_LOST = S.leased_until.is_not(None)
_FREE = {"worker": None, "leased_until": None}


def accept(
    db: Db,
    submission: Submission,
    *,
    unit: str,
    course_digest: str,
    admit: Admit,
    events: Sequence[Event],
    lease: Lease,
) -> Accepted:
    """Transaction 1: store a try or submit and its events, leased to this worker, unless `admit` raises.

    What has to wait for its turn is leased to no one: the sweep takes it up (`found.not_before`).
    The same key of the same person again stores nothing and asks nothing. Raises KeyTaken, StoreUnavailable.
    """
    db.hold(people, submission.person)
    row = db.one(LEDGER_FOR, _asked(submission, course_digest, unit))
    if row is None or row["erased_at"] is not None:
        raise StoreUnavailable("The records were replaced, or yours were erased, while this was sent. Reload the page.")
    if row["taken"] is not None:
        return Accepted(_same(find(db, row["taken"]), submission), fresh=False)
    if submission.submitter != submission.person and not is_there(db, submission.submitter):
        raise StoreUnavailable("Your records were erased while this was sent. Reload the page.")
    ledger = ledger_of(db, row, submission)
    turn = admit(replace(ledger, repeat=row["repeats"] is not None, full_at=row["full_at"]))
    later = turn.not_before if turn is not None else None
    db.add(submissions, [rows.submission_row(submission, None if later else lease, later)])
    if turn is not None:
        where = {"offering": submission.offering, "person": submission.person, "exercise": submission.exercise}
        db.upsert(paces, {**where, "full_at": turn.full_at})
    add_events(db, events)
    repeats = judgement(db, row["repeats"]) if row["repeats"] is not None else None
    return Accepted(Found(submission, not_before=later), fresh=True, repeats=repeats)


def _asked(submission: Submission, course_digest: str, unit: str = "") -> dict[str, Any]:
    return {
        "p_offering": submission.offering,
        "p_person": submission.person,
        "p_exercise": submission.exercise,
        "p_unit": unit,
        "p_key": submission.idempotency_key,
        "p_kind": submission.kind.value,
        "p_digest": submission.digest,
        "p_course_digest": course_digest,
    }


def _same(found: Found | None, sent: Submission) -> Found:
    """What this key led to before; it may not lead to anything else now."""
    assert found is not None
    kept = found.submission
    if (kept.exercise, kept.kind, kept.digest) != (sent.exercise, sent.kind, sent.digest):
        raise KeyTaken
    return found


def record(db: Db, submission: Submission, judged: Judgement, advance: Advance) -> Recorded:
    """Transaction 2: judgement, progress and events, if the submission still waits.

    A judgement of another submission is the answer to a repeat, and is referred to, not copied.
    Raises StoreUnavailable, and KeyError where there is no such submission.
    """
    db.hold(people, submission.person)
    row = db.one(BOOKKEEPING, {"p_id": submission.id})
    if row is None:
        raise KeyError(submission.id)
    before = progress_of(row, submission)
    if row["state"] != "waiting":
        found = find(db, submission.id)
        assert found is not None
        return Recorded(found, before, fresh=False)
    step = advance(before, row["faults"])
    faults = row["faults"] + (judged.verdict is Verdict.JE)
    if judged.submission == submission.id:
        standing = db.one(CURRENT, {"p_submission": submission.id}) if row["faults"] else None
        put_judgement(db, judged, standing["id"] if standing else None)
    same_as = judged.submission if judged.submission != submission.id else None
    became = {"state": step.state.value, "attempt": step.attempt, "same_as": same_as, "faults": faults, **_FREE}
    db.run(update(submissions).where(S.id == submission.id).values(**became, not_before=step.retry_at))
    if step.progress != before:
        db.upsert(progress, rows.progress_row(step.progress))
    add_events(db, step.events)
    kept = replace(submission, state=step.state, attempt=step.attempt)
    return Recorded(Found(kept, judged, faults, step.retry_at), step.progress, fresh=True)


def put_judgement(db: Db, judged: Judgement, before: str | None, **reason: str | None) -> None:
    """A submission has one current judgement: the one before steps down first, and then names the new one."""
    if before is not None:
        db.run(update(judgements).where(J.id == before).values(current=False))
    db.add(judgements, [{**rows.judgement_row(judged), **reason}])
    if before is not None:
        db.run(update(judgements).where(J.id == before).values(superseded_by=judged.id))
    db.add(check_results, rows.check_rows(judged))
    db.add(score_parts, rows.part_rows(judged))


def find_sent(db: Db, offering: str, person: str, idempotency_key: str) -> str | None:
    """The id of the submission that this person sent under this key."""
    id: str | None = db.scalar(SENT, {"p_offering": offering, "p_person": person, "p_key": idempotency_key})
    return id


def find(db: Db, submission: str) -> Found | None:
    """A submission with the judgement that answers it, whole."""
    row = db.one(SUBMISSION, {"p_id": submission})
    if row is None:
        return None
    of = row["same_as"] or row["id"]
    return Found(rows.submission_of(row), current(db, of), row["faults"], row["not_before"])


def current(db: Db, submission: str) -> Judgement | None:
    """The judgement of a submission that holds."""
    row = db.one(CURRENT, {"p_submission": submission})
    return None if row is None else _whole(db, row)


def judgement(db: Db, id: str) -> Judgement:
    """A judgement with its check results and score parts."""
    row = db.one(JUDGEMENT, {"p_id": id})
    assert row is not None, "foreign keys hold"
    return _whole(db, row)


def _whole(db: Db, row: Row) -> Judgement:
    where = {"p_id": row["id"]}
    checks = db.all(CHECKS, where)
    parts = db.all(PARTS, where)
    return rows.judgement_of(row, checks, parts)


def find_repeat(db: Db, submission: Submission, course_digest: str) -> Judgement | None:
    """The judgement of the same source, kind and course before, unless that was JE."""
    id = db.scalar(REPEAT, _asked(submission, course_digest))
    return None if id is None else judgement(db, id)


def claim(db: Db, lease: Lease, now: datetime, *, limit: int) -> list[Claimed]:
    """The sweep: lease the oldest submissions that wait, are due for judging and are leased to no one.

    Where the lease before ran out without a record, that counts as a fault, before anything is judged. What was
    lost so a second time is handed out alone: whatever stops servers is found, and nothing else is counted with it.
    """
    # no lease and no pause after a fault is as long: its end was set by a clock that was ahead
    far = lease.too_far(now)
    free = or_(S.leased_until.is_(None), S.leased_until < now, S.leased_until > far)
    due = or_(S.not_before.is_(None), S.not_before <= now, and_(S.faults > 0, S.not_before > far))
    lost_before = and_(_LOST, S.faults > 0)
    # what another is at work on is passed over
    waiting = select(submissions).where(IS_WAITING, free, due).order_by(S.received_at)
    waiting = waiting.with_for_update(key_share=True, skip_locked=True)
    found = db.all(waiting.where(~lost_before).limit(limit))
    at_work = select(S.id).where(IS_WAITING, S.faults > 1, S.leased_until >= now, ~free).limit(1)
    if len(found) < limit and not db.all(at_work):
        found += db.all(waiting.where(lost_before).limit(1))
    if found:
        terms = {"worker": lease.worker, "leased_until": lease.until, "faults": S.faults + case((_LOST, 1), else_=0)}
        db.run(update(submissions).where(S.id.in_([row["id"] for row in found])).values(terms))
    was_lost = [row["leased_until"] is not None for row in found]
    return [
        Claimed(rows.submission_of(row), row["faults"] + lost, lost) for row, lost in zip(found, was_lost, strict=True)
    ]


def keep(db: Db, drafts: Sequence[Submission]) -> list[str]:
    """Store those drafts whose source differs from the person's newest draft; returns their exercises."""
    who = {draft.person for draft in drafts} | {draft.submitter for draft in drafts}
    for person in sorted(who):
        db.hold(people, person)
    there = {person for person in who if is_there(db, person)}
    drafts = [draft for draft in drafts if {draft.person, draft.submitter} <= there]
    fresh = [d for d in drafts if db.scalar(NEWEST_DRAFT, _asked(d, "")) != d.digest]
    db.add(submissions, [rows.submission_row(draft) for draft in fresh])
    for draft in fresh:
        db.ensure(unsubmitted, {"offering": draft.offering, "person": draft.person, "exercise": draft.exercise})
    return [draft.exercise for draft in fresh]


def _while_waiting(db: Db, *which: ColumnElement[bool], **values: Any) -> bool:
    return bool(db.run(update(submissions).where(*which, IS_WAITING).values(values)))


def renew(db: Db, lease: Lease, submissions: Sequence[str]) -> None:
    """They are still being judged by this worker."""
    mine = S.id.in_(sorted(submissions)), S.worker == lease.worker
    _while_waiting(db, *mine, leased_until=lease.until)


def release(db: Db, worker: str, submissions: Sequence[str]) -> None:
    """This worker stops and judges them no more: they are anyone's, and no fault is counted."""
    _while_waiting(db, S.id.in_(sorted(submissions)), S.worker == worker, **_FREE)


def cancel(db: Db, submission: str) -> bool:
    """Waiting → cancelled. False where it does not wait any more."""
    return _while_waiting(db, S.id == submission, **_FREE, state="cancelled", not_before=None)


def postpone(db: Db, submission: str, not_before: datetime) -> bool:
    """It could not be judged now, which is not its fault: leased to no one, it waits. False: it waits no more."""
    return _while_waiting(db, S.id == submission, **_FREE, not_before=not_before)


class Submissions(Aggregate):
    """The life of a submission."""

    accept = writes(accept)
    record = writes(record)
    find = reads(find)
    find_sent = reads(find_sent)
    find_repeat = reads(find_repeat)
    renew = writes(renew)
    release = writes(release)
    cancel = writes(cancel)
    postpone = writes(postpone)
    keep = writes(keep)
    claim = writes(claim)
