"""The seccomp filters: an allow-list, in the machine language of the kernel's packet filter, and what levels add to it.

See seccomp(2). The steps of locks, containers, `confined` and kernels come before those of the list.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

from . import linux

#: The system calls that student code may make: name:number on x86_64:number on aarch64, `-` where there is none.
#: From the kernel's asm/unistd_64.h and asm-generic/unistd.h. What is not listed is refused.
_FILES = """
read:0:63 write:1:64 readv:19:65 writev:20:66 pread64:17:67 pwrite64:18:68 preadv:295:69 pwritev:296:70
preadv2:327:286 pwritev2:328:287 open:2:- openat:257:56 openat2:437:437 creat:85:- close:3:57 close_range:436:436
lseek:8:62 dup:32:23 dup2:33:- dup3:292:24 fcntl:72:25 flock:73:32 fsync:74:82 fdatasync:75:83 sync_file_range:277:84
ftruncate:77:46 truncate:76:45 fallocate:285:47 fadvise64:221:223 readahead:187:213 sendfile:40:71
copy_file_range:326:285 stat:4:- fstat:5:80 lstat:6:- newfstatat:262:79 statx:332:291 access:21:- faccessat:269:48
faccessat2:439:439 statfs:137:43 fstatfs:138:44 getdents:78:- getdents64:217:61 getcwd:79:17 chdir:80:49 fchdir:81:50
mkdir:83:- mkdirat:258:34 rmdir:84:- unlink:87:- unlinkat:263:35 rename:82:- renameat:264:38 renameat2:316:276
link:86:- linkat:265:37 symlink:88:- symlinkat:266:36 readlink:89:- readlinkat:267:78 chmod:90:- fchmod:91:52
fchmodat:268:53 chown:92:- fchown:93:55 lchown:94:- fchownat:260:54 umask:95:166 mknod:133:- mknodat:259:33
utime:132:- utimes:235:- futimesat:261:- utimensat:280:88 getxattr:191:8 lgetxattr:192:9 fgetxattr:193:10
listxattr:194:11 llistxattr:195:12 flistxattr:196:13 pipe:22:- pipe2:293:59 poll:7:- ppoll:271:73 select:23:-
pselect6:270:72 epoll_create:213:- epoll_create1:291:20 epoll_ctl:233:21 epoll_wait:232:- epoll_pwait:281:22
epoll_pwait2:441:441 eventfd:284:- eventfd2:290:19 timerfd_create:283:85 timerfd_settime:286:86 timerfd_gettime:287:87
signalfd:282:- signalfd4:289:74
"""

_SOCKETS = """
sendmsg:46:211 recvmsg:47:212 recvfrom:45:207 shutdown:48:210 getsockopt:55:209 setsockopt:54:208 getsockname:51:204
getpeername:52:205
"""

_MEMORY = """
mmap:9:222 munmap:11:215 mremap:25:216 mprotect:10:226 madvise:28:233 brk:12:214 msync:26:227 mincore:27:232
mlock:149:228 munlock:150:229
"""

_PROCESSES = """
fork:57:- vfork:58:- wait4:61:260 waitid:247:95 exit:60:93 exit_group:231:94 kill:62:129 tkill:200:130 tgkill:234:131
getpid:39:172 getppid:110:173 gettid:186:178 getpgid:121:155 getpgrp:111:- setpgid:109:154 getsid:124:156
setsid:112:157 getuid:102:174 geteuid:107:175 getgid:104:176 getegid:108:177 getresuid:118:148 getresgid:120:150
getgroups:115:158 capget:125:90 getrlimit:97:163 setrlimit:160:164 getrusage:98:165 times:100:153 sysinfo:99:179
uname:63:160 getpriority:140:141 setpriority:141:140 sched_yield:24:124 sched_getaffinity:204:123
sched_setaffinity:203:122 sched_getparam:143:121 sched_getscheduler:145:120 sched_get_priority_max:146:125
sched_get_priority_min:147:126 sched_rr_get_interval:148:127 getcpu:309:168 pidfd_open:434:434
pidfd_send_signal:424:424 arch_prctl:158:- set_tid_address:218:96 set_robust_list:273:99 get_robust_list:274:100
rseq:334:293 membarrier:324:283 futex:202:98 futex_waitv:449:449 futex_wake:454:454 futex_wait:455:455
futex_requeue:456:456 getrandom:318:278 restart_syscall:219:128
"""

_SIGNALS = """
rt_sigaction:13:134 rt_sigprocmask:14:135 rt_sigreturn:15:139 rt_sigpending:127:136 rt_sigtimedwait:128:137
rt_sigsuspend:130:133 rt_sigqueueinfo:129:138 sigaltstack:131:132 pause:34:- alarm:37:-
"""

_TIME = """
nanosleep:35:101 clock_nanosleep:230:115 clock_gettime:228:113 clock_getres:229:114 gettimeofday:96:169 time:201:-
getitimer:36:102 setitimer:38:103 timer_create:222:107 timer_settime:223:110 timer_gettime:224:108
timer_getoverrun:225:109 timer_delete:226:111
"""

_COLUMN = {"x86_64": 1, "aarch64": 2}

#: Names allowed by their arguments, or refused in a special way.
SPECIAL = {
    "x86_64": {"clone": 56, "clone3": 435, "socketpair": 53, "sendto": 44, "prctl": 157, "ioctl": 16, "prlimit64": 302},
    "aarch64": {
        "clone": 220,
        "clone3": 435,
        "socketpair": 199,
        "sendto": 206,
        "prctl": 167,
        "ioctl": 29,
        "prlimit64": 261,
    },
}
#: Absent rather than refused, so that libraries fall back: memory in a memfd would count nowhere.
ABSENT = {"x86_64": (319, 425), "aarch64": (279, 425)}  # memfd_create, io_uring_setup
#: Newer calls than these tables know are absent too.
FIRST_UNKNOWN = 457


def named(machine: str) -> dict[str, int]:
    """Those that are allowed whatever their arguments, on that machine, by name."""
    words = " ".join((_FILES, _SOCKETS, _MEMORY, _PROCESSES, _SIGNALS, _TIME)).split()
    columns = [word.split(":") for word in words]
    return {column[0]: int(column[_COLUMN[machine]]) for column in columns if column[_COLUMN[machine]] != "-"}


def allowed(machine: str) -> list[int]:
    """Their numbers."""
    return sorted(named(machine).values())


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
    out += [(_IF_NOT_LESS, 0, 1, FIRST_UNKNOWN), absent]  # x32 calls have bit 30 set, so they end here too
    return [*out, *(first or []), *_tree(_leaves(machine))]


def _leaves(machine: str) -> list[tuple[int, list[_Step]]]:
    """The number from which on calls are answered so, and the steps that do it: all calls, in their order."""
    answers = dict.fromkeys(ABSENT[machine], [(_RETURN, 0, 0, _errno(errno.ENOSYS))])
    answers |= _special(SPECIAL[machine])
    answers |= dict.fromkeys(allowed(machine), [(_RETURN, 0, 0, _ALLOW)])
    leaves: list[tuple[int, list[_Step]]] = []
    for number in range(FIRST_UNKNOWN):
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
