"""The system calls that student code may make: name:number on x86_64:number on aarch64, `-` where there is none.

From the kernel's asm/unistd_64.h and asm-generic/unistd.h. What is not listed is refused; `seccomp.py` adds those
that are allowed by their arguments.
"""

from __future__ import annotations

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
