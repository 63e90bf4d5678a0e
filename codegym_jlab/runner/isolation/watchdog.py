"""Who lives in each lease, and what they take: read from a procfs that the zygote holds open.

At `confined` a lease is one process, whose files lie on the machine's disk and are counted too.
"""

import os
from contextlib import suppress
from typing import Any, NamedTuple

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK = os.sysconf("SC_CLK_TCK")
_MAX_SOCKETS = 300  # of a lease; each may hold 200 KB of the kernel's memory


class Usage:
    """Of one lease's tree of processes."""

    def __init__(self) -> None:
        self.memory = 0  #: bytes, counting pages twice that two of its processes share: never too little
        self.cpu = 0.0  #: seconds, of those that live and of those that they have reaped
        self.pids: list[int] = []  #: as the open procfs numbers them
        self.tasks = 0  #: processes, or threads where a lease is one process


class _Stat(NamedTuple):
    """Of one process. See proc_pid_stat(5)."""

    parent: int
    cpu: float  #: seconds, with reaped children's
    memory: int  #: resident bytes
    threads: int


class Table:
    """All processes below the zygote, grouped by the child of the zygote they descend from."""

    def __init__(self, proc: int | None = None) -> None:
        """`proc`: an open folder, the procfs of the zygote's pid namespace or of one above it; else the one here."""
        self._proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY) if proc is None else proc
        self._me = int(os.readlink("self", dir_fd=self._proc))
        own = self._stat(self._me)
        self.baseline = own.memory if own is not None else 0

    def address_space(self) -> int:
        """Bytes of address space of the zygote."""
        return int(self._text(f"{self._me}/statm").split()[0]) * _PAGE

    def usage(self) -> dict[int, Usage]:
        """By the pid that the zygote knows its child by."""
        rows = {pid: stat for pid in self._all() if (stat := self._stat(pid)) is not None}
        out: dict[int, Usage] = {}
        for pid, stat in rows.items():
            first = self._first(pid, rows)
            if first is None:
                continue
            usage = out.setdefault(self._inner(first), Usage())
            usage.memory += max(0, stat.memory - self.baseline)
            usage.cpu += stat.cpu
            usage.pids.append(pid)
            usage.tasks += 1
        return out

    def excess(self, used: Usage, lease: Any) -> str | None:
        """Why a lease is to end, where that is neither memory nor processor time of its processes."""
        if self.sockets(used.pids[0]) > _MAX_SOCKETS:
            return "memory"
        # RLIMIT_NPROC does not bind root in a user namespace of one id
        return "processes" if used.tasks > lease.processes + 2 else None

    def exact_memory(self, pids: list[int]) -> int | None:
        """Bytes of these processes, each shared page counted once; slower. None where they cannot be read."""
        if not os.access(f"{self._me}/smaps_rollup", os.F_OK, dir_fd=self._proc):  # gVisor has none
            return None
        total = 0
        for pid in pids:
            try:
                lines = self._text(f"{pid}/smaps_rollup").splitlines()
                total += next(int(line.split()[1]) for line in lines if line.startswith(b"Pss:")) * 1024
            except (FileNotFoundError, ProcessLookupError, StopIteration):
                continue
            except OSError:
                return None
        return total

    def sockets(self, pid: int) -> int:
        """How many sockets there are in that process's network namespace: their buffers are in nobody's memory."""
        return self._number(f"{pid}/net/sockstat", 2)

    def _first(self, pid: int, rows: dict[int, _Stat]) -> int | None:
        """The child of the zygote at the root of that process's tree."""
        for _ in range(1000):
            if pid == self._me or pid not in rows:
                return None
            parent = rows[pid].parent
            if parent == self._me:
                return pid
            pid = parent
        return None

    def _inner(self, pid: int) -> int:
        """That process's number in the zygote's own namespace: the second-last of its chain for a lease's pid 1."""
        if self._me == os.getpid():
            return pid
        lines = self._text(f"{pid}/status").splitlines()
        chain = next(line.split()[1:] for line in lines if line.startswith(b"NSpid:"))
        return int(chain[-2]) if len(chain) > 1 else pid

    def _all(self) -> list[int]:
        return [int(name) for name in os.listdir(self._proc) if name.isdigit()]

    def _stat(self, pid: int) -> _Stat | None:
        """None where it is gone."""
        try:
            fields = self._text(f"{pid}/stat").rpartition(b")")[2].split()  # from the state on
            cpu = sum(int(n) for n in fields[11:15]) / _TICK
            return _Stat(int(fields[1]), cpu, int(fields[21]) * _PAGE, int(fields[17]))
        except (OSError, ValueError, IndexError):
            return None

    def _number(self, path: str, place: int) -> int:
        """That word of a file; 0 where it cannot be read."""
        try:
            return int(self._text(path).split()[place])
        except (OSError, ValueError, IndexError):
            return 0

    def _text(self, path: str) -> bytes:
        fd = os.open(path, os.O_RDONLY, dir_fd=self._proc)
        try:
            return os.read(fd, 1 << 14)
        finally:
            os.close(fd)


_MAX_FILES = 4096
_COUNT_EVERY = 40  #: looks between two counts of this user's tasks


class Watch(Table):
    """Of the zygote's forks alone: others on this machine are nobody's business."""

    #: Bytes written in all, removed files and pipes too, as a multiple of those that may stay.
    times_written: float = 16

    def __init__(self, folders: dict[int, str]) -> None:
        super().__init__()
        self._folders = folders
        self._looks = 0
        self.tasks = self.tasks_of(os.geteuid())  #: threads that this user has on this machine

    def usage(self) -> dict[int, Usage]:
        """By pid."""
        self._looks += 1
        if self._looks % _COUNT_EVERY == 0:
            self.tasks = self.tasks_of(os.geteuid())
        found = {}
        for pid in list(self._folders):
            stat = self._stat(pid)
            if stat is None:
                continue
            usage = found[pid] = Usage()
            usage.cpu, usage.tasks = stat.cpu, stat.threads
            usage.memory = max(0, stat.memory - self.baseline)
            usage.pids = [pid]
        return found

    def excess(self, used: Usage, lease: Any) -> str | None:
        """`files` where it wrote too much: files that are there, removed ones that it holds open, and in all."""
        pid = used.pids[0]
        room = lease.files
        if self._number(f"{pid}/io", 3) > self.times_written * room:  # given to write(2) and the like: proc_pid_io(5)
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
            with suppress(OSError), os.scandir(pending.pop()) as entries:
                for entry in entries:
                    number += 1
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    else:
                        size += entry.stat(follow_symlinks=False).st_blocks * 512
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
                with suppress(OSError):
                    info = os.stat(name, dir_fd=folder)
                    total += 0 if info.st_nlink else info.st_blocks * 512
        finally:
            os.close(folder)
        return total

    def tasks_of(self, user: int) -> int:
        """Threads that this user has on this machine."""
        total = 0
        for pid in self._all():
            with suppress(OSError):
                if os.stat(str(pid), dir_fd=self._proc).st_uid == user and (stat := self._stat(pid)):
                    total += stat.threads
        return total
