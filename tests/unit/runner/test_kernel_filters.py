"""What the filters of notebook kernels allow beside a submission's, and why, on both machines that have tables."""

from __future__ import annotations

import pytest

from codegym_jlab.runner.isolation import seccomp

from . import filter_reader
from .filter_reader import ALLOW, ARCHITECTURE, ENOSYS, ENOTTY, EPERM

UNIX, INTERNET, STREAM, DATAGRAM = 1, 2, 1, 2

NUMBERS = {
    "x86_64": {
        "socket": 41, "socketpair": 53, "bind": 49, "listen": 50, "accept": 43, "accept4": 288, "connect": 42,
        "execve": 59, "execveat": 322, "setscheduler": 144, "openat": 257, "mknodat": 259, "fchmodat": 268, "clone": 56,
        "kill": 62, "mmap": 9, "ioctl": 16, "setsid": 112, "openat2": 437, "ptrace": 101, "mount": 165, "unshare": 272,
        "sendmsg": 46,
    },
    "aarch64": {
        "socket": 198, "socketpair": 199, "bind": 200, "listen": 201, "accept": 202, "accept4": 242, "connect": 203,
        "execve": 221, "execveat": 281, "setscheduler": 119, "openat": 56, "mknodat": 33, "fchmodat": 53, "clone": 220,
        "kill": 129, "mmap": 222, "ioctl": 29, "setsid": 157, "openat2": 437, "ptrace": 117, "mount": 40, "unshare": 97,
        "sendmsg": 211,
    },
}  # fmt: skip
KINDS = {
    "namespaces": seccomp.KERNEL,
    "confined": [*seccomp.CONFINED_KERNEL, *seccomp.CONFINED],
    "guests": seccomp.OTHER_KERNEL,
}
FORK, THREAD, USER_NAMESPACE = 0x01200011, 0x003D0F00, 0x10000011
SET_ID, ORDINARY, REAL_TIME = 0o4755, 0, 1
CREATE = 0o101

#: call, arguments -> which of the three allow it. Why:
EXPECTED: list[tuple[str, tuple[int, ...], str]] = [
    ("socket", (UNIX, STREAM), "namespaces guests"),  # ZeroMQ serves on them; confined ones are bound before
    ("socket", (INTERNET, STREAM), ""),
    ("socket", (UNIX, DATAGRAM), "guests"),  # a datagram could go to a socket of the host; guests see none
    ("socketpair", (UNIX, STREAM), "namespaces confined guests"),  # an event loop wakes itself up
    ("socketpair", (UNIX, DATAGRAM), "guests"),
    ("bind", (), "namespaces guests"),
    ("listen", (), "namespaces guests"),
    ("accept", (), "namespaces confined guests"),
    ("accept4", (), "namespaces confined guests"),
    ("connect", (), "guests"),  # among its own processes: the network is empty, no folder of the host is lent
    ("execve", (), "guests"),  # a shell runs programs
    ("execveat", (), "guests"),
    ("setscheduler", (0, ORDINARY), "namespaces confined guests"),  # ZeroMQ sets its threads' to what it is
    ("setscheduler", (0, REAL_TIME), ""),
    ("openat", (0, 0, CREATE, 0o644), "namespaces confined guests"),
    ("openat", (0, 0, CREATE, SET_ID), "guests"),  # no file of a guest's outlives it
    ("mknodat", (0, 0, SET_ID), "guests"),
    ("fchmodat", (0, 0, SET_ID), "guests"),
    ("fchmodat", (0, 0, 0o755), "namespaces guests"),  # Landlock leaves modes open
    ("clone", (FORK,), "namespaces guests"),
    ("clone", (THREAD,), "namespaces confined guests"),
    ("clone", (USER_NAMESPACE,), ""),
    ("setsid", (), "namespaces guests"),
    ("kill", (1, 9), "namespaces guests"),  # pid 1 of its own namespace
    ("mmap", (0, 0, 3, 1, 5), "namespaces confined guests"),  # numpy.memmap
    ("sendmsg", (), "namespaces guests"),  # descriptors ride on messages
    ("ptrace", (), ""),
    ("mount", (), ""),
    ("unshare", (), ""),
]


def answer(kind: str, machine: str, number: int, *args: int) -> int:
    """What the kernel would answer a notebook kernel of that kind."""
    return filter_reader.answer(seccomp.steps(machine, KINDS[kind]), ARCHITECTURE[machine], number, *args)


@pytest.mark.parametrize("machine", ARCHITECTURE)
@pytest.mark.parametrize("kind", KINDS)
def test_what_each_kind_of_kernel_may_do(kind: str, machine: str) -> None:
    for call, args, allowed in EXPECTED:
        found = answer(kind, machine, NUMBERS[machine][call], *args)
        assert found == (ALLOW if kind in allowed.split() else EPERM), (call, args)
    terminal = {code: answer(kind, machine, NUMBERS[machine]["ioctl"], 0, code) for code in (0x5401, 0x5402, 0x5412)}
    modes = ALLOW if kind == "guests" else ENOTTY
    assert terminal == {0x5401: ALLOW, 0x5402: modes, 0x5412: ENOTTY}, "TIOCSTI types into a terminal"
    assert answer(kind, machine, NUMBERS[machine]["openat2"]) == (ALLOW if kind == "guests" else ENOSYS)
    assert len(seccomp.steps(machine, KINDS[kind])) < 4096, "the longest that Linux takes"
