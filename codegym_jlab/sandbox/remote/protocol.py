"""Where a sandbox host listens, the key that it shares with its service, and what the two say to each other.

A message is a head, which is JSON, and a body of packed frames or of a file's bytes; the handshake comes first.
"""

import hmac
import os
import secrets
from asyncio import StreamReader, StreamWriter
from dataclasses import field
from pathlib import Path

from codegym_jlab.runner.wire import frames
from codegym_jlab.runner.wire.frames import Json

from ...records import frozen
from ..base import SandboxUnavailable

MIN_KEY = 32
_NEW_KEY = """make one with: python -c "import secrets; print(secrets.token_hex(32))" """.strip()


class NotAnAddress(SandboxUnavailable):
    """An address or a key that cannot be used; the text says what to write."""


@frozen
class HostAddress:
    """`unix:PATH`, `HOST:PORT`, or `tls:HOST:PORT`, with the shared key."""

    path: str = ""  #: of a UNIX socket; else empty
    host: str = ""
    port: int = 0
    tls: bool = False
    authority: str = ""  #: file of certificates that a TLS host's is checked against; empty: the system's
    key: bytes = field(default=b"", repr=False)

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'tls:' if self.tls else ''}{host}:{self.port}"


def parse(text: str, key: bytes = b"", authority: str = "") -> HostAddress:
    """Raises NotAnAddress."""
    kind, _, rest = text.partition(":")
    if kind == "unix":
        if not rest.startswith("/"):
            raise NotAnAddress(f"{text!r}: after `unix:` comes the whole path of a socket")
        return HostAddress(path=rest, key=key)
    tls = kind == "tls"
    host, _, port = (rest if tls else text).rpartition(":")
    if not host or not port.isascii() or not port.isdecimal() or int(port) > 65535:
        raise NotAnAddress(f"{text!r} is no address of a sandbox host: write unix:PATH, HOST:PORT or tls:HOST:PORT")
    return HostAddress(host=host.strip("[]"), port=int(port), tls=tls, authority=authority, key=key)


def read_key(file: str | Path | None, text: str = "") -> bytes:
    """The key from a file, else the text itself (of an environment variable). Raises NotAnAddress."""
    if file:
        try:
            text = Path(file).read_text()
        except (OSError, ValueError) as e:
            raise NotAnAddress(f"the key of the sandbox host cannot be read: {e}") from e
    key = text.strip().encode()
    if len(key) < MIN_KEY:
        said = "is too short" if key else "is missing"
        raise NotAnAddress(f"the key that service and sandbox host share {said} (at least {MIN_KEY} bytes); {_NEW_KEY}")
    return key


def named(address: str = "", key_file: str = "", authority: str = "") -> tuple[HostAddress, ...]:
    """As settings name them; what they leave open is as the environment says. Raises NotAnAddress."""
    found = os.environ.get
    address = address or found("CODEGYM_SANDBOX_HOST", "")
    if not address:
        raise NotAnAddress("no sandbox host is named: set CODEGYM_SANDBOX_HOST, or c.CodeGym.sandbox_host")
    key = read_key(key_file or found("CODEGYM_SANDBOX_KEY_FILE"), found("CODEGYM_SANDBOX_KEY", ""))
    authority = authority or found("CODEGYM_SANDBOX_CA", "")
    return tuple(parse(one.strip(), key, authority) for one in address.split(","))


VERSION = 3
MAX_HEAD = 1 << 20
MAX_BODY = frames.MAX_FRAME + 4  # one packed frame
PIECE = 4 << 20  # bytes of a file in one message
READ_AHEAD = 1 << 20
_GREETING = 4096  # bytes of a head, before the other side has shown that it has the key


class WrongKey(Exception):
    """The other side does not have the same key."""


def packed(head: Json, body: bytes = b"") -> bytes:
    """One message. Raises ValueError when it is too large."""
    found = frames.pack({**head, "body": len(body)} if body else head)
    if len(body) > MAX_BODY or len(found) > MAX_HEAD:
        raise ValueError("too large")
    return found + body


async def send(writer: StreamWriter, head: Json, body: bytes = b"") -> None:
    """Raises OSError when the other side is gone, ValueError when it is too large."""
    writer.write(packed(head, body))
    await writer.drain()


async def receive(reader: StreamReader, most: int = MAX_HEAD) -> tuple[Json, bytes]:
    """The next head, of at most that many bytes, and its body. Raises EOFError, OSError, ValueError."""
    prefix = await reader.readexactly(4)
    size = int.from_bytes(prefix, "big")
    if size > most:
        raise ValueError("a head is too large")
    (head,) = unpack_all(prefix + await reader.readexactly(size))
    length = head.pop("body", 0)
    if type(length) is not int or not 0 <= length <= MAX_BODY:
        raise ValueError("a body is too large")
    return head, await reader.readexactly(length) if length else b""


def unpack_all(data: bytes) -> list[Json]:
    """The frames that these bytes are. Raises ValueError."""
    buffer, found = frames.Buffer(), []
    buffer.feed(data)
    while (frame := buffer.take()) is not None:
        found.append(frame)
    if not buffer.empty:
        raise ValueError("half a frame")
    return found


async def authenticate_to_host(reader: StreamReader, writer: StreamWriter, key: bytes) -> Json:
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
    if not _is_same(answer.get("proof"), _proof(key, "host", theirs, ours)):
        raise WrongKey("the sandbox host has another key")
    about = answer.get("about")
    return about if isinstance(about, dict) else {}


async def authenticate_client(reader: StreamReader, writer: StreamWriter, key: bytes, about: Json) -> None:
    """The host's half. Raises WrongKey, EOFError, OSError, ValueError."""
    ours = secrets.token_hex(32)
    await send(writer, {"codegym-sandbox-host": VERSION, "number": ours})
    answer, body = await receive(reader, _GREETING)
    theirs = _number(answer)
    if body or not _is_same(answer.get("proof"), _proof(key, "client", ours, theirs)):
        await send(writer, {"refused": "another key"})
        raise WrongKey("a client with another key")
    await send(writer, {"proof": _proof(key, "host", ours, theirs), "about": about})


def _number(head: Json) -> str:
    number = head.get("number")
    if not isinstance(number, str) or len(number) != 64:
        raise ValueError("no handshake")
    return number


def _is_same(proof: object, expected: str) -> bool:
    return isinstance(proof, str) and hmac.compare_digest(proof.encode(), expected.encode())


def _proof(key: bytes, role: str, host: str, client: str) -> str:
    text = f"codegym-sandbox-host {VERSION} {role} {host} {client}"
    return hmac.digest(key, text.encode(errors="backslashreplace"), "sha256").hex()
