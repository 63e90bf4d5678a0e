"""`codegym bench`: figures of this machine, each beside a floor timed in the same run. No limit here decides anything.

No two timed answers have the same source, so that none is answered from an earlier judgement.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAUSE_S = 0.03  #: between two answers, as between two students' clicks: spares are forked in it
COURSE = """\
schema: 1
id: bench
title: Bench
units: [one]
"""
UNIT = """\
id: one
title: One
cells:
  - exercise:
      id: twice
      title: Twice
      statement: Write `twice(x)`.
      starter: |
        def twice(x):
            ...
      solution: |
        def twice(x):
            return 2 * x
      checks:
        - call: twice(1)
          equals: 2
        - call: twice(0)
          equals: 0
        - call: twice(-3)
          equals: -6
          hidden: a negative number
        - call: twice("ab")
          equals: abab
          hidden: a text
        - call: twice([1])
          equals:
            - 1
            - 1
          hidden: a list
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """What was timed: milliseconds, sorted; `floor` names the figure that it is set beside."""

    name: str
    ms: tuple[float, ...]
    floor: str | None = None

    def at(self, share: float) -> float:
        """The value below which `share` of them lie."""
        return self.ms[min(len(self.ms) - 1, int(len(self.ms) * share))]

    def as_json(self, floors: dict[str, Figure]) -> dict[str, Any]:
        """For `--json`: p50 and p99 in ms, and the ratio of the medians to the floor's."""
        ratio = self.at(0.5) / floors[self.floor].at(0.5) if self.floor else None
        return {"name": self.name, "n": len(self.ms), "p50_ms": self.at(0.5), "p99_ms": self.at(0.99), "ratio": ratio}


def figure(name: str, ms: Sequence[float], floor: str | None = None) -> Figure:
    """A figure from times in the order in which they were taken; the first tenth warms up and is left out."""
    return Figure(name, tuple(sorted(ms[len(ms) // 10 :])), floor)


async def bench(rounds: int, say: Callable[[str], None]) -> list[Figure]:
    """Time everything; `say` hears what is being timed."""
    with tempfile.TemporaryDirectory(prefix="codegym-bench-") as scratch:
        root = Path(scratch)
        (root / "courses" / "bench").mkdir(parents=True)
        (root / "courses" / "config.yaml").write_text("courses: [bench]\n")
        (root / "courses" / "bench" / "course.yaml").write_text(COURSE)
        (root / "courses" / "bench" / "one.yaml").write_text(UNIT)
        figures = []
        async for found in _in_process(root, rounds, say):
            figures.append(found)
        say("over HTTP …")
        figures += await asyncio.to_thread(_over_http, root, rounds)
        return figures


async def _in_process(root: Path, rounds: int, say: Callable[[str], None]) -> AsyncIterator[Figure]:
    from .course.loader import load_course
    from .grading.batch import Line, grade_lines
    from .grading.grader import Grader
    from .grading.unrecorded import judge_unrecorded
    from .sandbox.choice import open_sandbox

    loaded = load_course(root / "courses" / "bench")
    sandbox = await open_sandbox(os.environ.get("CODEGYM_SANDBOX") or None)
    try:
        grader = Grader(sandbox)
        await grader.warm(loaded)
        say(f"the sandbox ({sandbox.level}) …")
        yield figure("sandbox: begin, a cell, 5 checks", [await _sandbox_round(sandbox) for _ in range(rounds)])
        say("judgements …")
        times: list[float] = []
        for _ in range(rounds):
            async with _timed(times):
                await judge_unrecorded(grader, loaded, "twice", answer())
            await asyncio.sleep(PAUSE_S)
        yield figure("judgement of 5 checks, not stored", times, "sandbox: begin, a cell, 5 checks")
        say("a batch …")
        lines = [Line(i, "twice", answer()) for i in range(rounds * 2)]
        began = time.perf_counter()
        async for _ in grade_lines(lines, loaded, grader):
            pass
        each = (time.perf_counter() - began) * 1000 / len(lines)
        yield figure("batch, for each answer of 5 checks", [each], "sandbox: begin, a cell, 5 checks")
    finally:
        await sandbox.close()


async def _sandbox_round(sandbox: Any) -> float:
    from .sandbox.base import Image, Limits

    call = {"op": "check", "name": "check", "call": "twice(3)", "seconds": 2.0, "want": "value"}
    began = time.perf_counter()
    process = await sandbox.lease(Image(), Limits())
    await process.ask({"op": "begin", "names": ["twice"], "output_kb": 64, "seconds": 2.0}, within=10)
    cell = {"op": "cell", "name": "answer", "source": answer(), "kind": "answer", "seconds": 2.0}
    await process.ask(cell, within=10)
    for _ in range(5):
        await process.ask(call, within=10)
    took = (time.perf_counter() - began) * 1000
    await process.close()
    await asyncio.sleep(PAUSE_S)
    return took


def answer() -> str:
    """A right answer that nobody has sent before."""
    return f"def twice(x):\n    return 2 * x\n# {secrets.token_hex(8)}\n"


@asynccontextmanager
async def _timed(into: list[float]) -> AsyncIterator[None]:
    began = time.perf_counter()
    yield
    into.append((time.perf_counter() - began) * 1000)


# -- a real server ---------------------------------------------------------------------------------


def _over_http(root: Path, rounds: int) -> list[Figure]:
    with _server(root) as ask:
        ask("POST", "courses/bench/units/one/open", {})
        floor, posts = [], []
        for _ in range(rounds):
            floor.append(_time_of(lambda: ask("GET", "health", None)))
            body = {"course": "bench", "exercise": "twice", "kind": "submit", "source": answer(), "cells": []}
            body["idempotency_key"] = secrets.token_hex(16)
            posts.append(_time_of(lambda body=body: _accepted(ask("POST", "submissions", body))))  # type: ignore[misc]
            time.sleep(PAUSE_S)
    return [
        figure("HTTP: GET health", floor),
        figure("HTTP: request to durable judgement, 5 checks", posts, "sandbox: begin, a cell, 5 checks"),
    ]


def _accepted(reply: dict[str, Any]) -> None:
    if (reply.get("judgement") or {}).get("verdict") != "AC":
        raise RuntimeError(f"a right answer was not accepted: {reply}")


def _time_of(do: Callable[[], Any]) -> float:
    began = time.perf_counter()
    do()
    return (time.perf_counter() - began) * 1000


@contextmanager
def _server(root: Path) -> Iterator[Callable[[str, str, Any], dict[str, Any]]]:
    """A Jupyter server of our own on a free port of this machine; yields ask(method, path, body)."""
    token, port = secrets.token_hex(16), _free_port()
    folder = root / "work"
    folder.mkdir()
    names = ("CONFIG", "DATA", "RUNTIME")
    env = {**os.environ, **{f"JUPYTER_{name}_DIR": str(root / name.lower()) for name in names}}
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", f"--ServerApp.port={port}"]
    command += [f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}", "--ServerApp.port_retries=0"]
    command += [f"--CodeGym.courses_dir={root / 'courses'}", f"--CodeGym.data_dir={root / 'records'}"]
    with open(root / "server.log", "wb") as log:
        server = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    try:
        _wait_for(port, server, root / "server.log")
        connection = http.client.HTTPConnection("127.0.0.1", port)
        headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}

        def ask(method: str, path: str, body: Any) -> dict[str, Any]:
            text = None if body is None else json.dumps(body)
            connection.request(method, f"/codegym/api/{path}", text, headers)
            reply = connection.getresponse()
            found: dict[str, Any] = json.loads(reply.read())
            return found

        yield ask
    finally:
        server.terminate()
        server.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.05)
    raise RuntimeError(f"the server did not start: {log.read_text(errors='replace')[-2000:]}")
