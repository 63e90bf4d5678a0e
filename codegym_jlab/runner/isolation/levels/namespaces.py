"""The level `namespaces`, from inside: the zygote behind its view, each fork behind its seal."""

from __future__ import annotations

import os
import resource

from .. import cgroups, drop_privileges, landlock, linux, rootfs, seccomp
from ..watchdog import Table

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


class Namespaces:
    """What the zygote asks of its level."""

    sole = True  #: a fork is pid 1 of a namespace of its own
    forks = True  #: and forks for each of its checks
    folder = drop_privileges.FOLDER

    def __init__(self, config: dict[str, Any], control: int) -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        seccomp.prepare(seccomp.lock_steps(linux.MACHINE))
        self._free = cgroups.slots(config["cgroup"])
        self._slots: dict[int, cgroups.Slot] = {}
        self._view = rootfs.enter(config, control)
        landlock.abi()
        self._files = [name for name, _ in config["files"] if name not in self._view.missing]

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

    def seal(self, frame: dict[str, Any], channel: int) -> dict[str, Any]:
        """Close this fork off for good. Returns what is in force."""
        return drop_privileges.close(self._view, self._files, frame["files_mb"], channel)

    def end(self, pids: Iterable[int]) -> None:
        """Kill these forks; what they forked dies with their namespaces."""
        for pid in pids:
            os.kill(pid, 9)

    def buried(self, pid: int) -> None:
        """A fork is dead; nothing of it is left."""
        if slot := self._slots.pop(pid, None):
            slot.free()
            self._free.append(slot)

    def table(self) -> Table:
        """For the watchdog."""
        return Table(self._view.proc)

    def details(self) -> dict[str, Any]:
        """For doctor."""
        bounds = "cgroup" if self._free or self._slots else "watchdog"
        return {
            "user_namespace_of_zygote": self._view.own_user, "missing_files": self._view.missing, "bounds": bounds,
        }  # fmt: skip


def enter(config: dict[str, Any], control: int) -> Namespaces:
    """Leave the host. Returns in another process than it was called in."""
    return Namespaces(config, control)
