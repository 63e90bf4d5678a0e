"""Gradings that keep no records and obey no attempts, dates or rate: for `codegym check`, `grade` and `demo`."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from codegym_jlab.submission import Cell, Judgement, Kind, Submission

if TYPE_CHECKING:
    from codegym_jlab.course.loader import LoadedCourse
    from codegym_jlab.grading.grader import Grader

NOBODY = "unrecorded"


def unrecorded(
    loaded: LoadedCourse, exercise: str, source: str, cells: Sequence[Cell] = (), kind: Kind = Kind.SUBMIT
) -> Submission:
    """A submission of nobody's that no store will see."""
    return Submission(
        id=uuid.uuid4().hex,
        offering=f"{NOBODY}:{loaded.id}",
        course=loaded.id,
        exercise=exercise,
        person=NOBODY,
        submitter=NOBODY,
        kind=kind,
        source=source,
        cells=tuple(cells),
        idempotency_key=uuid.uuid4().hex,
        received_at=datetime.now(UTC),
    )


async def judge_unrecorded(
    grader: Grader,
    loaded: LoadedCourse,
    exercise: str,
    source: str,
    cells: Sequence[Cell] = (),
    kind: Kind = Kind.SUBMIT,
    *,
    until_failure: bool = False,
) -> tuple[Submission, Judgement]:
    """Grade one answer now, with `until_failure` no further than its first failing check.

    Raises KeyError for an exercise that the course has not.
    """
    submission = unrecorded(loaded, exercise, source, cells, kind)
    return submission, await grader.judge(loaded, submission, until_failure=until_failure)
