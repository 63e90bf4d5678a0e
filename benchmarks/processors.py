"""How many processors this process may use, and which processes are a program's own."""

from __future__ import annotations

import os
from pathlib import Path


def usable() -> int:
    """At least 1."""
    return len(os.sched_getaffinity(0))


def family(pid: int) -> set[int]:
    """A process and all below it."""
    found, waiting = {pid}, [pid]
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
