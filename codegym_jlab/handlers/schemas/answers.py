"""What the addresses answer to anyone: courses, submissions, the tutor, health, and the messages of the stream.

Shapes for the description (`openapi.py`) and for tests, which hold every real answer against them; an answer is not
built from them, so that it costs no time.
"""

# mypy: disable-error-code="valid-type"

from datetime import datetime
from typing import Any, Literal, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, RootModel, create_model

from codegym_jlab import records
from codegym_jlab.course.policy import TutorAccess
from codegym_jlab.course.schema import Answer as AnswerKind
from codegym_jlab.course.validation import meaning
from codegym_jlab.llm import chain, status
from codegym_jlab.records import Json

from ...tutor import ladder, question
from ...tutor.diagnosis import example


class Answer(BaseModel):
    """A JSON object that has these keys and no other. Those without a default are always there."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


def shape(name: str, /, **fields: Any) -> type[Answer]:
    """A small one: its keys, and of what type each is."""
    definitions: Any = {key: (kind, ...) for key, kind in fields.items()}
    made: type[Answer] = create_model(name, __base__=Answer, **definitions)
    return made


def like(name: str, record: type, /, **other: Any) -> type[Answer]:
    """One that has the fields of a data class, but those that are `other`."""
    return shape(name, **get_type_hints(record) | other)


ErrorBody = shape("ErrorBody", code=str, message=str, details=Json)
Error = shape("Error", error=ErrorBody)


class CourseRow(Answer):
    id: str
    title: str
    language: str
    description: str
    broken: bool
    errors: list[str] = meaning("For staff: FILE:LINE: what is wrong; what to write.")
    folder: str | None = meaning("Where those files are below the server's folder; null where they are elsewhere.")
    exercises: int
    done: int
    points: float
    max_points: float
    next_due: datetime | None
    practice: bool = meaning("Nothing of it is ever due, and no attempts are counted.")
    state: Literal["not_started", "started", "done"]
    time_zone: str | None


SandboxLevel = shape("SandboxLevel", level=str, why=str)


class Catalogue(Answer):
    courses: list[CourseRow]
    errors: list[str] = meaning("For staff: what is wrong with config.yaml.")
    sandbox: SandboxLevel
    place: Literal["local", "binder", "class"]
    version: str


class Example(Answer):
    folder: str = meaning("Where the course lies now.")


CourseFacts = shape("CourseFacts", id=str, title=str, language=str, description=str)
LateOffer = shape("LateOffer", share=float, until=datetime | None)
Counting = shape("Counting", score=float | None, submitted_at=datetime | None)
Attempts = shape("Attempts", used=int, max=int, left=int)
HintCount = shape("HintCount", given=int, total=int)


class Exercise(Answer):
    id: str
    title: str
    excused: bool = meaning("It leaves the points and their maximum.")
    dropped: Literal["exercise", "unit"] | None = meaning(
        "It leaves them, too: it is, or its unit is, among the lowest so far."
    )
    team: str | None = meaning("The team whose score and attempts these are; null: the person's own.")
    points: float
    answer: AnswerKind
    bonus: bool = meaning("Its points come on top of the maximum.")
    picture: bool = meaning("There is a picture of the figure that it asks for.")
    concepts: list[str]
    status: Literal["not_started", "tried", "submitted", "kept", "locked", "closed", "awaiting_review"]
    tried_at: datetime | None
    submitted_at: datetime | None
    score: float | None
    max_score: float
    counts: bool
    counting: Counting | None
    late_s: float | None
    attempts: Attempts | None
    tries: int = meaning("Judged answers that could count, however many are allowed.")
    count: Literal["best", "last"] = meaning("Which of several that were handed in counts.")
    hints: HintCount
    due: datetime | None
    late: LateOffer | None = meaning("Past due: the share of a late answer that counts, and until when.")
    opens: datetime | None


Lesson = shape("Lesson", id=str, title=str, minutes=int, before=str | None)


class Unit(Answer):
    id: str
    title: str
    path: str | None = meaning("The notebook as the file browser knows it.")
    due: datetime | None
    late: LateOffer | None = meaning("Past due: the share of a late answer that counts, and until when.")
    opens: datetime | None
    locked: bool
    done: int
    total: int
    lessons: list[Lesson] = meaning("What there is to read, each before the exercise that follows it.")
    exercises: list[Exercise]


GoOn = shape("GoOn", unit=str, exercise=str)
KernelChoice = shape("KernelChoice", name=Literal["codegym-python3", "python3"], why=str)
Viewer = shape("Viewer", name=str, roles=list[Literal["student", "grader", "instructor", "admin"]])


class CoursePage(Answer):
    course: CourseFacts
    units: list[Unit]
    points: float
    max_points: float
    done: int
    total: int
    go_on: GoOn | None
    kernel: KernelChoice = meaning("On which notebooks are opened; `why` where it is the plain one.")
    time_zone: str | None
    person: Viewer


Notice = like("Notice", records.Notice)
Opened = shape("Opened", path=str, created=bool, notices=list[Notice], kernel=str)


class Brought(Answer):
    notebook: Json
    changed: Literal["", "mark", "cells"] = meaning("`mark`: nothing but CodeGYM's own mark is new.")
    notices: list[Notice]
    kernel: str
    files: list[tuple[str, str]] = meaning("The course's data files: path, SHA-256.")


GivenHint = shape("GivenHint", rung=int, text=str)


NextHint = like("NextHint", ladder.NextHint)
Hints = shape("Hints", given=list[GivenHint], total=int, next=NextHint | None)
Starter = shape("Starter", source=str)


class WantedPicture(Answer):
    png: str = meaning("In base64.")
    kind: str | None = meaning("bar, barh, line, scatter, pie or image.")
    title: str
    xlabel: str
    ylabel: str
    rows: list[list[str]] = meaning("Name and height of each bar, else x and y of each point; at most 100.")


Picture = shape("Picture", picture=WantedPicture | None)
Outcome = shape("Outcome", call=str, got=str, wanted=str)
Given = shape("Given", outcome=Outcome | None)
Repaired = shape("Repaired", notebook=Json, changed=bool, notices=list[Notice])


class Submission(Answer):
    id: str
    state: Literal["waiting", "judged", "awaiting_review", "cancelled", "parked", "kept"]
    kind: Literal["try", "submit", "draft"]
    received_at: datetime
    not_before: datetime | None = meaning("While it waits for its turn (`policy.rate`).")
    ahead: int | None = meaning("While it waits here: how many are judged before it.", None)
    claimed_at: datetime | None = meaning("For staff: the browser's own clock.", None)


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
DiagnosisExample = like("DiagnosisExample", example.Example, turns=list[DiagnosisTurn])
HintPrice = shape("HintPrice", rung=int, total=int, cost=float)


class Diagnosis(Answer):
    state: Literal["off", "looking", "hint", "found", "none"] = meaning("`hint`: it is told for its price.")
    lines: list[int] = meaning("Of the answer, from 1. None: the author's own words are the question.")
    question: str
    example: DiagnosisExample | None = meaning("The smallest that shows it; never a hidden test.")
    hint: HintPrice | None


class ReceiptClaims(Answer):
    """What is signed, as RFC 8785 writes JSON."""

    type: Literal["codegym-receipt"]
    version: Literal[1, 2] = meaning("2 where another than its owner sent it, as one of a team does.")
    about: str = meaning("What it proves and to whom, in words.")
    server: Literal["local", "class"] = meaning("local: proves nothing to others.")
    key: str = meaning("The first 16 hex digits of the SHA-256 of the public key.")
    issued_at: datetime
    submission: str
    offering: str
    course: str
    exercise: str
    person: str = meaning("The owner's random id in the offering; a team's, where one owns it.")
    submitter: str | None = meaning("Version 2: who sent it.", None)
    kind: Literal["try", "submit", "draft"]
    state: str
    source_sha256: str
    cells_sha256: str
    received_at: datetime = meaning("The server's clock when it came; this decides.")
    judgement: str | None = meaning("Null where there is none or it is not shown yet.")
    judged_at: datetime | None
    verdict: str | None
    score: float | None
    max_score: float | None


ReceiptSignature = shape("ReceiptSignature", algorithm=Literal["Ed25519"], value=str)


class Receipt(Answer):
    claims: ReceiptClaims = meaning("What is signed, as RFC 8785 writes JSON.")
    signature: ReceiptSignature


Kept = shape("Kept", kept=list[str])
Alive = shape("Alive", alive=Literal[True])
HealthNote = shape("HealthNote", code=str, text=str)
Ready = shape("Ready", ready=Literal[True], notes=list[HealthNote])
Choice = like("Choice", question.Choice)


TutorReply = like("TutorReply", question.Reply, choices=list[Choice])
Turn = like("Turn", question.Said, reply=TutorReply | None)
Fetched = shape("Fetched", done=int, total=int)
Pace = like("Pace", chain.Pace)


class Answerer(Answer):
    name: str
    state: status.State
    share: float | None = meaning("Of what is fetched, 0 to 1.")
    bytes: Fetched | None
    pace: Pace | None = meaning("Of its last answer.")
    note: str | None = meaning("What is wrong and what to do.")
    pulls: bool = meaning("Whoever asks may fetch it.")


class Conversation(Answer):
    turns: list[Turn]
    earlier: list[Turn] = meaning("What was put away when a new conversation began.")
    tutor: TutorAccess
    answerers: list[Answerer]


Llms = shape("Llms", answerers=list[Answerer])
PullPulling = shape("PullPulling", type=Literal["pulling"], doing=str, done=int, total=int)
PullDone = shape("PullDone", type=Literal["done"], stopped=bool)


class PullError(Answer):
    type: Literal["error"]
    code: str
    message: str
    details: Json


class PullEvent(RootModel[PullPulling | PullDone | PullError]):
    """One line of the answer."""


TalkStatus = shape("TalkStatus", type=Literal["status"], code=Literal["thinking", "trying"])
TalkPiece = shape("TalkPiece", type=Literal["piece"], text=str)
TalkAgain = shape("TalkAgain", type=Literal["again"], by=str | None)
TalkDone = shape("TalkDone", type=Literal["done"], turn=Turn)


class TalkError(PullError):
    pass


class TalkEvent(RootModel[TalkStatus | TalkPiece | TalkAgain | TalkDone | TalkError]):
    """One line of the answer."""


class TicketFacts(Answer):
    id: str
    exercise: str
    asked_at: datetime
    question: str
    answer: str | None
    answered_at: datetime | None
    answered_by: str | None


class Ticket(TicketFacts):
    shared: list[str]


TicketMessage = shape("TicketMessage", type=Literal["ticket"], course=str, ticket=Ticket)
Tickets = shape("Tickets", contact=str | None, tickets=list[Ticket])
Health = shape("Health", alive=Literal[True], ready=bool)


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


class CourseMessage(Answer):
    """A course has changed, appeared or gone."""

    type: Literal["course"]
    course: str
