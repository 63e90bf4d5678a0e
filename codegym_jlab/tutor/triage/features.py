"""What the weights look at: groups of words, words, parts of words, and what is on the table; as numbers of rows."""

from __future__ import annotations

from itertools import combinations
from zlib import crc32

from codegym_jlab.tutor.triage.lexicon import Group
from codegym_jlab.tutor.triage.reading import Reading

ROWS = 1 << 16

_STOPS = ".?!,;:#@%/"
_PAIRED = 9  #: groups whose pairs are looked at; more of them say little


def names(reading: Reading, groups: set[Group]) -> set[str]:
    """The features of a message by name."""
    stage, words = reading.stage, reading.words
    length = (
        "0" if not words else "1" if len(words) == 1 else "3" if len(words) <= 3 else "7" if len(words) <= 7 else "+"
    )
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
