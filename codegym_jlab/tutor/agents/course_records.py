"""Own standing, and the course's rules: exact from the records where they are given, else what the course says."""

import builtins
import keyword
import re
from collections.abc import Callable
from inspect import isbuiltin
from itertools import dropwhile

from codegym_jlab.course.schema import GAP
from codegym_jlab.grading.checker.responses import SYNTAX_KINDS
from codegym_jlab.grading.checker.verdict import broken_rules
from codegym_jlab.grading.progress import CourseStanding, Standing, Status

from ..patterns import patterns
from .base import Answer, Asked, answer
from .moment import form, moment, subjects
from .small_talk import perhaps
from .wrong import about_code, told_place

#: A word of Python as a question names it: behind a verb of use, or as a call.
_NAMED = re.compile(r"\b(?:use|using|need|without) (?:an? |the |just )?`?(\w{1,40})|\b(\w{1,40})\(")
_NAMES = frozenset(keyword.kwlist).union(name for name, one in vars(builtins).items() if isbuiltin(one))
_OVER = frozenset({Status.LOCKED, Status.CLOSED, Status.KEPT, Status.AWAITING_REVIEW})


def is_of_a_way(asked: Asked) -> bool:
    """Whether a message asks if something may be used in place of what is there or comes, and not whose help."""
    is_of_help = "allowed" in subjects(asked.message) and not _named(asked.message)
    is_so_far = asked.has("solved.so_far")  # which is asked first
    if asked.exercise is None or not asked.is_code or is_of_help or is_so_far or not _asks_for_a_way(asked):
        return False
    is_told = any(one.line for one in asked.replies)
    return "review" not in asked.routed.heard if asked.is_accepted else not is_told


def _asks_for_a_way(asked: Asked) -> bool:
    """Whether a sentence of a message asks for a way, and no more: "how many do I need" is no such one."""
    others = [patterns("talk")["why"], patterns("proposal")["other"]]
    parts = re.split(r"(?<=[.?!])\s", asked.message)
    return any("way" in subjects(one) and not any(other.search(one) for other in others) for one in parts)


async def progress(asked: Asked) -> Answer:
    """What is done, what is open, what comes next."""
    if "history" in subjects(asked.message):
        return answer("progress", asked.say("records.history"))
    if asked.terms.standing is None:
        return answer(
            "progress",
            f"{asked.say('talk.joy')} {moment(asked)}" if asked.is_accepted else asked.say("records.no_records"),
            asked.next_title(),
        )
    standing = await asked.terms.standing()
    every = [one for unit in standing.units for one in unit.exercises]
    todo = [one for one in every if not one.done and one.status not in _OVER]
    whole = asked.say(
        "records.standing",
        course=asked.course.title,
        done=sum(one.done for one in every),
        total=sum(unit.total for unit in standing.units),
        points=f"{sum(_reached(one) for one in every):g}",
        max=f"{standing.max_points:g}",
    )
    parts = [whole, _here(asked, standing)]
    if todo:
        here = asked.exercise.id if asked.exercise is not None else ""
        after = [*dropwhile(lambda one: one.id != here, every)][1:]
        onward = [one for one in after if one in todo]
        parts.append(asked.say("records.next", title=(onward or todo)[0].title))
    elif every:
        parts.append(asked.say("records.all_done"))
    return answer("progress", *parts)


async def logistics(asked: Asked) -> Answer:
    """Each subject that the question names, told in turn; what is not written anywhere goes to a person."""
    if is_of_a_way(asked):
        return _of_a_way(asked)
    named = [name for name in subjects(asked.message) if name != "way"]
    standing = await asked.terms.standing() if asked.terms.standing is not None else None
    parts = [_TOLD[one](asked, standing) if one in _TOLD else asked.say(f"records.{one}") for one in named[:3]]
    told = [part for part in parts if part] or [asked.say("records.where")]
    if asked.terms.contact and (not named or "allowed" in named):
        told.append(asked.words.whom(asked.terms.contact))
    return answer("logistics", *dict.fromkeys(told))


def _named(message: str) -> list[str]:
    """The words of Python that a message asks about."""
    found = (word or call for word, call in _NAMED.findall(message))
    return [one for one in dict.fromkeys(found) if one in _NAMES]


def _of_a_way(asked: Asked) -> Answer:
    """What the task asks for, or what the author's answer uses of what is named; then to try it, which tells."""
    exercise = asked.exercise
    rules = broken_rules(exercise, dict.fromkeys(SYNTAX_KINDS, {})) if exercise is not None else []
    named = _named(asked.message)
    solution = asked.solution if asked.terms.practice and asked.is_code and asked.is_python else ""
    used = [one for one in named if re.search(rf"\b{one}\b", solution)]
    told = ""
    if solution and named:
        key = "records.used" if used else "records.unused"
        told = asked.say(key, names=", ".join(f"`{one}`" for one in used or named))
    if asked.is_wrong and not rules and (seen := about_code(asked)):  # what it comes to says more than what may be
        return told_place(asked, "logistics", told, seen)
    if not (rules or told or asked.is_accepted) and (own := perhaps(asked)) is not None:
        return own
    is_gap = asked.is_given and GAP in asked.code  # round which nothing is to be changed
    return answer("logistics", *(rules or (told, form(asked) if is_gap else asked.say("records.way"))))


def _reached(one: Standing) -> float:
    return (one.counting.score if one.counting is not None else one.score) or 0.0


def _here(asked: Asked, standing: CourseStanding | None) -> str:
    own = _own(asked, standing)
    if own is None or own.submitted_at is None:
        return ""
    return asked.say("records.here", title=own.title, points=f"{_reached(own):g}", max=f"{own.max_score:g}")


def _own(asked: Asked, standing: CourseStanding | None) -> Standing | None:
    if standing is None or asked.exercise is None:
        return None
    found = (one for unit in standing.units for one in unit.exercises if one.id == asked.exercise.id)
    return next(found, None)


def _due(asked: Asked, standing: CourseStanding | None) -> str:
    if asked.exercise is None:
        units = [one for one in standing.units if one.due] if standing is not None else []
        told = (asked.say("records.due", title=one.title, due=f"{one.due:%Y-%m-%d, %H:%M %Z}") for one in units[:5])
        return "\n\n".join(told) or asked.say("records.due_course")
    due = asked.terms.policy.due
    if due is None:
        return asked.say("records.due_none", title=asked.exercise.title)
    told_due = asked.say("records.due", title=asked.exercise.title, due=f"{due:%Y-%m-%d, %H:%M %Z}")
    return f"{told_due} {_late(asked, standing)}"


def _late(asked: Asked, _: CourseStanding | None) -> str:
    policy = asked.terms.policy
    if policy.due is None:
        return asked.say("records.due_course")
    if policy.late_per_day is None:
        return asked.say("records.late_none")
    return asked.say("records.late", share=f"{100 * policy.late_per_day:g}")


def _attempts(asked: Asked, standing: CourseStanding | None) -> str:
    policy = asked.terms.policy
    if policy.attempts is None or asked.exercise is None:
        return asked.say("records.attempts_free")
    own = _own(asked, standing)
    counts = asked.say(f"records.{policy.count}")
    title = asked.exercise.title
    if own is None or own.attempts is None:
        return f"{asked.say('records.attempts', title=title, max=policy.attempts)} {counts}"
    left = asked.say("records.attempts_left", title=title, left=own.attempts.left, max=own.attempts.max)
    return f"{left} {counts}"


def _points(asked: Asked, standing: CourseStanding | None) -> str:
    if asked.exercise is None:
        points = sum(exercise.points for unit in asked.course.units for exercise in unit.exercises)
        return asked.say("records.points_course", points=f"{points:g}")
    told = asked.say("records.points", title=asked.exercise.title, points=f"{asked.exercise.points:g}")
    return f"{told} {_here(asked, standing)}".strip()


def _hints(asked: Asked, _: CourseStanding | None) -> str:
    cost = asked.terms.policy.hint_cost
    seconds = asked.terms.policy.hint_cooldown_s if asked.exercise is not None else 0.0
    told = asked.say("records.hints_cost", points=f"{cost:g}") if cost else asked.say("records.hints_free")
    return f"{told} {asked.say('records.hints_wait', seconds=f'{seconds:g}')}" if seconds else told


#: What is told of a subject that is more than a sentence.
_TOLD: dict[str, Callable[[Asked, CourseStanding | None], str]] = {
    "due": _due,
    "late": _late,
    "attempts": _attempts,
    "points": _points,
    "hints": _hints,
    "contact": lambda asked, _: asked.words.whom(asked.terms.contact),
}
