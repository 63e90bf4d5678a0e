"""How much the shipped courses hold: a term of Python, a part of one with tables."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from codegym_jlab.course.catalogue import Catalogue, load_catalogue
from codegym_jlab.course.schema import Course

COURSES = Path(__file__).parents[3] / "courses"


@cache
def shipped() -> Catalogue:
    """All courses, read once."""
    return load_catalogue(COURSES)


def course_of(name: str) -> Course:
    course = shipped().courses[name].course
    assert course is not None
    return course


@pytest.mark.parametrize(("name", "units", "exercises"), [("python-basics", 12, 90), ("data-with-pandas", 5, 20)])
def test_a_course_is_as_long_as_it_is_meant_to_be(name: str, units: int, exercises: int) -> None:
    course = course_of(name)
    assert all(unit.exercises for unit in course.units)
    assert len(course.units) >= units
    assert sum(len(unit.exercises) for unit in course.units) >= exercises


def test_each_course_that_ships_is_listed_and_can_be_read() -> None:
    catalogue = shipped()
    assert list(catalogue.courses) == ["python-basics", "data-with-pandas", "shell-basics"]
    assert [error for loaded in catalogue.courses.values() for error in loaded.errors] == []


def test_a_course_with_a_kernel_of_its_own_says_which_command_brings_it() -> None:
    described = course_of("shell-basics").description
    words = (COURSES.parent / "labextension" / "src" / "grading" / "words.ts").read_text()
    command = re.search(r"'(pip install bash_kernel && [^']+)'", words)
    assert command and command[1] in described


def test_python_basics_is_of_many_kinds_and_helps_everywhere() -> None:
    """A unit ends with a sheet that links to Python's own tutorial; an exercise has hints and words on mistakes."""
    units = course_of("python-basics").units
    exercises = [exercise for unit in units for exercise in unit.exercises]
    assert len({exercise.answer for exercise in exercises}) >= 6
    assert [
        unit.id for unit in units if "https://docs.python.org/3/" not in getattr(unit.cells[-1], "markdown", "")
    ] == []
    helped = [e for e in exercises if e.hints and (e.misconceptions or e.choices or e.answer == "text")]
    assert [e.id for e in exercises if e not in helped] == []


def test_a_foreseen_mistake_in_python_is_python() -> None:
    """One that cannot even be read is told as a syntax error, and its own word never comes."""
    exercises = [exercise for unit in course_of("python-basics").units for exercise in unit.exercises]
    for exercise in exercises:
        for mistake in exercise.misconceptions if exercise.answer != "predict" else ():
            assert ast.parse(mistake.wrong), (exercise.id, mistake.id)


def reads_a_file(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open"


def calls_itself(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and any(
        isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id == node.name
        for inner in ast.walk(node)
    )


def test_python_basics_asks_for_files_errors_recursion_classes_and_generators() -> None:
    """Each of them in what at least two exercises are answered with."""
    course = course_of("python-basics")
    solutions = [list(ast.walk(ast.parse(e.solution))) for unit in course.units for e in unit.exercises if e.solution]
    asked = {
        "files": reads_a_file,
        "errors": lambda node: isinstance(node, ast.Try | ast.Raise),
        "recursion": calls_itself,
        "classes": lambda node: isinstance(node, ast.ClassDef),
        "generators": lambda node: isinstance(node, ast.Yield | ast.YieldFrom),
    }
    found = {kind: sum(any(map(is_one, nodes)) for nodes in solutions) for kind, is_one in asked.items()}
    assert all(count >= 2 for count in found.values()), found
