"""Folders of the host that are lent to one kernel: cloned mounts, moved into its view. See open_tree(2), move_mount(2).

A folder that root's server owns is lent through an id-mapped mount: what is root's on the disk is nobody's in the
kernel, and what the kernel writes there as nobody is root's on the disk. See mount_setattr(2).
"""

from __future__ import annotations

import _socket
import os
import struct

from ..isolation import linux
from ..isolation.rootfs import View
from ..wire import frames

_OPEN_TREE, _MOVE_MOUNT, _OPENAT2 = 428, 429, 437  # the same numbers on every architecture
_AT_FDCWD, _AT_EMPTY_PATH, _AT_RECURSIVE = -100, 0x1000, 0x8000
_OPEN_TREE_CLONE, _MOVE_MOUNT_F_EMPTY_PATH = 1, 4
_RESOLVE_NO_SYMLINKS = 4
_NOSUID, _NODEV, _IDMAP = 2, 4, 0x00100000


class NotLent(Exception):
    """That folder cannot be lent; the text says why and what to do."""


def clone(view: View, path: str) -> int:
    """An open, detached mount of that folder of the host. `path` is absolute and holds no symbolic link."""
    linux.setns(view.host, linux.CLONE_NEWNS)
    try:
        folder = opened(path)
        # in a user namespace, what is mounted below must come along: it may cover what is not to be seen
        deep = _AT_RECURSIVE if view.own_user else 0
        flags = _OPEN_TREE_CLONE | _AT_EMPTY_PATH | os.O_CLOEXEC | deep
        try:
            return linux.syscall(_OPEN_TREE, f"open_tree {path}", folder, b"", flags)
        finally:
            os.close(folder)
    finally:
        linux.setns(view.mounts, linux.CLONE_NEWNS)


def opened(path: str) -> int:
    """That folder, open as a place alone; no link on the way is followed."""
    how = struct.pack("QQQ", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC, 0, _RESOLVE_NO_SYMLINKS)
    return linux.syscall(_OPENAT2, f"open {path}", _AT_FDCWD, os.fsencode(path), how, len(how))


def lend(view: View, tree: int, owner: tuple[int, int], idmap: int | None) -> tuple[int, int] | None:
    """Make a detached mount fit for a kernel. Returns the user and group that it must run as; None: as it is.

    `owner`: of the folder, on the disk. `idmap`: what `id_map` gave for it. Raises NotLent.
    """
    if view.user is None:
        lend_as_it_is(view, tree)
        return None
    deep = _AT_RECURSIVE if view.own_user else 0
    try:
        if idmap is None:
            raise OSError("no map of ids")
        _set(tree, _NOSUID | _NODEV | _IDMAP, idmap, deep)
        return view.user, view.user
    except OSError as e:
        if owner[0] == 0:
            raise NotLent(
                "the notebook's folder belongs to root, and its file system cannot be lent to a sandbox "
                f"({e.strerror or e}). Give the folder to another user (chown), or start Jupyter as an ordinary user."
            ) from None
        _set(tree, _NOSUID | _NODEV, 0, deep)
        return owner


def lend_as_it_is(view: View, tree: int) -> None:
    """The same for a folder of the server's own, whose owners stay."""
    _set(tree, _NOSUID | _NODEV, 0, _AT_RECURSIVE if view.own_user else 0)


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


def _set(tree: int, attributes: int, namespace: int, deep: int) -> None:
    attr = struct.pack("QQQQ", attributes, 0, linux.MS_PRIVATE, namespace)
    linux.syscall(linux.SYS_MOUNT_SETATTR, "mount_setattr", tree, b"", _AT_EMPTY_PATH | deep, attr, len(attr))
