"""What the system call filter of a kernel has beside that of a submission: sockets to serve on, no set-id files.

A kernel binds UNIX stream sockets in its connection folder (Landlock says where), and connects nowhere: a socket that
lies in the student's folder is out of reach. What it writes may belong to root on the disk, so no file that it makes
may be set-user-id.
"""

from __future__ import annotations

import errno

from .confined_filter import _opening
from .seccomp import _ALLOW, _IF_BITS, _IF_EQUAL, _RETURN, _answer, _argument, _errno, _one_of, _Step, _when

_AF_UNIX = 1
_STREAMS = (0x1, 0x801, 0x80001, 0x80801)  # SOCK_STREAM with and without SOCK_NONBLOCK, SOCK_CLOEXEC
_SET_ID = 0o6000

#: Calls with a mode: number and the place of that argument.
_MODES = {
    "x86_64": ((2, 2), (85, 1), (90, 1), (91, 1), (133, 1), (257, 3), (268, 2), (259, 2)),
    "aarch64": ((56, 3), (52, 1), (53, 2), (33, 2)),
}  # open creat chmod fchmod mknod openat fchmodat mknodat
_MAKES = {"x86_64": ((85, 1), (133, 1), (259, 2)), "aarch64": ((33, 2),)}  # creat mknod mknodat
_MAKES_SOCKETS = {"x86_64": (41, 53), "aarch64": (198, 199)}  # socket socketpair
_SERVES = {"x86_64": (49, 50, 43, 288), "aarch64": (200, 201, 202, 242)}  # bind listen accept accept4
_SCHEDULE = {"x86_64": 144, "aarch64": 119}  # sched_setscheduler: ZeroMQ sets its threads' to what it is
_ORDINARY = (0, 3, 5)  # SCHED_OTHER, SCHED_BATCH, SCHED_IDLE
_ACCEPTS = {"x86_64": (43, 288), "aarch64": (202, 242)}  # accept accept4
_MMAP = {"x86_64": 9, "aarch64": 222}
_OPENS = {"x86_64": ((2, 1, 2), (257, 2, 3)), "aarch64": ((56, 2, 3),)}  # number, place of flags, place of mode
_OPENAT2 = 437  # its mode lies behind a pointer


def steps(machine: str) -> list[_Step]:
    """The steps to put first."""
    refuse, allow = (_RETURN, 0, 0, _errno(errno.EPERM)), (_RETURN, 0, 0, _ALLOW)
    out: list[_Step] = _answer(_OPENAT2, _errno(errno.ENOSYS))
    for number, place in _MODES[machine]:
        out += _when(number, [_argument(place), (_IF_BITS, 0, 1, _SET_ID), refuse, allow])
    for number in _MAKES_SOCKETS[machine]:
        body = [_argument(0), (_IF_EQUAL, 1, 0, _AF_UNIX), refuse, *_one_of(_STREAMS, _errno(errno.EPERM), 1)]
        out += _when(number, body)
    out += _when(_SCHEDULE[machine], _one_of(_ORDINARY, _errno(errno.EPERM), 1))
    for number in _SERVES[machine]:
        out += _answer(number, _ALLOW)
    return out


def confined_steps(machine: str) -> list[_Step]:
    """The steps to put before those of `confined_filter`, where the sockets were bound before the filter came."""
    refuse, allow = (_RETURN, 0, 0, _errno(errno.EPERM)), (_RETURN, 0, 0, _ALLOW)
    out: list[_Step] = []
    opens = _OPENS[machine]
    for number, flags, mode in opens:
        out += _when(number, [_argument(mode), (_IF_BITS, 0, 1, _SET_ID), refuse, *_opening(flags)])
    for number, place in _MAKES[machine]:
        out += _when(number, [_argument(place), (_IF_BITS, 0, 1, _SET_ID), refuse, allow])
    out += _when(_SCHEDULE[machine], _one_of(_ORDINARY, _errno(errno.EPERM), 1))
    for number in (*_ACCEPTS[machine], _MMAP[machine]):  # what is written into the notebook's folder is in no count
        out += _answer(number, _ALLOW)
    return out


_RUNS = {"x86_64": (59, 322, 49, 50, 43, 288, 42), "aarch64": (221, 281, 200, 201, 202, 242, 203)}
# execve execveat bind listen accept accept4 connect
_CONTROLS = {"x86_64": 16, "aarch64": 29}  # ioctl
_TERMINAL = (
    0x5401, 0x5402, 0x5403, 0x5404, 0x5409, 0x540B, 0x540E, 0x540F, 0x5410, 0x5411, 0x5413, 0x5414, 0x541B, 0x5421,
    0x5422, 0x5429, 0x5441, 0x5450, 0x5451, 0x80045430, 0x40045431, 0x80045439,
)  # fmt: skip  # a terminal's modes, size, session and number; not TIOCSTI, which types into it


def guest_steps(machine: str) -> list[_Step]:
    """The steps to put first for a kernel of another language: it runs programs, in a network that holds nothing."""
    refuse, allow = (_RETURN, 0, 0, _errno(errno.EPERM)), (_RETURN, 0, 0, _ALLOW)
    out: list[_Step] = []
    for number in _MAKES_SOCKETS[machine]:
        out += _when(number, [_argument(0), (_IF_EQUAL, 1, 0, _AF_UNIX), refuse, allow])
    out += _when(_CONTROLS[machine], _one_of(_TERMINAL, _errno(errno.ENOTTY), 1))
    out += _when(_SCHEDULE[machine], _one_of(_ORDINARY, _errno(errno.EPERM), 1))
    for number in _RUNS[machine]:
        out += _answer(number, _ALLOW)
    return out
