"""`codegym grade`: many answers at once, each by the rule that a single one is graded by, and in order."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import time
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codegym_jlab.course.collect import of_repaired
from codegym_jlab.course.repair import UnreadableNotebook, read_notebook, repair
from codegym_jlab.grading.feedback import batch_line
from codegym_jlab.grading.sharing import MOST_TURNS, Sent, goes_below, together
from codegym_jlab.grading.unrecorded import unrecorded
from codegym_jlab.submission import Cell

if TYPE_CHECKING:
    from codegym_jlab.course.loader import LoadedCourse
    from codegym_jlab.grading.grader import Grader
    from codegym_jlab.grading.sharing import Turn
    from codegym_jlab.submission import Submission

AHEAD = 2  #: notebooks under way for each processor


@dataclass(frozen=True, slots=True)
class Line:
    """One answer to be graded; `error` where it cannot be."""

    id: Any
    exercise: str | None = None
    source: str = ""
    cells: tuple[Cell, ...] = ()
    notices: tuple[str, ...] = ()  #: what was repaired
    error: str | None = None


class BadLine(ValueError):
    """A line that is not what §6 of the design says; the text says what to write."""


def read_lines(texts: Iterable[str]) -> Iterator[Line]:
    """JSON lines `{"id","exercise","source","cells"?}`. An unreadable one becomes a line with an error."""
    for number, text in enumerate(texts, 1):
        if not text.strip():
            continue
        try:
            yield _read_line(text)
        except BadLine as error:
            body = _body_of(text)
            yield Line(body.get("id"), _text(body.get("exercise")), error=f"line {number}: {error}")


def _read_line(text: str) -> Line:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise BadLine("this is not JSON") from None
    if not isinstance(body, dict):
        raise BadLine('write {"id": …, "exercise": …, "source": …}')
    exercise, source = body.get("exercise"), body.get("source")
    if not isinstance(exercise, str) or not isinstance(source, str):
        raise BadLine("`exercise` and `source` must be there, and text")
    return Line(body.get("id"), exercise, source, tuple(_cells(body.get("cells") or [])))


def _cells(given: Any) -> Iterator[Cell]:
    """The student's cells above the answer: texts, or objects with `source` and perhaps `id`, `role`, `exercise`."""
    if not isinstance(given, list):
        raise BadLine("`cells` must be a list")
    for cell in given:
        body = {"source": cell} if isinstance(cell, str) else cell
        if not isinstance(body, dict) or not isinstance(body.get("source"), str):
            raise BadLine("each of `cells` must be text, or hold `source`")
        role = body.get("role")
        yield Cell(
            body["source"],
            _text(body.get("id")),
            role if role in ("given", "answer") else None,
            _text(body.get("exercise")),
        )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _body_of(text: str) -> dict[str, Any]:
    """What can be read of a line that cannot be graded."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def notebook_lines(path: Path, loaded: LoadedCourse) -> list[Line]:
    """A line for each exercise of the notebook's unit; one line with an error where it cannot be read."""
    try:
        repaired = repair(read_notebook(path.read_bytes()), loaded)
    except (UnreadableNotebook, OSError) as error:
        return [Line(path.name, error=str(error))]
    if repaired.unit is None:
        return [Line(path.name, error=f"no exercise of the course `{loaded.id}` is in this notebook")]
    lines = []
    for exercise in loaded.unit(repaired.unit).exercises:
        taken = of_repaired(repaired.notebook, exercise.id)
        told = tuple(n.text for n in repaired.notices if n.args.get("exercise") in (None, exercise.id))
        cells = tuple(Cell(c.source, c.id, c.role, c.exercise) for c in taken.cells)
        lines.append(Line(path.name, exercise.id, taken.source, cells, told))
    return lines


async def grade_lines(
    lines: Iterable[Line], loaded: LoadedCourse, grader: Grader, *, staff: bool = False
) -> AsyncIterator[dict[str, Any]]:
    """The batch-shaped answers of §6, in the order of the lines; a few notebooks are under way at a time."""
    gc.freeze()  # courses and modules stay; to look through them for garbage again and again costs the host 6 %
    under_way: asyncio.Queue[asyncio.Task[list[dict[str, Any]]]] = asyncio.Queue()
    source = notebooks(lines)
    most = AHEAD * len(os.sched_getaffinity(0))
    try:
        while True:
            while under_way.qsize() < most and (some := next(source, None)) is not None:
                under_way.put_nowait(asyncio.create_task(grade_together(some, loaded, grader, staff=staff)))
            if under_way.empty():
                return
            for answer in await under_way.get_nowait():
                yield answer
    finally:
        while not under_way.empty():
            under_way.get_nowait().cancel()


def notebooks(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """The lines in their order, in lists of those that may be one notebook's, from top to bottom."""
    some: list[Line] = []
    for line in lines:
        if some and not (len(some) < MOST_TURNS and goes_below(_sent(line), _sent(some[-1]))):
            yield some
            some = []
        some.append(line)
    if some:
        yield some


async def grade_together(
    lines: Sequence[Line], loaded: LoadedCourse, grader: Grader, *, staff: bool = False
) -> list[dict[str, Any]]:
    """The answers to one notebook's lines, in their order; those that can share a run of its cells do."""
    if len(lines) == 1:
        return [await grade_line(lines[0], loaded, grader, staff=staff)]
    work: dict[int, Coroutine[Any, Any, dict[str, Any]]] = {}
    runs = []
    for places in together([_sent(line) for line in lines], loaded):
        if len(places) == 1:
            work[places[0]] = grade_line(lines[places[0]], loaded, grader, staff=staff)
            continue
        sent = [_submission(lines[place], loaded) for place in places]
        run = grader.shared_run(loaded, sent)
        runs.append(run.conduct())
        for place, one, turn in zip(places, sent, run.turns, strict=True):
            work[place] = _graded(lines[place], one, loaded, grader, staff, turn)
    answers = await asyncio.gather(*(work[place] for place in sorted(work)), *runs)
    return [answer for answer in answers if answer is not None]


async def grade_line(line: Line, loaded: LoadedCourse, grader: Grader, *, staff: bool = False) -> dict[str, Any]:
    """One answer, as a student may see it, or whole for staff."""
    if line.error is None and not _has(loaded, line.exercise):
        line = Line(line.id, line.exercise, error=f"the course `{loaded.id}` has no exercise `{line.exercise}`")
    if line.error is not None or line.exercise is None:
        return {"id": line.id, "exercise": line.exercise, "error": line.error}
    return await _graded(line, _submission(line, loaded), loaded, grader, staff)


async def _graded(
    line: Line, sent: Submission, loaded: LoadedCourse, grader: Grader, staff: bool, turn: Turn | None = None
) -> dict[str, Any]:
    began = time.perf_counter()
    try:
        judgement = await grader.judge(loaded, sent, turn=turn)
    finally:
        if turn is not None:
            turn.leave()
    wall_ms = (time.perf_counter() - began - (turn.waited_s if turn is not None else 0.0)) * 1000
    _, exercise = loaded.find(sent.exercise)
    answer = batch_line(line.id, judgement, sent, exercise, wall_ms=wall_ms, staff=staff)
    return answer | {"notices": [*line.notices, *answer["notices"]]}


def _submission(line: Line, loaded: LoadedCourse) -> Submission:
    return unrecorded(loaded, line.exercise or "", line.source, line.cells)


def _sent(line: Line) -> Sent:
    return Sent(line.exercise if line.error is None else None, line.source, line.cells)


def _has(loaded: LoadedCourse, exercise: str | None) -> bool:
    try:
        loaded.find(exercise or "")
    except KeyError:
        return False
    return True
