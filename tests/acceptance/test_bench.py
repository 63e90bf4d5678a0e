"""`python -m benchmarks` as it is called: each part that needs no package of its own gives its figures."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from benchmarks import PARTS


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "benchmarks", *words], capture_output=True, text=True, timeout=600)


@pytest.mark.slow  # `class` takes minutes: `make bench` has it
@pytest.mark.parametrize("part", ["sandbox", "growth", "batch", "http", "diagnosis", "records", "regrade", "classroom"])
def test_a_part_gives_figures(part: str) -> None:
    told = bench("--only", part, "--rounds", "20", "--json")
    assert told.returncode == 0, told.stderr
    lines = [json.loads(line) for line in told.stdout.splitlines() if line.startswith("{")]
    assert lines and all(line["part"] == part and line["p50_ms"] > 0 for line in lines)
    assert any(line["ratio"] for line in lines), "nothing to stand beside"


def test_a_part_that_is_none() -> None:
    told = bench("--only", "sandbx")
    assert told.returncode == 2
    assert all(name in told.stderr for name in PARTS)
