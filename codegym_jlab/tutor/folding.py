"""Text folded for comparison: one form for all spellings of a letter."""

from __future__ import annotations

import unicodedata

#: Letters that do not come apart into a plain one and an accent, and the apostrophes.
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "’": "'", "‘": "'", "´": "'"})


def fold(text: str) -> str:
    """`text` in lower case, without accents, full-width forms as plain ones."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).lower()
