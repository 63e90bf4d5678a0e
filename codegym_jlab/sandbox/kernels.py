"""Notebook kernels in the sandbox, host side: one zygote a process, forked once for each kernel.

A kernel lives for hours and is asked for from any thread and event loop, so its zygote has a thread and an event loop
of its own. Nothing outlives the process: the zygote ends with that thread, and every kernel with the zygote.
"""

import asyncio
import atexit
import os
import platform
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

from codegym_jlab.records import end_tasks, frozen, plain
from codegym_jlab.runner.wire.frames import Json

from .base import ExitKind, ExitStatus, Image, SandboxUnavailable
from .namespaces import MACHINES, Confined, Namespaces
from .zygote import Fork, Zygote, Zygotes

_LONGEST = 60  # a UNIX socket's path holds 107 bytes


class SocketFolders:
    """One folder a process, made when it is first asked for; one below it for each kernel."""

    @cached_property
    def path(self) -> str:
        """That folder."""
        parent = tempfile.gettempdir()
        return tempfile.mkdtemp(prefix="cg-", dir=parent if len(parent) <= _LONGEST else "/tmp")  # noqa: S108

    def make(self) -> str:
        """A new folder for one kernel's sockets."""
        return tempfile.mkdtemp(prefix="", dir=self.path)

    def close(self) -> None:
        """Remove them all."""
        shutil.rmtree(self.__dict__.pop("path", ""), ignore_errors=True)


#: What ipykernel and IPython import until a cell has run, failed, been completed and been asked about.
MODULES = """
    ipykernel.kernelapp ipykernel.ipkernel ipykernel.debugger IPython.core.completer IPython.core.completerlib
    IPython.core.debugger IPython.core.guarded_eval IPython.core.latex_symbols IPython.core.logger
    IPython.core.magics.execution IPython.core.magics.pylab IPython.core.oinspect IPython.extensions.storemagic
    IPython.utils.module_paths IPython.utils.wildcard jedi sqlite3 faulthandler stack_data pygments.lexers.python
    pygments.formatters.html pygments.formatters.terminal256 pygments.styles.default tornado.platform.asyncio
    tornado.queues comm matplotlib_inline.config ipywidgets
""".split()
#: What courses use most; the same for all kernels of a server, so that they share one zygote.
PRELOAD = ("numpy", "pandas", "matplotlib.pyplot")
_SHOWN = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}


class KernelImages(Namespaces):
    """What the warm process is started with, whatever the level."""

    def command(self) -> list[str]:
        """That of a submission's zygote, with the module named."""
        return [*super().command(), "notebook.zygote"]

    def environment(self) -> dict[str, str]:
        """Built from nothing; plots are shown inline."""
        zone = {"TZ": os.environ["TZ"]} if "TZ" in os.environ else {}
        return {**super().environment(), **_SHOWN, **zone}


class Images(KernelImages):
    """Zygotes that can be lent folders. `preload`: modules that are imported beside ipykernel's."""

    def configuration(self, image: Image) -> Json:
        """What to import, and what the view is made of."""
        given = super().configuration(image)
        texts = [*given["texts"], ["/notebook/.keep", ""], ["/connection/.keep", ""]]
        clock = [["/etc/localtime", os.path.realpath("/etc/localtime")]] if os.path.exists("/etc/localtime") else []
        preload = [*MODULES, *image.preload]
        binds = [*given["binds"], *clock]
        return {**given, "level": "kernels", "lends_folders": True, "texts": texts, "preload": preload, "binds": binds}


class ConfinedImages(KernelImages, Confined):
    """The same where no namespaces can be made; the folders are added inside."""

    def configuration(self, image: Image) -> Json:
        """What to import, and what may be read."""
        given = super().configuration(image)
        grants = [*given["grants"], "/etc/localtime"]
        return {**given, "level": "kernels_confined", "grants": grants, "preload": [*MODULES, *image.preload]}


def connection_of(key: str) -> Json:
    """Of a kernel whose channels are numbered from 1; `key` signs its messages."""
    ports = {f"{channel}_port": n for n, channel in enumerate("shell iopub stdin control hb".split(), 1)}
    return {**ports, "key": key, "signature_scheme": "hmac-sha256"}


#: A kernel can be had at these levels, the safest first.
KERNEL_LEVELS = ("namespaces", "confined")


_TREE_MB = 300  # a tree may take that much more than one process: a MemoryError in the cell comes before the end of all
_START_S, _FAREWELL_S = 20.0, 2.0
_CLOSE_S = 10.0
_T = TypeVar("_T")


@frozen
class KernelLimits:
    """Bounds of one kernel and all that it starts."""

    memory_mb: int = 2048
    processes: int = 64  #: threads count too; a kernel has about 12
    open_files: int = 1024
    file_mb: int = 1024  #: of one file
    temporary_mb: int = 256  #: of /tmp, all files together; it counts as memory


@frozen
class KernelOrder:
    """One kernel to start."""

    folder: str  #: real path; the only one that it may write
    sockets: str  #: a folder from `SocketFolders.make`; they will be named k-1 to k-5
    connection: Json  #: ports, key and signature_scheme of a Jupyter connection file
    limits: KernelLimits = KernelLimits()
    notice: str = ""  #: printed above the first output

    def frame(self) -> Json:
        """For the zygote."""
        owner = os.stat(self.folder)
        return {"owner": [owner.st_uid, owner.st_gid], **plain(self, "limits")}


@dataclass(eq=False)
class RunningKernel:
    """One kernel, with the verbs of `subprocess.Popen` that the provisioner's base uses. Safe in every thread."""

    kernels: "Kernels"
    _zygote: "KernelZygote"
    _fork: Fork
    folder: str  #: the notebook's, as the kernel names it

    def __post_init__(self) -> None:
        self.level = self._zygote.level  #: of its sandbox
        self._ended = self.kernels.submit(self._fork.gone())

    @property
    def ended_by(self) -> ExitStatus | None:
        """How it ended, once it has."""
        return self._fork.status

    def poll(self) -> int | None:
        """None while it runs; then its exit status, below 0 that of a signal."""
        status = self._fork.status
        return None if status is None else exit_code(status)

    async def gone(self) -> int:
        """Wait until it has ended, whoever ended it."""
        return exit_code(await asyncio.wrap_future(self._ended))

    def send_signal(self, number: int) -> None:
        """Pass a signal on to it. SIGKILL ends it and all that it started."""
        if number == 9:
            self.kernels.call(self._zygote.kill, self._fork)
        else:
            self.kernels.call(self._zygote.signal, self._fork, number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(9)


def _end_unwanted(work: Future[RunningKernel]) -> None:
    """Who wanted it went away while it came up."""
    if not work.cancelled() and work.exception() is None:
        work.result().kill()


def exit_code(status: ExitStatus) -> int:
    """As `subprocess.Popen` has it."""
    if status.kind is ExitKind.EXITED and status.code is not None:
        return status.code if status.code <= 128 else 128 - status.code
    return -9 if status.signal is None else -status.signal


class KernelZygote(Zygote):
    """The host's side of `runner.notebook.zygote`."""

    level = ""

    async def kernel(self, order: Json, limits: KernelLimits) -> tuple[Fork, str]:
        """A kernel whose sockets are bound, and its folder's name inside. `order`: what to start.

        Raises EOFError or OSError when the zygote died, or SandboxUnavailable.
        """
        coming = self._spawn({**order, **asdict(limits)})
        try:
            fork = await coming
            self.leased.add(fork)
            said = await fork.receive()
            if said.get("op") != "sealed":
                raise SandboxUnavailable(f"The sandboxed kernel could not be started: {said.get('why')}")
        except BaseException:
            self._give_up(coming)
            raise
        fork.hang_up()
        bounds = {"memory_mb": limits.memory_mb + _TREE_MB, "processes": limits.processes}
        self._send({"op": "leased", "id": fork.number, "files_mb": limits.temporary_mb, **bounds})
        return fork, str(said["details"]["folder"])

    async def close(self) -> None:
        """End it and all kernels, and wait; at the end of the interpreter too, where executors take nothing more."""
        self._part()
        try:
            self._process.wait(_FAREWELL_S)  # it ends when its socket closes, and tidies up
        except subprocess.TimeoutExpired:
            self.abandon()

    def signal(self, fork: Fork, number: int) -> None:
        """Pass a signal on."""
        if self.alive and fork.status is None:
            self._send({"op": "signal", "id": fork.number, "signal": number})


class Kernels:
    """The kernels of this process. One of these is enough; `shared` gives it."""

    def __init__(self) -> None:
        if platform.machine() not in MACHINES:
            machines = " or ".join(MACHINES)
            raise SandboxUnavailable(f"Sandboxed kernels need Linux on {machines}. Choose the kernel Python 3.")
        self.folders = SocketFolders()
        self.closing = False  #: whether all of them are ended, or were
        self._zygotes: Zygotes[KernelZygote] = Zygotes()
        self._refused: dict[str, str] = {}  #: levels that do not work here, and why
        self._running = set[RunningKernel]()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="codegym-kernels", daemon=True)
        self._thread.start()

    async def start(self, order: KernelOrder, preload: tuple[str, ...], levels: Sequence[str]) -> RunningKernel:
        """A kernel that can be connected to, at the first of these levels that works here.

        Raises SandboxUnavailable, in words for who wanted it.
        """
        work = self.submit(self._start(order, preload, levels))
        try:
            return await asyncio.shield(asyncio.wrap_future(work))
        except asyncio.CancelledError:
            work.add_done_callback(_end_unwanted)
            raise

    async def warm(self, preload: tuple[str, ...], levels: Sequence[str]) -> str:
        """Start the zygote ahead of need: about 2 s of another process. Returns its level.

        Raises SandboxUnavailable.
        """
        return (await asyncio.wrap_future(self.submit(self._zygote(preload, levels)))).level

    async def refusal(self, folder: str | Path, preload: tuple[str, ...], levels: Sequence[str]) -> str:
        """Why no kernel can be lent that folder, found out with one that runs nothing; empty where it can."""
        sockets = self.folders.make()
        try:
            real = await asyncio.to_thread(os.path.realpath, folder)
            kernel = await self.start(KernelOrder(real, sockets, connection_of("")), preload, levels)
        except SandboxUnavailable as e:
            return str(e)
        else:
            kernel.kill()
            await kernel.gone()
            return ""
        finally:
            await asyncio.to_thread(shutil.rmtree, sockets, ignore_errors=True)

    @property
    def running(self) -> list[RunningKernel]:
        """The kernels that have not ended."""
        return [kernel for kernel in self._running if kernel.ended_by is None]

    def submit(self, work: Coroutine[Any, Any, _T]) -> Future[_T]:
        """Run that in the kernels' own event loop. Raises SandboxUnavailable once all has ended."""
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError:
            work.close()
            raise SandboxUnavailable("The server is ending. Start it again.") from None

    def call(self, act: Any, *args: Any) -> None:
        """Call that there, soon."""
        with suppress(RuntimeError):  # the loop is closed: everything has ended
            self._loop.call_soon_threadsafe(act, *args)

    def close(self) -> None:
        """End all kernels and zygotes; nothing is left. Blocks for a moment."""
        if self._loop.is_closed():
            return
        self.closing = True
        with suppress(TimeoutError):
            self.submit(self._close()).result(_CLOSE_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CLOSE_S)
        self._loop.close()
        self.folders.close()

    async def _start(self, order: KernelOrder, preload: tuple[str, ...], levels: Sequence[str]) -> RunningKernel:
        problem = ""
        for _ in range(2):  # a zygote that died meanwhile is replaced once
            zygote = await self._zygote(preload, levels)
            try:
                async with asyncio.timeout(_START_S):
                    kernel = RunningKernel(self, zygote, *await zygote.kernel(order.frame(), order.limits))
                    self._running = {kernel, *self.running}
                    return kernel
            except TimeoutError:
                raise SandboxUnavailable("The sandboxed kernel did not start in time. Try again.") from None
            except (EOFError, OSError) as e:
                problem = str(e)
        raise SandboxUnavailable(f"The sandboxed kernel could not be started: {problem}")

    async def _zygote(self, preload: tuple[str, ...], levels: Sequence[str]) -> KernelZygote:
        """At the first level that works; one that did not is not tried again while another does."""
        known = [level for level in levels if level not in self._refused] or levels
        for level in known:
            try:
                return await self._zygotes.get((level, preload), partial(_started, level, preload))
            except SandboxUnavailable as e:
                self._refused[level] = str(e)
        said = "; ".join(self._refused[level] for level in levels if level in self._refused)
        raise SandboxUnavailable(said or "the sandbox level that is forced has no kernels")

    async def _close(self) -> None:
        await self._zygotes.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        if tasks:  # who waits for a kernel hears of its end; what still starts is stopped
            _, starting = await asyncio.wait(tasks, timeout=0.1)
            await end_tasks(*starting)
        await self._zygotes.close()


async def _started(level: str, preload: tuple[str, ...], again: bool) -> KernelZygote:
    backend = Images() if level == "namespaces" else ConfinedImages()
    zygote = await KernelZygote.start(backend, Image(preload=preload), spares=0)
    zygote.level = level
    return zygote


_shared: list[Kernels] = []  # one, or none
_allowed: list[tuple[str, ...]] = [KERNEL_LEVELS]
_making = threading.Lock()


def shared() -> Kernels:
    """This process's kernels, made at the first call and ended with the process. Raises SandboxUnavailable."""
    with _making:
        if not _shared:
            _shared.append(Kernels())
            atexit.register(close_shared)
        return _shared[0]


def allow(level: str) -> None:
    """From now on this process's kernels are started at that level alone, where it has kernels, or refused."""
    _allowed[0] = levels_of(level)


def levels_of(forced: str) -> tuple[str, ...]:
    """The levels that kernels may be started at where that one is forced; empty for none that is."""
    return tuple(level for level in KERNEL_LEVELS if forced in ("", level))


def allowed() -> tuple[str, ...]:
    """The levels that kernels may be started at, the safest first; none where the level that is forced has none."""
    return _allowed[0]


def close_shared() -> None:
    """End this process's kernels, if there are any; the next `shared` makes anew, at any level."""
    _allowed[0] = KERNEL_LEVELS
    with _making:
        ended, _shared[:] = list(_shared), []
    for kernels in ended:
        kernels.close()
