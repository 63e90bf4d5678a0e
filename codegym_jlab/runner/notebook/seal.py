"""How a fork of the kernels' zygote gives up everything but a notebook's folder, and becomes a kernel and its init.

Its pid 1 runs no cell: it buries orphans, passes signals on and ends with the kernel's own status. So a kernel is an
ordinary process, which can be killed by a signal of its own.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
from typing import Any, NoReturn

from ..isolation import drop_privileges, landlock, linux
from ..isolation.rootfs import View
from . import bind_mounts

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


def close(view: View, frame: dict[str, Any], idmap: int | None, keep: int) -> None:
    """Seal this process for good; of its files, 0, 1, 2 and `keep` stay open."""
    os.setsid()
    folder, owner = frame["folder"], (frame["owner"][0], frame["owner"][1])
    notebook, sockets = bind_mounts.clone(view, folder), bind_mounts.clone(view, frame["sockets"])
    identity = bind_mounts.lend(view, notebook, owner, idmap)
    bind_mounts.lend_as_it_is(view, sockets)
    user, group = identity or (None, None)
    drop_privileges.enter_own_namespaces(view, user, group, f"size={frame['temporary_mb']}m")
    bind_mounts.attach(notebook, NOTEBOOK)
    bind_mounts.attach(sockets, SOCKETS)
    if identity is not None:  # on the host, the folder above it is the server's own: nobody else gets that far
        os.chown(SOCKETS, *identity)
    linux.sethostname("notebook")
    if identity is not None:
        linux.become(*identity)
    try:
        os.chdir(NOTEBOOK)
    except OSError as e:
        raise bind_mounts.NotLent(f"the notebook's folder cannot be entered ({e.strerror})") from None
    drop_privileges.close_files(keep)
    private = (drop_privileges.FOLDER, WRITE | _MAKE_LINK | _MAKE_PIPE | _MAKE_SOCKET)
    grants = [("/", _READ), (NOTEBOOK, WRITE), private, (SOCKETS, SERVE), *landlock.devices()]
    drop_privileges.lock(grants, dumpable=True)


def limit_memory(frame: dict[str, Any], address_space: int) -> None:
    """Bound each process to what this one has now, and the notebook's share."""
    _lower(resource.RLIMIT_AS, address_space + _SPARE_BYTES + frame["memory_mb"] * 1024 * 1024)


def limit(frame: dict[str, Any]) -> None:
    """The other bounds of each process; the watchdog outside knows their sum."""
    for name, value in (
        (resource.RLIMIT_NPROC, frame["processes"]),
        (resource.RLIMIT_NOFILE, frame["open_files"]),
        (resource.RLIMIT_FSIZE, frame["file_mb"] * 1024 * 1024),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _lower(name, value)


def _lower(name: int, value: int) -> None:
    hard = resource.getrlimit(name)[1]
    value = value if hard < 0 else min(value, hard)
    resource.setrlimit(name, (value, value))


def _pass_on(pid: int, number: int) -> None:
    """To the kernel and to what its cells started, as at a terminal; the kernel leads a group of its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)


def supervise(pid: int) -> NoReturn:
    """What pid 1 does for the rest of its life: it ends as the kernel ends, 128 + the signal where one ended it."""
    for number in _PASSED_ON:
        signal.signal(number, lambda number, frame: _pass_on(pid, number))
    while True:
        ended, status = os.waitpid(-1, 0)
        if ended == pid:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)
