# ruff: noqa: E501  (tables of patterns)
"""The values that a text says, in the order in which it says them: digits, number words, texts, truth, emptiness."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from .spelling import small_numbers

#: What stands for a list, text or dictionary of nothing.
EMPTY = "empty"
#: What stands for an exception.
ERROR = "error"
#: Numbers up to here are told apart by their sign; of larger ones a text may well leave it out.
SMALL = 10
_LONGEST = 5  #: words of a number below two hundred

_EMPTY = re.compile(
    r"\[\s*\]|\{\s*\}|(?<![\w\])])\(\s*\)|(?<![\"'\w])(?:\"\"|'')(?![\"'\w])|\b(?:list|dict|set|str|tuple)\(\)"
    r"|\bempty\b|\bnothing in it\b|\b(?:without|no|zero) (?:any )?(?:elements?|items?|entries|characters?)\b"
    r"|\bleere[nmrs]?\b|\bvac[ií][oa]s?\b|\bvides?\b|\bpust[aąeyi]\w*|空(?:的)?",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e[+-]?\d+)?(?!\w|\.\d)", re.IGNORECASE)
_MINUS = re.compile(r"(?:(?<![\w)\]])-|\b(?:minus|negative|negativ|menos|moins|ujemn\w+)\s|负)$", re.IGNORECASE)
_COUNTED = re.compile(
    r"(?:\b(?:line|lines|check|test|step|case|rung|row|no\.|number|nr\.?|zeile|línea|ligne|linia)\s*#?|#|第"
    r"|(?:\d|\b(?:one|two|three|four|five|six|seven|both|each|all|any|none|some|most)) (?:out )?of(?: the)? )$",
    re.IGNORECASE,
)
#: Nouns that are counted when one speaks of tests themselves.
_OF_MANY = re.compile(
    r"\s*(?:(?:(?:out )?of|von|de|des|sur|z|ze) (?:the |your |los |las |den )?(?:\w+ )?)?"
    r"(?:(?:hidden|secret|more|other|of) )?(?:checks?|tests?|cases?|lines?|them|these|those|prüfungen|pruebas|wszystkich)\b"
    r"|个?(?:隐藏|测试)",
    re.IGNORECASE,
)
_TRUTH = {
    word: truth
    for truth, words in {
        "True": "true wahr verdadero vrai prawda 真",
        "False": "false falsch falso faux fałsz 假",
        "None": "none null",
    }.items()
    for word in words.split()
}
_TRUTHS = re.compile(rf"\b(?:{'|'.join(_TRUTH)})\b", re.IGNORECASE)
_ERRORS = re.compile(r"\b\w*Error\b|\bexceptions?\b|\bFehler\b|\bExcepción\b|\bwyjątek\b|异常", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_CHINESE = re.compile(r"[零一二两三四五六七八九十百]+")
#: Between two values that stand beside each other.
_THIN = re.compile(
    r"(?:[\s,;:/|()\[\]{}'\"`.*&+<>=-]|(?<!\w)(?:and|then|next|or|followed by|und|dann|oder|y|luego|o|et|puis|ou|i|oraz|potem)(?!\w)|和|与|及)*",
    re.IGNORECASE,
)
_SHORT_WORDS = frozenset(
    "is it at an no on in to of or if do go he we me my by up us as be so am ab zu im es ja da du er ob wo um la le de el"
    " un en et tu te se si ya al ce il on ne po na za od we to".split()
)
_PLAIN = str.maketrans("łŁ", "lL")


@dataclass(frozen=True, slots=True)
class Said:
    """One value in a text, from `start` to `end`, written as `atom` writes it."""

    start: int
    end: int
    atom: str


def atom(value: Any) -> str | None:
    """A single value in one spelling; None for what is none."""
    match value:
        case bool() | None:
            return str(value)
        case int() | float():
            return _number(value)
        case str():
            return f'"{value}' if value else EMPTY
    return EMPTY if isinstance(value, (list, tuple, dict, set, frozenset)) and not value else None


def atoms(value: Any) -> tuple[str, ...]:
    """The values that a value is made of, in order; empty where it holds what no text says."""
    single = atom(value)
    if single is not None:
        return (single,)
    if isinstance(value, dict):
        parts = [part for pair in value.items() for part in pair]
    elif isinstance(value, (list, tuple)):
        parts = list(value)
    elif isinstance(value, (set, frozenset)):
        parts = sorted(value, key=repr)
    else:
        return ()
    found = [atoms(part) for part in parts]
    return tuple(each for part in found for each in part) if all(found) else ()


def _number(value: float) -> str:
    if value != value or abs(value) > 1e15:
        return str(value)
    size = abs(value) if abs(value) > SMALL else value
    return str(int(size)) if size == int(size) else repr(round(size, 9))


def is_number(one: str) -> bool:
    """Whether an atom is one."""
    return one[:1].isdigit() or (one[:1] == "-" and one[1:2].isdigit())


def said_in(text: str, words: re.Pattern[str] | None = None) -> list[Said]:
    """The values of a text in order. `words`: the texts among a course's values, which may stand without quotes."""
    found = [Said(*match.span(), EMPTY) for match in _EMPTY.finditer(text)]
    found += [Said(*match.span(), _TRUTH[match[0].lower()]) for match in _TRUTHS.finditer(text)]
    found += [Said(*match.span(), ERROR) for match in _ERRORS.finditer(text)]
    numbers = [(*match.span(), float(match[0])) for match in _DIGITS.finditer(text)]
    numbers += _in_words(text) + _in_chinese(text)
    for start, end, value in numbers:
        before = text[:start].rstrip("`*")
        if _COUNTED.search(before) or _OF_MANY.match(text, end):
            continue
        minus = _MINUS.search(before)
        found.append(Said(minus.start() if minus else start, end, _number(-value if minus else value)))
    if words is not None:
        found += [Said(*match.span(), f'"{match[match.lastgroup or 0]}') for match in words.finditer(text)]
    return sorted(found, key=lambda one: (one.start, -one.end))


def words_of(texts: Iterable[str]) -> re.Pattern[str] | None:
    """What finds these texts: in quotes, and longer ones without."""
    every = sorted({text for text in texts if text}, key=len, reverse=True)
    bare = [re.escape(text) for text in every if _stands_out(text)]
    if not every:
        return None
    quoted = rf"(?P<mark>[\"'`])(?P<quoted>{'|'.join(map(re.escape, every))})(?P=mark)"
    return re.compile(rf"{quoted}|(?<!\w)(?P<bare>{'|'.join(bare)})(?!\w)" if bare else quoted)


def _stands_out(text: str) -> bool:
    """Whether a text is known for one without quotes."""
    if text.strip() != text or not text[0].isalnum():
        return False
    return len(text) >= 3 or (len(text) == 2 and text not in _SHORT_WORDS)


def run_of(wanted: Sequence[str], said: Sequence[Said], text: str, start: int = 0) -> tuple[int, int] | None:
    """Where the values stand one after the other, with nothing but signs and an "and" between them."""
    for first in said:
        if first.start < start or first.atom != wanted[0]:
            continue
        last: Said | None = first
        for atom_ in wanted[1:]:
            assert last is not None
            end = last.end
            last = next(
                (one for one in said if one.start >= end and one.atom == atom_ and _is_thin(text, end, one.start)), None
            )
            if last is None:
                break
        if last is not None:
            return first.start, last.end
    return None


def _is_thin(text: str, start: int, end: int) -> bool:
    return end - start <= 40 and _THIN.fullmatch(text, start, end) is not None


def _in_words(text: str) -> list[tuple[int, int, float]]:
    words = list(_WORD.finditer(text))
    names = [_bare(word[0]) for word in words]
    known, starts = _number_words()
    found: list[tuple[int, int, float]] = []
    at = 0
    while at < len(words):
        step = 1
        for size in range(min(_LONGEST, len(words) - at), 0, -1) if names[at] in starts else ():
            value = known.get(tuple(names[at : at + size]))
            if value is not None and re.fullmatch(r"[\w\s'-]*", text[words[at].start() : words[at + size - 1].end()]):
                if value != 1 or not re.match(r"\s+\w", text[words[at + size - 1].end() :]):
                    found.append((words[at].start(), words[at + size - 1].end(), float(value)))
                step = size
                break
        at += step
    return found


def _bare(word: str) -> str:
    word = word.lower().translate(_PLAIN)
    return word if word.isascii() else unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()


@cache
def _number_words() -> tuple[dict[tuple[str, ...], int], frozenset[str]]:
    """The words of the numbers below two hundred in five languages, and those with which one begins."""
    known: dict[tuple[str, ...], int] = {}
    for text, value in small_numbers():
        known.setdefault(tuple(_bare(word) for word in _WORD.findall(text)), value)
    return known, frozenset(words[0] for words in known)


def _in_chinese(text: str) -> list[tuple[int, int, float]]:
    """Numbers of two signs and more; one alone is part of too many words."""
    found = []
    for match in _CHINESE.finditer(text):
        after = text[match.end() : match.end() + 1]
        if len(match[0]) > 1 or not "一" <= after <= "龥":
            found.append((*match.span(), float(_chinese(match[0]))))
    return found


def _chinese(signs: str) -> int:
    total = digit = 0
    for sign in signs.replace("两", "二"):
        if sign in "十百":
            total, digit = total + (digit or 1) * (10 if sign == "十" else 100), 0
        else:
            digit = "零一二三四五六七八九".index(sign)
    return total + digit
