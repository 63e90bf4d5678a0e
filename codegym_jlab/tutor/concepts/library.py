"""Which topics a question is about: names weighed by how rare their words are. Pure Python, a few milliseconds."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from codegym_jlab.course.schema import Exercise

from .asked import aspects_of, sides
from .topic import Topic, topics
from .words import EMPTY, plain, stem, tokens

#: a score from which a topic may be told without asking back
SURE = 3.0
_EMPTY_STEMS = frozenset(stem(plain(word)) for word in EMPTY)
_LITTLE, _CODE = 0.25, 1.35  #: weight of an empty word; of code against a word that is as rare
_SECOND, _BODY, _PAIR, _CONTEXT = 0.2, 0.12, 0.6, 0.5
_LIBRARIES = {
    "pandas": re.compile(
        r"\b(pandas|pd|df|dataframes?|series|columns?|spalten?|columnas?|colonnes?|kolumn\w*|csv)\b|列"
    ),
    "numpy": re.compile(r"\b(numpy|np|ndarrays?|arrays?|axis|matrix|matriz|matrice|macierz\w*|achse)\b|数组|矩阵"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """A topic that fits; `aspects` say what of it is asked: `compare`, `again`, `error`, `why`, `example`."""

    topic: Topic
    score: float
    aspects: tuple[str, ...] = ()

    @property
    def is_sure(self) -> bool:
        """Whether it may be told without asking back."""
        return self.score >= SURE


def find(
    question: str,
    language: str = "en",
    exercise: Exercise | None = None,
    source: str = "",
    before: Sequence[str] = (),
    limit: int = 3,
) -> list[Found]:
    """The topics of `question`, best first; two where it compares two. `before`: the student's earlier messages.

    Called by the concepts agent once a question; empty where no topic shares a word with it. `exercise` and `source`
    only break ties between libraries.
    """
    index = _index()
    aspects = aspects_of(question)
    scores = index.scores(question)
    if "again" in aspects and max(scores.values(), default=0.0) < SURE:
        for earlier in reversed(before):
            scores = index.scores(earlier)
            if max(scores.values(), default=0.0) >= SURE:
                break
    library = _library_of(question) or _library_of(source) or _library_of(_words_of(exercise))
    scores = {topic: score + index.leaning(topic, library) for topic, score in scores.items()}
    ranked = sorted(scores, key=lambda topic: (-scores[topic], topic))
    if "compare" in aspects:
        ranked = _compared(index, question, library, ranked, scores)
    return [Found(index.topics[topic], round(scores[topic], 3), aspects) for topic in ranked[:limit]]


def _compared(index: Index, question: str, library: str, ranked: list[str], scores: dict[str, float]) -> list[str]:
    """Puts the two sides of a comparison first, unless one topic is about the very pair."""
    pair: list[str] = []
    for side in sides(question):
        own = {topic: score + index.leaning(topic, library) for topic, score in index.scores(side).items()}
        best = max(own, key=lambda topic: (own[topic], topic), default=None)
        if best is not None and own[best] >= SURE * 0.6 and best not in pair:
            pair.append(best)
    if len(pair) < 2 or scores[ranked[0]] >= 2 * min(scores.get(topic, 0.0) for topic in pair):
        return ranked
    for topic in pair:
        scores[topic] = max(scores.get(topic, 0.0), SURE)
    return [*pair, *(topic for topic in ranked if topic not in pair)]


def _library_of(text: str) -> str:
    found = [name for name, pattern in _LIBRARIES.items() if pattern.search(text.lower())]
    return found[0] if len(found) == 1 or "pandas" in found else ""


def _words_of(exercise: Exercise | None) -> str:
    return " ".join((*exercise.concepts, exercise.starter)) if exercise else ""


class Index:
    """Tokens of all names, with weights; built once a process."""

    def __init__(self, library: Iterable[Topic]) -> None:
        self.topics = {topic.id: topic for topic in library}
        self._names: list[tuple[str, tuple[str, ...], float]] = []
        self._of_token: dict[str, list[int]] = defaultdict(list)
        per_token: dict[str, set[str]] = defaultdict(set)
        named = [(topic.id, tuple(dict.fromkeys(_with_pairs(tokens(name))))) for topic in self.topics.values()
                 for name in (topic.title, topic.id.replace("-", " "), *topic.also)]  # fmt: skip
        for topic_id, name in named:
            for token in name:
                per_token[token].add(topic_id)
        self._weight = {token: self._rarity(token, len(ids)) for token, ids in per_token.items()}
        for topic_id, name in dict.fromkeys(named):
            total = sum(self._weight[token] for token in name)
            for token in name:
                self._of_token[token].append(len(self._names))
            self._names.append((topic_id, name, total))
        self._bodies = {
            topic.id: Counter(tokens(f"{topic.text} {topic.example.code}")) for topic in self.topics.values()
        }
        self._near: dict[str, list[str]] = defaultdict(list)
        for token in self._weight:
            if len(token) >= 5 and token.isalpha():
                self._near[token[:3]].append(token)

    def _rarity(self, token: str, count: int) -> float:
        rarity = math.log(1 + len(self.topics) / count)
        if token.startswith("`"):
            return rarity * _CODE
        if " " in token:
            empty = all(word in _EMPTY_STEMS for word in token.split())
            return rarity * _PAIR * (_LITTLE if empty else 1.0)
        return rarity * (_LITTLE if token in _EMPTY_STEMS else 1.0)

    def scores(self, question: str) -> dict[str, float]:
        """Topic ids with what speaks for them."""
        asked = self._known(_with_pairs(tokens(question)))
        matched: dict[int, float] = defaultdict(float)
        for token, share in asked.items():
            for name in self._of_token.get(token, ()):
                matched[name] += self._weight[token] * share
        per_topic: dict[str, list[float]] = defaultdict(list)
        for number, weight in matched.items():
            topic_id, _, total = self._names[number]
            per_topic[topic_id].append(weight * weight / total)
        result = {}
        for topic_id, found in per_topic.items():
            found.sort(reverse=True)
            body = sum(
                self._weight[token] for token in asked if token in self._bodies[topic_id] and token not in _EMPTY_STEMS
            )
            result[topic_id] = found[0] + _SECOND * sum(found[1:3]) + _BODY * body
        return result

    def _known(self, asked: Iterable[str]) -> dict[str, float]:
        """Tokens of the index with a share: 1, or less for a word that is only nearly one of them."""
        known: dict[str, float] = {}
        for token in asked:
            if token in self._weight:
                known[token] = 1.0
            elif len(token) >= 5 and token.isalpha() and token not in _EMPTY_STEMS:
                near = max(self._near.get(token[:3], ()), key=lambda other: _alike(token, other), default=None)
                if near is not None and (share := _alike(token, near)) >= 0.75:
                    known[near] = max(known.get(near, 0.0), 0.8 * share)
        return known

    def leaning(self, topic_id: str, library: str) -> float:
        """A nudge to the library that the question or the exercise is about, and away from the others."""
        group = self.topics[topic_id].group
        if group in _LIBRARIES:
            return _CONTEXT if group == library else -_CONTEXT
        return 0.0 if library else _CONTEXT / 2


@cache
def _index() -> Index:
    return Index(topics())


def _with_pairs(found: Sequence[str]) -> list[str]:
    """Tokens, and neighbours as one: `for loop` is more than its two words."""
    words = [token for token in found if not token.startswith("`")]
    pairs = [f"{first} {second}" for first, second in zip(words, words[1:], strict=False)]
    return [*found, *pairs]


def _alike(word: str, other: str) -> float:
    """Common letters at both ends as a share of the longer: 1 for equal words."""
    short, long = sorted((word, other), key=len)
    head = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    rest = len(short) - head
    tail = next((i for i in range(rest) if short[-1 - i] != long[-1 - i]), rest)
    return (head + tail) / len(long)
