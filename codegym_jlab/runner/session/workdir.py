"""The working folder as the cells left it, so that what one check writes is gone before the next."""

import os
from contextlib import suppress
from os import lstat, scandir
from stat import S_ISDIR, S_ISREG

#: Folders with more in them than this are left as they are.
_MAX_ENTRIES = 2000
_MAX_BYTES = 32 * 1024 * 1024

#: Other folders that a check may write; what it leaves there goes as well.
BESIDE: tuple[str, ...] = ()

_Facts = tuple[int, int, int, int]


class Folder:
    """A folder that can be put back as it was."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._facts: dict[str, _Facts] | None = None
        self._contents: dict[str, bytes] = {}

    def forget(self) -> None:
        """A cell is about to run: what it leaves is the new state."""
        self._facts = None
        self._contents = {}

    def remember(self) -> None:
        """Keep the present state, if none is kept."""
        if self._facts is not None:
            return
        self._facts = self._look()
        room = _MAX_BYTES
        for path, (mode, size, _, _) in self._facts.items():
            if S_ISREG(mode) and size <= room:
                room -= size
                with suppress(OSError), open(path, "rb") as f:
                    self._contents[path] = f.read()

    def restore(self) -> None:
        """Put back what differs from the state that was kept."""
        before = self._facts
        now = self._look()
        if before is None or now == before:
            return
        for path in sorted(now.keys() - before.keys(), reverse=True):
            _remove(path, now[path][0])
        for path in [p for p, facts in before.items() if now.get(p) != facts and p in self._contents]:
            with suppress(OSError):
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as f:
                    f.write(self._contents[path])
        self._facts = self._look()

    def _look(self) -> dict[str, _Facts]:
        facts: dict[str, _Facts] = {}
        pending = [self.path, *BESIDE]
        while pending and len(facts) < _MAX_ENTRIES:
            with suppress(OSError), scandir(pending.pop()) as entries:
                for entry in entries:
                    info = lstat(entry.path)
                    # a folder's own time changes with what is in it
                    times = (0, 0) if S_ISDIR(info.st_mode) else (info.st_size, info.st_mtime_ns)
                    facts[entry.path] = (info.st_mode, *times, info.st_ino)
                    if S_ISDIR(info.st_mode):
                        pending.append(entry.path)
        return facts


def _remove(path: str, mode: int) -> None:
    with suppress(OSError):
        if S_ISDIR(mode):
            os.rmdir(path)
        else:
            os.unlink(path)
