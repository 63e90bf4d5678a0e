"""The sweep: judges what was stored and not judged, whichever process accepted it, and collects drafts at the due time.

Where the policy says `unsubmitted: collect`, the newest draft of who handed in nothing is handed in for them. When
that is done does not matter: what counts is the draft that the server had at the due time, and when it had it. The
key of what is collected is made of its draft's id, so that it is collected once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.notebook import starter_source
from codegym_jlab.course.policy import EffectivePolicy
from codegym_jlab.course.repair import repair
from codegym_jlab.course.schema import Unit
from codegym_jlab.records import Clock, Json, Kind, State, Submission, frozen, new_id
from codegym_jlab.store import Store
from codegym_jlab.store.base import Claimed, Lease, Ledger, Recorded, StoreError
from codegym_jlab.store.classes import Enrolment, Override

from .admission import Place, Places, class_policy, situation_for, situation_of
from .apply_judgement import submitted_event
from .errors import Refused
from .grader.plan import answer_in
from .judgements import Judging, Orphan, Settings, Work

PAGE = 500


class _HandedIn(Exception):
    """They did so themselves meanwhile."""


@dataclass(slots=True)
class _Class:
    """What one look needs of one offering, read once."""

    rulings: Sequence[Override]
    later: dict[str, bool] = field(default_factory=dict)  #: by exercise, of everyone who has no time of their own

    def ends_later(self, place: Place, who: Enrolment, now: datetime) -> bool:
        """The due time lies ahead for everyone who has no time of their own; so nothing has to be read of a person."""
        if any(o.person == who.person or o.section for o in self.rulings):
            return False
        id = place.exercise.id
        if id not in self.later:
            policy = class_policy(place, who, self.rulings)
            self.later[id] = policy.duration is None and policy.late_by(now) is None
        return self.later[id]


def drafts_of(
    notebook: Json, loaded: LoadedCourse, unit: Unit, enrolment: Enrolment, owners: Sequence[Enrolment], now: datetime
) -> list[Submission]:
    """One draft an answer that is begun: not empty, and not the starter any more. Raises UnreadableNotebook.

    `owners`: whose each exercise's is, in the unit's order.
    """
    repaired = repair(dict(notebook), loaded, unit.id).notebook
    drafts = []
    for exercise, owner in zip(unit.exercises, owners, strict=True):
        try:
            source, cells = answer_in(repaired, exercise.id)
        except KeyError:
            continue
        if source.strip() in ("", starter_source(exercise).strip()):
            continue
        id = new_id()
        drafts.append(
            Submission(
                id=id,
                offering=enrolment.offering,
                course=enrolment.course,
                exercise=exercise.id,
                person=owner.person,
                submitter=enrolment.person,
                kind=Kind.DRAFT,
                source=source,
                cells=cells,
                idempotency_key=id,
                received_at=now,
                state=State.KEPT,
            )
        )
    return drafts


log = logging.getLogger("codegym.grading")


@frozen
class Sweep:
    """One a process, over its `judging`."""

    store: Store
    places: Places
    judging: Judging
    settings: Settings
    clock: Clock
    on_events: Callable[[], None]

    async def go_on(self) -> None:
        """Until it is cancelled. A class has many drafts, and leases are renewed and answers judged meanwhile."""
        async with asyncio.TaskGroup() as group:
            group.create_task(_again_and_again(self._renew, self.settings.sweep_s))
            group.create_task(_again_and_again(self._catch_up, self.settings.sweep_s))
            group.create_task(_again_and_again(self.collect, self.settings.collect_s))

    async def _renew(self) -> None:
        if tasks := self.judging.tasks:
            await self.store.renew(self.judging.lease(), list(tasks))

    async def _catch_up(self) -> None:
        """As long as something waits that others have not begun: more whenever there is room again."""
        while begun := await self.take_up():
            await asyncio.wait(begun, timeout=self.settings.sweep_s, return_when=asyncio.FIRST_COMPLETED)

    async def collect(self) -> int:
        """Hand in the drafts of who handed in nothing until the due time; returns how many."""
        now, classes = self.clock(), dict[str, _Class]()
        collected, after = 0, ("", "", "")
        while page := await self.store.unsubmitted(after, PAGE):
            for (offering, person), drafts in groupby(page, lambda one: one[:2]):
                if offering not in classes:
                    classes[offering] = _Class(await self.store.overrides(offering))
                who = await self.store.enrolment(offering, person)
                assert who is not None, "foreign keys hold"
                for *_, exercise in drafts:
                    collected += await self._collect(classes[offering], who, exercise, now)
            after = page[-1]
        if collected:
            self.on_events()
        return collected

    async def _collect(self, class_: _Class, who: Enrolment, exercise: str, now: datetime) -> bool:
        try:
            place = await self.places.exercise(who, exercise)
        except Refused:  # nothing of that name is there now; it may come back
            return False
        if class_.ends_later(place, who, now):
            return False
        policy = (await situation_for(self.store, place, who)).policy
        if policy.late_by(now) is None or policy.unsubmitted == "ignore":
            return False
        done = await self._hand_in(place, who, policy, now)
        await self.store.dealt_with(who.offering, who.person, exercise)
        return done

    async def _hand_in(self, place: Place, who: Enrolment, policy: EffectivePolicy, now: datetime) -> bool:
        until = policy.in_time_until
        assert until is not None, "it is over"
        draft = await self.store.newest_draft(who.offering, who.person, place.exercise.id, until)
        if draft is None:
            return False
        sent = replace(  # received when the draft was, judged by the version that is in force now
            draft,
            id=new_id(),
            kind=Kind.SUBMIT,
            idempotency_key=f"collected:{draft.id}",
            state=State.WAITING,
            version=who.version,
            collected_from=draft.id,
        )

        def admit(ledger: Ledger) -> None:
            line = ledger.progress
            # by themselves, or this draft or a later one was collected already: that costs no attempt
            collected = line.submitted_at is not None and line.submitted_at >= sent.received_at
            if ledger.waiting or line.attempts or collected:
                raise _HandedIn

        try:
            accepted = await self.store.accept(
                sent,
                unit=place.unit.id,
                course_digest=place.loaded.digest,
                admit=admit,
                events=[submitted_event(sent)],
                lease=Lease("", now - timedelta(days=1)),  # nobody's: the sweep takes it up
            )
        except _HandedIn:
            return False
        return accepted.fresh

    async def take_up(self) -> set[asyncio.Task[Recorded | None]]:
        """Begin to judge what waits for anyone, as far as there is room."""
        room = 2 * self.settings.places - self.judging.busy
        if room <= 0:
            return set()
        claimed = await self.store.claim(self.judging.lease(), self.clock(), limit=room)
        return {self.judging.start(await self._work_on(one)) for one in claimed}

    async def _work_on(self, claimed: Claimed) -> Work | Orphan:
        """As it was when it was received: the policy has no clock of its own."""
        sent = claimed.submission
        if claimed.lost and claimed.faults >= self.settings.fault_limit:
            return Orphan(sent, "its judging was begun as often before, and none came to an end")
        try:
            situation = await situation_of(self.store, sent, self.places.received)
        except Refused:
            return Orphan(sent)
        return Work(sent, situation, await self.store.find_repeat(sent, situation.place.loaded.digest))


async def _again_and_again(what: Callable[[], Awaitable[object]], pause_s: float) -> None:
    while True:
        try:
            await what()
        except StoreError as error:
            log.warning("the sweep waits: %s", error)
        except Exception:
            log.exception("the sweep met a fault")
        await asyncio.sleep(pause_s)
