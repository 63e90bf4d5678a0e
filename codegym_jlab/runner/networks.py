"""Empty network namespaces, in which one lease after another is alone: to make and end one costs half a millisecond.

A lease has no socket but pairs of AF_UNIX, and no capability in its network. So all that one could leave in there is
such a socket, kept alive in a queue outside, and the namespace's own table tells of it. One whose table is not
empty is not entered.
"""

from __future__ import annotations

import os

from . import kernel
from .view import View

_TABLE = "/proc/self/net/unix"
_MOST = 32


class Networks:
    """Those of one zygote."""

    def __init__(self, view: View) -> None:
        self._has_table = view.fresh_proc and os.path.exists(_TABLE)
        self._own = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC) if self._has_table else -1
        self._free: list[int] = []
        self._taken: dict[int, int] = {}  #: by pid
        self._next = -1

    def provide(self) -> None:
        """In the zygote: for the fork that comes next."""
        if self._has_table:
            self._next = self._free.pop() if self._free else self._made()

    def give(self, pid: int) -> None:
        """In the zygote: the fork has that pid."""
        if self._next >= 0:
            self._taken[pid] = self._next
            self._next = -1

    def buried(self, pid: int) -> None:
        """In the zygote: nothing runs there any more."""
        net = self._taken.pop(pid, -1)
        if net < 0:
            return
        if len(self._free) < _MOST:
            self._free.append(net)
        else:
            os.close(net)

    def enter(self) -> None:
        """In the fork, while it may: into the one that was provided if it is empty, else into one of its own."""
        if self._next >= 0:
            kernel.setns(self._next, kernel.CLONE_NEWNET)
            if _is_empty():
                return
        kernel.unshare(kernel.CLONE_NEWNET)

    def _made(self) -> int:
        try:
            kernel.unshare(kernel.CLONE_NEWNET)
        except OSError:  # there are as many as the kernel allows; the fork will say so, should there be no room then
            return -1
        try:
            return os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        finally:
            kernel.setns(self._own, kernel.CLONE_NEWNET)


def _is_empty() -> bool:
    """Whether no socket lives in this process's network, by the table's head alone being there."""
    fd = os.open(_TABLE, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(fd, 4096).count(b"\n") == 1
    finally:
        os.close(fd)
