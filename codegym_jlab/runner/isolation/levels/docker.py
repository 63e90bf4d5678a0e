"""The level `docker`, from inside: the container is the wall, each submission has one of its own.

What the engine does not do is done here: a seccomp filter that knows what Python needs, Landlock where the kernel
has it, a fork that leads all of its tree, so that what a check leaves can be ended.
"""

from __future__ import annotations

import os
import resource
import sys

from ...session import check, workdir
from .. import drop_privileges, landlock, linux, seccomp
from ..watchdog import Table

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_SHARED = "/dev/shm"  # noqa: S108  semaphores lie there; a tmpfs of the container's own, as /tmp is
_PR_SET_CHILD_SUBREAPER = 36


class Contained:
    """What the zygote asks of its level."""

    sole = True  #: a fork may end all others: the zygote, pid 1, is out of its reach
    forks = True
    folder = drop_privileges.FOLDER

    def __init__(self, config: dict[str, Any]) -> None:
        if os.getpid() != 1 or os.getuid() == 0:
            raise OSError("this is to be the first process of a container, and not root's")
        os.environ.pop("HOSTNAME", None)  # the engine's own; this environment is made from nothing
        linux.prctl(linux.PR_SET_DUMPABLE, 0)  # nobody inside reads or writes its memory, or opens its files
        self._version = landlock.abi()
        self._missing = [name for name in config["files"] if not os.path.exists(f"/course/{name}")]
        self._files = [name for name in config["files"] if name not in self._missing]
        seccomp.prepare(seccomp.container_steps(linux.MACHINE))

    def fork(self) -> int:
        """fork(2); returns 0 in the child."""
        return os.fork()

    def seal(self, frame: dict[str, Any], channel: int) -> dict[str, Any]:
        """Close this fork off for good. Returns what is in force."""
        os.setsid()
        os.chdir(self.folder)
        linux.prctl(_PR_SET_CHILD_SUBREAPER, 1)
        linux.prctl(linux.PR_SET_DUMPABLE, 1)  # the zygote measures its tree
        drop_privileges.link_files(self._files)
        drop_privileges.redirect_output()
        drop_privileges.close_files(channel)
        linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        check.ALONE = os.getpid()
        workdir.BESIDE = (_SHARED,)
        folders = [(path, landlock.all_rights()) for path in (self.folder, _SHARED)]
        readable = [(f"/{name}", landlock.READ_FILE) for name in os.listdir("/") if name != "sys"]
        devices = ("/dev", landlock.READ_FILE | landlock.WRITE_FILE)
        landlock.restrict_to([("/", landlock.READ_DIR), *readable, devices, *folders])
        seccomp.install()
        return {"proc": "the container's", "landlock": self._version, "uid": "nobody"}

    def end(self, pids: Iterable[int]) -> None:
        """Kill all that lives here but this."""
        try:
            os.kill(-1, 9)
        except ProcessLookupError:
            return

    def buried(self, pid: int) -> None:
        """A fork is dead, and with it goes the container."""

    def table(self) -> Table:
        """For the watchdog."""
        return _Table(os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))

    def details(self) -> dict[str, Any]:
        """For doctor."""
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        return {"python": version, "missing_files": self._missing}


class _Table(Table):
    def exact_memory(self, pids: list[int]) -> int | None:
        """None where this kernel has no count that takes a shared page once (gVisor's has none)."""
        try:
            os.stat(f"{self._me}/smaps_rollup", dir_fd=self._proc)
        except OSError:
            return None
        return super().exact_memory(pids)


def enter(config: dict[str, Any], control: int) -> Contained:
    """Nothing is left or entered: the engine has done that."""
    return Contained(config)
