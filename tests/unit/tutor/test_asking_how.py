"""A short question how something is done gets its page, also in the middle of an exercise; a plea for help does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegym_jlab.course.loader import load_course
from codegym_jlab.tutor.agents import Asked, agent_of
from codegym_jlab.tutor.agents.concept import topics_of
from codegym_jlab.tutor.question import Situation
from codegym_jlab.tutor.triage import triage

_COURSE = load_course(Path(__file__).parents[3] / "courses" / "python-basics").course
assert _COURSE is not None
_EXERCISE = next(e for unit in _COURSE.units for e in unit.exercises if e.id == "playlist")


def _asked(message: str) -> Asked:
    assert _COURSE is not None
    situation = Situation(_EXERCISE, _EXERCISE.starter)
    return Asked(message, situation, triage(message, situation), _COURSE)


@pytest.mark.parametrize(
    ("message", "topic"),
    [
        ("is there a way to get the biggest and the smallest at once?", "min-max"),
        ("how do i make everything upper case", "string-case"),
        ("how do I find where in the list a thing is", "list-index"),
        ("how do i get index and item at the same time", "enumerate"),
        ("how do I put a comment in", "comments"),
        ("wie mache ich aus einem Text eine Zahl", "int-conversion"),
        ("wie zähle ich, wie oft etwas in einer Liste vorkommt", "list-count"),
        ("jak zamienić wszystkie litery na duże", "string-case"),
        ("comment enlever un élément d'une liste", "list-insert-remove"),
        ("cómo recorro una lista al revés", "reversed"),
    ],
)
def test_a_question_how_is_answered_with_its_page(message: str, topic: str) -> None:
    asked = _asked(message)
    assert agent_of(asked) == "concept"
    assert topics_of(asked)[0].topic.id == topic


@pytest.mark.parametrize("message", ["how do I rename a column", "怎么返回两个值", "jak zwrócić dwie wartości"])
def test_what_a_page_fits_by_far_is_a_question_of_the_language_beside_own_code_too(message: str) -> None:
    situation = Situation(_EXERCISE, _EXERCISE.starter + "\n    x = 1\n")
    assert agent_of(Asked(message, situation, triage(message, situation), _COURSE)) == "concept"


@pytest.mark.parametrize(
    "message",
    [
        "how do I start?",
        "can I get a hint about the list",
        "how do I do this with a list",
        "how do I write Playlist so that len works",
        "wie fange ich an",
        "how do I make my loop count down",
    ],
)
def test_a_plea_for_help_with_the_exercise_gets_no_page(message: str) -> None:
    assert agent_of(_asked(message)) != "concept"
