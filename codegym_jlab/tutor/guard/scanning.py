"""Many patterns looked for at once: at each place only those that can begin with the character there are tried."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

_CLASS = re.compile(r"\\[wdsWDSb]|\.|\[\^?\]?(?:\\.|[^\]\\])*\]")
_TIMES = re.compile(r"[?*+]\??|\{(\d*),?\d*\}\??")
#: A first character that is any.
_ANY = "."


def alternatives(pattern: str) -> list[str]:
    """The parts of a pattern between the bars that stand in no brackets."""
    found, start, depth, at = [], 0, 0, 0
    while at < len(pattern):
        inner = _CLASS.match(pattern, at) if pattern[at] == "[" else None
        if pattern[at] == "|" and not depth:
            found.append(pattern[start:at])
            start = at + 1
        depth += {"(": 1, ")": -1}.get(pattern[at], 0)
        at = inner.end() if inner else at + (2 if pattern[at] == "\\" else 1)
    return [*found, pattern[start:]]


def _closing(pattern: str, at: int) -> int:
    """Where the bracket that opens at `at` closes."""
    depth = 0
    while True:
        inner = _CLASS.match(pattern, at) if pattern[at] == "[" else None
        depth += {"(": 1, ")": -1}.get(pattern[at], 0)
        if not depth:
            return at
        at = inner.end() if inner else at + (2 if pattern[at] == "\\" else 1)


def firsts(pattern: str) -> set[str]:
    """What a pattern may begin with: characters, and classes of them; any where it may be empty."""
    if not pattern:
        return {_ANY}
    if pattern.startswith("("):
        end = _closing(pattern, 0)
        body, rest = pattern[1:end], pattern[end + 1 :]
        if body.startswith(("?=", "?!", "?<=", "?<!")):
            return firsts(rest)
        body = re.sub(r"^\?(?::|P<\w+>)", "", body)
        found = set().union(*(firsts(one) for one in alternatives(body)))
    elif match := _CLASS.match(pattern):
        found, rest = {match[0]}, pattern[match.end() :]
        if match[0] == r"\b":
            return firsts(rest)
    else:
        size = 2 if pattern[0] == "\\" else 1
        found, rest = {pattern[size - 1].lower()}, pattern[size:]
    times = _TIMES.match(rest)
    if times and (times[0][0] in "?*" or times[1] == "0"):
        found |= firsts(rest[times.end() :])
    return found


class Scanner:
    """Named patterns in the order in which they are tried; `before` and `after` are the bounds of each."""

    def __init__(self, patterns: Sequence[tuple[str, str, str, str]], skipped: str) -> None:
        """`patterns`: name, pattern, bounds before and after it. `skipped`: what is passed over where none fits."""
        self._parts = [
            (name, (before, after), one, firsts(one))
            for name, pattern, before, after in patterns
            for one in alternatives(pattern)
        ]
        self._classes = {one for *_, begins in self._parts for one in begins if len(one) > 1 or one == _ANY}
        self._skipped = re.compile(skipped)
        self._of: dict[str, tuple[re.Pattern[str], list[str]] | None] = {}

    def scan(self, text: str) -> Iterator[tuple[str, int, int]]:
        """What is found, from left to right: its name, where it begins and ends."""
        at = 0
        while at < len(text):
            match, names = None, list[str]()
            if (known := self._for(text[at].lower())) is not None:
                pattern, names = known
                match = pattern.match(text, at)
            if match and match.end() > at:
                yield names[(match.lastindex or 1) - 1], at, match.end()
                at = match.end()
            else:
                skipped = self._skipped.match(text, at)
                at = max(at + 1, skipped.end() if skipped else 0)

    def _for(self, first: str) -> tuple[re.Pattern[str], list[str]] | None:
        """The patterns that may begin with a character, and their names; None where none may."""
        if first not in self._of:
            fitting = {first, *(one for one in self._classes if re.fullmatch(one, first, re.IGNORECASE | re.DOTALL))}
            fit = [(name, bounds, one) for name, bounds, one, begins in self._parts if begins & fitting]
            # One pair of bounds for all that share it: compiling them takes longer than all else.
            whole = "|".join(
                f"{before}(?:{'|'.join(f'({one})' for _, _, one in some)}){after}"
                for (before, after), some in groupby(fit, key=lambda part: part[1])
            )
            self._of[first] = (re.compile(whole, re.IGNORECASE), [name for name, *_ in fit]) if fit else None
        return self._of[first]
