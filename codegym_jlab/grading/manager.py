"""Try, submit, draft, cancel: what a student may do now; and the sweep, which leaves nothing behind.

A submission is stored before it is judged, and judged in a task that outlives the request. Whether it may be accepted
is decided inside the transaction that stores it.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from datetime import datetime
from typing import Any
from weakref import WeakValueDictionary

from codegym_jlab.course.catalogue import Catalogue
from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import Unit
from codegym_jlab.records import Cell, Clock, Json, Kind, State, Submission, end_tasks, new_id, utc_now
from codegym_jlab.store import Store
from codegym_jlab.store.base import Found, Ledger, Recorded, Turn
from codegym_jlab.store.classes import Enrolment, Membership
from codegym_jlab.telemetry import metrics
from codegym_jlab.telemetry.traces import bind, carry, span

from .admission import (
    Owners,
    Place,
    Places,
    Share,
    Situation,
    UnitPlace,
    Versions,
    admit,
    class_in,
    local_offering,
    policy_for,
    situation_at,
    situation_for,
    situation_of,
    turn_of,
)
from .apply_judgement import submitted_event
from .errors import AlreadyJudged, NotInCourse, NotOpen, UnknownSubmission
from .judgements import Begun, Holding, Judge, Judging, Orphan, Settings, Work, refusals_counted, span_facts
from .progress import CourseStanding, Outcome, Standing, course_standing_of, exercise_standing_of, outcome_of
from .sweep import Sweep, drafts_of

log = logging.getLogger("codegym.grading")

Listener = Callable[[Outcome], None]
_LONG_LINE_S = 1.0  #: for which a request waits in a long line before it is told its place


class GradingManager:
    """One a process. All times are the server's; `on_events` is called after every transaction that wrote events.

    With `holding`, as in a class, `policy.rate` makes new sources wait and what took long is released later.
    """

    def __init__(
        self,
        store: Store,
        catalogue: Catalogue,
        judge: Judge,
        *,
        settings: Settings | None = None,
        clock: Clock = utc_now,
        on_events: Callable[[], None] = lambda: None,
        versions: Versions | None = None,
        holding: Holding | None = None,
    ) -> None:
        self._store = store
        self._versions = versions or Versions(store)
        self._places = Places(catalogue, self._versions)
        self.owners = Owners(store)
        self._settings = settings or Settings()
        self._clock = clock
        self._on_events = on_events
        self._judging = Judging(store, judge, self._done, clock, self._settings, holding=holding)
        self._sweep = Sweep(store, self._places, self._judging, self._settings, clock, on_events)
        self._keeps_rates = holding is not None
        self._turns = WeakValueDictionary[tuple[str, str, str], asyncio.Lock]()
        self._listeners: list[Listener] = []
        self._sweeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the records and begin to sweep. Raises StoreUnavailable, StoreTooNew."""
        await self._store.open()
        if self._sweeping is None:
            self._sweeping = asyncio.create_task(self._sweep.go_on(), name="codegym-sweep")

    @property
    def sweeps(self) -> bool:
        """What was left over is taken up."""
        return self._sweeping is not None and not self._sweeping.done()

    @property
    def busy(self) -> int:
        """How many are judged here just now, or are about to be."""
        return self._judging.busy

    async def close(self) -> None:
        """Stop judging; what waits stays in the records. The store is left open."""
        sweeping, self._sweeping = self._sweeping, None
        await end_tasks(sweeping)
        await self._judging.close()
        self._versions.close()

    def subscribe(self, listener: Listener) -> None:
        """`listener` hears of every judgement and cancellation once it is durable."""
        self._listeners.append(listener)

    async def enrol(self, user: str, course: str, *, local: bool = True) -> Enrolment:
        """The person that `user` is in their class of this course; else, where `local`, in the one of this computer.

        Asked at every request: role, version and dates are never stale. Raises NotInCourse, UnknownCourse,
        CourseBroken, StoreUnavailable.
        """
        memberships = await self._store.memberships(user)
        if (mine := class_in(memberships, course, self._clock())) is not None:
            return mine.enrolment
        if not local:
            raise NotInCourse
        offering = local_offering(self._places.folder(course))
        known = next((m.enrolment for m in memberships if m.offering.id == offering.id), None)
        return known or await self._store.enrol(offering, user)

    async def classes(self, user: str) -> Sequence[Membership]:
        """The classes that `user` is in: of each course the one that `enrol` gives."""
        memberships, now = await self._store.memberships(user), self._clock()
        courses = dict.fromkeys(m.offering.course for m in memberships)
        return [mine for course in courses if (mine := class_in(memberships, course, now)) is not None]

    async def roles(self, user: str, offering: str) -> frozenset[str]:
        """What `user` is in this offering now, by the records; empty where they are not in it."""
        mine = await self._store.memberships(user)
        return frozenset(m.role for m in mine if m.offering.id == offering and m.role)

    async def course(self, enrolment: Enrolment) -> LoadedCourse:
        """The course as this person's offering holds it. Raises UnknownCourse, CourseBroken, NotPublished."""
        return await self._places.course(enrolment)

    async def submit(
        self,
        enrolment: Enrolment,
        exercise: str,
        *,
        kind: Kind,
        source: str,
        cells: Sequence[Cell] = (),
        idempotency_key: str,
        claimed_at: datetime | None = None,
        wait_s: float | None = None,
    ) -> Outcome:
        """Store a try or a submit, have it judged, and wait a while for that.

        The same key again is answered by what it led to. Raises Refused (NotOpen, Closed, TooLarge, TooManyWaiting, …),
        store.base.KeyTaken, and StoreUnavailable where it could not be stored.
        """
        place = await self._places.exercise(enrolment, exercise)
        owner = await self.owners.at(enrolment, place)
        sent = Submission(
            id=new_id(),
            offering=enrolment.offering,
            course=enrolment.course,
            exercise=exercise,
            person=owner.person,
            submitter=enrolment.person,
            kind=Kind(kind),
            source=source,
            cells=tuple(cells),
            idempotency_key=idempotency_key,
            received_at=self._clock(),
            claimed_at=claimed_at,
            version=enrolment.version,
            traceparent=carry(),
        )
        wait = self._settings.wait_s if wait_s is None else wait_s
        with bind(submission=sent.id, offering=sent.offering), refusals_counted(sent):
            self._settings.refuse_unfit(sent)
            self._judging.refuse_crowd(sent.person)
            async with self._turn(sent):
                begun = await self._accept(owner, place, sent)
                if (self._judging.ahead(sent.id) or 0) >= self._settings.long_line:
                    wait = min(wait, _LONG_LINE_S)
                # where attempts are limited the next one waits: this one may turn out to cost none
                if begun.limited:
                    await begun.judged(wait)
            return await self._answer(begun, wait)

    def _turn(self, sent: Submission) -> AbstractAsyncContextManager[Any]:
        """Submits of one owner and exercise come one after the other; tries need not."""
        if sent.kind is not Kind.SUBMIT:
            return nullcontext()
        return self._turns.setdefault((sent.offering, sent.person, sent.exercise), asyncio.Lock())

    async def _accept(self, enrolment: Enrolment, place: Place, sent: Submission) -> Begun:
        """Transaction 1, and the task that judges it."""
        seen = []

        def decide(ledger: Ledger) -> Turn | None:
            now = situation_at(place, enrolment, ledger)
            admit(sent.kind, now.policy, ledger, sent.received_at)
            seen.append(now)
            if ledger.repeat or now.policy.rate is None or not self._keeps_rates:
                return None
            return turn_of(now.policy.rate, ledger.full_at, sent.received_at)

        with span("accept", **span_facts(sent)) as accepting:
            accepting.show(source=sent.source)
            accepted = await self._store.accept(
                sent,
                unit=place.unit.id,
                course_digest=place.loaded.digest,
                admit=decide,
                events=[submitted_event(sent)],
                lease=self._judging.lease(),
            )
            accepting.note(fresh=accepted.fresh, repeated=accepted.repeats is not None)
        if not accepted.fresh:
            return Begun(accepted.found, self._judging.tasks.get(accepted.found.submission.id))
        log.debug("stored: %s of %s in %d cells", sent.kind, sent.exercise, len(sent.cells) + 1)
        situation = seen[-1]
        if situation.policy.duration is not None:  # a copied notebook was never opened here
            await self._store.opened(sent.offering, sent.person, place.unit.id, sent.received_at)
        if accepted.found.not_before is not None:
            return Begun(accepted.found, None)
        work = Work(sent, situation, accepted.repeats)
        return Begun(accepted.found, self._judging.start(work), work)

    async def _answer(self, begun: Begun, wait_s: float) -> Outcome:
        """What there is to say after a while; from the records where the task itself cannot say it."""
        recorded = await begun.judged(wait_s)
        work = begun.work
        if work is None or (recorded is None and begun.over):
            return await self._outcome(await self._found(begun.found.submission.id))
        if recorded is not None:
            return self._outcome_of(work, recorded)
        return outcome_of(work.situation, begun.found, self._clock(), self._judging.ahead(work.submission.id))

    async def outcome(self, user: str, submission: str, *, staff: bool = False) -> Outcome:
        """A submission of this user's, or anyone's for staff. Raises UnknownSubmission."""
        return await self._outcome(await self._owned(user, submission, staff))

    async def cancel(self, user: str, submission: str) -> Outcome:
        """Stop it before it is judged: no attempt is used. Raises UnknownSubmission, AlreadyJudged."""
        return await self._cancel(await self._owned(user, submission, staff=False))

    async def _cancel(self, found: Found) -> Outcome:
        id = found.submission.id
        if found.submission.state is not State.CANCELLED:
            if not await self._store.cancel(id):
                raise AlreadyJudged
            self._judging.stop(id)
            metrics.checks.add(found.submission.kind, "cancelled")
        outcome = await self._outcome(await self._found(id))
        self._tell(outcome)
        return outcome

    async def cancel_sent(self, enrolment: Enrolment, idempotency_key: str) -> Outcome:
        """The same by the key it was sent under, for who still waits to be told its id.

        Raises UnknownSubmission also where it is on its way and not stored yet: ask again.
        """
        submission = await self.owners.find_sent(enrolment, idempotency_key)
        if submission is None:
            raise UnknownSubmission
        return await self._cancel(await self._found(submission))

    async def draft(self, enrolment: Enrolment, unit: str, notebook: Json) -> list[str]:
        """Keep the answers of a saved notebook, not judged: those begun and changed since. Returns their exercises.

        Raises UnknownUnit, course.repair.UnreadableNotebook, StoreUnavailable.
        """
        loaded, found = await self._places.unit(enrolment, unit)
        owners = await self.owners.each(enrolment, loaded, found, found.exercises)
        begun = await asyncio.to_thread(drafts_of, notebook, loaded, found, enrolment, owners, self._clock())
        fitting = [draft for draft in begun if self._settings.may_keep(draft)]
        return list(await self._store.keep(fitting)) if fitting else []

    async def standing(self, enrolment: Enrolment, exercise: str) -> Standing:
        """How one exercise stands for this person. Raises UnknownExercise."""
        place = await self._places.exercise(enrolment, exercise)
        owner = await self.owners.at(enrolment, place)
        ledgers = await self._store.ledgers(owner.offering, owner.person)
        return exercise_standing_of(place, Share(owner, ledgers), self._clock())

    async def course_standing(self, enrolment: Enrolment) -> CourseStanding:
        """How a whole course stands for this person. Raises UnknownCourse, CourseBroken."""
        loaded = await self._places.course(enrolment)
        return course_standing_of(loaded, await self.owners.shares(enrolment), self._clock())

    async def unit(self, enrolment: Enrolment, unit: str) -> tuple[LoadedCourse, Unit]:
        """A unit that this person may see. Raises UnknownUnit, NotOpen."""
        loaded, found = await self._places.unit(enrolment, unit)
        (holder,) = await self.owners.each(enrolment, loaded, found, [None])
        ledger = await self._store.ledger(holder.offering, holder.person, unit, "")
        policy = policy_for(UnitPlace(loaded, found), holder, ledger.overrides, ledger.opened_at)
        if not policy.is_open(self._clock()):
            raise NotOpen(policy.opens)
        return loaded, found

    async def open_unit(self, enrolment: Enrolment, unit: str) -> tuple[LoadedCourse, Unit]:
        """The same, and remember the first opening."""
        loaded, found = await self.unit(enrolment, unit)
        owners = await self.owners.each(enrolment, loaded, found, [None, *found.exercises])
        for person in {owner.person for owner in owners}:
            await self._store.opened(enrolment.offering, person, unit, self._clock())
        return loaded, found

    async def situation(self, enrolment: Enrolment, exercise: str) -> Situation:
        """One exercise and the policy that holds in it for this person now. Raises UnknownExercise."""
        place = await self._places.exercise(enrolment, exercise)
        owner = await self.owners.at(enrolment, place)
        return await situation_for(self._store, place, owner)

    async def keep_base(self, enrolment: Enrolment, unit: str, digest: str, body: str) -> None:
        """Keep a generated notebook: the base of a later three-way merge."""
        await self._store.keep_base(enrolment.offering, enrolment.person, unit, digest, body, self._clock())

    async def base(self, enrolment: Enrolment, unit: str, digest: str) -> str | None:
        """A notebook kept before."""
        return await self._store.base(enrolment.offering, enrolment.person, unit, digest)

    async def sweep(self) -> int:
        """Judge what was stored and not judged, by whichever process it was accepted; returns how many."""
        tasks = await self._sweep.take_up()
        if tasks:
            await asyncio.wait(tasks)
        return len(tasks)

    async def collect(self) -> int:
        """Hand in the drafts of who handed in nothing until the due time; returns how many. The sweep judges them."""
        return await self._sweep.collect()

    def _done(self, work: Work | Orphan, recorded: Recorded) -> None:
        self._on_events()
        if recorded.fresh and isinstance(work, Work):
            self._tell(self._outcome_of(work, recorded))

    def _outcome_of(self, work: Work, recorded: Recorded) -> Outcome:
        return outcome_of(replace(work.situation, progress=recorded.progress), recorded.found, self._clock())

    def _tell(self, outcome: Outcome) -> None:
        for listener in self._listeners:
            try:
                listener(outcome)
            except Exception:
                log.exception("a listener failed")

    async def _owned(self, user: str, submission: str, staff: bool) -> Found:
        found = await self._store.find(submission)
        if found is None or not (staff or await self.owners.may_see(user, found.submission)):
            raise UnknownSubmission(submission=submission)
        return found

    async def _found(self, submission: str) -> Found:
        found = await self._store.find(submission)
        assert found is not None, "nothing is ever removed"
        return found

    async def _outcome(self, found: Found) -> Outcome:
        sent = found.submission
        at = await situation_of(self._store, sent, self._places.shown)
        return outcome_of(at, found, self._clock(), self._judging.ahead(sent.id))
