"""Where a draft goes: a unit's YAML with items put in, every other line as it was, and the course that it makes."""

from pathlib import Path

from codegym_jlab.course.loader import LoadedCourse, decoded
from codegym_jlab.course.snapshot import files_of, thaw
from codegym_jlab.course.yaml_source import NoPlace, child, composed, with_items
from codegym_jlab.files import whole
from codegym_jlab.records import Json, frozen


@frozen
class Placed:
    """A unit's file with something put in, in its lines `begin` to `end` (from 1, the last one left out)."""

    file: str
    text: str
    begin: int
    end: int

    def as_json(self) -> Json:
        """For programs: where it begins, and how many lines it has."""
        return {"file": self.file, "line": self.begin, "lines": self.end - self.begin}


def place(loaded: LoadedCourse, unit: str, items: str, exercise: str = "", key: str = "") -> Placed:
    """`items` (YAML of a list's items, at the margin): cells after that exercise or at the end, or below its `key`.

    Raises NoPlace.
    """
    file = loaded.place_of(None, unit)[0]
    if file.endswith(".ipynb"):
        raise NoPlace(f"{file} is a notebook: write it there")
    text = decoded((loaded.root / file).read_bytes())
    cells = child(composed(text), "cells")
    ids = [getattr(child(child(cell, "exercise"), "id"), "value", None) for cell in cells.value]
    if exercise and exercise not in ids:
        raise NoPlace(f"{file} has no exercise `{exercise}`")
    number = ids.index(exercise) if exercise else len(ids) - 1
    where = (("cells", number, "exercise"), key) if key else ((), "cells", number + 1)
    try:
        return Placed(file, *with_items(text, items, *where))
    except NoPlace as error:
        raise NoPlace(f"{file}: {error}") from None


def course_with(loaded: LoadedCourse, placed: Placed, folder: Path) -> LoadedCourse:
    """The course as it would be, in a new folder. Reads and writes files."""
    return thaw(files_of(loaded) | {placed.file: placed.text.encode()}, folder)


def errors_in(made: LoadedCourse, placed: Placed, exercise: str) -> list[str]:
    """What the loader finds wrong with what was put in, with lines from its own first one on."""
    own = (error for error in made.errors if error.file == placed.file)
    here = [e for e in own if placed.begin <= e.line < placed.end or e.exercise == exercise]
    return [f"line {error.line - placed.begin + 1}: {error.problem}; {error.mend}" for error in here]


def write(loaded: LoadedCourse, placed: Placed) -> None:
    """Put it into the course's own file, which is replaced whole. Raises OSError."""
    with whole(loaded.root / placed.file, 0o666) as file:
        file.write(placed.text.encode())
