"""Numbers in words, as people write them in six languages: whole, in pairs of digits, digit by digit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

_EN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_EN_TENS = "x ten twenty thirty forty fifty sixty seventy eighty ninety".split()
_DE = (
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn "
    "fünfzehn sechzehn siebzehn achtzehn neunzehn"
).split()
_DE_TENS = "x zehn zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split()
_ES = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
    "dieciséis diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés "
    "veinticuatro veinticinco veintiséis veintisiete veintiocho veintinueve"
).split()
_ES_TENS = "x diez veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa".split()
_ES_HUNDREDS = (
    "x ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos"
).split()
_FR = (
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze "
    "seize dix-sept dix-huit dix-neuf"
).split()
_FR_TENS = "x dix vingt trente quarante cinquante soixante soixante quatre-vingt quatre-vingt".split()
_PL = (
    "zero jeden dwa trzy cztery pięć sześć siedem osiem dziewięć dziesięć jedenaście dwanaście "
    "trzynaście czternaście piętnaście szesnaście siedemnaście osiemnaście dziewiętnaście"
).split()
_PL_TENS = (
    "x dziesięć dwadzieścia trzydzieści czterdzieści pięćdziesiąt sześćdziesiąt siedemdziesiąt "
    "osiemdziesiąt dziewięćdziesiąt"
).split()
_PL_HUNDREDS = "x sto dwieście trzysta czterysta pięćset sześćset siedemset osiemset dziewięćset".split()
_ZH = "零一二三四五六七八九"
#: The words of the numbers from nought on, and of ten, twenty and so on, by language; in French up to sixty.
UNITS = (_EN, _DE, _ES, _FR, _PL)
TENS = (_EN_TENS, _DE_TENS, _ES_TENS, _FR_TENS[:7], _PL_TENS)


def _english(n: int) -> str:
    if n < 20:
        return _EN[n]
    if n < 100:
        return _EN_TENS[n // 10] + (" " + _EN[n % 10] if n % 10 else "")
    if n < 1000:
        return f"{_EN[n // 100]} hundred" + (" " + _english(n % 100) if n % 100 else "")
    size, name = (10**6, "million") if n >= 10**6 else (1000, "thousand")
    return f"{_english(n // size)} {name}" + (" " + _english(n % size) if n % size else "")


def _german(n: int) -> str:
    if n < 20:
        return _DE[n]
    if n < 100:
        ones = "ein" if n % 10 == 1 else _DE[n % 10]
        return f"{ones}und{_DE_TENS[n // 10]}" if n % 10 else _DE_TENS[n // 10]
    size, name = (100, "hundert") if n < 1000 else (1000, "tausend") if n < 10**6 else (10**6, "millionen")
    many = "ein" if n // size == 1 else _german(n // size)
    return f"{many}{name}" + (_german(n % size) if n % size else "")


def _spanish(n: int) -> str:
    if n < 30:
        return _ES[n]
    if n < 100:
        return _ES_TENS[n // 10] + (f" y {_ES[n % 10]}" if n % 10 else "")
    if n < 1000:
        return "cien" if n == 100 else _ES_HUNDREDS[n // 100] + (" " + _spanish(n % 100) if n % 100 else "")
    if n < 10**6:
        many = "" if n // 1000 == 1 else _spanish(n // 1000) + " "
        return f"{many}mil" + (" " + _spanish(n % 1000) if n % 1000 else "")
    return f"{_spanish(n // 10**6)} millones" + (" " + _spanish(n % 10**6) if n % 10**6 else "")


def _french(n: int) -> str:
    if n < 20:
        return _FR[n]
    if n < 100:
        tens, rest = n // 10, n % 10 + (10 if n // 10 in (7, 9) else 0)
        if not rest:
            return _FR_TENS[tens]
        return f"{_FR_TENS[tens]} et {_FR[rest]}" if rest in (1, 11) and tens < 8 else f"{_FR_TENS[tens]} {_FR[rest]}"
    size, name = (100, "cent") if n < 1000 else (1000, "mille") if n < 10**6 else (10**6, "million")
    many = "" if n // size == 1 else _french(n // size) + " "
    return f"{many}{name}" + (" " + _french(n % size) if n % size else "")


def _polish(n: int) -> str:
    if n < 20:
        return _PL[n]
    if n < 100:
        return _PL_TENS[n // 10] + (" " + _PL[n % 10] if n % 10 else "")
    if n < 1000:
        return _PL_HUNDREDS[n // 100] + (" " + _polish(n % 100) if n % 100 else "")
    size, name = (10**6, "milion") if n >= 10**6 else (1000, "tysi")
    many = "" if n // size == 1 else _polish(n // size) + " "
    return f"{many}{name}" + (" " + _polish(n % size) if n % size else "")


def _chinese(n: int, top: bool = True) -> str:
    if n < 10:
        return _ZH[n]
    for size, name in ((10**8, "亿"), (10**4, "万"), (1000, "千"), (100, "百"), (10, "十")):
        if n >= size:
            rest = n % size
            gap = "零" if rest and rest < size // 10 else ""
            head = "" if size == 10 and n // size == 1 and n < 20 and top else _chinese(n // size, False)
            return head + name + gap + (_chinese(rest, False) if rest else "")
    return ""


_WAYS: tuple[tuple[Callable[[int], str], tuple[str, ...]], ...] = (
    (_english, ("point", "dot", "decimal")),
    (_german, ("komma", "punkt")),
    (_spanish, ("coma", "punto")),
    (_french, ("virgule", "point")),
    (_polish, ("przecinek", "kropka", "i")),
    (_chinese, ("点",)),
)


def letters(text: str) -> str:
    """Only its letters, small, without the words that join numbers: what two spellings have in common."""
    text = re.sub(r"\b(?:and|und|et|y|i)\b", " ", text.lower().replace("ß", "ss"))
    text = re.sub(r"tysi\w*", "tysi", text)
    text = re.sub(r"\b(cent|vingt|million)s\b", r"\1", text).translate(
        str.maketrans("éèêëáíóúąęćłńśźż", "eeeeaiouaeclnszz")
    )
    return "".join(ch for ch in text if ch.isalpha())


@lru_cache(maxsize=4000)
def spelled(number: str) -> frozenset[str]:
    """The spellings of a number (`918273`, `77.125`), as `letters` leaves them; only long ones."""
    found = {letters(text) for text in _spelled(number)}
    return frozenset(text for text in found if len(text) >= 9 or (len(text) >= 4 and not text.isascii()))


_MOST_DIGITS = 40


def _spelled(number: str) -> Iterator[str]:
    whole, _, part = number.lstrip("-").partition(".")
    if not whole.isdigit() or len(whole) > _MOST_DIGITS:
        return
    if len(whole) > 9:
        yield from (" ".join(way(int(digit)) for digit in whole) for way, _ in _WAYS)
        return
    for way, points in _WAYS:
        tails = [""]
        if part:
            said = " ".join(way(int(digit)) for digit in part)
            tails = [f" {point} {tail}" for point in points for tail in (said, way(int(part)))]
        of_one = (
            [re.sub(r"^one ", "", way(int(whole)))] if way is _english and whole[0] == "1" and len(whole) > 2 else []
        )
        heads = [*of_one, way(int(whole)), " ".join(way(int(digit)) for digit in whole)]
        if len(whole) in (4, 6):
            heads.append(" ".join(way(int(whole[at : at + 2])) for at in range(0, len(whole), 2)))
        if len(whole) == 4 and whole[1:3] != "00":
            heads.append(f"{way(int(whole[:2]))} hundred {way(int(whole[2:])) if int(whole[2:]) else ''}")
        if len(whole) in (5, 6):
            heads.append(f"{way(int(whole[:-3]))} {way(int(whole[-3:]))}")
        yield from (head + tail for head in heads for tail in tails)


#: Words that mean a number in one language and are frequent in another, or a mere article.
_NO_NUMBERS = frozenset({"un", "once", "cent", "cien", "mil", "sto", "dos"})


#: Polish numbers as they stand behind a word that governs them, such as a preposition.
_OBLIQUES = {
    "dwa": "dwóch", "trzy": "trzech", "cztery": "czterech", "pięć": "pięciu", "sześć": "sześciu", "siedem": "siedmiu",
    "osiem": "ośmiu", "dziewięć": "dziewięciu", "dziesięć": "dziesięciu", "dwanaście": "dwunastu",
    "dwadzieścia": "dwudziestu", "trzydzieści": "trzydziestu", "czterdzieści": "czterdziestu", "sto": "stu",
}  # fmt: skip
_OBLIQUE = re.compile(rf"\b(?:({'|'.join(_OBLIQUES)})|(\w+)(naście|dziesiąt))\b")


def _oblique(found: re.Match[str]) -> str:
    return _OBLIQUES[found[1]] if found[1] else found[2] + {"naście": "nastu", "dziesiąt": "dziesięciu"}[found[3]]


def small_numbers() -> Iterator[tuple[str, int]]:
    """The numbers below two hundred as five languages write them in words."""
    for way, _ in _WAYS[:-1]:
        for value in range(200):
            text = way(value)
            if text not in _NO_NUMBERS:
                yield text, value
                yield text.replace("hundred ", "hundred and ").replace("vingt", "vingts"), value
                for other in {re.sub(r" un$", " une", text), _OBLIQUE.sub(_oblique, text)} - {text}:
                    yield other, value


_ROMAN = {"M": 1000, "D": 500, "C": 100, "L": 50, "X": 10, "V": 5, "I": 1}


def roman(text: str) -> int:
    """The value of a Roman number."""
    values = [_ROMAN[letter] for letter in text]
    return sum(-v if any(w > v for w in values[i + 1 : i + 2]) else v for i, v in enumerate(values))
