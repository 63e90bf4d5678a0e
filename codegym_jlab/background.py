"""Background tasks of asyncio: begun so that none is lost, and ended together."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def begin_task(tasks: set[asyncio.Task[T]], work: Coroutine[Any, Any, T], name: str | None = None) -> asyncio.Task[T]:
    """Begin it in the background; it is among these tasks until it is over."""
    task = asyncio.create_task(work, name=name)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    return task


async def end_tasks(*tasks: asyncio.Future[Any] | None) -> None:
    """Cancel those that are there, and wait until they are over, however that comes."""
    there = [task for task in tasks if task is not None]
    for task in there:
        task.cancel()
    await asyncio.gather(*there, return_exceptions=True)
