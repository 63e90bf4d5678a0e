"""Landlock: the view may be read, the folder written, and nothing else. See landlock(7)."""

import os
import struct
from functools import cache

from . import linux

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446  # the same numbers on every architecture
_RULE_PATH_BENEATH = 1

_EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
_MAKE_CHAR, _MAKE_BLOCK = 1 << 6, 1 << 11
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15

READ = READ_FILE | READ_DIR


@cache
def abi() -> int:
    """The version that this kernel has; 0 when it has none. Asked once, by the zygote."""
    try:
        return linux.syscall(_CREATE, "landlock_create_ruleset", None, 0, 1)
    except OSError:
        return 0


def require() -> None:
    """Raises OSError where it has none."""
    if not abi():
        raise OSError("this kernel has no Landlock, or it is switched off (it needs Linux 5.13, and lsm=landlock)")


def _handled(version: int) -> int:
    rights = (1 << 13) - 1
    if version >= 2:
        rights |= _REFER
    if version >= 3:
        rights |= _TRUNCATE
    if version >= 5:
        rights |= _IOCTL_DEV
    return rights


def all_rights() -> int:
    """What may be done in a folder of one's own: all but executing and making devices."""
    return _handled(abi()) & ~(_EXECUTE | _MAKE_CHAR | _MAKE_BLOCK | _IOCTL_DEV)


def devices() -> list[tuple[str, int]]:
    """For `restrict_to`: those that hold nothing."""
    paths = (f"/dev/{name}" for name in "null zero full random urandom".split())
    return [(path, READ_FILE | WRITE_FILE) for path in paths if os.path.exists(path)]


def restrict_to(grants: list[tuple[str, int]]) -> int:
    """Restrict this process for good to rights in the kernel's LANDLOCK_ACCESS_FS_* bits, below each path.

    Needs no_new_privs. From ABI 4 no TCP, from 6 no signal and no abstract socket beyond its own descendants. Returns
    the ABI, 0 for none.
    """
    version = abi()
    if not version:
        return 0
    handled = _handled(version)
    words = [handled] + ([3] if version >= 4 else []) + ([3] if version >= 6 else [])
    attr = struct.pack(f"{len(words)}Q", *words)
    ruleset = linux.syscall(_CREATE, "landlock_create_ruleset", attr, len(attr), 0)
    try:
        for path, rights in grants:
            _allow(ruleset, path, rights & handled)
        linux.syscall(_RESTRICT, "landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)
    return version


def _allow(ruleset: int, path: str, rights: int) -> None:
    fd = os.open(path, os.O_PATH)
    try:
        rule = struct.pack("=Qi", rights, fd)
        linux.syscall(_ADD_RULE, "landlock_add_rule", ruleset, _RULE_PATH_BENEATH, rule, 0)
    finally:
        os.close(fd)
