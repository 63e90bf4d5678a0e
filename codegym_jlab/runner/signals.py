"""Signals as the C module has them: `signal` itself wraps them in enums, whose memory each fork would pay for."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from signal import (
        ITIMER_PROF,
        ITIMER_REAL,
        ITIMER_VIRTUAL,
        SIG_DFL,
        SIGALRM,
        SIGCHLD,
        SIGHUP,
        SIGINT,
        SIGKILL,
        SIGPIPE,
        SIGPROF,
        SIGTERM,
        SIGXCPU,
        getitimer,
        set_wakeup_fd,
        setitimer,
        signal,
    )
else:
    from _signal import (
        ITIMER_PROF,
        ITIMER_REAL,
        ITIMER_VIRTUAL,
        SIG_DFL,
        SIGALRM,
        SIGCHLD,
        SIGHUP,
        SIGINT,
        SIGKILL,
        SIGPIPE,
        SIGPROF,
        SIGTERM,
        SIGXCPU,
        getitimer,
        set_wakeup_fd,
        setitimer,
        signal,
    )

__all__ = [
    "ITIMER_PROF",
    "ITIMER_REAL",
    "ITIMER_VIRTUAL",
    "SIGALRM",
    "SIGCHLD",
    "SIGHUP",
    "SIGINT",
    "SIGKILL",
    "SIGPIPE",
    "SIGPROF",
    "SIGTERM",
    "SIGXCPU",
    "SIG_DFL",
    "getitimer",
    "set_wakeup_fd",
    "setitimer",
    "signal",
]


def name_of(number: int) -> str:
    """As in SIGSEGV."""
    from signal import Signals

    try:
        return Signals(number).name
    except ValueError:
        return f"signal {number}"
