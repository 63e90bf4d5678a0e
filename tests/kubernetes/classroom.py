"""A class on a cluster as docs/how-to/kubernetes.md sets one up: PostgreSQL, a JupyterHub with KubeSpawner, the chart.

The Hub and its proxy run beside the pods, with the rights that Zero to JupyterHub gives its own, and from our values
for that chart; students' servers, the service, its worker and the sandbox hosts are pods.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import yaml
from absent import part
from acceptance.test_chart import merged, zero_to_jupyterhub
from contract import postgres
from kubernetes.cluster import IP, PATIENCE_S, Cluster
from kubernetes.images import HOW, IMAGES, TAG, archive
from visitor import Visitor

from codegym_jlab.hub.demo import CLASS, STUDENTS, TEACHER, proxy
from codegym_jlab.receipts import server_keys
from codegym_jlab.wiring import server_key

ROOT = Path(__file__).parents[2]
NAMESPACE = "teaching"
NEW_TAG = "newer"  #: the same images, by another name: what an upgrade goes to
#: As the page says, with the sizes of one small machine.
VALUES = {
    "image": {"tag": TAG},
    "hub": {"tokenSecret": {"name": "hub", "key": "hub.services.codegym.apiToken"}},
    "database": {"secret": {"name": "codegym-database"}},
    "sandboxHost": {
        "keySecret": {"name": "codegym-sandbox"},
        "tlsSecret": "codegym-sandbox-tls",
        "leases": 2,
        "resources": {"requests": {"cpu": "50m", "memory": "256Mi"}, "limits": {"memory": "3Gi"}},
    },
    "keysSecret": "codegym-keys",
    "courses": {"existingClaim": "courses"},
    "backup": {"enabled": True, "existingClaim": "backups"},
    "service": {"resources": {"requests": {"cpu": "50m", "memory": "256Mi"}, "limits": {"memory": "2Gi"}}},
    "worker": {"resources": {"requests": {"cpu": "50m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}}},
}
#: What Zero to JupyterHub does with its values, and what a site adds to them.
HUB = """
import json
told = json.load(open({told!r}))
for name, traits in told["classes"].items():
    for trait, value in traits.items():
        setattr(c[name], trait, value)
c.JupyterHub.bind_url = "http://{ip}:8000"
c.JupyterHub.hub_bind_url = "http://{ip}:8081"
c.JupyterHub.hub_connect_url = "http://hub:8081"
c.JupyterHub.db_url = "sqlite:///{home}/hub.sqlite"
c.JupyterHub.cookie_secret_file = "{home}/cookie_secret"
c.JupyterHub.spawner_class = "kubespawner.KubeSpawner"
c.ConfigurableHTTPProxy.command = {proxy!r}
c.ConfigurableHTTPProxy.auth_token = {secret!r}
c.ConfigurableHTTPProxy.pid_file = "{home}/proxy.pid"
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = {password!r}
c.Authenticator.allow_all = True
c.KubeSpawner.namespace = {namespace!r}
c.KubeSpawner.storage_pvc_ensure = True
c.KubeSpawner.storage_capacity = "1Gi"
c.KubeSpawner.pvc_name_template = "claim-{{username}}"
c.KubeSpawner.volumes.append({{"name": "home", "persistentVolumeClaim": {{"claimName": "claim-{{username}}"}}}})
c.KubeSpawner.volume_mounts.append({{"name": "home", "mountPath": "/home/jovyan"}})
c.KubeSpawner.start_timeout = c.KubeSpawner.http_timeout = {patience}
"""


class Database(postgres.Server):
    """PostgreSQL beside the pods, which reach it by the node's address and a password."""

    password = secrets.token_hex(16)

    def start(self) -> None:
        with open(self.folder / "data/pg_hba.conf", "a") as rules:
            rules.write("host all all 10.0.0.0/8 scram-sha-256\n")
        switches = f"-c listen_addresses={IP} -c unix_socket_directories={self.folder} -c fsync=off"
        self._run("pg_ctl", "-w", "-l", f"{self.folder}/log", "-o", switches, "start")
        self.execute(f"ALTER ROLE postgres PASSWORD '{self.password}'")

    @property
    def address(self) -> str:
        """As pods take it."""
        return f"postgresql://postgres:{self.password}@{IP}/postgres"


class Classroom:
    """Raises Missing where a part of it cannot be had here."""

    def __init__(self) -> None:
        self.images = archive()
        self.helm, self.python = part("helm", HOW) / "helm", part("manifests", HOW) / "bin/python"
        self.cluster = Cluster(NAMESPACE)
        self.home = self.cluster.folder / "class"
        self.database = Database()
        self.password, self.token = secrets.token_hex(6), secrets.token_hex(16)
        self.hub: subprocess.Popen[bytes] | None = None
        self.visitors: dict[str, Visitor] = {}
        self._began = time.monotonic()

    def say(self, what: str) -> None:
        """What was done, and when."""
        print(f"{time.monotonic() - self._began:6.1f} s  {what}", flush=True)

    def start(self) -> None:
        """Returns when the class is there, its people in it and its course published."""
        self.home.mkdir()
        self.cluster.start()
        self.say("the cluster is ready: " + self.cluster.kubectl("version").replace("\n", ", "))
        self.cluster.load(self.images)
        for image in IMAGES:
            self.cluster.ctr("images", "tag", f"docker.io/{image}", f"docker.io/{image.rpartition(':')[0]}:{NEW_TAG}")
        self.say("the images are on the node")
        self.database.make()
        self.database.start()
        self._ground()
        self._begin_hub()
        self.install()
        self._make_class()

    def install(self) -> None:
        """The chart, by helm."""
        self._helm("install", "class", str(ROOT / "helm/codegym"), values=VALUES)
        self.say("helm install: all pods are ready")

    def upgrade(self) -> None:
        """To other images and another setting."""
        values = merged(VALUES, {"image": {"tag": NEW_TAG}, "sandboxHost": {"image": {"tag": NEW_TAG}, "leases": 3}})
        self._helm("upgrade", "class", str(ROOT / "helm/codegym"), values=values)
        self.say("helm upgrade: all pods are ready")

    def roll_back(self) -> None:
        """To what was installed first."""
        self._helm("rollback", "class", "1")
        self.say("helm rollback: all pods are ready")

    def _helm(self, *words: str, values: Any = None) -> None:
        """Raises RuntimeError."""
        command = [
            str(self.helm),
            *words,
            "-n",
            NAMESPACE,
            "--wait",
            "--wait-for-jobs",
            "--timeout",
            f"{2 * PATIENCE_S}s",
        ]
        command += [] if values is None else ["-f", "-"]
        environment = os.environ | {"KUBECONFIG": str(self.cluster.config("admin")), "HOME": str(self.home)}
        told = None if values is None else yaml.safe_dump(values)
        done = subprocess.run(command, input=told, capture_output=True, text=True, env=environment, check=False)
        if done.returncode:
            raise RuntimeError(f"helm {words[0]}: {done.stderr}\n{self.state()}")

    def pods(self, component: str) -> list[Any]:
        """Those of the release that are to stay."""
        labels = f"app.kubernetes.io/instance=class,app.kubernetes.io/component={component}"
        return [pod for pod in self.cluster.get("pods", "-l", labels) if "deletionTimestamp" not in pod["metadata"]]

    def kill(self, pod: Any) -> None:
        """Its container's processes, as a machine short of memory does."""
        [container] = pod["status"]["containerStatuses"]
        self.cluster.ctr("tasks", "kill", "-s", "SIGKILL", container["containerID"].removeprefix("containerd://"))

    def evict(self, pod: Any) -> None:
        """As `kubectl drain` does with each pod of a machine. Raises RuntimeError where it is to stay."""
        name = pod["metadata"]["name"]
        told = {**_named("Eviction", name, "policy/v1"), "metadata": {"name": name, "namespace": NAMESPACE}}
        place = f"/api/v1/namespaces/{NAMESPACE}/pods/{name}/eviction"
        self.cluster.kubectl("create", "--raw", place, "-f", "-", stdin=json.dumps(told))

    def restarts(self, component: str) -> int:
        """How often Kubernetes began their containers anew."""
        return sum(status["restartCount"] for pod in self.pods(component) for status in _containers(pod))

    def ready(self, component: str, count: int) -> bool:
        """Whether so many of its pods are."""
        return sum(all(status["ready"] for status in _containers(pod)) for pod in self.pods(component)) == count

    def codegym(self, command: str, stdin: str = "") -> str:
        """A command in a pod of the service, as staff would. Raises RuntimeError."""
        words = ["exec", "-i", "deploy/class-service", "--", "sh", "-c", f"codegym {command}"]
        return self.cluster.kubectl(*words, stdin=stdin)

    def visitor(self, name: str) -> Visitor:
        """Somebody's browser, logged in at the Hub, their server begun and its page open."""
        if name not in self.visitors:
            self.visitors[name] = person = Visitor(f"http://{IP}:8000", name, self.password)
            person.begin_server()
            person.open_lab()
        return self.visitors[name]

    def teacher(self) -> Visitor:
        """Their browser, logged in at the service through the Hub."""
        if TEACHER not in self.visitors:
            self.visitors[TEACHER] = Visitor(f"http://{IP}:8000", TEACHER, self.password)
        self.visitors[TEACHER].log_in_at_service()
        return self.visitors[TEACHER]

    def lent(self) -> dict[str, float]:
        """How many sandboxes each sandbox host's pod has lent, by its own figures."""
        found = {}
        for pod in self.pods("sandbox-host"):
            text = httpx.get(f"http://{pod['status']['podIP']}:9100/metrics", timeout=10).text
            lines = [line for line in text.splitlines() if line.startswith("codegym_sandbox_leases_total")]
            found[pod["metadata"]["name"]] = sum(float(line.rpartition(" ")[2]) for line in lines)
        return found

    def state(self) -> str:
        """For whoever has to find out why something did not come."""
        said = [self.cluster.kubectl("get", "pods", "-o", "wide"), self.cluster.kubectl("get", "events")]
        for component in ("service", "worker", "sandbox-host", "migrate"):
            labels = f"app.kubernetes.io/component={component}"
            said.append(self.cluster.kubectl("logs", "-l", labels, "--tail=15", "--all-containers", "--prefix"))
        return "\n".join(said) + self.cluster.logs() + self._hub_said()

    def close(self) -> None:
        """The Hub ends its proxy; the rest ends with the cluster's place."""
        for visitor in self.visitors.values():
            visitor.close()
        if self.hub is not None and self.hub.poll() is None:
            self.hub.terminate()
            self.hub.wait(PATIENCE_S)
        self.cluster.close()
        self.database.close()
        self.say("ended")

    def _ground(self) -> None:
        """The namespace, held to PodSecurity's level `restricted`; secrets, volumes, and what the Hub may."""
        labels = {"pod-security.kubernetes.io/enforce": "restricted"}
        self.cluster.apply({**_named("Namespace", NAMESPACE), "metadata": {"name": NAMESPACE, "labels": labels}})
        keys = self.home / "keys"
        server_key(keys)
        server_keys(keys)
        name = "class-sandbox-host"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "tls.key", "-out",
                        "tls.crt", "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"],
                       cwd=keys, check=True, capture_output=True)  # fmt: skip
        shutil.copy(keys / "tls.crt", keys / "ca.crt")
        files = [f"--from-file={name}={keys / name}" for name in ("server.key", "receipts.key")]
        secret = [f"--from-file={name}={keys / name}" for name in ("tls.crt", "tls.key", "ca.crt")]
        for name, values in {
            "codegym-database": [f"--from-literal=url={self.database.address}"],
            "codegym-sandbox": [f"--from-literal=key={secrets.token_hex(32)}"],
            "codegym-sandbox-tls": ["--type=kubernetes.io/tls", *secret],
            "codegym-keys": files,
            "hub": [f"--from-literal=hub.services.codegym.apiToken={self.token}"],
        }.items():
            self.cluster.kubectl("create", "secret", "generic", name, *values)
        shutil.copytree(ROOT / "tests/server/courses", self.home / "courses")
        places = {name: self.home / name for name in ("courses", "backups")}
        places |= {f"claim-{name}": self.home / name for name in STUDENTS}
        for claim, place in places.items():
            place.mkdir(exist_ok=True)
            place.chmod(0o777)  # no provisioner is here that would give it to the pod's group
            volume: dict[str, Any] = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"]}
            volume |= {"hostPath": {"path": str(place)}, "claimRef": {"name": claim, "namespace": NAMESPACE}}
            self.cluster.apply({**_named("PersistentVolume", claim), "spec": volume})
        wanted = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
        self.cluster.apply(
            *({**_named("PersistentVolumeClaim", name), "spec": wanted} for name in ("courses", "backups"))
        )
        may = {"apiGroups": [""], "verbs": ["get", "watch", "list", "create", "delete"]}
        subject = {"kind": "ServiceAccount", "name": "hub", "namespace": NAMESPACE}
        self.cluster.apply(
            _named("ServiceAccount", "hub"),
            {
                **_named("Role", "hub", "rbac.authorization.k8s.io/v1"),
                "rules": [
                    {**may, "resources": ["pods", "persistentvolumeclaims", "secrets", "services"]},
                    {**may, "resources": ["events"], "verbs": ["get", "watch", "list"]},
                ],
            },
            {
                **_named("RoleBinding", "hub", "rbac.authorization.k8s.io/v1"),
                "subjects": [subject],
                "roleRef": {"kind": "Role", "name": "hub", "apiGroup": "rbac.authorization.k8s.io"},
            },
            # the Hub by the name that pods know it by
            {**_named("Service", "hub"), "spec": {"ports": [{"port": 8081}]}},
            {
                **_named("EndpointSlice", "hub", "discovery.k8s.io/v1"),
                "metadata": {"name": "hub", "labels": {"kubernetes.io/service-name": "hub"}},
                "addressType": "IPv4",
                "ports": [{"port": 8081}],
                "endpoints": [{"addresses": [IP]}],
            },
        )

    def _begin_hub(self) -> None:
        """As what may be done in this namespace says, and as our values do."""
        values = yaml.safe_load((ROOT / "helm/zero-to-jupyterhub.yaml").read_text("utf-8"))["hub"]
        spawner = zero_to_jupyterhub()
        spawner["KubeSpawner"]["image"] = next(image for image in IMAGES if "singleuser" in image)
        services = [{"name": name, "api_token": self.token, **about} for name, about in values["services"].items()]
        roles = [{"name": name, **about} for name, about in values["loadRoles"].items()]
        told = merged(values["config"], spawner, {"JupyterHub": {"services": services, "load_roles": roles}})
        (self.home / "told.json").write_text(json.dumps({"classes": told}))
        account = self.cluster.config("hub", self.cluster.kubectl("create", "token", "hub", "--duration=3h").strip())
        settings = {"told": str(self.home / "told.json"), "ip": IP, "home": self.home, "namespace": NAMESPACE}
        settings |= {"proxy": proxy(), "secret": secrets.token_hex(16), "password": self.password}
        (self.home / "jupyterhub_config.py").write_text(HUB.format(**settings, patience=PATIENCE_S))
        command = [str(self.python), "-m", "jupyterhub", "-f", str(self.home / "jupyterhub_config.py")]
        environment = {"KUBECONFIG": str(account), "HOME": str(self.home), "PATH": os.environ["PATH"]}
        with open(self.home / "hub.log", "wb") as log:
            self.hub = subprocess.Popen(command, env=environment, cwd=self.home, stdout=log, stderr=log)
        self.cluster.wait(self._hub_answers, "the Hub")
        self.say("the Hub answers")

    def _hub_answers(self) -> bool:
        assert self.hub is not None
        if self.hub.poll() is not None:
            raise RuntimeError(self._hub_said())
        try:
            return httpx.get(f"http://{IP}:8000/hub/health").status_code == 200
        except httpx.TransportError:
            return False

    def _hub_said(self) -> str:
        log = self.home / "hub.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-40:]) if log.exists() else ""

    def _make_class(self) -> None:
        """By the commands that the page names."""
        self.codegym(f"class new demo --id {CLASS} --term autumn --time-zone Europe/Berlin --instructor {TEACHER}")
        self.codegym(f"class enrol {CLASS} -", "account\n" + "\n".join(STUDENTS) + "\n")
        self.codegym(f"publish /srv/courses/demo --offering {CLASS} --anyway --note first")
        self.say("a class is made, its course published")


def _containers(pod: Any) -> list[Any]:
    return list(pod["status"].get("containerStatuses", []))


def _named(kind: str, name: str, version: str = "v1") -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}}
