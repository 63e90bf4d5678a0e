"""What the managers and the records say to each other: submissions, talks with the tutor, a person's own data.

No database is imported here. A decision that depends on what is stored (may this be accepted, what does this judgement
change) is a pure function handed in and run inside the transaction: so it is never stale and never half done.
All times are UTC and aware. Erasing a person leaves scores under a random id that names nobody.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any

from codegym_jlab.files import table_beside
from codegym_jlab.records import DomainError, Event, Judgement, State, Submission, frozen

from .classes import Override


class StoreError(DomainError):
    """The records cannot be used."""


class StoreUnavailable(StoreError):
    """The records cannot be read or written now; the text says why and what to do. Nothing was changed."""

    retry_after_s = 5.0


def causes(database: str) -> dict[str, str]:
    """What it says → what has happened and what to do."""
    told: dict[str, str] = table_beside(__file__, "causes.toml")[database]
    return told


class StoreTooNew(StoreError):
    """The records were written by a newer CodeGYM than this one."""


class KeyTaken(StoreError):
    """This was sent before with other content. Reload the page and send it again."""


#: A person and an exercise: whose line of progress, and of what.
LineKey = tuple[str, str]


@frozen
class Backlog:
    """Of all offerings, whichever server accepted them."""

    waiting: int  #: stored, and not judged
    oldest: datetime | None  #: when the oldest of them was received; not of what is a draft's or staff's
    parked: int  #: not judged three times, by our fault


@frozen
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

    @property
    def key(self) -> LineKey:
        """Whose line it is, and of what."""
        return self.person, self.exercise


@frozen
class Ledger:
    """What the records hold of one person and one exercise, as one transaction saw it."""

    progress: Progress
    overrides: tuple[Override, ...] = ()  #: of the offering and of this person, any unit and exercise
    opened_at: datetime | None = None  #: first opening of the exercise's unit
    waiting: int = 0  #: submits of this exercise stored and not judged: each may yet cost an attempt
    repeat: bool = False  #: the submission in question has a judgement already, from the same source
    full_at: datetime | None = None  #: when the allowance of new sources is whole again; None: never drawn on


@frozen
class Ledgers:
    """What the records hold of one person in a whole offering."""

    progress: Mapping[str, Progress]  #: by exercise
    overrides: tuple[Override, ...]
    openings: Mapping[str, datetime]  #: by unit
    waiting: frozenset[str]  #: exercises with a try or submit that is stored and not judged


@frozen
class Found:
    """A stored submission and its current judgement. For a repeat that is the judgement of the same source before."""

    submission: Submission
    judgement: Judgement | None = None
    faults: int = 0  #: judgements of ours that ended in JE, and leases that ran out
    not_before: datetime | None = None  #: while it waits: not judged before this

    @property
    def judged(self) -> Judgement:
        """Its judgement, of what has one."""
        assert self.judgement is not None
        return self.judgement


@frozen
class Accepted:
    """What `accept` answers."""

    found: Found
    fresh: bool  #: False: this key was stored before, `found` is what it led to
    repeats: Judgement | None = None  #: fresh, but the same source has this judgement already


@frozen
class Turn:
    """When a new source may be judged, where the policy has a rate; and what that leaves of the allowance."""

    not_before: datetime | None  #: None: at once
    full_at: datetime  #: the ledger's, for the next one


@frozen
class Lease:
    """Who judges a submission, until when: another worker leaves it alone until then."""

    worker: str
    until: datetime


@frozen
class Claimed:
    """What the sweep took up."""

    submission: Submission
    faults: int  #: JE before, and leases that ran out: this one's too
    lost: bool  #: the lease before ran out: its worker stopped, or hung


@frozen
class Step:
    """What a judgement changes; made by the manager's pure function inside the second transaction."""

    state: State
    progress: Progress
    attempt: int | None = None  #: the counted number that this submission gets
    events: Sequence[Event] = ()
    retry_at: datetime | None = None  #: state WAITING: judge again, not before this


@frozen
class Recorded:
    """What `record` answers. Not `fresh`: it was judged or cancelled meanwhile, and nothing was changed."""

    found: Found
    progress: Progress
    fresh: bool


@frozen
class HintGiven:
    """One rung of the ladder, shown. Rungs count from 1."""

    rung: int
    given_at: datetime
    cost: float = 0.0


@frozen
class HandedIn:
    """What a person handed in for one exercise and has a judgement, the oldest first, and the line drawn from it.

    A judgement of another submission is that of the same source before.
    """

    progress: Progress
    found: tuple[Found, ...]


@frozen
class Revision:
    """What takes the place of what stands. No judgements: nothing is changed, `progress` and `events` neither."""

    judgements: Sequence[Judgement]
    progress: Progress
    events: Sequence[Event] = ()
    reviewed: Sequence[str] = ()  #: submissions that await review no more: awaiting_review → judged
    awaiting: Sequence[str] = ()  #: submissions that await it again: judged → awaiting_review


@frozen
class Given:
    """One judgement in the history of a submission: who gave it, and why, where it changed a score."""

    judgement: Judgement
    current: bool
    cause: str = "check"  #: `check`, `regrade`, `mark`
    who: str | None = None  #: a person of the offering
    why: str | None = None
    superseded_by: str | None = None  #: a judgement's id


@frozen
class KeptTurn:
    """One question and its answer. `reply` and `withheld` are JSON that the tutor alone reads."""

    id: str
    offering: str
    person: str
    exercise: str
    asked_at: datetime
    message: str
    intent: str
    reply: Mapping[str, Any] | None = None  #: None where it was stopped before there was one
    llm: str | None = None  #: which one answered; None: the course's own
    tokens: int = 0  #: that models read and wrote for it
    wall_ms: float = 0.0
    thumb: int = 0  #: 1: it helped; −1: it did not
    hidden: bool = False  #: the student began anew; it still counts
    withheld: tuple[Mapping[str, Any], ...] = ()  #: what was not shown, and why, for staff


@frozen
class Asked:
    """How often something was asked in a class, and how the answers fared."""

    exercise: str
    intent: str
    turns: int
    helped: int
    unhelped: int
    withheld: int  #: turns of which something was not shown
    by_llm: int  #: turns that a model answered


@frozen
class Spent:
    """Tokens since a time: of one person, and of all."""

    person: int
    offering: int


@frozen
class Narrow:
    """What of a class is looked at; a field that is None leaves nothing out."""

    exercise: str | None = None
    section: str | None = None  #: of who asked, as they are enrolled now
    since: datetime | None = None


ALL = Narrow()


@frozen
class Ticket:
    """One question to a person. What was asked never changes; it is answered once or more, the last answer stands."""

    id: str
    offering: str
    person: str
    exercise: str
    asked_at: datetime
    question: str
    shared: Mapping[str, Any] = field(default_factory=dict)  #: what the student sent with it
    answer: str | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None  #: the name that the student is shown


@frozen
class ExerciseDraft:
    """What an author has a model write. `ordered` and `attempts` are JSON that `authoring.sessions` alone reads."""

    id: str
    account: str
    ordered: Mapping[str, Any]
    created_at: datetime
    attempts: Sequence[Mapping[str, Any]] = ()
    state: str = "waiting"  #: waiting, drafting, done, stopped, failed
    worker: str = ""  #: the process that works on it
    why: str = ""  #: of one that failed


@frozen
class GivenMarks:
    """One marker's marks, or a model's draft of them, which stand beside what is recorded of a submission."""

    submission: str
    giver: str  #: the marker's person; of a draft the model's name
    offering: str
    person: str  #: who owns the submission
    exercise: str
    drafted: bool
    points: float
    items: Sequence[Mapping[str, Any]]  #: `id` and `points` of each line of the rubric; of a draft more
    comment: str
    given_at: datetime
    accepted: tuple[str, ...] = ()  #: as in `ScorePart`


@frozen
class DecidedDraft:
    """A model's draft of marks, and what a person gave."""

    exercise: str
    drafted: Sequence[Mapping[str, Any]]  #: as in `GivenMarks`
    given: Mapping[str, float]  #: by line of the rubric; under the empty text where there is none
    accepted: Collection[str]  #: lines that the person took as they were drafted


@frozen
class Holdings:
    """How much is kept of a person in one offering."""

    submissions: int  #: tries and submits whose source is kept
    drafts: int
    judgements: int  #: also those that others took the place of
    hints: int
    openings: int
    notebooks: int  #: as they were generated for the person
    overrides: int  #: set for this person alone
    turns: int = 0  #: of conversations with the tutor
    tickets: int = 0  #: questions to a person
    exercise_drafts: int = 0  #: that the account had a model write, in whatever course


@frozen
class Erasure:
    """That somebody was erased, when, by which account, and why."""

    offering: str
    person: str
    erased_at: datetime
    who: str
    why: str


@frozen
class Stale:
    """A page of what is old. `after` begins the next one; None: this was the last."""

    ids: Sequence[Any]  #: texts, or the numbers of events
    after: Any


#: Raises the manager's own error where the submission may not be accepted; its turn, where turns are taken.
Admit = Callable[[Ledger], Turn | None]
#: The progress as it was and the number of JE before → what changes.
Advance = Callable[[Progress, int], Step]
#: What stands now → what takes its place.
Revise = Callable[[HandedIn], Revision]
#: The progress and the hints given so far → the next one, the progress with it, its event; or the manager's error.
Give = Callable[[Progress, Sequence[HintGiven]], tuple[HintGiven, Progress, Event]]
