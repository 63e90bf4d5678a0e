"""Who started whom, by the system's own account."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.processors import family

PATIENCE_S = 120


def descendants(of: int | None = None) -> set[int]:
    """Processes that this one, or `of`, has started, and theirs."""
    first = of or os.getpid()
    return family(first) - {first}


def told_by(pid: int, part: str) -> bytes:
    """What the system tells of a process, such as its `environ`; nothing of one that has ended."""
    try:
        return Path(f"/proc/{pid}/{part}").read_bytes()
    except OSError:
        return b""


def users_of(pid: int) -> set[int]:
    """Ids of its user: real, effective, saved, of files; none where it has ended."""
    lines = told_by(pid, "status").splitlines()
    return {int(id) for line in lines if line.startswith(b"Uid:") for id in line.split()[1:]}


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
        stands = said().rpartition("Fatal Python error: Aborted")[2]
        others = re.findall(r"^Thread .*?(?=^Thread|^Current|\Z)", stands, re.M | re.S)
        is_over = "_shutdown" in stands.partition("Current thread")[2]  # it only waits for its threads
        # a request while Jupyter ends may begin a thread of anyio's that nobody ends: we have none
        if not (is_over and others and all("anyio" in one for one in others)):
            raise AssertionError(f"the server does not end: {said()[-4000:]}") from None
