"""Every statement about classes that the SQL store runs, by name; the others are in `statements.py`."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, delete, exists, func, insert, literal_column, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

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
    team_moves,
    teams,
    unsubmitted,
    versions,
)

P = bindparam
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
TEAMS_OF = (
    select(M.unit, T.id, T.name)
    .join_from(team_members, teams, T.id == M.team)
    .where(M.offering == P("p_offering"), M.person == P("p_person"), M.ended_at.is_(None))
)
TEAMS = select(T.id, T.unit, T.name).where(T.offering == P("p_offering"))
TEAM_MEMBERS = select(M.team, M.person, M.unit, M.since).where(M.offering == P("p_offering"), M.ended_at.is_(None))
LEAVE_TEAM = (
    update(team_members)
    .where(M.offering == P("p_offering"), M.person == P("p_person"), M.unit == P("p_unit"), M.ended_at.is_(None))
    .values(ended_at=P("p_at"))
)
ADD_TEAM_MOVE = insert(team_moves).inline()
TEAM_MOVES = select(team_moves).where(team_moves.c.offering == P("p_offering"), team_moves.c.person == P("p_person"))
ADD_TEAM_PERSON = insert(people).inline()
ADD_TEAM = insert(teams).inline()
TEAM_UNIT = select(T.unit).where(T.id == P("p_team"), T.offering == P("p_offering"))
NAME_TAKEN = select(T.id).where(T.offering == P("p_offering"), T.unit == P("p_unit"), T.name == P("p_name"))
RENAME_TEAM = update(teams).where(T.id == P("p_team")).values(name=P("p_name"))

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
END = (
    update(enrolments)
    .where(E.offering == P("p_offering"), E.person == P("p_person"), E.ended_at.is_(None))
    .values(ended_at=P("p_at"))
)

SINCE = select(E.created_at).where(E.offering == P("p_offering"), E.person == P("p_person"), E.role == P("p_role"))

_override = and_(
    V.offering == P("p_offering"),
    V.person == P("p_person"),
    V.section == P("p_section"),
    V.unit == P("p_unit"),
    V.exercise == P("p_exercise"),
)
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
    made: Any = postgresql.insert(unsubmitted) if dialect == "postgresql" else sqlite.insert(unsubmitted)
    drafted = DRAFTED_BY if one else DRAFTED
    return made.from_select(["offering", "person", "exercise"], drafted).on_conflict_do_nothing().inline()


DEALT_WITH = delete(unsubmitted).where(
    U.offering == P("p_offering"), U.person == P("p_person"), U.exercise == P("p_exercise")
)
#: By state, not bound: see `statements.py`.
NEWEST_DRAFT_UNTIL = (
    select(submissions)
    .where(S.offering == P("p_offering"), S.person == P("p_person"), S.exercise == P("p_exercise"))
    .where(S.state == literal_column("'kept'"), S.received_at <= P("p_until"))
    .order_by(S.id.desc())
    .limit(1)
)
