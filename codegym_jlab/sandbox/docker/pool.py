"""The level `docker`: a container for each submission, a few of them started ahead of need. See `base.Sandbox`."""

import asyncio
import os
from collections import OrderedDict, deque

from codegym_jlab.records import begin_task
from codegym_jlab.runner.wire.frames import Json

from ..base import Image, Limits, PoolStatus, Process, SandboxUnavailable, is_ready, leasing
from ..pool import key_of
from . import spec
from .container import Container
from .engine import Engine, NotStarted
from .image import ready_image

_SPARES = 2
_STOCKS = 6  # kinds of containers that are kept ready; those of the one unused for longest are ended
_AT_ONCE = max(2, len(os.sched_getaffinity(0)))  # containers that are being started
_TRIES = _SPARES + 2  # all that wait may have died

_Kind = tuple[object, spec.Size]
_Stock = deque[asyncio.Task[Container]]  # containers of one kind that are ready, or about to be


class Docker:
    """A `base.Sandbox`. Belongs to the event loop that first uses it."""

    def __init__(self, level: str, spares: int = _SPARES) -> None:
        """The level `docker+runsc` names its runtime; that of `docker` is the engine's own."""
        self._runtime = level.removeprefix("docker").removeprefix("+")
        self.level = level
        self._spares = spares
        self._engine = Engine(self._runtime)
        self._stocks = OrderedDict[_Kind, _Stock]()
        self._containers = set[Container]()
        self._details: Json = {}
        self._image: asyncio.Task[str] | None = None
        self._starts = asyncio.Semaphore(_AT_ONCE)
        self._starting = set[asyncio.Task[Container]]()
        self._closed = False

    async def lease(self, image: Image, limits: Limits) -> Process:
        """A container of its own. Raises SandboxUnavailable when none can be had."""
        problem = ""
        with leasing(self.level):
            for _ in range(_TRIES):
                try:
                    container = await self._take(image, limits)
                except NotStarted as e:  # it died on its way
                    problem = str(e)
                    continue
                try:
                    return await container.begin(limits)
                except (EOFError, OSError) as e:  # it died while it waited
                    problem = str(e)
                    container.destroy()
            raise SandboxUnavailable(f"containers end before they can be used. {problem}")

    async def warm(self, image: Image) -> None:
        """Start containers for that image ahead of need, and wait for the first."""
        await asyncio.shield(self._filled(image, spec.Size.of(Limits()))[0])

    def details(self, image: Image) -> Json:
        """What the last container said of itself: what is in force."""
        return self._details

    @property
    def status_now(self) -> PoolStatus:
        """Its containers just now."""
        ready = sum(is_ready(task) for stock in self._stocks.values() for task in stock)
        running = len(self._containers)
        return PoolStatus(self.level, running, ready, self._spares * len(self._stocks), max(0, running - ready))

    async def close(self) -> None:
        """End all containers, and wait until nothing of them is left."""
        self._closed = True
        self._stocks.clear()
        if self._starting:
            await asyncio.wait(self._starting)
        await asyncio.gather(*(container.destroy() for container in self._containers))
        if self._image is not None:
            await asyncio.wait([self._image])
        await self._engine.close()

    # ------------------------------------------------------------ the stocks

    async def _take(self, image: Image, limits: Limits) -> Container:
        stock = self._filled(image, spec.Size.of(limits), at_least=1)
        coming = stock.popleft()
        try:
            container = await asyncio.shield(coming)
        except asyncio.CancelledError:
            stock.appendleft(coming)
            raise
        self._filled(image, spec.Size.of(limits))
        return container

    def _filled(self, image: Image, size: spec.Size, at_least: int = 0) -> _Stock:
        """The stock of that kind, with as many on their way as are wanted."""
        self._refuse_when_closed()
        configuration = spec.configuration(image)  # raises ValueError for a file outside the course's folder
        kind = (key_of(image), size)
        stock = self._stocks.setdefault(kind, deque())
        self._stocks.move_to_end(kind)
        for task in [one for one in stock if _failed(one)]:
            stock.remove(task)
        while len(stock) < max(self._spares, at_least):
            task = begin_task(self._starting, self._start(image, size, configuration))
            task.add_done_callback(_failed)  # whoever takes it is told
            stock.append(task)
        while len(self._stocks) > _STOCKS:
            _, oldest = self._stocks.popitem(last=False)
            for task in oldest:
                task.add_done_callback(_end_when_there)
        return stock

    # ------------------------------------------------------------ one container

    async def _start(self, image: Image, size: spec.Size, configuration: Json) -> Container:
        if self._image is None:
            self._image = asyncio.create_task(self._prepared())
        name = await asyncio.shield(self._image)
        async with self._starts:
            self._refuse_when_closed()
            user = await self._engine.call(self._engine.user)
            how = spec.container(image, size, self._runtime, user)
            number, stream = await self._engine.call(self._engine.created, name, how)
            both = await asyncio.open_connection(sock=stream)
            container = Container(self._engine, number, both, self.level)
            self._containers.add(container)
            container.on_end = lambda: self._containers.discard(container)
            try:
                await container.greet(configuration, size.files_mb)
                self._refuse_when_closed()
            except BaseException:
                container.destroy()
                raise
        self._details = container.details
        return container

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise SandboxUnavailable("the sandbox was closed")

    async def _prepared(self) -> str:
        await self._engine.call(spec.sweep, self._engine)
        return str(await self._engine.call(ready_image, self._engine))


def _failed(task: asyncio.Task[Container]) -> bool:
    return task.done() and not is_ready(task)


def _end_when_there(task: asyncio.Task[Container]) -> None:
    if not _failed(task):
        task.result().destroy()
