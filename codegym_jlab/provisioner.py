"""The kernel provisioner of *Python 3 (CodeGYM)*: starts ipykernel in the sandbox, in the notebook's own folder.

jupyter_client finds it by its entry point. Where no sandbox works here, or the folder cannot be lent, starting raises
KernelRefused with words for the student; the plain kernel Python 3 runs everywhere.
"""

import asyncio
import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from jupyter_core.paths import jupyter_config_path, jupyter_data_dir, jupyter_runtime_dir
from traitlets import Integer, List, Unicode, default

from .runner.isolation.rootfs import is_mapped
from .sandbox.base import ExitKind, ExitStatus, SandboxUnavailable
from .sandbox.kernels import KERNEL_LEVELS, PRELOAD, KernelLimits, KernelOrder, RunningKernel, allowed, shared
from .sandbox.namespaces import NOBODY

_SYSTEM = ("/proc", "/sys", "/dev", "/etc", "/usr", "/boot")
KERNEL = "codegym-python3"  #: the name of the kernelspec


class KernelRefused(RuntimeError):
    """No sandboxed kernel can be started; the text says why and what to do."""


class SandboxProvisioner(LocalProvisioner):
    """A kernel forked from a warm process, in the sandbox, with the limits below. Its environment is built anew."""

    memory_mb = Integer(2048, min=64, help="Memory of the kernel and all it starts, above what it is born with.")
    processes = Integer(64, min=24, help="Processes and threads of a kernel; it needs about 12.")
    open_files = Integer(1024, min=64, help="Files that each process may have open.")
    file_mb = Integer(1024, min=1, help="Size of one file, in MB.")
    temporary_mb = Integer(256, min=16, help="Size of the kernel's private /tmp, in MB; it is memory.")
    preload = List(
        Unicode(),
        default_value=list(PRELOAD),
        help="Modules imported ahead, where they are installed; the same for all kernels of a server is best.",
    )

    level = Unicode(
        help="Sandbox level: namespaces, confined. Default: $CODEGYM_SANDBOX, else the best that works here."
    )

    @default("level")
    def _level(self) -> str:
        return os.environ.get("CODEGYM_SANDBOX", "")

    process: RunningKernel | None = None  # type: ignore[assignment]  # it has Popen's verbs
    _sockets: str | None = None
    _folder = _inside = ""
    _notice = ""

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """See the base. Chooses the folder and the transport before the connection file is written."""
        km = self.parent
        assert km is not None
        self._refuse_at_the_end()
        try:
            self._levels()
            folders = shared().folders
            self._folder = lendable(kwargs.get("cwd") or os.getcwd(), [*_private(), folders.path])
            if self._sockets is None:
                self._sockets = folders.make()
                km.transport = "ipc"
                km.ip = f"{self._sockets}/k"
                km.cache_ports = False
        except SandboxUnavailable as e:
            raise KernelRefused(_advice(e)) from e
        return await super().pre_launch(**kwargs)

    def _refuse_at_the_end(self) -> None:
        """Jupyter restarts a kernel that ended by itself; not when all were ended, and no process is started for it."""
        if self._sockets is not None and not os.path.isdir(self._sockets):
            raise KernelRefused("The server is ending. Start it again.")

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """See the base. `cmd` and the environment are not used: what runs inside is ours."""
        assert self._sockets is not None
        connection = _connection(self.connection_info)
        limits = KernelLimits(self.memory_mb, self.processes, self.open_files, self.file_mb, self.temporary_mb)
        order = KernelOrder(self._folder, self._sockets, connection, limits, self._notice)
        try:
            self.process = await shared().start(order, tuple(self.preload), self._levels())
        except SandboxUnavailable as e:
            await self.cleanup()
            raise KernelRefused(_advice(e)) from e
        self._notice = ""
        self._inside = self.process.folder
        self.cwd = self._folder
        return self.connection_info

    def _levels(self) -> tuple[str, ...]:
        """Those that may be tried. Raises SandboxUnavailable."""
        may = tuple(level for level in allowed() if self.level in ("", level))
        if not may:
            raise SandboxUnavailable("CODEGYM_SANDBOX names a sandbox level that has no kernels.")
        return may

    async def poll(self) -> int | None:
        """See the base. The first look at a kernel that a limit ended says so in the log."""
        code = await super().poll()
        if self.process is not None and self.process.ended_by is not None and not self._notice:
            self._notice = self._words(self.process.ended_by)
            if self._notice:
                self.log.warning("kernel %s: %s", self.kernel_id, self._notice)
        return code

    def _words(self, status: ExitStatus) -> str:
        if status.kind is ExitKind.MEMORY:
            most = f"{self.memory_mb} MB of memory, {self.processes} processes"
            return f"The kernel was ended: it and what it started took more than they may ({most})."
        if status.kind is ExitKind.OUTPUT:
            return f"The kernel was ended: its folder for temporary files held more than {self.temporary_mb} MB."
        if status.kind is ExitKind.LOST and not (self.process and self.process.kernels.closing):
            return "The kernel was ended by a fault of the sandbox, not of the notebook."
        return ""

    async def wait(self) -> int | None:
        """See the base."""
        if self.process is None:
            return 0
        code = await self.process.gone()
        self.process = None
        return code

    async def cleanup(self, restart: bool = False) -> None:
        """See the base. The sockets' folder stays for a restart."""
        await super().cleanup(restart=restart)
        if not restart and self._sockets is not None:
            sockets, self._sockets = self._sockets, None
            await asyncio.to_thread(shutil.rmtree, sockets, ignore_errors=True)

    def resolve_path(self, path_str: str) -> str | None:
        """See the base. A path as the kernel names it becomes the server's."""
        if not self._inside:
            return None
        path = Path(os.path.normpath(os.path.join(self._inside, path_str)))
        if not path.is_relative_to(self._inside):
            return None
        found = Path(self._folder) / path.relative_to(self._inside)
        return found.as_posix() if found.exists() else None


for trait in SandboxProvisioner.class_own_traits().values():
    trait.tag(config=True)


def lendable(folder: str | Path, private: Iterable[str | Path]) -> str:
    """The real path of a notebook's folder, if code in it may see and change all that it holds.

    `private`: files and folders that no student code may see. Raises SandboxUnavailable, in words for the student.
    """
    real = os.path.realpath(folder)
    if not os.path.isdir(real):
        raise SandboxUnavailable(f"The notebook's folder does not exist: {folder}")
    home = os.path.realpath(os.path.expanduser("~"))
    kept = {home, *(os.path.realpath(path) for path in private)}
    if any(_holds(real, path) for path in kept):
        what = "your home folder" if real == home else f"the folder {real}"
        raise SandboxUnavailable(
            f"A notebook in {what} cannot run in the sandbox: it would see more than its own files. "
            "Move it into a folder of its own, or choose the kernel Python 3."
        )
    hidden = _holds(home, real) and any(part.startswith(".") for part in Path(real).relative_to(home).parts)
    inside = any(_holds(path, real) for path in (*_SYSTEM, *(kept - {home})))
    if hidden or inside:
        raise SandboxUnavailable(
            f"The folder {real} belongs to the system or to a program, and is not lent to a sandbox. "
            "Move the notebook into a folder of its own, or choose the kernel Python 3."
        )
    return real


def _holds(folder: str, path: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def refusal(folder: Path, level: str = "namespaces") -> str:
    """Why a notebook in `folder` cannot have this kernel at that level, in words for the student; empty where it can.

    Asked before one is opened: a start that is refused leaves Jupyter an entry that it cannot end.
    """
    try:
        if level not in KERNEL_LEVELS:
            raise SandboxUnavailable("No sandbox for notebooks works on this server.")
        if not folder.is_dir():
            return ""
        real = lendable(folder, _private())
        if level == "confined" and not os.geteuid() and not os.stat(real).st_uid and is_mapped(NOBODY):
            raise SandboxUnavailable(f"The folder {real} belongs to root, and is not lent to a sandbox here.")
    except SandboxUnavailable as e:
        return _advice(e)
    return ""


@dataclass
class Readiness:
    """Whether notebooks below `home` can have this kernel; and one made ready, so that the next starts at once."""

    home: Path
    level: str  #: at which kernels start, empty for none; a guess until one was made ready
    _why: str = ""  #: `home` cannot be lent to one

    def kernel_of(self, course: str) -> dict[str, str]:
        """The kernel on which this course's notebooks are opened; `why` where it is the plain one."""
        why = self._why or refusal(self.home / course, self.level)
        return {"name": "python3" if why else KERNEL, "why": why}

    async def warm(self) -> None:
        """A notebook comes next: fork its kernel from a process that has the imports behind it."""
        try:
            zygotes = await asyncio.to_thread(shared)
            level = await zygotes.warm(PRELOAD, allowed())
        except Exception:
            self.level = ""
            raise
        self.level, self._why = level, await zygotes.refusal(self.home, PRELOAD, (level,))


def _advice(error: SandboxUnavailable) -> str:
    text = str(error).rstrip()
    return text if "Python 3" in text else f"{text.rstrip('.')}. The kernel Python 3 runs without a sandbox."


def _private() -> list[str]:
    """What no kernel may be lent, nor any folder that holds it."""
    package = os.path.dirname(os.path.abspath(__file__))
    return [sys.prefix, sys.base_prefix, package, jupyter_data_dir(), jupyter_runtime_dir(), *jupyter_config_path()]


_CONNECTION = frozenset(
    "shell_port iopub_port stdin_port control_port hb_port signature_scheme key curve_publickey curve_secretkey".split()
)


def _connection(info: KernelConnectionInfo) -> dict[str, Any]:
    """What the kernel needs of its connection file, as JSON."""
    values = {name: value for name, value in info.items() if name in _CONNECTION and value is not None}
    return {name: value.decode() if isinstance(value, bytes) else value for name, value in values.items()}
