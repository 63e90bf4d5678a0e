"""Run by the Python in which nbgrader or Otter is installed, and not by ours: real submissions through the real grader.

Reads one JSON object from standard input: `grader`, `source` (a notebook), `work` (an empty folder) and `submissions`:
[{"id", "answers": {name: text}}], where what is not named stays as students get it. Writes a line of JSON for each:
{"id", "points": {test: [points, most]}}, where a test of Otter's is called `question/number`, or {"id", "error"}.
"""

import contextlib
import json
import logging
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat

SECONDS = 60  #: for a cell
Points = dict[str, tuple[float, float]]


@contextlib.contextmanager
def _at(folder: Path) -> Iterator[None]:
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _beside(source: Path, into: Path) -> None:
    """The files that stand beside the notebook."""
    skipped = shutil.ignore_patterns("*.ipynb", ".*", "dist", "__pycache__")
    shutil.copytree(source.parent, into, ignore=skipped, dirs_exist_ok=True)


def _fill(cells: Mapping[str, list[Any]], answers: Mapping[str, str]) -> None:
    """Answers into their cells: all of one into its first."""
    for name, text in answers.items():
        for place, cell in enumerate(cells.get(name, ())):
            cell["source"] = "" if place else text


class NbGrader:
    """`nbgrader generate_assignment` once, then `nbgrader autograde` for each."""

    def __init__(self, source: Path, work: Path) -> None:
        from nbgrader.apps import NbGraderAPI  # type: ignore[import-not-found]
        from nbgrader.nbgraderformat import MetadataValidator  # type: ignore[import-not-found]
        from traitlets.config import Config

        self._work = work
        _beside(source, work / "source" / "unit")
        notebook = nbformat.read(source, as_version=4)  # type: ignore[no-untyped-call]
        notebook = MetadataValidator().upgrade_notebook_metadata(notebook)
        notebook["metadata"]["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, work / "source" / "unit" / "notebook.ipynb")  # type: ignore[no-untyped-call]
        config = Config()
        config.CourseDirectory.root, config.CourseDirectory.course_id = str(work), "proof"
        config.Execute.timeout = config.ExecutePreprocessor.timeout = SECONDS
        config.NbGraderAPI.log_level = logging.ERROR
        self._api = NbGraderAPI(config=config)
        self._done(self._api.generate_assignment("unit", force=True, create=True))

    def _done(self, told: Mapping[str, Any]) -> None:
        if not told["success"]:
            lines = str(told.get("log") or told.get("error") or "it says no more").splitlines()
            raise RuntimeError(next((line.strip() for line in lines if "Error: " in line), lines[-1])[:400])

    def points(self, number: int, answers: Mapping[str, str]) -> Points:
        """Of one submission."""
        student, name = f"s{number}", "notebook"
        folder = self._work / "submitted" / student / "unit"
        shutil.copytree(self._work / "release" / "unit", folder)
        path = folder / f"{name}.ipynb"
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        cells: dict[str, list[Any]] = {}
        for cell in notebook["cells"]:
            mark = cell["metadata"].get("nbgrader") or {}
            if mark.get("solution") and not mark.get("task"):
                cells.setdefault(str(mark.get("grade_id")), []).append(cell)
        _fill(cells, answers)
        nbformat.write(notebook, path)  # type: ignore[no-untyped-call]
        self._done(self._api.autograde("unit", student, force=True, create=True))
        with self._api.gradebook as book:
            grades = book.find_submission_notebook(name, "unit", student).grades
            return {grade.name: (float(grade.auto_score or 0), float(grade.max_score)) for grade in grades}


class Otter:
    """`otter assign` once, then what `otter run` does for each."""

    def __init__(self, source: Path, work: Path) -> None:
        from otter.assign import main as assign  # type: ignore[import-not-found]
        from otter.generate import main as generate  # type: ignore[import-not-found]

        self._work, folder = work, work / "above" / "above" / "source"
        _beside(source, folder)
        for above, like in zip(source.parent.parents[:3], folder.parents, strict=False):  # `config_file: ../assign.yml`
            for file in (one for one in above.iterdir() if one.suffix in (".yml", ".yaml", ".txt")):
                (like / file.name).symlink_to(file)
        shutil.copyfile(source, folder / "notebook.ipynb")
        with _at(folder):
            assign(str(folder / "notebook.ipynb"), str(work / "dist"), no_pdfs=True, no_run_tests=True)
        made = next((work / "dist" / "autograder").glob("*.zip"), None)
        if made is None:
            made = work / "autograder.zip"
            with _at(work / "dist" / "autograder"):
                generate(tests_dir="tests", output_path=str(made), no_environment=True)
        self._zip = made

    def points(self, number: int, answers: Mapping[str, str]) -> Points:
        """Of one submission."""
        from otter.api import grade_submission  # type: ignore[import-not-found]

        path = self._work / "dist" / "student" / "notebook.ipynb"
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        _fill(_otter_cells(notebook["cells"]), answers)
        folder = self._work / "submitted" / str(number)
        _beside(path, folder)
        nbformat.write(notebook, folder / "notebook.ipynb")  # type: ignore[no-untyped-call]
        told = grade_submission(str(folder / "notebook.ipynb"), str(self._zip), quiet=True)
        found = {}
        for question, file in told.results.items():
            cases = file.test_case_results
            for place, case in enumerate(cases, 1):
                most = float(case.test_case.points or 0)
                passed = all(one.passed for one in cases) if file.all_or_nothing else case.passed
                found[f"{question}/{place}"] = (most if passed else 0.0, most)
        return found


def _otter_cells(cells: list[Any]) -> dict[str, list[Any]]:
    """Answers' cells by the question whose check comes next: that is the order in which Otter Assign writes them."""
    found = {}
    waiting: list[Any] = []
    is_apart = False  #: by text, which may also stand between an answer and its check
    for cell in cells:
        if "otter_answer_cell" in cell["metadata"].get("tags", ()):
            waiting, is_apart = [cell] if is_apart else [*waiting, cell], False
        elif cell["cell_type"] == "code" and "grader.check(" in cell["source"]:
            name = cell["source"].partition("grader.check(")[2].strip("\"') \n")
            found[name], waiting = waiting, []
        is_apart |= cell["cell_type"] == "markdown"
    return found


def _answered(order: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    kind = NbGrader if order["grader"] == "nbgrader" else Otter
    grader = kind(Path(order["source"]), Path(order["work"]))
    for number, sent in enumerate(order["submissions"]):
        try:
            yield {"id": sent["id"], "points": grader.points(number, sent["answers"])}
        except Exception as error:  # whatever a grader makes of a notebook
            yield {"id": sent["id"], "error": f"{type(error).__name__}: {error}"}


def main() -> None:
    """See the module."""
    order, told = json.load(sys.stdin), sys.stdout
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"  # of its own tools
    with contextlib.redirect_stdout(sys.stderr):
        for line in _answered(order):
            print(json.dumps(line), file=told, flush=True)


if __name__ == "__main__":
    main()
