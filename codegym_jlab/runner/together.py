"""Checks that are asked together: forks one after another, with as little as can be written to memory in between.

What a process writes after a fork, the kernel copies page by page as long as the other lives. So all is made ready
before the first fork, the loop has few names, and it waits for a fork's end before it touches anything else.

The last check of a lease needs no fork: nothing comes after it, and what the others said has been told before. Nor do
the first ones, as far as they leave no trace and take next to no time. Should the process end amid them, the host asks
them again, each in a fork: `apart`.
"""

from __future__ import annotations

from os import SEEK_END, WNOHANG, _exit, close, fork, kill, lseek, pipe, read, statvfs, waitpid, write
from select import poll
from time import monotonic, process_time

from . import brief, checks, frames, haste, onlookers, traceless, violations
from .capture import discard_file
from .cells import PRISTINE
from .clib import ALL
from .signals import SIGKILL

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .folder import Folder
    from .haste import Haste
    from .kit import Kit

globals()["__builtins__"] = PRISTINE  # student code may put others in the place of what is called here

_END_MS = 3  # a check that takes longer is waited for as if it had been asked alone
_LITTLE, _AT_ONCE = 400, 1 << 16  # bytes of most answers, and those that a pipe holds


class Together:
    """What a session does with one `checks` frame."""

    def __init__(
        self,
        made: list[checks.Check],
        channel: int,
        folder: Folder,
        pace: Haste,
        kill_all: Callable[[int, int], int] | None,
        kit: Kit,
        last: checks.Check | None = None,
        *,
        apart: bool = False,
    ) -> None:
        """`channel`: the host's socket. `kill_all` is `clib.kill`, where all others but this process may be ended.

        `last` runs in this process, after the others, whose session ends with it; not if one of them died.
        `apart`: each of the others is forked, whatever it does.
        """
        self.told = 0  #: of the checks, how many are answered
        self._made = made
        self._apart = apart
        self._kit = kit
        self._last = last
        self._has_died = False  #: a check, or it ran out of time
        self._channel = channel
        self._kill_all = kill_all
        self._folder = folder
        self._haste = pace
        self._done: list[bytes] = []
        self._traces = traceless.Traces()

    def run(self) -> None:
        """Answer one after another, up to one that ran out of time; those that are done soon are told together.

        Raises frames.Closed, OSError and MemoryError.
        """
        kit = self._kit
        kit.renew(self._made[0].seconds, self._made[0].limit)
        for check in (*self._made, self._last) if self._last is not None else self._made:
            check.make_ready(kit)
        left = self._made if self._apart else self._after_here()
        try:
            if left:
                self._folder.remember()
                if self._kill_all is not None:
                    checks.bury(-1)
                where, files = self._folder.path, self._folder.files_when_empty
                self._fork_all(left, checks.random_state(), poll(), where, files)
        finally:
            self._tell()
        if self._last is not None and self.told == len(self._made) and not self._has_died:
            if self._kill_all is not None:  # it is the first of its namespace
                violations.end_by_signal()
            checks.limit_cpu(self._last.seconds + process_time())
            self.told += 1
            frames.write_all(self._channel, self._last.answer())

    def _after_here(self) -> list[checks.Check]:
        """Run checks in this process up to one that may leave a trace, or takes its time. Returns the others."""
        first = self._made[0]
        if not self._leaves_none(first) or onlookers.are_there(first.texts()):
            return self._made
        garbage = onlookers.Garbage(self._end)
        garbage.watch()
        try:
            return self._made[self._count_here() :]
        finally:
            garbage.leave()

    def _leaves_none(self, check: checks.Check) -> bool:
        return check.no_program is None and self._traces.leaves_none(check.codes, check.namespace, checks.BUILTINS)

    def _count_here(self) -> int:
        """Run them. Returns how many of the checks, from the first on, need nothing more in this turn."""
        began = monotonic()
        made = self._made if self._last is None else [*self._made, self._last]
        for place, check in enumerate(made):
            if not self._leaves_none(check):
                return place
            check.kit.type(check.stdin)
            try:
                data = brief.answer(check)  # as deep in calls as in a fork
            except Exception:  # too much to be told: a fork fails alone
                return place
            check.namespace.clear()
            if haste.is_late(data):
                self._tell()
                self._has_died = self._haste.hear(data)
                self._haste.end()
                frames.write_all(self._channel, data)
                self.told += 1
                return len(made)
            self._done.append(data)
            if monotonic() - began > _END_MS / 1000:
                return place + 1
        return len(made)

    def _end(self) -> None:
        """What the cells left may be set off, and be seen by the next check: the host asks again, each in a fork."""
        self._tell()
        _exit(0)

    def _fork_all(self, made: list[checks.Check], kept: Any, ends: poll, folder: str, files: int) -> None:
        """`files`: how many there are while the folder is empty. Each function of Python called here is ten pages."""
        channel, done, ended, late, watched = self._channel, self._done, ends.poll, False, -1
        kill_all = self._kill_all
        for check in made:
            out, into = pipe()
            pid = fork()
            if not pid:
                _answer(check, out, channel, into, kept)
            close(into)
            if out != watched:  # the same number each time, unless something else was closed
                ends.register(out, 0)  # its end alone
                watched = out
            data = read(out, _LITTLE) if ended(_END_MS) else b""
            if len(data) == _LITTLE:
                data += read(out, _AT_ONCE)
            size = len(data) - 4
            if size > 0 and data[3] == size & 255 and data[2] == size >> 8 and not data[0] and not data[1]:
                close(out)
                done.append(data)
                if not waitpid(pid, WNOHANG)[0]:
                    kill(pid, SIGKILL) if kill_all is None else kill_all(ALL, SIGKILL)
                    waitpid(pid, 0)
                if kill_all is not None and not kill_all(ALL, SIGKILL):  # it was not the only one
                    checks.bury(-1, wait=True)
            else:
                late = self._wait(check, pid, out, data)
            try:
                if lseek(1, 0, SEEK_END):
                    discard_file()
            except OSError:  # student code put something there that has no end
                pass
            info = statvfs(folder) if files >= 0 else None
            if info is None or info.f_files - info.f_ffree != files:
                self._folder.restore()
            if late:
                return

    def _wait(self, check: checks.Check, pid: int, out: int, data: bytes) -> bool:
        """For a fork that takes its time, or died; whether it ran out of time."""
        self._tell()
        slow = checks.Fork.of(check, self._kill_all is not None, pid, out, data)
        answer = slow.collect()
        late = self._haste.hear(answer)
        self._has_died = self._has_died or late or not isinstance(answer, bytes)
        self._haste.end()
        frames.write_all(self._channel, answer if isinstance(answer, bytes) else frames.pack(answer))
        self.told += 1
        slow.end()
        if self._kill_all is not None:
            checks.bury(-1, wait=True)
        return late

    def _tell(self) -> None:
        if self._done:
            self._haste.end()  # these took next to no time
        frames.write_all(self._channel, b"".join(self._done))
        self.told += len(self._done)
        self._done.clear()


def _answer(check: checks.Check, out: int, channel: int, into: int, kept: Any) -> None:
    """In the fork: does not return."""
    try:
        close(out)
        close(channel)
        if kept is not None:
            checks.restore_random(kept)
        try:
            data = brief.answer(check)
        except MemoryError:
            data = frames.pack(checks.out_of_memory())
        written = write(into, data)
        if written < len(data):
            frames.write_all(into, data[written:])
    except BaseException:
        _exit(70)
    _exit(0)
