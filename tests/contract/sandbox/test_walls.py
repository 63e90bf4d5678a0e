"""What student code cannot reach: the host's files, network, processes and privileges."""

from __future__ import annotations

import os
import pwd
import sys
from pathlib import Path
from typing import Any

import pytest
from contract.sandbox.conftest import CONTAINERS, by_design
from processes import descendants, processes_of, users_of

from codegym_jlab.sandbox import Image
from codegym_jlab.sandbox.namespaces import python_paths, shared_libraries

TRY = """
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *args):
    ctypes.set_errno(0)
    result = libc["syscall"](ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in args])
    return "done" if result >= 0 else errno.errorcode[ctypes.get_errno()]
"""


def test_environment_holds_nothing_of_the_host(place: Any) -> None:
    source = """
import os
print(dict(os.environ))
try:
    print(open('/proc/self/environ').read(), open('/proc/1/environ').read())
except OSError as e:
    print(type(e).__name__)
"""
    out = place.output(source)
    assert "CG_HOST_SECRET" not in out
    assert "cg-secret" not in out


def test_host_files_are_not_there(place: Any, secret_file: Path) -> None:
    by_design(place, "confined", "names and sizes of the host's files can be asked for")
    out = place.output(
        f"import os\nprint(os.path.exists({str(secret_file)!r}), os.listdir('/tmp'), os.path.exists('/etc/shadow'))"
    )
    assert out == "False [] False\n"


def test_root_holds_only_what_is_needed(place: Any) -> None:
    by_design(place, "confined", "it sees the host's root, and may not list it")
    names = set(place.output("import os\nprint(*os.listdir('/'))").split())
    shown = [*python_paths(), *shared_libraries(), sys.prefix, sys.base_prefix]
    home = {Path(path).parts[1] for given in shown for path in (given, os.path.realpath(given))}
    if place.sandbox.level in CONTAINERS:
        home = {"course", ".dockerenv"}
    assert names <= {"dev", "etc", "lib", "lib64", "proc", "tmp", "usr", "bin", "lib32", "sys", *home}


def test_hidden_checks_of_shipped_courses_are_out_of_reach(place: Any) -> None:
    source = """
import os, sys
found = []
for folder, folders, names in os.walk("/"):
    if folder.startswith("/proc"):
        folders[:] = []
    if "codegym" in folder or any("codegym" in n for n in names):
        found.append((folder, names))
    found += [os.path.join(folder, n) for n in names if n in ("course.yaml", "config.yaml") and "codegym" in folder]
print([f for f in found if not (f[0].endswith("codegym_jlab") and not f[1])])
print([p for p in sys.path if "packages" not in p and "python" not in p])
"""
    lines = place.output(source).splitlines()
    assert "course.yaml" not in lines[0]
    assert "codegym_jlab/runner" not in lines[0]
    assert lines[1] == "['/tmp']" or place.sandbox.level == "confined" and lines[1].startswith("['/tmp/codegym-box-")


def test_system_is_read_only(place: Any) -> None:
    source = """
import os, sys
for path in ("/", "/etc", "/usr/lib", os.path.dirname(os.__file__), "/dev", "/proc/self"):
    try:
        fd = os.open(os.path.join(path, "x"), os.O_CREAT | os.O_WRONLY)
        print("wrote", path)
    except OSError:
        pass
print("tried")
"""
    assert place.output(source) == "tried\n"


def test_no_network(place: Any) -> None:
    source = TRY + "print(call(41, 2, 1, 0), call(41, 1, 1, 0), call(41, 16, 3, 0), call(53, 2, 1, 0, 0))"
    if os.uname().machine == "x86_64":
        assert place.output(source) == "EPERM EPERM EPERM EPERM\n"
    with place.lease() as lease:
        reply = lease.cell("import socket\nx = 1\nsocket.create_connection(('127.0.0.1', 80))")
    assert reply["status"] == "violation"
    assert reply["violation"] == "opening a network connection"
    assert reply["failure"]["line"] == 3


def test_datagrams_with_an_address_do_not_leave_a_pair(place: Any) -> None:
    by_design(place, "confined", "there are no pairs of datagram sockets")
    source = """
import socket
a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
a.send(b"x")
print(b.recv(9))
try:
    a.sendto(b"x", "\\0abstract")
except PermissionError:
    print("refused")
"""
    assert place.output(source) == "b'x'\nrefused\n"


def test_proc_shows_the_sandbox_alone(place: Any) -> None:
    by_design(place, "confined", "/proc cannot be read at all")
    by_design(place, CONTAINERS, "/proc is the container's own; test_docker.py")
    out = place.output(
        "import os\nprint([n for n in os.listdir('/proc') if n.isdigit()])\nprint(os.path.exists('/proc/sys'))"
    )
    assert out in ("['1']\nFalse\n", "[]\nFalse\n")


def test_only_standard_files_and_the_channel_are_open(place: Any) -> None:
    source = """
import os
def is_open(fd):
    try:
        return bool(os.fstat(fd))
    except OSError:
        return False
print([fd for fd in range(1024) if is_open(fd)])
"""
    assert len(eval(place.output(source))) == 4  # 0, 1, 2 and the channel


#: What is refused, as it is called; numbers of x86_64.
REFUSED = {
    "ptrace": "call(101, 16, 1, 0, 0)",
    "process_vm_readv": "call(310, 1, 0, 0, 0, 0, 0)",
    "process_vm_writev": "call(311, 1, 0, 0, 0, 0, 0)",
    "mount": "call(165, b'none', b'/tmp', b'tmpfs', 0, 0)",
    "umount2": "call(166, b'/tmp', 2)",
    "pivot_root": "call(155, b'/tmp', b'/tmp')",
    "chroot": "call(161, b'/tmp')",
    "unshare user": "call(272, 0x10000000)",
    "unshare mount": "call(272, 0x20000)",
    "setns": "call(308, 0, 0)",
    "clone with a user namespace": "call(56, 0x10000000 | 17, 0, 0, 0, 0)",
    "execve": "call(59, b'/proc/self/exe', 0, 0)",
    "execveat": "call(322, -100, b'/proc/self/exe', 0, 0, 0)",
    "keyctl": "call(250, 0, 0, 0, 0, 0)",
    "add_key": "call(248, b'user', b'x', b'y', 1, -3)",
    "bpf": "call(321, 0, 0, 0)",
    "perf_event_open": "call(298, 0, 0, -1, -1, 0)",
    "userfaultfd": "call(323, 0)",
    "pidfd_getfd": "call(438, 0, 0, 0)",
    "name_to_handle_at": "call(303, -100, b'/', 0, 0, 0)",
    "open_by_handle_at": "call(304, 0, 0, 0)",
    "shmget": "call(29, 0, 4096, 0o1777)",
    "prctl set pdeathsig": "call(157, 1, 0, 0, 0, 0)",
    "prctl set dumpable": "call(157, 4, 1, 0, 0, 0)",
    "seccomp": "call(317, 0, 0, 0)",
    "setuid": "call(105, 0)",
    "sethostname": "call(170, b'x', 1)",
    "syslog": "call(103, 3, 0, 0)",
    "kcmp": "call(312, 1, 1, 0, 0, 0)",
    "reboot": "call(169, 0, 0, 0, 0)",
    "init_module": "call(175, 0, 0, 0)",
    "fsopen": "call(430, b'tmpfs', 0)",
    "adjtimex": "call(159, 0)",
    "personality": "call(135, 0x40000)",
}
#: What is as if it were not there, so that libraries fall back.
ABSENT = {
    "clone3": "call(435, 0, 0)",
    "io_uring_setup": "call(425, 1, 0)",
    "memfd_create": "call(319, b'x', 0)",
    "of x32": "call(0x40000000 | 39)",
    "unknown": "call(9999)",
}


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of x86_64")
def test_system_calls_are_refused_or_absent(place: Any) -> None:
    calls = {**REFUSED, **ABSENT}
    asked = "\n".join(f"print({what!r}, {call}, sep=': ')" for what, call in calls.items())
    said = dict(line.split(": ") for line in place.output(f"{TRY}\n{asked}").splitlines())
    assert said == {**dict.fromkeys(REFUSED, "EPERM"), **dict.fromkeys(ABSENT, "ENOSYS")}


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="an entry of x86_64")
def test_32_bit_entry_ends_the_process(place: Any) -> None:
    source = """
import ctypes, mmap
code = mmap.mmap(-1, 4096, prot=7)
code.write(b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3")  # mov eax, 20; int 0x80; ret
def f():
    return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()
"""
    with place.lease("f") as lease:
        assert lease.cell(source)["status"] == "ok"
        reply = lease.check("f()")
        absent = place.sandbox.level == "docker+runsc" and reply["value"] == ["int", "-38"]  # gVisor has no such entry
        assert absent or reply["status"] == "crashed"
        assert lease.check("1 + 1")["value"] == ["int", "2"]


def test_no_privileges(place: Any) -> None:
    by_design(place, "confined", "/proc cannot be read at all")
    source = "import os\nprint(os.getuid(), os.geteuid(), os.getgid(), os.getgroups())\n"
    out = place.output(source + "print(open('/proc/self/status').read())")
    if place.sandbox.level in CONTAINERS:
        assert int(out.split()[0]) not in (0, 65534)
    else:
        assert out.startswith("65534 65534 65534 [")
    facts = dict(line.split(":", 1) for line in out.splitlines()[1:] if ":" in line)
    for name in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb"):
        assert int(facts[name], 16) == 0
    assert facts["NoNewPrivs"].strip() == "1"
    assert facts["Seccomp"].strip() == "2"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_the_user_of_a_lease_is_that_of_nothing_else_here(place: Any) -> None:
    by_design(place, CONTAINERS, "its processes belong to the engine; test_docker.py")
    with place.lease() as lease:
        assert lease.cell("1 + 1")["status"] == "ok"
        own = descendants(os.getpid())
        users = set().union(*map(users_of, own)) - {0}
        assert users, "no process of the lease was found"
        for user in users:
            assert user != 65534 and processes_of(user) <= own
            with pytest.raises(KeyError):
                pwd.getpwuid(user)


def test_starting_a_program_is_a_violation(place: Any) -> None:
    with place.lease() as lease:
        for source in (
            "import os\nos.system('id')",
            "import subprocess\nsubprocess.run(['id'])",
            "import os\nos.execv('/bin/sh', ['sh'])",
        ):
            reply = lease.cell(source)
            assert (reply["status"], reply["violation"]) == ("violation", "starting another program")
            assert reply["failure"]["line"] == 2


def test_attaching_to_another_process_is_a_violation(place: Any) -> None:
    with place.lease() as lease:
        reply = lease.cell("import ctypes\nctypes.CDLL(None).ptrace(16, 1, 0, 0)")
    assert reply["violation"] == "attaching to another process"


def test_a_violation_that_is_caught_is_none(place: Any) -> None:
    source = "try:\n    open('/etc/x', 'w')\nexcept OSError as e:\n    print('caught', e)"
    assert place.output(source) == "caught writing a file outside the working folder\n"


def test_a_check_cannot_read_the_memory_it_was_forked_from(place: Any) -> None:
    with place.lease() as lease:
        reply = lease.check("open('/proc/1/mem', 'rb').read(1)")
        assert reply["status"] in ("raised", "violation"), reply
        assert lease.check("open('/proc/1/mem', 'r+b')")["status"] in ("raised", "violation")


def test_parent_survives_signals(place: Any) -> None:
    source = """
import ctypes, os
libc = ctypes.CDLL(None)
def f(number):
    return [libc.kill(pid, number) for pid in (os.getppid(), 1)]
"""
    with place.lease("f") as lease:
        assert lease.cell(source)["status"] == "ok"
        for number in (9, 19, 15, 11):
            lease.check(f"f({number})")
        assert lease.check("6 * 7")["value"] == ["int", "42"]


def test_two_leases_do_not_see_each_other(place: Any) -> None:
    with place.lease() as one, place.lease() as two:
        path = one.cell("open('mine', 'w').write('x')\nimport os\nprint(os.path.abspath('mine'))")["stdout"].strip()
        reply = two.cell(f"import os\nprint(os.listdir('.'))\nopen({path!r})")
        assert (reply["stdout"], reply["failure"]["type"] in ("FileNotFoundError", "PermissionError")) == ("[]\n", True)
        if place.sandbox.level not in ("confined", *CONTAINERS):
            reply = two.cell("import os\nprint([n for n in os.listdir('/proc') if n.isdigit()])")
            assert reply["stdout"] in ("['1']\n", "[]\n")


def test_course_files_are_there_and_read_only(place: Any, tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text("x,y\n1,2\n")
    image = Image(files=(("data/a.csv", table), ("gone.csv", tmp_path / "gone.csv")))
    source = """
import os
print(open("data/a.csv").read(), os.path.exists("gone.csv"))
for mode in ("w", "a", "r+"):
    try:
        open("data/a.csv", mode)
    except OSError as e:
        print(type(e).__name__)
"""
    with place.lease(image=image) as lease:
        reply = lease.cell(source)
    assert reply["stdout"].startswith("x,y\n1,2\n False\n"), reply
    assert len(reply["stdout"].splitlines()) == 6
    assert table.read_text() == "x,y\n1,2\n"


def test_modules_among_the_course_files_are_imported(place: Any, tmp_path: Path) -> None:
    (tmp_path / "shapes.py").write_text("def area(a, b):\n    return a * b\n")
    image = Image(files=(("shapes.py", tmp_path / "shapes.py"),))
    assert place.output("from shapes import area\nprint(area(6, 7))", image=image) == "42\n"


def test_a_file_outside_the_course_folder_is_refused(place: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a path below"):
        place.run(place.sandbox.lease(Image(files=(("../x", tmp_path),)), __import__("codegym_jlab").sandbox.Limits()))
