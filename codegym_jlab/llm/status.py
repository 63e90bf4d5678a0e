"""How the models are, told at once: what was seen lately, while they are looked at anew behind it.

A page never waits for a server that is away: each model is looked at by itself, and one that was never seen is waited
for a moment at most.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, cast

from .base import LlmError, Pulled, Readiness
from .chain import Chain, Link, Pace

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


#: Seconds for which what was seen is told without a new look.
FRESH_S = 5.0
#: Seconds that are waited for one that was never seen.
FIRST_S = 0.3

State = Literal["ready", "answering", "tried", "pulling", "absent", "away", "unknown"]


class UnknownLlm(Exception):
    """No model of the settings is shown under this name."""

    code: ClassVar[str] = "unknown_llm"

    def __init__(self) -> None:
        super().__init__("No model of the settings has this name. Reload the page.")


class NothingToPull(Exception):
    """Whoever serves this model has it."""

    code: ClassVar[str] = "nothing_to_pull"

    def __init__(self) -> None:
        super().__init__("Whoever serves this model has it: there is nothing to fetch.")


@dataclass(frozen=True, slots=True)
class Now:
    """One model as it is now. `tried`: it failed at its last answer, and is asked again."""

    shown: str
    state: State
    text: str = ""  #: what is wrong and what to do, for who runs the server
    pace: Pace | None = None
    pull: Progress | None = None
    can_pull: bool = False


class Glance:
    """One a server, beside its chain. `clock` is seconds, for tests."""

    def __init__(
        self,
        chain: Chain,
        *,
        fresh_s: float = FRESH_S,
        first_s: float = FIRST_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._chain, self._fresh_s, self._first_s, self._clock = chain, fresh_s, first_s, clock
        self._seen: dict[int, tuple[Readiness, float]] = {}
        self._looking: dict[int, asyncio.Task[None]] = {}
        self._fetches: dict[int, Fetch] = {}

    async def seen(self) -> list[Now]:
        """All of them, in the order in which they are asked."""
        now = self._clock()
        for number in range(len(self._chain.links)):
            if number not in self._looking and self._is_old(number, now):
                self._looking[number] = asyncio.create_task(self._look(number))
        new = [task for number, task in self._looking.items() if number not in self._seen]
        if new:
            await asyncio.wait(new, timeout=self._first_s)
        return [self._now(number, link) for number, link in enumerate(self._chain.links)]

    def _is_old(self, number: int, now: float) -> bool:
        return number not in self._seen or now - self._seen[number][1] >= self._fresh_s

    async def _look(self, number: int) -> None:
        try:
            self._seen[number] = await self._chain.links[number].llm.look(), self._clock()
        finally:
            del self._looking[number]

    def _now(self, number: int, link: Link) -> Now:
        fetch = self._fetches.get(number)
        seen = self._seen.get(number)
        can_pull = hasattr(link.llm, "pull")
        if fetch is not None and not fetch.over:
            return Now(link.shown, "pulling", pull=fetch.progress, can_pull=can_pull)
        failed = fetch.error if fetch is not None else ""
        state = self._state(link, seen[0] if seen else None)
        known = seen[0].text if seen else ""
        text = "" if state in ("ready", "answering", "unknown") else failed or known or link.last_error
        return Now(link.shown, state, text, link.pace, can_pull=can_pull)

    def _state(self, link: Link, ready: Readiness | None) -> State:
        if link.busy:
            return "answering"
        if ready is None:
            return "unknown"
        if not ready.answers:
            return "absent" if ready.state == "absent" else "away"
        if link.breaker.standing(self._chain.now()) == "open":
            return "away"
        return "tried" if link.last_error else "ready"

    # -- fetching ----------------------------------------------------------------------------------

    def pull(self, shown: str) -> Fetch:
        """Begin to fetch a model, or join who does. Raises UnknownLlm, NothingToPull."""
        number, link = self._find(shown)
        fetch = self._fetches.get(number)
        if fetch is None or fetch.over:
            pull = getattr(link.llm, "pull", None)
            if pull is None:
                raise NothingToPull
            fetch = self._fetches[number] = Fetch(pull, lambda: self._forget(number))
        return fetch

    async def stop(self, shown: str) -> None:
        """Stop fetching it, where it is. Raises UnknownLlm."""
        fetch = self._fetches.get(self._find(shown)[0])
        if fetch is not None:
            await fetch.stop()

    def _forget(self, number: int) -> None:
        """It may be there now: whoever asks next waits for a new look."""
        self._seen.pop(number, None)
        self._chain.links[number].breaker.worked()

    def _find(self, shown: str) -> tuple[int, Link]:
        for number, link in enumerate(self._chain.links):
            if link.shown == shown:
                return number, link
        raise UnknownLlm

    async def close(self) -> None:
        """Ends looks and fetches."""
        for fetch in self._fetches.values():
            await fetch.stop()
        tasks = list(self._looking.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
