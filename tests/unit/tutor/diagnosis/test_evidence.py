"""New inputs like those of the samples: the same for everyone, none that a hidden test has, as sorted as they are."""

from __future__ import annotations

from typing import Any

from codegym_jlab.course.schema import Exercise
from codegym_jlab.tutor.diagnosis.evidence import MOST_NEW, call_of, new_checks


def exercise(*checks: dict[str, Any]) -> Exercise:
    body = {"id": "task", "title": "T", "statement": "S", "solution": "def f(x): return x", "checks": list(checks)}
    return Exercise.model_validate(body)


def inputs(*checks: dict[str, Any]) -> list[list[Any]]:
    found = [call_of(check) for check in new_checks(exercise(*checks))]
    return [call[1] for call in found if call is not None]


def test_they_are_like_the_samples_small_and_always_the_same() -> None:
    sample = {"call": "f([3, 1, 2])", "equals": 6}
    found = inputs(sample)
    assert found == inputs(sample) and [[]] in found and [[3]] in found and 10 < len(found) <= MOST_NEW
    assert all(isinstance(arguments[0], list) and min(arguments[0], default=0) >= 0 for arguments in found)


def test_an_input_of_a_hidden_test_is_left_out_however_it_is_written() -> None:
    hidden = {"call": "f( [ ] )", "equals": 0, "hidden": "an empty list"}
    assert [[]] not in inputs({"call": "f([3, 1, 2])", "equals": 6}, hidden)


def test_what_is_typed_is_drawn_with_numbers_near_and_between_and_none_of_a_hidden_test() -> None:
    checks = {"stdin": "Mia\n10\n"}, {"stdin": "Tom\n60\n"}, {"stdin": "Mia\n9\n", "hidden": "one year less"}
    body = {"id": "task", "title": "T", "statement": "S", "solution": "print(input())", "answer": "program"}
    typed = [one.stdin for one in new_checks(Exercise.model_validate({**body, "checks": list(checks)}))]
    assert "Mia\n11\n" in typed and "Tom\n59\n" in typed and "Tom\n35\n" in typed and "Mia\n9\n" not in typed


def test_a_name_that_is_typed_is_a_short_one_too() -> None:
    body = {"id": "task", "title": "T", "statement": "S", "solution": "print(input())", "answer": "program"}
    checks = [{"stdin": "Grace\nyes\n"}, {"stdin": "Bo\nno\n"}]
    typed = [one.stdin for one in new_checks(Exercise.model_validate({**body, "checks": checks}))]
    assert typed == ["Gr\nyes\n"]


def test_sorted_lists_stay_sorted_and_columns_distinct() -> None:
    found = inputs({"call": "f(3, [1, 3, 5])", "equals": 1})
    assert all(arguments[1] == sorted(arguments[1]) for arguments in found)
    people = inputs({"call": 'f([("M", 30), ("F", 19), ("M", 23)])', "equals": 1})
    assert all(len({age for _, age in rows}) == len(rows) for (rows,) in people)


def test_what_is_no_plain_call_has_none() -> None:
    assert inputs({"call": "f(g(1))", "equals": 1}) == []
    assert inputs({"call": "f(1)", "raises": "ValueError"}) == []
