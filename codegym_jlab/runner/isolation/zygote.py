"""The warm process: Python and a course's libraries imported, forked once for each lease. Runs no student code.

Its host speaks to it in frames on a UNIX socket:
    {"op":"spawn","id":1,"files_mb":32}     -> {"op":"spawned","id":1}, with a socket to the fork riding on it
    {"op":"leased","id":1,"memory_mb":256,"processes":32,"files_mb":32}  from now on the watchdog looks after it
    {"op":"cpu","id":1,"seconds":2.0|null}  end it when it used that much more processor time
    {"op":"kill","id":1}                    -> {"op":"exited","id":1,"code":0|null,"signal":9|null,"why":...}
When the socket closes, it ends, and all that it forked with it.
"""

import _socket
import gc
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import Any, NoReturn

from ..session import loop
from ..wire import frames, tables
from ..wire.frames import Json
from . import watchdog

#: Each level's inner half, by the name that the host gives it.
_LEVELS = {
    "namespaces": "isolation.namespaces.Namespaces",
    "confined": "isolation.confined.Confined",
    "docker": "isolation.container.Contained",
    "process": "isolation.process.Unisolated",
    "kernels": "notebook.namespaces.Kernels",
    "kernels_confined": "notebook.confined.ConfinedKernels",
    "kernels_guests": "notebook.other_kernels.OtherKernels",
}
_WATCH_S = 0.05
_SPARE_BYTES = 16 << 20


class _Lease:
    memory = 0  #: bytes; 0 while it is a spare
    processes = 0
    files = 0  #: bytes
    cpu: float | None = None  #: seconds, when it is to end
    why: str | None = None
    is_bounded = False  #: its memory, by the kernel; else by the watchdog

    def __init__(self, number: int, pid: int) -> None:
        self.id = number
        self.pid = pid


class NotLent(Exception):
    """A folder cannot be lent to a fork; the text says why and what to do."""


class Level:
    """What the zygote asks of the level that it runs at."""

    sole = False  #: a fork is pid 1 of a namespace of its own, or may end all others in another way
    forks = True  #: and forks for each of its checks
    folder = ""  #: a fork's working folder
    _folders: dict[int, str]  #: by fork, where each has one of its own

    def fork(self) -> int:
        """fork(2); returns 0 in the child."""
        return os.fork()

    def fork_into(self, folder: str) -> int:
        """The same, with a working folder of its own, which the level removes."""
        pid = os.fork()
        if pid:
            self._folders[pid] = folder
        else:
            self.folder = folder
        return pid

    def bound(self, pid: int, memory: int, processes: int) -> bool:
        """Have the kernel bound a lease; False where it does not, and the watchdog has to."""
        return False

    def ran_out(self, pid: int) -> bool:
        """Whether the kernel ended it for memory."""
        return False

    def seal(self, frame: Json, channel: int) -> Json:
        """Close this fork off for good. Returns what is in force."""
        raise NotImplementedError

    def end(self, pids: Iterable[int]) -> None:
        """Kill these forks; what they forked dies with their namespaces."""
        for pid in pids:
            os.kill(pid, 9)

    def leave(self, pids: Iterable[int]) -> None:
        """At the end of the zygote: nothing of these forks is left."""
        self.end(pids)

    def buried(self, pid: int) -> None:
        """A fork is dead; nothing of it is left."""

    def table(self) -> watchdog.Table | None:
        """For the watchdog."""
        return None

    def details(self) -> Json:
        """For doctor."""
        return {}


class Zygote:
    """See the module."""

    watch_s = _WATCH_S  #: between two looks of the watchdog
    furnish: Any = staticmethod(loop.furnish)

    def __init__(self, control: int, config: Json) -> None:
        self._place = _place(config, control)
        self._inward = control
        self._attach(control)
        self._leases: dict[int, _Lease] = {}
        self._last_look = 0.0
        sys.path[:] = config["path"]
        for name in config["preload"]:
            with suppress(Exception):  # the cells that need it will say so
                __import__(name)
        tables.capture()
        self._table = self._place.table()
        if self._table is not None:
            loop.ADDRESS_SPACE = self._table.address_space()
        self._wake = _wake_on_child()
        self._serving = self.furnish(self._place)
        gc.collect()
        gc.freeze()
        self._tell({"op": "ready", "details": self._place.details()})

    def _attach(self, control: int) -> None:
        self._control = _socket.socket(fileno=control)

    def _tell(self, frame: Json) -> None:
        frames.write_frame(self._control.fileno(), frame)

    def _hand_over(self, number: int, ours: _socket.socket) -> None:
        """The host gets its end of a fork's socket."""
        frames.send_with_fd(self._control, {"op": "spawned", "id": number}, ours.fileno())
        ours.close()

    def serve(self) -> None:
        """Answer the host until it goes away."""
        try:
            self._serve()
        except (frames.Closed, OSError):  # it may have gone while it was told something
            self._place.leave(lease.pid for lease in self._leases.values())
            os._exit(0)

    def _serve(self) -> None:
        while True:
            watching = any(lease.memory for lease in self._leases.values())
            ready = dict(self._poll().poll(self.watch_s * 1000 if watching else None))
            if self._wake in ready:
                os.read(self._wake, 4096)
                self._reap()
            self._attend(ready)
            if watching and time.monotonic() - self._last_look >= self.watch_s:
                self._look()

    def _poll(self) -> Any:
        poll = select.poll()
        poll.register(self._inward, select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        return poll

    def _attend(self, ready: dict[int, int]) -> None:
        """To what `_poll` told beside the end of a fork: events, by the number of a file."""
        if self._inward in ready:
            self._handle(frames.read_frame(self._inward))

    def _handle(self, frame: Json) -> None:
        if frame["op"] == "spawn":
            self._spawn(frame["id"], frame)
            return
        lease = self._leases.get(frame["id"])
        if lease is None:
            return
        if frame["op"] == "leased":
            lease.memory, lease.processes = frame["memory_mb"] * 1024 * 1024, frame["processes"]
            lease.files = frame["files_mb"] * 1024 * 1024
            memory = lease.memory + lease.files + _SPARE_BYTES  # its folder lies in memory too
            lease.is_bounded = self._place.bound(lease.pid, memory, lease.processes + 2)
        elif frame["op"] == "kill":
            self._kill(lease, "killed")
        elif frame["op"] == "cpu":
            used = self._usage().get(lease.pid)
            lease.cpu = None if frame["seconds"] is None or used is None else used.cpu + frame["seconds"]

    def _spawn(self, number: int, frame: Json) -> None:
        ours, theirs = _socket.socketpair()
        pid = self._place.fork()
        if not pid:
            self._become_session(theirs.detach(), ours, frame)
        theirs.close()
        self._leases[number] = _Lease(number, pid)
        self._hand_over(number, ours)

    def _become_session(self, channel: int, ours: _socket.socket, frame: Json) -> None:
        try:
            ours.close()
            serve: Callable[[], object] = self._seal(channel, frame)
        except BaseException as e:
            why = str(e) if isinstance(e, NotLent) else f"{type(e).__name__}: {e}"
            serve = partial(frames.write_frame, channel, {"op": "failed", "why": why})
        try:
            serve()
        finally:  # a fork never goes on as a zygote
            os._exit(3)

    def _seal(self, channel: int, frame: Json) -> Callable[[], NoReturn]:
        """In a fork: close it off, and say so. Returns what it does for the rest of its life."""
        sealed = self._place.seal(frame, channel)
        self._serving.prepare(channel, self._place.folder)
        frames.write_frame(channel, {"op": "sealed", "details": sealed})
        return self._serving.serve  # type: ignore[no-any-return]

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            lease = next((one for one in self._leases.values() if one.pid == pid), None)
            if lease is not None and lease.is_bounded and self._place.ran_out(pid):
                lease.why = lease.why or "memory"
            self._place.buried(pid)
            if lease is None:
                continue
            del self._leases[lease.id]
            code = os.waitstatus_to_exitcode(status)
            self._tell(
                {
                    "op": "exited", "id": lease.id, "why": lease.why,
                    "code": code if code >= 0 else None, "signal": -code if code < 0 else None,
                }
            )  # fmt: skip

    def _usage(self) -> dict[int, watchdog.Usage]:
        return self._table.usage() if self._table is not None else {}

    def _look(self) -> None:
        """The watchdog: the whole tree's memory and, where it was asked for, processor time."""
        usage = self._usage()
        self._last_look = time.monotonic()
        for lease in self._leases.values():
            used = usage.get(lease.pid)
            if used is None or not lease.memory:
                continue
            if not lease.is_bounded and used.memory > lease.memory and self._is_over(lease, used):
                self._kill(lease, "memory")
            elif lease.cpu is not None and used.cpu > lease.cpu:
                self._kill(lease, "cpu")
            elif why := self._table.excess(used, lease):
                self._kill(lease, why)

    def _is_over(self, lease: _Lease, used: watchdog.Usage) -> bool:
        """Each process has a bound of its own, which strikes first; this one is for the sum."""
        exact = self._table.exact_memory(used.pids)
        if exact is None:
            return used.memory > 2 * lease.memory
        return bool(exact > lease.memory + self._table.baseline + _SPARE_BYTES)

    def _kill(self, lease: _Lease, why: str) -> None:
        lease.why = lease.why or why
        self._place.end([lease.pid])


def _place(config: Json, control: int) -> Any:
    """The level that is asked for: what is not needed is given up, which may end in another process."""
    module, _, kind = _LEVELS[config["level"]].rpartition(".")
    return getattr(import_module(f"..{module}", __package__), kind)(config, control)


def _wake_on_child() -> int:
    out, into = os.pipe()
    for fd in (out, into):
        os.set_blocking(fd, False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(into, warn_on_full_buffer=False)
    return out


def main(control: int, kind: type[Zygote] = Zygote) -> None:
    """Become a zygote of that kind; `control` is the host's socket. Does not return."""
    config = frames.read_frame(control)
    os.set_inheritable(control, False)
    try:
        zygote = kind(control, config)
    except Exception as e:
        frames.write_frame(control, {"op": "failed", "why": f"{type(e).__name__}: {e}"})
        os._exit(3)
    zygote.serve()
