"""What a submission of one exercise sends, taken from a whole notebook: batch and command line come this way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.notebook import Notebook, mark_of
from codegym_jlab.course.notice import Notice
from codegym_jlab.course.repair import repair


@dataclass(frozen=True, slots=True)
class CollectedCell:
    """A code cell above the answer."""

    source: str
    id: str | None = None
    role: Literal["given", "answer"] | None = None
    exercise: str | None = None


@dataclass(frozen=True, slots=True)
class Collected:
    """The answer, the code cells above it in document order, and what was repaired."""

    source: str
    cells: tuple[CollectedCell, ...]
    notices: tuple[Notice, ...]


def collect(raw: Any, loaded: LoadedCourse, exercise_id: str) -> Collected:
    """The submission of `exercise_id` in the notebook `raw`, which is repaired first.

    Raises KeyError for an exercise that the course has not, UnreadableNotebook for what is no notebook.
    """
    unit, _ = loaded.find(exercise_id)
    repaired = repair(raw, loaded, unit.id)
    notices = tuple(n for n in repaired.notices if n.args.get("exercise") in (None, exercise_id))
    return of_repaired(repaired.notebook, exercise_id, notices)


def of_repaired(notebook: Notebook, exercise_id: str, notices: tuple[Notice, ...] = ()) -> Collected:
    """The submission of `exercise_id` in a notebook that is repaired already. Raises KeyError where it is not in it."""
    above: list[CollectedCell] = []
    for cell in notebook["cells"]:
        mark = mark_of(cell)
        if mark.get("role") == "answer" and mark.get("exercise") == exercise_id:
            return Collected(cell["source"], tuple(above), notices)
        if cell["cell_type"] == "code":
            role = mark.get("role")
            above.append(
                CollectedCell(
                    source=cell["source"],
                    id=cell["id"],
                    role=role if role in ("given", "answer") else None,
                    exercise=mark.get("exercise") if role == "answer" else None,
                )
            )
    raise KeyError(exercise_id)
