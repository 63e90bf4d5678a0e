"""What plain words mean: `stick … together` is to join. Read from `meanings.toml`, applied to stems in order."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from .topic import HERE

#: how far apart the two words of `stick … together` may stand
_APART = 6
_CJK = re.compile("[\u3400-\u9fff]")

_Phrase = tuple[tuple[str, ...], tuple[str, ...], str, bool]


class Meanings:
    """Phrases by their first stem, longer ones first; beginnings of words; Chinese as it stands."""

    def __init__(self, read: dict[str, dict[str, Any]], stem: Callable[[str], str]) -> None:
        self.phrases: dict[str, list[_Phrase]] = defaultdict(list)
        self.heads: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self.signs: list[tuple[str, str]] = []
        for word, others in read["words"].items():
            for other in others.split(", "):
                self._take(other, stem(word), False, stem)
        for meaning, (terms, plain) in (read["doing"] | read["things"]).items():
            for words, is_term in ((terms, True), (plain, False)):
                for phrase in words.split(", "):
                    self._take(phrase, f"~{meaning}", is_term, stem)
        for phrases in self.phrases.values():
            phrases.sort(key=lambda one: -len(one[0]) - len(one[1]))

    def _take(self, phrase: str, meaning: str, is_term: bool, stem: Callable[[str], str]) -> None:
        if _CJK.match(phrase):
            self.signs.append((phrase, meaning))
        elif phrase.endswith("*") and " " not in phrase:
            self.heads[phrase[:3]].append((phrase[:-1], meaning))
        else:
            near, _, far = phrase.replace("*", "").partition(" … ")
            words = tuple(stem(word) for word in near.split())
            self.phrases[words[0]].append((words, tuple(stem(word) for word in far.split()), meaning, is_term))

    def of(self, stems: Sequence[str], text: str) -> list[str]:
        """`stems` with meanings in place of plain words, and beside terms; those of Chinese in `text` at the end."""
        used: dict[int, str] = {}
        found: list[str] = []
        for at, token in enumerate(stems):
            if at in used:
                continue
            match = self._match(stems, at)
            if match is None:
                heads = [meaning for head, meaning in self.heads.get(token[:3], ()) if token.startswith(head)]
                found.extend(heads if heads and not heads[0].startswith("~") else (token, *heads))
                continue
            taken, meaning, is_term = match
            used.update(dict.fromkeys(taken, meaning))
            found.extend((token, meaning) if is_term else (meaning,))
        if _CJK.search(text):
            found.extend(meaning for sign, meaning in self.signs if sign in text)
        return found

    def _match(self, stems: Sequence[str], at: int) -> tuple[list[int], str, bool] | None:
        for near, far, meaning, is_term in self.phrases.get(stems[at], ()):
            end = at + len(near)
            if tuple(stems[at:end]) != near:
                continue
            if not far:
                return list(range(at, end)), meaning, is_term
            for start in range(end, min(end + _APART, len(stems) - len(far) + 1)):
                if tuple(stems[start : start + len(far)]) == far:
                    return [*range(at, end), *range(start, start + len(far))], meaning, is_term
        return None


@cache
def meanings(stem: Callable[[str], str]) -> Meanings:
    """Those of the library; `stem` brings its words to the form of a question's."""
    return Meanings(tomllib.loads((HERE / "meanings.toml").read_text(encoding="utf-8")), stem)
