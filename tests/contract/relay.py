"""A relay before a sandbox host's socket: keeps what passes, and can cut every connection at once."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path


class Relay:
    """Listens at `path`, passes on to `target`. `up` is what clients sent, `down` what they were answered."""

    def __init__(self, path: Path, target: Path) -> None:
        self.path, self.up, self.down = path, bytearray(), bytearray()
        self._target = str(target)
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._run(self._accept)

    def cut(self) -> None:
        """End every connection that there is, on both sides."""
        for end in self._open[:]:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(120)
        for end in self._open:
            end.close()

    def _run(self, act: object, *args: object) -> None:
        thread = threading.Thread(target=act, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            host = socket.socket(socket.AF_UNIX)
            self._open += [client, host]
            try:
                host.connect(self._target)
            except OSError:
                client.shutdown(socket.SHUT_RDWR)
                continue
            self._run(self._pump, client, host, self.up)
            self._run(self._pump, host, client, self.down)

    def _pump(self, source: socket.socket, target: socket.socket, kept: bytearray) -> None:
        try:
            while data := source.recv(1 << 16):
                kept += data
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
