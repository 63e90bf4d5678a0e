"""How an exercise, a unit and a course stand for one person: drawn from records and policy, and from nothing else.

The policy's `drop_lowest` takes exercises of a unit, then units, from the sum: as in Canvas and Moodle the lowest share
of the points goes, what was not handed in counts 0, and one always stays.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.policy import EffectivePolicy, LateOffer
from codegym_jlab.course.schema import Exercise, Unit
from codegym_jlab.records import Json, Judgement, Kind, State, Submission, frozen, plain, some
from codegym_jlab.store.base import Found, Progress
from codegym_jlab.store.classes import Enrolment, Override

from .admission import Place, Share, Shares, Situation, UnitPlace, policy_for
from .checker.verdict import half_up

#: Why it is dropped: it is among the lowest of its unit, or its unit is among the lowest.
Dropped = Literal["exercise", "unit"]


@frozen
class Limits:
    """How many of its kind may go where an exercise, a unit stands; 0: this one always stays."""

    exercises: Mapping[str, int]
    units: Mapping[str, int]


def limits_for(loaded: LoadedCourse, who: Enrolment, overrides: Iterable[Override]) -> Limits | None:
    """What holds for a student, of all that is set for them; None: nothing is dropped."""
    rules = [rule for rule in overrides if "drop_lowest" in rule.fields]
    units = loaded.units
    written = [loaded.head.policy, *(u.policy for u in units), *(e.policy for e in loaded.exercises)]
    if not rules and all(policy.drop_lowest is None for policy in written):
        return None
    places = (Place(loaded, u, e) for u in units for e in u.exercises)
    each = {at.exercise.id: policy_for(at, who, rules, None).drop_exercises for at in places}
    return Limits(each, {u.id: policy_for(UnitPlace(loaded, u), who, rules, None).drop_units for u in units})


def dropped(
    loaded: LoadedCourse,
    limits: Limits | None,
    scores: Mapping[str, float],
    unknown: Collection[str],
    excused: Collection[str],
) -> dict[str, Dropped]:
    """What leaves the sum, by exercise.

    `scores`: the points that count; `unknown`: exercises whose points are yet to come, which stay, and their units.
    """
    if limits is None:
        return {}
    gone: dict[str, Dropped] = {}
    left = {}
    for unit in loaded.units:
        own = [e for e in unit.exercises if e.counted_points > 0 and e.id not in excused]
        items = [(e.id, scores.get(e.id, 0.0), e.counted_points) for e in own]
        lowest = _lowest(items, limits.exercises, unknown)
        gone |= {exercise: "exercise" for exercise in lowest}
        left[unit.id] = [e for e in own if e.id not in lowest]
    sums = [(id, sum(scores.get(e.id, 0.0) for e in of), sum(e.counted_points for e in of)) for id, of in left.items()]
    open_units = {id for id, of in left.items() if any(e.id in unknown for e in of)}
    for id in _lowest([one for one in sums if one[2] > 0], limits.units, open_units):
        gone |= {e.id: "unit" for e in left[id]}
    return gone


def _lowest(
    items: Sequence[tuple[str, float, float]], limits: Mapping[str, int], unknown: Collection[str]
) -> frozenset[str]:
    """Of (id, points, most) those with the lowest share; of equal ones what is worth most, then what comes last."""
    may = [(points / most, -most, -n, id) for n, (id, points, most) in enumerate(items) if limits[id]]
    count = min(max((limits[id] for *_, id in may), default=0), len(items) - 1)
    return frozenset(id for *_, id in sorted(one for one in may if one[3] not in unknown)[: max(count, 0)])


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Status(StrEnum):
    """Where an exercise stands for a person."""

    NOT_STARTED = "not_started"
    TRIED = "tried"
    SUBMITTED = "submitted"
    KEPT = "kept"  #: stored, and not judged yet
    LOCKED = "locked"
    CLOSED = "closed"  #: with nothing handed in
    AWAITING_REVIEW = "awaiting_review"


@frozen
class Attempts:
    """How many attempts are used of how many; none of these where any number is allowed."""

    used: int
    max: int
    left: int


@frozen
class HintCount:
    """How many hints were given of how many."""

    given: int
    total: int


@frozen
class CountingScore:
    """The submission that counts; no score while results are not shown."""

    score: float | None
    submitted_at: datetime


@frozen
class Standing:
    """One exercise as it stands for one person now."""

    id: str
    title: str
    points: float
    answer: str  #: its kind
    bonus: bool  #: its points come on top of the maximum
    picture: bool  #: there is one of the figure that is asked for
    concepts: tuple[str, ...]
    status: Status
    tried_at: datetime | None
    submitted_at: datetime | None
    score: float | None  #: of the newest that was handed in, after lateness and hints
    max_score: float
    counts: bool  #: the newest is the one that counts
    counting: CountingScore | None
    late_s: float | None
    attempts: Attempts | None
    tries: int  #: judged answers that could count, however many are allowed
    count: str  #: which submission counts: the policy's word
    hints: HintCount
    due: datetime | None
    opens: datetime | None
    done: bool
    takes_answers: bool  #: it may be handed in now
    late: LateOffer | None  #: past due: the share of a late answer that counts, and until when
    team: str | None  #: the name of the team that answers it; None: each for themselves
    excused: bool  #: leaves the points and their maximum
    dropped: Dropped | None = None  #: so does the lowest; None also where one exercise is looked at alone

    @property
    def touched_at(self) -> datetime | None:
        """When the person last sent something for it."""
        return max(filter(None, (self.tried_at, self.submitted_at)), default=None)

    @property
    def to_do(self) -> bool:
        """Something can still be reached here; what is bonus is never asked for."""
        left = self.attempts is None or self.attempts.left > 0
        return left and not self.bonus and not self.excused and not self.done and self.takes_answers

    def as_json(self) -> Json:
        """An exercise in HTTP's answers."""
        return plain(self, "done", "takes_answers")


@frozen
class UnitStanding:
    """One unit as it stands for one person. Of a locked one no exercise is listed; `total` counts them all the same."""

    id: str
    title: str
    due: datetime | None
    late: LateOffer | None
    opens: datetime | None
    locked: bool
    exercises: tuple[Standing, ...]
    total: int

    @property
    def done(self) -> int:
        """Exercises done, but for what is bonus; `total` counts as these."""
        return sum(standing.done and not standing.bonus for standing in self.exercises)

    def as_json(self) -> Json:
        """Its `path` is the workspace's to say."""
        exercises = [standing.as_json() for standing in self.exercises]
        return {**plain(self), "path": None, "done": self.done, "exercises": exercises}


@frozen
class CourseStanding:
    """A course as it stands for one person."""

    units: tuple[UnitStanding, ...]
    max_points: float
    now: datetime

    @property
    def exercises(self) -> Iterable[Standing]:
        """Of all units that are open, in order."""
        return (standing for unit in self.units for standing in unit.exercises)

    @property
    def points(self) -> float:
        """The sum of what counts, of results that may be shown."""
        counting = (s.counting for s in self.exercises if not s.excused and not s.dropped)
        return half_up(sum(one.score or 0.0 for one in counting if one is not None))

    @property
    def done(self) -> int:
        """Exercises done."""
        return sum(unit.done for unit in self.units)

    @property
    def total(self) -> int:
        """Exercises, those of locked units too."""
        return sum(unit.total for unit in self.units)

    @property
    def go_on(self) -> tuple[str, str] | None:
        """Unit and exercise: the one touched last that is not done, else the first to do."""
        todo = [(unit.id, s) for unit in self.units for s in unit.exercises if s.to_do]
        unit, found = max(todo, key=lambda one: one[1].touched_at or _LONG_AGO, default=("", None))
        return None if found is None else (unit, found.id)

    @property
    def next_due(self) -> datetime | None:
        """The next due time of what is still to do."""
        return min((s.due for s in self.exercises if s.to_do and s.due and s.due >= self.now), default=None)

    @property
    def practice(self) -> bool:
        """Nothing of it is ever due, and no attempts are counted."""
        return not any(unit.due for unit in self.units) and not any(s.due or s.attempts for s in self.exercises)

    @property
    def state(self) -> str:
        """not_started, started or done."""
        if self.total and self.done == self.total:
            return "done"
        return "started" if any(s.touched_at for s in self.exercises) else "not_started"

    def as_json(self) -> Json:
        """The course's page."""
        go_on = self.go_on
        return {
            "units": [unit.as_json() for unit in self.units],
            **some(self, "points max_points done total"),
            "go_on": go_on and {"unit": go_on[0], "exercise": go_on[1]},
        }

    def summary_json(self) -> Json:
        """The course's row in the catalogue."""
        return {"exercises": self.total, **some(self, "done points max_points next_due practice state")}


def standing_of(
    exercise: Exercise, policy: EffectivePolicy, line: Progress, waiting: bool, now: datetime, team: str | None
) -> Standing:
    """One exercise; `waiting`: something sent is stored and not judged; `team`: its name, where one owns the line."""
    shown = policy.feedback_at(now)[0] != "none"
    most, used = policy.attempts, line.attempts
    counting = None
    if line.counting_at is not None:
        counting = CountingScore(line.counting_score if shown else None, line.counting_at)
    return Standing(
        id=exercise.id,
        title=exercise.title,
        points=exercise.points,
        answer=exercise.answer,
        bonus=exercise.bonus,
        picture=exercise.has_picture,
        concepts=exercise.concepts,
        status=_status(policy, line, waiting, now),
        tried_at=line.tried_at,
        submitted_at=line.submitted_at,
        score=line.score if shown else None,
        max_score=line.max_score if line.submitted_at is not None else exercise.points,
        counts=line.submission is not None and line.submission == line.counting_submission,
        counting=counting,
        late_s=line.late_s,
        attempts=None if most is None else Attempts(used, most, max(most - used, 0)),
        tries=used,
        count=policy.count,
        hints=HintCount(line.hints, len(exercise.hints)),
        due=policy.due,
        opens=policy.opens,
        done=line.solved if shown else line.submitted_at is not None,
        takes_answers=policy.takes_answers(now),
        late=policy.late_offer(now),
        team=team,
        excused=policy.excused,
    )


def _status(policy: EffectivePolicy, line: Progress, waiting: bool, now: datetime) -> Status:
    if not policy.is_open(now):
        return Status.LOCKED
    if waiting:
        return Status.KEPT
    if line.submitted_at is not None:
        return Status.AWAITING_REVIEW if line.awaiting_review else Status.SUBMITTED
    if policy.is_closed(now):
        return Status.CLOSED
    return Status.NOT_STARTED if line.tried_at is None else Status.TRIED


def exercise_standing_of(at: Place, share: Share, now: datetime) -> Standing:
    """One exercise, by the records of who owns it."""
    who, ledgers, exercise = share.who, share.ledgers, at.exercise
    line = ledgers.progress.get(exercise.id) or Progress(who.offering, who.person, exercise.id)
    return standing_of(exercise, share.policy(at), line, exercise.id in ledgers.waiting, now, who.team)


def course_standing_of(loaded: LoadedCourse, shares: Shares, now: datetime) -> CourseStanding:
    """A whole course."""
    units = tuple(_unit(loaded, unit, shares, now) for unit in loaded.units)
    seen = [standing for unit in units for standing in unit.exercises]
    excused = {standing.id for standing in seen if standing.excused}
    limits = limits_for(loaded, shares.own.who, shares.own.ledgers.overrides)
    scores = {s.id: s.counting.score for s in seen if s.counting is not None}
    unknown = {s.id for s in seen if s.status is Status.AWAITING_REVIEW} | {id for id in scores if scores[id] is None}
    gone = dropped(loaded, limits, {id: score or 0.0 for id, score in scores.items()}, unknown, excused)
    points = (one.counted_points for one in loaded.exercises if one.id not in excused | gone.keys())
    if gone:
        marked = ([replace(s, dropped=gone.get(s.id)) for s in unit.exercises] for unit in units)
        units = tuple(replace(unit, exercises=tuple(own)) for unit, own in zip(units, marked, strict=True))
    return CourseStanding(units, half_up(sum(points)), now)


def _unit(loaded: LoadedCourse, unit: Unit, shares: Shares, now: datetime) -> UnitStanding:
    whole = UnitPlace(loaded, unit)
    policy = shares.at(whole).policy(whole)
    shown = [Place(loaded, unit, one) for one in unit.exercises] if policy.is_open(now) else []
    return UnitStanding(
        id=unit.id,
        title=unit.title,
        due=policy.due,
        late=policy.late_offer(now),
        opens=policy.opens,
        locked=not policy.is_open(now),
        exercises=tuple(exercise_standing_of(at, shares.at(at), now) for at in shown),
        total=sum(not exercise.bonus for exercise in unit.exercises),
    )


@frozen
class Outcome:
    """A submission, its judgement, and how the exercise stands now. What of it a student sees, `feedback` decides."""

    enrolment: Enrolment
    submission: Submission
    judgement: Judgement | None  #: None while it waits, when it was cancelled, and of a draft
    standing: Standing
    place: Place
    policy: EffectivePolicy
    counts: bool | None  #: None: it cannot count (a try, CE, JE, not judged)
    late_s: float | None
    not_before: datetime | None = None  #: while it waits: when its turn comes
    ahead: int | None = None  #: while it waits here: how many are judged before it

    @property
    def loaded(self) -> LoadedCourse:
        """The course as it was read last."""
        return self.place.loaded

    @property
    def exercise(self) -> Exercise:
        """The exercise."""
        return self.place.exercise


def outcome_of(at: Situation, found: Found, now: datetime, ahead: int | None = None) -> Outcome:
    """From what the records say of the submission (`found`) and of the exercise."""
    sent, policy, line = found.submission, at.policy, at.progress
    waiting = sent.state is State.WAITING
    late = policy.late_by(sent.received_at) if sent.kind is Kind.SUBMIT else None
    return Outcome(
        enrolment=at.owner,
        submission=sent,
        judgement=found.judgement,
        standing=standing_of(at.place.exercise, policy, line, waiting, now, at.owner.team),
        place=at.place,
        policy=policy,
        counts=_counts(found, line),
        late_s=None if late is None else late.total_seconds(),
        not_before=found.not_before if waiting else None,
        ahead=ahead,
    )


def _counts(found: Found, line: Progress) -> bool | None:
    sent, judged = found.submission, found.judgement
    if sent.kind is not Kind.SUBMIT or judged is None or not judged.verdict.costs_attempt:
        return None
    return line.counting_submission == sent.id
