"""The seam to the explainer of errors, which runs the student's cell in the sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from .question import Situation


@dataclass(frozen=True, slots=True)
class Explained:
    """An error explained: the line to look at (of the answer, from 1), a heading and the text."""

    line: int | None
    title: str
    text: str


class Explains(Protocol):
    """Explains the error that a student has in front."""

    async def explained(self, situation: Situation, language: str) -> Explained | None:
        """None where nothing is wrong that can be seen."""
        ...
