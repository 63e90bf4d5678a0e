"""The seam to the explainer of errors, and the one that runs the student's cell in the sandbox."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from .question import Situation

if TYPE_CHECKING:
    from codegym_jlab.sandbox.base import Sandbox

_PLACED = re.compile(r"\bline \d+", re.I)


@dataclass(frozen=True, slots=True)
class Explained:
    """An error explained: the line to look at (of the answer, from 1), a heading and the text."""

    line: int | None
    title: str
    text: str


class Explains(Protocol):
    """Explains the error that a student has in front."""

    async def explained(self, situation: Situation, language: str) -> Explained | None:
        """None where there is no code to look at, or nothing is wrong that can be seen."""
        ...


class SandboxExplains:
    """By our own rules; where the notebook told no line, the cell is run once more to see what its names held."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def explained(self, situation: Situation, language: str) -> Explained | None:
        """See `Explains`. The rules work in a thread: a program made to keep them busy takes half a second."""
        from codegym_jlab.sandbox.base import SandboxUnavailable

        from .explain import explain_error
        from .explain.run import seen_in

        source, error = situation.source, (situation.last_error or "").strip()
        if not source.strip():
            return None
        found = await asyncio.to_thread(explain_error, source, error, language) if error else None
        if not error or not _PLACED.search(error):
            try:
                seen = await seen_in(self._sandbox, source)
            except SandboxUnavailable:
                seen = None
            if seen is not None and seen.type and (not error or seen.type == _type_of(error)):
                found = await asyncio.to_thread(explain_error, source, seen, language)
        return Explained(found.line, found.title, found.text) if found is not None else None


def _type_of(error: str) -> str:
    """The name of the exception in the last line of a traceback."""
    return error.splitlines()[-1].split(":")[0].strip().rpartition(".")[2]
