"""Texts that many are told alike, such as the library's: what one gives away by itself is found out once.

What comes of it together with a student's cell, or with the replies before it, is looked at each time.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict

from .running import Candidate

#: Texts that are remembered, of all exercises.
_KEPT = 4000
_STRESSED = re.compile(r"\*\*([^*`\n]+)\*\*")


class Lasting:
    """What passed by itself, with the programs that were tried for it. One a process: a new guard begins anew."""

    def __init__(self) -> None:
        self._tried: OrderedDict[str, frozenset[Candidate]] = OrderedDict()

    def tried(self, exercise: str, text: str) -> frozenset[Candidate] | None:
        """None for a text that is not known to be innocent; `exercise` names the version of the course too."""
        key = _key(exercise, text)
        found = self._tried.get(key)
        if found is not None:
            self._tried.move_to_end(key)
        return found

    def passed(self, exercise: str, text: str, tried: frozenset[Candidate]) -> None:
        """It gave nothing away by itself."""
        self._tried[_key(exercise, text)] = tried
        while len(self._tried) > _KEPT:
            self._tried.popitem(last=False)


def _key(exercise: str, text: str) -> str:
    """Without the stress that a sentence is given by the question; code stays as it is."""
    parts = text.split("```")
    parts[::2] = [_STRESSED.sub(r"\1", part) for part in parts[::2]]
    return hashlib.sha256(f"{exercise}\n{'```'.join(parts)}".encode("utf-8", "replace")).hexdigest()
