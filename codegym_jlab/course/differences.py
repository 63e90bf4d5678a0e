"""What differs between two versions of a course, in a line each, for who publishes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from codegym_jlab.course.loader import LoadedCourse
from codegym_jlab.course.model import Model
from codegym_jlab.course.schema import Course, ExerciseCell, Unit


def differences(before: LoadedCourse | None, after: LoadedCourse) -> tuple[str, ...]:
    """Of units, exercises, texts, policies and data files; empty where nothing differs. `before` None: all is new."""
    if before is None or before.course is None or after.course is None:
        units = after.course.units if after.course else ()
        return (f"{len(units)} units with {sum(len(unit.exercises) for unit in units)} exercises",)
    return (
        *_in_course(before.course, after.course),
        *_in_units(before.course, after.course),
        *_in_files(before, after),
    )


def _in_course(before: Course, after: Course) -> Iterator[str]:
    changed = _changed(before, after, besides=("units",))
    if changed:
        yield f"course: {', '.join(changed)}"
    kept = [unit.id for unit in before.units if unit.id in {u.id for u in after.units}]
    if kept != [unit.id for unit in after.units if unit.id in set(kept)]:
        yield "course: the order of the units"


def _in_units(before: Course, after: Course) -> Iterator[str]:
    old, new = ({unit.id: unit for unit in course.units} for course in (before, after))
    yield from (f"{id}: new unit, {len(new[id].exercises)} exercises" for id in new if id not in old)
    yield from (f"{id}: unit taken away, {len(old[id].exercises)} exercises" for id in old if id not in new)
    yield from _in_exercises(before, after)
    for id in new:
        if id in old:
            yield from _in_unit(old[id], new[id])


def _in_unit(before: Unit, after: Unit) -> Iterator[str]:
    changed = _changed(before, after, besides=("cells",))
    if changed:
        yield f"{after.id}: {', '.join(changed)}"
    both = {e.id for e in before.exercises} & {e.id for e in after.exercises}
    if _texts(before, both) != _texts(after, both):
        yield f"{after.id}: texts and code between the exercises, or their order"


def _in_exercises(before: Course, after: Course) -> Iterator[str]:
    old, new = ({e.id: (unit.id, e) for unit in course.units for e in unit.exercises} for course in (before, after))
    yield from (f"{unit}: new exercise {id}" for id, (unit, _) in new.items() if id not in old)
    yield from (f"{unit}: exercise {id} taken away" for id, (unit, _) in old.items() if id not in new)
    for id in new:
        if id in old:
            (was_in, then), (unit, now) = old[id], new[id]
            moved = [f"moved here from {was_in}"] if unit != was_in else []
            if changed := moved + _changed(then, now):
                yield f"{unit}: exercise {id}: {', '.join(changed)}"


def _in_files(before: LoadedCourse, after: LoadedCourse) -> Iterator[str]:
    old, new = (dict(course.data_files) for course in (before, after))
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            yield f"{name}: new file"
        elif name not in new:
            yield f"{name}: file taken away"
        elif old[name].read_bytes() != new[name].read_bytes():
            yield f"{name}: other content"


def _changed(before: Model, after: Model, besides: Sequence[str] = ()) -> list[str]:
    """The keys, as they are written, whose values differ."""
    fields = type(after).model_fields
    names = [name for name in fields if name not in besides and getattr(before, name) != getattr(after, name)]
    return [fields[name].alias or name for name in names]


def _texts(unit: Unit, exercises: set[str]) -> list[Any]:
    """The cells in order; of the exercises those that both versions have, as ids."""
    told = [cell.exercise.id if isinstance(cell, ExerciseCell) else cell for cell in unit.cells]
    return [one for one in told if not isinstance(one, str) or one in exercises]
