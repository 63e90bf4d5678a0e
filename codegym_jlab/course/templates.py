"""What a new course, unit and exercise begin as: data files of this package, each of them fit for students."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Literal, get_args

from .loader import LoadedCourse, decoded
from .schema import Answer
from .validation import free_name
from .yaml_source import NoPlace, quoted, read_yaml, with_items

Kind = Literal[Answer, "plot"]
KINDS = get_args(Kind)
FOLDER = "first-course"
FILES = ("course.yaml", "first-steps.yaml")
PLOTS = "matplotlib.pyplot"  #: imported ahead: that takes longer than a check may


class NotWritten(NoPlace):
    """It could not be put there; the text says why."""

    code = "cannot_write"


class FolderTaken(NotWritten):
    """There is a folder {folder} already. Give it another name first."""


class FolderClosed(NotWritten):
    """The folder of courses cannot be written ({why})."""


def put_example(courses: Path, folder: str = FOLDER) -> Path:
    """Write the example course into a new folder below `courses`, which is made if need be; returns its path.

    The folder's name is the course's id. Nothing that is there is touched: where the name is taken, or the folder
    cannot be written, NotWritten is raised.
    """
    path = courses / folder
    head = _text("example_course", FILES[0])
    if folder != FOLDER:
        head = head.replace(FOLDER, _named(folder)).replace("My first course", quoted(_title(folder)))
    with _refusing(FolderTaken(folder=folder)):
        path.mkdir(parents=True)
        path.joinpath(FILES[0]).write_text(head, encoding="utf-8")
        path.joinpath(FILES[1]).write_text(_text("example_course", FILES[1]), encoding="utf-8")
    return path


@contextmanager
def _refusing(is_there: NotWritten) -> Iterator[None]:
    """What goes wrong in writing, in words."""
    try:
        yield
    except FileExistsError as error:
        raise is_there from error
    except OSError as error:
        raise FolderClosed(why=error.strerror) from error


def put_unit(loaded: LoadedCourse, unit: str) -> Path:
    """Write a new unit with this id and put it at the end of the course's `units`. Raises NotWritten."""
    path = loaded.root / f"{_named(unit)}.yaml"
    head = with_name(loaded.root, "units", unit)
    text = _text("templates", "unit.yaml").replace("id: UNIT", f"id: {unit}")
    text = text.replace("title: TITLE", f"title: {quoted(_title(unit))}").replace("TITLE", _title(unit))
    with _refusing(NotWritten(f"There is a file {path.name} already. Give the unit another name.")):
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
        loaded.root.joinpath(FILES[0]).write_bytes(head.encode())
    return path


def cells_for(loaded: LoadedCourse, kind: str) -> str:
    """An exercise of this kind as items of a unit's `cells`, with an id that is free. Raises KeyError."""
    if kind not in KINDS:
        raise KeyError(kind)
    text = _text("templates", f"{kind}.yaml")
    taken = {exercise.id for exercise in loaded.exercises}
    return text.replace(f"id: my-{kind}\n", f"id: {free_name(f'my-{kind}', taken)}\n")


def import_plots(loaded: LoadedCourse) -> bool:
    """Put what draws plots under the course's `preload`; False where it is there. Raises NotWritten."""
    if loaded.course is None or PLOTS in loaded.course.preload:
        return False
    loaded.root.joinpath(FILES[0]).write_bytes(with_name(loaded.root, "preload", PLOTS).encode())
    return True


def _text(folder: str, name: str) -> str:
    return files(__package__).joinpath(folder, name).read_text(encoding="utf-8")


def _named(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name):
        raise NotWritten(f"`{name}` is no name here: write letters, digits and hyphens, as `my-course`.")
    return name


def _title(name: str) -> str:
    return name.replace("-", " ").replace("_", " ").capitalize()


def with_name(course: Path, key: str, name: str) -> str:
    """course.yaml with a name at the end of one of its lists; every other character stays.

    Raises NotWritten; Unreadable, where it is no YAML.
    """
    text = decoded(course.joinpath(FILES[0]).read_bytes())
    if name in (read_yaml(text).plain().get(key) or ()):
        return text
    try:
        return with_items(text, f"- {name}\n", (), key).text
    except NoPlace as error:
        raise NotWritten(f"Write `{name}` under `{key}` in {FILES[0]} yourself: {error}.") from None
