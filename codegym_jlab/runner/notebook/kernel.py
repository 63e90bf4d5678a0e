"""ipykernel inside the sandbox: on UNIX sockets alone, without a debugger and a file of history.

Where a limit was hit, or a wall, the traceback ends with a line of plain words.
"""

import atexit
import errno
import importlib
import os
import sys
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

from ..isolation import violations
from ..wire.frames import Json

#: The end of a path: IPython writes `~` for what lies below the home folder.
_REFUSING = "/".join(violations.__file__.split("/")[-3:])


_TOO_MANY = "This notebook may have {processes} processes and threads at a time."
_OF_ERRORS: dict[int | None, str] = {
    errno.EAGAIN: _TOO_MANY,
    errno.EFBIG: "A file of this notebook may hold {file_mb} MB.",
    errno.EMFILE: "This notebook may have {open_files} files open at a time.",
    errno.ENOMEM: "This notebook may use {memory_mb} MB of memory.",
    errno.ENOSPC: "The folder /tmp holds {temporary_mb} MB here; the notebook's own folder holds more.",
}


class Words:
    """A line below a traceback that names the limit which was hit, or the wall."""

    def __init__(self, frame: Json) -> None:
        self._frame = frame

    def install(self, shell: Any) -> None:
        """From now on the shell says it."""
        show = shell._showtraceback

        def with_words(kind: type[BaseException], value: BaseException, lines: list[str]) -> None:
            words = self.of(value)
            lines = [line for line in lines if _REFUSING not in line]  # the frame that refused
            show(kind, value, [*lines, words] if words else lines)

        shell._showtraceback = with_words
        if self._frame["notice"]:
            shell.events.register("pre_run_cell", self._tell)
            self._shell = shell

    def of(self, error: BaseException) -> str | None:
        """The line for that error."""
        if isinstance(error, violations.SandboxViolation):
            return "This notebook runs in a sandbox, which does not allow that."
        words = None
        if isinstance(error, MemoryError):
            words = "This notebook may use {memory_mb} MB of memory, and this cell needed more."
        elif isinstance(error, RuntimeError) and "start new thread" in str(error):
            words = _TOO_MANY
        elif isinstance(error, OSError):
            words = _OF_ERRORS.get(error.errno)
        return words.format(**self._frame) if words is not None else None

    def _tell(self, info: Any) -> None:
        """Once, above the first output after a restart that a limit brought about."""
        self._shell.events.unregister("pre_run_cell", self._tell)
        print(self._frame["notice"], file=sys.stderr, flush=True)


_QUIET = 50  # logging.CRITICAL
_STACK_BYTES = 2 << 20  # of a thread: Linux' 8 MB would use the memory up before the threads are counted out
_OWN_THREADS = 6  # ZeroMQ's and the interpreter's own, which Python does not count


class KernelPlaces(NamedTuple):
    """Where a sealed kernel finds its things."""

    folder: str
    private: str
    address: str  #: of the sockets, less `-` and the channel's number
    listening: dict[int, int]  #: files of those bound already
    may_fork: bool


def start(frame: Json, places: KernelPlaces) -> Callable[[], NoReturn]:
    """Make this process a kernel whose sockets can be connected to. What is returned serves until it is shut down.

    `frame`: what the zygote was asked for.
    """
    app = _application(frame["connection"], places)
    app.initialize([])
    sys.path.insert(0, "")  # modules beside the notebook; IPython leaves it out where Python was started with -P
    os.register_at_fork(after_in_child=_speak_through_files)
    _reseed()
    _show_plots()
    app.shell.system = _no_programs
    Words(frame).install(app.shell)
    violations.watch(places.folder, places.private, processes=places.may_fork)
    if not places.may_fork:
        _bound_threads(frame["processes"])

    def serve() -> NoReturn:
        code = 1
        try:
            app.start()
            code = 0
        finally:
            # ipykernel closes sockets here that its threads still use: now and then that hangs, or aborts
            atexit.unregister(app.close)
            atexit.unregister(app.iopub_thread.stop)
            atexit._run_exitfuncs()
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
            os._exit(code)

    return serve


def _application(connection: Json, places: KernelPlaces) -> Any:
    ports = {name: port for name, port in connection.items() if name.endswith("_port")}
    file = f"{places.private}/.kernel.json"  # for %connect_info
    kind = _kind(places.listening)
    app = kind.instance(transport="ipc", ip=places.address, log_level=_QUIET, connection_file=file, **ports)
    app.config.HistoryManager.hist_file = ":memory:"
    app.session.key = connection["key"].encode()
    app.session.signature_scheme = connection["signature_scheme"]
    for name in ("curve_publickey", "curve_secretkey"):
        if connection.get(name):
            setattr(app, name, connection[name].encode())
    return app


def _kind(listening: dict[int, int]) -> Any:
    """IPKernelApp without what needs TCP or connect(2); it takes the sockets that are bound already."""
    kernelapp: Any = importlib.import_module("ipykernel.kernelapp")
    zmq = importlib.import_module("zmq")

    def init_control(self: Any, context: Any) -> None:
        kernelapp.IPKernelApp.init_control(self, context)
        # the debugger's own connection to the shell
        self.debug_shell_socket.disconnect(self.shell_socket.getsockopt(zmq.LAST_ENDPOINT))

    def bind(self: Any, socket: Any, port: int) -> Any:
        if port in listening:
            socket.setsockopt(zmq.USE_FD, listening[port])
        return kernelapp.IPKernelApp._try_bind_socket(self, socket, port)

    def beat(self: Any) -> Any:
        if self.port in listening:
            self.socket.setsockopt(zmq.USE_FD, listening[self.port])
        return heartbeat.Heartbeat._try_bind_socket(self)

    heartbeat = importlib.import_module("ipykernel.heartbeat")
    kernelapp.Heartbeat = type("Heartbeat", (heartbeat.Heartbeat,), {"_try_bind_socket": beat})
    without_pipe()
    changed = {"init_control": init_control, "_try_bind_socket": bind}
    return type("NotebookKernelApp", (kernelapp.IPKernelApp,), changed)


def without_pipe() -> None:
    """ipykernel's output without the pipe by which forked processes would send theirs: it needs TCP."""
    kernelapp: Any = importlib.import_module("ipykernel.kernelapp")
    iostream: Any = importlib.import_module("ipykernel.iostream")

    def really_send(self: Any, *args: Any, **kwargs: Any) -> None:
        if self._is_master_process():
            iostream.IOPubThread._really_send(self, *args, **kwargs)

    silent = {"_setup_pipe_in": lambda self: None, "_really_send": really_send}
    kernelapp.IOPubThread = type("IOPubThread", (iostream.IOPubThread,), silent)


def _show_plots() -> None:
    """Where the inline backend was imported before there was a shell, tell it that there is one."""
    backend = sys.modules.get("matplotlib_inline.backend_inline")
    if backend is not None:
        backend._enable_matplotlib_integration()


def _bound_threads(most: int) -> None:
    """Where the kernel counts all of a user's threads together, a notebook's own are counted here, in plain words.

    Code that goes round this meets the watchdog, which ends the kernel.
    """
    import _thread
    import threading

    begin: Any = _thread.start_new_thread

    def bounded(*args: Any) -> Any:
        if _thread._count() + _OWN_THREADS >= most:
            raise RuntimeError("can't start new thread")
        return begin(*args)

    threading.stack_size(_STACK_BYTES)
    for module, name in ((_thread, "start_new_thread"), (_thread, "start_new"), (threading, "_start_new_thread")):
        setattr(module, name, bounded)


def _no_programs(command: str) -> None:
    """In place of what runs `!command`, which would look for a shell."""
    raise violations.SandboxViolation(violations.PROGRAM)


def _speak_through_files() -> None:
    """In a process that a cell forked: files 1 and 2 are read by the kernel, and shown."""
    sys.stdout = open(1, "w", buffering=1, closefd=False)
    sys.stderr = open(2, "w", buffering=1, closefd=False)


def _reseed() -> None:
    """Forks of one process must not draw the same numbers; Python's own generator sees to itself."""
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()
