"""What lessons show by a slider, a program's steps or a range: it tells what is so, in words as well."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FILE = Path(__file__).parents[3] / "courses" / "python-basics" / "steps.py"
PROGRAM = "total = 0\nfor n in [3, 5]:\n    total += n\nprint(total < 9)\n"


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("steps", FILE)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "steps", module)
    spec.loader.exec_module(module)
    return module


def test_each_line_that_runs_is_a_moment(steps: Any) -> None:
    moments = steps.moments_of(PROGRAM)
    assert [moment.line for moment in moments] == [0, 1, 2, 3, 2, 3, 2, 4]
    assert moments[0].words == "nothing has run yet"
    assert moments[5].words == "line 3 has run; total is 8; n is 5"
    assert [moment.printed for moment in moments[-2:]] == ["", "True\n"]


def test_a_moment_is_drawn_with_an_arrow_and_told_in_words(steps: Any) -> None:
    moments = steps.moments_of(PROGRAM)
    drawn = steps.drawn(PROGRAM.strip(), moments, 3)
    assert "▶ 3" in drawn and drawn.count("▶") == 1
    assert "total &lt; 9" in drawn
    assert '<p class="steps-words">Step 3 of 7: line 3 has run; total is 3; n is 3.</p>' in drawn


def test_a_range_is_drawn_and_told_in_words(steps: Any) -> None:
    drawn = steps.counted(3, 6)
    assert [int(text.split("</b>")[0].split(">")[1]) for text in drawn.split("<b")[1:]] == [3, 4, 5]
    assert "range(3, 6) has 3 numbers: 3, 4, 5. It stops before 6." in drawn
    assert "range(4, 4) has 0 numbers: no number." in steps.counted(4, 4)
