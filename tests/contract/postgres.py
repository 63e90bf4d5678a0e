"""A PostgreSQL server for tests: a real one on a socket of its own in /tmp, its databases, and its end.

Nothing of the machine's own server is touched. What a killed run left is swept at the next start.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path

import psycopg
from absent import Absent

_PREFIX = "codegym-postgres-"
_PORT = 5432  #: names the socket; nobody listens on the network
_START_S = 60.0


def programs() -> Path:
    """The folder of initdb and pg_ctl: Debian keeps it out of the path. Raises Absent."""
    found = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]))
    if found is None and not folders:
        raise Absent("PostgreSQL is not installed: make system, as root on Debian")
    return Path(found).parent if found else folders[-1].parent


def _user() -> str | None:
    """initdb refuses root: who it is run as."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


class Server:
    """One cluster. With `fsync` it writes as a class's does, else as fast as it can."""

    def __init__(self, *, fsync: bool = False) -> None:
        sweep()
        self.programs = programs()
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir="/tmp"))  # a socket's path must be short
        self.user = _user()
        if self.user is not None:
            shutil.chown(self.folder, self.user)
        self._lock = (self.folder / "unlocked").open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        (self.folder / "unlocked").rename(self.folder / "lock")  # who sweeps now finds it locked, or not at all
        self._fsync = fsync
        self._numbers = count()

    def make(self) -> None:
        """A cluster, not started. Raises Absent."""
        self._run("initdb", "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")

    def start(self) -> None:
        """Returns when it answers. Raises Absent."""
        switches = f"-c listen_addresses= -c port={_PORT} -c unix_socket_directories={self.folder}"
        switches += f" -c fsync={'on' if self._fsync else 'off'} -c shared_buffers=16MB -c max_connections=60"
        self._run("pg_ctl", "-w", "-t", str(int(_START_S)), "-l", f"{self.folder}/log", "-o", switches, "start")

    def stop(self, mode: str = "immediate") -> None:
        """As a machine that goes down (`immediate`), or tidily (`fast`)."""
        self._run("pg_ctl", "-w", "-m", mode, "stop")

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

    def url(self, name: str = "postgres") -> str:
        """As the setting `database` takes it."""
        return f"postgresql://postgres@/{name}?host={self.folder}&port={_PORT}"

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
        _end(self.folder)
        self._lock.close()

    def _pids(self) -> list[int]:
        """The server's own process first, then its children."""
        first = _postmaster(self.folder)
        assert first is not None
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [first, *map(int, children)]

    def _run(self, program: str, *words: str) -> None:
        command = [str(self.programs / program), "-D", f"{self.folder}/data", *words]
        if self.user is not None:
            command = ["setpriv", "--reuid", self.user, "--regid", self.user, "--init-groups", *command]
        # no pipes: the server would inherit them, and whoever reads them would wait for its end
        with (self.folder / "said").open("w+b") as said:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd="/", check=False)
            said.seek(0)
            if done.returncode != 0:
                raise Absent(f"{program}: {said.read().decode(errors='replace')[-800:]}")


def sweep() -> None:
    """End what is left of servers whose tests were killed."""
    for folder in Path("/tmp").glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError), (folder / "lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _end(folder)


def _postmaster(folder: Path) -> int | None:
    """Its id, if it lives: another process may have that number now."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        if f"{folder}/".encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
            return pid
    return None


def _end(folder: Path) -> None:
    pid = _postmaster(folder)
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
            os.kill(pid, signal.SIGQUIT)
    until = time.monotonic() + 20
    while _postmaster(folder) is not None and time.monotonic() < until:
        time.sleep(0.02)
    shutil.rmtree(folder, ignore_errors=True)
