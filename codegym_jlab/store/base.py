"""The store seam: what the managers need of the records, in the words of DESIGN.md §10.

`sql.py` keeps it in a database, `memory.py` in dicts (for unit tests, and where nothing may be kept). A decision that
depends on what is stored (may this be accepted, what does this judgement change) is a pure function handed in and run
inside the transaction: so it is never stale and never half done. All times are UTC and aware.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from codegym_jlab.events.records import Event
from codegym_jlab.events.relay import Letters, Outbox
from codegym_jlab.submission import Judgement, State, Submission

from .backlog import Backlog as Backlog
from .backlog import Watched
from .conversations import Conversations
from .errors import KeyTaken as KeyTaken
from .errors import StoreError as StoreError
from .errors import StoreTooNew as StoreTooNew
from .errors import StoreUnavailable as StoreUnavailable
from .ids import new_id as new_id
from .privacy import Privacy
from .register import Collecting, Register, Versions
from .register import Enrolment as Enrolment
from .register import Offering as Offering
from .register import Override as Override
from .retention import Retention
from .survey import Surveys
from .teams import Teams
from .tickets import Tickets


@dataclass(frozen=True, slots=True)
class Progress:
    """A person's line for one exercise, kept in step with the judgements by the transaction that writes them."""

    offering: str
    person: str
    exercise: str
    tried_at: datetime | None = None
    submitted_at: datetime | None = None  #: of the newest that was handed in, with the four below
    submission: str | None = None
    score: float | None = None  #: after lateness and hints
    max_score: float = 0.0
    late_s: float | None = None
    awaiting_review: bool = False
    counting_submission: str | None = None  #: the one that counts, with the three below
    counting_at: datetime | None = None
    counting_score: float | None = None
    counting_late_s: float | None = None
    solved: bool = False  #: accepted at least once
    attempts: int = 0  #: used
    hints: int = 0  #: given
    hint_cost: float = 0.0  #: points, of all hints given
    verdict: str | None = None  #: of the newest that was handed in, as staff see it; with the next
    failed: tuple[str, ...] = ()  #: ids of the checks that it did not pass


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the records hold of one person and one exercise, as one transaction saw it."""

    progress: Progress
    overrides: tuple[Override, ...] = ()  #: of the offering and of this person, any unit and exercise
    opened_at: datetime | None = None  #: first opening of the exercise's unit
    waiting: int = 0  #: submits of this exercise stored and not judged: each may yet cost an attempt
    repeat: bool = False  #: the submission in question has a judgement already, from the same source
    full_at: datetime | None = None  #: when the allowance of new sources is whole again; None: never drawn on


@dataclass(frozen=True, slots=True)
class Ledgers:
    """What the records hold of one person in a whole offering."""

    progress: Mapping[str, Progress]  #: by exercise
    overrides: tuple[Override, ...]
    openings: Mapping[str, datetime]  #: by unit
    waiting: frozenset[str]  #: exercises with a try or submit that is stored and not judged


@dataclass(frozen=True, slots=True)
class Found:
    """A stored submission and its current judgement. For a repeat that is the judgement of the same source before."""

    submission: Submission
    judgement: Judgement | None = None
    faults: int = 0  #: judgements of ours that ended in JE
    not_before: datetime | None = None  #: while it waits: not judged before this


@dataclass(frozen=True, slots=True)
class Accepted:
    """What `accept` answers."""

    found: Found
    fresh: bool  #: False: this key was stored before, `found` is what it led to
    repeats: Judgement | None = None  #: fresh, but the same source has this judgement already


@dataclass(frozen=True, slots=True)
class Turn:
    """When a new source may be judged, where the policy has a rate; and what that leaves of the allowance."""

    not_before: datetime | None  #: None: at once
    full_at: datetime  #: the ledger's, for the next one


@dataclass(frozen=True, slots=True)
class Lease:
    """Who judges a submission, until when: another worker leaves it alone until then."""

    worker: str
    until: datetime

    def too_far(self, now: datetime) -> datetime:
        """No lease lasts until then, and no pause after a fault: what says so was set by a clock that was ahead."""
        return now + 2 * max(self.until - now, timedelta()) + timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Step:
    """What a judgement changes; made by the manager's pure function inside the second transaction."""

    state: State
    progress: Progress
    attempt: int | None = None  #: the counted number that this submission gets
    events: Sequence[Event] = ()
    retry_at: datetime | None = None  #: state WAITING: judge again, not before this


@dataclass(frozen=True, slots=True)
class Recorded:
    """What `record` answers. Not `fresh`: it was judged or cancelled meanwhile, and nothing was changed."""

    found: Found
    progress: Progress
    fresh: bool


@dataclass(frozen=True, slots=True)
class HintGiven:
    """One rung of the ladder, shown. Rungs count from 1."""

    rung: int
    given_at: datetime
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What a person handed in for one exercise and has a judgement, the oldest first, and the line drawn from it.

    A judgement of another submission is that of the same source before.
    """

    progress: Progress
    found: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Revision:
    """What takes the place of what stands. No judgements: nothing is changed, `progress` and `events` neither."""

    judgements: Sequence[Judgement]
    progress: Progress
    events: Sequence[Event] = ()
    reviewed: Sequence[str] = ()  #: submissions that await review no more: awaiting_review → judged


@dataclass(frozen=True, slots=True)
class Given:
    """One judgement in the history of a submission: who gave it, and why, where it changed a score."""

    judgement: Judgement
    current: bool
    cause: str = "check"  #: `check`, `regrade`, `mark`
    who: str | None = None  #: a person of the offering
    why: str | None = None
    superseded_by: str | None = None  #: a judgement's id


#: Raises the manager's own error where the submission may not be accepted; its turn, where turns are taken.
Admit = Callable[[Ledger], Turn | None]
#: The progress as it was and the number of JE before → what changes.
Advance = Callable[[Progress, int], Step]
#: Told inside a transaction, in its thread, what `record` is about to return; it may yet come to nothing.
Foretell = Callable[[Recorded], object]
#: What stands now → what takes its place.
Revise = Callable[[HandedIn], Revision]
#: The progress and the hints given so far → the next one, the progress with it, its event; or the manager's error.
Give = Callable[[Progress, Sequence[HintGiven]], tuple[HintGiven, Progress, Event]]


class Submissions(Protocol):
    """The life of a submission."""

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
        """Transaction 1: store a try or submit and its events, leased to this worker, unless `admit` raises.

        What has to wait for its turn is leased to no one: the sweep takes it up (`found.not_before`).
        The same key of the same person again stores nothing and asks nothing. Raises KeyTaken, StoreUnavailable.
        """
        ...

    async def record(
        self, submission: Submission, judgement: Judgement, advance: Advance, foretell: Foretell | None = None
    ) -> Recorded:
        """Transaction 2: judgement, progress and events, if the submission still waits.

        A judgement of another submission is the answer to a repeat, and is referred to, not copied. `foretell` is
        called before the disk is waited for; only what it was told last, and this returns, has come true.
        Raises StoreUnavailable, and KeyError where there is no such submission.
        """
        ...

    async def find(self, submission: str) -> Found | None:
        """A submission with its current judgement, whole."""
        ...

    async def find_sent(self, offering: str, person: str, idempotency_key: str) -> str | None:
        """The id of the submission that this person sent under this key."""
        ...

    async def claim(self, lease: Lease, now: datetime, *, limit: int) -> Sequence[Submission]:
        """The sweep: lease the oldest submissions that wait, are due for judging and are leased to no one."""
        ...

    async def renew(self, lease: Lease, submissions: Sequence[str]) -> None:
        """They are still being judged by this worker."""
        ...

    async def cancel(self, submission: str) -> bool:
        """Waiting → cancelled. False where it does not wait any more."""
        ...

    async def postpone(self, submission: str, not_before: datetime) -> bool:
        """It could not be judged now, which is not its fault: leased to no one, it waits. False: it waits no more."""
        ...

    async def find_repeat(self, submission: Submission, course_digest: str) -> Judgement | None:
        """The judgement of the same source, kind and course before, unless that was JE."""
        ...

    async def keep(self, drafts: Sequence[Submission]) -> Sequence[str]:
        """Store those drafts whose source differs from the person's newest draft; returns their exercises."""
        ...


class Revisions(Protocol):
    """Judgements that take the place of others. None is ever edited or removed."""

    async def handed_in(
        self, offering: str, exercises: Collection[str], after: tuple[str, str], limit: int
    ) -> Sequence[HandedIn]:
        """A page by person and exercise; `after` is the last of the page before, two empty texts for the first."""
        ...

    async def lines_handed_in(
        self, offering: str, exercises: Collection[str], after: tuple[str, str], limit: int
    ) -> Sequence[tuple[str, str]]:
        """The same page, person and exercise alone."""
        ...

    async def count_handed_in(self, offering: str) -> Mapping[str, int]:
        """How many people handed something in, by exercise."""
        ...

    async def awaiting_review(self, offering: str, after: tuple[str, str], limit: int) -> Sequence[Progress]:
        """Lines whose newest submission a person has still to mark: a page by owner and exercise, as `handed_in`'s."""
        ...

    async def supersede(
        self, offering: str, person: str, exercise: str, revise: Revise, *, who: str | None, why: str, cause: str = ...
    ) -> bool:
        """Judgements, progress and events in one transaction, as `revise` says. False: nothing was to be changed.

        `revise` decides on what stands then; so that the same may be asked again after a crash. It may raise the
        manager's own error. `cause`: `regrade` where nothing else is said.
        """
        ...

    async def parked(self, offering: str) -> Sequence[Found]:
        """What could not be judged three times, by our fault: the oldest first."""
        ...

    async def try_again(self, offering: str, submission: str) -> bool:
        """Parked → waiting: judged once more, and parked again where that fails too. False: it is not parked."""
        ...

    async def history(self, submission: str) -> Sequence[Given]:
        """All judgements of a submission, the first one first."""
        ...


class Classbook(Protocol):
    """Who is in which offering, and what the records hold of them."""

    async def enrol(self, offering: Offering, user: str) -> Enrolment:
        """The person that `user` is in this offering; both are made where they are not there yet."""
        ...

    async def person(self, offering: str, user: str) -> str | None:
        """The random id of `user` in this offering."""
        ...

    async def make_person(self, offering: str, user: str) -> str:
        """The random id of `user` in an offering that is there, made where there is none: enrolled as nothing."""
        ...

    async def enrolment(self, offering: str, person: str) -> Enrolment | None:
        """What the sweep, which knows no user, needs of a submission's owner."""
        ...

    async def ledger(self, offering: str, person: str, unit: str, exercise: str) -> Ledger:
        """One exercise."""
        ...

    async def ledgers(self, offering: str, person: str) -> Ledgers:
        """All exercises of an offering."""
        ...

    async def opened(self, offering: str, person: str, unit: str, at: datetime) -> datetime:
        """The first opening of a unit: `at`, unless there was one before."""
        ...

    async def hints(self, offering: str, person: str, exercise: str) -> Sequence[HintGiven]:
        """The hints given, mildest first."""
        ...

    async def give_hint(self, offering: str, person: str, exercise: str, give: Give) -> tuple[HintGiven, Progress]:
        """One more hint, its progress and its event in one transaction."""
        ...

    async def keep_base(self, offering: str, person: str, unit: str, digest: str, body: str, at: datetime) -> None:
        """Keep a generated notebook, the base of the three-way merge; the same digest again changes nothing."""
        ...

    async def base(self, offering: str, person: str, unit: str, digest: str) -> str | None:
        """A generated notebook kept before."""
        ...


class Store(
    Submissions,
    Revisions,
    Classbook,
    Register,
    Teams,
    Versions,
    Collecting,
    Surveys,
    Privacy,
    Retention,
    Conversations,
    Tickets,
    Watched,
    Outbox,
    Letters,
    Protocol,
):
    """All records of one installation."""

    async def open(self) -> None:
        """Called once before anything else: makes or migrates the database. Raises StoreUnavailable, StoreTooNew."""
        ...

    async def warm(self) -> None:
        """A check comes soon: what it asks of the records is made ready. Nothing of it is asked."""
        ...

    async def close(self) -> None:
        """Let go of files and threads. May be called twice."""
        ...
