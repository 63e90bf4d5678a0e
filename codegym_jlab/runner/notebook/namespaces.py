"""The level `namespaces` for notebook kernels, from inside: like a submission's, with folders lent by the host.

They are cloned mounts, moved into its view: see open_tree(2), move_mount(2). A folder that root's server owns is lent
through an id-mapped mount: what is root's on the disk is nobody's in the kernel, and what the kernel writes there as
nobody is root's on the disk. See mount_setattr(2).

Pid 1 of a kernel runs no cell: it buries orphans, passes signals on and ends with the kernel's own status. So a kernel
is an ordinary process, which can be killed by a signal of its own.
"""

import _socket
import os
import signal
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

from ..isolation import drop_privileges, landlock, linux, rootfs, seccomp
from ..isolation.rootfs import View
from ..isolation.watchdog import Table
from ..isolation.zygote import Level, NotLent
from ..session.limits import lower
from ..wire import frames
from ..wire.frames import Json
from .kernel import KernelPlaces

NOTEBOOK, SOCKETS = "/notebook", "/connection"  #: where the two lent folders are seen
_SPARE_BYTES = 64 << 20  # address space of a few threads' stacks
_PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)

# LANDLOCK_ACCESS_FS_*
_READ = 4 | 8
WRITE = (
    _READ | 2 | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 13 | 1 << 14
)  # no links, pipes, sockets: the host may follow
_MAKE_SOCKET, _MAKE_PIPE, _MAKE_LINK, _REMOVE_FILE = 1 << 9, 1 << 10, 1 << 12, 1 << 5
SERVE = _READ | _MAKE_SOCKET | _REMOVE_FILE  #: in the folder of the sockets


class Kernels(Level):
    """See `zygote.Level`."""

    supervised = True

    def __init__(self, config: Json, control: int) -> None:
        seccomp.prepare(seccomp.KERNEL)
        self._view = rootfs.enter(config, control)
        self._id_maps: dict[tuple[int, int], int | None] = {}

    def prepare(self, frame: Json) -> None:
        """In the zygote, before the fork: what that folder's owner needs is made once."""
        owner: tuple[int, int] = tuple(frame["owner"])
        if self._view.user is not None and owner not in self._id_maps:
            try:
                self._id_maps[owner] = id_map(self._view, owner)
            except OSError:
                self._id_maps[owner] = None

    def fork(self) -> int:
        """fork(2); returns 0 in the child."""
        return drop_privileges.fork(self._view)

    def seal(self, frame: Json, channel: int) -> Json:
        """Close this fork off for good. Returns what is in force."""
        os.setsid()
        view = self._view
        owner: tuple[int, int] = tuple(frame["owner"])
        notebook = clone(view, frame["folder"])
        identity = lend(view, notebook, owner, self._id_maps.get(owner))
        enter(view, frame, identity, "")
        attach(notebook, NOTEBOOK)
        _socket.sethostname("notebook")
        if identity is not None:
            linux.become(*identity)
        with entering():
            os.chdir(NOTEBOOK)
        drop_privileges.close_files(channel)
        private = (drop_privileges.FOLDER, WRITE | _MAKE_LINK | _MAKE_PIPE | _MAKE_SOCKET)
        grants = [("/", _READ), (NOTEBOOK, WRITE), private, (SOCKETS, SERVE), *landlock.devices()]
        drop_privileges.lock(grants, dumpable=True)
        limit(frame)
        return {"folder": NOTEBOOK}

    def places(self) -> KernelPlaces:
        """Where the kernel that was sealed here finds its things."""
        return KernelPlaces(NOTEBOOK, drop_privileges.FOLDER, f"{SOCKETS}/k", {}, may_fork=True)

    def table(self) -> Table:
        """For the watchdog."""
        return Table(self._view.proc)


# ---------------------------------------------------------------- folders that are lent

_OPEN_TREE, _MOVE_MOUNT, _OPENAT2 = 428, 429, 437  # the same numbers on every architecture
_AT_FDCWD, _AT_EMPTY_PATH, _AT_RECURSIVE = -100, 0x1000, 0x8000
_OPEN_TREE_CLONE, _MOVE_MOUNT_F_EMPTY_PATH = 1, 4
_RESOLVE_NO_SYMLINKS = 4
_NOSUID, _NODEV, _IDMAP = 2, 4, 0x00100000


@contextmanager
def entering() -> Iterator[None]:
    """Raises NotLent where the folder that is entered here does not let it."""
    try:
        yield
    except OSError as e:
        raise NotLent(f"the notebook's folder cannot be entered ({e.strerror})") from None


def enter(view: View, frame: Json, identity: tuple[int, int] | None, options: str) -> None:
    """Namespaces of its own for a kernel of that user and group; in them it has the folder of its sockets."""
    sockets = clone(view, frame["sockets"])
    _set(view, sockets, 0)
    user, group = identity or (None, None)
    drop_privileges.enter_own_namespaces(view, user, group, f"size={frame['temporary_mb']}m{options}")
    attach(sockets, SOCKETS)
    if identity is not None:  # on the host, the folder above it is the server's own: nobody else gets that far
        os.chown(SOCKETS, *identity)


def clone(view: View, path: str) -> int:
    """An open, detached mount of that folder of the host. `path` is absolute and holds no symbolic link."""
    linux.setns(view.host, linux.CLONE_NEWNS)
    try:
        folder = open_folder(path)
        # in a user namespace, what is mounted below must come along: it may cover what is not to be seen
        deep = _AT_RECURSIVE if view.own_user else 0
        flags = _OPEN_TREE_CLONE | _AT_EMPTY_PATH | os.O_CLOEXEC | deep
        try:
            return linux.syscall(_OPEN_TREE, f"open_tree {path}", folder, b"", flags)
        finally:
            os.close(folder)
    finally:
        linux.setns(view.mounts, linux.CLONE_NEWNS)


def open_folder(path: str) -> int:
    """That folder, open as a place alone; no link on the way is followed."""
    how = struct.pack("QQQ", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC, 0, _RESOLVE_NO_SYMLINKS)
    return linux.syscall(_OPENAT2, f"open {path}", _AT_FDCWD, os.fsencode(path), how, len(how))


def lend(view: View, tree: int, owner: tuple[int, int], idmap: int | None) -> tuple[int, int] | None:
    """Make a detached mount fit for a kernel. Returns the user and group that it must run as; None: as it is.

    `owner`: of the folder, on the disk. `idmap`: what `id_map` gave for it. Raises NotLent.
    """
    if view.user is None:
        _set(view, tree, 0)
        return None
    try:
        if idmap is None:
            raise OSError("no map of ids")
        _set(view, tree, _IDMAP, idmap)
        return view.user, view.user
    except OSError as e:
        if owner[0] == 0:
            raise NotLent(
                "the notebook's folder belongs to root, and its file system cannot be lent to a sandbox "
                f"({e.strerror or e}). Give the folder to another user (chown), or start Jupyter as an ordinary user."
            ) from None
        _set(view, tree, 0)
        return owner


def attach(tree: int, target: str) -> None:
    """Put a detached mount where the view has an empty folder for it."""
    linux.syscall(_MOVE_MOUNT, f"move_mount {target}", tree, b"", _AT_FDCWD, target.encode(), _MOVE_MOUNT_F_EMPTY_PATH)
    os.close(tree)


def id_map(view: View, owner: tuple[int, int]) -> int:
    """An open user namespace in which that owner on the disk is nobody outside. For a zygote that is root."""
    ours, theirs = _socket.socketpair()
    pid = os.fork()
    if not pid:
        try:
            _map_ids(view, owner, theirs)
        finally:
            os._exit(0)
    theirs.close()
    try:
        _, ancillary, _, _ = ours.recvmsg(4096, _socket.CMSG_SPACE(4))
    finally:
        ours.close()
        os.waitpid(pid, 0)
    if not ancillary:
        raise OSError("user and group ids cannot be mapped here")
    return int(struct.unpack("i", ancillary[0][2][:4])[0])


def _map_ids(view: View, owner: tuple[int, int], answer: _socket.socket) -> None:
    user = view.user
    assert user is not None
    linux.become(user, user)
    linux.prctl(linux.PR_SET_DUMPABLE, 1)  # else its own /proc/self is root's
    linux.unshare(linux.CLONE_NEWUSER)
    lines = {"setgroups": "deny", "uid_map": f"{owner[0]} {user} 1", "gid_map": f"{owner[1]} {user} 1"}
    for name, text in lines.items():
        fd = os.open(f"self/{name}", os.O_WRONLY, dir_fd=view.proc)
        os.write(fd, text.encode())
        os.close(fd)
    frames.send_with_fd(answer, {}, os.open("self/ns/user", os.O_RDONLY, dir_fd=view.proc))


def _set(view: View, tree: int, attributes: int, namespace: int = 0) -> None:
    """Make a detached mount private, without devices and set-id programs; with `_IDMAP`, ids are `namespace`'s."""
    attr = struct.pack("QQQQ", _NOSUID | _NODEV | attributes, 0, linux.MS_PRIVATE, namespace)
    deep = _AT_RECURSIVE if view.own_user else 0
    linux.syscall(linux.SYS_MOUNT_SETATTR, "mount_setattr", tree, b"", _AT_EMPTY_PATH | deep, attr, len(attr))


# ---------------------------------------------------------------- bounds, and pid 1


def limit_memory(frame: Json, address_space: int) -> None:
    """Bound each process to what this one has now, and the notebook's share."""
    lower("AS", address_space + _SPARE_BYTES + frame["memory_mb"] * 1024 * 1024)


def limit(frame: Json) -> None:
    """The other bounds of each process; the watchdog outside knows their sum."""
    bounds = {"NPROC": frame["processes"], "NOFILE": frame["open_files"], "FSIZE": frame["file_mb"] * 1024 * 1024}
    for name, most in {**bounds, "MEMLOCK": 0, "MSGQUEUE": 0, "CORE": 0}.items():
        lower(name, most)


def supervise(pid: int) -> NoReturn:
    """What pid 1 does for the rest of its life: it ends as the kernel ends, 128 + the signal where one ended it."""

    def pass_on(number: int, frame: object) -> None:
        """To the kernel and to what its cells started, as at a terminal; the kernel leads a group of its own."""
        with suppress(ProcessLookupError):
            os.killpg(pid, number)

    for number in _PASSED_ON:
        signal.signal(number, pass_on)
    while True:
        ended, status = os.waitpid(-1, 0)
        if ended == pid:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)
