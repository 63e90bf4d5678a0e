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
from itertools import pairwise
from pathlib import Path
from typing import Any

PAUSE_S = 0.03  #: between two answers, as between two students' clicks: spares are forked in it
ROUND = "sandbox: begin, a cell, 5 checks"
PANDAS = "the same, numpy and pandas preloaded"
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
        """For `--json`: p50 and p99 in ms, how many a second, and the ratio of the medians to the floor's."""
        ratio = self.at(0.5) / floors[self.floor].at(0.5) if self.floor else None
        p50, p99 = self.at(0.5), self.at(0.99)
        rate = 1000 / p50 if p50 else None
        return {"name": self.name, "n": len(self.ms), "p50_ms": p50, "p99_ms": p99, "per_s": rate, "ratio": ratio}


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
    from .sandbox.base import Image

    for name, image in ((ROUND, Image()), (PANDAS, Image(preload=("numpy", "pandas")))):
        say(f"{name} …")
        async with _sandbox() as sandbox:
            floor = await sandbox.floor(image, rounds)
            yield figure(f"floor of: {name}", [s * 1000 for s in floor["each_s"]])
            times = await _stages(sandbox, image, rounds)
            yield figure(name, times.pop("all"), f"floor of: {name}")
            for stage, taken in times.items():
                yield figure(f"  {stage}", taken)
            if name == ROUND:
                async for found in _growth(sandbox, image, rounds):
                    yield found
    async for found in _judgements(root, rounds, say):
        yield found


@asynccontextmanager
async def _sandbox() -> AsyncIterator[Any]:
    from .sandbox.choice import open_sandbox

    sandbox = await open_sandbox(os.environ.get("CODEGYM_SANDBOX") or None)
    try:
        yield sandbox
    finally:
        await sandbox.close()


async def _stages(sandbox: Any, image: Any, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each stage of a submission of five checks; a spare is ready for each."""
    await sandbox.warm(image)
    await asyncio.sleep(10 * PAUSE_S)
    times: dict[str, list[float]] = {}
    for _ in range(rounds):
        for stage, taken in (await _round(sandbox, image)).items():
            times.setdefault(stage, []).append(taken)
    return times


async def _growth(sandbox: Any, image: Any, rounds: int) -> AsyncIterator[Figure]:
    kinds: tuple[tuple[str, dict[str, Any]], ...] = (
        ("1 check", {"checks": 1}),
        ("20 checks", {"checks": 20}),
        ("20 cells above", {"cells": 20}),
        ("60 kB of output in each check", {"output": 60_000}),
    )
    for name, more in kinds:
        taken = [(await _round(sandbox, image, **more))["all"] for _ in range(rounds // 2)]
        yield figure(f"sandbox: {name}", taken, ROUND)


async def _round(sandbox: Any, image: Any, checks: int = 5, cells: int = 0, output: int = 0) -> dict[str, float]:
    from .sandbox.base import Limits

    run = f"print('x' * {output})" if output else None
    call = {"op": "check", "name": "check", "call": "twice(3)", "run": run, "seconds": 2.0, "want": "value"}
    begin = {"op": "begin", "names": ["twice"], "output_kb": 64, "seconds": 2.0}
    above = [{"op": "cell", "name": f"cell {n}", "source": f"x{n} = {n}", "kind": "student"} for n in range(cells)]
    cell = {"op": "cell", "name": "answer", "source": answer(), "kind": "answer", "seconds": 2.0}
    marks = [time.perf_counter()]
    process = await sandbox.lease(image, Limits())
    marks.append(time.perf_counter())
    for frame in (begin, *({**one, "seconds": 2.0} for one in above), cell):
        await process.ask(frame, within=10)
    marks.append(time.perf_counter())
    for _ in range(checks):
        await process.ask(call, within=10)
    marks.append(time.perf_counter())
    await process.close()
    closed = time.perf_counter()
    await asyncio.sleep(PAUSE_S)
    lease, cells_ms, checks_ms = ((later - earlier) * 1000 for earlier, later in pairwise(marks))
    return {
        "all": (marks[-1] - marks[0]) * 1000,
        "lease": lease,
        "begin and the answer cell": cells_ms,
        "a check": checks_ms / checks,
        "close, not waited for": (closed - marks[-1]) * 1000,
    }


async def _judgements(root: Path, rounds: int, say: Callable[[str], None]) -> AsyncIterator[Figure]:
    from .course.loader import load_course
    from .grading.grader import Grader
    from .grading.unrecorded import judge_unrecorded

    loaded = load_course(root / "courses" / "bench")
    async with _sandbox() as sandbox:
        grader = Grader(sandbox)
        await grader.warm(loaded)
        say("judgements …")
        times: list[float] = []
        for _ in range(rounds):
            async with _timed(times):
                await judge_unrecorded(grader, loaded, "twice", answer())
            await asyncio.sleep(PAUSE_S)
        yield figure("judgement of 5 checks, not stored", times, f"floor of: {ROUND}")
        await grader.close()
    processors = sorted(os.sched_getaffinity(0))
    for number in sorted({1, len(processors)}):
        say(f"a batch on {number} processors …")
        os.sched_setaffinity(0, processors[:number])  # zygotes inherit it
        try:
            async for found in _sustained(loaded, number, rounds * 2):
                yield found
        finally:
            os.sched_setaffinity(0, processors)


async def _sustained(loaded: Any, processors: int, answers: int) -> AsyncIterator[Figure]:
    """Milliseconds an answer, many one after another; the floor just before and just after."""
    from .grading.batch import AHEAD, Line, grade_lines
    from .grading.grader import Grader, image_of

    name = f"floor, sustained on {processors}"
    async with _sandbox() as sandbox:
        grader = Grader(sandbox)
        await grader.warm(loaded)
        image = image_of(loaded)
        floors = [await sandbox.floor(image, answers // 2, AHEAD * processors)]
        lines = [Line(i, "twice", answer()) for i in range(answers)]
        began = time.perf_counter()
        accepted = [line["verdict"] == "AC" async for line in grade_lines(lines, loaded, grader)]
        each = (time.perf_counter() - began) * 1000 / answers
        if not all(accepted):
            raise RuntimeError("a right answer was not accepted")
        floors.append(await sandbox.floor(image, answers // 2, AHEAD * processors))
        yield figure(name, [sum(f["all_s"] for f in floors) * 1000 / (answers // 2 * 2)])
        yield figure(f"batch on {processors}: an answer of 5 checks", [each], name)
        await grader.close()


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
        figure("HTTP: request to durable judgement, 5 checks", posts, f"floor of: {ROUND}"),
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
