"""A student puzzled by what the own code does is shown the quiet mistake in the cell; others are not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from codegym_jlab.course.loader import load_course
from codegym_jlab.tutor.agents import Asked, agent_of, answered
from codegym_jlab.tutor.question import Situation
from codegym_jlab.tutor.triage import triage

_COURSE = load_course(Path(__file__).parents[3] / "courses" / "python-basics").course
assert _COURSE is not None
_EXERCISE = next(e for unit in _COURSE.units for e in unit.exercises if e.id == "playlist")
_UPPER = 'word = "tea"\nword.upper()\nprint(word)\n'
_SORT = "marks = [3, 1]\nmarks = marks.sort()\nprint(marks)\n"


def _asked(message: str, source: str) -> Asked:
    assert _COURSE is not None
    situation = Situation(_EXERCISE, source)
    return Asked(message, situation, triage(message, situation), _COURSE)


@pytest.mark.parametrize(
    ("message", "source", "named"),
    [
        ("I use upper on my word but nothing happens", _UPPER, "upper"),
        ("my marks are gone, it's None after I sort them", _SORT, "None"),
    ],
)
def test_an_odd_outcome_is_answered_with_the_quiet_mistake(message: str, source: str, named: str) -> None:
    asked = _asked(message, source)
    assert agent_of(asked) == "review"
    assert named in asyncio.run(answered(asked)).reply.text


def test_a_cell_without_a_quiet_mistake_is_not_reviewed_for_it() -> None:
    asked = _asked("I use upper on my word but nothing happens", 'word = "tea"\nword = word.upper()\n')
    assert agent_of(asked) != "review"


def test_despair_goes_before_the_cell() -> None:
    asked = _asked("my marks are gone and I want to die, nothing happens anymore in my life", _SORT)
    assert agent_of(asked) == "distress"
