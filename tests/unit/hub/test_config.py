"""What a Hub is told, by the example of a Hub's configuration: read by JupyterHub itself and by its spawner."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from docker.types import HostConfig
from jupyterhub.app import JupyterHub
from jupyterhub.spawner import SimpleLocalProcessSpawner
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from codegym_jlab.hub.config import configure
from codegym_jlab.hub.demo import Demo
from codegym_jlab.hub.postgresql import Missing
from codegym_jlab.settings import CodeGym

EXAMPLE = Path(__file__).parents[3] / "examples" / "hub"
CULLER = {"name": "idle-culler", "command": ["cull"]}


def read(name: str) -> Config:
    return PyFileConfigLoader(name, str(EXAMPLE)).load_config()


def test_the_example_adds_to_what_the_hub_has() -> None:
    config = Config({"JupyterHub": {"services": [CULLER]}})
    config.merge(read("jupyterhub_config.py"))  # as The Littlest JupyterHub does with those of jupyterhub_config.d
    hub, spawner = JupyterHub(config=config), SimpleLocalProcessSpawner(config=config)
    assert [one["name"] for one in hub.services] == ["idle-culler", "codegym"]
    command = hub.services[1]["command"]  # behind what ends it with the Hub, where the machine has that
    told = [sys.executable, "-m", "codegym_jlab.cli", "hub", "--config", str(EXAMPLE / "codegym_config.py")]
    assert command[command.index(sys.executable) :] == told
    assert hub.services[1]["timeout"] >= 300, "a busy machine takes its time, and a Hub that is not answered ends"
    admin = next(role for role in hub.load_roles if role["scopes"] == ["custom:codegym:admin"])
    assert (admin["users"], admin["groups"]) == (["ada"], ["codegym-admins"])
    assert not hub.load_groups, "a Hub with `manage_groups`, whose login brings the groups, does not start with any"
    assert spawner.environment == {"CODEGYM_SERVICE": "http://127.0.0.1:10101/services/codegym"}
    assert (spawner.mem_limit, spawner.cpu_limit, spawner.default_url) == (2**30, 1.0, "/lab")
    server = next(role for role in hub.load_roles if role["name"] == "server")
    assert not [scope for scope in server["scopes"] if scope.startswith("custom:")]  # a server's token is a student's
    assert CodeGym(config=read("codegym_config.py")).data_dir == "/srv/codegym/records"


def test_a_setting_counts_as_a_trait_and_by_its_name() -> None:
    """The name goes before; limits that are set already, before both."""
    c = Config({"CodeGymHub": {"token": "k", "memory": "2G", "cpus": 2.0}, "Spawner": {"cpu_limit": 4.0}})
    configure(c, memory="3G")
    assert (c.Spawner.mem_limit, c.Spawner.cpu_limit) == ("3G", 4.0)
    [service] = JupyterHub(config=c).services
    assert service["api_token"] == "k" and "command" not in service
    with pytest.raises(TypeError, match="there is no memry"):
        configure(c, memry="1G")


def test_a_students_container_writes_to_its_volume_and_to_what_ends_with_it() -> None:
    """As Docker's own library takes it."""
    for folder, scratch in (("/home/jovyan/work", {"/tmp", "/home/jovyan"}), ("/home/jovyan", {"/tmp"})):  # noqa: S108
        c = Config()
        configure(c, token="k", folder=folder)
        host = HostConfig("1.41", **c.DockerSpawner.extra_host_config)
        assert host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"] and set(host["Tmpfs"]) == scratch
        mounts = {mount["mountPath"] for mount in c.KubeSpawner.volume_mounts}
        assert mounts == {folder, *scratch}


def test_a_hub_that_is_too_old_for_the_demo_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service works on 5.2, which has no login with a shared password."""
    monkeypatch.setitem(sys.modules, "jupyterhub.authenticators", None)
    with pytest.raises(Missing, match="JupyterHub 5.3 or newer is not installed"):
        Demo(tmp_path, tmp_path)
