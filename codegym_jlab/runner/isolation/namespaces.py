"""The level `namespaces`, from inside: the zygote behind its view, each fork behind its seal.

Where a part of the tree of cgroup v2 is ours, the kernel itself bounds memory and number of a lease's processes. Slots
are made before the zygote leaves the host's files and cgroup namespace: what was opened then keeps its rights. A slot
is used again once all that was in it is dead. See cgroups(7) and the kernel's cgroup-v2 document.
"""

import os
from collections.abc import Iterable
from contextlib import suppress

from ..session.limits import lower
from ..wire.frames import Json
from . import drop_privileges, landlock, rootfs, seccomp
from .watchdog import Table
from .zygote import Level

_SLOTS = 24  #: leases and spares of one zygote; those beyond have the watchdog alone
_OPEN = os.O_RDONLY | os.O_DIRECTORY


class Slot:
    """One cgroup, for one fork at a time."""

    def __init__(self, base: int, name: str) -> None:
        """Raises OSError."""
        self._base, self._name = base, name
        os.mkdir(name, 0o755, dir_fd=base)
        self._folder = os.open(name, _OPEN, dir_fd=base)
        self._procs = os.open("cgroup.procs", os.O_WRONLY, dir_fd=self._folder)
        self._ended = 0

    def enter(self) -> None:
        """By the fork itself, before it is sealed. One that cannot has the watchdog."""
        with suppress(OSError):
            os.write(self._procs, b"0")

    def bound(self, memory: int, processes: int) -> bool:
        """False where it is not in force: the fork is not in it, or the kernel takes no bounds here."""
        try:
            self._ended = self._kills()
            self._write("memory.oom.group", 1)  # all of it or nothing, as the watchdog does
            self._write("memory.max", memory)
            self._write("pids.max", processes)
            with suppress(OSError):  # no swap controller
                self._write("memory.swap.max", 0)
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
            with suppress(OSError):
                self._write(name, "max")

    def remove(self) -> None:
        """Fails silently while something is in it."""
        with suppress(OSError):
            os.rmdir(self._name, dir_fd=self._base)

    def _kills(self) -> int:
        return sum(int(line.split()[1]) for line in self._read("memory.events").splitlines() if "kill" in line)

    def _write(self, name: str, value: object) -> None:
        with open(name, "w", opener=self._open) as file:
            file.write(str(value))

    def _read(self, name: str) -> str:
        with open(name, opener=self._open) as file:
            return file.read()

    def _open(self, name: str, flags: int) -> int:
        return os.open(name, flags, dir_fd=self._folder)


def slots(base: str) -> list[Slot]:
    """Those of this zygote below a folder of the cgroup tree; none where there is no such folder."""
    found: list[Slot] = []
    with suppress(OSError):  # as many as may be made
        folder = os.open(base, _OPEN)
        while len(found) < _SLOTS:
            found.append(Slot(folder, f"codegym-{os.getpid()}-{len(found)}"))
    return found


class Namespaces(Level):
    """See `zygote.Level`."""

    sole = True
    folder = drop_privileges.FOLDER

    def __init__(self, config: Json, control: int) -> None:
        lower("CORE", 0)
        seccomp.prepare(seccomp.LOCKS)
        self._free = slots(config["cgroup"])
        self._slots: dict[int, Slot] = {}
        self._view = rootfs.enter(config, control)
        landlock.abi()
        self._files = [name for name, _ in config["files"]]

    def fork(self) -> int:
        """fork(2); returns 0 in the child."""
        slot = self._free.pop() if self._free else None
        pid = drop_privileges.fork(self._view)
        if slot is not None and pid:
            self._slots[pid] = slot
        elif slot is not None:
            slot.enter()
        return pid

    def bound(self, pid: int, memory: int, processes: int) -> bool:
        """Have the kernel bound a lease; False where it does not, and the watchdog has to."""
        return pid in self._slots and self._slots[pid].bound(memory, processes)

    def ran_out(self, pid: int) -> bool:
        """Whether the kernel ended it for memory."""
        return pid in self._slots and self._slots[pid].ran_out()

    def leave(self, pids: Iterable[int]) -> None:
        """At the end of the zygote: nothing of these forks is left, and no cgroup."""
        for pid in pids:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
        for slot in (*self._free, *self._slots.values()):
            slot.remove()

    def seal(self, frame: Json, channel: int) -> Json:
        """Close this fork off for good. Returns what is in force."""
        return drop_privileges.close(self._view, self._files, frame["files_mb"], channel)

    def buried(self, pid: int) -> None:
        """A fork is dead; nothing of it is left."""
        if slot := self._slots.pop(pid, None):
            slot.free()
            self._free.append(slot)

    def table(self) -> Table:
        """For the watchdog."""
        return Table(self._view.proc)

    def details(self) -> Json:
        """For doctor."""
        return {"bounds": "cgroup" if self._free or self._slots else "watchdog"}
