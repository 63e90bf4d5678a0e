"""`codegym grade`: many answers at once, each by the rule that a single one is graded by, and in order."""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.repair import UnreadableNotebook, read_notebook, repair
from codegym_jlab.records import Cell, Json, Judgement, Kind, Submission, frozen, new_id, some, utc_now

from .feedback import batch_line
from .grader.grader import Grader
from .grader.plan import answer_in

T = TypeVar("T")

NOBODY = "unrecorded"


def unrecorded(loaded: LoadedCourse, exercise: str, source: str, cells: Sequence[Cell] = ()) -> Submission:
    """A submission of nobody's that no store will see."""
    return Submission(
        id=new_id(),
        offering=f"{NOBODY}:{loaded.id}",
        course=loaded.id,
        exercise=exercise,
        person=NOBODY,
        submitter=NOBODY,
        kind=Kind.SUBMIT,
        source=source,
        cells=tuple(cells),
        idempotency_key=new_id(),
        received_at=utc_now(),
    )


async def judge_unrecorded(
    grader: Grader,
    loaded: LoadedCourse,
    exercise: str,
    source: str,
    cells: Sequence[Cell] = (),
    *,
    until_failure: bool = False,
) -> tuple[Submission, Judgement]:
    """Grade one answer now, with `until_failure` no further than its first failing check.

    Raises KeyError for an exercise that the course has not.
    """
    submission = unrecorded(loaded, exercise, source, cells)
    return submission, await grader.judge(loaded, submission, until_failure=until_failure)


AHEAD = 6  #: lines under way for each processor


@frozen
class Line:
    """One answer to be graded; `error` where it cannot be."""

    id: Any
    exercise: str | None = None
    source: str = ""
    cells: tuple[Cell, ...] = ()
    notices: tuple[str, ...] = ()  #: what was repaired
    error: str | None = None


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
        source, cells = answer_in(repaired.notebook, exercise.id)
        told = tuple(n.text for n in repaired.notices if n.args.get("exercise") in (None, exercise.id))
        lines.append(Line(path.name, exercise.id, source, cells, told))
    return lines


async def in_order(work: Iterable[Coroutine[Any, Any, T]], most: int) -> AsyncIterator[T]:
    """What comes of each, in their order, with so many under way at a time: a slow one does not hold up the next."""
    under_way = deque[asyncio.Task[T]]()
    try:
        for one in work:
            under_way.append(asyncio.create_task(one))
            while len(open_ := [task for task in under_way if not task.done()]) >= most:
                await asyncio.wait(open_, return_when="FIRST_COMPLETED")
            while under_way and under_way[0].done():
                yield under_way.popleft().result()
        while under_way:
            yield await under_way.popleft()
    finally:
        for task in under_way:
            task.cancel()


def at_once() -> int:
    """Lines of a batch that are under way at a time."""
    return AHEAD * len(os.sched_getaffinity(0))


def grade_lines(
    lines: Iterable[Line], loaded: LoadedCourse, grader: Grader, *, staff: bool = False
) -> AsyncIterator[Json]:
    """The batch-shaped answers of §6, in the order of the lines."""
    return in_order((grade_line(line, loaded, grader, staff=staff) for line in lines), at_once())


async def grade_line(line: Line, loaded: LoadedCourse, grader: Grader, *, staff: bool) -> Json:
    """One answer, as a student may see it, or whole for staff."""
    if line.error is not None or line.exercise is None:
        return some(line, "id exercise error")
    try:
        _, exercise = loaded.find(line.exercise)
    except KeyError:
        error = f"the course `{loaded.id}` has no exercise `{line.exercise}`"
        return some(line, "id exercise") | {"error": error}
    sent, judgement = await judge_unrecorded(grader, loaded, line.exercise, line.source, line.cells)
    answer = batch_line(line.id, judgement, sent, exercise, staff=staff)
    return answer | {"notices": [*line.notices, *answer["notices"]]}
