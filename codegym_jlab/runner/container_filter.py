"""The steps that a container's filter has before those of `seccomp`: nothing may kill the session or the zygote.

In namespaces the session is pid 1, which its own namespace cannot kill. Here pid 1 is the zygote, and gVisor would let
it be killed.
"""

from __future__ import annotations

import errno

from .seccomp import OWN_PID

_Step = tuple[int, int, int, int]
_LOAD, _IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_REFUSED, _ALLOWED = 0x00050000 | errno.EPERM, 0x7FFF0000
_FIRST_ARGUMENT = 16
_ZYGOTE = 1
_NUMBERS = {
    "x86_64": {"kill": 62, "tkill": 200, "tgkill": 234, "rt_sigqueueinfo": 129, "pidfd_open": 434},
    "aarch64": {"kill": 129, "tkill": 130, "tgkill": 131, "rt_sigqueueinfo": 138, "pidfd_open": 434},
}


def steps(machine: str) -> list[_Step]:
    """By number, whoever asks; the call's number is loaded."""
    out: list[_Step] = []
    for number in _NUMBERS[machine].values():
        body: list[_Step] = [
            (_LOAD, 0, 0, _FIRST_ARGUMENT),
            (_IF_EQUAL, 1, 0, OWN_PID),
            (_IF_EQUAL, 0, 1, _ZYGOTE),
            (_RETURN, 0, 0, _REFUSED),
            (_RETURN, 0, 0, _ALLOWED),
        ]
        out += [(_IF_EQUAL, 0, len(body), number), *body]
    return out
