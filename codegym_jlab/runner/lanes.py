"""Two streams over one, in pieces that say whose they are: the control frames of a zygote, the bytes of its one lease.

A piece is a byte for the lane, four bytes of length (big-endian), and that many bytes. An empty piece ends its lane.
"""

from __future__ import annotations

import struct

TYPE_CHECKING = False  # typing itself is not imported: what the zygote holds, each fork pays for
if TYPE_CHECKING:
    from collections.abc import Iterator

CONTROL, LEASE = 0, 1
_HEAD = struct.Struct(">BI")
_MAX = 16 * 1024 * 1024


def pack(lane: int, data: bytes) -> bytes:
    """One piece."""
    return _HEAD.pack(lane, len(data)) + data


class Cutter:
    """Bytes as they come, cut at the borders of pieces; a long one is passed on in parts."""

    def __init__(self) -> None:
        self._data = b""
        self._lane = 0
        self._left = 0

    def cut(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """What came, by lane. Raises ValueError on what is no piece."""
        data = self._data + data
        self._data = b""
        while data:
            if self._left:
                part, data = data[: self._left], data[self._left :]
                self._left -= len(part)
                yield self._lane, part
                continue
            if len(data) < _HEAD.size:
                self._data = data
                return
            self._lane, self._left = _HEAD.unpack_from(data)
            data = data[_HEAD.size :]
            if self._lane not in (CONTROL, LEASE) or self._left > _MAX:
                raise ValueError("no piece of a lane")
            if not self._left:
                yield self._lane, b""
