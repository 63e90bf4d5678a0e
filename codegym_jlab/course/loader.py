"""A folder of YAML → a course. Nothing outside the folder is read.

`load_course` never raises for what stands in a course: its mistakes are listed, and what is whole can be used.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import entry_points
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

from codegym_jlab.records import digest_of

from .schema import PYTHON_KERNELS, Course, CourseFile, EffectiveLimits, Exercise, ExerciseCell, Unit, effective_limits
from .units import read_unit, report_troubles
from .validation import CourseError, Fitting, Report
from .yaml_source import Node, Unreadable, listed, read_yaml, written


class OutsideTheCourse(Exception):
    """A path that leaves the folder; the text goes on after the path's name."""


def inside(root: Path, name: str) -> Path:
    """The file `name` (relative, with `/`) of the course in `root`; it need not exist. Raises OutsideTheCourse."""
    refuse_outside(name)
    path = root / name
    if not path.resolve().is_relative_to(root.resolve()):
        raise OutsideTheCourse("is a link out of the folder")
    return path


def file_of(name: str) -> str:
    """The file of a unit that stands under `units` by this name."""
    return name if name.endswith(".ipynb") else f"{name}.yaml"


def _is_ours(root: Path, path: Path, own: set[Path]) -> bool:
    """Course text: it holds the hidden tests. A YAML file beside course.yaml is a unit, listed or not yet."""
    return path in own or (path.parent == root and path.suffix in (".yaml", ".yml"))


def find_files(root: Path, pattern: str, own: set[Path]) -> tuple[dict[str, Path], list[str]]:
    """The files that fit a glob, by their path within the course, and those refused (the course's YAML, links outside).

    Raises OutsideTheCourse for a pattern that itself leaves the folder.
    """
    refuse_outside(pattern)
    home = root.resolve()
    found = {}
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


MAX_FILE_BYTES = 4_000_000


@dataclass(frozen=True)
class LoadedCourse:
    """A course as it was read. `course` is None where it cannot be used at all; it may have errors even if it can."""

    id: str  #: and title: the folder's name where they cannot be read
    title: str
    root: Path
    course: Course | None = field(repr=False)  #: never in a log: it holds the hidden tests
    errors: tuple[CourseError, ...]
    digest: str  #: sha256 (hex) of the normalised content, data files included
    unit_digests: dict[str, str]  #: the same of each unit: the version of its notebook
    data_files: tuple[tuple[str, Path], ...]  #: (path within the course folder, with `/`; the file)
    stamps: dict[str, tuple[int, int]] = field(repr=False, compare=False)  #: mtime_ns and size of all that was read
    #: file and line of each exercise (its id, a key, an index or id below it), and of (None, unit, code) that is given
    lines: dict[tuple[Any, ...], tuple[str, int]] = field(repr=False, compare=False)

    @property
    def broken(self) -> bool:
        """True where no exercise or text of it can be given."""
        return not self.units

    @property
    def head(self) -> Course:
        """The course, of one that can be used."""
        assert self.course is not None
        return self.course

    def is_python(self, unit: Unit) -> bool:
        """Whether the unit's notebook has a kernel of Python."""
        return self.head.kernel_of(unit) in PYTHON_KERNELS

    @property
    def units(self) -> tuple[Unit, ...]:
        """In their order; none where it cannot be used at all."""
        return self.course.units if self.course else ()

    @property
    def exercises(self) -> list[Exercise]:
        """Of all its units, in their order."""
        return [exercise for unit in self.units for exercise in unit.exercises]

    @cached_property
    def _places(self) -> dict[str, tuple[Unit, Exercise]]:
        return {exercise.id: (unit, exercise) for unit in self.units for exercise in unit.exercises}

    def find(self, exercise_id: str) -> tuple[Unit, Exercise]:
        """The exercise and its unit. Raises KeyError."""
        return self._places[exercise_id]

    def place_of(self, *path: Any) -> tuple[str, int]:
        """File and line of an exercise, or of what stands below it: ("sum-even", "checks", 2); of a unit (None, id)."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, ("course.yaml", 1))

    def has_changed(self) -> bool:
        """Whether a file that was read is another one by now."""
        return any(stamp(self.root / name) != then for name, then in self.stamps.items())

    def unit(self, unit_id: str) -> Unit:
        """The unit. Raises KeyError."""
        return {unit.id: unit for unit in self.units}[unit_id]

    def limits(self, exercise_id: str) -> EffectiveLimits:
        """The limits that hold for an exercise. Raises KeyError."""
        unit, exercise = self.find(exercise_id)
        return effective_limits(self.head.limits, unit.limits, exercise.limits)

    def is_gated(self, exercise_id: str) -> bool:
        """Whether hidden checks earn points only once all samples pass. Raises KeyError."""
        unit, exercise = self.find(exercise_id)
        return (exercise.gate or unit.gate or self.head.gate) != "none"


def _yaml(_: str, content: bytes) -> Node:
    return read_yaml(decoded(content))


def load_course(folder: Path, unsaved: Mapping[str, str] = MappingProxyType({})) -> LoadedCourse:
    """The course in `folder` (which holds course.yaml), with all its mistakes; `unsaved`: texts in place of files."""
    return _Loading(folder, unsaved).load()


@dataclass
class _Loading:
    """One reading of one course."""

    root: Path
    unsaved: Mapping[str, str]

    def __post_init__(self) -> None:
        self.reports: dict[str, Report] = {}  #: of course.yaml, then of each unit
        self.stamps: dict[str, tuple[int, int]] = {}
        self.digests: dict[str, str] = {}
        self.first_use: dict[str, str] = {}
        self.used_files = set[str]()
        self.lines: dict[tuple[Any, ...], tuple[str, int]] = {}
        self.check_files: dict[str, str] = {}  #: path → SHA-256

    def load(self) -> LoadedCourse:
        report = self._report("course.yaml")
        self._watch(self.root)
        mend = "write it, with `schema: 1`, `id:`, `title:` and `units:`"
        is_there = self._is_there("course.yaml", "this file", mend, 1, report)
        root = self._read("course.yaml", report) if is_there else None
        head = None if root is None else self._head(root, report)
        course: Course | None = None
        files: list[tuple[str, Path]] = []
        if root is not None and head is not None:
            named = ((name, root.line_of(("units", i))) for i, name in enumerate(head.units))
            units = [unit for name, line in named if (unit := self._unit(name, line, head, report))]
            course = Course(**{**dict(head), "units": tuple(units)})
            files = self._files(head, root, report, units)
        name = self.root.resolve().name
        content = [
            root.plain() if root else None,
            self.digests,
            [[name, self._hash_file(path)] for name, path in files],
            *([self.check_files] if self.check_files else []),
        ]
        return LoadedCourse(
            id=written(root, "id") or name,
            title=written(root, "title") or name,
            root=self.root,
            course=course,
            errors=tuple(error for report in self.reports.values() for error in report.in_order()),
            digest=_digest(content),
            unit_digests=self.digests,
            data_files=tuple(files),
            stamps=self.stamps,
            lines=self.lines,
        )

    def _head(self, root: Node, report: Report) -> CourseFile | None:
        report_troubles(root, report)
        if not root.is_mapping:
            report.error(root.line, "this file is no course", "begin with `schema: 1`, `id:`, `title:` and `units:`")
            return None
        fitting = Fitting(root, report)
        head = fitting.fit(
            CourseFile, root.plain(), {"schema": 1, "id": "x", "title": self.root.resolve().name or "x", "units": []}
        )
        wrong = fitting.keys_left_out - ({"schema"} if root.get("schema") is None else set())
        if head is None or wrong & {"id", "schema"} or ("units" in wrong and not head.units):
            return None
        if not head.units:
            report.error(root.line_of(("units",)), "the course has no units", "list the units' files below `units:`")
        return head

    def _unit(self, name: str, line: int, head: CourseFile, course_report: Report) -> Unit | None:
        file, stem = file_of(name), name.rsplit("/", 1)[-1].removesuffix(".ipynb")
        if stem in self.used_files:
            course_report.error(line, f"the unit `{name}` is here twice", "give each unit a file and id of its own")
            return None
        self.used_files.add(stem)
        if not self._is_there(file, f"the unit `{name}`", "write it, or leave the unit out", line, course_report):
            return None
        report = self._report(file)
        root = self._read(file, report, self._notebook if file == name else _yaml)
        if root is None:
            return None
        id = (written(root, "id") if file == name else None) or stem
        unit = read_unit(root, id, head.kernel, report)
        if unit is None:
            return None
        if unit.id in self.digests:
            report.error(1, f"the id `{unit.id}` is another unit's", "give the file another name")
            return None
        unit = self._once_each(unit, root, report)
        self.digests[unit.id] = _digest(root.plain())
        return unit

    def _notebook(self, name: str, content: bytes) -> Node:
        """What knows notebooks stands above: it is found by its entry point."""
        [reader] = entry_points(group="codegym_jlab.units", name="ipynb")
        root: Node = reader.load()(name, content, set(self.first_use))
        return root

    def _is_there(self, file: str, what: str, mend: str, line: int, report: Report) -> bool:
        try:
            path = inside(self.root, file)
        except OutsideTheCourse as error:
            report.error(line, f"{what} {error}", "name a file within the course folder")
            return False
        self._watch(path)
        if path.is_file() or file in self.unsaved:
            return True
        report.error(line, f"there is no file `{file}`", mend)
        return False

    def _once_each(self, unit: Unit, root: Node, report: Report) -> Unit:
        """Leave out exercises whose id is taken, and `uses` of what does not stand above."""
        file = report.file
        self.lines[(None, unit.id)] = (file, 1)
        above: list[str] = []
        own = set()
        for item in root.value["cells"].value:
            if code := written(item, "code"):
                self.lines.setdefault((None, unit.id, code), (file, item.line))
            node, name = item.get("exercise"), written(item.get("exercise"), "id")
            if node is None or name is None:
                continue
            if self._is_first(name, node, report.within(name)):
                own.add(name)
                self._note_lines(name, item, file)
            for used in listed(node, "uses"):
                if isinstance(used.value, str) and used.value not in above:
                    problem = f"`uses` names `{used.value}`, which is not above it here"
                    report.within(name).error(used.line, problem, "name an exercise that stands above it in this unit")
            above.append(name)
        kept = []
        met = []
        for cell in unit.cells:
            if isinstance(cell, ExerciseCell):
                exercise = cell.exercise
                if exercise.id not in own or exercise.id in met:
                    continue
                if exercise.uses is not None:
                    uses = tuple(name for name in exercise.uses if name in met)
                    cell = ExerciseCell(exercise=exercise.model_copy(update={"uses": uses}))
                met.append(exercise.id)
            kept.append(cell)
        return unit.model_copy(update={"cells": tuple(kept)})

    def _is_first(self, name: str, node: Node, report: Report) -> bool:
        """Whether no exercise above it has this id."""
        line = node.line_of(("id",))
        if name in self.first_use:
            report.error(line, f"the id `{name}` is taken", f"give it another (first in {self.first_use[name]})")
            return False
        self.first_use[name] = f"{report.file}:{line}"
        return True

    def _note_lines(self, name: str, item: Node, file: str) -> None:
        node = item.value["exercise"]
        self.lines[(name,)] = (file, item.key_lines["exercise"])
        for key in node.value:
            self.lines[(name, key)] = (file, node.key_lines[key])
            for number, each in enumerate(listed(node, key)):
                for named in (number, written(each, "id") or number):
                    self.lines[(name, key, named)] = (file, each.line)

    def _files(self, head: CourseFile, root: Node, report: Report, units: list[Unit]) -> list[tuple[str, Path]]:
        found: dict[str, Path] = {}
        named = (self.root / file_of(name) for name in ("course", *head.units) if "\0" not in name)
        own = {path.resolve() for path in named}
        for i, pattern in enumerate(head.files):
            line = root.line_of(("files", i))
            try:
                matches, refused = find_files(self.root, pattern, own)
            except OutsideTheCourse as error:
                report.error(line, f"`{pattern}` {error}", "name files within the course folder")
                continue
            for name in refused:
                report.error(line, f"`{name}` would be given to students", "name data files only, as `data/*.csv`")
            if not matches and not refused:
                report.error(line, f"no file fits `{pattern}`", "write the file, or correct the pattern")
            found |= matches
        hidden = [name for unit in units for name in self._files_of_checks(unit)]
        return [(name, path) for name, path in sorted(found.items()) if name not in hidden]

    def _files_of_checks(self, unit: Unit) -> Iterator[str]:
        """Those that the checks of a unit lay out in place of what students have."""
        for exercise in unit.exercises:
            for number, check in enumerate(exercise.checks):
                for name, source in (check.files or {}).items():
                    try:
                        refuse_outside(name)
                        path = inside(self.root, source)
                        if not path.is_file() or _is_ours(self.root.resolve(), path.resolve(), set()):
                            raise OutsideTheCourse("is no file of data")
                    except OutsideTheCourse as error:
                        file, line = self.lines.get((exercise.id, "checks", number), ("course.yaml", 1))
                        own = self._report(file).within(exercise.id)
                        own.error(line, f"`files: {{{name}: {source}}}` {error}", "name one of the course")
                    else:
                        self.check_files[source] = self._hash_file(path)
                        yield source

    def _read(self, name: str, report: Report, read: Callable[[str, bytes], Node] = _yaml) -> Node | None:
        path = self.root / name
        try:
            if name in self.unsaved:
                return read(name, self.unsaved[name].encode())
            if path.stat().st_size > MAX_FILE_BYTES:
                problem = f"the file is larger than {MAX_FILE_BYTES // 1_000_000} MB"
                report.error(1, problem, "split it into several units")
                return None
            return read(name, path.read_bytes())
        except Unreadable as error:
            report.error(error.line, error.problem, error.mend)
        except OSError as error:
            report.error(1, f"the file cannot be read ({error.strerror})", "check that you may read it")
        return None

    def _watch(self, path: Path) -> None:
        """A file that is read, or a folder whose names matter: where its stamp changes, the course is read again."""
        self.stamps[os.path.relpath(path, self.root)] = stamp(path)

    def _hash_file(self, path: Path) -> str:
        self._watch(path.parent)
        self._watch(path)
        return digest_of(path)

    def _report(self, file: str) -> Report:
        return self.reports.setdefault(file, Report(file))


def decoded(data: bytes) -> str:
    """The text of a file in UTF-8. Raises Unreadable."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(line, "this is not UTF-8 text", "save the file as UTF-8") from None


def stamp(path: Path) -> tuple[int, int]:
    """mtime (ns) and size, below 0 where there is nothing. What is compared to see whether a file has changed."""
    try:
        status = path.stat()
    except OSError:
        return 0, -1
    return status.st_mtime_ns, status.st_size


def _digest(content: Any) -> str:
    return digest_of(json.dumps(_canonical(content), ensure_ascii=True))


def _canonical(value: Any) -> Any:
    """JSON that tells 1 from "1" and from 1.0 also as keys, and does not depend on the order of keys."""
    if isinstance(value, dict):
        pairs = [[_canonical(key), _canonical(item)] for key, item in value.items()]
        return {"map": sorted(pairs, key=lambda pair: json.dumps(pair[0]))}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    return repr(value) if isinstance(value, float) else value
