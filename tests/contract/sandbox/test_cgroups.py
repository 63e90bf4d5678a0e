"""cgroup v2 where a subtree is delegated to us; elsewhere that it is not taken, and that doctor says so."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codegym_jlab.runner.isolation.namespaces import Slot, slots
from codegym_jlab.sandbox import ExitKind, Image, Limits, ProcessEnded, SandboxUnavailable, levels, open_sandbox
from codegym_jlab.sandbox.namespaces import delegated

HOARD = """
import os, time
for _ in range(12):
    if not os.fork():
        hoard = bytearray(40 << 20)
        hoard[::4096] = b"x" * len(hoard[::4096])
        time.sleep(300)
time.sleep(300)
"""
BOMB = """
import os, time
count = 0
try:
    while count < 5000:
        if not os.fork():
            time.sleep(30)
        count += 1
except OSError as e:
    print(count < 20, type(e).__name__)
"""


@pytest.fixture
def base() -> Path:
    """The delegated folder; a kernel without one skips this, also in CI."""
    folder, why = delegated()
    if not folder:
        pytest.skip(why)
    return Path(folder)


@pytest.fixture
def tree() -> Iterator[Path]:
    """A folder of our own in a cgroup v2 tree, with controllers or without."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    point = next((fields[1] for fields in mounts if fields[2] == "cgroup2"), None)
    if point is None or not os.access(point, os.W_OK):
        pytest.skip("no cgroup v2 tree that can be written")
    folder = Path(point) / f"codegym-test-{os.getpid()}"
    try:
        folder.mkdir()
    except OSError as e:
        pytest.skip(f"no cgroup v2 tree that can be written: {e}")
    yield folder
    for left in (*folder.iterdir(), folder):
        with contextlib.suppress(OSError):
            left.rmdir()


async def ended(source: str, limits: Limits) -> Any:
    """How a lease ended, or what its cell printed, and what doctor is told of its zygote."""
    sandbox = await open_sandbox("namespaces")
    try:
        process = await sandbox.lease(Image(), limits)
        await process.ask({"op": "begin", "names": [], "output_kb": 64, "seconds": 60}, within=120)
        frame = {"op": "cell", "name": "a", "source": source, "kind": "answer", "seconds": 60}
        try:
            return (await process.ask(frame, within=200))["stdout"]
        except ProcessEnded as end:
            return end.status.kind
        finally:
            await process.close()
    finally:
        await sandbox.close()


def test_the_kernel_bounds_memory_of_the_tree(base: Path) -> None:
    assert asyncio.run(ended(HOARD, Limits(memory_mb=96, seconds=60))) is ExitKind.MEMORY
    assert not list(base.glob(f"codegym-{os.getpid()}-*"))


def test_the_kernel_bounds_processes(base: Path) -> None:
    assert asyncio.run(ended(BOMB, Limits(processes=12, seconds=60))) == "True BlockingIOError\n"


def test_doctor_says_which_is_in_force() -> None:
    told = {level.name: level for level in asyncio.run(levels())}["namespaces"]
    if not told.available:
        pytest.skip(told.why)
    kind = "cgroup" if delegated()[0] else "watchdog"
    assert told.details["bounds"] == kind
    assert ("by the kernel" if kind == "cgroup" else "by a watchdog") in told.why


def test_no_folder_is_no_slot() -> None:
    assert slots("") == slots("/nowhere/at/all") == []


def test_a_fork_is_in_its_slot_and_the_slot_goes(tree: Path) -> None:
    """On a real tree; without controllers nothing is bounded, which is said, and then the watchdog does."""
    folder = os.open(tree, os.O_RDONLY | os.O_DIRECTORY)
    try:
        slot = Slot(folder, "one")
        hears, tells = os.pipe()
        heard, told = os.pipe()
        pid = os.fork()
        if not pid:
            slot.enter()
            os.write(told, b".")
            os.read(hears, 1)
            os._exit(0)
        try:
            has_bounds = {"memory", "pids"} <= set((tree / "cgroup.subtree_control").read_text().split())
            os.read(heard, 1)
            assert (tree / "one/cgroup.procs").read_text() == f"{pid}\n"
            assert slot.bound(64 << 20, 10) == has_bounds
            assert not slot.ran_out()
            slot.remove()
            assert (tree / "one").exists(), "while a process is in it"
        finally:
            os.write(tells, b".")
            os.waitpid(pid, 0)
            for fd in (hears, tells, heard, told):
                os.close(fd)
        slot.free()
        slot.remove()
        assert not (tree / "one").exists()
    finally:
        os.close(folder)


def test_a_zygote_whose_tree_has_no_controllers_has_the_watchdog(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codegym_jlab.sandbox.namespaces.delegated", lambda: (str(tree), "for this test"))
    try:
        assert asyncio.run(ended(HOARD, Limits(memory_mb=96, seconds=60))) is ExitKind.MEMORY
        assert asyncio.run(ended("print('there')", Limits())) == "there\n"
    except SandboxUnavailable as e:
        pytest.skip(str(e))
    assert not list(tree.glob("codegym-*"))


#: What the kernel makes in a new group; here they are plain files, and a write leaves what was longer before.
FILES = {
    "cgroup.procs": "", "memory.max": "", "memory.swap.max": "", "memory.oom.group": "", "pids.max": "",
    "pids.current": "1", "memory.events": "low 0\nhigh 0\nmax 3\noom 0\noom_kill 0\noom_group_kill 0\n",
}  # fmt: skip


@pytest.fixture
def likeness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which each new one looks like a group: for machines whose kernel gives none away."""
    make = os.mkdir

    def mkdir(name: Any, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
        make(name, mode, dir_fd=dir_fd)
        if dir_fd is not None:
            for file, text in FILES.items():
                (tmp_path / name / file).write_text(text)

    monkeypatch.setattr("codegym_jlab.runner.isolation.namespaces.os.mkdir", mkdir)
    return tmp_path


def test_what_a_slot_writes(likeness: Path) -> None:
    folder = os.open(likeness, os.O_RDONLY | os.O_DIRECTORY)
    slot, group = Slot(folder, "one"), likeness / "one"
    slot.enter()
    assert (group / "cgroup.procs").read_text() == "0", "the writer itself"
    assert slot.bound(64 << 20, 10)
    told = {name: (group / name).read_text() for name in FILES if name.endswith(("max", "group"))}
    assert told == {"memory.max": str(64 << 20), "memory.swap.max": "0", "memory.oom.group": "1", "pids.max": "10"}
    assert not slot.ran_out()
    (group / "memory.events").write_text(FILES["memory.events"].replace("group_kill 0", "group_kill 1"))
    assert slot.ran_out()
    assert slot.bound(1 << 20, 5) and not slot.ran_out(), "what came before does not count for the next"
    slot.free()
    assert all((group / name).read_text().startswith("max") for name in ("memory.max", "memory.swap.max", "pids.max"))
    (group / "pids.current").write_text("0")
    assert not slot.bound(1 << 20, 5), "the fork is not in it"
    os.close(folder)


@pytest.mark.parametrize("others", (False, True))
def test_what_is_taken_of_a_delegated_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, others: bool) -> None:
    """This process goes into a leaf, so that its group may bound children; not where others are in that group too."""
    own = tmp_path / "service"
    own.mkdir()
    (own / "cgroup.controllers").write_text("cpu memory pids\n")
    (own / "cgroup.procs").write_text(f"{os.getpid()}\n" + ("1\n" if others else ""))
    (own / "cgroup.subtree_control").write_text("")
    (own / "codegym-999999999-3").mkdir()  # of a zygote that was killed
    monkeypatch.setattr("codegym_jlab.sandbox.namespaces._own", lambda: own)
    folder, why = delegated.__wrapped__()
    if others:
        assert (folder, why) == ("", "no cgroup v2 subtree with memory and pids is delegated")
        return
    assert folder == str(own)
    assert (own / "codegym-host/cgroup.procs").read_text() == str(os.getpid())
    assert (own / "cgroup.subtree_control").read_text() == "+memory +pids"
    assert not (own / "codegym-999999999-3").exists()
