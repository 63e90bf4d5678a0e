"""The filter's program, run by a small interpreter: on this machine and on the other that it has tables for."""

from __future__ import annotations

import pytest

from codegym_jlab.runner.isolation import seccomp

from . import filter_reader
from .filter_reader import ALLOW, ARCHITECTURE, ENOSYS, ENOTTY, EPERM, KILL


def answer(machine: str, number: int, *args: int, architecture: int | None = None) -> int:
    """What the kernel would answer a submission."""
    program = seccomp.steps(machine)
    return filter_reader.answer(program, architecture or ARCHITECTURE[machine], number, *args)


@pytest.mark.parametrize("machine", ARCHITECTURE)
def test_filter(machine: str) -> None:
    special = seccomp.NUMBERS[machine]
    for number in seccomp.named(machine).values():
        assert answer(machine, number) == ALLOW
    assert answer(machine, special["clone3"]) == ENOSYS
    assert answer(machine, special["clone"], 0x01200011) == ALLOW  # fork
    assert answer(machine, special["clone"], 0x003D0F00) == ALLOW  # a thread
    for flag in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
        assert answer(machine, special["clone"], flag | 17) == EPERM
    assert answer(machine, special["socketpair"], 1) == ALLOW
    assert answer(machine, special["socketpair"], 2) == EPERM
    assert answer(machine, special["sendto"], 3, 0, 0, 0, 0, 0) == ALLOW
    assert answer(machine, special["sendto"], 3, 0, 0, 0, 4096, 16) == EPERM
    assert answer(machine, special["sendto"], 3, 0, 0, 0, 1 << 32, 16) == EPERM
    assert answer(machine, special["prctl"], 15) == ALLOW
    assert answer(machine, special["prctl"], 1) == EPERM
    assert answer(machine, special["ioctl"], 1, 0x5401) == ALLOW
    assert answer(machine, special["ioctl"], 1, 0x5412) == ENOTTY
    assert answer(machine, special["prlimit64"], 0) == ALLOW
    assert answer(machine, special["prlimit64"], 1) == EPERM
    for number in (*map(special.get, seccomp.ABSENT), 457, 9999, 0x40000000, 0x40000001, 0xFFFFFFFF):
        assert answer(machine, number) == ENOSYS
    assert answer(machine, 0, architecture=0x40000003) == KILL


REFUSED = {
    "x86_64": (41, 42, 49, 50, 59, 101, 165, 166, 155, 161, 272, 308, 310, 321, 322, 323, 298, 250, 434 + 4, 29, 135),
    "aarch64": (198, 203, 200, 201, 221, 117, 40, 39, 41, 51, 97, 268, 270, 280, 281, 282, 241, 219, 438, 194, 92),
}


@pytest.mark.parametrize("machine", ARCHITECTURE)
def test_refused(machine: str) -> None:
    """socket connect bind listen execve ptrace mount umount2 pivot_root chroot unshare setns process_vm_readv bpf …"""
    for number in REFUSED[machine]:
        assert answer(machine, number) == EPERM, number


@pytest.mark.parametrize("machine", ARCHITECTURE)
def test_every_number_has_one_answer(machine: str) -> None:
    program, allowed = seccomp.steps(machine), set(seccomp.named(machine).values())
    special, absent = ({seccomp.NUMBERS[machine][n] for n in names} for names in (seccomp.SPECIAL, seccomp.ABSENT))
    for number in range(seccomp.FIRST_UNKNOWN):
        told = filter_reader.answer(program, ARCHITECTURE[machine], number)
        if number not in special:
            assert told == (ALLOW if number in allowed else ENOSYS if number in absent else EPERM), number
