"""`codegym check` as authors and programs use it: mutants, what is asked of them, exit codes and JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WEAK: dict[str, Any] = {
    "id": "crowd",
    "title": "Three is a crowd",
    "statement": "Write `crowd(n)`: 'crowd' from 3 on, else 'company'.",
    "starter": "def crowd(n):\n    ...\n",
    "solution": "def crowd(n):\n    if n >= 3:\n        return 'crowd'\n    return 'company'\n",
    "checks": [{"call": "crowd(9)", "equals": "crowd"}, {"call": "crowd(1)", "equals": "company", "hidden": "few"}],
}


def course(folder: Path, **change: Any) -> Path:
    """A course of one exercise."""
    (folder / "course.yaml").write_text(yaml.safe_dump({"schema": 1, "id": "c", "title": "Course", "units": ["u"]}))
    unit = {"id": "u", "title": "Unit", "cells": [{"exercise": WEAK | change}]}
    (folder / "u.yaml").write_text(yaml.safe_dump(unit, sort_keys=False))
    return folder


def check(*args: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "codegym_jlab.cli", "check", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env=env)


def test_survivors_are_told_and_do_not_fail_a_course(tmp_path: Path) -> None:
    done = check(course(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "+    if n > 3:" in done.stdout and "- call: crowd(3)" in done.stdout
    assert "fit for students" in done.stdout.splitlines()[-1]


@pytest.mark.parametrize(("percent", "code"), [("70", 0), ("95", 1)])
def test_a_percentage_may_be_asked_for(tmp_path: Path, percent: str, code: int) -> None:
    done = check(course(tmp_path), "--mutants", percent)
    assert done.returncode == code, done.stdout + done.stderr
    assert ("are asked for" in done.stdout) is bool(code)


def test_for_programs(tmp_path: Path) -> None:
    done = check(course(tmp_path), "--json", "--mutants", "95")
    one, last = map(json.loads, done.stdout.splitlines())
    assert set(one) == {"exercise", "title", "findings", "mutants"}
    mutants = one["mutants"]
    assert mutants["total"] == mutants["killed"] + len(mutants["survivors"]) and mutants["equivalent"] == 0
    assert set(mutants["survivors"][0]) == {"id", "kind", "line", "diff", "suggestion"}
    assert last["course"] == "c" and last["fit"] is False and last["mutants"]["share"] == mutants["share"]
    assert "asked for" in last["mistakes"][0]


def test_the_quick_loop_leaves_mutants_out(tmp_path: Path) -> None:
    done = check(course(tmp_path), "--no-mutants")
    assert done.returncode == 0 and "mutant" not in done.stdout
    assert check(course(tmp_path), "--no-mutants", "--mutants", "95").returncode == 2


def test_too_many_marked_as_equivalent_fail_it(tmp_path: Path) -> None:
    lines = ["if n > 3:", "if n >= 4:", "if n >= 2:"]
    marks = [{"mutant": line, "reason": "I say so"} for line in lines]
    assert check(course(tmp_path, equivalent=marks[:1])).returncode == 0
    done = check(course(tmp_path, equivalent=marks))
    assert done.returncode == 1 and "at most 5 % may be" in done.stdout
