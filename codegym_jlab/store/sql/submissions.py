"""What a person has in an exercise: the ledger, and submissions from the moment they are stored to their judgement.

Two transactions, each with its decision inside. Also hints, first openings and generated notebooks.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam as P, case, func, literal_column, or_, select, update

from codegym_jlab.records import CheckResult, Event, Judgement, Score, ScorePart, State, Submission, Verdict

from ..base import (
    Accepted,
    Admit,
    Advance,
    Claimed,
    Found,
    Give,
    HintGiven,
    KeyTaken,
    Lease,
    Ledger,
    Ledgers,
    Progress,
    Recorded,
    StoreUnavailable,
)
from ..classes import Override
from ..engine import Aggregate, Db, Row, reads, record_of, row_of, writes
from .outbox import add_events
from .tables import (
    IS_DRAFT,
    IS_WAITING,
    check_results,
    enrolments,
    hints_given,
    judgements,
    notebooks,
    openings,
    overrides,
    paces,
    people,
    progress,
    score_parts,
    submissions,
    team_members,
    unsubmitted,
)

S, J, G = submissions.c, judgements.c, progress.c

#: The judgement that answers a submission: its own, or of a repeat that of the same source before.
JUDGED_BY = and_(J.submission == func.coalesce(S.same_as, S.id), J.current)
#: The line of progress that a submission belongs to.
ITS_LINE = and_(G.offering == S.offering, G.person == S.person, G.exercise == S.exercise)
#: What each check asks for, made once.
_STATE = select(S.state, S.faults).where(S.id == P("id")).with_for_update(key_share=True)
_OF_EXERCISE = and_(S.offering == P("offering"), S.person == P("person"), S.exercise == P("exercise"))
_SAME = select(S.id).where(_OF_EXERCISE, S.kind == P("kind"), S.digest == P("digest"))
_REPEATS = (
    select(judgements)
    .where(J.submission.in_(_SAME), J.current, J.verdict != "JE", J.course_digest == P("course_digest"))
    .order_by(J.submission.desc())
    .limit(1)
)
#: What was collected costs no attempt, and so does not wait for one.
_WAITING = select(func.count()).where(_OF_EXERCISE, IS_WAITING, S.kind == "submit", S.collected_from.is_(None))
_RULINGS = select(overrides).where(
    overrides.c.offering == P("offering"), overrides.c.person.in_([literal_column("''"), P("person")])
)
#: Of all, so that ids go on after it.
LAST_ID = select(func.max(S.id))
#: The lease ran out before anything was recorded: whoever had it stopped, or hung, while it judged.
_LOST = S.leased_until.is_not(None)
_FREE = {"worker": None, "leased_until": None}


def key_of(one: Submission | Progress) -> Row:
    """Of the line of progress that it belongs to."""
    return {"offering": one.offering, "person": one.person, "exercise": one.exercise}


def is_there(db: Db, person: str) -> bool:
    return db.scalar(people.c.id, id=person, erased_at=None) is not None


def line_of(db: Db, offering: str, person: str, exercise: str) -> Progress:
    """A person's line of progress; an empty one where they have done nothing there."""
    empty = Progress(offering, person, exercise)
    return db.record(Progress, progress, **key_of(empty)) or empty


def overrides_of(db: Db, offering: str, person: str) -> tuple[Override, ...]:
    """The offering's own, the person's or team's, and those of their section."""
    found = db.records(Override, _RULINGS, offering=offering, person=person)
    if any(one.section for one in found):
        section = _section_of(db, offering, person)
        found = [one for one in found if one.section in ("", section)]
    return tuple(found)


def _section_of(db: Db, offering: str, person: str) -> str | None:
    """Of a student now: who left, or is staff, is in none. A team's: that of its members, where they are all in one."""
    members = db.column(team_members.c.person, team=person, ended_at=None)
    students = select(enrolments.c.section).filter_by(offering=offering, role="student", ended_at=None)
    sections = set(db.column(students.where(enrolments.c.person.in_([person, *members]))))
    return sections.pop() if len(sections) == 1 else None


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
    who, key = submission.person, key_of(submission)
    db.hold(people, who)
    if not all(is_there(db, person) for person in {who, submission.submitter}):
        raise StoreUnavailable("The records were replaced, or yours were erased, while this was sent. Reload the page.")
    taken = find_sent(db, submission.offering, who, submission.idempotency_key)
    if taken is not None:
        return Accepted(_same(find(db, taken), submission), fresh=False)
    repeats = find_repeat(db, submission, course_digest)
    full_at = db.scalar(paces.c.full_at, **key)
    turn = admit(replace(ledger(db, unit=unit, **key), repeat=repeats is not None, full_at=full_at))
    later = turn.not_before if turn is not None else None
    db.add(submissions, [_row_of(submission, None if later else lease, later)])
    if turn is not None:
        db.upsert(paces, key | {"full_at": turn.full_at})
    add_events(db, events)
    return Accepted(Found(submission, not_before=later), fresh=True, repeats=repeats)


def _row_of(sent: Submission, lease: Lease | None = None, not_before: datetime | None = None) -> Row:
    """A draft has no lease, and neither has what waits for its turn."""
    leased = {"worker": lease.worker, "leased_until": lease.until} if lease else _FREE
    return row_of(sent, **leased, digest=sent.digest, not_before=not_before)


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
    row = db.one(_STATE, id=submission.id)
    if row is None:
        raise KeyError(submission.id)
    before = line_of(db, **key_of(submission))
    if row["state"] != "waiting":
        found = find(db, submission.id)
        assert found is not None
        return Recorded(found, before, fresh=False)
    step = advance(before, row["faults"])
    faults = row["faults"] + (judged.verdict is Verdict.JE)
    same_as = judged.submission if judged.submission != submission.id else None
    if same_as is None:
        standing = current_row(db, submission.id) if row["faults"] else None
        put_judgement(db, judged, standing["id"] if standing else None)
    became = {"state": step.state.value, "attempt": step.attempt, "same_as": same_as, "faults": faults, **_FREE}
    db.change(submissions, submission.id, **became, not_before=step.retry_at)
    if step.progress != before:
        db.upsert(progress, row_of(step.progress))
    add_events(db, step.events)
    kept = replace(submission, state=step.state, attempt=step.attempt)
    return Recorded(Found(kept, judged, faults, step.retry_at), step.progress, fresh=True)


def put_judgement(db: Db, judged: Judgement, before: str | None, **reason: str | None) -> None:
    """A submission has one current judgement: the one before steps down first, and then names the new one."""
    if before is not None:
        db.change(judgements, before, current=False)
    score = {"score": judged.score.points, "max_score": judged.score.max_points}
    db.add(judgements, [row_of(judged, "parts", "checks", **score, current=True, **reason)])
    if before is not None:
        db.change(judgements, before, superseded_by=judged.id)
    checks, parts = enumerate(judged.checks), enumerate(judged.parts)
    of = {"judgement": judged.id}
    db.add(check_results, [row_of(one, "check", **of, position=at, check_id=one.check) for at, one in checks])
    db.add(score_parts, [row_of(one, **of, position=at) for at, one in parts])


def find_sent(db: Db, offering: str, person: str, idempotency_key: str) -> str | None:
    """The id of the submission that this person sent under this key."""
    return db.scalar(S.id, offering=offering, person=person, idempotency_key=idempotency_key)


def find(db: Db, submission: str) -> Found | None:
    """A submission with the judgement that answers it, whole."""
    row = db.one(submissions, id=submission)
    return found_of(db, row) if row else None


def found_of(db: Db, row: Row) -> Found:
    """The same, of a row of the submission."""
    judged = current_row(db, row["same_as"] or row["id"])
    current = judgement(db, judged) if judged else None
    return Found(record_of(Submission, row), current, row["faults"], row["not_before"])


def find_newest(db: Db, offering: str, person: str, exercise: str) -> Found | None:
    """What was checked last and is judged, whether it counts as an attempt or not."""
    is_judged = S.state.in_([State.JUDGED, State.AWAITING_REVIEW])
    sent = select(S.id).filter_by(offering=offering, person=person, exercise=exercise).where(is_judged)
    id = db.scalar(sent.order_by(S.id.desc()).limit(1))
    return id and find(db, id)


def current_row(db: Db, submission: str) -> Row | None:
    """Of the judgement of a submission that holds."""
    return db.one(select(judgements).where(J.submission == submission, J.current))


def judgement(db: Db, row: Row) -> Judgement:
    """Of its row, with its check results and score parts."""
    checks, parts = (
        db.all(select(part).filter_by(judgement=row["id"]).order_by(part.c.position))
        for part in (check_results, score_parts)
    )
    return record_of(
        Judgement,
        row,
        score=Score(row["score"], row["max_score"]),
        parts=tuple(record_of(ScorePart, part) for part in parts),
        checks=tuple(record_of(CheckResult, check, check=check["check_id"]) for check in checks),
    )


def find_repeat(db: Db, submission: Submission, course_digest: str) -> Judgement | None:
    """The judgement of the same source, kind and course before, unless that was JE."""
    same = key_of(submission) | {"kind": submission.kind, "digest": submission.digest}
    row = db.one(_REPEATS, **same, course_digest=course_digest)
    return judgement(db, row) if row else None


def claim(db: Db, lease: Lease, now: datetime, *, limit: int) -> list[Claimed]:
    """The sweep: lease the oldest submissions that wait, are due for judging and are leased to no one.

    Where the lease before ran out without a record, that counts as a fault, before anything is judged. What was
    lost so a second time is handed out alone: whatever stops servers is found, and nothing else is counted with it.
    """
    # no lease and no pause after a fault is as long: its end was set by a clock that was ahead
    far = now + 2 * max(lease.until - now, timedelta()) + timedelta(minutes=1)
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
    each = ((row, row["leased_until"] is not None) for row in found)
    return [Claimed(record_of(Submission, row), row["faults"] + lost, lost) for row, lost in each]


def keep(db: Db, drafts: Sequence[Submission]) -> list[str]:
    """Store those drafts whose source differs from the person's newest draft; returns their exercises."""
    who = {person for draft in drafts for person in (draft.person, draft.submitter)}
    for person in sorted(who):
        db.hold(people, person)
    there = {person for person in who if is_there(db, person)}
    drafts = [draft for draft in drafts if {draft.person, draft.submitter} <= there]
    fresh = [draft for draft in drafts if db.scalar(_newest_digest(draft)) != draft.digest]
    db.add(submissions, [_row_of(draft) for draft in fresh])
    for draft in fresh:
        db.ensure(unsubmitted, key_of(draft))
    return [draft.exercise for draft in fresh]


def _newest_digest(draft: Submission) -> Select[tuple[str]]:
    """Of what was kept last before it."""
    kept = select(S.digest).filter_by(**key_of(draft)).where(IS_DRAFT)
    return kept.order_by(S.id.desc()).limit(1)


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


def ledger(db: Db, offering: str, person: str, unit: str, exercise: str) -> Ledger:
    """One exercise."""
    line = line_of(db, offering, person, exercise)
    opened = db.scalar(openings.c.opened_at, offering=offering, person=person, unit=unit)
    return Ledger(line, overrides_of(db, offering, person), opened, db.scalar(_WAITING, **key_of(line)) or 0)


def ledgers(db: Db, offering: str, person: str) -> Ledgers:
    """All exercises of an offering."""
    who = {"offering": offering, "person": person}
    lines = db.records(Progress, progress, **who)
    waiting = db.column(select(S.exercise).filter_by(**who).where(IS_WAITING))
    return Ledgers(
        progress={line.exercise: line for line in lines},
        overrides=overrides_of(db, offering, person),
        openings=db.pairs((openings.c.unit, openings.c.opened_at), **who),
        waiting=frozenset(waiting),
    )


def opened(db: Db, offering: str, person: str, unit: str, at: datetime) -> datetime:
    """The first opening of a unit: `at`, unless there was one before."""
    key = {"offering": offering, "person": person, "unit": unit}
    db.ensure(openings, {**key, "opened_at": at})
    return db.scalar(openings.c.opened_at, **key) or at


def hints(db: Db, offering: str, person: str, exercise: str) -> list[HintGiven]:
    """The hints given, mildest first."""
    given = select(hints_given).filter_by(offering=offering, person=person, exercise=exercise)
    return db.records(HintGiven, given.order_by(hints_given.c.rung))


def give_hint(db: Db, offering: str, person: str, exercise: str, give: Give) -> tuple[HintGiven, Progress]:
    """One more hint, its progress and its event, as `give` says."""
    db.hold(people, person)
    before = line_of(db, offering, person, exercise)
    hint, after, event = give(before, hints(db, offering, person, exercise))
    db.add(hints_given, [key_of(before) | row_of(hint)])
    db.upsert(progress, row_of(after))
    add_events(db, [event])
    return hint, after


def base(db: Db, offering: str, person: str, unit: str, digest: str) -> str | None:
    """A generated notebook kept before."""
    return db.scalar(notebooks.c.body, offering=offering, person=person, unit=unit, digest=digest)


def keep_base(db: Db, offering: str, person: str, unit: str, digest: str, body: str, at: datetime) -> None:
    """Keep a generated notebook, the base of the three-way merge; the same digest again changes nothing."""
    row = {"offering": offering, "person": person, "unit": unit, "digest": digest, "body": body, "made_at": at}
    db.ensure(notebooks, row)


class Submissions(Aggregate):
    """The life of a submission, and what else a person has in an exercise."""

    accept = writes(accept)
    record = writes(record)
    find = reads(find)
    find_sent = reads(find_sent)
    find_newest = reads(find_newest)
    find_repeat = reads(find_repeat)
    renew = writes(renew)
    release = writes(release)
    cancel = writes(cancel)
    postpone = writes(postpone)
    keep = writes(keep)
    claim = writes(claim)
    ledger = reads(ledger)
    ledgers = reads(ledgers)
    opened = writes(opened)
    hints = reads(hints)
    give_hint = writes(give_hint)
    keep_base = writes(keep_base)
    base = reads(base)
