"""What the extension adds to a server's start up to its first HTTP answer, and what importing the package costs."""

from __future__ import annotations

import asyncio
import http.client
import os
import subprocess
import sys
from collections.abc import AsyncIterator

from .desk import Desk, timed
from .figures import Figure, figure
from .server import free_port, wait_for

_ROUNDS = 9


async def figures(desk: Desk) -> AsyncIterator[Figure]:
    """Turn by turn with and without; the medians are told, and their difference."""
    bare, imported = list[float](), list[float]()
    for _ in range(_ROUNDS):
        for code, into in (("pass", bare), ("import codegym_jlab", imported)):
            with timed(into):
                await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code], check=True)
    python = figure("startup", "a Python that does nothing", bare)
    yield python
    added = [max(0.0, a - python.p50) for a in imported]
    yield figure("startup", "startup: import codegym_jlab", added)
    without, with_it = list[float](), list[float]()
    for _ in range(_ROUNDS):
        for value, into in (("False", without), ("True", with_it)):
            with timed(into):
                await asyncio.to_thread(_first_answer, desk, value)
    plain = figure("startup", "a Jupyter server without it, to its first answer", without)
    yield plain
    yield figure("startup", "startup: added to a server's start", [max(0.0, ms - plain.p50) for ms in with_it])


def _first_answer(desk: Desk, enabled: str) -> None:
    root, port = desk.scratch("start"), free_port()
    (root / "work").mkdir()
    env = {**os.environ, **{f"JUPYTER_{name}_DIR": str(root / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}}
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", f"--ServerApp.port={port}"]
    command += ["--IdentityProvider.token=", f"--ServerApp.root_dir={root / 'work'}"]
    command += [f"--ServerApp.jpserver_extensions={{'codegym_jlab': {enabled}}}", "--ServerApp.port_retries=0"]
    command += [f"--CodeGym.courses_dir={desk.root / 'courses'}", f"--CodeGym.data_dir={root / 'records'}"]
    command += ["--CodeGym.database="]
    with open(root / "server.log", "wb") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    try:
        wait_for(port, process, root / "server.log")
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/api")
        connection.getresponse().read()
    finally:
        process.terminate()
        process.wait(30)
