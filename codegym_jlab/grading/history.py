"""How a score came to be, for staff: who handed it in and why, and each judgement with who gave it, when and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from codegym_jlab.events.records import iso
from codegym_jlab.store.base import Given, Store
from codegym_jlab.submission import Kind, Submission

from .errors import UnknownPerson
from .survey import UnknownClass

Accounts = Mapping[str, str | None]  #: by person; None: erased


async def past(store: Store, sent: Submission) -> dict[str, Any]:
    """`sent_by`, `reason` and `history` of a submission; judgements from the first to the one that holds."""
    return _past(sent, await store.history(sent.id), await store.accounts(sent.offering))


async def past_of(store: Store, offering: str, account: str, exercise: str | None) -> list[dict[str, Any]]:
    """The same of all that a student, or a team that they are in, handed in; the oldest first. No tries, no drafts.

    Raises UnknownClass, UnknownPerson.
    """
    if await store.offering(offering) is None:
        raise UnknownClass(offering)
    person = await store.person(offering, account)
    who = None if person is None else await store.enrolment(offering, person)
    if who is None:
        raise UnknownPerson(account)
    accounts = await store.accounts(offering)
    teams = {team.id: team.name for team in who.teams.values()}
    ids = {id for owner in (who.person, *teams) for id in await store.sent_by(offering, owner)}
    found = [one for id in sorted(ids) if (one := await store.find(id)) is not None]
    handed_in = [one.submission for one in found if one.submission.kind is Kind.SUBMIT]
    return [
        {
            "submission": sent.id,
            "exercise": sent.exercise,
            "state": sent.state.value,
            "team": teams.get(sent.person),
            "received_at": iso(sent.received_at),
            **_past(sent, await store.history(sent.id), accounts),
        }
        for sent in handed_in
        if exercise in (None, sent.exercise)
    ]


def _past(sent: Submission, given: Sequence[Given], accounts: Accounts) -> dict[str, Any]:
    return {
        "sent_by": accounts.get(sent.submitter),
        "reason": sent.reason,
        "collected": sent.collected_from is not None,
        "history": [_judgement(one, accounts) for one in given],
    }


def _judgement(given: Given, accounts: Accounts) -> dict[str, Any]:
    of = given.judgement
    score = {"verdict": of.verdict.value, "score": of.score.points, "max_score": of.score.max_points}
    by = {"cause": given.cause, "who": accounts.get(given.who) if given.who else None, "why": given.why}
    return {"judgement": of.id, "judged_at": iso(of.judged_at), **score, **by, "holds": given.current}
