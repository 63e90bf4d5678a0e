"""How a fresh fork of the zygote gives up everything, before it reads its first frame.

Order matters: mounts need the zygote's privileges, the user id changes before the user namespace (root mapped to
itself could still write the host's core_pattern), Landlock and seccomp come last because they refuse the rest.
"""

import errno
import fcntl
import os

from ..wire.frames import Json
from . import landlock, linux, seccomp
from .rootfs import NAMESPACES, View

FOLDER = "/tmp"  # noqa: S108  the one writable place, private to each lease
_FLAGS = linux.MS_NOSUID | linux.MS_NODEV


def fork(view: View) -> int:
    """fork(2) into a new pid namespace: in the child, which is pid 1 there, returns 0."""
    linux.unshare(linux.CLONE_NEWPID)
    pid = -1
    try:
        pid = os.fork()
    finally:
        if pid:
            linux.setns(view.pid_namespace, linux.CLONE_NEWPID)
    return pid


def close(view: View, files: list[str], files_mb: int, keep: int) -> Json:
    """Seal this process for good. `keep` is the one file that stays open beside 0, 1 and 2.

    `files` are relative paths below /course, `files_mb` the size of the private folder. Returns what is in force.
    """
    os.setsid()
    fresh_proc = enter_own_namespaces(view, view.user, view.user, f"size={files_mb}m,nr_inodes=8192", linux.MS_NOEXEC)
    if view.user is not None:
        linux.become(view.user, view.user)
    os.chdir(FOLDER)
    link_files(files)
    redirect_output()
    close_files(keep)
    # not dumpable: its checks can't read its memory. A zygote that is an ordinary user could not measure it either
    devices = ("/dev", landlock.READ_FILE | landlock.WRITE_FILE)  # the view has five of them there, and nothing else
    version = lock([("/", landlock.READ), (FOLDER, landlock.all_rights()), devices], view.own_user)
    return {"proc": "fresh" if fresh_proc else "empty", "landlock": version}


def enter_own_namespaces(view: View, user: int | None, group: int | None, options: str, flags: int = 0) -> bool:
    """A view, network and private folder of its own, the folder that user's. True where it has a procfs of its own."""
    linux.unshare(NAMESPACES & ~linux.CLONE_NEWPID)
    fresh_proc = mount_proc(view)
    linux.umount(FOLDER)
    uid, gid = os.getuid() if user is None else user, os.getgid() if group is None else group
    linux.mount("tmpfs", FOLDER, "tmpfs", _FLAGS | flags, f"{options},mode=0700,uid={uid},gid={gid}")
    return fresh_proc


def lock(grants: list[tuple[str, int]], dumpable: bool) -> int:
    """The last: no capability, no new privilege, Landlock's `grants` and the filter. Returns Landlock's version."""
    linux.unshare(linux.CLONE_NEWUSER)  # no map is written: its ids are the overflow ids, nobody's
    linux.drop_bounding_set()
    linux.keep_capabilities(0)
    linux.prctl(linux.PR_SET_DUMPABLE, 1 if dumpable else 0)
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    version = landlock.restrict_to(grants)
    seccomp.install()
    return version


def mount_proc(view: View) -> bool:
    """A procfs of this pid namespace alone, without what tells of the machine where the kernel can leave it out."""
    if not view.fresh_proc:
        return False
    for options in ("subset=pid,hidepid=invisible", "hidepid=2"):
        try:
            linux.mount("proc", FOLDER, "proc", _FLAGS | linux.MS_NOEXEC, options)
        except OSError as e:
            if e.errno != errno.EINVAL:
                break
            continue
        linux.umount("/proc")
        linux.mount(FOLDER, "/proc", None, linux.MS_MOVE)
        return True
    linux.umount("/proc")
    return False


def link_files(files: list[str], folder: str = "/course") -> None:
    """Lay the course's files out in the working folder, by links into that one."""
    for relative in files:
        os.makedirs(os.path.dirname(relative) or ".", exist_ok=True)
        os.symlink(f"{folder}/{relative}", relative)


def redirect_output() -> None:
    """What is written to files 1 and 2 lands in memory, where the session reads it."""
    fd = os.memfd_create("output", 0)
    fcntl.fcntl(fd, fcntl.F_SETFL, os.O_APPEND | os.O_RDWR)
    os.dup2(fd, 1)
    os.dup2(fd, 2)
    os.close(fd)


def close_files(*keep: int) -> None:
    """Close every file but 0, 1, 2 and these."""
    last = 2
    for fd in sorted(keep):
        os.closerange(last + 1, fd)
        last = fd
    os.closerange(last + 1, 4096)
