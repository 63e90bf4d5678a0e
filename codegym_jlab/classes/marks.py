"""What a person marks: what awaits it in a class, one of them to be read, and the marks. Who may is said here."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.schema import Exercise
from codegym_jlab.grading.admission import Places
from codegym_jlab.grading.checker.verdict import half_up
from codegym_jlab.grading.feedback.student_view import MAX_COMMENT
from codegym_jlab.grading.regrade import Change, CountingRules, lowers_progress, recounted_progress, revision, rules_for
from codegym_jlab.records import Judgement, Kind, RubricMark, Score, ScorePart, State, Submission, Verdict, iso, new_id
from codegym_jlab.store.base import Found, HandedIn, Progress, Revision, Store
from codegym_jlab.store.classes import Enrolment

from ..grading.admission import is_local
from ..grading.errors import (
    MarkedAlready,
    NewerSubmission,
    NothingToMark,
    OwnWork,
    UnfitMarks,
    UnknownExercise,
    UnknownUnit,
    WouldLower,
)
from ..records import utc_now
from .manager import READS, Actor, ClassManager, Names, students_in
from .reports import course_of


@dataclass(frozen=True, slots=True)
class Marks:
    """Points by line of the rubric, or alone where there is none."""

    points: float | None = None
    items: Mapping[str, float] = field(default_factory=dict)
    comment: str = ""  #: to the student
    why: str = ""  #: for the history; needed where marks stand already
    allow_lower: bool = False


def to_be_had(exercise: Exercise, judged: Judgement) -> float:
    """The points that a person can give: by the rubric; without one, what the checks leave."""
    if exercise.rubric:
        return half_up(sum(item.points for item in exercise.rubric))
    return half_up(max(exercise.points - _checked(judged), 0.0))


def part_of(marks: Marks, exercise: Exercise, judged: Judgement, who: str) -> ScorePart:
    """The person's part of the score. Raises UnfitMarks."""
    most = to_be_had(exercise, judged)
    if exercise.rubric and judged.checks and _checked(judged) + most > exercise.points + 0.005:
        raise UnfitMarks("The points of this exercise were changed since it was checked. Run `codegym regrade` first.")
    if len(marks.comment) > MAX_COMMENT:
        raise UnfitMarks(f"The comment is longer than {MAX_COMMENT} characters. Make it shorter.", key="comment")
    comment = marks.comment.strip() or None
    if not exercise.rubric:
        return ScorePart("person", _alone(marks, most), most, who, comment)
    items = _by_line(marks, exercise)
    return ScorePart("person", half_up(sum(item.points for item in items)), most, who, comment, items)


def _checked(judged: Judgement) -> float:
    """The points that its checks share."""
    return sum(part.max_points for part in judged.parts if part.source == "checker")


def _alone(marks: Marks, most: float) -> float:
    if marks.items or (marks.points is None and most):
        raise UnfitMarks(f"Give points, from 0 to {most:g}; this exercise has no rubric.", key="points")
    return _points(marks.points or 0.0, most, "")


def _by_line(marks: Marks, exercise: Exercise) -> tuple[RubricMark, ...]:
    lines = {item.id: item for item in exercise.rubric}
    if marks.points is not None or marks.items.keys() != lines.keys():
        there = ", ".join(f"{item.id} (to {item.points:g})" for item in exercise.rubric)
        odd = next(iter(marks.items.keys() ^ lines.keys()), "points")
        raise UnfitMarks(f"Give points by each line of the rubric, and no others: {there}.", key=odd)
    return tuple(
        RubricMark(name, item.text, _points(marks.items[name], item.points, name), item.points)
        for name, item in lines.items()
    )


def _points(points: float, most: float, line: str) -> float:
    if not math.isfinite(points) or not 0 <= points <= most:
        what = f"`{line}` takes" if line else "This takes"
        raise UnfitMarks(f"{what} from 0 to {most:g} points, not {points:g}.", key=line or "points")
    return half_up(points)


def marked(before: Judgement, part: ScorePart, exercise: Exercise, now: datetime) -> Judgement:
    """The judgement that takes the place of `before`: the checkers' parts and the verdict stay."""
    parts = (*(one for one in before.parts if one.source == "checker"), part)
    score = Score(half_up(sum(one.points for one in parts)), half_up(exercise.points))
    return replace(before, id=new_id(), parts=parts, score=score, judged_at=now)


def marking(
    line: HandedIn, submission: str, marks: Marks, exercise: Exercise, rules: CountingRules, who: str
) -> Revision:
    """What takes the place of what stands. The same marks again change nothing. Earlier ones await review no more, too.

    Raises NothingToMark, NewerSubmission, UnfitMarks, MarkedAlready, WouldLower.
    """
    before = _standing(line, submission)
    part = part_of(marks, exercise, before, who)
    stood = before.marks
    if stood is not None and replace(stood, who=who) == part:
        return Revision((), line.progress)
    if stood is not None and not marks.why.strip():
        raise MarkedAlready
    change = Change(before, marked(before, part, exercise, rules.now))
    if not marks.allow_lower:
        _refuse_lowering(line, change, rules)
    made = revision(line, [change], rules, allow_lower=True)
    sent = [found.submission for found in line.found]
    return replace(made, reviewed=[one.id for one in sent if one.state is State.AWAITING_REVIEW])


def _standing(line: HandedIn, submission: str) -> Judgement:
    found = next((one for one in line.found if one.submission.id == submission), None)
    if found is None or found.judgement is None:
        raise NothingToMark("This is no longer there to be marked. Look at `codegym class review` again.")
    if line.progress.submission is not None and line.progress.submission != submission:
        raise NewerSubmission(submission=line.progress.submission)
    return found.judgement


def _refuse_lowering(line: HandedIn, change: Change, rules: CountingRules) -> None:
    if change.lowers:
        raise WouldLower(before=change.before.score.points, after=change.after.score.points)
    after = recounted_progress(line, [change.after], rules)
    if lowers_progress(line.progress, after):
        raise WouldLower(before=line.progress.counting_score or 0.0, after=after.counting_score or 0.0)


def unmarkable(found: Found, exercise: Exercise) -> NothingToMark | None:
    """Why a person cannot mark it, and what to do; None where they can."""
    sent = found.submission
    if exercise.marking != "manual":
        text = f"{exercise.title} is marked by its checks alone. Write `marking: manual` in the course, and publish it."
        return NothingToMark(text)
    said = _NOT_HANDED_IN.get(sent.state)
    if said is None and sent.kind is not Kind.SUBMIT:
        said = "This was only tried, not handed in. Mark what was handed in."
    if said is None and (found.judgement is None or found.judgement.verdict is Verdict.CE):
        said = "Python cannot read this, so it was not taken as handed in. Mark what is handed in next."
    return NothingToMark(said) if said else None


_NOT_HANDED_IN = {
    State.WAITING: "This is not checked yet. Wait a moment and mark it then.",
    State.CANCELLED: "This was stopped by its student or taken away, and is not handed in.",
    State.PARKED: "This could not be checked, by a fault of ours. `codegym parked` shows what to do; mark it then.",
    State.KEPT: "This is a draft that was not handed in.",
}


PAGE = 500
FIRST = "marked for the first time"


@dataclass(frozen=True, slots=True)
class Review:
    """A submission for a person to read and to mark, as its exercise is now."""

    found: Found
    unit: str
    exercise: Exercise
    account: str | None  #: whose it is; None: a team's, or erased
    team: str | None

    @property
    def submission(self) -> Submission:
        """What was handed in."""
        return self.found.submission

    def as_json(self, *, blind: bool = False) -> dict[str, Any]:
        """The same on the command line and over HTTP. `blind`: whose it is stays out until it is marked."""
        sent, judged = self.found.submission, self.found.judgement
        assert judged is not None, "what was handed in has a judgement"
        blind = blind and judged.marks is None
        return {
            "submission": sent.id,
            "account": None if blind else self.account,
            "team": None if blind else self.team,
            "unit": self.unit,
            "exercise": sent.exercise,
            "title": self.exercise.title,
            "statement": self.exercise.statement,
            "reference": self.exercise.solution,
            "state": sent.state.value,
            "received_at": iso(sent.received_at),
            "source": sent.source.encode("utf-8", "backslashreplace").decode(),
            "answer": self.exercise.answer,
            "score": judged.score.points,
            "max_score": judged.score.max_points,
            "passed": sum(check.passed for check in judged.checks),
            "total": len(judged.checks),
            "to_give": to_be_had(self.exercise, judged),
            "rubric": list(self._rubric()),
            "points": None if judged.marks is None else judged.marks.points,
            "comment": "" if judged.marks is None else judged.marks.comment or "",
        }

    def _rubric(self) -> Iterator[dict[str, Any]]:
        assert self.found.judgement is not None
        marks = self.found.judgement.marks
        given = {item.id: item.points for item in marks.items} if marks is not None else {}
        for item in self.exercise.rubric:
            yield {"id": item.id, "text": item.text, "max_points": item.points, "points": given.get(item.id)}


class Reviewing:
    """One a process, over the same records as the grading manager. Every method says first who asks."""

    def __init__(
        self,
        store: Store,
        places: Places,
        classes: ClassManager,
        *,
        clock: Callable[[], datetime] = utc_now,
        on_events: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_events` is called once there is something in the outbox."""
        self._store, self._places, self._classes, self._clock = store, places, classes, clock
        self._on_events = on_events

    async def waiting(
        self, actor: Actor, offering: str, *, unit: str = "", exercise: str = "", section: str = "", limit: int = PAGE
    ) -> tuple[list[Review], int]:
        """What awaits review, the oldest first: so many, and how many there are.

        Raises NotAllowed, UnknownOffering, UnknownUnit, UnknownExercise, UnknownSection, NotPublished, CourseBroken.
        """
        names = await self._classes.names(actor, offering)
        loaded = await course_of(self._store, self._places, offering)
        wanted, people = _exercises(loaded, unit, exercise), await self._people(offering, section)
        lines = [line async for line in self._lines(offering) if line.exercise in wanted]
        lines = [line for line in lines if people is None or line.person in people]
        lines.sort(key=lambda line: line.submission or "")
        found = [await self._store.find(line.submission) for line in lines[:limit] if line.submission is not None]
        return [_review(one, loaded, names) for one in found if one and one.judgement is not None], len(lines)

    async def _lines(self, offering: str) -> AsyncIterator[Progress]:
        after = ("", "")
        while page := await self._store.awaiting_review(offering, after, PAGE):
            after = (page[-1].person, page[-1].exercise)
            for line in page:
                yield line

    async def _people(self, offering: str, section: str) -> frozenset[str] | None:
        """Those of a section, and the teams that one of them is in; None: all."""
        if not section:
            return None
        own = await students_in(self._store, offering, section)
        teams = await self._store.teams(offering)
        return frozenset(own | {team.id for team in teams if own & set(team.members)})

    async def review(self, actor: Actor, offering: str, submission: str) -> Review:
        """One of them, or one that was marked. Raises NotAllowed, UnknownOffering, NothingToMark, …."""
        names = await self._classes.names(actor, offering)
        found, loaded, _ = await self._found(offering, submission)
        return _review(found, loaded, names)

    async def mark(self, actor: Actor, offering: str, submission: str, marks: Marks) -> Review:
        """Its judgement with these marks takes the place of the one that stands; the line and the events with it.

        Raises NotAllowed, UnknownOffering, NothingToMark, NewerSubmission, OwnWork, UnfitMarks, MarkedAlready,
        WouldLower, ….
        """
        await self._classes.allow(actor, offering, READS)
        found, loaded, who = await self._found(offering, submission)
        sent = found.submission
        await self._refuse_own(actor, sent)
        _, exercise = loaded.find(sent.exercise)
        rules = await rules_for(self._store, loaded, who, sent.exercise, self._clock())
        by = await self._store.make_person(offering, actor.account)

        def revise(line: HandedIn) -> Revision:
            return marking(line, submission, marks, exercise, rules, by)

        why = marks.why.strip() or FIRST
        await self._store.supersede(offering, sent.person, sent.exercise, revise, who=by, why=why, cause="mark")
        self._on_events()
        return await self.review(actor, offering, submission)

    async def _found(self, offering: str, submission: str) -> tuple[Found, LoadedCourse, Enrolment]:
        found = await self._store.find(submission)
        if found is None or found.submission.offering != offering:
            raise NothingToMark(
                f"There is no submission {submission!r} in this class. `codegym class review` lists what can be marked."
            )
        who = await self._store.enrolment(offering, found.submission.person)
        assert who is not None, "foreign keys hold"
        loaded = await self._places.course(who)
        try:
            _, exercise = loaded.find(found.submission.exercise)
        except KeyError:
            raise UnknownExercise(exercise=found.submission.exercise) from None
        if (refused := unmarkable(found, exercise)) is not None:
            raise refused
        return found, loaded, who

    async def _refuse_own(self, actor: Actor, sent: Submission) -> None:
        """On one's own computer there is nobody else."""
        if is_local(sent.offering):
            return
        mine = await self._store.memberships(actor.account)
        own = {await self._store.person(sent.offering, actor.account)}
        own |= {team.id for m in mine if m.offering.id == sent.offering for team in m.enrolment.teams.values()}
        if sent.person in own or (sent.submitter in own and sent.reason is None):
            raise OwnWork


def _exercises(loaded: LoadedCourse, unit: str, exercise: str) -> frozenset[str]:
    """Those that a person marks, of the course, a unit or the one named."""
    assert loaded.course is not None
    units = [one for one in loaded.course.units if unit in ("", one.id)]
    if not units:
        raise UnknownUnit(unit=unit)
    found = frozenset(one.id for one_of in units for one in one_of.exercises if exercise in ("", one.id))
    if not found:
        raise UnknownExercise(exercise=exercise)
    return found


def _review(found: Found, loaded: LoadedCourse, names: Names) -> Review:
    unit, exercise = loaded.find(found.submission.exercise)
    owner = found.submission.person
    return Review(found, unit.id, exercise, names.get(owner), names.teams.get(owner))
