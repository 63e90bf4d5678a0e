"""Mutants of a solution: text in, texts out."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from codegym_jlab.authoring.mutants import Mutant, mutants_of, spread
from codegym_jlab.course.loader import load_course
from codegym_jlab.course.schema import PYTHON_KERNELS

COURSES = Path(__file__).parents[3] / "courses"


def changed(source: str, kind: str | None = None) -> list[str]:
    """The changed lines of the mutants of a text, those of one kind."""
    return [line for mutant in mutants_of(source) if kind in (None, mutant.kind) for line in mutant.changed_lines]


CATALOGUE = {
    "comparison": ("def f(x):\n    return x < 3\n", ["return x <= 3", "return x >= 3"]),
    "arithmetic": ("def f(x):\n    return x + 2\n", ["return x - 2"]),
    "boolean": ("def f(a, b):\n    return a and b\n", ["return a or b", "return b", "return a"]),
    "constant": ("def f(x):\n    return x + 2\n", ["return x + 3", "return x + 1"]),
    "string": ('def f(x):\n    return x + "no"\n', ['return x + "nox"', 'return x + ""']),
    "condition": ("def f(x):\n    if x:\n        print(x)\n", ["if not x:", "if True:", "if False:"]),
    "return": ("def f(x):\n    return x\n", ["return None"]),
    "index": ("def f(x):\n    return x[0]\n", ["return x[1]", "return x[-1]"]),
    "range": (
        "def f(n):\n    for i in range(n):\n        print(i)\n",
        ["for i in range(n + 1):", "for i in range(n - 1):"],
    ),
    "call": ("def f(a, b):\n    return pow(a, b)\n", ["return pow(b, a)"]),
    "statement": ("def f(x):\n    x.sort()\n    return x\n", ["pass"]),
}


@pytest.mark.parametrize("kind", CATALOGUE)
def test_each_kind_makes_the_mistakes_of_its_kind(kind: str) -> None:
    source, lines = CATALOGUE[kind]
    assert changed(source, kind) == lines


@pytest.mark.parametrize(
    ("source", "kind", "lines"),
    [
        (
            "def f(x):\n    return x[1:n]\n",
            "index",
            ["return x[:n]", "return x[1:]", "return x[1:n + 1]", "return x[2:n]", "return x[0:n]"],
        ),
        ("def f(x):\n    x += 1\n", "arithmetic", ["x -= 1", "x = 1"]),
        ("def f(x):\n    return -x\n", "arithmetic", ["return x"]),
        ("def f(x):\n    return not x\n", "boolean", ["return x"]),
        ("def f(x):\n    return min(x)\n", "call", ["return max(x)"]),
        ("def f(x):\n    return sorted(x, key=len)\n", "call", ["return x", "return sorted(x)"]),
        ("def f(x):\n    return x.strip()\n", "call", ["return x"]),
        ("def f(x):\n    yield x\n", "return", ["yield None"]),
        ("def f():\n    raise KeyError(1)\n", "statement", ["pass"]),
        ("try:\n    f()\nexcept (KeyError, ValueError):\n    g()\n", "statement", ["pass", "pass", "pass"]),
        ("for x in y:\n    if x:\n        continue\n    f(x)\n", "statement", ["pass", "break", "pass", "pass"]),
        ('def f(n):\n    return f"{n + 1:.2f} km"\n', "string", ['return f"{n + 1:.2f} k"']),
        ('def f(n):\n    return f"{n + 1:.2f} km"\n', "arithmetic", ['return f"{n - 1:.2f} km"']),
    ],
)
def test_more_of_them(source: str, kind: str, lines: list[str]) -> None:
    assert sorted(changed(source, kind)) == sorted(lines)


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("def f(x):\n    return x % 2 == 0\n", "return x % 2 <= 0"),
        ("def f(x):\n    return x % 2 == 0\n", "return x % 2 >= 0"),
        ("def f(x):\n    return x % -n\n", "return x % n"),
        ('def f(x):\n    "Says x."\n    return x\n', "pass"),
        ('def f(x):\n    return x == "a"\n', 'return x <= "a"'),
        ("def f(x) -> int:\n    return g(x)\n", "def f(x) -> None:"),
        ("for x in y:\n    f(x)\n    continue\n", "break"),
    ],
)
def test_what_means_the_same_is_left_out(source: str, line: str) -> None:
    assert line not in changed(source)
    assert mutants_of(source)


def test_docstrings_imports_and_definitions_stay() -> None:
    assert mutants_of('"""Doc."""\nimport math\n\n\nclass A:\n    """Doc."""\n\n    def f(self):\n        ...\n') == ()


def test_the_return_at_the_end_is_not_deleted_as_well() -> None:
    assert changed("def f(x):\n    return x\n") == ["return None"]


def test_texts_of_errors_only_where_a_check_looks_at_them() -> None:
    source = 'def f(x):\n    raise ValueError("too long")\n'
    assert "string" not in {mutant.kind for mutant in mutants_of(source, messages=False)}
    assert "string" in {mutant.kind for mutant in mutants_of(source)}


def test_what_is_no_python_has_none() -> None:
    assert mutants_of("def f(:\n") == mutants_of("") == ()


def test_a_mutant_keeps_comments_and_layout_and_says_its_line() -> None:
    source = "def f(x):  # one\n    # two: °\n\n    return  x < 3   # three\n"
    first = next(mutant for mutant in mutants_of(source) if mutant.kind == "comparison")
    assert first.source == source.replace("< 3", "<= 3")
    assert first.line == 4
    assert first.diff.splitlines()[:2] == ["--- solution", "+++ mutant"]
    assert "-    return  x < 3   # three\n+    return  x <= 3   # three\n" in first.diff


def test_brackets_are_added_where_the_meaning_needs_them() -> None:
    assert "return (x + 2) * y" not in changed("def f(x, y):\n    return x * 2 * y\n")
    for mutant in mutants_of("def f(x, y):\n    return x ** 2 * y - 1 if not (x and y) else -x\n"):
        ast.parse(mutant.source)


def test_ids_stay_when_other_lines_change_and_name_one_mutant_each() -> None:
    source = "def f(x):\n    return x < 3\n"
    before, after = mutants_of(source), mutants_of(f"import math\n\n\n{source}")
    assert [mutant.id for mutant in before] == [mutant.id for mutant in after]
    twice = mutants_of("def f(x):\n    if x:\n        g()\n    h()\n    if x:\n        g()\n")
    assert max(Counter(mutant.id for mutant in twice).values()) == 1
    assert any(mutant.id.endswith("-2") for mutant in twice)


def test_the_cap_takes_evenly() -> None:
    source = "def f(x):\n" + "".join(f"    x.a{n}()\n" for n in range(100)) + "    return x\n"
    taken = spread(mutants_of(source), 10)
    assert len(taken) == 10 and taken[0].line == 2
    assert taken[-1].line > 85
    assert spread(mutants_of(source), 1000) == mutants_of(source)


def _all() -> list[tuple[str, tuple[Mutant, ...]]]:
    found = [load_course(path.parent) for path in sorted(COURSES.glob("*/course.yaml"))]
    courses = [loaded for loaded in found if loaded.course and loaded.course.kernel in PYTHON_KERNELS]
    units = [unit for loaded in courses if loaded.course for unit in loaded.course.units]
    exercises = [exercise for unit in units for exercise in unit.exercises if exercise.is_code]
    return [(exercise.solution, mutants_of(exercise.solution)) for exercise in exercises]


@pytest.mark.full
def test_mutants_of_the_shipped_solutions() -> None:
    for solution, mutants in _all():
        trees = [ast.dump(ast.parse(mutant.source)) for mutant in mutants]
        assert mutants and len(set(trees)) == len(trees)
        assert ast.dump(ast.parse(solution)) not in trees
        assert mutants == mutants_of(solution)
        assert all(mutant.source.count("\n") >= 1 for mutant in mutants)
