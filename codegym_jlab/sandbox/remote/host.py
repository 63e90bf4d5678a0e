"""The sandbox host: leases of its own sandbox, lent over authenticated connections. Holds nothing but the shared key.

What a connection leased ends with it. A client that breaks the protocol is hung up on; others do not notice.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields
from typing import Any

from ...runner import frames
from ..base import ExitKind, ExitStatus, Image, Limits, Process, ProcessEnded, Sandbox, SandboxUnavailable
from . import wire
from .files import Store
from .link import notice_a_dead_peer

log = logging.getLogger("codegym.sandbox-host")

_GREET_S = 15.0
_STRANGERS = 64  # connections that have not shown the key yet
_QUEUE_S = 60.0
_MOST = {"seconds": 600, "output_kb": 8192, "total_s": 7200, "processes": 4096, "files_mb": 1024, "open_files": 4096}

_UNSENDABLE = [ExitKind.PROTOCOL.value, None, None, "an answer that cannot be sent on"]

_Reply = tuple[dict[str, Any], bytes]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What all clients together may take of this host."""

    leases: int = 32  #: at once; who comes later waits
    memory_mb: int = 4096  #: that one lease may ask for
    files_mb: int = 512  #: of courses' files that are kept


class Host:
    """Serves one sandbox to whoever has the key. `about` goes to each client that has shown it."""

    def __init__(self, sandbox: Sandbox, store: Store, key: bytes, about: dict[str, Any], bounds: Bounds) -> None:
        self.sandbox, self.store, self.bounds = sandbox, store, bounds
        self.room = asyncio.Semaphore(bounds.leases)
        self._key, self._about = key, about
        self._strangers = 0
        self._visits: set[asyncio.Task[None]] = set()
        self._last = 0

    async def serve(self, listener: socket.socket, tls: ssl.SSLContext | None = None) -> None:
        """Until it is cancelled; then every lease is ended."""
        start = asyncio.start_unix_server if listener.family == socket.AF_UNIX else asyncio.start_server
        server = await start(self._meet, sock=listener, ssl=tls, limit=wire.READ_AHEAD)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            server.close()
            for visit in list(self._visits):
                visit.cancel()
            await asyncio.gather(*self._visits, return_exceptions=True)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._visits.add(task)
        try:
            if await self._is_greeted(reader, writer):
                self._last += 1
                await Visit(self, reader, writer, self._last).run()
        except asyncio.CancelledError:
            pass  # the host is closing, and asyncio would tell of it as an error
        finally:
            writer.transport.abort()
            self._visits.discard(task)

    async def _is_greeted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if self._strangers >= _STRANGERS:
            return False
        self._strangers += 1
        try:
            notice_a_dead_peer(writer)
            async with asyncio.timeout(_GREET_S):
                await wire.be_greeted(reader, writer, self._key, self._about)
            return True
        except (wire.WrongKey, TimeoutError, EOFError, OSError, ValueError) as e:
            log.warning("a connection was refused: %s", str(e) or type(e).__name__)
            return False
        finally:
            self._strangers -= 1


class _Held:
    """One lease of a connection: first being made, then there."""

    def __init__(self) -> None:
        self.process: Process | None = None
        self.making: asyncio.Task[Any] | None = None


class Visit:
    """One connection of a client that has the key."""

    def __init__(self, host: Host, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        self._host, self._reader, self._writer, self._number = host, reader, writer, number
        self._held: dict[int, _Held] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._most_tasks = 8 * host.bounds.leases + 512
        self._handlers: dict[str, Callable[[dict[str, Any], bytes], Awaitable[_Reply]]] = {
            "lease": self._lease, "ask": self._ask, "ask_all": self._ask_all, "close": self._close,
            "warm": self._warm, "file": self._file, "ping": self._ping, "details": self._details,
        }  # fmt: skip

    async def run(self) -> None:
        """Answer until the client hangs up; whatever it leased is then killed."""
        try:
            while True:
                self._begin(*await wire.receive(self._reader))
        except (EOFError, OSError):
            pass
        except ValueError as e:
            log.warning("a client broke the protocol: %s", e)
        finally:
            await self._leave()

    def _begin(self, head: dict[str, Any], body: bytes) -> None:
        number, handler = head.get("id"), self._handlers.get(str(head.get("op")))
        if type(number) is not int or handler is None:
            raise ValueError("not a question")
        if len(self._tasks) >= self._most_tasks:
            raise ValueError("too many questions at once")
        task = asyncio.get_running_loop().create_task(self._answer(number, handler(head, body)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, number: int, work: Awaitable[_Reply]) -> None:
        try:
            head, body = await work
        except ProcessEnded as end:
            head, body = {"ended": _told(end.status)}, b""
        except SandboxUnavailable as e:
            head, body = {"refused": str(e)[:500]}, b""
        except (KeyError, TypeError, ValueError, OSError) as e:
            head, body = {"refused": f"{type(e).__name__}: {e}"[:500]}, b""
        with contextlib.suppress(OSError):
            await wire.send(self._writer, {**head, "id": number}, body)

    # ------------------------------------------------------------ what can be asked

    async def _lease(self, head: dict[str, Any], _: bytes) -> _Reply:
        number, limits = _whole(head["lease"]), self._limits(head["limits"])
        if number in self._held:
            raise ValueError("that lease is there already")
        image, lacking = self._host.store.image(head["image"])
        if lacking:
            return {"lacking": lacking}, b""
        held = self._held[number] = _Held()
        held.making = asyncio.current_task()
        try:
            held.process = await self._room_for(image, limits)
        except BaseException:
            self._held.pop(number, None)
            raise
        finally:
            held.making = None
        return {}, b""

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

    async def _ask(self, head: dict[str, Any], body: bytes) -> _Reply:
        reply = await self._process(head).ask(wire.unpack(body), within=_seconds(head["within"]))
        try:
            return {}, frames.pack(reply)
        except (RecursionError, ValueError):
            return {"ended": _UNSENDABLE}, b""

    async def _ask_all(self, head: dict[str, Any], body: bytes) -> _Reply:
        """As many answers as fit into one message; the client asks for the rest again."""
        within, total = _seconds(head["within"]), _seconds(head["total"])
        answers = await self._process(head).ask_all(wire.unpack_all(body), within=within, total=total)
        packed = bytearray()
        for answer in answers.given:
            try:
                one = frames.pack(answer)
            except (RecursionError, ValueError):
                return {"ended": _UNSENDABLE}, bytes(packed)
            if len(packed) + len(one) > wire.MAX_BODY:
                return {"more": True}, bytes(packed)
            packed += one
        return {"ended": _told(answers.ended)} if answers.ended is not None else {}, bytes(packed)

    def _process(self, head: dict[str, Any]) -> Process:
        held = self._held.get(_whole(head["lease"]))
        if held is None or held.process is None:
            raise ValueError("there is no such lease")
        return held.process

    async def _close(self, head: dict[str, Any], _: bytes) -> _Reply:
        held = self._held.pop(_whole(head["lease"]), None)
        if held is not None:
            await self._end(held)
        return {}, b""

    async def _warm(self, head: dict[str, Any], _: bytes) -> _Reply:
        image, lacking = self._host.store.image(head["image"])
        if lacking:
            return {"lacking": lacking}, b""
        await self._host.sandbox.warm(image)
        return {}, b""

    async def _file(self, head: dict[str, Any], body: bytes) -> _Reply:
        self._host.store.add(self._number, head["digest"], head["at"], head["whole"], body)
        return {}, b""

    async def _ping(self, head: dict[str, Any], _: bytes) -> _Reply:
        return {}, b""

    async def _details(self, head: dict[str, Any], _: bytes) -> _Reply:
        image, _lacking = self._host.store.image(head["image"])
        details = getattr(self._host.sandbox, "details", None)
        return {"details": details(image) if details is not None else {}}, b""

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

    # ------------------------------------------------------------ the end

    async def _end(self, held: _Held) -> None:
        if held.making is not None:
            held.making.cancel()
            await asyncio.gather(held.making, return_exceptions=True)
        if held.process is not None:
            process, held.process = held.process, None
            try:
                await process.close()
            finally:
                self._host.room.release()

    async def _leave(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        held, self._held = list(self._held.values()), {}
        await asyncio.gather(*(self._end(one) for one in held), return_exceptions=True)
        self._host.store.forget(self._number)


def _told(status: ExitStatus) -> list[Any]:
    return [status.kind.value, status.code, status.signal, status.detail[:500]]


def _seconds(value: Any) -> float:
    if type(value) not in (int, float) or not 0 < value < 86_400:
        raise ValueError("no time is given")
    return float(value)


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise ValueError("not a number")
    return value
