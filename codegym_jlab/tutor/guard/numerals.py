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
} | {
    word: value
    for words in (
        "thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
        "dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn",
        "trece catorce quince dieciséis diecisiete dieciocho diecinueve",
        "treize quatorze quinze seize dix-sept dix-huit dix-neuf",
        "trzynaście czternaście piętnaście szesnaście siedemnaście osiemnaście dziewiętnaście",
    )
    for value, word in enumerate(words.split(), start=13)
} | {"zera": 0, "jednego": 1, "dwóch": 2, "trzech": 3, "czterech": 4, "pięciu": 5}  # fmt: skip
_TENS = {
    word: value * 10
    for words in (
        "twenty thirty forty fifty sixty seventy eighty ninety",
        "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
        "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
        "vingt trente quarante cinquante soixante",
        "dwadzieścia trzydzieści czterdzieści pięćdziesiąt sześćdziesiąt siedemdziesiąt osiemdziesiąt dziewięćdziesiąt",
    )
    for value, word in enumerate(words.split(), start=2)
}
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
