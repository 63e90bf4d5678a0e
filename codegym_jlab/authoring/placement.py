"""Where a draft goes: a unit's YAML with items put in, every other line as it was, and the course that it makes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from codegym_jlab.course.loader import LoadedCourse, decoded
from codegym_jlab.course.snapshot import files_of, thaw
from codegym_jlab.course.yaml_source import Unreadable, read_yaml


class NoPlace(Exception):
    """It cannot be put in by a program; the text says why."""

    code = "unfit"


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
    lines, end = text.splitlines(), "\r\n" if "\r\n" in text else "\n"
    cells = _below(yaml.compose(text, Loader=yaml.SafeLoader), "cells")
    if not isinstance(cells, yaml.SequenceNode) or not cells.value:
        raise NoPlace(f"{file} has no `cells` yet: write one first, as `- markdown: '# Title'`")
    at, owner = len(cells.value) - 1, None
    for number, cell in enumerate(cells.value if exercise else ()):
        found = _below(cell, "exercise")
        if getattr(_below(found, "id"), "value", None) == exercise:
            at, owner = number, found
    after = cells.value[at]
    if exercise and owner is None:
        raise NoPlace(f"{file} has no exercise `{exercise}`")
    column, heading = cells.start_mark.column, list[str]()
    known = _below(owner, key) if key else cells
    if known is None and isinstance(owner, yaml.MappingNode):
        column = owner.start_mark.column
        heading, after = [" " * column + f"{key}:"], owner
        column += 2
    elif key and isinstance(known, yaml.SequenceNode):
        column, after = known.start_mark.column, known
    if (known or after).flow_style:
        raise NoPlace(f"{file} has `{key or 'cells'}` in brackets; write a line for each item, with a `-` before it")
    begin = _end(after, lines)
    new = heading + [" " * column + line if line.strip() else "" for line in items.splitlines()]
    whole = end.join([*lines[:begin], *new, *lines[begin:]]) + end
    wanted = read_yaml(text).plain()
    if key:
        wanted["cells"][at]["exercise"].setdefault(key, []).extend(read_yaml(items).plain())
    else:
        wanted["cells"][at + 1 : at + 1] = read_yaml(items).plain()
    with suppress(Unreadable):
        if read_yaml(whole).plain() == wanted:
            return Placed(file, whole, begin + 1 + len(heading), begin + 1 + len(new))
    raise NoPlace(f"{file}: what stands there is used elsewhere too, or ends in empty lines")


def _below(node: Any, key: str) -> Any:
    """The value of a key; None where there is none."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((value for name, value in pairs if name.value == key), None)


def _end(node: yaml.Node, lines: list[str]) -> int:
    """The number of lines up to the end of it, blank ones and comments after it aside."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(node, yaml.MappingNode) else last
    mark = node.end_mark
    before = lines[mark.line][: mark.column] if mark.line < len(lines) else ""
    end = mark.line + bool(before.strip())
    while end > node.start_mark.line + 1 and not lines[end - 1].strip():
        end -= 1
    return int(end)


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
