"""A submission of five checks inside the sandbox: one student, a spare is ready."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

from benchmarks.desk import PAUSE_S, Desk, answer, sandbox
from benchmarks.figures import Figure, figure
from benchmarks.floor import Floor

WHOLE = "sandbox: begin, a cell, 5 checks"
PANDAS = "sandbox: the same, numpy and pandas preloaded"


async def figures(desk: Desk) -> AsyncIterator[Figure]:
    """Plain and with pandas, each beside the floor of its own zygote."""
    from codegym_jlab.sandbox.base import Image

    for name, image in ((WHOLE, Image()), (PANDAS, Image(preload=("numpy", "pandas")))):
        async with sandbox() as opened:
            await opened.warm(image)
            await asyncio.sleep(10 * PAUSE_S)
            bare = Floor(opened.level, image)
            floors: list[float] = []
            times: dict[str, list[float]] = {}
            for _ in range(desk.rounds):  # turn by turn, so that both meet the same machine
                floors += [s * 1000 for s in bare.measure(1)["each_s"]]
                for stage, ms in (await one(opened, image)).items():
                    times.setdefault(stage, []).append(ms)
            bare.close()
            floor = figure("sandbox", f"floor of: {name}", floors)
            yield floor
            yield figure("sandbox", name, times.pop("all"), floor)
            if name == WHOLE:
                for stage, taken in times.items():
                    yield figure("sandbox", f"– {stage}", taken)


async def one(opened: Any, image: Any, checks: int = 5, cells: int = 0, output: int = 0) -> dict[str, float]:
    """Milliseconds of each stage of one submission, and of all up to the last value on the host.

    As it is graded: two in five checks are samples, asked in one frame; the others are hidden, in another, the last.
    """
    from codegym_jlab.sandbox.base import Limits

    run = f"print('x' * {output})" if output else None
    call = {"op": "check", "name": "check", "call": "twice(3)", "run": run, "seconds": 2.0, "want": "value"}
    begin = {"op": "begin", "names": ["twice"], "output_kb": 64, "seconds": 2.0}
    above = [
        {"op": "cell", "name": f"cell {n}", "source": f"x{n} = {n}", "kind": "student", "seconds": 2.0}
        for n in range(cells)
    ]
    cell = {"op": "cell", "name": "answer", "source": answer(), "kind": "answer", "seconds": 2.0}
    marks = [time.perf_counter()]
    process = await opened.lease(image, Limits())
    marks.append(time.perf_counter())
    first, *others = (*above, cell)
    await _all(process, [begin, first])
    for frame in others:
        await _all(process, [frame])
    marks.append(time.perf_counter())
    for group in ([call] * (checks * 2 // 5), [call] * (checks - checks * 2 // 5 - 1) + [call]):
        await _all(process, group)
    marks.append(time.perf_counter())
    await process.close()
    closed = time.perf_counter()
    await asyncio.sleep(PAUSE_S)
    lease, begun, checked = ((later - earlier) * 1000 for earlier, later in pairwise(marks))
    return {
        "all": (marks[-1] - marks[0]) * 1000,
        "the lease": lease,
        "begin and the answer cell": begun,
        "a check": checked / checks,
        "close, not waited for": (closed - marks[-1]) * 1000,
    }


async def _all(process: Any, frames: list[dict[str, Any]]) -> None:
    """Raises RuntimeError where one was not answered."""
    answers = await process.ask_all(frames, within=10, total=60)
    if len(answers.given) < len(frames):
        raise RuntimeError(f"no answer: {answers.ended}")
