"""The level `namespaces` for notebook kernels, from inside: like a submission's, with folders lent by the host."""

from __future__ import annotations

from typing import Any

from ..isolation import drop_privileges, linux, rootfs, seccomp
from ..isolation.watchdog import Table
from ..isolation.zygote import Level
from . import bind_mounts, seal
from .kernel import KernelPlaces


class Kernels(Level):
    """See `zygote.Level`."""

    supervised = True

    def __init__(self, config: dict[str, Any], control: int) -> None:
        seccomp.prepare(seccomp.kernel_steps(linux.MACHINE))
        self._view = rootfs.enter(config, control)
        self._id_maps: dict[tuple[int, int], int | None] = {}

    def prepare(self, frame: dict[str, Any]) -> None:
        """In the zygote, before the fork: what that folder's owner needs is made once."""
        owner = (frame["owner"][0], frame["owner"][1])
        if self._view.user is not None and owner not in self._id_maps:
            try:
                self._id_maps[owner] = bind_mounts.id_map(self._view, owner)
            except OSError:
                self._id_maps[owner] = None

    def fork(self) -> int:
        """fork(2); returns 0 in the child."""
        return drop_privileges.fork(self._view)

    def seal(self, frame: dict[str, Any], channel: int) -> dict[str, Any]:
        """Close this fork off for good. Returns what is in force."""
        idmap = self._id_maps.get((frame["owner"][0], frame["owner"][1]))
        seal.close(self._view, frame, idmap, channel)
        seal.limit(frame)
        return {"folder": seal.NOTEBOOK}

    def places(self, frame: dict[str, Any]) -> KernelPlaces:
        """Where the kernel that was sealed here finds its things."""
        return KernelPlaces(seal.NOTEBOOK, drop_privileges.FOLDER, f"{seal.SOCKETS}/k", {}, may_fork=True)

    def table(self) -> Table:
        """For the watchdog."""
        return Table(self._view.proc)


def enter(config: dict[str, Any], control: int) -> Kernels:
    """Leave the host. Returns in another process than it was called in."""
    return Kernels(config, control)
