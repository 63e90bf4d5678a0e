"""What is seen of a sandbox from outside: leases counted and timed, and how a backend stands. Of no use inside."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ..telemetry import instruments
from ..telemetry.metrics import Reading
from .base import ExitStatus, Image, Sandbox, SandboxUnavailable, side_of_author

log = logging.getLogger("codegym.sandbox")


@dataclass(frozen=True, slots=True)
class Standing:
    """What a backend has just now. A container is its own zygote."""

    level: str
    zygotes: int = 0  #: alive
    spares: int = 0  #: ready
    wanted: int = 0  #: as many spares as there should be
    leased: int = 0


def has_come(spare: asyncio.Future[Any]) -> bool:
    """It is forked, and ready."""
    return spare.done() and not spare.cancelled() and spare.exception() is None


@contextmanager
def leasing(level: str) -> Iterator[None]:
    """Round what leases a process."""
    began = time.perf_counter()
    try:
        yield
    except SandboxUnavailable as error:
        instruments.lease_failures.add(level)
        log.debug("no sandbox can be leased at the level %s: %s", level, error)
        raise
    instruments.lease_seconds.observe(time.perf_counter() - began, level)
    log.debug("a sandbox is leased at the level %s", level)


def lease_ended(level: str, status: ExitStatus | None) -> None:
    """It is given back; `status` where its process had ended before, or was ended for what it did."""
    end = status.kind.value if status is not None else "closed"
    instruments.leases.add(level, end)
    log.debug("a sandbox of the level %s is given back: %s", level, end)


def zygote_started(level: str, again: bool) -> None:
    """`again`: the one before it died."""
    instruments.zygotes_started.add(level, "restart" if again else "first")
    if again:
        log.warning("the zygote of the level %s had ended; another was started", level)


def standings(sandbox: Sandbox) -> list[Standing]:
    """Of this one and of the author's side: those on this machine."""
    sides = dict.fromkeys((sandbox, side_of_author(sandbox)))
    return [standing for side in sides if (standing := _standing(side)) is not None]


def _standing(sandbox: Sandbox) -> Standing | None:
    found: Standing | None = getattr(sandbox, "standing", None)
    return found


def readings(sandbox: Sandbox) -> list[Reading]:
    """Gauges of them, for a page of metrics."""
    gauges = (instruments.zygotes, instruments.spares, instruments.spares_wanted, instruments.leased)
    found = []
    for standing in standings(sandbox):
        values = (standing.zygotes, standing.spares, standing.wanted, standing.leased)
        found += [gauge.reads(value, standing.level) for gauge, value in zip(gauges, values, strict=True)]
    return found


async def prove(sandbox: Sandbox) -> None:
    """See that answers could be run now, on both sides; costs nothing where a zygote is alive.

    Raises SandboxUnavailable.
    """
    for side in dict.fromkeys((sandbox, side_of_author(sandbox))):
        standing = _standing(side)
        if standing is None or not standing.zygotes:
            await side.warm(Image())
