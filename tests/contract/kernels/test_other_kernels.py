"""Answers in another language: a course in Bash, checked in bash_kernel in the sandbox.

That kernel takes two seconds to start, so the answers of one test are judged side by side.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from contract.classroom import Classroom, Judged, open_classroom, submission
from processes import descendants
from typer.testing import CliRunner

from codegym_jlab.authoring.check import check_course
from codegym_jlab.cli import app
from codegym_jlab.course.loader import LoadedCourse, load_course
from codegym_jlab.sandbox import SandboxUnavailable
from codegym_jlab.sandbox.base import Image, Limits
from codegym_jlab.sandbox.namespaces import python_paths
from codegym_jlab.sandbox.other_kernels import OtherKernels, Spec
from codegym_jlab.settings import CodeGym
from codegym_jlab.wiring import build

# bash_kernel's own kernelspec has a key that jupyter_client does not know
pytestmark = pytest.mark.filterwarnings("ignore:Passing unrecognized arguments:DeprecationWarning")

SHELL = Path(__file__).parents[3] / "courses" / "shell-basics"
SECRET = "cg-secret-of-the-host-7731"

COURSE = """
schema: 1
id: probe
title: Probe
kernel: bash
limits: {seconds: 0.5, memory_mb: 150, output_kb: 8, total_s: 20}
units: [one]
"""
UNIT = """
id: one
title: One
cells:
  - code: given=13
  - exercise:
      id: double
      title: Double
      statement: Write `double`.
      solution: |
        double() { echo $(( $1 * 2 )); }
      checks:
        - run: double 4
          prints: "8"
        - run: echo $(( $(double 4711) + given ))
          prints: "9435"
          hidden: a large number
"""


@pytest.fixture(scope="module", autouse=True)
def bash(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The kernelspec `bash`, for these tests alone."""
    pytest.importorskip("bash_kernel") if not os.environ.get("CI") else __import__("bash_kernel")
    prefix = tmp_path_factory.mktemp("prefix")
    install = [sys.executable, "-m", "bash_kernel.install", "--prefix", str(prefix)]
    subprocess.run(install, check=True, stdout=subprocess.DEVNULL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(prefix / "share" / "jupyter"))
        patch.setenv("CG_GUEST_SECRET", SECRET)
        patch.delenv("CODEGYM_SANDBOX", raising=False)
        yield


@pytest.fixture(scope="module")
def room() -> Iterator[Classroom]:
    made = open_classroom("namespaces")
    yield made
    made.close()


def probe(folder: Path, **changes: str) -> LoadedCourse:
    folder.mkdir(exist_ok=True)
    (folder / "course.yaml").write_text(changes.get("course", COURSE))
    (folder / "one.yaml").write_text(changes.get("unit", UNIT))
    loaded = load_course(folder)
    assert not loaded.errors, loaded.errors
    return loaded


def judge_all(room: Classroom, loaded: LoadedCourse, answers: dict[str, Any]) -> dict[str, Judged]:
    """Side by side. An answer is a source, or a pair of the cells above it and a source."""

    async def one(answer: Any) -> Judged:
        cells, source = answer if isinstance(answer, tuple) else ((), answer)
        sent = submission(loaded, "double", source, cells)
        return Judged(loaded, sent, await room.grader.judge(loaded, sent))

    async def all_of_them() -> list[Judged]:
        return await asyncio.gather(*(one(answer) for answer in answers.values()))

    return dict(zip(answers, room.run(all_of_them()), strict=True))


def test_the_course_in_bash_is_fit_for_students() -> None:
    done = CliRunner().invoke(app, ["check", str(SHELL)])
    assert done.exit_code == 0, done.output
    assert [name for name in ("greet", "add-up", "visits-of", "places") if name not in done.output] == []


RIGHT = "double() { echo $(( $1 * 2 )); }"
ODD = """
function double {
    [ -n "$never" ] && echo no     # its exit status is 1, which decides nothing
    awk -v n="$1" 'BEGIN { print n + n }' > result.txt
    tr -d '\\n' < result.txt; echo '   '
}
"""


def test_right_wrong_and_odd_answers(room: Classroom, tmp_path: Path) -> None:
    found = judge_all(
        room,
        probe(tmp_path / "course"),
        {
            "right": RIGHT,
            "odd": ODD,
            "wrong": "double() { echo $(( $1 + 4 )); }",
            "nothing": "# later",
            "no shell": "double( { echo",
            "its own cells": (("double() { echo 0; }; n=2", "exit 3"), "double() { echo $(( $1 * n )); }"),
        },
    )
    assert {name: one.verdict for name, one in found.items()} == {
        "right": "AC", "odd": "AC", "wrong": "WA", "nothing": "WA", "no shell": "WA", "its own cells": "WA",
    }  # fmt: skip
    assert found["wrong"].verdicts == ["AC", "WA"]
    sample, hidden = found["nothing"].judgement.checks
    assert "not found" in sample.stdout or "not found" in str(sample.got)
    view = str(found["wrong"].view)
    assert "a large number" in view and "4711" not in view and "9435" not in view


def test_limits_and_walls(room: Classroom, tmp_path: Path) -> None:
    marker = f"cg-guest-{os.getpid()}"
    seen = [os.path.realpath(path) + "/" for path in (*python_paths(), sys.prefix, sys.base_prefix)]
    hidden = " ".join(
        path for path in ("/etc/shadow", "/run", "/var") if not any(s.startswith(f"{path}/") for s in seen)
    )
    look = "; ".join(
        [
            f"grep -l -s {SECRET} /proc/*/environ",
            f"ls -d {hidden} /root/.ssh {SHELL} 2>/dev/null",
            "grep -rls 9435 /tmp /connection",
            "(exec 3<>/dev/tcp/127.0.0.1/80) 2>/dev/null && echo network",
            "touch /usr/x /etc/x /x 2>/dev/null && echo written",
            "mount -t tmpfs none /tmp 2>/dev/null && echo mounted",
            "unshare -U true 2>/dev/null && echo unshared",
            "grep -h '^Cap' /proc/self/status | grep -v 0000000000000000",
        ]
    )
    found = judge_all(
        room,
        probe(tmp_path / "course"),
        {
            "endless": "while :; do :; done",
            "flood": "yes $(printf '%0500d' 1)",
            "one long line": "head -c 60000000 /dev/zero | tr '\\0' x",
            "bomb": ":(){ :|:& };: ; wait",
            "memory": 'x=$(head -c 900000000 /dev/zero | tr "\\0" x); echo ${#x}',
            "daemon": f"(exec -a {marker} setsid sleep 500 &) ; {RIGHT}",
            "kills": "kill -9 $PPID",
            "above": (("sleep 1000",), RIGHT),
            "endless in a check": 'double() { [ "$1" = 4 ] && echo 8 && return; while :; do :; done; }',
            "look": f"double() {{ {look}; }}",
        },
    )
    verdicts = {name: one.verdict for name, one in found.items()}
    assert verdicts["endless"] == "TLE"
    assert verdicts["flood"] == "OLE"
    assert verdicts["one long line"] in ("OLE", "MLE", "TLE")
    assert verdicts["bomb"] != "AC" and verdicts["memory"] != "AC" and verdicts["kills"] not in ("AC", "JE")
    assert verdicts["daemon"] == "AC"
    assert found["endless in a check"].verdicts == ["AC", "TLE"]
    assert verdicts["above"] == "AC", "the cell above is left out, and told"
    assert "Cell 1 above took too long and was skipped" in str(found["above"].judgement.notices)
    assert "JE" not in verdicts.values()
    assert [check.stdout for check in found["look"].judgement.checks][0] == "", "nothing of the host was there"
    assert not [path for path in Path("/proc").glob("[0-9]*/cmdline") if marker.encode() in _read(path)]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_a_kernel_that_cannot_be_had_is_said_and_costs_no_attempt(room: Classroom, tmp_path: Path) -> None:
    loaded = probe(tmp_path / "course", course=COURSE.replace("kernel: bash", "kernel: nobody-has-it"))
    judged = room.judge(loaded, "double", RIGHT)
    assert judged.verdict == "JE" and not judged.judgement.verdict.costs_attempt
    assert "the kernel `nobody-has-it` is not installed here" in str(judged.judgement.notices)
    assert not judged.judgement.is_away  # else it would wait for ever, and staff not be told

    async def check() -> list[Any]:
        return [checked async for checked in check_course(loaded, room.grader)]

    (found,) = room.run(check())
    assert [finding.text for finding in found.findings] == [
        "nothing could be run: the kernel `nobody-has-it` is not installed here (`jupyter kernelspec list` names those "
        "that are); install it, or change `kernel:` in the course"
    ]


def test_at_another_level_it_is_refused(tmp_path: Path) -> None:
    """Each of the others has no programs to start, or is not on this machine; staff are told, no attempt is used."""
    try:
        room = Classroom("confined")
    except SandboxUnavailable as e:  # the machine's own Linux decides
        pytest.skip(str(e))
    try:
        judged = room.judge(probe(tmp_path / "course"), "double", RIGHT)
        assert judged.verdict == "JE" and not judged.judgement.verdict.costs_attempt
        assert "at the sandbox level namespaces alone; here it is confined" in str(judged.judgement.notices)
        assert not judged.judgement.is_away
    finally:
        room.close()


def test_a_server_that_ends_leaves_no_kernel_behind(tmp_path: Path) -> None:
    loaded = probe(tmp_path / "course")
    (tmp_path / "config.yaml").write_text("courses: [course]\n")
    before = descendants()

    async def judge() -> str:
        folders = {"courses_dir": str(tmp_path), "data_dir": str(tmp_path / "records")}
        services = await build(CodeGym(sandbox="namespaces", **folders).settings(tmp_path))
        try:
            judged = await services.grader.judge(loaded, submission(loaded, "double", RIGHT))
            assert descendants() > before
            return str(judged.verdict)
        finally:
            await services.close()

    assert asyncio.run(judge()) == "AC"
    assert descendants() == before


def test_programs_that_the_sandbox_does_not_show_are_refused(tmp_path: Path) -> None:
    program = tmp_path / "kernel"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)

    async def start(*argv: str) -> None:
        guests = OtherKernels()
        try:
            await guests.start(Spec(argv, {}), Image(), Limits(), "key")
        finally:
            await guests.close()

    with pytest.raises(SandboxUnavailable, match="shows no other programs"):
        asyncio.run(start(str(program), "{connection_file}"))
    with pytest.raises(SandboxUnavailable, match="is not installed here"):
        asyncio.run(start("no-such-program-of-anyone", "{connection_file}"))
