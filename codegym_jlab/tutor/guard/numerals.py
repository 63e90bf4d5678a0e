"""Numbers that are said in words, in digits: units, tens, hundreds and thousands in five languages."""

from __future__ import annotations

import re

from .spelling import TENS, UNITS

#: Words that mean something else in another language, and as often.
_OTHER = frozenset({"un", "dos", "once"})
_MORE = {"nought": 0, "naught": 0, "zera": 0, "jednego": 1, "dwóch": 2, "trzech": 3, "czterech": 4, "pięciu": 5}
_UNITS = {word: value for words in UNITS for value, word in enumerate(words) if word not in _OTHER} | _MORE
_TENS = {word: value * 10 for words in TENS for value, word in enumerate(words) if value > 1}
_HUNDRED, _THOUSAND = "hundred|hundert|cien|ciento|cent|sto", "thousand|tausend|mil|mille|tysiąc"
_WORD = re.compile(rf"\b({'|'.join(sorted(_UNITS, key=len, reverse=True))})\b(?! (?:of|by|at|after)\b)", re.IGNORECASE)
_TEN = re.compile(rf"\b({'|'.join(_TENS)})\b(?:[ -](\d)\b)?", re.IGNORECASE)
_REST = rf"(?: (?:(?:and|und|y|et|i) )?(\d{{1,2}})\b(?![ -](?:{_HUNDRED}|{_THOUSAND})))?"
_THOUSANDS = re.compile(
    rf"\b(?:(\d+|an?)[ -]?)?(?:{_THOUSAND})\b(?:[ -](?:(?:and|und|y|et|i) )?(?:(\d)[ -]?)?({_HUNDRED})\b)?{_REST}",
    re.IGNORECASE,
)
_HUNDREDS = re.compile(rf"\b(?:(\d+|an?)[ -]?)?(?:{_HUNDRED})\b{_REST}", re.IGNORECASE)


def in_digits(text: str) -> str:
    """`text` with its numbers in digits; "a hundred" is 100."""
    text = _WORD.sub(lambda m: str(_UNITS[m[0].lower()]), text)
    text = _TEN.sub(lambda m: str(_TENS[m[1].lower()] + int(m[2] or 0)), text)
    text = _THOUSANDS.sub(_thousands, text)
    return _HUNDREDS.sub(lambda m: str(_factor(m[1]) * 100 + int(m[2] or 0)), text)


def _thousands(found: re.Match[str]) -> str:
    hundreds = _factor(found[2]) * 100 if found[3] else 0
    return str(_factor(found[1]) * 1000 + hundreds + int(found[4] or 0))


def _factor(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 1
