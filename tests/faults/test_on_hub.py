"""A class on a real JupyterHub: each part is killed under load; `make faults CLASS=1` is the long form, with Kafka."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest
from absent import skip
from faults.on_hub import COURSES, kill_each

from codegym_jlab.hub.demo import Demo
from codegym_jlab.hub.postgresql import Missing

pytestmark = pytest.mark.minutes


def test_every_part_of_a_class_is_killed() -> None:
    try:
        returns, figures, _ = kill_each(6, 2.0, print, more=8)
    except Missing as problem:
        skip(problem)
    parts = {"worker", "service", "proxy", "sandboxes", "sandbox host", "sandbox host hangs", "Hub", "PostgreSQL"}
    assert {one.part for one in returns} == parts
    assert figures.acknowledged >= 6 + len(parts) * (1 + 8) and (figures.lost, figures.doubled) == (0, 0)


def test_a_hub_that_ends_at_its_start_is_told_with_what_it_said(tmp_path: Path) -> None:
    shutil.copytree(COURSES, tmp_path / "courses")
    with closing(Demo(tmp_path, tmp_path / "courses", more="raise ValueError('no such Hub')\n")) as demo:
        with pytest.raises(RuntimeError, match=r"(?s)the Hub ended with status 1: .*no such Hub"):
            demo.start_hub()
