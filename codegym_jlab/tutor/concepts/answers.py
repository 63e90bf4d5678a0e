"""Questions that beginners ask at any exercise, with short answers: found by the words that they share."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from keyword import iskeyword

from codegym_jlab.records import frozen

from .search import entries
from .words import is_empty, tokens

#: Keywords that are English words, too, and say nothing alone.
_ENGLISH = frozenset("and as for from if in is not or with".split())
_SIGN = re.compile(r"[^\w\s?.,!'\"`]+")
_MOST = 25  #: phrasings that are looked at
_LONG = 4  #: telling words of two phrasings together, of which one may lack


@frozen
class Phrasing:
    """One way to ask a question."""

    words: Mapping[str, float]  #: by how rare they are, as a vector of length 1
    telling: frozenset[str]  #: those that say what it is about


class Answers:
    """Answers by the phrasings of their questions, each with its question mark."""

    def __init__(self, entries: Iterable[tuple[str, str]]) -> None:
        read = [(_words(part), say) for ask, say in entries for part in phrasings(ask)]
        self._count, self._often = len(read), Counter(word for found, _ in read for word in found)
        self._says = [(self._phrasing(found), say) for found, say in read]
        self._held: dict[str, list[tuple[int, float]]] = defaultdict(list)  #: which phrasings have a word
        for at, (one, _) in enumerate(self._says):
            for word, share in one.words.items():
                self._held[word].append((at, share))

    def find(self, question: str) -> tuple[float, str]:
        """How near the nearest phrasing is that is about the same, from 0 to 1, and its answer."""
        own, near = self._phrasing(_words(question)), defaultdict[int, float](float)
        for word, share in own.words.items():
            for at, other in self._held.get(word, ()):
                near[at] += share * other
        best = sorted(near, key=lambda at: -near[at])[:_MOST]
        return next(((near[at], self._says[at][1]) for at in best if _is_alike(own, self._says[at][0])), (0.0, ""))

    def likeness(self, question: str, ask: str) -> float:
        """How near a question is to the nearest of these phrasings, from 0 to 1, whatever they are about."""
        own, *others = (self._phrasing(_words(text)).words for text in (question, *phrasings(ask)))
        return max((sum(share * one.get(word, 0.0) for word, share in own.items()) for one in others), default=0.0)

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


def _words(text: str) -> dict[str, bool]:
    """The words of a text, and its signs; whether each says what it is about."""
    found = {one.strip("`"): one[0] == "`" for one in tokens(text)} | dict.fromkeys(_SIGN.findall(text), True)
    return {
        one: is_code or not is_empty(one) or iskeyword(one) and one not in _ENGLISH for one, is_code in found.items()
    }


@cache
def answers() -> Answers:
    """The library's; the first call reads 300 KB of YAML in half a second."""
    return Answers((one["ask"], " ".join(one["say"].split())) for _, one in entries("questions"))
