"""The levels `namespaces` and `confined`, host side: what a sandbox may see. Linux alone.

User, pid, mount, network, ipc and uts namespaces, seccomp, Landlock, and memory bounds by cgroups where they are
delegated. The inner side, which makes them, is `runner.isolation.namespaces`.
"""

import grp
import os
import platform
import pwd
import random
import re
import sys
import sysconfig
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from glob import glob
from pathlib import Path

from codegym_jlab.runner.wire.frames import Json

from ..runner.isolation.rootfs import is_mapped
from ..runner.isolation.scratch import LEASE_USERS
from .base import Image

_NEEDED = ("memory", "pids")


@cache
def delegated() -> tuple[str, str]:
    """The folder for leases' cgroups, or an empty text; and what to say of it. Tried once a process."""
    try:
        own = _own()
        if own is None:
            return "", "no cgroup v2 here"
        base = _base(own)
        if base is None:
            return "", "no cgroup v2 subtree with memory and pids is delegated"
        (base / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in _NEEDED))
        _sweep(base)
        return str(base), f"cgroup v2 below {base}"
    except OSError as e:
        return "", f"cgroup v2 cannot be used: {e}"


def _own() -> Path | None:
    """The folder of this process's cgroup."""
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    return next((Path(f"/sys/fs/cgroup{line[3:]}") for line in lines if line.startswith("0::")), None)


def _base(own: Path) -> Path | None:
    """Where cgroups for leases can be made: it must hold no process itself, so that it may have bounded children."""
    if _is_ours(own.parent) and not _processes(own.parent):
        return own.parent
    if not _is_ours(own) or _processes(own) - {os.getpid()}:
        return None
    leaf = own / "codegym-host"
    leaf.mkdir(exist_ok=True)
    (leaf / "cgroup.procs").write_text(str(os.getpid()))
    return own


def _is_ours(folder: Path) -> bool:
    try:
        there = set((folder / "cgroup.controllers").read_text().split())
    except OSError:
        return False
    files = [folder, folder / "cgroup.procs", folder / "cgroup.subtree_control"]
    return there.issuperset(_NEEDED) and all(os.access(path, os.W_OK) for path in files)


def _processes(folder: Path) -> set[int]:
    return {int(word) for word in (folder / "cgroup.procs").read_text().split()}


def _sweep(base: Path) -> None:
    """Remove what zygotes left that were killed."""
    for left in base.glob("codegym-*-*"):
        if not Path("/proc", left.name.split("-")[1]).exists():
            with suppress(OSError):
                left.rmdir()


_MAIN = Path(__file__).parent.parent / "runner" / "__main__.py"
MACHINES = ("x86_64", "aarch64")

#: All of a sandbox's environment.
ENVIRONMENT = {
    "HOME": "/tmp",  # noqa: S108  the sandbox's own
    "TMPDIR": "/tmp",  # noqa: S108
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "USER": "nobody",
    "MPLBACKEND": "Agg",
    "MPLCONFIGDIR": "/tmp/.matplotlib",  # noqa: S108
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
}
_ELSEWHERE = "/usr/python-packages"  # beside /usr/lib, which kernels of other languages are shown whole
NOBODY = 65534
_UNASSIGNED = range(LEASE_USERS, 0x7FFF_0000)
_TRIES = 100
DEVICES = "null zero full random urandom".split()
_OURS = Path(__file__).parent.parent
#: What lies in a folder of Python's and is nothing that `confined` may read: beginnings and ends of names.
_NEVER = tuple("codegym_jlab site-packages dist-packages __editable__ __pycache__".split())
_NEVER_ENDS = (".pth", ".egg-link")
_PASSWD = "nobody:x:65534:65534:nobody:/tmp:/usr/sbin/nologin\n"


class Namespaces:
    """How zygotes of this level are started."""

    level = "namespaces"
    replays = False

    def command(self) -> list[str]:
        """This Python, without site: its paths are given. It keeps what it compiles where this process does."""
        return [sys.executable, "-S", "-s", "-P", *(["-B"] if sys.dont_write_bytecode else []), str(_MAIN)]

    def environment(self) -> dict[str, str]:
        """Built from nothing."""
        extra = {}
        library = f"{sys.base_prefix}/lib"
        if library in os.environ.get("LD_LIBRARY_PATH", "").split(":"):
            extra["LD_LIBRARY_PATH"] = library
        return {**ENVIRONMENT, **extra}

    def configuration(self, image: Image) -> Json:
        """What to import, and what the view is made of."""
        paths = python_paths()
        moved = {path: f"{_ELSEWHERE}/{n}" for n, path in enumerate(paths) if _is_covered(path)}
        return {
            "level": self.level,
            "user": lease_user(),
            "path": [moved.get(path, path) for path in paths],
            "preload": list(image.preload),
            "binds": [*_binds([path for path in paths if path not in moved]), *([m, p] for p, m in moved.items())],
            "masks": [f"{moved.get(path, path)}/{name}" for path in paths for name in own_folders(path)],
            "links": links(),
            "texts": [["/etc/passwd", _PASSWD], ["/etc/group", "nogroup:x:65534:\n"]],
            "files": files_there(image),
            "cgroup": delegated()[0],
        }


class Confined(Namespaces):
    """The same where no namespaces can be made: what may be read. Landlock, which can only allow, seccomp and limits.

    The inner side is `runner.isolation.confined`; `pool` gives each check a process in which the cells run again.
    """

    level = "confined"
    replays = True

    def configuration(self, image: Image) -> Json:
        """What to import, and what may be read."""
        paths = python_paths()
        libraries = shared_libraries()
        return {
            "level": self.level,
            "user": lease_user(),
            "path": paths,
            "preload": ["random", *image.preload],
            "reads": [*paths, *libraries],
            "grants": [*(entry for path in paths for entry in _entries(path)), *_libraries(libraries, paths)],
            "files": files_there(image),
            "scratch": tempfile.gettempdir(),
        }


def own_folders(packages: str) -> list[str]:
    """This package itself, where it is installed there, by name: it may ship courses."""
    return [Path(folder).name for folder in glob(f"{packages}/codegym_jlab*/")]


def lease_user() -> int | None:
    """The user and the group of a zygote's forks: `unused_user`, or None where this process is not root.

    Forks are then its own user, in a user namespace.
    """
    return None if os.geteuid() else unused_user()


def unused_user() -> int:
    """An id for a user and a group that nothing else on this machine has.

    It is drawn from a range that distributions, systemd and container engines leave alone
    (https://systemd.io/UIDS-GIDS); where this user namespace has none of them, from those below `nobody`. One that a
    process, /etc/passwd, /etc/group, a directory service or /etc/subuid has is passed over. `nobody` is left for a
    namespace that has no such id.
    """
    taken = _ids_of_processes()
    for ids in (_UNASSIGNED, range(20_000, NOBODY)):
        for user in random.sample(ids, _TRIES) if is_mapped(ids[-1]) else ():
            if user not in taken and is_mapped(user) and not _is_named(user):
                return user
    return NOBODY


def _ids_of_processes() -> set[int]:
    found = set[int]()
    for path in glob("/proc/[0-9]*/status"):
        with suppress(OSError), open(path) as status:
            for line in status:
                if line.startswith(("Uid:", "Gid:", "Groups:")):
                    found.update(map(int, line.split()[1:]))
    return found


def _is_named(number: int) -> bool:
    """Whether a user, a group or a range for user namespaces has that id."""
    with suppress(KeyError):
        return bool(pwd.getpwuid(number))
    with suppress(KeyError):
        return bool(grp.getgrgid(number))
    for path in ("/etc/subuid", "/etc/subgid"):
        with suppress(OSError, ValueError), open(path) as ranges:
            for line in ranges:
                first, count = map(int, line.split(":")[1:3])
                if first <= number < first + count:
                    return True
    return False


def _is_covered(path: str) -> bool:
    """Whether a sandbox's own folders would lie over it: an environment below /tmp is shown in another place."""
    return f"{os.path.realpath(path)}/".startswith(("/tmp/", "/proc/", "/dev/"))  # noqa: S108


def python_paths() -> list[str]:
    """`sys.path` of a sandbox: the standard library, then installed packages; never a checkout or a working folder."""
    library = sysconfig.get_path("stdlib")
    first = [p for p in (library, f"{library}/lib-dynload") if os.path.isdir(p)]
    packages = [p for p in sys.path if os.path.basename(p) in ("site-packages", "dist-packages") and os.path.isdir(p)]
    return list(dict.fromkeys(first + packages))


def _binds(paths: list[str]) -> list[list[str]]:
    """Pairs of a path in the view and what it shows, outermost first."""
    wanted = [*paths, *shared_libraries(), "/usr/share/zoneinfo", "/etc/ld.so.cache"]
    wanted += [os.path.realpath(p) for p in wanted]
    kept = outermost(path for path in wanted if os.path.exists(path) and not _is_covered(path))
    return [[p, os.path.realpath(p)] for p in kept] + [[f"/dev/{d}", f"/dev/{d}"] for d in DEVICES]


def outermost(paths: Iterable[str]) -> list[str]:
    """Without what lies below another of them; the shortest first."""
    kept: list[str] = []
    for path in sorted(dict.fromkeys(paths), key=len):
        if not any(path == k or path.startswith(f"{k}/") for k in kept):
            kept.append(path)
    return kept


#: The folder of a library that this process has loaded, of those that Python itself needs.
_LOADED = re.compile(r" (/.+)/(?:libpython|libc[.-]|libm\.|ld-|libcrypt)[^/\n]*$", re.MULTILINE)


def shared_libraries() -> list[str]:
    """Folders of shared libraries: the system's, the interpreter's, and those of what is loaded here and now."""
    triple = sysconfig.get_config_var("MULTIARCH") or f"{platform.machine()}-linux-gnu"
    folders = [f"/usr/lib/{triple}", f"/lib/{triple}", "/usr/lib64", "/lib64"]
    if sys.base_prefix != "/usr":
        folders.append(f"{sys.base_prefix}/lib")
    mapped = set(_LOADED.findall(Path("/proc/self/maps").read_text())) - {"/usr/lib", "/lib"}
    return [p for p in (*folders, *sorted(mapped)) if os.path.isdir(p) and not os.path.islink(p.rstrip("/"))]


def links() -> list[list[str]]:
    """Symbolic links of the view: those of a merged /usr, and what programs expect below /dev."""
    merged = [[p, os.readlink(p)] for p in ("/lib", "/lib64", "/bin", "/lib32") if os.path.islink(p)]
    return [
        *merged,
        ["/dev/fd", "/proc/self/fd"],
        ["/dev/stdin", "/proc/self/fd/0"],
        ["/dev/stdout", "/proc/self/fd/1"],
        ["/dev/stderr", "/proc/self/fd/2"],
        ["/dev/shm", "/tmp"],  # noqa: S108  locks and shared memory of a lease lie in its own folder
    ]


def files_there(image: Image) -> list[list[str]]:
    """Pairs of a path below the course's folder and the file it shows, of those that exist. Raises ValueError."""
    pairs = [[relative(name), os.path.abspath(path)] for name, path in image.files]
    return [pair for pair in pairs if os.path.exists(pair[1])]


def relative(name: str) -> str:
    """Raises ValueError for a path that would leave the folder."""
    path = os.path.normpath(name)
    if os.path.isabs(path) or path.startswith(".."):
        raise ValueError(f"not a path below the course's folder: {name}")
    return path


def _entries(folder: str) -> Iterator[str]:
    """What lies in a folder of Python's, but for this package, links to a checkout of it, and packages of others."""
    with os.scandir(folder) as found:
        for entry in found:
            if not entry.name.startswith(_NEVER) and not entry.name.endswith(_NEVER_ENDS) and _is_apart(entry.path):
                yield entry.path


def _is_apart(path: str) -> bool:
    """Whether this package lies neither there nor around it, links followed."""
    real = Path(os.path.realpath(path))
    return not _OURS.is_relative_to(real) and not real.is_relative_to(_OURS)


def _libraries(folders: list[str], paths: list[str]) -> Iterator[str]:
    """Shared libraries: whole folders, but files alone of one that holds packages or data as well."""
    yield from (path for path in ("/etc/ld.so.cache", "/usr/share/zoneinfo") if os.path.exists(path))
    for folder in folders:
        real = Path(os.path.realpath(folder))
        if all(_is_apart(folder) and not Path(os.path.realpath(p)).is_relative_to(real) for p in paths):
            yield folder
            continue
        with os.scandir(folder) as found:
            yield from (e.path for e in found if ".so" in e.name and e.is_file())
