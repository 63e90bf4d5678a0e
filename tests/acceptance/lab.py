"""A real JupyterLab of this project, and where to find a real Chromium: for tests and for the screenshots."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from processes import PATIENCE_S, end_tidily

from codegym_jlab.hub.demo import free_port

CHROMIUM_ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ROOT = Path(__file__).parents[2]


def chromium() -> str:
    """Path of the browser, or a skip (outside CI) that says how to get one."""
    for name in ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    if os.environ.get("CI"):
        pytest.fail("CI needs Chromium: apt-get install chromium-headless-shell")
    pytest.skip("no Chromium on this machine: apt-get install chromium-headless-shell")


@dataclass
class Lab:
    """A running JupyterLab of this project on a folder of its own."""

    home: Path
    root: Path
    port: int
    token: str
    args: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the server and wait for its first answer."""
        command = [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            f"--port={self.port}",
            "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={self.token}",
            f"--ServerApp.root_dir={self.root}",
            "--LabApp.expose_app_in_browser=True",
            *self.args,
        ]
        env = {**os.environ, **clean_home(self.home), **self.env}
        with open(self.home / "lab.log", "ab") as log:
            self.process = subprocess.Popen(command, env=env, stdout=log, stderr=log, cwd=self.root)
        self.wait()

    def wait(self) -> None:
        """Until the process that was started answers."""
        assert self.process is not None
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until and self.process.poll() is None:
            try:
                urllib.request.urlopen(f"{self.url}/api?token={self.token}", timeout=30).close()
                return
            except OSError:
                time.sleep(0.05)
        self.stop()  # else the next test is blamed for it
        raise RuntimeError((self.home / "lab.log").read_text())

    def stop(self) -> None:
        """End the server and wait for it."""
        if self.process is not None:
            process, self.process = self.process, None
            end_tidily(process, (self.home / "lab.log").read_text)

    def submissions(self) -> int:
        """How many answers the records hold."""
        with closing(sqlite3.connect(self.records)) as records:
            (count,) = records.execute("SELECT count(*) FROM submissions WHERE kind != 'draft'").fetchone()
        return int(count)

    @property
    def records(self) -> Path:
        """The database of this lab's only user."""
        (found,) = self.home.rglob("codegym.sqlite")
        return found

    def notebook(self, path: str) -> dict[str, Any]:
        """A notebook as it lies on disk; Jupyter writes in place, so a moment it may be cut short there."""
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                found: dict[str, Any] = json.loads((self.root / path).read_text())
                return found
            except json.JSONDecodeError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def page(self, path: str = "lab") -> str:
        """The address of a page of the lab, token and all."""
        return f"{self.url}/{path}?token={self.token}&reset"


#: Lab's news; and who asks for the formats that a notebook may be saved in, a second of each server's processor time.
_LEFT_OUT = (
    "@jupyterlab/apputils-extension:announcements",
    "@jupyterlab/notebook-extension:export",
    "@jupyterlab/notebook-extension:update-raw-mimetype",
)


def clean_home(home: Path) -> dict[str, str]:
    """Environment of a user who has never run Jupyter and has no Node, as most students: Lab would ask it for a second.

    Without some parts of Lab, and no build is looked for.
    """
    config = home / ".jupyter" / "labconfig"
    config.mkdir(parents=True, exist_ok=True)
    page = {"buildAvailable": False, "disabledExtensions": dict.fromkeys(_LEFT_OUT, True)}
    (config / "page_config.json").write_text(json.dumps(page))
    node = home / "bin" / "node"
    node.parent.mkdir(exist_ok=True)
    node.write_text("#!/bin/sh\nexit 127\n")
    node.chmod(0o755)
    return {
        "PATH": f"{node.parent}:{os.environ['PATH']}",
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / ".jupyter"),
        "JUPYTER_DATA_DIR": str(home / ".local" / "share" / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "PYTHONFAULTHANDLER": "1",  # see end_tidily
    }


def new_lab(tmp: Path, *args: str, **env: str) -> Lab:
    """A lab that is not started yet, on fresh folders under `tmp`."""
    home, root = tmp / "home", tmp / "work"
    home.mkdir(parents=True)
    root.mkdir(parents=True)
    return Lab(home, root, free_port(), secrets.token_hex(16), list(args), env)
