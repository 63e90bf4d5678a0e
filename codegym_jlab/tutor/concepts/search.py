"""Which topics a question is about: an index of their names and texts in memory, by SQLite's FTS5 and its bm25."""

from __future__ import annotations

import difflib
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from keyword import iskeyword
from pathlib import Path

import yaml

from codegym_jlab.records import Json, frozen

from ..patterns import fold
from .words import EMPTY, is_empty, stem, telling, tokens, words_in


@frozen
class Example:
    """Code that runs by itself and prints just `output`; `about` are the words of a question that it fits."""

    code: str
    output: str
    text: str = ""
    about: tuple[str, ...] = ()


@frozen
class Topic:
    """One concept: what it is, an example on its own data, and a small exercise."""

    id: str
    group: str  #: the file it stands in: `numpy`, `pandas`, or a part of Python
    title: str
    also: tuple[str, ...]  #: other words for it and questions that it answers, in all languages
    called: tuple[str, ...]  #: plain words that mean this topic where a question says nothing else
    text: str
    example: Example
    exercise: str
    more: tuple[Example, ...]
    said: Mapping[str, str]  #: the text in other languages, by tag

    def has(self, language: str) -> bool:
        """Whether it can be told in a language."""
        return language == "en" or language.split("-")[0].lower() in self.said

    def told(self, language: str) -> str:
        """The text in a language (BCP 47), in English where it is not there."""
        return self.said.get(language.split("-")[0].lower(), self.text)


@cache
def topics() -> tuple[Topic, ...]:
    """All of them; the first call reads 400 KB of YAML in some 100 ms."""
    return tuple(_topic(entry, group) for group, entry in entries("topics"))


@cache
def entries(folder: str) -> list[tuple[str, Json]]:
    """What stands in a folder of the library, each with the name of its file."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    paths = sorted(Path(__file__).with_name(folder).glob("*.yaml"))
    return [(path.stem, entry) for path in paths for entry in yaml.load(path.read_text(encoding="utf-8"), loader)]


def _topic(entry: Json, group: str) -> Topic:
    return Topic(
        id=entry["id"],
        group=group,
        title=entry["title"],
        also=tuple(entry["also"]),
        called=tuple(map(str, entry.get("called", ()))),
        text=entry["text"].strip(),
        example=_example(entry),
        exercise=entry["exercise"].strip(),
        more=tuple(_example(more) for more in entry.get("more", ())),
        said={tag: text.strip() for tag, text in entry.get("said", {}).items()},
    )


def _example(entry: Json) -> Example:
    about = tuple(entry.get("about", ()))
    return Example(entry["code"].rstrip(), entry["output"].rstrip(), entry["text"].strip() if about else "", about)


#: a score from which a topic may be told without asking back
SURE = 3.5
#: brings bm25 to that scale; a name that is the whole question
_SCALE, _WHOLE = 0.42, 7.0
_NEAR = 0.8  #: of the best score
_MOST = 3  #: topics that are found
_COMPARES = re.compile(
    r"\b(?:differ\w*|diff|vs|versus|compare\w*|better|instead of|rather than|or|same as|unterschied\w*|oder|statt"
    r"|diferencia\w*|en vez de|en lugar de|au lieu|plutot|ou bien|roznic\w*|roznia|rozni|albo|(?<=\w )czy|zamiast)\b"
    r"|区别|不同|还是|差别"
)
_AGAIN = re.compile(
    r"\b(?:(?:another|one more|second|different) (?:example|one|way)|other words|still"
    r"|(?:explain|say|show|tell|once)(?: \w+){0,2} again|^again"
    r"|don'?t (?:get|understand) it|otro ejemplo|otra vez|sigo sin|aun no entiendo|noch (?:ein|mal|einmal)"
    r"|immer noch nicht|un autre exemple|encore|toujours pas|inny przyklad|jeszcze|nadal nie)\b"
    r"|再(?:来|举|给|讲|说)|另一个|还是不"
)
#: What stands round a word that somebody asks about: `what is … ?`, `explain the … please`.
_LEAD = re.compile(
    r"^(?:(?:what do you mean(?: by| with)?|i (?:want|need) to know(?: what)?|was meinst du mit|que veux-tu dire par"
    r"|(?:the )?difference between|when do (?:i|you) (?:use|write|need)"
    r"|please|and|so|but|what(?: is|'?s) that|can you|could you|explain|describe|tell me about"
    r"|what(?: even)?(?: i|')?s|what (?:even )?(?:are|do|does)"
    r"|how (?:do|does)|i (?:do not|don'?t) (?:understand|get|know)(?: what)?"
    r"|was (?:ist|sind|macht|heisst|bedeutet)|que (?:es|son)|explica"
    r"|c'est quoi|explique|co to jest|the|an?|der|die|das|el|la|les?|los) )+"
)
_TAIL = re.compile(
    r"(?: (?:do|does|is|means?|works?|please|for|anyway|even|then|again|actually|exactly|though|now|in python)){1,3}$"
)
#: The two sides of a comparison.
_BETWEEN = re.compile(
    r"^(?:is|are) (?P<k>.{1,40}?) (?:not )?the same (?:thing )?as (?P<l>.+)"
    r"|(?:between|zwischen|entre|miedzy) (?P<a>.{1,40}?) (?:and|und|y|et|a|i|with) (?P<b>.+)"
    r"|(?P<c>.{1,40}?) (?:vs\.?|versus|or|instead of|rather than|better than|oder|statt|en lugar de|en vez de|ou"
    r"|au lieu de|albo|(?<=\w )czy|zamiast) (?P<d>.+)|(?P<e>.{1,40}?) ?(?:和|与|跟|还是) ?(?P<f>.+)"
    r"|^differ\w* (?!between )(?P<i>\w+) (?P<j>\w+)|(?P<g>.{1,40}?) (?:and|und|y|et|i) (?P<h>.+)"
)


@frozen
class Found:
    """A topic that fits."""

    topic: Topic
    score: float
    compares: bool = False  #: the question compares it with the next
    named: bool = True  #: a name of it stands whole in the question
    titled: bool = True  #: a word of its title stands in the question
    exact: bool = False  #: the question says nothing but its title, or the titles of the two that it compares

    @property
    def is_named(self) -> bool:
        """Whether the question is surely about it, so that it may be told without asking back."""
        return self.named and self.score >= SURE


def find(question: str, before: Sequence[str] = ()) -> list[Found]:
    """The topics of `question`, best first; two where it compares two. `before`: the student's earlier messages.

    Called by the concepts agent once a question; empty where no topic shares a word with it.
    """
    index, folded = _index(), fold(question)
    parts = (part.strip() for part in re.split(r"[.?!,;](?=\s|$)", folded))
    for part in (folded, *(one for one in parts if _LEAD.match(one))):
        if (plain := index.called.get(_bare(part))) is not None:
            return [Found(plain, SURE, exact=True)]
    asked = question
    if _AGAIN.search(folded):
        sure = (one for one in (question, *reversed(before)) if max(index.scores(one).values(), default=0) >= SURE)
        asked = next(sure, question)
    scores = index.scores(asked)
    ranked = sorted(scores, key=lambda topic: (-scores[topic], topic))
    pair = _compared(index, folded) if _COMPARES.search(folded) else {}
    best = [*pair, *(one for one in ranked if one not in pair)][:_MOST]
    named = index.named(asked, best)
    if best and not pair:  # of those that fit about as well one whose name was said comes first
        near = _NEAR * scores[best[0]]
        best.sort(key=lambda one: one not in named or scores[one] < near)
    scores = scores | pair
    said, titles = _words_of(asked), [_words_of(index.topics[one].title) for one in best]
    exact = bool(said) and said <= set[str]().union(*titles[: 2 if pair else 1])
    return [
        Found(
            index.topics[one],
            round(scores[one], 3),
            compares=bool(pair),
            named=bool(pair) or one in named,
            titled=not said.isdisjoint(title),
            exact=exact,
        )
        for one, title in zip(best, titles, strict=True)
    ]


_WORD = re.compile(r"(?<![\w.`'\"])[a-z]{5,}(?![\w.(`'\"])")


def spelled(text: str, code: str) -> str:
    """A message with words that nothing here knows, nor `code`, as those of the library that they are nearest to."""
    known = _vocabulary() | words_in(code.casefold())
    near = {word for word in _WORD.findall(text) if word not in known}
    like = {word: [one for one in _vocabulary() if one[0] == word[0]] for word in near}
    plain = {word: difflib.get_close_matches(word, others, 1, 0.87) for word, others in like.items()}
    return _WORD.sub(lambda found: next(iter(plain.get(found[0], [])), found[0]), text)


@cache
def _vocabulary() -> frozenset[str]:
    """The words of the library's pages and of questions on them."""
    pages = [" ".join((one.title, *one.also, one.text)) for one in topics()]
    pages += [one["ask"].casefold() for _, one in entries("questions")]
    return frozenset(re.findall(r"[a-z]{4,}", " ".join(pages))) | EMPTY


def _words_of(text: str) -> set[str]:
    """What a text says of a topic, names in code as words."""
    return {word.strip("`") for word in telling(text)}


def _bare(question: str) -> tuple[str, ...]:
    """The stems of a question without what only asks; none where it holds a sign."""
    said = " ".join(question.rstrip("?!. ").replace(",", " ").replace(" : ", " colon ").split())
    return tuple(map(stem, _TAIL.sub("", _LEAD.sub("", said)).split())) if re.fullmatch(r"[\w' -]+", said) else ()


def _compared(index: Index, question: str) -> dict[str, float]:
    """The topics of the two sides of a comparison with what speaks for them; none where one of them is not known."""
    pair: dict[str, float] = {}
    parts = re.split(r"(?<!\bvs\.)(?<=[?!.])\s", question)
    parts = [one for one in parts if one.endswith("?")] or parts
    match = _BETWEEN.search(next(filter(_COMPARES.search, parts), "").rstrip("?!. "))
    for side in [part for part in match.groups() if part is not None] if match else []:
        plain, own = index.called.get(_bare(side)), index.scores(side)
        best = plain.id if plain is not None else max(own, key=lambda topic: (own[topic], topic), default="")
        is_named = best in own and best in index.named(side, [best])
        if plain is not None or is_named:
            pair[best] = max(SURE, own.get(best, 0.0))
    return pair if len(pair) == 2 else {}


class Index:
    """The topics' tokens in two tables: a row a topic, and a row a name of one. Built once a process, in 0.2 s."""

    def __init__(self, library: Iterable[Topic]) -> None:
        self.topics = {topic.id: topic for topic in library}
        self.called = {_bare(fold(word)): topic for topic in self.topics.values() for word in topic.called}
        self._rows: dict[str, list[str]] = {}
        self._telling: dict[str, list[str]] = {}  #: the words of a row that say something
        self._pages: dict[str, frozenset[str]] = {}
        self._db = sqlite3.connect(":memory:", check_same_thread=False)
        self._db.execute("CREATE VIRTUAL TABLE pages USING fts5(topic UNINDEXED, title, names, body)")
        self._db.execute("CREATE VIRTUAL TABLE names USING fts5(topic UNINDEXED, words)")
        for topic in self.topics.values():
            names = [topic.title, topic.id.replace("-", " "), *topic.also]
            read = [tokens(f"`{name}`" if iskeyword(name) else name) for name in names]
            rows = [*map(_row, read)]
            for row, found in zip(rows, read, strict=True):
                self._telling[row] = [_word(one) for one in found if not is_empty(one)] or row.split()
            page = (rows[0], " ".join(rows), _row(tokens(f"{topic.text} {topic.example.code}")))
            self._db.execute("INSERT INTO pages VALUES (?, ?, ?, ?)", (topic.id, *page))
            self._rows[topic.id] = rows
            self._db.executemany("INSERT INTO names VALUES (?, ?)", [(topic.id, row) for row in rows])
            self._pages[topic.id] = frozenset(" ".join(page).split())

    def scores(self, question: str) -> dict[str, float]:
        """Topic ids with what speaks for them: the page as a whole, the name that fits best, and their share of it."""
        found = tokens(question)
        said = [token for token in dict.fromkeys(found) if not is_empty(token)] or (found if len(found) < 3 else [])
        words, every = [*map(_word, said)], {*map(_word, found)}
        if not words:
            return {}
        plain = [token for token in found if token[0] not in "`~"]
        pairs = [pair for pair in pairwise(plain) if not all(map(is_empty, pair))]
        match = " OR ".join([*words, *(f'"{_row(pair)}"' for pair in pairs)])
        page = "SELECT topic, -bm25(pages, 0, 4, 2, 0.5) FROM pages WHERE pages MATCH ?"
        scores: dict[str, float] = dict(self._db.execute(page, (match,)))
        best: dict[str, float] = defaultdict(float)
        name = "SELECT topic, words, -bm25(names) FROM names WHERE names MATCH ?"
        for topic, row, fits in self._db.execute(name, (match,)):
            own = self._telling[row]
            covered = sum(word in every for word in own) / len(own)
            whole = _WHOLE if sorted(own) == sorted(words) else 0.0
            best[topic] = max(best[topic], fits * covered + whole)
        return {
            topic: _SCALE * (scores.get(topic, 0.0) + best[topic]) * self._share(topic, words)
            for topic in {*scores, *best}
        }

    def named(self, question: str, topics: Sequence[str]) -> set[str]:
        """Those of the topics of which a name stands whole in the question, or makes up most of it."""
        words, said, found = Counter(map(_word, tokens(question))), set(map(_word, telling(question))), set()
        for topic in topics:
            for row in self._rows[topic]:
                own, asked = _plain(self._telling[row]), _plain(said)
                own, asked = (own, asked) if own and asked else (set(self._telling[row]), said)
                is_most = len(own & asked) > 1 and 2 * len(own & asked) > max(len(own), len(asked))
                if is_most or Counter(row.split()) <= words:
                    found.add(topic)
        return found

    def _share(self, topic: str, words: Sequence[str]) -> float:
        """Less than 1 for a topic that speaks of only a small share of the question."""
        own = self._pages[topic]
        return min(1.0, 0.2 + sum(word in own for word in words) / len(words) / 0.7)


def _row(found: Iterable[str]) -> str:
    return " ".join(map(_word, found))


def _word(token: str) -> str:
    """A token as one word of the index, which knows letters and digits alone."""
    return "t" + "".join(sign if sign.isalnum() else f"x{ord(sign):x}x" for sign in token)


def _plain(words: Iterable[str]) -> set[str]:
    """These words without those that stand beside another and say what it means."""
    return {word for word in words if not word.startswith(_word("~"))}


@cache
def _index() -> Index:
    return Index(topics())
