"""The warm process of notebook kernels: ipykernel, IPython and what courses use are imported; a kernel is a fork of it.

Beside the frames of `zygote`:
    {"op":"spawn","id":1,"folder":…,"owner":[uid,gid],"sockets":…,"connection":{…},"memory_mb":…,…}
        -> {"op":"spawned","id":1}, and on the socket riding on it {"op":"sealed"} once the kernel answers
    {"op":"signal","id":1,"signal":2}   passed on to the kernel
"""

import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from typing import NoReturn

from ..isolation import zygote
from ..session import loop
from ..wire import frames
from ..wire.frames import Json
from . import kernel, namespaces, other_kernels


def main(control: int) -> None:
    """Become the kernels' zygote; `control` is the host's socket. Does not return."""
    zygote.main(control, KernelZygote)


_BORN_WITH = 128 << 20  # address space of the threads that a kernel starts with


class KernelZygote(zygote.Zygote):
    """See the module."""

    furnish = staticmethod(lambda place: None)  # a notebook has the real ones
    watch_s = 0.25  # each process has a bound of its own; this is for their sum, for hours

    def __init__(self, control: int, config: Json) -> None:
        # a debugger needs the network; its import takes 0.25 s
        sys.modules["debugpy"] = None  # type: ignore[assignment]
        super().__init__(control, config)

    def _handle(self, frame: Json) -> None:
        lease = self._leases.get(frame["id"])
        if frame["op"] == "spawn":
            self._place.prepare(frame)
        if frame["op"] != "signal":
            super()._handle(frame)
        elif lease is not None:
            os.kill(lease.pid, frame["signal"])

    def _seal(self, channel: int, frame: Json) -> Callable[[], NoReturn]:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        details = self._place.seal(frame, channel)
        if self._place.supervised:
            if pid := os.fork():
                os.close(channel)
                namespaces.supervise(pid)
            os.setsid()
        if "argv" in frame:
            serve: Callable[[], NoReturn] = partial(other_kernels.become, frame)
        else:
            serve = kernel.start(frame, self._place.places())
        namespaces.limit_memory(frame, _address_space())
        frames.write_frame(channel, {"op": "sealed", "details": details})
        os.close(channel)
        return serve


def _address_space() -> int:
    """Bytes that this process takes up; threads that it was born with have stacks as large as the system makes them."""
    try:
        with open("/proc/self/statm") as f:
            return int(f.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:  # no procfs here
        return loop.ADDRESS_SPACE + _BORN_WITH
