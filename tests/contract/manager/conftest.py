"""A course on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

COURSE = "schema: 1\nid: basics\ntitle: Basics\nunits: [loops]\n"
UNIT = """
id: loops
title: Loops
cells:
  - exercise:
      id: sum-even
      title: Sum of the even numbers
      points: 2
      statement: Write `sum_even(xs)`.
      starter: "def sum_even(xs): ..."
      solution: "def sum_even(xs): return sum(x for x in xs if x % 2 == 0)"
      checks:
        - call: sum_even([2])
          equals: 2
  - exercise:
      id: maximum
      title: The largest
      statement: Write `maximum(xs)`.
      solution: "def maximum(xs): return max(xs)"
      checks:
        - call: maximum([1])
          equals: 1
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where records are kept: a new file, or the URL of an empty database."""
    if request.param == "sqlite":
        return tmp_path / "records.db"
    url: str = request.getfixturevalue("database")
    return url


@pytest.fixture
def courses(tmp_path: Path) -> Path:
    return write_courses(tmp_path / "courses")


def write_courses(folder: Path) -> Path:
    """A folder of courses that holds this one."""
    (folder / "basics").mkdir(parents=True)
    (folder / "config.yaml").write_text("courses: [basics]\n")
    (folder / "basics" / "course.yaml").write_text(COURSE)
    (folder / "basics" / "loops.yaml").write_text(UNIT)
    return folder
