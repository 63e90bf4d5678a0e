"""What a submission of five checks costs at least here: fork, all namespaces, five forks, and nothing else.

Run as a program it is a zygote as the sandbox starts it, so that both carry the same memory, with one more frame:
    {"op":"floor","rounds":50,"at_once":1}  -> {"op":"floor","each_s":[...],"all_s":...}
"""

from __future__ import annotations

import os
import runpy
import sys
import time
from typing import Any

_FORKS = 5
_NEW = 0x00020000 | 0x40000000 | 0x08000000 | 0x04000000 | 0x02000000  #: mount, network, ipc, uts and cgroup namespaces
_NEW_USER = 0x10000000


class Floor:
    """The host's end: a zygote of its own, for one image at the level of an opened sandbox."""

    def __init__(self, level: str, image: Any) -> None:
        import socket
        import subprocess

        from codegym_jlab.runner.wire import frames
        from codegym_jlab.sandbox import namespaces

        backend = namespaces.Confined() if level == "confined" else namespaces.Namespaces()
        *command, main = backend.command()
        self._frames = frames
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [*command, __file__, main, str(theirs.fileno())], env=backend.environment(), pass_fds=(theirs.fileno(),)
            )
        frames.write_frame(self._socket.fileno(), backend.configuration(image))
        ready = frames.read_frame(self._socket.fileno())
        if ready["op"] != "ready":
            raise RuntimeError(str(ready))

    def measure(self, rounds: int, at_once: int = 1) -> dict[str, Any]:
        """Seconds of each round, `each_s`, and of all, `all_s`; `at_once` of them are under way at a time."""
        self._frames.write_frame(self._socket.fileno(), {"op": "floor", "rounds": rounds, "at_once": at_once})
        return self._frames.read_frame(self._socket.fileno())

    def close(self) -> None:
        """End it."""
        self._socket.close()
        self._process.wait()


def _measured(place: Any, rounds: int, at_once: int) -> dict[str, Any]:
    under_way: list[tuple[int, float]] = []
    times = []
    began = time.perf_counter()
    for _ in range(rounds):
        if len(under_way) >= at_once:
            times.append(_ended(place, *under_way.pop(0)))
        start = time.perf_counter()
        pid = place.fork()
        if not pid:
            _bare(place.sole)
        under_way.append((pid, start))
    while under_way:
        times.append(_ended(place, *under_way.pop(0)))
    return {"each_s": times, "all_s": time.perf_counter() - began}


def _ended(place: Any, pid: int, start: float) -> float:
    os.waitpid(pid, 0)
    place.buried(pid)
    return time.perf_counter() - start


def _bare(namespaces: bool) -> None:
    """In the child: does not return."""
    try:
        if namespaces:
            _unshare(_NEW)
            _unshare(_NEW_USER)
        for _ in range(_FORKS):
            pid = os.fork()
            if not pid:
                os._exit(0)
            os.waitpid(pid, 0)
    finally:
        os._exit(0)


def _main(runner: str, control: int) -> None:
    """In the zygote: as `runner/__main__.py`, whose path is `runner`, with the frame that is answered here."""
    global _unshare
    runpy.run_path(runner)["package"]()
    __import__("codegym_runner.isolation.linux")
    zygote: Any = __import__("codegym_runner.isolation.zygote", fromlist=["main"])
    _unshare = sys.modules["codegym_runner.isolation.linux"].unshare

    class Measuring(zygote.Zygote):  # type: ignore[misc]
        def _handle(self, frame: dict[str, Any]) -> None:
            if frame["op"] != "floor":
                super()._handle(frame)
                return
            self._tell({"op": "floor", **_measured(self._place, frame["rounds"], frame["at_once"])})

    zygote.main(control, Measuring)


_unshare: Any = None

if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]))
