"""The sandbox host: leases of its own sandbox, lent over authenticated connections. Holds nothing but the shared key.

What a connection leased ends with it. A client that breaks the protocol is hung up on; others do not notice.
"""

import asyncio
import logging
import math
import os
import re
import shutil
import socket
import ssl
import tempfile
from asyncio import StreamReader, StreamWriter
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from codegym_jlab.runner.wire import frames
from codegym_jlab.runner.wire.frames import Json

from ...records import digest_of, end_tasks, frozen
from ..base import ExitKind, ExitStatus, Image, Limits, Process, ProcessEnded, Sandbox, SandboxUnavailable
from ..namespaces import relative
from . import protocol
from .client import notice_a_dead_peer

log = logging.getLogger("codegym.sandbox-host")

_GREET_S = 15.0
_UNPROVEN = 64  # connections that have not shown the key yet
_QUEUE_S = 60.0
_MOST_FILES = 2000
_MISSING = "missing"  # the name of a file that is not there
_MOST = {"seconds": 600, "output_kb": 8192, "total_s": 7200, "processes": 4096, "files_mb": 1024, "open_files": 4096}

_UNSENDABLE = [ExitKind.PROTOCOL.value, None, None, "an answer that cannot be sent on"]

_Reply = tuple[Json, bytes]
_DONE: _Reply = ({}, b"")


@frozen
class Bounds:
    """What all clients together may take of this host."""

    leases: int = 32  #: at once; who comes later waits
    memory_mb: int = 4096  #: that one lease may ask for
    files_mb: int = 512  #: of courses' files that are kept


class Store:
    """Files of courses by content: what was sent, in a folder of its own that goes with it. Only bytes, no names."""

    def __init__(self, most_bytes: int) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="codegym-host-"))
        self._most = most_bytes
        self._sizes = OrderedDict[str, int]()  #: the one named longest ago first
        self._arriving: dict[tuple[int, str], int] = {}  #: (connection, digest) → bytes so far

    def image(self, named: Any) -> tuple[Image, list[str]]:
        """An image as it came, with the digests of what has to be sent first. Raises ValueError."""
        preload, files = named.get("preload"), named.get("files")
        if not isinstance(files, list) or len(files) > _MOST_FILES or not isinstance(preload, list):
            raise ValueError("not lists of files and modules")
        found, lacking = [], []
        for entry in files:
            name, digest = entry
            if not isinstance(name, str) or not (digest is None or _is_digest(digest)):
                raise ValueError("not a file")
            if digest in self._sizes:
                self._sizes.move_to_end(digest)
            elif digest is not None:
                lacking.append(digest)
            found.append((relative(name), self._folder / (digest or _MISSING)))
        return Image(preload=tuple(map(str, preload)), files=tuple(found)), list(dict.fromkeys(lacking))

    def add(self, connection: int, digest: Any, at: Any, whole: Any, piece: bytes) -> None:
        """Take bytes from offset `at` on of a content of `whole` bytes. Raises ValueError, SandboxUnavailable."""
        if not _is_digest(digest) or type(at) is not int or type(whole) is not int:
            raise ValueError("not a piece of a file")
        if whole > self._most:
            raise SandboxUnavailable(f"a file of the course has {whole} bytes, the sandbox host takes {self._most}")
        key = (connection, digest)
        if at == 0:
            self._arriving[key] = 0
            self._part(key).write_bytes(b"")
        if self._arriving.get(key) != at or at + len(piece) > whole:
            raise ValueError("a piece is out of order")
        self._make_room(len(piece))
        with open(self._part(key), "ab") as f:
            f.write(piece)
        self._arriving[key] += len(piece)
        if self._arriving[key] == whole:
            self._complete(key, whole)

    def forget(self, connection: int) -> None:
        """Drop what that connection left half sent."""
        for key in [key for key in self._arriving if key[0] == connection]:
            del self._arriving[key]
            self._part(key).unlink(missing_ok=True)

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _complete(self, key: tuple[int, str], whole: int) -> None:
        del self._arriving[key]
        part = self._part(key)
        if digest_of(part) != key[1]:
            part.unlink()
            raise ValueError("a file changed while it was sent")
        os.chmod(part, 0o444)
        os.replace(part, self._folder / key[1])
        self._sizes[key[1]] = whole

    def _make_room(self, coming: int) -> None:
        while self._sizes and sum(self._sizes.values()) + sum(self._arriving.values()) + coming > self._most:
            digest, _ = self._sizes.popitem(last=False)
            with suppress(OSError):  # a zygote that shows it has it open
                os.unlink(self._folder / digest)
        if sum(self._arriving.values()) + coming > self._most:
            raise SandboxUnavailable("the sandbox host has no room for the course's files")

    def _part(self, key: tuple[int, str]) -> Path:
        return self._folder / f"{key[0]}-{key[1]}"


def _is_digest(text: Any) -> bool:
    return isinstance(text, str) and re.fullmatch("[0-9a-f]{64}", text) is not None


@dataclass(eq=False, repr=False)
class Host:
    """Serves one sandbox to whoever has the key. `about` goes to each client that has shown it."""

    sandbox: Sandbox
    store: Store
    _key: bytes
    _about: Json
    bounds: Bounds
    _unproven = 0
    _last = 0

    def __post_init__(self) -> None:
        self.room = asyncio.Semaphore(self.bounds.leases)
        self._clients = set[asyncio.Task[None]]()

    async def serve(self, listener: socket.socket, tls: ssl.SSLContext | None = None) -> None:
        """Until it is cancelled; then every lease is ended."""
        start = asyncio.start_unix_server if listener.family == socket.AF_UNIX else asyncio.start_server
        server = await start(self._accept, sock=listener, ssl=tls, limit=protocol.READ_AHEAD)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            server.close()
            await end_tasks(*self._clients)

    async def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            if await self._has_key(reader, writer):
                self._last += 1
                await Client(self, reader, writer, self._last).run()
        except asyncio.CancelledError:
            pass  # the host is closing, and asyncio would tell of it as an error
        finally:
            writer.transport.abort()
            self._clients.discard(task)

    async def _has_key(self, reader: StreamReader, writer: StreamWriter) -> bool:
        if self._unproven >= _UNPROVEN:
            return False
        self._unproven += 1
        try:
            notice_a_dead_peer(writer)
            async with asyncio.timeout(_GREET_S):
                await protocol.authenticate_client(reader, writer, self._key, self._about)
            return True
        except (protocol.WrongKey, TimeoutError, EOFError, OSError, ValueError) as e:
            log.warning("a connection was refused: %s", str(e) or type(e).__name__)
            return False
        finally:
            self._unproven -= 1


@dataclass(eq=False)
class Client:
    """One connection of a client that has the key: one question at a time, and at most one lease."""

    _host: Host
    _reader: StreamReader
    _writer: StreamWriter
    _number: int
    _process: Process | None = None

    def __post_init__(self) -> None:
        self._handlers: dict[str, Callable[[Json, bytes], Awaitable[_Reply]]] = {
            "lease": self._lease, "ask": self._ask, "close": self._close, "warm": self._warm,
            "file": self._file, "ping": self._ping,
        }  # fmt: skip

    async def run(self) -> None:
        """Answer until the client hangs up; what it leased is then killed."""
        coming = asyncio.ensure_future(protocol.receive(self._reader))
        try:
            while True:
                head, body = await coming
                handler = self._handlers.get(str(head.get("op")))
                if handler is None:
                    raise ValueError("not a question")
                coming = asyncio.ensure_future(protocol.receive(self._reader))
                answer = await self._answer(asyncio.ensure_future(handler(head, body)), coming)
                await protocol.send(self._writer, *answer)
        except (EOFError, OSError):
            pass
        except ValueError as e:
            log.warning("a client broke the protocol: %s", e)
        finally:
            await end_tasks(coming)
            await self._end()
            self._host.store.forget(self._number)

    async def _answer(self, work: asyncio.Future[_Reply], coming: asyncio.Future[Any]) -> _Reply:
        """Raises EOFError where the client hangs up, or asks more, before it has its answer."""
        try:
            await asyncio.wait({work, coming}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise EOFError
            return work.result()
        except ProcessEnded as end:
            return {"ended": _as_list(end.status)}, b""
        except SandboxUnavailable as e:
            return {"refused": str(e)[:500]}, b""
        except (KeyError, TypeError, ValueError, OSError) as e:
            return {"refused": f"{type(e).__name__}: {e}"[:500]}, b""
        finally:
            await end_tasks(work)

    # ------------------------------------------------------------ what can be asked

    async def _lease(self, head: Json, _: bytes) -> _Reply:
        limits = self._limits(head["limits"])
        if self._process is not None:
            raise ValueError("this connection has its lease")
        image, lacking = self._host.store.image(head["image"])
        if lacking:
            return {"lacking": lacking}, b""
        self._process = await self._room_for(image, limits)
        return _DONE

    async def _room_for(self, image: Image, limits: Limits) -> Process:
        try:
            async with asyncio.timeout(_QUEUE_S):
                await self._host.room.acquire()
        except TimeoutError:
            raise SandboxUnavailable("all its leases are taken") from None
        try:
            return await self._host.sandbox.lease(image, limits)
        except BaseException:
            self._host.room.release()
            raise

    async def _ask(self, head: Json, body: bytes) -> _Reply:
        """As many answers as fit into one message; the client asks for the rest again."""
        within, total = _seconds(head["within"]), _seconds(head["total"])
        if self._process is None:
            raise ValueError("this connection has no lease")
        answers = await self._process.ask_all(protocol.unpack_all(body), within=within, total=total)
        packed = bytearray()
        for answer in answers.given:
            try:
                one = frames.pack(answer)
            except (RecursionError, ValueError):
                return {"ended": _UNSENDABLE}, bytes(packed)
            if len(packed) + len(one) > protocol.MAX_BODY:
                return {"more": True}, bytes(packed)
            packed += one
        return {"ended": _as_list(answers.ended)} if answers.ended is not None else {}, bytes(packed)

    async def _close(self, head: Json, _: bytes) -> _Reply:
        await self._end()
        return _DONE

    async def _warm(self, head: Json, _: bytes) -> _Reply:
        image, lacking = self._host.store.image(head["image"])
        if lacking:
            return {"lacking": lacking}, b""
        await self._host.sandbox.warm(image)
        return _DONE

    async def _file(self, head: Json, body: bytes) -> _Reply:
        self._host.store.add(self._number, head["digest"], head["at"], head["whole"], body)
        return _DONE

    async def _ping(self, head: Json, _: bytes) -> _Reply:
        return _DONE

    def _limits(self, given: Any) -> Limits:
        """Raises ValueError, and SandboxUnavailable for more than this host gives."""
        if not isinstance(given, dict) or set(given) != {f.name for f in fields(Limits)}:
            raise ValueError("not limits")
        most = {**_MOST, "memory_mb": self._host.bounds.memory_mb}
        for name, value in given.items():
            if type(value) not in (int, float) or not math.isfinite(value) or value <= 0:
                raise ValueError(f"{name} is no limit")
            if value > most[name]:
                raise SandboxUnavailable(f"the limit {name}: {value} is more than its {most[name]}")
        return Limits(**given)

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            try:
                await process.close()
            finally:
                self._host.room.release()


def _as_list(status: ExitStatus) -> list[Any]:
    return [status.kind.value, status.code, status.signal, status.detail[:500]]


def _seconds(value: Any) -> float:
    if type(value) not in (int, float) or not 0 < value < 86_400:
        raise ValueError("no time is given")
    return float(value)
