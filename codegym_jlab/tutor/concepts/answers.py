"""Questions that beginners ask, at any exercise or at one, with answers: found by the words that they share.

Two ways to ask the same may share few. So each word has a direction, and a question goes where its words go together.
"""

import math
import re
from array import array
from base64 import b64decode
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import cache, cached_property
from heapq import nlargest
from importlib import resources
from keyword import iskeyword
from operator import mul
from typing import Generic, TypeVar

from codegym_jlab.records import frozen

from .search import entries
from .words import is_empty, tokens

#: Keywords that are English words, too, and say nothing alone.
_ENGLISH = frozenset("and as for from if in is not or with".split())
_SIGN = re.compile(r"[^\w\s?.,!'\"`]+")
_MEANS = re.compile(r"(\b(?:does|do)\b.{1,40}?)\bmean\b", re.I)  #: where "mean" is no average
_EXACTLY = re.compile(r"(?<!does) exactly(?=\s*[?.,!]|\s*$| (?:do|does|is|are)\b)", re.I)  #: of a question, and no part
_MOST = 25  #: answers whose phrasings are looked at
_FIRST = 0.7  #: what the nearest phrasing of a question counts; the rest is the one after it
_SHARED = 0.4  #: what shared words count beside the direction that all words have together
A = TypeVar("A", bound=Hashable)
Direction = tuple[float, ...]


@frozen
class Phrasing:
    """One way to ask a question."""

    words: Mapping[str, float]  #: by how rare they are, as a vector of length 1
    direction: Direction


class Answers(Generic[A]):
    """Answers by the phrasings of their questions, each with its question mark."""

    def __init__(self, entries: Iterable[tuple[str, A]]) -> None:
        self._read = [(said(part), say) for ask, say in entries for part in phrasings(ask)]
        self._often = Counter(word for found, _ in self._read for word in found)

    def nearest(self, question: str) -> list[tuple[A, float]]:
        """How near the nearest answers are, by the two nearest phrasings of each, from -1 to 1; the nearest first."""
        own = self._phrasing(said(question))
        near = nlargest(_MOST, self._says, lambda say: _alike(own, self._says[say][0]))
        two = ((say, nlargest(2, (_alike(own, one) for one in self._says[say][1:]))) for say in near)
        weighed = ((say, _FIRST * most[0] + (1 - _FIRST) * most[-1]) for say, most in two)
        return sorted(weighed, key=lambda one: -one[1])

    @cached_property
    def _says(self) -> dict[A, list[Phrasing]]:
        """The phrasings of each answer, behind one of all their words together."""
        held = defaultdict[A, list[dict[str, bool]]](lambda: [{}])
        for found, say in self._read:
            held[say].append(found)
            held[say][0].update(found)
        return {say: [*map(self._phrasing, every)] for say, every in held.items()}

    def _phrasing(self, found: Mapping[str, bool]) -> Phrasing:
        worth = {word: math.log(1 + len(self._read) / (1 + self._often[word])) for word in found}
        length = math.hypot(*worth.values()) or 1.0
        return Phrasing({word: one / length for word, one in worth.items()}, direction(found))


def _alike(one: Phrasing, other: Phrasing) -> float:
    """How near two phrasings are: where they point, and which words they share."""
    shared = sum(share * other.words.get(word, 0.0) for word, share in one.words.items())
    along: float = sum(map(mul, one.direction, other.direction))
    return (along + _SHARED * shared) / (1 + _SHARED)


def phrasings(ask: str) -> list[str]:
    """Those of one question."""
    return [part for part in map(str.strip, ask.split("?")) if part]


def heading(ask: str) -> str:
    """A question in the first of its phrasings, as it stands above its answer: a student may have meant another."""
    first = phrasings(ask)[0] + "?" * ("?" in ask)
    is_name = not first.split()[0].strip("?").isalpha()  # of code, such as `put_in`
    return first if is_name else first[0].upper() + first[1:]


@cache
def directions() -> dict[str, Sequence[int]]:
    """Where each word points: `scripts/vectors.py` learned it from questions that share an answer."""
    text = (resources.files(__package__) / "vectors.txt").read_text("utf-8")
    return {word: array("b", b64decode(code)) for word, code in map(str.split, text.splitlines())}


def direction(words: Iterable[str]) -> Direction:
    """Where words point together, of length 1; empty where none of them is known."""
    known = directions()
    sums = [sum(column) for column in zip(*(known[one] for one in words if one in known), strict=True)]
    length = math.hypot(*sums) or 1.0
    return tuple(one / length for one in sums)


def said(text: str) -> dict[str, bool]:
    """The words of a text, and its signs; whether each says what it is about."""
    text = _EXACTLY.sub("", _MEANS.sub(r"\1", text))
    found = {one.strip("`"): one[0] == "`" for one in tokens(text)} | dict.fromkeys(_SIGN.findall(text), True)
    return {
        one: is_code or not is_empty(one) or iskeyword(one) and one not in _ENGLISH for one, is_code in found.items()
    }


def speaks_of(text: str) -> bool:
    """Whether a text has a word that says what it is about."""
    return any(said(text).values())


@cache
def facts(*, of_tables: bool = False) -> dict[str, str]:
    """What the library says a function, method or keyword does, by its name. `of_tables`: those of pandas alone."""
    told = (one for group, one in entries("questions") if of_tables == (group == "pandas"))
    asked = ((re.findall(r"what does ([a-z_.]+)(?:\(\))? do\?", one["ask"]), one["say"]) for one in told)
    return {name.rpartition(".")[2]: " ".join(say.split()) for names, say in asked for name in names}


@cache
def answers(*, of_tables: bool = False) -> Answers[str]:
    """The library's, each below its question; the first call reads 500 KB of YAML in half a second.

    `of_tables`: with those on pandas, for courses that have some.
    """
    told = (one for group, one in entries("questions") if of_tables or group != "pandas")
    return Answers((one["ask"], f"**{heading(one['ask'])}**\n\n{' '.join(one['say'].split())}") for one in told)
