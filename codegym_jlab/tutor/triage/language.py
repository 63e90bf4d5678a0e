"""Which language a message is written in: by script, then by small words. A guess, for replies and word lists."""

from __future__ import annotations

from collections import Counter
from functools import cache
from importlib import resources

_SCRIPTS = (
    ("ja", 0x3040, 0x30FF),
    ("ko", 0xAC00, 0xD7AF),
    ("zh", 0x4E00, 0x9FFF),
    ("ru", 0x0400, 0x04FF),
    ("ar", 0x0600, 0x06FF),
    ("he", 0x0590, 0x05FF),
    ("el", 0x0370, 0x03FF),
    ("hi", 0x0900, 0x097F),
    ("th", 0x0E00, 0x0E7F),
)
#: Letters that only one of the languages has, as written (before folding).
_LETTERS = {"ñ¿¡": "es", "ßäöü": "de", "çèêœùàâîû": "fr", "łąęśżźćń": "pl", "ãõ": "pt", "ò": "it", "éíóúá": "es"}


@cache
def _words() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    text = (resources.files(__package__) / "lexicon" / "small.txt").read_text("utf-8").replace("\n    ", " ")
    for line in text.splitlines():
        language, _, words = line.partition(": ")
        for word in set(words.split()):
            found.setdefault(word, []).append(language)
    return {word: tuple(languages) for word, languages in found.items()}


def script_of(message: str) -> str | None:
    """The language that the letters alone decide, or None. Latin words among Chinese (names, errors) do not count."""
    counts: Counter[str] = Counter()
    for character in message:
        point = ord(character)
        if point < 0x0370:
            continue
        counts.update(language for language, first, last in _SCRIPTS if first <= point <= last)
    if not counts:
        return None
    if counts["ja"] >= 2:
        return "ja"
    return counts.most_common(1)[0][0]


def tally(message: str, words: list[str]) -> Counter[str]:
    """How much speaks for each language: its small words (less where they are shared) and letters of its own."""
    votes: Counter[str] = Counter()
    known = _words()
    for word in words:
        languages = known.get(word, ())
        for language in languages:
            votes[language] += 4 // len(languages)
    lowered = message.lower()
    for letters, language in _LETTERS.items():
        if any(letter in lowered for letter in letters):
            votes[language] += 3
    return votes


def language_of(message: str, words: list[str], fallback: str) -> tuple[str, bool]:
    """The language of `message` as BCP 47, and whether there is evidence; without it, `fallback`."""
    script = script_of(message)
    if script is not None:
        return script, True
    votes = tally(message, words)
    if not votes:
        return fallback, False
    ranked = votes.most_common(2)
    best, count = ranked[0]
    if len(ranked) > 1 and ranked[1][1] == count and fallback in (best, ranked[1][0]):
        best = fallback
    return best, count >= 4 and (len(ranked) == 1 or count > ranked[1][1] + 2)
