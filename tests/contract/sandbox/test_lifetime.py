"""How leases and zygotes begin and end: nothing stays, nothing spreads, and what dies is replaced."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from contract import engine
from contract.sandbox.conftest import CONTAINERS, by_design

from codegym_jlab.sandbox import ExitKind, Image, Limits, ProcessEnded, SandboxUnavailable, choose, levels, open_sandbox
from codegym_jlab.sandbox.base import pool_statuses

RUNNER = "codegym_jlab/runner/__main__.py"


def runners(below: int | None = None) -> set[int]:
    """Living processes of zygotes on this machine, as far as this one can see; `below` only that one's."""
    parents, found = {}, set()
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
            parents[int(name)] = int(fields[1])
            if fields[0] not in "ZX" and RUNNER in Path(f"/proc/{name}/cmdline").read_text():
                found.add(int(name))
        except (OSError, IndexError):
            continue

    def is_below(pid: int) -> bool:
        return pid == below or (pid in parents and is_below(parents[pid]))

    contained = {pid for one in engine.running for pid in one.pids(below)}
    return {pid for pid in found if below is None or is_below(parents[pid])} | contained


def mine() -> set[int]:
    return runners(os.getpid())


def zygotes() -> set[int]:
    """Those of this process; spares come and go."""
    contained = {pid for one in engine.running for pid in one.pids(os.getpid())}
    return {pid for pid in mine() - contained if parent_of(pid) == os.getpid()} | contained


def parent_of(pid: int) -> int | None:
    """None once it has ended."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def settled(place: Any) -> set[int]:
    """`mine`, once no container is on its way any more."""
    before: set[int] = set()
    if place.sandbox.level in CONTAINERS:
        while (now := mine()) != before:
            before = now
            place.run(asyncio.sleep(0.7))
    return mine()


def settles(holds: Callable[[], bool], within: float = 120.0) -> bool:
    """Whether that comes true."""
    end = time.monotonic() + within
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def gone(pids: set[int], within: float = 120.0) -> bool:
    return settles(lambda: not pids & runners(), within)


DAEMON = """
import os, time
for _ in range(3):
    if not os.fork():
        os.setsid()
        if os.fork(): os._exit(0)
        for fd in range(3): os.close(fd)
        time.sleep(300)
"""


def test_nothing_survives_the_end_of_a_lease(place: Any) -> None:
    by_design(place, "confined", "no process may start another")
    before = settled(place)
    with place.lease() as lease:
        lease.cell(DAEMON)
        assert settles(lambda: len(mine() - before) >= 3)  # they fork after the cell's end
        during = mine() - before
    place.run(lease.process.close())  # twice does no harm
    if place.sandbox.level in CONTAINERS:
        settled(place)
        left = [number for one in engine.running for number in one.containers(os.getpid())]
        assert len(left) == pool_statuses(place.sandbox)[0].wanted, "only spares may be there"
        return
    assert settles(lambda: len(during & mine()) <= 2), "only spares, forked meanwhile, may be there"


WRITE = """
import os
for fd in range(3, 64):
    try:
        os.write(fd, {noise})
    except OSError:
        pass
"""
NOISES = (
    r"b'\xff\xff\xff\xff'",
    r"b'\0\0\0\2{]'",
    r"b'\0\0\0\2[]'",
    r"b'\0\0\0\3NaN'",
    r"b'\0\0\0\1\xff'",
    r"b'\0\1\0\0' + b'[' * 0x10000",
    r"b'\0\0\x20\0' + b'9' * 0x2000",
)


@pytest.mark.parametrize("noise", NOISES)
def test_a_process_that_writes_garbage_is_ended(place: Any, noise: str) -> None:
    with place.lease() as lease, pytest.raises(ProcessEnded) as ended:
        lease.cell(WRITE.replace("{noise}", noise))
    assert ended.value.status.kind is ExitKind.PROTOCOL


def test_garbage_as_its_time_ends(place: Any) -> None:
    """Whichever comes first, the process is ended for it: the time that is over cancels nobody else."""
    source = "kept = bytearray(40 << 20)\n" + WRITE.replace("{noise}", NOISES[2]) + "\nwhile True: pass\n"
    with place.lease() as lease:
        began = time.monotonic()
        with pytest.raises(ProcessEnded):
            lease.cell(source)
        took = time.monotonic() - began
    steps = 5 if place.sandbox.level in CONTAINERS else 16
    for step in range(steps):
        with place.lease() as lease, pytest.raises(ProcessEnded) as ended:
            lease.cell(source, within=took * (0.4 + step / steps * 0.64))
        assert ended.value.status.kind in (ExitKind.PROTOCOL, ExitKind.TIMEOUT)


def test_answers_that_nobody_asked_for_are_answers_to_nothing(place: Any) -> None:
    forged = b'\0\0\0\x2b{"status":"value","value":["int","4711"]  }'
    source = f"""
import os, struct
def f():
    for fd in range(3, 64):
        try: os.write(fd, {forged!r} * 3)
        except OSError: pass
def g(): return 1
"""
    with place.lease("f", "g") as lease:
        lease.cell(source)
        assert lease.check("f()")["value"] == ["int", "4711"], "its own answer it may forge"
        assert lease.check("g()")["value"] == ["int", "1"]
        with pytest.raises(ProcessEnded) as ended:
            lease.cell("f()")
            lease.check("g()")
    assert ended.value.status.kind is ExitKind.PROTOCOL


def test_hooks_and_signals_of_student_code_end_no_one_else(place: Any) -> None:
    with place.lease("f") as lease:
        lease.cell(
            "import ctypes\nkill = ctypes.CDLL(None).kill\ndef f(): return len([kill(1, n) for n in range(1, 65)])"
        )
        assert lease.check("f()")["value"] == ["int", "64"]
        assert lease.check("6 * 7")["value"] == ["int", "42"]
        with pytest.raises(ProcessEnded) as ended:
            lease.cell("import sys\ndef hook(event, args):\n    raise BaseException(event)\nsys.addaudithook(hook)")
            lease.check("6 * 7")
    assert ended.value.status.kind in (ExitKind.PROTOCOL, ExitKind.EXITED)


def test_a_start_that_is_cancelled_leaves_nothing(place: Any) -> None:
    by_design(place, "remote", "its zygotes are the host's; test_remote.py has a lease that is cancelled")

    async def use() -> None:
        sandbox = choose(place.sandbox.level)
        task = asyncio.ensure_future(sandbox.lease(Image(preload=("json", "decimal")), Limits()))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        warm = asyncio.ensure_future(sandbox.warm(Image()))
        await asyncio.sleep(0.01)
        await sandbox.close()
        with pytest.raises(SandboxUnavailable):
            await warm

    before = settled(place)
    place.run(use())
    assert gone(zygotes() - before)


def test_a_lease_that_is_cancelled_as_its_process_comes_leaves_none(place: Any) -> None:
    by_design(place, ("remote", *CONTAINERS), "no fork is asked for while somebody waits")

    async def use() -> None:
        for turns in range(6):
            task = asyncio.ensure_future(place.sandbox.lease(Image(), Limits(files_mb=3)))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            time.sleep(0.1)  # noqa: ASYNC251 - it comes while the loop looks elsewhere
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            try:
                process = await task
            except asyncio.CancelledError:
                continue
            await process.close()
        # forks come in order: once this one is there, the host has heard of all that were asked for before
        await (await place.sandbox.lease(Image(), Limits(files_mb=3))).close()

    with place.lease():
        pass
    before = set[int]()
    while (now := mine()) != before:  # until the spares are there again
        before = now
        place.run(asyncio.sleep(0.7))
    place.run(use())
    assert gone(mine() - before)


def test_a_process_that_closes_its_channel_is_ended(place: Any) -> None:
    with place.lease() as lease:
        with pytest.raises(ProcessEnded) as ended:
            lease.cell("import os, time\nos.closerange(3, 64)\ntime.sleep(60)")
        assert ended.value.status.kind is ExitKind.PROTOCOL
        with pytest.raises(ProcessEnded):
            lease.cell("1")


def test_a_flood_into_the_channel_is_ended(place: Any) -> None:
    source = WRITE.replace("os.write", "while True: os.write").replace("{noise}", r"b'\0\x70\0\0' * 4096")
    with place.lease() as lease, pytest.raises(ProcessEnded) as ended:
        lease.cell(source)
    assert ended.value.status.kind is ExitKind.PROTOCOL


def test_an_ask_that_is_cancelled_ends_the_process(place: Any) -> None:
    async def cancel(process: Any) -> None:
        frame = {"op": "cell", "name": "a", "source": "while True: pass", "kind": "answer", "seconds": 5}
        task = asyncio.ensure_future(process.ask(frame, within=30))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with place.lease() as lease:
        place.run(cancel(lease.process))
        with pytest.raises(ProcessEnded):
            lease.cell("1")


def test_where_we_stood_still_an_answer_is_lost_and_not_late(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped, or on a machine that was: the time ran out, but not for the student."""

    async def stand_still(process: Any) -> None:
        loop = asyncio.get_running_loop()
        frame = {"op": "cell", "name": "a", "source": "import time\ntime.sleep(60)", "kind": "answer", "seconds": 20}
        task = asyncio.ensure_future(process.ask(frame, within=30))
        await asyncio.sleep(0.1)
        clock = loop.time
        with monkeypatch.context() as patch, pytest.raises(ProcessEnded) as ended:
            patch.setattr(loop, "time", lambda: clock() + 60)
            await task
        assert ended.value.status.kind is ExitKind.LOST

    with place.lease() as lease:
        place.run(stand_still(lease.process))


def test_a_zygote_that_died_is_replaced(place: Any) -> None:
    image = Image(preload=("colorsys",))
    with place.lease(image=image) as lease:
        started = mine()  # those that are only on their way, too
        for blow in (signal.SIGSTOP, signal.SIGKILL):  # halted first: none is left to tell of another's end
            for pid in started:
                with contextlib.suppress(ProcessLookupError):  # the first took the others with it
                    os.kill(pid, blow)
        with pytest.raises(ProcessEnded) as ended:
            lease.cell("1")
        assert ended.value.status.kind is ExitKind.LOST
    assert gone(started)
    for _ in range(3):  # containers that waited: the engine may not have told of their end yet
        with contextlib.suppress(ProcessEnded), place.lease(image=image) as lease:
            lease.cell("1")
    for _ in range(4):
        with place.lease(image=image) as lease:
            assert lease.cell("print(1)")["stdout"] == "1\n"


def test_many_leases_at_once(place: Any) -> None:
    async def one(number: int) -> int:
        process = await place.sandbox.lease(Image(), Limits())
        try:
            await process.ask({"op": "begin", "names": [], "output_kb": 64, "seconds": 2}, within=120)
            frame = {"op": "cell", "name": "a", "source": f"print({number})", "kind": "answer", "seconds": 20}
            return int((await process.ask(frame, within=120))["stdout"])
        finally:
            await process.close()

    many = 8 if place.sandbox.level in CONTAINERS else 24  # a container takes a second of a processor

    async def all_of_them() -> list[int]:
        return await asyncio.gather(*(one(n) for n in range(many)))

    assert place.run(all_of_them()) == list(range(many))


HOST = """
import asyncio, sys, time
from codegym_jlab.sandbox import Image, Limits, open_sandbox
async def main():
    sandbox = await open_sandbox(sys.argv[1])
    process = await sandbox.lease(Image(), Limits(seconds=30))
    frame = {"op": "cell", "name": "a", "source": sys.argv[2], "kind": "answer", "seconds": 30}
    await process.ask({"op": "begin", "names": [], "output_kb": 64, "seconds": 2}, within=120)
    await process.ask(frame, within=120)
    print("ready", flush=True)
    time.sleep(60)
asyncio.run(main())
"""


def test_death_of_the_host_ends_everything(place: Any) -> None:
    by_design(place, "remote", "test_remote.py: the end of a connection")
    host = subprocess.Popen(
        [sys.executable, "-c", HOST, place.sandbox.level, DAEMON], stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
    )
    assert host.stdout is not None
    assert host.stdout.readline() == b"ready\n"
    assert settles(lambda: len(runners(host.pid)) >= (4 if place.sandbox.level == "confined" else 5))
    children = runners(host.pid)
    host.kill()
    host.wait()
    host.stdout.close()
    assert gone(children)


def test_a_closed_sandbox_leases_nothing(place: Any) -> None:
    by_design(place, "remote", "its zygotes are the host's; test_remote.py")

    async def use() -> None:
        sandbox = await open_sandbox(place.sandbox.level)
        process = await sandbox.lease(Image(), Limits())
        before = mine()
        await sandbox.close()
        await process.close()
        assert before
        with pytest.raises(SandboxUnavailable):
            await sandbox.lease(Image(), Limits())

    left = settled(place)
    place.run(use())
    assert gone(mine() - left)


def test_process_is_refused_unless_said_aloud() -> None:
    with pytest.raises(SandboxUnavailable, match="isolates nothing"):
        asyncio.run(open_sandbox("process"))
    with pytest.raises(SandboxUnavailable, match="isolates nothing"):
        choose("process")
    with pytest.raises(SandboxUnavailable, match="no sandbox level 'doker'"):
        choose("doker")


def test_doctor_is_told_of_every_level() -> None:
    told = {level.name: level for level in asyncio.run(levels())}
    assert set(told) == {"namespaces", "confined", "process", *CONTAINERS}
    assert not told["process"].available
    assert all(level.why for level in told.values())
