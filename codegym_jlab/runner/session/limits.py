"""Time limits that stop Python code softly, with the line it was at. What ignores them is killed from outside.

And bounds of a process that Linux holds: see setrlimit(2).
"""

import resource

# not `signal`, which student code may change
from _signal import ITIMER_PROF, ITIMER_REAL, SIGALRM, SIGPROF, setitimer, signal  # type: ignore[import-not-found]
from types import FrameType


def lower(name: str, most: int) -> None:
    """Bound this process, and what it starts, by that limit: soft and hard, as far as it was not bounded lower."""
    number = getattr(resource, f"RLIMIT_{name}")
    hard = resource.getrlimit(number)[1]
    most = most if hard < 0 else min(most, hard)
    resource.setrlimit(number, (most, most))


AGAIN_S = 0.05  # code that swallows it is told again


class TimeLimit(BaseException):
    """The cell or check used up its seconds."""


class Clock:
    """The timers of one cell or check."""

    def __init__(self, cpu: float, wall: float) -> None:
        """Seconds of processor time, and of the clock on the wall. It takes the signals: student code may have them."""
        self.running = False
        self.stopped = True
        self.cpu = cpu
        self.wall = wall
        signal(SIGPROF, self._stop)
        signal(SIGALRM, self._stop)

    def start(self) -> None:
        """From now on TimeLimit may be raised in the main thread."""
        self.stopped = False
        self.running = True
        setitimer(ITIMER_PROF, self.cpu, AGAIN_S)
        setitimer(ITIMER_REAL, self.wall, AGAIN_S)

    def stop(self) -> None:
        """From now on it is not."""
        self.running = False
        setitimer(ITIMER_PROF, 0)
        setitimer(ITIMER_REAL, 0)
        self.stopped = True

    def halt(self) -> None:
        """Stop, also where it strikes between the last line and the stop."""
        while not self.stopped:
            try:
                self.stop()
            except TimeLimit:
                continue

    def pause(self) -> None:
        """While another process is waited for, its time on the wall does not count."""
        setitimer(ITIMER_REAL, 0)

    def resume(self, wall: float) -> None:
        """From now on it does; `wall` is what is left, in seconds."""
        setitimer(ITIMER_REAL, wall, AGAIN_S)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self.running:
            raise TimeLimit
