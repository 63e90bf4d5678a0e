"""How many processors this process may use."""

from __future__ import annotations

import os


def usable() -> int:
    """At least 1."""
    return len(os.sched_getaffinity(0))
