"""A folder of another grader's notebooks → a course. What its own solution does not pass here is refused."""

import os
import re
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from codegym_jlab.course.loader import LoadedCourse, load_course
from codegym_jlab.course.yaml_source import write_yaml
from codegym_jlab.grading.batch import in_order
from codegym_jlab.records import Failure, Json, plain
from codegym_jlab.sandbox.base import Sandbox

from ..survivors import with_exercise
from .names import names_made
from .parts import Assignment, Refusal, Test, Unfit
from .units import LIMITS, Exercise, Unit, exercise_body, slug, unit_of, with_names
from .walk import MISSING, Walk

#: A notebook of nbformat 4 → its parts.
Reader = Callable[[str, Json], Assignment]
_CONFIG_FILE = re.compile(r"^config_file:\s*[\"']?([^\s\"'#]+)", re.MULTILINE)
BESIDE = len(os.sched_getaffinity(0)) + 1  #: notebooks that are run at the same time
_PRELOADED = ("numpy", "pandas", "matplotlib.pyplot", "scipy", "seaborn")
_MADE = frozenset({"release", "submitted", "autograded", "feedback", "student", "autograder", "dist"})

_OPEN = "open it in Lab, and save it again"
_MEND = "run the notebook from its top, and mend the solution, the test or the cell that stops"

_ENTER = """\
import os, sys

if os.path.isdir("{0}"):  # the files of this notebook
    os.chdir("{0}")
    sys.path.insert(0, os.getcwd())"""


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

    def as_json(self) -> Json:
        """A line for programs."""
        return plain(self, "refusals") | {"refused": [plain(one, "notebook") for one in self.refusals]}


def notebooks_in(source: Path) -> list[Path]:
    """A notebook, those of an assignment's folder, or of all assignments below nbgrader's `source`."""
    if source.is_file():
        return [source]
    root = source / "source" if (source / "source").is_dir() else source
    found = (path.relative_to(root) for path in root.rglob("*.ipynb"))
    own = (path for path in found if not any(part.startswith(".") or part in _MADE for part in path.parts[:-1]))
    if root != source:  # what lies beside the assignments' folders is of none, as `header.ipynb`
        own = (path for path in own if len(path.parts) > 1)
    return [root / path for path in sorted(own)]


def read_notebook(content: bytes) -> Json:
    """Of nbformat 4, in Python. Raises Unfit."""
    import nbformat

    try:
        notebook: Json = nbformat.reads(content.decode("utf-8-sig"), as_version=4)  # type: ignore[no-untyped-call]
    except Exception as error:  # whatever a damaged file makes of nbformat
        raise Unfit(f"it is no notebook that can be read ({type(error).__name__}: {error})", _OPEN) from None
    language = notebook["metadata"].get("kernelspec", {}).get("language") or "python"
    if language.lower() != "python":
        raise Unfit(f"it is in {language}", "only notebooks in Python are moved")
    return notebook


def _with_config(notebook: Json, folder: Path) -> Json:
    """With what Otter's first cell has in a file of its own."""
    for cell in notebook["cells"]:
        named = _CONFIG_FILE.search(cell["source"]) if cell["cell_type"] == "raw" else None
        if named and (folder / named[1]).is_file():
            cell["source"] += "\n" + (folder / named[1]).read_text(encoding="utf-8", errors="replace")
    return notebook


class Conversion:
    """A course that is made of notebooks, in a new folder."""

    def __init__(self, source: Path, into: Path, read: Reader, title: str) -> None:
        """Raises Unfit where there is nothing to move, or no new folder."""
        self._source, self._into, self._read = source, into, read
        self.title = title or source.resolve().stem
        self._files: set[str] = set()  #: that were put into the course
        self._own_folders: dict[Path, str] = {}  #: of the course's; empty where all share one
        self.moved: list[tuple[Converted, Unit, Path]] = []  #: with the old notebook
        self._unread: list[Converted] = []
        self.notebooks = notebooks_in(source)
        if not self.notebooks:
            raise Unfit(f"there is no notebook at {source}")
        if into.exists() and any(into.iterdir()):
            raise Unfit(f"{into} holds something already", "name a new folder")

    def write(self) -> None:
        """The course as it is read, its tests not tried yet; nothing where no notebook can be read."""
        taken: set[str] = set()
        for path in self.notebooks:
            name = path.name if self._source.is_file() else path.relative_to(self._source).as_posix()
            told = Converted(name)
            try:
                assignment = self._read(name, _with_config(read_notebook(path.read_bytes()), path.parent))
            except Unfit as error:
                told.refusals.append(Refusal(name, None, "", error.why, error.mend))
                self._unread.append(told)
                continue
            unit = unit_of(assignment, [one.id for _, one, _ in self.moved], taken)
            told.unit, told.tests, told.refusals = unit.id, assignment.tests, assignment.refusals
            self._copy_files(path.parent, unit)
            for place, content in assignment.files.items():
                self._put(place, content)
            self.moved.append((told, unit, path))
        self._write_all()

    async def prove(self, sandbox: Sandbox) -> AsyncIterator[Converted]:
        """Let the authors' solutions be judged: a test that they do not pass is refused, its points are a person's."""
        for told in self._unread:
            yield told
        if not self.moved:
            return
        loaded = load_course(self._into)
        works = (_proved(loaded, sandbox, told, unit) for told, unit, _ in self.moved)
        async for told in in_order(works, BESIDE):
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

    def _put(self, place: str, content: bytes) -> None:
        target = self._into / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        self._files.add(place)

    def _copy_files(self, folder: Path, unit: Unit) -> None:
        """What stands beside the notebook; where another has other files of these names, in a folder of their own."""
        found = ((path.relative_to(folder), path) for path in sorted(folder.rglob("*")))
        beside = {inner.as_posix(): path for inner, path in found if _is_data(path, inner)}
        if folder not in self._own_folders:
            taken = {name.partition("/")[0] for name in self._files}
            known = beside.keys() & self._files
            is_other = any((self._into / name).read_bytes() != beside[name].read_bytes() for name in known)
            self._own_folders[folder] = slug(folder.name, taken) if is_other else ""
        own = self._own_folders[folder]
        for name, path in beside.items():
            place = f"{own}/{name}" if own else name
            if place not in self._files:
                self._put(place, path.read_bytes())
        if own:
            _move_into(unit, own, beside.keys())


async def _proved(loaded: LoadedCourse, sandbox: Sandbox, told: Converted, unit: Unit) -> Converted:
    """Run the notebook with its solutions; what does not pass in it is refused."""
    for error in loaded.errors:
        if error.file == f"{unit.id}.yaml":
            cell = unit.exercises[error.exercise].answer.cell if error.exercise in unit.exercises else None
            why = f"{error.file}:{error.line}: {error.problem}"
            told.refusals.append(Refusal(told.notebook, cell, error.exercise or "", why, error.mend))
    walk = await _walked(loaded, sandbox, unit)
    if walk and walk.handed:  # once more, with what tests hand to an answer as the student's
        changed = loaded
        for name, names in walk.handed.items():
            _, one = loaded.find(name)
            changed = with_exercise(changed, one.model_copy(update={"solution": with_names(one.solution, names)}))
        again = await _walked(changed, sandbox, unit)
        if again and again.passed.keys() > walk.passed.keys():
            for name, names in walk.handed.items():
                unit.exercises[name].bound |= dict.fromkeys(names)
            walk = again
    for name, exercise in unit.exercises.items():
        told.refusals += _without_failing(loaded, told.notebook, name, exercise, walk)
    for cell in unit.body["cells"]:
        if body := cell.get("exercise"):
            cell["exercise"] = exercise_body(body["id"], body["statement"], unit.exercises[body["id"]])
            told.points = round(told.points + cell["exercise"]["points"], 6)
    told.exercises, told.moved = len(unit.exercises), sum(len(one.moved()) for one in unit.exercises.values())
    return told


async def _walked(loaded: LoadedCourse, sandbox: Sandbox, unit: Unit) -> Walk | None:
    """One run of the notebook with its solutions; the unit is told what comes of it."""
    known = next((one for one in loaded.units if one.id == unit.id), None)
    if known is None or not known.exercises:
        return None
    walk = Walk(loaded, sandbox, known)
    await walk.go()
    for cell in unit.body["cells"]:
        if cell.get("code") is not None and cell["code"].strip() in walk.failing:
            cell["fails"] = True
    for name, exercise in unit.exercises.items():
        for _, check in exercise.checks:
            if walk.passed.get((name, str(check["id"]))):
                check["objects"] = "any"
    return walk


def _move_into(unit: Unit, own: str, names: Collection[str]) -> None:
    """Let a notebook work in a folder of the course's."""

    def placed(found: re.Match[str]) -> str:
        return found[1] + (f"{own}/{found[2]}" if found[2] in names else found[2])

    for cell in unit.body["cells"]:
        holder, key = (cell["exercise"], "statement") if "exercise" in cell else (cell, "markdown")
        if key in holder:
            holder[key] = re.sub(r"""(\]\(|src=["']?)(?:\./)?([^\s"'()>]+)""", placed, holder[key])
    unit.body["cells"].insert(0, {"code": _ENTER.format(own)})


def _is_data(path: Path, inner: Path) -> bool:
    is_hidden = any(part.startswith((".", "__pycache__")) for part in inner.parts)
    is_unit = len(inner.parts) == 1 and path.suffix in (".yaml", ".yml")
    is_pattern = re.search(r"[*?\[\]]", inner.as_posix())  # `files` would read it as one
    is_none = is_hidden or is_unit or is_pattern or path.suffix == ".ipynb" or path.is_symlink()
    return not is_none and path.is_file()


def _without_failing(
    loaded: LoadedCourse, notebook: str, name: str, exercise: Exercise, walk: Walk | None
) -> list[Refusal]:
    """What the author's own solution does not pass is refused, and its points become a person's."""
    tests, refused = exercise.moved(), []
    if walk is None or all(name != one.id for one in loaded.exercises):  # the course's errors tell of it
        exercise.checks = []
        why, mend = f"its exercise `{name}` cannot be read", f"see what is said of cell {exercise.answer.cell}"
        return [Refusal(notebook, test.cell, test.name, why, mend) for test in tests]
    for test in tests:
        stopped, ids = walk.broken.get(name), [str(check["id"]) for own, check in exercise.checks if own is test]
        failed = [id for id in ids if (name, id) not in walk.passed]
        if failed and ids[-1] in failed:
            failure = stopped or walk.said.get((name, failed[0]), Failure("", "the sandbox ended before it"))
            way, cause = "run through" if stopped else "pass it", _absent(loaded, failure) or failure
            refused.append(Refusal(notebook, test.cell, test.name, *_reason(cause, test, walk.broken, way)))
            failed = ids
        # what students saw may need what only the hidden part gives: without it the points are the same
        exercise.checks = [(own, check) for own, check in exercise.checks if check["id"] not in failed]
    return refused


def _head(into: Path, title: str, units: list[Unit], files: list[str]) -> Json:
    text = "\n".join(cell.get("code", "") for unit in units for cell in unit.body["cells"])
    text += "\n".join(one.answer.solution for unit in units for one in unit.exercises.values())
    head = {"schema": 1, "id": slug(into.name), "title": title, "gate": "none", "limits": LIMITS}
    roots = re.findall(r"^[ \t]*(?:import|from) (\w+)", text, re.MULTILINE)
    preload = [name for name in _PRELOADED if name.partition(".")[0] in roots]
    head |= {"preload": preload} if preload else {}
    head |= {"files": files} if files else {}
    return head | {"units": [unit.id for unit in units]}


def _absent(loaded: LoadedCourse, failure: Failure) -> Failure | None:
    """The package that is missing, where a test imports it: a `code` check takes it for a module of the answer's."""
    lacks = re.search(r"module '(\w{1,80})[.\w]{0,200}' has no attribute", failure.message)
    own = {place.partition("/")[0].removesuffix(".py") for place, _ in loaded.data_files}
    if lacks is None or lacks[1] in (*own, "__main__") or find_spec(lacks[1]) is not None:
        return None
    return Failure("ModuleNotFoundError", f"No module named '{lacks[1]}'")


def _reason(failure: Failure, test: Test, broken: Mapping[str, Failure], way: str) -> tuple[str, str]:
    """Why, and what to do."""
    told, known = f"the author's own solution does not {way} here", dict(broken)
    while missing := re.search(r"name '(\w{1,80})' is not defined", failure.message):
        if missing[1] in names_made(test.whole):
            told = f"its solution reads `{missing[1]}`, a name that only the test gives it"
            return told, "let the solution use its parameters, as a student's has to"
        if not (makes := known.keys() & {missing[1]} or known.keys() & {"*"}):
            break
        told = f"it needs `{missing[1]}`, and the cell that makes it does not run here"
        failure = known.pop(*makes)
    parts = (told, "" if failure.type in failure.message else failure.type, failure.message)
    return ": ".join(part for part in parts if part), MISSING.get(failure.type) or _MEND


def words(told: Converted) -> Iterator[str]:
    """What a person reads of one notebook."""
    yield f"{told.notebook} → {told.unit}.yaml" if told.unit else told.notebook
    if told.unit:
        yield f"    {told.exercises} exercises, {told.points:g} points; {told.moved} of {told.tests} tests moved"
    yield from (f"  ✗ {refusal}" for refusal in told.refusals)
