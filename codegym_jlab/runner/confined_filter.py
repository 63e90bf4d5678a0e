"""What the system call filter of the level `confined` has beside that of `namespaces`: what walls would keep apart.

No namespace hides other processes here and Landlock knows files alone, so that a process may not start another, reach
one by its number, nor change what Landlock leaves open: modes, owners, times, locks and leases of files.
"""

from __future__ import annotations

import errno

from .seccomp import _ALLOW, _IF_BITS, _IF_EQUAL, _RETURN, OWN_PID, _answer, _argument, _errno, _one_of, _Step, _when

_THREAD = 0x10000  # CLONE_THREAD
_NAMESPACES = 0x7E020000
_TRUNC, _ACCESS = 0o1000, 3
_SHARED, _NO_FILE = 1, 0xFFFFFFFF
_STREAMS = (0x1, 0x801, 0x80001, 0x80801)  # SOCK_STREAM with and without SOCK_NONBLOCK, SOCK_CLOEXEC
#: Duplicates, flags and record locks; no owner of signals, no lease, no larger pipe.
_FCNTL = (0, 1, 2, 3, 4, 5, 6, 7, 9, 36, 37, 38, 1030, 1032)

#: Refused whatever their arguments: name:number on x86_64:number on aarch64.
_REFUSED = """
fork:57:- vfork:58:- setsid:112:157 setpgid:109:154 tkill:200:130 rt_sigqueueinfo:129:138 pidfd_open:434:434
pidfd_send_signal:424:424 setpriority:141:140 chmod:90:- fchmod:91:52 fchmodat:268:53 chown:92:- fchown:93:55
lchown:94:- fchownat:260:54 utime:132:- utimes:235:- futimesat:261:- utimensat:280:88 flock:73:32 fallocate:285:47
truncate:76:45 sendmsg:46:211 recvmsg:47:212
"""
#: Not supported, as on file systems that have none: shutil.copy2 goes on without them.
_XATTR = "getxattr:191:8 lgetxattr:192:9 fgetxattr:193:10 listxattr:194:11 llistxattr:195:12 flistxattr:196:13"
_COLUMN = {"x86_64": 1, "aarch64": 2}
_OPENAT2 = 437
_NUMBERS = {
    "x86_64": {"clone": 56, "kill": 62, "tgkill": 234, "open": 2, "openat": 257, "fcntl": 72, "mmap": 9,
               "socketpair": 53, "sched_setaffinity": 203},
    "aarch64": {"clone": 220, "kill": 129, "tgkill": 131, "openat": 56, "fcntl": 25, "mmap": 222, "socketpair": 199,
                "sched_setaffinity": 122},
}  # fmt: skip
_REFUSE, _PERMIT = (_RETURN, 0, 0, _errno(errno.EPERM)), (_RETURN, 0, 0, _ALLOW)


def steps(machine: str) -> list[_Step]:
    """The steps to put first."""
    numbers = _NUMBERS[machine]
    out: list[_Step] = _answer(_OPENAT2, _errno(errno.ENOSYS))  # its flags lie behind a pointer
    for words, error in ((_REFUSED, errno.EPERM), (_XATTR, errno.EOPNOTSUPP)):
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
