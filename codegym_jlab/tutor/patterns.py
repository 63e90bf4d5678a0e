"""Text made plain before it is looked at: one form for all spellings of a letter, no long runs of blanks."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Any

from codegym_jlab.files import table_beside

#: Letters that do not come apart into a plain one and an accent, and the apostrophes.
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "’": "'", "‘": "'", "´": "'"})


def fold(text: str) -> str:
    """`text` in lower case, without accents, full-width forms as plain ones."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).lower()


#: Characters that are kept of a longer run of blanks, and of one sign.
_BLANKS, _SIGNS = 40, 20
_GAPS = re.compile(rf"[ \t]{{{_BLANKS},}}")
_SIGN_RUNS = re.compile(rf"([^\w\s])\1{{{_SIGNS},}}")


def collapsed(text: str, most: int) -> str:
    """The first `most` characters of a text that a person wrote, without long runs of blanks, signs and empty lines.

    Every pattern that is held against a person's text sees it so: runs of white space are what patterns are slow on.
    """
    lines: list[str] = []
    for line in text.splitlines():
        bare = line.strip()
        if bare or (lines and lines[-1]):
            indent = line[: len(line) - len(line.lstrip())].expandtabs(4)[:_BLANKS]
            bare = _SIGN_RUNS.sub(lambda found: found[1] * _SIGNS, bare)
            lines.append(indent + _GAPS.sub(" " * _BLANKS, bare) if bare else "")
    return "\n".join(lines).rstrip()[:most]


@cache
def patterns(part: str) -> Mapping[str, re.Pattern[str]]:
    """What messages are recognised by, by name, in the file's order; all languages in one, as people mix them."""
    return {name: re.compile("|".join(rows), re.I) for name, rows in _table()[part].items() if isinstance(rows, list)}


@cache
def word_lists(part: str) -> Mapping[str, frozenset[str]]:
    """The lists of whole words of a part, by name."""
    return {name: frozenset(row.split()) for name, row in _table()[part].items() if isinstance(row, str)}


@cache
def _table() -> dict[str, Any]:
    return table_beside(__file__, "patterns.toml")
