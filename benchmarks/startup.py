"""What the extension adds to a server's start up to its first HTTP answer, and what importing the package costs."""

from __future__ import annotations

import asyncio
import http.client
import subprocess
import sys
import time
from collections.abc import AsyncIterator

from benchmarks.desk import Desk, timed
from benchmarks.figures import Figure, figure
from benchmarks.server import environment, server

_ROUNDS = 9


async def figures(desk: Desk) -> AsyncIterator[Figure]:
    """Turn by turn with and without; the medians are told, and their difference.

    A first turn is not counted: it compiles what an installation has compiled.
    """
    bare, imported = list[float](), list[float]()
    for turn in range(1 + _ROUNDS):
        for code, into in (("pass", bare), ("import codegym_jlab", imported)):
            with timed(into if turn else []):
                await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code], env=environment(), check=True)
    python = figure("startup", "a Python that does nothing", bare)
    yield python
    added = [max(0.0, a - python.p50) for a in imported]
    yield figure("startup", "startup: import codegym_jlab", added)
    without, with_it = list[float](), list[float]()
    for turn in range(1 + _ROUNDS):
        for extension, into in ((False, without), (True, with_it)):
            ms = await asyncio.to_thread(_first_answer, desk, extension)
            into += [ms] if turn else []
    plain = figure("startup", "a Jupyter server without it, to its first answer", without)
    yield plain
    yield figure("startup", "startup: added to a server's start", [max(0.0, ms - plain.p50) for ms in with_it])


def _first_answer(desk: Desk, extension: bool) -> float:
    """Milliseconds from the start of a server to its first answer."""
    began = time.perf_counter()
    with server(desk, extension=extension) as served:
        connection = http.client.HTTPConnection("127.0.0.1", served.port)
        connection.request("GET", "/api")
        connection.getresponse().read()
        connection.close()
        return (time.perf_counter() - began) * 1000
