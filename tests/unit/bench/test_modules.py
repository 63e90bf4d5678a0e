"""A request goes down through the storeys once: how many modules of the package it meets, counted in a real server."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest


@pytest.mark.full
def test_a_submission_and_a_hint_run_through_few_modules() -> None:
    done = subprocess.run([sys.executable, "-m", "benchmarks.modules"], capture_output=True, text=True, check=True)
    counts = {what: int(many) for what, many in re.findall(r"^(a .+): (\d+) modules", done.stdout, re.M)}
    assert 0 < counts["a submission"] <= 35
    assert 0 < counts["a hint that an author wrote"] <= 30
