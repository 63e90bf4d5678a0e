"""What the addresses of a class answer to its staff: people, policy, versions, marks, reports."""

# mypy: disable-error-code="valid-type"

from datetime import datetime
from typing import Literal

from codegym_jlab.course.policy import Level, Part
from codegym_jlab.course.schema import Answer as AnswerKind
from codegym_jlab.records import Json, RubricMark
from codegym_jlab.store import base, classes as store

from ...classes import policy_overrides, reports, teams
from ...classes.reports import Spread  # noqa: F401  (answered as it is)
from ...tutor import reports as questions
from .answers import Answer, DiagnosisExample, Submission, like

Class = like("Class", store.Offering)


class Classes(Answer):
    classes: list[Class]
    admin: bool


#: `compacted`: no page of the records holds it any more; else another program reads them just now.
Holdings = base.Holdings
Erased = like("Erased", Holdings, compacted=bool)


class Section(Answer):
    section: str  #: Empty for those in none.
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


class Role(Answer):
    role: str
    section: str
    name: str | None = None


class EnlistedOne(Answer):
    account: str
    before: Role | None
    after: Role | None
    changes: bool


Team = like("Team", teams.TeamPage)
#: No `points` before it is marked.
RubricLine = like("RubricLine", RubricMark, points=float | None)


class Flow(Answer):
    id: str
    kind: Literal["regrade", "import"]
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    created_ms: int
    done: int
    spans: int  #: Steps that are planned.
    why: str  #: Of one that failed.
    reason: str  #: As who began it gave it.


class MarkedLine(Answer):
    id: str
    points: float


class MarkersMarks(Answer):
    who: str | None
    points: float
    items: list[MarkedLine]
    comment: str


class Markers(Answer):
    """Two people mark it: neither sees the other's marks before both are in."""

    #: mine: it waits for another marker; differ: an instructor decides.
    stage: Literal["open", "mine", "differ", "done"]
    tolerance: float  #: Points between the two up to which their mean counts.
    decides: bool  #: You may decide where the two differ.
    given: list[MarkersMarks]  #: Empty before both are in.


class DraftAgreement(Answer):
    """Of one line of a rubric: drafts of models whose answers people marked since."""

    exercise: str
    title: str
    line: str  #: Empty: there is no rubric.
    text: str
    answers: int
    accepted: int  #: The person took the draft's points as they were.
    same: int  #: The person gave the same points without accepting the draft.
    apart: float  #: Points between the two, in the mean.
    higher: float  #: Points by which people gave more than the draft, in the mean.


class Agreement(Answer):
    """Of answers that two people marked."""

    answers: int
    within: int  #: No further apart than the tolerance.
    apart: float | None  #: Points between the two, in the mean.
    drafts: list[DraftAgreement]


class DraftedLine(Answer):
    """`points` null: no draft could be made."""

    id: str
    points: float | None
    words: str


class MarksDraft(Answer):
    """What a language model proposes; nothing of it counts before a person gives it."""

    drafting: bool
    llm: str | None  #: Null: none was made yet.
    lines: list[DraftedLine]  #: `words` of the answer that the points rest on.


class Review(Answer):
    submission: str
    account: str | None  #: Null: a team's, erased, or `blind`.
    team: str | None
    blind: bool  #: Whose it is comes after the marks.
    unit: str
    exercise: str
    title: str
    statement: str
    reference: str  #: The author's solution.
    state: Literal["awaiting_review", "judged"]
    received_at: datetime
    source: str  #: What was handed in.
    answer: AnswerKind
    score: float  #: Of checks and marks.
    max_score: float
    passed: int
    total: int  #: Checks.
    to_give: float  #: The most points that a person gives.
    rubric: list[RubricLine]
    points: float | None  #: Given by a person; null where it is not marked yet.
    comment: str
    accepted: list[str]  #: Lines whose points a model drafted and a person took as they were.
    markers: Markers | None  #: Null: one person marks it.
    draft: MarksDraft | None  #: Null: language models draft no marks here.


class Reviews(Answer):
    reviews: list[Review]
    count: int  #: How many there are.
    agreement: Agreement


GroupedOne = like("GroupedOne", teams.Grouped, changes=bool)


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
    fields: Json


class OverrideChange(Setting):
    before: Json | None
    after: Json | None


class Concerned(Answer):
    name: str | None
    became: str


class StaffAct(Answer):
    id: str
    done_at: datetime
    offering: str | None
    who: str | None  #: Null once erased, as the names below.
    act: str
    whom: list[Concerned]
    what: Json


class PolicySource(Answer):
    level: Level
    part: Part


PolicyField = like("PolicyField", policy_overrides.Field, set_by=PolicySource | None)


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


class HeldPolicy(Answer):
    fields: list[PolicyField]
    opened_at: datetime | None
    time_zone: str
    holds: HoldingPolicy


Publication = like("Publication", store.Publication, "offering")


class VersionChanges(Answer):
    changes: list[str]
    students: int


class GradebookStudent(Answer):
    account: str
    section: str
    points: float  #: Without what is excused or dropped, as is `max_points`.
    max_points: float
    scores: list[float | None]  #: What counts, by exercise.
    tries: list[int]
    #: s solved, l late, a awaits marks, x excused, m a person set the mark, d dropped as the lowest of its unit, u its
    #: unit is dropped.
    signs: list[str]


class UnitTitle(Answer):
    unit: str
    title: str


class GradebookExercise(Answer):
    unit: str
    exercise: str
    title: str
    points: float
    bonus: bool


class GradebookPage(Answer):
    units: list[UnitTitle]
    exercises: list[GradebookExercise]
    students: list[GradebookStudent]


class ScoreHistory(Answer):
    past: list[Json]


class RegradeCause(Answer):
    label: str
    passes: bool


class Owned(Answer):
    account: str | None  #: Null: a team's, or erased.
    team: str | None


class RegradeLine(Owned):
    verdict: str
    before: float | None
    after: float | None
    max_score: float
    lowers: bool
    by_rules: bool
    because: list[RegradeCause]


class RegradePage(Answer):
    lines: list[RegradeLine]  #: Those that change.
    seen: int
    total: int
    recorded: int
    held: int  #: Left as they are, since their score would fall.
    unanswered: int
    next: list[str] | None  #: What to give as `after` for the next page; null: that is all.


class ParkedAnswer(Owned):
    """What could not be judged three times, by our fault; it cost no attempt."""

    submission: str
    person: str
    exercise: str
    received_at: datetime
    faults: int
    why: str


class ImportPage(Answer):
    rows: list[Json]  #: As `codegym import --json` writes them.
    total: int  #: Notebooks.
    next: int | None  #: What to give as `after` for the next page; null: that is all.


class PastJudgement(Answer):
    judgement: str
    judged_at: datetime
    verdict: str
    score: float
    max_score: float
    cause: Literal["check", "regrade", "mark"]
    who: str | None  #: The account that had it judged anew; null: nobody, or erased.
    why: str | None
    mark: float | None  #: Set by a person, in place of the score; null: none was.
    holds: bool


class StaffAnswer(Answer):
    submission: Submission
    judgement: Json | None  #: With the hidden checks
    sent_by: str | None  #: The account that sent it; null where it was erased.
    reason: str | None  #: Why staff handed it in for its owner, as with an import.
    collected: bool  #: Handed in for them at the due time, of a draft.
    history: list[PastJudgement]  #: From the first judgement to the one that holds.


StudentProgress = like("StudentProgress", reports.StudentRow)
ClassProgress = like("ClassProgress", reports.Page, rows=list[StudentProgress])
HardCheck = like("HardCheck", reports.HardCheck)


StuckStudent = like(
    "StuckStudent", store.Standstill, "last_at", account=str, section=str, title=str, seen_at=datetime, for_s=float
)


class MisconceptionDraft(Answer):
    yaml: str  #: An item of `misconceptions`.
    refused: bool  #: At least one check refuses it, as `codegym check` asks.
    alike: int  #: So many of the cluster's answers fail the same checks.


class WrongCluster(Answer):
    id: str  #: The submission that is shown.
    answers: int
    lines: list[int]
    code: str  #: The first of these lines.
    question: str  #: What its students are asked.
    misconception: str | None  #: The author's, which speaks already.
    failed: list[str]
    checks: int
    source: str
    example: DiagnosisExample | None
    draft: MisconceptionDraft | None


class WrongExercise(Answer):
    exercise: str
    title: str
    answers: int


class WrongAnswers(Answer):
    exercises: list[WrongExercise]  #: Those with wrong answers, of so many students.
    answers: int  #: The newest wrong one of each student.
    left: int  #: Not looked at yet: ask again.
    clusters: list[WrongCluster]


class SimilarAnswer(Owned):
    source: str
    lines: list[int]


class SimilarPair(Answer):
    share: float  #: Of the smaller answer's fingerprints, 0 to 1.
    common: int  #: Fingerprints.
    answers: list[SimilarAnswer]  #: Two, each with the lines that they share.


class SimilarAnswers(Answer):
    exercises: list[WrongExercise]  #: Those that can be compared.
    answers: int  #: The newest of each student or team.
    compared: int  #: The others are too short, or as everybody's.
    pairs: list[SimilarPair]


ClassTicket = like("ClassTicket", base.Ticket, "offering", shared=Json, account=str | None)


class ClassTickets(Answer):
    tickets: list[ClassTicket]
    next: str | None  #: What to give as `after` for more; null: that is all.


ClassQuestions = like(
    "ClassQuestions",
    questions.Questions,
    units=list[UnitTitle],
    intents=dict[str, int],
    **dict.fromkeys(("turns", "helped", "unhelped", "withheld"), int),
)


class WithheldTurn(Answer):
    id: str
    person: str
    exercise: str
    title: str
    asked_at: datetime
    message: str
    shown: str | None
    llm: str | None
    withheld: list[Json]
