"""An example course for a folder that holds none: small, whole, and meant to be changed."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

FOLDER = "first-course"
FILES = ("course.yaml", "first-steps.yaml")


class NotWritten(Exception):
    """The example could not be put there; the text says why."""

    code = "cannot_write"


def put_example(courses: Path) -> Path:
    """Write the example course below the folder `courses`, which is made if need be; returns its folder.

    Nothing that is there is touched: where the name is taken, or the folder cannot be written, NotWritten is raised.
    """
    folder = courses / FOLDER
    try:
        folder.mkdir(parents=True)
        for name in FILES:
            folder.joinpath(name).write_bytes(files(__package__).joinpath("example_course", name).read_bytes())
    except FileExistsError as error:
        raise NotWritten(f"There is a folder {FOLDER} already. Give it another name first.") from error
    except OSError as error:
        raise NotWritten(f"The folder of courses cannot be written ({error.strerror}).") from error
    return folder
