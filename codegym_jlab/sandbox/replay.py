"""A lease where no process may fork: each check is a fresh fork of the zygote, in which the cells run again first.

Its customer sees no difference: the frames of the cells are kept, and sent again before each check. Only the first
check after a cell uses the process that the cells already ran in.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from typing import Any

from codegym_jlab.runner.wire.frames import crashed, death, reply

from .base import ExitKind, ExitStatus, Process, ProcessEnded
from .zygote import Lease

_GRACE_S = 0.5  # as in `runner.session.check`: after the soft limit of wall time, before the kill
_PATIENCE_S = 2.0  # cells that run again may take twice as long as at first, and this much more
_KEPT_OPS = ("begin", "cell")


class Replaying(Process):
    """See `base.Process`."""

    def __init__(self, first: Lease, another: Callable[[], Awaitable[Lease]]) -> None:
        """`another` leases a process like the first."""
        self._another = another
        self._cells: Lease | None = first  #: in which all cells have run and nothing else
        self._dialogue: Lease | None = None  #: in which a dialogue goes on
        self._frames: list[dict[str, Any]] = []
        self._took = 0.0
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
            case "check" | "variants":
                return await self._check(frame, within)
            case "talk":
                self._end_dialogue()
                return await self._check(frame, within, stays=True)
            case "more" if self._dialogue is not None:
                return await self._reply_from(self._dialogue, frame, within)
            case "more":
                return _reply("exited", "exit", "the check was over")
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

    async def _check(self, frame: dict[str, Any], within: float, stays: bool = False) -> dict[str, Any]:
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

    async def _reply_from(self, process: Lease, frame: dict[str, Any], within: float) -> dict[str, Any]:
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
        """Close one in the background."""
        task = asyncio.get_running_loop().create_task(process.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Kill whatever is left, and wait until it is gone. May be called twice."""
        self._end_dialogue()
        if self._cells is not None:
            self._close_later(self._cells)
            self._cells = None
        if self._status is None:
            self._status = ExitStatus(ExitKind.KILLED)
        await asyncio.gather(*self._closing)


def _reply_of_ended(end: ProcessEnded, spent: bool) -> dict[str, Any]:
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
    return crashed(status.signal or 0)


def _reply(status: str, kind: str, message: str) -> dict[str, Any]:
    return reply(status, "", failure=death(kind, message))
