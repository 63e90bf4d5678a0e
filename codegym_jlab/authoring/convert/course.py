"""A folder of another grader's notebooks → a course. What its own solution does not pass here is refused."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from codegym_jlab.authoring.check import earlier_solutions, why
from codegym_jlab.course.loader import LoadedCourse, load_course
from codegym_jlab.course.yaml_source import write_yaml
from codegym_jlab.grading.batch import in_order, judge_unrecorded
from codegym_jlab.grading.grader.grader import Grader
from codegym_jlab.records import Judgement
from codegym_jlab.sandbox.base import Sandbox

from .names import names_made
from .parts import Assignment, Refusal, Test, Unfit
from .units import LIMITS, Exercise, Unit, exercise_body, slug, unit_of
from .walk import Walk

#: A notebook of nbformat 4 → its parts.
Reader = Callable[[str, Mapping[str, Any]], Assignment]
_NOT_DEFINED = re.compile(r"name '(\w{1,80})' is not defined")
BESIDE = len(os.sched_getaffinity(0)) + 1  #: notebooks that are run at the same time
MOST_BYTES = 100 * 1024 * 1024  #: of one file beside a notebook
_PRELOADED = ("numpy", "pandas", "matplotlib.pyplot", "scipy", "seaborn")
_MADE = frozenset({"release", "submitted", "autograded", "feedback", "student", "autograder", "dist"})


@dataclass(slots=True)
class Converted:
    """One notebook, and what became of it."""

    notebook: str
    unit: str = ""
    exercises: int = 0
    tests: int = 0
    moved: int = 0
    points: float = 0
    refusals: list[Refusal] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """A line for programs."""
        refused = [{"cell": one.cell, "what": one.what, "why": one.why, "mend": one.mend} for one in self.refusals]
        told = {name: getattr(self, name) for name in ("notebook", "unit", "exercises", "tests", "moved", "points")}
        return told | {"refused": refused}


def notebooks_in(source: Path) -> list[Path]:
    """A notebook, those of an assignment's folder, or of all assignments below nbgrader's `source`."""
    if source.is_file():
        return [source]
    root = source / "source" if (source / "source").is_dir() else source
    found = (path.relative_to(root) for path in root.rglob("*.ipynb"))
    own = (path for path in found if not any(part.startswith(".") or part in _MADE for part in path.parts[:-1]))
    return [root / path for path in sorted(own)]


def read_notebook(path: Path) -> Mapping[str, Any]:
    """Of nbformat 4, in Python. Raises Unfit."""
    import nbformat

    try:
        notebook: dict[str, Any] = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    except Exception as error:  # whatever a damaged file makes of nbformat
        raise Unfit(f"it is no notebook that can be read ({type(error).__name__}: {error})") from None
    language = notebook["metadata"].get("kernelspec", {}).get("language") or "python"
    if language.lower() != "python":
        raise Unfit(f"it is in {language}", "only notebooks in Python are moved")
    return notebook


class Conversion:
    """A course that is made of notebooks, in a new folder."""

    def __init__(self, source: Path, into: Path, read: Reader, title: str = "") -> None:
        """Raises Unfit where there is nothing to move, or no new folder."""
        self._source, self._into, self._read = source, into, read
        self.title = title or source.resolve().stem
        self._files: dict[str, Path] = {}
        self.moved: list[tuple[Converted, Unit, Path]] = []  #: with the old notebook
        self._unread: list[Converted] = []
        self._notebooks = notebooks_in(source)
        self.notebooks = len(self._notebooks)
        if not self._notebooks:
            raise Unfit(f"there is no notebook at {source}")
        if into.exists() and any(into.iterdir()):
            raise Unfit(f"{into} holds something already", "name a new folder")

    def write(self) -> None:
        """The course as it is read, its tests not tried yet; nothing where no notebook can be read."""
        taken: set[str] = set()
        for path in self._notebooks:
            name = path.name if self._source.is_file() else path.relative_to(self._source).as_posix()
            told = Converted(name)
            try:
                assignment = self._read(name, read_notebook(path))
            except Unfit as error:
                told.refusals.append(Refusal(name, None, "", error.why, error.mend))
                self._unread.append(told)
                continue
            assignment.title = re.sub(r"[_\s-]+", " ", path.stem).strip().capitalize()
            unit = unit_of(assignment, slug(path.stem, [one.id for _, one, _ in self.moved]), taken)
            told.unit, told.tests, told.refusals = unit.id, assignment.tests, assignment.refusals
            self._copy_files(path.parent, told)
            for place, content in assignment.files.items():
                self._files[place] = target = self._into / place
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            self.moved.append((told, unit, path))
        self._write_all()

    async def _walked(self, loaded: LoadedCourse, sandbox: Sandbox, unit: Unit) -> set[tuple[str, str]]:
        """Checks that solutions pass in one run of the notebook, by ids of exercise and check; the unit is told."""
        known = next((one for one in loaded.course.units if one.id == unit.id), None) if loaded.course else None
        if known is None or not known.exercises:
            return set()
        walk = Walk(loaded, sandbox, known)
        await walk.go()
        for cell in unit.body["cells"]:
            if cell.get("code") is not None and cell["code"].strip() in walk.failing:
                cell["fails"] = True
        for name, exercise in unit.exercises.items():
            for _, check in exercise.checks:
                if walk.passed.get((name, str(check["id"]))):
                    check["objects"] = "any"
        return set(walk.passed)

    async def prove(self, grader: Grader, sandbox: Sandbox) -> AsyncIterator[Converted]:
        """Let the authors' solutions be judged: a test that they do not pass is refused, its points are a person's."""
        for told in self._unread:
            yield told
        if not self.moved:
            return
        loaded, each = load_course(self._into), iter(self.moved)
        async for passed in in_order((self._walked(loaded, sandbox, unit) for _, unit, _ in self.moved), BESIDE):
            told, unit, _ = next(each)
            for error in loaded.errors:
                if error.file == f"{unit.id}.yaml":
                    told.refusals.append(Refusal(told.notebook, None, error.exercise or "", str(error)))
            for name, exercise in unit.exercises.items():
                if any((name, str(check["id"])) not in passed for _, check in exercise.checks):
                    told.refusals += await _without_failing(loaded, grader, told.notebook, name, exercise, passed)
            for cell in unit.body["cells"]:
                if (body := cell.get("exercise")) is not None:
                    cell["exercise"] = exercise_body(body["id"], body["statement"], unit.exercises[body["id"]])
            bodies = [cell["exercise"] for cell in unit.body["cells"] if "exercise" in cell]
            told.exercises, told.moved = len(bodies), sum(len(one.moved()) for one in unit.exercises.values())
            told.points = round(sum(body["points"] for body in bodies), 6)
            yield told
        self._write_all()

    def _write_all(self) -> None:
        if not self.moved:
            return
        self._into.mkdir(parents=True, exist_ok=True)
        units = [unit for _, unit, _ in self.moved]
        for unit in units:
            (self._into / f"{unit.id}.yaml").write_text(write_yaml(unit.body), encoding="utf-8")
        head = _head(self._into, self.title, units, sorted(self._files))
        (self._into / "course.yaml").write_text(write_yaml(head), encoding="utf-8")

    def _copy_files(self, folder: Path, told: Converted) -> None:
        """What stands beside the notebook; two notebooks may share a file."""
        clashing = []
        for path in sorted(folder.rglob("*")):
            inner = path.relative_to(folder)
            name = inner.as_posix()
            if path.suffix == ".ipynb" or not _is_data(path, inner):
                continue
            known = self._files.get(name)
            if known is None and path.stat().st_size <= MOST_BYTES:
                target = self._into / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
                self._files[name] = path
            elif known is None:
                why = f"the file is larger than {MOST_BYTES // 1024**2} MB"
                told.refusals.append(Refusal(told.notebook, None, name, why, "let the notebook load it"))
            elif known.read_bytes() != path.read_bytes():
                clashing.append(name)
        if clashing:
            why = f"another assignment has other files of these names ({len(clashing)}), and a course has each once"
            told.refusals.append(Refusal(told.notebook, None, clashing[0], why, "make each folder a course of its own"))


def _is_data(path: Path, inner: Path) -> bool:
    is_hidden = any(part.startswith((".", "__pycache__")) for part in inner.parts)
    is_unit = len(inner.parts) == 1 and path.suffix in (".yaml", ".yml")
    is_pattern = re.search(r"[*?\[\]]", inner.as_posix())  # `files` would read it as one
    return not (is_hidden or is_unit or is_pattern or path.is_symlink()) and path.is_file()


async def _without_failing(
    loaded: LoadedCourse, grader: Grader, notebook: str, name: str, exercise: Exercise, passed: set[tuple[str, str]]
) -> list[Refusal]:
    """What the author's own solution does not pass is refused, and its points become a person's."""
    try:
        unit, found = loaded.find(name)
    except KeyError:  # the course's errors tell of it
        return []
    above = earlier_solutions(unit, found)
    _, judged = await judge_unrecorded(grader, loaded, name, exercise.answer.solution, above)
    failing = {check.check for check in judged.checks if not check.passed}
    refused = []
    for test in exercise.moved():
        ids = {str(check["id"]) for own, check in exercise.checks if own is test}
        if not all((name, id) in passed for id in ids) and (ids & failing or not judged.checks):
            refused.append(Refusal(notebook, test.cell, test.name, *_reason(judged, ids, test)))
            exercise.checks = [(own, check) for own, check in exercise.checks if own is not test]
    return refused


def _head(into: Path, title: str, units: list[Unit], files: list[str]) -> dict[str, Any]:
    text = "\n".join(cell.get("code", "") for unit in units for cell in unit.body["cells"])
    text += "\n".join(one.answer.solution for unit in units for one in unit.exercises.values())
    head: dict[str, Any] = {"schema": 1, "id": slug(into.name), "title": title, "gate": "none", "limits": LIMITS}
    roots = {found[1] for found in re.finditer(r"^[ \t]*(?:import|from) (\w+)", text, re.MULTILINE)}
    used = (name for name in _PRELOADED if name.partition(".")[0] in roots)
    preload = [name for name in used if find_spec(name.partition(".")[0]) is not None]
    head |= {"preload": preload} if preload else {}
    head |= {"files": files} if files else {}
    return head | {"units": [unit.id for unit in units]}


def _reason(judged: Judgement, ids: set[str], test: Test) -> tuple[str, str]:
    """Why, and what to do where that is known."""
    checks = tuple(check for check in judged.checks if check.check in ids and not check.passed)
    faults = (notice.text for notice in judged.notices if notice.args.get("check") in ids)
    failure = judged.failure or (checks[0].failure if checks else None)
    missing = _NOT_DEFINED.search(failure.message) if failure is not None else None
    if missing and missing[1] in names_made(test.whole):
        told = f"its solution reads `{missing[1]}`, a name that only the test gives it"
        return told, "let the solution use its parameters, as a student's has to"
    if judged.failure is None and checks:
        said = f"{failure.type}: {failure.message}" if failure is not None else checks[0].message
        return f"the author's own solution does not pass it here: {next(faults, '') or said or checks[0].verdict}", ""
    return f"the author's own solution does not run through here: {why(judged)}", ""


def words(told: Converted) -> Iterator[str]:
    """What a person reads of one notebook."""
    yield f"{told.notebook} → {told.unit}.yaml" if told.unit else told.notebook
    if told.unit:
        yield f"    {told.exercises} exercises, {told.points:g} points; {told.moved} of {told.tests} tests moved"
    yield from (f"  ✗ {refusal}" for refusal in told.refusals)
