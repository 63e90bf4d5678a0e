"""Notebooks that were handed in elsewhere → submissions of their students, judged as every other.

Whether it may be accepted is not asked: staff decided that, and when it was received. What that costs (lateness,
attempts) the policy says as always. The same answer of the same student again adds nothing.
"""

import asyncio
import os
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import IO
from zoneinfo import ZoneInfo

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.repair import UnreadableNotebook
from codegym_jlab.grading.admission import Owners, Place, situation_for
from codegym_jlab.grading.apply_judgement import submitted_event
from codegym_jlab.grading.errors import LocalOffering, Refused
from codegym_jlab.grading.judgements import Judge, Judging, Settings, Work
from codegym_jlab.grading.sweep import drafts_of
from codegym_jlab.records import (
    Clock,
    DomainError,
    Json,
    Judgement,
    Kind,
    State,
    Submission,
    digest_of,
    frozen,
    id_at,
    is_local,
    iso,
    new_id,
    some,
    utc_now,
    without,
    without_nulls,
)
from codegym_jlab.store import Store
from codegym_jlab.store.base import Found, KeyTaken
from codegym_jlab.store.classes import Enrolment

from ..manager import CHANGES, Actor, ClassManager
from .notebook_sources import NOBODY, Handed, Source, Terms, Unreadable, look_through, notebook_of, read_table

LEASE_S = 60.0
PAGE = 10  #: notebooks of an upload, so that one request takes seconds
PARKED = "stored, but it could not be judged, by our fault: codegym parked tells why, and --retry tries again"


class NotJudged(DomainError):
    """The answers are stored, and wait to be judged: no sandbox, or no records, can be had now."""

    code = "no_sandbox"


@frozen
class Brought:
    """What became of one answer. `did`: imported; there (it was already); refused, for `problem`."""

    exercise: str
    did: str
    submission: str | None = None
    judgement: Judgement | None = None
    late_s: float | None = None
    problem: str = ""

    def as_json(self) -> Json:
        """Holds no name."""
        told = some(self, "exercise did submission")
        if self.judgement is not None:
            score = self.judgement.score
            told |= {"verdict": self.judgement.verdict.value, "score": score.points, "max_score": score.max_points}
        return told | without_nulls({"late_s": self.late_s, "error": self.problem or None})


def named_row(one: Handed | None, row: Json) -> Json:
    """A row with the names of its file and student. No notebook: it was changed or taken away meanwhile, as it says."""
    place: Json = dict.fromkeys(("file", "account", "unit", "received_at"))
    if one is not None:
        place = {"file": one.path, "account": one.account or None, "unit": one.unit or None}
        place["received_at"] = iso(one.received_at)
    return place | without(row, "key", "unit")


async def upload_page(
    classes: ClassManager,
    judge: Judge,
    actor: Actor,
    offering: str,
    upload: IO[bytes],
    *,
    after: int,
    why: str | None,
    received_at: datetime | None,
    table: str = "",
) -> Json:
    """Some notebooks of a zip, `after` so many: what would be imported; with `why`, they are. `next`: where to go on.

    `table` says whose each is. Raises NotAllowed, UnknownOffering, LocalOffering, UnfitTable, UnfitSource, NotJudged.
    """
    zone = ZoneInfo((await classes.allow(actor, offering, CHANGES)).time_zone)
    if is_local(offering):
        raise LocalOffering
    store, loaded = classes.store, await classes.course(offering)
    students = frozenset(m.account for m in await store.members(offering) if m.is_student and m.account)
    terms = Terms(students, utc_now(), received_at, read_table(table, "table", zone) if table else {})
    source = await asyncio.to_thread(look_through, upload, terms, loaded)
    who = await store.make_person(offering, actor.account)
    importing = Importing(store, loaded, judge, offering, who=who, why=why or "", flow=new_id())

    async def row(one: Handed) -> Json:
        return named_row(one, await importing.row(source, one, dry_run=why is None))

    end, total = after + PAGE, len(source.notebooks)
    try:
        rows = await asyncio.gather(*map(row, source.notebooks[after:end]))
    finally:
        await importing.close()
    return {"rows": rows, "total": total, "next": end if end < total else None}


@dataclass
class Importing:
    """One import into one class. `flow` names it: what was stored before a crash is known again as its own."""

    store: Store
    loaded: LoadedCourse  #: the version that answers are judged by
    judge: Judge
    offering: str
    who: str  #: a person of the offering, who imports
    why: str = ""
    flow: str = ""
    clock: Clock = utc_now
    settings: Settings = field(default_factory=Settings)

    def __post_init__(self) -> None:
        self._owners = Owners(self.store)
        settings = replace(self.settings, at_once=2 * len(os.sched_getaffinity(0)))
        self._free = asyncio.Semaphore(settings.at_once)
        self._judging = Judging(self.store, self.judge, lambda work, recorded: None, self.clock, settings)

    async def row(self, source: Source, one: Handed, *, dry_run: bool = False) -> Json:
        """What became of this notebook's answers; `error` where nothing of it was taken. Raises NotJudged.

        `dry_run`: nothing is stored or judged; what is there already, and what would be imported.
        """
        told: Json = {"key": one.key, "answers": []}
        if one.problem:
            return told | {"error": one.problem}
        try:
            sent = await self._answers(source, one)
        except Unreadable as error:
            return told | {"error": str(error)}
        brought = await asyncio.gather(*(self._bring(each, owner, dry_run) for each, owner in sent))
        return told | {"unit": one.unit, "answers": [each.as_json() for each in brought]}

    async def close(self) -> None:
        """End what is still being judged; the records have it as waiting."""
        await self._judging.close()

    async def _student(self, account: str) -> Enrolment:
        mine = await self.store.memberships(account)
        found = next((m for m in mine if m.offering.id == self.offering and m.role == "student"), None)
        if found is None:
            raise Unreadable(NOBODY)
        return found.enrolment

    async def _answers(self, source: Source, one: Handed) -> list[tuple[Submission, Enrolment]]:
        """What was begun, and whose each is: the student's, or their team's. Raises Unreadable."""
        assert one.received_at is not None, "what has no time is not imported"
        who, unit = await self._student(one.account), self.loaded.unit(one.unit)
        owners = await self._owners.each(who, self.loaded, unit, unit.exercises)
        try:
            raw = notebook_of(await asyncio.to_thread(source.content, one), one.path, self.loaded)
            begun = await asyncio.to_thread(drafts_of, raw, self.loaded, unit, who, owners, one.received_at)
        except UnreadableNotebook as error:
            raise Unreadable(str(error)) from None
        owner_of = dict(zip((exercise.id for exercise in unit.exercises), owners, strict=True))
        return [(self._sent(draft), owner_of[draft.exercise]) for draft in begun]

    def _sent(self, draft: Submission) -> Submission:
        """Its key tells the answer: the same one again is the same. Its id tells when it came, and by which import."""
        what = digest_of(f"{draft.exercise}:{draft.digest}")[:40]
        return replace(
            draft,
            id=id_at(draft.received_at, f"{self.flow}:{draft.person}:{what}"),
            submitter=self.who,
            reason=self.why or None,
            kind=Kind.SUBMIT,
            idempotency_key=f"imported:{what}",
            state=State.WAITING,
            version=self.loaded.digest,
        )

    async def _bring(self, sent: Submission, who: Enrolment, dry_run: bool) -> Brought:
        try:
            self.settings.refuse_unfit(sent)
            if dry_run:
                there = await self.store.find_sent(sent.offering, sent.person, sent.idempotency_key)
                return Brought(sent.exercise, "there" if there else "new", there)
            async with self._free:
                return await self._brought(sent, who)
        except (Refused, KeyTaken) as refusal:
            return Brought(sent.exercise, "refused", problem=str(refusal))

    async def _brought(self, sent: Submission, who: Enrolment) -> Brought:
        place = Place(self.loaded, *self.loaded.find(sent.exercise))
        accepted = await self.store.accept(
            sent,
            unit=place.unit.id,
            course_digest=place.loaded.digest,
            admit=lambda ledger: None,
            events=[submitted_event(sent)],
            lease=self._judging.lease(LEASE_S),
        )
        found = accepted.found
        kept = found.submission
        now = await situation_for(self.store, place, who)
        if kept.state is State.WAITING:
            repeats = accepted.repeats or await self.store.find_repeat(kept, place.loaded.digest)
            found = await self._judged(Work(kept, now, repeats))
        late = now.policy.late_by(kept.received_at)
        did = "imported" if accepted.fresh or kept.id == sent.id else "there"
        late_s = None if late is None else late.total_seconds()
        problem = PARKED if found.submission.state is State.PARKED else ""
        return Brought(kept.exercise, did, kept.id, found.judgement, late_s, problem)

    async def _judged(self, work: Work) -> Found:
        """Until it is judged, or parked for staff. Raises NotJudged."""
        while True:
            recorded = await self._judging.start(work)
            if recorded is None:
                raise NotJudged
            found = recorded.found
            if found.submission.state is not State.WAITING:
                return found
            wait_s = (found.not_before - self.clock()).total_seconds() if found.not_before is not None else 1.0
            await asyncio.sleep(max(wait_s, 0.0))
