"""Triage by weights: the features of a message as rows of a table, how likely each intent is, and which one it is."""

import math
import re
import zlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib import resources
from itertools import combinations
from zlib import crc32

from codegym_jlab.tutor.locale import LANGUAGES
from codegym_jlab.tutor.patterns import fold
from codegym_jlab.tutor.question import Intent, Routed, Situation, Turn

from .message import Reading, read

Group = str


def _entry(text: str, language: str) -> str:
    """An entry of a list as a regular expression: `*` is the rest of a word, ` ~ ` up to four words."""
    if language == "zh":
        return text.replace(" ", "").replace("~", r"[^.?!]{0,12}?").replace("xtask", " ?xtask ?")
    words = re.sub(r"(?<=\w)\*", r"\\w*", text)
    return words.replace(" ~ ", r" (?:\w+ ){0,4}?").replace("~ ", r"(?:\w+ ){0,4}?")


@cache
def groups(language: str) -> dict[Group, re.Pattern[str]]:
    """The groups of one language; each finds a word or phrase of its list in plain text."""
    file = resources.files(__package__) / "lexicon" / f"{language}.txt"
    found = {}
    for line in file.read_text("utf-8").replace("\n    ", " ").replace("\n  ", "").splitlines():
        name, colon, entries = line.partition(": ")
        if not colon or line.startswith("#"):
            continue
        parts = [_entry(entry.strip(), language) for entry in fold(entries).split(" | ") if entry.strip()]
        joined = "|".join(parts)
        found[name] = re.compile(joined if language == "zh" else rf"(?<!\w)(?:{joined})(?!\w)")
    return found


def found(reading: Reading) -> set[Group]:
    """The groups that a message speaks of. Injection and distress are looked for in code blocks too.

    Looked into are the lists of English and of the message's language, or all where it could be any.
    """
    is_known = reading.told and reading.language in LANGUAGES
    return {
        name
        for language in ({"en", reading.language} if is_known else LANGUAGES)
        for name, pattern in groups(language).items()
        if pattern.search(reading.whole if name in ("injection", "distress") else reading.said)
    }


ROWS = 1 << 15

_PAIRED = 9  #: groups whose pairs are looked at; more of them say little


def names(reading: Reading, groups: set[Group]) -> set[str]:
    """The features of a message by name."""
    stage, words = reading.stage, reading.words
    length = next((str(most) for most in (0, 1, 3, 7) if len(words) <= most), "+")
    found = {"*", f"at {stage}", f"long {length}", f"long {length} {stage}"}
    found.update(
        f"{word} {bool(getattr(reading, word))}"
        for word in ("quotes_error", "asks", "fenced", "exercise", "code", "poses")
    )
    found.add(f"at {stage} {reading.quotes_error} {reading.asks}")
    spoken = sorted(groups)
    found.update(f"g {group}" for group in spoken)
    found.update(f"g {group} {stage}" for group in spoken)
    found.update(f"g {one} {two}" for one, two in combinations(spoken[:_PAIRED], 2))
    if not spoken:
        found.add(f"g none {stage} {length}")
    found.update(_of_words(reading))
    found.update(_of_letters(reading))
    return found


def _of_words(reading: Reading) -> set[str]:
    words = reading.words
    found = {f"w {word}" for word in words}
    tokens = ["^", *(word for word in reading.said.split() if word not in ",;:"), "$"]
    found.update(f"ww {one} {two}" for one, two in zip(tokens, tokens[1:], strict=False))
    if len(words) <= 4:
        found.update(f"w {word} {reading.stage}" for word in words)
        found.add(f"all {' '.join(words)} {reading.stage}")
    if words:
        found.add(f"first {' '.join(words[:2])}")
    return found


def _of_letters(reading: Reading) -> set[str]:
    found: set[str] = set()
    for word in reading.words:
        if "\u3040" <= word[0] <= "\u9fff":
            found.update(word[i : i + size] for size in (1, 2, 3) for i in range(len(word) - size + 1))
        elif len(word) > 3:
            padded = f"<{word}>"
            found.update(f"c {padded[i : i + 4]}" for i in range(len(padded) - 3))
    return found


def rows(reading: Reading, groups: set[Group]) -> list[int]:
    """The features of a message as rows of the table of weights, sorted."""
    return sorted({crc32(name.encode()) % ROWS for name in names(reading, groups)})


#: In the order of the labelling rules, and of the columns of the table.
INTENTS: tuple[Intent, ...] = (
    "distress",
    "injection",
    "solution_request",
    "explain_error",
    "review",
    "hint",
    "concept",
    "progress",
    "logistics",
    "off_topic",
)

FILE = "weights.bin"


@cache
def _table() -> tuple[float, memoryview]:
    """What one step of a weight is worth, and the steps of all rows, an intent after the other."""
    data = zlib.decompress((resources.files(__package__) / FILE).read_bytes())
    return float(data[:16]), memoryview(data)[16:].cast("b")


def chances(rows: list[int]) -> dict[Intent, float]:
    """How likely each intent is, by the rows of a message's features; they sum to 1."""
    scale, table = _table()
    width = len(INTENTS)
    known = [table[row * width : (row + 1) * width] for row in rows]
    sums = [scale * sum(column) for column in zip(*known, strict=True)]
    top = max(sums)
    grown = [math.exp(value - top) for value in sums]
    total = sum(grown)
    return {intent: value / total for intent, value in zip(INTENTS, grown, strict=True)}


CLEAR = 0.25  #: how far apart the two likeliest must be, to be sure
HEARD = 0.15  #: how likely distress or injection must be to come first, where their words were found
UNHEARD = 0.9  #: how likely one of them must be where none of its words was found
FOLLOWING = 4  #: words of a message that may only carry on what was asked before

#: To miss one of these is worse than to hear it wrongly; in the order of the labelling rules.
_FIRST: tuple[tuple[Intent, frozenset[Group]], ...] = (
    ("distress", frozenset({"distress", "human"})),
    ("injection", frozenset({"injection"})),
)


def warm() -> None:
    """Read word lists and weights now (a third of a second), so that the first message need not wait. For a thread."""
    for language in LANGUAGES:
        groups(language)
    _table()


def triage(message: str, situation: Situation, earlier: Sequence[Turn] = ()) -> Routed:
    """What `message` asks for, beside `situation` and after the turns `earlier`.

    Called by the tutor before anything else answers; no model, a millisecond or so, no error for any text.
    Unless the answer is `sure`, other things that are known of the message decide.
    """
    reading = read(message, situation)
    spoken = found(reading)
    routed = _routed(reading, spoken, situation, earlier)
    return replace(routed, language=_language(reading, situation, earlier), heard=frozenset(spoken))


def _routed(reading: Reading, spoken: set[Group], situation: Situation, earlier: Sequence[Turn]) -> Routed:
    chance = chances(rows(reading, spoken))
    for intent, words in _FIRST:
        if chance[intent] < UNHEARD and spoken.isdisjoint(words):  # by letters and small words alone
            chance[intent] = 0.0
    given = f"{situation.last_error or ''}\n{situation.output or ''}"  # quoted data, whatever it says
    if "obey" in spoken and "injection" in found(read(given, situation)):
        return Routed("injection")
    best, second = sorted(chance, key=lambda intent: -chance[intent])[:2]
    for intent, words in _FIRST:
        if intent != best and chance[intent] >= HEARD and not spoken.isdisjoint(words):
            return Routed(intent, sure=False)
    if chance[best] - chance[second] >= CLEAR:
        return Routed(best)
    followed = _carried_on(reading, situation, earlier)
    return Routed(followed) if followed in (best, second) else Routed(best, sure=False)


def _language(reading: Reading, situation: Situation, earlier: Sequence[Turn]) -> str:
    """The message's own language; where it shows none clearly, that of the last turn that does, else the course's."""
    if reading.told or not earlier:
        return reading.language
    for turn in reversed(earlier):
        before = read(turn.message, situation)
        if before.told:
            return before.language
    return situation.language.split("-")[0]


def _carried_on(reading: Reading, situation: Situation, earlier: Sequence[Turn]) -> Intent | None:
    """What the message before asked for, where this one is too short to ask for anything by itself."""
    if not earlier or len(reading.words) > FOLLOWING:
        return None
    return triage(earlier[-1].message, situation).intent
