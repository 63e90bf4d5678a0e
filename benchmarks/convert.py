"""`codegym convert nbgrader` of twenty notebooks of three answers each, beside as many starts of a bare Python."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator

from benchmarks.desk import EXERCISES, Desk, timed
from benchmarks.figures import Figure, figure
from benchmarks.peers import solution, written
from benchmarks.server import environment

_NOTEBOOKS = 20


async def figures(desk: Desk) -> AsyncIterator[Figure]:
    """Milliseconds a notebook, turn by turn with the floor; all tests have to be moved."""
    source, floors, ours = desk.scratch("source"), list[float](), list[float]()
    for number in range(_NOTEBOOKS):
        written(source / f"{number}.ipynb", [solution(n, "### BEGIN SOLUTION", "### END SOLUTION") for n in EXERCISES])
    for _ in range(3):
        with timed(floors):
            for _ in range(_NOTEBOOKS):
                await asyncio.to_thread(_python, "pass")
        with timed(ours):
            words = "convert", "nbgrader", str(source), "-o", str(desk.scratch("moved")), "--json"
            told = await asyncio.to_thread(_python, "from codegym_jlab.cli import main; main()", *words)
        if told.count('"refused": []') != _NOTEBOOKS:
            raise RuntimeError("a notebook was not converted whole")
    floor = figure("convert", "a Python that does nothing, a notebook", [ms / _NOTEBOOKS for ms in floors])
    yield floor
    yield figure("convert", "convert: a notebook of three answers, 20 at once", [ms / _NOTEBOOKS for ms in ours], floor)


def _python(code: str, *words: str) -> str:
    command = [sys.executable, "-c", code, *words]
    return subprocess.run(command, env=environment(), check=True, capture_output=True, text=True).stdout
