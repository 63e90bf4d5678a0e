"""Judgements that take the place of others, what staff review, and what is parked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from sqlalchemy import and_, exists, func, literal_column, select, tuple_, update
from sqlalchemy import bindparam as P

from codegym_jlab.records import Judgement

from ..base import Found, Given, HandedIn, Progress, Revise
from ..engine import Aggregate, Db, Row, reads, writes
from . import rows
from .submissions import OF_EXERCISE, ONE_PROGRESS, current, current_row, judgement, put_judgement
from .tables import judgements, outbox, people, progress, submissions

S, J, G = submissions.c, judgements.c, progress.c
#: Whose source is gone is judged no more.
_erased = exists().where(people.c.id == G.person, people.c.erased_at.is_not(None))
_handed_in = and_(G.offering == P("p_offering"), G.submitted_at.is_not(None), ~_erased)
#: A page of lines, by person and exercise.
LINES = (
    select(progress)
    .where(_handed_in, tuple_(G.person, G.exercise) > tuple_(P("p_person"), P("p_exercise")))
    .order_by(G.person, G.exercise)
    .limit(P("p_limit"))
)
#: But those whose text is gone, which nobody can judge again.
HANDED_IN = select(submissions).where(OF_EXERCISE, S.kind == "submit", S.digest != literal_column("''"))
#: By state, not bound: as above.
IS_PARKED = S.state == literal_column("'parked'")
_ANSWERED = ("judged", "awaiting_review")


def handed_in(db: Db, offering: str, exercises: Collection[str], after: tuple[str, str], limit: int) -> list[HandedIn]:
    """A page by person and exercise; `after` is the last of the page before, two empty texts for the first."""
    return [_whole(db, line) for line in lines(db, offering, exercises, after, limit)]


def lines_handed_in(
    db: Db, offering: str, exercises: Collection[str], after: tuple[str, str], limit: int
) -> list[tuple[str, str]]:
    """The same page, person and exercise alone."""
    return [(line.person, line.exercise) for line in lines(db, offering, exercises, after, limit)]


def count_handed_in(db: Db, offering: str) -> Mapping[str, int]:
    """How many people handed something in, by exercise."""
    counted = select(G.exercise, func.count().label("lines")).where(_handed_in).group_by(G.exercise)
    return {row["exercise"]: row["lines"] for row in db.all(counted, {"p_offering": offering})}


def lines(db: Db, offering: str, exercises: Collection[str], after: tuple[str, str], limit: int) -> list[Progress]:
    """A page of lines. Those of other exercises are passed over here: the records lie by person."""
    found: list[Progress] = []
    while len(found) < limit:
        where = {"p_offering": offering, "p_person": after[0], "p_exercise": after[1], "p_limit": limit}
        page = [rows.progress_of(row) for row in db.all(LINES, where)]
        found += [line for line in page if line.exercise in exercises]
        if len(page) < limit:
            break
        after = (page[-1].person, page[-1].exercise)
    return found[:limit]


def _whole(db: Db, line: Progress) -> HandedIn:
    where = {"p_offering": line.offering, "p_person": line.person, "p_exercise": line.exercise}
    sent = [row for row in db.all(HANDED_IN, where) if row["state"] in _ANSWERED]
    judged: dict[str, Judgement | None] = {}
    for row in sent:
        of = row["same_as"] or row["id"]
        if of not in judged:
            judged[of] = current(db, of)
    found = (_found(row, judged[row["same_as"] or row["id"]]) for row in sorted(sent, key=lambda row: row["id"]))
    return HandedIn(line, tuple(one for one in found if one.judgement is not None))


def _found(row: Row, judgement: Judgement | None) -> Found:
    return Found(rows.submission_of(row), judgement, row["faults"])


def awaiting_review(db: Db, offering: str, after: tuple[str, str], limit: int) -> list[Progress]:
    """Lines whose newest submission a person has still to mark: a page by owner and exercise, as `handed_in`'s."""
    key = G.person, G.exercise
    found = select(progress).where(G.offering == offering, G.awaiting_review, tuple_(*key) > after)
    return [rows.progress_of(row) for row in db.all(found.order_by(*key).limit(limit))]


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
    where = {"p_offering": offering, "p_person": person, "p_exercise": exercise}
    row = db.one(ONE_PROGRESS, where)
    if row is None:
        return False
    before = _whole(db, rows.progress_of(row))
    revision = revise(before)
    if not revision.judgements:
        return False
    standing = {f.submission.id: f.judgement for f in before.found if f.judgement is not None}
    for judged in revision.judgements:
        put_judgement(db, judged, standing[judged.submission].id, cause=cause, who=who, why=why)
    reviewed = S.id.in_(sorted(revision.reviewed)), S.state == literal_column("'awaiting_review'")
    db.run(update(submissions).where(*reviewed).values(state="judged"))
    if revision.progress != before.progress:
        db.upsert(progress, rows.progress_row(revision.progress))
    db.add(outbox, rows.event_rows(revision.events))
    return True


def parked(db: Db, offering: str) -> list[Found]:
    """What could not be judged three times, by our fault: the oldest first."""
    found = sorted(db.all(select(submissions).where(S.offering == offering, IS_PARKED)), key=lambda row: row["id"])
    return [_found(row, current(db, row["id"])) for row in found]


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
    told = ("current", "cause", "who", "why", "superseded_by")
    found = [Given(judgement(db, row["id"]), *(row[name] for name in told)) for row in chain(db, submission)]
    return found[::-1]


class Revisions(Aggregate):
    """Judgements that take the place of others. None is ever edited or removed."""

    handed_in = reads(handed_in)
    lines_handed_in = reads(lines_handed_in)
    count_handed_in = reads(count_handed_in)
    awaiting_review = reads(awaiting_review)
    supersede = writes(supersede)
    parked = reads(parked)
    try_again = writes(try_again)
    history = reads(history)
