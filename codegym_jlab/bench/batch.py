"""Answers a second in a batch, as many under way as `codegym grade --batch` has, beside the bare floor's."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

from .desk import Desk, answer, sandbox
from .figures import Figure, figure


async def figures(desk: Desk) -> AsyncIterator[Figure]:
    """Floor, batch, floor, batch …, so that both meet the same machine."""
    from ..course.loader import load_course
    from ..grading.batch import AHEAD, Line, grade_lines
    from ..grading.environment import image_of
    from ..grading.grader import Grader
    from .processors import usable

    loaded = load_course(desk.course)
    answers = max(50, desk.rounds)
    async with sandbox() as opened:
        grader = Grader(opened)
        await grader.warm(loaded)
        floors, batches = [], []
        for _ in range(5):
            floor = await opened.floor(image_of(loaded), answers, AHEAD * usable())
            floors.append(floor["all_s"] * 1000 / answers)
            lines = [Line(i, "twice", answer()) for i in range(answers)]
            began = time.perf_counter()
            accepted = [line["verdict"] == "AC" async for line in grade_lines(lines, loaded, grader)]
            batches.append((time.perf_counter() - began) * 1000 / answers)
            if not all(accepted):
                raise RuntimeError("a right answer was not accepted")
        await grader.close()
    floor_figure = figure("batch", "floor, sustained", floors)
    yield floor_figure
    yield figure("batch", "batch: an answer of 5 checks", batches, floor_figure)
