"""Courses written into a folder, as an author would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from codegym_jlab.course.loader import LoadedCourse, load_course

COURSE = """\
schema: 1
id: basics
title: Basics
units: [loops]
"""
LOOPS = """\
id: loops
title: Loops
cells:
  - markdown: "# Loops"
  - code: "numbers = [3, 1, 2]"
  - exercise:
      id: sum-even
      title: Sum of the even numbers
      points: 2
      concepts: [for loops, modulo]
      statement: Write `sum_even(xs)`, the sum of the even numbers in a list.
      starter: |
        def sum_even(xs):
            ...
      solution: |
        def sum_even(xs):
            return sum(x for x in xs if x % 2 == 0)  # SENTINEL-SOLUTION
      checks:
        - call: sum_even([1, 2, 3, 4])
          equals: 6
        - call: sum_even([770077])
          equals: 0
          hidden: SENTINEL-LABEL
      hints:
        - SENTINEL-HINT
      misconceptions:
        - id: sums-odd
          wrong: "def sum_even(xs): return 'SENTINEL-WRONG'"
          say: SENTINEL-SAY
  - markdown: Between.
  - exercise:
      id: largest
      title: The largest number
      statement: Write `largest(xs)`.
      starter: |
        def largest(xs):
            ...
      solution: |
        def largest(xs):
            return max(xs)  # SENTINEL-SOLUTION
      checks:
        - call: largest([1, 880088])
          equals: 880088
          hidden: SENTINEL-LABEL
"""

Write = Callable[..., LoadedCourse]


def write_course(folder: Path, **files: str) -> LoadedCourse:
    """Write files (`loops=` is loops.yaml) beside the sample course's own, and load it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {"course": COURSE, "loops": LOOPS, **files}.items():
        (folder / f"{name}.yaml").write_text(dedent(text), encoding="utf-8")
    return load_course(folder)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    return lambda **files: write_course(tmp_path / "basics", **files)


@pytest.fixture
def loaded(write: Write) -> LoadedCourse:
    return write()
