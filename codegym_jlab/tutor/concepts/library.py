"""Which topics a question is about: names weighed by how rare their words are. Pure Python, a few milliseconds."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from keyword import iskeyword

from codegym_jlab.course.schema import Exercise

from ..folding import fold
from .asked import aspects_of, sentences, sides, without_samples
from .topic import Topic, topics
from .words import EMPTY, stem, tokens

#: a score from which a topic may be told without asking back
SURE = 3.5
_EMPTY_STEMS = frozenset(stem(fold(word)) for word in EMPTY)
#: words that many questions hold and few are about
_WIDE = frozenset(
    stem(fold(word))
    for word in "list string number value element function column row table array numpy np pandas pd df dataframe"
    " code each every"
    " lista liste listen listy cadena chaine napis columna spalte colonne kolumna tabla tabelle tabela valor wert"
    " valeur elemento funcion funktion fonction funkcja 列表 字符 符串 数组".split()
)
_WIDE_MEANINGS = frozenset("~string ~number ~table".split())
#: what a word weighs against another that is as rare: an empty one, a wide one, code, a sign, what a plain word means
_LITTLE, _SOME, _CODE, _SIGN, _MEANING = 0.25, 0.5, 1.35, 1.7, 1.3
#: what a term counts beside its own meaning, which says the same once more
_TERM = 0.5
#: further names, the body and neighbouring words against the best name; a name that is the whole question
_SECOND, _UNION, _BODY, _PAIR, _WHOLE, _LAST, _TITLE, _SAMPLE = 0.15, 0.25, 0.1, 0.5, 3.0, 0.7, 1.25, 0.5
#: a topic that speaks of only a small share of the question is less likely; an unknown word weighs as a rare one
_LEAST, _ENOUGH, _UNKNOWN = 0.3, 0.35, 4.0
#: a topic of the library that is meant, of another one, and of a library where none is named
_MEANT, _OTHER, _UNNAMED = 1.15, 0.75, 0.8
#: the name that a question asks about, where it does so in so many words; what its title is worth then
_NAMED = re.compile(
    r"\b(?:what|how) (?:does|do|did|would) (?:the )?(?:\w+ )??`?([\w.]+)`?(?:\(\))? (?:do|work|return|give|mean)\b"
    r"|\bwhat(?:'?s| is) (?:the )?`?([\w.]+)`?(?:\(\))? (?:good )?for\b"
    r"|\bque (?:hace|devuelve) `?([\w.]+)|\bwas (?:macht|tut|liefert) `?([\w.]+)|\bque (?:fait|renvoie) `?([\w.]+)"
    r"|\bco (?:robi|zwraca) `?([\w.]+)|`?([a-z_.]+)`?(?:\(\))? ?(?:是做什么|有什么用|怎么用|做什么|返回什么)"
)
_BY_NAME = 1.7
#: the name of which an example is wanted
_EXAMPLE_OF = re.compile(
    r"\bexamples? (?:of|for|with|using|about) (?:how )?(?:an? |the )?`?([\w.]+)`?(?:\(\))?[ ,]*"
    r"(?:[.?!]|$|\b(?:on|with|but|please|works?)\b)"
    r"|\bshow (?:me |us )?(?:how )?`?([\w.]+)`?(?:\(\))? (?:works?|on|with|again)\b"
)
#: a keyword where only a noun can stand, and one in a question that is not in English
_KEYWORD = re.compile(r"\b(an?|the) (for|else|while|with|as)\b(?![- ]?(?:loop|statement|block))", re.I)
_FOREIGN = re.compile(
    r"(?<![\w.`])()(for|if|else|elif|while|with|try|except|return|import|lambda|yield|raise|def)(?![\w`])"
)
_LIBRARIES = {
    "pandas": re.compile(
        r"\b(pandas|pd|df|dataframes?|series|columns?|rows|tables?|spalten?|tabellen?|columnas?|tablas?|colonnes?|tableaux?"
        r"|kolumn\w*|tabel\w*|csv)\b|列(?!表)|表格"
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
    question = (_KEYWORD if language.startswith("en") else _FOREIGN).sub(r"\1 `\2`", question)
    scores = index.scores(question)
    if "again" in aspects and max(scores.values(), default=0.0) < SURE:
        for earlier in reversed(before):
            scores = index.scores(earlier)
            if max(scores.values(), default=0.0) >= SURE:
                break
    *_, last = sentences(question)
    if last != question:  # the last one is mostly what is asked, those before it tell how it came about
        for topic, score in index.scores(last).items():
            scores[topic] += _LAST * score
    if (kind := without_samples(question)) != fold(question):
        of_kind = index.scores(kind)
        scores = {topic: score * _SAMPLE + of_kind.get(topic, 0.0) for topic, score in scores.items()}
    by_name = [] if language.startswith("en") or "example" not in aspects else index.borrowed(question)
    for topic in {*index.titled(question), *by_name}:
        scores[topic] *= _BY_NAME
    library = _library_of(question) or _library_of(source) or _library_of(_words_of(exercise))
    scores = {topic: score * index.leaning(topic, library) for topic, score in scores.items()}
    ranked = sorted(scores, key=lambda topic: (-scores[topic], topic))
    if "compare" in aspects:
        compared = _compared(index, question, library, ranked, scores)
        if compared is ranked:
            aspects = tuple(aspect for aspect in aspects if aspect != "compare")
        ranked = compared
    return [Found(index.topics[topic], round(scores[topic], 3), aspects) for topic in ranked[:limit]]


def _compared(index: Index, question: str, library: str, ranked: list[str], scores: dict[str, float]) -> list[str]:
    """Puts the two sides of a comparison first, unless one topic is about the very pair."""
    pair: list[str] = []
    for side in sides(question):
        own = {topic: score * index.leaning(topic, library) for topic, score in index.scores(side).items()}
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


@dataclass(frozen=True, slots=True)
class _Name:
    topic: str
    words: frozenset[str]  #: those that say something
    weight: float  #: of all its single tokens
    factor: float  #: more for a title than for other words


class Index:
    """Tokens of all names, with weights; built once a process."""

    def __init__(self, library: Iterable[Topic]) -> None:
        self.topics = {topic.id: topic for topic in library}
        named = dict.fromkeys(
            (topic.id, tuple(dict.fromkeys(_with_pairs(tokens(f"`{name}`" if iskeyword(name) else name)))))
            for topic in self.topics.values()
            for name in (topic.title, topic.id.replace("-", " "), *topic.also, *topic.asked)
        )
        per_token: dict[str, set[str]] = defaultdict(set)
        for topic_id, name in named:
            for token in name:
                per_token[token].add(topic_id)
        self._weight = {token: self._rarity(token, len(ids)) for token, ids in per_token.items()}
        titles = {topic.id: _content(tokens(topic.title)) for topic in self.topics.values()}
        self._names: list[_Name] = []
        self._of_token: dict[str, list[int]] = defaultdict(list)
        for topic_id, name in named:
            for token in name:
                self._of_token[token].append(len(self._names))
            weight = sum(self._weight[token] for token in name if " " not in token)
            words = _content(name)
            self._names.append(_Name(topic_id, words, weight, _TITLE if words == titles[topic_id] else 1.0))
        self._bodies = {
            topic.id: _content(tokens(f"{topic.text} {topic.example.code}")) for topic in self.topics.values()
        }
        self._near: dict[str, list[str]] = defaultdict(list)
        for token in self._weight:
            if len(token) >= 5 and token.isalpha():
                self._near[token[:3]].append(token)

    def _rarity(self, token: str, count: int) -> float:
        rarity = math.log(1 + len(self.topics) / count)
        if " " in token:
            empty = all(word in _EMPTY_STEMS for word in token.split())
            return rarity * _PAIR * (_LITTLE if empty else 1.0)
        if token in _EMPTY_STEMS:
            return rarity * _LITTLE
        if token in _WIDE:
            return rarity * _SOME
        if token.startswith("`"):
            return rarity * _CODE
        if token.startswith("~"):
            return rarity * (_SOME if token in _WIDE_MEANINGS else 1.0) * _MEANING
        return rarity * (1.0 if token[0].isalnum() else _SIGN)

    def scores(self, question: str) -> dict[str, float]:
        """Topic ids with what speaks for them."""
        found = _with_pairs(tokens(question))
        asked = self._known(found)
        single: dict[int, float] = defaultdict(float)
        pairs: dict[int, float] = defaultdict(float)
        union: dict[str, dict[str, float]] = defaultdict(dict)
        for token, share in asked.items():
            weight = self._weight[token] * share
            into = pairs if " " in token else single
            for number in self._of_token.get(token, ()):
                into[number] += weight
                union[self._names[number].topic][token] = weight
        per_topic: dict[str, list[float]] = defaultdict(list)
        words = _content(asked)
        said = _content(found)
        strange = _UNKNOWN * sum(token[0].isalpha() for token in said if token not in asked)
        heard = sum(self._weight[token] for token in words)
        for number, weight in single.items():
            name = self._names[number]
            covered = weight / name.weight
            is_whole = name.words == words == said and (words or (covered > 0.99 and number in pairs))
            whole = _WHOLE if is_whole else 0.0
            per_topic[name.topic].append(name.factor * covered * (weight + pairs.get(number, 0.0)) + whole)
        result = {}
        for topic, names in per_topic.items():
            names.sort(reverse=True)
            body = sum(self._weight[token] for token in words & self._bodies[topic])
            score = names[0] + _SECOND * sum(names[1:3]) + _UNION * sum(union[topic].values()) + _BODY * body
            told = sum(weight for token, weight in union[topic].items() if token in words)
            share = told / (heard + strange) if heard + strange else 1.0
            result[topic] = score * min(1.0, _LEAST + share / _ENOUGH)
        return result

    def _known(self, asked: Sequence[str]) -> dict[str, float]:
        """Tokens of the index with a share: 1, less for a word nearly one of them or beside its own meaning."""
        known: dict[str, float] = {}
        for token in asked:
            if token in self._weight:
                known[token] = 1.0
            elif len(token) >= 5 and token.isalpha() and token not in _EMPTY_STEMS:
                near = max(self._near.get(token[:3], ()), key=lambda other: _alike(token, other), default=None)
                if near is not None and (share := _alike(token, near)) >= 0.7:
                    known[near] = max(known.get(near, 0.0), share)
        for token, meaning in zip(asked, asked[1:], strict=False):
            if meaning.startswith("~") and not token.startswith("~") and token in known:
                known[token] = min(known[token], _TERM)
        return known

    def titled(self, question: str) -> list[str]:
        """Topics whose very title is the name that the question asks about."""
        named = _NAMED.search(fold(question)) or _EXAMPLE_OF.search(fold(question))
        if named is None:
            return []
        name = next(part for part in named.groups() if part is not None).strip("`.")
        return [topic.id for topic in self.topics.values() if name in (fold(topic.title), topic.id)]

    def borrowed(self, question: str) -> list[str]:
        """Topics whose title stands in a question of another language, where such a word is a name in code."""
        words = set(tokens(question)) - _WIDE - _EMPTY_STEMS
        return [topic.id for topic in self.topics.values() if stem(fold(topic.title)) in words]

    def leaning(self, topic_id: str, library: str) -> float:
        """A factor for the library that the question or the exercise is about, and against the others."""
        group = self.topics[topic_id].group
        if group in _LIBRARIES:
            return _MEANT if group == library else _OTHER if library else _UNNAMED
        return 0.9 if library else 1.0


def _content(found: Iterable[str]) -> frozenset[str]:
    return frozenset(token for token in found if " " not in token and token not in _EMPTY_STEMS)


@cache
def _index() -> Index:
    return Index(topics())


def _with_pairs(found: Sequence[str]) -> list[str]:
    """Tokens, and neighbours as one: `for loop` is more than its two words."""
    words = [token for token in found if not token.startswith(("`", "~"))]
    pairs = [f"{first} {second}" for first, second in zip(words, words[1:], strict=False)]
    return [*found, *pairs]


def _alike(word: str, other: str) -> float:
    """How near two spellings are, from 0 to 1: common letters at both ends, or another ending of the same stem."""
    short, long = sorted((word, other), key=len)
    head = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    rest = len(short) - head
    tail = next((i for i in range(rest) if short[-1 - i] != long[-1 - i]), rest)
    if head >= 4 and len(long) - head <= 3:
        return max(0.8, (head + tail) / len(long))
    return (head + tail) / len(long)
