"""Figures: medians, ratios, and the page that they are written into."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.figures import GOALS, figure, table
from benchmarks.page import write


def test_the_first_tenth_warms_up() -> None:
    slow_start = [1000.0, 1000.0] + [float(n) for n in range(1, 19)]
    assert figure("batch", "x", slow_start).at(0.99) == 18.0


def test_beside_its_floor() -> None:
    floor = figure("batch", "floor, sustained", [4.0] * 9)
    found = figure("batch", "batch: an answer of 5 checks", [5.0, 6.0, 7.0], floor)
    assert (found.p50, found.ratio, round(found.per_s or 0)) == (6.0, 1.5, 167)
    line = json.loads(json.dumps(found.as_json()))
    assert line["goal"] == GOALS[found.name] and line["beside"] == "floor, sustained"


def test_what_took_no_time_has_no_rate() -> None:
    nothing = figure("startup", "startup: added to a server's start", [0.0, 0.0])
    assert nothing.per_s is None
    assert figure("startup", "x", [1.0], nothing).ratio is None


def test_the_page_and_its_picture(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text("above\n<!-- figures: begin -->\nold\n<!-- figures: end -->\nbelow\n")
    floor = figure("batch", "floor, sustained", [4.0])
    write(tmp_path, [floor, figure("batch", "batch: an answer of 5 checks", [5.0], floor)], 20)
    text = page.read_text()
    assert text.startswith("above\n") and text.endswith("below\n") and "old" not in text
    assert "| batch: an answer of 5 checks | 5.00 | 5.00 | 200 | 1.25 × floor, sustained (4.00 ms) |" in text
    assert (tmp_path / "performance.png").read_bytes().startswith(b"\x89PNG")


def test_a_page_without_its_marks_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("no marks")
    with pytest.raises(ValueError, match="lacks the lines"):
        write(tmp_path, [figure("batch", "x", [1.0])], 20)
    assert (tmp_path / "README.md").read_text() == "no marks"


def test_every_goal_is_in_the_table() -> None:
    rows = table([figure("batch", name, [1.0]) for name in GOALS])
    assert all(any(goal in row for row in rows) for goal in GOALS.values())
