"""How many of our modules one submission, or one hint, runs through on the host: `python -m benchmarks.modules`.

A server runs in this process, with a profile hook in all of its threads; a client in a thread of its own sends each
request some times, when what was made ready ahead is ready; the time with the fewest modules is told, since the server
looks for changed courses and left-over work beside. What runs in a sandbox is another process and is not seen.
"""

from __future__ import annotations

import asyncio
import secrets
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import codegym_jlab
from benchmarks.desk import desk
from benchmarks.server import connected, submit
from codegym_jlab.hub.demo import free_port

HOME = str(Path(codegym_jlab.__file__).parent) + "/"
ROUNDS = 8


class Modules:
    """Which modules ran, and how many of their functions, while `counts` was set."""

    def __init__(self) -> None:
        self.counts = False
        self.functions: dict[str, set[str]] = {}

    def hook(self, frame: FrameType, event: str, _: Any) -> None:
        """For `sys.setprofile`."""
        code = frame.f_code
        if self.counts and event == "call" and code.co_filename.startswith(HOME):
            self.functions.setdefault(code.co_filename.removeprefix(HOME), set()).add(code.co_qualname)

    def told(self, what: str) -> str:
        """One line, and the modules below it."""
        number = sum(map(len, self.functions.values()))
        lines = [f"{what}: {len(self.functions)} modules, {number} functions"]
        return "\n".join([*lines, *(f"  {name}: {len(found)}" for name, found in sorted(self.functions.items()))])


def main() -> None:
    """Print both."""
    from jupyter_server.serverapp import ServerApp

    modules = Modules()
    threading.setprofile(modules.hook)
    sys.setprofile(modules.hook)
    token, port = secrets.token_hex(16), free_port()
    with desk(1, print) as place:
        scratch = place.scratch("server")
        app = ServerApp()
        app.initialize(
            [
                "--no-browser", "--allow-root", f"--ServerApp.port={port}", f"--IdentityProvider.token={token}",
                f"--ServerApp.root_dir={scratch}", "--ServerApp.jpserver_extensions={'codegym_jlab': True}",
                f"--CodeGym.data_dir={scratch}/records", "--CodeGym.database=",
                f"--CodeGym.courses_dir={place.course.parent}",
            ]
        )  # fmt: skip
        client = threading.Thread(target=_ask, args=(port, token, modules, app), daemon=True)
        client.start()
        app.start()


def _ask(port: int, token: str, modules: Modules, app: Any) -> None:
    sys.setprofile(None)
    time.sleep(1)
    ask = connected(port, token)
    ask("POST", "courses/bench/units/one/open", {})
    time.sleep(1)
    while any(task.get_name().startswith("codegym-warm") for task in asyncio.all_tasks(app.io_loop.asyncio_loop)):
        time.sleep(0.2)
    try:
        print(_counted(modules, lambda: submit(ask), "a submission"))
        hints = "courses/bench/exercises/twice/hints"
        print(_counted(modules, lambda: ask("POST", hints, {}), "a hint that an author wrote"))
    finally:
        app.io_loop.add_callback(app.stop)


def _counted(modules: Modules, once: Callable[[], object], what: str) -> str:
    found: list[dict[str, set[str]]] = []
    for _ in range(ROUNDS):
        modules.functions, modules.counts = {}, True
        once()
        modules.counts = False
        found.append(modules.functions)
        time.sleep(0.3)
    modules.functions = min(found, key=len)
    return modules.told(what)


if __name__ == "__main__":
    main()
