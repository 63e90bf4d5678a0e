"""The example course is one that a teacher may begin from."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegym_jlab.course.loader import load_course
from codegym_jlab.course.templates import NotWritten, put_example


def test_it_loads_without_a_mistake(tmp_path: Path) -> None:
    folder = put_example(tmp_path / "courses")
    loaded = load_course(folder)
    assert not loaded.errors and loaded.course is not None
    (exercise,) = (exercise for unit in loaded.course.units for exercise in unit.exercises)
    assert exercise.hints and exercise.misconceptions


def test_it_touches_nothing_that_is_there(tmp_path: Path) -> None:
    mine = tmp_path / "first-course" / "course.yaml"
    mine.parent.mkdir()
    mine.write_text("mine")
    with pytest.raises(NotWritten, match="another name"):
        put_example(tmp_path)
    assert mine.read_text() == "mine"


def test_a_folder_that_cannot_be_one_is_said(tmp_path: Path) -> None:
    (tmp_path / "courses").write_text("a file")
    with pytest.raises(NotWritten):
        put_example(tmp_path / "courses")
