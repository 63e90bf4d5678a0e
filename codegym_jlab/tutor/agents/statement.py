"""Questions about the statement of an exercise: the sentences of it that tell, word for word."""

from __future__ import annotations

import math
import re
from collections import Counter

from ..concepts.words import EMPTY, stem
from ..folding import fold
from ..words import patterns
from .asked import Answer, Asked, answer

#: Characters of a question at most.
_LONGEST = 160
#: What a sentence must share with the question, with one that names the statement, and of the best one's share what
#: a second one needs.
_ENOUGH, _LITTLE, _NEAR = 1.2, 0.4, 0.75
#: What one name for a bound of the task weighs, whatever the language: more than a word, as it stands for many, but
#: those that nearly every statement names; and what a number weighs.
_BOUND, _COMMON, _NUMBER = 1.2, 0.5, 1.5
_EVERYWHERE = frozenset({"~gives", "~shows", "~whole"})
_FENCE = re.compile(r"```.*?\n(.*?)```", re.S)
_ENDS = re.compile(r"(?<=[.!?:;])\s+(?=[A-Z0-9`*\"(])")
_WORD = re.compile(r"[a-z_]\w*|\d+(?:\.\d+)?|[\u4e00-\u9fff]")
#: What says nothing in a question about a statement; some words that say nothing of the language do say something here.
_TELLING = frozenset("difference different new people person line lines".split())
_EMPTY = (frozenset(fold(word) for word in EMPTY) - _TELLING) | frozenset(
    "if can may must should would could there be is are does do it that this what which how much many when same have"
    " has count mean task exercise statement text say also too here".split()
)


def asks_of_the_statement(asked: Asked) -> bool:
    """Whether a message asks for a bound of the task that its statement tells."""
    said, known = fold(asked.message), patterns("statement")
    if asked.exercise is None or len(said) > _LONGEST or patterns("open")["closed"].search(said):
        return False
    if known["named"].search(said):
        return True
    if asked.routed.intent in ("concept", "solution_request") and asked.routed.sure and not known["first"].search(said):
        return False
    return bool(known["asks"].search(said)) and bool(_fitting(asked))


async def statement(asked: Asked) -> Answer:
    """The sentences that fit, or all of the statement where none does."""
    assert asked.exercise is not None, "asks_of_the_statement saw one"
    found = _fitting(asked, _LITTLE)
    if not found:
        return answer("samples", asked.words.say("samples.task"), asked.exercise.statement.strip())
    return answer("samples", asked.words.say("samples.says"), *(f"> {one}" for one in found))


def _fitting(asked: Asked, enough: float = _ENOUGH) -> list[str]:
    """The sentence of the statement that shares most with the question, and one that shares nearly as much."""
    assert asked.exercise is not None
    told = sentences(asked.exercise.statement)
    words = [_words(one) for one in told]
    known = Counter(word for own in words for word in own)
    meant = _words(asked.message)
    shares = [sum(_weight(word, known[word]) for word in meant & own) for own in words]
    most = max(shares, default=0.0)
    if most < enough:
        return []
    found = [one for one, share in zip(told, shares, strict=True) if share >= _NEAR * most]
    return sorted(found, key=lambda one: -shares[told.index(one)])[:2]


def _weight(word: str, known: int) -> float:
    """What a shared word is worth that so many of the sentences hold."""
    if word.startswith("~"):
        return _COMMON if word in _EVERYWHERE else _BOUND
    return (_NUMBER if len(word) > 1 and word.isdecimal() else 1.0) / math.sqrt(known)


def sentences(text: str) -> list[str]:
    """A statement's sentences, points, rows of tables and lines of samples, in its order."""
    found = []
    for place, part in enumerate(_FENCE.split(text)):
        if place % 2:
            found += [f"`{' '.join(line.split())}`" for line in part.splitlines() if line.strip() and "`" not in line]
            continue
        for block in re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.)\s)|\n(?=\|)|(?<=\|)\n", part):
            plain = " ".join(block.split()).lstrip("-* ")
            if plain.startswith("|"):
                plain = "" if set(plain) <= set("|-: ") else plain.strip("| ").replace("|", "–")
            found += [one.rstrip(" ,;") for one in _ENDS.split(plain) if len(one) > 3]
    return found


def _words(text: str) -> set[str]:
    """What a text speaks of: stems of its words, and the names of bounds."""
    folded = fold(text)
    found = {stem(word) for word in _WORD.findall(folded) if word not in _EMPTY}
    return found | {f"~{name}" for name, pattern in patterns("bounds").items() if pattern.search(folded)}
