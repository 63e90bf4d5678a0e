"""What a request's body may hold: a model for each address that takes one; `base.read` reads it.

Imported by the first request that has a body: pydantic's models take some milliseconds of a server's start.
"""

import json
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Base64Bytes, BaseModel, ConfigDict, Field, StringConstraints

from codegym_jlab.course.templates import Kind
from codegym_jlab.records import NAME_PATTERN, Json

MAX_SOURCE = 262_144  #: characters of one cell
MAX_CELLS = 2000
MAX_PEOPLE = 20_000
MAX_MESSAGE = 4_000  #: characters of a question to the tutor or to a person, and of an answer
MAX_QUOTED = 20_000  #: characters of an error or an output that goes with a question
MAX_POINTS = 1_000_000


def _finite(value: Json) -> Json:
    """Refuses numbers without end, which cannot be written again."""
    json.dumps(value, allow_nan=False)
    return value


Id = Annotated[str, Field(max_length=200)]
Line = Annotated[str, Field(max_length=1000)]
Source = Annotated[str, Field(max_length=MAX_SOURCE)]
#: Something is said, and no NUL, which PostgreSQL does not take.
Words = Annotated[str, StringConstraints(max_length=MAX_MESSAGE, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]
Quoted = Annotated[str, Field(max_length=MAX_QUOTED)]
Name = Annotated[str, Field(pattern=f"^{NAME_PATTERN}$")]
#: Of a file of a course, with `/`; no part of it is hidden, or leads out.
FileName = Annotated[str, Field(pattern=r"^[^/.\x00][^/\x00]{0,99}(/[^/.\x00][^/\x00]{0,99})*$")]
Key = Annotated[str, Field(pattern="^[0-9A-Za-z._:-]{1,100}$")]
Document = Annotated[Json, AfterValidator(_finite)]
Points = Annotated[float, Field(ge=0, le=MAX_POINTS)]


class Body(BaseModel):
    """A JSON object: these keys and no other, each of its own type and no other."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


class Nothing(Body):
    """For addresses that take no body."""


class Cell(Body):
    source: Source
    id: Id | None = None
    role: Literal["given", "answer"] | None = None
    exercise: Id | None = None


class SubmissionRequest(Body):
    course: Name
    exercise: Name
    kind: Literal["try", "submit"]
    source: Source  #: The answer cell.
    cells: list[Cell] = Field([], max_length=MAX_CELLS)  #: Code cells above it, in order.
    idempotency_key: Key
    claimed_at: AwareDatetime | None = None


class CancelRequest(Body):
    course: Name
    idempotency_key: Key


class DraftRequest(Body):
    course: Name
    unit: Name
    notebook: Document


class RepairRequest(Body):
    notebook: Document


class AuthorUnitRequest(Body):
    path: Line  #: Of the unit's file, below the server's folder.
    notebook: Document
    dry_run: bool = False


class AuthorTextRequest(Body):
    path: Line  #: Of a course's file, below the server's folder.
    text: str


class NewUnitRequest(Body):
    folder: Line = ""  #: Below the server's folder.
    unit: Line = "Unit"  #: What its title begins with; a number follows.
    course: Line = "My course"  #: The title of a course that is made.


class NewExerciseRequest(Body):
    path: Line  #: Of the unit's file, below the server's folder.
    kind: Kind


class AuthorCheckRequest(Body):
    path: Line
    exercise: Name


class BringRequest(Body):
    notebook: Document | None  #: As it is in the student's folder; null where there is none.


class QuestionRequest(Body):
    message: Words
    source: Source = ""  #: The answer cell as it stands; with the next two quoted data.
    last_error: Quoted | None = None
    output: Quoted | None = None
    wants: Literal["hint", "why", "explain_error", "review"] | None = None  #: What a button asks.
    llm: Line | None = None  #: Who is asked first, as `answerers` has it; "": none; null: as the settings have it.


class ThumbRequest(Body):
    thumb: int = Field(ge=-1, le=1)


class LlmRequest(Body):
    name: str = Field(max_length=300)  #: As `answerers` has it.


class TicketRequest(Body):
    question: Words
    share: list[Literal["answer", "hints", "conversation"]] = Field([], max_length=3)
    source: Source = ""  #: The answer cell as it stands.
    idempotency_key: Key | None = None  #: Twice the same is once.


class AnswerRequest(Body):
    answer: Words


class ClassChangeRequest(Body):
    title: Line = ""
    term: Line = ""
    time_zone: Id = ""
    contact: Line | None = None
    begins: AwareDatetime | None = None
    ends: AwareDatetime | None = None


class ClassRequest(ClassChangeRequest):
    id: Name
    course: Name
    title: Line
    term: Line
    time_zone: Id


class MemberRequest(Body):
    account: Id
    role: Literal["student", "grader", "instructor"] | None
    section: Id = ""


class MembersRequest(Body):
    people: list[MemberRequest] = Field([], max_length=MAX_PEOPLE)
    table: Source = ""  #: A CSV with a line of heads: account, role, section, name.
    leave_others: bool = False  #: Students who are not named leave.
    dry_run: bool = False


class ErasureRequest(Body):
    account: Id
    why: Words  #: Kept, with the time and with who did it.


class PlacingRequest(Body):
    account: Id
    team: Id | None


class TeamsRequest(Body):
    units: list[Id] = Field(max_length=200)
    people: list[PlacingRequest] = Field([], max_length=MAX_PEOPLE)
    table: Source = ""  #: A CSV with a line of heads: account, team.
    why: Line = ""  #: Kept; needed where somebody's score changes with the team.
    leave_others: bool = False  #: Who is not named leaves their team of these units.
    dry_run: bool = False


class TeamNameRequest(Body):
    unit: Id
    team: Id
    name: Id


class ScopeRequest(Body):
    """Of a person or a team (no section: of one of them), in a unit or an exercise."""

    account: Id = ""
    team: Id = ""  #: By name, of the unit or of the exercise's.
    unit: Id = ""
    exercise: Id = ""


class PolicyRequest(ScopeRequest):
    section: Id = ""
    set: Document | None = None  #: Fields as in a course's `policy`; null lifts a bound.
    clear: list[Annotated[str, Field(max_length=50)]] | None = Field(None, max_length=100)
    why: Line = ""


class ExtensionRequest(ScopeRequest):
    by: timedelta | None = Field(None, gt=timedelta(), le=timedelta(days=3660))  #: ISO 8601: PT30M, P2D.
    until: AwareDatetime | None = None
    why: Line


class PublishRequest(Body):
    version: Annotated[str, Field(max_length=64)] | None = None
    note: Line = ""
    anyway: bool = False  #: Publish though the check of the course finds something.
    files: dict[FileName, Base64Bytes] = Field({}, max_length=MAX_CELLS)  #: The course itself, not the server's folder.
    dry_run: bool = False  #: Only say what would change.


class LookedAtFirst(Body):
    why: Line | None = None  #: Record it, with this reason; null: only look.

    @property
    def dry_run(self) -> bool:
        """Nothing is recorded."""
        return self.why is None


class RegradeRequest(LookedAtFirst):
    exercise: Id
    after: list[Id] | None = Field(None, min_length=2, max_length=2)  #: `next` of the page before.
    allow_lower: bool = False  #: Let scores fall, too.


class ImportRequest(LookedAtFirst):
    upload: Base64Bytes  #: A zip of notebooks.
    after: int = Field(0, ge=0)  #: `next` of the page before.
    received_at: AwareDatetime | None = None  #: Of what says nothing itself.
    table: Source = ""  #: A CSV that says whose each file is: file, account, received_at.
    why: Words | None = None  #: Hand it in, for this reason; null: only look.


class GivenPoints(Body):
    id: Id  #: A line of the rubric.
    points: Points


class MarksRequest(Body):
    points: Points | None = None  #: Where there is no rubric.
    items: list[GivenPoints] = Field([], max_length=100)  #: Every line of the rubric.
    comment: Annotated[str, Field(max_length=10_000)] = ""  #: To the student.
    why: Line = ""  #: For the history; needed where it was marked before.
    allow_lower: bool = False  #: The score may fall by it.
    #: Lines whose points are a model's draft, accepted as it is; without a rubric the empty one.
    accepted: list[Id] = Field([], max_length=100)


Mode = Literal["exercise", "checks", "hints", "misconceptions", "variant", "translation"]
Case = Annotated[str, Field(max_length=500)]


class DraftTerms(Body):
    course: Name
    unit: Name | None = None  #: By default the last one, or that of the exercise.
    mode: Mode = "exercise"
    exercise: Id = ""  #: In all modes but `exercise`.
    cases: list[Case] = Field([], max_length=20)  #: Python expressions that hold: f(2) == 4.
    language: Annotated[str, Field(max_length=35)] = ""  #: Of a translation.


class NewDraftRequest(DraftTerms):
    topic: Words
    llms: list[Line] = Field([], max_length=10)  #: As `llms` shows them, in order; default: all.
    tries: Annotated[int, Field(ge=1, le=10)] = 3


class WishRequest(Body):
    draft: Id
    wish: Words  #: What is to be changed.


class ValidateRequest(DraftTerms):
    yaml: Quoted  #: An exercise, or items of the mode, as a model would write them.


class PartRequest(Body):
    """An exercise, a course, or code."""

    course: Name | None = None
    exercise: Id = ""
    code: Annotated[str, Field(max_length=20_000)] | None = None


ReviewPart = Literal["check", "leaks", "mutants", "coverage", "style", "complexity", "reading", "step"]


class ReviewRequest(PartRequest):
    parts: list[ReviewPart] = Field([], max_length=20)  #: Only these; default: all.
    llm: Line = ""  #: A model of the settings that adds prose; default: none is asked.
