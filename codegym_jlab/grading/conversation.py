"""A fork of a replay's process that answers frame after frame: the host's side of `runner.dialogue`."""

from __future__ import annotations

import contextlib
from types import TracebackType
from typing import Any, Self

from codegym_jlab.grading import replies
from codegym_jlab.grading.replay import Ended, Replay
from codegym_jlab.grading.replies import Malformed, Reply

FORGED = "writing to Check's own channel"


class Conversation:
    """One check's dialogue with one side. Used as a context; the fork ends with it."""

    def __init__(self, replay: Replay, speaker: str, *, seconds: float | None = None, **opening: Any) -> None:
        """`seconds`: processor time in place of the replay's own; `opening` goes along with the first frame."""
        self._replay, self._opening = replay, {"op": "talk", "speaker": speaker, **opening}
        self._each = {} if seconds is None else {"seconds": seconds}
        self._is_open = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._is_open and (error is None or isinstance(error, Exception)):
            with contextlib.suppress(Ended):
                await self._replay.exchange({"op": "hush"}, opening=False)

    async def ask(self, **frame: Any) -> dict[str, Any]:
        """The answer to one frame, as it came: read it with suspicion.

        Raises Ended, SandboxUnavailable and SandboxLost.
        """
        if self._is_open:
            return await self._replay.exchange({"op": "more", **self._each, **frame}, opening=False)
        answer = await self._replay.exchange({**self._opening, **self._each, **frame}, opening=True)
        self._is_open = True
        return answer

    async def check(self, **frame: Any) -> Reply:
        """The reply to a frame that is answered as a check is; how the process ended, where it did."""
        try:
            return self.read(await self.ask(**frame))
        except Ended as end:
            return end.reply

    def read(self, answer: Any) -> Reply:
        """A check's reply; a violation where it is none."""
        try:
            return self._replay.read(answer, "check")
        except Malformed:
            return replies.violated(FORGED)
