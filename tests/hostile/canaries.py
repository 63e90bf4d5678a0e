"""Canaries that hostile answers look for: files, sockets, an environment variable; and what was done to them.

The paths and ports are those that the corpus names, on this machine itself: a sandbox that hides them passes.
"""

from __future__ import annotations

import base64
import fcntl
import os
import re
import socket
import threading
import time
from collections.abc import Iterable
from pathlib import Path

ENV_NAME, ENV_CANARY = "CG_SECRET_CANARY", "cg-env-canary-55120"
FILE_CANARY, CANARY_TEXT = "cg-file-canary-77341", "canary: do not touch\n"
CANARY, SECRET_FILE, UNIX = Path("/tmp/cg-canary"), Path("/tmp/cg-secret-file"), Path("/tmp/cg-canary.sock")
TCP_PORT, UDP_PORT, ABSTRACT = 47613, 47615, "\0cg-canary"
_OURS = {CANARY, SECRET_FILE, UNIX}
_SHARED = Path("/tmp/codegym-canaries.lock")  #: held by every process of the tests that has laid them out
_THERE_BEFORE: set[int] = set()  #: processes of earlier tests, a warm zygote of kernels say


def forms(word: str, how: str | None = None) -> set[str]:
    """The ways in which a secret word may be shown: plain, and by the transform that a case names."""
    found = {word}
    if how == "reversed":
        found.add(word[::-1])
    elif how == "hex":
        found.add(word.encode().hex())
    elif how == "spaced":
        found.add(" ".join(word))
    elif how == "base64":
        for lead in range(3):  # at the three possible offsets, without the ends that neighbours change
            code = base64.b64encode(b"\0" * lead + word.encode()).decode().rstrip("=")
            found.add(code[(0, 2, 3)[lead] :][: max(6, len(word) * 4 // 3 - 2)])
    return found


def leaked(words: Iterable[str], text: str, how: str | None = None) -> list[str]:
    """Which of the words the text holds; a moment, whose digits are anything, is none of them."""
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+", "", text)
    return sorted(word for word in set(words) if any(form in text for form in forms(word, how)))


class Canaries:
    """Laid out for the length of a test session. Several processes of one session share them: any may hear."""

    def __init__(self) -> None:
        self.received: dict[str, list[bytes]] = {"tcp": [], "unix": [], "abstract": [], "udp": []}
        self._open: list[socket.socket] = []
        self._lock = os.open(_SHARED, os.O_CREAT | os.O_RDWR, 0o600)

    def lay_out(self) -> None:
        """Make them all. Raises OSError where a port is taken by another program."""
        fcntl.flock(self._lock, fcntl.LOCK_SH)
        _THERE_BEFORE.update(descendants())
        os.environ[ENV_NAME] = ENV_CANARY
        self.restore()
        UNIX.unlink(missing_ok=True)
        for kind, family, address in (
            ("tcp", socket.AF_INET, ("127.0.0.1", TCP_PORT)),
            ("unix", socket.AF_UNIX, str(UNIX)),
            ("abstract", socket.AF_UNIX, ABSTRACT),
        ):
            listener = self._opened(family, socket.SOCK_STREAM)
            if self._bind(listener, address):
                listener.listen()
                self._serve(kind, listener)
        datagrams = self._opened(socket.AF_INET, socket.SOCK_DGRAM)
        if self._bind(datagrams, ("127.0.0.1", UDP_PORT)):
            self._serve("udp", datagrams)

    @staticmethod
    def _bind(one: socket.socket, address: object) -> bool:
        """False where another process of this session listens there. Raises OSError."""
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(address)
        except OSError:
            if "PYTEST_XDIST_WORKER" not in os.environ:
                raise
            return False
        return True

    def restore(self) -> None:
        """Put the files back as they were."""
        CANARY.write_text(CANARY_TEXT)
        SECRET_FILE.write_text(FILE_CANARY + "\n")
        SECRET_FILE.chmod(0o600)

    def clear(self) -> None:
        """Take them all away; the files, where no other process has them laid out."""
        os.environ.pop(ENV_NAME, None)
        for listener in self._open:
            listener.close()
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for path in _OURS:
                path.unlink(missing_ok=True)
        except BlockingIOError:
            pass
        finally:
            os.close(self._lock)

    def _opened(self, family: int, kind: int) -> socket.socket:
        """Noted at once: its address may be taken."""
        made = socket.socket(family, kind)
        self._open.append(made)
        return made

    def _serve(self, kind: str, listener: socket.socket) -> None:
        listener.settimeout(0.2)

        def take() -> None:
            while listener.fileno() >= 0:
                try:
                    self.received[kind].append(self._one(kind, listener))
                except TimeoutError:
                    continue
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()

    def _one(self, kind: str, listener: socket.socket) -> bytes:
        if kind == "udp":
            return listener.recv(400)
        peer, _ = listener.accept()
        with peer:
            peer.settimeout(1)
            return peer.recv(400)


def litter() -> set[str]:
    """Files with the corpus's names in the folders that all share."""
    places = [Path("/tmp"), Path("/dev/shm")]
    found = {path for place in places for path in place.glob("*") if re.search(r"^cg[-_]|customize", path.name)}
    return {str(path) for path in found - _OURS if path.is_file()}


def listens(port: int) -> bool:
    """True where something on this machine listens on a TCP port of 127.0.0.1."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def descendants() -> set[int]:
    """Every process that comes from this one, in whatever namespace."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                fields = Path(f"/proc/{name}/stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if fields[0] not in "ZX":
                children.setdefault(int(fields[1]), []).append(int(name))
    found: set[int] = set()
    ahead = [os.getpid()]
    while ahead:
        below = children.get(ahead.pop(), [])
        found |= set(below)
        ahead += below
    return found


class Watch:
    """Peaks of memory (MB, resident) and of processes below this one, while it is on."""

    def __init__(self) -> None:
        self.peak_mb, self.peak_processes = 0.0, 0
        self.standing_mb = 0.0  #: of what was there before it was on
        self.before: set[int] = set()  #: processes that were there
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self.before = descendants()
        self.standing_mb = sum(_private_mb(pid) for pid in self.before)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(0.1):
            below = descendants()
            self.peak_processes = max(self.peak_processes, len(below))
            self.peak_mb = max(self.peak_mb, sum(_private_mb(pid) for pid in below))


def _private_mb(pid: int) -> float:
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()
    except OSError:
        return 0.0
    return (int(pages[1]) - int(pages[2])) * 4096 / 1e6


def settles(most: int, before: set[int], within_s: float = 60.0) -> bool:
    """True once there are no more than `most` processes below this one, those of `before` and of other tests aside."""
    deadline = time.monotonic() + within_s
    while len(descendants() - _THERE_BEFORE - before) > most:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
