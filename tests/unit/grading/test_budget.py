"""What an answer's large values may cost the host."""

from __future__ import annotations

from typing import Any

import pytest

from codegym_jlab.grading.checker.responses import Budget, Reply
from codegym_jlab.grading.checker.verdict import Expected
from codegym_jlab.grading.grader.value_checks import decide_in_time

pytestmark = pytest.mark.anyio


def numbers(first: int, count: int = 8000) -> Any:
    return ["list", [["int", str(first + n)] for n in range(count)]]


async def test_a_submission_has_a_budget_for_large_values_that_are_not_the_expected_ones() -> None:
    expected, budget = Expected(value=numbers(0)), Budget(left=20_000)
    for _ in range(5):
        assert (await decide_in_time(expected, Reply("value", value=numbers(0)), budget)).verdict == "AC"
    said = [await decide_in_time(expected, Reply("value", value=numbers(n)), budget) for n in (1, 2, 3)]
    assert {decision.verdict for decision in said} == {"WA"}
    assert ["too large to be compared" in decision.message for decision in said] == [False, False, True]
    small = await decide_in_time(Expected(value=numbers(0, 3)), Reply("value", value=numbers(0, 2)), budget)
    assert "too large" not in small.message
