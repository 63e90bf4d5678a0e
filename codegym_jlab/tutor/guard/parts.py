"""Pieces of a reply in place of the same part of the author's solution: what passes so is that part, told."""

from __future__ import annotations

from .case import Case
from .running import Candidate
from .structure import Decisive


def parts(case: Case, decisive: Decisive) -> list[Candidate]:
    """Candidates: the solution with a part of it replaced by the reply's."""
    return []
