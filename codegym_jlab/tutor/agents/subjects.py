"""What a question about rules and organisation is about."""

from __future__ import annotations

from ..words import patterns


def subjects(message: str) -> list[str]:
    """The subjects that a message names, the most special first."""
    return [name for name, pattern in patterns("subject").items() if pattern.search(message)]
