"""The C library, for what is the same on every system."""

from __future__ import annotations

import ctypes

_libc = ctypes.CDLL(None, use_errno=True)


def flush_streams() -> None:
    """fflush(NULL): what C code printed with stdio reaches its file."""
    _libc.fflush(None)
