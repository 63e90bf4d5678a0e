"""Where a sandbox host listens, and the key that it shares with its service."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

MIN_KEY = 32
_NEW_KEY = """make one with: python -c "import secrets; print(secrets.token_hex(32))" """.strip()


class NotAnAddress(ValueError):
    """An address or a key that cannot be used; the text says what to write."""


@dataclass(frozen=True, slots=True)
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


def named(address: str, key_file: str | Path | None, authority: str = "") -> HostAddress:
    """As settings name it; without a file the key is CODEGYM_SANDBOX_KEY. Raises NotAnAddress."""
    if not address:
        raise NotAnAddress("no sandbox host is named: set CODEGYM_SANDBOX_HOST, or c.CodeGym.sandbox_host")
    return parse(address, read_key(key_file, os.environ.get("CODEGYM_SANDBOX_KEY", "")), authority)


def from_environment() -> HostAddress:
    """CODEGYM_SANDBOX_HOST, CODEGYM_SANDBOX_CA, and the key. Raises NotAnAddress."""
    found = os.environ.get
    return named(found("CODEGYM_SANDBOX_HOST", ""), found("CODEGYM_SANDBOX_KEY_FILE"), found("CODEGYM_SANDBOX_CA", ""))
