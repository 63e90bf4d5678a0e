"""Offerings, who is in them as what, overrides with their reasons, and published versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import and_, delete, exists, func, insert, literal_column, select, tuple_, update
from sqlalchemy import bindparam as P

from codegym_jlab.events.records import Event
from codegym_jlab.records import Submission

from ..classes import (
    Change,
    Enlist,
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
from ..ids import new_id
from . import rows
from .columns import same
from .outbox import add_events
from .people import find_person, make_person
from .tables import (
    course_files,
    enrolments,
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

F, E, V, U, S = offerings.c, enrolments.c, overrides.c, unsubmitted.c, submissions.c
#: Whoever holds an offering's row decides on its people, overrides and versions; the next one waits, and then sees it.
HOLD_OFFERING = select(F.id).where(F.id == P("p_offering")).with_for_update(key_share=True)
OFFERING = select(offerings).where(F.id == P("p_offering"))
OFFERINGS = select(offerings).order_by(F.id)
#: All but id and course may change.
CHANGEABLE = ("title", "term", "time_zone", "contact", "begins", "ends")
CHANGE_OFFERING = (
    update(offerings)
    .where(F.id == P("p_offering"))
    .values({name: P(f"p_{name}", type_=F[name].type) for name in CHANGEABLE})
)
#: The version that an offering holds: of its newest publication.
in_force = (
    select(publications.c.version)
    .where(publications.c.offering == F.id)
    .order_by(publications.c.number.desc())
    .limit(1)
    .scalar_subquery()
)
M, T = team_members.c, teams.c
#: A person is in some team: where none is, nothing more is asked.
_teamed = exists().where(M.offering == F.id, M.person == people.c.id, M.ended_at.is_(None))
#: All that an account is in, the offering made last first; one that left, or was never enrolled, has no role.
MEMBERSHIPS = (
    select(
        offerings,
        people.c.id.label("person"),
        in_force.label("version"),
        E.role,
        E.section,
        _teamed.label("teamed"),
    )
    .select_from(
        people.join(offerings, F.id == people.c.offering).outerjoin(
            enrolments, and_(E.offering == F.id, E.person == people.c.id, E.ended_at.is_(None))
        )
    )
    .where(people.c.account == P("p_account"))
)
MEMBERS = (
    select(people.c.account, E.person, E.role, E.section, E.created_at, E.ended_at)
    .join_from(enrolments, people, people.c.id == E.person)
    .where(E.offering == P("p_offering"))
)
ACCOUNTS = select(people.c.id, people.c.account).where(people.c.offering == P("p_offering"))
#: Whatever a person was until now, they are no more.
END = update(enrolments).where(same(E, "offering", "person"), E.ended_at.is_(None)).values(ended_at=P("p_at"))
SINCE = select(E.created_at).where(same(E, "offering", "person", "role"))
_override = same(V, "offering", "person", "section", "unit", "exercise")
OVERRIDE = select(overrides).where(_override)
REMOVE_OVERRIDE = delete(overrides).where(_override)
RULINGS = select(overrides).where(V.offering == P("p_offering"))
RULING_CHANGES = (
    select(override_changes)
    .where(override_changes.c.offering == P("p_offering"))
    .order_by(override_changes.c.id.desc())
    .limit(P("p_limit"))
)
ADD_RULING_CHANGE = insert(override_changes).inline()
LAST_NUMBER = select(func.max(publications.c.number)).where(publications.c.offering == P("p_offering"))
PUBLICATIONS = (
    select(publications).where(publications.c.offering == P("p_offering")).order_by(publications.c.number.desc())
)
ADD_PUBLICATION = insert(publications).inline()
VERSION = select(versions).where(versions.c.digest == P("p_digest"))
COURSE_FILE = select(course_files.c.body).where(course_files.c.digest == P("p_digest"))
UNSUBMITTED = (
    select(unsubmitted)
    .where(tuple_(U.offering, U.person, U.exercise) > tuple_(P("p_offering"), P("p_person"), P("p_exercise")))
    .order_by(U.offering, U.person, U.exercise)
    .limit(P("p_limit"))
)
#: Whoever has drafts: all, and one person.
DRAFTED = (
    select(S.offering, S.person, S.exercise)
    .where(S.offering == P("p_offering"), S.state == literal_column("'kept'"))
    .distinct()
)
DRAFTED_BY = DRAFTED.where(S.person == P("p_person"))


@cache
def look_again(dialect: str, *, one: bool) -> Any:
    """Times were changed, of `one` person or of all: so what was dealt with may be to be collected."""
    made = insert_in(dialect, unsubmitted)
    drafted = DRAFTED_BY if one else DRAFTED
    return made.from_select(["offering", "person", "exercise"], drafted).on_conflict_do_nothing().inline()


DEALT_WITH = delete(unsubmitted).where(same(U, "offering", "person", "exercise"))
#: By state, not bound: only so do the partial indexes serve.
NEWEST_DRAFT_UNTIL = (
    select(submissions)
    .where(same(S, "offering", "person", "exercise"))
    .where(S.state == literal_column("'kept'"), S.received_at <= P("p_until"))
    .order_by(S.id.desc())
    .limit(1)
)
TEAMS_OF = (
    select(M.unit, T.id, T.name)
    .join_from(team_members, teams, T.id == M.team)
    .where(same(M, "offering", "person"), M.ended_at.is_(None))
)


def _key(offering: str, person: str, exercise: str) -> dict[str, Any]:
    return {"p_offering": offering, "p_person": person, "p_exercise": exercise}


def make_offering(db: Db, offering: Offering) -> bool:
    """False where there is one of that id."""
    return db.ensure(offerings, rows.offering_row(offering)) > 0


def offering(db: Db, id: str) -> Offering | None:
    """One of them."""
    row = db.one(OFFERING, {"p_offering": id})
    return None if row is None else rows.offering_of(row)


def all_offerings(db: Db) -> list[Offering]:
    """All of them, by id."""
    return [rows.offering_of(row) for row in db.all(OFFERINGS, {})]


def change_offering(db: Db, id: str, change: Callable[[Offering], Offering]) -> Offering | None:
    """All but its id and course. None where there is no such offering."""
    db.hold(HOLD_OFFERING, {"p_offering": id})
    before = offering(db, id)
    if before is None:
        return None
    after = replace(change(before), id=before.id, course=before.course)
    db.run(CHANGE_OFFERING, {"p_offering": id, **{f"p_{name}": getattr(after, name) for name in CHANGEABLE}})
    _look_again(db, id)
    return after


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
    return Membership(rows.offering_of(row), enrolment, row["section"] or "")


def enlisted(db: Db, offering: str, enlist: Enlist, at: datetime) -> list[Joining]:
    """Enrol, move and let go as `enlist` says, all or nothing; returns that. Raises KeyError: no such offering."""
    db.hold(HOLD_OFFERING, {"p_offering": offering})
    if db.one(OFFERING, {"p_offering": offering}) is None:
        raise KeyError(offering)
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
    db.run(END, {"p_offering": offering, "p_person": person, "p_at": at})
    if joining.role is not None:
        key = {"offering": offering, "person": person, "role": joining.role}
        db.ensure(enrolments, {**key, "created_at": at})
        since = db.scalar(SINCE, {f"p_{name}": value for name, value in key.items()})
        row = {**key, "section": joining.section or None, "created_at": since, "ended_at": None}
        db.upsert(enrolments, row)


def rule(
    db: Db, offering: str, changes: Sequence[Change], *, by: str | None, at: datetime, why: str = ""
) -> list[Override]:
    """Several overrides, each changed by its pure function, in one transaction; what they are then."""
    reason = {"set_by": by, "set_at": at, "why": why}
    db.hold(HOLD_OFFERING, {"p_offering": offering})
    after = [_rule_one(db, offering, where, change, reason) for where, change in changes]
    people = {where.person for where, _ in changes}
    for person in {""} if "" in people else people:
        _look_again(db, offering, person)
    return after


def _look_again(db: Db, offering: str, person: str = "") -> None:
    """Times may have changed, of one person or of all: so what is to be collected is looked for anew."""
    asked = {"p_offering": offering, **({"p_person": person} if person else {})}
    db.run(look_again(db.dialect.name, one=bool(person)), asked)


def _rule_one(
    db: Db,
    offering: str,
    where: Override,
    change: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    reason: Mapping[str, Any],
) -> Override:
    place = {"person": where.person, "section": where.section, "unit": where.unit, "exercise": where.exercise}
    key = {"offering": offering, **place}
    asked = {f"p_{name}": value for name, value in key.items()}
    row = db.one(OVERRIDE, asked)
    before = None if row is None else dict(row["fields"])
    fields = dict(change(before or {}))
    if fields == (before or {}):
        return replace(where, fields=fields)
    if fields:
        db.upsert(overrides, {**key, "fields": fields, **reason})
    else:
        db.run(REMOVE_OVERRIDE, asked)
    db.run(ADD_RULING_CHANGE, {"id": new_id(), **key, "before": before, "fields": fields or None, **reason})
    return replace(where, fields=fields)


def rulings(db: Db, offering: str) -> list[Ruling]:
    """All overrides that stand."""
    found = db.all(RULINGS, {"p_offering": offering})
    return [Ruling(rows.override_of(r), r["set_by"], r["set_at"], r["why"] or "") for r in found]


def ruling_changes(db: Db, offering: str, limit: int) -> list[RulingChange]:
    """What was set and taken away, the newest first."""
    return list(map(rows.ruling_change_of, db.all(RULING_CHANGES, {"p_offering": offering, "p_limit": limit})))


def publish(db: Db, new: Publication, version: Version, bodies: Mapping[str, bytes], event: Event) -> bool:
    """The version (unless it is kept already), the publication and its event in one transaction.

    False, and nothing is changed, where the offering's newest publication is not the one numbered before it.
    `bodies` holds the files by their SHA-256; of those that are kept already none is needed.
    """
    db.hold(HOLD_OFFERING, {"p_offering": new.offering})
    if (db.scalar(LAST_NUMBER, {"p_offering": new.offering}) or 0) != new.number - 1:
        return False
    for digest in sorted(bodies):
        db.ensure(course_files, {"digest": digest, "body": bodies[digest]})
    db.ensure(versions, rows.version_row(version))
    db.run(ADD_PUBLICATION, rows.publication_row(new))
    add_events(db, [event])
    _look_again(db, new.offering)
    return True


def publications_of(db: Db, offering: str) -> list[Publication]:
    """The newest first."""
    return list(map(rows.publication_of, db.all(PUBLICATIONS, {"p_offering": offering})))


def version(db: Db, digest: str) -> Version | None:
    """A course that was frozen."""
    row = db.one(VERSION, {"p_digest": digest})
    return None if row is None else Version(**row)


def bodies(db: Db, digests: Sequence[str]) -> dict[str, bytes]:
    """Files of courses by their SHA-256; what is not kept is not there."""
    found = {digest: db.scalar(COURSE_FILE, {"p_digest": digest}) for digest in set(digests)}
    return {digest: bytes(body) for digest, body in found.items() if body is not None}


def members_of(db: Db, offering: str) -> list[Member]:
    """Who is, or was, in it; by account, what they were before first."""
    found = [
        Member(r["person"], r["account"], r["role"], r["section"] or "", r["created_at"], r["ended_at"])
        for r in db.all(MEMBERS, {"p_offering": offering})
    ]
    return sorted(found, key=lambda m: (m.account or "", m.person, m.ended_at is None, m.since))


def teams_of(db: Db, offering: str, person: str) -> Mapping[str, TeamRef]:
    """The teams that a person is in now, by unit."""
    found = db.all(TEAMS_OF, {"p_offering": offering, "p_person": person})
    return {row["unit"]: TeamRef(row["id"], row["name"]) for row in found}


def accounts(db: Db, offering: str) -> Mapping[str, str | None]:
    """Whose each person of the offering is, also those who are enrolled as nothing; None: erased, or a team."""
    return {row["id"]: row["account"] for row in db.all(ACCOUNTS, {"p_offering": offering})}


def drafted(db: Db, after: tuple[str, str, str], limit: int) -> list[tuple[str, str, str]]:
    """A page of (offering, person, exercise) with a draft that is not dealt with yet, in order."""
    found = db.all(UNSUBMITTED, {**_key(*after), "p_limit": limit})
    return [(row["offering"], row["person"], row["exercise"]) for row in found]


def newest_draft(db: Db, offering: str, person: str, exercise: str, until: datetime) -> Submission | None:
    """The last that was kept until then."""
    row = db.one(NEWEST_DRAFT_UNTIL, {**_key(offering, person, exercise), "p_until": until})
    return None if row is None else rows.submission_of(row)


def dealt_with(db: Db, offering: str, person: str, exercise: str) -> None:
    """Nothing is to be collected there, until there is another draft."""
    db.run(DEALT_WITH, _key(offering, person, exercise))


class Offerings(Aggregate):
    """Offerings, their people, overrides, versions, and drafts that may be collected."""

    make_offering = writes(make_offering)
    change_offering = writes(change_offering)
    offering = reads(offering)
    offerings = reads(all_offerings)
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

    async def override(self, offering: str, override: Override, *, by: str | None, at: datetime, why: str = "") -> None:
        """Set an override, whole; empty fields remove it."""
        await self.rule(offering, [(override, lambda _: override.fields)], by=by, at=at, why=why)
