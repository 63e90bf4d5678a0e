"""A kernel of another language inside the sandbox: the program that its kernelspec names, on UNIX sockets."""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import sys

from . import notebook_kernel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

CONNECTION_FILE = "/tmp/.kernel.json"  # noqa: S108  the sandbox's own


def write_connection(connection: dict[str, Any], address: str) -> None:
    """The file that the program reads: see Jupyter's documentation, "Connection files"."""
    fd = os.open(CONNECTION_FILE, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    with open(fd, "w") as file:
        json.dump({**connection, "transport": "ipc", "ip": address}, file)


def become(frame: dict[str, Any]) -> NoReturn:
    """Be that program. One in this Python is run here, with what the zygote has imported."""
    words = [word.replace("{connection_file}", CONNECTION_FILE) for word in frame["argv"]]
    os.environ.update(frame["env"])
    if not frame["module"]:
        os.execvpe(words[0], words, os.environ)
    code = 1
    try:
        gc.enable()
        notebook_kernel.without_pipe()
        sys.argv = [frame["module"], *words]
        sys.path.insert(0, "")
        runpy.run_module(frame["module"], run_name="__main__", alter_sys=True)
        code = 0
    finally:
        atexit._run_exitfuncs()
        os._exit(code)
