"""The level `docker`, from inside: the first process of a container, a zygote with one fork.

The container is the wall, and each submission has one of its own. What the engine does not do is done here: a seccomp
filter that knows what Python needs, Landlock where the kernel has it, a fork that leads all of its tree, so that what a
check leaves can be ended. The zygote watches its fork, and carries all frames for it.

It is started as `__main__.py isolation.container 0`. Its standard input and output are the only way in and out.
They hold the two lanes of `wire.frames`: on the one the frames of `zygote`, beginning with the configuration, on the
other those of the session. Pid 1 of a container cannot be killed from inside it.
"""

import _socket
import os
import select
import sys
from collections.abc import Iterable
from typing import Any

from ..session import check, workdir
from ..session.limits import lower
from ..wire import frames
from ..wire.frames import Json
from . import drop_privileges, landlock, linux, seccomp, zygote
from .watchdog import Table

_IN, _OUT = 0, 1
_PIECE = 1 << 16
_ENOUGH = 1 << 18  #: bytes that wait to go out before no more is taken in


def main(control: int) -> None:
    """Become the container's zygote. Does not return."""
    try:
        os.closerange(3, 256)  # what was inherited
        warm = Container(frames.read_first(_IN))
    except frames.Closed:
        os._exit(0)
    except Exception as e:
        failed = frames.pack({"op": "failed", "why": f"{type(e).__name__}: {e}"})
        frames.write_all(_OUT, frames.pack_lane(frames.CONTROL, failed))
        os._exit(3)
    warm.serve()


class Container(zygote.Zygote):
    """See the module."""

    def __init__(self, config: Json) -> None:
        self._outbox = bytearray()
        self._inbox = bytearray()  #: for the session
        self._orders = frames.Buffer()
        self._cutter = frames.Cutter()
        self._session: _socket.socket | None = None
        super().__init__(_IN, {**config, "path": [*filter(os.path.isdir, sys.path), *config["packages"]]})
        for fd in (_IN, _OUT):
            os.set_blocking(fd, False)

    def _attach(self, control: int) -> None:
        """There is no socket to the host."""

    def _tell(self, frame: Json) -> None:
        self._outbox += frames.pack_lane(frames.CONTROL, frames.pack(frame))
        self._flush()

    def _hand_over(self, number: int, ours: _socket.socket) -> None:
        self._session = ours
        ours.setblocking(False)
        self._tell({"op": "spawned", "id": number})

    def _become_session(self, channel: int, ours: _socket.socket, frame: Json) -> None:
        for fd in (_IN, _OUT):  # the session's own output goes elsewhere
            os.dup2(os.open("/dev/null", os.O_RDWR), fd)
        super()._become_session(channel, ours, frame)

    # ------------------------------------------------------------ carrying

    def _reap(self) -> None:
        self._carry_out()  # what it said before it died goes before the news of its death
        super()._reap()

    def _attend(self, ready: dict[int, int]) -> None:
        if _IN in ready:
            self._hear_host()
        if self._session is not None and self._session.fileno() in ready:
            self._carry_in()
            self._carry_out()
        if _OUT in ready:
            self._flush()

    def _poll(self) -> Any:
        poll = super()._poll()
        if self._outbox:
            poll.register(_OUT, select.POLLOUT)
        if self._session is not None:
            takes = select.POLLIN if len(self._outbox) < _ENOUGH else 0
            events = takes | (select.POLLOUT if self._inbox else 0)
            if events:  # one that hung up would be told again and again
                poll.register(self._session.fileno(), events)
        return poll

    def _hear_host(self) -> None:
        try:
            data = os.read(_IN, _PIECE)
        except BlockingIOError:
            return
        if not data:
            raise frames.Closed
        for lane, part in self._cutter.cut(data):
            if lane == frames.LEASE:
                self._inbox += part
                continue
            self._orders.feed(part)
            while (frame := self._orders.take()) is not None:
                self._handle(frame)
        self._carry_in()

    def _carry_in(self) -> None:
        if self._session is None:
            return
        try:
            while self._inbox:
                del self._inbox[: self._session.send(self._inbox[:_PIECE])]
        except BlockingIOError:
            return
        except OSError:
            self._inbox.clear()  # it hung up, which reading will show

    def _carry_out(self) -> None:
        """From the session to the host, as much as there is room for."""
        while self._session is not None and len(self._outbox) < _ENOUGH:
            try:
                data = self._session.recv(_PIECE)
            except BlockingIOError:
                break
            except OSError:
                data = b""
            self._outbox += frames.pack_lane(frames.LEASE, data)
            if not data:
                self._session.close()
                self._session = None
        self._flush()

    def _flush(self) -> None:
        try:
            while self._outbox:
                del self._outbox[: os.write(_OUT, self._outbox[:_PIECE])]
        except BlockingIOError:
            return
        except OSError as e:
            raise frames.Closed from e


_SHARED = "/dev/shm"  # noqa: S108  semaphores lie there; a tmpfs of the container's own, as /tmp is
_PR_SET_CHILD_SUBREAPER = 36


class Contained(zygote.Level):
    """See `zygote.Level`."""

    sole = True  #: a fork may end all others: the zygote, pid 1, is out of its reach
    folder = drop_privileges.FOLDER

    def __init__(self, config: Json, control: int) -> None:
        if os.getpid() != 1 or os.getuid() == 0:
            raise OSError("this is to be the first process of a container, and not root's")
        os.environ.pop("HOSTNAME", None)  # the engine's own; this environment is made from nothing
        linux.prctl(linux.PR_SET_DUMPABLE, 0)  # nobody inside reads or writes its memory, or opens its files
        landlock.abi()
        self._files = config["files"]
        seccomp.prepare(seccomp.CONTAINER)

    def seal(self, frame: Json, channel: int) -> Json:
        """Close this fork off for good. Returns what is in force."""
        os.setsid()
        os.chdir(self.folder)
        linux.prctl(_PR_SET_CHILD_SUBREAPER, 1)
        linux.prctl(linux.PR_SET_DUMPABLE, 1)  # the zygote measures its tree
        drop_privileges.link_files(self._files)
        drop_privileges.redirect_output()
        drop_privileges.close_files(channel)
        linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
        lower("CORE", 0)
        check.ALONE = os.getpid()
        workdir.BESIDE = (_SHARED,)
        folders = [(path, landlock.all_rights()) for path in (self.folder, _SHARED)]
        readable = [(f"/{name}", landlock.READ_FILE) for name in os.listdir("/") if name != "sys"]
        devices = ("/dev", landlock.READ_FILE | landlock.WRITE_FILE)
        landlock.restrict_to([("/", landlock.READ_DIR), *readable, devices, *folders])
        seccomp.install()
        return {"landlock": landlock.abi()}

    def end(self, pids: Iterable[int]) -> None:
        """Kill all that lives here but this."""
        try:
            os.kill(-1, 9)
        except ProcessLookupError:
            return

    def table(self) -> Table:
        """For the watchdog."""
        return Table()
