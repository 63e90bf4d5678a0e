"""What is seen of a sandbox: leases by how they ended, how long they took, what stands ready, what was started anew."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

import pytest
from contract.sandbox.conftest import by_design
from contract.sandbox.test_lifetime import zygotes
from scrape import counted

from codegym_jlab.sandbox import Image, Limits, ProcessEnded, SandboxUnavailable, open_sandbox
from codegym_jlab.sandbox.base import pool_statuses, prove
from codegym_jlab.telemetry import metrics

HOARD = """
import os, time
for _ in range(12):
    if not os.fork():
        hoard = bytearray(60 << 20)
        hoard[::4096] = b"x" * len(hoard[::4096])
        time.sleep(300)
time.sleep(300)
"""


@pytest.fixture(autouse=True, scope="module")
def counting() -> None:
    metrics.switch_on()


def leases(place: Any, end: str) -> float:
    return counted("codegym_sandbox_leases_total", level=place.sandbox.level, end=end)


def test_a_lease_is_counted_once_and_timed(place: Any) -> None:
    level = place.sandbox.level
    before, timed = leases(place, "closed"), counted("codegym_sandbox_lease_seconds_count", level=level)
    with place.lease() as lease:
        lease.cell("1")
        process = lease.process
    place.run(process.close())
    by_design(place, "confined", "each check is a fork of its own")
    assert leases(place, "closed") - before == 1
    assert counted("codegym_sandbox_lease_seconds_count", level=level) - timed == 1


def test_what_runs_out_of_memory_is_counted_so(place: Any) -> None:
    by_design(place, "confined", "no processes, no tree")
    before = leases(place, "memory")
    with place.lease(limits=Limits(memory_mb=96, seconds=60)) as lease, pytest.raises(ProcessEnded):
        lease.cell(HOARD)
    assert leases(place, "memory") - before == 1


def test_what_stands_ready_is_told(place: Any) -> None:
    by_design(place, "remote", "what a host has, it tells its own")
    place.run(place.sandbox.warm(Image()))

    async def ready() -> Any:
        while (standing := pool_statuses(place.sandbox)[0]).spares < standing.wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
            await place.sandbox.warm(Image())  # in place of one that did not start
        return standing

    standing = place.run(ready())
    assert standing.level == place.sandbox.level
    assert standing.zygotes >= 1 and standing.wanted >= 2
    with place.lease():
        assert pool_statuses(place.sandbox)[0].leased == standing.leased + 1


def test_that_it_works_can_be_asked_without_a_lease(place: Any) -> None:
    place.run(prove(place.sandbox))


def test_a_zygote_that_died_is_counted() -> None:
    async def scenario() -> None:
        sandbox = await open_sandbox()
        level = sandbox.level
        again = counted("codegym_sandbox_zygotes_started_total", level=level, why="restart")
        mine = zygotes() - others
        for pid in mine:
            os.kill(pid, signal.SIGKILL)
        while pool_statuses(sandbox)[0].zygotes:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await prove(sandbox)
        assert pool_statuses(sandbox)[0].zygotes == 1
        assert counted("codegym_sandbox_zygotes_started_total", level=level, why="restart") - again == 1
        await sandbox.close()

    others = zygotes()
    asyncio.run(scenario())


def test_none_to_be_had_is_counted_and_told() -> None:
    async def scenario() -> None:
        sandbox = await open_sandbox()
        level = sandbox.level
        before = counted("codegym_sandbox_lease_failures_total", level=level)
        await sandbox.close()
        with pytest.raises(SandboxUnavailable):
            await sandbox.lease(Image(), Limits())
        assert counted("codegym_sandbox_lease_failures_total", level=level) - before == 1

    asyncio.run(scenario())
