"""What student code prints: counted and capped while it runs, so that a flood ends at its limit."""

import io
import sys
from _thread import get_ident as _get_ident
from os import SEEK_END as _END, ftruncate as _ftruncate, lseek as _lseek, pread as _pread

_MOST_TYPED = 200


class OutputLimit(BaseException):
    """More was printed than the limit allows."""


class Stream(io.TextIOBase):
    """A text stream that keeps what is written, up to its recording's limit."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, recording: "Recording", fd: int) -> None:
        self._recording = recording
        self._fd = fd
        self.buffer = _Bytes(self)
        self.line_buffering = True

    def write(self, text: str) -> int:
        """Keep `text`. Raises OutputLimit from the piece on that is too much."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._recording.add(str.__str__(text), self._fd)
        return len(text)

    def reconfigure(self, **options: object) -> None:
        """Python's own streams have it; this one is always UTF-8, and keeps nothing back."""

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._fd

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
    """The output of one cell or check, in its order: Python's streams, and what C code writes to files 1 and 2."""

    def __init__(self, limit: int) -> None:
        """`limit` in characters."""
        self._streams = Stream(self, 1), Stream(self, 2)
        self._deaf_to = frozenset[int]()
        self.renew(limit)

    def renew(self, limit: int) -> None:
        """For the next cell or check; the streams stay, which student code may have kept."""
        self.limit = limit
        self.over = False
        self.parts: list[str] = []
        self.errors: list[int] = []  #: which parts went to standard error, or were typed
        self.typed: list[int] = []
        self.size = 0
        self.seen = _size_of_file()  #: so far the file was read

    def be_deaf(self) -> None:
        """From now on to all threads that there are but this one: what they print is nobody's output."""
        self._deaf_to = frozenset(sys._current_frames()) - {_get_ident()}

    def add(self, text: str, fd: int = 1) -> None:
        """Keep `text`, or as much of it as there is room for. Raises OutputLimit."""
        if self._deaf_to and _get_ident() in self._deaf_to:
            return
        end = _size_of_file()
        if end != self.seen:
            self._read_to(end)
        if fd == 2:
            self.errors.append(len(self.parts))
        self._keep(text)
        if self.over:
            raise OutputLimit

    def echo(self, text: str) -> None:
        """Keep a line that was typed, as a terminal shows it: it is no part of what is printed."""
        self.add(text, 2)
        self.typed.append(len(self.parts) - 1)

    def typed_lines(self) -> list[list[int]]:
        """Where typed text ends a line: the line's number, from 1, and how many characters."""
        found, line = [], 1
        typed = set(self.typed[:_MOST_TYPED])
        for number, part in enumerate(self.parts if typed else ()):
            if number in typed:
                found.append([line, len(part.rstrip("\n"))])
            line += part.count("\n")
        return found

    def _keep(self, text: str) -> None:
        kept = text[: self.limit - self.size]
        self.parts.append(kept)
        self.size += len(kept)
        self.over = self.over or len(kept) < len(text)

    def _read_to(self, end: int) -> None:
        """Take over what C code has written to the file, up to there."""
        start, self.seen = self.seen, end
        if end > start:
            most = 4 * (self.limit - self.size) + 4
            self._keep(_read_file(start, min(end - start, most)).decode("utf-8", "backslashreplace"))

    def install(self) -> None:
        """Become the process's standard output and error."""
        sys.stdout = sys.__stdout__ = self._streams[0]  # type: ignore[misc,assignment]
        sys.stderr = sys.__stderr__ = self._streams[1]  # type: ignore[misc,assignment]

    def finish(self) -> str:
        """All that was written, at most `limit` characters."""
        self._read_to(_size_of_file())
        return "".join(self.parts)[: self.limit]

    def apart(self) -> str | None:
        """After `finish`: what went to standard output alone; None where that is all."""
        return self.printed(0)[: self.limit] if self.errors else None

    def printed(self, first: int) -> str:
        """What went to standard output, from part number `first` on."""
        errors = set(self.errors)
        return "".join(part for number, part in enumerate(self.parts[first:], first) if number not in errors)


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
