"""The level `confined`, from inside: Landlock, seccomp and limits, where no namespace can be made.

Two layers of Landlock hold a fork: the zygote's own (what Python needs, file by file, and the folders of all its
forks) and its own (its folder alone). What both grant, it may do. No fork may fork, so each check is a fork of the
zygote in which the cells run again; the host sees to that. The locks of multiprocessing are shared mappings of files,
which this level refuses: here they are locks of threads. See docs/understand/security.md for what is not closed.
"""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..session.limits import lower
from ..wire.frames import Json
from . import drop_privileges, landlock, linux, scratch, seccomp
from .rootfs import user_of
from .watchdog import Watch
from .zygote import Level

_LOCKS = "Lock RLock Condition Semaphore BoundedSemaphore Event Barrier".split()


def install() -> None:
    """In the zygote, before anything imports multiprocessing, whose locks are those of threads from now on."""
    import threading

    module = type(sys)("multiprocessing.synchronize", "Locks of threads alone: no process can be started here.")
    vars(module).update({name: _without_context(getattr(threading, name)) for name in _LOCKS})
    sys.modules[module.__name__] = module


def _without_context(kind: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, ctx=None: kind(*args)


READ_ANY = 1 << 2  # CAP_DAC_READ_SEARCH
TASKS_SPARE = 256  #: threads that all of one user's processes may have beside those that it has


class Confined(Level):
    """See `zygote.Level`."""

    forks = False  #: a session may not fork: its checks run in itself, one a session
    _reads_any = False  #: it kept the right to read past the modes of files

    def __init__(self, config: Json, control: int) -> None:
        landlock.require()
        seccomp.prepare([*seccomp.LOCKS, *seccomp.CONFINED])
        install()
        files = _opened(config["files"])
        user = user_of(config)
        scratch.sweep(parent(config["scratch"]))  # while root still may
        self._reads_any = _become_unprivileged(user, config["path"])
        linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
        lower("CORE", 0)
        self._root = scratch.make(parent(config["scratch"]))
        self._files = [name for name, _ in files]
        for name, fd in files:
            _copy(fd, f"{self._root}/course/{name}")
        self._leave(control)
        self._grants = [(path, landlock.READ) for path in config["reads"] if os.path.isdir(path)]
        # the zygote's own layer, which all forks inherit
        landlock.restrict_to(
            [*readable(config), ("/proc", landlock.READ), (self._root, landlock.all_rights()), *landlock.devices()]
        )

    def _leave(self, control: int) -> None:
        """Go on in a child; this process stays behind to tidy up after it."""
        linux.go_on_in_child(control, lambda: scratch.remove(self._root))
        self._zygote = os.getpid()
        self._watch: Watch | None = None
        self._folders = {}
        self.folder = self._enter(f"{self._root}/zygote")

    def fork(self) -> int:
        """fork(2); returns 0 in the child."""
        folder = f"{self._root}/{os.urandom(12).hex()}"
        os.mkdir(folder, 0o700)
        return self.fork_into(folder)

    def seal(self, frame: Json, channel: int) -> Json:
        """Close this fork off for good. Returns what is in force."""
        linux.prctl(linux.PR_SET_PDEATHSIG, 9)
        if os.getppid() != self._zygote:
            os._exit(3)
        os.setsid()
        self._enter(self.folder)
        drop_privileges.link_files(self._files, f"{self._root}/course")
        leave_modes_alone(self.folder)
        drop_privileges.redirect_output()
        drop_privileges.close_files(channel)
        if self._watch:  # it counts all of a user's threads, so it can only keep a lease from starting very many
            lower("NPROC", self._watch.tasks + TASKS_SPARE)
        course = [(f"{self._root}/course", landlock.READ)] if self._files else []
        landlock.restrict_to([*self._grants, *course, (self.folder, landlock.all_rights()), *landlock.devices()])
        seccomp.install()
        return self.details()

    def _enter(self, folder: str) -> str:
        """Make it the working folder, and the home that programs look for."""
        os.makedirs(folder, 0o700, exist_ok=True)
        os.chdir(folder)
        os.environ.update(HOME=folder, TMPDIR=folder, MPLCONFIGDIR=f"{folder}/.matplotlib")
        return folder

    def buried(self, pid: int) -> None:
        """A fork is dead: its folder goes."""
        folder = self._folders.pop(pid, None)
        if folder is None:
            return
        try:
            for name in os.listdir(folder):
                os.unlink(f"{folder}/{name}")
            os.rmdir(folder)
        except OSError:  # more than a few links: by a process of its own, since that may take long
            if not os.fork():
                try:
                    scratch.remove(folder)
                finally:
                    os._exit(0)

    def table(self) -> Watch:
        """For the watchdog."""
        self._watch = Watch(self._folders)
        return self._watch

    def details(self) -> Json:
        """For doctor."""
        capability = "reads any file that it is granted, for Python lies in a private folder"
        return {"landlock": landlock.abi(), "capability": capability if self._reads_any else "none"}


def readable(config: Json) -> list[tuple[str, int]]:
    """For `landlock.restrict_to`: what Python needs, file by file."""
    exact = [(path, landlock.READ if os.path.isdir(path) else landlock.READ_FILE) for path in config["grants"]]
    listed = [(path, landlock.READ_DIR) for path in config["path"]]
    return [grant for grant in (*exact, *listed) if os.path.exists(grant[0])]


def _opened(files: list[list[str]]) -> list[tuple[str, int]]:
    """The course's files, open while this user may still read them; one that is missing is left out."""
    found = []
    for relative, source in files:
        with suppress(OSError):
            found.append((relative, os.open(source, os.O_RDONLY)))
    return found


def _copy(source: int, target: str) -> None:
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(source, "rb") as f, open(target, "wb") as out:
        while data := f.read(1 << 20):
            out.write(data)
    os.chmod(target, 0o400)


def parent(wanted: str) -> str:
    """The folder for temporary files that this user may write."""
    for path in (wanted, "/tmp", "/var/tmp", "/dev/shm"):  # noqa: S108
        if os.path.isdir(path) and os.access(path, os.W_OK | os.X_OK):
            return path
    raise OSError(f"no folder for temporary files can be written, neither {wanted} nor /tmp")


def _become_unprivileged(user: int | None, paths: list[str]) -> bool:
    """Started by root, become an unprivileged user; True where that took the right to read past the modes of files."""
    if os.geteuid() or user is None:  # root of a user namespace of one id is an ordinary user outside it
        linux.keep_capabilities(0)
        return False
    reachable = reaches(user, user, paths)
    linux.drop_root(user, user, 0 if reachable else READ_ANY)
    linux.prctl(linux.PR_SET_DUMPABLE, 1)  # the zygote measures its forks
    return not reachable


def reaches(user: int, group: int, paths: list[str]) -> bool:
    """Whether that user may list these folders. For root alone."""
    pid = os.fork()
    if not pid:
        try:
            linux.become(user, group)
            for path in paths:
                os.listdir(path)
            os._exit(0)
        except BaseException:
            os._exit(1)
    return os.waitpid(pid, 0)[1] == 0


def leave_modes_alone(folder: str) -> None:
    """Modes and times of files cannot be changed here: for one's own files that is no error, so that copies work."""
    for name in ("chmod", "utime"):
        setattr(os, name, _unchanging(getattr(os, name), f"{folder}/"))


def _unchanging(change: Any, folder: str) -> Any:
    def unchanged(path: Any, *args: Any, **rest: Any) -> None:
        if isinstance(path, int) or not os.path.realpath(os.fsdecode(path)).startswith(folder):
            change(path, *args, **rest)
        os.stat(path)

    return unchanged
