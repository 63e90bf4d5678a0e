"""The author's processes: given cells and solution have run in them, no student's code ever does.

A judgement borrows one where a check needs the author's side while the student's runs (`random`, `satisfies`, `code`).
Each such check is a fork of it, so it can be lent again, and for some seconds it is kept for the next judgement.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable

from codegym_jlab.grading.replay import Replay

#: What the checks' forks would each import for themselves.
PREPARED = ("random", "re", "ast", "threading", "importlib.machinery", "unittest", "unittest.mock", "doctest")
KEPT, IDLE_S, MOST_USES = 4, 20.0, 300


class Desks:
    """Author's processes that nobody uses just now, newest last. Belongs to one event loop."""

    def __init__(self) -> None:
        self._idle: OrderedDict[Replay, tuple[str, int, asyncio.TimerHandle]] = OrderedDict()
        self._closing: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def lent(self, version: str, make: Callable[[], Replay]) -> AsyncIterator[Desk]:
        """A desk for one judgement of the exercise `version`; its process is leased at its first use."""
        desk = Desk(self, version, make)
        try:
            yield desk
        except BaseException:
            desk.spoil()
            raise
        finally:
            desk.leave()

    def take(self, version: str) -> tuple[Replay, int] | None:
        """A kept process of that version, and how often it was used."""
        for replay, (kept, uses, timer) in reversed(self._idle.items()):
            if kept == version:
                timer.cancel()
                del self._idle[replay]
                replay.begin_again()
                return replay, uses
        return None

    def keep(self, version: str, replay: Replay, uses: int) -> None:
        """Take one back, to be lent again; the oldest goes where there are too many."""
        timer = asyncio.get_running_loop().call_later(IDLE_S, self._drop, replay)
        self._idle[replay] = (version, uses, timer)
        while len(self._idle) > KEPT:
            self._drop(next(iter(self._idle)))

    def give_up(self, replay: Replay) -> None:
        """Close one, in the background."""
        task = asyncio.get_running_loop().create_task(replay.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _drop(self, replay: Replay) -> None:
        found = self._idle.pop(replay, None)
        if found is not None:
            found[2].cancel()
            self.give_up(replay)

    async def close(self) -> None:
        """End them all."""
        for replay in list(self._idle):
            self._drop(replay)
        await asyncio.gather(*self._closing)


class Desk:
    """One judgement's author's side."""

    def __init__(self, desks: Desks, version: str, make: Callable[[], Replay]) -> None:
        self._desks, self._version, self._make = desks, version, make
        self._replay: Replay | None = None
        self._uses = 0
        self._is_sound = True

    async def replay(self) -> Replay:
        """The author's process, its cells run. Raises SandboxUnavailable and SandboxLost."""
        if self._replay is None:
            self._replay, self._uses = self._desks.take(self._version) or (self._make(), 0)
            if self._replay.answer is None:
                await self._replay.start()
                await self._replay.prepare(PREPARED)
        return self._replay

    def spoil(self) -> None:
        """It is not fit to be lent again."""
        self._is_sound = False

    def leave(self) -> None:
        """Give the process back."""
        if self._replay is None:
            return
        if self._is_sound and self._replay.is_running and self._uses < MOST_USES:
            self._desks.keep(self._version, self._replay, self._uses + 1)
        else:
            self._desks.give_up(self._replay)
