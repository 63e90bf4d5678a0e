"""A lease where no process may fork: each check is a fresh fork of the zygote, in which the cells run again first.

Its customer sees no difference: the frames of the cells are kept, and sent again before each check. Only the first
check after a cell uses the process that the cells already ran in, and those that follow one which left nothing behind.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from typing import Any

from ..runner.haste import Haste
from .base import ExitKind, ExitStatus, Process, ProcessEnded
from .lease import Lease

_GRACE_S = 0.5  # as in `runner.checks`: after the soft limit of wall time, before the kill
_PATIENCE_S = 2.0  # cells that run again may take twice as long as at first, and this much more
_KEPT_OPS = ("begin", "cell")


class Replaying(Process):
    """See `base.Process`."""

    def __init__(self, first: Lease, another: Callable[[], Awaitable[Lease]]) -> None:
        """`another` leases a process like the first."""
        self._another = another
        self._cells: Lease | None = first  #: in which all cells have run and nothing else
        self._speaking: Lease | None = None  #: in which a dialogue goes on
        self._frames: list[dict[str, Any]] = []
        self._took = 0.0
        self._haste = Haste()
        self._status: ExitStatus | None = None
        self._asking = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()

    async def ask(self, frame: dict[str, Any], *, within: float) -> dict[str, Any]:
        """Send one frame and return the one that answers it; `within` begins once the cells have run again.

        Raises ProcessEnded.
        """
        async with self._asking:
            if self._status is not None:
                raise ProcessEnded(self._status)
            try:
                return await self._answer(frame, within)
            except ProcessEnded as end:
                self._status = end.status
                raise

    async def _answer(self, frame: dict[str, Any], within: float) -> dict[str, Any]:
        match frame["op"]:
            case "check":
                return await self._check(frame, within)
            case "talk":
                self._hush()
                return await self._check(frame, within, stays=True)
            case "more" if self._speaking is not None:
                return await self._told(self._speaking, frame, within)
            case "more":
                return _reply("exited", "exit", "the check was over")
            case "hush":
                self._hush()
                return {"ok": True}
        process = await self._ready()
        began = time.monotonic()
        answer = await process.ask(frame, within=within)
        if frame["op"] in _KEPT_OPS:
            self._frames.append(frame)
            self._took += time.monotonic() - began
        return answer

    async def _check(self, frame: dict[str, Any], within: float, stays: bool = False) -> dict[str, Any]:
        try:
            process = await self._ready()
        except ProcessEnded as end:
            return _epitaph(end, spent=False)
        self._cells = None
        if stays:
            self._speaking = process
        again = False
        try:
            reply = await self._told(process, self._haste.hurried(frame), within)
            again = reply.pop("again", None) is True and not stays
            return reply
        finally:
            if not stays:
                self._haste.end()
            if again:
                self._cells = process
            elif not stays:
                self._give_up(process)

    async def _told(self, process: Lease, frame: dict[str, Any], within: float) -> dict[str, Any]:
        """What a check answers; how it died, where it did and that is its own affair."""
        seconds = float(frame.get("seconds") or within)
        bound = min(within, 3 * seconds + 1 + _GRACE_S)
        began = time.monotonic()
        try:
            reply = await process.ask(frame, within=bound)
            self._haste.hear(reply)
            return reply
        except ProcessEnded as end:
            spent = time.monotonic() - began >= seconds
            self._haste.hear({"status": "timeout" if spent else "crashed"})
            if self._speaking is process:
                self._hush()
            if end.status.kind is ExitKind.TIMEOUT and bound == within:
                raise
            return _epitaph(end, spent=spent)

    async def _ready(self) -> Lease:
        """A process in which all cells have run."""
        if self._cells is None:
            process = await self._another()
            try:
                await self._run_again(process)
            except BaseException:
                self._give_up(process)
                raise
            self._cells = process
        return self._cells

    async def _run_again(self, process: Lease) -> None:
        patience = 2 * self._took + _PATIENCE_S
        ends = time.monotonic() + patience
        for frame in self._frames:
            await process.ask(frame, within=max(ends - time.monotonic(), 0.001))

    def _hush(self) -> None:
        if self._speaking is not None:
            self._haste.end()
            self._give_up(self._speaking)
            self._speaking = None

    def _give_up(self, process: Lease) -> None:
        """Close one in the background."""
        task = asyncio.get_running_loop().create_task(process.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Kill whatever is left, and wait until it is gone. May be called twice."""
        self._hush()
        if self._cells is not None:
            self._give_up(self._cells)
            self._cells = None
        if self._status is None:
            self._status = ExitStatus(ExitKind.KILLED)
        await asyncio.gather(*self._closing)


def _epitaph(end: ProcessEnded, spent: bool) -> dict[str, Any]:
    """How a check died, as the reply to it. Raises ProcessEnded again where its lease ends with it."""
    status = end.status
    if status.kind is ExitKind.TIMEOUT or (status.kind is ExitKind.SIGNALLED and status.signal == signal.SIGXCPU):
        return _reply("timeout", "TLE", "")
    if status.kind is ExitKind.MEMORY:
        return _reply("memory", "MemoryError", "")
    if status.kind is ExitKind.OUTPUT:
        return _reply("output", "OLE", "")
    if status.kind is ExitKind.EXITED:
        return _reply("exited", "exit", f"the process ended itself with status {status.code}")
    if status.kind is not ExitKind.SIGNALLED:
        raise end
    if spent and status.signal == signal.SIGKILL:
        return _reply("timeout", "TLE", "")
    name = _name_of(status.signal)
    return _reply("crashed", name, f"the process was ended by {name}")


def _name_of(number: int | None) -> str:
    try:
        return signal.Signals(number or 0).name
    except ValueError:
        return f"signal {number}"


def _reply(status: str, kind: str, message: str) -> dict[str, Any]:
    """The frame that answers a check, as `runner.checks` makes it."""
    failure: dict[str, Any] = {"type": kind, "message": message, "line": None, "cell": None, "frames": []}
    keys = ("value", "unsupported", "reason", "raised", "violation")
    return {"status": status, "stdout": "", "failure": failure, **dict.fromkeys(keys)}
