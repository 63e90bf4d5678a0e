"""The life of a submission in SQL: what happens inside each transaction. Called by `sql.py`, in a thread of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from codegym_jlab.events.records import Event
from codegym_jlab.submission import Judgement, Submission, Verdict

from . import rows
from . import statements as sql
from .base import Accepted, Admit, Advance, Found, KeyTaken, Lease, Ledger, Progress, Recorded, Step, StoreUnavailable
from .driver import Db, Row
from .tables import paces, unsubmitted
from .tables import progress as progress_table


def accept(
    db: Db,
    submission: Submission,
    unit: str,
    course_digest: str,
    admit: Admit,
    events: Sequence[Event],
    lease: Lease,
) -> Accepted:
    """Transaction 1."""
    hold(db, submission.person)
    row = db.one(sql.LEDGER_FOR, _asked(submission, course_digest, unit))
    if row is None or row["erased_at"] is not None:
        raise StoreUnavailable("The records were replaced, or yours were erased, while this was sent. Reload the page.")
    if row["taken"] is not None:
        return Accepted(_same(find(db, row["taken"]), submission), fresh=False)
    if submission.submitter != submission.person and not _is_there(db, submission.submitter):
        raise StoreUnavailable("Your records were erased while this was sent. Reload the page.")
    ledger = ledger_of(db, row, submission)
    turn = admit(replace(ledger, repeat=row["repeats"] is not None, full_at=row["full_at"]))
    later = turn.not_before if turn is not None else None
    db.run(sql.ADD_SUBMISSION, rows.submission_row(submission, None if later else lease, later))
    if turn is not None:
        db.run(sql.upsert(paces, db.dialect.name), rows.pace_row(submission, turn))
    add_events(db, events)
    repeats = judgement(db, row["repeats"]) if row["repeats"] is not None else None
    return Accepted(Found(submission, not_before=later), fresh=True, repeats=repeats)


def _is_there(db: Db, person: str) -> bool:
    return db.scalar(sql.NOT_ERASED, {"p_person": person}) is not None


def hold(db: Db, person: str) -> None:
    """Before what is read of a person decides on what is written: then their transactions come one after the other.

    So their events are numbered in the order of their commits, too.
    """
    db.hold(sql.HOLD, {"p_person": person})


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


def ledger_of(db: Db, row: Row, of: Submission | Progress) -> Ledger:
    """From a row of LEDGER or LEDGER_FOR."""
    where = {"p_offering": of.offering, "p_person": of.person}
    found = db.all(sql.OVERRIDES, where) if row["overridden"] else ()
    return Ledger(
        progress=progress_of(row, of),
        overrides=tuple(map(rows.override_of, found)),
        opened_at=row["opened_at"],
        waiting=row["waiting"],
    )


def progress_of(row: Row, of: Submission | Progress) -> Progress:
    """From a row with an outer join to `progress`."""
    if row["exercise"] is None:
        return Progress(of.offering, of.person, of.exercise)
    return rows.progress_of(row)


def record(db: Db, submission: Submission, judged: Judgement, advance: Advance) -> Recorded:
    """Transaction 2."""
    hold(db, submission.person)
    row = db.one(sql.BOOKKEEPING, {"p_id": submission.id})
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
        _add_judgement(db, judged, first=not row["faults"])
    _mark(db, submission, judged, step, faults)
    if step.progress != before:
        db.run(sql.upsert(progress_table, db.dialect.name), rows.progress_row(step.progress))
    add_events(db, step.events)
    kept = replace(submission, state=step.state, attempt=step.attempt)
    return Recorded(Found(kept, judged, faults, step.retry_at), step.progress, fresh=True)


def _add_judgement(db: Db, judged: Judgement, *, first: bool) -> None:
    """A submission has one current judgement: the one before steps down first, and then names the new one."""
    before = None if first else db.one(sql.CURRENT, {"p_submission": judged.submission})
    if before is not None:
        db.run(sql.RETIRE, {"p_id": before["id"]})
    db.run(sql.ADD_JUDGEMENT, rows.judgement_row(judged))
    if before is not None:
        db.run(sql.SUPERSEDE, {"p_id": before["id"], "p_by": judged.id})
    add_results(db, judged)


def add_results(db: Db, judged: Judgement) -> None:
    """What hangs on a judgement: its check results and score parts."""
    db.run_each(sql.ADD_CHECKS, rows.check_rows(judged))
    db.run_each(sql.ADD_PARTS, rows.part_rows(judged))


def _mark(db: Db, submission: Submission, judged: Judgement, step: Step, faults: int) -> None:
    same_as = judged.submission if judged.submission != submission.id else None
    db.run(
        sql.JUDGED,
        {
            "p_id": submission.id,
            "p_state": step.state.value,
            "p_attempt": step.attempt,
            "p_same_as": same_as,
            "p_faults": faults,
            "p_not_before": step.retry_at,
        },
    )


def add_events(db: Db, events: Sequence[Event]) -> None:
    """Into the outbox, in order."""
    db.run_each(sql.ADD_EVENTS, rows.event_rows(events))


def find_sent(db: Db, offering: str, person: str, key: str) -> str | None:
    """The id behind a key."""
    asked = {"p_offering": offering, "p_person": person, "p_key": key}
    id: str | None = db.scalar(sql.SENT, asked)
    return id


def find(db: Db, submission: str) -> Found | None:
    """A submission with the judgement that answers it."""
    row = db.one(sql.SUBMISSION, {"p_id": submission})
    if row is None:
        return None
    of = row["same_as"] or row["id"]
    return Found(rows.submission_of(row), current(db, of), row["faults"], row["not_before"])


def current(db: Db, submission: str) -> Judgement | None:
    """The judgement of a submission that holds."""
    row = db.one(sql.CURRENT, {"p_submission": submission})
    return None if row is None else _whole(db, row)


def judgement(db: Db, id: str) -> Judgement:
    """A judgement with its check results and score parts."""
    row = db.one(sql.JUDGEMENT, {"p_id": id})
    assert row is not None, "foreign keys hold"
    return _whole(db, row)


def _whole(db: Db, row: Row) -> Judgement:
    where = {"p_id": row["id"]}
    checks = db.all(sql.CHECKS, where)
    parts = db.all(sql.PARTS, where)
    return rows.judgement_of(row, checks, parts)


def find_repeat(db: Db, submission: Submission, course_digest: str) -> Judgement | None:
    """The judgement of the same source before."""
    id = db.scalar(sql.REPEAT, _asked(submission, course_digest))
    return None if id is None else judgement(db, id)


def is_queued(db: Db, lease: Lease, now: datetime) -> bool:
    """True where `claim` would find something: so that an idle sweep writes nothing."""
    return bool(db.all(sql.QUEUE, _takeable(lease, now, 1)))


def claim(db: Db, lease: Lease, now: datetime, limit: int) -> list[Submission]:
    """Lease what waits for anyone."""
    waiting = db.all(sql.TAKE, _takeable(lease, now, limit))
    if waiting:
        terms = {"p_worker": lease.worker, "p_until": lease.until}
        db.run_each(sql.LEASE, [{"p_id": row["id"], **terms} for row in waiting])
    return [rows.submission_of(row) for row in waiting]


def _takeable(lease: Lease, now: datetime, limit: int) -> dict[str, Any]:
    return {"p_now": now, "p_far": lease.too_far(now), "p_limit": limit}


def renew(db: Db, lease: Lease, submissions: Sequence[str]) -> None:
    """Longer for those still ours."""
    db.run_each(
        sql.RENEW, [{"p_id": id, "p_worker": lease.worker, "p_until": lease.until} for id in sorted(submissions)]
    )


def cancel(db: Db, submission: str) -> bool:
    """Only what still waits."""
    return bool(db.run(sql.CANCEL, {"p_id": submission}))


def postpone(db: Db, submission: str, not_before: datetime) -> bool:
    """Only what still waits."""
    return bool(db.run(sql.POSTPONE, {"p_id": submission, "p_not_before": not_before}))


def keep(db: Db, drafts: Sequence[Submission]) -> list[str]:
    """Those drafts that say something new."""
    people = sorted({draft.person for draft in drafts} | {draft.submitter for draft in drafts})
    for person in people:
        hold(db, person)
    there = {person for person in people if _is_there(db, person)}
    drafts = [draft for draft in drafts if {draft.person, draft.submitter} <= there]
    fresh = [d for d in drafts if db.scalar(sql.NEWEST_DRAFT, _asked(d, "")) != d.digest]
    db.run_each(sql.ADD_SUBMISSION, [rows.submission_row(draft) for draft in fresh])
    lines = [{"offering": draft.offering, "person": draft.person, "exercise": draft.exercise} for draft in fresh]
    db.run_each(sql.ensure(unsubmitted, db.dialect.name), lines)
    return [draft.exercise for draft in fresh]
