"""Who started whom, by the system's own account."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE_S = 120


def descendants(of: int | None = None) -> set[int]:
    """Processes that this one, or `of`, has started, and theirs."""
    found: set[int] = set()
    waiting = [of or os.getpid()]
    while waiting:
        new = _children(waiting.pop()) - found
        found |= new
        waiting += new
    return found


def users_of(pid: int) -> set[int]:
    """Ids of its user: real, effective, saved, of files; none where it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return set()
    return {int(id) for line in lines if line.startswith("Uid:") for id in line.split()[1:]}


def processes_of(user: int) -> set[int]:
    """All of this machine that run as that user."""
    return {int(name) for name in os.listdir("/proc") if name.isdigit() and user in users_of(int(name))}


def end_tidily(process: subprocess.Popen[Any], said: Callable[[], str]) -> None:
    """Tidily; one that does not end is aborted, which writes where its threads stand, and its last words are told."""
    process.terminate()
    try:
        process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)
        process.wait()
        raise AssertionError(f"the server does not end: {said()[-4000:]}") from None


def _children(pid: int) -> set[int]:
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found |= {int(child) for child in task.read_text().split()}
        except OSError:  # it ended meanwhile
            continue
    return found
