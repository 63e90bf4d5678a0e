"""A course as bytes: its folder frozen, a folder made of that again, and what differs between two versions.

A course is named by its content (`LoadedCourse.digest`), a file by the SHA-256 of its bytes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from codegym_jlab.course.loader import LoadedCourse, load_course
from codegym_jlab.course.schema import Course, ExerciseCell, Unit

from .loader import OutsideTheCourse, inside
from .validation import Model

MAX_BYTES = 100_000_000  #: of all files of a course together


class CannotFreeze(Exception):
    """The course cannot be published as it is; the text says why, and `errors` what is to be mended, a line each."""

    code = "course_broken"

    def __init__(self, text: str, errors: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.details = {"errors": list(errors)} if errors else {}
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Frozen:
    """A whole course: `files` is what was read of its folder, by path (with `/`)."""

    digest: str
    course: str
    title: str
    files: Mapping[str, bytes] = field(repr=False)

    @property
    def names(self) -> dict[str, str]:
        """Path → SHA-256 (hex) of the file."""
        return {path: digest_of(body) for path, body in sorted(self.files.items())}

    @property
    def bodies(self) -> dict[str, bytes]:
        """The files by their SHA-256."""
        return {digest_of(body): body for body in self.files.values()}


def digest_of(body: bytes) -> str:
    """SHA-256 (hex)."""
    return hashlib.sha256(body).hexdigest()


def freeze(folder: Path) -> Frozen:
    """The course in `folder`, which has to be without mistakes. Raises CannotFreeze."""
    loaded = load_course(folder)
    if loaded.errors or loaded.broken:
        told = tuple(str(error) for error in loaded.errors) or ("course.yaml: the course has no units",)
        raise CannotFreeze(f"{len(told)} mistakes keep this course from being published; mend them first.", told)
    files = _read(folder, loaded)
    with tempfile.TemporaryDirectory(prefix="codegym-freeze-") as scratch:
        copy = thaw(files, Path(scratch) / "course")
    if copy.digest != loaded.digest:
        raise CannotFreeze("The course was changed while it was read. Publish it again.")
    return Frozen(loaded.digest, loaded.id, loaded.title, files)


def _read(folder: Path, loaded: LoadedCourse) -> dict[str, bytes]:
    names = [name for name in loaded.stamps if (folder / name).is_file()]
    names += [name for name, _ in loaded.data_files]
    size = sum((folder / name).stat().st_size for name in set(names))
    if size > MAX_BYTES:
        raise CannotFreeze(
            f"The course holds {size / 1e6:.0f} MB, and at most {MAX_BYTES // 1_000_000} can be published. "
            "Leave large data out of `files`."
        )
    try:
        return {Path(name).as_posix(): (folder / name).read_bytes() for name in dict.fromkeys(names)}
    except OSError as error:
        raise CannotFreeze("The course was changed while it was read. Publish it again.") from error


def thaw(files: Mapping[str, bytes], folder: Path, digest: str | None = None) -> LoadedCourse:
    """Write `files` to `folder`, which appears whole or not at all, and load it.

    `digest`: what it was called when it was frozen, which may have been by an older CodeGYM. Raises OutsideTheCourse.
    """
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=".making-", dir=folder.parent))
    try:
        for name, body in files.items():
            target = inside(making, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(body)
        if not folder.exists():
            os.replace(making, folder)
    except FileExistsError:
        pass  # another server on this machine was first
    except OSError:
        if not (folder / "course.yaml").is_file():
            raise
    finally:
        shutil.rmtree(making, ignore_errors=True)
    loaded = load_course(folder)
    return loaded if digest is None else replace(loaded, digest=digest)


def is_whole(folder: Path, names: Mapping[str, str]) -> bool:
    """True where `folder` holds just these files, each with its SHA-256."""
    try:
        paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        return paths.keys() == names.keys() and all(digest_of(paths[n].read_bytes()) == names[n] for n in names)
    except (OSError, OutsideTheCourse):
        return False


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
