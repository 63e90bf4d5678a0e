"""What a JupyterHub is told of CodeGYM: `configure(c)` in its jupyterhub_config.py.

It adds to what is there, so The Littlest JupyterHub's own settings stay; what the file sets later goes before it.
"""

import json
import shutil
import sys
from typing import Any

from traitlets import Dict, Float, List, Unicode
from traitlets.config import Configurable

from ..records import Json
from ..settings import SCOPES

GRADE, TEACH, ADMIN = SCOPES
#: What a role of the Hub may hold, each with those that it includes.
CUSTOM_SCOPES: dict[str, Json] = {
    GRADE: {"description": "see and mark the work of every class"},
    TEACH: {"description": "run every class", "subscopes": [GRADE]},
    ADMIN: {"description": "make classes", "subscopes": [TEACH]},
}
#: For `codegym doctor` with the service's token: who is in which group, and has which role.
READS = ("list:groups", "read:groups", "list:users", "read:roles")
START_S = 600  #: of a Hub or the service, on a machine that is busy with other work
HOME = "/home/jovyan"  #: of who a student's container or pod runs as


class CodeGymHub(Configurable):
    """What a Hub is told: `c.CodeGymHub.NAME = …` before `configure(c)`, which takes each by its name, too."""

    settings = Unicode(help="The service's own settings: a file with `c.CodeGym.NAME = …` that students cannot read.")
    address = Unicode("http://127.0.0.1:10101", help="Where the service listens; students' servers must reach it.")
    admins = List(Unicode(), help="Accounts that make classes.")
    user = Unicode(help="Who runs the service. Default: the Hub's own user.")
    environment = Dict(help="Variables of the service.")
    token = Unicode(help="Of a service that the Hub does not start, which is given it as JUPYTERHUB_API_TOKEN.")
    folder = Unicode(f"{HOME}/work", help="In a container or pod, where the student's volume is.")
    memory = Unicode("1G", help="Of each student's server, unless a limit is set in the same file.")
    cpus = Float(1.0, help="Of each student's server, unless a limit is set in the same file.")
    lti = Dict(
        help="A learning platform that people come from, `events.lti.Platform`; its users are the Hub's. To a service "
        "that the Hub does not start, give it as CODEGYM_LTI, JSON."
    )


for trait in CodeGymHub.class_own_traits().values():
    trait.tag(config=True)


def configure(c: Any, **told: Any) -> None:
    """The service, who may what, and what each student's server is given; `told`: settings of `CodeGymHub`."""
    if unknown := told.keys() - CodeGymHub.class_traits(config=True).keys():
        raise TypeError(f"there is no {', '.join(sorted(unknown))} to configure")
    own = CodeGymHub(config=c, **told)
    address, lti = own.address, own.lti
    service: Json = {"name": "codegym", "url": address, "oauth_no_confirm": True}
    service["oauth_client_allowed_scopes"] = list(CUSTOM_SCOPES)
    service |= {"api_token": own.token} if own.token else _started(own)
    if own.user:
        service["user"] = own.user
    reach = "access:services!service=codegym"
    c.JupyterHub.services.append(service)
    c.JupyterHub.custom_scopes.update(CUSTOM_SCOPES)
    c.JupyterHub.load_roles.extend(
        [
            {"name": "user", "scopes": ["self", reach]},
            # no `load_groups`: a Hub whose login brings the groups does not start with any; a role makes its group
            {"name": "codegym-admin", "users": own.admins, "groups": ["codegym-admins"], "scopes": [ADMIN]},
            {"name": "codegym-service", "services": ["codegym"], "scopes": list(READS)},
            # what the token of a student's server may: reach the service, and nothing of a role above
            {"name": "server", "scopes": ["users:activity!user", "access:servers!server", reach]},
        ]
    )
    if lti:
        # a launch is the login, and whoever the service lets in is a user of the Hub
        c.JupyterHub.authenticator_class = "codegym_jlab.hub.authenticator.LTIAuthenticator"
        c.Authenticator.allow_all = True
        c.LTIAuthenticator.service = f"{address}/services/codegym"
        c.LTIAuthenticator.authorize_url = lti["authorize_url"]
    c.Spawner.environment.update({"CODEGYM_SERVICE": f"{address}/services/codegym"})
    c.Spawner.setdefault("default_url", "/lab")  # where the course stands beside the notebook
    c.Spawner.setdefault("mem_limit", own.memory)
    c.Spawner.setdefault("cpu_limit", own.cpus)
    _volumes(c, own.folder)


def _started(own: CodeGymHub) -> Json:
    """How the Hub starts the service."""
    from jupyterhub.services.service import Service

    # a Hub that is killed leaves no service behind at the address where the next one's is to listen
    tied = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    config = ["--config", own.settings] if own.settings else []
    platform = {"CODEGYM_LTI": json.dumps(own.lti)} if own.lti else {}
    command = [*tied, sys.executable, "-m", "codegym_jlab.cli", "hub", *config]
    # Hub 6 ends where a service has not answered after half a minute, which a busy machine may need
    patience = {"timeout": START_S} if hasattr(Service, "timeout") else {}
    return {"command": command, "environment": {**own.environment, **platform}, **patience}


def _volumes(c: Any, folder: str) -> None:
    """A volume a student, for the spawners whose servers have files of their own; no other spawner reads this.

    All else is read-only but for two folders, which end with the server.
    """
    scratch = {name: path for name, path in (("tmp", "/tmp"), ("home", HOME)) if path != folder}
    docker = {"cap_drop": ["ALL"], "security_opt": ["no-new-privileges"], "pids_limit": 512, "read_only": True}
    docker["tmpfs"] = dict.fromkeys(scratch.values(), "exec,uid=1000,gid=1000,size=256m")
    c.DockerSpawner.update(
        {"notebook_dir": folder, "volumes": {"codegym-{username}": folder}, "extra_host_config": docker}
    )
    claim = "codegym-{user_server}"
    c.KubeSpawner.update(
        {
            "notebook_dir": folder,
            # as PodSecurity's level `restricted` asks for
            "uid": 1000,
            "fs_gid": 1000,
            "pod_security_context": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            "container_security_context": {"capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True},
            "automount_service_account_token": False,
            "storage_pvc_ensure": True,
            "storage_capacity": "1Gi",
            "pvc_name_template": claim,
            "volumes": [
                {"name": "work", "persistentVolumeClaim": {"claimName": claim}},
                *({"name": name, "emptyDir": {}} for name in scratch),
            ],
            "volume_mounts": [{"name": name, "mountPath": path} for name, path in {**scratch, "work": folder}.items()],
        }
    )
