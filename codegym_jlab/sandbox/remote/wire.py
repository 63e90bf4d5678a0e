"""What service and sandbox host say to each other: a head in JSON, and as many bytes as it announces.

A body is a frame of `runner.frames` as it goes to a process, or a piece of a course's file. It is never read here: what
a student's process wrote there cannot break the connection that others share. Nothing is ever unpickled.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from typing import Any

from ...runner import frames

VERSION = 1
MAX_HEAD = 1 << 20
MAX_BODY = frames.MAX_FRAME + 4  # one packed frame
PIECE = 4 << 20  # bytes of a file in one message
READ_AHEAD = 1 << 20
_GREETING = 4096  # bytes of a head, before the other side has shown that it has the key


class WrongKey(Exception):
    """The other side does not have the same key."""


async def send(writer: asyncio.StreamWriter, head: dict[str, Any], body: bytes = b"") -> None:
    """Raises OSError when the other side is gone, ValueError when it is too large."""
    if len(body) > MAX_BODY:
        raise ValueError("too large")
    packed = frames.pack({**head, "body": len(body)} if body else head)
    if len(packed) > MAX_HEAD:
        raise ValueError("too large")
    writer.write(packed + body)
    await writer.drain()


async def receive(reader: asyncio.StreamReader, most: int = MAX_HEAD) -> tuple[dict[str, Any], bytes]:
    """The next head, of at most that many bytes, and its body. Raises EOFError, OSError, ValueError."""
    prefix = await reader.readexactly(4)
    size = int.from_bytes(prefix, "big")
    if size > most:
        raise ValueError("a head is too large")
    head = unpack(prefix + await reader.readexactly(size))
    length = head.pop("body", 0)
    if type(length) is not int or not 0 <= length <= MAX_BODY:
        raise ValueError("a body is too large")
    return head, await reader.readexactly(length) if length else b""


def unpack(data: bytes) -> dict[str, Any]:
    """The one frame that these bytes are. Raises ValueError."""
    (frame,) = unpack_all(data)
    return frame


def unpack_all(data: bytes) -> list[dict[str, Any]]:
    """The frames that these bytes are. Raises ValueError."""
    buffer, found = frames.Buffer(), []
    buffer.feed(data)
    try:
        while (frame := buffer.take()) is not None:
            found.append(frame)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not buffer.empty:
        raise ValueError("half a frame")
    return found


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: bytes) -> dict[str, Any]:
    """The client's half of the handshake; returns what the host says of itself.

    Each side proves that it has the key by an HMAC over both sides' fresh numbers, so that nothing heard before helps.
    Raises WrongKey, EOFError, OSError, ValueError.
    """
    hello, _ = await receive(reader, _GREETING)
    if hello.get("codegym-sandbox-host") != VERSION:
        raise ValueError("this is no sandbox host of this version of CodeGYM")
    theirs, ours = _number(hello), secrets.token_hex(32)
    await send(writer, {"number": ours, "proof": _proof(key, "client", theirs, ours)})
    answer, _ = await receive(reader)
    proof = answer.get("proof")
    if not isinstance(proof, str) or not hmac.compare_digest(
        proof.encode(), _proof(key, "host", theirs, ours).encode()
    ):
        raise WrongKey("the sandbox host has another key")
    about = answer.get("about")
    return about if isinstance(about, dict) else {}


async def be_greeted(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: bytes, about: dict[str, Any]
) -> None:
    """The host's half. Raises WrongKey, EOFError, OSError, ValueError."""
    ours = secrets.token_hex(32)
    await send(writer, {"codegym-sandbox-host": VERSION, "number": ours})
    answer, body = await receive(reader, _GREETING)
    theirs, proof = _number(answer), answer.get("proof")
    expected = _proof(key, "client", ours, theirs)
    if body or not isinstance(proof, str) or not hmac.compare_digest(proof.encode(), expected.encode()):
        await send(writer, {"refused": "another key"})
        raise WrongKey("a client with another key")
    await send(writer, {"proof": _proof(key, "host", ours, theirs), "about": about})


def _number(head: dict[str, Any]) -> str:
    number = head.get("number")
    if not isinstance(number, str) or len(number) != 64:
        raise ValueError("no handshake")
    return number


def _proof(key: bytes, role: str, host: str, client: str) -> str:
    text = f"codegym-sandbox-host {VERSION} {role} {host} {client}"
    return hmac.new(key, text.encode(errors="backslashreplace"), hashlib.sha256).hexdigest()
