"""A saved notebook → the drafts in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from codegym_jlab.course.collect import of_repaired
from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.notebook import starter_source
from codegym_jlab.course.repair import repair
from codegym_jlab.course.schema import Unit
from codegym_jlab.store.base import Enrolment, new_id
from codegym_jlab.submission import Cell, Kind, State, Submission


def drafts_of(
    notebook: Mapping[str, Any],
    loaded: LoadedCourse,
    unit: Unit,
    enrolment: Enrolment,
    owners: Sequence[Enrolment],
    now: datetime,
) -> list[Submission]:
    """One draft an answer that is begun: not empty, and not the starter any more. Raises UnreadableNotebook.

    `owners`: whose each exercise's is, in the unit's order.
    """
    repaired = repair(dict(notebook), loaded, unit.id).notebook
    drafts = []
    for exercise, owner in zip(unit.exercises, owners, strict=True):
        try:
            answer = of_repaired(repaired, exercise.id)
        except KeyError:
            continue
        if answer.source.strip() in ("", starter_source(exercise).strip()):
            continue
        id = new_id()
        drafts.append(
            Submission(
                id=id,
                offering=enrolment.offering,
                course=enrolment.course,
                exercise=exercise.id,
                person=owner.person,
                submitter=enrolment.person,
                kind=Kind.DRAFT,
                source=answer.source,
                cells=tuple(Cell(c.source, c.id, c.role, c.exercise) for c in answer.cells),
                idempotency_key=id,
                received_at=now,
                state=State.KEPT,
            )
        )
    return drafts
