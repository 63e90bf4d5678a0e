"""Where a draft goes: a unit's YAML with items put in, every other line as it was, and the course that it makes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from codegym_jlab.course.loader import LoadedCourse, decoded
from codegym_jlab.course.snapshot import files_of, thaw
from codegym_jlab.course.yaml_lines import NoPlace, child, with_items
from codegym_jlab.course.yaml_source import composed


@dataclass(frozen=True, slots=True)
class Placed:
    """A unit's file with something put in, in its lines `begin` to `end` (from 1, the last one left out)."""

    file: str
    text: str
    begin: int
    end: int


def place(loaded: LoadedCourse, unit: str, items: str, exercise: str = "", key: str = "") -> Placed:
    """`items` (YAML of a list's items, at the margin): cells after that exercise or at the end, or below its `key`.

    Raises NoPlace.
    """
    file = loaded.place_of(unit)[0]
    text = decoded((loaded.root / file).read_bytes())
    cells = child(composed(text), "cells")
    ids = [getattr(child(child(cell, "exercise"), "id"), "value", None) for cell in cells.value]
    if exercise and exercise not in ids:
        raise NoPlace(f"{file} has no exercise `{exercise}`")
    number = ids.index(exercise) if exercise else len(ids) - 1
    try:
        if key:
            return Placed(file, *with_items(text, items, ("cells", number, "exercise"), key))
        return Placed(file, *with_items(text, items, (), "cells", number + 1))
    except NoPlace as error:
        raise NoPlace(f"{file}: {error}") from None


@contextmanager
def course_with(loaded: LoadedCourse, placed: Placed) -> Iterator[LoadedCourse]:
    """The course as it would be, in a folder of its own while this is open. Reads and writes files."""
    files = files_of(loaded) | {placed.file: placed.text.encode()}
    with tempfile.TemporaryDirectory(prefix="codegym-draft-") as scratch:
        yield thaw(files, Path(scratch) / "course")


def errors_in(made: LoadedCourse, placed: Placed, exercise: str) -> list[str]:
    """What the loader finds wrong with what was put in, with lines from its own first one on."""
    return [
        f"line {error.line - placed.begin + 1}: {error.problem}; {error.mend}"
        for error in made.errors
        if error.file == placed.file and (placed.begin <= error.line < placed.end or error.exercise == exercise)
    ]


def write(loaded: LoadedCourse, placed: Placed) -> None:
    """Put it into the course's own file, which is replaced whole. Raises OSError."""
    path = loaded.root / placed.file
    making = path.with_name(f".{path.name}.tmp")
    making.write_bytes(placed.text.encode())
    os.replace(making, path)
