"""What `codegym sandbox-host` does: opens its socket, reads the key, gives up what it can, and serves."""

from __future__ import annotations

import asyncio
import contextlib
import grp
import hashlib
import json
import logging
import os
import platform
import pwd
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from ...telemetry.metrics import Reading
from .. import counted
from ..base import Sandbox, SandboxUnavailable
from . import seclusion
from .address import HostAddress, NotAnAddress, parse, read_key
from .files import Store
from .host import Bounds, Host

_SCRATCH_MB = 1024  # beside the courses' files: folders of leases at the level `confined`
Opener = Callable[[str | None], Any]


@dataclass(frozen=True, slots=True)
class Orders:
    """The command's options."""

    listen: str
    level: str | None
    key_file: Path | None
    user: str
    group: str
    certificate: Path | None
    private_key: Path | None
    bounds: Bounds


def serve(orders: Orders, opener: Opener, say: Callable[[str], None], metrics: socket.socket | None = None) -> None:
    """Until SIGTERM or SIGINT. `opener` opens the sandbox of a level; `metrics`: where a page of them is served.

    Raises SandboxUnavailable, NotAnAddress.
    """
    if orders.level == "docker" and os.geteuid() == 0:
        raise SandboxUnavailable(
            "for the level docker start the host as a user who may speak to the engine, not as root"
        )
    if orders.level == "remote":
        raise NotAnAddress("a sandbox host lends sandboxes of its own machine")
    address = parse(orders.listen)
    if address.tls != (orders.certificate is not None):
        raise NotAnAddress("tls:HOST:PORT and --certificate go together")
    key = read_key(orders.key_file, os.environ.pop("CODEGYM_SANDBOX_KEY", ""))
    tls = _tls(orders) if address.tls else None
    user, group = _ids(orders.user)
    listener = _listener(address, orders.group)
    said = f"{address}:" if address.path else f"{listener.getsockname()[1]}:"
    in_force = seclusion.give_up_root(user, group, orders.bounds.files_mb + _SCRATCH_MB)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    welcome: Callable[[str], None] = lambda level: say(f"listening at {said} {level}, {in_force}")  # noqa: E731
    asyncio.run(_serve(listener, tls, key, orders, opener, welcome, metrics))


async def _serve(
    listener: socket.socket,
    tls: ssl.SSLContext | None,
    key: bytes,
    orders: Orders,
    opener: Opener,
    ready: Callable[[str], None],
    metrics: socket.socket | None,
) -> None:
    sandbox: Sandbox = await opener(orders.level)
    store = Store(None, orders.bounds.files_mb << 20)
    about = {
        "level": sandbox.level,
        "python": platform.python_version(),
        "environment": _environment_digest(),
        "leases": orders.bounds.leases,
    }
    serving = asyncio.ensure_future(Host(sandbox, store, key, about, orders.bounds).serve(listener, tls))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, serving.cancel)
    ready(sandbox.level)
    try:
        with _metrics(metrics, sandbox), contextlib.suppress(asyncio.CancelledError):
            await serving
    finally:
        store.close()
        await sandbox.close()


@contextlib.contextmanager
def _metrics(listener: socket.socket | None, sandbox: Sandbox) -> Iterator[None]:
    if listener is None:
        yield
        return
    from ...telemetry.serving import serving

    async def readings() -> list[Reading]:
        return counted.readings(sandbox)

    with serving(listener, readings):
        yield


def _listener(address: HostAddress, group: str) -> socket.socket:
    """The socket, open before rights are given up. Raises NotAnAddress."""
    try:
        if address.path:
            return _unix_listener(address.path, group)
        kind = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        return socket.create_server((address.host, address.port), family=kind, backlog=64)
    except (OSError, KeyError) as e:
        raise NotAnAddress(f"{address} cannot be listened at: {e}") from e


def _unix_listener(path: str, group: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    with contextlib.suppress(FileNotFoundError):
        if not _answers(path) and Path(path).is_socket():  # left by a host that is gone
            os.unlink(path)
    before = os.umask(0o177)
    try:
        listener.bind(path)
    finally:
        os.umask(before)
    if group:
        os.chown(path, -1, int(group) if group.isdecimal() else grp.getgrnam(group).gr_gid)
        os.chmod(path, 0o660)
    listener.listen(64)
    return listener


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(2)
        return probe.connect_ex(path) != 111  # ECONNREFUSED


def _ids(user: str) -> tuple[int, int]:
    """Raises NotAnAddress."""
    if user.isdecimal():
        return int(user), int(user)
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise NotAnAddress(f"there is no user {user!r} here") from None
    return entry.pw_uid, entry.pw_gid


def _tls(orders: Orders) -> ssl.SSLContext:
    """Raises NotAnAddress."""
    assert orders.certificate is not None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(orders.certificate, orders.private_key)
    except (OSError, ssl.SSLError) as e:
        raise NotAnAddress(f"the certificate cannot be used: {e}") from e
    return context


def _environment_digest() -> str:
    """SHA-256 (hex) over the interpreter and all packages: a judgement records it."""
    packages = sorted({(d.metadata["Name"] or "").lower(): d.version for d in metadata.distributions()}.items())
    body = [platform.python_implementation(), sys.version, platform.machine(), packages]
    return hashlib.sha256(json.dumps(body).encode()).hexdigest()
