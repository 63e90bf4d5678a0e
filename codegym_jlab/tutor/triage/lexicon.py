"""Word lists by language, as one pattern a group. Read once, when the first message comes."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from codegym_jlab.tutor.patterns import fold

from .message import Reading

LANGUAGES = ("en", "es", "de", "fr", "zh", "pl")

Group = str
_GAP = {"zh": r"[^.?!]{0,12}?"}


def _entry(text: str, language: str) -> str:
    """An entry of a list as a regular expression: `*` is the rest of a word, ` ~ ` up to four words."""
    if language == "zh":
        return text.replace(" ", "").replace("~", _GAP["zh"]).replace("xtask", " ?xtask ?")
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


def spoken(reading: Reading) -> tuple[str, ...]:
    """The lists to look into: English and the message's language, or all where it could be any."""
    if reading.language == "en" and reading.told:
        return ("en",)
    if reading.language in LANGUAGES and reading.told:
        return ("en", reading.language)
    return LANGUAGES


def found(reading: Reading) -> set[Group]:
    """The groups that a message speaks of. Injection and distress are looked for in code blocks too."""
    hits: set[Group] = set()
    for language in spoken(reading):
        for name, pattern in groups(language).items():
            if name not in hits and pattern.search(
                reading.whole if name in ("injection", "distress") else reading.said
            ):
                hits.add(name)
    return hits
