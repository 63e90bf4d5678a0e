"""cgroup v2, where a part of its tree is ours: the kernel itself bounds memory and number of a lease's processes.

Slots are made before the zygote leaves the host's files and cgroup namespace: what was opened then keeps its rights.
A slot is used again once all that was in it is dead. See cgroups(7) and the kernel's cgroup-v2 document.
"""

from __future__ import annotations

import os

_SLOTS = 24  #: leases and spares of one zygote; those beyond have the watchdog alone
_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class Slot:
    """One cgroup, for one fork at a time."""

    def __init__(self, base: int, name: str) -> None:
        """Raises OSError."""
        self._base, self._name = base, name
        os.mkdir(name, 0o755, dir_fd=base)
        self._folder = os.open(name, _OPEN, dir_fd=base)
        self._procs = os.open("cgroup.procs", os.O_WRONLY | os.O_CLOEXEC, dir_fd=self._folder)
        self._ended = 0

    def enter(self) -> None:
        """By the fork itself, before it is sealed. One that cannot has the watchdog."""
        try:
            os.write(self._procs, b"0")
        except OSError:
            return

    def bound(self, memory: int, processes: int) -> bool:
        """False where it is not in force: the fork is not in it, or the kernel takes no bounds here."""
        try:
            self._ended = self._kills()
            self._write("memory.oom.group", 1)  # all of it or nothing, as the watchdog does
            self._write("memory.max", memory)
            self._write("pids.max", processes)
            self._try("memory.swap.max", 0)
            return int(self._read("pids.current")) > 0
        except (OSError, ValueError):
            return False

    def ran_out(self) -> bool:
        """Whether the kernel ended what was in it, for memory, since it was bound."""
        try:
            return self._kills() > self._ended
        except (OSError, ValueError):
            return False

    def free(self) -> None:
        """Empty, and ready for the next."""
        for name in ("memory.max", "pids.max", "memory.swap.max"):
            self._try(name, "max")

    def remove(self) -> None:
        """Fails silently while something is in it."""
        try:
            os.rmdir(self._name, dir_fd=self._base)
        except OSError:
            return

    def close(self) -> None:
        """Close its files."""
        os.close(self._procs)
        os.close(self._folder)

    def _kills(self) -> int:
        return sum(int(line.split()[1]) for line in self._read("memory.events").splitlines() if "kill" in line)

    def _try(self, name: str, value: object) -> None:
        try:
            self._write(name, value)
        except OSError:  # no swap controller, say
            return

    def _write(self, name: str, value: object) -> None:
        fd = os.open(name, os.O_WRONLY | os.O_CLOEXEC, dir_fd=self._folder)
        try:
            os.write(fd, str(value).encode())
        finally:
            os.close(fd)

    def _read(self, name: str) -> str:
        fd = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._folder)
        try:
            return os.read(fd, 4096).decode()
        finally:
            os.close(fd)


def slots(base: str) -> list[Slot]:
    """Those of this zygote below a folder of the cgroup tree; none where there is no such folder."""
    found: list[Slot] = []
    if base:
        try:
            folder = os.open(base, _OPEN)
            for number in range(_SLOTS):
                found.append(Slot(folder, f"codegym-{os.getpid()}-{number}"))
        except OSError:  # as many as may be made
            return found
    return found
