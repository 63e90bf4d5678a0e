"""A real server of the extension, with everything on, that can be killed and started again on the same records."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contract.outside import free_ports
from processes import end_tidily

from benchmarks.hub_class import PATIENCE_S, Reply, Unanswered, reply_of

HERE = Path(__file__).parent
TOKEN = "a-token-of-the-tests"
CONFIG = """
import logging
c = get_config()
c.EventLogger.handlers = [logging.FileHandler({events!r}, encoding="utf-8")]
"""


@dataclass
class Served:
    """A folder with records and event log, and the server on it. Two may share `records`."""

    folder: Path
    records: Path
    settings: dict[str, Any] = field(default_factory=dict)
    wrap: tuple[str, ...] = ()  #: a command that starts the server, as `unshare`
    package: Path = HERE.parents[1]  #: the folder of the codegym_jlab that it runs
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_ports(1)[0]
        shutil.copytree(HERE / "courses", self.folder / "courses")
        (self.folder / "jupyter_server_config.py").write_text(CONFIG.format(events=str(self.events)))

    @property
    def events(self) -> Path:
        """What the event log has taken, a JSON object a line."""
        return self.folder / "events.jsonl"

    @property
    def log(self) -> Path:
        """What the server said."""
        return self.folder / "server.log"

    def launch(self) -> None:
        """Start it; does not wait until it answers."""
        homes = {f"JUPYTER_{name}_DIR": str(self.folder / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
        homes["PYTHONFAULTHANDLER"] = "1"  # see end_tidily
        env = {**os.environ, **homes, "PYTHONPATH": f"{HERE.parent}{os.pathsep}{self.package}"}
        settings = {"courses_dir": self.folder / "courses", "data_dir": self.records, "warm_kernels": False}
        # a run of the tests that is killed leaves no server behind
        tied = ("setpriv", "--pdeathsig", "KILL") if shutil.which("setpriv") else ()
        command = [*tied, *self.wrap, sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"]
        command += [f"--config={self.folder / 'jupyter_server_config.py'}", f"--ServerApp.root_dir={self.folder}"]
        command += [f"--ServerApp.port={self.port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"]
        command += ["--CodeGymApp.identity_class=faults.identity.ByHeader"]
        command += [f"--CodeGym.{name}={value}" for name, value in {**settings, **self.settings}.items()]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                command,
                env=env,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.starts += 1

    def start(self) -> None:
        """Start it, and wait until it is ready to judge."""
        self.launch()
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            assert self.process is not None and self.process.poll() is None, self.said()
            try:
                status, body, _ = self.ask("GET", "courses/basics", who="nobody")
                if status == 200:
                    return
            except Unanswered:
                pass
            time.sleep(0.05)
        raise AssertionError(f"the server does not get ready: {self.said()}")

    def kill(self) -> None:
        """As a power cut does to a process: no time for anything."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        """Tidily."""
        process, self.process = self.process, None
        if process is not None:
            end_tidily(process, self.said)

    def ask(self, method: str, path: str, body: Any = None, *, who: str) -> Reply:
        """One request on a connection of its own: status, JSON, headers. Raises Unanswered."""
        headers = {"Authorization": f"token {TOKEN}", "X-Who": who}
        return reply_of(self.port, method, f"/codegym/api/{path}", headers, body)

    def said(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-4000:]
