"""Grading with a sandbox host: what is sent there, and what is not; a connection that is cut costs nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from contract.classroom import Classroom, course_of, open_classroom
from contract.relay import Relay
from contract.sandbox_host import SandboxHost, sandbox_host

CHECKS = [
    {"call": "f(3)", "equals_expr": "int('271828182845904') // 271828182845904 + 29"},
    {"hidden": "oracle", "call": "f(4)"},
    {"hidden": "text", "code": "wordless = 'sentinel-of-the-test-text'\nassert f(5) == 50\n"},
    {"hidden": "fits", "call": "f(6)", "satisfies": "result == 60 and 'sentinel-of-satisfies'"},
    {
        "hidden": "drawn",
        "random": {"n": "rng.randint(1, 9) + 0 * len('sentinel-of-the-draw')"},
        "call": "f(n)",
        "count": 3,
    },
]
SOLUTION = "def f(x):\n    sentinel_of_the_solution = 10\n    return x * sentinel_of_the_solution"
SECRETS = ("sentinel", "wordless", "2718281828", "rng.randint")


@pytest.fixture(scope="module")
def remote() -> Iterator[tuple[Relay, Classroom, SandboxHost]]:
    """A classroom whose host is behind a relay."""
    folder = Path(tempfile.mkdtemp(prefix="codegym-test-"))
    with sandbox_host() as host:
        relay = Relay(folder / "relay.sock", host.socket)
        os.environ["CODEGYM_SANDBOX_HOST"] = f"unix:{relay.path}"
        room = open_classroom("remote")
        yield relay, room, host
        room.close()
        relay.close()
    shutil.rmtree(folder, ignore_errors=True)


def test_the_teachers_side_stays_here(remote: tuple[Relay, Classroom, SandboxHost], tmp_path: Path) -> None:
    relay, room, _ = remote
    course = course_of(tmp_path / "c", {"solution": SOLUTION, "checks": CHECKS})
    judged = room.judge(course, "task", "def f(x):\n    return sum([x] * 10)  # the-student's-own")
    assert (judged.verdict, judged.judgement.level) == ("AC", "remote")
    assert room.judge(course, "task", "def f(x):\n    return 10").verdict == "WA"
    sent = bytes(relay.up).decode("ascii", "replace")
    assert "the-student's-own" in sent and "f(3)" in sent
    assert not [secret for secret in SECRETS if secret in sent]


def test_a_connection_that_is_cut_amid_a_judgement_is_made_anew(
    remote: tuple[Relay, Classroom, SandboxHost], tmp_path: Path
) -> None:
    """Once is tried again within the judgement: nobody notices."""
    relay, room, _ = remote
    course = course_of(tmp_path / "c", {"solution": SOLUTION, "limits": {"seconds": 5}, "checks": [{"call": "f(3)"}]})
    at = len(relay.up)

    def cut() -> None:
        while b"time.sleep(2)" not in relay.up[at:]:
            time.sleep(0.01)
        relay.cut()

    thread = threading.Thread(target=cut)
    thread.start()
    judged = room.judge(course, "task", "import time\ntime.sleep(2)\ndef f(x): return 10 * x")
    thread.join()
    assert judged.verdict == "AC"


def test_the_environment_of_the_host_is_recorded(remote: tuple[Relay, Classroom, SandboxHost], tmp_path: Path) -> None:
    _, room, _ = remote
    course = course_of(tmp_path / "c", {"solution": SOLUTION, "checks": [{"call": "f(3)"}]})
    here = open_classroom("namespaces")
    try:
        digests = {one.judge(course, "task", SOLUTION).judgement.environment_digest for one in (room, here)}
    finally:
        here.close()
    assert len(digests) == 2


@pytest.mark.full
def test_a_host_that_is_away_is_our_fault(remote: tuple[Relay, Classroom, SandboxHost], tmp_path: Path) -> None:
    _, room, host = remote
    course = course_of(tmp_path / "c", {"solution": SOLUTION, "checks": [{"call": "f(3)"}]})
    assert room.judge(course, "task", SOLUTION).verdict == "AC"
    host.stop()
    assert room.judge(course, "task", SOLUTION).verdict == "JE"
    host.start()
    time.sleep(1.1)  # for so long nobody tries again
    assert room.judge(course, "task", SOLUTION).verdict == "AC"
