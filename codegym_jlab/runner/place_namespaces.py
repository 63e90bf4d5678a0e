"""The level `namespaces`, from inside: the zygote behind its view, each fork behind its seal."""

from __future__ import annotations

import os

from . import kernel, lock_filter, seal, seccomp, view
from .processes import Table

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


class Namespaces:
    """What the zygote asks of its level."""

    sole = True  #: a fork is pid 1 of a namespace of its own
    forks = True  #: and forks for each of its checks
    folder = seal.FOLDER

    def __init__(self, config: dict[str, Any], control: int) -> None:
        seccomp.prepare(lock_filter.steps(kernel.MACHINE))
        self._view = view.enter(config, control)
        self._files = [name for name, _ in config["files"] if name not in self._view.missing]

    def fork(self) -> int:
        """fork(2); returns 0 in the child."""
        return seal.fork(self._view)

    def seal(self, frame: dict[str, Any], channel: int) -> dict[str, Any]:
        """Close this fork off for good. Returns what is in force."""
        return seal.close(self._view, self._files, frame["files_mb"], channel)

    def end(self, pids: Iterable[int]) -> None:
        """Kill these forks; what they forked dies with their namespaces."""
        for pid in pids:
            os.kill(pid, 9)

    def buried(self, pid: int) -> None:
        """A fork is dead; nothing of it is left."""

    def table(self) -> Table:
        """For the watchdog."""
        return Table(self._view.proc)

    def details(self) -> dict[str, Any]:
        """For doctor."""
        return {"user_namespace_of_zygote": self._view.own_user, "missing_files": self._view.missing}


def enter(config: dict[str, Any], control: int) -> Namespaces:
    """Leave the host. Returns in another process than it was called in."""
    return Namespaces(config, control)
