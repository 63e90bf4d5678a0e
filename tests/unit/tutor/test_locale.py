"""The catalogues of sentences: gettext can read them, and each language says what English says with the same gaps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from codegym_jlab.tutor import locale

FOLDER = Path(locale.__file__).parent
OTHERS = [tag for tag in locale.LANGUAGES if tag != "en"]
GAP = re.compile(r"\{(\w+)\}")


@pytest.mark.parametrize("tag", locale.LANGUAGES)
def test_gettext_reads_the_same_messages_and_lines_are_short(tag: str) -> None:
    path = FOLDER / f"{tag}.po"
    with path.open("rb") as file:
        assert {one.id: one.string for one in read_po(file) if one.id} == locale.catalogue(tag)
    assert max(map(len, path.read_text(encoding="utf-8").splitlines())) <= 120


@pytest.mark.parametrize("tag", OTHERS)
def test_a_language_says_what_english_says_with_the_same_gaps(tag: str) -> None:
    english, own = locale.catalogue("en"), locale.catalogue(tag)
    assert own.keys() == english.keys()
    for key, sentence in own.items():
        assert sorted(set(GAP.findall(sentence))) == sorted(set(GAP.findall(english[key]))), key
        assert sentence.count("`") % 2 == 0, key
    asked = [key for key, said in english.items() if key.startswith("explain.text.") and said.endswith("?")]
    assert sum(own[key].rstrip().endswith(("?", "？")) for key in asked) >= 0.9 * len(asked)


def test_a_gap_is_filled_once_and_an_unknown_language_is_english() -> None:
    assert locale.text("explain.line", "de-CH", line=3) == "Sieh dir Zeile 3 an."
    assert locale.text("explain.line", "xx", line="{line}") == "Look at line {line}."
    with pytest.raises(KeyError):
        locale.text("explain.nothing")
