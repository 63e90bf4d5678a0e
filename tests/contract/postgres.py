"""A PostgreSQL server for tests: a real one on a socket of its own in /tmp, its databases, and its end.

Nothing of the machine's own server is touched. What a killed run left is swept at the next start.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import tempfile
import time
from itertools import count
from pathlib import Path

import psycopg

from codegym_jlab.hub.postgresql import Cluster, programs

_PREFIX = "codegym-postgres-"


class Server(Cluster):
    """One cluster."""

    def __init__(self) -> None:
        sweep()
        programs()  # Missing is raised before anything is made
        super().__init__(Path(tempfile.mkdtemp(prefix=_PREFIX, dir="/tmp")))
        self._lock = (self.folder / "unlocked").open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        (self.folder / "unlocked").rename(self.folder / "lock")  # who sweeps now finds it locked, or not at all
        self._numbers = count()

    @contextlib.contextmanager
    def frozen(self):  # type: ignore[no-untyped-def]
        """It hangs: connections stay, and nobody answers."""
        pids = self._pids()
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def execute(self, statement: str, name: str = "postgres") -> list[tuple[object, ...]]:
        """One statement, outside of any transaction; its rows."""
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []

    def database(self, template: str = "template1") -> str:
        """A new one; its name."""
        name = f"t{os.getpid()}_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def empty(self, name: str) -> None:
        """Take every row out of its tables, which is quicker than another database. Nobody is connected any more."""
        self.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        found = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        deletes = "".join(f"DELETE FROM {table};" for (table,) in self.execute(found, name))
        self.execute(f"DO $$ BEGIN SET LOCAL session_replication_role = replica; {deletes} END $$", name)

    def drop(self, name: str) -> None:
        """Whoever is connected to it is not any more."""
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        """End it and everything of it."""
        end(self.folder)
        self._lock.close()

    def _pids(self) -> list[int]:
        """The server's own process first, then its children."""
        first = postmaster(self.folder)
        assert first is not None
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [first, *map(int, children)]


def sweep() -> None:
    """End what is left of servers whose tests were killed."""
    for folder in Path("/tmp").glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError), (folder / "lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            end(folder)


def postmaster(folder: Path) -> int | None:
    """The id of its first process, if it lives: another process may have that number now."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        if f"{folder}/".encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
            return pid
    return None


def end(folder: Path) -> None:
    """End what runs there, and remove it."""
    pid = postmaster(folder)
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
            os.kill(pid, signal.SIGQUIT)
    until = time.monotonic() + 20
    while postmaster(folder) is not None and time.monotonic() < until:
        time.sleep(0.02)
    shutil.rmtree(folder, ignore_errors=True)
