"""Which earlier answers run before an answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegym_jlab.course.loader import load_course
from codegym_jlab.grading.grader.plan import student_plan
from codegym_jlab.records import Cell

UNIT = """
id: one
title: One
cells:
  - exercise:
      id: gap
      title: Gap
      answer: fill
      statement: Fill it.
      starter: x = ____ + 1
      solution: x = 2 + 1
      checks:
        - call: x
          equals: 3
  - exercise:
      id: broken
      title: Broken
      answer: debug
      statement: Mend it.
      starter: y = 1 + "1"
      solution: y = 1 + 1
      checks:
        - call: y
          equals: 2
  - exercise:
      id: last
      title: Last
      statement: Say it.
      solution: z = 1
      checks:
        - call: z
          equals: 1
"""


@pytest.mark.parametrize(
    ("gap", "broken", "run"),
    [
        ("x = ____ + 1", 'y = 1 + "1"\n', []),
        ("x = 2 + 1", 'y = 1 + "1"', ["x = 2 + 1"]),
        ("x = ____ + 2", "y = 2", ["x = ____ + 2", "y = 2"]),
    ],
)
def test_gaps_and_a_broken_program_run_once_somebody_has_touched_them(
    tmp_path: Path, gap: str, broken: str, run: list[str]
) -> None:
    (tmp_path / "course.yaml").write_text("schema: 1\nid: small\ntitle: Small\nunits: [one]\n")
    (tmp_path / "one.yaml").write_text(UNIT)
    loaded = load_course(tmp_path)
    assert loaded.course is not None and loaded.errors == ()
    (unit,) = loaded.course.units
    cells = [Cell(gap, "c1", "answer", "gap"), Cell(broken, "c2", "answer", "broken")]
    plan = student_plan(unit, unit.exercises[-1], cells, "z = 1")
    assert [cell.text for cell in plan if cell.kind == "student"] == run
