# ruff: noqa: E501  (one way a text)
"""Two answers that run at once: neither learns anything of the other, by whatever the two might share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest
from contract.sandbox.conftest import Lease, Place, place_at
from contract.sandbox_host import sandbox_host

from codegym_jlab.sandbox import ProcessEnded

WORD = 918274  #: what the one would tell the other

COMMON = """
import ctypes, fcntl, glob, hashlib, os, socket, struct, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
WORD = 918274
SHARED = [threading.__file__, ctypes.__file__, "/dev/null", "/dev/zero", "/dev/urandom", sys.executable, "/etc/passwd"]
for name in ("/usr/lib/x86_64-linux-gnu/libc.so.6", "/lib/x86_64-linux-gnu/libc.so.6", "/usr/lib/locale/C.utf8/LC_CTYPE"):
    if os.path.exists(name):
        SHARED.append(name)
SHARED = list({(os.stat(p).st_dev, os.stat(p).st_ino): p for p in SHARED if os.path.exists(p)}.values())
kept = []
def call(number, *args):
    return libc.syscall(ctypes.c_long(number), *(ctypes.c_long(a) if isinstance(a, int) else a for a in args))
def opened(path):
    for mode in (os.O_RDWR, os.O_RDONLY):
        try:
            return os.open(path, mode)
        except OSError:
            continue
def lock(command, fd, kind, start=0, length=0):
    data = struct.pack("hhqqixxxx", kind, 0, start, length, 0)
    try:
        return struct.unpack("hhqqixxxx", fcntl.fcntl(fd, command, data))
    except OSError as e:
        return e.errno
"""

#: By way: what the one does (and holds), and what the other prints of it; the word must not come out.
WAYS = {
    "record locks on files that both may read": (
        "for p in SHARED:\n    fd = opened(p)\n    if fd is not None:\n        kept.append(fd)\n"
        "        lock(6, fd, 0, WORD, 1), lock(37, fd, 0, WORD + 2, 1), lock(6, fd, 1, WORD + 4, 1)",
        "for p in SHARED:\n    fd = opened(p)\n    if fd is not None:\n        found = [lock(c, fd, 1) for c in (5, 36)]\n"
        "        print([f[2:4] for f in found if not isinstance(f, int) and f[2]])\n"
        "        print([WORD for k in range(0, 6, 2) if lock(6, fd, 1, WORD + k, 1) == 11])\n        os.close(fd)",
    ),
    "flock on files that both may read": (
        "for p in SHARED:\n    fd = opened(p)\n    if fd is not None:\n        kept.append(fd)\n        libc.flock(fd, 2 | 4)",
        "for p in SHARED:\n    fd = opened(p)\n"
        "    print(WORD if fd is not None and libc.flock(fd, 2 | 4) and ctypes.get_errno() == 11 else '')",
    ),
    "leases on files": (
        "for p in SHARED:\n    fd = opened(p)\n    kept.append(fd)\n    print([libc.fcntl(fd, 1024, k) for k in (0, 1)])",
        "for p in SHARED:\n    fd = opened(p)\n    print(WORD if fd is not None and libc.fcntl(fd, 1024, 1) == -1"
        " and ctypes.get_errno() == 11 else '')",
    ),
    "times and attributes of devices and files": (
        "for p in SHARED:\n    for when in ((WORD, WORD), None):\n        try:\n            os.utime(p, when)\n"
        "        except OSError:\n            pass\n    libc.setxattr(p.encode(), b'user.x', b'918274', 6, 0)\n"
        "    libc.chmod(p.encode(), 0o711)",
        "for p in SHARED:\n    s = os.stat(p)\n"
        "    print(p, s.st_mtime_ns, s.st_ctime_ns, s.st_mode)\n"
        "    try:\n        print(os.listxattr(p), os.getxattr(p, 'user.x'))\n    except OSError:\n        pass",
    ),
    "files in every folder that can be written": (
        "for d in ('/tmp', '/dev/shm', '/var/tmp', '/run', '/dev/mqueue', '/run/user/0', '.', '/', '/dev', '/course'):\n"
        "    try:\n        open(d + '/cg-word-918274', 'w').write('918274')\n    except OSError:\n        pass",
        "for d in ('/tmp', '/dev/shm', '/var/tmp', '/run', '/dev/mqueue', '/run/user/0', '.', '/', '/dev', '/course'):\n"
        "    try:\n        print(os.listdir(d))\n    except OSError:\n        pass\n"
        "    try:\n        print(open(d + '/cg-word-918274').read())\n    except OSError:\n        pass",
    ),
    "System V shared memory, queues and semaphores": (
        "i = call(29, 0x0E0301, 4096, 0o1666)\nif i >= 0:\n    ctypes.memmove(libc.shmat(i, None, 0), b'918274', 6)\n"
        "print(call(68, 0x0E0301, 0o1666), call(64, 0x0E0301, WORD % 200, 0o1666))",
        "i = call(29, 0x0E0301, 4096, 0o666)\nif i >= 0:\n    print(ctypes.string_at(libc.shmat(i, None, 0), 6))\n"
        "print([WORD for n in (call(68, 0x0E0301, 0o666), call(64, 0x0E0301, 0, 0o666)) if n >= 0])",
    ),
    "POSIX queues and shared memory": (
        "kept.append(call(240, b'918274', 0o102, 0o666, None))\n"
        "try:\n    from multiprocessing import shared_memory\n    m = shared_memory.SharedMemory('cg-918274', True, 64)\n"
        "    kept.append(m)\n    m.buf[:6] = b'918274'\nexcept Exception:\n    pass",
        "print(WORD if call(240, b'918274', 2, 0, None) >= 0 else '')\n"
        "try:\n    from multiprocessing import shared_memory\n"
        "    print(bytes(shared_memory.SharedMemory('cg-918274').buf[:6]))\nexcept Exception:\n    pass",
    ),
    "keyrings": (
        "print([call(248, b'user', b'cg', b'918274', 6, ring) >= 0 for ring in (-1, -2, -3, -4, -5)])",
        "for ring in (-1, -2, -3, -4, -5):\n    key = call(250, 10, ring, b'user', b'cg', 0)\n"
        "    data = ctypes.create_string_buffer(9)\n    print(data.raw if key >= 0 and call(250, 11, key, data, 9) else '')",
    ),
    "abstract and bound sockets": (
        "try:\n    s = socket.socket(socket.AF_UNIX)\n    s.bind('\\0cg-918274')\n    s.listen()\n    kept.append(s)\n"
        "except OSError:\n    pass\ntry:\n    s = socket.socket()\n    s.bind(('127.0.0.1', 19182))\n    s.listen()\n"
        "    kept.append(s)\nexcept OSError:\n    pass",
        "for family, at in ((socket.AF_UNIX, '\\0cg-918274'), (socket.AF_INET, ('127.0.0.1', 19182))):\n"
        "    try:\n        socket.socket(family).connect(at)\n        print(WORD)\n    except OSError:\n        pass",
    ),
    "names of processes and threads": (
        "libc.prctl(15, b'cg918274')\nthreading.Thread(target=lambda: (libc.prctl(15, b'cg918274'), time.sleep(3)),"
        " daemon=True).start()\nsys.argv[:] = ['918274']",
        "me = [str(os.getpid()), 'self', 'thread-self']\nfor d in range(1, 40000, 1 if os.path.exists('/proc/self') else 9999):\n"
        "    for n in ('comm', 'cmdline', 'task/%d/comm' % d):\n        try:\n"
        "            if str(d) not in me:\n                print(open(f'/proc/{d}/{n}').read())\n"
        "        except OSError:\n            break",
    ),
    "limits and priorities of the other": (
        "libc.setpriority(0, 0, 7)\nos.sched_setaffinity(0, {min(os.sched_getaffinity(0))})",
        "print([WORD for p in range(2, 3000) if p != os.getpid() and (libc.getpriority(0, p) == 7)])\n"
        "print([WORD for p in range(2, 3000, 7) if p != os.getpid() and call(302, p, 7, None, ctypes.create_string_buffer(16)) == 0])",
    ),
    "signals to whatever pid there is": (
        "import signal\nfor n in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM, signal.SIGALRM):\n"
        "    signal.signal(n, lambda *a: print(WORD, flush=True))",
        "me = {os.getpid(), os.getppid(), 0, 1}\n"
        "print([WORD for p in range(2, 33000) if p not in me and libc.kill(p, 10) == 0])\n"
        "print(WORD if len({(libc.kill(p, 0), ctypes.get_errno()) for p in range(2, 3000) if p not in me}) > 1 else '')",
    ),
    "memory of whatever pid there is": (
        "word = ctypes.create_string_buffer(b'cg-word-918274' * 9)\nkept.append(word)",
        "for p in list(range(2, 3000)) + [os.getppid()]:\n    if p == os.getpid():\n        continue\n"
        "    for n in ('mem', 'environ', 'maps', 'fd', 'cwd', 'root', 'exe'):\n        try:\n"
        "            os.listdir(f'/proc/{p}/fd') if n == 'fd' else open(f'/proc/{p}/{n}', 'rb').read(1)\n"
        "            print(WORD, p, n)\n        except OSError:\n            pass",
    ),
}  # fmt: skip


@pytest.fixture(scope="module", params=("namespaces", "confined", "remote"))
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    with sandbox_host() if request.param == "remote" else nullcontext():
        with place_at(request.param) as made:
            yield made


def ran(lease: Lease, source: str) -> str:
    """What a cell printed, whether or not it came to its end."""
    reply: dict[str, Any] = lease.cell(COMMON + source)
    assert reply["status"] in ("ok", "error", "violation"), reply
    return str(reply["stdout"])


@pytest.mark.parametrize("way", WAYS)
def test_nothing_goes_from_one_to_the_other_or_stays_for_the_next(place: Place, way: str) -> None:
    act, look = WAYS[way]
    with place.lease() as two:
        with place.lease() as one:
            before = ran(two, look)
            ran(one, act)
            after = ran(two, look)
            assert str(WORD) not in before
            assert after == before
            assert str(WORD) not in str(one.cell("print(1)"))
        with place.lease() as three:  # the one is over
            assert str(WORD) not in ran(three, look)


KEPT_ALIVE = """
import socket, stat
pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(7)]
for pair in pairs:
    pair[0].setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)  # it gets an abstract name when it speaks
    pair[0].send(b"918274")
data = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, b"".join(struct.pack("ii", *(s.fileno() for s in p)) for p in pairs))]
for fd in range(3, 64):
    try:
        if stat.S_ISSOCK(os.fstat(fd).st_mode) and fd not in {s.fileno() for p in pairs for s in p}:
            channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fd)
            channel.send(bytes([255]) * 70000)  # no frame, and more than the host reads in one go
            channel.sendmsg([b"x"], data)
    except OSError:
        continue
"""


def test_sockets_that_outlive_their_lease_reach_no_other(place: Place) -> None:
    """They lie in the host's queue, still open, while the next ones run; a network with any in it is given to nobody."""
    look = "print(len(open('/proc/self/net/unix').readlines()) if os.path.exists('/proc/self/net/unix') else 1)"
    if place.sandbox.level == "confined":
        pytest.skip("confined: it has no network of its own")
    with place.lease() as one:
        with pytest.raises(ProcessEnded):
            one.cell(COMMON + KEPT_ALIVE)
        for _ in range(8):
            with place.lease() as two:
                assert ran(two, look) == "1\n"


def test_locks_are_taken_for_granted(place: Place) -> None:
    """Programs that lock their own files go on."""
    source = """
import fcntl, sqlite3
with open("mine", "w") as f:
    fcntl.flock(f, fcntl.LOCK_EX)
    fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
db = sqlite3.connect("mine.db")
with db:
    db.execute("create table t(a)")
    db.execute("insert into t values (7)")
print(sqlite3.connect("mine.db").execute("select a from t").fetchall())
"""
    with place.lease() as lease:
        reply = lease.cell(source)
        assert (reply["status"], reply["stdout"]) == ("ok", "[(7,)]\n"), reply
