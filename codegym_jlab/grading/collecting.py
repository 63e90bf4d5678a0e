"""At the due time, the newest draft of who handed in nothing is handed in for them, where `unsubmitted: collect`.

When that is done does not matter: what counts is the draft that the server had at the due time, and when it had it. So
it is looked for now and then, and done once whatever happens: the key of what is collected is made of its draft's id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from codegym_jlab.course.policy import EffectivePolicy
from codegym_jlab.store.base import Enrolment, Lease, Ledger, Override, Store, new_id
from codegym_jlab.submission import Kind, State, Submission

from .counting import submitted_event
from .errors import Refused
from .places import Places
from .rules import Place, policy_at, policy_for

PAGE = 500


class _HandedIn(Exception):
    """They did so themselves meanwhile."""


@dataclass(slots=True)
class _Class:
    """What one look needs of one offering, read once."""

    rulings: Sequence[Override]
    common: dict[str, EffectivePolicy | None] = field(default_factory=dict)  #: by exercise
    last: Enrolment | None = None  #: whose drafts were looked at last: a person's come one after another

    def ends_later(self, place: Place, who: Enrolment, now: datetime) -> bool:
        """The due time lies ahead for everyone who has no time of their own; so nothing has to be read of a person."""
        if any(o.person == who.person or o.section for o in self.rulings):
            return False
        id = place.exercise.id
        if id not in self.common:
            for_all = [o for o in self.rulings if not o.person]
            policy = policy_for(place.loaded, place.unit, place.exercise, who, for_all, None)
            self.common[id] = policy if policy.duration is None else None
        held = self.common[id]
        return held is not None and not is_over(held, now)


class Collector:
    """One a process; several on one database do no harm."""

    def __init__(self, store: Store, places: Places) -> None:
        self._store, self._places = store, places

    async def collect(self, now: datetime) -> int:
        """Hand in what is to be handed in at `now`; the sweep judges it. Returns how many. Raises StoreUnavailable."""
        classes: dict[str, _Class] = {}
        collected, after = 0, ("", "", "")
        while page := await self._store.unsubmitted(after, PAGE):
            for offering, person, exercise in page:
                if offering not in classes:
                    classes[offering] = _Class([r.override for r in await self._store.rulings(offering)])
                collected += await self._one(classes[offering], offering, person, exercise, now)
            after = page[-1]
        return collected

    async def _one(self, class_: _Class, offering: str, person: str, exercise: str, now: datetime) -> bool:
        who = await self._enrolment(class_, offering, person)
        try:
            place = await self._places.exercise(who, exercise)
        except Refused:  # nothing of that name is there now; it may come back
            return False
        if class_.ends_later(place, who, now):
            return False
        ledger = await self._store.ledger(offering, person, place.unit.id, exercise)
        policy = policy_at(place, who, ledger)
        if not is_over(policy, now) or policy.unsubmitted == "ignore":
            return False
        done = await self._hand_in(place, who, ledger, policy, now)
        await self._store.dealt_with(offering, person, exercise)
        return done

    async def _enrolment(self, class_: _Class, offering: str, person: str) -> Enrolment:
        if class_.last is None or class_.last.person != person:
            class_.last = await self._store.enrolment(offering, person)
        assert class_.last is not None, "foreign keys hold"
        return class_.last

    async def _hand_in(
        self, place: Place, who: Enrolment, ledger: Ledger, policy: EffectivePolicy, now: datetime
    ) -> bool:
        until = policy.in_time_until
        assert until is not None, "it is over"
        draft = await self._store.newest_draft(who.offering, who.person, place.exercise.id, until)
        if draft is None or _handed_in(ledger, draft):
            return False
        sent = _of(draft, who)

        def admit(ledger: Ledger) -> None:
            if _handed_in(ledger, draft):
                raise _HandedIn

        try:
            accepted = await self._store.accept(
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


def is_over(policy: EffectivePolicy, now: datetime) -> bool:
    """The due time and the grace have passed: what comes now is late, or not taken."""
    return policy.in_time_until is not None and now > policy.in_time_until


def _handed_in(ledger: Ledger, draft: Submission) -> bool:
    """By themselves, or this draft or a later one was collected already: that costs no attempt."""
    line = ledger.progress
    collected = line.submitted_at is not None and line.submitted_at >= draft.received_at
    return bool(ledger.waiting or line.attempts or collected)


def _of(draft: Submission, who: Enrolment) -> Submission:
    """What is handed in: received when the draft was, judged by the version that is in force now."""
    return Submission(
        id=new_id(),
        offering=draft.offering,
        course=draft.course,
        exercise=draft.exercise,
        person=draft.person,
        submitter=draft.submitter,
        kind=Kind.SUBMIT,
        source=draft.source,
        cells=draft.cells,
        idempotency_key=f"collected:{draft.id}",
        received_at=draft.received_at,
        state=State.WAITING,
        version=who.version,
        collected_from=draft.id,
    )
