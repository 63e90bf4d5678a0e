"""Answers of a class that look alike: a hint to look, never a verdict. What the author gave is left out.

Winnowing (Schleimer, Wilkerson, Aiken, SIGMOD 2003): of each few neighbouring hashes of token runs one is kept, so that
what two answers share over `RUN + WINDOW - 1` tokens is always found. Names, numbers and texts count as just that, so
that renaming hides nothing.
"""

import asyncio
import builtins
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from keyword import kwlist, softkwlist
from zlib import crc32

from codegym_jlab.records import Json, Verdict

from ..grading.admission import place_in
from .manager import Actor, ClassManager

RUN, WINDOW = 6, 4  #: tokens that one hash is of, and neighbours of which one is kept
FEWEST = 6  #: fingerprints of an answer of its own; a shorter one is compared with none
COMMON = 30  #: answers that share a fingerprint, at most: beyond, it is how everybody does it
ALIKE = 0.5  #: of the smaller answer's fingerprints, from which a pair is told
NEWEST, MOST = 3000, 50  #: answers that are read, and pairs that are told

_TOKEN = re.compile(r"(?P<word>[^\W\d]\w*)|(?P<number>\d[\w.]*)|(?P<text>\"[^\"\n]*\"|'[^'\n]*')|#[^\n]*|(?P<sign>\S)")
_KNOWN = frozenset({*kwlist, *softkwlist, *dir(builtins)})
Prints = Mapping[int, frozenset[int]]  #: the lines that a fingerprint is of


def _tokens(source: str, *, prose: bool) -> Iterator[tuple[str, int]]:
    """What each means, and its line."""
    for number, line in enumerate(source.splitlines(), 1):
        for found in _TOKEN.finditer(line):
            kind, text = found.lastgroup, found.group()
            if kind == "sign" or (kind == "word" and (prose or text in _KNOWN)):
                yield text.lower(), number
            elif kind is not None:
                yield kind, number


def fingerprints(source: str, *, prose: bool = False) -> Prints:
    """Of code; `prose`: of a text, whose words count as they are."""
    tokens = list(_tokens(source, prose=prose))
    runs = [tokens[at : at + RUN] for at in range(len(tokens) - RUN + 1)]
    hashes = [crc32(" ".join(text for text, _ in run).encode()) for run in runs]
    found = defaultdict[int, set[int]](set)
    for at in range(max(len(hashes) - WINDOW + 1, min(len(hashes), 1))):
        least = min(range(at, min(at + WINDOW, len(hashes))), key=lambda place: (hashes[place], -place))
        found[hashes[least]] |= {line for _, line in runs[least]}
    return {one: frozenset(lines) for one, lines in found.items()}


def alike(sources: Sequence[str], given: str, *, prose: bool = False) -> tuple[list[Json], int]:
    """Pairs of them by place, the most alike first, with the lines that they share; and how many could be compared."""
    own = fingerprints(given, prose=prose)
    prints = [fingerprints(source, prose=prose) for source in sources]
    having = defaultdict(list)
    for place, found in enumerate(prints):
        for one in found.keys() - own.keys():
            having[one].append(place)
    rare = {one: places for one, places in having.items() if len(places) <= max(5, min(len(sources) // 4, COMMON))}
    sizes = Counter(place for places in rare.values() for place in places)
    shared = defaultdict(list)
    for one, places in rare.items():
        for pair in combinations((place for place in places if sizes[place] >= FEWEST), 2):
            shared[pair].append(one)
    told: list[Json] = []
    for pair, common in shared.items():
        share = len(common) / min(sizes[place] for place in pair)
        if share >= ALIKE:
            lines = [sorted({line for one in common for line in prints[place][one]}) for place in pair]
            told.append({"share": round(share, 2), "common": len(common), "places": pair, "lines": lines})
    told.sort(key=lambda one: (-one["share"], -one["common"], one["places"]))
    return told[:MOST], sum(count >= FEWEST for count in sizes.values())


async def similar(classes: ClassManager, actor: Actor, offering: str, exercise: str) -> Json:
    """The newest answers to an exercise that look alike, as JSON; without `exercise` those that there are answers to.

    Raises NotAllowed, UnknownExercise, and as `course_of` does.
    """
    names, store = await classes.names(actor, offering), classes.store
    loaded = await classes.course(offering)
    counts = await store.count_judged(offering, verdicts := list(Verdict))
    fit = [one for one in loaded.exercises if (one.is_code or one.answer == "text") and counts.get(one.id, 0) > 1]
    told = {"exercises": [{"exercise": one.id, "title": one.title, "answers": counts[one.id]} for one in fit]}
    if not exercise:
        return {**told, "answers": 0, "compared": 0, "pairs": []}
    asked = place_in(loaded, exercise).exercise
    newest = {
        found.submission.person: found.submission
        for found in reversed(await store.judged_answers(offering, exercise, verdicts, NEWEST))
    }
    sent = list(newest.values())
    sources = [one.source for one in sent]
    # what every student may have read: runs of it are nobody's own
    given = "\n".join((asked.starter, asked.given, asked.statement, *asked.hints))
    pairs, compared = await asyncio.to_thread(alike, sources, given, prose=asked.answer == "text")
    for pair in pairs:
        answers = [(sent[place], lines) for place, lines in zip(pair.pop("places"), pair.pop("lines"), strict=True)]
        pair["answers"] = [{**names.owner(one.person), "source": one.source, "lines": lines} for one, lines in answers]
    return {**told, "answers": len(sent), "compared": compared, "pairs": pairs}
