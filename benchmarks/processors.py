"""How many processors this process may use, which processes are a program's own, and what they have used."""

from __future__ import annotations

import os
import time
from contextlib import suppress
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


def used_ms(pid: int) -> float:
    """User and system time of a process, exactly, and of its ended children, in ticks of the kernel's clock."""
    with suppress(OSError):
        children = sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[13:15]))
        own = time.clock_gettime(~pid << 3 | 2)  # what clock_getcpuclockid(3) gives for a process
        return (own + children / os.sysconf("SC_CLK_TCK")) * 1000
    return 0.0
