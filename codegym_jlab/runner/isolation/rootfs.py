"""What the zygote does to itself before it imports anything of a course: namespaces, and a root of its own.

The root is an empty tmpfs into which the host's list of folders is bound read-only. See pivot_root(2).
"""

import _socket
import errno
import os

from ..wire.frames import Json
from . import linux

NAMESPACES = (
    linux.CLONE_NEWNS
    | linux.CLONE_NEWPID
    | linux.CLONE_NEWNET
    | linux.CLONE_NEWIPC
    | linux.CLONE_NEWUTS
    | linux.CLONE_NEWCGROUP
)
ROOT = "/sys"  #: where the new root is made: it exists everywhere, and no source of a bind lies below it
_TREE = linux.MS_NOSUID | linux.MS_NODEV
_DEVICE = linux.MS_NOSUID | linux.MS_NOEXEC


class View:
    """Facts that the children's seal needs, and that doctor reports."""

    own_user = False  #: the zygote made a user namespace (started by an ordinary user)
    user: int | None = None  #: id of the user and group that a fork becomes; None: it stays the zygote's own
    fresh_proc = False
    pid_namespace = -1  #: open file of the zygote's own, to fork back into
    host = -1  #: open mount namespace of the host's, kept where folders are lent later (kernels)
    mounts = -1  #: and that of the view
    proc = -1  #: open folder of a procfs in which the zygote finds its descendants


def enter(config: Json, control: int) -> View:
    """Leave the host's namespaces. Returns in a new process, pid 1 of its own; the old one waits for it."""
    view = View()
    linux.prctl(linux.PR_SET_PDEATHSIG, 9)
    view.own_user = _unshare()
    view.user = user_of(config)
    linux.go_on_in_child(control)
    _socket.sethostname("sandbox")
    view.pid_namespace = os.open("/proc/self/ns/pid", os.O_RDONLY)
    if config.get("lends_folders"):
        view.host = os.open("/proc/self/ns/mnt", os.O_RDONLY)
        linux.unshare(linux.CLONE_NEWNS)
        view.mounts = os.open("/proc/self/ns/mnt", os.O_RDONLY)
    _build(config, view)
    return view


def _unshare() -> bool:
    """Returns True when that took a user namespace."""
    uid, gid = os.geteuid(), os.getegid()
    try:
        linux.unshare(NAMESPACES)
        return False
    except OSError as e:
        if e.errno != errno.EPERM:
            raise
    linux.unshare(NAMESPACES | linux.CLONE_NEWUSER)
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
        with open(f"/proc/self/{name}", "w") as f:
            f.write(text)
    return True


def user_of(config: Json) -> int | None:
    """The user that the host chose for forks; None where it chose none, or this user namespace has none of that id."""
    user: int | None = config.get("user")
    return user if user is not None and is_mapped(user) else None


def is_mapped(number: int) -> bool:
    """Whether this user namespace has a user and a group of that id."""
    for name in ("uid_map", "gid_map"):
        with open(f"/proc/self/{name}") as f:
            ranges = [[int(word) for word in line.split()] for line in f]
        if not any(first <= number < first + count for first, _, count in ranges):
            return False
    return True


def _build(config: Json, view: View) -> None:
    old_proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
    linux.mount("none", "/", None, linux.MS_REC | linux.MS_PRIVATE)
    linux.mount("tmpfs", ROOT, "tmpfs", _TREE, "mode=0755,size=8m")
    for path, source in config["binds"]:
        bind(source, ROOT + path, _DEVICE if path.startswith("/dev/") else _TREE)
    for relative, source in config["files"]:
        bind(source, f"{ROOT}/course/{relative}", _TREE | linux.MS_NOEXEC)
    lay_links(config["links"])
    for path in config["masks"]:
        if os.path.isdir(ROOT + path):
            linux.mount("tmpfs", ROOT + path, "tmpfs", _TREE | linux.MS_RDONLY, "mode=0555,size=4k")
    for path, text in config["texts"]:
        os.makedirs(os.path.dirname(ROOT + path), exist_ok=True)
        with open(ROOT + path, "w") as f:
            f.write(text)
    _proc_and_tmp(view, old_proc)
    pivot()


def lay_links(links: list[list[str]]) -> None:
    """Symbolic links of the new root, where nothing is there yet."""
    for path, target in links:
        if not os.path.lexists(ROOT + path):
            os.makedirs(os.path.dirname(ROOT + path), exist_ok=True)
            os.symlink(target, ROOT + path)


def bind(source: str, target: str, flags: int) -> None:
    """Bind `source` (followed if it is a link) read-only, with whatever is mounted below it."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    linux.mount(source, target, None, linux.MS_BIND | linux.MS_REC)
    try:
        linux.set_mount_readonly(target, flags)
    except OSError as e:
        if e.errno != errno.ENOSYS:  # Linux before 5.12
            raise
        for path in _mounts_below(target):
            kept = os.statvfs(path).f_flag & (linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC)
            linux.mount("none", path, None, linux.MS_REMOUNT | linux.MS_BIND | linux.MS_RDONLY | flags | kept)


def _mounts_below(target: str) -> list[str]:
    with open("/proc/self/mountinfo") as f:
        paths = [line.split()[4].replace("\\040", " ") for line in f]
    return [p for p in paths if p == target or p.startswith(f"{target}/")]


def _proc_and_tmp(view: View, old_proc: int) -> None:
    for name in ("proc", "tmp", "old"):
        os.mkdir(f"{ROOT}/{name}")
    try:
        # the host's is still visible here, which is what the kernel asks of an ordinary user
        linux.mount("proc", f"{ROOT}/proc", "proc", _TREE | linux.MS_NOEXEC)
        view.fresh_proc = True
        view.proc = os.open(f"{ROOT}/proc", os.O_RDONLY | os.O_DIRECTORY)
        os.close(old_proc)
    except OSError:
        view.proc = old_proc
    # for what preloaded modules write while they are imported; children mount their own
    linux.mount("tmpfs", f"{ROOT}/tmp", "tmpfs", _TREE, "mode=0700,size=64m")


def pivot() -> None:
    """Into the new root, which is read-only from now on; nothing of the old one can be reached."""
    os.chdir(ROOT)
    linux.pivot_root()
    os.chdir("/")
    linux.umount("/old")
    os.rmdir("/old")
    flags = linux.MS_REMOUNT | linux.MS_BIND | linux.MS_RDONLY
    linux.mount("none", "/", None, flags | _TREE)
    os.chdir("/tmp")
