"""The level `confined`: what Landlock, the filter and the watchdog keep closed where there are no namespaces."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from contract.sandbox.conftest import Place, place_at

from codegym_jlab.sandbox import ExitKind, Image, Limits, ProcessEnded, open_sandbox

pytestmark = pytest.mark.full

SELFCHECK = Path(__file__).with_name("selfcheck.py")
REPOSITORY = Path(__file__).parents[3]
TRY = """
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *args):
    ctypes.set_errno(0)
    result = libc["syscall"](ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in args])
    return "done" if result >= 0 else errno.errorcode[ctypes.get_errno()]
def tried(act, *args):
    try:
        act(*args)
        return "done"
    except OSError as e:
        return errno.errorcode.get(e.errno, str(e))
"""


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with place_at("confined") as made:
        yield made


@pytest.fixture
def target() -> Iterator[Path]:
    """A file of the host's that belongs to the user as whom answers run: only the sandbox stands in between."""
    folder = Path(tempfile.mkdtemp(prefix="cg-host-"))
    file = folder / "notes.txt"
    file.write_text("kept as it was")
    if os.getuid() == 0:
        for path in (folder, file):
            os.chown(path, 65534, 65534)
    file.chmod(0o644)
    folder.chmod(0o755)
    yield file
    shutil.rmtree(folder)


ATTEMPTS = (
    "open(p).read()",
    "open(p, 'w')",
    "open(p, 'a')",
    "open(p, 'r+')",
    "os.open(p, os.O_RDONLY | os.O_TRUNC)",
    "os.open(p, 3)",
    "os.open(p, 3 | os.O_TRUNC)",
    "os.truncate(p, 0)",
    "os.unlink(p)",
    "os.rename(p, p + '2')",
    "os.rename(p, 'mine')",
    "os.link(p, 'mine')",
    "os.link(p, p + '3')",
    "os.symlink('x', p + '4')",
    "os.mkdir(p + '5')",
    "os.mkfifo(p + '6')",
    "os.listdir(os.path.dirname(p))",
    "os.chmod(p, 0o777)",
    "os.chmod(os.path.dirname(p), 0o777)",
    "os.utime(p, (1, 1))",
    "os.chown(p, -1, os.getgid())",
    "os.setxattr(p, 'user.x', b'1')",
    "os.getxattr(p, 'user.x')",
    "os.rmdir(os.path.dirname(p))",
)


def test_a_file_of_the_host_can_be_neither_read_nor_changed(place: Place, target: Path) -> None:
    before = target.stat()
    attempts = "\n".join(f"print({a!r}, tried(lambda: {a}))" for a in ATTEMPTS)
    out = place.output(f"{TRY}\np = {str(target)!r}\n{attempts}")
    assert [line for line in out.splitlines() if line.endswith(" done")] == []
    after = target.stat()
    assert target.read_text() == "kept as it was"
    assert (before.st_mode, before.st_mtime_ns, before.st_uid) == (after.st_mode, after.st_mtime_ns, after.st_uid)
    assert os.listdir(target.parent) == [target.name]


def test_names_and_sizes_can_be_asked_for(place: Place, target: Path) -> None:
    """Not promised, and docs/understand/security.md says so: should this ever fail, mend the docs."""
    assert place.output(f"import os\nprint(os.stat({str(target)!r}).st_size)") == "14\n"


def test_other_processes_cannot_be_read_or_signalled(place: Place) -> None:
    sleeper = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import os, time\nif os.getuid() == 0: os.setuid(65534)\nprint(1, flush=True)\ntime.sleep(60)",
        ],
        stdout=subprocess.PIPE,
    )
    assert sleeper.stdout is not None
    sleeper.stdout.readline()
    source = f"""
import fcntl, resource, signal
for pid in ({sleeper.pid}, os.getppid()):
    for name in ("environ", "cmdline", "mem", "maps", "status", "stat"):
        print(tried(open, f"/proc/{{pid}}/{{name}}"))
    for name in ("exe", "cwd", "root", "fd/0"):
        print(tried(os.readlink, f"/proc/{{pid}}/{{name}}"))
    for number in (0, 9, 19):
        print(tried(os.kill, pid, number), call(200, pid, number), call(234, pid, pid, number))
    r, w = os.pipe()
    print(tried(fcntl.fcntl, r, fcntl.F_SETOWN, pid), tried(fcntl.fcntl, r, fcntl.F_SETSIG, 9))
    print(tried(resource.prlimit, pid, resource.RLIMIT_CPU))
    print(tried(os.setpriority, os.PRIO_PROCESS, pid, 19), tried(os.sched_setaffinity, pid, {{0}}))
print(tried(os.setpriority, os.PRIO_USER, os.getuid(), 19))
for target in (0, -1, -{sleeper.pid}):
    print(call(62, target, 9))
print(call(434, {sleeper.pid}, 0), call(424, 0, 9, 0, 0), call(129, {sleeper.pid}, 9, b" " * 128))
"""
    try:
        out = place.output(TRY + source)
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()
        sleeper.stdout.close()
    assert "done" not in out, out


def test_no_process_can_be_started(place: Place) -> None:
    numbers = "call(57), call(58), call(56, 17, 0, 0, 0, 0), call(56, 0x100, 0, 0, 0, 0), call(112), call(109, 0, 0)"
    if os.uname().machine == "x86_64":
        assert place.output(f"{TRY}\nprint({numbers})") == " ".join(["EPERM"] * 6) + "\n"
    with place.lease() as lease:
        reply = lease.cell("import os\nos.fork()")
        assert (reply["status"], reply["violation"]) == ("violation", "starting another process")
        assert (
            lease.cell("import multiprocessing\nmultiprocessing.Process(target=print).start()")["status"] == "violation"
        )


def test_programs_use_threads_event_loops_and_copies(place: Place) -> None:
    source = """
import asyncio, os, shutil, signal, sqlite3, tempfile, threading
from pathlib import Path
async def two():
    return sum(await asyncio.gather(asyncio.sleep(0, 1), asyncio.to_thread(lambda: 2)))
print(asyncio.run(two()))
Path("a.txt").write_text("x")
Path("a.txt").touch()
shutil.copy("a.txt", "b.txt"), shutil.copy2("a.txt", "c.txt"), shutil.copytree(".", "d")
with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile() as file:
    print(folder.startswith(os.getcwd()), file.name.startswith(os.getcwd()))
with sqlite3.connect("base.db") as base:
    base.execute("create table t (x)")
signal.signal(signal.SIGUSR1, lambda *_: print("heard"))
os.kill(os.getpid(), signal.SIGUSR1)
print(sorted(os.listdir(".")), sorted(os.listdir("d")))
"""
    expected = "3\nTrue True\nheard\n['a.txt', 'b.txt', 'base.db', 'c.txt', 'd'] ['a.txt', 'b.txt', 'c.txt']\n"
    assert place.output(source) == expected


def test_the_code_of_the_package_and_its_courses_cannot_be_read(place: Place) -> None:
    import codegym_jlab

    root = Path(codegym_jlab.__file__).parent
    courses = [*root.parent.glob("courses/**/*.yaml"), *Path(sys.prefix, "share", "codegym").glob("**/*.yaml")]
    paths = [str(p) for p in (root / "__init__.py", root / "grading" / "grader.py", *courses[:5])]
    found = "import importlib.util\nprint(importlib.util.find_spec('codegym_jlab'))"
    out = place.output(f"{TRY}\nfor p in {paths}: print(tried(open, p))\n{found}")
    assert set(out.splitlines()) <= {"EACCES", "ENOENT", "None"}


def boxes() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("codegym-box-*"))


MESS = """
import os
for n in range(300):
    os.mkdir("deep"); os.chdir("deep")
open("bottom", "w").write("x")
os.mkdir("closed", 0)
open("odd\\n\\udcff name", "w")
"""


def test_nothing_of_a_lease_stays_on_the_disk(place: Place) -> None:
    with place.lease("f") as lease:
        top = lease.cell("import os\nprint(os.getcwd())\n" + MESS)["stdout"].strip()
        assert Path(top, "deep").is_dir()
        assert lease.check("__import__('os').path.exists('bottom')")["value"] == ["bool", True]
        lease.check("open('more', 'w').close()")
        assert lease.check("__import__('os').path.exists('more')")["value"] == ["bool", False]
    end = time.monotonic() + 60
    while os.path.exists(top) and time.monotonic() < end:
        time.sleep(0.02)
    assert not os.path.exists(top)


CRASHING = """
import asyncio, sys
from codegym_jlab.sandbox import Image, Limits, open_sandbox
async def main():
    sandbox = await open_sandbox("confined")
    process = await sandbox.lease(Image(preload=("fractions",)), Limits())
    frame = {"op": "cell", "name": "a", "source": sys.argv[1], "kind": "answer", "seconds": 30}
    await process.ask({"op": "begin", "names": [], "output_kb": 64, "seconds": 2.0}, within=20)
    print((await process.ask(frame, within=30))["stdout"].split()[0], flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


@pytest.mark.parametrize("victim", ["host", "all"])
def test_what_a_crash_left_is_swept(place: Place, victim: str) -> None:
    source = "import os\nprint(os.getcwd())\n" + MESS
    host = subprocess.Popen([sys.executable, "-c", CRASHING, source], stdout=subprocess.PIPE, cwd=REPOSITORY)
    assert host.stdout is not None
    box = Path(host.stdout.readline().decode().strip()).parent
    host.stdout.close()
    assert box in boxes()
    if victim == "all":  # nobody is left who could tidy up
        for pid in _below(host.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    host.kill()
    host.wait()
    end = time.monotonic() + 60
    while box.exists() and time.monotonic() < end:
        if victim == "all":
            place.run(_one_more())
        time.sleep(0.05)
    assert not box.exists()


def _below(pid: int) -> list[int]:
    """Children first seen last: parents die before they can tidy up after them."""
    found = [pid]
    for parent in found:
        for path in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError, IndexError):
                if int(path.read_text().rpartition(")")[2].split()[1]) == parent:
                    found.append(int(path.parent.name))
    return found[1:]


async def _one_more() -> None:
    sandbox = await open_sandbox("confined")
    await sandbox.close()


WRITERS = {
    "many bytes": "for n in range(400): open(f'f{n}', 'wb').write(b'x' * (1 << 20))",
    "many files": "for n in range(100_000): open(f'f{n}', 'w').close()",
    "many folders": "for n in range(100_000): os.mkdir(f'f{n}')",
    "files without names": """
kept = []
for n in range(200):
    kept.append(open('x', 'wb')); kept[-1].write(b'x' * (1 << 20)); kept[-1].flush(); os.unlink('x')
""",
    "written and removed": "while True: open('x', 'wb').write(b'x' * (1 << 20))",
    "output": "while True: os.write(1, b'x' * 65536)",
}


@pytest.mark.parametrize("what", WRITERS)
def test_what_is_written_is_bounded(place: Place, what: str) -> None:
    source = f"import os, time\n{WRITERS[what]}\ntime.sleep(20)"
    with place.lease(limits=Limits(files_mb=8, seconds=9)) as lease:
        try:
            assert lease.cell(source)["status"] in ("output", "error")
        except ProcessEnded as ended:
            assert ended.status.kind is ExitKind.OUTPUT


def test_one_file_is_bounded_softly(place: Place) -> None:
    source = "try:\n    open('big', 'wb').write(bytes(9 << 20))\nexcept OSError as e:\n    print(e.errno)"
    assert place.output(source, limits=Limits(files_mb=8)) == "27\n"


def test_threads_are_bounded(place: Place) -> None:
    source = """
import threading, time
threading.stack_size(65536)
for _ in range(3000):
    threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
time.sleep(30)
"""
    with place.lease(limits=Limits(seconds=9)) as lease:
        try:
            assert lease.cell(source)["status"] in ("error", "memory")
        except ProcessEnded as ended:
            assert ended.status.kind is ExitKind.MEMORY


def test_each_check_meets_what_the_cells_left(place: Place) -> None:
    source = """
import random
drawn, calls = random.random(), []
open("file", "w").write("from the cells")
def f():
    calls.append(1)
    text = open("file").read()
    open("file", "w").write("from a check")
    return drawn, random.random(), len(calls), text
"""
    with place.lease("f", "g") as lease:
        lease.cell(source)
        first = lease.check("f()")["value"]
        assert [lease.check("f()")["value"] for _ in range(2)] == [first] * 2
        assert lease.cell("def g(): return len(calls), drawn")["status"] == "ok"
        assert lease.check("g()")["value"][1] == [["int", "0"], first[1][0]]


def test_a_check_that_dies_says_how_and_the_next_goes_on(place: Place) -> None:
    source = "import os, ctypes\ndef crash(): ctypes.string_at(0)\ndef leave(): os._exit(3)\n"
    source += "def loop():\n    while True: pass"
    with place.lease("crash", "leave", "loop", limits=Limits(seconds=0.5)) as lease:
        lease.cell(source)
        for _ in range(2):
            replies = [lease.check(call) for call in ("crash()", "leave()", "loop()", "len(bytearray(10**9))", "6 * 7")]
            assert [r["status"] for r in replies] == ["crashed", "exited", "timeout", "memory", "value"]
        assert replies[0]["failure"]["type"] == "SIGSEGV"
        assert "status 3" in replies[1]["failure"]["message"]


def test_a_dialogue_keeps_its_process(place: Place) -> None:
    talk = {"speaker": "evaluator", "do": "evaluate", "seconds": 2.0, "want": "value", "call": "count()"}
    with place.lease("count") as lease:
        lease.cell("n = 0\ndef count():\n    global n\n    n += 1\n    return n")
        asked = [lease.ask({"op": op, **talk})["value"] for op in ("talk", "more", "more")]
        assert asked == [["int", "1"], ["int", "2"], ["int", "3"]]
        assert lease.ask({"op": "hush"}) == {"ok": True}
        assert lease.check("count()")["value"] == ["int", "1"]
        assert lease.ask({"op": "talk", **talk})["value"] == ["int", "1"]


def test_a_course_file_that_changed_is_shown_as_it_is(place: Place, tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    image = Image(files=(("data/a.csv", table),))
    for text in ("x\n1\n", "x\n2\n"):
        (tmp_path / "new").write_text(text)
        (tmp_path / "new").replace(table)
        assert place.output("print(open('data/a.csv').read(), end='')", image=image) == text


# -- where namespaces are off ----------------------------------------------------------------------

WITHOUT = """
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
rules = [(0x20, 0, 0, 0)]
for number in (272, 308, 435, 165):
    rules += [(0x15, 0, 1, number), (0x06, 0, 0, 0x00050000 | (38 if number == 435 else 1))]
rules += [(0x15, 0, 3, 56), (0x20, 0, 0, 16), (0x45, 0, 1, 0x7E020000)]
rules += [(0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *r) for r in rules))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(rules), ctypes.addressof(code)))
zeros = [ctypes.c_ulong(0)] * 3
assert libc.prctl(38, ctypes.c_ulong(1), *zeros) == 0
assert libc.prctl(22, ctypes.c_ulong(2), ctypes.c_ulong(ctypes.addressof(program)), *zeros[:2]) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of x86_64")
@pytest.mark.parametrize("user", ["this", "ordinary"])
def test_where_namespaces_are_off_it_is_the_level_in_force(tmp_path: Path, user: str) -> None:
    """As in a container whose filter refuses unshare and mount."""
    from contract.sandbox.test_elsewhere import ENVIRONMENT, NOBODY, needs, reachable_python

    prefix: list[str] = []
    python = sys.executable
    if user == "ordinary":
        needs("setpriv")
        if os.getuid() != 0:
            pytest.skip("only root becomes another user")
        prefix, python = NOBODY, reachable_python(NOBODY)
    script = ["-c", WITHOUT, python, str(SELFCHECK), str(REPOSITORY)]
    done = subprocess.run(
        [*prefix, python, *script, "best"], capture_output=True, text=True, timeout=300, env=ENVIRONMENT, cwd="/"
    )
    assert done.returncode == 0, done.stderr[-2000:]
    facts: dict[str, Any] = json.loads(done.stdout)
    assert facts["level"] == "confined", facts
    assert facts["details"]["sealed"]["landlock"] >= 1
    assert facts["value"]["value"] == ["int", "0"]
    assert (facts["slept"], facts["loop"], facts["memory"]) == ("timeout", "timeout", "memory")
    assert facts["network"] == "opening a network connection"
    assert (facts["bomb"], facts["tree"]) == ("full\n", "")
    if "refused" in facts:
        assert facts["refused"]["stdout"] == "[True, True, True, True, True, True]\nread-only\n"
