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
from absent import skip
from acceptance.student import class_at_work
from faults.audit import rows
from processes import PATIENCE_S, descendants, told_by, users_of
from traitlets.config.loader import PyFileConfigLoader

from codegym_jlab.hub.demo import STUDENTS, TEACHER
from codegym_jlab.hub.postgresql import Missing

pytestmark = [pytest.mark.full, pytest.mark.minutes, pytest.mark.browser]
TOLD = re.compile(r"ready after \d+ s:\s+(?P<url>\S+).*password\s+(?P<password>\S+)", re.S)
JUDGED = "SELECT verdict, count(*) FROM judgements GROUP BY verdict ORDER BY verdict"
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

    def lacks(self) -> str:
        """What this machine has no PostgreSQL or no sandbox host for, in the command's words."""
        lines = re.findall(r"^ *(records|sandboxes) +(.*)$", self._log.read_text(), re.M)
        assert [name for name, _ in lines] == ["records", "sandboxes"], lines
        return "; ".join(what for _, what in lines if what != "PostgreSQL" and "a host of their own" not in what)

    def keeps_apart(self) -> None:
        """Answers run as somebody who is not the service, and what was handed in is in PostgreSQL."""
        words = {pid: told_by(pid, "cmdline").split(b"\0") for pid in descendants(self.process.pid)}
        (host,) = (pid for pid, said in words.items() if b"sandbox-host" in said)
        (service,) = (pid for pid, said in words.items() if said[-5:-2] == [b"codegym_jlab.cli", b"hub", b"--config"])
        theirs = set[int]().union(*map(users_of, {host, *descendants(host)}))
        assert theirs and users_of(service) and not theirs & users_of(service), (theirs, users_of(service))
        config = PyFileConfigLoader(words[service][-2].decode()).load_config()
        assert rows(config.CodeGym.database, JUDGED) == [("AC", 2), ("WA", 2)]

    def ends_and_leaves_nothing(self) -> None:
        """Its servers end, its folder goes; not by SIGINT, which whoever is started in the background ignores."""
        below = descendants(self.process.pid)
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE_S) == 128 + signal.SIGTERM, self._log.read_text()
        assert not [pid for pid in below if b"codegym" in told_by(pid, "cmdline")]
        assert set(Path(tempfile.gettempdir()).glob("codegym-class-*")) <= self.places


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
    if not (lacking := command.lacks()):
        command.keeps_apart()
    command.ends_and_leaves_nothing()
    if lacking:
        skip(Missing(lacking))
