"""What code in a cell cannot reach, whoever started the server."""

from __future__ import annotations

import os
import socket
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Make = Callable[..., Any]
X86 = pytest.mark.skipif(os.uname().machine != "x86_64", reason="the calls' numbers are those of x86_64")

CALL = """
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *args):
    ctypes.set_errno(0)
    result = libc["sys" + "call"](ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in args])
    return "done" if result >= 0 else errno.errorcode[ctypes.get_errno()]
"""


def test_environment_is_built_from_nothing(notebook: Any) -> None:
    names = notebook.value("import os; print(*sorted(os.environ))").split()
    assert not [name for name in names if name.startswith(("JPY_", "JUPYTER", "CG_", "CODEGYM", "SSH", "AWS"))]
    text = notebook.value("print(open('/proc/self/environ').read(), open('/proc/1/environ').read())")
    assert "cg-secret" not in text


def test_root_holds_only_what_is_needed(notebook: Any) -> None:
    python = {f"/{Path(path).resolve().parts[1]}" for path in (*sys.path, sys.prefix, sys.base_prefix) if path}
    others = [path for path in ("/etc/shadow", "/run", "/var", "/home", "/sys", "/proc/sys") if path not in python]
    assert notebook.value(f"import os; print([path for path in {others} if os.path.exists(path)])") == "[]"
    assert notebook.value(f"print(os.path.exists({os.path.dirname(notebook.folder)!r}))") == "False"
    assert notebook.value("print(os.listdir('..') == os.listdir('/'), os.getcwd())") == "True /notebook"


def test_nothing_of_ours_is_read(notebook: Any) -> None:
    """Neither the package that grades, nor the courses with their hidden checks."""
    assert notebook.run("import codegym_jlab.grading").error == "ModuleNotFoundError"


def test_no_privilege(notebook: Any) -> None:
    facts = notebook.value("print(open('/proc/self/status').read())")
    lines = dict(line.split(":", 1) for line in facts.splitlines())
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(lines[name], 16) == 0
    assert lines["NoNewPrivs"].strip() == "1"
    assert lines["Seccomp"].strip() == "2"
    assert notebook.value("import os; print(os.getuid(), os.getgid(), os.getgroups())").startswith("65534 65534")


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("call(165, b'none', b'/tmp', b'tmpfs', 0, 0)", "EPERM"),  # mount
        ("call(272, 0x10000000)", "EPERM"),  # unshare
        ("call(56, 0x10000000 | 17, 0, 0, 0, 0)", "EPERM"),  # clone
        ("call(435, 0, 0)", "ENOSYS"),  # clone3
        ("call(101, 16, 1, 0, 0)", "EPERM"),  # ptrace
        ("call(250, 0, 0, 0, 0, 0)", "EPERM"),  # keyctl
        ("call(321, 0, 0, 0)", "EPERM"),  # bpf
        ("call(59, b'/bin/true', 0, 0)", "EPERM"),  # execve
        ("call(41, 2, 1, 0)", "EPERM"),  # socket: internet
        ("call(41, 16, 3, 0)", "EPERM"),  # netlink
        ("call(41, 1, 2, 0)", "EPERM"),  # UNIX datagrams
        ("call(53, 1, 2, 0, 0)", "EPERM"),  # socketpair of datagrams
        ("call(42, 3, 0, 0)", "EPERM"),  # connect
        ("call(437, -100, b'x', 0, 0)", "ENOSYS"),  # openat2
        ("call(429, 0, 0, 0, 0, 0)", "EPERM"),  # move_mount
        ("call(442, 0, 0, 0, 0, 0)", "EPERM"),  # mount_setattr
        ("call(308, 0, 0)", "EPERM"),  # setns
    ],
)
@X86
def test_system_calls_that_are_refused(notebook: Any, code: str, answer: str) -> None:
    assert notebook.value(f"{CALL}\nprint({code})") == answer


def test_plain_words_for_walls(notebook: Any) -> None:
    for code, words in (
        ("import socket; socket.create_connection(('127.0.0.1', 80))", "opening a network connection"),
        ("import subprocess; subprocess.run(['ls'])", "starting another program"),
        ("!ls", "starting another program"),
        ("open('/usr/x', 'w')", "writing a file outside the working folder"),
    ):
        out = notebook.run(code)
        assert out.error == "SandboxViolation" and words in out.lines, (code, out.lines)
        assert "This notebook runs in a sandbox" in out.lines
        assert "violations.py" not in out.lines


@X86
def test_read_only_outside_its_folder(notebook: Any) -> None:
    code = f"""
{CALL}
site = os.path.dirname(os.path.dirname(os.__file__))
print(call(257, -100, os.path.join(site, 'x').encode(), os.O_CREAT | os.O_WRONLY, 0o644),
      call(257, -100, b'/connection/x', os.O_CREAT | os.O_WRONLY, 0o644), call(257, -100, b'/x', os.O_CREAT, 0o644))
"""
    answers = notebook.value(code).split()
    assert answers[0] in ("EROFS", "EACCES") and answers[1] == "EACCES" and answers[2] in ("EROFS", "EACCES")


@X86
def test_no_file_is_set_user_id(notebook: Any) -> None:
    """It may belong to root on the disk."""
    code = f"""
{CALL}
open('program', 'w').close()
fd = os.open('program', os.O_RDWR)
print(call(90, b'program', 0o4755), call(91, fd, 0o2755), call(268, -100, b'program', 0o4755),
      call(257, -100, b'born', os.O_CREAT | os.O_WRONLY, 0o4755), call(2, b'born', os.O_CREAT, 0o6755),
      call(85, b'born', 0o4755), call(133, b'born', 0o104755, 0), call(259, -100, b'born', 0o104755, 0),
      call(452, -100, b'program', 0o4755, 0), call(90, b'program', 0o755))
os.close(fd)
"""
    assert notebook.value(code).split() == ["EPERM"] * 9 + ["done"]
    assert not (notebook.folder / "born").exists()
    assert not (notebook.folder / "program").stat().st_mode & (stat.S_ISUID | stat.S_ISGID)


def test_nothing_that_the_server_would_follow(notebook: Any) -> None:
    """No link out of the folder, no pipe that hangs its reader, no device, no socket."""
    code = """
import os, socket, stat
def attempt(act, *args):
    try:
        act(*args)
        return 'done'
    except OSError as e:
        return type(e).__name__
print(attempt(os.symlink, '/etc/passwd', 'x.ipynb'), attempt(os.mkfifo, 'x.ipynb'),
      attempt(os.mknod, 'x.ipynb', stat.S_IFCHR | 0o600, os.makedev(1, 3)), attempt(os.symlink, 'a', '/tmp/b'))
"""
    assert notebook.value(code).split() == ["PermissionError"] * 3 + ["done"]
    assert not os.path.lexists(notebook.folder / "x.ipynb")


@X86
def test_no_socket_of_the_host_is_reached(notebook: Any) -> None:
    """One that lies in the student's own folder least of all."""
    with socket.socket(socket.AF_UNIX) as server:
        previous = os.getcwd()
        os.chdir(notebook.folder)
        try:
            server.bind("host.sock")
            server.listen()
        finally:
            os.chdir(previous)
        prepare = f"{CALL}\nimport socket\naddress = b'\\x01\\x00host.sock\\x00'\n"
        code = "with socket.socket(socket.AF_UNIX) as s: print(call(42, s.fileno(), address, 12))"
        assert notebook.value(prepare + code) == "EPERM"
        code = "a, b = socket.socketpair()\nprint(call(44, a.fileno(), b'x', 1, 0, address, 12))"
        assert notebook.value(prepare + code) in ("EPERM", "EISCONN", "EOPNOTSUPP")


def test_only_its_own_processes_are_seen(notebook: Any) -> None:
    assert notebook.value("import os; print(*sorted(n for n in os.listdir('/proc') if n.isdigit()))") == "1 2"
    assert notebook.value("print(os.getpid(), os.getppid())") == "2 1"


def test_two_kernels_do_not_meet(make: Make, tmp_path: Path) -> None:
    """Not by files, sockets, shared memory or abstract names."""
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    one, two = (make(folder).start() for folder in folders)
    one.value("import os; open('mine.txt', 'w').close(); open('/tmp/mine.txt', 'w').close()")
    assert two.value(
        "import os; print(os.listdir(), os.path.exists('/tmp/mine.txt'), len(os.listdir('/connection')))"
    ) == ("[] False 5")
    other = one.sockets()
    assert two.value(f"import os; print(os.path.exists({str(other)!r}))") == "False"


def test_no_open_file_is_inherited(notebook: Any) -> None:
    code = "import os; print([os.readlink(f'/proc/1/fd/{n}') for n in os.listdir('/proc/1/fd')])"
    out = notebook.run(code)
    if out.status == "ok":
        assert set(eval(out.text)) <= {"/dev/null"}


def test_the_connection_key_is_nobody_elses(notebook: Any) -> None:
    """It knows its own, which it must; no connection file of the host lies in its view."""
    assert (
        notebook.value("import jupyter_core.paths as p, os; print(os.path.exists(p.jupyter_runtime_dir()))") == "False"
    )


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files to others")
def test_started_by_root_it_is_not_root(make: Make, tmp_path: Path) -> None:
    (tmp_path / "roots.txt").write_text("mine")
    (tmp_path / "roots.txt").chmod(0o600)
    for name, mode in (("theirs.txt", 0o644), ("theirs-secret.txt", 0o600)):
        (tmp_path / name).write_text("theirs")
        (tmp_path / name).chmod(mode)
        os.chown(tmp_path / name, 1234, 1234)
    code = """
def attempt(path, mode):
    try:
        with open(path, mode) as f:
            return f.read() if mode == 'r' else f.write('x')
    except OSError as e:
        return type(e).__name__
print(attempt('roots.txt', 'r'), attempt('roots.txt', 'a'), attempt('theirs.txt', 'r'), attempt('theirs.txt', 'a'),
      attempt('theirs-secret.txt', 'r'))
"""
    notebook = make().start()
    assert notebook.value(code) == "mine 1 theirs PermissionError PermissionError"
    assert notebook.value("import os; print(os.stat('theirs.txt').st_uid, os.getuid())") == "65534 65534"


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives folders to others")
def test_a_folder_of_another_user_stays_theirs(make: Make, tmp_path: Path) -> None:
    folder = tmp_path / "ann"
    folder.mkdir(mode=0o700)
    os.chown(folder, 1234, 4321)
    make(folder).start().value("open('new.txt', 'w').close()")
    info = (folder / "new.txt").stat()
    assert (info.st_uid, info.st_gid) == (1234, 4321)
