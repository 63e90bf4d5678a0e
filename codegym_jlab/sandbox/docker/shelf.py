"""The level `docker`: a container for each submission, a few of them started ahead of need. See `base.Sandbox`."""

from __future__ import annotations

import asyncio
import os
import time
from collections import OrderedDict, deque
from typing import Any

from ..base import Image, Limits, Process, SandboxUnavailable
from ..counted import Standing, has_come, leasing
from ..pool import key_of
from . import hosting
from .box import Box
from .engine import Engine, NotStarted
from .image import ready_image
from .settings import DockerSettings

_SPARES = 2
_SHELVES = 6  # kinds of containers that are kept ready; those of the one unused for longest are ended
_AT_ONCE = max(2, (os.cpu_count() or 2))  # containers that are being started
_TRIES = _SPARES + 2  # all that wait may have died

_Kind = tuple[object, hosting.Size]


class _Shelf:
    """Containers of one kind that are ready, or about to be."""

    def __init__(self) -> None:
        self.coming: deque[asyncio.Task[Box]] = deque()
        self.last_used = time.monotonic()


class Docker:
    """A `base.Sandbox`. Belongs to the event loop that first uses it."""

    def __init__(self, settings: DockerSettings, spares: int = _SPARES) -> None:
        self.level = settings.level
        self._settings = settings
        self._spares = spares
        self._engine = Engine(settings)
        self._shelves: OrderedDict[_Kind, _Shelf] = OrderedDict()
        self._boxes: set[Box] = set()
        self._details: dict[object, dict[str, Any]] = {}
        self._image: asyncio.Task[str] | None = None
        self._starts = asyncio.Semaphore(_AT_ONCE)
        self._chores: set[asyncio.Task[Any]] = set()
        self._closed = False

    async def lease(self, image: Image, limits: Limits) -> Process:
        """A container of its own. Raises SandboxUnavailable when none can be had."""
        with leasing(self.level):
            return await self._lease(image, limits)

    async def _lease(self, image: Image, limits: Limits) -> Process:
        problem = ""
        for _ in range(_TRIES):
            try:
                box = await self._take(image, limits)
            except NotStarted as e:  # it died on its way
                problem = str(e)
                continue
            try:
                return await box.begin(limits)
            except (EOFError, OSError) as e:  # it died while it waited
                problem = str(e)
                self._discard(box)
        raise SandboxUnavailable(f"containers end before they can be used. {problem}")

    async def warm(self, image: Image) -> None:
        """Start containers for that image ahead of need, and wait for the first."""
        shelf = self._filled(image, hosting.Size.of(Limits()))
        await asyncio.shield(shelf.coming[0])

    def details(self, image: Image) -> dict[str, Any]:
        """What a container of that image said of itself: what is missing, what is in force."""
        return self._details.get(key_of(image), {})

    @property
    def standing(self) -> Standing:
        """Its containers just now."""
        ready = sum(has_come(task) for shelf in self._shelves.values() for task in shelf.coming)
        running = len(self._boxes)
        return Standing(self.level, running, ready, self._spares * len(self._shelves), max(0, running - ready))

    async def close(self) -> None:
        """End all containers, and wait until nothing of them is left."""
        self._closed = True
        tasks = [task for shelf in self._shelves.values() for task in shelf.coming]
        self._shelves.clear()
        if tasks:
            await asyncio.wait(tasks)
        for task in tasks:
            task.cancelled() or task.exception()  # that none comes any more is no news
        await asyncio.gather(*(box.destroy() for box in self._boxes))
        if self._image is not None:
            await asyncio.wait([self._image])
        if self._chores:
            await asyncio.wait(self._chores)
        await self._engine.close()

    # ------------------------------------------------------------ the shelves

    async def _take(self, image: Image, limits: Limits) -> Box:
        shelf = self._filled(image, hosting.Size.of(limits), at_least=1)
        coming = shelf.coming.popleft()
        try:
            box = await asyncio.shield(coming)
        except asyncio.CancelledError:
            shelf.coming.appendleft(coming)
            raise
        self._filled(image, hosting.Size.of(limits))
        return box

    def _filled(self, image: Image, size: hosting.Size, at_least: int = 0) -> _Shelf:
        """The shelf of that kind, with as many on their way as are wanted."""
        self._refuse_when_closed()
        configuration = hosting.configuration(image)  # raises ValueError for a file outside the course's folder
        kind = (key_of(image), size)
        shelf = self._shelves.setdefault(kind, _Shelf())
        self._shelves.move_to_end(kind)
        while shelf.coming and _failed(shelf.coming[0]):
            shelf.coming.popleft()
        while len(shelf.coming) < max(self._spares, at_least):
            start = self._start(image, size, configuration)
            task = asyncio.get_running_loop().create_task(start, name="codegym-container")
            task.add_done_callback(_heard)
            shelf.coming.append(task)
        self._drop_oldest()
        return shelf

    def _drop_oldest(self) -> None:
        while len(self._shelves) > _SHELVES:
            _, shelf = self._shelves.popitem(last=False)
            for task in shelf.coming:
                self._chore(self._end_when_there(task))

    async def _end_when_there(self, task: asyncio.Task[Box]) -> None:
        await asyncio.wait([task])
        if not _failed(task):
            self._discard(task.result())

    def _chore(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)

    def _discard(self, box: Box) -> None:
        box.destroy()

    # ------------------------------------------------------------ one container

    async def _start(self, image: Image, size: hosting.Size, configuration: dict[str, Any]) -> Box:
        if self._image is None:
            self._image = asyncio.get_running_loop().create_task(self._prepared())
        name = await asyncio.shield(self._image)
        async with self._starts:
            self._refuse_when_closed()
            how = hosting.container(image, size, self._settings.runtime)
            number, stream = await self._engine.call(self._engine.created, name, how)
            is_gvisor = self._settings.runtime == "runsc"
            box = Box(self._engine, number, stream, counts_processes=is_gvisor, level=self.level)
            self._boxes.add(box)
            box.on_end = lambda: self._boxes.discard(box)
            try:
                await box.greet(configuration, size.files_mb)
                hosting.compare(box.details)
                self._refuse_when_closed()
            except BaseException:
                self._discard(box)
                raise
        self._details[key_of(image)] = box.details
        return box

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise SandboxUnavailable("the sandbox was closed")

    async def _prepared(self) -> str:
        await self._engine.call(hosting.sweep, self._engine)
        return str(await self._engine.call(ready_image, self._engine, self._settings))


def _failed(task: asyncio.Task[Box]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def _heard(task: asyncio.Task[Box]) -> None:
    if not task.cancelled():
        task.exception()  # whoever takes it is told
