"""A model on its way: it is fetched once, whoever looks on, and goes on when they stop looking."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, cast

from .base import LlmError, Pulled

log = logging.getLogger("codegym.llm")

#: Seconds between two looks at a fetch.
LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: bytes of all files that are known of so far."""

    doing: str = ""
    done: int = 0
    total: int = 0

    @property
    def share(self) -> float:
        """0 to 1."""
        return self.done / self.total if self.total else 0.0


class Fetch:
    """One model's. `over` is set once it is there, was stopped, or failed, which `error` tells."""

    def __init__(self, pull: Callable[[], AsyncIterator[Pulled]], on_over: Callable[[], None]) -> None:
        self.progress, self.error = Progress(), ""
        self.stopped = False
        self._files: dict[str, tuple[int, int]] = {}
        self._task = asyncio.create_task(self._run(pull))
        self._task.add_done_callback(lambda _: on_over())

    @property
    def over(self) -> bool:
        """Nothing more comes."""
        return self._task.done()

    async def _run(self, pull: Callable[[], AsyncIterator[Pulled]]) -> None:
        try:
            async with aclosing(cast("Any", pull())) as steps:
                async for step in steps:
                    if step.total:
                        self._files[step.doing] = step.done, step.total
                    files = self._files.values()
                    self.progress = Progress(step.doing, sum(file[0] for file in files), sum(file[1] for file in files))
        except LlmError as error:
            self.error = error.text
        except Exception:  # of a library that fetches: who looks on must be told that it is over
            log.exception("a model could not be fetched")
            self.error = "it could not be fetched; the server's log says why"

    async def follow(self) -> AsyncIterator[Progress]:
        """What it is now, and each change until it is over."""
        told: Progress | None = None
        while True:
            over = self.over
            if self.progress != told:
                told = self.progress
                yield told
            if over:
                return
            await asyncio.wait((self._task,), timeout=LOOK_S)

    async def stop(self) -> None:
        """What came so far is kept by whoever keeps the models; the next fetch goes on there."""
        self.stopped = self.stopped or not self.over
        self._task.cancel()
        await asyncio.wait((self._task,))
