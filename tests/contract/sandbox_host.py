"""A real `codegym sandbox-host` for tests: a process of its own, and another user's where root runs the tests."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_NAMES = ("CODEGYM_SANDBOX_HOST", "CODEGYM_SANDBOX_KEY_FILE")


class SandboxHost:
    """One host on a UNIX socket; `start` and `kill` may be called again and again."""

    def __init__(self, folder: Path, level: str = "namespaces") -> None:
        self.level = level
        self.socket = folder / "host.sock"
        self.key_file = folder / "key"
        self.key_file.write_text(secrets.token_hex(32))
        self.key_file.chmod(0o600)
        self.process: subprocess.Popen[str] | None = None
        self.said = ""

    @property
    def address(self) -> str:
        return f"unix:{self.socket}"

    @property
    def key(self) -> bytes:
        return self.key_file.read_text().encode()

    def command(self, *options: str) -> list[str]:
        command = [sys.executable, "-m", "codegym_jlab.cli", "sandbox-host"]
        return [*command, "--listen", self.address, "--key-file", str(self.key_file), "--level", self.level, *options]

    def start(self, *options: str) -> None:
        """Returns once it serves. Where it cannot, the test is skipped; under CI it fails."""
        self.process = subprocess.Popen(
            self.command(*options), stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
        )
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline()
        if "listening at" not in self.said:
            self.stop()
            if os.environ.get("CI"):
                pytest.fail("no sandbox host")
            pytest.skip("no sandbox host here")

    def kill(self) -> None:
        """As a crash does."""
        assert self.process is not None
        self.process.kill()
        self.stop()

    def stop(self) -> None:
        """As systemd does."""
        process, self.process = self.process, None
        if process is not None:
            process.terminate()
            process.wait(120)
            assert process.stdout is not None
            process.stdout.close()


@contextmanager
def sandbox_host(*options: str, level: str = "namespaces") -> Iterator[SandboxHost]:
    """One that runs, and that the environment names."""
    folder = Path(tempfile.mkdtemp(prefix="codegym-test-"))  # a socket's path is short
    host = SandboxHost(folder, level)
    try:
        host.start(*options)
        os.environ.update(dict(zip(_NAMES, (host.address, str(host.key_file)), strict=True)))
        yield host
    finally:
        for name in _NAMES:
            os.environ.pop(name, None)
        host.stop()
        shutil.rmtree(folder, ignore_errors=True)
