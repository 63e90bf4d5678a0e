"""Leases of processes forked ahead of need: one zygote an image, a few spares each. Knows no kind of isolation.

A backend (`Namespaces`, or a class made from it) says how its zygotes are started; what they do then, `runner` says.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from collections import OrderedDict
from typing import Any

from codegym_jlab.telemetry import metrics

from .base import Image, Limits, PoolStatus, Process, SandboxUnavailable, is_ready, leasing
from .namespaces import Namespaces
from .replay import Replaying
from .zygote import Lease, Zygote

log = logging.getLogger("codegym.sandbox")

_SPARES = 2
_IMAGES = 6  # zygotes kept; the one unused for longest is ended


_Key = tuple[Image, tuple[tuple[int, int, int], ...]]


class Pool:
    """A `base.Sandbox` over one backend. Belongs to the event loop that first uses it."""

    def __init__(self, backend: Namespaces, spares: int = _SPARES) -> None:
        self.level = backend.level
        self._backend = backend
        self._spares = spares
        self._zygotes: OrderedDict[_Key, Zygote] = OrderedDict()
        self._starting: dict[_Key, asyncio.Lock] = {}
        self._closed = False

    async def lease(self, image: Image, limits: Limits) -> Process:
        """A process tree forked from the image's zygote. Raises SandboxUnavailable when none can be had."""
        seed = secrets.randbits(64) if self._backend.replays else None
        with leasing(self.level):
            first = await self._lease(image, limits, seed)
        return first if seed is None else Replaying(first, lambda: self._lease(image, limits, seed))

    async def _lease(self, image: Image, limits: Limits, seed: int | None = None) -> Lease:
        problem = ""
        for _ in range(2 + self._spares):  # a zygote that died meanwhile is replaced, and so is a spare
            zygote = await self._zygote(image)
            try:
                fork = await zygote.take(limits, seed)
                return Lease(zygote, fork, limits, self.level)
            except (EOFError, OSError) as e:
                problem = str(e)
        raise SandboxUnavailable(f"the sandbox's processes end before they can be used. {problem}")

    async def warm(self, image: Image) -> None:
        """Start the image's zygote, and its spares, ahead of need."""
        zygote = await self._zygote(image)
        zygote.refill()

    def details(self, image: Image) -> dict[str, Any]:
        """What a running zygote says of itself: modules and files that are missing, what is in force."""
        zygote = self._zygotes.get(key_of(image))
        return zygote.details if zygote is not None else {}

    @property
    def status_now(self) -> PoolStatus:
        """Its zygotes, spares and leases just now."""
        alive = [zygote for zygote in self._zygotes.values() if zygote.alive]
        spares = sum(is_ready(spare) for zygote in alive for spare in zygote.spares)
        return PoolStatus(
            self.level, len(alive), spares, self._spares * len(alive), sum(len(zygote.leased) for zygote in alive)
        )

    async def close(self) -> None:
        """End all zygotes and their children."""
        self._closed = True
        zygotes = list(self._zygotes.values())
        self._zygotes.clear()
        await asyncio.gather(*(z.close() for z in zygotes))

    async def _zygote(self, image: Image) -> Zygote:
        key = key_of(image)
        async with self._starting.setdefault(key, asyncio.Lock()):
            if self._closed:
                raise SandboxUnavailable("the sandbox was closed")
            zygote = self._zygotes.get(key)
            died = zygote is not None and not zygote.alive
            if died:
                await self._zygotes.pop(key).close()
                zygote = None
            if zygote is None:
                zygote = await Zygote.start(
                    self._backend.command(),
                    self._backend.environment(),
                    self._backend.configuration(image),
                    spares=self._spares,
                )
                if self._closed:
                    await zygote.close()
                    raise SandboxUnavailable("the sandbox was closed")
                self._zygotes[key] = zygote
                metrics.zygotes_started.add(self.level, "restart" if died else "first")
                if died:
                    log.warning("the zygote of the level %s had ended; another was started", self.level)
            self._zygotes.move_to_end(key)
            await self._drop_oldest(key)
            return zygote

    async def _drop_oldest(self, kept: _Key) -> None:
        idle = [k for k, z in self._zygotes.items() if k != kept and not z.leased]
        for key in idle[: max(0, len(self._zygotes) - _IMAGES)]:
            await self._zygotes.pop(key).close()


def key_of(image: Image) -> _Key:
    """An image, and its files as they are now: one that changed is not shown as it was."""
    stamps = []
    for _, path in image.files:
        try:
            info = os.stat(path)
            stamps.append((info.st_ino, info.st_size, info.st_mtime_ns))
        except OSError:
            stamps.append((0, 0, 0))
    return image, tuple(stamps)
