"""Kernels of other languages, host side: each runs one submission's cells in the sandbox `namespaces`, and ends.

Belongs to the event loop that first uses it. What such a kernel may see is the system's programs and libraries; what
it is, its kernelspec says.
"""

import asyncio
import os
import shutil
import sys
from collections.abc import Mapping

from codegym_jlab.records import frozen
from codegym_jlab.runner.wire.frames import Json

from .base import ExitStatus, Image, Limits, SandboxUnavailable
from .kernels import KernelImages, KernelLimits, KernelZygote, SocketFolders, connection_of
from .namespaces import Namespaces, outermost
from .zygote import Fork, Zygotes

#: What kernels that are written in this Python import before their own.
_MODULES = ("ipykernel.kernelapp", "pexpect.replwrap")
_SEEN = ("/usr/bin", "/usr/lib", "/usr/share", "/usr/libexec")
_HIDDEN = (
    "/usr/share/codegym",
    "/usr/share/jupyter",
)  #: courses with their hidden checks lie there in some installations
_SETTINGS = ("/etc/alternatives", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/R")
_OWN_TASKS = 24  #: processes and threads of a kernel itself, its shell with it
_START_S = 30.0


@frozen
class Spec:
    """The program of a kernelspec. `argv` holds `{connection_file}`."""

    argv: tuple[str, ...]
    env: Mapping[str, str]

    @property
    def module(self) -> str:
        """The module that it runs in this very Python; empty where it is another program."""
        python = {sys.executable, os.path.realpath(sys.executable), "python", "python3"}
        is_ours = len(self.argv) > 2 and self.argv[0] in python and self.argv[1] == "-m"
        return self.argv[2] if is_ours else ""


@frozen
class OtherKernel:
    """A kernel that comes up."""

    _zygote: KernelZygote
    _fork: Fork
    _sockets: str
    connection: Json  #: for a client of it

    async def gone(self) -> ExitStatus:
        """Wait until it has ended, whoever ended it."""
        return await self._fork.gone()

    def limit_cpu(self, seconds: float | None) -> None:
        """End it when it and all it started have used that much more processor time."""
        self._zygote.limit_cpu(self._fork, seconds)

    async def close(self) -> None:
        """End it with all that it started, and wait. May be called twice."""
        await self._zygote.end(self._fork)
        shutil.rmtree(self._sockets, ignore_errors=True)


class OtherKernels:
    """One zygote for each set of course files."""

    def __init__(self) -> None:
        self._folders = SocketFolders()
        self._zygotes: Zygotes[KernelZygote] = Zygotes()

    async def start(self, spec: Spec, image: Image, limits: Limits, key: str) -> OtherKernel:
        """A kernel that is coming up; `key` signs its messages. Raises SandboxUnavailable."""
        _refuse_foreign(spec)
        files = Image(files=image.files)
        zygote = await self._zygotes.get(files, lambda _: KernelZygote.start(_Images(), files, spares=0))
        sockets = self._folders.make()
        connection = connection_of(key)
        bounds = KernelLimits(
            memory_mb=limits.memory_mb, processes=limits.processes + _OWN_TASKS, open_files=limits.open_files,
            file_mb=limits.files_mb, temporary_mb=limits.files_mb,
        )  # fmt: skip
        argv = list(spec.argv[3:] if spec.module else spec.argv)
        order = {"sockets": sockets, "connection": connection, "module": spec.module, "argv": argv}
        try:
            async with asyncio.timeout(_START_S):
                fork, _ = await zygote.kernel({**order, "env": dict(spec.env)}, bounds)
        except BaseException as e:
            shutil.rmtree(sockets, ignore_errors=True)
            if isinstance(e, TimeoutError | EOFError | OSError):
                raise SandboxUnavailable(f"the kernel could not be started in the sandbox: {e}") from e
            raise
        return OtherKernel(zygote, fork, sockets, {**connection, "transport": "ipc", "ip": f"{sockets}/k"})

    async def close(self) -> None:
        """End all; nothing is left."""
        await self._zygotes.close()
        self._folders.close()


class _Images(KernelImages):
    """Like a submission's, with the system's programs, and terminals."""

    def environment(self) -> dict[str, str]:
        """Built from nothing."""
        own = {"PATH": "/usr/local/bin:/usr/bin:/bin", "TERM": "dumb", "SHELL": "/bin/bash"}
        return {**Namespaces.environment(self), **own}

    def configuration(self, image: Image) -> Json:
        """What to import, and what the view is made of."""
        given = super().configuration(image)
        shown = [path for path in (*_SEEN, *_SETTINGS) if os.path.isdir(path) or os.path.isfile(path)]
        sources = dict([*given["binds"], *([path, os.path.realpath(path)] for path in shown)])
        binds = [[path, sources[path]] for path in outermost(sources)]
        links = [*given["links"], ["/dev/ptmx", "/dev/pts/ptmx"]]
        links += [[path, os.readlink(path)] for path in ("/sbin",) if os.path.islink(path)]
        masks = [*given["masks"], *(path for path in _HIDDEN if os.path.isdir(path))]
        texts = [*given["texts"], ["/connection/.keep", ""], ["/dev/pts/.keep", ""]]
        return {
            **given, "level": "kernels_guests", "lends_folders": True, "texts": texts, "links": links, "binds": binds,
            "masks": masks, "preload": list(_MODULES),
        }  # fmt: skip


def _refuse_foreign(spec: Spec) -> None:
    """Raises SandboxUnavailable for a program that the sandbox does not show."""
    if spec.module:
        return
    found = shutil.which(spec.argv[0])
    if found is None:
        raise SandboxUnavailable(f"the kernel's program {spec.argv[0]} is not installed here")
    if not os.path.realpath(found).startswith(tuple(f"{path}/" for path in _SEEN)):
        where = "neither in /usr/bin nor in /usr/lib, and the sandbox shows no other programs"
        raise SandboxUnavailable(f"the kernel's program {found} lies {where}")
