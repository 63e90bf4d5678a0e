"""`codegym hub demo`, which `make class` runs: from the command to two students judged and a teacher who sees it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from acceptance.student import class_at_work
from processes import PATIENCE_S, descendants

from codegym_jlab.hub.demo import STUDENTS, TEACHER

pytestmark = [pytest.mark.full, pytest.mark.minutes, pytest.mark.browser]
TOLD = re.compile(r"ready after \d+ s:\s+(?P<url>\S+).*password\s+(?P<password>\S+)", re.S)
WRONG, RIGHT = 'print("Hello")', 'print("Hello, world!")'


class Command:
    """The command as a person runs it, and what it has said."""

    def __init__(self, scratch: Path) -> None:
        self.began, self._log = time.monotonic(), scratch / "said.txt"
        self.places = set(Path(tempfile.gettempdir()).glob("codegym-class-*"))
        words = [sys.executable, "-m", "codegym_jlab.cli", "hub", "demo", "--no-browser"]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT)

    def told(self) -> SimpleNamespace:
        """The class's address and the password."""
        until = time.monotonic() + PATIENCE_S
        while (found := TOLD.search(self._log.read_text())) is None:
            assert self.process.poll() is None and time.monotonic() < until, self._log.read_text()
            time.sleep(0.2)
        return SimpleNamespace(**found.groupdict())

    def ends_and_leaves_nothing(self) -> None:
        """Its servers end, its folder goes; not by SIGINT, which whoever is started in the background ignores."""
        below = descendants(self.process.pid)
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE_S) == 128 + signal.SIGTERM, self._log.read_text()
        assert not [pid for pid in below if Path(f"/proc/{pid}/cmdline").exists() and _is_ours(pid)]
        assert set(Path(tempfile.gettempdir()).glob("codegym-class-*")) <= self.places


def _is_ours(pid: int) -> bool:
    return b"codegym" in Path(f"/proc/{pid}/cmdline").read_bytes()


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    it = Command(tmp_path)
    yield it
    if it.process.poll() is None:
        it.process.kill()
        it.process.wait()


def test_two_students_are_judged_and_the_teacher_sees_it(command: Command, browser: Any) -> None:
    told = command.told()
    passwords = dict.fromkeys((*STUDENTS, TEACHER), told.password)
    class_at_work(browser, told.url, passwords, ("First steps", "Hello, world!"), WRONG, RIGHT)
    print(f"from the command to a teacher who sees two students: {time.monotonic() - command.began:.0f} s")
    command.ends_and_leaves_nothing()
