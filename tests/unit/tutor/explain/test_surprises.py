"""What surprises beginners in a program that runs, with its line."""

from __future__ import annotations

import pytest

from codegym_jlab.tutor import locale
from codegym_jlab.tutor.explain.explanation import said_of
from codegym_jlab.tutor.explain.rules.surprises import surprises

_KINDS = [
    ("a = [2, 1]\nprint(a.sort())\n", "none_return.in_place", 2),
    ("def f(x):\n    print(x * 2)\n\ny = f(3)\nprint(y)\n", "none_return.print", 2),
    ("x = 1\nx + 1\nprint(x)\n", "puzzle.unused", 2),
    ("a = [2, 1]\nsorted(a)\nprint(a)\n", "puzzle.unused", 2),
    ("total = 0\nfor p in [2, 3]:\n    total = p\nprint(total)\n", "puzzle.overwritten", 3),
    ("for p in [2, 3]:\n    out = []\n    out.append(p)\nprint(out)\n", "puzzle.begun_anew", 2),
    ("x = 5\nif x == 1 or 2:\n    print('hi')\n", "puzzle.bare_side", 2),
    ('n = "3"\nprint(n * 4)\n', "puzzle.repeated", 2),
    ('a = "3"\nb = "4"\nprint(a + b)\n', "puzzle.joined", 3),
    ('name = "Ana"\nprint("hi {name}")\n', "puzzle.braces", 2),
    ("print(zip([1], [2]))\n", "puzzle.lazy", 1),
    ('w = "a"\nprint(w.upper)\n', "missing_call", 2),
    ("x = 5,\nprint(x)\n", "puzzle.comma", 1),
    ("n = 10\nwhile n > 0:\n    print(n)\n", "puzzle.endless", 2),
]


@pytest.mark.parametrize(("source", "kind", "line"), _KINDS)
def test_a_surprise_is_seen_with_its_line_and_told_in_each_language(source: str, kind: str, line: int) -> None:
    first = surprises(source)[0]
    assert (f"{first.cause}.{first.variant}".strip("."), first.line) == (kind, line)
    told = {said_of(first.cause, first.variant, first.words, language) for language in locale.LANGUAGES}
    assert len(told) == 6


def test_a_cell_with_nothing_odd_has_no_surprise() -> None:
    assert surprises("total = 0\nfor x in [1, 2]:\n    total += x\nprint(total)\n") == []
    assert surprises("def (") == []
