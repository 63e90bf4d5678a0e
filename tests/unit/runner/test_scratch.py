"""Folders of a level's own on the machine's disk go, whatever lies in them and whoever removes them beside."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from codegym_jlab.runner.isolation import scratch

REMOVE = "import sys; from codegym_jlab.runner.isolation import scratch; sys.stdin.read(); scratch.remove(sys.argv[1])"


def test_a_folder_and_one_in_it_are_removed_at_the_same_moment(tmp_path: Path) -> None:
    """As the zygote's end meets the removal of a lease's folder that it began."""
    box, lease = tmp_path / "box", tmp_path / "box" / "lease"
    lease.mkdir(parents=True)
    for wide in range(40):
        os.makedirs(lease / f"{wide}" / "/".join("d" * 40))
    both = [subprocess.Popen([sys.executable, "-c", REMOVE, str(f)], stdin=subprocess.PIPE) for f in (lease, box)]
    for process in both:
        assert process.stdin is not None
        process.stdin.close()
    assert [process.wait() for process in both] == [0, 0]
    assert not box.exists()


def test_no_name_that_a_student_can_choose_keeps_a_folder(tmp_path: Path) -> None:
    box = tmp_path / "box"
    for name in ("codegym-box-0", "codegym-box-1/codegym-box-0", "z"):
        (box / name).mkdir(parents=True)
        (box / name / "kept").write_text("x")
    scratch.remove(str(box))
    assert not box.exists()
