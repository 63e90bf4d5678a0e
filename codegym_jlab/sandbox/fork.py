"""The host's side of one fork of a zygote: frames to it and from it, and how it ended."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Any

from ..runner import frames
from .base import ExitStatus


class Fork:
    """One child of a zygote: a socket to it, and how it ended once it has."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.status: ExitStatus | None = None
        self._socket: socket.socket | None = None
        self._buffer = frames.Buffer()
        self._gone = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._listens = False
        self._awaited: asyncio.Future[dict[str, Any]] | None = None
        self._first = b""  #: goes with the next frame

    def connect(self, fd: int) -> None:
        """Take the socket that the zygote sent."""
        self._socket = socket.socket(fileno=fd)
        self._socket.setblocking(False)

    def begin(self, frame: dict[str, Any]) -> None:
        """A frame that nothing answers: it goes with the next, and wakes the fork no more. Raises EOFError, OSError."""
        with contextlib.suppress(BlockingIOError):
            if self._socket is None or not self._socket.recv(1, socket.MSG_PEEK):
                raise EOFError
        self._first += frames.pack(frame)

    async def send(self, frame: dict[str, Any]) -> None:
        """Raises EOFError or OSError when it is gone."""
        if self._socket is None:
            raise EOFError
        data, self._first = self._first + frames.pack(frame), b""
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        if sent < len(data):
            await self._loop.sock_sendall(self._socket, data[sent:])

    def is_silent(self) -> bool:
        """Whether nothing came that was not asked for."""
        if self._socket is None:
            return True
        try:
            return self._buffer.empty and not self._socket.recv(1, socket.MSG_PEEK)
        except OSError:  # nothing there, or nobody
            return True

    async def receive(self) -> dict[str, Any]:
        """The next frame. Raises EOFError, OSError, or ValueError when what came is no frame."""
        frame = self._take()
        if frame is not None:
            return frame
        if self._socket is None:
            raise EOFError
        self._awaited = self._loop.create_future()
        if not self._listens:  # from now on: one reader for all frames costs less than one for each
            self._listens = True
            self._loop.add_reader(self._socket.fileno(), self._hear)  # asyncio puts what it does not know into words
            self._hear()  # a spare's first word has been there for long
        try:
            return await self._awaited
        finally:
            self._awaited = None

    def _hear(self) -> None:
        awaited = self._awaited
        if awaited is None or awaited.done():  # what nobody waits for stays in the socket
            self._stop_listening()
            return
        try:
            data = self._socket.recv(1 << 16) if self._socket is not None else b""
            if not data:
                raise EOFError
            self._buffer.feed(data)
            frame = self._take()
        except BlockingIOError:
            return
        except (EOFError, OSError, ValueError) as e:
            self._stop_listening()
            awaited.set_exception(e)
            return
        if frame is not None:
            awaited.set_result(frame)

    def _stop_listening(self) -> None:
        if self._listens and self._socket is not None:
            self._listens = False
            self._loop.remove_reader(self._socket)

    def _take(self) -> dict[str, Any] | None:
        try:
            return self._buffer.take()
        except RecursionError as e:
            raise ValueError("nested too deep") from e

    async def gone(self) -> ExitStatus:
        """Wait until the zygote has buried it."""
        await self._gone.wait()
        assert self.status is not None
        return self.status

    def bury(self, status: ExitStatus) -> None:
        """It has ended; the first status stays."""
        if self.status is None:
            self.status = status
        self._gone.set()

    def hang_up(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            self._stop_listening()
            self._socket.close()
            self._socket = None
            if self._awaited is not None and not self._awaited.done():
                self._awaited.set_exception(EOFError())
