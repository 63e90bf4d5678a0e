"""The level `confined` for notebook kernels, from inside: one process each, held by Landlock, seccomp and limits.

The zygote runs no student's code and is not held itself: which folders are lent is known at each start only. A kernel's
sockets are bound here, before it is held, so that it makes none: it may accept, and neither bind nor connect.
"""

import _socket
import math
import os
import tempfile

from ..isolation import drop_privileges, landlock, linux, scratch, seccomp
from ..isolation.confined import READ_ANY, TASKS_SPARE, Confined, leave_modes_alone, parent, reaches, readable
from ..isolation.rootfs import user_of
from ..isolation.watchdog import Usage, Watch
from ..isolation.zygote import NotLent
from ..session.limits import lower
from ..wire.frames import Json
from . import namespaces
from .kernel import KernelPlaces

_BORN_WITH = 12  #: threads of a kernel before its first cell


class KernelWatch(Watch):
    """A kernel lives for hours: what it has written in all bounds nothing, what lies in its private folder does."""

    times_written = math.inf

    def usage(self) -> dict[int, Usage]:
        """By pid. The threads that a kernel is born with are no part of what it may start."""
        found = super().usage()
        for usage in found.values():
            usage.tasks = max(0, usage.tasks - _BORN_WITH)
        return found


class ConfinedKernels(Confined):
    """See `zygote.Level`."""

    supervised = False  #: a kernel may not fork, so it needs no pid 1

    def __init__(self, config: Json, control: int) -> None:
        landlock.require()
        seccomp.prepare([*seccomp.CONFINED_KERNEL, *seccomp.CONFINED])
        self._is_root = not os.geteuid() and user_of(config) is not None
        self._paths: list[str] = config["path"]
        self._reached: dict[tuple[int, int], bool] = {}
        linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
        lower("CORE", 0)
        self._root = scratch.make(parent(config["scratch"]))
        os.chmod(self._root, 0o711)  # kernels of others than root reach their own folder in it, and guess no other
        self._leave(control)
        self._grants = readable(config)

    def prepare(self, frame: Json) -> None:
        """In the zygote, before the fork: whether the folder's owner reaches Python is found out once."""
        owner: tuple[int, int] = tuple(frame["owner"])
        if self._is_root and owner[0] and owner not in self._reached:
            self._reached[owner] = reaches(*owner, self._paths)

    def seal(self, frame: Json, channel: int) -> Json:
        """Close this fork off for good. Returns what is in force."""
        owner: tuple[int, int] = tuple(frame["owner"])
        if self._is_root and not owner[0]:
            raise NotLent(
                "the notebook's folder belongs to root, and without namespaces root's folders are not lent to a "
                "sandbox. Give the folder to another user (chown), or start Jupyter as an ordinary user."
            )
        os.setsid()
        with namespaces.entering():
            notebook = namespaces.open_folder(frame["folder"])
        self._places = KernelPlaces(
            frame["folder"], self.folder, f"{frame['sockets']}/k", _bound(frame), may_fork=False
        )
        self._enter(self.folder)
        if self._is_root:
            os.chown(self.folder, *owner)
        # RLIMIT_NPROC counts all of a user's threads, so it can only keep a kernel from starting very many
        most = self._watch.tasks_of(owner[0] if self._is_root else os.getuid()) + TASKS_SPARE if self._watch else 0
        landlock.restrict_to(
            [*self._grants, (self.folder, landlock.all_rights()), *landlock.devices(),
             (f"/proc/self/fd/{notebook}", namespaces.WRITE)]
        )  # fmt: skip
        self._give_up(owner)
        with namespaces.entering():
            os.fchdir(notebook)
            os.listdir(".")
        drop_privileges.close_files(channel, *self._places.listening.values())
        namespaces.limit({**frame, "processes": most})
        leave_modes_alone(self.folder)
        leave_modes_alone(frame["folder"])
        tempfile.tempdir = None  # it may know the zygote's
        seccomp.install()
        return {"folder": frame["folder"]}

    def _give_up(self, owner: tuple[int, int]) -> None:
        """Every privilege but, where Python lies in a private folder, that of reading what Landlock grants."""
        if self._is_root:
            linux.drop_root(*owner, 0 if self._reached[owner] else READ_ANY)
        else:
            linux.keep_capabilities(0)
        linux.prctl(linux.PR_SET_DUMPABLE, 1)  # the zygote measures it
        linux.prctl(linux.PR_SET_PDEATHSIG, 9)  # after the change of user, which would undo it
        if os.getppid() != self._zygote:
            os._exit(3)

    def places(self) -> KernelPlaces:
        """Where the kernel that was sealed here finds its things."""
        return self._places

    def table(self) -> KernelWatch:
        """For the watchdog."""
        self._watch = KernelWatch(self._folders)
        return self._watch


def _bound(frame: Json) -> dict[int, int]:
    """Listening sockets: the file of each port."""
    found: dict[int, int] = {}
    for name, port in frame["connection"].items():
        if name.endswith("_port"):
            one = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
            one.bind(f"{frame['sockets']}/k-{port}")
            one.listen(64)
            found[port] = one.detach()
    return found
