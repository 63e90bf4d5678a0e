"""One leased process tree: frames to it, its end, and watches over both."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from typing import Any

from .base import Answers, ExitKind, ExitStatus, Limits, Process, ProcessEnded, goes_on
from .metrics import lease_ended
from .zygote import Fork, Zygote

_CPU_WATCH_S = 0.3  # a frame that takes longer is watched from outside as well
_CPU_GRACE_S = 0.7


class Lease(Process):
    """One leased process tree. See `base.Process`."""

    noticed_s = 1.0  #: from the end of its answers to the end of its process, and to the reason for it

    def __init__(self, zygote: Zygote, fork: Fork, limits: Limits, level: str) -> None:
        self._zygote = zygote
        self._level = level
        self._closed = False
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
            await self._be_silent()
            return await self._answer(frame, frame.get("seconds"), within)

    async def ask_all(self, checks: Sequence[dict[str, Any]], *, within: float, total: float) -> Answers:
        """See `base.Process`: one frame goes, and an answer for each check comes as soon as it is there."""
        ends = time.monotonic() + total
        answers = Answers()
        question: dict[str, Any] | None = {"op": "checks", "checks": list(checks)}
        async with self._asking:
            try:
                await self._be_silent()
                for check in checks:
                    left = max(min(within, ends - time.monotonic()), 0.0)
                    answers.given.append(await self._answer(question, check.get("seconds"), left))
                    question = None
                    if not goes_on(check, answers.given[-1]):
                        break
            except ProcessEnded as end:
                answers.ended = end.status
        return answers

    async def _be_silent(self) -> None:
        """Nothing may have come unasked. Raises ProcessEnded."""
        if self._fork.status is not None:
            raise ProcessEnded(self._fork.status)
        if not self._fork.is_silent():
            raise ProcessEnded(await self._end(ExitKind.PROTOCOL, "it spoke without being asked"))

    async def _answer(self, frame: dict[str, Any] | None, seconds: object, within: float) -> dict[str, Any]:
        """The next answer, to `frame` or to what was sent before; watched from outside where it takes long."""
        timer = None
        if isinstance(seconds, (int, float)):
            timer = asyncio.get_running_loop().call_later(_CPU_WATCH_S, self._watch_cpu, float(seconds))
        try:
            return await self._reply_to(frame, within)
        finally:
            if timer is not None:
                timer.cancel()
            if self._watched:
                self._watched = False
                self._zygote.limit_cpu(self._fork, None)

    async def _reply_to(self, frame: dict[str, Any] | None, within: float) -> dict[str, Any]:
        try:
            async with asyncio.timeout(within):
                if frame is not None:
                    await self._fork.send(frame)
                reply = await self._fork.receive()
        except TimeoutError:
            raise ProcessEnded(await self._end(ExitKind.TIMEOUT, "no answer in time")) from None
        except ValueError as e:
            raise ProcessEnded(await self._end(ExitKind.PROTOCOL, str(e)[:200])) from None
        except (EOFError, OSError):
            raise ProcessEnded(await self._end_status()) from None
        except asyncio.CancelledError:
            self._zygote.kill(self._fork)  # its answer would be taken for that to the next frame
            raise
        if "fault" in reply:
            # once student code ran there, whatever goes wrong inside may be its doing
            kind = ExitKind.PROTOCOL if self._answered else ExitKind.LOST
            raise ProcessEnded(await self._end(kind, str(reply["fault"])[:500]))
        self._answered = True
        return reply

    def _watch_cpu(self, seconds: float) -> None:
        self._watched = True
        self._zygote.limit_cpu(self._fork, seconds + _CPU_GRACE_S)

    async def _end_status(self) -> ExitStatus:
        """How it ended. One that only hung up is killed."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.noticed_s):
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
        if not self._closed:
            self._closed = True
            lease_ended(self._level, self._fork.status)
        self._fork.hang_up()
        if self._fork.status is None:
            self._zygote.kill(self._fork)
            await self._fork.gone()
        self._zygote.release(self._fork)
