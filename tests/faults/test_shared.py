"""Two services and three sandbox hosts share the work of a crowd; one of each is killed, and the others go on."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from faults.audit import held
from faults.conftest import FAST
from faults.served import Served
from faults.students import Crowd

from benchmarks.hosts import host
from benchmarks.processors import family, used_ms

pytestmark = pytest.mark.slow


def test_two_services_and_three_hosts_share_the_work(database: str, serve: Callable[..., Served]) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="codegym-")))  # a socket's path is short
        (key := folder / "key").write_text(secrets.token_hex(32))
        key.chmod(0o600)
        places, hosts = zip(*[stack.enter_context(host(folder / f"host-{n}", key)) for n in range(3)], strict=True)
        shared = {"sandbox": "remote", "sandbox_host": ",".join(places), "sandbox_key_file": key}
        settings = {**FAST, "database": database, **shared}
        services = [serve(settings=settings), serve(settings=settings)]
        crowd = Crowd(left := list(services), students=12, pause_s=0.05)
        before = [used(process.pid) for process in (*hosts, *(service.process for service in services))]
        crowd.start()
        crowd.wait_for(100)
        after = [used(process.pid) for process in (*hosts, *(service.process for service in services))]
        shares = [then - now for then, now in zip(after, before, strict=True)]
        assert min(shares) > 0.1 * sum(shares[:3]), f"one does next to nothing: {shares}"
        hosts[0].kill()
        crowd.wait_for(20)
        left.pop(0).kill()  # as a proxy that sends nobody there any more
        crowd.wait_for(20)
        figures = held(crowd, *services)
    print(f"{figures}, ms of each host and service: {shares}, an answer within {crowd.longest_s:.1f} s")
    assert (figures.lost, figures.doubled) == (0, 0)


def used(pid: int) -> float:
    """Milliseconds of a processor, of a process and all below it."""
    return sum(map(used_ms, family(pid)))
