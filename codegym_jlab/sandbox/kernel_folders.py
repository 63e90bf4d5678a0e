"""Which folders a kernel may be lent, and the short-lived ones that hold its sockets."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from ..runner.view import is_mapped
from .base import SandboxUnavailable

_PREFIX = "cg-"
_NOBODY = 65534
_LONGEST = 60  # a UNIX socket's path holds 107 bytes
_SYSTEM = ("/proc", "/sys", "/dev", "/etc", "/usr", "/boot")


def lendable(folder: str | Path, private: Iterable[str | Path]) -> str:
    """The real path of a notebook's folder, if code in it may see and change all that it holds.

    `private`: files and folders that no student code may see. Raises SandboxUnavailable, in words for the student.
    """
    real = os.path.realpath(folder)
    if not os.path.isdir(real):
        raise SandboxUnavailable(f"The notebook's folder does not exist: {folder}")
    home = os.path.realpath(os.path.expanduser("~"))
    kept = {home, *(os.path.realpath(path) for path in private)}
    if any(_holds(real, path) for path in kept):
        what = "your home folder" if real == home else f"the folder {real}"
        raise SandboxUnavailable(
            f"A notebook in {what} cannot run in the sandbox: it would see more than its own files. "
            "Move it into a folder of its own, or choose the kernel Python 3."
        )
    hidden = _holds(home, real) and any(part.startswith(".") for part in Path(real).relative_to(home).parts)
    inside = any(_holds(path, real) for path in (*_SYSTEM, *(kept - {home})))
    if hidden or inside:
        raise SandboxUnavailable(
            f"The folder {real} belongs to the system or to a program, and is not lent to a sandbox. "
            "Move the notebook into a folder of its own, or choose the kernel Python 3."
        )
    return real


def has_other_users() -> bool:
    """Whether this user namespace has more users than one: root of a namespace of one id is an ordinary user."""
    return is_mapped(_NOBODY)


def _holds(folder: str, path: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


class SocketFolders:
    """One folder a process, with a lock that dies with the process; one below it for each kernel."""

    def __init__(self) -> None:
        parent = tempfile.gettempdir()
        parent = parent if len(parent) <= _LONGEST else "/tmp"  # noqa: S108
        _sweep(parent)
        self.path = tempfile.mkdtemp(prefix=_PREFIX, dir=parent)
        making = os.path.join(self.path, "making")
        self._lock = os.open(making, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        os.rename(making, os.path.join(self.path, "lock"))  # held before another server's sweep can see it

    def make(self) -> str:
        """A new folder for one kernel's sockets."""
        return tempfile.mkdtemp(prefix="", dir=self.path)

    def close(self) -> None:
        """Remove them all."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def _sweep(parent: str) -> None:
    """Remove what a killed server left: folders of ours that nobody holds the lock of."""
    for entry in os.scandir(parent):
        with contextlib.suppress(OSError):
            info = entry.stat(follow_symlinks=False)
            if entry.name.startswith(_PREFIX) and entry.is_dir(follow_symlinks=False) and info.st_uid == os.geteuid():
                _remove_if_left(entry.path)


def _remove_if_left(path: str) -> None:
    fd = os.open(os.path.join(path, "lock"), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(fd)
