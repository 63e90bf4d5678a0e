"""What a cell or check is run with: its time, what it prints and reads. Made in the zygote, used again and again."""

from __future__ import annotations

import sys

from . import execution
from .capture import Recording
from .clock import Clock
from .typed import Typed


class Kit:
    """Forks of the process that holds it have a copy each."""

    def __init__(self, seconds: float = 1.0, limit: int = 1024) -> None:
        """`seconds` of processor time, and `limit` of output in characters, of each that it is used for."""
        self.clock = Clock(seconds, 3 * seconds + 1)
        self.recording = Recording(limit)
        self.loop = execution.Loop()
        self.stdin = Typed()

    def renew(self, seconds: float, limit: int) -> None:
        """For the next: nothing is printed yet, nothing there to read, and the signals are the clock's."""
        self.clock.renew(seconds, 3 * seconds + 1)
        self.recording.renew(limit)
        self.type("")
        self.install()

    def type(self, text: str) -> None:
        """What there is to read from now on, by the same stream: student code may have kept it."""
        if not self.stdin.refill(text):
            self.stdin = Typed()
            self.stdin.refill(text)
        sys.stdin = self.stdin

    def install(self) -> None:
        """From now on what this process and its forks print is recorded here."""
        self.recording.install()
        sys.stdin = self.stdin
