"""What `codegym sandbox-host` does: it opens its socket, reads the key, gives up what it can, and serves.

Started by root, it becomes another user and leaves the machine's files and network. It sees then what its sandboxes
need (Python, installed packages, shared libraries, five devices), read-only, and a /tmp of its own; it has no network
interface, only the socket that it listens on. So it needs no rights on the folders above Python, and a hole in it
finds no file worth reading. See unshare(2), pivot_root(2), capabilities(7).
"""

import asyncio
import grp
import logging
import os
import platform
import pwd
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

from codegym_jlab.runner.isolation import linux, rootfs
from codegym_jlab.telemetry import metrics
from codegym_jlab.telemetry.metrics import Reading

from ...records import frozen
from .. import namespaces
from ..base import SandboxUnavailable, environment_digest, readings
from ..levels import open_sandbox
from .host import Bounds, Host, Store
from .protocol import HostAddress, NotAnAddress, parse, read_key

_PACKAGE = Path(__file__).resolve().parents[2]
_FLAGS = linux.MS_NOSUID | linux.MS_NODEV


def give_up_root(user: int, group: int, scratch_mb: int) -> str:
    """Become that user for good. Returns what is in force, for the log. Raises SandboxUnavailable."""
    if os.geteuid() != 0:
        _harden()
        return f"as user {os.geteuid()}"
    if not user:
        raise SandboxUnavailable("a sandbox host does not run as root; name another --user")
    secluded = _seclude(scratch_mb)
    linux.drop_root(user, group)
    _harden()
    _can_start_python(user)
    return f"as user {user}, {'with files and a network namespace of its own' if secluded else 'among all files'}"


def _seclude(scratch_mb: int) -> bool:
    """False where this root may not mount, as in most containers: there the container's files are what it sees."""
    try:
        linux.unshare(linux.CLONE_NEWNS | linux.CLONE_NEWNET | linux.CLONE_NEWIPC)
    except OSError:
        return False
    linux.mount("none", "/", None, linux.MS_REC | linux.MS_PRIVATE)
    linux.mount("tmpfs", rootfs.ROOT, "tmpfs", _FLAGS, "mode=0755,size=8m")
    for name in ("tmp", "proc", "sys", "old"):
        os.mkdir(f"{rootfs.ROOT}/{name}")
    linux.mount("tmpfs", f"{rootfs.ROOT}/tmp", "tmpfs", _FLAGS, f"mode=1777,size={scratch_mb}m")
    for path in _needed():
        flags = linux.MS_NOSUID if path.startswith("/dev/") else _FLAGS
        rootfs.bind(os.path.realpath(path), rootfs.ROOT + path, flags)
    rootfs.lay_links(namespaces.links())
    # whole, so that sandboxes may mount a fresh one of their own
    linux.mount("/proc", f"{rootfs.ROOT}/proc", None, linux.MS_BIND | linux.MS_REC)
    rootfs.pivot()
    return True


def _needed() -> list[str]:
    """Paths that are shown, those around others first; none twice."""
    wanted = [*namespaces.python_paths(), *namespaces.shared_libraries(), *_interpreter(), str(_PACKAGE)]
    wanted += ["/usr/share/zoneinfo", "/etc/ld.so.cache", *(f"/dev/{name}" for name in namespaces.DEVICES)]
    wanted += [os.path.realpath(path) for path in wanted]
    return namespaces.outermost(path for path in wanted if os.path.exists(path))


def _interpreter() -> list[str]:
    """Folders of each link to the interpreter, and what tells it where its library is."""
    found = [f"{sys.prefix}/pyvenv.cfg"]
    path = sys.executable
    while True:
        found.append(os.path.dirname(path))
        if not os.path.islink(path):
            return found
        path = os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(path)))


def _harden() -> None:
    """Nothing that is started gains a right; the key in this process's memory is closed to others of this user."""
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    linux.prctl(linux.PR_SET_DUMPABLE, 0)


def _can_start_python(user: int) -> None:
    command: list[Any] = [sys.executable, "-S", "-s", "-P", "-c", "pass"]
    try:
        subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL, cwd="/", env={})
    except (OSError, subprocess.CalledProcessError) as e:
        raise SandboxUnavailable(
            f"user {user} cannot run {sys.executable} ({e}), and this root may not mount: install Python and CodeGYM "
            "where that user may read them, or start the host as the user who owns them"
        ) from None


_SCRATCH_MB = 1024  # beside the courses' files: folders of leases at the level `confined`


@frozen
class HostOptions:
    """The command's options."""

    listen: str
    level: str | None
    key_file: Path | None
    user: str
    group: str
    certificate: Path | None
    private_key: Path | None
    bounds: Bounds


def serve(options: HostOptions, say: Callable[[str], None], page: socket.socket | None = None) -> None:
    """Until SIGTERM or SIGINT. `page`: where metrics are served.

    Raises SandboxUnavailable, NotAnAddress.
    """
    if options.level == "docker" and os.geteuid() == 0:
        raise SandboxUnavailable(
            "for the level docker start the host as a user who may speak to the engine, not as root"
        )
    if options.level == "remote":
        raise NotAnAddress("a sandbox host lends sandboxes of its own machine")
    address = parse(options.listen)
    if address.tls != (options.certificate is not None):
        raise NotAnAddress("tls:HOST:PORT and --certificate go together")
    key = read_key(options.key_file, os.environ.pop("CODEGYM_SANDBOX_KEY", ""))
    tls = _tls(options) if address.tls else None
    user, group = _ids(options.user)
    listener = _listener(address, options.group)
    said = f"{address}:" if address.path else f"{listener.getsockname()[1]}:"
    in_force = give_up_root(user, group, options.bounds.files_mb + _SCRATCH_MB)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    asyncio.run(
        _serve(listener, tls, key, options, lambda level: say(f"listening at {said} {level}, {in_force}"), page)
    )


async def _serve(
    listener: socket.socket,
    tls: ssl.SSLContext | None,
    key: bytes,
    options: HostOptions,
    ready: Callable[[str], None],
    page: socket.socket | None,
) -> None:
    sandbox = await open_sandbox(options.level)
    store = Store(options.bounds.files_mb << 20)
    about = {
        "level": sandbox.level,
        "python": platform.python_version(),
        "environment": environment_digest(),
        "leases": options.bounds.leases,
    }
    serving = asyncio.ensure_future(Host(sandbox, store, key, about, options.bounds).serve(listener, tls))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, serving.cancel)
    ready(sandbox.level)

    async def gauges() -> list[Reading]:
        return readings(sandbox)

    counted = nullcontext() if page is None else metrics.serving(page, gauges)
    try:
        with counted, suppress(asyncio.CancelledError):
            await serving
    finally:
        store.close()
        await sandbox.close()


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
    with suppress(FileNotFoundError):
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
    if not user:
        return (namespaces.unused_user(),) * 2
    if user.isdecimal():
        return int(user), int(user)
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise NotAnAddress(f"there is no user {user!r} here") from None
    return entry.pw_uid, entry.pw_gid


def _tls(options: HostOptions) -> ssl.SSLContext:
    """Raises NotAnAddress."""
    assert options.certificate is not None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(options.certificate, options.private_key)
    except (OSError, ssl.SSLError) as e:
        raise NotAnAddress(f"the certificate cannot be used: {e}") from e
    return context
