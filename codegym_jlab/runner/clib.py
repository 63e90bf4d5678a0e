"""The C library, for what is the same on every system."""

from __future__ import annotations

import ctypes

_libc = ctypes.CDLL(None)
_kill = _libc.kill
_UNBUFFERED = 2


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
    return bool(_kill(-1, 9) == 0)


def are_others() -> bool:
    """Whether pid 1 has company in its namespace, the dead whom nobody has buried among them."""
    return bool(_kill(-1, 0) == 0)
