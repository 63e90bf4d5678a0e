"""The seccomp filters: an allow-list, in the machine language of the kernel's packet filter, and what levels add to it.

See seccomp(2). The steps of locks, containers, `confined` and kernels come before those of the list.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

from . import linux, syscalls

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_LOAD, _IF_EQUAL, _IF_GREATER, _IF_NOT_LESS, _IF_BITS, _RETURN = 0x20, 0x15, 0x25, 0x35, 0x45, 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_NAMESPACES = 0x7E020000  # every CLONE_NEW* that clone(2) takes

_PRCTL = (3, 15, 16, 21, 23, 39)  # get dumpable, set and get name, get seccomp, read bounding set, get no_new_privs
_IOCTL = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # TCGETS TIOCGWINSZ FIONREAD FIONBIO FIONCLEX FIOCLEX

_Step = tuple[int, int, int, int]  # code, jump if true, jump if false, operand

#: An operand that stands for the number of the process that installs the filter.
OWN_PID = 0x7FFF_F00D


def _errno(number: int) -> int:
    return 0x00050000 | number


def _argument(index: int, high: bool = False) -> _Step:
    return (_LOAD, 0, 0, 16 + 8 * index + (4 if high else 0))


def _answer(number: int, action: int) -> list[_Step]:
    return [(_IF_EQUAL, 0, 1, number), (_RETURN, 0, 0, action)]


def _when(number: int, body: list[_Step]) -> list[_Step]:
    """`body`, which must return on every path, for that call alone."""
    return [(_IF_EQUAL, 0, len(body), number), *body]


def _one_of(values: tuple[int, ...], otherwise: int, argument: int) -> list[_Step]:
    steps = [_argument(argument)]
    for value in values:
        steps += _answer(value, _ALLOW)
    return [*steps, (_RETURN, 0, 0, otherwise)]


def _special(numbers: dict[str, int]) -> dict[int, list[_Step]]:
    """What those calls are answered, by their number, whose arguments matter."""
    refuse, allow = (_RETURN, 0, 0, _errno(errno.EPERM)), (_RETURN, 0, 0, _ALLOW)
    # a datagram with an address would leave its pair
    to_nobody = [_argument(4), (_IF_EQUAL, 0, 2, 0), _argument(4, True), (_IF_EQUAL, 1, 0, 0), refuse, allow]
    bodies = {
        "clone3": [(_RETURN, 0, 0, _errno(errno.ENOSYS))],  # its flags lie behind a pointer: libc falls back to clone
        "clone": [_argument(0), (_IF_BITS, 0, 1, _NAMESPACES), refuse, allow],
        "socketpair": _one_of((1,), _errno(errno.EPERM), 0),
        "sendto": to_nobody,
        "prctl": _one_of(_PRCTL, _errno(errno.EPERM), 0),
        "ioctl": _one_of(_IOCTL, _errno(errno.ENOTTY), 1),
        "prlimit64": _one_of((0,), _errno(errno.EPERM), 0),
    }
    return {numbers[name]: body for name, body in bodies.items()}


def steps(machine: str, first: list[_Step] | None = None) -> list[_Step]:
    """The filter's steps for that machine; `first` come before the others, with the call's number loaded."""
    out: list[_Step] = [
        (_LOAD, 0, 0, 4),
        (_IF_EQUAL, 1, 0, _AUDIT_ARCH[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),
    ]
    absent = (_RETURN, 0, 0, _errno(errno.ENOSYS))
    out += [(_IF_NOT_LESS, 0, 1, syscalls.FIRST_UNKNOWN), absent]  # x32 calls have bit 30 set, so they end here too
    return [*out, *(first or []), *_tree(_leaves(machine))]


def _leaves(machine: str) -> list[tuple[int, list[_Step]]]:
    """The number from which on calls are answered so, and the steps that do it: all calls, in their order."""
    answers = dict.fromkeys(syscalls.ABSENT[machine], [(_RETURN, 0, 0, _errno(errno.ENOSYS))])
    answers |= _special(syscalls.SPECIAL[machine])
    answers |= dict.fromkeys(syscalls.allowed(machine), [(_RETURN, 0, 0, _ALLOW)])
    leaves: list[tuple[int, list[_Step]]] = []
    for number in range(syscalls.FIRST_UNKNOWN):
        body = answers.get(number, [(_RETURN, 0, 0, _errno(errno.EPERM))])
        if not leaves or leaves[-1][1] != body:
            leaves.append((number, body))
    return leaves


def _tree(leaves: list[tuple[int, list[_Step]]]) -> list[_Step]:
    """Half of what is left by each comparison: for each process the kernel tries the filter with every number."""
    if len(leaves) == 1:
        return leaves[0][1]
    middle = len(leaves) // 2
    lower = _tree(leaves[:middle])
    assert len(lower) < 256, "as far as one jump goes"
    return [(_IF_NOT_LESS, len(lower), 0, leaves[middle][0]), *lower, *_tree(leaves[middle:])]


_prepared: list[tuple[ctypes.Array[ctypes.c_char], int]] = []
_own: list[int] = []  # where an operand stands for the own pid


def prepare(first: list[_Step] | None = None) -> None:
    """Build the filter once, in the zygote."""
    program = steps(linux.MACHINE, first)
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *s) for s in program))
    _prepared.append((code, len(program)))
    _own.extend(8 * n + 4 for n, step in enumerate(program) if step[3] == OWN_PID)


def install() -> None:
    """Put the filter on this process and all its descendants. Needs no_new_privs."""
    code, length = _prepared[0]
    for place in _own:
        struct.pack_into("I", code, place, os.getpid())
    descriptor = struct.pack("HxxxxxxQ", length, ctypes.addressof(code))
    linux.set_filter(descriptor)


_LOCKING = {"x86_64": {"fcntl": 72, "flock": 73}, "aarch64": {"fcntl": 25, "flock": 32}}
#: Duplicates, flags, a pipe's size and sealed memory's seals, as they are.
_PLAIN = (0, 1, 2, 3, 4, 9, 1030, 1032, 1034)
#: F_GETLK F_SETLK F_SETLKW, and the same of open file descriptions.
_LOCKS = (5, 6, 7, 36, 37, 38)


def lock_steps(machine: str) -> list[_Step]:
    """The steps to put before all others."""
    numbers = _LOCKING[machine]
    body = [_argument(1)]
    for command in _PLAIN:
        body += _answer(command, _ALLOW)
    for command in _LOCKS:
        body += _answer(command, _errno(0))
    body.append((_RETURN, 0, 0, _errno(errno.EPERM)))
    return [*_when(numbers["fcntl"], body), *_answer(numbers["flock"], _errno(0))]


_ZYGOTE = 1
_SIGNALLING = {
    "x86_64": {"kill": 62, "tkill": 200, "tgkill": 234, "rt_sigqueueinfo": 129, "pidfd_open": 434},
    "aarch64": {"kill": 129, "tkill": 130, "tgkill": 131, "rt_sigqueueinfo": 138, "pidfd_open": 434},
}


def container_steps(machine: str) -> list[_Step]:
    """By number, whoever asks; the call's number is loaded."""
    out: list[_Step] = []
    for number in _SIGNALLING[machine].values():
        body: list[_Step] = [
            _argument(0),
            (_IF_EQUAL, 1, 0, OWN_PID),
            (_IF_EQUAL, 0, 1, _ZYGOTE),
            (_RETURN, 0, 0, _errno(errno.EPERM)),
            (_RETURN, 0, 0, _ALLOW),
        ]
        out += _when(number, body)
    return out


_THREAD = 0x10000  # CLONE_THREAD
_TRUNC, _ACCESS = 0o1000, 3
_SHARED, _NO_FILE = 1, 0xFFFFFFFF
_STREAMS = (0x1, 0x801, 0x80001, 0x80801)  # SOCK_STREAM with and without SOCK_NONBLOCK, SOCK_CLOEXEC
#: Duplicates, flags and record locks; no owner of signals, no lease, no larger pipe.
_FCNTL = (0, 1, 2, 3, 4, 5, 6, 7, 9, 36, 37, 38, 1030, 1032)

#: Refused whatever their arguments: name:number on x86_64:number on aarch64.
_CONFINED_REFUSED = """
fork:57:- vfork:58:- setsid:112:157 setpgid:109:154 tkill:200:130 rt_sigqueueinfo:129:138 pidfd_open:434:434
pidfd_send_signal:424:424 setpriority:141:140 chmod:90:- fchmod:91:52 fchmodat:268:53 chown:92:- fchown:93:55
lchown:94:- fchownat:260:54 utime:132:- utimes:235:- futimesat:261:- utimensat:280:88 flock:73:32 fallocate:285:47
truncate:76:45 sendmsg:46:211 recvmsg:47:212
"""
#: Not supported, as on file systems that have none: shutil.copy2 goes on without them.
_XATTR = "getxattr:191:8 lgetxattr:192:9 fgetxattr:193:10 listxattr:194:11 llistxattr:195:12 flistxattr:196:13"
_COLUMN = {"x86_64": 1, "aarch64": 2}
_OPENAT2 = 437
_CONFINED = {
    "x86_64": {"clone": 56, "kill": 62, "tgkill": 234, "open": 2, "openat": 257, "fcntl": 72, "mmap": 9,
               "socketpair": 53, "sched_setaffinity": 203},
    "aarch64": {"clone": 220, "kill": 129, "tgkill": 131, "openat": 56, "fcntl": 25, "mmap": 222, "socketpair": 199,
                "sched_setaffinity": 122},
}  # fmt: skip
_REFUSE, _PERMIT = (_RETURN, 0, 0, _errno(errno.EPERM)), (_RETURN, 0, 0, _ALLOW)


def confined_steps(machine: str) -> list[_Step]:
    """The steps to put first."""
    numbers = _CONFINED[machine]
    out: list[_Step] = _answer(_OPENAT2, _errno(errno.ENOSYS))  # its flags lie behind a pointer
    for words, error in ((_CONFINED_REFUSED, errno.EPERM), (_XATTR, errno.EOPNOTSUPP)):
        numbers_of = [word.split(":")[_COLUMN[machine]] for word in words.split()]
        for number in (n for n in numbers_of if n != "-"):
            out += _answer(int(number), _errno(error))
    for name in ("kill", "tgkill"):
        out += _when(numbers[name], [_argument(0), (_IF_EQUAL, 1, 0, OWN_PID), _REFUSE, _PERMIT])
    out += _when(
        numbers["clone"],
        [_argument(0), (_IF_BITS, 2, 0, _NAMESPACES), (_IF_BITS, 0, 1, _THREAD), _PERMIT, _REFUSE],
    )
    for name, place in (("open", 1), ("openat", 2)):
        if name in numbers:
            out += _when(numbers[name], _opening(place))
    out += _when(numbers["fcntl"], _one_of(_FCNTL, _errno(errno.EPERM), 1))
    out += _when(numbers["mmap"], _mapping())
    stream = [_argument(0), (_IF_EQUAL, 1, 0, 1), _REFUSE, *_one_of(_STREAMS, _errno(errno.EPERM), 1)]
    out += _when(numbers["socketpair"], stream)
    itself = [_argument(0), (_IF_EQUAL, 2, 0, 0), (_IF_EQUAL, 1, 0, OWN_PID), _REFUSE, _PERMIT]
    return out + _when(numbers["sched_setaffinity"], itself)


def _opening(place: int) -> list[_Step]:
    """Neither access mode 3 nor O_TRUNC without writing: before its third version Landlock lets both truncate."""
    return [
        _argument(place),
        (0x54, 0, 0, _TRUNC | _ACCESS),  # A &= flags
        (_IF_EQUAL, 3, 0, _TRUNC),
        (_IF_EQUAL, 2, 0, _ACCESS),
        (_IF_EQUAL, 1, 0, _TRUNC | _ACCESS),
        _PERMIT,
        _REFUSE,
    ]


def _mapping() -> list[_Step]:
    """No shared mapping of a file: what is written through one is in no count of bytes written."""
    return [_argument(3), (_IF_BITS, 0, 2, _SHARED), _argument(4), (_IF_EQUAL, 0, 1, _NO_FILE), _PERMIT, _REFUSE]


_AF_UNIX = 1
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


def kernel_steps(machine: str) -> list[_Step]:
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


def confined_kernel_steps(machine: str) -> list[_Step]:
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
