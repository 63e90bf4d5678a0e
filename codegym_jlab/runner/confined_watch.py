"""The watchdog's eyes at the level `confined`: each lease is one process, and its files lie on the machine's disk."""

from __future__ import annotations

import os

from . import processes

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from typing import Any

_MAX_FILES = 4096
_TIMES_WRITTEN = 16  #: bytes written in all, files removed again and pipes too, as a multiple of those that may stay
_COUNT_EVERY = 40  #: looks between two counts of this user's tasks


class Watch(processes.Table):
    """Of the zygote's forks alone: others on this machine are nobody's business."""

    def __init__(self, proc: int, folders: dict[int, str]) -> None:
        super().__init__(proc)
        self._folders = folders
        self._looks = 0
        self.tasks = self.tasks_of(os.geteuid())  #: threads that this user has on this machine

    def usage(self) -> dict[int, processes.Usage]:
        """By pid."""
        self._looks += 1
        if self._looks % _COUNT_EVERY == 0:
            self.tasks = self.tasks_of(os.geteuid())
        found = {}
        for pid in list(self._folders):
            try:
                fields = self._fields(str(pid))
            except (OSError, ValueError, IndexError):
                continue
            usage = found[pid] = processes.Usage()
            _, usage.cpu, memory = self._read(fields)
            usage.memory = max(0, memory - self.baseline)
            usage.pids = [pid]
            usage.tasks = int(fields[17])
        return found

    def excess(self, used: processes.Usage, lease: Any) -> str | None:
        """`files` where it wrote too much: files that are there, removed ones that it holds open, and in all."""
        pid = used.pids[0]
        room = lease.files
        if self._written(pid) > _TIMES_WRITTEN * room:
            return "files"
        number, size = self._lying(self._folders[pid], room)
        if number > _MAX_FILES or size + self._unlinked(pid) > room:
            return "files"
        return super().excess(used, lease)

    def sockets(self, pid: int) -> int:
        """Not counted: a lease has no network namespace of its own, and its open files are few."""
        return 0

    def _lying(self, top: str, room: int) -> tuple[int, int]:
        """Files and bytes below a folder, counted until they are too many."""
        number = size = 0
        pending = [top]
        while pending and number <= _MAX_FILES and size <= room:
            try:
                with os.scandir(pending.pop()) as entries:
                    for entry in entries:
                        number += 1
                        if entry.is_dir(follow_symlinks=False):
                            pending.append(entry.path)
                        else:
                            size += entry.stat(follow_symlinks=False).st_blocks * 512
            except OSError:
                continue
        return number, size

    def _unlinked(self, pid: int) -> int:
        """Bytes of files that it holds open and that have no name any more; its output counts too."""
        total = 0
        try:
            folder = os.open(f"{pid}/fd", os.O_RDONLY | os.O_DIRECTORY, dir_fd=self._proc)
        except OSError:
            return 0
        try:
            for name in os.listdir(folder):
                try:
                    info = os.stat(name, dir_fd=folder)
                except OSError:
                    continue
                if not info.st_nlink:
                    total += info.st_blocks * 512
        finally:
            os.close(folder)
        return total

    def _written(self, pid: int) -> int:
        """Bytes that it gave to write(2) and the like. See proc_pid_io(5)."""
        try:
            fd = os.open(f"{pid}/io", os.O_RDONLY, dir_fd=self._proc)
        except OSError:
            return 0
        try:
            return int(os.read(fd, 256).split()[3])
        except (OSError, ValueError, IndexError):
            return 0
        finally:
            os.close(fd)

    def tasks_of(self, user: int) -> int:
        """Threads that this user has on this machine."""
        total = 0
        for name in os.listdir(self._proc):
            if name.isdigit():
                try:
                    if os.stat(name, dir_fd=self._proc).st_uid == user:
                        total += int(self._fields(name)[17])
                except (OSError, ValueError, IndexError):
                    continue
        return total
