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
        """In the zygote: enter an empty one, for the fork that comes next; `give` must follow, whatever becomes of it.

        The look is the zygote's, whose pages are its own: in the fork it would copy fifty.
        """
        while self._has_table and self._free:
            self._next = self._free.pop()
            kernel.setns(self._next, kernel.CLONE_NEWNET)
            if _is_empty():
                return
            os.close(self._next)
        self._next = self._made() if self._has_table else -1

    def give(self, pid: int) -> None:
        """In the zygote: leave it to the fork, which has that pid; -1 where there is none."""
        net, self._next = self._next, -1
        if net < 0:
            return
        kernel.setns(self._own, kernel.CLONE_NEWNET)
        if pid > 0:
            self._taken[pid] = net
        else:
            self._free.append(net)

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
        """In the fork, while it may: it was made in the one that was provided, or makes one of its own."""
        if self._next < 0:
            kernel.unshare(kernel.CLONE_NEWNET)

    def _made(self) -> int:
        """A new one, entered; -1 where there are as many as the kernel allows: the fork says so if it finds no room."""
        try:
            kernel.unshare(kernel.CLONE_NEWNET)
            return os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            kernel.setns(self._own, kernel.CLONE_NEWNET)
            return -1


def _is_empty() -> bool:
    """Whether no socket lives in this process's network, by the table's head alone being there."""
    fd = os.open(_TABLE, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(fd, 4096).count(b"\n") == 1
    finally:
        os.close(fd)
