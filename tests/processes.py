"""Who started whom, by the system's own account."""

from __future__ import annotations

import os
from pathlib import Path


def descendants(of: int | None = None) -> set[int]:
    """Processes that this one, or `of`, has started, and theirs."""
    found: set[int] = set()
    waiting = [of or os.getpid()]
    while waiting:
        new = _children(waiting.pop()) - found
        found |= new
        waiting += new
    return found


def _children(pid: int) -> set[int]:
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found |= {int(child) for child in task.read_text().split()}
        except OSError:  # it ended meanwhile
            continue
    return found
