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
        ("mi palabra no cambia, uso upper y sigue igual", _UPPER, "línea 2"),
        ("mein Wort bleibt klein, obwohl ich upper benutze", _UPPER, "Zeile 2"),
        ("mon mot ne change pas, j'utilise upper et rien ne se passe", _UPPER, "ligne 2"),
        ("moje słowo się nie zmienia, używam upper i nic", _UPPER, "linię 2"),
        ("我用了 upper 但是我的单词没有变", _UPPER, "第 2 行"),
        ("warum ist meine Liste nach dem Sortieren None?", _SORT, "marks.sort()"),
        ("pourquoi ma liste vaut None après le tri ?", _SORT, "marks.sort()"),
        ("dlaczego moja lista to None po sortowaniu", _SORT, "marks.sort()"),
        ("¿por qué mi lista es None después de ordenar?", _SORT, "marks.sort()"),
        ("为什么排序之后我的列表是 None", _SORT, "marks.sort()"),
    ],
)
def test_an_odd_outcome_is_answered_with_the_quiet_mistake(message: str, source: str, named: str) -> None:
    asked = _asked(message, source)
    assert agent_of(asked) == "review"
    assert named in asyncio.run(answered(asked)).reply.text


def test_a_cell_without_a_quiet_mistake_is_not_reviewed_for_it() -> None:
    asked = _asked("I use upper on my word but nothing happens", 'word = "tea"\nword = word.upper()\n')
    assert agent_of(asked) != "review"


@pytest.mark.parametrize(
    ("message", "told", "untold"),
    [
        ("what does line 3 do", "line 3, `for", "line 2"),
        ("why do I need the second line?", "line 2, `total", "line 3"),
        ("wozu ist Zeile 3 da", "Zeile 3, `for", "Zeile 2"),
        ("à quoi sert la ligne 2 ?", "ligne 2, `total", "ligne 3"),
        ("po co jest ostatnia linia?", "linia 5, `return", "linia 2"),
        ("第3行是做什么的", "第 3 行", "第 2 行"),
    ],
)
def test_a_line_that_is_asked_about_is_told(message: str, told: str, untold: str) -> None:
    asked = _asked(message, "def f(xs):\n    total = 0\n    for x in xs:\n        total += x\n    return total\n")
    text = asyncio.run(answered(asked)).reply.text
    assert told in text
    assert untold not in text


@pytest.mark.parametrize(
    "message", ["what goes in line 3", "help with line 3 please", "was soll ich in Zeile 3 schreiben"]
)
def test_what_a_line_is_to_hold_is_not_told(message: str) -> None:
    asked = _asked(message, "def f(xs):\n    total = 0\n    for x in xs:\n        ...\n    return total\n")
    assert "`total = 0`:" not in asyncio.run(answered(asked)).reply.text


def test_why_a_cell_without_a_known_mistake_does_what_it_does_is_told_by_its_lines() -> None:
    asked = _asked("why does it always give 0?", "def f(xs):\n    total = 0 * len(xs)\n    return total\n")
    assert "line 2" in asyncio.run(answered(asked)).reply.text


def test_despair_goes_before_the_cell() -> None:
    asked = _asked("my marks are gone and I want to die, nothing happens anymore in my life", _SORT)
    assert agent_of(asked) == "distress"
