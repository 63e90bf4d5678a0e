"""A fork that stays: it answers frame after frame, for checks that are more than one question.

The session passes the host's frames on to it and its answers back, one for one, and watches its time; the child never
holds the host's socket.
"""

from __future__ import annotations

from contextlib import suppress
from select import POLLIN
from select import poll as _Poll
from time import monotonic as _now
from time import process_time as _cpu
from typing import Any

from ..session import check
from ..session.cells import Cells
from ..session.limits import Clock
from ..wire import frames

_LEAST_S = 0.001  # a timer of no time would never strike


class Endpoint:
    """What answers in the child. Made by the parent, so that the fork touches as little memory as it can."""

    def __init__(self, frame: dict[str, Any], cells: Cells, names: list[str], limit: int) -> None:
        """`frame` opens it; `names`: what the author's solution defines; `limit`: of output, in characters."""
        self.seconds: float = frame["seconds"]
        self._cells = cells
        self._names = names
        self._limit = limit
        self._used_wall = 0.0
        self._since = 0.0
        self._used_cpu = 0.0

    def answer(self, frame: dict[str, Any]) -> dict[str, Any]:
        """In the child: the answer to one frame."""
        raise NotImplementedError

    def listen(self, inward: int, outward: int) -> None:
        """In the child: answer until the other side goes away."""
        self.begin(inward, outward)
        while True:
            frames.write_all(outward, check.packed(self.hear(frames.read_frame(inward))))

    def begin(self, inward: int, outward: int) -> None:
        """In the process that answers, before the first frame: the files it hears and speaks by."""
        self._inward, self._outward = inward, outward
        self._used_cpu = _cpu()
        self._cells.loop.forget()

    def hear(self, frame: dict[str, Any]) -> dict[str, Any]:
        """`answer`, timed."""
        self._since = _now()
        answer = self.answer(frame)
        self._used_wall += _now() - self._since
        return answer

    def wait(self, question: dict[str, Any]) -> dict[str, Any]:
        """In the child, amid an answer: put a question to the host. The time until it is answered is not counted."""
        frames.write_all(self._outward, check.packed(question))
        self._used_wall += _now() - self._since
        frame = frames.read_frame(self._inward)
        self._since = _now()
        return frame

    def clock(self) -> Clock:
        """The timers of what is left of its time."""
        return Clock(max(self.seconds - (_cpu() - self._used_cpu), _LEAST_S), self.left())

    def left(self) -> float:
        """Seconds of wall time left, of those in which it answers."""
        used = self._used_wall + _now() - self._since
        return max(3 * self.seconds + 1 - used, _LEAST_S)


class Dialogue(check.Fork):
    """The parent's side."""

    over = False

    def tell(self, frame: dict[str, Any]) -> bytes | dict[str, Any]:
        """Pass a frame on: the child's answer as it stands, or a reply that says how it died."""
        if self.over:
            return frames.reply("exited", "", failure=frames.death("exit", "the check was over"))
        if self._speaks():
            self.over = True
            return frames.reply("violation", "", violation="writing to Check's own channel")
        with suppress(frames.Closed):  # it died; how, is asked next
            frames.write_all(self._into, frames.pack(frame))
        answer = self.collect()
        self.over = isinstance(answer, dict)
        return answer

    def _speaks(self) -> bool:
        """Whether it said something that nobody asked for."""
        poll = _Poll()
        poll.register(self._out, POLLIN)
        return any(event & POLLIN for _, event in poll.poll(0))
