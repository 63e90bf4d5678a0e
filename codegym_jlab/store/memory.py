"""The records in dicts: for unit tests, and where nothing may be kept. What each method promises stands in `base.py`.

No method awaits between reading and writing, so each is a transaction of its own on the event loop.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from codegym_jlab.events.records import Event
from codegym_jlab.events.relay import DeadLetter, Depth, Pending
from codegym_jlab.submission import Judgement, Kind, State, Submission, Verdict

from .base import (
    Accepted,
    Admit,
    Advance,
    Backlog,
    Foretell,
    Found,
    Give,
    Given,
    HandedIn,
    HintGiven,
    KeyTaken,
    Lease,
    Ledger,
    Ledgers,
    Progress,
    Recorded,
    Revise,
    StoreUnavailable,
)
from .memory_classes import MemoryClasses
from .memory_conversations import MemoryConversations
from .memory_privacy import MemoryPrivacy
from .memory_retention import MemoryRetention
from .memory_surveys import MemorySurveys
from .memory_tickets import MemoryTickets
from .remembered import Kept, Posted


class MemoryStore(MemoryPrivacy, MemoryRetention, MemoryClasses, MemorySurveys, MemoryConversations, MemoryTickets):
    """Everything is gone when the process ends."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: dict[str, Kept] = {}
        self._keys: dict[tuple[str, str, str], str] = {}
        self._progress: dict[tuple[str, str, str], Progress] = {}
        self._hints: dict[tuple[str, str, str], list[HintGiven]] = {}
        self._full_at: dict[tuple[str, str, str], datetime] = {}
        self._openings: dict[tuple[str, str, str], datetime] = {}
        self._bases: dict[tuple[str, str, str, str], str] = {}
        self._outbox: list[Posted] = []
        self._relay: Lease | None = None

    async def open(self) -> None:
        pass

    async def warm(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def accept(
        self,
        submission: Submission,
        *,
        unit: str,
        course_digest: str,
        admit: Admit,
        events: Sequence[Event],
        lease: Lease,
    ) -> Accepted:
        if self._erased.keys() & {submission.person, submission.submitter}:
            raise StoreUnavailable("Your records were erased while this was sent. Reload the page.")
        key = (submission.offering, submission.person, submission.idempotency_key)
        if key in self._keys:
            return Accepted(self._same(self._keys[key], submission), fresh=False)
        repeats = self._repeat(submission, course_digest)
        ledger = self._ledger(submission.offering, submission.person, unit, submission.exercise)
        place = (submission.offering, submission.person, submission.exercise)
        turn = admit(replace(ledger, repeat=repeats is not None, full_at=self._full_at.get(place)))
        later = turn.not_before if turn is not None else None
        if turn is not None:
            self._full_at[place] = turn.full_at
        self._keys[key] = submission.id
        self._kept[submission.id] = Kept(submission, None if later else lease, not_before=later)
        self._post(events)
        return Accepted(Found(submission, not_before=later), fresh=True, repeats=repeats)

    def _same(self, id: str, sent: Submission) -> Found:
        found = self._found(self._kept[id])
        kept = found.submission
        if (kept.exercise, kept.kind, kept.digest) != (sent.exercise, sent.kind, sent.digest):
            raise KeyTaken
        return found

    def _found(self, kept: Kept) -> Found:
        answer = self._kept[kept.same_as].judgement if kept.same_as else kept.judgement
        return Found(kept.submission, answer, kept.faults, kept.not_before)

    def _repeat(self, sent: Submission, course_digest: str) -> Judgement | None:
        same = [
            kept
            for kept in self._of(sent.offering, sent.person)
            if (kept.submission.exercise, kept.submission.kind, kept.submission.digest)
            == (sent.exercise, sent.kind, sent.digest)
            and kept.judgement is not None
            and kept.judgement.verdict is not Verdict.JE
            and kept.judgement.course_digest == course_digest
        ]
        return max(same, key=lambda kept: kept.submission.id).judgement if same else None

    def _of(self, offering: str, person: str) -> list[Kept]:
        mine = (offering, person)
        return [k for k in self._kept.values() if (k.submission.offering, k.submission.person) == mine]

    def _post(self, events: Sequence[Event]) -> None:
        self._outbox.extend(map(Posted, events))

    async def record(
        self, submission: Submission, judgement: Judgement, advance: Advance, foretell: Foretell | None = None
    ) -> Recorded:
        recorded = self._record(submission, judgement, advance)
        if foretell is not None:
            foretell(recorded)
        return recorded

    def _record(self, submission: Submission, judgement: Judgement, advance: Advance) -> Recorded:
        kept = self._kept[submission.id]
        before = self._line(submission.offering, submission.person, submission.exercise)
        if not kept.waits:
            return Recorded(self._found(kept), before, fresh=False)
        step = advance(before, kept.faults)
        kept.submission = replace(submission, state=step.state, attempt=step.attempt)
        if judgement.submission == submission.id:
            self._replace(kept, judgement, ("check", None, None))
        else:
            kept.same_as = judgement.submission
        kept.faults += judgement.verdict is Verdict.JE
        kept.lease, kept.not_before = None, step.retry_at
        if step.progress != before:
            self._progress[before.offering, before.person, before.exercise] = step.progress
        self._post(step.events)
        return Recorded(Found(kept.submission, judgement, kept.faults, step.retry_at), step.progress, fresh=True)

    def _replace(self, kept: Kept, judgement: Judgement, reason: tuple[str, str | None, str | None]) -> None:
        if kept.judgement is not None:
            kept.given.append(Given(kept.judgement, False, *kept.reason, judgement.id))
        kept.judgement, kept.reason = judgement, reason

    async def check(self) -> None:
        pass

    async def backlog(self) -> Backlog:
        waiting = [kept.submission for kept in self._kept.values() if kept.waits]
        since = min((sent.received_at for sent in waiting if sent.is_prompt), default=None)
        parked = sum(kept.submission.state is State.PARKED for kept in self._kept.values())
        return Backlog(len(waiting), since, parked)

    async def handed_in(
        self, offering: str, exercises: Collection[str], after: tuple[str, str], limit: int
    ) -> Sequence[HandedIn]:
        lines = sorted(
            (line.person, line.exercise)
            for line in self._progress.values()
            if line.offering == offering and line.submitted_at is not None and line.exercise in exercises
            if line.person not in self._erased
        )
        return [self._handed_in(offering, *key) for key in lines if key > after][:limit]

    def _handed_in(self, offering: str, person: str, exercise: str) -> HandedIn:
        mine = [k for k in self._of(offering, person) if k.submission.exercise == exercise]
        sent = [k for k in mine if k.submission.kind is Kind.SUBMIT and not k.emptied]
        answered = [k for k in sent if k.submission.state in (State.JUDGED, State.AWAITING_REVIEW)]
        found = map(self._found, sorted(answered, key=lambda kept: kept.submission.id))
        return HandedIn(self._line(offering, person, exercise), tuple(found))

    async def lines_handed_in(
        self, offering: str, exercises: Collection[str], after: tuple[str, str], limit: int
    ) -> Sequence[tuple[str, str]]:
        found = await self.handed_in(offering, exercises, after, limit)
        return [(line.progress.person, line.progress.exercise) for line in found]

    async def count_handed_in(self, offering: str) -> Mapping[str, int]:
        lines = (line for line in self._progress.values() if line.offering == offering and line.submitted_at)
        lines = (line for line in lines if line.person not in self._erased)
        return Counter(line.exercise for line in lines)

    async def awaiting_review(self, offering: str, after: tuple[str, str], limit: int) -> Sequence[Progress]:
        lines = (line for line in self._progress.values() if line.offering == offering and line.awaiting_review)
        found = sorted(lines, key=lambda line: (line.person, line.exercise))
        return [line for line in found if (line.person, line.exercise) > after][:limit]

    async def supersede(
        self,
        offering: str,
        person: str,
        exercise: str,
        revise: Revise,
        *,
        who: str | None,
        why: str,
        cause: str = "regrade",
    ) -> bool:
        key = (offering, person, exercise)
        if key not in self._progress:
            return False
        revision = revise(self._handed_in(*key))
        if not revision.judgements:
            return False
        for judgement in revision.judgements:
            self._replace(self._kept[judgement.submission], judgement, (cause, who, why))
        for kept in map(self._kept.__getitem__, revision.reviewed):
            if kept.submission.state is State.AWAITING_REVIEW:
                kept.submission = replace(kept.submission, state=State.JUDGED)
        self._progress[key] = revision.progress
        self._post(revision.events)
        return True

    async def parked(self, offering: str) -> Sequence[Found]:
        kept = [k for k in self._kept.values() if k.submission.offering == offering]
        parked = [k for k in kept if k.submission.state is State.PARKED]
        return [self._found(k) for k in sorted(parked, key=lambda kept: kept.submission.id)]

    async def try_again(self, offering: str, submission: str) -> bool:
        kept = self._kept.get(submission)
        if kept is None or kept.submission.state is not State.PARKED or kept.submission.offering != offering:
            return False
        kept.submission = replace(kept.submission, state=State.WAITING)
        kept.not_before = None
        return True

    async def history(self, submission: str) -> Sequence[Given]:
        kept = self._kept.get(submission)
        if kept is None or kept.judgement is None:
            return ()
        return [*kept.given, Given(kept.judgement, True, *kept.reason)]

    def _line(self, offering: str, person: str, exercise: str) -> Progress:
        return self._progress.get((offering, person, exercise)) or Progress(offering, person, exercise)

    async def find(self, submission: str) -> Found | None:
        kept = self._kept.get(submission)
        return None if kept is None else self._found(kept)

    async def find_sent(self, offering: str, person: str, idempotency_key: str) -> str | None:
        return self._keys.get((offering, person, idempotency_key))

    async def claim(self, lease: Lease, now: datetime, *, limit: int) -> Sequence[Submission]:
        far = lease.too_far(now)
        free = [
            kept
            for kept in self._kept.values()
            if kept.waits
            and (kept.lease is None or not now <= kept.lease.until <= far)
            and (kept.not_before is None or kept.not_before <= now or (kept.faults and kept.not_before > far))
        ]
        free = sorted(free, key=lambda kept: kept.submission.received_at)[:limit]
        for kept in free:
            kept.lease = lease
        return [kept.submission for kept in free]

    async def renew(self, lease: Lease, submissions: Sequence[str]) -> None:
        for kept in map(self._kept.__getitem__, submissions):
            if kept.waits and kept.lease is not None and kept.lease.worker == lease.worker:
                kept.lease = lease

    async def cancel(self, submission: str) -> bool:
        kept = self._kept.get(submission)
        if kept is None or not kept.waits:
            return False
        kept.submission = replace(kept.submission, state=State.CANCELLED)
        kept.lease = kept.not_before = None
        return True

    async def postpone(self, submission: str, not_before: datetime) -> bool:
        kept = self._kept.get(submission)
        if kept is None or not kept.waits:
            return False
        kept.lease, kept.not_before = None, not_before
        return True

    async def find_repeat(self, submission: Submission, course_digest: str) -> Judgement | None:
        return self._repeat(submission, course_digest)

    async def keep(self, drafts: Sequence[Submission]) -> Sequence[str]:
        drafts = [draft for draft in drafts if not self._erased.keys() & {draft.person, draft.submitter}]
        fresh = [draft for draft in drafts if self._newest_draft(draft) != draft.digest]
        self._kept.update((draft.id, Kept(draft)) for draft in fresh)
        self._unsubmitted.update((draft.offering, draft.person, draft.exercise) for draft in fresh)
        return [draft.exercise for draft in fresh]

    def _newest_draft(self, of: Submission) -> str | None:
        mine = [kept.submission for kept in self._of(of.offering, of.person)]
        drafts = [s for s in mine if s.state is State.KEPT and s.exercise == of.exercise]
        return max(drafts, key=lambda s: s.id).digest if drafts else None

    async def ledger(self, offering: str, person: str, unit: str, exercise: str) -> Ledger:
        return self._ledger(offering, person, unit, exercise)

    def _ledger(self, offering: str, person: str, unit: str, exercise: str) -> Ledger:
        sent = [kept.submission for kept in self._of(offering, person) if kept.waits]
        return Ledger(
            progress=self._line(offering, person, exercise),
            overrides=self._overriding(offering, person),
            opened_at=self._openings.get((offering, person, unit)),
            waiting=sum(s.exercise == exercise and s.kind is Kind.SUBMIT and not s.collected_from for s in sent),
        )

    async def ledgers(self, offering: str, person: str) -> Ledgers:
        mine = (offering, person)
        return Ledgers(
            progress={key[2]: line for key, line in self._progress.items() if key[:2] == mine},
            overrides=self._overriding(offering, person),
            openings={key[2]: at for key, at in self._openings.items() if key[:2] == mine},
            waiting=frozenset(k.submission.exercise for k in self._of(offering, person) if k.waits),
        )

    async def opened(self, offering: str, person: str, unit: str, at: datetime) -> datetime:
        return self._openings.setdefault((offering, person, unit), at)

    async def hints(self, offering: str, person: str, exercise: str) -> Sequence[HintGiven]:
        return tuple(self._hints.get((offering, person, exercise), ()))

    async def give_hint(self, offering: str, person: str, exercise: str, give: Give) -> tuple[HintGiven, Progress]:
        key = (offering, person, exercise)
        given = self._hints.setdefault(key, [])
        hint, after, event = give(self._line(*key), tuple(given))
        given.append(hint)
        self._progress[key] = after
        self._post([event])
        return hint, after

    async def keep_base(self, offering: str, person: str, unit: str, digest: str, body: str, at: datetime) -> None:
        self._bases.setdefault((offering, person, unit, digest), body)

    async def base(self, offering: str, person: str, unit: str, digest: str) -> str | None:
        return self._bases.get((offering, person, unit, digest))

    async def hold(self, holder: str, now: datetime, until: datetime) -> bool:
        lease, ahead = self._relay, timedelta(minutes=1)
        if lease is None or lease.worker == holder or not now <= lease.until <= now + ahead:
            lease = self._relay = Lease(holder, until)
        return lease.worker == holder

    async def let_go(self, holder: str) -> None:
        if self._relay is not None and self._relay.worker == holder:
            self._relay = None

    async def undelivered(self, limit: int, after: int = 0) -> Sequence[Pending]:
        waiting = [p for p in self._posts() if p[0] > after and not p[1].done and not p[1].dead]
        return [Pending(place, post.event, frozenset(post.sent)) for place, post in waiting[:limit]]

    def _posts(self) -> Sequence[tuple[int, Posted]]:
        """Places count from 1, as in a database."""
        return [(place, post) for place, post in enumerate(self._outbox, 1) if not post.gone]

    async def sent(self, places: Sequence[int], sink: str) -> None:
        for place in places:
            self._outbox[place - 1].sent.add(sink)

    async def delivered(self, places: Sequence[int]) -> None:
        for place in places:
            self._outbox[place - 1].done = True
            self._outbox[place - 1].delivered_at = datetime.now(UTC)

    async def refused(self, place: int, why: str) -> None:
        posted = self._outbox[place - 1]
        posted.tries += 1
        posted.problem = why

    async def give_up(self, place: int, has: Collection[str]) -> None:
        self._outbox[place - 1].dead = True
        self._outbox[place - 1].sent.update(has)

    async def dead(self, limit: int) -> Sequence[DeadLetter]:
        dead = [DeadLetter(place, p.event, p.problem, p.tries) for place, p in self._posts() if p.dead]
        return dead[:limit]

    async def resend(self, places: Sequence[int] | None) -> int:
        back = [post for place, post in self._posts() if post.dead and (places is None or place in places)]
        for post in back:
            post.dead, post.tries = False, 0
        return len(back)

    async def told(self, after: int, limit: int) -> Sequence[Pending]:
        told = [Pending(place, post.event) for place, post in self._posts() if place > after]
        return told[:limit]

    async def newest(self) -> int:
        return len(self._outbox)

    async def depth(self) -> Depth:
        waiting = [post.event.time for post in self._outbox if not post.done and not post.dead]
        return Depth(len(waiting), min(waiting, default=None), sum(post.dead for _, post in self._posts()))
