"""Leases of processes forked ahead of need: one zygote an image, a few spares each. Knows no kind of isolation.

A `Backend` says how its zygotes are started; what they do then is `runner.zygote`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import OrderedDict
from typing import Any, Protocol

from .base import ExitKind, ExitStatus, Image, Limits, ProcessEnded, SandboxUnavailable
from .zygote import Fork, Zygote

_SPARES = 2
_IMAGES = 6  # zygotes kept; the one unused for longest is ended
_REFILL_S = 0.25  # a spare is forked when its lease is over, or this much later
_CPU_WATCH_S = 0.3  # a frame that takes longer is watched from outside as well
_CPU_GRACE_S = 0.7
_HANG_UP_S = 1.0


class Backend(Protocol):
    """How one level starts zygotes on this machine. Written by `namespaces.py`, `process.py`."""

    level: str

    def command(self) -> list[str]:
        """The command that becomes a zygote; the control socket's number is appended."""
        ...

    def environment(self) -> dict[str, str]:
        """All of its environment."""
        ...

    def configuration(self, image: Image) -> dict[str, Any]:
        """The first frame that it is sent."""
        ...


class Lease:
    """One leased process tree. See `base.Process`."""

    def __init__(self, zygote: Zygote, fork: Fork, limits: Limits) -> None:
        self._zygote = zygote
        self._fork = fork
        self._limits = limits
        self._asking = asyncio.Lock()
        self._watched = False
        self._answered = False

    async def ask(self, frame: dict[str, Any], *, within: float) -> dict[str, Any]:
        """Send one frame and return the one that answers it; `within` seconds of wall time.

        A frame's own `seconds` bound its processor time from outside too, should the code be deaf inside.
        Raises ProcessEnded.
        """
        async with self._asking:
            if self._fork.status is not None:
                raise ProcessEnded(self._fork.status)
            if not self._fork.is_silent():
                raise ProcessEnded(await self._end(ExitKind.PROTOCOL, "it spoke without being asked"))
            seconds = frame.get("seconds")
            watch = asyncio.get_running_loop().call_later(_CPU_WATCH_S, self._watch_cpu, seconds)
            try:
                return await self._answer(frame, within)
            finally:
                watch.cancel()
                if self._watched:
                    self._watched = False
                    self._zygote.limit_cpu(self._fork, None)

    async def _answer(self, frame: dict[str, Any], within: float) -> dict[str, Any]:
        try:
            async with asyncio.timeout(within):
                reply = await self._fork.exchange(frame)
        except TimeoutError:
            raise ProcessEnded(await self._end(ExitKind.TIMEOUT, "no answer in time")) from None
        except ValueError as e:
            raise ProcessEnded(await self._end(ExitKind.PROTOCOL, str(e)[:200])) from None
        except (EOFError, OSError):
            raise ProcessEnded(await self._buried()) from None
        except asyncio.CancelledError:
            self._zygote.kill(self._fork)  # its answer would be taken for that to the next frame
            raise
        if "fault" in reply:
            # once student code ran there, whatever goes wrong inside may be its doing
            kind = ExitKind.PROTOCOL if self._answered else ExitKind.LOST
            raise ProcessEnded(await self._end(kind, str(reply["fault"])[:500]))
        self._answered = True
        return reply

    def _watch_cpu(self, seconds: object) -> None:
        if isinstance(seconds, (int, float)):
            self._watched = True
            self._zygote.limit_cpu(self._fork, float(seconds) + _CPU_GRACE_S)

    async def _buried(self) -> ExitStatus:
        """How it ended. One that only hung up is killed."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_HANG_UP_S):
                return await self._fork.gone()
        return await self._end(ExitKind.PROTOCOL, "it closed its socket and went on")

    async def _end(self, kind: ExitKind, detail: str) -> ExitStatus:
        """Kill the tree; the first reason that was given stays."""
        if self._fork.status is None:
            self._zygote.kill(self._fork)
            await self._fork.gone()
            self._fork.status = ExitStatus(kind, detail=detail)
        return self._fork.status

    async def close(self) -> None:
        """Kill whatever is left of the tree, and wait until it is gone. May be called twice."""
        self._fork.hang_up()
        if self._fork.status is None:
            self._zygote.kill(self._fork)
            await self._fork.gone()
        self._zygote.release(self._fork)


class Pool:
    """A `base.Sandbox` over one backend. Belongs to the event loop that first uses it."""

    def __init__(self, backend: Backend, spares: int = _SPARES) -> None:
        self.level = backend.level
        self._backend = backend
        self._spares = spares
        self._zygotes: OrderedDict[Image, Zygote] = OrderedDict()
        self._starting: dict[Image, asyncio.Lock] = {}
        self._closed = False

    async def lease(self, image: Image, limits: Limits) -> Lease:
        """A process tree forked from the image's zygote. Raises SandboxUnavailable when none can be had."""
        problem = ""
        for _ in range(2 + self._spares):  # a zygote that died meanwhile is replaced, and so is a spare
            zygote = await self._zygote(image)
            try:
                fork = await zygote.take(limits)
                return Lease(zygote, fork, limits)
            except (EOFError, OSError) as e:
                problem = str(e)
        raise SandboxUnavailable(f"the sandbox's processes end before they can be used. {problem}")

    async def warm(self, image: Image) -> None:
        """Start the image's zygote, and its spares, ahead of need."""
        zygote = await self._zygote(image)
        zygote.refill()

    def details(self, image: Image) -> dict[str, Any]:
        """What a running zygote says of itself: modules and files that are missing, what is in force."""
        zygote = self._zygotes.get(image)
        return zygote.details if zygote is not None else {}

    async def close(self) -> None:
        """End all zygotes and their children."""
        self._closed = True
        zygotes = list(self._zygotes.values())
        self._zygotes.clear()
        await asyncio.gather(*(z.close() for z in zygotes))

    async def _zygote(self, image: Image) -> Zygote:
        async with self._starting.setdefault(image, asyncio.Lock()):
            if self._closed:
                raise SandboxUnavailable("the sandbox was closed")
            zygote = self._zygotes.get(image)
            if zygote is not None and not zygote.alive:
                await self._zygotes.pop(image).close()
                zygote = None
            if zygote is None:
                zygote = await Zygote.start(
                    self._backend.command(),
                    self._backend.environment(),
                    self._backend.configuration(image),
                    spares=self._spares,
                    refill_s=_REFILL_S,
                )
                if self._closed:
                    await zygote.close()
                    raise SandboxUnavailable("the sandbox was closed")
                self._zygotes[image] = zygote
            self._zygotes.move_to_end(image)
            zygote.last_used = time.monotonic()
            await self._drop_oldest(image)
            return zygote

    async def _drop_oldest(self, kept: Image) -> None:
        idle = [i for i, z in self._zygotes.items() if i != kept and not z.leased]
        for image in idle[: max(0, len(self._zygotes) - _IMAGES)]:
            await self._zygotes.pop(image).close()
