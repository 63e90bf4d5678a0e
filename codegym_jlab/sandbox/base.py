"""The sandbox seam: where a student's or an author's code runs, and how it ended. Never whether it was right.
And what is seen of one from outside: leases counted and timed, how many processes are ready.

The grader and the kernel provisioner are its customers. A backend is a `Sandbox`; `pool.py` keeps leases warm.
"""

import asyncio
import json
import os
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from codegym_jlab.records import digest_of, frozen
from codegym_jlab.runner.wire.frames import Json
from codegym_jlab.telemetry import metrics
from codegym_jlab.telemetry.metrics import Reading


class SandboxUnavailable(Exception):
    """This machine cannot give that sandbox level; the text says why and what to do."""


class SandboxUnfit(SandboxUnavailable):
    """What is asked for cannot be had here; waiting changes nothing, staff must."""


class NoSuchLevel(SandboxUnavailable):
    """No machine gives a sandbox level of that name."""


class ExitKind(StrEnum):
    """How a sandboxed process ended."""

    EXITED = "exited"  #: by itself, `code` holds its status
    SIGNALLED = "signalled"  #: by a signal not ours, `signal` holds its number
    TIMEOUT = "timeout"  #: we stopped it for time
    MEMORY = "memory"  #: we stopped it for memory of the whole tree
    OUTPUT = "output"  #: a frame, output or what it wrote into files was over its cap
    PROTOCOL = "protocol"  #: it wrote what is no frame
    KILLED = "killed"  #: the host asked for it
    LOST = "lost"  #: the sandbox itself went away: our fault


#: It outran one of its limits.
OUTRAN = frozenset({ExitKind.TIMEOUT, ExitKind.MEMORY, ExitKind.OUTPUT})


@frozen
class ExitStatus:
    """How a process ended; `detail` is for staff."""

    kind: ExitKind
    code: int | None = None
    signal: int | None = None
    detail: str = ""


class ProcessEnded(Exception):
    """Raised by `Process.ask` when the process ended before it answered."""

    def __init__(self, status: ExitStatus) -> None:
        super().__init__(status.kind.value)
        self.status = status


@frozen
class Limits:
    """Bounds of one submission. CPU `seconds` for the answer cell and for each check; wall is 3 × seconds + 1."""

    seconds: float = 2.0
    memory_mb: int = 256  #: above what the zygote itself takes, the whole tree of processes
    output_kb: int = 64  #: of the answer cell and of each check
    total_s: float = 30.0  #: for the submission
    processes: int = 32
    files_mb: int = 32  #: bytes written, all files of the submission together
    open_files: int = 256

    @property
    def wall_s(self) -> float:
        """Wall-clock seconds for the answer cell and for each check."""
        return 3 * self.seconds + 1


@frozen
class Image:
    """What a zygote holds before any student's code: one zygote a distinct image."""

    preload: tuple[str, ...] = ()  #: modules imported in the zygote
    files: tuple[tuple[str, Path], ...] = ()  #: (relative path in the sandbox's folder, host file), read-only


def stamp_of(path: Path) -> tuple[int, int, int]:
    """What changes when a file's content does. Raises OSError."""
    info = os.stat(path)
    return info.st_ino, info.st_size, info.st_mtime_ns


@frozen
class Level:
    """What `codegym doctor` and the UI say of a backend here."""

    name: str
    available: bool
    why: str
    details: Json = field(default_factory=dict)


@dataclass(slots=True)
class Answers:
    """Answers to frames that were asked together, in their order."""

    given: list[Json] = field(default_factory=list)
    ended: ExitStatus | None = None  #: how the process ended, before the first one that is not there was told


class Process(Protocol):
    """One leased process tree, for one submission; never used for a second."""

    async def ask(self, frame: Json, *, within: float) -> Json:
        """Send one frame and return the one that answers it.

        Raises ProcessEnded, also after `within` seconds of wall time, when the whole tree has been killed.
        """
        answers = await self.ask_all([frame], within=within, total=within)
        if not answers.given:
            raise ProcessEnded(answers.ended or ExitStatus(ExitKind.LOST))
        return answers.given[0]

    async def ask_all(self, checks: Sequence[Json], *, within: float, total: float) -> Answers:
        """The answers to several frames, `check` ones or others, asked one after another or in one go.

        `within` seconds of wall time for each, `total` for all. Never raises ProcessEnded: it says how far it came;
        where it did not end and yet some are missing, `total` was over before these were asked, or the cell before
        them did not run through, or left something running.
        """
        raise NotImplementedError

    async def close(self) -> None:
        """Kill whatever is left of the tree, and wait until it is gone. May be called twice."""


def goes_on(frame: Json, answer: Json) -> bool:
    """Whether what was asked together with `frame`, and after it, is answered too.

    Not after a cell that failed, or one that left something running beside.
    """
    return frame.get("op") != "cell" or (answer.get("status") == "ok" and "beside" not in answer)


class Sandbox(Protocol):
    """One backend on this machine."""

    level: str

    async def lease(self, image: Image, limits: Limits) -> Process:
        """A process tree forked from the image's zygote, warm where one was ready.

        Raises SandboxUnavailable when none can be had.
        """

    async def warm(self, image: Image) -> None:
        """Start the image's zygote ahead of need."""

    async def close(self) -> None:
        """End all zygotes and their children."""


def sides(sandbox: Sandbox) -> list[Sandbox]:
    """It, and where a teacher's text runs, if that is another."""
    return [*dict.fromkeys((sandbox, side_of_author(sandbox)))]


def side_of_author(sandbox: Sandbox) -> Sandbox:
    """Where a teacher's text runs: in the same sandbox, but for one on another machine, which names one on this."""
    own: Sandbox = getattr(sandbox, "author", sandbox)
    return own


@cache
def environment_digest(*more: Any) -> str:
    """SHA-256 (hex) over the interpreter, all packages, and what else is said: a judgement records it."""
    # by their folders, whose names say the version: to read what each says of itself takes a quarter of a second
    packages = sorted({found.name for folder in sys.path for found in Path(folder).glob("*-info")})
    body = [platform.python_implementation(), sys.version, platform.machine(), packages, *more]
    return digest_of(json.dumps(body))


@frozen
class PoolStatus:
    """What a backend has just now. A container is its own zygote."""

    level: str
    zygotes: int = 0  #: alive
    spares: int = 0  #: ready
    wanted: int = 0  #: as many spares as there should be
    leased: int = 0


def is_ready(spare: asyncio.Future[Any]) -> bool:
    """It is forked, and ready."""
    return spare.done() and not spare.cancelled() and spare.exception() is None


@contextmanager
def leasing(level: str) -> Iterator[None]:
    """Round what leases a process."""
    began = time.perf_counter()
    try:
        yield
    except SandboxUnavailable:
        metrics.lease_failures.add(level)
        raise
    metrics.lease_seconds.observe(time.perf_counter() - began, level)


def lease_ended(level: str, status: ExitStatus | None) -> None:
    """It is given back; `status` where its process had ended before, or was ended for what it did."""
    metrics.leases.add(level, status.kind.value if status is not None else "closed")


def pool_statuses(sandbox: Sandbox) -> list[PoolStatus]:
    """Of this one and of the author's side: those on this machine."""
    return [side.status_now for side in sides(sandbox) if hasattr(side, "status_now")]


def readings(sandbox: Sandbox) -> list[Reading]:
    """Gauges of them, for a page of metrics."""
    gauges = (metrics.zygotes, metrics.spares, metrics.spares_wanted, metrics.leased)
    found = []
    for status in pool_statuses(sandbox):
        values = (status.zygotes, status.spares, status.wanted, status.leased)
        found += [gauge.reads(value, status.level) for gauge, value in zip(gauges, values, strict=True)]
    return found


async def prove(sandbox: Sandbox) -> None:
    """See that answers could be run now, on both sides; costs nothing where a zygote is alive.

    Raises SandboxUnavailable.
    """
    for side in sides(sandbox):
        if not getattr(side, "status_now", PoolStatus("")).zygotes:
            await side.warm(Image())
