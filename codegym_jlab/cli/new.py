"""`codegym new course | unit | exercise`: something to change, instead of an empty page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .command import CourseDir, load
from .output import err, fail, out, wrong_use

new = typer.Typer(name="new", help="A new course, unit or exercise, to be changed.", no_args_is_help=True)


@new.command()
def course(
    course_dir: Annotated[Path, typer.Argument(metavar="COURSE_DIR", help="The folder to make; its name is the id.")],
) -> None:
    """Make a small course in a new folder."""
    from ..course.templates import NotWritten, put_example

    folder = course_dir.absolute()
    try:
        out.print(f"written: {put_example(folder.parent, folder.name)}")
    except NotWritten as error:
        fail(str(error))
    err.print(f"Next: codegym preview {course_dir}; codegym new unit {course_dir} loops; codegym check {course_dir}")


@new.command()
def unit(
    course_dir: CourseDir,
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="Its id, as `loops`: its file's name, too.")],
) -> None:
    """Make a unit, at the end of the course."""
    from ..course.templates import KINDS, NotWritten, put_unit

    loaded = load(course_dir)
    if loaded.course is None:
        raise typer.Exit(1)
    try:
        out.print(f"written: {put_unit(loaded, unit)}")
    except NotWritten as error:
        fail(str(error))
    err.print(f"Next: codegym new exercise {course_dir} {unit} KIND, with one of: {', '.join(KINDS)}")


@new.command()
def exercise(
    course_dir: CourseDir,
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="The unit's id.")],
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help="code, program, debug, fill, order, predict, choice, text or plot.")
    ],
) -> None:
    """Add an exercise of a kind to a unit, at its end."""
    from ..authoring.placement import NoPlace, place, write
    from ..course.templates import KINDS, PLOTS, NotWritten, cells_for, import_ahead

    if kind not in KINDS:
        wrong_use(f"there is no kind `{kind}`; write one of {', '.join(KINDS)}")
    loaded = load(course_dir)
    if unit not in [one.id for one in (loaded.course.units if loaded.course else ())]:
        wrong_use(f"{course_dir} has no unit `{unit}` that can be read; codegym new unit {course_dir} {unit} makes one")
    try:
        placed = place(loaded, unit, cells_for(loaded, kind))
        if kind == "plot" and import_ahead(loaded, PLOTS):
            out.print(f"written: {loaded.root / 'course.yaml'}: preload {PLOTS}")
        write(loaded, placed)
    except (NoPlace, NotWritten) as error:
        fail(str(error))
    out.print(f"written: {loaded.root / placed.file}:{placed.begin}")
    err.print(f"Next: change it; codegym check {course_dir}; codegym preview {course_dir}")
