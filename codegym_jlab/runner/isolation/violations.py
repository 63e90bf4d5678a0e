"""Plain words for what the sandbox refuses. The kernel refuses; this hook only says what, and where in the cell."""

import os
import sys
from collections.abc import Callable
from typing import Any


class SandboxViolation(PermissionError):
    """Student code tried what the sandbox does not allow; the text says what, as in "opening a network connection"."""


NETWORK = "opening a network connection"
PROGRAM = "starting another program"
FORK = "starting another process"
PROCESS = "attaching to another process"
SIGNAL = "sending a signal to the process that runs it"
LAYOUT = "changing what the sandbox can see"
WRITING = "writing a file outside the working folder"

#: Of an event that Python tells of.
Args = tuple[Any, ...]
_SYMBOLS = {
    **dict.fromkeys("ptrace process_vm_readv process_vm_writev pidfd_getfd".split(), PROCESS),
    **dict.fromkeys("mount umount umount2 unshare setns pivot_root chroot".split(), LAYOUT),
    **dict.fromkeys("system popen execve execv execvp execl posix_spawn posix_spawnp".split(), PROGRAM),
    **dict.fromkeys("socket connect getaddrinfo gethostbyname".split(), NETWORK),
}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_AF_UNIX = 1
_writable: tuple[str, ...] = ("/dev/",)
_getpid, _exit = os.getpid, os._exit
_is_first = False  #: whether student code runs in the first process of a namespace, which no signal of its own ends
_abspath = os.path.abspath
_fsdecode = os.fsdecode


def _opened(args: Args) -> str | None:
    path, _, flags = args
    if not isinstance(flags, int) or not flags & _WRITES or not isinstance(path, (str, bytes)):
        return None
    full = _abspath(_fsdecode(path))
    return None if (full + "/").startswith(_writable) else WRITING


def _signalled(args: Args) -> str | None:
    pid, number = args
    if _is_first and number and pid == _getpid():
        _exit(1)
    return SIGNAL if number and pid in (0, 1, -1) and pid != _getpid() else None


def _symbol(args: Args) -> str | None:
    name = args[1]
    return _SYMBOLS.get(name) if isinstance(name, str) else None


def _socket(args: Args) -> str | None:
    return None if args[1] == _AF_UNIX else NETWORK  # a socketpair is made of these, and allowed


#: By event of Python's, what is refused: in words, or by what looks at its arguments.
_EVENTS: dict[str, str | Callable[[Args], str | None]] = {
    "open": _opened,
    "os.kill": _signalled,
    "os.killpg": _signalled,
    "ctypes.dlsym": _symbol,
    "socket.__new__": _socket,
    **dict.fromkeys(
        "socket.connect socket.bind socket.getaddrinfo socket.gethostbyname socket.sendto".split(), NETWORK
    ),
    **dict.fromkeys("subprocess.Popen os.system os.exec os.posix_spawn os.spawn pty.spawn".split(), PROGRAM),
}


def end_by_signal() -> None:
    """From now on this process, the first of its namespace, ends where it sends itself a signal."""
    global _is_first
    _is_first = True


def watch(*folders: str, processes: bool) -> None:
    """Install the hook in this process, for good; `folders` may be written, `processes` started by fork(2).

    Student code can't remove it; if it could, the kernel still refuses.
    """
    global _writable
    _writable = ("/dev/", *(f"{folder}/" for folder in folders))
    events = _EVENTS if processes else {**_EVENTS, "os.fork": FORK, "os.forkpty": FORK}

    def hook(event: str, args: Args) -> None:
        judge = events.get(event)
        words = judge if judge is None or isinstance(judge, str) else judge(args)
        if words is not None:
            raise SandboxViolation(words)

    sys.addaudithook(hook)
