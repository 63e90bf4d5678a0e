"""One container: its stream, its one process tree, and its end. A container is used for one lease and destroyed."""

import asyncio
import signal
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from typing import cast

from codegym_jlab.runner.wire import frames
from codegym_jlab.runner.wire.frames import Json

from ..base import ExitKind, ExitStatus, Limits, SandboxUnavailable
from ..zygote import Fork, Lease, Zygote, in_force, status_of
from .engine import Engine, NotStarted

_START_S = 60.0
_ANSWERED_S = 4.0  #: until the engine has said why a container ended
_NUMBER = 1  # of the one fork
_WORDS = 4096  # bytes of its error output that are kept
_HEAD = struct.Struct(">BxxxI")  # of what the engine sends: which output, how many bytes
_STDOUT = 1


@dataclass(eq=False)
class Container:
    """A running container. What `zygote.Lease` asks of a fork and of its zygote, this is both."""

    _engine: Engine
    number: str
    _stream: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    level: str
    status: ExitStatus | None = None
    _failed: Exception | None = None
    _ending: asyncio.Task[None] | None = None
    _asking: asyncio.Task[None] | None = None  #: the engine, why it ended
    _words = b""

    def __post_init__(self) -> None:
        self.details: Json = {}
        self._reader, self._writer = self._stream
        self._loop = asyncio.get_running_loop()
        self._cutter = frames.Cutter()
        self._news = frames.Buffer()
        self._answers = frames.Buffer()
        self._came = asyncio.Event()  #: something for who waits for an answer
        self._taken = asyncio.Event()  #: an answer was
        self._ready: asyncio.Future[Json] = self._loop.create_future()
        self._ended = asyncio.Event()  #: the tree is dead, and how that came is known
        self.on_end: Callable[[], None] = lambda: None
        self._reading = self._loop.create_task(self._read())

    # ------------------------------------------------------------ its life

    async def greet(self, configuration: Json, files_mb: int) -> None:
        """Send what it is to become, and wait until it is sealed. Raises SandboxUnavailable."""
        self._tell(configuration)
        self._tell({"op": "spawn", "id": _NUMBER, "files_mb": files_mb})
        try:
            async with asyncio.timeout(_START_S):
                self.details = dict(await self._ready)
                sealed = await self.receive()
        except (TimeoutError, EOFError, ValueError, OSError) as e:
            what = NotStarted if isinstance(e, EOFError) else SandboxUnavailable
            raise what(f"the container did not start: {self._said() or e or 'no answer'}") from e
        self.details["sealed"] = in_force(sealed)

    async def begin(self, limits: Limits) -> Lease:
        """Its lease, under these limits. Raises EOFError or OSError when it has ended meanwhile."""
        if self.status is not None or self._writer.is_closing():
            raise EOFError("the container ended")
        bounds = asdict(limits)
        self._tell({"op": "leased", "id": _NUMBER, **bounds})
        # RLIMIT_NPROC counts the processes of this container alone in gVisor, elsewhere all of its user's
        processes = {} if self.level == "docker+runsc" else {"processes": -1}
        await self.send({"op": "limits", **bounds, **processes})
        return _Lease(self)

    def _said(self) -> str:
        return self._words.decode(errors="replace").strip()[-500:]

    # ------------------------------------------------------------ as a fork

    async def send(self, frame: Json) -> None:
        """Raises EOFError when it is gone."""
        if self._writer.is_closing():
            raise EOFError
        self._writer.write(frames.pack_lane(frames.LEASE, frames.pack(frame)))

    async def receive(self) -> Json:
        """The next frame. Raises EOFError, or ValueError when what came is no frame."""
        while True:
            self._came.clear()
            frame = self._answers.take()
            self._taken.set()
            if frame is not None:
                return frame
            if self._failed is not None:
                raise self._failed
            await self._came.wait()

    def is_silent(self) -> bool:
        """Whether nothing came that was not asked for."""
        return self._answers.empty and self._failed is None

    async def gone(self) -> ExitStatus:
        """Wait until its tree is dead."""
        await self._ended.wait()
        return self.status or ExitStatus(ExitKind.KILLED)

    def hang_up(self) -> None:
        """Close the stream: a container that floods it is not read any more."""
        self._writer.transport.abort()
        self._reading.cancel()
        self._fail(EOFError("it was closed"))

    # ------------------------------------------------------------ as its zygote

    def kill(self, _fork: object = None) -> None:
        """Ask for its end; `gone` tells when."""
        self.destroy()

    def limit_cpu(self, _fork: object, seconds: float | None) -> None:
        """End it when its tree has used that much more processor time."""
        if not self._writer.is_closing():
            self._tell({"op": "cpu", "id": _NUMBER, "seconds": seconds})

    async def end(self, _fork: object = None) -> None:
        """Kill its tree, and wait; its lease is over."""
        self.destroy()
        await self.gone()

    def destroy(self) -> asyncio.Task[None]:
        """End and remove the container; the task is done when nothing of it runs any more."""
        if self._ending is None:
            self.hang_up()
            self._ending = self._loop.create_task(self._destroy())
        return self._ending

    async def _destroy(self) -> None:
        try:
            await self._engine.call(self._engine.end, self.number)
        except SandboxUnavailable as e:  # the engine itself is gone, and it ends with its stream
            self._words += f" {e}".encode()
        if self._asking is not None:
            await self._asking
        self._ended.set()
        self._engine.later(self._engine.remove, self.number)
        self.on_end()

    # ------------------------------------------------------------ the stream

    def _tell(self, frame: Json) -> None:
        self._writer.write(frames.pack_lane(frames.CONTROL, frames.pack(frame)))

    async def _read(self) -> None:
        """What the engine sends: its standard output, in which lanes are, and its error output."""
        try:
            while True:
                kind, size = _HEAD.unpack(await self._reader.readexactly(_HEAD.size))
                part = await self._reader.readexactly(size)
                if kind == _STDOUT:
                    await self._sort(part)
                else:
                    self._words = (self._words + part)[-_WORDS:]
        except ValueError as e:
            self._fail(e)
        except (EOFError, OSError):
            self.hang_up()  # it ended without a word
            detail = f"the container: its stream ended. {self._said()}"[:500]
            self._ask_why(ExitStatus(ExitKind.LOST, detail=detail), whole=True)

    async def _sort(self, data: bytes) -> None:
        for lane, part in self._cutter.cut(data):
            if lane == frames.CONTROL:
                self._news.feed(part)
                while (frame := self._news.take()) is not None:
                    self._handle(frame)
            elif not part:
                self._fail(EOFError("it closed its socket"))
            elif self._failed is None:
                self._answers.feed(part)
                self._came.set()
                while self._answers.full:  # nobody asked for so much
                    self._taken.clear()
                    await self._taken.wait()

    def _fail(self, error: Exception) -> None:
        self._failed = self._failed or error
        self._came.set()
        if not self._ready.done():
            self._ready.set_exception(error)
            self._ready.exception()  # nobody may be waiting any more

    def _handle(self, frame: Json) -> None:
        kind = frame.get("op")
        if kind == "ready" and not self._ready.done():
            self._ready.set_result(frame["details"])
        elif kind == "failed":
            self._fail(OSError(str(frame.get("why"))))
        elif kind == "exited":
            status = status_of(frame)
            if status.kind is ExitKind.SIGNALLED and status.signal == signal.SIGKILL:
                self._ask_why(status, whole=False)
            else:
                self._bury(status)

    def _bury(self, status: ExitStatus) -> None:
        self.status = self.status or status
        self._ended.set()
        self._fail(EOFError("it ended"))

    def _ask_why(self, status: ExitStatus, whole: bool) -> None:
        """Bury it with that status, or for its memory where the engine knows that the kernel did it."""
        if self._asking is None and self.status is None:
            self._asking = self._loop.create_task(self._bury_after_asking(status, whole))

    async def _bury_after_asking(self, status: ExitStatus, whole: bool) -> None:
        ask = partial(self._engine.ran_out_of_memory, self.number, whole=whole)
        with suppress(SandboxUnavailable, TimeoutError):
            async with asyncio.timeout(_ANSWERED_S):
                if await self._engine.call(ask):
                    status = ExitStatus(ExitKind.MEMORY, status.code, status.signal, detail="memory")
        self._bury(status)


class _Lease(Lease):
    """See `base.Process`: it has ended when its container has."""

    noticed_s = 1.0 + _ANSWERED_S

    def __init__(self, container: Container) -> None:
        super().__init__(cast(Zygote, container), cast(Fork, container), container.level)
        self._container = container

    async def close(self) -> None:
        """Destroy the container, and wait until nothing of it runs. May be called twice."""
        await super().close()
        await asyncio.shield(self._container.destroy())
