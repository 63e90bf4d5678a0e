"""Submission, judgement, check result, verdict and score, the events that tell of them, ids; tasks in the background.

Every other storey speaks of a submission in these words; they are frozen, and hold no behaviour but derivation.

An event tells a person by the random id within the offering. It holds no name, no mail, no code, and nothing of a check
that the student may not see. Its id is derived from what it tells of, so that a consumer can drop the second copy.
"""

import ast
import asyncio
import hashlib
import json
import re
import secrets
import threading
import time as clock
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Any, Final, Literal, TypeVar, cast, dataclass_transform

from .runner.wire.frames import Json as Json
from .telemetry.traces import carry

K = TypeVar("K")
T = TypeVar("T")

NAME_PATTERN = "[A-Za-z0-9][A-Za-z0-9_-]{0,199}"  #: of courses, units and exercises


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(kind: type[T]) -> type[T]:
    """A class decorator: a dataclass whose values stay as they are, with slots."""
    return dataclass(frozen=True, slots=True)(kind)


class DomainError(Exception):
    """What cannot be done, in words of the domain; `handlers/base.py` knows the HTTP status of each `code`.

    The code of an error is its name in small letters, where its class or one above says no other.

    Where a subclass is raised without a message, its docstring is the message, with the details filled in; `details`
    are for programs. `said`: how the message is made, for a page in another language: `template`, with `%1` for the
    first of its `args`.
    """

    code = ""

    def __init__(self, message: str = "", **details: Any) -> None:
        doc, args = self.__doc__ or "", list[str]()

        def marked(field: re.Match[str]) -> str:
            args.append(field[0].format(**details))
            return f"%{len(args)}"

        super().__init__(message or doc.format(**details))
        self.code = self.code or re.sub(r"\B[A-Z]", r"_\g<0>", type(self).__name__).lower()
        self.details = details
        self.said: Json = {"template": message or re.sub(r"\{.+?\}", marked, doc), "args": args}


JUDGEMENT_MIME = "application/vnd.codegym.judgement+json"

STAFF = "staff_"  #: how the code of a notice begins that is for staff alone
#: No sandbox could be had: nobody's code was run, and what was sent is not to blame.
AWAY = STAFF + "sandbox_away"

LOCAL = "local:"  #: how the id of a computer's own offering begins

#: The account that work on the records is done for, also in tasks begun for it; empty: nobody's in particular.
ASKER: ContextVar[str] = ContextVar("codegym-asker", default="")

#: A value on the wire: JSON only, tagged by kind (see `runner.wire`).
WireValue = Any


def is_local(offering: str) -> bool:
    """True for the offering of one's own computer, which sees the course folder as it is."""
    return offering.startswith(LOCAL)


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


@frozen
class Cell:
    """A code cell of the student's notebook above the answer, in document order."""

    source: str
    id: str | None = None
    role: Literal["given", "answer"] | None = None
    exercise: str | None = None


@frozen
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
        body = [self.source, [[cell.source, cell.role, cell.exercise] for cell in self.cells]]
        return digest_of(json.dumps(body, ensure_ascii=True))


@frozen
class Frame:
    """One line of a traceback that is the student's own."""

    cell: str  #: "answer", or "cell 3" counted from 1 among the code cells above
    line: int
    function: str
    text: str


@frozen
class Failure:
    """What stopped a piece of student code: an exception, or a limit."""

    type: str  #: exception type name, or the verdict code for a limit
    message: str
    line: int | None = None
    cell: str | None = None
    frames: tuple[Frame, ...] = ()


@frozen
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
    diff: Json | None = None  #: see docs/understand/decisions/judgement.md
    stdout: str = ""
    failure: Failure | None = None

    @property
    def passed(self) -> bool:
        """True when the checker accepted it."""
        return self.verdict is Verdict.AC


@frozen
class RubricMark:
    """What a person gave for one line of the rubric; the line as it was then, so that it is read years later."""

    id: str
    text: str
    points: float
    max_points: float


@frozen
class ScorePart:
    """One summand of a score, from the checker or from a person."""

    source: Literal["checker", "person"]
    points: float
    max_points: float
    who: str | None = None  #: a person of the offering
    comment: str | None = None  #: to the student
    items: tuple[RubricMark, ...] = ()  #: of a person's, by line of the rubric
    #: lines whose points a model drafted and the person took as they were; the empty one: all of it
    accepted: tuple[str, ...] = field(default=(), compare=False)


@frozen
class Score:
    """Points reached of points to be had; half up to 2 decimals."""

    points: float
    max_points: float


@frozen
class Notice:
    """A plain remark beside a judgement or a notebook; `code` is stable, `text` is for people."""

    code: str
    text: str
    args: Json = field(default_factory=dict)

    @property
    def for_staff(self) -> bool:
        """A student is not shown it."""
        return self.code.startswith(STAFF)


@frozen
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
    def is_away(self) -> bool:
        """Nothing was run because no sandbox could be had."""
        return any(notice.code == AWAY for notice in self.notices)

    @property
    def marks(self) -> ScorePart | None:
        """What a person gave; None where nobody marked it."""
        return next((part for part in self.parts if part.source == "person"), None)


CODE_SUBMITTED: Final = "code_submitted"
GRADING_COMPLETE: Final = "grading_complete"
USER_PROGRESS_UPDATED: Final = "user_progress_updated"
HINT_GIVEN: Final = "hint_given"
COURSE_PUBLISHED: Final = "course_published"

EVENT_TYPES: Final = (CODE_SUBMITTED, GRADING_COMPLETE, USER_PROGRESS_UPDATED, HINT_GIVEN, COURSE_PUBLISHED)


@frozen
class Event:
    """One row of the outbox. Events of one `key` are delivered in the order in which they were committed."""

    id: str
    type: str
    key: str  #: the person's id in the offering, or the offering's id where it is about no person
    offering: str
    time: datetime
    data: Mapping[str, Any]  #: the body, as `schemas/<type>.yaml` describes it
    traceparent: str | None = None  #: of what wrote it, where that is traced (W3C Trace Context)

    @property
    def moment(self) -> str:
        """Its time, ISO 8601."""
        return str(iso(self.time))


@frozen
class Subject:
    """Whom and what an event is about."""

    offering: str
    course: str
    exercise: str
    person: str

    def event(self, type: str, about: str, time: datetime, **data: Any) -> Event:
        """An event of this person; `about` is the id of the record that it tells of."""
        return Event(f"{type}:{about}", type, self.person, self.offering, time, {**plain(self), **data}, carry())


def hint_given(subject: Subject, *, rung: int, cost: float, time: datetime) -> Event:
    """The next rung of the ladder was shown; its text is the course's and does not travel."""
    return subject.event(HINT_GIVEN, f"{subject.person}:{subject.exercise}:{rung}", time, rung=rung, cost=cost)


def course_published(*, offering: str, number: int, course: str, digest: str, time: datetime) -> Event:
    """An offering now holds this version of the course. `number` counts its publications: a version may come back."""
    data = {"offering": offering, "course": course, "number": number, "digest": digest}
    return Event(f"{COURSE_PUBLISHED}:{offering}:{number}", COURSE_PUBLISHED, offering, offering, time, data)


def resource_id(offering: str, exercise: str) -> str:
    """How the column of an exercise is known on a learning platform, in exports and by LTI."""
    return f"{offering}/{exercise}"


def without_nulls(fields: Mapping[str, T | None]) -> dict[str, T]:
    """Those that say something: the others have their defaults."""
    return {name: value for name, value in fields.items() if value is not None}


def without(fields: Mapping[str, T], *names: str) -> dict[str, T]:
    """All but those of these names."""
    return {name: value for name, value in fields.items() if name not in names}


def entries(text: str) -> list[str]:
    """What stands between the commas of a setting."""
    return [entry.strip() for entry in text.split(",") if entry.strip()]


def plain(record: Any, *but: str) -> Json:
    """The fields of a record, but these, as JSON has them; so of the records that it holds."""
    return {field.name: _plain(getattr(record, field.name)) for field in fields(record) if field.name not in but}


def some(record: Any, names: str) -> Json:
    """These fields of it, likewise."""
    return {name: _plain(getattr(record, name)) for name in names.split()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return list(map(_plain, value))
    return plain(value) if is_dataclass(value) else value


def shown(record: Any) -> Json:
    """As a record says itself that it is shown to programs; else it is plain."""
    told: Json = record.as_json() if hasattr(record, "as_json") else plain(record)
    return told


#: What time it is: the server's clock, or a test's.
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The server's clock."""
    return datetime.now(UTC)


def iso(time: datetime | None) -> str | None:
    """UTC, ISO 8601 with the offset, microseconds kept; None stays None."""
    return None if time is None else time.astimezone(UTC).isoformat()


def digest_of(what: str | bytes | Path) -> str:
    """SHA-256 (hex) of bytes, of a text in UTF-8, or of what is in a file. Raises OSError for that."""
    if isinstance(what, Path):
        with what.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    return hashlib.sha256(what.encode("utf-8", "surrogatepass") if isinstance(what, str) else what).hexdigest()


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICKS = 4096  #: of a millisecond, as many as rand_a tells apart
_UUID7 = re.compile(r"([0-9a-f]{12})7([0-9a-f]{3})")
_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """32 lowercase hex digits that sort by time: UUIDv7 (RFC 9562 §5.7) with the millisecond's fraction in rand_a.

    Each is greater than every one before it in this process (§6.2, method 3): a clock that goes back reorders nothing.
    """
    global _last
    with _lock:
        _last = max(clock.time_ns() * _TICKS // 1_000_000, _last + 1)
        ms, fraction = divmod(_last, _TICKS)
    return _uuid7(ms, fraction, secrets.randbits(62))


def id_at(moment: datetime, what: str) -> str:
    """For what came before it is written down: it sorts among the ids of then, and is the same for the same `what`."""
    us = (moment - _EPOCH) // timedelta(microseconds=1)
    ms, rest = divmod(max(us, 0), 1000)
    return _uuid7(ms, rest * _TICKS // 1000, int(digest_of(what)[:16], 16))


def _uuid7(ms: int, fraction: int, bits: int) -> str:
    return f"{ms:012x}7{fraction:03x}{0x8000 | bits & 0x3FFF:04x}{bits >> 14 & 0xFFFFFFFFFFFF:012x}"


def id_of(key: str) -> str:
    """A new id whose end tells `key`: the same for the same key, and no other's; see `mark_of`."""
    digest = int(digest_of(key)[:16], 16)
    return f"{new_id()[:16]}{(digest & (2**62 - 1)) | (2 << 62):016x}"


def mark_of(id: str) -> str:
    """The end of an id, by which `id_of` of the same key is known again."""
    return id[16:]


def go_on_after(newest: str | None) -> None:
    """Ids of this process sort after `newest`: called when the records are opened, whose clock may have been ahead."""
    global _last
    found = _UUID7.match(newest or "")
    if found is not None:
        with _lock:
            _last = max(_last, int(found[1], 16) * _TICKS + int(found[2], 16))


def in_parts(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """So many at a time, in their order."""
    return (items[start : start + size] for start in range(0, len(items), size))


def grouped(pairs: Iterable[tuple[K, T]]) -> dict[K, list[T]]:
    """What comes second in the pairs, by what comes first."""
    found: dict[K, list[T]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def begin_task(tasks: set[asyncio.Task[T]], work: Coroutine[Any, Any, T], name: str | None = None) -> asyncio.Task[T]:
    """Begin it in the background; it is among these tasks until it is over."""
    task = asyncio.create_task(work, name=name)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    return task


async def end_tasks(*tasks: asyncio.Future[Any] | None) -> None:
    """Cancel those that are there, and wait until they are over, however that comes."""
    there = [task for task in tasks if task is not None]
    for task in there:
        task.cancel()
    await asyncio.gather(*there, return_exceptions=True)


# -- Python's text → its tree, for one thread at a time. CPython counts how deep a tree goes for all threads at once: a
# finalizer that runs while a tree is made lets another thread in, and made there as well the trees spoil each other's
# count: "AST constructor recursion depth mismatch" (https://github.com/python/cpython/issues/106905).

_Call = TypeVar("_Call", bound=Callable[..., Any])
_ALONE = threading.RLock()


def _alone(call: _Call) -> _Call:
    @wraps(call)
    def waiting(*args: Any, **named: Any) -> Any:
        with _ALONE:
            return call(*args, **named)

    return cast(_Call, waiting)


parse = _alone(ast.parse)  #: the tree; it raises as `ast.parse` does
compile_tree = _alone(compile)  #: the tree, with `ast.PyCF_ONLY_AST` and other flags
literal_eval = _alone(ast.literal_eval)  #: the value; it raises as `ast.literal_eval` does
