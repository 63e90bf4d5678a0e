"""Inputs on which a solution and its mutant may differ, from an exercise's own checks."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from codegym_jlab.authoring.inputs import FEW, Trial, trials
from codegym_jlab.course.checks import Check


def calls(solution: str, *checks: dict[str, Any]) -> list[str]:
    """The calls that are tried."""
    return [trial.call or "" for trial in trials([Check.model_validate(check) for check in checks], solution)]


def test_borders_of_the_solution_are_tried() -> None:
    found = calls("def f(age):\n    return age >= 18\n", {"call": "f(30)", "equals": True})
    assert {"f(17)", "f(18)", "f(19)", "f(31)", "f(0)"} <= set(found)
    assert "f(30)" not in found


def test_words_of_the_solution_are_tried() -> None:
    found = calls('def f(t):\n    return t == "rock"\n', {"call": 'f("x")', "equals": False})
    assert {'f("rock")', 'f("")', 'f("X")'} <= set(found)


def test_lists_lose_and_repeat_items() -> None:
    found = calls("def f(xs): return xs", {"call": "f([5, 7, 9])"})
    assert {"f([])", "f([5])", "f([5, 7])", "f([9, 7, 5])", "f([5, 7, 9, 5])"} <= set(found)


def test_setup_run_and_lines_typed_are_varied() -> None:
    check = Check.model_validate({"setup": "n = 4", "run": "print(n, input())", "stdin": "9\nMia\n", "prints": "4 9"})
    found = trials([check], "")
    assert {trial.setup for trial in found} > {"n = 4", "n = 5", "n = 3"}
    assert "10\nMia\n" in {trial.stdin for trial in found}


def test_lines_that_are_no_numbers_stay_text() -> None:
    found = trials([Check(stdin="nan\n1e999\n(1\n")], "", 600)
    assert {"nana\n1e999\n(1\n", "nan\n1e999\n"} <= {trial.stdin for trial in found}


def test_tries_are_bounded_different_and_python() -> None:
    check = {"call": "f([1, 2, 3, 4], 5, 'abc', 1.5, {'k': (7, 8)}, x=True)"}
    found = calls("def f(*a, **k): return 12345678 < 9", check, check | {"call": "f(f(1), -2)"})
    assert 100 < len(found) <= FEW and len(set(found)) == len(found)
    for call in found:
        ast.parse(call, mode="eval")


def test_calls_in_test_text_are_varied() -> None:
    text = "import unittest\n\nclass T(unittest.TestCase):\n    def test(self):\n        self.assertTrue(f(18, 'a'))\n"
    assert 'f(17, "a")' in calls("def f(x, y): return x", {"code": text})
    assert calls("def f(x): return x", {"code": ">>> f(1)\n1"}, {"code": "g(1)\nf(n)"}) == []


def test_fresh_inputs_have_none() -> None:
    assert calls("", {"random": {"x": "rng.random()"}, "call": "f(x)"}) == []


def drawn(solution: str, *checks: dict[str, Any], seed: str = "a") -> list[Trial]:
    """More than the edits of the author's own."""
    return trials([Check.model_validate(check) for check in checks], solution, 1000, seed)


@pytest.mark.full
def test_values_are_drawn_in_the_shapes_that_the_checks_show() -> None:
    checks = [{"call": "f([3, 4], {'a': 1}, (1, 'x'))"}, {"call": "f([], {}, (2, 'yes'))"}]
    found = drawn("def f(xs, d, t): return xs", *checks)
    values = [ast.literal_eval(trial.call.removeprefix("f")) for trial in found if trial.call]
    assert len(values) > 900 and [trial.size for trial in found] == sorted(trial.size for trial in found)
    for xs, counts, pair in values:
        assert {*map(type, xs)} <= {int} and {*map(type, counts.values())} <= {int} and isinstance(counts, dict)
        assert {*map(type, pair)} <= {int, str}
    assert any(len(xs) > 1 and len({*xs}) < len(xs) for xs, _, _ in values)  # one comes twice
    assert found == drawn("def f(xs, d, t): return xs", *checks)
    assert found != drawn("def f(xs, d, t): return xs", *checks, seed="b")


@pytest.mark.full
def test_functions_are_called_by_their_annotations_and_defaults() -> None:
    solution = "def f(xs: list[int], by: dict[str, float], n=3, t: tuple[int, str] | None = None): return xs\n"
    found = {trial.call for trial in drawn(solution, {"call": "g(1)"})}
    assert 'f([1], {"a": 0.5}, 3, (1, "a"))' in found and len([call for call in found if call and call[0] == "f"]) > 100
    assert calls("def f(x): return x", {"call": "g()"}) == []


def test_statements_are_left_out_or_done_twice() -> None:
    check = {"setup": "c = Counter()\nc.click()", "call": "c.count", "equals": 1}
    assert {trial.setup for trial in drawn("", check)} >= {"c = Counter()\nc.click()\nc.click()", "c = Counter()"}


def test_variables_are_looked_at_where_a_check_does() -> None:
    solution = "cost = 3\nrest = 20 - cost\n"
    assert calls(solution, {"call": "cost"}) == ["rest"]
    assert calls(solution, {"prints": ""}) == []
