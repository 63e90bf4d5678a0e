"""How a sandbox host that was started by root gives that up, and leaves the machine's files and network.

It sees then what its sandboxes need (Python, installed packages, shared libraries, five devices), read-only, and a
/tmp of its own; it has no network interface, only the socket that it listens on. So it needs no rights on the folders
above Python, and a hole in it finds no file worth reading. See unshare(2), pivot_root(2), capabilities(7).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from ...runner import kernel, view
from .. import namespaces
from ..base import SandboxUnavailable

NOBODY = 65534
_ROOT = "/sys"  # exists everywhere, and no source of a bind lies below it
_PACKAGE = Path(__file__).resolve().parents[2]
_FLAGS = kernel.MS_NOSUID | kernel.MS_NODEV


def give_up_root(user: int, group: int, scratch_mb: int) -> str:
    """Become that user for good. Returns what is in force, for the log. Raises SandboxUnavailable."""
    if os.geteuid() != 0:
        _harden()
        return f"as user {os.geteuid()}"
    if not user:
        raise SandboxUnavailable("a sandbox host does not run as root; name another --user")
    secluded = _seclude(scratch_mb)
    _become(user, group)
    _harden()
    _can_start_python(user)
    return f"as user {user}, {'with files and a network namespace of its own' if secluded else 'among all files'}"


def _seclude(scratch_mb: int) -> bool:
    """False where this root may not mount, as in most containers: there the container's files are what it sees."""
    try:
        kernel.unshare(kernel.CLONE_NEWNS | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC)
    except OSError:
        return False
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount("tmpfs", _ROOT, "tmpfs", _FLAGS, "mode=0755,size=8m")
    for name in ("tmp", "proc", "sys", "old"):
        os.mkdir(f"{_ROOT}/{name}")
    kernel.mount("tmpfs", f"{_ROOT}/tmp", "tmpfs", _FLAGS, f"mode=1777,size={scratch_mb}m")
    for path in _needed():
        view.bind(os.path.realpath(path), _ROOT + path, _FLAGS if not path.startswith("/dev/") else kernel.MS_NOSUID)
    for path, target in namespaces.links():
        if not os.path.lexists(_ROOT + path):
            os.makedirs(os.path.dirname(_ROOT + path), exist_ok=True)
            os.symlink(target, _ROOT + path)
    # whole, so that sandboxes may mount a fresh one of their own
    kernel.mount("/proc", f"{_ROOT}/proc", None, kernel.MS_BIND | kernel.MS_REC)
    os.chdir(_ROOT)
    kernel.pivot_root(".", "old")
    os.chdir("/")
    kernel.umount("/old")
    os.rmdir("/old")
    kernel.mount("none", "/", None, kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY | _FLAGS)
    return True


def _needed() -> list[str]:
    """Paths that are shown, those around others first; none twice."""
    wanted = [*namespaces.python_paths(), *namespaces.shared_libraries(), *_interpreter(), str(_PACKAGE)]
    wanted += ["/usr/share/zoneinfo", "/etc/ld.so.cache", *(f"/dev/{name}" for name in namespaces.DEVICES)]
    wanted += [os.path.realpath(path) for path in wanted]
    kept: list[str] = []
    for path in sorted(dict.fromkeys(path for path in wanted if os.path.exists(path)), key=len):
        if not any(path == k or path.startswith(f"{k}/") for k in kept):
            kept.append(path)
    return kept


def _interpreter() -> list[str]:
    """Folders of each link to the interpreter, and what tells it where its library is."""
    found = [os.path.join(sys.prefix, "pyvenv.cfg")]
    path = sys.executable
    while True:
        found.append(os.path.dirname(path))
        if not os.path.islink(path):
            return found
        path = os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(path)))


def _become(user: int, group: int) -> None:
    kernel.drop_bounding_set()
    os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)
    kernel.keep_capabilities(0)


def _harden() -> None:
    """Nothing that is started gains a right; the key in this process's memory is closed to others of this user."""
    if sys.platform == "linux":
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)


def _can_start_python(user: int) -> None:
    command: list[Any] = [sys.executable, "-S", "-s", "-P", "-c", "pass"]
    try:
        subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL, cwd="/", env={})  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as e:
        raise SandboxUnavailable(
            f"user {user} cannot run {sys.executable} ({e}), and this root may not mount: install Python and CodeGYM "
            "where that user may read them, or start the host as the user who owns them"
        ) from None
