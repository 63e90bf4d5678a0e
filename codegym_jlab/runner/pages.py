"""Large pages for what all forks share and none writes to: Python's own code. A fork takes over one entry for 2 MB.

Without, each fork maps the code again, page by page as it runs into it, and its end unmaps them. Where the kernel has
no large page to give, all stays as it is.
"""

from __future__ import annotations

import ctypes

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from collections.abc import Iterator

_SIZE = 2 << 20
_READ, _EXECUTE, _WRITE = 1, 4, 2
_PRIVATE_ANONYMOUS = 0x22
_MADV_HUGEPAGE = 14
_MAY_MOVE_TO = 1 | 2
_FAILED = ctypes.c_void_p(-1).value

_libc = ctypes.CDLL(None, use_errno=True)
for _name, _kinds in (
    ("mmap", "pLiiil"), ("munmap", "pL"), ("madvise", "pLi"), ("mprotect", "pLi"), ("mremap", "pLLip"),
):  # fmt: skip
    _kind = {"p": ctypes.c_void_p, "L": ctypes.c_size_t, "i": ctypes.c_int, "l": ctypes.c_long}
    getattr(_libc, _name).argtypes = [_kind[k] for k in _kinds]
_libc.mmap.restype = _libc.mremap.restype = ctypes.c_void_p


def enlarge_code() -> int:
    """Move this interpreter's code into large pages. Returns how many there are now. See mremap(2)."""
    try:
        start, end = _code()
    except OSError:  # no procfs here
        return 0
    first = -(-start // _SIZE) * _SIZE
    return sum(_moved(place) for place in range(first, end - _SIZE + 1, _SIZE))


def _code() -> tuple[int, int]:
    """Where the file that holds Python's own functions is mapped without a gap, never to be written."""
    inside = ctypes.cast(ctypes.pythonapi.Py_IncRef, ctypes.c_void_p).value or 0
    ours, low, high = "", 0, 0
    for start, end, rights, path in [*_mappings()]:
        if start != high or path != ours or "w" in rights:
            if low <= inside < high:
                break
            ours, low = path, start
        high = end if path and "w" not in rights else 0
    return low, high


def _mappings() -> Iterator[tuple[int, int, str, str]]:
    """Start, end, rights and file of each, in their order."""
    with open("/proc/self/maps") as f:
        for line in f:
            where, rights, _, _, _, *path = line.split(maxsplit=5)
            start, _, end = where.partition("-")
            yield int(start, 16), int(end, 16), rights, path[0].strip() if path else ""


def _moved(place: int) -> bool:
    """Replace the 2 MB at `place` by the same in a large page, if there is one."""
    room = _libc.mmap(None, 2 * _SIZE, _READ | _WRITE, _PRIVATE_ANONYMOUS, -1, 0)
    if room in (None, _FAILED):
        return False
    new = -(-room // _SIZE) * _SIZE
    try:
        if _libc.madvise(new, _SIZE, _MADV_HUGEPAGE):
            return False
        ctypes.memmove(new, place, _SIZE)
        if not _is_large(new) or _libc.mprotect(new, _SIZE, _READ | _EXECUTE):
            return False
        return bool(_libc.mremap(new, _SIZE, _SIZE, _MAY_MOVE_TO, place) == place)
    finally:
        _libc.munmap(room, new - room)
        _libc.munmap(new, room + 2 * _SIZE - new)


def _is_large(place: int) -> bool:
    with open("/proc/self/smaps") as f:
        rows = iter(f)
        for row in rows:
            low, _, high = row.split(maxsplit=1)[0].partition("-")
            if high and int(low, 16) <= place < int(high, 16):
                break
        return next((int(row.split()[1]) > 0 for row in rows if row.startswith("AnonHugePages:")), False)
