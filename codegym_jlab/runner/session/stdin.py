"""Standard input of student code: a text that a check gives, read by the stream or by its bytes."""

from __future__ import annotations

import io


class Typed(io.StringIO):
    """One stream for all cells and checks of a process, so that what took hold of it in a cell reads on in a check."""

    def __init__(self) -> None:
        super().__init__("")
        self._bytes = _Bytes(self)

    @property
    def buffer(self) -> _Bytes:  # type: ignore[override]
        """The same, as bytes."""
        return self._bytes

    def refill(self, text: str) -> bool:
        """Only `text` is there to read. False where student code has closed the stream."""
        try:
            if text or self.getvalue() or self._bytes.left:
                self.seek(0)
                self.truncate()
                self.write(text)
                self.seek(0)
                self._bytes.left = b""
        except ValueError:
            return False
        return True

    def reconfigure(self, **options: object) -> None:
        """Python's own stream has it; this one is text already."""


class _Bytes(io.BufferedIOBase):
    """`sys.stdin.buffer`."""

    def __init__(self, text: io.StringIO) -> None:
        self._text = text
        self.left = b""  #: what was read of the text and not asked for yet

    def read(self, size: int | None = -1, /) -> bytes:
        """At most `size` bytes, or all."""
        if size is None or size < 0:
            data = self.left + self._text.read().encode()
            cut = len(data)
        else:
            data = self.left + self._text.read(max(size - len(self.left), 0)).encode()
            cut = size
        data, self.left = data[:cut], data[cut:]
        return data

    read1 = read

    def readline(self, size: int | None = -1, /) -> bytes:
        """A line, its end included."""
        if b"\n" not in self.left:
            self.left += self._text.readline().encode()
        end = self.left.find(b"\n") + 1 or len(self.left)
        return self.read(end if size is None or size < 0 else min(size, end))

    def readable(self) -> bool:
        return True
