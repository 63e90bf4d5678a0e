"""How a class grows with its sandbox hosts: 1, 2 and 3 of them judge a line of answers that wait and hardly compute.

All are on this machine, so that what grows is what a host lends at once, and not its processors.
"""

from __future__ import annotations

import asyncio
import secrets
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.desk import Desk
from benchmarks.figures import Figure
from codegym_jlab.runner.wire.frames import Json
from codegym_jlab.sandbox.base import Image, Limits, Sandbox
from codegym_jlab.sandbox.levels import open_remote
from codegym_jlab.sandbox.remote.protocol import named

LEASES = 2  #: of each host at once
WAITS_S = 0.5  #: an answer, as one that reads a file or sleeps
_BEGIN = {"op": "begin", "names": ["done"], "output_kb": 64, "seconds": 5.0}
_CELL = {"op": "cell", "name": "answer", "kind": "answer", "seconds": 5.0}
_CHECK = {"op": "check", "name": "check", "call": "done", "run": None, "seconds": 5.0, "want": "value"}


async def figures(desk: Desk) -> AsyncIterator[Figure]:
    """Milliseconds an answer where many stand in line, beside one host."""
    answers, first = max(24, desk.rounds // 2), None
    for count in (1, 2, 3):
        with ExitStack() as hosts:
            folder = desk.scratch("hosts")
            (key := folder / "key").write_text(secrets.token_hex(32))
            places = [hosts.enter_context(_host(folder / f"host-{number}", key)) for number in range(count)]
            remote = await open_remote(*named(",".join(places), key))
            try:
                await asyncio.gather(*(_judged(remote) for _ in range(2 * LEASES * count)))  # each has its zygote
                began = time.perf_counter()
                await asyncio.gather(*(_judged(remote) for _ in range(answers)))
                each = 1000 * (time.perf_counter() - began) / answers
            finally:
                await remote.close()
        beside = (first.p50, first.name) if first else (None, "")
        note = f"{answers} answers in line, {LEASES} at once on each, each waits {WAITS_S:g} s"
        found = Figure("class", f"class: {count} sandbox host{'s' * (count > 1)}, an answer", (each,), *beside, note)
        first = first or found
        yield found


async def _judged(remote: Sandbox) -> None:
    """One answer. Raises RuntimeError where it ends otherwise than it should."""
    process = await remote.lease(Image(), Limits())
    try:
        source = f"import time\ntime.sleep({WAITS_S})\ndone = True  # {secrets.token_hex(8)}\n"
        for frame in (_BEGIN, {**_CELL, "source": source}, _CHECK):
            answer: Json = await process.ask(frame, within=30)
        if "True" not in str(answer):
            raise RuntimeError(f"no answer: {answer}")
    finally:
        await process.close()


@contextmanager
def _host(place: Path, key: Path) -> Iterator[str]:
    """One that serves, of this user."""
    command = [sys.executable, "-m", "codegym_jlab.cli", "sandbox-host", "--listen", f"unix:{place}"]
    command += ["--key-file", str(key), "--leases", str(LEASES)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            if not process.stdout.readline():
                raise RuntimeError("no sandbox host can start here")
            yield f"unix:{place}"
        finally:
            process.terminate()
