"""Judgements that take the place of others, what staff review, and what is parked."""

from collections.abc import Collection, Iterator, Mapping

from sqlalchemy import and_, exists, func, select, tuple_, update

from ..audit import about, by_staff, leave_out
from ..base import DecidedDraft, Found, Given, GivenMarks, HandedIn, LineKey, Progress, Revise
from ..engine import Aggregate, Db, Row, reads, record_of, row_of
from .outbox import add_events
from .submissions import JUDGED_BY, current_row, found_of, is_there, judgement, key_of, put_judgement
from .tables import IS_PARKED, given_marks, judgements, people, progress, score_parts, submissions

S, J, G = submissions.c, judgements.c, progress.c
#: Whose source is gone is judged no more.
_erased = exists().where(people.c.id == G.person, people.c.erased_at.is_not(None))
_handed_in = and_(G.submitted_at.is_not(None), ~_erased)


def handed_in(db: Db, offering: str, exercises: Collection[str], after: LineKey, limit: int) -> list[HandedIn]:
    """A page by person and exercise; `after` is the last of the page before, two empty texts for the first."""
    return [_whole(db, line) for line in lines(db, offering, after, limit, exercises)]


def count_handed_in(db: Db, offering: str) -> Mapping[str, int]:
    """How many people handed something in, by exercise."""
    counted = select(G.exercise, func.count()).where(G.offering == offering, _handed_in)
    return db.pairs(counted.group_by(G.exercise))


def lines(
    db: Db, offering: str, after: LineKey, limit: int, exercises: Collection[str] | None = None
) -> list[Progress]:
    """The same page, of all exercises where none are named, without what was handed in."""
    key = G.person, G.exercise
    found = select(progress).where(G.offering == offering, _handed_in, tuple_(*key) > after)
    found = found if exercises is None else found.where(G.exercise.in_(sorted(exercises)))
    return db.records(Progress, found.order_by(*key).limit(limit))


def _whole(db: Db, line: Progress) -> HandedIn:
    # but those whose text is gone, which nobody can judge again
    handed_in = select(submissions).filter_by(**key_of(line), kind="submit").where(S.digest != "")
    sent = [row for row in db.all(handed_in) if row["state"] in ("judged", "awaiting_review")]
    found = (found_of(db, row) for row in sorted(sent, key=lambda row: row["id"]))
    return HandedIn(line, tuple(one for one in found if one.judgement is not None))


def awaiting_review(db: Db, offering: str) -> list[Progress]:
    """Lines whose newest submission a person has still to mark."""
    return db.records(Progress, select(progress).where(G.offering == offering, G.awaiting_review))


def supersede(
    db: Db,
    offering: str,
    person: str,
    exercise: str,
    revise: Revise,
    *,
    who: str | None,
    why: str,
    cause: str = "regrade",
) -> bool:
    """Judgements, progress and events in one transaction, as `revise` says. False: nothing was to be changed.

    `revise` decides on what stands then; so that the same may be asked again after a crash. It may raise the
    manager's own error. `cause`: `regrade` where nothing else is said.
    """
    db.hold(people, person)
    line = db.record(Progress, progress, offering=offering, person=person, exercise=exercise)
    if line is None:
        return False
    before = _whole(db, line)
    revision = revise(before)
    if not revision.judgements:
        return False
    about(person)
    standing = {found.submission.id: found.judged for found in before.found}
    for judged in revision.judgements:
        put_judgement(db, judged, standing[judged.submission].id, cause=cause, who=who, why=why)
    states = (revision.reviewed, "awaiting_review", "judged"), (revision.awaiting, "judged", "awaiting_review")
    for ids, was, becomes in states:
        db.run(update(submissions).where(S.id.in_(sorted(ids)), S.state == was).values(state=becomes))
    if revision.progress != before.progress:
        db.upsert(progress, row_of(revision.progress))
    add_events(db, revision.events)
    return True


def parked(db: Db, offering: str) -> list[Found]:
    """What could not be judged three times, by our fault: the oldest first."""
    found = sorted(db.all(select(submissions).where(S.offering == offering, IS_PARKED)), key=lambda row: row["id"])
    return [found_of(db, row) for row in found]


def try_again(db: Db, offering: str, submission: str) -> bool:
    """Parked → waiting: judged once more, and parked again where that fails too. False: it is not parked."""
    parked = update(submissions).where(S.offering == offering, S.id == submission, IS_PARKED)
    return bool(db.run(parked.values(state="waiting", not_before=None)))


def chain(db: Db, submission: str) -> Iterator[Row]:
    """Rows of its judgements, from the current one back to the first."""
    row = current_row(db, submission)
    while row is not None:
        yield row
        row = db.one(select(judgements).where(J.superseded_by == row["id"]))


def history(db: Db, submission: str) -> list[Given]:
    """All judgements of a submission, the first one first."""
    return [record_of(Given, row, judgement=judgement(db, row)) for row in chain(db, submission)][::-1]


def give_marks(db: Db, given: GivenMarks) -> bool:
    """In the place of what the same giver gave before; nothing of who was erased meanwhile.

    The points are not in the audit log, which others read.
    """
    about(given.person)
    leave_out("points")
    db.hold(people, given.person)
    if not is_there(db, given.person):
        return False
    return bool(db.upsert(given_marks, row_of(given)))


def marks_given(db: Db, offering: str, submission: str = "") -> list[GivenMarks]:
    """Of a class, or of one submission; the oldest first."""
    found = select(given_marks).filter_by(offering=offering, **({"submission": submission} if submission else {}))
    return db.records(GivenMarks, found.order_by(given_marks.c.given_at, given_marks.c.giver))


def decided_drafts(db: Db, offering: str) -> list[DecidedDraft]:
    """Of answers that a person's marks stand for, the newest draft before them."""
    D, part = given_marks.c, score_parts.c
    found = (
        select(D.submission, D.exercise, D["items"], part.points, part["items"].label("given"), part.accepted)
        .join(submissions, S.id == D.submission)
        .join(judgements, JUDGED_BY)
        .join(score_parts, and_(part.judgement == J.id, part.source == "person"))
        .where(D.offering == offering, D.drafted, D.given_at <= J.judged_at)
        .order_by(D.given_at)
    )
    newest = {row["submission"]: row for row in db.all(found)}.values()
    by_line = ((row, {item[0]: item[2] for item in row["given"] or ()} or {"": row["points"]}) for row in newest)
    return [DecidedDraft(row["exercise"], row["items"], given, row["accepted"] or ()) for row, given in by_line]


class Revisions(Aggregate):
    """Judgements that take the place of others. None is ever edited or removed."""

    give_marks = by_staff(give_marks)
    marks_given = reads(marks_given)
    decided_drafts = reads(decided_drafts)

    handed_in = reads(handed_in)
    lines = reads(lines)
    count_handed_in = reads(count_handed_in)
    awaiting_review = reads(awaiting_review)
    supersede = by_staff(supersede)
    parked = reads(parked)
    try_again = by_staff(try_again)
    history = reads(history)
