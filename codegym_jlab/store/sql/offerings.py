"""Offerings, who is in them as what, overrides with their reasons, and published versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, delete, exists, func, select, tuple_, update
from sqlalchemy import bindparam as P

from codegym_jlab.records import Event, Submission

from ...records import new_id
from ..classes import (
    Change,
    Enlist,
    Enrolment,
    Joining,
    Member,
    Membership,
    Offering,
    Override,
    Publication,
    Ruling,
    RulingChange,
    TeamRef,
    Version,
)
from ..engine import Aggregate, Db, Row, insert_in, reads, writes
from . import rows
from .submissions import IS_DRAFT
from .tables import (
    course_files,
    enrolments,
    offerings,
    outbox,
    override_changes,
    overrides,
    people,
    publications,
    submissions,
    team_members,
    teams,
    unsubmitted,
    versions,
)

F, E, V, U, S = offerings.c, enrolments.c, overrides.c, unsubmitted.c, submissions.c
M, T = team_members.c, teams.c
#: The version that an offering holds: of its newest publication.
IN_FORCE = (
    select(publications.c.version)
    .where(publications.c.offering == F.id)
    .order_by(publications.c.number.desc())
    .limit(1)
    .scalar_subquery()
)
_standing = and_(E.offering == F.id, E.person == people.c.id, E.ended_at.is_(None))
#: A person is in some team: where none is, nothing more is asked.
_teamed = exists().where(M.offering == F.id, M.person == people.c.id, M.ended_at.is_(None))
#: What people and teams are in their offerings; one that left, or was never enrolled, has no role.
_ENROLLED = select(
    offerings,
    people.c.id.label("person"),
    IN_FORCE.label("version"),
    E.role,
    E.section,
    T.unit.label("team_unit"),
    T.name.label("team_name"),
    _teamed.label("teamed"),
).select_from(
    people.join(offerings, F.id == people.c.offering)
    .outerjoin(enrolments, _standing)
    .outerjoin(teams, T.id == people.c.id)
)
ENROLMENT = _ENROLLED.where(F.id == P("p_offering"), people.c.id == P("p_person"))
MEMBERSHIPS = _ENROLLED.where(people.c.account == P("p_account"))


def hold_offering(db: Db, id: str) -> Offering:
    """Whoever holds an offering decides on its people and teams. Raises KeyError: no such offering."""
    db.hold(offerings, id)
    found = offering(db, id)
    if found is None:
        raise KeyError(id)
    return found


def make_offering(db: Db, offering: Offering) -> bool:
    """False where there is one of that id."""
    return db.ensure(offerings, rows.row_of(offering, created_at=datetime.now(UTC))) > 0


def offering(db: Db, id: str) -> Offering | None:
    """One of them."""
    row = db.one(select(offerings).filter_by(id=id))
    return None if row is None else rows.record_of(Offering, row)


def all_offerings(db: Db) -> list[Offering]:
    """All of them, by id."""
    return [rows.record_of(Offering, row) for row in db.all(select(offerings).order_by(F.id))]


def change_offering(db: Db, id: str, change: Callable[[Offering], Offering]) -> Offering | None:
    """All but its id and course. None where there is no such offering."""
    db.hold(offerings, id)
    before = offering(db, id)
    if before is None:
        return None
    after = replace(change(before), id=before.id, course=before.course)
    db.run(update(offerings).filter_by(id=id).values(asdict(after)))
    _look_again(db, id)
    return after


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


def memberships(db: Db, account: str) -> list[Membership]:
    """All that this account is in, the offering made last first; those that it left too."""
    # one account is in few offerings: sorted here, so that the statement needs no index for it
    found = db.all(MEMBERSHIPS, {"p_account": account})
    ordered = sorted(found, key=lambda row: (row["created_at"], row["id"]), reverse=True)
    return [_membership(db, row) for row in ordered]


def _membership(db: Db, row: Row) -> Membership:
    enrolment = rows.enrolment_of(row)
    if row["teamed"]:
        enrolment = replace(enrolment, teams=teams_of(db, enrolment.offering, enrolment.person))
    return Membership(rows.record_of(Offering, row), enrolment, row["section"] or "")


def enlisted(db: Db, offering: str, enlist: Enlist, at: datetime) -> list[Joining]:
    """Enrol, move and let go as `enlist` says, all or nothing; returns that. Raises KeyError: no such offering."""
    hold_offering(db, offering)
    joinings = list(enlist(members_of(db, offering)))
    for joining in joinings:
        _join(db, offering, joining, at)
    return joinings


def _join(db: Db, offering: str, joining: Joining, at: datetime) -> None:
    """The role that they held ends; of the same role again the first day stays."""
    person = find_person(db, offering, joining.account)
    if person is None and joining.role is not None:
        person = make_person(db, offering, joining.account)
    if person is None:
        return
    db.run(update(enrolments).filter_by(offering=offering, person=person, ended_at=None).values(ended_at=at))
    if joining.role is not None:
        key = {"offering": offering, "person": person, "role": joining.role}
        since = db.scalar(select(E.created_at).filter_by(**key)) or at
        row = {**key, "section": joining.section or None, "created_at": since, "ended_at": None}
        db.upsert(enrolments, row)


def rule(
    db: Db, offering: str, changes: Sequence[Change], *, by: str | None, at: datetime, why: str = ""
) -> list[Override]:
    """Several overrides, each changed by its pure function, in one transaction; what they are then."""
    reason = {"set_by": by, "set_at": at, "why": why}
    db.hold(offerings, offering)
    after = [_rule_one(db, offering, where, change, reason) for where, change in changes]
    people = {where.person for where, _ in changes}
    for person in {""} if "" in people else people:
        _look_again(db, offering, person)
    return after


def _look_again(db: Db, offering: str, person: str = "") -> None:
    """Times may have changed, of one person or of all: so what is to be collected is looked for anew."""
    drafted = select(S.offering, S.person, S.exercise).where(S.offering == offering, IS_DRAFT).distinct()
    drafted = drafted.where(S.person == person) if person else drafted
    made = insert_in(db.dialect.name, unsubmitted).from_select(["offering", "person", "exercise"], drafted)
    db.run(made.on_conflict_do_nothing().inline())


def _rule_one(
    db: Db,
    offering: str,
    where: Override,
    change: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    reason: Mapping[str, Any],
) -> Override:
    place = {"person": where.person, "section": where.section, "unit": where.unit, "exercise": where.exercise}
    key = {"offering": offering, **place}
    before = db.scalar(select(V.fields).filter_by(**key))
    fields = dict(change(before or {}))
    if fields == (before or {}):
        return replace(where, fields=fields)
    if fields:
        db.upsert(overrides, {**key, "fields": fields, **reason})
    else:
        db.run(delete(overrides).filter_by(**key))
    change_made = {"id": new_id(), **key, "before": before, "fields": fields or None, **reason}
    db.add(override_changes, [change_made])
    return replace(where, fields=fields)


def rulings(db: Db, offering: str) -> list[Ruling]:
    """All overrides that stand."""
    found = db.all(select(overrides).filter_by(offering=offering))
    return [Ruling(rows.override_of(r), r["set_by"], r["set_at"], r["why"] or "") for r in found]


def ruling_changes(db: Db, offering: str, limit: int) -> list[RulingChange]:
    """What was set and taken away, the newest first."""
    changes = select(override_changes).filter_by(offering=offering).order_by(override_changes.c.id.desc()).limit(limit)
    return list(map(rows.ruling_change_of, db.all(changes)))


def publish(db: Db, new: Publication, version: Version, bodies: Mapping[str, bytes], event: Event) -> bool:
    """The version (unless it is kept already), the publication and its event in one transaction.

    False, and nothing is changed, where the offering's newest publication is not the one numbered before it.
    `bodies` holds the files by their SHA-256; of those that are kept already none is needed.
    """
    db.hold(offerings, new.offering)
    newest = next(iter(publications_of(db, new.offering)), None)
    if (newest.number if newest else 0) != new.number - 1:
        return False
    for digest in sorted(bodies):
        db.ensure(course_files, {"digest": digest, "body": bodies[digest]})
    db.ensure(versions, rows.row_of(version, files=dict(version.files)))
    db.add(publications, [rows.row_of(new)])
    db.add(outbox, rows.event_rows([event]))
    _look_again(db, new.offering)
    return True


def publications_of(db: Db, offering: str) -> list[Publication]:
    """The newest first."""
    found = select(publications).filter_by(offering=offering).order_by(publications.c.number.desc())
    return [rows.record_of(Publication, row, changes=tuple(row["changes"])) for row in db.all(found)]


def version(db: Db, digest: str) -> Version | None:
    """A course that was frozen."""
    row = db.one(select(versions).filter_by(digest=digest))
    return None if row is None else Version(**row)


def bodies(db: Db, digests: Sequence[str]) -> dict[str, bytes]:
    """Files of courses by their SHA-256; what is not kept is not there."""
    found = {digest: db.scalar(select(course_files.c.body).filter_by(digest=digest)) for digest in set(digests)}
    return {digest: bytes(body) for digest, body in found.items() if body is not None}


def members_of(db: Db, offering: str) -> list[Member]:
    """Who is, or was, in it; by account, what they were before first."""
    times = E.created_at.label("since"), E.ended_at
    members = select(E.person, people.c.account, E.role, func.coalesce(E.section, "").label("section"), *times)
    found = [Member(**row) for row in db.all(members.where(E.offering == offering, people.c.id == E.person))]
    return sorted(found, key=lambda m: (m.account or "", m.person, m.ended_at is None, m.since))


def teams_of(db: Db, offering: str, person: str) -> Mapping[str, TeamRef]:
    """The teams that a person is in now, by unit."""
    mine = (M.offering == offering, M.person == person, M.ended_at.is_(None))
    found = db.all(select(M.unit, T.id, T.name).where(T.id == M.team, *mine))
    return {row["unit"]: TeamRef(row["id"], row["name"]) for row in found}


def accounts(db: Db, offering: str) -> Mapping[str, str | None]:
    """Whose each person of the offering is, also those who are enrolled as nothing; None: erased, or a team."""
    found = select(people.c.id, people.c.account).filter_by(offering=offering)
    return {row["id"]: row["account"] for row in db.all(found)}


def drafted(db: Db, after: tuple[str, str, str], limit: int) -> list[tuple[str, str, str]]:
    """A page of (offering, person, exercise) with a draft that is not dealt with yet, in order."""
    key = (U.offering, U.person, U.exercise)
    found = db.all(select(*key).where(tuple_(*key) > after).order_by(*key).limit(limit))
    return [(row["offering"], row["person"], row["exercise"]) for row in found]


def newest_draft(db: Db, offering: str, person: str, exercise: str, until: datetime) -> Submission | None:
    """The last that was kept until then."""
    drafts = select(submissions).filter_by(offering=offering, person=person, exercise=exercise)
    row = db.one(drafts.where(IS_DRAFT, S.received_at <= until).order_by(S.id.desc()).limit(1))
    return None if row is None else rows.submission_of(row)


def dealt_with(db: Db, offering: str, person: str, exercise: str) -> None:
    """Nothing is to be collected there, until there is another draft."""
    db.run(delete(unsubmitted).filter_by(offering=offering, person=person, exercise=exercise))


class Offerings(Aggregate):
    """Offerings, their people, overrides, versions, and drafts that may be collected."""

    make_offering = writes(make_offering)
    change_offering = writes(change_offering)
    offering = reads(offering)
    offerings = reads(all_offerings)
    enrol = writes(enrol)
    person = reads(find_person)
    make_person = writes(make_person)
    enrolment = reads(enrolment)
    memberships = reads(memberships)
    members = reads(members_of)
    accounts = reads(accounts)
    enlist = writes(enlisted)
    rule = writes(rule)
    rulings = reads(rulings)
    ruling_changes = reads(ruling_changes)
    publish = writes(publish)
    publications = reads(publications_of)
    version = reads(version)
    course_files = reads(bodies)
    unsubmitted = reads(drafted)
    newest_draft = reads(newest_draft)
    dealt_with = writes(dealt_with)
