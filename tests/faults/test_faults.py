"""Accepted means kept: whatever happens to server, disk, database or worker, on real servers under real load.

The long form of the first is `make faults ROUNDS=200`.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from contract.postgres import Server
from contract.sandbox_host import sandbox_host
from faults.audit import audit, held, logged, rows
from faults.killing import kill_again_and_again
from faults.outage import away, stopped
from faults.served import Served
from faults.students import RIGHT, Crowd
from processes import descendants

from codegym_jlab.settings import HOST_AT_ONCE

pytestmark = pytest.mark.slow

#: What waits for a judgement, or to be told.
OWED = """
SELECT (SELECT count(*) FROM submissions WHERE state = 'waiting') +
       (SELECT count(*) FROM outbox WHERE delivered_at IS NULL)
"""
ROUNDS = 4


def test_killed_at_random_moments(tmp_path: Path) -> None:
    figures = kill_again_and_again(tmp_path, ROUNDS, seed=20261120)
    assert figures.acknowledged >= ROUNDS and (figures.lost, figures.doubled) == (0, 0)


def test_two_servers_on_one_database_one_of_them_killed(serve: Callable[..., Served]) -> None:
    one, other = serve(), serve()
    crowd = Crowd([one, other])
    crowd.start()
    crowd.wait_for(20)
    one.kill()
    # who asked the dead one asks again, of either
    crowd.wait_for(10)
    one.start()
    crowd.wait_for(20)
    assert held(crowd, one, other).stored == len(crowd.acknowledged)


def test_the_database_is_away_longer_than_its_patience(serve: Callable[..., Served]) -> None:
    server = serve()
    crowd = Crowd([server])
    crowd.start()
    crowd.wait_for(10)
    with closing(sqlite3.connect(server.records / "codegym.sqlite", isolation_level=None, timeout=30)) as other:
        other.execute("BEGIN EXCLUSIVE")
        until = time.monotonic() + 120
        while not crowd.refused and time.monotonic() < until:
            time.sleep(0.05)
        before = len(crowd.acknowledged)
        time.sleep(0.5)
        assert len(crowd.acknowledged) == before, "nothing is acknowledged that cannot be stored"
        other.execute("ROLLBACK")
    crowd.wait_for(10)
    held(crowd, server)
    refused_kindly(crowd)


def refused_kindly(crowd: Crowd) -> None:
    """503, when to come again, and a plain sentence: no trace of ours, no path."""
    assert crowd.refused
    for status, code, text, retry_after in crowd.refused:
        assert (status, code) == (503, "store_unavailable"), text
        assert retry_after is not None and int(retry_after) > 0
        assert text.startswith("The records cannot be used now:"), text
        assert "Traceback" not in text and "/" not in text
        assert not [name for name in ("sqlite", "postgres") if name in text.lower()]


def test_postgresql_is_away_under_a_crowd(postgres: Server, tmp_path: Path) -> None:
    figures, crowd = away(tmp_path, postgres, stopped, students=12, away_s=2)
    assert (figures.lost, figures.doubled) == (0, 0) and figures.acknowledged >= 24
    assert crowd.looked[200]
    refused_kindly(crowd)


def test_the_disk_is_full_for_a_while(serve: Callable[..., Served], tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = f'mount -t tmpfs -o size=8m,mode=700 tmpfs "{small}" && exec "$@"'
    wrap = ("unshare", "--mount", "--propagation", "private", "sh", "-c", mount, "sh")
    if why := refusal([*wrap, "true"]):
        pytest.skip(f"this machine allows no small file system: {why}")
    server = serve(records=small / "records", wrap=wrap)
    assert server.process is not None
    inside = Path(f"/proc/{server.process.pid}/root{small}")
    crowd = Crowd([server])
    crowd.start()
    crowd.wait_for(10)
    fill(inside / "ballast")
    until = time.monotonic() + 120
    while len(crowd.refused) < 4 and time.monotonic() < until:
        time.sleep(0.02)
    (inside / "ballast").unlink()
    crowd.wait_for(10)
    crowd.stop()
    until = time.monotonic() + 120
    while rows(snapshot(server, inside / "records", tmp_path / "copy"), OWED) != [(0,)]:
        assert time.monotonic() < until
        time.sleep(0.5)
    audit(tmp_path / "copy", crowd.acknowledged, logged([server.events]))
    refused_kindly(crowd)


CORES = os.cpu_count() or 1


@pytest.mark.parametrize(("more", "people"), [({}, HOST_AT_ONCE), ({"judge_at_once": 4 * CORES}, 4 * CORES)])
def test_a_sandbox_host_works_at_more_than_the_server_has_processors(
    more: dict[str, int], people: int, serve: Callable[..., Served]
) -> None:
    """Answers that wait, each of another student: judged side by side, and not as many at once as processors."""
    seconds = 8  # far more than a busy machine adds to an answer
    with sandbox_host("--leases", str(people)) as host:
        here = {"sandbox": "remote", "sandbox_host": host.address, "sandbox_key_file": host.key_file}
        server = serve(settings={**here, **more, "wait_s": 60})
        body = {"course": "basics", "exercise": "twice", "kind": "submit"}

        def answer(number: int, waits: int = seconds) -> str:
            source = f"import time\ntime.sleep({waits})\n{RIGHT}  # {number}"
            sent = body | {"source": source, "idempotency_key": f"k{number}"}
            _, reply, _ = server.ask("POST", "submissions", sent, who=f"student-{number}")
            return str(reply["judgement"]["verdict"])

        with ThreadPoolExecutor(people) as everybody:
            assert answer(people, 0) == "AC"  # the host has its zygote now
            began = time.monotonic()
            assert set(everybody.map(answer, range(people))) == {"AC"}
            assert time.monotonic() - began < 3 * seconds


def snapshot(server: Served, records: Path, into: Path) -> Path:
    """A copy of another file system's records, made while their server stands still."""
    assert server.process is not None
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir()
    server.process.send_signal(signal.SIGSTOP)
    for name in ("codegym.sqlite", "codegym.sqlite-wal"):
        shutil.copy(records / name, into)
    server.process.send_signal(signal.SIGCONT)
    return into


def refusal(command: list[str]) -> str:
    """Why this command does not run here; empty where it does."""
    if shutil.which(command[0]) is None:
        return f"there is no {command[0]}"
    tried = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    return tried.stderr.strip() if tried.returncode else ""


def fill(path: Path) -> None:
    """Until nothing more goes in."""
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while file.write(b"\0" * size) == size:
                    pass
            except OSError:
                continue


def test_workers_are_killed_while_they_grade(serve: Callable[..., Served]) -> None:
    server = serve()
    crowd = Crowd([server])
    crowd.start()
    for _ in range(3):
        crowd.wait_for(4)
        kill_workers(server)
    crowd.wait_for(5)
    held(crowd, server)
    assert rows(server.records, "SELECT count(*) FROM submissions WHERE state = 'parked'") == [(0,)]


def kill_workers(server: Served) -> None:
    """Every process of ours below the server: zygotes, and what they have forked."""
    assert server.process is not None
    workers = descendants(server.process.pid)
    assert workers, "it has no worker"
    for pid in workers:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
