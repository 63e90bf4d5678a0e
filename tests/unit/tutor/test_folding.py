"""Text that a person wrote, before any pattern sees it."""

from __future__ import annotations

import pytest

from codegym_jlab.tutor.patterns import collapsed


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("why" + " " * 4000 + "so?", "why" + " " * 40 + "so?"),
        ("a" + "\n \n" * 1000 + "b", "a\n\nb"),
        ("(" * 3000, "(" * 20),
        ("look:\n\tfor x in y:\n\t\tprint(x)", "look:\n    for x in y:\n        print(x)"),
        (" " * 3000 + "x", " " * 40 + "x"),
        ("x" * 5000, "x" * 4000),
    ],
)
def test_long_runs_are_cut_and_code_keeps_its_form(text: str, seen: str) -> None:
    assert collapsed(text, 4000) == seen
