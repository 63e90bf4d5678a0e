"""The example of a Hub's configuration, read as a Hub reads it."""

from __future__ import annotations

import sys
from pathlib import Path

from docker.types import HostConfig
from traitlets import Any, Dict, Float, List, Unicode
from traitlets.config import Config, Configurable
from traitlets.config.loader import PyFileConfigLoader

from codegym_jlab.hub.config import configure
from codegym_jlab.settings import CodeGym

EXAMPLE = Path(__file__).parents[3] / "examples" / "hub"
CULLER = {"name": "idle-culler", "command": ["cull"]}


class JupyterHub(Configurable):
    """What of a Hub `configure` adds to."""

    services = List().tag(config=True)
    load_roles = List().tag(config=True)
    load_groups = Dict().tag(config=True)
    custom_scopes = Dict().tag(config=True)


class Spawner(Configurable):
    """What of a student's server it sets."""

    environment = Dict().tag(config=True)
    mem_limit = Any().tag(config=True)
    cpu_limit = Float().tag(config=True)
    default_url = Unicode().tag(config=True)


def read(name: str) -> Config:
    return PyFileConfigLoader(name, str(EXAMPLE)).load_config()


def test_the_example_adds_to_what_the_hub_has() -> None:
    config = read("jupyterhub_config.py")
    before = Config({"JupyterHub": {"services": [CULLER]}, "Spawner": {"mem_limit": "2G"}})
    hub, spawner = JupyterHub(config=config), Spawner(config=config)
    assert [one["name"] for one in hub.services] == ["codegym"]
    command = hub.services[0]["command"]  # behind what ends it with the Hub, where the machine has that
    assert command[command.index(sys.executable) :][:4] == [sys.executable, "-m", "codegym_jlab.cli", "hub"]
    assert hub.load_groups == {"codegym-admins": {"users": ["ada"]}}
    assert spawner.environment == {"CODEGYM_SERVICE": "http://127.0.0.1:10101/services/codegym"}
    server = next(role for role in hub.load_roles if role["name"] == "server")
    assert not [scope for scope in server["scopes"] if scope.startswith("custom:")]  # a server's token is a student's

    configure(before, token="k", memory="1G", cpus=2.0)
    assert before.JupyterHub.services[0] == CULLER and before.JupyterHub.services[1]["api_token"] == "k"
    assert "command" not in before.JupyterHub.services[1]
    assert before.Spawner.mem_limit == "2G" and before.Spawner.cpu_limit == 2.0

    assert CodeGym(config=read("codegym_config.py")).data_dir == "/srv/codegym/records"


def test_a_students_container_writes_to_its_volume_and_to_what_ends_with_it() -> None:
    """As Docker's own library takes it."""
    for folder, scratch in (("/home/jovyan/work", {"/tmp", "/home/jovyan"}), ("/home/jovyan", {"/tmp"})):  # noqa: S108
        c = Config()
        configure(c, token="k", folder=folder)
        host = HostConfig("1.41", **c.DockerSpawner.extra_host_config)
        assert host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"] and set(host["Tmpfs"]) == scratch
        mounts = {mount["mountPath"] for mount in c.KubeSpawner.volume_mounts}
        assert mounts == {folder, *scratch}
