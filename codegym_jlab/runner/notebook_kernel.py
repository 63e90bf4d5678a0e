"""ipykernel inside the sandbox: on UNIX sockets alone, without a debugger and a file of history."""

from __future__ import annotations

import atexit
import importlib
import os
import sys

from . import violations
from .notebook_words import Words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

_CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
_CONNECTION_FILE = "/tmp/.kernel.json"  # noqa: S108  for %connect_info
_QUIET = 50  # logging.CRITICAL


def start(frame: dict[str, Any], folder: str, address: str) -> Callable[[], NoReturn]:
    """Make this process a kernel whose sockets can be connected to. What is returned serves until it is shut down.

    `frame`: what the zygote was asked for. `address`: of the sockets, less `-` and the channel's number.
    """
    os.setsid()
    app = _application(frame["connection"], address)
    app.initialize([])
    sys.path.insert(0, "")  # modules beside the notebook; IPython leaves it out where Python was started with -P
    os.register_at_fork(after_in_child=_speak_through_files)
    _reseed()
    _show_plots()
    app.shell.system = _no_programs
    Words(frame).install(app.shell)
    violations.watch(folder, "/tmp")  # noqa: S108  the sandbox's own

    def serve() -> NoReturn:
        code = 1
        try:
            app.start()
            code = 0
        finally:
            atexit._run_exitfuncs()
            os._exit(code)

    return serve


def _application(connection: dict[str, Any], address: str) -> Any:
    ports = {f"{channel}_port": connection[f"{channel}_port"] for channel in _CHANNELS}
    app = _kind().instance(transport="ipc", ip=address, log_level=_QUIET, connection_file=_CONNECTION_FILE, **ports)
    app.config.HistoryManager.hist_file = ":memory:"
    app.session.key = connection["key"].encode()
    app.session.signature_scheme = connection["signature_scheme"]
    for name in ("curve_publickey", "curve_secretkey"):
        if connection.get(name):
            setattr(app, name, connection[name].encode())
    return app


def _kind() -> Any:
    """IPKernelApp without what needs TCP or connect(2)."""
    kernelapp: Any = importlib.import_module("ipykernel.kernelapp")
    iostream: Any = importlib.import_module("ipykernel.iostream")
    zmq: Any = importlib.import_module("zmq")

    def init_control(self: Any, context: Any) -> None:
        kernelapp.IPKernelApp.init_control(self, context)
        # the debugger's own connection to the shell
        self.debug_shell_socket.disconnect(self.shell_socket.getsockopt(zmq.LAST_ENDPOINT))

    def really_send(self: Any, *args: Any, **kwargs: Any) -> None:
        if self._is_master_process():
            iostream.IOPubThread._really_send(self, *args, **kwargs)

    # the pipe by which forked processes would send their output
    silent = {"_setup_pipe_in": lambda self: None, "_really_send": really_send}
    kernelapp.IOPubThread = type("IOPubThread", (iostream.IOPubThread,), silent)
    return type("NotebookKernelApp", (kernelapp.IPKernelApp,), {"init_control": init_control})


def _show_plots() -> None:
    """Where the inline backend was imported before there was a shell, tell it that there is one."""
    backend: Any = sys.modules.get("matplotlib_inline.backend_inline")
    if backend is not None:
        backend._enable_matplotlib_integration()


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
