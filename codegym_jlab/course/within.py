"""Paths that stay inside the course folder, also through symbolic links."""

from __future__ import annotations

from pathlib import Path, PurePosixPath


class OutsideTheCourse(Exception):
    """A path that leaves the folder; the text goes on after the path's name."""


def inside(root: Path, name: str) -> Path:
    """The file `name` (relative, with `/`) of the course in `root`; it need not exist. Raises OutsideTheCourse."""
    refuse_outside(name)
    path = root / name
    if not path.resolve().is_relative_to(root.resolve()):
        raise OutsideTheCourse("is a link out of the folder")
    return path


def _is_ours(root: Path, path: Path, own: set[Path]) -> bool:
    """Course text: it holds the hidden tests. A YAML file beside course.yaml is a unit, listed or not yet."""
    return path in own or (path.parent == root and path.suffix in (".yaml", ".yml"))


def find_files(root: Path, pattern: str, own: set[Path]) -> tuple[dict[str, Path], list[str]]:
    """The files that fit a glob, by their path within the course, and those refused (the course's YAML, links outside).

    Raises OutsideTheCourse for a pattern that itself leaves the folder.
    """
    refuse_outside(pattern)
    home = root.resolve()
    found: dict[str, Path] = {}
    refused = []
    for path in sorted(root.glob(pattern)):
        name = path.relative_to(root).as_posix()
        target = path.resolve()
        if not path.is_file():
            continue
        if _is_ours(home, target, own) or not target.is_relative_to(home):
            refused.append(name)
        elif not any(part.startswith(".") for part in PurePosixPath(name).parts):
            found[name] = path
    return found, refused


def refuse_outside(name: str) -> None:
    """Raises OutsideTheCourse for a path that by its text alone leaves the folder."""
    if "\\" in name or "\0" in name:
        raise OutsideTheCourse("holds a character that no path here has")
    path = PurePosixPath(name)
    if path.is_absolute() or name.startswith("~"):
        raise OutsideTheCourse("is an absolute path")
    if ".." in path.parts or not path.parts:
        raise OutsideTheCourse("leaves the folder")
