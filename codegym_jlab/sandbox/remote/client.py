"""A `base.Sandbox` whose processes are on a sandbox host. What a host says is read with suspicion, like a student's.

Each lease has a connection of its own, on which one question is asked at a time: a lease ends with its connection.
Connections that have shown the key are kept for the next lease.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Any

from ...runner.wire import frames
from ..base import Answers, ExitKind, ExitStatus, Image, Limits, Process, ProcessEnded, Sandbox, SandboxUnavailable
from ..metrics import PoolStatus, lease_ended, leasing
from . import files, protocol
from .protocol import HostAddress

_PAUSES_S = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)  # between tries to connect: a host that is restarted is soon back
_AWAY_S = 1.0  # for which nobody tries again, once all of them failed; doubled each time
_LONGEST_AWAY_S = 15.0
_OPEN_S = 20.0
_LEASE_S = 90.0  # a zygote that imports much
_GRACE_S = 15.0  # beyond a frame's own time, should the host be busy
_SHORT_S = 10.0
_IDLE = 16  # connections that are kept
_TEXT = 500

Opener = Callable[[], Awaitable[Sandbox]]
Answer = tuple[dict[str, Any], bytes]


class ConnectionLost(Exception):
    """The connection ended; the text says how."""


class Connection:
    """One connection to a sandbox host, made by `open`. Asked one question at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, about: dict[str, Any]) -> None:
        self.about = about  #: what the host said of itself; not to be believed further than a text for staff
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, address: HostAddress) -> Connection:
        """Connect, and prove the key both ways. Raises protocol.WrongKey, or ConnectionLost where no host answers."""
        writer: asyncio.StreamWriter | None = None
        try:
            async with asyncio.timeout(_OPEN_S):
                reader, writer = await _connected(address)
                return cls(reader, writer, await protocol.authenticate_to_host(reader, writer, address.key))
        except BaseException as e:
            if writer is not None:
                writer.transport.abort()
            if isinstance(e, TimeoutError):
                raise ConnectionLost("it does not answer") from None
            if isinstance(e, (EOFError, OSError, ValueError)):
                raise ConnectionLost(str(e)[:300] or type(e).__name__) from None
            raise

    @property
    def lost(self) -> bool:
        """It can be asked nothing more."""
        return self._reader.at_eof() or self._writer.is_closing()

    async def ask(self, head: dict[str, Any], body: bytes = b"", *, within: float) -> Answer:
        """Send one question and return its answer. Where none comes the connection is ended, and with it its lease.

        Raises ConnectionLost, also after `within` seconds; ValueError for what is too large to send.
        """
        packed = protocol.packed(head, body)
        try:
            async with asyncio.timeout(within):
                self._writer.write(packed)
                await self._writer.drain()
                return await protocol.receive(self._reader)
        except TimeoutError:
            self.drop()
            raise ConnectionLost("it does not answer") from None
        except EOFError:
            self.drop()
            raise ConnectionLost("it hung up") from None
        except (OSError, ValueError) as e:
            self.drop()
            raise ConnectionLost(str(e)[:300] or type(e).__name__) from None
        except BaseException:  # its answer would be taken for that to the next question
            self.drop()
            raise

    async def asked(self, head: dict[str, Any], within: float, body: bytes = b"") -> dict[str, Any]:
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


async def _connected(address: HostAddress) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if address.path:
        return await asyncio.open_unix_connection(address.path, limit=protocol.READ_AHEAD)
    tls = ssl.create_default_context(cafile=address.authority or None) if address.tls else None
    reader, writer = await asyncio.open_connection(address.host, address.port, ssl=tls, limit=protocol.READ_AHEAD)
    notice_a_dead_peer(writer)
    return reader, writer


def notice_a_dead_peer(writer: asyncio.StreamWriter) -> None:
    """TCP tells of a machine that lost its power after half a minute instead of hours. See tcp(7)."""
    plain = writer.get_extra_info("socket")
    if plain is None or plain.family == getattr(socket, "AF_UNIX", None):
        return
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    bounds = {"TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 30_000}
    for name, value in bounds.items():
        if hasattr(socket, name):
            plain.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


class Remote:
    """See `base.Sandbox`. `author` is a sandbox of this machine, for what must not leave it: the teacher's text."""

    level = "remote"

    def __init__(self, address: HostAddress, author: Sandbox) -> None:
        self.author = author
        self.about: dict[str, Any] = {}  #: what the host last said of itself: level, why, python, environment
        self._address = address
        self._contents = files.Contents()
        self._idle: list[Connection] = []
        self._used: set[Connection] = set()
        self._connecting = asyncio.Lock()
        self._away_s = _AWAY_S
        self._away_until = 0.0
        self._why_away = ""
        self._closed = False

    async def lease(self, image: Image, limits: Limits) -> Process:
        """A process on the host. Raises SandboxUnavailable, also while the host is away."""
        with leasing(self.level):
            connection = await self._done(image, {"op": "lease", "limits": asdict(limits)})
        return _Leased(self, connection)

    async def warm(self, image: Image) -> None:
        """Start the image's zygote there."""
        self.give_back(await self._done(image, {"op": "warm"}))

    async def ping(self) -> float:
        """Milliseconds of a round trip. Raises SandboxUnavailable."""
        connection = await self._connection()
        began = time.perf_counter()
        await connection.asked({"op": "ping"}, _SHORT_S)
        self.give_back(connection)
        return (time.perf_counter() - began) * 1000

    @property
    def environment(self) -> str:
        """What a judgement records beside the packages of the service: level and packages of the host."""
        return f"{self.level} {str(self.about.get('level'))[:_TEXT]} {str(self.about.get('environment'))[:_TEXT]}"

    def give_back(self, connection: Connection) -> None:
        """A connection that has no lease any more is kept for another, or ended."""
        self._used.discard(connection)
        if self._closed or connection.lost or len(self._idle) >= _IDLE:
            connection.drop()
        else:
            self._idle.append(connection)

    async def close(self) -> None:
        """Hang up, which ends all leases, and end the author's sandbox."""
        self._closed = True
        for connection in (*self._idle, *self._used):
            connection.drop()
        await self.author.close()

    async def _connection(self) -> Connection:
        async with self._connecting:
            if self._closed:
                raise SandboxUnavailable("the sandbox was closed")
            while self._idle:
                connection = self._idle.pop()
                if not connection.lost:
                    break
                connection.drop()
            else:
                connection = await self._opened()
            self._used.add(connection)
            return connection

    async def _opened(self) -> Connection:
        if time.monotonic() < self._away_until:
            raise SandboxUnavailable(self._why_away)
        why = ""
        for pause in _PAUSES_S:
            await asyncio.sleep(pause)
            try:
                connection = await Connection.open(self._address)
            except protocol.WrongKey as e:
                why = str(e)
                break
            except ConnectionLost as e:
                why = str(e)
            else:
                self._away_s, self._away_until = _AWAY_S, 0.0
                self.about = connection.about
                return connection
        self._why_away = f"the sandbox host at {self._address} cannot be used: {why}"
        self._away_until = time.monotonic() + self._away_s
        self._away_s = min(2 * self._away_s, _LONGEST_AWAY_S)
        raise SandboxUnavailable(self._why_away)

    async def _done(self, image: Image, head: dict[str, Any]) -> Connection:
        """The connection over which the host did this; a host that was started anew is found again."""
        for tries_left in (1, 0):
            connection = await self._connection()
            try:
                await self._with_files(connection, image, head)
                return connection
            except BaseException as e:
                is_lost = connection.lost
                self._used.discard(connection)
                connection.drop()
                if not (tries_left and is_lost and isinstance(e, SandboxUnavailable)):
                    raise
                while self._idle:  # they were to the host that is gone
                    self._idle.pop().drop()
        raise AssertionError

    async def _with_files(self, connection: Connection, image: Image, head: dict[str, Any]) -> None:
        """Ask, and send the files that the host lacks until it has them all."""
        for _ in range(3):
            named = await self._contents.named(image)
            answer = await connection.asked({**head, "image": named}, _LEASE_S)
            lacking = answer.get("lacking")
            if lacking is None:
                return
            for digest in lacking if isinstance(lacking, list) else ():
                await self._send_file(connection, image, digest)
        raise SandboxUnavailable("the sandbox host does not keep the course's files")

    async def _send_file(self, connection: Connection, image: Image, digest: Any) -> None:
        path = self._contents.holder(image, digest)
        if path is None:  # nothing but files of this image leaves the service
            raise SandboxUnavailable("the sandbox host asks for a file that is none of the course's")
        try:
            async for at, whole, piece in files.pieces(path):
                await connection.asked({"op": "file", "digest": digest, "at": at, "whole": whole}, _LEASE_S, piece)
        except OSError as e:
            raise SandboxUnavailable(f"a file of the course cannot be read: {e}") from e


class _Leased(Process):
    """One process on the host. See `base.Process`."""

    def __init__(self, remote: Remote, connection: Connection) -> None:
        self._remote, self._connection = remote, connection
        self._status: ExitStatus | None = None
        self._asking = asyncio.Lock()
        self._closed = False

    async def ask(self, frame: dict[str, Any], *, within: float) -> dict[str, Any]:
        """Raises ProcessEnded; LOST where it was the host or the connection that ended."""
        async with self._asking:
            answer, given = await self._put({"op": "ask", "within": within}, [frame], within)
            if len(given) == 1:
                return given[0]
            raise self._end_of(answer)

    async def ask_all(self, checks: Sequence[dict[str, Any]], *, within: float, total: float) -> Answers:
        """In one go, or in a few where their answers are large; see `base.Process`."""
        ends = time.monotonic() + total
        answers = Answers()
        async with self._asking:
            while len(answers.given) < len(checks) and (left := ends - time.monotonic()) > 0:
                rest = checks[len(answers.given) :]
                try:
                    answer, given = await self._put({"op": "ask_all", "within": within, "total": left}, rest, left)
                    answers.given += given[: len(rest)]
                    if "ended" in answer or "refused" in answer:
                        raise self._end_of(answer)
                except ProcessEnded as end:
                    answers.ended = end.status
                    break
                if not given or not answer.get("more"):
                    break
        return answers

    async def _put(
        self, head: dict[str, Any], asked: Sequence[dict[str, Any]], within: float
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
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

    def _end_of(self, answer: dict[str, Any]) -> ProcessEnded:
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
        try:
            if self._asking.locked():  # somebody waits for an answer: with the connection that ends, too
                self._connection.drop()
            elif not self._connection.lost:
                await self._connection.ask({"op": "close"}, within=_SHORT_S)
        except ConnectionLost:  # hung up, and so it is gone
            pass
        finally:
            self._remote.give_back(self._connection)


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


class Later:
    """A sandbox that is opened at its first use."""

    def __init__(self, level: str, opener: Opener) -> None:
        self.level = level
        self._opener = opener
        self._opened: Sandbox | None = None
        self._opening = asyncio.Lock()
        self._closed = False

    async def lease(self, image: Image, limits: Limits) -> Process:
        """Raises SandboxUnavailable."""
        return await (await self._open()).lease(image, limits)

    async def warm(self, image: Image) -> None:
        """Raises SandboxUnavailable."""
        await (await self._open()).warm(image)

    @property
    def status_now(self) -> PoolStatus | None:
        """Of what was opened."""
        return getattr(self._opened, "status_now", None)

    async def close(self) -> None:
        """End it, if it was ever used."""
        self._closed = True
        async with self._opening:
            if self._opened is not None:
                await self._opened.close()

    async def _open(self) -> Sandbox:
        async with self._opening:
            if self._closed:
                raise SandboxUnavailable("the sandbox was closed")
            if self._opened is None:
                self._opened = await self._opener()
            return self._opened
