"""A server's clock is set back by an hour while students hand in: nothing is lost, doubled or told out of order."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from absent import Absent, skip
from faults.audit import held, rows
from faults.served import Served
from faults.students import Crowd

pytestmark = pytest.mark.slow

HOUR_S = 3600
RECEIVED = "SELECT received_at FROM submissions ORDER BY id"


def test_the_clock_is_set_back_under_load(serve: Callable[..., Served], tmp_path: Path, compiler: str) -> None:
    library, ahead = tmp_path / "clock.so", tmp_path / "ahead"
    source = Path(__file__).with_name("clock.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    set_to(ahead, HOUR_S)
    server = serve(wrap=("env", f"LD_PRELOAD={library}", f"CLOCK_AHEAD={ahead}"))
    crowd = Crowd([server])
    crowd.start()
    crowd.wait_for(8)
    set_to(ahead, 0)
    crowd.wait_for(10)
    server.kill()  # its leases and second tries were set by both clocks
    server.start()
    crowd.wait_for(5)
    figures = held(crowd, server)
    assert figures.stored == len(crowd.acknowledged)
    times = [datetime.fromisoformat(text).replace(tzinfo=UTC) for (text,) in rows(server.records, RECEIVED)]
    now = datetime.now(UTC)
    assert times[0] > now + timedelta(seconds=HOUR_S / 2) and times[-1] <= now, "the clock was set back"


def set_to(clock: Path, ahead_s: int) -> None:
    """Written in place: the server has the file in its memory."""
    with clock.open("r+b" if clock.exists() else "w+b") as file:
        file.write(struct.pack("=q", ahead_s))


@pytest.fixture
def compiler() -> str:
    """A C compiler: what sets a single process's clock is compiled."""
    found = shutil.which("cc")
    if found is None:
        skip(Absent("no C compiler (cc) is here: as root on Debian, make test installs it"))
    return found
