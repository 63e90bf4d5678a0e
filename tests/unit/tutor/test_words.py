"""The tutor's sentences: whole in every language, and those that the guard does not look at hold no code."""

from __future__ import annotations

import re

import pytest

from codegym_jlab.tutor.agents.moment import PLAIN
from codegym_jlab.tutor.diagnosis.example import Example
from codegym_jlab.tutor.diagnosis.sentences import example_text, only_text
from codegym_jlab.tutor.llm_reply import harmless, units
from codegym_jlab.tutor.locale import LANGUAGES, message, names, words

#: Parts whose sentences are told without a look by the guard; of `step` those in `PLAIN`.
FIXED = ("distress", "talk", "kind", "moment", "ask", "back", "human", "note")


def test_fixed_sentences_hold_no_code() -> None:
    for language in LANGUAGES:
        fixed = [message(f"{part}.{name}", language) for part in FIXED for name in names(part)]
        fixed += [message(f"step.{name}", language) for name in PLAIN]
        assert len(fixed) > 30
        assert not [text for text in fixed if "`" in text or re.search(r"\bdef\b|\breturn\b.*\(|==|\[", text)]


def test_an_unknown_language_is_answered_in_english() -> None:
    assert words("xx").language == "en" and words("de-AT").language == "de"


def test_sentences_come_whole_and_code_in_one_piece() -> None:
    text = "One. Two `a. b` here.\n\n```python\nx = 1. \ny\n```\nThree"
    whole, rest = units(text)
    assert whole[0] == "One. " and any("x = 1. \ny\n```" in unit for unit in whole) and rest == "Three"
    assert units("```python\nx = 1. \n")[0] == []


@pytest.mark.parametrize(
    "text",
    [
        "![a](http://x.test/p)",
        "[a](javascript:x)",
        "<img src=//x.test/p>a",
        "[a][1]\n\n[1]: http://x.test",
        "a //x.test",
    ],
)
def test_nothing_of_a_reply_points_elsewhere(text: str) -> None:
    told = harmless(text)
    assert "x.test" not in told and "javascript" not in told and "<" not in told and "a" in told


def test_code_is_left_as_it_is() -> None:
    code = "```python\nurl = 'http://x.test'\n```"
    assert harmless(code) == code


@pytest.mark.parametrize(
    ("got", "wanted", "said"),
    [
        ("Mia !", "Mia!", "spaces"),
        ("one\ntwo", "one two", "spaces"),
        ("Draw", "draw", "capital"),
        ("7 is odd", "7 is odd.", "punctuation"),
        ("Mia !", "Mia!", "Where a comma stands between two values"),
        ("'Mia !'", "'Mia!'", "spaces"),
        ("good DAY !", "Good day!", "spaces or punctuation"),
        ("Each pays 13.020000000000001 euros.", "Each pays 13.02 euros.", "too many digits"),
        ("Petrol: 22 litres", "Petrol: 21.7 litres", "digits after the point are missing"),
        ("Petrol: 25 litres", "Petrol: 21.7 litres", ""),
        ("It takes 2.25 hours", "It takes 2 hours", ""),
        ("-3", "3", ""),
        ("tea", "milk", ""),
        ("", "draw", ""),
    ],
)
def test_what_differs_only_a_little_is_said(got: str, wanted: str, said: str) -> None:
    told = only_text(words("en"), Example("f()", got, wanted, False, spaced=True))
    assert said in told if said else not told


def test_of_a_long_screen_the_line_that_differs_is_shown() -> None:
    asks = "First player: rock\nSecond player: scissors, and once more\n"
    told = example_text(words("en"), Example("rock", f"{asks}first wins\nsecond wins", f"{asks}first wins", False))
    assert "`… first wins ⏎ second wins`" in told and "First player" not in told
