"""Programs with a token left out."""

from __future__ import annotations


def filled(text: str, reply: str, public: str) -> list[str]:
    """`text` with its one gap filled by what the reply gives away, or by what stands there most often."""
    return []
