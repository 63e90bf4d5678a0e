"""What surprises beginners in their own program is told with its line, in each language; nobody else is bothered."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from codegym_jlab.course.loader import load_course
from codegym_jlab.tutor.agents import Asked, agent_of, answered
from codegym_jlab.tutor.explain.puzzles import puzzles
from codegym_jlab.tutor.question import Situation
from codegym_jlab.tutor.triage import triage

_COURSE = load_course(Path(__file__).parents[3] / "courses" / "python-basics").course
assert _COURSE is not None
_EXERCISE = next(e for unit in _COURSE.units for e in unit.exercises if e.id == "playlist")

_KINDS = [
    ("a = [2, 1]\nprint(a.sort())\n", "none_return.in_place", 2),
    ("def f(x):\n    print(x * 2)\n\ny = f(3)\nprint(y)\n", "none_return.print", 2),
    ("x = 1\nx + 1\nprint(x)\n", "unused", 2),
    ("a = [2, 1]\nsorted(a)\nprint(a)\n", "unused", 2),
    ("total = 0\nfor p in [2, 3]:\n    total = p\nprint(total)\n", "overwritten", 3),
    ("for p in [2, 3]:\n    out = []\n    out.append(p)\nprint(out)\n", "begun_anew", 2),
    ("c = 0\nc =+ 1\nprint(c)\n", "signed", 2),
    ("x = 5\nif x == 1 or 2:\n    print('hi')\n", "bare_side", 2),
    ("x = 5\nif x != 1 or x != 2:\n    print('hi')\n", "never_both", 2),
    ("a = [1]\nb = [1]\nprint(a is b)\n", "identity", 3),
    ("x = float('nan')\nprint(x == x)\n", "nan", 2),
    ('print(max(["9", "10"]))\n', "by_letters", 1),
    ("n = 95\nif n >= 50:\n    g = 'C'\nelif n >= 90:\n    g = 'A'\nprint(g)\n", "covered", 2),
    ('n = "3"\nprint(n * 4)\n', "repeated", 2),
    ('a = "3"\nb = "4"\nprint(a + b)\n', "joined", 3),
    ('name = "Ana"\nprint("hi {name}")\n', "braces", 2),
    ("print(zip([1], [2]))\n", "lazy", 1),
    ('w = "a"\nprint(w.upper)\n', "missing_call", 2),
    ("x = 5,\nprint(x)\n", "comma", 1),
    ("def inc(n):\n    n = n + 1\n\nx = 1\ninc(x)\nprint(x)\n", "parameter", 2),
    ("n = 10\nwhile n > 0:\n    print(n)\n", "endless", 2),
    ("print(7 / 2)\n", "divided", 1),
    ("for i in range(1, 10):\n    print(i)\n", "range_end", 1),
    ('w = "hello"\nprint(w[0:4])\n', "slice_end", 2),
    ("print(round(2.5))\n", "halves", 1),
    ("xs = [1]\nys = list(xs)\nys.append(2)\n", "copied", 2),
    ('d = {"a": 1, "a": 2}\nprint(d)\n', "same_key", 1),
]
_ASKED = [
    ("why do I get this and not 12?", "line {}"),
    ("¿por qué me sale esto en vez de 12?", "línea {}"),
    ("warum kommt das heraus statt 12?", "Zeile {}"),
    ("pourquoi j'obtiens ça au lieu de 12 ?", "ligne {}"),
    ("dlaczego wychodzi to zamiast 12?", "lini"),
    ("我想要 12，为什么得到这个？", "第 {} 行"),
]


def _asked(message: str, source: str) -> Asked:
    assert _COURSE is not None
    situation = Situation(_EXERCISE, source)
    return Asked(message, situation, triage(message, situation), _COURSE)


@pytest.mark.parametrize(("source", "kind", "line"), _KINDS)
def test_a_surprise_is_seen_and_told_with_its_line_in_six_languages(source: str, kind: str, line: int) -> None:
    assert (puzzles(source)[0].kind, puzzles(source)[0].line) == (kind, line)
    for message, words in _ASKED:
        text = asyncio.run(answered(_asked(message, source))).reply.text
        assert words.format(line) in text, (message, text)


def test_a_cell_with_nothing_odd_has_no_surprise() -> None:
    assert puzzles("total = 0\nfor x in [1, 2]:\n    total += x\nprint(total)\n") == []
    assert puzzles("def (") == []


def test_a_question_about_the_rules_is_not_answered_from_the_cell() -> None:
    assert agent_of(_asked("why is the deadline on Friday and not on the 12th?", "print(7 / 2)\n")) != "review"
