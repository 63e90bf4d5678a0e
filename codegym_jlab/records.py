"""Submission, judgement, check result, verdict and score: pure records, no I/O.

Every other storey speaks of a submission in these words; they are frozen, and hold no behaviour but derivation.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

JUDGEMENT_MIME = "application/vnd.codegym.judgement+json"

#: A value on the wire: JSON only, tagged by kind (see `runner.wire`).
WireValue = Any


class Verdict(StrEnum):
    """What the checker says of an answer; how its process ended is `sandbox.base.ExitStatus`."""

    AC = "AC"  #: accepted
    WA = "WA"  #: wrong answer
    TLE = "TLE"  #: time limit
    RTE = "RTE"  #: stopped by an error
    CE = "CE"  #: SyntaxError
    MLE = "MLE"  #: memory limit
    OLE = "OLE"  #: output limit
    SV = "SV"  #: sandbox violation
    JE = "JE"  #: our fault

    @property
    def costs_attempt(self) -> bool:
        """CE and JE cost no attempt."""
        return self not in (Verdict.CE, Verdict.JE)


class Kind(StrEnum):
    """*try*: samples only, no attempt. *submit*: all checks. *draft*: kept, not judged."""

    TRY = "try"
    SUBMIT = "submit"
    DRAFT = "draft"


class State(StrEnum):
    """Where a submission stands, beside its verdict."""

    WAITING = "waiting"  #: stored, not judged yet
    JUDGED = "judged"
    AWAITING_REVIEW = "awaiting_review"  #: a person marks it
    CANCELLED = "cancelled"
    PARKED = "parked"  #: three JE: staff look at it
    KEPT = "kept"  #: a draft


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell of the student's notebook above the answer, in document order."""

    source: str
    id: str | None = None
    role: Literal["given", "answer"] | None = None
    exercise: str | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """One immutable send of one exercise. `person` is the random id within the offering, never a name."""

    id: str
    offering: str
    course: str
    exercise: str
    person: str
    submitter: str
    kind: Kind
    source: str
    cells: tuple[Cell, ...]
    idempotency_key: str
    received_at: datetime
    claimed_at: datetime | None = None
    attempt: int | None = None  #: the counted number, from 1; None for tries and drafts
    state: State = State.WAITING
    version: str | None = None  #: of a class: digest of the course that was published when it was received
    collected_from: str | None = None  #: the draft that was handed in for its person at the due time
    traceparent: str | None = None  #: of the request that brought it, where it is traced
    reason: str | None = None  #: why staff, its submitter, handed it in for its owner

    @property
    def is_prompt(self) -> bool:
        """It waits since it was received; else that was another time: it is a draft's, or staff say it."""
        return self.reason is None and self.collected_from is None

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of all cells sent: the same source again is answered from its stored judgement."""
        return source_digest(self.source, self.cells)


def source_digest(source: str, cells: tuple[Cell, ...]) -> str:
    """SHA-256 (hex) over the answer and the cells above it, with their roles."""
    body = [source, [[c.source, c.role, c.exercise] for c in cells]]
    return hashlib.sha256(json.dumps(body, ensure_ascii=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Frame:
    """One line of a traceback that is the student's own."""

    cell: str  #: "answer", or "cell 3" counted from 1 among the code cells above
    line: int
    function: str
    text: str


@dataclass(frozen=True, slots=True)
class Failure:
    """What stopped a piece of student code: an exception, or a limit."""

    type: str  #: exception type name, or the verdict code for a limit
    message: str
    line: int | None = None
    cell: str | None = None
    frames: tuple[Frame, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check of one judgement, whole: staff see it, a student sees what `grading.feedback` leaves of it."""

    check: str  #: the check's id
    label: str
    hidden: bool
    verdict: Verdict
    weight: float
    message: str = ""
    reveal: bool = False  #: `reveal: verdict`, the student sees the finer verdict
    expected: str | None = None  #: text as Python would show it, capped
    got: str | None = None
    diff: dict[str, Any] | None = None  #: see docs/understand/decisions/judgement.md
    stdout: str = ""
    failure: Failure | None = None

    @property
    def passed(self) -> bool:
        """True when the checker accepted it."""
        return self.verdict is Verdict.AC


@dataclass(frozen=True, slots=True)
class RubricMark:
    """What a person gave for one line of the rubric; the line as it was then, so that it is read years later."""

    id: str
    text: str
    points: float
    max_points: float


@dataclass(frozen=True, slots=True)
class ScorePart:
    """One summand of a score, from the checker or from a person."""

    source: Literal["checker", "person"]
    points: float
    max_points: float
    who: str | None = None  #: a person of the offering
    comment: str | None = None  #: to the student
    items: tuple[RubricMark, ...] = ()  #: of a person's, by line of the rubric


@dataclass(frozen=True, slots=True)
class Score:
    """Points reached of points to be had; half up to 2 decimals."""

    points: float
    max_points: float


@dataclass(frozen=True, slots=True)
class Notice:
    """A plain remark beside a judgement or a notebook; `code` is stable, `text` is for people."""

    code: str
    text: str
    args: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judgement:
    """One grading of one submission; at most one of a submission's judgements is current."""

    id: str
    submission: str
    verdict: Verdict
    score: Score
    parts: tuple[ScorePart, ...]
    checks: tuple[CheckResult, ...]
    hidden_not_run: int  #: hidden checks that a try leaves out
    stdout: str
    notices: tuple[Notice, ...]
    failure: Failure | None  #: of the answer cell itself
    course_digest: str
    environment_digest: str
    seed: str
    level: str  #: sandbox level
    wall_ms: float
    judged_at: datetime

    @property
    def marks(self) -> ScorePart | None:
        """What a person gave; None where nobody marked it."""
        return next((part for part in self.parts if part.source == "person"), None)
