"""The host's side of one zygote: its process, its control socket, the forks that it makes, and the leases of them."""

import asyncio
import os
import socket
import subprocess
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any, Generic, Self, TypeVar

from codegym_jlab.runner.wire import frames
from codegym_jlab.runner.wire.frames import Json

from .base import (
    Answers,
    ExitKind,
    ExitStatus,
    Image,
    Limits,
    Process,
    ProcessEnded,
    SandboxUnavailable,
    goes_on,
    lease_ended,
)
from .namespaces import Namespaces


class Fork:
    """One child of a zygote: a socket to it, and how it ended once it has."""

    def __init__(self, number: int, fd: int) -> None:
        """`fd`: the socket that the zygote sent."""
        self.number = number
        self.status: ExitStatus | None = None
        self._socket: socket.socket | None = socket.socket(fileno=fd)
        self._socket.setblocking(False)
        self._buffer = frames.Buffer()
        self._gone = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    async def send(self, frame: Json) -> None:
        """Raises EOFError or OSError when it is gone."""
        if self._socket is None:
            raise EOFError
        await self._loop.sock_sendall(self._socket, frames.pack(frame))

    def is_silent(self) -> bool:
        """Whether nothing came that was not asked for."""
        if self._socket is None:
            return True
        try:
            return self._buffer.empty and not self._socket.recv(1, socket.MSG_PEEK)
        except OSError:  # nothing there, or nobody
            return True

    async def receive(self) -> Json:
        """The next frame. Raises EOFError, OSError, or ValueError when what came is no frame."""
        while (frame := self._buffer.take()) is None:
            data = await self._loop.sock_recv(self._socket, 1 << 16) if self._socket is not None else b""
            if not data:
                raise EOFError
            self._buffer.feed(data)
        return frame

    async def gone(self) -> ExitStatus:
        """Wait until the zygote has buried it."""
        await self._gone.wait()
        assert self.status is not None
        return self.status

    def set_ended(self, status: ExitStatus) -> None:
        """It has ended; the first status stays."""
        if self.status is None:
            self.status = status
        self._gone.set()

    def hang_up(self) -> None:
        """Close the socket; who waits for a frame is told that it ended."""
        hung_up, self._socket = self._socket, None
        if hung_up is not None:
            with suppress(OSError):
                hung_up.shutdown(socket.SHUT_RDWR)
            self._loop.call_soon(hung_up.close)


_START_S, _FAREWELL_S, _SEND_S = 60.0, 2.0, 5.0
_FILES_MB = Limits().files_mb  # of spares
_WHY = {"killed": ExitKind.KILLED, "memory": ExitKind.MEMORY, "cpu": ExitKind.TIMEOUT, "processes": ExitKind.MEMORY,
        "files": ExitKind.OUTPUT}  # fmt: skip


def status_of(frame: Json) -> ExitStatus:
    """How a fork ended, as its zygote says it."""
    if frame["why"] is not None:
        return ExitStatus(_WHY[frame["why"]], frame["code"], frame["signal"], detail=frame["why"])
    kind = ExitKind.EXITED if frame["signal"] is None else ExitKind.SIGNALLED
    return ExitStatus(kind, frame["code"], frame["signal"])


def in_force(sealed: Json) -> Json:
    """What a fork says of its seal, by its first frame. Raises SandboxUnavailable."""
    if sealed.get("op") != "sealed":
        raise SandboxUnavailable(f"a process could not be sealed: {sealed.get('why')}")
    return dict(sealed["details"])


@dataclass(eq=False)
class Zygote:
    """A running zygote. Made by `start`; `pool` asks it for forks."""

    _process: subprocess.Popen[bytes]
    _control: socket.socket
    _spares_wanted: int
    alive = True
    _next = 0

    def __post_init__(self) -> None:
        self.details: Json = {}
        self.leased = set[Fork]()
        self._buffer = frames.Buffer()
        self._fds = deque[int]()
        self._forks: dict[int, Fork] = {}
        self.spares = deque[asyncio.Future[Fork]]()
        self._coming: dict[int, asyncio.Future[Fork]] = {}
        self._ready: asyncio.Future[Json] = asyncio.get_running_loop().create_future()

    @classmethod
    async def start(cls, backend: Namespaces, image: Image, *, spares: int) -> Self:
        """Start one and wait until it is ready. Raises SandboxUnavailable with what it said."""
        configuration = backend.configuration(image)
        ours, theirs = socket.socketpair()
        try:
            # from this thread and no executor's: the child dies with the thread that made it
            process = subprocess.Popen(  # noqa: S603, ASYNC220
                [*backend.command(), str(theirs.fileno())],
                env=backend.environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                cwd="/",
                start_new_session=True,
            )
        except OSError as e:
            ours.close()
            raise SandboxUnavailable(f"Python could not be started: {e}") from e
        finally:
            theirs.close()
        zygote = cls(process, ours, spares)
        try:
            zygote._control.settimeout(_SEND_S)
            asyncio.get_running_loop().add_reader(zygote._control, zygote._receive)
            zygote._send(configuration)
            async with asyncio.timeout(_START_S):
                zygote.details = await zygote._ready
        except (TimeoutError, EOFError, RuntimeError) as e:
            await zygote.close()
            raise SandboxUnavailable(f"the sandbox did not start: {e or 'no answer'}") from e
        except BaseException:
            zygote.abandon()
            raise
        return zygote

    # ------------------------------------------------------------ forks

    async def take(self, limits: Limits, seed: int | None = None) -> Fork:
        """A sealed fork under these limits; `seed` is its random's. Raises EOFError or OSError when the zygote died."""
        is_spare = self.spares and limits.files_mb == _FILES_MB
        coming = self.spares.popleft() if is_spare else self._spawn({"files_mb": limits.files_mb})
        try:
            fork = await coming
            self.leased.add(fork)
            return await self._under_limits(fork, limits, seed)
        except BaseException:
            self._give_up(coming)
            raise

    def _give_up(self, coming: asyncio.Future[Fork]) -> None:
        """End what was asked for, if it has come: it may have as whoever wanted it was cancelled."""
        if not coming.cancelled() and coming.exception() is None:
            self.kill(coming.result())
            self.release(coming.result())

    async def _under_limits(self, fork: Fork, limits: Limits, seed: int | None) -> Fork:
        self.details["sealed"] = in_force(await fork.receive())
        bounds = asdict(limits)
        self._send({"op": "leased", "id": fork.number, **bounds})
        await fork.send({"op": "limits", **bounds} | ({} if seed is None else {"seed": seed}))
        return fork

    def refill(self) -> None:
        """Fork as many spares as are missing."""
        while self.alive and len(self.spares) < self._spares_wanted:
            self.spares.append(self._spawn({"files_mb": _FILES_MB}))

    def release(self, fork: Fork) -> None:
        """Its lease is over."""
        fork.hang_up()
        self.leased.discard(fork)
        self._forks.pop(fork.number, None)
        self.refill()

    def kill(self, fork: Fork) -> None:
        """Ask for its end, `Fork.gone` tells when, and in the same breath for a spare in its place."""
        if self.alive:
            self._send({"op": "kill", "id": fork.number})
            self.refill()

    async def end(self, fork: Fork) -> None:
        """Kill it with all that it started, if it lives, and wait; its lease is over."""
        if fork.status is None:
            self.kill(fork)
            await fork.gone()
        self.release(fork)

    def limit_cpu(self, fork: Fork, seconds: float | None) -> None:
        """End it when its tree has used that much more processor time."""
        if self.alive:
            self._send({"op": "cpu", "id": fork.number, "seconds": seconds})

    def _spawn(self, order: Json) -> asyncio.Future[Fork]:
        self._next += 1
        coming: asyncio.Future[Fork] = asyncio.get_running_loop().create_future()
        if not self.alive:
            coming.set_exception(EOFError("the zygote ended"))
            return coming
        self._coming[self._next] = coming
        self._send({"op": "spawn", "id": self._next, **order})
        return coming

    # ------------------------------------------------------------ control socket

    def _send(self, frame: Json) -> None:
        """One frame: the socket has room for thousands."""
        try:
            self._control.sendall(frames.pack(frame))
        except OSError:
            self._lose("its socket broke")

    def _receive(self) -> None:
        try:
            data, files, _, _ = socket.recv_fds(self._control, 1 << 16, 64)
        except OSError:
            data, files = b"", []
        for fd in files:
            os.set_inheritable(fd, False)
            self._fds.append(fd)
        if not data:
            self._lose("it ended")
            return
        self._buffer.feed(data)
        while (frame := self._buffer.take()) is not None:
            self._handle(frame)

    def _handle(self, frame: Json) -> None:
        kind = frame["op"]
        if kind in ("ready", "failed"):
            if self._ready.done():  # whoever waited for it went away
                return
            if kind == "ready":
                self._ready.set_result(frame["details"])
            else:
                self._ready.set_exception(RuntimeError(frame["why"]))
        elif kind == "spawned":
            fork = self._forks[frame["id"]] = Fork(frame["id"], self._fds.popleft())
            coming = self._coming.pop(frame["id"])
            if coming.cancelled():  # whoever wanted it went away
                self.kill(fork)
                fork.hang_up()
                del self._forks[fork.number]
            else:
                coming.set_result(fork)
        elif kind == "exited":
            if (ended := self._forks.get(frame["id"])) is not None:
                ended.set_ended(status_of(frame))

    def _lose(self, why: str) -> None:
        """The zygote is gone, and all its forks with it."""
        if not self.alive:
            return
        self.alive = False
        asyncio.get_running_loop().remove_reader(self._control)
        self._control.close()
        waiting: list[asyncio.Future[Any]] = [self._ready, *self._coming.values()]
        for waited in waiting:
            if not waited.done():
                waited.set_exception(EOFError(f"{why} (exit status {self._process.poll()})"))
                waited.exception()  # a spare that nobody awaits is no news
        self._coming.clear()
        for fork in self._forks.values():
            fork.set_ended(ExitStatus(ExitKind.LOST, detail=f"the zygote: {why}"))

    async def close(self) -> None:
        """End it, with all that it forked, and wait."""
        self._part()
        try:
            await asyncio.to_thread(self._process.wait, _FAREWELL_S)  # it ends when its socket closes, and tidies up
        except subprocess.TimeoutExpired:
            self.abandon()

    def abandon(self) -> None:
        """End it at once: for when the task that would wait is itself being cancelled."""
        self._part()
        self._process.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)

    def _part(self) -> None:
        self._lose("it was closed")
        for fork in list(self._forks.values()):
            fork.hang_up()
        while self._fds:
            socket.close(self._fds.popleft())


_Z = TypeVar("_Z", bound=Zygote)


class Zygotes(Generic[_Z]):
    """Running zygotes by what they were started for, the one unused for longest first. One that died is replaced."""

    def __init__(self) -> None:
        self.running = OrderedDict[Any, _Z]()
        self._starting: dict[Any, asyncio.Lock] = {}

    async def get(self, key: Any, start: Callable[[bool], Awaitable[_Z]]) -> _Z:
        """That of `key`; `start` is told whether one had died."""
        async with self._starting.setdefault(key, asyncio.Lock()):
            zygote = self.running.get(key)
            if zygote is None or not zygote.alive:
                if zygote is not None:
                    await self.running.pop(key).close()
                zygote = self.running[key] = await start(zygote is not None)
            self.running.move_to_end(key)
            return zygote

    async def close(self) -> None:
        """End them all, and wait."""
        ended = list(self.running.values())
        self.running.clear()
        await asyncio.gather(*(zygote.close() for zygote in ended))


_CPU_WATCH_S = 0.3  # a frame that takes longer is watched from outside as well
_CPU_GRACE_S = 0.7
_LATE_S = 5.0  # after the end of its time that this is seen: then it is us who stood still


@dataclass(eq=False)
class Lease(Process):
    """One leased process tree. See `base.Process`."""

    noticed_s = 1.0  #: from the end of its answers to the end of its process, and to the reason for it

    _zygote: Zygote
    _fork: Fork
    _level: str
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _closed = False
    _watched = False
    _answered = False

    async def ask_all(self, checks: Sequence[Json], *, within: float, total: float) -> Answers:
        """See `base.Process`: one frame goes, and an answer for each check comes as soon as it is there.

        A single one goes as it is, since it may be what code amid a check waits for. A check's own `seconds` bound its
        processor time from outside too, should the code be deaf inside.
        """
        ends = time.monotonic() + total
        answers = Answers()
        question: Json | None = checks[0] if len(checks) == 1 else {"op": "checks", "checks": list(checks)}
        async with self._asking:
            try:
                await self._be_silent()
                for check in checks:
                    left = min(within, ends - time.monotonic())
                    answers.given.append(await self._answer(question, check.get("seconds"), left))
                    question = None
                    if not goes_on(check, answers.given[-1]):
                        break
            except ProcessEnded as end:
                answers.ended = end.status
        return answers

    async def _be_silent(self) -> None:
        """Nothing may have come unasked. Raises ProcessEnded."""
        if self._fork.status is not None:
            raise ProcessEnded(self._fork.status)
        if not self._fork.is_silent():
            raise await self._end(ExitKind.PROTOCOL, "it spoke without being asked")

    async def _answer(self, frame: Json | None, seconds: object, within: float) -> Json:
        """The next answer, to `frame` or to what was sent before; watched from outside where it takes long."""
        timer = None
        if isinstance(seconds, int | float):
            timer = asyncio.get_running_loop().call_later(_CPU_WATCH_S, self._watch_cpu, float(seconds))
        try:
            return await self._reply_to(frame, within)
        finally:
            if timer is not None:
                timer.cancel()
            if self._watched:
                self._watched = False
                self._zygote.limit_cpu(self._fork, None)

    async def _reply_to(self, frame: Json | None, within: float) -> Json:
        loop = asyncio.get_running_loop()
        ends = loop.time() + within
        try:
            async with asyncio.timeout_at(ends):
                if frame is not None:
                    await self._fork.send(frame)
                reply = await self._fork.receive()
        except TimeoutError:
            kind = ExitKind.LOST if loop.time() - ends > _LATE_S else ExitKind.TIMEOUT
            raise await self._end(kind, "no answer in time") from None
        except ValueError as e:
            raise await self._end(ExitKind.PROTOCOL, str(e)[:200]) from None
        except (EOFError, OSError):
            raise await self._hung_up() from None
        except asyncio.CancelledError:
            self._zygote.kill(self._fork)  # its answer would be taken for that to the next frame
            raise
        if "fault" in reply:
            # once student code ran there, whatever goes wrong inside may be its doing
            kind = ExitKind.PROTOCOL if self._answered else ExitKind.LOST
            raise await self._end(kind, str(reply["fault"])[:500])
        self._answered = True
        return reply

    def _watch_cpu(self, seconds: float) -> None:
        self._watched = True
        self._zygote.limit_cpu(self._fork, seconds + _CPU_GRACE_S)

    async def _hung_up(self) -> ProcessEnded:
        """How it ended. One that only hung up is killed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.noticed_s):
                return ProcessEnded(await self._fork.gone())
        return await self._end(ExitKind.PROTOCOL, "it closed its socket and went on")

    async def _end(self, kind: ExitKind, detail: str) -> ProcessEnded:
        """Kill the tree; the first reason that was given stays."""
        if self._fork.status is None:
            self._zygote.kill(self._fork)
            await self._fork.gone()
            self._fork.status = ExitStatus(kind, detail=detail)
        return ProcessEnded(self._fork.status)

    async def close(self) -> None:
        """Kill whatever is left of the tree, and wait until it is gone. May be called twice."""
        if not self._closed:
            self._closed = True
            lease_ended(self._level, self._fork.status)
        self._fork.hang_up()
        await self._zygote.end(self._fork)
