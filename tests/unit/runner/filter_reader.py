"""What the kernel would answer under a filter: see seccomp(2) for the data and bpf(4) for the machine."""

from __future__ import annotations

import errno
import itertools
import struct
from collections.abc import Sequence

ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOW, KILL = 0x7FFF0000, 0x80000000
EPERM, ENOSYS, ENOTTY = (0x50000 | e for e in (errno.EPERM, errno.ENOSYS, errno.ENOTTY))


def answer(program: Sequence[tuple[int, int, int, int]], architecture: int, number: int, *args: int) -> int:
    """To one call: a program's steps are run by a small interpreter."""
    return walked(program, architecture, number, *args)[0]


def walked(program: Sequence[tuple[int, int, int, int]], architecture: int, number: int, *args: int) -> tuple[int, int]:
    """The same, and how many steps that took."""
    words = [*args, 0, 0, 0, 0, 0, 0][:6]
    data = struct.pack("<IIQ6Q", number, architecture, 0, *words)
    at = accumulator = 0
    for taken in itertools.count(1):
        code, true, false, operand = program[at]
        at += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, operand)
        elif code == 0x54:
            accumulator &= operand
        elif code == 0x06:
            return operand, taken
        else:
            holds = {
                0x15: accumulator == operand,
                0x25: accumulator > operand,
                0x35: accumulator >= operand,
                0x45: bool(accumulator & operand),
            }[code]
            at += true if holds else false
    raise AssertionError("it ends by an answer alone")
