"""A fork at an answer, for a batch in which one run of the cells serves several exercises of a notebook.

The process that ran the answer waits with its state; the fork goes on to the next cells, and may wait in its turn.
`back` ends the newest fork, and the one that waited for it answers again. See docs/decisions/batch.md for what this
does not share, and why nothing that it says of itself has to be believed.
"""

from __future__ import annotations

import _thread
import os
import sys
from os import WIFEXITED, WNOHANG
from select import poll as _Poll

from . import checks, clib
from .capture import discard_file
from .cells import Cells
from .folder import Folder

_fork, _exit, _waitpid, _waitid, _getpid = os.fork, os._exit, os.waitpid, os.waitid, os.getpid
_P_ALL, _LOOK = os.P_ALL, os.WEXITED | WNOHANG | os.WNOWAIT

_DONE = 71  # the exit status of a fork that was asked to end
_MOST_FILES = 256


class Asides:
    """The forks of one session, each made by the one before."""

    def __init__(self, cells: Cells, folder: Folder) -> None:
        """Before the first cell runs: what is open now is open in every session."""
        self._cells = cells
        self._folder = folder
        self._ends = _Poll()
        for fd in range(_MOST_FILES):
            self._ends.register(fd, 0)
        self._closed = self._looked()
        self._had_mmap = "mmap" in sys.modules
        self._is_fit = _getpid() == 1  # only pid 1 can be sure that nothing else is left

    def _looked(self) -> list[tuple[int, int]]:
        return self._ends.poll(0)  # a file that is not open is told at once

    def look(self) -> None:
        """After a cell: whether it left something that a fork lacks, or would share."""
        if self._is_fit and _thread._count() == 0 and self._looked() == self._closed and not has_children():
            self._is_fit = self._had_mmap or "mmap" not in sys.modules
        else:
            self._is_fit = False

    def part(self, stays: bool, name: str, new: str) -> dict[str, object]:
        """On to the next cells, where the cell `name` is called `new`; in a fork, if this state is to stay.

        Returns in the fork, and after `back` in this process too.
        """
        if not self._is_fit:
            return {"ok": False}
        if stays:
            self._folder.remember()
            if _getpid() == 1:
                checks.bury(-1, wait=True)  # the last sample's fork
            kept = checks.random_state()
            pid = _fork()
            if pid:
                return {"ok": True, "clean": self._wait(pid)}
            checks.restore_random(kept)
        self._cells.rename(name, new)
        return {"ok": True}

    def back(self) -> None:
        """End this fork."""
        _exit(_DONE)

    def _wait(self, pid: int) -> bool:
        """Until the fork has ended; whether it, and all that it forked, left nothing behind."""
        _, status = _waitpid(pid, 0)
        if not WIFEXITED(status) or os.WEXITSTATUS(status) != _DONE:
            _exit(0)  # the host asks nothing more of a lease in which something died
        clean = True
        if _getpid() == 1:
            clean = not clib.are_others()
            clib.kill_all_others()
            checks.bury(-1, wait=True)
        discard_file()
        self._folder.restore()
        return clean


def has_children() -> bool:
    """Whether this process has started others that it has not waited for, alive or dead."""
    try:
        _waitid(_P_ALL, 0, _LOOK)
    except ChildProcessError:
        return False
    return True
