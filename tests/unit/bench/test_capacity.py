"""What the simulation of a semester takes a class's machines for."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.capacity import DAY_S, HOURS, WEEK_S, WEEKS, Shape, longest_wait_s, processors


def test_a_week_has_its_shares_and_a_semester_its_answers() -> None:
    shape = Shape(day=0.45, hour=0.08, minute=0.005)
    week = shape.per_second()
    assert (len(week), len(HOURS), len(WEEKS)) == (WEEK_S, 24, 15)
    shares = [float(week[-seconds:].sum()) for seconds in (WEEK_S, DAY_S, 3600, 60)]
    assert shares == pytest.approx([1, 0.45, 0.08, 0.005])
    semester = shape.semester(answers=35, exam=10)
    assert semester.sum() == pytest.approx(35 * sum(WEEKS) + 10)
    assert semester[-60:].sum() == pytest.approx(1)  # a tenth of the exam


def test_who_comes_last_waits_for_all_that_stand_before() -> None:
    calm, burst = np.zeros(100), np.zeros(100)
    burst[50] = 300
    assert longest_wait_s(calm, 100) == 0
    assert longest_wait_s(burst, 100) == pytest.approx(2)  # 300 of 100 a second, the first second's gone by
    assert processors(burst, cost_ms=10, patience_s=5) == 1
    assert processors(burst, cost_ms=10, patience_s=1) == 2
