"""Which of the author's wrong ideas a student has: by the stored judgement's pattern, else by the code's own form.

No check is run on the student's code for it: a pattern is what the records hold already, and forms are compared as
syntax trees. So the tutor's answer tells no more about hidden checks than the judgement did.
"""

from __future__ import annotations

from collections import Counter

from codegym_jlab.course.schema import Exercise, Misconception

from ..guard.own import lines_of
from .asked import Asked

#: Of the lines of two programs, the share that must agree, names aside.
ALIKE = 0.8


def wrong_idea(asked: Asked) -> Misconception | None:
    """The one to speak of; None for an answer that passes, or is nobody's."""
    exercise = asked.exercise
    if exercise is None or asked.is_accepted or not exercise.misconceptions:
        return None
    if asked.judged is not None and asked.judged.misconception is not None:
        return next((one for one in exercise.misconceptions if one.id == asked.judged.misconception), None)
    return by_form(exercise, asked.situation.source)


def by_form(exercise: Exercise, source: str) -> Misconception | None:
    """The wrong code that `source` is most like, if it is nearer to it than to the solution."""
    own = _forms(source)
    if not own:
        return None
    alike = [(_share(own, _forms(one.wrong)), one) for one in exercise.misconceptions]
    most, found = max(alike, key=lambda pair: pair[0])
    return found if most >= ALIKE and most > _share(own, _forms(exercise.solution)) else None


def _forms(text: str) -> Counter[str]:
    """The statements of a program, each with the names numbered."""
    found: Counter[str] = Counter()
    for line in lines_of(text):
        found[line.form] += max(1, line.weight)
    return found


def _share(one: Counter[str], other: Counter[str]) -> float:
    """What both hold of what either holds, by weight: 1 for the same program."""
    either = sum((one | other).values())
    return sum((one & other).values()) / either if either else 0.0
