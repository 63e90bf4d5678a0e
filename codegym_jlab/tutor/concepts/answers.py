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
_MOST = 25  #: phrasings that are looked at
_LONG = 4  #: telling words of two phrasings together, of which one may lack
_FIRST = 0.7  #: what the nearest phrasing of a question counts; the rest is the one after it
_SHARED = 0.4  #: what shared words count beside the direction that all words have together
A = TypeVar("A", bound=Hashable)


@frozen
class Phrasing:
    """One way to ask a question."""

    words: Mapping[str, float]  #: by how rare they are, as a vector of length 1
    telling: frozenset[str]  #: those that say what it is about


class Answers(Generic[A]):
    """Answers by the phrasings of their questions, each with its question mark."""

    def __init__(self, entries: Iterable[tuple[str, A]]) -> None:
        read = [(said(part), say) for ask, say in entries for part in phrasings(ask)]
        self._count, self._often = len(read), Counter(word for found, _ in read for word in found)
        self._says = [(self._phrasing(found), say) for found, say in read]
        self._held: dict[str, list[tuple[int, float]]] = defaultdict(list)  #: which phrasings have a word
        for at, (one, _) in enumerate(self._says):
            for word, share in one.words.items():
                self._held[word].append((at, share))

    def find(self, question: str) -> tuple[float, A | None]:
        """How near the nearest phrasing is that is about the same, from 0 to 1, and its answer."""
        own = self._phrasing(said(question))
        shared = self._near(own)
        found = ((shared[at], *self._says[at]) for at in nlargest(_MOST, shared, shared.__getitem__))
        return next(((near, say) for near, one, say in found if _is_alike(own, one)), (0.0, None))

    def nearest(self, question: str) -> list[tuple[A, float]]:
        """How near the answers are, by the two nearest phrasings of each, from -1 to 1; the nearest first."""
        found, each = said(question), defaultdict[A, list[float]](list)
        shared, own = self._near(self._phrasing(found)), direction(found)
        for at, other in enumerate(self._directions):
            alike = sum(map(mul, own, other))
            each[self._says[at][1]].append((alike + _SHARED * shared.get(at, 0.0)) / (1 + _SHARED))
        two = ((say, nlargest(2, near)) for say, near in each.items())
        weighed = ((say, _FIRST * near[0] + (1 - _FIRST) * near[-1]) for say, near in two)
        return sorted(weighed, key=lambda one: -one[1])

    @cached_property
    def _directions(self) -> list[tuple[float, ...]]:
        return [direction(one.words) for one, _ in self._says]

    def _near(self, own: Phrasing) -> dict[int, float]:
        """Which phrasings share a word with this one, and how near they are."""
        near = defaultdict[int, float](float)
        for word, share in own.words.items():
            for at, other in self._held.get(word, ()):
                near[at] += share * other
        return near

    def _phrasing(self, found: Mapping[str, bool]) -> Phrasing:
        worth = {word: math.log(1 + self._count / (1 + self._often[word])) for word in found}
        length = math.hypot(*worth.values()) or 1.0
        telling = frozenset(word for word, is_telling in found.items() if is_telling)
        return Phrasing({word: one / length for word, one in worth.items()}, telling)


def _is_alike(one: Phrasing, other: Phrasing) -> bool:
    """Whether two phrasings have their telling words in common, of many all but one."""
    lacking = len(one.telling - other.words.keys()) + len(other.telling - one.words.keys())
    is_same = bool(one.telling & other.telling) and lacking <= (len(one.telling | other.telling) >= _LONG)
    return is_same or one.words == other.words


def phrasings(ask: str) -> list[str]:
    """Those of one question."""
    return [part for part in map(str.strip, ask.split("?")) if part]


def heading(ask: str) -> str:
    """A question in the first of its phrasings, as it stands above its answer: a student may have meant another."""
    first = phrasings(ask)[0] + "?" * ("?" in ask)
    return first[0].upper() + first[1:]


@cache
def directions() -> dict[str, Sequence[int]]:
    """Where each word points: `scripts/vectors.py` learned it from questions that share an answer."""
    text = (resources.files(__package__) / "vectors.txt").read_text("utf-8")
    return {word: array("b", b64decode(code)) for word, code in map(str.split, text.splitlines())}


def direction(words: Iterable[str]) -> tuple[float, ...]:
    """Where words point together, of length 1; empty where none of them is known."""
    known = directions()
    sums = [sum(column) for column in zip(*(known[one] for one in words if one in known), strict=True)]
    length = math.hypot(*sums) or 1.0
    return tuple(one / length for one in sums)


def said(text: str) -> dict[str, bool]:
    """The words of a text, and its signs; whether each says what it is about."""
    text = _MEANS.sub(r"\1", text)
    found = {one.strip("`"): one[0] == "`" for one in tokens(text)} | dict.fromkeys(_SIGN.findall(text), True)
    return {
        one: is_code or not is_empty(one) or iskeyword(one) and one not in _ENGLISH for one, is_code in found.items()
    }


@cache
def answers() -> Answers[str]:
    """The library's, each below its question; the first call reads 300 KB of YAML in half a second."""
    told = ((one["ask"], " ".join(one["say"].split())) for _, one in entries("questions"))
    return Answers((ask, f"**{heading(ask)}**\n\n{say}") for ask, say in told)
