"""What a submission of five checks costs at least here: fork, all namespaces, five forks, and nothing else.

For `codegym bench`: forked from the same warm process as submissions are, so that both carry the same memory.
"""

from __future__ import annotations

import os
import time

from . import kernel

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from typing import Any

_FORKS = 5
_NAMESPACES = (
    kernel.CLONE_NEWNS | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS | kernel.CLONE_NEWCGROUP
)


def measure(place: Any, rounds: int, at_once: int) -> dict[str, Any]:
    """Seconds of each round, and of all; `at_once` of them are under way at a time."""
    under_way: list[tuple[int, float]] = []
    times = []
    began = time.perf_counter()
    for _ in range(rounds):
        if len(under_way) >= at_once:
            times.append(_ended(place, *under_way.pop(0)))
        start = time.perf_counter()
        pid = place.fork()
        if not pid:
            _bare(place.sole)
        under_way.append((pid, start))
    while under_way:
        times.append(_ended(place, *under_way.pop(0)))
    return {"each_s": times, "all_s": time.perf_counter() - began}


def _ended(place: Any, pid: int, start: float) -> float:
    os.waitpid(pid, 0)
    place.buried(pid)
    return time.perf_counter() - start


def _bare(namespaces: bool) -> None:
    """In the child: does not return."""
    try:
        if namespaces:
            kernel.unshare(_NAMESPACES)
            kernel.unshare(kernel.CLONE_NEWUSER)
        for _ in range(_FORKS):
            pid = os.fork()
            if not pid:
                os._exit(0)
            os.waitpid(pid, 0)
    finally:
        os._exit(0)
