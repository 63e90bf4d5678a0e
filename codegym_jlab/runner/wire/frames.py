"""Frames of the two stream sockets: four bytes of length (big-endian), then that much JSON in ASCII.

A container has one stream for both: pieces of a byte for the lane, four bytes of length and that many bytes. An empty
piece ends its lane.
"""

import _socket
import json
import struct
from collections.abc import Iterator
from os import read as _read, write as _write
from signal import Signals
from typing import Any

#: An object of JSON: what a frame carries.
Json = dict[str, Any]
#: Names of a running program, and what they stand for.
Names = dict[str, Any]

#: The largest frame either side sends, in bytes.
MAX_FRAME = 8 * 1024 * 1024


def _no_constant(token: str) -> float:
    raise ValueError(f"{token} is no JSON")


_encoder = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
_decoder = json.JSONDecoder(parse_constant=_no_constant)


class Closed(Exception):
    """The other side went away."""


def pack(frame: Json) -> bytes:
    """The bytes of one frame. Raises ValueError over MAX_FRAME."""
    body = _encoder.encode(frame).encode("ascii")
    if len(body) > MAX_FRAME:
        raise ValueError("frame too large")
    return len(body).to_bytes(4, "big") + body


def read_exactly(fd: int, count: int) -> bytes:
    """`count` bytes from a blocking fd. Raises Closed at its end."""
    data = bytearray()
    while len(data) < count:
        try:
            part = _read(fd, min(count - len(data), 1 << 20))
        except OSError as e:
            raise Closed from e
        if not part:
            raise Closed
        data += part
    return bytes(data)


def read_frame(fd: int) -> Json:
    """The next frame of a blocking fd. Raises Closed."""
    size = int.from_bytes(read_exactly(fd, 4), "big")
    frame = _decoder.decode(read_exactly(fd, size).decode("ascii"))
    assert isinstance(frame, dict)
    return frame


def write_all(fd: int, data: bytes) -> None:
    """Write all of `data` to a blocking fd. Raises Closed."""
    left = memoryview(data)
    try:
        while left:
            left = left[_write(fd, left) :]
    except OSError as e:
        raise Closed from e


def write_frame(fd: int, frame: Json) -> None:
    """Send one frame on a blocking fd."""
    write_all(fd, pack(frame))


def send_with_fd(sock: _socket.socket, frame: Json, fd: int) -> None:
    """Send one frame on a UNIX socket with an open file riding on its first byte."""
    data = pack(frame)
    sent = sock.sendmsg([data], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, struct.pack("i", fd))])
    write_all(sock.fileno(), data[sent:])


class Buffer:
    """Bytes as they come from a stream, cut into frames; for the two ends that must not block."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> None:
        """Add what was received."""
        self._data += data

    @property
    def empty(self) -> bool:
        """Whether nothing is left in it."""
        return not self._data

    @property
    def full(self) -> bool:
        """Whether it holds more than a frame may: there is something to take, or a fault."""
        return len(self._data) > MAX_FRAME + 4

    def take(self) -> Json | None:
        """The next whole frame, or None. Raises ValueError on what is no frame."""
        if len(self._data) < 4:
            return None
        size = int.from_bytes(self._data[:4], "big")
        if size > MAX_FRAME:
            raise ValueError("frame too large")
        if len(self._data) < 4 + size:
            return None
        body = self._data[4 : 4 + size].decode("ascii")
        del self._data[: 4 + size]
        try:
            frame = _decoder.decode(body)
        except RecursionError as e:
            raise ValueError("nested too deep") from e
        if not isinstance(frame, dict):
            raise ValueError("a frame is an object")
        return frame


CONTROL, LEASE = 0, 1
_HEAD = struct.Struct(">BI")
_MAX = 16 * 1024 * 1024


def pack_lane(lane: int, data: bytes) -> bytes:
    """One piece."""
    return _HEAD.pack(lane, len(data)) + data


def read_first(fd: int) -> Json:
    """The frame that the first piece holds. Raises Closed."""
    read_exactly(fd, _HEAD.size)
    return read_frame(fd)


class Cutter:
    """Bytes as they come, cut at the borders of pieces; a long one is passed on in parts."""

    _data = b""
    _lane = 0
    _left = 0

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


def reply(status: str, stdout: str, **rest: Any) -> Json:
    """The frame that answers a check."""
    keys = "apart value unsupported reason failure raised violation".split()
    return {"status": status, "stdout": stdout, **dict.fromkeys(keys), **rest}


def death(kind: str, message: str) -> Json:
    """A failure that has no line."""
    return {"type": kind, "message": message, "line": None, "cell": None, "frames": []}


_DEATHS = {"timeout": "TLE", "output": "OLE", "memory": "MemoryError", "exited": "exit", "syntax": "SyntaxError"}


def ended(status: str, message: str = "") -> Json:
    """The answer of a check that came to that end: one of `_DEATHS`."""
    return reply(status, "", failure=death(_DEATHS[status], message))


def crashed(number: int) -> Json:
    """The answer of a check whose process a signal ended."""
    try:
        name = Signals(number).name
    except ValueError:
        name = f"signal {number}"
    return reply("crashed", "", failure=death(name, f"the process was ended by {name}"))
