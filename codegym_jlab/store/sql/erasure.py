"""What is kept of a person, and its erasure."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import Table, and_, delete, or_, select, update

from ..audit import about, by_staff
from ..base import Erasure, Holdings
from ..engine import Aggregate, Db, Row, reads, row_of
from . import exercise_drafts as authored
from .outbox import newest
from .revisions import chain
from .tables import (
    IS_DRAFT,
    check_results,
    enrolments,
    erasures,
    exercise_drafts,
    given_marks,
    hints_given,
    judgements,
    lti_users,
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

S, B, J = submissions.c, outbox.c, judgements.c
#: What `Holdings` counts by rows; these go, and so do those below.
COUNTED = {
    "hints": hints_given,
    "openings": openings,
    "notebooks": notebooks,
    "tickets": tickets,
    "turns": turns,
    "overrides": overrides,
}
DROPPED = (*COUNTED.values(), given_marks, lti_users, override_changes, paces, unsubmitted)
#: A row stays: to delete one, a database would look for what refers to it in whole tables.
_NO_TEXT: Row = {"source": "", "cells": [], "digest": "", "idempotency_key": S.id, "claimed_at": None}
_NO_TRACE = {"collected_from": None, "traceparent": None, "reason": None}
_NO_OUTPUT = {"stdout": "", "failure": None}
#: Events looked through in one transaction.
STRETCH = 20_000


def sent_ids(db: Db, offering: str, person: str) -> list[str]:
    """Ids of all that is theirs, and of what they sent for a team; drafts too, the oldest first."""
    sent = select(S.id).filter_by(offering=offering)
    found = {*db.column(sent.filter_by(person=person))}
    for team in _teams(db, person):
        found |= {*db.column(sent.filter_by(person=team, submitter=person))}
    return sorted(found)  # by the database it would be found by id, among all


def _teams(db: Db, person: str) -> Sequence[str]:
    """Those that they are or were in."""
    return db.column(team_members.c.team, person=person)


def holdings(db: Db, offering: str, person: str) -> Holdings:
    """What erasing would take away."""
    whose = {"offering": offering, "person": person}
    counts = {name: db.count(table, **whose) for name, table in COUNTED.items()}
    sent = db.count(submissions, ~IS_DRAFT, S.digest != "", **whose)
    drafts = db.count(submissions, IS_DRAFT, **whose)
    account = select(people.c.account).filter_by(id=person).scalar_subquery()
    of_author = db.count(exercise_drafts, account=account)
    return Holdings(sent, drafts, len(_judgements(db, offering, person)), **counts, exercise_drafts=of_author)


def _judgements(db: Db, offering: str, person: str) -> list[str]:
    """Of all that they sent; each current one leads to those whose place it took."""
    own = db.column(S.id, offering=offering, person=person)
    return [row["id"] for sent in own for row in chain(db, sent)]


def erase_all(db: Db, erasure: Erasure) -> bool:
    """`erase` in one transaction, which the caller began: for records that nobody else has open."""
    _forget_events(db, erasure.person, 0, newest(db))
    return _erase(db, erasure)


def _forget_events(db: Db, person: str, after: int, to: int) -> None:
    """Events hold no name; what was told, or never will be, need not be kept."""
    told = and_(B.seq > after, B.seq <= to, B.key == person, or_(B.delivered_at.is_not(None), B.dead))
    db.run(delete(sends).where(sends.c.seq.in_(select(B.seq).where(told))))
    db.run(delete(outbox).where(told))


def _erase(db: Db, erasure: Erasure) -> bool:
    person = erasure.person
    whose = {"offering": erasure.offering, "person": person}

    def change(table: Table, *which: Any, **values: Any) -> None:
        db.run(update(table).filter_by(**whose).where(*which).values(values))

    db.hold(people, person)
    known = db.one((people.c.erased_at, people.c.account), id=person)
    if known is None or known["erased_at"] is not None:
        return False
    about(person)
    judged = _judgements(db, erasure.offering, person)
    # what waits is not judged any more, a draft not collected, and nobody marks what is gone
    stopped = {"state": "cancelled", "worker": None, "leased_until": None, "not_before": None}
    change(submissions, S.state.in_(["waiting", "parked", "kept"]), **stopped)
    change(submissions, S.state == "awaiting_review", state="judged")
    change(progress, progress.c.awaiting_review, awaiting_review=False)
    change(submissions, **_NO_TEXT, **_NO_TRACE)
    for id in judged:
        db.change(judgements, id, **_NO_OUTPUT, notices=[], seed="")
        # why somebody marked it so tells of the person; why a check was mended does not
        db.change(judgements, {"id": id, "cause": "mark"}, why=None)
        no_words = {"message": "", "expected": None, "got": None, "diff": None}
        db.change(check_results, {"judgement": id}, **_NO_OUTPUT, **no_words)
        db.change(score_parts, {"judgement": id}, comment=None)
    for table in DROPPED:
        db.drop(table, **whose)
    authored.forget(db, known["account"] or "")
    change(enrolments, section=None)
    # moves stay as scores do; why somebody was moved goes with who they were
    db.change(team_moves, {"person": person}, why=None)
    db.change(people, person, account=None, name=None, erased_at=erasure.erased_at)
    db.add(erasures, [row_of(erasure)])
    for team in _teams(db, person):
        _leave_to_others(db, erasure, team)
    return True


def _leave_to_others(db: Db, erasure: Erasure, team: str) -> None:
    """What was handed in is the team's, and stays for the others; it goes with the last of them.

    Drafts that they wrote for it and that were not handed in go with them.
    """
    theirs = update(submissions).filter_by(offering=erasure.offering, person=team, submitter=erasure.person)
    db.run(theirs.where(IS_DRAFT).values(state="cancelled", **_NO_TEXT))
    members = select(team_members.c.person).filter_by(team=team)
    if not db.all(select(people.c.id).filter_by(erased_at=None).where(people.c.id.in_(members))):
        db.change(teams, team, name=team)
        _erase(db, replace(erasure, person=team))


class Privacy(Aggregate):
    """What is kept of a person, who is known by the random id in an offering."""

    sent_by = reads(sent_ids)
    holdings = reads(holdings)

    _erased = by_staff(_erase)

    async def erase(self, erasure: Erasure) -> bool:
        """Account, sources, cells, outputs, drafts, notebooks, hints, talks, openings, overrides: in one transaction.

        What waits to be judged is cancelled. Verdicts, scores and times stay. False: they were erased before.
        A team's work stays for the others, without who sent it; with the last of them it goes as well.
        """
        # events first, so that who is interrupted still finds the account and begins again
        person = erasure.person
        for after in range(0, await self._reader.run(newest), STRETCH):
            await self._writer.run(partial(_forget_events, person=person, after=after, to=after + STRETCH))
        return await self._erased(erasure)

    async def compact(self) -> bool:
        """Overwrite what was erased where the records lie; False where another program keeps that from being done."""
        return await self._writer.compact()
