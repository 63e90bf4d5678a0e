"""Dictated code."""

from __future__ import annotations

from .shaping import Wanted


def dictated(text: str, wanted: Wanted | None) -> list[str]:
    """Python that the sentences dictate."""
    return []
