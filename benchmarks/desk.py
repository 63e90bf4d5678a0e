"""Where the benchmarks work: a scratch folder with a course of their own, answers nobody has sent before, a sandbox."""

from __future__ import annotations

import os
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAUSE_S = 0.03  #: between two answers, as between two students' clicks: spares are forked in it

_EXERCISE = """\
  - exercise:
      id: {id}
      title: {id}
      statement: Write `{id}(x)`.
      starter: |
        def {id}(x):
            ...
      solution: |
        def {id}(x):
            return {n} * x
      hints: [One., Two., Three., Four., Five., Six., Seven., Eight.]
      policy: {{hints: {{cooldown_s: 0}}}}
      checks:
        - call: {id}(1)
          equals: {n}
        - call: {id}(0)
          equals: 0
        - call: {id}(-3)
          equals: -{n}*3
          hidden: a negative number
        - call: {id}("ab")
          equals_expr: "'ab' * {n}"
          hidden: a text
        - call: {id}([1])
          equals_expr: "[1] * {n}"
          hidden: a list
"""
#: Name of the exercise and what it multiplies with: the three of the notebook that peers are timed on.
EXERCISES = {"twice": 2, "thrice": 3, "fourfold": 4}


@dataclass(frozen=True, slots=True)
class Desk:
    """What the parts are given."""

    root: Path
    rounds: int
    say: Callable[[str], None]

    @property
    def course(self) -> Path:
        """The course folder; its catalogue is the folder above."""
        return self.root / "courses" / "bench"

    def scratch(self, name: str) -> Path:
        """A fresh folder."""
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.root))


@contextmanager
def desk(rounds: int, say: Callable[[str], None]) -> Iterator[Desk]:
    """A scratch folder with two courses: `bench`, and `tables`, which preloads numpy and pandas."""
    with tempfile.TemporaryDirectory(prefix="codegym-bench-") as scratch:
        courses = Path(scratch) / "courses"
        unit = "id: one\ntitle: One\ncells:\n" + "".join(exercise_text(name) for name in EXERCISES)
        for course, more in (("bench", ""), ("tables", "preload: [numpy, pandas]\n")):
            (courses / course).mkdir(parents=True)
            (courses / course / "one.yaml").write_text(unit)
            (courses / course / "course.yaml").write_text(
                f"schema: 1\nid: {course}\ntitle: {course}\n{more}units: [one]\n"
            )
        (courses / "config.yaml").write_text("courses: [bench, tables]\n")
        yield Desk(Path(scratch), rounds, say)


def exercise_text(name: str) -> str:
    """One of the exercises, as it stands in a unit."""
    n = EXERCISES[name]
    return _EXERCISE.replace("equals: -{n}*3", f"equals: {-3 * n}").format(id=name, n=n)


def answer(name: str = "twice") -> str:
    """A right answer that nobody has sent before."""
    return f"def {name}(x):\n    return {EXERCISES[name]} * x\n# {secrets.token_hex(8)}\n"


@asynccontextmanager
async def sandbox() -> AsyncIterator[Any]:
    """The sandbox in force here."""
    from codegym_jlab.sandbox.levels import open_sandbox

    opened = await open_sandbox(os.environ.get("CODEGYM_SANDBOX") or None)
    try:
        yield opened
    finally:
        await opened.close()


@contextmanager
def timed(into: list[float]) -> Iterator[None]:
    """Adds the milliseconds that its body took."""
    began = time.perf_counter()
    yield
    into.append((time.perf_counter() - began) * 1000)
