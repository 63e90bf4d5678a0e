"""Leases of processes forked ahead of need: one zygote an image, a few spares each. Knows no kind of isolation.

A backend (`Namespaces`, or a class made from it) says how its zygotes are started; what they do then, `runner` says.
"""

import asyncio
import logging
import secrets
import signal
import time
from collections.abc import Awaitable, Callable, Sequence

from codegym_jlab.records import begin_task
from codegym_jlab.runner.wire.frames import Json, crashed, ended
from codegym_jlab.telemetry import metrics

from .base import (
    OUTRAN,
    Answers,
    ExitKind,
    ExitStatus,
    Image,
    Limits,
    PoolStatus,
    Process,
    ProcessEnded,
    SandboxUnavailable,
    goes_on,
    is_ready,
    leasing,
    stamp_of,
)
from .namespaces import Namespaces
from .zygote import Lease, Zygote, Zygotes

log = logging.getLogger("codegym.sandbox")

_SPARES = 2
_IMAGES = 6  # zygotes kept; the one unused for longest is ended
_GRACE_S = 0.5  # as in `runner.session.check`: after the soft limit of wall time, before the kill
_PATIENCE_S = 2.0  # cells that run again may take twice as long as at first, and this much more
_KEPT_OPS = ("begin", "cell")


_Key = tuple[Image, tuple[tuple[int, int, int], ...]]


class Pool:
    """A `base.Sandbox` over one backend. Belongs to the event loop that first uses it."""

    def __init__(self, backend: Namespaces) -> None:
        self.level = backend.level
        self._backend = backend
        self._zygotes: Zygotes[Zygote] = Zygotes()
        self._closed = False

    async def lease(self, image: Image, limits: Limits) -> Process:
        """A process tree forked from the image's zygote. Raises SandboxUnavailable when none can be had."""
        seed = secrets.randbits(64) if self._backend.replays else None
        with leasing(self.level):
            first = await self._lease(image, limits, seed)
        return first if seed is None else Replaying(first, lambda: self._lease(image, limits, seed))

    async def _lease(self, image: Image, limits: Limits, seed: int | None) -> Lease:
        problem = ""
        for _ in range(2 + _SPARES):  # a zygote that died meanwhile is replaced, and so is a spare
            zygote = await self._zygote(image)
            try:
                return Lease(zygote, await zygote.take(limits, seed), self.level)
            except (EOFError, OSError) as e:
                problem = str(e)
        raise SandboxUnavailable(f"the sandbox's processes end before they can be used. {problem}")

    async def warm(self, image: Image) -> None:
        """Start the image's zygote, and its spares, ahead of need."""
        (await self._zygote(image)).refill()

    def details(self, image: Image) -> Json:
        """What a running zygote says of itself: modules and files that are missing, what is in force."""
        zygote = self._zygotes.running.get(key_of(image))
        return zygote.details if zygote is not None else {}

    @property
    def status_now(self) -> PoolStatus:
        """Its zygotes, spares and leases just now."""
        alive = [zygote for zygote in self._zygotes.running.values() if zygote.alive]
        spares = sum(is_ready(spare) for zygote in alive for spare in zygote.spares)
        return PoolStatus(
            self.level, len(alive), spares, _SPARES * len(alive), sum(len(zygote.leased) for zygote in alive)
        )

    async def close(self) -> None:
        """End all zygotes and their children."""
        self._closed = True
        await self._zygotes.close()

    async def _zygote(self, image: Image) -> Zygote:
        key = key_of(image)
        zygote = await self._zygotes.get(key, lambda again: self._started(image, again))
        running = self._zygotes.running
        idle = [k for k, z in running.items() if k != key and not z.leased]
        for oldest in idle[: max(0, len(running) - _IMAGES)]:
            await running.pop(oldest).close()
        return zygote

    async def _started(self, image: Image, again: bool) -> Zygote:
        self._refuse_when_closed()
        zygote = await Zygote.start(self._backend, image, spares=_SPARES)
        if self._closed:
            await zygote.close()
            self._refuse_when_closed()
        metrics.zygotes_started.add(self.level, "restart" if again else "first")
        if again:
            log.warning("the zygote of the level %s had ended; another was started", self.level)
        return zygote

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise SandboxUnavailable("the sandbox was closed")


def key_of(image: Image) -> _Key:
    """An image, and its files as they are now: one that changed is not shown as it was."""
    stamps = []
    for _, path in image.files:
        try:
            stamps.append(stamp_of(path))
        except OSError:
            stamps.append((0, 0, 0))
    return image, tuple(stamps)


class Replaying(Process):
    """A lease where no process may fork: each check is a fresh fork of the zygote, in which the cells run again first.

    Its customer sees no difference: the frames of the cells are kept, and sent again before each check. Only the first
    check after a cell uses the process that the cells already ran in.
    """

    def __init__(self, first: Lease, another: Callable[[], Awaitable[Lease]]) -> None:
        """`another` leases a process like the first."""
        self._another = another
        self._cells: Lease | None = first  #: in which all cells have run and nothing else
        self._dialogue: Lease | None = None  #: in which a dialogue goes on
        self._frames: list[Json] = []
        self._took = 0.0
        self._status: ExitStatus | None = None
        self._asking = asyncio.Lock()
        self._closing = set[asyncio.Task[None]]()

    async def ask_all(self, checks: Sequence[Json], *, within: float, total: float) -> Answers:
        """See `base.Process`; `within` begins once the cells have run again."""
        ends = time.monotonic() + total
        answers = Answers()
        async with self._asking:
            try:
                for check in checks:
                    left = ends - time.monotonic()
                    if left <= 0:
                        break
                    if self._status is not None:
                        raise ProcessEnded(self._status)
                    answers.given.append(await self._answer(check, min(within, left)))
                    if not goes_on(check, answers.given[-1]):
                        break
            except ProcessEnded as end:
                self._status = answers.ended = end.status
        return answers

    async def _answer(self, frame: Json, within: float) -> Json:
        match frame["op"]:
            case "check" | "variants":
                return await self._check(frame, within)
            case "talk":
                self._end_dialogue()
                return await self._check(frame, within, stays=True)
            case "more" if self._dialogue is not None:
                return await self._reply_from(self._dialogue, frame, within)
            case "more":
                return ended("exited", "the check was over")
            case "hush":
                self._end_dialogue()
                return {"ok": True}
        process = await self._ready()
        began = time.monotonic()
        answer = await process.ask(frame, within=within)
        if frame["op"] in _KEPT_OPS:
            self._frames.append(frame)
            self._took += time.monotonic() - began
        return answer

    async def _check(self, frame: Json, within: float, stays: bool = False) -> Json:
        try:
            process = await self._ready()
        except ProcessEnded as end:
            return _reply_of_ended(end, spent=False)
        self._cells = None
        if stays:
            self._dialogue = process
        try:
            return await self._reply_from(process, frame, within)
        finally:
            if not stays:
                self._close_later(process)

    async def _reply_from(self, process: Lease, frame: Json, within: float) -> Json:
        """What a check answers; how it died, where it did and that is its own affair."""
        seconds = float(frame.get("seconds") or within)
        bound = min(within, 3 * seconds + 1 + _GRACE_S)
        began = time.monotonic()
        try:
            return await process.ask(frame, within=bound)
        except ProcessEnded as end:
            spent = time.monotonic() - began >= seconds
            if self._dialogue is process:
                self._end_dialogue()
            if end.status.kind is ExitKind.TIMEOUT and bound == within:
                raise
            return _reply_of_ended(end, spent=spent)

    async def _ready(self) -> Lease:
        """A process in which all cells have run."""
        if self._cells is None:
            process = await self._another()
            try:
                await self._run_again(process)
            except BaseException:
                self._close_later(process)
                raise
            self._cells = process
        return self._cells

    async def _run_again(self, process: Lease) -> None:
        patience = 2 * self._took + _PATIENCE_S
        ends = time.monotonic() + patience
        for frame in self._frames:
            await process.ask(frame, within=max(ends - time.monotonic(), 0.001))

    def _end_dialogue(self) -> None:
        if self._dialogue is not None:
            self._close_later(self._dialogue)
            self._dialogue = None

    def _close_later(self, process: Lease) -> None:
        begin_task(self._closing, process.close())

    async def close(self) -> None:
        """Kill whatever is left, and wait until it is gone. May be called twice."""
        self._end_dialogue()
        if self._cells is not None:
            self._close_later(self._cells)
            self._cells = None
        if self._status is None:
            self._status = ExitStatus(ExitKind.KILLED)
        await asyncio.gather(*self._closing)


def _reply_of_ended(end: ProcessEnded, spent: bool) -> Json:
    """How a check died, as the reply to it. Raises ProcessEnded again where its lease ends with it."""
    kind, number = end.status.kind, end.status.signal
    if kind in OUTRAN:
        return ended(kind.value)
    if kind is ExitKind.EXITED:
        return ended("exited", f"the process ended itself with status {end.status.code}")
    if kind is not ExitKind.SIGNALLED:
        raise end
    if number == signal.SIGXCPU or spent and number == signal.SIGKILL:
        return ended("timeout")
    return crashed(number or 0)
