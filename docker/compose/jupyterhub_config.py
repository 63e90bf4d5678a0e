"""The Hub of compose.yaml. Change how people log in before a class of more than a few comes: docs/how-to/compose.md."""

import os
from hmac import compare_digest
from pathlib import Path
from typing import Any

from jupyterhub.auth import Authenticator

from codegym_jlab.hub.config import configure

c = get_config()  # noqa: F821


def secret(name: str) -> str:
    return Path("/run/secrets", name).read_text("utf-8").strip()


class People(Authenticator):
    """Accounts and passwords of the file `people`, one of each a line. It is read at each login."""

    async def authenticate(self, handler: Any, data: dict[str, str]) -> str | None:
        known = dict(line.split(maxsplit=1) for line in secret("people").splitlines() if line.strip())
        password = known.get(data["username"], "")
        return data["username"] if password and compare_digest(password.encode(), data["password"].encode()) else None


project = os.environ["CODEGYM_PROJECT"]
admins = os.environ["CODEGYM_ADMINS"].replace(",", " ").split()
configure(c, address="http://class:10101", admins=admins, token=secret("service-token"))

c.JupyterHub.authenticator_class = People
c.Authenticator.allow_all = True  # who is in the file
c.JupyterHub.db_url = f"postgresql+psycopg://hub:{secret('hub-database')}@postgresql/hub"
c.JupyterHub.cookie_secret = bytes.fromhex(secret("cookie-secret"))
c.JupyterHub.hub_ip, c.JupyterHub.hub_connect_ip = "0.0.0.0", "hub"
c.JupyterHub.cleanup_servers = False  # students go on working while the Hub is started anew

c.JupyterHub.proxy_class = "traefik_file"
c.TraefikProxy.should_start = False
c.TraefikProxy.traefik_entrypoint = "https"
c.TraefikProxy.traefik_api_url = "http://traefik:8099"
c.TraefikProxy.traefik_api_username = "hub"
c.TraefikProxy.traefik_api_password = secret("traefik-password")
c.TraefikFileProviderProxy.dynamic_config_file = "/srv/routes/hub.toml"

c.JupyterHub.spawner_class = "docker"
c.DockerSpawner.image = os.environ["CODEGYM_SINGLEUSER"]
c.DockerSpawner.pull_policy = "never"
c.DockerSpawner.remove = True
c.DockerSpawner.prefix = project
c.DockerSpawner.network_name = f"{project}-students"
c.DockerSpawner.volumes = {f"{project}-{{username}}": "/home/jovyan/work"}
c.Spawner.environment.update({"CODEGYM_SERVICE": "http://service:10101/services/codegym"})
c.Spawner.start_timeout = c.Spawner.http_timeout = 120
