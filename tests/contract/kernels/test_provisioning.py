"""What jupyter_client's own tests ask of a provisioner, asked of ours with real kernels.

The cases are those of its tests/test_provisioning.py: discovery, configuration, a whole life, transport encryption; and
of its test_kernelmanager.py what a provisioner decides.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest
from contract.kernels.conftest import KERNELS, NAME, TIMEOUT
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_client.manager import AsyncKernelManager, KernelManager
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

from codegym_jlab.provisioner import SandboxProvisioner

PROVISIONER = "codegym-sandbox"


@pytest.fixture
def factory() -> Iterator[Any]:
    """The factory as a server has it; others of this process get a new one."""
    KernelProvisionerFactory.clear_instance()
    yield KernelProvisionerFactory.instance()
    KernelProvisionerFactory.clear_instance()


def specs(folder: Path, name: str, provisioner: str | None, **config: Any) -> KernelSpecManager:
    """One kernelspec, with that provisioner."""
    given = json.loads((KERNELS / NAME / "kernel.json").read_text())
    given["metadata"].pop("kernel_provisioner")
    if provisioner:
        given["metadata"]["kernel_provisioner"] = {"provisioner_name": provisioner, "config": config}
    (folder / name).mkdir(parents=True)
    (folder / name / "kernel.json").write_text(json.dumps(given))
    return KernelSpecManager(kernel_dirs=[str(folder)], ensure_native_kernel=False)


def manager(tmp_path: Path, name: str = "ours", provisioner: str | None = PROVISIONER, **config: Any) -> Any:
    config = {"preload": [], "level": "namespaces", **config} if provisioner else {}
    given = specs(tmp_path / "specs", name, provisioner, **config)
    return AsyncKernelManager(kernel_name=name, kernel_spec_manager=given)


def folder(tmp_path: Path) -> str:
    (tmp_path / "course").mkdir(exist_ok=True)
    return str(tmp_path / "course")


def test_it_is_found_by_its_entry_point(factory: Any, tmp_path: Path) -> None:
    assert factory.is_provisioner_available(KernelSpecManager(kernel_dirs=[str(KERNELS)]).get_kernel_spec(NAME))
    entries = factory.get_provisioner_entries()
    assert entries[PROVISIONER] == "codegym_jlab.provisioner:SandboxProvisioner"
    found = KernelSpecManager(kernel_dirs=[str(KERNELS)], ensure_native_kernel=False).get_all_specs()
    assert list(found) == [NAME]


def test_a_spec_whose_provisioner_is_missing_is_not_offered(factory: Any, tmp_path: Path) -> None:
    given = specs(tmp_path, "missing", "no-such-provisioner")
    assert "missing" not in given.get_all_specs()
    with pytest.raises(NoSuchKernel):
        given.get_kernel_spec("missing")


def test_its_settings_come_from_the_spec(factory: Any, tmp_path: Path) -> None:
    async def live() -> None:
        km = manager(tmp_path, memory_mb=321, processes=44)
        assert km.provisioner is None
        await km.start_kernel(cwd=folder(tmp_path))
        assert isinstance(km.provisioner, SandboxProvisioner)
        assert km.provisioner.has_process
        assert (km.provisioner.memory_mb, km.provisioner.processes) == (321, 44)
        assert km.provisioner.kernel_id == km.kernel_id
        await km.shutdown_kernel()
        assert km.provisioner is not None and km.provisioner.has_process is False

    asyncio.run(live())


def test_as_the_default_provisioner_it_serves_a_spec_that_names_none(factory: Any, tmp_path: Path) -> None:
    async def live() -> None:
        factory.default_provisioner_name = PROVISIONER
        km = manager(tmp_path, "plain", None)
        await km.start_kernel(cwd=folder(tmp_path), stdout=PIPE, stderr=PIPE)
        assert await km.is_alive()
        assert isinstance(km.provisioner, SandboxProvisioner)
        assert km.provisioner.memory_mb == 2048, "not in the spec: its default"
        await km.shutdown_kernel(now=True)
        assert await km.is_alive() is False
        assert km.context.closed

    asyncio.run(live())


def test_the_default_default_is_untouched(factory: Any, tmp_path: Path) -> None:
    km = manager(tmp_path, "plain", None)
    made = factory.create_provisioner_instance("1", km.kernel_spec, km)
    assert type(made) is LocalProvisioner


def test_a_whole_life(factory: Any, tmp_path: Path) -> None:
    async def live() -> None:
        km = manager(tmp_path)
        await km.start_kernel(cwd=folder(tmp_path), stdout=PIPE, stderr=PIPE)
        assert await km.is_alive()
        first = km.provisioner.process
        await km.restart_kernel(now=True)
        assert await km.is_alive()
        assert first.poll() == -9 and km.provisioner.process is not first
        await km.interrupt_kernel()
        assert await km.is_alive()
        await km.shutdown_kernel(now=True)
        assert await km.is_alive() is False
        assert km.context.closed
        assert await km.provisioner.poll() == 0 and await km.provisioner.wait() == 0, "nothing to wait for"

    asyncio.run(live())


def test_poll_wait_kill_and_terminate(factory: Any, tmp_path: Path) -> None:
    async def live(verb: str, status: int) -> None:
        km = manager(tmp_path / verb)
        await km.start_kernel(cwd=folder(tmp_path))
        provisioner = km.provisioner
        assert await provisioner.poll() is None
        await getattr(provisioner, verb)()
        assert await provisioner.wait() == status
        assert not provisioner.has_process and await provisioner.poll() == 0
        await provisioner.send_signal(15)  # of a process that is gone: nothing happens
        await getattr(provisioner, verb)()
        await km.cleanup_resources()

    asyncio.run(live("kill", -9))
    asyncio.run(live("terminate", -15))


@pytest.mark.parametrize("policy", ["auto", "required"])
def test_before_the_launch_there_are_keys_where_encryption_is_asked_for(
    factory: Any, tmp_path: Path, policy: str
) -> None:
    async def launch() -> None:
        km = manager(tmp_path)
        km.transport_encryption = policy
        await km._async_pre_start_kernel(cwd=folder(tmp_path))
        assert km.provisioner.connection_info["transport"] == "ipc"
        assert km.provisioner.connection_info["curve_publickey"]
        assert km.provisioner.connection_info["curve_secretkey"]
        await km.provisioner.cleanup()
        await km.cleanup_resources()

    asyncio.run(launch())


def test_its_information_is_carried_to_another_manager(factory: Any, tmp_path: Path) -> None:
    """A gateway saves it and loads it again."""

    async def live() -> None:
        km = manager(tmp_path)
        await km.start_kernel(cwd=folder(tmp_path))
        info = await km.provisioner.get_provisioner_info()
        assert json.loads(json.dumps(info, default=str))["kernel_id"] == km.kernel_id
        other = manager(tmp_path / "other")
        loaded = factory.create_provisioner_instance(km.kernel_id, other.kernel_spec, other)
        await loaded.load_provisioner_info(info)
        assert loaded.kernel_id == km.kernel_id
        assert loaded.connection_info["shell_port"] == km.provisioner.connection_info["shell_port"]
        await km.shutdown_kernel(now=True)
        await other.cleanup_resources()

    asyncio.run(live())


def test_times_that_a_manager_asks_for(factory: Any, tmp_path: Path) -> None:
    km = manager(tmp_path)
    made = factory.create_provisioner_instance("1", km.kernel_spec, km)
    assert made.get_shutdown_wait_time(5.0) == 5.0
    assert made.get_stable_start_time(10.0) == 10.0


def test_many_kernels_of_one_blocking_manager_class(factory: Any, tmp_path: Path) -> None:
    managers = []
    for number in range(3):
        given = specs(tmp_path / str(number), "ours", PROVISIONER, preload=[], level="namespaces")
        managers.append(KernelManager(kernel_name="ours", kernel_spec_manager=given))
    try:
        for km in managers:
            km.start_kernel(cwd=folder(tmp_path))
        for number, km in enumerate(managers):
            client = km.client()
            client.start_channels()
            client.wait_for_ready(timeout=TIMEOUT)
            reply = client.execute(f"{number} + 1", reply=True, timeout=TIMEOUT)
            client.stop_channels()
            assert reply["content"]["status"] == "ok"
        assert len({km.ip for km in managers}) == 3
    finally:
        for km in managers:
            km.shutdown_kernel(now=True)
            km.context.destroy(linger=0)
