"""What is kept of a person, and its erasure."""

from __future__ import annotations

from dataclasses import asdict, replace

from sqlalchemy import and_, case, delete, func, insert, literal_column, null, or_, select, update
from sqlalchemy import bindparam as P

from ..engine import Aggregate, Db, reads
from ..erasure import Erasure, Holdings
from .columns import same
from .outbox import NEWEST
from .people import IS_DRAFT, hold
from .revisions import chain
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

S, B = submissions.c, outbox.c
_sent = same(S, "offering", "person")
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
    .where(S.offering == P("p_offering"), S.person == P("p_team"), S.submitter == P("p_person"), IS_DRAFT)
    .values(state="cancelled", source="", cells=[], digest="", idempotency_key=S.id, claimed_at=None)
)
NO_TEAM_NAME = update(teams).where(teams.c.id == P("p_person")).values(name=teams.c.id)
COUNT_SENT = select(func.count()).where(_sent, ~IS_DRAFT, S.digest != literal_column("''"))
COUNT_DRAFTS = select(func.count()).where(_sent, IS_DRAFT)
ERASED_AT = select(people.c.erased_at).where(people.c.id == P("p_person"))
ERASURES = select(erasures).where(erasures.c.offering == P("p_offering"))
_own = {
    table: same(table.c, "offering", "person")
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
COUNTED = {
    "hints": hints_given,
    "openings": openings,
    "notebooks": notebooks,
    "tickets": tickets,
    "turns": turns,
    "overrides": overrides,
}
COUNTS = {name: select(func.count()).select_from(table).where(_own[table]) for name, table in COUNTED.items()}
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
NO_SECTION = update(enrolments).where(same(enrolments.c, "offering", "person")).values(section=None)
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


#: Events looked through in one transaction.
STRETCH = 20_000


def _who(offering: str, person: str) -> dict[str, str]:
    return {"p_offering": offering, "p_person": person}


def _sent_by(db: Db, offering: str, person: str) -> list[str]:
    """Sorted here: by the database it would be found by id, among all."""
    return sorted(row["id"] for row in db.all(SENT_BY, _who(offering, person)))


def sent_ids(db: Db, offering: str, person: str) -> list[str]:
    """Ids of all that is theirs, and of what they sent for a team; drafts too, the oldest first."""
    asked = [{**_who(offering, person), "p_team": team} for team in _teams(db, person)]
    for_teams = [row["id"] for team in asked for row in db.all(SENT_FOR_TEAMS, team)]
    return sorted({*_sent_by(db, offering, person), *for_teams})


def _teams(db: Db, person: str) -> list[str]:
    """Those that they are or were in."""
    return [row["team"] for row in db.all(TEAMS_OF, {"p_person": person})]


def holdings(db: Db, offering: str, person: str) -> Holdings:
    """What erasing would take away."""
    who = _who(offering, person)
    counts = {name: db.scalar(statement, who) for name, statement in COUNTS.items()}
    sent, drafts = db.scalar(COUNT_SENT, who), db.scalar(COUNT_DRAFTS, who)
    return Holdings(sent, drafts, len(_judgements(db, offering, person)), **counts)


def _judgements(db: Db, offering: str, person: str) -> list[str]:
    """Of all that they sent; each current one leads to those whose place it took."""
    return [row["id"] for sent in _sent_by(db, offering, person) for row in chain(db, sent)]


def erase_all(db: Db, erasure: Erasure) -> bool:
    """`erase` in one transaction, which the caller began: for records that nobody else has open."""
    newest = db.scalar(NEWEST, {}) or 0
    _forget_events(db, {"p_after": 0, "p_to": newest, "p_person": erasure.person})
    return _erase(db, erasure)


def _forget_events(db: Db, stretch: dict[str, object]) -> None:
    db.run(FORGET_SENDS, stretch)
    db.run(FORGET_EVENTS, stretch)


def _erase(db: Db, erasure: Erasure) -> bool:
    who = _who(erasure.offering, erasure.person)
    hold(db, erasure.person)
    known = db.one(ERASED_AT, who)
    if known is None or known["erased_at"] is not None:
        return False
    judged = [{"p_id": id} for id in _judgements(db, erasure.offering, erasure.person)]
    for statement in (STOP, UNREVIEWED, NOT_AWAITED, EMPTY_SENT):
        db.run(statement, who)
    for statement in (EMPTY_JUDGEMENT, EMPTY_CHECKS, EMPTY_PARTS):
        db.run_each(statement, judged)
    for drop in DROPS:
        db.run(drop, who)
    db.run(NO_SECTION, who)
    db.run(NO_REASON, {"p_person": erasure.person})
    db.run(NOBODY, {**who, "p_at": erasure.erased_at})
    db.run(ADD_ERASURE, asdict(erasure))
    for team in _teams(db, erasure.person):
        _leave_to_others(db, erasure, team)
    return True


def _leave_to_others(db: Db, erasure: Erasure, team: str) -> None:
    """What was handed in is the team's, and stays for the others; it goes with the last of them."""
    db.run(STOP_DRAFTS, {**_who(erasure.offering, erasure.person), "p_team": team})
    if not db.scalar(NAMED_OF_TEAM, {"p_team": team}):
        db.run(NO_TEAM_NAME, {"p_person": team})
        _erase(db, replace(erasure, person=team))


def erasures_in(db: Db, offering: str) -> list[Erasure]:
    """The newest first."""
    found = (Erasure(**row) for row in db.all(ERASURES, {"p_offering": offering}))
    return sorted(found, key=lambda one: (one.erased_at, one.person), reverse=True)


class Privacy(Aggregate):
    """What is kept of a person, who is known by the random id in an offering."""

    sent_by = reads(sent_ids)
    holdings = reads(holdings)
    erasures = reads(erasures_in)

    async def erase(self, erasure: Erasure) -> bool:
        """Account, sources, cells, outputs, drafts, notebooks, hints, talks, openings, overrides: in one transaction.

        What waits to be judged is cancelled. Verdicts, scores and times stay. False: they were erased before.
        A team's work stays for the others, without who sent it; with the last of them it goes as well.
        """
        # events first, so that who is interrupted still finds the account and begins again
        last = await self._reader.run(lambda db: db.scalar(NEWEST, {})) or 0
        for after in range(0, last, STRETCH):
            stretch = {"p_after": after, "p_to": after + STRETCH, "p_person": erasure.person}
            await self._writer.run(lambda db, stretch=stretch: _forget_events(db, stretch))  # type: ignore[misc]
        return await self._writer.run(lambda db: _erase(db, erasure))

    async def compact(self) -> bool:
        """Overwrite what was erased where the records lie; False where another program keeps that from being done."""
        return await self._writer.compact()
