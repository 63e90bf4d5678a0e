"""A kernel of another language inside the sandbox: the program that its kernelspec names, on UNIX sockets.

Such a kernel sees the system's programs and libraries, read-only, an empty network of its own and its private folder.
It is leased for one run of a submission's cells, so no folder of the host is lent but that of its sockets.
"""

import _socket
import atexit
import json
import os
import runpy
import sys
from typing import NoReturn

from ..isolation import drop_privileges, landlock, linux, rootfs, seccomp
from ..wire.frames import Json
from . import kernel, namespaces

CONNECTION_FILE = "/tmp/.kernel.json"  # noqa: S108  the sandbox's own


def write_connection(connection: Json, address: str) -> None:
    """The file that the program reads: see Jupyter's documentation, "Connection files"."""
    fd = os.open(CONNECTION_FILE, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    with open(fd, "w") as file:
        json.dump({**connection, "transport": "ipc", "ip": address}, file)


def become(frame: Json) -> NoReturn:
    """Be that program. One in this Python is run here, with what the zygote has imported."""
    words = [word.replace("{connection_file}", CONNECTION_FILE) for word in frame["argv"]]
    os.environ.update(frame["env"])
    code = 1
    try:
        if not frame["module"]:
            os.execvpe(words[0], words, os.environ)
        kernel.without_pipe()
        sys.argv = [frame["module"], *words]
        sys.path.insert(0, "")
        runpy.run_module(frame["module"], run_name="__main__", alter_sys=True)
        code = 0
    finally:
        atexit._run_exitfuncs()
        os._exit(code)


WORK = f"{drop_privileges.FOLDER}/work"  #: the working folder, which holds the course's files and nothing else
_READ = landlock.READ | 1  # and execute
_TERMINALS = landlock.READ | landlock.WRITE_FILE | 1 << 15  # and a device's own calls


class OtherKernels(namespaces.Kernels):
    """See `zygote.Level`."""

    def __init__(self, config: Json, control: int) -> None:
        seccomp.prepare(seccomp.OTHER_KERNEL)
        self._view = rootfs.enter(config, control)
        self._files = [name for name, _ in config["files"]]

    def prepare(self, frame: Json) -> None:
        """Nothing is made ahead."""

    def seal(self, frame: Json, channel: int) -> Json:
        """Close this fork off for good. Returns what is in force."""
        os.setsid()
        user = self._view.user
        namespaces.enter(self._view, frame, None if user is None else (user, user), ",nr_inodes=8192")
        terminals = linux.MS_NOSUID | linux.MS_NOEXEC
        linux.mount("devpts", "/dev/pts", "devpts", terminals, "newinstance,ptmxmode=0666,mode=0620")
        _socket.sethostname("sandbox")
        if user is not None:
            linux.become(user, user)
        os.mkdir(WORK)
        os.chdir(WORK)
        drop_privileges.link_files(self._files)
        write_connection(frame["connection"], f"{namespaces.SOCKETS}/k")
        drop_privileges.close_files(channel)
        private = (drop_privileges.FOLDER, landlock.all_rights() | 1)
        grants = [
            ("/", _READ),
            private,
            (namespaces.SOCKETS, namespaces.SERVE),
            ("/dev/pts", _TERMINALS),
            *landlock.devices(),
        ]
        drop_privileges.lock(grants, dumpable=True)
        namespaces.limit(frame)
        return {"folder": WORK}
