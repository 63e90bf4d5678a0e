"""A `base.Sandbox` whose processes are on a sandbox host. What a host says is read with suspicion, like a student's.

Each lease has a connection of its own, on which one question is asked at a time: a lease ends with its connection.
Files of a course are named by their SHA-256; the host asks for those that it lacks.
"""

import asyncio
import os
import socket
import ssl
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from codegym_jlab.records import digest_of
from codegym_jlab.runner.wire.frames import Json

from ...runner.wire import frames
from ..base import (
    Answers,
    ExitKind,
    ExitStatus,
    Image,
    Limits,
    Process,
    ProcessEnded,
    Sandbox,
    SandboxUnavailable,
    lease_ended,
    leasing,
    stamp_of,
)
from ..namespaces import relative
from . import protocol
from .protocol import HostAddress

#: Before each try to connect, and for it: a host that is restarted is soon back, and one that hangs is left for others.
_TRIES_S = ((0.0, 2.0), (0.05, 4.0), (0.1, 4.0), (0.2, 4.0), (0.4, 4.0), (0.8, 20.0))
_AVOIDED_S = 30.0  # for which a host that failed is asked after the others; then one lease tries it
_LEASE_S = 90.0  # a zygote that imports much
_GRACE_S = 15.0  # beyond a frame's own time, should the host be busy
_SHORT_S = 10.0
_TEXT = 500

Answer = tuple[Json, bytes]


class ConnectionLost(Exception):
    """The connection ended; the text says how."""


@dataclass(eq=False)
class Connection:
    """One connection to a sandbox host, made by `open`. Asked one question at a time."""

    _reader: StreamReader
    _writer: StreamWriter
    about: Json  #: what the host said of itself; not to be believed further than a text for staff

    @classmethod
    async def open(cls, address: HostAddress, within: float) -> "Connection":
        """Connect, and prove the key both ways. Raises protocol.WrongKey, or ConnectionLost where no host answers."""
        writer: StreamWriter | None = None
        try:
            async with asyncio.timeout(within):
                reader, writer = await _connected(address)
                return cls(reader, writer, await protocol.authenticate_to_host(reader, writer, address.key))
        except BaseException as e:
            if writer is not None:
                writer.transport.abort()
            raise _as_lost(e) from None

    async def ask(self, head: Json, body: bytes = b"", *, within: float) -> Answer:
        """Send one question and return its answer. Where none comes the connection is ended, and with it its lease.

        Raises ConnectionLost, also after `within` seconds; ValueError for what is too large to send.
        """
        packed = protocol.packed(head, body)
        try:
            async with asyncio.timeout(within):
                self._writer.write(packed)
                await self._writer.drain()
                return await protocol.receive(self._reader)
        except BaseException as e:  # its answer would be taken for that to the next question
            self.drop()
            raise _as_lost(e) from None

    async def asked(self, head: Json, within: float, body: bytes = b"") -> Json:
        """The answer to a question that is about no process. Raises SandboxUnavailable."""
        try:
            answer, _ = await self.ask(head, body, within=within)
        except ConnectionLost as e:
            raise SandboxUnavailable(f"the sandbox host: {e}") from None
        if "refused" in answer:
            raise SandboxUnavailable(f"the sandbox host: {_text(answer['refused'])}")
        return answer

    def drop(self) -> None:
        """End it: the host ends the lease that it has."""
        self._writer.transport.abort()


def _as_lost(error: BaseException) -> BaseException:
    """What ends a connection as ConnectionLost; anything else as it is."""
    if isinstance(error, TimeoutError):
        return ConnectionLost("it does not answer")
    if isinstance(error, EOFError):
        return ConnectionLost("it hung up")
    if isinstance(error, OSError | ValueError):
        return ConnectionLost(str(error)[:300] or type(error).__name__)
    return error


async def _connected(address: HostAddress) -> tuple[StreamReader, StreamWriter]:
    if address.path:
        return await asyncio.open_unix_connection(address.path, limit=protocol.READ_AHEAD)
    tls = ssl.create_default_context(cafile=address.authority or None) if address.tls else None
    reader, writer = await asyncio.open_connection(address.host, address.port, ssl=tls, limit=protocol.READ_AHEAD)
    notice_a_dead_peer(writer)
    return reader, writer


def notice_a_dead_peer(writer: StreamWriter) -> None:
    """TCP tells of a machine that lost its power after half a minute instead of hours. See tcp(7)."""
    plain = writer.get_extra_info("socket")
    if plain.family == socket.AF_UNIX:
        return
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    bounds = {
        socket.TCP_KEEPIDLE: 15, socket.TCP_KEEPINTVL: 5, socket.TCP_KEEPCNT: 3, socket.TCP_USER_TIMEOUT: 30_000
    }  # fmt: skip
    for option, value in bounds.items():
        plain.setsockopt(socket.IPPROTO_TCP, option, value)


@dataclass(eq=False)
class Remote:
    """See `base.Sandbox`. `author` is a sandbox of this machine, for what must not leave it: the teacher's text."""

    level = "remote"

    _hosts: Sequence[HostAddress]
    author: Sandbox
    _closed = False

    def __post_init__(self) -> None:
        self.about: Json = {}  #: what the host last said of itself: level, why, python, environment
        self._failed: dict[HostAddress, float] = {}
        self._connections = set[Connection]()

    async def lease(self, image: Image, limits: Limits) -> Process:
        """A process on the host. Raises SandboxUnavailable, also while the host is away."""
        with leasing(self.level):
            return _Leased(self, await self._done(image, {"op": "lease", "limits": asdict(limits)}))

    async def warm(self, image: Image) -> None:
        """Start the image's zygote there."""
        self.hang_up(await self._done(image, {"op": "warm"}))

    async def ping(self) -> float:
        """Milliseconds of a round trip. Raises SandboxUnavailable."""
        connection = await self._opened()
        try:
            began = time.perf_counter()
            await connection.asked({"op": "ping"}, _SHORT_S)
            return (time.perf_counter() - began) * 1000
        finally:
            self.hang_up(connection)

    @property
    def environment(self) -> str:
        """What a judgement records beside the packages of the service: level and packages of the host."""
        return f"{self.level} {str(self.about.get('level'))[:_TEXT]} {str(self.about.get('environment'))[:_TEXT]}"

    def hang_up(self, connection: Connection) -> None:
        """End a connection, and the lease that it has."""
        self._connections.discard(connection)
        connection.drop()

    async def close(self) -> None:
        """Hang up, which ends all leases, and end the author's sandbox."""
        self._closed = True
        for connection in list(self._connections):
            self.hang_up(connection)
        await self.author.close()

    async def _opened(self) -> Connection:
        whys: dict[HostAddress, str] = {}
        turn = self._hosts = [*self._hosts[1:], self._hosts[0]]  # also where many ask at the same moment
        fresh = time.monotonic() - _AVOIDED_S
        for pause, within in _TRIES_S:
            await asyncio.sleep(pause)
            for host in sorted(turn, key=lambda host: self._failed.get(host, fresh) > fresh):
                if self._closed:
                    raise SandboxUnavailable("the sandbox was closed")
                if host in self._failed:  # while this one tries, nobody else does
                    self._failed[host] = time.monotonic()
                try:
                    connection = await Connection.open(host, within)
                except (protocol.WrongKey, ConnectionLost) as e:
                    whys[host] = str(e)
                    self._failed[host] = time.monotonic()
                else:
                    self._failed.pop(host, None)
                    self._connections.add(connection)
                    self.about = connection.about
                    return connection
        raise SandboxUnavailable(
            "; ".join(f"the sandbox host at {host} cannot be used: {why}" for host, why in whys.items())
        )

    async def _done(self, image: Image, head: Json) -> Connection:
        """The connection over which the host did this, once it has all the files."""
        connection = await self._opened()
        try:
            for _ in range(3):
                named = await _named(image)
                answer = await connection.asked({**head, "image": named}, _LEASE_S)
                lacking = answer.get("lacking")
                if lacking is None:
                    return connection
                for digest in lacking if isinstance(lacking, list) else ():
                    await self._send_file(connection, image, digest)
            raise SandboxUnavailable("the sandbox host does not keep the course's files")
        except BaseException:
            self.hang_up(connection)
            raise

    async def _send_file(self, connection: Connection, image: Image, digest: Any) -> None:
        paths = [path for _, path in image.files if await _digest(path) == digest]
        if not paths or digest is None:  # nothing but files of this image leaves the service
            raise SandboxUnavailable("the sandbox host asks for a file that is none of the course's")
        try:
            with await asyncio.to_thread(open, paths[0], "rb") as file:
                whole = os.fstat(file.fileno()).st_size
                for at in range(0, max(whole, 1), protocol.PIECE):
                    piece = await asyncio.to_thread(file.read, protocol.PIECE)
                    await connection.asked({"op": "file", "digest": digest, "at": at, "whole": whole}, _LEASE_S, piece)
        except OSError as e:
            raise SandboxUnavailable(f"a file of the course cannot be read: {e}") from e


async def _named(image: Image) -> Json:
    """The image as it travels: names, and each file's digest (null where it is not there).

    Raises ValueError for a name outside the course's folder.
    """
    files = [[relative(name), await _digest(path)] for name, path in image.files]
    return {"preload": list(image.preload), "files": files}


async def _digest(path: Path) -> str | None:
    try:
        return await asyncio.to_thread(_digest_at, path, stamp_of(path))
    except OSError:
        return None


@lru_cache(1024)
def _digest_at(path: Path, stamp: tuple[int, int, int]) -> str:
    """A file is read again only when its stamp changed."""
    return digest_of(path)


@dataclass(eq=False)
class _Leased(Process):
    """One process on the host. See `base.Process`."""

    _remote: Remote
    _connection: Connection
    _status: ExitStatus | None = None
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _closed = False

    async def ask_all(self, checks: Sequence[Json], *, within: float, total: float) -> Answers:
        """In one go, or in a few where their answers are large; LOST where host or connection ended."""
        ends = time.monotonic() + total
        answers = Answers()
        async with self._asking:
            while len(answers.given) < len(checks) and (left := ends - time.monotonic()) > 0:
                rest = checks[len(answers.given) :]
                try:
                    answer, given = await self._put({"op": "ask", "within": within, "total": left}, rest, left)
                    if len(given) > len(rest):
                        raise self._ended(ExitKind.PROTOCOL, "more answers than questions")
                    answers.given += given
                    if "ended" in answer or "refused" in answer:
                        raise self._end_of(answer)
                except ProcessEnded as end:
                    answers.ended = end.status
                    break
                if not given or not answer.get("more"):
                    break
        return answers

    async def _put(self, head: Json, asked: Sequence[Json], within: float) -> tuple[Json, list[Json]]:
        """One question with its frames: the answer's head, and its frames. Raises ProcessEnded."""
        if self._status is not None:
            raise ProcessEnded(self._status)
        try:
            body = b"".join(frames.pack(frame) for frame in asked)
            answer, reply = await self._connection.ask(head, body, within=within + _GRACE_S)
            return answer, protocol.unpack_all(reply)
        except ConnectionLost as e:
            raise self._ended(ExitKind.LOST, f"the sandbox host: {e}") from None
        except ValueError as e:
            raise self._ended(ExitKind.PROTOCOL, str(e)) from None
        except asyncio.CancelledError:
            self._ended(ExitKind.KILLED, "")
            raise

    def _end_of(self, answer: Json) -> ProcessEnded:
        status = _status(answer.get("ended"))
        if status is None:
            return self._ended(ExitKind.LOST, f"the sandbox host: {_text(answer.get('refused'))}")
        self._status = status
        return ProcessEnded(status)

    def _ended(self, kind: ExitKind, detail: str) -> ProcessEnded:
        if self._status is None:
            self._status = ExitStatus(kind, detail=detail)
        return ProcessEnded(self._status)

    async def close(self) -> None:
        """Have it killed, and wait until the host says that it is gone. May be called twice."""
        if self._closed:
            return
        self._closed = True
        lease_ended(Remote.level, self._status)
        self._ended(ExitKind.KILLED, "")
        with suppress(ConnectionLost):  # hung up, and so it is gone
            if not self._asking.locked():  # else somebody waits for an answer: with the connection that ends, too
                await self._connection.ask({"op": "close"}, within=_SHORT_S)
        self._remote.hang_up(self._connection)


def _status(given: Any) -> ExitStatus | None:
    try:
        kind, code, signal, detail = given
        kind = ExitKind(kind)
    except (TypeError, ValueError):
        return None
    return ExitStatus(kind, _small(code), _small(signal), _text(detail))


def _small(value: Any) -> int | None:
    return value if type(value) is int and -1024 < value < 1024 else None


def _text(value: Any) -> str:
    return value[:_TEXT] if isinstance(value, str) else ""
