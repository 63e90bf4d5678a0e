"""What is kept: of one person, as a zip that they can read; and for how long.

The zip has their own words, and what they may see of the rest: every judgement goes through the same door as an answer
over HTTP, so nothing hidden of a course is in it.

What is older than it may be goes, in small transactions, now and then. What counts never goes. By default nothing that
a student sent is let go of, but drafts of what was handed in that a newer one follows.
"""

import asyncio
import json
import logging
import random
import tempfile
import zipfile
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any

from codegym_jlab.grading.feedback import judged_part, submission_answer
from codegym_jlab.receipts import Signer
from codegym_jlab.records import Clock, Json, Kind, State, end_tasks, frozen, in_parts, iso, plain, some, without
from codegym_jlab.store import Store
from codegym_jlab.store.base import Found, Ledgers, StoreError
from codegym_jlab.store.classes import Enrolment, Membership

from .grading.errors import Refused
from .grading.manager import GradingManager

log = logging.getLogger("codegym.retention")

ALL_TURNS = 1_000_000
PAGE = 500  #: looked at in one transaction that reads
AT_ONCE = 100  #: let go of in one that writes, so that students wait no longer than for each other
FIRST_S, EVERY_S = 600.0, 6 * 3600.0

_README = """\
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
            readme = _README.format(account=account, now=now.isoformat(timespec="seconds"))
            archive.writestr("README.txt", readme)
            async for name, body in _files(shelves, account, offering):
                text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, indent=1) + "\n"
                await asyncio.to_thread(archive.writestr, name, text.encode("utf-8", "backslashreplace"))
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


async def _files(shelves: Shelves, account: str, offering: str | None) -> AsyncIterator[tuple[str, Any]]:
    """One after the other: names within the zip, and what they hold, a text or what becomes JSON."""
    store = shelves.store
    if drafts := await store.exercise_drafts(account, ALL_TURNS):
        told = []
        for draft in drafts:
            ordered = without(draft.ordered, "course_dir")  # the server's
            told.append({"begun_at": iso(draft.created_at), "ordered": ordered, "attempts": draft.attempts})
        yield "exercise-drafts.json", told
    for membership in await store.memberships(account):
        who = membership.enrolment
        if offering not in (None, who.offering):
            continue
        folder = who.offering.replace(":", "-").replace("/", "-")
        ledgers = await store.ledgers(who.offering, who.person)
        yield f"{folder}/person.json", await _person(store, membership, account, ledgers)
        # as a progress event tells it: neither the finer verdict nor a check's id
        told_of_line = "exercise tried_at submitted_at attempts hints hint_cost submission"
        lines, standing = [some(line, told_of_line) for line in ledgers.progress.values()], None
        with suppress(Refused):  # the course is not shown now
            standing = (await shelves.manager.course_standing(who)).as_json()
        yield f"{folder}/progress.json", {"lines": lines, "as_you_see_it": standing}
        yield f"{folder}/openings.json", {unit: iso(at) for unit, at in ledgers.openings.items()}
        yield f"{folder}/hints.json", await _hints(shelves, who, ledgers)
        yield f"{folder}/conversations.json", await _talk(store, who)
        for id in await store.sent_by(who.offering, who.person):
            found = await store.find(id)
            if found is not None:
                async for name, body in _submission(shelves, account, found):
                    yield f"{folder}/submissions/{found.submission.exercise}/{name}", body


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
        "roles": [some(m, "name role section since ended_at") for m in mine],
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


async def _submission(shelves: Shelves, account: str, found: Found) -> AsyncIterator[tuple[str, Any]]:
    sent = found.submission
    name = f"{sent.received_at:%Y%m%dT%H%M%S}-{sent.id}"
    yield f"{name}/answer.txt", sent.source
    if sent.cells:
        yield f"{name}/cells.json", [plain(cell) for cell in sent.cells]
    facts = some(sent, "id exercise kind state attempt received_at claimed_at")
    if sent.reason is not None:
        facts["handed_in_by_staff"] = sent.reason
    outcome = None
    with suppress(Refused):  # the course has it no more, or does not show it now
        outcome = await shelves.manager.outcome(account, sent.id)
    judgement = None if outcome is None else submission_answer(outcome)["judgement"]
    yield f"{name}/submission.json", {**facts, "judgement": judgement}
    given = await shelves.store.marks_given(sent.offering, sent.id)
    if given and judgement and judgement.get("marks"):
        told = [some(one, "points items comment drafted") | {"at": iso(one.given_at)} for one in given]
        yield f"{name}/markers.json", told
    if outcome is not None and sent.kind is not Kind.DRAFT and sent.state is not State.CANCELLED:
        yield f"{name}/receipt.json", await shelves.receipts.receipt(outcome.submission, judged_part(outcome))


class BadRetention(Exception):
    """The setting cannot be understood; the text says what to write."""


#: Days for which each is kept, where no setting says otherwise; None: for ever.
RETENTION: dict[str, float | None] = {
    "deliveries_days": 30.0,  # events that every sink has
    "drafts_days": 30.0,  # drafts of what was handed in, but the newest
    "outputs_days": None,  # what was printed and got, tracebacks
    "submissions_days": None,  # texts of tries, and of submits that do not count
    "conversations_days": None,  # what was asked of the tutor, and what it said or withheld
    "tickets_days": None,  # questions to a person, after their answer
}


def retention_of(setting: Mapping[str, Any]) -> dict[str, float | None]:
    """RETENTION by `CodeGym.retention`: names and days; 0 or `never` for what is kept for ever. Raises BadRetention."""
    days = RETENTION.copy()
    for name, value in setting.items():
        if name not in RETENTION:
            raise BadRetention(f"CodeGym.retention has no {name!r}; it has {', '.join(RETENTION)}.")
        try:
            number = 0.0 if value in (None, "", "never") else float(value)
        except (TypeError, ValueError):
            number = -1.0
        if not 0 <= number < 100_000:
            raise BadRetention(f"CodeGym.retention: {name} is a number of days, or `never`; not {value!r}.")
        days[name] = number or None
    return days


@dataclass
class Keeper:
    """Lets go of what is old. Several on one database do no harm: each asks again before it does."""

    store: Store
    days: Mapping[str, float | None]  #: as `retention_of` gives them
    clock: Clock
    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """From now on, in the background."""
        if self._task is None and any(self.days.values()):
            self._task = asyncio.create_task(self._go_on(), name="codegym-retention")

    async def close(self) -> None:
        """The transaction under way is whole; what is left is found the next time."""
        task, self._task = self._task, None
        await end_tasks(task)

    async def let_go(self, *, dry_run: bool = False) -> dict[str, int]:
        """Let go of all that is old, but for `dry_run`; how much of each kind it is. Raises StoreUnavailable."""
        now, kinds = self.clock(), {name.removesuffix("_days"): days for name, days in self.days.items() if days}
        return {kind: await self._one(kind, now - timedelta(days=days), dry_run) for kind, days in kinds.items()}

    async def _one(self, kind: str, before: datetime, dry_run: bool) -> int:
        count, after = 0, ""
        while True:
            page = await self.store.stale(kind, before, after, PAGE)
            for ids in in_parts(page.ids, AT_ONCE):
                count += len(ids) if dry_run else await self.store.let_go_of(kind, ids, before)
            if page.after is None:
                return count
            after = page.after
            await asyncio.sleep(0)

    async def _go_on(self) -> None:
        # servers that start together do not look together
        wait = FIRST_S * random.uniform(1, 2)
        while True:
            await asyncio.sleep(wait)
            wait = EVERY_S * random.uniform(0.8, 1.2)
            try:
                if gone := {kind: count for kind, count in (await self.let_go()).items() if count}:
                    log.info("no longer kept: %s", ", ".join(f"{count} {kind}" for kind, count in gone.items()))
            except StoreError as error:
                log.warning("what is old is let go of later: %s", error)
            except Exception:
                log.exception("what is old could not be let go of")
