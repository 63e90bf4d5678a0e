"""Notebook kernels in the sandbox `namespaces`: one zygote a process, forked once for each kernel.

A kernel lives for hours and is asked for from any thread and event loop, so its zygote has a thread and an event loop
of its own. Nothing outlives the process: the zygote ends with that thread, and every kernel with the zygote.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import platform
import sys
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from .base import ExitKind, ExitStatus, Image, SandboxUnavailable
from .kernel_folders import SocketFolders
from .namespaces import Namespaces
from .zygote import Fork, Zygote

#: What ipykernel and IPython import until a cell has run, failed, been completed and been asked about.
MODULES = (
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger", "IPython.core.completer",
    "IPython.core.completerlib", "IPython.core.debugger", "IPython.core.guarded_eval", "IPython.core.latex_symbols",
    "IPython.core.logger", "IPython.core.magics.execution", "IPython.core.magics.pylab", "IPython.core.oinspect",
    "IPython.extensions.storemagic", "IPython.utils.module_paths", "IPython.utils.wildcard", "jedi", "sqlite3",
    "faulthandler", "stack_data", "pygments.lexers.python", "pygments.formatters.html",
    "pygments.formatters.terminal256", "pygments.styles.default", "tornado.platform.asyncio", "tornado.queues",
    "comm", "matplotlib_inline.config", "ipywidgets",
)  # fmt: skip
#: What courses use most; the same for all kernels of a server, so that they share one zygote.
PRELOAD = ("numpy", "pandas", "matplotlib.pyplot")
_TREE_MB = 300  # a tree may take that much more than one process: a MemoryError in the cell comes before the end of all
_START_S = 20.0
_CLOSE_S = 10.0
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class KernelLimits:
    """Bounds of one kernel and all that it starts."""

    memory_mb: int = 2048
    processes: int = 64  #: threads count too; a kernel has about 12
    open_files: int = 1024
    file_mb: int = 1024  #: of one file
    temporary_mb: int = 256  #: of /tmp, all files together; it counts as memory


@dataclass(frozen=True, slots=True)
class KernelOrder:
    """One kernel to start."""

    folder: str  #: real path; the only one that it may write
    sockets: str  #: a folder from `SocketFolders.make`; they will be named k-1 to k-5
    connection: dict[str, Any]  #: ports, key and signature_scheme of a Jupyter connection file
    limits: KernelLimits = KernelLimits()
    notice: str = ""  #: printed above the first output

    def frame(self) -> dict[str, Any]:
        """For the zygote."""
        owner = os.stat(self.folder)
        return {
            "op": "spawn", "folder": self.folder, "owner": [owner.st_uid, owner.st_gid], "sockets": self.sockets,
            "connection": self.connection, "notice": self.notice, **asdict(self.limits),
        }  # fmt: skip


class RunningKernel:
    """One kernel, with the verbs of `subprocess.Popen` that jupyter_client uses. Safe in every thread."""

    stdin = stdout = stderr = None

    def __init__(self, kernels: Kernels, zygote: KernelZygote, fork: Fork) -> None:
        self._kernels = kernels
        self._zygote = zygote
        self._fork = fork
        self._ended: Future[ExitStatus] = kernels.submit(fork.gone())

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

    def wait(self, timeout: float | None = None) -> int:
        """The same, blocking. Raises TimeoutError."""
        return exit_code(self._ended.result(timeout))

    def send_signal(self, number: int) -> None:
        """Pass a signal on to it. SIGKILL ends it and all that it started."""
        if number == 9:
            self._kernels.call(self._zygote.kill, self._fork)
        else:
            self._kernels.call(self._zygote.signal, self._fork, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(15)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(9)


def exit_code(status: ExitStatus) -> int:
    """As `subprocess.Popen` has it."""
    if status.kind is ExitKind.EXITED and status.code is not None:
        return status.code if status.code <= 128 else 128 - status.code
    return -9 if status.signal is None else -status.signal


class KernelZygote(Zygote):
    """The host's side of `runner.kernel_zygote`."""

    async def kernel(self, order: KernelOrder) -> Fork:
        """A kernel whose sockets are bound. Raises EOFError or OSError when the zygote died, or SandboxUnavailable."""
        self._next += 1
        coming: asyncio.Future[Fork] = asyncio.get_running_loop().create_future()
        self._coming[self._next] = coming
        self._send({"id": self._next, **order.frame()})
        fork = await coming
        self.leased.add(fork)
        try:
            said = await fork.receive()
            if said.get("op") != "sealed":
                raise SandboxUnavailable(f"The sandboxed kernel could not be started: {said.get('why')}")
        except BaseException:
            self.kill(fork)
            self.release(fork)
            raise
        fork.hang_up()
        limits = order.limits
        bounds = {"memory_mb": limits.memory_mb + _TREE_MB, "processes": limits.processes}
        self._send({"op": "leased", "id": fork.number, **bounds})
        return fork

    async def close(self) -> None:
        """End it and all kernels, and wait; at the end of the interpreter too, where executors take nothing more."""
        self.abandon()

    def signal(self, fork: Fork, number: int) -> None:
        """Pass a signal on."""
        if self.alive and fork.status is None:
            self._send({"op": "signal", "id": fork.number, "signal": number})


class Images(Namespaces):
    """A `pool.Backend` whose zygotes can be lent folders. `preload`: modules that are imported beside ipykernel's."""

    def command(self) -> list[str]:
        """That of a submission's zygote, with the module named."""
        return [*super().command(), "kernel_zygote"]

    def environment(self) -> dict[str, str]:
        """Built from nothing; plots are shown inline."""
        return {**super().environment(), "MPLBACKEND": "module://matplotlib_inline.backend_inline", **_time_zone()}

    def configuration(self, image: Image) -> dict[str, Any]:
        """What to import, and what the view is made of."""
        given = super().configuration(image)
        texts = [*given["texts"], ["/notebook/.keep", ""], ["/connection/.keep", ""]]
        clock = [["/etc/localtime", os.path.realpath("/etc/localtime")]] if os.path.exists("/etc/localtime") else []
        preload = [*MODULES, *image.preload]
        binds = [*given["binds"], *clock]
        return {**given, "level": "kernels", "lends_folders": True, "texts": texts, "preload": preload, "binds": binds}


def _time_zone() -> dict[str, str]:
    return {"TZ": os.environ["TZ"]} if "TZ" in os.environ else {}


class Kernels:
    """The kernels of this process. One of these is enough; `shared` gives it."""

    def __init__(self) -> None:
        if sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"):
            raise SandboxUnavailable("Sandboxed kernels need Linux. Choose the kernel Python 3.")
        self.folders = SocketFolders()
        self._zygotes: dict[tuple[str, ...], KernelZygote] = {}
        self._starting: dict[tuple[str, ...], asyncio.Lock] = {}
        self._starts: set[asyncio.Task[Zygote]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="codegym-kernels", daemon=True)
        self._thread.start()

    async def start(self, order: KernelOrder, preload: tuple[str, ...] = ()) -> RunningKernel:
        """A kernel that can be connected to. Raises SandboxUnavailable, in words for who wanted it."""
        return await asyncio.wrap_future(self.submit(self._start(order, preload)))

    async def warm(self, preload: tuple[str, ...] = ()) -> None:
        """Start the zygote ahead of need: about 2 s of another process. Raises SandboxUnavailable."""
        await asyncio.wrap_future(self.submit(self._zygote(preload)))

    def submit(self, work: Coroutine[Any, Any, _T]) -> Future[_T]:
        """Run that in the kernels' own event loop. Raises SandboxUnavailable once all has ended."""
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError:
            work.close()
            raise SandboxUnavailable("The server is ending. Start it again.") from None

    def call(self, act: Any, *args: Any) -> None:
        """Call that there, soon."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: everything has ended
            self._loop.call_soon_threadsafe(act, *args)

    def close(self) -> None:
        """End all kernels and zygotes; nothing is left. Blocks for a moment."""
        if self._loop.is_closed():
            return
        with contextlib.suppress(TimeoutError):
            self.submit(self._close()).result(_CLOSE_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CLOSE_S)
        self._loop.close()
        self.folders.close()

    async def _start(self, order: KernelOrder, preload: tuple[str, ...]) -> RunningKernel:
        problem = ""
        for _ in range(2):  # a zygote that died meanwhile is replaced once
            zygote = await self._zygote(preload)
            try:
                async with asyncio.timeout(_START_S):
                    return RunningKernel(self, zygote, await zygote.kernel(order))
            except TimeoutError:
                raise SandboxUnavailable("The sandboxed kernel did not start in time. Try again.") from None
            except (EOFError, OSError) as e:
                problem = str(e)
        raise SandboxUnavailable(f"The sandboxed kernel could not be started: {problem}")

    async def _zygote(self, preload: tuple[str, ...]) -> KernelZygote:
        async with self._starting.setdefault(preload, asyncio.Lock()):
            zygote = self._zygotes.get(preload)
            if zygote is not None and not zygote.alive:
                await self._zygotes.pop(preload).close()
                zygote = None
            if zygote is None:
                images = Images()
                configuration = images.configuration(Image(preload=preload))
                start = asyncio.create_task(
                    KernelZygote.start(images.command(), images.environment(), configuration, spares=0, refill_s=1.0)
                )
                self._starts.add(start)
                start.add_done_callback(self._starts.discard)
                started = await start
                assert isinstance(started, KernelZygote)
                zygote = self._zygotes[preload] = started
            return zygote

    async def _close(self) -> None:
        await self._end_zygotes()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        if tasks:  # who waits for a kernel hears of its end; what still starts is stopped
            _, starting = await asyncio.wait(tasks, timeout=0.1)
            for task in starting:
                task.cancel()
            await asyncio.gather(*starting, return_exceptions=True)
        await self._end_zygotes()

    async def _end_zygotes(self) -> None:
        zygotes = list(self._zygotes.values())
        self._zygotes.clear()
        await asyncio.gather(*(zygote.close() for zygote in zygotes))


_shared: dict[int, Kernels] = {}
_making = threading.Lock()


def shared() -> Kernels:
    """This process's kernels, made at the first call and ended with the process. Raises SandboxUnavailable."""
    with _making:
        kernels = _shared.get(os.getpid())
        if kernels is None:
            _shared.clear()  # in a fork, what belongs to the parent
            kernels = _shared[os.getpid()] = Kernels()
            atexit.register(close_shared)
        return kernels


def close_shared() -> None:
    """End this process's kernels, if there are any; the next `shared` makes anew."""
    with _making:
        kernels = _shared.pop(os.getpid(), None)
    if kernels is not None:
        kernels.close()
