"""Offerings, who is in them as what, overrides with their reasons, and published versions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import and_, bindparam as P, delete, func, or_, select, tuple_

from codegym_jlab.events.relay import Learner

from ...records import Event, Submission, new_id, utc_now
from ..audit import about, by_staff, find_person, make_person
from ..classes import (
    Change,
    Enlist,
    Enrolment,
    FieldsChange,
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
from ..engine import Aggregate, Db, Row, reads, record_of, row_of, writes
from .outbox import add_events
from .tables import (
    IS_DRAFT,
    course_files,
    enrolments,
    leases,
    lti_contexts,
    lti_users,
    offerings,
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

ONCE = "lti:"  #: before the name of what may come once
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
#: What people and teams are in their offerings; one that left, or was never enrolled, has no role.
_STANDINGS = select(
    offerings,
    people.c.id.label("person"),
    IN_FORCE.label("version"),
    E.role,
    E.section,
    T.unit.label("team_unit"),
    T.name.label("team_name"),
).select_from(
    people.join(offerings, F.id == people.c.offering)
    .outerjoin(enrolments, _standing)
    .outerjoin(teams, T.id == people.c.id)
)
_ENROLLED = _STANDINGS.where(F.id == P("offering"), people.c.id == P("person"))
_MEMBERSHIPS = _STANDINGS.where(people.c.account == P("account"))


def hold_offering(db: Db, id: str) -> Offering:
    """Whoever holds an offering decides on it, its people and teams. Raises KeyError: no such offering."""
    db.hold(offerings, id)
    if (held := offering(db, id)) is None:
        raise KeyError(id)
    return held


def make_offering(db: Db, offering: Offering) -> bool:
    """False where there is one of that id."""
    return db.ensure(offerings, row_of(offering, created_at=utc_now())) > 0


def offering(db: Db, id: str) -> Offering | None:
    """One of them."""
    return db.record(Offering, offerings, id=id)


def all_offerings(db: Db) -> list[Offering]:
    """All of them, by id."""
    return db.records(Offering, select(offerings).order_by(F.id))


def change_offering(db: Db, id: str, change: Callable[[Offering], Offering]) -> Offering:
    """All but its id and course. Raises KeyError: no such offering."""
    before = hold_offering(db, id)
    after = replace(change(before), id=before.id, course=before.course)
    db.change(offerings, id, **asdict(after))
    _look_again(db, id)
    return after


def enrol(db: Db, offering: Offering, user: str) -> Enrolment:
    """The person that `user` is in this offering; both are made where they are not there yet.

    A person made here is a student; staff are enrolled by the class.
    """
    now = utc_now()
    db.ensure(offerings, row_of(offering, created_at=now))
    known = find_person(db, offering.id, user)
    if known is None:
        known = make_person(db, offering.id, user)
        row = {"offering": offering.id, "person": known, "role": "student", "created_at": now}
        db.ensure(enrolments, row)
    found = enrolment(db, offering.id, known)
    assert found is not None
    return found


def enrolment(db: Db, offering: str, person: str) -> Enrolment | None:
    """What the sweep, which knows no user, needs of a submission's owner: a person or a team."""
    row = db.one(_ENROLLED, offering=offering, person=person)
    if row is None:
        return None
    teams = {row["team_unit"]: TeamRef(person, row["team_name"])} if row["team_unit"] else {}
    return record_of(Enrolment, row, offering=offering, teams=teams)


def memberships(db: Db, account: str) -> list[Membership]:
    """All that this account is in, the offering made last first; those that it left too."""
    # one account is in few offerings: sorted here, so that the statement needs no index for it
    found = db.all(_MEMBERSHIPS, account=account)
    ordered = sorted(found, key=lambda row: (row["created_at"], row["id"]), reverse=True)
    return [_membership(db, row) for row in ordered]


def _membership(db: Db, row: Row) -> Membership:
    teams = teams_of(db, row["id"], row["person"])
    enrolment = record_of(Enrolment, row, offering=row["id"], teams=teams)
    return Membership(record_of(Offering, row), enrolment, row["section"] or "")


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
    about(person, joining.role or "left")
    if joining.name:
        db.change(people, person, name=joining.name)
    db.change(enrolments, {"offering": offering, "person": person, "ended_at": None}, ended_at=at)
    if joining.role is not None:
        key = {"offering": offering, "person": person, "role": joining.role}
        since = db.scalar(E.created_at, **key) or at
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
        about(person)
        _look_again(db, offering, person)
    return after


def _look_again(db: Db, offering: str, person: str = "") -> None:
    """Times may have changed, of one person or of all: so what is to be collected is looked for anew."""
    drafted = select(S.offering, S.person, S.exercise).where(S.offering == offering, IS_DRAFT).distinct()
    drafted = drafted.where(S.person == person) if person else drafted
    made = db.insert(unsubmitted).from_select(["offering", "person", "exercise"], drafted)
    db.run(made.on_conflict_do_nothing())


def _rule_one(db: Db, offering: str, where: Override, change: FieldsChange, reason: Row) -> Override:
    key = {"offering": offering, **row_of(where, "fields")}
    before = db.scalar(V.fields, **key)
    fields = dict(change(before or {}))
    if fields == (before or {}):
        return replace(where, fields=fields)
    if fields:
        db.upsert(overrides, {**key, "fields": fields, **reason})
    else:
        db.drop(overrides, **key)
    db.add(override_changes, [{"id": new_id(), **key, "before": before, "fields": fields or None, **reason}])
    return replace(where, fields=fields)


def rulings(db: Db, offering: str) -> list[Ruling]:
    """All overrides that stand."""
    found = db.all(overrides, offering=offering)
    return [Ruling(record_of(Override, r), r["set_by"], r["set_at"], r["why"] or "") for r in found]


def overrides_in(db: Db, offering: str) -> list[Override]:
    """The same, without who set them and why."""
    return db.records(Override, overrides, offering=offering)


def ruling_changes(db: Db, offering: str, limit: int) -> list[RulingChange]:
    """What was set and taken away, the newest first."""
    changes = select(override_changes).filter_by(offering=offering).order_by(override_changes.c.id.desc()).limit(limit)
    return [_ruling_change(row) for row in db.all(changes)]


def _ruling_change(row: Row) -> RulingChange:
    each = (row["before"], row["fields"])
    before, after = (None if fields is None else record_of(Override, row, fields=fields) for fields in each)
    return RulingChange(before, after, row["set_by"], row["set_at"], row["why"] or "")


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
    db.ensure(versions, row_of(version, files=dict(version.files)))
    db.add(publications, [row_of(new)])
    add_events(db, [event])
    _look_again(db, new.offering)
    return True


def publications_of(db: Db, offering: str) -> list[Publication]:
    """The newest first."""
    found = select(publications).filter_by(offering=offering).order_by(publications.c.number.desc())
    return db.records(Publication, found)


def version(db: Db, digest: str) -> Version | None:
    """A course that was frozen."""
    return db.record(Version, versions, digest=digest)


def bodies(db: Db, digests: Sequence[str]) -> dict[str, bytes]:
    """Files of courses by their SHA-256; what is not kept is not there."""
    return db.pairs(select(course_files).where(course_files.c.digest.in_(set(digests))))


def members_of(db: Db, offering: str) -> list[Member]:
    """Who is, or was, in it; by account, what they were before first."""
    more = E.created_at.label("since"), E.ended_at, people.c.name
    members = select(E.person, people.c.account, E.role, func.coalesce(E.section, "").label("section"), *more)
    found = db.records(Member, members.where(E.offering == offering, people.c.id == E.person))
    return sorted(found, key=lambda m: (m.account or "", m.person, m.ended_at is None, m.since))


def teams_of(db: Db, offering: str, person: str) -> Mapping[str, TeamRef]:
    """The teams that a person is in now, by unit."""
    mine = (M.offering == offering, M.person == person, M.ended_at.is_(None))
    found = db.all(select(M.unit, T.id, T.name).where(T.id == M.team, *mine))
    return {row["unit"]: record_of(TeamRef, row) for row in found}


def accounts(db: Db, offering: str) -> Mapping[str, str | None]:
    """Whose each person of the offering is, also those who are enrolled as nothing; None: erased, or a team."""
    return db.pairs((people.c.id, people.c.account), offering=offering)


def drafted(db: Db, after: tuple[str, str, str], limit: int) -> list[tuple[str, str, str]]:
    """A page of (offering, person, exercise) with a draft that is not dealt with yet, in order."""
    key = (U.offering, U.person, U.exercise)
    found = select(*key).where(tuple_(*key) > after).order_by(*key).limit(limit)
    return [tuple(row.values()) for row in db.all(found)]


def newest_draft(db: Db, offering: str, person: str, exercise: str, until: datetime) -> Submission | None:
    """The last that was kept until then."""
    drafts = select(submissions).filter_by(offering=offering, person=person, exercise=exercise)
    return db.record(Submission, drafts.where(IS_DRAFT, S.received_at <= until).order_by(S.id.desc()).limit(1))


def dealt_with(db: Db, offering: str, person: str, exercise: str) -> None:
    """Nothing is to be collected there, until there is another draft."""
    db.drop(unsubmitted, offering=offering, person=person, exercise=exercise)


def came_first(db: Db, name: str, now: datetime, until: datetime) -> bool:
    """False: this came before; that is known until then."""
    db.run(delete(leases).where(leases.c.name.between(ONCE, ONCE + "~"), leases.c.until < now))
    return db.ensure(leases, {"name": ONCE + name, "holder": "", "until": until}) > 0


def bind_context(db: Db, offering: str, context: str, items: str) -> bool:
    """A course there belongs to the class from now on. `items`: the address of its columns; empty: it takes none.

    False: it did before.
    """
    known = is_bound(db, offering, context)
    db.upsert(lti_contexts, {"offering": offering, "context": context, "items_url": items})
    return not known


def is_bound(db: Db, offering: str, context: str) -> bool:
    """Whether it does."""
    return db.one(lti_contexts.c.context, offering=offering, context=context) is not None


def know_users(db: Db, offering: str, context: str, users: Mapping[str, str]) -> None:
    """Who they are there, by account; accounts that the class does not have are left out."""
    for account, user in users.items():
        if person := find_person(db, offering, account):
            db.upsert(lti_users, {"offering": offering, "person": person, "context": context, "user": user})


def users_of(db: Db, offering: str, context: str) -> dict[str, str]:
    """The account of each who came from there, by who they are there."""
    found = select(lti_users.c.user, people.c.account).where(
        lti_users.c.offering == offering, lti_users.c.context == context
    )
    return db.pairs(found.where(people.c.id == lti_users.c.person, people.c.account.is_not(None)))


def learners(db: Db, offering: str, owner: str) -> list[Learner]:
    """A person, or who is in a team now, in each course there that the class belongs to."""
    team = select(M.person).where(M.team == owner, M.ended_at.is_(None))
    whose = or_(lti_users.c.person == owner, lti_users.c.person.in_(team))
    known, bound = lti_users.c, lti_contexts.c
    same = known.offering == offering, bound.offering == known.offering, bound.context == known.context
    found = select(known.user, bound.items_url.label("items")).where(whose, *same)
    return db.records(Learner, found)


class Offerings(Aggregate):
    """Offerings, their people, overrides, versions, and drafts that may be collected."""

    make_offering = by_staff(make_offering)
    change_offering = by_staff(change_offering)
    offering = reads(offering)
    offerings = reads(all_offerings)
    enrol = writes(enrol)
    person = reads(find_person)
    make_person = writes(make_person)
    enrolment = reads(enrolment)
    memberships = reads(memberships)
    members = reads(members_of)
    accounts = reads(accounts)
    enlist = by_staff(enlisted)
    rule = by_staff(rule)
    rulings = reads(rulings)
    overrides = reads(overrides_in)
    ruling_changes = reads(ruling_changes)
    publish = by_staff(publish)
    publications = reads(publications_of)
    version = reads(version)
    course_files = reads(bodies)
    unsubmitted = reads(drafted)
    newest_draft = reads(newest_draft)
    dealt_with = writes(dealt_with)
    lti_once = writes(came_first)
    lti_bind = by_staff(bind_context)
    lti_bound = reads(is_bound)
    lti_know = writes(know_users)
    lti_known = reads(users_of)
    lti_learners = reads(learners)
