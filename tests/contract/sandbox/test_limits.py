"""Bounds: processor and wall time, memory of the whole tree, processes, output, files; and that all of it ends."""

from __future__ import annotations

import time
from typing import Any

import pytest
from contract.sandbox.conftest import by_design

from codegym_jlab.sandbox import ExitKind, Limits, ProcessEnded

SHORT = Limits(seconds=0.5, total_s=20)


def test_endless_loop_stops_at_its_line(place: Any) -> None:
    with place.lease(limits=SHORT) as lease:
        reply = lease.cell("x = 1\nwhile True:\n    x += 1")
        assert reply["status"] == "timeout"
        assert reply["failure"]["type"] == "TLE"
        assert reply["failure"]["line"] in (2, 3)
        assert lease.cell("print(x > 1000)")["stdout"] == "True\n"


def test_a_variant_is_ended_by_its_own_processor_time(place: Any) -> None:
    slow = "def f():\n    return sum(n for n in range(10**9))\n"
    check = {"op": "check", "call": "f()", "seconds": 1, "want": "value"}
    frame = {"op": "variants", "source": slow, "checks": [check], "edits": [[], []], "steps": 1000}
    with place.lease() as lease:
        lease.begin("f").cell("f = None")
        told = lease.ask({**frame, "each": 0.1, "seconds": 10}, within=60)
    assert [told["outcomes"][number]["status"] for (number,) in told["runs"]] == ["timeout"] * 2


def test_sleep_stops_at_the_wall_limit(place: Any) -> None:
    with place.lease("f", limits=SHORT) as lease:
        lease.cell("import time\ndef f():\n    time.sleep(3600)")
        start = time.monotonic()
        reply = lease.check("f()")
    assert reply["status"] == "timeout"
    assert reply["failure"]["line"] == 3
    assert time.monotonic() - start < 600  # of 3600


def test_loop_that_swallows_everything_is_stopped(place: Any) -> None:
    source = "def f():\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass"
    with place.lease("f", limits=SHORT) as lease:
        lease.cell(source)
        assert lease.check("f()")["status"] == "timeout"
        assert lease.check("1")["value"] == ["int", "1"]
        try:
            assert lease.cell("f()")["status"] == "timeout"
        except ProcessEnded as ended:
            assert ended.status.kind is ExitKind.TIMEOUT


def test_code_deaf_to_signals_is_killed_by_its_processor_time(place: Any) -> None:
    source = "def f():\n    return sum(range(10**12))"
    with place.lease("f", limits=Limits(seconds=0.5)) as lease:
        lease.cell(source)
        assert lease.check("f()")["status"] == "timeout"
        start = time.monotonic()
        with pytest.raises(ProcessEnded) as ended:
            lease.cell("f()", within=300)
    assert ended.value.status.kind is ExitKind.TIMEOUT
    assert time.monotonic() - start < 150  # not by our patience


def test_handlers_of_the_student_do_not_lift_the_limit(place: Any) -> None:
    source = """
import signal
def f():
    for number in (signal.SIGPROF, signal.SIGALRM, signal.SIGXCPU, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    while True: pass
"""
    with place.lease("f", limits=SHORT) as lease:
        lease.cell(source)
        assert lease.check("f()")["status"] == "timeout"


def test_waiting_in_c_code_is_ended_by_the_host(place: Any) -> None:
    source = "import ctypes\nctypes.CDLL(None).pthread_sigmask(0, b'\\xff' * 128, None)\nctypes.CDLL(None).pause()"
    with place.lease(limits=SHORT) as lease, pytest.raises(ProcessEnded) as ended:
        lease.cell(source, within=1.5)
    assert ended.value.status.kind is ExitKind.TIMEOUT


def test_memory_of_one_process(place: Any) -> None:
    with place.lease("f", limits=Limits(memory_mb=64)) as lease:
        reply = lease.cell("x = 1\nhoard = bytearray(200 << 20)")
        assert (reply["status"], reply["failure"]["line"]) == ("memory", 2)
        lease.cell("def f():\n    return len(list(range(20_000_000)))")
        assert lease.check("f()")["status"] == "memory"
        assert lease.check("len(bytearray(20 << 20))")["value"] == ["int", str(20 << 20)]


def test_memory_of_a_tree(place: Any) -> None:
    by_design(place, "confined", "no process may start another")
    source = """
import os, time
for _ in range(12):
    if not os.fork():
        hoard = bytearray(60 << 20)
        hoard[::4096] = b"x" * len(hoard[::4096])
        time.sleep(300)
time.sleep(300)
"""
    with place.lease(limits=Limits(memory_mb=96, seconds=60)) as lease, pytest.raises(ProcessEnded) as ended:
        lease.cell(source)
    assert ended.value.status.kind is ExitKind.MEMORY


def test_memory_shared_with_the_cells_counts_once(place: Any) -> None:
    source = """
import time
hoard = bytearray(70 << 20)
hoard[::4096] = b'x' * len(hoard[::4096])
def f():
    time.sleep(0.4)
    return len(hoard)
"""
    with place.lease("f", limits=Limits(memory_mb=96)) as lease:
        assert lease.cell(source)["status"] == "ok"
        for _ in range(3):
            assert lease.check("f()")["value"] == ["int", str(70 << 20)]


def test_fork_bomb_is_bounded(place: Any) -> None:
    by_design(place, "confined", "no process may start another")
    source = """
import os, time
count = 0
try:
    while count < 5000:
        if not os.fork():
            time.sleep(30)
            os._exit(0)
        count += 1
except OSError as e:
    print(count, type(e).__name__)
"""
    with place.lease(limits=Limits(processes=20)) as lease:
        reply = lease.cell(source)
        assert reply["stdout"].endswith("BlockingIOError\n"), reply
        assert int(reply["stdout"].split()[0]) < 20
        assert lease.check("6 * 7")["value"] == ["int", "42"]


def test_processes_of_one_lease_take_none_from_another(place: Any) -> None:
    by_design(place, "confined", "no process may start another")
    bomb = """
import os, time
try:
    while True:
        if not os.fork():
            time.sleep(30)
except OSError:
    print("full")
"""
    with place.lease(limits=Limits(processes=12)) as one, place.lease(limits=Limits(processes=12)) as two:
        assert one.cell(bomb)["stdout"] == "full\n"
        assert (
            two.cell("import os\npid = os.fork()\nif not pid: os._exit(0)\nprint(os.waitpid(pid, 0)[1])")["stdout"]
            == "0\n"
        )


def test_memory_of_sockets(place: Any) -> None:
    by_design(place, "confined", "one process with 256 open files holds at most 60 MB in sockets")
    by_design(place, "docker+runsc", "they lie in gVisor's own memory, which the container's bound holds")
    source = """
import os, socket, time
kept = []
for _ in range(3):
    if not os.fork():
        break
for _ in range(90):
    a, b = socket.socketpair()
    kept.append((a, b))
    a.setblocking(False)
    try:
        while True: a.send(b"x" * 65536)
    except OSError: pass
time.sleep(300)
"""
    with place.lease(limits=Limits(seconds=60)) as lease, pytest.raises(ProcessEnded) as ended:
        lease.cell(source)
    assert ended.value.status.kind is ExitKind.MEMORY


def test_threads_work(place: Any) -> None:
    source = """
from concurrent.futures import ThreadPoolExecutor
import queue, threading
with ThreadPoolExecutor(4) as pool:
    print(sum(pool.map(lambda n: n * n, range(100))))
"""
    assert place.output(source) == "328350\n"


def test_multiprocessing_works(place: Any) -> None:
    by_design(place, "confined", "no process may start another")
    source = """
from multiprocessing import Pool
def square(n):
    return n * n
with Pool(2) as pool:
    print(pool.map(square, range(5)))
"""
    assert place.output(source) == "[0, 1, 4, 9, 16]\n"


def test_output_is_capped_where_it_is_written(place: Any) -> None:
    with place.lease("f", limits=Limits(output_kb=8)) as lease:
        reply = lease.cell("n = 0\nwhile True:\n    n += 1\n    print('flood ' * 100)")
        assert reply["status"] == "output"
        assert reply["failure"]["line"] == 4
        assert len(reply["stdout"]) <= 8 * 1024
        lease.cell("import os, sys\ndef f():\n    for _ in range(100):\n        os.write(1, b'x' * 10_000)")
        reply = lease.check("f()")
        assert reply["status"] == "output"
        assert len(reply["stdout"]) <= 8 * 1024
        assert lease.check(run="print('fine')", want="none")["stdout"] == "fine\n"


def test_output_limit_cannot_be_swallowed(place: Any) -> None:
    source = "for _ in range(1000):\n    try:\n        print('y' * 1000)\n    except BaseException:\n        pass"
    with place.lease(limits=Limits(output_kb=8)) as lease:
        assert lease.cell(source)["status"] == "output"


def test_files_are_bounded(place: Any) -> None:
    by_design(place, "confined", "there is no full disk: the process is ended")
    source = """
import os
written = 0
try:
    for n in range(200):
        with open(f"file{n}", "wb") as f:
            written += f.write(b"x" * (1 << 20))
except OSError as e:
    print(written >> 20, e.errno)
print(len(os.listdir(".")))
"""
    with place.lease(limits=Limits(files_mb=8)) as lease:
        reply = lease.cell(source)
    size, number = reply["stdout"].splitlines()[0].split()
    assert int(size) <= 8
    assert number == "28"  # no space left


def test_a_multi_megabyte_value_is_refused_and_a_large_one_crosses(place: Any) -> None:
    with place.lease() as lease:
        reply = lease.check("list(range(10**6))")
        assert (reply["status"], reply["unsupported"], reply["reason"]) == ("unsupported", "int", "too large")
        reply = lease.check("'x' * 5_000_000")
        assert (reply["status"], reply["unsupported"]) == ("unsupported", "str")
        assert len(lease.check("'x' * 3_000_000")["value"][1]) == 3_000_000


def test_nothing_of_a_check_stays(place: Any) -> None:
    by_design(place, "confined", "no process may start another")
    source = """
import ctypes, os, time
libc = ctypes.CDLL(None)
def leave():
    for _ in range(3):
        if not os.fork():
            os.setsid()
            if os.fork(): os._exit(0)
            time.sleep(60)
    time.sleep(0.1)
    open("litter", "w").write("x")
    os.makedirs("deep/er", exist_ok=True)
def count():
    alive = [pid for pid in range(2, 300) if libc.kill(pid, 0) == 0]
    return alive == [os.getpid()], os.listdir(".")
"""
    with place.lease("leave", "count") as lease:
        lease.cell(source)
        assert lease.check("leave()")["status"] == "value"
        nothing = ["tuple", [["bool", True], ["list", []]]]
        for _ in range(600):  # what was killed may still be on its way out
            if (found := lease.check("count()")["value"]) == nothing:
                break
            time.sleep(0.1)
        assert found == nothing


def test_files_that_a_check_changed_are_as_the_cells_left_them(place: Any) -> None:
    source = """
open("mine", "w").write("before")
def f():
    with open("mine", "a") as file:
        file.write("+")
    return open("mine").read()
"""
    with place.lease("f") as lease:
        lease.cell(source)
        assert [lease.check("f()")["value"] for _ in range(3)] == [["str", "before+"]] * 3
        lease.cell("import os\nos.unlink('mine')")
        assert lease.check("__import__('os').listdir('.')")["value"] == ["list", []]
