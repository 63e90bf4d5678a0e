"""Every system call that student code may make, and why. One that is added without a reason fails here."""

from __future__ import annotations

import pytest

from codegym_jlab.runner.isolation import seccomp

#: Why, and which. "Own" is what belongs to the lease: its folder, its processes, its descriptors, its memory.
REASONS = {
    "Reads and writes descriptors that it has; Landlock and the view decide which files those can be": """
        read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek sendfile copy_file_range
        close close_range dup dup2 dup3""",
    "Opens files: the view holds what may be seen, Landlock what may be written": "open openat openat2 creat",
    "open() sets close-on-exec; a file's locks are let through or pretended by lock_filter": "fcntl flock",
    "Asks about files and folders; `pathlib`, `os.walk` and every import do": """
        stat fstat lstat newfstatat statx access faccessat faccessat2 statfs fstatfs getdents getdents64 readlink
        readlinkat""",
    "The working folder is the process's own": "getcwd chdir fchdir umask",
    "Changes names, sizes, modes, times of files in the own folder; elsewhere all is read-only (confined: refused)": """
        mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 link linkat symlink symlinkat truncate ftruncate
        fallocate chmod fchmod fchmodat chown fchown lchown fchownat utime utimes futimesat utimensat mknod mknodat""",
    "shutil.copy2 reads attributes; none can be set": """
        getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr""",
    "Hands written data to the disk, or says how a file will be read; programs call them and expect no error": """
        fsync fdatasync sync_file_range fadvise64 readahead""",
    "Pipes, polling and event descriptors: asyncio, subprocess's stand-ins and threads wait by them": """
        pipe pipe2 poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2
        eventfd eventfd2 timerfd_create timerfd_settime timerfd_gettime signalfd signalfd4""",
    "A socketpair's two ends talk (asyncio wakes itself by one); no socket can be made, bound or connected": """
        sendmsg recvmsg recvfrom shutdown getsockopt setsockopt getsockname getpeername""",
    "Memory of its own; RLIMIT_AS and the watchdog bound it": """
        mmap munmap mremap mprotect madvise brk msync mincore""",
    "Locked memory: RLIMIT_MEMLOCK is 0, so they fail softly where a library tries": "mlock munlock",
    "Forks in the own pid namespace (confined: refused), and waits for its children": "fork vfork wait4 waitid",
    "Ends itself": "exit exit_group",
    "Signals its own: the pid namespace holds nobody else's (confined: itself alone, others are refused)": """
        kill tkill tgkill rt_sigqueueinfo pidfd_open pidfd_send_signal""",
    "Handles signals": """
        rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigsuspend sigaltstack pause""",
    "Asks who it is": """
        getpid getppid gettid getpgid getpgrp getsid getuid geteuid getgid getegid getresuid getresgid getgroups capget
        uname""",
    "Groups and sessions of the own namespace (confined: refused)": "setpgid setsid",
    "Asks for limits, and may only lower its own: the hard ones are set": "getrlimit setrlimit getrusage times",
    "Load, memory and processors, as libraries ask to size their pools": """
        sysinfo getcpu sched_getaffinity sched_getparam sched_getscheduler sched_get_priority_max
        sched_get_priority_min sched_rr_get_interval getpriority""",
    "Its own share of the processors, which it can only make smaller": "sched_yield sched_setaffinity setpriority",
    "Threads, and what libc does at a thread's start": """
        arch_prctl set_tid_address set_robust_list get_robust_list rseq membarrier futex futex_waitv futex_wake
        futex_wait futex_requeue restart_syscall""",
    "Random bytes: hashes, secrets, numpy's seeds": "getrandom",
    "Clocks are read, none can be set; timers of its own": """
        nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday time getitimer setitimer alarm timer_create
        timer_settime timer_gettime timer_getoverrun timer_delete""",
}

#: By their arguments.
PARTLY = {
    "clone": "fork and threads; no flag that makes a namespace",
    "clone3": "absent, for its flags lie behind a pointer: libc takes clone",
    "socketpair": "AF_UNIX alone",
    "sendto": "without an address, so that nothing leaves its pair",
    "prctl": "names of threads, and questions",
    "ioctl": "questions of terminals and sizes, and non-blocking; TIOCSTI would type",
    "prlimit64": "of the process itself",
}


def reasons() -> dict[str, str]:
    """By name; one that stands twice fails."""
    found: dict[str, str] = {}
    for why, names in REASONS.items():
        for name in names.split():
            assert name not in found, name
            found[name] = why
    return found


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_each_has_a_reason(machine: str) -> None:
    allowed = seccomp.named(machine)
    assert sorted(set(allowed) - set(reasons())) == []
    assert set(seccomp.SPECIAL) == set(PARTLY)


def test_no_reason_for_what_is_not_allowed() -> None:
    everywhere = set(seccomp.named("x86_64")) | set(seccomp.named("aarch64"))
    assert sorted(set(reasons()) - everywhere) == []
    assert all(len(why) > 10 for why in (*REASONS, *PARTLY.values()))


#: Of these a reason would be no excuse: each is a known way out, or shares what should be apart.
NEVER = """
    ptrace process_vm_readv process_vm_writev pidfd_getfd kcmp execve execveat mount umount2 pivot_root chroot unshare
    setns open_tree move_mount fsopen socket connect bind listen accept accept4 bpf perf_event_open userfaultfd keyctl
    add_key request_key shmget shmat msgget semget mq_open io_uring_setup memfd_create memfd_secret setuid setgid
    setresuid setresgid capset seccomp init_module kexec_load reboot swapon syslog settimeofday clock_settime adjtimex
    inotify_init inotify_add_watch fanotify_init name_to_handle_at open_by_handle_at quotactl personality modify_ldt
    iopl ioperm process_madvise move_pages migrate_pages setxattr setdomainname sethostname vmsplice splice tee
    rt_tgsigqueueinfo sched_setscheduler sched_setattr landlock_create_ruleset
""".split()


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_what_is_never_allowed(machine: str) -> None:
    assert not set(NEVER) & (set(seccomp.named(machine)) | set(PARTLY))
