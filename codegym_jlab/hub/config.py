"""What a JupyterHub is told of CodeGYM: `configure(c)` in its jupyterhub_config.py.

It adds to what is there, so The Littlest JupyterHub's own settings stay; what the file sets later goes before it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

#: What a role of the Hub may hold, each with those that it includes.
CUSTOM_SCOPES: dict[str, dict[str, Any]] = {
    "custom:codegym:grade": {"description": "see and mark the work of every class"},
    "custom:codegym:teach": {"description": "run every class", "subscopes": ["custom:codegym:grade"]},
    "custom:codegym:admin": {"description": "make classes", "subscopes": ["custom:codegym:teach"]},
}
ADMINS = "codegym-admins"  #: the Hub's group of those who make classes


def configure(
    c: Any,
    *,
    config: str | Path = "",
    address: str = "http://127.0.0.1:10101",
    admins: Sequence[str] = (),
    user: str = "",
    environment: Mapping[str, str] | None = None,
    token: str = "",
    folder: str = "/home/jovyan/work",
    memory: str = "1G",
    cpus: float = 1.0,
) -> None:
    """The service, who may what, and what each student's server is given.

    `config`: the service's settings, a file with `c.CodeGym.… = …`. `address`: where it listens, which students'
    servers must reach. `admins`: accounts that make classes. `user`: who runs it, where not the Hub's own user does;
    `environment`: its variables. `token`: of a service that the Hub does not start, which is given the same as
    JUPYTERHUB_API_TOKEN. `folder`: in a container or pod, where the student's volume is. `memory`, `cpus`: of each
    server, unless limits are set already.
    """
    service: dict[str, Any] = {
        "name": "codegym",
        "url": address,
        "oauth_no_confirm": True,
        "oauth_client_allowed_scopes": list(CUSTOM_SCOPES),
    }
    if token:
        service["api_token"] = token
    else:
        service["command"] = [sys.executable, "-m", "codegym_jlab.cli", "hub"]
        service["command"] += ["--config", str(config)] if config else []
        service["environment"] = dict(environment or {})
    if user:
        service["user"] = user
    reach = "access:services!service=codegym"
    c.JupyterHub.services.append(service)
    c.JupyterHub.custom_scopes.update(CUSTOM_SCOPES)
    c.JupyterHub.load_groups.update({ADMINS: {"users": list(admins)}})
    c.JupyterHub.load_roles.extend(
        [
            {"name": "user", "scopes": ["self", reach]},
            {"name": "codegym-admin", "groups": [ADMINS], "scopes": ["custom:codegym:admin"]},
            # for `codegym doctor` with the service's token: who is in which group
            {"name": "codegym-service", "services": ["codegym"], "scopes": ["list:groups", "read:groups"]},
            # what the token of a student's server may: reach the service, and nothing of a role above
            {"name": "server", "scopes": ["users:activity!user", "access:servers!server", reach]},
        ]
    )
    c.Spawner.environment.update({"CODEGYM_SERVICE": f"{address}/services/codegym"})
    c.Spawner.setdefault("default_url", "/lab")  # where the course stands beside the notebook
    c.Spawner.setdefault("mem_limit", memory)
    c.Spawner.setdefault("cpu_limit", cpus)
    _volumes(c, folder)


def _volumes(c: Any, folder: str) -> None:
    """A volume a student, for the spawners whose servers have files of their own; no other spawner reads this."""
    c.DockerSpawner.notebook_dir = c.KubeSpawner.notebook_dir = folder
    c.DockerSpawner.volumes = {"codegym-{username}": folder}
    c.DockerSpawner.extra_host_config = {
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "pids_limit": 512,
    }
    claim = "codegym-{user_server}"
    c.KubeSpawner.storage_pvc_ensure = True
    c.KubeSpawner.storage_capacity = "1Gi"
    c.KubeSpawner.pvc_name_template = claim
    c.KubeSpawner.volumes = [{"name": "work", "persistentVolumeClaim": {"claimName": claim}}]
    c.KubeSpawner.volume_mounts = [{"name": "work", "mountPath": folder}]
