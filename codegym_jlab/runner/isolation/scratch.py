"""Folders that one zygote makes for its forks on the machine's own disk, and that never outlive it for long.

A lock in the folder is held by the zygote: one that nobody holds was left by a crash, and the next zygote removes it.
"""

import fcntl
import os
import stat
import time

from . import linux

_PREFIX = "codegym-box-"
_LOCK = "lock"
LEASE_USERS = 0x7000_0000  #: from this id on no user or group is anybody's but a lease's
_OLD_S = 60.0
_PAUSES_S = (0.01, 0.03, 0.1, 0.3, 1.0, 0.0)  #: after each try
_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


def make(parent: str) -> str:
    """A new folder below `parent`, locked by this process; those that were left there are removed."""
    sweep(parent)
    path = f"{os.path.realpath(parent)}/{_PREFIX}{os.urandom(12).hex()}"
    os.mkdir(path, 0o700)
    lock = os.open(f"{path}/{_LOCK}", os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return path


def sweep(parent: str) -> None:
    """Remove what zygotes that are gone left below `parent`: this user's, and for root those of users of leases."""
    with os.scandir(parent) as entries:
        found = [e.path for e in entries if e.name.startswith(_PREFIX) and e.is_dir(follow_symlinks=False)]
    for path in found:
        try:
            owner = os.lstat(path).st_uid
            if owner == os.geteuid():
                _remove_if_left(path)
            elif not os.geteuid() and owner >= LEASE_USERS:
                _remove_as(owner, path)
        except OSError:
            continue


def _remove_as(user: int, path: str) -> None:
    """In a process that has become that user: root itself follows nothing that a student made."""
    pid = os.fork()
    if not pid:
        try:
            linux.become(user, user)
            _remove_if_left(path)
        finally:
            os._exit(0)
    os.waitpid(pid, 0)


def _remove_if_left(path: str) -> None:
    try:
        fd = os.open(f"{path}/{_LOCK}", os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:  # being made just now, or what is left of one that was being removed
        if time.time() - os.lstat(path).st_mtime > _OLD_S:
            remove(path)
        return
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        remove(path)
    finally:
        os.close(fd)


def remove(path: str) -> None:
    """Remove a folder with all that is in it, whatever a student made there: deep, odd-named, unreadable, links.

    Folders are moved up before they are emptied, so that no path grows long and no depth matters. What another process
    still puts there or removes at this moment is looked for again.
    """
    for pause in _PAUSES_S:
        if _is_removed(path):
            return
        time.sleep(pause)


def _is_removed(path: str) -> bool:
    try:
        top = os.open(path, _OPEN)
    except OSError:
        return True
    try:
        prefix = f"{_PREFIX}{os.urandom(6).hex()}-"  # nobody's name but this try's
        count = _empty(top, top, prefix, 0)
        done = 0
        while done < count:
            name = f"{prefix}{done}"
            inner = _enter(top, name)
            if inner >= 0:
                count = _empty(inner, top, prefix, count)
                os.close(inner)
                _try(os.rmdir, name, top)
            done += 1
        if set(os.listdir(top)) <= {_LOCK}:
            _try(os.unlink, _LOCK, top)  # last, so that one who is stopped amid this is followed up
    finally:
        os.close(top)
    return _try(os.rmdir, path, None)


def _empty(fd: int, top: int, prefix: str, count: int) -> int:
    """Unlink what is in folder `fd`, and move folders into `top` under numbers from `count` on."""
    with os.scandir(fd) as entries:
        names = [(e.name, e.is_dir(follow_symlinks=False)) for e in entries]
    for name, is_folder in names:
        if fd == top and name == _LOCK:
            continue
        if not is_folder:
            _try(os.unlink, name, fd)
        elif not _try(os.rmdir, name, fd) and _moved(name, fd, top, f"{prefix}{count}"):
            count += 1
    return count


def _moved(name: str, fd: int, top: int, new: str) -> bool:
    """False where another process was there first."""
    try:
        if not stat.S_ISDIR(os.lstat(name, dir_fd=fd).st_mode):
            return False
        os.chmod(name, 0o700, dir_fd=fd)
        os.rename(name, new, src_dir_fd=fd, dst_dir_fd=top)
    except OSError:
        return False
    return True


def _enter(top: int, name: str) -> int:
    try:
        return os.open(name, _OPEN, dir_fd=top)
    except OSError:
        return -1


def _try(act: object, name: str, fd: int | None) -> bool:
    try:
        act(name, dir_fd=fd)  # type: ignore[operator]
    except OSError:
        return False
    return True
