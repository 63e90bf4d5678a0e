"""A person in an offering: enrolment, progress, overrides that hold, hints, openings, generated notebooks."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime

from sqlalchemy import and_, exists, func, literal_column, or_, select
from sqlalchemy import bindparam as P

from codegym_jlab.records import Submission

from ...records import new_id
from ..base import Give, HintGiven, Ledger, Ledgers, Progress
from ..classes import Enrolment, Offering, TeamRef
from ..engine import Aggregate, Db, Row, reads, writes
from . import rows
from .columns import same
from .outbox import add_events
from .tables import (
    enrolments,
    hints_given,
    judgements,
    notebooks,
    offerings,
    openings,
    overrides,
    paces,
    people,
    progress,
    publications,
    submissions,
    team_members,
    teams,
)

S, J, G = submissions.c, judgements.c, progress.c
NOT_ERASED = select(people.c.id).where(people.c.id == P("p_person"), people.c.erased_at.is_(None))
#: Written out, not bound: only so do the partial indexes serve, and a statement is planned once.
IS_WAITING = S.state == literal_column("'waiting'")
IS_DRAFT = S.state == literal_column("'kept'")
_own = same(S, "offering", "person")
OF_EXERCISE = and_(_own, S.exercise == P("p_exercise"))
_line = and_(
    progress.c.offering == P("p_offering"), progress.c.person == people.c.id, progress.c.exercise == P("p_exercise")
)
#: The submission that a person sent under a key.
SENT = select(S.id).where(_own, S.idempotency_key == P("p_key"))
_taken = SENT.scalar_subquery()
#: What was collected costs no attempt.
_waiting = (
    select(func.count())
    .where(OF_EXERCISE, IS_WAITING, S.kind == "submit", S.collected_from.is_(None))
    .scalar_subquery()
)
_opened = select(openings.c.opened_at).where(same(openings.c, "offering", "person", "unit")).scalar_subquery()
_full_at = select(paces.c.full_at).where(same(paces.c, "offering", "person", "exercise")).scalar_subquery()
#: The section of a student now: who left, or is staff, is in none.
_section = select(enrolments.c.section).where(
    same(enrolments.c, "offering", "person"),
    enrolments.c.role == literal_column("'student'"),
    enrolments.c.ended_at.is_(None),
)
_of_member = func.coalesce(enrolments.c.section, literal_column("''"))
#: A team's: that of its members, where they are all in one.
_team_section = (
    select(func.min(_of_member))
    .select_from(
        team_members.join(
            enrolments,
            and_(
                enrolments.c.offering == team_members.c.offering,
                enrolments.c.person == team_members.c.person,
                enrolments.c.role == literal_column("'student'"),
                enrolments.c.ended_at.is_(None),
            ),
        )
    )
    .where(team_members.c.team == P("p_person"), team_members.c.ended_at.is_(None))
    .having(func.min(_of_member) == func.max(_of_member))
)
_own_section = func.coalesce(_section.scalar_subquery(), _team_section.scalar_subquery())
_for_person = and_(
    overrides.c.offering == P("p_offering"),
    overrides.c.person.in_(["", P("p_person")]),
    or_(overrides.c.section == literal_column("''"), overrides.c.section == _own_section),
)
_overridden = exists().where(_for_person)
REPEAT = (
    select(J.id)
    .join_from(submissions, judgements, J.submission == S.id)
    .where(OF_EXERCISE, same(S, "kind", "digest"))
    .where(J.current, J.course_digest == P("p_course_digest"), J.verdict != "JE")
    .order_by(S.id.desc())
    .limit(1)
)
#: One row: what the ledger holds of an exercise (`exercise` is null where it holds no progress).
LEDGER = (
    select(
        people.c.id.label("known"),
        people.c.erased_at,
        _waiting.label("waiting"),
        _opened.label("opened_at"),
        _overridden.label("overridden"),
        *progress.c,
    )
    .select_from(people.outerjoin(progress, _line))
    .where(people.c.id == P("p_person"))
)
#: The same, with the submission that has this key already, the judgement of the same source, and the allowance.
LEDGER_FOR = LEDGER.add_columns(
    _taken.label("taken"), REPEAT.scalar_subquery().label("repeats"), _full_at.label("full_at")
)
OVERRIDES = select(overrides).where(_for_person)
OPENINGS = select(openings.c.unit, openings.c.opened_at).where(same(openings.c, "offering", "person"))
PROGRESS = select(progress).where(same(G, "offering", "person"))
ONE_PROGRESS = PROGRESS.where(G.exercise == P("p_exercise"))
WAITING = select(S.exercise).where(_own, IS_WAITING).distinct()
#: The version that an offering holds: of its newest publication.
IN_FORCE = (
    select(publications.c.version)
    .where(publications.c.offering == offerings.c.id)
    .order_by(publications.c.number.desc())
    .limit(1)
    .scalar_subquery()
)
_standing = and_(
    enrolments.c.offering == offerings.c.id, enrolments.c.person == people.c.id, enrolments.c.ended_at.is_(None)
)
ENROLMENT = (
    select(
        offerings,
        people.c.id.label("person"),
        IN_FORCE.label("version"),
        enrolments.c.role,
        teams.c.unit.label("team_unit"),
        teams.c.name.label("team_name"),
    )
    .select_from(
        offerings.join(people, people.c.offering == offerings.c.id)
        .outerjoin(enrolments, _standing)
        .outerjoin(teams, teams.c.id == people.c.id)
    )
    .where(offerings.c.id == P("p_offering"), people.c.id == P("p_person"))
)


def is_there(db: Db, person: str) -> bool:
    return db.scalar(NOT_ERASED, {"p_person": person}) is not None


def ledger_of(db: Db, row: Row, of: Submission | Progress) -> Ledger:
    """From a row of LEDGER or LEDGER_FOR."""
    where = {"p_offering": of.offering, "p_person": of.person}
    found = db.all(OVERRIDES, where) if row["overridden"] else ()
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


def enrol(db: Db, offering: Offering, user: str) -> Enrolment:
    """The person that `user` is in this offering; both are made where they are not there yet.

    A person made here is a student; staff are enrolled by the class.
    """
    now = datetime.now(UTC)
    db.ensure(offerings, rows.row_of(offering, created_at=now))
    known = find_person(db, offering.id, user)
    if known is None:
        known = make_person(db, offering.id, user)
        row = {"offering": offering.id, "person": known, "role": "student", "created_at": now}
        db.ensure(enrolments, row)
    found = enrolment(db, offering.id, known)
    assert found is not None
    return found


def find_person(db: Db, offering: str, user: str) -> str | None:
    """The random id of `user` in this offering: the one place where an account meets a person."""
    found: str | None = db.scalar(select(people.c.id).filter_by(offering=offering, account=user))
    return found


def make_person(db: Db, offering: str, user: str) -> str:
    """The random id of `user` in an offering that is there, made where there is none: enrolled as nothing."""
    row = {"id": new_id(), "offering": offering, "kind": "person", "account": user, "created_at": datetime.now(UTC)}
    db.ensure(people, row)
    known = find_person(db, offering, user)  # another server may have made them before
    assert known is not None
    return known


def enrolment(db: Db, offering: str, person: str) -> Enrolment | None:
    """What the sweep, which knows no user, needs of a submission's owner: a person or a team."""
    row = db.one(ENROLMENT, {"p_offering": offering, "p_person": person})
    if row is None:
        return None
    found = rows.enrolment_of(row)
    if row["team_unit"] is None:
        return found
    return replace(found, teams={row["team_unit"]: TeamRef(person, row["team_name"])})


def ledger(db: Db, offering: str, person: str, unit: str, exercise: str) -> Ledger:
    """One exercise."""
    where = {"p_offering": offering, "p_person": person, "p_unit": unit, "p_exercise": exercise}
    empty = Progress(offering, person, exercise)
    row = db.one(LEDGER, where)
    return Ledger(empty) if row is None else ledger_of(db, row, empty)


def ledgers(db: Db, offering: str, person: str) -> Ledgers:
    """All exercises of an offering."""
    where = {"p_offering": offering, "p_person": person}
    lines = map(rows.progress_of, db.all(PROGRESS, where))
    return Ledgers(
        progress={line.exercise: line for line in lines},
        overrides=tuple(map(rows.override_of, db.all(OVERRIDES, where))),
        openings={row["unit"]: row["opened_at"] for row in db.all(OPENINGS, where)},
        waiting=frozenset(row["exercise"] for row in db.all(WAITING, where)),
    )


def opened(db: Db, offering: str, person: str, unit: str, at: datetime) -> datetime:
    """The first opening of a unit: `at`, unless there was one before."""
    key = {"offering": offering, "person": person, "unit": unit}
    db.ensure(openings, {**key, "opened_at": at})
    row = db.one(select(openings.c.opened_at).filter_by(**key))
    assert row is not None, "it was just put there"
    first: datetime = row["opened_at"]
    return first


def hints(db: Db, offering: str, person: str, exercise: str) -> list[HintGiven]:
    """The hints given, mildest first."""
    H = hints_given.c
    given = select(H.rung, H.given_at, H.cost).filter_by(offering=offering, person=person, exercise=exercise)
    return [HintGiven(**row) for row in db.all(given.order_by(H.rung))]


def give_hint(db: Db, offering: str, person: str, exercise: str, give: Give) -> tuple[HintGiven, Progress]:
    """One more hint, its progress and its event, as `give` says."""
    where = {"p_offering": offering, "p_person": person, "p_exercise": exercise}
    db.hold(people, person)
    row = db.one(ONE_PROGRESS, where)
    before = Progress(offering, person, exercise) if row is None else rows.progress_of(row)
    hint, after, event = give(before, hints(db, offering, person, exercise))
    key = {"offering": offering, "person": person, "exercise": exercise}
    db.add(hints_given, [{**key, **asdict(hint)}])
    db.upsert(progress, rows.progress_row(after))
    add_events(db, [event])
    return hint, after


def base(db: Db, offering: str, person: str, unit: str, digest: str) -> str | None:
    """A generated notebook kept before."""
    kept = select(notebooks.c.body).filter_by(offering=offering, person=person, unit=unit, digest=digest)
    found: str | None = db.scalar(kept)
    return found


def keep_base(db: Db, offering: str, person: str, unit: str, digest: str, body: str, at: datetime) -> None:
    """Keep a generated notebook, the base of the three-way merge; the same digest again changes nothing."""
    row = {"offering": offering, "person": person, "unit": unit, "digest": digest, "body": body, "made_at": at}
    db.ensure(notebooks, row)


class People(Aggregate):
    """Who is in which offering, and what the records hold of them."""

    enrol = writes(enrol)
    person = reads(find_person)
    make_person = writes(make_person)
    enrolment = reads(enrolment)
    ledger = reads(ledger)
    ledgers = reads(ledgers)
    opened = writes(opened)
    hints = reads(hints)
    give_hint = writes(give_hint)
    keep_base = writes(keep_base)
    base = reads(base)
