"""What a person gives for a submission, and the judgement that it makes. Pure; see docs/decisions/marking.md."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from codegym_jlab.course.schema import Exercise
from codegym_jlab.store.base import Found, HandedIn, Revision, new_id
from codegym_jlab.submission import Judgement, Kind, RubricMark, Score, ScorePart, State, Verdict

from .errors import MarkedAlready, NewerSubmission, NothingToMark, UnfitMarks, WouldLower
from .feedback import MAX_COMMENT
from .revised import Change, Rules, drawn_anew, falls, revision
from .scoring import half_up


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
    if marks.items:
        named = ", ".join(marks.items)
        raise UnfitMarks(f"This exercise has no rubric with {named}. Give points alone, from 0 to {most:g}.")
    if marks.points is None and most:
        raise UnfitMarks(f"Say how many points it gets, from 0 to {most:g}.", key="points")
    return _points(marks.points or 0.0, most, "")


def _by_line(marks: Marks, exercise: Exercise) -> tuple[RubricMark, ...]:
    lines = {item.id: item for item in exercise.rubric}
    there = ", ".join(f"{item.id} (to {item.points:g})" for item in exercise.rubric)
    if marks.points is not None:
        raise UnfitMarks(f"This exercise has a rubric. Give points by its lines: {there}.", key="points")
    for name in marks.items:
        if name not in lines:
            raise UnfitMarks(f"The rubric has no line `{name}`. It has: {there}.", key=name)
    missing = [name for name in lines if name not in marks.items]
    if missing:
        raise UnfitMarks(f"Give points for each line of the rubric; missing: {', '.join(missing)}.", key=missing[0])
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


def marking(line: HandedIn, submission: str, marks: Marks, exercise: Exercise, rules: Rules, who: str) -> Revision:
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
        raise NewerSubmission(line.progress.submission)
    return found.judgement


def _refuse_lowering(line: HandedIn, change: Change, rules: Rules) -> None:
    if change.lowers:
        raise WouldLower(change.before.score.points, change.after.score.points)
    after = drawn_anew(line, [change.after], rules)
    if falls(line.progress, after):
        raise WouldLower(line.progress.counting_score or 0.0, after.counting_score or 0.0)


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
