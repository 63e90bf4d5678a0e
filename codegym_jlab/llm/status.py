"""How the models are, as they were seen within seconds, and one that is fetched.

A page waits but a moment for a server that is away.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from codegym_jlab.records import DomainError, end_tasks, frozen

from .base import LlmError, Pulled, Readiness
from .chain import Chain, Link, Pace

log = logging.getLogger("codegym.llm")

#: Seconds between two looks at a fetch.
LOOK_S = 0.2


class Fetch:
    """One model's. `over` is set once it is there, was stopped, or failed, which `error` tells."""

    def __init__(self, pull: Callable[[], AsyncIterator[Pulled]], on_over: Callable[[], None]) -> None:
        self.progress, self.error = Pulled(""), ""
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
                    self.progress = Pulled(step.doing, sum(file[0] for file in files), sum(file[1] for file in files))
        except LlmError as error:
            self.error = error.text
        except Exception:  # of a library that fetches: who looks on must be told that it is over
            log.exception("a model could not be fetched")
            self.error = "it could not be fetched; the server's log says why"

    async def follow(self) -> AsyncIterator[Pulled]:
        """What it is now, and each change until it is over."""
        told: Pulled | None = None
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
        await end_tasks(self._task)


#: Seconds for which what was seen is told without a new look, and that are waited for one.
FRESH_S, PATIENCE_S = 5.0, 0.5

State = Literal["ready", "answering", "tried", "pulling", "absent", "away", "unknown"]


class NothingToPull(DomainError):
    """Whoever serves this model has it: there is nothing to fetch."""


@frozen
class Now:
    """One model as it is now. `tried`: it failed at its last answer, and is asked again."""

    shown: str
    state: State
    text: str = ""  #: what is wrong and what to do, for who runs the server
    pace: Pace | None = None
    pull: Pulled | None = None
    can_pull: bool = False


@dataclass
class Glance:
    """One a server, beside its chain. `clock` is seconds, for tests."""

    chain: Chain
    patience_s: float = PATIENCE_S
    clock: Callable[[], float] = time.monotonic
    _seen: list[Readiness | None] = field(default_factory=list)
    _seen_at: float = float("-inf")
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _fetches: dict[str, Fetch] = field(default_factory=dict)

    async def seen(self) -> list[Now]:
        """All of them, in the order in which they are asked."""
        async with self._looking:
            if self.clock() - self._seen_at >= FRESH_S:
                self._seen = await asyncio.gather(*map(self._look, self.chain.links))
                self._seen_at = self.clock()
        return [self._now(*each) for each in zip(self.chain.links, self._seen, strict=True)]

    async def _look(self, link: Link) -> Readiness | None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self.patience_s):
                return await link.llm.look()
        return None

    def _now(self, link: Link, seen: Readiness | None) -> Now:
        fetch = self._fetches.get(link.shown)
        can_pull = hasattr(link.llm, "pull")
        if fetch is not None and not fetch.over:
            return Now(link.shown, "pulling", pull=fetch.progress, can_pull=can_pull)
        failed = fetch.error if fetch is not None else ""
        state = self._state(link, seen)
        known = seen.text if seen else ""
        text = "" if state in ("ready", "answering", "unknown") else failed or known or link.last_error
        return Now(link.shown, state, text, link.pace, can_pull=can_pull)

    def _state(self, link: Link, ready: Readiness | None) -> State:
        if link.busy:
            return "answering"
        if ready is None:
            return "unknown"
        if not ready.answers:
            return "absent" if ready.state == "absent" else "away"
        if link.breaker.is_open(self.chain.clock()):
            return "away"
        return "tried" if link.last_error else "ready"

    def pull(self, shown: str) -> Fetch:
        """Begin to fetch a model, or join who does. Raises UnknownLlm, NothingToPull."""
        link = self.chain.find(shown)
        fetch = self._fetches.get(shown)
        if fetch is None or fetch.over:
            pull = getattr(link.llm, "pull", None)
            if pull is None:
                raise NothingToPull
            fetch = self._fetches[shown] = Fetch(pull, lambda: self._forget(link))
        return fetch

    async def stop(self, shown: str) -> None:
        """Stop fetching it, where it is. Raises UnknownLlm."""
        fetch = self._fetches.get(self.chain.find(shown).shown)
        if fetch is not None:
            await fetch.stop()

    def _forget(self, link: Link) -> None:
        """It may be there now: whoever asks next waits for a new look."""
        self._seen_at = float("-inf")
        link.breaker.worked()

    async def close(self) -> None:
        """Ends what is fetched."""
        for fetch in self._fetches.values():
            await fetch.stop()
