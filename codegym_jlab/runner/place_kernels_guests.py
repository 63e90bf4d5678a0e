"""The level `namespaces` for kernels of other languages, from inside: programs, processes and a terminal are there.

Such a kernel sees the system's programs and libraries, read-only, an empty network of its own and its private folder.
It is leased for one run of a submission's cells, so no folder of the host is lent but that of its sockets.
"""

from __future__ import annotations

import os

from . import guest_kernel, kernel, kernel_filter, kernel_seal, landlock, lending, seal, seccomp, view
from .place_kernels import Kernels

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WORK = f"{seal.FOLDER}/work"  #: the working folder, which holds the course's files and nothing else
_FLAGS = kernel.MS_NOSUID | kernel.MS_NODEV
_READ = landlock.READ | 1  # and execute
_TERMINALS = landlock.READ | landlock.WRITE_FILE | 1 << 15  # and a device's own calls
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


class Guests(Kernels):
    """What the zygote asks of its level."""

    def __init__(self, config: dict[str, Any], control: int) -> None:
        seccomp.prepare(kernel_filter.guest_steps(kernel.MACHINE))
        self._view = view.enter(config, control)
        self._files = [name for name, _ in config["files"] if name not in self._view.missing]

    def prepare(self, frame: dict[str, Any]) -> None:
        """Nothing is made ahead."""

    def seal(self, frame: dict[str, Any], channel: int) -> dict[str, Any]:
        """Close this fork off for good. Returns what is in force."""
        os.setsid()
        nobody = self._view.has_nobody
        uid, gid = (lending.NOBODY, lending.NOBODY) if nobody else (os.getuid(), os.getgid())
        self._enter_own_namespaces(frame, uid, gid)
        if nobody:
            os.setgroups([])
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)
        os.mkdir(WORK)
        os.chdir(WORK)
        seal.link_files(self._files)
        guest_kernel.write_connection(frame["connection"], f"{kernel_seal.SOCKETS}/k")
        seal.close_files(channel)
        kernel.unshare(kernel.CLONE_NEWUSER)  # no map is written: its ids are the overflow ids, nobody's
        kernel.drop_capabilities()
        kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        version = landlock.restrict_to(
            [
                ("/", _READ), (seal.FOLDER, landlock.all_rights() | 1),
                (kernel_seal.SOCKETS, kernel_seal.SERVE), ("/dev/pts", _TERMINALS),
                *((path, landlock.READ_FILE | landlock.WRITE_FILE) for path in _DEVICES),
            ]
        )  # fmt: skip
        seccomp.install()
        kernel_seal.limit(frame)
        return {"landlock": version, "folder": WORK}

    def _enter_own_namespaces(self, frame: dict[str, Any], uid: int, gid: int) -> None:
        sockets = lending.clone(self._view, frame["sockets"])
        lending.lend(self._view, sockets, (lending.NOBODY, lending.NOBODY), None)
        kernel.unshare(
            kernel.CLONE_NEWNS | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS
            | kernel.CLONE_NEWCGROUP
        )  # fmt: skip
        seal.mount_proc(self._view)
        kernel.umount(seal.FOLDER)
        options = f"size={frame['temporary_mb']}m,nr_inodes=8192,mode=0700,uid={uid},gid={gid}"
        kernel.mount("tmpfs", seal.FOLDER, "tmpfs", _FLAGS, options)
        lending.attach(sockets, kernel_seal.SOCKETS)
        if self._view.has_nobody:  # on the host, the folder above it is the server's own
            os.chown(kernel_seal.SOCKETS, uid, gid)
        terminals = kernel.MS_NOSUID | kernel.MS_NOEXEC
        kernel.mount("devpts", "/dev/pts", "devpts", terminals, "newinstance,ptmxmode=0666,mode=0620")
        kernel.sethostname("sandbox")


def enter(config: dict[str, Any], control: int) -> Guests:
    """Leave the host. Returns in another process than it was called in."""
    return Guests(config, control)
