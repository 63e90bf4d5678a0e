"""How long a text is, and how hard to read: the grade of Flesch and Kincaid, for English."""

from __future__ import annotations

import re

_FENCE = re.compile(r"```.*?(?:```|\Z)", re.S)
_INLINE = re.compile(r"`[^`\n]*`")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’]*|\d[\d.,]*")
_SENTENCE = re.compile(r"[.!?](?=\s|$)|\n\s*\n")
_VOWELS = re.compile(r"[aeiouy]+")


def prose(text: str) -> str:
    """Without blocks of code; code in a line is one short word."""
    return _INLINE.sub("code", _FENCE.sub("", text))


def word_count(text: str) -> int:
    """Words beside blocks of code."""
    return len(prose(text).split())


def grade(text: str) -> float:
    """Years of school that a reader needs, as J. P. Kincaid et al. (1975) have it; 0 for no words."""
    told = prose(text)
    words = _WORD.findall(told)
    if not words:
        return 0.0
    sentences = sum(bool(_WORD.search(part)) for part in _SENTENCE.split(told)) or 1
    return 0.39 * len(words) / sentences + 11.8 * sum(map(_syllables, words)) / len(words) - 15.59


def _syllables(word: str) -> int:
    small = word.lower()
    groups = len(_VOWELS.findall(small))
    if small.endswith("e") and not small.endswith(("le", "ee")) and groups > 1:
        groups -= 1
    return max(1, groups)
