"""The C library, for what is the same on every system."""

from __future__ import annotations

import ctypes

_libc = ctypes.CDLL(None)
_UNBUFFERED = 2
#: -1 to C; ctypes raises and forgets an error for what is below 0, which is some pages in each fork.
ALL = 0xFFFF_FFFF

kill = _libc.kill  #: past the hook that tells student code off; gives 0 where there was somebody
kill_nobody = _libc.close  #: called as that is, of a descriptor that cannot be: gives -1, and not 0


def unbuffer_output() -> None:
    """What C code prints with stdio reaches its file at once. See setvbuf(3)."""
    for name in ("stdout", "__stdoutp"):  # the second on macOS
        try:
            _libc.setvbuf(ctypes.c_void_p.in_dll(_libc, name), None, _UNBUFFERED, ctypes.c_size_t(0))
        except ValueError:
            continue


def kill_all_others() -> bool:
    """kill(-1, SIGKILL), past the hook that tells student code off: from pid 1, all in its namespace but itself.

    Returns whether there were any, the dead whom nobody has buried among them.
    """
    return bool(kill(ALL, 9) == 0)


def are_others() -> bool:
    """Whether pid 1 has company in its namespace, the dead whom nobody has buried among them."""
    return bool(kill(ALL, 0) == 0)
