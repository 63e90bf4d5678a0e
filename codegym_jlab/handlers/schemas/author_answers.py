"""What the addresses for authors answer: a unit as their notebook, the check of an exercise, drafts, reviews."""

# mypy: disable-error-code="valid-type"

from datetime import datetime
from typing import Literal

from pydantic import RootModel

from codegym_jlab.course.validation import CourseError
from codegym_jlab.records import Json

from ...authoring import draft, review as reviewer
from ...authoring.leaks import Finding
from .answers import Answer, PullError, like


class AuthorUnit(Answer):
    name: str
    path: str  #: Below the server's folder.
    writable: bool
    created: datetime
    last_modified: datetime
    content: Json | None  #: A notebook (nbformat 4.5); null after writing.
    changes: int | None = None  #: Of a dry run: lines of the file that would be others.


class AuthorSchema(Answer):
    json_schema: Json | None


AuthorError = like("AuthorError", CourseError, here=bool)


class AuthorPreview(Answer):
    errors: list[AuthorError]  #: Of the whole course; `here`: in this file.
    notebook: Json | None  #: As a student gets it; null where it cannot be read.


class AuthorMutant(Answer):
    id: str
    kind: str
    line: int
    diff: str


class AuthorSurvivor(AuthorMutant):
    suggestion: str | None  #: A check that kills it: YAML, an item of `checks`.
    found: str | None  #: What solution and mutant do with its input, in Markdown.
    tried: int  #: How many inputs.


class AuthorMutants(Answer):
    total: int
    killed: int
    equivalent: int
    share: float
    survivors: list[AuthorSurvivor]
    dead: list[AuthorMutant]  #: Those that are killed.


class AuthorChecked(Answer):
    type: Literal["checked"]
    exercise: str
    title: str
    alone: bool  #: No course lists the unit: it was checked by itself.
    accepted: bool  #: The solution passes every check.
    why: str  #: What a solution that is not accepted gets; else empty.
    passed: int
    checks: int
    scores: dict[str, float]  #: Points of `starter`, `empty` and each misconception.
    max_score: float
    findings: list[Finding]
    mutants: AuthorMutants | None
    seconds: float


class AuthorStep(Answer):
    type: Literal["mutants"]
    done: int
    total: int


class CheckEvent(RootModel[AuthorStep | AuthorChecked | PullError]):
    """One line of the answer."""


DraftAttempt = like("DraftAttempt", draft.Attempt)
DraftOrder = like("DraftOrder", draft.Order, "course_dir", "who")


class ExerciseDraft(Answer):
    id: str
    state: Literal["waiting", "drafting", "interrupted", "passed", "for_a_person", "stopped", "failed"]
    created_ms: int
    why: str  #: Of one that failed.
    order: DraftOrder
    attempts: list[DraftAttempt]  #: Those that are over.


class AcceptedDraft(Answer):
    file: str
    line: int
    lines: int


ExerciseReview = like("ExerciseReview", reviewer.Review, score=float)


class DraftsOfLlm(Answer):
    attempts: int
    passed: int
    tokens: int
    seconds: float


class DraftStats(Answer):
    """Of the newest 100 drafts."""

    states: dict[str, int]
    attempts_a_draft: float | None  #: Of those that passed.
    tokens: int
    seconds: float
    llms: dict[str, DraftsOfLlm]


class DraftHealth(Answer):
    ready: bool
    why: str
    llms: list[str]


class DraftMessage(Answer):
    """A model was asked for an attempt, or the attempt is over: to who began the draft."""

    type: Literal["draft"]
    draft: str
    what: Literal["asked", "attempt"]
    attempt: int
