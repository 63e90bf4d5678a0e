"""Many patterns at once find what one pattern of all of them finds."""

from __future__ import annotations

import re

import pytest

from codegym_jlab.tutor.guard.scanning import Scanner, alternatives

PARTS = [
    ("word", r"(?:very )?(?:big|small)(?:er)?|gr(?:ow|ew)s?"),
    ("some", r"\w+ less|a?b*[cd]"),
    ("sign", r"\+\+?|\[\]|[<>]=?"),
]


@pytest.mark.parametrize(
    "text",
    ["very smaller", "it grew and is small", "two less, one more", "abbc ad bd", "x ++ y [] >= z", "Gross GROWS"],
)
def test_the_same_is_found_as_by_one_pattern(text: str) -> None:
    bounded = [(name, pattern, r"(?<!\w)", r"(?!\w)") for name, pattern in PARTS]
    whole = re.compile("|".join(rf"(?<!\w)(?:(?P<{name}>{part}))(?!\w)" for name, part in PARTS), re.IGNORECASE)
    wanted = [(str(found.lastgroup), *found.span()) for found in whole.finditer(text)]
    assert wanted
    assert list(Scanner(bounded, "[A-Za-z]+").scan(text)) == wanted


def test_bars_in_brackets_part_nothing() -> None:
    assert alternatives(r"a(?:b|c)|[|]d|\|e") == ["a(?:b|c)", "[|]d", r"\|e"]
