"""What is seen of a sandbox from outside: leases counted and timed, and how a backend stands. Of no use inside."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from codegym_jlab.telemetry import metrics
from codegym_jlab.telemetry.metrics import Reading

from .base import ExitStatus, Image, Sandbox, SandboxUnavailable, side_of_author

log = logging.getLogger("codegym.sandbox")


@dataclass(frozen=True, slots=True)
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


def zygote_started(level: str, again: bool) -> None:
    """`again`: the one before it died."""
    metrics.zygotes_started.add(level, "restart" if again else "first")
    if again:
        log.warning("the zygote of the level %s had ended; another was started", level)


def pool_statuses(sandbox: Sandbox) -> list[PoolStatus]:
    """Of this one and of the author's side: those on this machine."""
    sides = dict.fromkeys((sandbox, side_of_author(sandbox)))
    return [status for side in sides if (status := _status_of(side)) is not None]


def _status_of(sandbox: Sandbox) -> PoolStatus | None:
    found: PoolStatus | None = getattr(sandbox, "status_now", None)
    return found


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
    for side in dict.fromkeys((sandbox, side_of_author(sandbox))):
        status = _status_of(side)
        if status is None or not status.zygotes:
            await side.warm(Image())
