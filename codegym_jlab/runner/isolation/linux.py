"""The Linux calls that Python's library lacks, through ctypes. Numbers are those of the kernel's own headers."""

import ctypes
import errno
import os
import struct
from collections.abc import Callable

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_MOVE, MS_REC, MS_PRIVATE = 32, 4096, 8192, 16384, 1 << 18
MNT_DETACH = 2

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_KEEPCAPS, PR_CAPBSET_DROP = 1, 4, 8, 24
PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 38, 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

MACHINE = os.uname().machine
# only these two have a seccomp table; elsewhere the namespaces level says that it is not available
_NUMBERS = {"x86_64": {"pivot_root": 155, "seccomp": 317}, "aarch64": {"pivot_root": 41, "seccomp": 277}}
SYS_MOUNT_SETATTR = 442

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mount.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p]
_libc.umount2.argtypes = [ctypes.c_char_p, ctypes.c_int]
_libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
_libc.syscall.restype = ctypes.c_long
_capset = _libc.capset
_THIS_THREAD = struct.pack("Ii", 0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3


def _checked(result: int, what: str) -> int:
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def syscall(number: int, what: str, *args: object) -> int:
    """syscall(2). Integers are passed as 64-bit words."""
    words = [ctypes.c_long(a) if isinstance(a, int) else a for a in args]
    return _checked(_libc.syscall(ctypes.c_long(number), *words), what)


def unshare(flags: int) -> None:
    """unshare(2)."""
    _checked(_libc.unshare(flags), "unshare")


def setns(fd: int, kind: int) -> None:
    """setns(2)."""
    _checked(_libc.setns(fd, kind), "setns")


def mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    """mount(2)."""
    encoded = [None if t is None else os.fsencode(t) for t in (source, target, kind, data)]
    _checked(_libc.mount(encoded[0], encoded[1], encoded[2], flags, encoded[3]), f"mount {target}")


def umount(target: str) -> None:
    """umount2(2), lazily."""
    _checked(_libc.umount2(os.fsencode(target), MNT_DETACH), f"umount {target}")


def pivot_root() -> None:
    """pivot_root(2): from this folder on, the old root being its `old`."""
    syscall(_NUMBERS[MACHINE]["pivot_root"], "pivot_root", b".", b"old")


def set_mount_readonly(path: str, flags: int) -> None:
    """mount_setattr(2) on a mount and all below it: read-only, and the MS_NOSUID, MS_NODEV, MS_NOEXEC of `flags`."""
    bits = 1 | (flags & (MS_NOSUID | MS_NODEV | MS_NOEXEC))  # MOUNT_ATTR_* have the same values
    attr = struct.pack("QQQQ", bits, 0, 0, 0)
    at_fdcwd, at_recursive = -100, 0x8000
    syscall(SYS_MOUNT_SETATTR, "mount_setattr", at_fdcwd, os.fsencode(path), at_recursive, attr, len(attr))


def prctl(option: int, value: int) -> int:
    """prctl(2)."""
    return _checked(_libc.prctl(option, value, 0, 0, 0), f"prctl {option}")


def set_filter(descriptor: bytes) -> None:
    """seccomp(2) with SECCOMP_SET_MODE_FILTER; `descriptor` is a struct sock_fprog."""
    syscall(_NUMBERS[MACHINE]["seccomp"], "seccomp", 1, 0, descriptor)


def go_on_in_child(control: int, tidy_up: Callable[[], None] = lambda: None) -> None:
    """fork(2), returning in the child alone; the parent gives up `control`, waits for its end, and ends as it did."""
    pid = os.fork()
    if pid:
        os.close(control)
        _, status = os.waitpid(pid, 0)
        tidy_up()
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    prctl(PR_SET_PDEATHSIG, 9)
    os.setsid()


def become(user: int, group: int) -> None:
    """This user, in no other group. For root alone."""
    os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)


def drop_root(user: int, group: int, kept: int = 0) -> None:
    """Become this user for good, with the capabilities in the bits of `kept` alone. For root."""
    drop_bounding_set()
    prctl(PR_SET_KEEPCAPS, 1 if kept else 0)
    become(user, group)
    keep_capabilities(kept)


def drop_bounding_set() -> None:
    """What no program that this process executes can gain: everything."""
    for capability in range(64):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError as e:
            if e.errno == errno.EINVAL:  # one past the last that this kernel knows
                return
            raise


def keep_capabilities(kept: int) -> None:
    """Give up all permitted and effective ones but the bits of `kept`, each below 32; none passes through an exec."""
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    _checked(_capset(_THIS_THREAD, struct.pack("6I", kept, kept, 0, 0, 0, 0)), "capset")
