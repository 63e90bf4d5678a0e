"""The seccomp filters: an allow-list, in the machine language of the kernel's packet filter, and what levels add to it.

See seccomp(2). What locks, containers, `confined` and kernels add comes before the list.
"""

import ctypes
import errno
import os
import struct
from collections.abc import Iterable

from . import linux

#: The system calls that student code may make: name:number on x86_64:number on aarch64, `-` where there is none.
#: From the kernel's asm/unistd_64.h and asm-generic/unistd.h. What is not listed is refused.
_ALLOWED = """
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

sendmsg:46:211 recvmsg:47:212 recvfrom:45:207 shutdown:48:210 getsockopt:55:209 setsockopt:54:208 getsockname:51:204
getpeername:52:205

mmap:9:222 munmap:11:215 mremap:25:216 mprotect:10:226 madvise:28:233 brk:12:214 msync:26:227 mincore:27:232
mlock:149:228 munlock:150:229

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

rt_sigaction:13:134 rt_sigprocmask:14:135 rt_sigreturn:15:139 rt_sigpending:127:136 rt_sigtimedwait:128:137
rt_sigsuspend:130:133 rt_sigqueueinfo:129:138 sigaltstack:131:132 pause:34:- alarm:37:-

nanosleep:35:101 clock_nanosleep:230:115 clock_gettime:228:113 clock_getres:229:114 gettimeofday:96:169 time:201:-
getitimer:36:102 setitimer:38:103 timer_create:222:107 timer_settime:223:110 timer_gettime:224:108
timer_getoverrun:225:109 timer_delete:226:111
"""

#: Those that are allowed by their arguments, answered in a special way, or allowed to some kinds of processes alone.
_OTHERS = """
clone:56:220 clone3:435:435 socketpair:53:199 sendto:44:206 prctl:157:167 ioctl:16:29 prlimit64:302:261
memfd_create:319:279 io_uring_setup:425:425 socket:41:198 bind:49:200 listen:50:201 accept:43:202 accept4:288:242
connect:42:203 execve:59:221 execveat:322:281 sched_setscheduler:144:119
"""


def _read(table: str, column: int) -> dict[str, int]:
    rows = [word.split(":") for word in table.split()]
    return {row[0]: int(row[column]) for row in rows if row[column] != "-"}


_COLUMN = {"x86_64": 1, "aarch64": 2}
#: By machine and name.
NUMBERS = {machine: _read(_ALLOWED + _OTHERS, column) for machine, column in _COLUMN.items()}
#: Absent rather than refused, so that libraries fall back: memory in a memfd would count nowhere.
ABSENT = ("memfd_create", "io_uring_setup")
#: Newer calls than these tables know are absent too.
FIRST_UNKNOWN = 457


def named(machine: str) -> dict[str, int]:
    """Those that are allowed whatever their arguments, on that machine, by name."""
    return _read(_ALLOWED, _COLUMN[machine])


_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_LOAD, _IF_EQUAL, _IF_NOT_LESS, _IF_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_NAMESPACES = 0x7E020000  # every CLONE_NEW* that clone(2) takes

_PRCTL = (3, 15, 16, 21, 23, 39)  # get dumpable, set and get name, get seccomp, read bounding set, get no_new_privs
_IOCTL = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # TCGETS TIOCGWINSZ FIONREAD FIONBIO FIONCLEX FIOCLEX

_Step = tuple[int, int, int, int]  # code, jump if true, jump if false, operand
_Steps = list[_Step]
#: A system call and what it is answered, by steps that return on every path; left out where the machine has it not.
Row = tuple[str, _Steps]

#: An operand that stands for the number of the process that installs the filter.
OWN_PID = 0x7FFF_F00D


def _errno(number: int) -> int:
    return 0x00050000 | number


def _argument(index: int, high: bool = False) -> _Step:
    return (_LOAD, 0, 0, 16 + 8 * index + (4 if high else 0))


def _end(action: int) -> _Step:
    return (_RETURN, 0, 0, action)


def _each(values: tuple[int, ...], action: int) -> _Steps:
    return [step for value in values for step in ((_IF_EQUAL, 0, 1, value), _end(action))]


def _one_of(values: tuple[int, ...], argument: int, otherwise: int = errno.EPERM) -> _Steps:
    return [_argument(argument), *_each(values, _ALLOW), _end(_errno(otherwise))]


def _answers(names: Iterable[str], action: int) -> list[Row]:
    """The same for each of these, whatever its arguments."""
    return [(name, [_end(action)]) for name in names]


_REFUSE, _PERMIT = _end(_errno(errno.EPERM)), _end(_ALLOW)

#: Calls allowed by their arguments, or refused in a special way.
SPECIAL: dict[str, _Steps] = {
    "clone3": [_end(_errno(errno.ENOSYS))],  # its flags lie behind a pointer: libc falls back to clone
    "clone": [_argument(0), (_IF_BITS, 0, 1, _NAMESPACES), _REFUSE, _PERMIT],
    "socketpair": _one_of((1,), 0),
    # a datagram with an address would leave its pair
    "sendto": [_argument(4), (_IF_EQUAL, 0, 2, 0), _argument(4, True), (_IF_EQUAL, 1, 0, 0), _REFUSE, _PERMIT],
    "prctl": _one_of(_PRCTL, 0),
    "ioctl": _one_of(_IOCTL, 1, errno.ENOTTY),
    "prlimit64": _one_of((0,), 0),
}


def steps(machine: str, first: Iterable[Row] = ()) -> _Steps:
    """The filter's steps for that machine; `first` come before the others."""
    absent = _errno(errno.ENOSYS)
    out: _Steps = [
        (_LOAD, 0, 0, 4),
        (_IF_EQUAL, 1, 0, _AUDIT_ARCH[machine]),
        _end(_KILL),
        (_LOAD, 0, 0, 0),
        (_IF_NOT_LESS, 0, 1, FIRST_UNKNOWN),
        _end(absent),  # x32 calls have bit 30 set: they end here too
    ]
    numbers = NUMBERS[machine]
    for name, body in (*first, *SPECIAL.items(), *_answers(named(machine), _ALLOW), *_answers(ABSENT, absent)):
        if name in numbers:
            out += [(_IF_EQUAL, 0, len(body), numbers[name]), *body]
    return [*out, _REFUSE]


_prepared: _Steps = []


def prepare(first: Iterable[Row]) -> None:
    """Choose the filter, once, in the zygote."""
    _prepared.extend(steps(linux.MACHINE, first))


def install() -> None:
    """Put the filter on this process and all its descendants. Needs no_new_privs."""
    code, own = bytearray(), os.getpid()
    for *jump, operand in _prepared:
        code += struct.pack("HBBI", *jump, own if operand == OWN_PID else operand)
    program = ctypes.create_string_buffer(bytes(code))
    linux.set_filter(struct.pack("HxxxxxxQ", len(_prepared), ctypes.addressof(program)))


#: Duplicates, flags, a pipe's size and sealed memory's seals, as they are.
_PLAIN = (0, 1, 2, 3, 4, 9, 1030, 1032, 1034)
#: F_GETLK F_SETLK F_SETLKW, and the same of open file descriptions.
_FILE_LOCKS = (5, 6, 7, 36, 37, 38)
#: Locks are granted and mean nothing.
LOCKS: list[Row] = [
    ("fcntl", [_argument(1), *_each(_PLAIN, _ALLOW), *_each(_FILE_LOCKS, _errno(0)), _REFUSE]),
    *_answers(["flock"], _errno(0)),
]

_ZYGOTE = 1
_SIGNAL = [_argument(0), (_IF_EQUAL, 1, 0, OWN_PID), (_IF_EQUAL, 0, 1, _ZYGOTE), _REFUSE, _PERMIT]
#: No signal to the zygote, whoever asks.
CONTAINER: list[Row] = [(name, _SIGNAL) for name in "kill tkill tgkill rt_sigqueueinfo pidfd_open".split()]

_THREAD = 0x10000  # CLONE_THREAD
_TRUNC, _ACCESS = 0o1000, 3
_SHARED, _NO_FILE = 1, 0xFFFFFFFF
_STREAMS = (0x1, 0x801, 0x80001, 0x80801)  # SOCK_STREAM with and without SOCK_NONBLOCK, SOCK_CLOEXEC
_AF_UNIX = 1
#: Duplicates, flags and record locks; no owner of signals, no lease, no larger pipe.
_FCNTL = (0, 1, 2, 3, 4, 5, 6, 7, 9, 36, 37, 38, 1030, 1032)
_CONFINED_REFUSED = (
    "fork vfork setsid setpgid tkill rt_sigqueueinfo pidfd_open pidfd_send_signal setpriority chmod fchmod fchmodat "
    "chown fchown lchown fchownat utime utimes futimesat utimensat flock fallocate truncate sendmsg recvmsg"
)
_XATTR = "getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr"
#: A pair of sockets, or one, that is a stream of this machine's.
_STREAM = [_argument(0), (_IF_EQUAL, 1, 0, _AF_UNIX), _REFUSE, *_one_of(_STREAMS, 1)]


def _opening(place: int) -> _Steps:
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


_OPENING = {"open": _opening(1), "openat": _opening(2)}
_ITSELF = _one_of((OWN_PID,), 0)
CONFINED: list[Row] = [
    *_answers(["openat2"], _errno(errno.ENOSYS)),  # its flags lie behind a pointer
    *_answers(_CONFINED_REFUSED.split(), _errno(errno.EPERM)),
    *_answers(_XATTR.split(), _errno(errno.EOPNOTSUPP)),  # as on file systems that have none: copies go on
    ("kill", _ITSELF),
    ("tgkill", _ITSELF),
    ("clone", [_argument(0), (_IF_BITS, 2, 0, _NAMESPACES), (_IF_BITS, 0, 1, _THREAD), _PERMIT, _REFUSE]),
    *_OPENING.items(),
    ("fcntl", _one_of(_FCNTL, 1)),
    # no shared mapping of a file: what is written through one is in no count of bytes written
    ("mmap", [_argument(3), (_IF_BITS, 0, 2, _SHARED), _argument(4), (_IF_EQUAL, 0, 1, _NO_FILE), _PERMIT, _REFUSE]),
    ("socketpair", _STREAM),
    ("sched_setaffinity", [_argument(0), (_IF_EQUAL, 2, 0, 0), (_IF_EQUAL, 1, 0, OWN_PID), _REFUSE, _PERMIT]),
]

_SET_ID = 0o6000
#: Calls with a mode, and the place of that argument.
_MODES = {"open": 2, "creat": 1, "chmod": 1, "fchmod": 1, "mknod": 1, "openat": 3, "fchmodat": 2, "mknodat": 2}


def _without_set_id(name: str, rest: _Steps) -> Row:
    return name, [_argument(_MODES[name]), (_IF_BITS, 0, 1, _SET_ID), _REFUSE, *rest]


_ORDINARY = (0, 3, 5)  # SCHED_OTHER, SCHED_BATCH, SCHED_IDLE
#: ZeroMQ sets its threads' scheduler to what it is.
_SCHEDULE: Row = ("sched_setscheduler", _one_of(_ORDINARY, 1))
#: Of notebook kernels.
KERNEL: list[Row] = [
    *_answers(["openat2"], _errno(errno.ENOSYS)),
    *(_without_set_id(name, [_PERMIT]) for name in _MODES),
    ("socket", _STREAM),
    ("socketpair", _STREAM),
    _SCHEDULE,
    *_answers(["bind", "listen", "accept", "accept4"], _ALLOW),
]
#: Of those at `confined`, put before its own: the sockets were bound before the filter came.
CONFINED_KERNEL: list[Row] = [
    *(_without_set_id(name, _OPENING.get(name, [_PERMIT])) for name in "open openat creat mknod mknodat".split()),
    _SCHEDULE,
    *_answers(["accept", "accept4", "mmap"], _ALLOW),  # what is written to the notebook's folder is in no count
]

_TERMINAL = (
    0x5401, 0x5402, 0x5403, 0x5404, 0x5409, 0x540B, 0x540E, 0x540F, 0x5410, 0x5411, 0x5413, 0x5414, 0x541B, 0x5421,
    0x5422, 0x5429, 0x5441, 0x5450, 0x5451, 0x80045430, 0x40045431, 0x80045439,
)  # fmt: skip  # a terminal's modes, size, session and number; not TIOCSTI, which types into it


_UNIX = _one_of((_AF_UNIX,), 0)
#: Of a kernel of another language: it runs programs, in a network that holds nothing.
OTHER_KERNEL: list[Row] = [
    ("socket", _UNIX),
    ("socketpair", _UNIX),
    _SCHEDULE,
    ("ioctl", _one_of(_TERMINAL, 1, errno.ENOTTY)),
    *_answers("execve execveat bind listen accept accept4 connect".split(), _ALLOW),
]
