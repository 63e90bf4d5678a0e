"""The seccomp filter: an allow-list, in the machine language of the kernel's packet filter. See seccomp(2)."""

from __future__ import annotations

import ctypes
import errno
import os
import struct

from . import kernel, system_calls

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
    out += [(_IF_NOT_LESS, 0, 1, system_calls.FIRST_UNKNOWN), absent]  # x32 calls have bit 30 set, so they end here too
    return [*out, *(first or []), *_tree(_leaves(machine))]


def _leaves(machine: str) -> list[tuple[int, list[_Step]]]:
    """The number from which on calls are answered so, and the steps that do it: all calls, in their order."""
    answers = dict.fromkeys(system_calls.ABSENT[machine], [(_RETURN, 0, 0, _errno(errno.ENOSYS))])
    answers |= _special(system_calls.SPECIAL[machine])
    answers |= dict.fromkeys(system_calls.allowed(machine), [(_RETURN, 0, 0, _ALLOW)])
    leaves: list[tuple[int, list[_Step]]] = []
    for number in range(system_calls.FIRST_UNKNOWN):
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
    program = steps(kernel.MACHINE, first)
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *s) for s in program))
    _prepared.append((code, len(program)))
    _own.extend(8 * n + 4 for n, step in enumerate(program) if step[3] == OWN_PID)


def install() -> None:
    """Put the filter on this process and all its descendants. Needs no_new_privs."""
    code, length = _prepared[0]
    for place in _own:
        struct.pack_into("I", code, place, os.getpid())
    descriptor = struct.pack("HxxxxxxQ", length, ctypes.addressof(code))
    kernel.set_filter(descriptor)
