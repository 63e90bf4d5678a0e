"""Checks that need the author's side at every judgement: `random`, `satisfies`; and rules about the text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from contract.classroom import Classroom, course_of

from codegym_jlab.course.loader import LoadedCourse

QUICK = {"seconds": 0.5, "total_s": 12, "output_kb": 4}
LISTS = {"xs": "[rng.randint(-9, 9) for _ in range(rng.randint(1, 8))]"}


def of(folder: Path, solution: str, *checks: dict[str, Any], **more: Any) -> LoadedCourse:
    given = more.pop("given", None)
    task = {"solution": solution, "checks": list(checks), "limits": QUICK, **more}
    return course_of(folder, *([{"code": given}] if given else []), task)


# ---------------------------------------------------------------- random

TOTAL = "def f(xs): return sum(xs)"


def test_drawn_inputs_with_the_solution_as_oracle(room: Classroom, tmp_path: Path) -> None:
    loaded = of(tmp_path, TOTAL, {"random": LISTS, "call": "f(xs)", "count": 8})
    assert room.judge(loaded, "task", "def f(xs):\n    n = 0\n    for x in xs: n += x\n    return n").verdict == "AC"
    wrong = room.judge(loaded, "task", "def f(xs): return sum(abs(x) for x in xs)")
    assert wrong.verdict == "WA"
    assert wrong.first.message.startswith("With xs = [")
    assert "expected" not in wrong.first.message.partition(":")[0].lower()
    assert room.judge(loaded, "task", "def f(xs): return sum(xs) / (len(xs) - 1)").verdict in ("WA", "RTE")
    assert room.judge(loaded, "task", "def f(xs):\n    while True: pass").verdict == "TLE"
    assert room.judge(loaded, "task", "import os\ndef f(xs): os._exit(0)").verdict == "RTE"


OUTCOMES: list[tuple[dict[str, Any], str, str]] = [
    ({"call": "f(xs)", "equals_expr": "sum(xs)"}, TOTAL, "AC"),
    ({"call": "f(xs)", "equals_expr": "sum(xs)"}, "def f(xs): return 0", "WA"),
    ({"call": "f(xs)", "satisfies": "result == sum(xs)"}, TOTAL, "AC"),
    ({"call": "f(xs)", "satisfies": "result == sum(xs)"}, "def f(xs): return 'x'", "WA"),
    ({"call": "f(xs) * 0", "equals": 0}, "def f(xs): return 7", "AC"),
    ({"call": "f(xs[0:0][0])", "raises": "IndexError"}, TOTAL, "AC"),
    ({"run": "print(f(xs))"}, TOTAL, "AC"),
    ({"run": "print(f(xs))"}, "def f(xs): return 0.5", "WA"),
    ({"setup": "ys = xs + [1]", "call": "f(ys)"}, TOTAL, "AC"),
    ({"setup": "f(xs)", "call": "xs"}, TOTAL, "AC"),
    ({"setup": "f(xs)", "call": "xs"}, "def f(xs): xs.append(1)", "WA"),
    ({"setup": "ys = list(map(int, input().split()))", "stdin": "3 4\n", "call": "f(ys)"}, TOTAL, "AC"),
]


@pytest.mark.parametrize(("check", "source", "verdict"), OUTCOMES)
def test_outcomes_of_drawn_inputs(
    room: Classroom, tmp_path: Path, check: dict[str, Any], source: str, verdict: str
) -> None:
    loaded = of(tmp_path, TOTAL, {"random": LISTS, "count": 4, **check})
    assert room.judge(loaded, "task", source).verdict == verdict


def test_the_same_source_meets_the_same_inputs(room: Classroom, tmp_path: Path) -> None:
    loaded = of(tmp_path, TOTAL, {"random": LISTS, "call": "f(xs)"})
    shows = "def f(xs):\n    print(xs)\n    return sum(xs)"
    one, again, other = (room.judge(loaded, "task", text).first.stdout for text in (shows, shows, shows + "\n"))
    assert one == again != other


@pytest.mark.full
def test_tables_and_arrays_are_drawn(room: Classroom, tmp_path: Path) -> None:
    drawn = {
        "a": "np_rng.integers(0, 9, (2, 3))",
        "s": "pd.Series(np_rng.normal(size=3), index=list('abc'), name='n')",
        "t": "pd.DataFrame({'k': ['x', 'y', 'x'], 'n': a.sum(axis=0), 'd': pd.to_datetime(['2026-01-02'] * 3)})",
        "u": "t.set_index(['k', 'n'])",
    }
    solution = "def f(*parts): return parts"
    checks = [
        {"random": drawn, "call": "f(a, s, t, u)", "count": 3},
        {"random": drawn, "call": "t.groupby('k')['n'].sum() + f(a)[0].sum()", "count": 3},
        {"random": drawn, "call": "f(t)[0]", "satisfies": "result.equals(t) and t['d'].dtype.kind == 'M'", "count": 2},
        {"random": drawn, "call": "str(f(t.dtypes, a.dtype, s.dtype))", "count": 2},
    ]
    given = "import numpy as np\nimport pandas as pd"
    loaded = of(tmp_path, solution, *checks, given=given, limits={"seconds": 4})
    judged = room.judge(loaded, "task", solution)
    assert judged.verdicts == ["AC"] * 4, [c.message for c in judged.judgement.checks]
    assert room.judge(loaded, "task", "def f(*parts): return tuple(parts[0] * 2 for p in parts)").verdicts[0] == "WA"


def test_drawn_inputs_of_a_hidden_check_are_not_shown(room: Classroom, tmp_path: Path) -> None:
    drawn = {"random": {"x": "'canary-' + str(rng.random())"}, "call": "f(x)", "hidden": "drawn", "count": 3}
    loaded = of(tmp_path, "def f(x): return x", drawn, {"call": "f(1)"})
    judged = room.judge(loaded, "task", "def f(x):\n    print(x)\n    return [x] if x != 1 else x")
    assert judged.verdicts == ["WA", "AC"]
    assert "canary" in str(judged.judgement)
    assert "canary" not in str(judged.view)


def test_an_input_that_cannot_be_drawn_is_the_courses_fault(room: Classroom, tmp_path: Path) -> None:
    for number, expression in enumerate(("nowhere", "lambda: 1", "[0] * 10 ** 9")):
        loaded = of(tmp_path / str(number), TOTAL, {"random": {"x": expression}, "call": "f([x])", "count": 1})
        judged = room.judge(loaded, "task", TOTAL)
        assert judged.verdict == "JE"
        assert any("could not be drawn" in text for text in judged.notices), judged.notices
        assert not judged.view["notices"]


# ---------------------------------------------------------------- satisfies

FITS: list[tuple[str, str, str]] = [
    ("sorted(result) == [1, 2, 3]", "def f(x): return {3, 2, 1}", "AC"),
    ("sorted(result) == [1, 2, 3]", "def f(x): return [1, 2]", "WA"),
    ("sorted(result) == [1, 2, 3]", "def f(x): return None", "WA"),
    ("isinstance(result, int)", "class I(int): pass\ndef f(x): return I(1)", "AC"),
    ("result is True", "def f(x): return True", "AC"),
    ("result is True", "def f(x): return 1", "WA"),
    ("result == expect", "def f(x): return 'text'", "AC"),
    ("math.isclose(result, math.pi, abs_tol=0.01)", "def f(x): return 3.14", "AC"),
    ("len(result) == 2", "class L(list):\n    def __len__(self): return 2\ndef f(x): return L()", "WA"),
    ("result == 3", "class E:\n    def __eq__(self, o): return True\ndef f(x): return E()", "WA"),
    ("result.x + result.far() == 4", "@dataclass\nclass P:\n    x: int\ndef f(x): return P(2)", "AC"),
    ("result.x == 4 - result.far()", "@dataclass\nclass P:\n    x: int\n    far = 9\ndef f(x): return P(-5)", "WA"),
    ("result == 3", "def f(x): return 1 / 0", "RTE"),
    ("result > 10 ** 8 or list(range(10 ** 12))", "def f(x): return 1", "WA"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "source", "verdict"), FITS)
def test_an_expression_over_the_result(
    room: Classroom, tmp_path: Path, expression: str, source: str, verdict: str
) -> None:
    solution = (
        "import math\nfrom dataclasses import dataclass\nexpect = 'text'\n"
        "@dataclass\nclass P:\n    x: int\n    def far(self): return 2\ndef f(x): return x"
    )
    loaded = of(tmp_path, solution, {"call": "f(1)", "satisfies": expression})
    judged = room.judge(loaded, "task", "from dataclasses import dataclass\n" + source)
    assert judged.verdict == verdict
    if verdict == "WA" and "__eq__" not in source:
        assert f"`{expression}` is not true of your value." in judged.first.message
        assert judged.first.expected == expression


def test_many_judgements_share_the_authors_side(room: Classroom, tmp_path: Path) -> None:
    loaded = of(tmp_path, "n = [0]\ndef f(x): return x", {"call": "f(1)", "satisfies": "n.append(1) or len(n) == 2"})
    assert [room.judge(loaded, "task", f"def f(x): return {i}").verdict for i in range(12)] == ["AC"] * 12


# ---------------------------------------------------------------- forbids, requires

RULES: list[tuple[dict[str, Any], str, str | None]] = [
    ({"forbids": {"loops": True}}, "def f(x): return x", None),
    ({"forbids": {"loops": True}}, "def f(x): return [y for y in [x]][0]", None),
    (
        {"forbids": {"loops": True}},
        "def f(x):\n    for y in [x]: return y",
        "without a loop; there is a `for` in line 2.",
    ),
    ({"forbids": {"loops": True}}, "def f(x):\n    while True: return x", "there is a `while` in line 2."),
    ({"forbids": {"imports": ["math"]}}, "import cmath\ndef f(x): return x", None),
    ({"forbids": {"imports": ["math"]}}, "from math import pi\ndef f(x): return x", "module `math`; it is imported in"),
    ({"forbids": {"imports": ["os"]}}, "import os.path as p\ndef f(x): return x", "module `os`"),
    ({"forbids": {"imports": ["os"]}}, "def f(x):\n    __import__('os')\n    return x", "module `os`"),
    ({"forbids": {"calls": ["sorted"]}}, "def f(x): return sorted([x])[0]", "without `sorted`; it stands in line 1."),
    ({"forbids": {"calls": ["sorted"]}}, "def f(x): return list(map(sorted, [[x]]))[0][0]", "without `sorted`"),
    (
        {"forbids": {"calls": ["sort"]}},
        "def f(x):\n    a = [x]\n    a.sort()\n    return x",
        "`sort`; it stands in line 3.",
    ),
    ({"forbids": {"calls": ["sum"]}}, "def f(x):\n    sum = 0\n    sum += x\n    return sum", None),
    (
        {"forbids": {"calls": ["math.sqrt"]}},
        "from math import sqrt as s\ndef f(x): return int(s(x * x))",
        "`math.sqrt`",
    ),
    ({"forbids": {"recursion": True}}, "def f(x): return f(x - 1) + 1 if x else 0", "`f` in line 1 calls itself"),
    (
        {"forbids": {"recursion": True}},
        "def f(x): return g(x)\ndef g(x): return f(x - 1) + 1 if x else 0",
        "calls itself",
    ),
    ({"requires": {"recursion": True}}, "def f(x): return x", "asks for an answer with recursion"),
    ({"requires": {"recursion": True}}, "def f(x): return f(x - 1) + 1 if x else 0", None),
    ({"requires": {"loops": True}}, "def f(x): return x", "asks for an answer with a loop"),
    ({"requires": {"calls": ["len"], "imports": ["math"]}}, "def f(x): return x", "imports `math`"),
    ({"requires": {"calls": ["len"]}}, "def f(x): return x + len([])", None),
]


@pytest.mark.parametrize(("rules", "source", "words"), RULES)
def test_rules_about_the_text(
    room: Classroom, tmp_path: Path, rules: dict[str, Any], source: str, words: str | None
) -> None:
    loaded = of(tmp_path, "def f(x): return x", {"call": "f(2)"}, {"call": "f(3)", "hidden": "three"}, **rules)
    judged = room.judge(loaded, "task", source)
    if words is None:
        assert (judged.verdict, judged.notices) == ("AC", [])
        return
    assert (judged.verdict, judged.verdicts, judged.judgement.score.points) == ("WA", ["WA", "WA"], 0)
    assert words in judged.first.message
    assert words in " ".join(notice["text"] for notice in judged.view["notices"])


def test_rules_and_text_that_is_no_python(room: Classroom, tmp_path: Path) -> None:
    loaded = of(tmp_path, "def f(x): return x", {"call": "f(2)"}, forbids={"loops": True})
    for source, verdict in (("def f(", "CE"), ("(" * 5000, "CE"), ("\0", "CE"), ("1 / 0", "RTE")):
        assert room.judge(loaded, "task", source).verdict == verdict
