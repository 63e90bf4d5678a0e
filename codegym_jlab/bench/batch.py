"""Answers a second in a batch, as many under way as `codegym grade --batch` has, beside the bare floor's."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

from .desk import FORKED, Desk, answer, sandbox
from .figures import Figure, figure


async def figures(desk: Desk) -> AsyncIterator[Figure]:
    """Floor, batch, batch with forks, floor …, so that all meet the same machine."""
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
        floors: list[float] = []
        batches: dict[bool, list[float]] = {False: [], True: []}
        for _ in range(5):
            floor = await opened.floor(image_of(loaded), answers, AHEAD * usable())
            floors.append(floor["all_s"] * 1000 / answers)
            for remembers, taken in batches.items():
                lines = [Line(i, "twice", answer(remembers=remembers)) for i in range(answers)]
                began = time.perf_counter()
                accepted = [line["verdict"] == "AC" async for line in grade_lines(lines, loaded, grader)]
                taken.append((time.perf_counter() - began) * 1000 / answers)
                if not all(accepted):
                    raise RuntimeError("a right answer was not accepted")
        await grader.close()
    floor_figure = figure("batch", "floor, sustained", floors)
    yield floor_figure
    yield figure("batch", "batch: an answer of 5 checks", batches[False], floor_figure)
    yield figure("batch", f"batch: the same, {FORKED}", batches[True], floor_figure)
