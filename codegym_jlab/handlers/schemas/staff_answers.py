"""What the addresses of a class answer to its staff: people, policy, versions, marks, reports."""

# mypy: disable-error-code="valid-type"

from datetime import datetime
from typing import Any, Literal

from pydantic import Field, RootModel

from codegym_jlab.course.schema import Answer as AnswerKind
from codegym_jlab.store import base
from codegym_jlab.store import classes as store

from ...authoring import draft
from ...authoring import review as reviewer
from ...classes import reports
from ...tutor import reports as questions
from .answers import Answer, DiagnosisExample, PullError, Submission, TicketFacts, like, shape

Class = like("Class", store.Offering)
Classes = shape("Classes", classes=list[Class], admin=bool)
Holdings = like("Holdings", base.Holdings)
#: `compacted`: no page of the records holds it any more; else another program reads them just now.
Erased = like("Erased", base.Holdings, compacted=bool)


class Section(Answer):
    section: str = Field(description="Empty for those in none.")
    students: int


#: How many people there are of each role, and what is in force.
ClassPage = like(
    "ClassPage",
    store.Offering,
    people=dict[str, int],
    sections=list[Section],
    publication=int | None,
    version=str | None,
)
Member = like("Member", store.Member, role=Literal["student", "grader", "instructor"])
Members = shape("Members", members=list[Member])
Role = shape("Role", role=str, section=str)
EnlistedOne = shape("EnlistedOne", account=str, before=Role | None, after=Role | None, changes=bool)
Enlisted = shape("Enlisted", people=list[EnlistedOne])


class Team(Answer):
    team: str = Field(description="Its name.")
    unit: str
    id: str = Field(description="As the owner of what it sent.")
    members: list[str | None] = Field(description="Accounts; null where one was erased.")
    answers: bool = Field(description="Teams answer an exercise of the unit, by the policy.")


Teams = shape("Teams", teams=list[Team])


class RubricLine(Answer):
    id: str
    text: str
    max_points: float
    points: float | None = Field(description="Given; null where it is not marked yet.")


class Review(Answer):
    submission: str
    account: str | None = Field(description="Null: a team's, or erased.")
    team: str | None
    unit: str
    exercise: str
    title: str
    statement: str
    reference: str = Field(description="The author's solution.")
    state: Literal["awaiting_review", "judged"]
    received_at: datetime
    source: str = Field(description="What was handed in.")
    answer: AnswerKind
    score: float = Field(description="Of checks and marks.")
    max_score: float
    passed: int
    total: int = Field(description="Checks.")
    to_give: float = Field(description="The most points that a person gives.")
    rubric: list[RubricLine]
    points: float | None = Field(description="Given by a person; null where it is not marked yet.")
    comment: str


class Reviews(Answer):
    reviews: list[Review]
    count: int = Field(description="How many there are.")


GroupedOne = shape("GroupedOne", account=str, unit=str, before=str | None, after=str | None, changes=bool)
Grouped = shape("Grouped", people=list[GroupedOne])


class Setting(Answer):
    """For whom and where something was set, by whom, when and why."""

    account: str | None
    section: str | None
    team: str | None
    unit: str | None
    exercise: str | None
    person: str | None
    set_by: str | None
    set_at: datetime | None
    why: str


class Override(Setting):
    fields: dict[str, Any]


Overrides = shape("Overrides", overrides=list[Override])


class OverrideChange(Setting):
    before: dict[str, Any] | None
    after: dict[str, Any] | None


OverrideChanges = shape("OverrideChanges", changes=list[OverrideChange])
PolicySource = shape(
    "PolicySource",
    level=Literal["term", "yaml", "offering", "section", "student"],
    part=Literal["course", "unit", "exercise"],
)


class PolicyField(Answer):
    field: str
    value: Any
    set_by: PolicySource | None = Field(description="Null for a default.")


class HoldingPolicy(Answer):
    opens: datetime | None
    due: datetime | None
    in_time_until: datetime | None
    closes: datetime | None
    attempts: int | None
    count: str
    owner: Literal["student", "team"]
    unsubmitted: str
    feedback: str
    tutor: str
    time_factor: float
    duration: str | None


HeldPolicy = shape(
    "HeldPolicy", fields=list[PolicyField], opened_at=datetime | None, time_zone=str, holds=HoldingPolicy
)


class Publication(Answer):
    number: int
    version: str = Field(description="SHA-256 of the course.")
    published_by: str | None
    published_at: datetime | None
    note: str
    changes: list[str]


Versions = shape("Versions", versions=list[Publication])
VersionChanges = shape("VersionChanges", changes=list[str], students=int)


class GradebookStudent(Answer):
    account: str
    section: str
    points: float = Field(description="Without what is excused, as is `max_points`.")
    max_points: float
    scores: list[float | None] = Field(description="What counts, by exercise.")
    tries: list[int]
    signs: list[str] = Field(description="s solved, l late, a awaits marks, x excused, m a person set the mark.")


GradebookUnit = shape("GradebookUnit", unit=str, title=str)
GradebookExercise = shape("GradebookExercise", unit=str, exercise=str, title=str, points=float, bonus=bool)
GradebookPage = shape(
    "GradebookPage",
    units=list[GradebookUnit],
    exercises=list[GradebookExercise],
    students=list[GradebookStudent],
)
ScoreHistory = shape("ScoreHistory", past=list[dict[str, Any]])
RegradeCause = shape("RegradeCause", label=str, passes=bool)
RegradeLine = shape(
    "RegradeLine",
    account=str | None,
    team=str | None,
    verdict=str,
    before=float | None,
    after=float | None,
    max_score=float,
    lowers=bool,
    by_rules=bool,
    because=list[RegradeCause],
)


class RegradePage(Answer):
    lines: list[RegradeLine] = Field(description="Those that change.")
    seen: int
    total: int
    recorded: int
    held: int = Field(description="Left as they are, since their score would fall.")
    unanswered: int
    next: list[str] | None = Field(description="What to give as `after` for the next page; null: that is all.")


class PastJudgement(Answer):
    judgement: str
    judged_at: datetime
    verdict: str
    score: float
    max_score: float
    cause: Literal["check", "regrade", "mark"]
    who: str | None = Field(description="The account that had it judged anew; null: nobody, or erased.")
    why: str | None
    mark: float | None = Field(description="Set by a person, in place of the score; null: none was.")
    holds: bool


class StaffAnswer(Answer):
    submission: Submission
    judgement: dict[str, Any] | None = Field(description="With the hidden checks")
    sent_by: str | None = Field(description="The account that sent it; null where it was erased.")
    reason: str | None = Field(description="Why staff handed it in for its owner, as with an import.")
    collected: bool = Field(description="Handed in for them at the due time, of a draft.")
    history: list[PastJudgement] = Field(description="From the first judgement to the one that holds.")


UnitProgress = like("UnitProgress", reports.UnitRow)
StudentProgress = like(
    "StudentProgress", reports.StudentRow, units=list[UnitProgress], done=int, late=int, points=float
)


class ClassProgress(Answer):
    students: int
    total: int = Field(description="Exercises that were asked for.")
    max_points: float
    rows: list[StudentProgress]


ClassScores = like("ClassScores", reports.Spread, bins=list[int])
HardCheck = like("HardCheck", reports.HardCheck, passed=float)
HardestChecks = shape("HardestChecks", checks=list[HardCheck])


class StuckStudent(Answer):
    person: str
    account: str
    section: str
    exercise: str
    title: str
    sends: int
    first_at: datetime
    seen_at: datetime
    for_s: float
    verdict: str | None
    failed: list[str]


StuckStudents = shape("StuckStudents", students=list[StuckStudent])


class MisconceptionDraft(Answer):
    yaml: str = Field(description="An item of `misconceptions`.")
    refused: bool = Field(description="At least one check refuses it, as `codegym check` asks.")
    alike: int = Field(description="So many of the cluster's answers fail the same checks.")


class WrongCluster(Answer):
    id: str = Field(description="The submission that is shown.")
    answers: int
    lines: list[int]
    code: str = Field(description="The first of these lines.")
    question: str = Field(description="What its students are asked.")
    misconception: str | None = Field(description="The author's, which speaks already.")
    failed: list[str]
    checks: int
    source: str
    example: DiagnosisExample | None
    draft: MisconceptionDraft | None


WrongExercise = shape("WrongExercise", exercise=str, title=str, answers=int)


class WrongAnswers(Answer):
    exercises: list[WrongExercise] = Field(description="Those with wrong answers, of so many students.")
    answers: int = Field(description="The newest wrong one of each student.")
    left: int = Field(description="Not looked at yet: ask again.")
    clusters: list[WrongCluster]


SimilarAnswer = shape("SimilarAnswer", account=str | None, team=str | None, source=str, lines=list[int])


class SimilarPair(Answer):
    share: float = Field(description="Of the smaller answer's fingerprints, 0 to 1.")
    common: int = Field(description="Fingerprints.")
    answers: list[SimilarAnswer] = Field(description="Two, each with the lines that they share.")


class SimilarAnswers(Answer):
    exercises: list[WrongExercise] = Field(description="Those that can be compared.")
    answers: int = Field(description="The newest of each student or team.")
    compared: int = Field(description="The others are too short, or as everybody's.")
    pairs: list[SimilarPair]


class ClassTicket(TicketFacts):
    shared: dict[str, Any]
    person: str
    account: str | None


class ClassTickets(Answer):
    tickets: list[ClassTicket]
    next: str | None = Field(description="What to give as `after` for more; null: that is all.")


QuestionUnit = shape("QuestionUnit", unit=str, title=str)


class QuestionCounts(Answer):
    turns: int
    intents: dict[str, int]
    helped: int
    unhelped: int
    withheld: int
    accepted_after_s: float | None = Field(description="The median time to the next accepted answer.")


QuestionExercise = like("QuestionExercise", questions.ExerciseQuestions)


class ClassQuestions(QuestionCounts):
    waiting: int = Field(description="Questions to a person that have no answer.")
    sections: list[str]
    units: list[QuestionUnit]
    exercises: list[QuestionExercise]


class WithheldTurn(Answer):
    id: str
    person: str
    exercise: str
    title: str
    asked_at: datetime
    message: str
    shown: str | None
    llm: str | None
    withheld: list[dict[str, Any]]


WithheldTurns = shape("WithheldTurns", turns=list[WithheldTurn])


class AuthorUnit(Answer):
    name: str
    path: str = Field(description="Below the server's folder.")
    writable: bool
    created: datetime
    last_modified: datetime
    content: dict[str, Any] | None = Field(description="A notebook (nbformat 4.5); null after writing.")
    changes: int | None = Field(default=None, description="Of a dry run: lines of the file that would be others.")


AuthorFinding = shape("AuthorFinding", exercise=str | None, kind=str, text=str, file=str, line=int, at=list[str | int])


class AuthorSurvivor(Answer):
    id: str
    kind: str
    line: int
    diff: str
    suggestion: str | None = Field(description="A check that kills it: YAML, an item of `checks`.")
    found: str | None = Field(description="What solution and mutant do with its input, in Markdown.")
    tried: int = Field(description="How many inputs.")


AuthorMutants = shape(
    "AuthorMutants", total=int, killed=int, equivalent=int, share=float, survivors=list[AuthorSurvivor]
)


class AuthorChecked(Answer):
    type: Literal["checked"]
    exercise: str
    title: str
    alone: bool = Field(description="No course lists the unit: it was checked by itself.")
    accepted: bool = Field(description="The solution passes every check.")
    why: str = Field(description="What a solution that is not accepted gets; else empty.")
    passed: int
    checks: int
    scores: dict[str, float] = Field(description="Points of `starter`, `empty` and each misconception.")
    max_score: float
    findings: list[AuthorFinding]
    mutants: AuthorMutants | None
    seconds: float


AuthorStep = shape("AuthorStep", type=Literal["mutants"], done=int, total=int)


class CheckEvent(RootModel[AuthorStep | AuthorChecked | PullError]):
    """One line of the answer."""


DraftAttempt = like("DraftAttempt", draft.Attempt)
DraftOrder = shape(
    "DraftOrder",
    **dict.fromkeys(("unit", "topic", "exercise", "language", "course", "earlier"), str),
    **dict.fromkeys(("llms", "cases"), list[str]),
    mode=draft.Mode,
    tries=int,
)


class ExerciseDraft(Answer):
    id: str
    state: Literal["waiting", "drafting", "interrupted", "passed", "for_a_person", "stopped", "failed"]
    created_ms: int
    why: str = Field(description="Of one that failed.")
    order: DraftOrder
    attempts: list[DraftAttempt] = Field(description="Those that are over.")


ExerciseDrafts = shape("ExerciseDrafts", drafts=list[ExerciseDraft])
AcceptedDraft = shape("AcceptedDraft", file=str, line=int, lines=int)
ReviewPart = like("ReviewPart", reviewer.Part)
ExerciseReview = shape("ExerciseReview", exercise=str, title=str, score=float, parts=list[ReviewPart])
ExerciseReviews = shape("ExerciseReviews", reviews=list[ExerciseReview])
DraftsOfLlm = shape("DraftsOfLlm", attempts=int, passed=int, tokens=int, seconds=float)


class DraftStats(Answer):
    """Of the newest 100 drafts."""

    states: dict[str, int]
    attempts_a_draft: float | None = Field(description="Of those that passed.")
    tokens: int
    seconds: float
    llms: dict[str, DraftsOfLlm]


DraftHealth = shape("DraftHealth", ready=bool, why=str, llms=list[str])


class DraftMessage(Answer):
    """A model was asked for an attempt, or the attempt is over: to who began the draft."""

    type: Literal["draft"]
    draft: str
    what: Literal["asked", "attempt"]
    attempt: int
