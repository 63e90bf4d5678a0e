"""Answers a second in a batch, as many under way as `codegym grade --batch` has, beside the bare floor's."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

from benchmarks.desk import Desk, answer, sandbox
from benchmarks.figures import Figure, figure
from benchmarks.floor import Floor


async def figures(desk: Desk) -> AsyncIterator[Figure]:
    """Floor, batch, floor …, so that all meet the same machine."""
    from benchmarks.processors import usable
    from codegym_jlab.course.loader import load_course
    from codegym_jlab.grading.batch import AHEAD, Line, grade_lines
    from codegym_jlab.grading.grader.grader import Grader
    from codegym_jlab.grading.grader.plan import image_of

    loaded = load_course(desk.course)
    answers = desk.rounds
    async with sandbox() as opened:
        grader = Grader(opened)
        await grader.warm(loaded)
        bare = Floor(opened.level, image_of(loaded))
        floors: list[float] = []
        batches: list[float] = []
        for _ in range(5):
            floor = bare.measure(answers, AHEAD * usable())
            floors.append(floor["all_s"] * 1000 / answers)
            lines = [Line(i, "twice", answer()) for i in range(answers)]
            began = time.perf_counter()
            accepted = [line["verdict"] == "AC" async for line in grade_lines(lines, loaded, grader)]
            batches.append((time.perf_counter() - began) * 1000 / answers)
            if not all(accepted):
                raise RuntimeError("a right answer was not accepted")
        await grader.close()
        bare.close()
    floor_figure = figure("batch", "floor, sustained", floors)
    yield floor_figure
    yield figure("batch", "batch: an answer of 5 checks", batches, floor_figure)
