"""The pod of a student, as the real KubeSpawner writes it; run by the part `manifests`' Python.

`student_pod.py < {"Spawner": {…}, "KubeSpawner": {…}}`, a Hub's configuration as JSON: the pod, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from types import SimpleNamespace
from typing import Any

from jupyterhub.objects import Hub, Server
from kubernetes_asyncio.client import ApiClient
from kubespawner import KubeSpawner
from traitlets.config import Config


async def pod_of(name: str, config: dict[str, Any]) -> dict[str, Any]:
    """What would be asked of Kubernetes; no cluster is."""
    user = SimpleNamespace(name=name, escaped_name=name, id=1, url=f"/user/{name}/", server=Server(), groups=[])
    # `_mock` spares the clients of a cluster
    spawner = KubeSpawner(_mock=True, config=Config(config), user=user, hub=Hub())
    spawner.api_token, spawner.oauth_client_id, spawner.handler = "token", f"jupyterhub-user-{name}", None
    async with ApiClient() as client:
        written: dict[str, Any] = client.sanitize_for_serialization(await spawner.get_pod_manifest())
    return written


if __name__ == "__main__":
    print(json.dumps(asyncio.run(pod_of("ada", json.load(sys.stdin)))))
