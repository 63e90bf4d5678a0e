"""A course as bytes: its folder frozen, a folder made of that again, and what differs between two versions.

A course is named by its content (`LoadedCourse.digest`), a file by the SHA-256 of its bytes.
"""

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path

from codegym_jlab.files import private_folder
from codegym_jlab.records import DomainError, Json, digest_of, frozen

from .loader import LoadedCourse, inside, load_course
from .schema import Course, ExerciseCell

MAX_BYTES = 100_000_000  #: of all files of a course together


class CannotFreeze(DomainError):
    """The course cannot be published as it is; the text says why, the detail `errors` what is to be mended, by line."""

    code = "course_broken"


@frozen
class Frozen:
    """A whole course: `files` is what was read of its folder, by path (with `/`)."""

    loaded: LoadedCourse
    files: Mapping[str, bytes] = field(repr=False)

    @property
    def names(self) -> dict[str, str]:
        """Path → SHA-256 (hex) of the file."""
        return {path: digest_of(body) for path, body in sorted(self.files.items())}

    @property
    def bodies(self) -> dict[str, bytes]:
        """The files by their SHA-256."""
        return {digest_of(body): body for body in self.files.values()}


def freeze(folder: Path) -> Frozen:
    """The course in `folder`, which has to be without mistakes. Raises CannotFreeze."""
    loaded = load_course(folder)
    if loaded.errors or loaded.broken:
        told = [str(error) for error in loaded.errors] or ["course.yaml: the course has no units"]
        raise CannotFreeze(f"{len(told)} mistakes keep this course from being published; mend them first.", errors=told)
    files = files_of(loaded)
    if loaded.has_changed():
        raise CannotFreeze("The course was changed while it was read. Publish it again.")
    return Frozen(loaded, files)


def files_of(loaded: LoadedCourse) -> dict[str, bytes]:
    """What was read of its folder, by path (with `/`). Raises CannotFreeze."""
    folder = loaded.root
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
    private_folder(folder.parent)
    making = Path(tempfile.mkdtemp(prefix=".making-", dir=folder.parent))
    try:
        for name, body in files.items():
            target = inside(making, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(body)
        os.replace(making, folder)
    except OSError:  # another server on this machine was first
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
        return paths.keys() == names.keys() and all(digest_of(paths[n]) == names[n] for n in names)
    except OSError:
        return False


def differences(before: LoadedCourse | None, after: LoadedCourse) -> tuple[str, ...]:
    """A line each: course, units, exercises and data files that are new, gone or changed, and in which keys."""
    if before is None or before.course is None or after.course is None:
        return (f"{len(after.units)} units with {len(after.exercises)} exercises",)
    old, new = _parts(before, before.course), _parts(after, after.course)
    return tuple(line for name in {**new, **old} if (line := _difference(name, old.get(name), new.get(name))))


def _difference(name: str, old: Json | None, new: Json | None) -> str:
    """Empty where nothing differs."""
    if old is None or new is None:
        return f"{name}: {'taken away' if new is None else 'new'}"
    changed = [key for key in new if old[key] != new[key]]
    return f"{name}: {', '.join(changed)}" if changed else ""


def _parts(loaded: LoadedCourse, course: Course) -> dict[str, Json]:
    """What a course is made of, each part by its name; within the others an exercise or unit is its id."""
    parts = {"course": dict(course) | {"units": [unit.id for unit in course.units]}}
    for unit in course.units:
        cells = [cell.exercise.id if isinstance(cell, ExerciseCell) else cell for cell in unit.cells]
        parts[unit.id] = dict(unit) | {"cells": cells}
        parts |= {f"{unit.id}: exercise {each.id}": dict(each) for each in unit.exercises}
    return parts | {name: {"content": path.read_bytes()} for name, path in loaded.data_files}
