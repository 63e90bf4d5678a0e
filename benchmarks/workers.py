"""1, 2 and 4 graders side by side, each a process with zygotes of its own."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

from benchmarks.desk import Desk, answer
from benchmarks.figures import Figure, figure

_FEW = 4  #: a run of so many answers is the start, and is taken off a run of many


async def figures(desk: Desk) -> AsyncIterator[Figure]:
    """Milliseconds an answer with all at work: a run of many less a run of few, so that the start is left out."""
    first: Figure | None = None
    for number in (1, 2, 4):
        many = _FEW + max(100, desk.rounds * 2) // number
        seconds = await _together(desk, number, many) - await _together(desk, number, _FEW)
        each = [max(seconds, 0) * 1000 / ((many - _FEW) * number)]
        found = figure("workers", f"workers: {number}, an answer of 5 checks", each, first)
        first = first or found
        yield found


async def _together(desk: Desk, number: int, answers: int) -> float:
    files = [_lines(desk.scratch("worker") / "answers.jsonl", answers) for _ in range(number)]
    began = time.perf_counter()
    await asyncio.gather(*(_grade(desk.course, file, answers) for file in files))
    return time.perf_counter() - began


def _lines(file: Path, number: int) -> Path:
    lines = ({"id": n, "exercise": "twice", "source": answer()} for n in range(number))
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


async def _grade(course: Path, file: Path, answers: int) -> None:
    code = "from codegym_jlab.cli import main; main()"
    command = [sys.executable, "-c", code, "grade", str(course), "--batch", str(file), "--json"]
    grader = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    told, _ = await grader.communicate()
    verdicts = [json.loads(line).get("verdict") for line in told.splitlines()]
    if verdicts != ["AC"] * answers:
        raise RuntimeError("a right answer was not accepted")
