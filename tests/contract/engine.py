"""A container engine for tests: a real dockerd on a socket, in folders and in a cgroup of its own, and its end.

Nothing of the machine's own engine, firewall or network is touched. What a killed run left is swept at the next start.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from absent import Absent

from codegym_jlab.sandbox.docker.engine import LABEL

_PREFIX = "codegym-engine-"
_START_S = 60.0
_FLAGS = ("--iptables=false", "--ip6tables=false", "--bridge=none", "--ip-forward=false", "--ip-masq=false")
#: What dockerd says where the machine, and not what is installed on it, is the reason.
_OF_THE_MACHINE = ("operation not permitted", "permission denied", "not mounted", "not supported", "no such device",
                   "not available", "cgroup")  # fmt: skip


running: list[Engine] = []


def runsc() -> Path | None:
    """gVisor's program where `make parts` has built it."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return max((cache / "codegym").glob("runsc-v*"), default=None)


class Engine:
    """One dockerd."""

    def __init__(self) -> None:
        sweep()
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir="/tmp"))  # a socket's path must be short
        self._lock = (self.folder / "lock").open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.address = f"unix://{self.folder}/d.sock"
        self._log = self.folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers. Raises Absent."""
        if shutil.which("dockerd") is None:
            raise Absent("dockerd is not installed: make system, as root on Debian", False)
        if os.getuid() != 0:
            raise Absent("only root can start a container engine", True)
        command = [
            *("dockerd", "--data-root", f"{self.folder}/data", "--exec-root", f"{self.folder}/run"),
            *(
                "--pidfile",
                f"{self.folder}/pid",
                "-H",
                self.address,
                "--cgroup-parent",
                f"/{self.folder.name}",
                *_FLAGS,
            ),
        ]
        if path := runsc():
            command += ["--add-runtime", f"runsc={path}"]
        _give_processors(self.folder.name)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True
            )
        self._await()

    def _await(self) -> None:
        assert self._process is not None
        end = time.monotonic() + _START_S
        while time.monotonic() < end:
            if self._process.poll() is not None:
                words = self._words()
                raise Absent(f"dockerd does not run here: {words}", any(w in words.lower() for w in _OF_THE_MACHINE))
            if self.docker("version").returncode == 0:
                running.append(self)
                return
            time.sleep(0.1)
        raise Absent(f"dockerd does not answer: {self._words()}", False)

    def _words(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()
        return next(
            (line for line in reversed(lines) if "failed" in line or "level=fatal" in line), " ".join(lines[-3:])
        )

    def docker(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The command line's answer."""
        return subprocess.run(["docker", "-H", self.address, *words], capture_output=True, text=True, check=False)

    def containers(self, owner: int | None = None) -> set[str]:
        """All that the engine knows of, running or not; `owner`: those that this process made alone."""
        listed = self.docker("ps", "-a", "--no-trunc", "--format", f'{{{{.ID}}}} {{{{.Label "{LABEL}"}}}}').stdout
        wanted = [line.split() for line in listed.splitlines()]
        return {words[0] for words in wanted if owner is None or words[1:] and words[1].startswith(f"{owner}-")}

    def pids(self, owner: int | None = None) -> set[int]:
        """Processes on this machine that live in containers; `owner`: those that this process started alone."""
        numbers = self.containers(owner)
        return {pid for pid, groups in _in_cgroups(self.folder.name) if any(number in groups for number in numbers)}

    def stop(self) -> None:
        """End it and everything of it."""
        running.clear()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(20)
        _end(self.folder)
        if self._process is not None:
            self._process.wait(10)
        self._lock.close()


def _in_cgroups(name: str) -> Iterator[tuple[int, str]]:
    for entry in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            text = Path(f"/proc/{entry}/cgroup").read_text()
            if (
                f"/{name}/" in text
                and Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
            ):
                yield int(entry), text


def _give_processors(name: str) -> None:
    """Let all containers together weigh as much as many processes: else the group weighs as much as one of those."""
    for root, file, weight in (
        ("/sys/fs/cgroup/cpu", "cpu.shares", "65536"),
        ("/sys/fs/cgroup", "cpu.weight", "10000"),
    ):
        if Path(root, "cgroup.procs").exists():
            with contextlib.suppress(OSError):
                Path(root, name).mkdir(exist_ok=True)
                Path(root, name, file).write_text(weight)


def sweep() -> None:
    """End what is left of engines whose tests were killed."""
    for folder in Path("/tmp").glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError), (folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _end(folder)


def _end(folder: Path) -> None:
    """Kill what runs from that folder or in its cgroup, unmount what is mounted below it, remove both."""
    for _ in range(50):
        found = _of(folder)
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if not found:
            break
        time.sleep(0.1)
    for mount in _mounts(folder):
        subprocess.run(["umount", "-l", mount], capture_output=True, check=False)
    shutil.rmtree(folder, ignore_errors=True)
    for top in Path("/sys/fs/cgroup").glob("*"):
        for group in [*_groups(top / folder.name), *_groups(Path("/sys/fs/cgroup") / folder.name)]:
            with contextlib.suppress(OSError):
                group.rmdir()


def _of(folder: Path) -> set[int]:
    """dockerd, containerd and shims by their command line, the others by their cgroup."""
    found = {pid for pid, _ in _in_cgroups(folder.name)}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if f"{folder}/".encode() in Path(f"/proc/{entry}/cmdline").read_bytes():
                found.add(int(entry))
    return found - {os.getpid()}


def _mounts(folder: Path) -> list[str]:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    points = [line.split()[4] for line in lines]
    return sorted((point for point in points if point.startswith(f"{folder}/")), key=len, reverse=True)


def _groups(top: Path) -> list[Path]:
    """Innermost first."""
    return sorted((Path(root) for root, _, _ in os.walk(top)), key=lambda path: len(path.parts), reverse=True)
