"""What containers promise beyond the suite: their image, their end, the engine that goes, what a killed run leaves."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from absent import Absent, skip
from contract.engine import Engine, sweep
from contract.sandbox.conftest import CONTAINERS, Lease, Place, place_at

from codegym_jlab.sandbox import ExitKind, Image, Limits, ProcessEnded, SandboxUnavailable, open_sandbox
from codegym_jlab.sandbox.docker.pool import Docker


@pytest.fixture(scope="module", params=CONTAINERS)
def place(request: pytest.FixtureRequest, engine: Engine) -> Iterator[Place]:
    """A sandbox of each runtime."""
    with place_at(request.param) as made:
        yield made


@contextlib.contextmanager
def lease_of_one(place: Place, engine: Engine) -> Iterator[tuple[Lease, str]]:
    """A lease of a pool that keeps none ready, and the name of its container."""
    while place.sandbox.status_now.spares < place.sandbox.status_now.wanted:  # type: ignore[attr-defined]
        place.run(asyncio.sleep(0.05))
    loop = asyncio.new_event_loop()
    before = engine.containers(os.getpid())
    alone = Place(loop, Docker(place.sandbox.level, spares=0))
    try:
        with alone.lease() as lease:
            lease.cell("pass")
            (name,) = engine.containers(os.getpid()) - before
            yield lease, name
        alone.run(alone.sandbox.close())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()


def eventually(holds: object, within: float = 120.0) -> bool:
    """Whether that comes true."""
    end = time.monotonic() + within
    while not holds():  # type: ignore[operator]
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def test_the_engine_is_asked_beside_an_environment_that_changes(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def changed(*_: object, **__: object) -> dict[str, str]:
        raise KeyError("PYTEST_CURRENT_TEST")  # as a thread meets it that goes through the variables

    with place.lease():  # from here on it is connected
        monkeypatch.setattr("requests.sessions.get_environ_proxies", changed)
        with contextlib.ExitStack() as more:  # more than are kept ready
            for _ in range(place.sandbox.status_now.wanted + 1):  # type: ignore[attr-defined]
                assert more.enter_context(place.lease()).cell("pass")["failure"] is None


def test_each_lease_has_a_container_that_goes_with_it(place: Place, engine: Engine) -> None:
    seen: set[str] = set()
    for _ in range(2):
        with lease_of_one(place, engine) as (lease, name):
            assert lease.cell("print(1)")["stdout"] == "1\n"
            seen.add(name)
        assert eventually(lambda: name not in engine.containers())  # noqa: B023
    assert len(seen) == 2


def test_proc_is_the_containers_own(place: Place) -> None:
    source = """
import os
print([n for n in os.listdir("/proc") if n.isdigit()] == ["1", str(os.getpid())])
for path in ("/proc/1/environ", "/proc/1/mem", "/proc/1/maps", "/proc/1/fd/0", "/proc/sys/kernel/hostname",
             "/proc/kcore", "/proc/keys", "/proc/timer_list"):
    try:
        fd = os.open(path, os.O_RDONLY)
        print(path, os.read(fd, 99))
    except OSError:
        pass
"""
    lines = place.output(source).splitlines()
    assert lines[0] == "True"
    # masked files are empty; gVisor makes up its own of some
    assert [line for line in lines[1:] if not line.endswith("b''") and "hostname b'sandbox" not in line] == []


def test_nothing_of_a_check_stays_in_shared_memory(place: Place) -> None:
    source = (
        "import os\ndef leave():\n    open('/dev/shm/x', 'w').close()\ndef look():\n    return os.listdir('/dev/shm')"
    )
    with place.lease("leave", "look") as lease:
        lease.cell(source)
        assert lease.check("leave()")["status"] == "value"
        assert lease.check("look()")["value"] == ["list", []]


def test_environment_is_made_from_nothing(place: Place) -> None:
    names = place.output("import os\nprint(*os.environ)").split()
    assert "HOSTNAME" not in names and "DOCKER_HOST" not in names


def test_a_flood_is_hung_up_on(place: Place, engine: Engine) -> None:
    source = "import os\nwhile True:\n    for fd in range(3, 64):\n        try: os.write(fd, bytes(65536))\n"
    source += "        except OSError: pass"
    with lease_of_one(place, engine) as (lease, name):
        with pytest.raises(ProcessEnded) as ended:
            lease.cell(source)
    assert ended.value.status.kind is ExitKind.PROTOCOL
    assert eventually(lambda: name not in engine.containers())


def test_a_container_that_the_kernel_ends_for_its_memory(place: Place, engine: Engine) -> None:
    with lease_of_one(place, engine) as (lease, name):
        assert any(
            engine.docker("update", "--memory", f"{mb}m", "--memory-swap", f"{mb}m", name).returncode == 0
            for mb in range(8, 256, 4)  # the engine refuses less than it has already
        )
        with pytest.raises(ProcessEnded) as ended:
            lease.cell("import os\nkept = [os.urandom(1 << 20) for n in range(64)]")
    assert ended.value.status.kind is ExitKind.MEMORY
    assert eventually(lambda: name not in engine.containers())


def test_a_container_that_somebody_ends_is_lost(place: Place, engine: Engine) -> None:
    with lease_of_one(place, engine) as (lease, name):
        engine.docker("kill", name)
        with pytest.raises(ProcessEnded) as ended:
            lease.cell("import time\ntime.sleep(60)")
    assert ended.value.status.kind is ExitKind.LOST


def test_the_image_is_built_once(place: Place, engine: Engine) -> None:
    async def again() -> None:
        sandbox = await open_sandbox(place.sandbox.level)
        await sandbox.close()

    listed = sorted(engine.docker("images", "-q").stdout.split())
    place.run(again())
    assert sorted(engine.docker("images", "-q").stdout.split()) == listed != []


def test_what_a_dead_process_left_is_swept(place: Place, engine: Engine) -> None:
    image = engine.docker("images", "-q", "codegym-sandbox").stdout.split()[0]
    left = engine.docker("create", "--label", "codegym.sandbox=1-0", image).stdout.strip()

    async def again() -> None:
        sandbox = await open_sandbox(place.sandbox.level)
        await sandbox.close()

    assert left in engine.containers()
    place.run(again())
    assert left not in engine.containers()


def test_an_engine_that_is_away_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(SandboxUnavailable, match="no container engine answers at .*none.sock: start Docker"):
        asyncio.run(open_sandbox("docker"))
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    with pytest.raises(SandboxUnavailable, match="must run on this machine"):
        asyncio.run(open_sandbox("docker"))


def test_a_runtime_that_the_engine_lacks_is_said(engine: Engine) -> None:
    with pytest.raises(SandboxUnavailable, match="no runtime 'kata-of-nowhere'"):
        asyncio.run(Docker("docker+kata-of-nowhere").lease(Image(), Limits()))


def test_without_the_package_it_says_what_to_install() -> None:
    source = "import sys, asyncio\nsys.modules['docker'] = None\nfrom codegym_jlab.sandbox import open_sandbox\n"
    source += "asyncio.run(open_sandbox('docker'))"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, cwd=Path(__file__).parents[3])
    assert "pip install 'codegym-jlab[docker]'" in done.stderr


@pytest.mark.full
def test_an_engine_that_was_killed_leaves_nothing_after_the_next_start() -> None:
    """Of the tests' own engine, which a killed run of tests may leave."""
    killed = Engine()
    try:
        killed.start()
    except Absent as problem:
        killed.stop()
        skip(problem)
    assert killed._process is not None
    os.kill(killed._process.pid, signal.SIGKILL)
    killed._process.wait()
    killed._lock.close()
    sweep()
    assert not killed.folder.exists()
    assert not [p for p in Path("/proc").glob("[0-9]*/cmdline") if _mentions(p, str(killed.folder))]


def _mentions(path: Path, text: str) -> bool:
    with contextlib.suppress(OSError):
        return text.encode() in path.read_bytes()
    return False
