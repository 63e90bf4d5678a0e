"""The level `process`, from inside: no walls, only bounds on each process, and a folder of its own."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterable
from contextlib import suppress

from ..session.limits import lower
from ..wire.frames import Json
from . import drop_privileges
from .zygote import Level


class Unisolated(Level):
    """See `zygote.Level`."""

    def __init__(self, config: Json, control: int) -> None:
        self._folders = {}
        self._files = config["files"]

    def fork(self) -> int:
        """fork(2); returns 0 in the child."""
        return self.fork_into(os.path.realpath(tempfile.mkdtemp(prefix="codegym-")))

    def seal(self, frame: Json, channel: int) -> Json:
        """A session and a folder of its own; nothing else. Returns what is in force: nothing."""
        os.setsid()
        os.chdir(self.folder)
        for relative, source in self._files:
            os.makedirs(os.path.dirname(relative) or ".", exist_ok=True)
            os.symlink(source, relative)
        drop_privileges.redirect_output()
        drop_privileges.close_files(channel)
        lower("CORE", 0)
        return {}

    def end(self, pids: Iterable[int]) -> None:
        """Kill these forks, with those that stayed in their sessions."""
        for pid in pids:
            for kill in (os.killpg, os.kill):
                with suppress(OSError):
                    kill(pid, signal.SIGKILL)
            self.buried(pid)

    def buried(self, pid: int) -> None:
        """A fork is dead: its folder goes."""
        shutil.rmtree(self._folders.pop(pid, ""), ignore_errors=True)
