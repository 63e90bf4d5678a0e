"""Locks of files, for submissions: all leases read the same libraries, and a lock on one would be seen by the others.

A library may be locked by whoever can read it, at any of 2^63 places: a hidden input would fit. So a lock is said to be
taken, and none is. Leases, notices of changes, owners of signals and larger pipes are refused.
"""

from __future__ import annotations

import errno

from .seccomp import _ALLOW, _RETURN, _answer, _argument, _errno, _Step, _when

_NUMBERS = {"x86_64": {"fcntl": 72, "flock": 73}, "aarch64": {"fcntl": 25, "flock": 32}}
#: Duplicates, flags, a pipe's size and sealed memory's seals, as they are.
_PLAIN = (0, 1, 2, 3, 4, 9, 1030, 1032, 1034)
#: F_GETLK F_SETLK F_SETLKW, and the same of open file descriptions.
_LOCKS = (5, 6, 7, 36, 37, 38)


def steps(machine: str) -> list[_Step]:
    """The steps to put before all others."""
    numbers = _NUMBERS[machine]
    body = [_argument(1)]
    for command in _PLAIN:
        body += _answer(command, _ALLOW)
    for command in _LOCKS:
        body += _answer(command, _errno(0))
    body.append((_RETURN, 0, 0, _errno(errno.EPERM)))
    return [*_when(numbers["fcntl"], body), *_answer(numbers["flock"], _errno(0))]
