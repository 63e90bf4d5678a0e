"""What the addresses answer to anyone: courses, submissions, the tutor, health, and the messages of the stream.

Shapes for the description (`openapi.py`) and for tests, which hold every real answer against them; an answer is not
built from them, so that it costs no time.
"""

# mypy: disable-error-code="valid-type"

from datetime import datetime
from typing import Any, ClassVar, Literal, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, RootModel, create_model

from codegym_jlab.course.notebook import Lesson
from codegym_jlab.course.policy import TutorAccess
from codegym_jlab.course.schema import Answer as AnswerKind
from codegym_jlab.llm import chain, status
from codegym_jlab.records import Json
from codegym_jlab.store import base

from ...course import repair
from ...grading import progress
from ...grading.workspace import Brought, Opened  # noqa: F401  (answered as they are)
from ...tutor import ladder, question
from ...tutor.diagnosis import example


class Answer(BaseModel):
    """A JSON object that has these keys and no other. Those without a default are always there."""

    model_config = ConfigDict(extra="forbid", defer_build=True)
    record: ClassVar[type | None] = None  #: the data class that it is like


def like(name: str, record: type, /, *but: str, **other: Any) -> type[Answer]:
    """One that has the fields of a data class, `but` these, and `other` ones beside them or in their place."""
    kinds = {key: kind for key, kind in get_type_hints(record).items() if key not in but} | other
    fields: Any = {key: (kind, ...) for key, kind in kinds.items()}
    made: type[Answer] = create_model(name, __base__=Answer, **fields)
    made.record = record
    return made


class ErrorBody(Answer):
    code: str
    message: str
    details: Json


class Error(Answer):
    error: ErrorBody


class CourseFacts(Answer):
    id: str
    title: str
    language: str
    description: str


class CourseRow(CourseFacts):
    broken: bool
    errors: list[str]  #: For staff: FILE:LINE: what is wrong; what to write.
    folder: str | None  #: Where those files are below the server's folder; null where they are elsewhere.
    exercises: int
    done: int
    points: float
    max_points: float
    next_due: datetime | None
    practice: bool  #: Nothing of it is ever due, and no attempts are counted.
    state: Literal["not_started", "started", "done"]
    time_zone: str | None


class SandboxLevel(Answer):
    level: str
    why: str


class Catalogue(Answer):
    courses: list[CourseRow]
    errors: list[str]  #: For staff: what is wrong with config.yaml.
    sandbox: SandboxLevel
    place: Literal["local", "binder", "class"]
    version: str


class Example(Answer):
    folder: str  #: Where the course lies now.


Exercise = like(
    "Exercise", progress.Standing, "done", "takes_answers", answer=AnswerKind, count=Literal["best", "last"]
)


Unit = like("Unit", progress.UnitStanding, path=str | None, done=int, lessons=list[Lesson], exercises=list[Exercise])


class GoOn(Answer):
    unit: str
    exercise: str


class KernelChoice(Answer):
    name: Literal["codegym-python3", "python3"]
    why: str


class Viewer(Answer):
    name: str
    roles: list[Literal["student", "grader", "instructor", "admin"]]


class CoursePage(Answer):
    course: CourseFacts
    units: list[Unit]
    points: float
    max_points: float
    done: int
    total: int
    go_on: GoOn | None
    kernel: KernelChoice  #: On which notebooks are opened; `why` where it is the plain one.
    time_zone: str | None
    person: Viewer


class GivenHint(Answer):
    rung: int
    text: str


Hints = like("Hints", ladder.Hints, given=list[GivenHint])


class Starter(Answer):
    source: str


class WantedPicture(Answer):
    png: str  #: In base64.
    kind: str | None  #: bar, barh, line, scatter, pie or image.
    title: str
    xlabel: str
    ylabel: str
    rows: list[list[str]]  #: Name and height of each bar, else x and y of each point; at most 100.


class Picture(Answer):
    picture: WantedPicture | None


class Outcome(Answer):
    call: str
    got: str
    wanted: str


class Given(Answer):
    outcome: Outcome | None


Repaired = like("Repaired", repair.Repaired, "unit")


class Submission(Answer):
    id: str
    state: Literal["waiting", "judged", "awaiting_review", "cancelled", "parked", "kept"]
    kind: Literal["try", "submit", "draft"]
    received_at: datetime
    not_before: datetime | None  #: While it waits for its turn (`policy.rate`).
    ahead: int | None = None  #: While it waits here: how many are judged before it.
    claimed_at: datetime | None = None  #: For staff: the browser's own clock.


class Judgement(BaseModel):
    """What the student may see; its own JSON Schema is grading/judgement.schema.json."""

    model_config = ConfigDict(extra="allow", defer_build=True)

    schema_: Literal[1] = Field(alias="schema")
    submission: Any
    course: Any
    exercise: Any
    state: Any


class Bundle(Answer):
    """The output that the notebook keeps."""

    judgement: Json = Field(alias="application/vnd.codegym.judgement+json")
    text_plain: str = Field(alias="text/plain")
    text_html: str = Field(alias="text/html")


class SubmissionAnswer(Answer):
    submission: Submission
    judgement: Judgement | None
    bundle: Bundle | None
    exercise: Exercise


DiagnosisTurn = like("DiagnosisTurn", example.Turn)
WatchedPart = like("WatchedPart", example.WatchedPart)
Watched = like("Watched", example.Watched, parts=list[WatchedPart])
DiagnosisExample = like(
    "DiagnosisExample", example.Example, *example.UNSAID, turns=list[DiagnosisTurn], watched=Watched | None
)


class HintPrice(Answer):
    rung: int
    total: int
    cost: float


class Diagnosis(Answer):
    state: Literal["off", "looking", "hint", "found", "none"]  #: `hint`: it is told for its price.
    lines: list[int]  #: Of the answer, from 1. None: the author's own words are the question.
    question: str
    example: DiagnosisExample | None  #: The smallest that shows it; never a hidden test.
    hint: HintPrice | None


class ReceiptClaims(Answer):
    """What is signed, as RFC 8785 writes JSON."""

    type: Literal["codegym-receipt"]
    version: Literal[1, 2]  #: 2 where another than its owner sent it, as one of a team does.
    about: str  #: What it proves and to whom, in words.
    server: Literal["local", "class"]  #: local: proves nothing to others.
    key: str  #: The first 16 hex digits of the SHA-256 of the public key.
    issued_at: datetime
    submission: str
    offering: str
    course: str
    exercise: str
    person: str  #: The owner's random id in the offering; a team's, where one owns it.
    submitter: str | None = None  #: Version 2: who sent it.
    kind: Literal["try", "submit", "draft"]
    state: str
    source_sha256: str
    cells_sha256: str
    received_at: datetime  #: The server's clock when it came; this decides.
    judgement: str | None  #: Null where there is none or it is not shown yet.
    judged_at: datetime | None
    verdict: str | None
    score: float | None
    max_score: float | None


class ReceiptSignature(Answer):
    algorithm: Literal["Ed25519"]
    value: str


class Receipt(Answer):
    claims: ReceiptClaims  #: What is signed, as RFC 8785 writes JSON.
    signature: ReceiptSignature


class Kept(Answer):
    kept: list[str]


class Alive(Answer):
    alive: Literal[True]


class HealthNote(Answer):
    code: str
    text: str


class Ready(Answer):
    ready: Literal[True]
    notes: list[HealthNote]


TutorReply = like("TutorReply", question.Reply)
Turn = like("Turn", question.Said, reply=TutorReply | None)


class Fetched(Answer):
    done: int
    total: int


class Answerer(Answer):
    name: str
    state: status.State
    share: float | None  #: Of what is fetched, 0 to 1.
    bytes: Fetched | None
    pace: chain.Pace | None  #: Of its last answer.
    note: str | None  #: What is wrong and what to do.
    pulls: bool  #: Whoever asks may fetch it.


class Conversation(Answer):
    turns: list[Turn]
    earlier: list[Turn]  #: What was put away when a new conversation began.
    tutor: TutorAccess
    answerers: list[Answerer]


class PullPulling(Answer):
    type: Literal["pulling"]
    doing: str
    done: int
    total: int


class PullDone(Answer):
    type: Literal["done"]
    stopped: bool


class PullError(Answer):
    type: Literal["error"]
    code: str
    message: str
    details: Json


class PullEvent(RootModel[PullPulling | PullDone | PullError]):
    """One line of the answer."""


class TalkStatus(Answer):
    type: Literal["status"]
    code: Literal["thinking", "trying"]


class TalkPiece(Answer):
    type: Literal["piece"]
    text: str


class TalkAgain(Answer):
    type: Literal["again"]
    by: str | None


class TalkDone(Answer):
    type: Literal["done"]
    turn: Turn


class TalkEvent(RootModel[TalkStatus | TalkPiece | TalkAgain | TalkDone | PullError]):
    """One line of the answer."""


Ticket = like("Ticket", base.Ticket, "offering", "person", shared=list[str])


class TicketMessage(Answer):
    type: Literal["ticket"]
    course: str
    ticket: Ticket


class Tickets(Answer):
    contact: str | None
    tickets: list[Ticket]


class Health(Alive):
    ready: bool


class JudgementMessage(SubmissionAnswer):
    type: Literal["judgement"]
    course: str
    tab: str


class ProgressMessage(Answer):
    """A hint was given (`exercise`), or a unit was opened (`unit`, `path`) in another tab."""

    type: Literal["progress"]
    course: str
    exercise: Exercise | None = None
    unit: str | None = None
    path: str | None = None


class ClassMessage(Answer):
    """Something was judged in a class: to its staff who look at it, once in two seconds at most."""

    type: Literal["class"]
    offering: str


class CourseMessage(Answer):
    """A course has changed, appeared or gone."""

    type: Literal["course"]
    course: str
