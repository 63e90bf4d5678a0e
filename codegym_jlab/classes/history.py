"""How a score came to be, for staff: who handed it in and why, each judgement and each move between teams likewise."""

from collections.abc import Mapping
from contextlib import suppress

from codegym_jlab.grading.regrade import MARK_SET
from codegym_jlab.records import Json, Kind, Submission, some
from codegym_jlab.store import Store
from codegym_jlab.store.base import Given

from ..grading.errors import Refused, UnknownOffering, UnknownPerson
from .manager import ClassManager

Accounts = Mapping[str, str | None]  #: by person; None: erased


async def past(store: Store, sent: Submission) -> Json:
    """`sent_by`, `reason` and `history` of a submission; judgements from the first to the one that holds."""
    return await _past(store, sent, await store.accounts(sent.offering))


async def past_of(classes: ClassManager, offering: str, account: str, exercise: str | None) -> list[Json]:
    """The same of all that a student, or a team that they are in, handed in; the oldest first. No tries, no drafts.

    Between them, each with `moved_at`, the moves by which they got or lost a team's score. Raises UnknownOffering,
    UnknownPerson.
    """
    store = classes.store
    if await store.offering(offering) is None:
        raise UnknownOffering(offering=offering)
    person = await store.person(offering, account)
    if person is None:
        raise UnknownPerson(account=account)
    accounts, teams = await store.accounts(offering), await store.teams(offering)
    names = {team.id: team.name for team in teams}
    owners = [person, *(team.id for team in teams if person in team.members)]
    ids = {id for owner in owners for id in await store.sent_by(offering, owner)}
    sent_ones = [one.submission for id in sorted(ids) if (one := await store.find(id)) is not None]
    told = [
        {
            "submission": sent.id,
            **some(sent, "exercise state received_at"),
            "team": names.get(sent.person),
            **await _past(store, sent, accounts),
        }
        for sent in sent_ones
        if sent.kind is Kind.SUBMIT and exercise in (None, sent.exercise)
    ]
    unit = None
    if exercise is not None:
        with suppress(Refused, KeyError):  # where the course cannot be had, the moves of all units
            unit = (await classes.course(offering)).find(exercise)[0].id
    moves = [
        {
            **some(move, "unit moved_at why"),
            "before": names.get(move.before or ""),
            "after": names.get(move.after or ""),
            "who": accounts.get(move.moved_by or ""),
        }
        for move in await store.team_moves(offering, person)
        if unit in (None, move.unit)
    ]
    return sorted([*told, *moves], key=lambda one: str(one.get("received_at") or one.get("moved_at")))


async def _past(store: Store, sent: Submission, accounts: Accounts) -> Json:
    return {
        "sent_by": accounts.get(sent.submitter),
        "reason": sent.reason,
        "collected": sent.collected_from is not None,
        "history": [_judgement(one, accounts) for one in await store.history(sent.id)],
    }


def _judgement(given: Given, accounts: Accounts) -> Json:
    of = given.judgement
    return {
        "judgement": of.id,
        **some(of, "judged_at verdict"),
        "score": of.score.points,
        "max_score": of.score.max_points,
        **some(given, "cause why"),
        "who": accounts.get(given.who or ""),
        "mark": next((notice.args["mark"] for notice in of.notices if notice.code == MARK_SET), None),
        "holds": given.current,
    }
