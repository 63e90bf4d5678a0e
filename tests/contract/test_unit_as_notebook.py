"""`units: [intro.ipynb]`: a notebook in the habit of nbgrader or Otter is a unit, as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from contract.test_convert import DOUBLE, PICTURE, TESTS, graded, marked, saved
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell
from typer.testing import CliRunner

from codegym_jlab.authoring.placement import place
from codegym_jlab.cli import app
from codegym_jlab.course.loader import load_course
from codegym_jlab.course.notebook import unit_notebook
from codegym_jlab.course.snapshot import freeze, thaw
from codegym_jlab.course.yaml_source import NoPlace

HEAD = "schema: 1\nid: c\ntitle: C\nunits: [one.ipynb, Home work.ipynb]\n"
QUESTION = (
    new_raw_cell("# BEGIN QUESTION\nname: q1\npoints: 2"),
    new_markdown_cell("**Question 1.** Set `x` to 5."),
    new_raw_cell("# BEGIN SOLUTION"),
    new_code_cell("x = 5 # SOLUTION"),
    new_raw_cell("# END SOLUTION"),
    new_raw_cell("# BEGIN TESTS"),
    new_code_cell("assert isinstance(x, int)"),
    new_code_cell("# HIDDEN\nassert x == 5"),
    new_raw_cell("# END TESTS"),
    new_raw_cell("# END QUESTION"),
)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    folder = tmp_path / "course"
    text = new_markdown_cell("## Doubling\n![it](attachment:a.png)\nWrite it.")
    text["attachments"] = {"a.png": {"image/png": PICTURE}}
    plain = (new_code_cell(DOUBLE), new_code_cell("assert double(0) == 0"), new_code_cell(TESTS))
    saved(folder, new_code_cell("SCALE = 1"), text, *plain, name="one")
    saved(folder, *QUESTION, name="Home work")
    (folder / "course.yaml").write_text(HEAD)
    return folder


def check(course: Path) -> Any:
    return CliRunner().invoke(app, ["check", str(course), "--no-mutants"])


@pytest.mark.full
def test_its_answers_are_graded_and_students_see_no_solution(course: Path, tmp_path: Path) -> None:
    assert check(course).exit_code == 0, check(course).output
    assert graded(course, "double", "def double(x):\n    return x + x", tmp_path) == (2, 2)
    assert graded(course, "double", "def double(x):\n    return 4 if x else 0", tmp_path) == (1, 2)
    assert graded(course, "q1", "x = 4", tmp_path)[0] < graded(course, "q1", "x = 5", tmp_path)[0] == 2

    loaded = load_course(course)
    assert loaded.course is not None and [unit.id for unit in loaded.course.units] == ["one", "home-work"]
    notebook = json.dumps([unit_notebook(loaded, unit) for unit in loaded.course.units], default=str)
    assert "SCALE = 1" in notebook and f"data:image/png;base64,{PICTURE}" in notebook
    assert not [text for text in ("2 * x", "-1.5", "x == 5", "BEGIN") if text in notebook]
    assert thaw(freeze(course).files, tmp_path / "copy").digest == loaded.digest


def test_it_is_no_file_for_students_and_drafts_go_elsewhere(course: Path) -> None:
    (course / "course.yaml").write_text(HEAD + "files: ['*.ipynb']\n")
    loaded = load_course(course)
    assert ["would be given to students" in error.problem for error in loaded.errors] == [True, True]
    assert loaded.data_files == ()
    with pytest.raises(NoPlace, match="one.ipynb is a notebook"):
        place(loaded, "one", "- {call: double(1), equals: 2}", "double", "checks")


def test_what_cannot_be_read_is_told_with_its_cell(course: Path) -> None:
    saved(course, new_code_cell(DOUBLE), new_code_cell("assert In[3]\n" + TESTS), name="one")
    (course / "Home work.ipynb").write_text("{")
    told = check(course)
    assert told.exit_code == 1
    assert "one.ipynb:2: `cell-2`: it reads `In[`, which only a running notebook has" in told.output.replace("\n", " ")
    assert "Home work.ipynb:1: it is no notebook that can be read" in told.output.replace("\n", " ")

    saved(course, marked(DOUBLE, "double", answer=True), name="one")
    saved(course, *QUESTION, name="Home work")
    saved(course, *QUESTION, name="One")
    (course / "course.yaml").write_text(HEAD.replace("]", ", One.ipynb]"))
    assert [str(error) for error in load_course(course).errors] == [
        "One.ipynb:1: the id `one` is another unit's; give the file another name"
    ]
