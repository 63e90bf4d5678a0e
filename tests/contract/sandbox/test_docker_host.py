"""`codegym sandbox-host --level docker`: the remote backend's other side, whose sandboxes are containers."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from contract.engine import Engine
from contract.sandbox.conftest import place_at
from contract.sandbox_host import SandboxHost

NOBODY = 65534


class HostOfContainers(SandboxHost):
    """Started as a user of the engine; the capability is for a Python that lies in root's own folder."""

    def command(self, *options: str) -> list[str]:
        """As nobody, where root runs the tests."""
        rights = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
        user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *rights]
        return [*user, *super().command(*options)]


@pytest.fixture
def host(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[HostOfContainers]:
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed")
    folder = Path(tempfile.mkdtemp(prefix="codegym-test-"))
    socket = engine.address.removeprefix("unix://")
    os.chown(folder, NOBODY, NOBODY)
    os.chown(socket, NOBODY, NOBODY)
    monkeypatch.setenv("HOME", str(folder))
    running = HostOfContainers(folder, "docker")
    os.chown(running.key_file, NOBODY, NOBODY)
    try:
        running.start("--leases", "2")
        monkeypatch.setenv("CODEGYM_SANDBOX_HOST", running.address)
        monkeypatch.setenv("CODEGYM_SANDBOX_KEY_FILE", str(running.key_file))
        yield running
    finally:
        running.stop()
        os.chown(socket, 0, 0)
        shutil.rmtree(folder, ignore_errors=True)


def test_leases_of_a_host_are_containers(host: HostOfContainers, engine: Engine) -> None:
    assert host.process is not None
    owner = host.process.pid  # another sandbox of this session may keep containers of its own ready
    assert " docker, " in host.said
    with place_at("remote") as place:
        with place.lease("double") as lease:
            user = lease.cell("import os\ndef double(n): return 2 * n\nprint(os.getuid())")["stdout"]
            assert int(user) not in (0, NOBODY), "it runs as a user of its own"
            assert lease.check("double(21)")["value"] == ["int", "42"]
            assert engine.pids(owner), "it runs in a container of the host's"
        assert place.output("print('again')") == "again\n"
    assert engine.containers(owner)
    host.stop()
    assert not engine.containers(owner), "a host that ends takes its containers along"


def test_it_is_refused_as_root(tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can try")
    command = SandboxHost(tmp_path, "docker").command()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "as a user who may speak to the engine, not as root" in " ".join((done.stdout + done.stderr).split())
