"""Statements that find and erase what is kept of a person. Each goes by keys; the outbox is read piece by piece."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, case, delete, func, insert, literal_column, null, or_, select, update

from .tables import (
    check_results,
    enrolments,
    erasures,
    hints_given,
    judgements,
    notebooks,
    openings,
    outbox,
    override_changes,
    overrides,
    paces,
    people,
    progress,
    score_parts,
    sends,
    submissions,
    team_members,
    team_moves,
    teams,
    tickets,
    turns,
    unsubmitted,
)

P = bindparam
S, B = submissions.c, outbox.c

_sent = and_(S.offering == P("p_offering"), S.person == P("p_person"))
#: By state, not bound: see `statements.py`.
_draft = S.state == literal_column("'kept'")
SENT_BY = select(S.id).where(_sent)
#: What they sent for a team that they are or were in.
SENT_FOR_TEAMS = select(S.id).where(
    S.offering == P("p_offering"), S.person == P("p_team"), S.submitter == P("p_person")
)
TEAMS_OF = select(team_members.c.team).where(team_members.c.person == P("p_person"))
#: Who of a team, now or before, can still be named.
NAMED_OF_TEAM = (
    select(func.count())
    .select_from(team_members.join(people, people.c.id == team_members.c.person))
    .where(team_members.c.team == P("p_team"), people.c.erased_at.is_(None))
)
#: Drafts that they wrote for a team and that were not handed in.
STOP_DRAFTS = (
    update(submissions)
    .where(S.offering == P("p_offering"), S.person == P("p_team"), S.submitter == P("p_person"), _draft)
    .values(state="cancelled", source="", cells=[], digest="", idempotency_key=S.id, claimed_at=None)
)
NO_TEAM_NAME = update(teams).where(teams.c.id == P("p_person")).values(name=teams.c.id)
COUNT_SENT = select(func.count()).where(_sent, ~_draft, S.digest != literal_column("''"))
COUNT_DRAFTS = select(func.count()).where(_sent, _draft)
ERASED_AT = select(people.c.erased_at).where(people.c.id == P("p_person"))
ERASURES = select(erasures).where(erasures.c.offering == P("p_offering"))

_own = {
    table: and_(table.c.offering == P("p_offering"), table.c.person == P("p_person"))
    for table in (
        hints_given,
        openings,
        notebooks,
        overrides,
        paces,
        unsubmitted,
        override_changes,
        progress,
        turns,
        tickets,
    )
}
COUNTS = {
    "hints": select(func.count()).select_from(hints_given).where(_own[hints_given]),
    "openings": select(func.count()).select_from(openings).where(_own[openings]),
    "notebooks": select(func.count()).select_from(notebooks).where(_own[notebooks]),
    "tickets": select(func.count()).select_from(tickets).where(_own[tickets]),
    "turns": select(func.count()).select_from(turns).where(_own[turns]),
    "overrides": select(func.count()).select_from(overrides).where(_own[overrides]),
}

#: What waits is not judged any more, a draft not collected, and nobody marks what is gone.
STOP = (
    update(submissions)
    .where(_sent, S.state.in_([literal_column("'waiting'"), literal_column("'parked'"), literal_column("'kept'")]))
    .values(state="cancelled", worker=None, leased_until=None, not_before=None)
)
UNREVIEWED = update(submissions).where(_sent, S.state == literal_column("'awaiting_review'")).values(state="judged")
NOT_AWAITED = update(progress).where(_own[progress], progress.c.awaiting_review).values(awaiting_review=False)
#: A row stays: to delete one, a database would look for what refers to it in whole tables.
EMPTY_SENT = (
    update(submissions)
    .where(_sent)
    .values(
        source="",
        cells=[],
        digest="",
        idempotency_key=S.id,
        claimed_at=None,
        collected_from=None,
        traceparent=None,
        reason=None,
    )
)
#: Why somebody marked it so tells of the person; why a check was mended does not.
_why = case((judgements.c.cause == literal_column("'mark'"), null()), else_=judgements.c.why)
EMPTY_JUDGEMENT = (
    update(judgements)
    .where(judgements.c.id == P("p_id"))
    .values(stdout="", notices=[], failure=None, seed="", why=_why)
)
EMPTY_CHECKS = (
    update(check_results)
    .where(check_results.c.judgement == P("p_id"))
    .values(message="", expected=None, got=None, diff=None, stdout="", failure=None)
)
EMPTY_PARTS = update(score_parts).where(score_parts.c.judgement == P("p_id")).values(comment=None)
DROPS = tuple(
    delete(table).where(_own[table])
    for table in (hints_given, openings, notebooks, overrides, override_changes, paces, unsubmitted, turns, tickets)
)
NO_SECTION = (
    update(enrolments)
    .where(enrolments.c.offering == P("p_offering"), enrolments.c.person == P("p_person"))
    .values(section=None)
)
#: Moves stay as scores do; why somebody was moved goes with who they were.
NO_REASON = update(team_moves).where(team_moves.c.person == P("p_person")).values(why=None)
NOBODY = update(people).where(people.c.id == P("p_person")).values(account=None, erased_at=P("p_at"))
ADD_ERASURE = insert(erasures).inline()

#: Events hold no name; what was told, or never will be, need not be kept.
_told = and_(
    B.seq > P("p_after"),
    B.seq <= P("p_to"),
    B.key == P("p_person"),
    or_(B.delivered_at.is_not(None), B.dead),
)
FORGET_SENDS = delete(sends).where(sends.c.seq.in_(select(B.seq).where(_told)))
FORGET_EVENTS = delete(outbox).where(_told)
