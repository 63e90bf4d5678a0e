"""A PostgreSQL server of one's own for a while, in a folder, on a UNIX socket: for a class to try, and for tests."""

import os
import pwd
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

_PORT = 5432  #: names the socket; nobody listens on the network
_START_S = 60


class Missing(Exception):
    """Something is not installed, or does not start; the text says what brings it."""


def programs() -> Path:
    """The folder of initdb and pg_ctl: Debian keeps it out of the path. Raises Missing."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    if newest := max(folders, key=lambda folder: float(folder.parent.name), default=None):
        return newest
    raise Missing("PostgreSQL is not installed: make system, as root on Debian")


class Cluster:
    """In `folder`, whose path must be short. It writes as fast as it can: a power cut may lose what it has."""

    def __init__(self, folder: Path) -> None:
        self.programs, self.folder = programs(), folder
        self.user: str | None = None
        if os.getuid() == 0:  # initdb refuses root
            self.user = "postgres" if "postgres" in {entry.pw_name for entry in pwd.getpwall()} else "nobody"
            shutil.chown(folder, self.user)

    def make(self) -> None:
        """Not started. Raises Missing."""
        self._run("initdb", "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")

    def start(self) -> None:
        """Returns when it answers. Raises Missing."""
        switches = f"-c listen_addresses= -c port={_PORT} -c unix_socket_directories={self.folder}"
        switches += " -c fsync=off -c shared_buffers=16MB -c max_connections=60"
        self._run("pg_ctl", "-w", "-t", str(_START_S), "-l", f"{self.folder}/log", "-o", switches, "start")

    def stop(self, mode: str = "immediate") -> None:
        """As a machine that goes down (`immediate`), or tidily (`fast`)."""
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    def url(self, name: str = "postgres") -> str:
        """As the setting `database` takes it."""
        return f"postgresql://postgres@/{name}?host={self.folder}&port={_PORT}"

    def close(self) -> None:
        """End it and everything of it."""
        with suppress(Missing):  # it does not run
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *words: str) -> None:
        command = [str(self.programs / program), "-D", f"{self.folder}/data", *words]
        if self.user is not None:
            command = ["setpriv", "--reuid", self.user, "--regid", self.user, "--init-groups", *command]
        # no pipes: the server would inherit them, and whoever reads them would wait for its end
        with (self.folder / "said").open("w+b") as said:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                cwd="/",
                check=False,
                start_new_session=True,
            )
            said.seek(0)
            if done.returncode != 0:
                raise Missing(f"{program}: {said.read().decode(errors='replace')[-800:]}")
