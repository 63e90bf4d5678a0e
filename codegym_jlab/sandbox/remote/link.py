"""The service's end of one connection to a sandbox host: many questions at once, each answered by its number."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from typing import Any

from . import wire
from .address import HostAddress

_OPEN_S = 20.0
Answer = tuple[dict[str, Any], bytes]


class LinkLost(Exception):
    """The connection ended; the text says how."""


class Link:
    """Made by `open`; `client` keeps one."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, about: dict[str, Any]) -> None:
        self.about = about  #: what the host said of itself; not to be believed further than a text for staff
        self.lost: str | None = None  #: why, once it is
        self._reader, self._writer = reader, writer
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._given_up: set[int] = set()
        self._last = 0
        self._listening = asyncio.get_running_loop().create_task(self._listen(), name="codegym-sandbox-host")

    @classmethod
    async def open(cls, address: HostAddress) -> Link:
        """Connect, and prove the key both ways. Raises wire.WrongKey, or LinkLost where nobody answers as a host."""
        writer: asyncio.StreamWriter | None = None
        try:
            async with asyncio.timeout(_OPEN_S):
                reader, writer = await _connected(address)
                return cls(reader, writer, await wire.greet(reader, writer, address.key))
        except BaseException as e:
            if writer is not None:
                writer.transport.abort()
            if isinstance(e, TimeoutError):
                raise LinkLost("it does not answer") from None
            if isinstance(e, (EOFError, OSError, ValueError)):
                raise LinkLost(str(e)[:300] or type(e).__name__) from None
            raise

    async def ask(self, head: dict[str, Any], body: bytes = b"", *, within: float) -> Answer:
        """Send one question and return its answer.

        Raises LinkLost; TimeoutError after that many seconds; ValueError for what is too large to send.
        """
        if self.lost is not None:
            raise LinkLost(self.lost)
        self._last += 1
        number = self._last
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            async with asyncio.timeout(within):
                await wire.send(self._writer, {**head, "id": number}, body)
                return await answer
        except TimeoutError:
            raise
        except OSError as e:
            self.drop(str(e))
            raise LinkLost(str(e)) from None
        finally:
            del self._waiting[number]
            if not answer.done() or answer.cancelled():
                self._given_up.add(number)
            else:
                answer.exception()  # seen, whether or not anyone waited for it

    def drop(self, why: str) -> None:
        """End it: the host ends every lease that came over it."""
        if self.lost is not None:
            return
        self.lost = why or "it was closed"
        self._writer.transport.abort()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(LinkLost(self.lost))

    async def close(self) -> None:
        """End it, and wait until its task is over."""
        self.drop("it was closed")
        self._listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._listening

    async def _listen(self) -> None:
        try:
            while True:
                head, body = await wire.receive(self._reader)
                number = head.pop("id", None)
                if type(number) is not int:
                    raise ValueError("an answer without a number")
                if number in self._given_up:
                    self._given_up.discard(number)
                    continue
                answer = self._waiting.get(number)
                if answer is None or (answer.done() and not answer.cancelled()):
                    raise ValueError("an answer that nobody asked for")
                if not answer.done():
                    answer.set_result((head, body))
        except EOFError:
            self.drop("the sandbox host hung up")
        except (OSError, ValueError) as e:
            self.drop(str(e))


async def _connected(address: HostAddress) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if address.path:
        return await asyncio.open_unix_connection(address.path, limit=wire.READ_AHEAD)
    tls = ssl.create_default_context(cafile=address.authority or None) if address.tls else None
    reader, writer = await asyncio.open_connection(address.host, address.port, ssl=tls, limit=wire.READ_AHEAD)
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
