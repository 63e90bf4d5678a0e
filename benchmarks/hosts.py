"""How a class grows with its sandbox hosts and services: real ones, which share the records in PostgreSQL, judge a line
of answers that wait and hardly compute.

All are on this machine, so that what grows is what a host lends at once, and not its processors.
"""

from __future__ import annotations

import asyncio
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.desk import Desk, answer
from benchmarks.figures import Figure
from benchmarks.server import Ask, server, submit
from codegym_jlab.hub.postgresql import Cluster, Missing

LEASES = 2  #: of each host at once
WAITS_S = 0.5  #: an answer, as one that reads a file or sleeps
PEOPLE = 24
SHARING = ((1, 1), (1, 2), (1, 3), (2, 3))  #: so many services, and hosts


async def figures(desk: Desk) -> AsyncIterator[Figure]:
    """Milliseconds an answer where many stand in line, beside one service with one host."""
    first = None
    sharing = SHARING if desk.rounds >= 200 else (SHARING[0], SHARING[-1])
    try:
        with cluster() as database:
            for services, hosts in sharing:
                each, note = await asyncio.to_thread(_shared, desk, database, services, hosts)
                name = f"class: {services} service{'s' * (services > 1)}, {hosts} sandbox host{'s' * (hosts > 1)}"
                beside, beside_name = (first.p50, first.name) if first else (None, "")
                found = Figure("class", f"{name}, an answer", (each,), beside, beside_name, note)
                first = first or found
                yield found
    except Missing as problem:
        desk.say(f"how hosts and services share the work is left out: {problem}")


def _shared(desk: Desk, database: str, services: int, hosts: int) -> tuple[float, str]:
    each = max(1, desk.rounds // 50)
    with ExitStack() as stack:
        folder = desk.scratch("hosts")
        (key := folder / "key").write_text(secrets.token_hex(32))
        key.chmod(0o600)
        places = [stack.enter_context(host(folder / f"host-{number}", key))[0] for number in range(hosts)]
        told: dict[str, Any] = {"sandbox": "remote", "sandbox_host": ",".join(places), "sandbox_key_file": str(key)}
        told |= {"each_browser": True, "database": database}
        served = [stack.enter_context(server(desk, **told)) for _ in range(services)]
        asks = [served[person % services].connect() for person in range(PEOPLE)]
        seats = stack.enter_context(ThreadPoolExecutor(PEOPLE))
        list(seats.map(submit, asks))  # each is in the records, and each host has its zygote

        def send(ask: Ask) -> None:
            for _ in range(each):
                submit(ask, source=f"import time\ntime.sleep({WAITS_S})\n{answer()}")

        began = time.perf_counter()
        list(seats.map(send, asks))
        took = (time.perf_counter() - began) * 1000 / (each * PEOPLE)
    return took, f"{each} answers of {PEOPLE} people, {LEASES} at once on each host, each waits {WAITS_S:g} s"


@contextmanager
def cluster() -> Iterator[str]:
    """The address of a PostgreSQL database of our own. Raises Missing."""
    made = Cluster(Path(tempfile.mkdtemp(prefix="codegym-pg-")))
    try:
        made.make()
        made.start()
        yield made.url()
    finally:
        made.close()


@contextmanager
def host(place: Path, key: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address of a sandbox host that serves, of this user, and its process."""
    command = [sys.executable, "-m", "codegym_jlab.cli", "sandbox-host", "--listen", f"unix:{place}"]
    command += ["--key-file", str(key), "--leases", str(LEASES)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            if not process.stdout.readline():
                raise RuntimeError("no sandbox host can start here")
            yield f"unix:{place}", process
        finally:
            process.terminate()
