"""A class on JupyterHub, whole: The Littlest JupyterHub takes it as jupyterhub_config.d/codegym.py."""

import sys
from pathlib import Path

c = get_config()  # noqa: F821

HERE = Path(__file__).parent  # codegym_config.py lies beside this file
SERVICE = "http://127.0.0.1:10101"  # no student needs to reach it but through their own server

c.JupyterHub.services = [
    {
        "name": "codegym",
        "url": SERVICE,
        "command": [f"{Path(sys.executable).parent}/codegym", "hub", "--config", str(HERE / "codegym_config.py")],
        "oauth_no_confirm": True,
        "oauth_client_allowed_scopes": ["custom:codegym:grade", "custom:codegym:teach", "custom:codegym:admin"],
    }
]
c.JupyterHub.custom_scopes = {
    "custom:codegym:grade": {"description": "see and mark the work of every class"},
    "custom:codegym:teach": {"description": "run every class", "subscopes": ["custom:codegym:grade"]},
    "custom:codegym:admin": {"description": "make classes", "subscopes": ["custom:codegym:teach"]},
}
c.JupyterHub.load_groups = {"codegym-admins": {"users": []}}
c.JupyterHub.load_roles = [
    {"name": "user", "scopes": ["self", "access:services!service=codegym"]},
    {"name": "codegym-admin", "groups": ["codegym-admins"], "scopes": ["custom:codegym:admin"]},
    # what the token of a student's server may: reach the service, and nothing of a role above
    {
        "name": "server",
        "scopes": ["users:activity!user", "access:servers!server", "access:services!service=codegym"],
    },
]
c.Spawner.environment = {"CODEGYM_SERVICE": f"{SERVICE}/services/codegym"}
