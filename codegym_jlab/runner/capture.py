"""What student code prints: counted and capped while it runs, so that a flood ends at its limit."""

from __future__ import annotations

import io
import sys
from os import SEEK_END as _END
from os import ftruncate as _ftruncate
from os import lseek as _lseek
from os import pread as _pread


class OutputLimit(BaseException):
    """More was printed than the limit allows."""


class Stream(io.TextIOBase):
    """A text stream that keeps what is written, up to its recording's limit."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, recording: Recording, fd: int) -> None:
        self._recording = recording
        self._fd = fd
        self.buffer = _Bytes(self)

    def write(self, text: str) -> int:
        """Keep `text`. Raises OutputLimit from the piece on that is too much."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._recording.add(str.__str__(text))
        return len(text)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._fd

    def isatty(self) -> bool:
        return False

    @property
    def name(self) -> str:
        return "<stdout>" if self._fd == 1 else "<stderr>"


class _Bytes(io.BufferedIOBase):
    """`sys.stdout.buffer`."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def write(self, data: object) -> int:
        raw = bytes(data)  # type: ignore[call-overload]
        self._stream.write(raw.decode("utf-8", "backslashreplace"))
        return len(raw)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._stream.fileno()


class Recording:
    """The output of one cell or check: Python's streams, and what C code wrote to files 1 and 2 after it."""

    def __init__(self, limit: int) -> None:
        """`limit` in characters."""
        self._streams = Stream(self, 1), Stream(self, 2)
        self.renew(limit)

    def renew(self, limit: int) -> None:
        """For the next cell or check."""
        self.limit = limit
        self.over = False
        self.parts: list[str] = []
        self.size = 0
        self.start = _size_of_file()

    def add(self, text: str) -> None:
        """Keep `text`, or as much of it as there is room for. Raises OutputLimit."""
        room = self.limit - self.size
        if len(text) > room:
            self.parts.append(text[:room])
            self.size = self.limit
            self.over = True
            raise OutputLimit
        self.parts.append(text)
        self.size += len(text)

    def install(self) -> None:
        """Become the process's standard output and error."""
        sys.stdout = sys.__stdout__ = self._streams[0]  # type: ignore[misc,assignment]
        sys.stderr = sys.__stderr__ = self._streams[1]  # type: ignore[misc,assignment]

    def finish(self) -> str:
        """All that was written, at most `limit` characters."""
        text = "".join(self.parts)
        size = _size_of_file() - self.start
        if size > 0:
            text += _read_file(self.start, min(size, 4 * self.limit)).decode("utf-8", "backslashreplace")
            self.over = self.over or len(text) > self.limit
        return text[: self.limit]


def _read_file(start: int, size: int) -> bytes:
    try:
        return _pread(1, size, start)
    except OSError:  # a folder, put there by student code
        return b""


def discard_file() -> None:
    """Forget what was written to files 1 and 2, between two checks."""
    try:
        if _size_of_file():
            _ftruncate(1, 0)
    except OSError:
        pass


def _size_of_file() -> int:
    """Its end, which is where all is written; 0 for what student code put there that has none."""
    try:
        return _lseek(1, 0, _END)
    except OSError:
        return 0
