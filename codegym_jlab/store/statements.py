"""Every statement that the SQL store runs, by name. Built once, so that `driver.Db` has each written once."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    Table,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from .tables import (
    check_results,
    enrolments,
    hints_given,
    judgements,
    leases,
    notebooks,
    offerings,
    openings,
    outbox,
    overrides,
    paces,
    people,
    progress,
    publications,
    score_parts,
    sends,
    submissions,
    team_members,
    teams,
)

# `FOR UPDATE` is written where a database locks rows; SQLite, which has one writer at a time, is not told of it.
# `key_share`: rows that refer to a locked one may still be added.

P = bindparam
S, J, G, B = submissions.c, judgements.c, progress.c, outbox.c

#: Whoever holds a person's row decides on what the records hold of them; the next one waits, and then sees it.
HOLD = select(people.c.id).where(people.c.id == P("p_person")).with_for_update(key_share=True)

NOT_ERASED = select(people.c.id).where(people.c.id == P("p_person"), people.c.erased_at.is_(None))

#: Written out, not bound: only so do the partial indexes serve, and a statement is planned once.
_waits = S.state == literal_column("'waiting'")
_drafts = S.state == literal_column("'kept'")
_own = and_(S.offering == P("p_offering"), S.person == P("p_person"))
_own_exercise = and_(_own, S.exercise == P("p_exercise"))
_line = and_(
    progress.c.offering == P("p_offering"), progress.c.person == people.c.id, progress.c.exercise == P("p_exercise")
)

#: The submission that a person sent under a key.
SENT = select(S.id).where(_own, S.idempotency_key == P("p_key"))
_taken = SENT.scalar_subquery()
#: What was collected costs no attempt.
_waiting = (
    select(func.count()).where(_own_exercise, _waits, S.kind == "submit", S.collected_from.is_(None)).scalar_subquery()
)
_opened = (
    select(openings.c.opened_at)
    .where(openings.c.offering == P("p_offering"), openings.c.person == P("p_person"), openings.c.unit == P("p_unit"))
    .scalar_subquery()
)
_full_at = (
    select(paces.c.full_at)
    .where(paces.c.offering == P("p_offering"), paces.c.person == P("p_person"), paces.c.exercise == P("p_exercise"))
    .scalar_subquery()
)
#: The section of a student now: who left, or is staff, is in none.
_section = select(enrolments.c.section).where(
    enrolments.c.offering == P("p_offering"),
    enrolments.c.person == P("p_person"),
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
_repeat = (
    select(J.id)
    .join_from(submissions, judgements, J.submission == S.id)
    .where(_own_exercise, S.kind == P("p_kind"), S.digest == P("p_digest"))
    .where(J.current, J.course_digest == P("p_course_digest"), J.verdict != "JE")
    .order_by(S.id.desc())
    .limit(1)
)

_ledger = (
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

#: One row: what the ledger holds of an exercise (`exercise` is null where it holds no progress).
LEDGER = _ledger
#: The same, with the submission that has this key already, the judgement of the same source, and the allowance.
LEDGER_FOR = _ledger.add_columns(
    _taken.label("taken"), _repeat.scalar_subquery().label("repeats"), _full_at.label("full_at")
)

REPEAT = _repeat
OVERRIDES = select(overrides).where(_for_person)
OPENINGS = select(openings.c.unit, openings.c.opened_at).where(
    openings.c.offering == P("p_offering"), openings.c.person == P("p_person")
)
PROGRESS = select(progress).where(G.offering == P("p_offering"), G.person == P("p_person"))
ONE_PROGRESS = PROGRESS.where(G.exercise == P("p_exercise"))
WAITING = select(S.exercise).where(_own, _waits).distinct()

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
NEWEST_DRAFT = select(S.digest).where(_own_exercise, _drafts).order_by(S.id.desc()).limit(1)
CURRENT = select(judgements).where(J.submission == P("p_submission"), J.current)
JUDGEMENT = select(judgements).where(J.id == P("p_id"))
CHECKS = select(check_results).where(check_results.c.judgement == P("p_id")).order_by(check_results.c.position)
PARTS = select(score_parts).where(score_parts.c.judgement == P("p_id")).order_by(score_parts.c.position)

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
LINES_AWAITING = (
    select(progress)
    .where(
        G.offering == P("p_offering"),
        G.awaiting_review,
        tuple_(G.person, G.exercise) > tuple_(P("p_person"), P("p_exercise")),
    )
    .order_by(G.person, G.exercise)
    .limit(P("p_limit"))
)
COUNT_LINES = select(G.exercise, func.count().label("lines")).where(_handed_in).group_by(G.exercise)
#: But those whose text is gone, which nobody can judge again.
HANDED_IN = select(submissions).where(_own_exercise, S.kind == "submit", S.digest != literal_column("''"))
SUPERSEDED_BY = select(judgements).where(J.superseded_by == P("p_id"))

#: No lease and no pause after a fault is as long as `p_far`: its end was set by a clock that was ahead.
_free = or_(S.leased_until.is_(None), S.leased_until < P("p_now"), S.leased_until > P("p_far"))
_due = or_(S.not_before.is_(None), S.not_before <= P("p_now"), and_(S.faults > 0, S.not_before > P("p_far")))
QUEUE = select(submissions).where(_waits, _free, _due).order_by(S.received_at).limit(P("p_limit"))
#: The same, for who means to lease them: what another is at work on is passed over.
TAKE = QUEUE.with_for_update(key_share=True, skip_locked=True)
LEASE = update(submissions).where(S.id == P("p_id")).values(worker=P("p_worker"), leased_until=P("p_until"))
RENEW = LEASE.where(_waits, S.worker == P("p_worker"))
CANCEL = (
    update(submissions)
    .where(S.id == P("p_id"), _waits)
    .values(state="cancelled", worker=None, leased_until=None, not_before=None)
)
#: By state, not bound: as above.
_parked = and_(S.offering == P("p_offering"), S.state == literal_column("'parked'"))
PARKED = select(submissions).where(_parked)
COUNT_PARKED = select(func.count()).select_from(submissions).where(S.state == literal_column("'parked'"))
_prompt = and_(S.reason.is_(None), S.collected_from.is_(None))
BACKLOG = select(
    func.count().label("waiting"), func.min(case((_prompt, S.received_at), else_=None)).label("oldest")
).where(_waits)
TRY_AGAIN = update(submissions).where(_parked, S.id == P("p_id")).values(state="waiting", not_before=None)
POSTPONE = (
    update(submissions)
    .where(S.id == P("p_id"), _waits)
    .values(worker=None, leased_until=None, not_before=P("p_not_before"))
)
JUDGED = (
    update(submissions)
    .where(S.id == P("p_id"))
    .values(
        state=P("p_state"),
        attempt=P("p_attempt"),
        same_as=P("p_same_as"),
        faults=P("p_faults"),
        worker=None,
        leased_until=None,
        not_before=P("p_not_before"),
    )
)
REVIEWED = (
    update(submissions).where(S.id == P("p_id"), S.state == literal_column("'awaiting_review'")).values(state="judged")
)
RETIRE = update(judgements).where(J.id == P("p_id")).values(current=False)
SUPERSEDE = update(judgements).where(J.id == P("p_id")).values(superseded_by=P("p_by"))

# inline: no row is asked for what it was given
ADD_SUBMISSION = insert(submissions).inline()
ADD_JUDGEMENT = insert(judgements).inline()
ADD_REVISED = insert(judgements).inline()
ADD_CHECKS = insert(check_results).inline()
ADD_PARTS = insert(score_parts).inline()
ADD_EVENTS = insert(outbox).inline()
ADD_HINT = insert(hints_given).inline()

PERSON = select(people.c.id).where(people.c.offering == P("p_offering"), people.c.account == P("p_account"))
_in_force = (
    select(publications.c.version)
    .where(publications.c.offering == P("p_offering"))
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
        _in_force.label("version"),
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
OPENED = OPENINGS.where(openings.c.unit == P("p_unit"))
HINTS = (
    select(hints_given)
    .where(
        hints_given.c.offering == P("p_offering"),
        hints_given.c.person == P("p_person"),
        hints_given.c.exercise == P("p_exercise"),
    )
    .order_by(hints_given.c.rung)
)
BASE = select(notebooks.c.body).where(
    notebooks.c.offering == P("p_offering"),
    notebooks.c.person == P("p_person"),
    notebooks.c.unit == P("p_unit"),
    notebooks.c.digest == P("p_digest"),
)
UNDELIVERED = (
    select(outbox).where(B.delivered_at.is_(None), ~B.dead, B.seq > P("p_after")).order_by(B.seq).limit(P("p_limit"))
)
SENDS = select(sends).where(sends.c.seq >= P("p_first"), sends.c.seq <= P("p_last"))
DELIVERED = update(outbox).where(B.seq == P("p_seq")).values(delivered_at=P("p_at"))
REFUSED = update(outbox).where(B.seq == P("p_seq")).values(tries=B.tries + 1, problem=P("p_why"))
GIVE_UP = update(outbox).where(B.seq == P("p_seq")).values(dead=True)
DEAD = select(outbox).where(B.dead).order_by(B.seq).limit(P("p_limit"))
RESEND = update(outbox).where(B.dead).values(dead=False, tries=0)
RESEND_ONE = RESEND.where(B.seq == P("p_seq"))
TOLD = select(outbox).where(B.seq > P("p_after")).order_by(B.seq).limit(P("p_limit"))
NEWEST = select(func.max(B.seq))
DEPTH = select(func.count().label("waiting"), func.min(B.created_at).label("oldest")).where(
    B.delivered_at.is_(None), ~B.dead
)
DEATHS = select(func.count()).select_from(outbox).where(B.dead)
LET_GO = delete(leases).where(leases.c.name == P("p_name"), leases.c.holder == P("p_holder"))


@cache
def upsert(table: Table, dialect: str) -> Any:
    """Insert the whole row, or replace all but its key."""
    made: Any = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    keys = [c.name for c in table.primary_key]
    rest = {c.name: made.excluded[c.name] for c in table.columns if c.name not in keys}
    return made.on_conflict_do_update(index_elements=keys, set_=rest).inline()


@cache
def ensure(table: Table, dialect: str) -> Any:
    """Insert the row unless its key, or another unique column, is there."""
    made: Any = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    return made.on_conflict_do_nothing().inline()


@cache
def take_lease(dialect: str) -> Any:
    """Take a lease, or renew one's own: no row where another holds it. An end far off was set by a clock gone wrong."""
    made: Any = postgresql.insert(leases) if dialect == "postgresql" else sqlite.insert(leases)
    free = or_(leases.c.holder == made.excluded.holder, leases.c.until < P("p_now"), leases.c.until > P("p_absurd"))
    to = {"holder": made.excluded.holder, "until": made.excluded.until}
    values: dict[str, Any] = {"name": P("p_name"), "holder": P("p_holder"), "until": P("p_until")}
    return made.values(values).on_conflict_do_update(index_elements=["name"], set_=to, where=free).inline()
