"""Whose answer a reply could be: the exercise in front, and others of the course that it speaks of."""

from __future__ import annotations

import re

from codegym_jlab.course.schema import Exercise

from .agents import Asked

#: Other exercises that one reply is judged for.
MOST = 3
_DEFINED = re.compile(r"^\s*(?:async\s+)?(?:def|class)\s+(\w+)", re.M)
_CODE = re.compile(r"`|^ {4}|^\t|\bdef\b|\blambda\b", re.M)


def related(asked: Asked, text: str) -> list[Exercise]:
    """The exercises that `text` is to be judged for, the one in front first."""
    own = [asked.exercise] if asked.exercise is not None else []
    if not _CODE.search(text):
        return own
    words = set(re.findall(r"\w+", f"{asked.message}\n{text}"))
    others = [
        exercise
        for unit in asked.course.units
        for exercise in unit.exercises
        if exercise is not asked.exercise and exercise.solution and words & _names(exercise)
    ]
    return [*own, *others[:MOST]]


def _names(exercise: Exercise) -> set[str]:
    """Its id, and the names that its solution defines, where they are no everyday words."""
    names = {exercise.id, *_DEFINED.findall(exercise.solution)}
    return {name for name in names if len(name) > 4}
