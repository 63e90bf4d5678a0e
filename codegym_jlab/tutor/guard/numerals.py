"""Numbers that are said in words, in digits: units, tens, hundreds and thousands in five languages."""

from __future__ import annotations

import re

_UNITS = {
    word: value
    for words in (
        "zero one two three four five six seven eight nine ten eleven twelve",
        "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
        "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce",
        "zéro un deux trois quatre cinq six sept huit neuf dix onze douze",
        "zero jeden dwa trzy cztery pięć sześć siedem osiem dziewięć dziesięć jedenaście dwanaście",
    )
    for value, word in enumerate(words.split())
    if word not in ("un", "dos", "once")
} | {"zera": 0, "jednego": 1, "dwóch": 2, "trzech": 3, "czterech": 4, "pięciu": 5}  # fmt: skip
_TENS = {
    word: value * 10
    for words in (
        "twenty thirty forty fifty sixty seventy eighty ninety",
        "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
        "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    )
    for value, word in enumerate(words.split(), start=2)
}
_BIG = {
    "hundred": 100, "thousand": 1000, "hundert": 100, "tausend": 1000,
    "cien": 100, "ciento": 100, "mil": 1000, "cent": 100, "mille": 1000, "sto": 100,
}  # fmt: skip
_WORD = re.compile(rf"\b({'|'.join(_UNITS)})\b(?! (?:of|by|at)\b)", re.IGNORECASE)
_TEN = re.compile(rf"\b({'|'.join(_TENS)})\b(?:[ -](\d)\b)?", re.IGNORECASE)
_MANY = re.compile(rf"\b(?:(\d+|an?)[ -]?)?({'|'.join(_BIG)})\b(?: (?:and )?(\d{{1,2}})\b)?", re.IGNORECASE)


def in_digits(text: str) -> str:
    """`text` with its numbers in digits; "a hundred" is 100."""
    text = _WORD.sub(lambda m: str(_UNITS[m[0].lower()]), text)
    text = _TEN.sub(lambda m: str(_TENS[m[1].lower()] + int(m[2] or 0)), text)
    return _MANY.sub(lambda m: str(_factor(m[1]) * _BIG[m[2].lower()] + int(m[3] or 0)), text)


def _factor(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 1
