"""All that is kept of one person, as a zip that they can read: their own words, and what they may see of the rest.

Every judgement goes through the same door as an answer over HTTP, so nothing hidden of a course is in it.
"""

import asyncio
import json
import tempfile
import zipfile
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime
from typing import IO, Any

from codegym_jlab.grading.feedback import judged_part, submission_answer
from codegym_jlab.receipts import Signer
from codegym_jlab.records import Json, Kind, State, frozen, iso, plain, some
from codegym_jlab.store import Store
from codegym_jlab.store.base import Found, Ledgers
from codegym_jlab.store.classes import Enrolment, Membership

from ..grading.errors import Refused
from ..grading.manager import GradingManager

ALL_TURNS = 1_000_000

README = """\
What CodeGYM keeps of the account {account}, as of {now}.

exercise-drafts.json         exercises that you had a language model draft, if there are any
OFFERING/person.json         who you are there: role, section, since when, teams, extensions; your id in the LMS
OFFERING/progress.json       what you handed in, tried and reached, by exercise
OFFERING/openings.json       when you first opened each unit
OFFERING/hints.json          the hints that you were given
OFFERING/conversations.json  what you asked the tutor, and what it said
OFFERING/submissions/EXERCISE/TIME-ID/
    answer.txt               what you sent, as it is kept
    cells.json               the cells of your notebook above it that went with it
    submission.json          when it came, what became of it, and its judgement as you may see it now
    markers.json             what each of two markers gave, once it is marked
    receipt.json             what the server signs of it: codegym receipt verify receipt.json --source answer.txt

What you sent for a team is among it; what others of the team sent is theirs. Drafts are what your notebook held when it
was saved. Within each offering you are known by the random id in person.json; events that were told to other systems
hold that id and no name. Hidden tests of the course are not yours and not in here. Notebooks in your own folder are not
among these records: *Download my work* packs them.
"""


@frozen
class Shelves:
    """What is looked through."""

    store: Store
    manager: GradingManager
    receipts: Signer


async def pack(shelves: Shelves, account: str, now: datetime, offering: str | None = None) -> IO[bytes]:
    """A zip in a temporary file, which the caller closes; `offering`: of this one alone. Of who is unknown it holds
    the README alone.
    """
    file = tempfile.TemporaryFile()
    try:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            readme = README.format(account=account, now=now.isoformat(timespec="seconds"))
            archive.writestr("README.txt", readme)
            async for name, text in _texts(shelves, account, offering):
                await asyncio.to_thread(archive.writestr, name, text.encode("utf-8", "backslashreplace"))
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


async def _texts(shelves: Shelves, account: str, offering: str | None) -> AsyncIterator[tuple[str, str]]:
    """Files, one after the other: names within the zip, and what they hold."""
    if drafts := await shelves.store.exercise_drafts(account, ALL_TURNS):
        told = []
        for draft in drafts:
            ordered = {name: value for name, value in draft.ordered.items() if name != "course_dir"}  # the server's
            told.append({"begun_at": iso(draft.created_at), "ordered": ordered, "attempts": draft.attempts})
        yield "exercise-drafts.json", _json(told)
    for membership in await shelves.store.memberships(account):
        who = membership.enrolment
        if offering not in (None, who.offering):
            continue
        folder = who.offering.replace(":", "-").replace("/", "-")
        ledgers = await shelves.store.ledgers(who.offering, who.person)
        yield f"{folder}/person.json", _json(await _person(shelves.store, membership, account, ledgers))
        # as a progress event tells it: neither the finer verdict nor a check's id
        told_of_line = "exercise tried_at submitted_at attempts hints hint_cost submission"
        lines, standing = [some(line, told_of_line) for line in ledgers.progress.values()], None
        with suppress(Refused):  # the course is not shown now
            standing = (await shelves.manager.course_standing(who)).as_json()
        yield f"{folder}/progress.json", _json({"lines": lines, "as_you_see_it": standing})
        yield f"{folder}/openings.json", _json({unit: iso(at) for unit, at in ledgers.openings.items()})
        yield f"{folder}/hints.json", _json(await _hints(shelves, who, ledgers))
        yield f"{folder}/conversations.json", _json(await _talk(shelves.store, who))
        for id in await shelves.store.sent_by(who.offering, who.person):
            found = await shelves.store.find(id)
            if found is not None:
                async for name, text in _submission(shelves, account, found):
                    yield f"{folder}/submissions/{found.submission.exercise}/{name}", text


async def _person(store: Store, membership: Membership, account: str, ledgers: Ledgers) -> Json:
    who, offering = membership.enrolment, membership.offering
    mine = [m for m in await store.members(who.offering) if m.person == who.person]
    own = [dict(o.fields) | some(o, "unit exercise") for o in ledgers.overrides if o.person]
    names = {team.id: team.name for team in await store.teams(who.offering)}
    moves = [
        some(m, "unit moved_at why") | {"before": names.get(m.before or ""), "after": names.get(m.after or "")}
        for m in await store.team_moves(who.offering, who.person)
    ]
    return {
        "offering": offering.id,
        **some(offering, "course title term"),
        "account": account,
        "person": who.person,
        "roles": [some(m, "role section since ended_at") for m in mine],
        "teams": {unit: team.name for unit, team in who.teams.items()},
        "team_moves": moves,
        "lti": [one.user for one in await store.lti_learners(who.offering, who.person)],
        "policy_for_you": own,
    }


async def _hints(shelves: Shelves, who: Enrolment, ledgers: Ledgers) -> list[Json]:
    """With their texts, where the course still has them."""
    found = []
    for exercise in (line.exercise for line in ledgers.progress.values() if line.hints):
        texts: tuple[str, ...] = ()
        with suppress(Refused):
            texts = (await shelves.manager.situation(who, exercise)).place.exercise.hints
        for given in await shelves.store.hints(who.offering, who.person, exercise):
            text = texts[given.rung - 1] if given.rung <= len(texts) else None
            found.append({"exercise": exercise, **plain(given), "text": text})
    return found


async def _talk(store: Store, who: Enrolment) -> list[Json]:
    """As it was shown: what was withheld, and what staff are told of it, is not among it."""
    turns = await store.turns(who.offering, who.person, None, ALL_TURNS)
    return [
        some(turn, "exercise asked_at message thumb")
        | {"reply": turn.reply and turn.reply.get("text"), "answered_by": turn.llm}
        for turn in turns
    ]


async def _submission(shelves: Shelves, account: str, found: Found) -> AsyncIterator[tuple[str, str]]:
    sent = found.submission
    name = f"{sent.received_at:%Y%m%dT%H%M%S}-{sent.id}"
    yield f"{name}/answer.txt", sent.source
    if sent.cells:
        yield f"{name}/cells.json", _json([plain(cell) for cell in sent.cells])
    facts = some(sent, "id exercise kind state attempt received_at claimed_at")
    if sent.reason is not None:
        facts["handed_in_by_staff"] = sent.reason
    outcome = None
    with suppress(Refused):  # the course has it no more, or does not show it now
        outcome = await shelves.manager.outcome(account, sent.id)
    judgement = None if outcome is None else submission_answer(outcome)["judgement"]
    yield f"{name}/submission.json", _json({**facts, "judgement": judgement})
    given = await shelves.store.marks_given(sent.offering, sent.id)
    if given and judgement and judgement.get("marks"):
        told = [some(one, "points items comment drafted") | {"at": iso(one.given_at)} for one in given]
        yield f"{name}/markers.json", _json(told)
    if outcome is not None and sent.kind is not Kind.DRAFT and sent.state is not State.CANCELLED:
        yield f"{name}/receipt.json", await shelves.receipts.receipt(outcome.submission, judged_part(outcome))


def _json(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"
