"""A course written in a test, and answers to it judged in a real sandbox.

Where there is none tests skip; under CI they fail.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml

from codegym_jlab.course.loader import LoadedCourse, load_course
from codegym_jlab.grading.feedback import student_view
from codegym_jlab.grading.grader.grader import Grader
from codegym_jlab.grading.grader.plan import limits_of
from codegym_jlab.records import Cell, CheckResult, Judgement, Kind, Submission
from codegym_jlab.sandbox import SandboxUnavailable, open_sandbox

T = TypeVar("T")


class Classroom:
    """One sandbox and one grader, on an event loop of their own; tests call it without async."""

    def __init__(self, level: str | None = None) -> None:
        self._runner = asyncio.Runner()
        self.sandbox = self.run(open_sandbox(level or os.environ.get("CODEGYM_SANDBOX") or None))
        self.grader = Grader(self.sandbox, key=b"a key of the tests")

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine."""
        return self._runner.run(work)

    def judge(
        self,
        loaded: LoadedCourse,
        exercise: str,
        source: str,
        cells: Sequence[Cell | str] = (),
        kind: Kind = Kind.SUBMIT,
    ) -> Judged:
        """An answer, judged."""
        sent = submission(loaded, exercise, source, cells, kind)
        return Judged(loaded, sent, self.run(self.grader.judge(loaded, sent)))

    def close(self) -> None:
        """End the sandbox."""
        self.run(self.grader.close())
        self.run(self.sandbox.close())
        self._runner.close()


class Judged:
    """A judgement, with what a test asks of it."""

    def __init__(self, loaded: LoadedCourse, sent: Submission, judgement: Judgement) -> None:
        self.loaded, self.submission, self.judgement = loaded, sent, judgement
        _, self.exercise = loaded.find(sent.exercise)

    @property
    def verdict(self) -> str:
        """The judgement's own verdict, as staff see it."""
        return self.judgement.verdict.value

    @property
    def verdicts(self) -> list[str]:
        """Those of the checks."""
        return [check.verdict.value for check in self.judgement.checks]

    @property
    def first(self) -> CheckResult:
        """The first check's result."""
        return self.judgement.checks[0]

    @property
    def notices(self) -> list[str]:
        """What is told beside it."""
        return [notice.text for notice in self.judgement.notices]

    @property
    def view(self) -> dict[str, Any]:
        """What the student sees."""
        limits = limits_of(self.loaded, self.exercise.id)
        return student_view(self.judgement, self.submission, self.exercise, limits=limits)


def open_classroom(level: str | None = None) -> Classroom:
    """A classroom at that sandbox level, or at the best. Where there is none the test is skipped; under CI it fails."""
    try:
        return Classroom(level)
    except SandboxUnavailable as why:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no sandbox here: {why}")


@pytest.fixture(scope="module")
def room() -> Iterator[Classroom]:
    """One at the best level, for the tests of a module."""
    classroom = open_classroom()
    yield classroom
    classroom.close()


def submission(
    loaded: LoadedCourse, exercise: str, source: str, cells: Sequence[Cell | str] = (), kind: Kind = Kind.SUBMIT
) -> Submission:
    """A send of one answer; a text among the cells is a plain cell of the student's."""
    above = tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in cells)
    now = datetime.now(UTC)
    return Submission("s1", f"local:{loaded.id}", loaded.id, exercise, "p1", "p1", kind, source, above, "k1", now)


def course_of(folder: Path, *cells: dict[str, Any], **head: Any) -> LoadedCourse:
    """A course of one unit with these cells; an exercise may leave out what does not matter to the test."""
    unit = {"id": "unit", "title": "Unit", "cells": [_whole(cell) for cell in cells]}
    course = {"schema": 1, "id": "course", "title": "Course", "units": ["unit"], **head}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "course.yaml").write_text(yaml.safe_dump(course, sort_keys=False))
    (folder / "unit.yaml").write_text(yaml.safe_dump(unit, sort_keys=False))
    loaded = load_course(folder)
    assert not loaded.errors, loaded.errors
    return loaded


def _whole(cell: dict[str, Any]) -> dict[str, Any]:
    if "checks" not in cell:
        return cell
    task = {"id": "task", "title": "Task", "statement": "Do it.", "solution": "def f(x): return x"}
    return {"exercise": task | cell}
