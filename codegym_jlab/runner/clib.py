"""The C library, for what is the same on every system."""

from __future__ import annotations

import ctypes

_libc = ctypes.CDLL(None, use_errno=True)
_kill = _libc.kill
_fflush = _libc.fflush


def flush_streams() -> None:
    """fflush(NULL): what C code printed with stdio reaches its file."""
    _fflush(None)


def kill_all_others() -> bool:
    """kill(-1, SIGKILL), past the hook that tells student code off: from pid 1, all in its namespace but itself.

    Returns whether there were any, the dead whom nobody has buried among them.
    """
    return bool(_kill(-1, 9) == 0)


def are_others() -> bool:
    """Whether pid 1 has company in its namespace, the dead whom nobody has buried among them."""
    return bool(_kill(-1, 0) == 0)
