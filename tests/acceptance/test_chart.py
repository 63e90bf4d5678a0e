"""The chart of `helm/codegym`: rendered, held strictly against Kubernetes' schemas, and what its pods can reach."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from absent import part_of
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jupyterhub.app import JupyterHub
from jupyterhub.spawner import SimpleLocalProcessSpawner
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from codegym_jlab.events.lti import Platform, Tool
from codegym_jlab.hub.config import configure
from codegym_jlab.receipts import server_keys
from codegym_jlab.settings import CodeGym
from codegym_jlab.wiring import server_key

ROOT = Path(__file__).parents[2]
CHART = ROOT / "helm" / "codegym"
VERSION = "1.35"
#: What has no default.
NEEDED = {
    "hub": {"tokenSecret": {"name": "hub"}},
    "database": {"secret": {"name": "database"}},
    "sandboxHost": {"keySecret": {"name": "sandbox-key"}},
}
#: Everything that can be turned on.
ALL = {
    "imagePullSecrets": [{"name": "registry"}],
    "hub": {"tokenSecret": {"name": "hub"}, "namespace": "hub"},
    "keysSecret": "keys",
    "courses": {"existingClaim": "courses"},
    "config": "c.CodeGym.admins = 'ada'\n",
    "env": [{"name": "CODEGYM_LLM", "value": "none"}],
    "service": {"autoscaling": {"enabled": True}},
    "sandboxHost": {"keySecret": {"name": "sandbox-key"}, "tlsSecret": "sandbox-tls", "autoscaling": {"kind": "keda"}},
    "metrics": {"tokenSecret": {"name": "metrics"}, "serviceMonitor": True},
    "backup": {"enabled": True, "existingClaim": "backups"},
    "dapr": {"enabled": True},
}


@pytest.fixture(scope="module")
def part() -> Path:
    """The folder of helm."""
    return part_of("helm")


@pytest.fixture(scope="module")
def python() -> Path:
    """The Python that has Kubernetes' schemas, and KubeSpawner."""
    return part_of("manifests") / "bin" / "python"


def held(python: Path, manifests: str, *kinds: Path) -> tuple[int, str]:
    """The status and what is said of manifests; where nothing is wrong, how many there are."""
    command = [python, ROOT / "tests/acceptance/manifests.py", VERSION, *kinds]
    done = subprocess.run(command, input=manifests, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.strip() + done.stderr


def helm(part: Path, *words: str, values: Any) -> subprocess.CompletedProcess[str]:
    """`values`: what a class's values.yaml holds."""
    command = [part / "helm", *words, "-f", "-", "--kube-version", f"{VERSION}.0"]
    return subprocess.run(command, input=yaml.safe_dump(values), capture_output=True, text=True, check=False)


def rendered(part: Path, values: Any) -> str:
    """The manifests."""
    made = helm(part, "template", "class", str(CHART), values=values)
    assert made.returncode == 0, made.stderr
    return made.stdout


@pytest.fixture(scope="module")
def documents(part: Path) -> list[dict[str, Any]]:
    """The manifests with everything turned on."""
    return [document for document in yaml.safe_load_all(rendered(part, merged(NEEDED, ALL))) if document]


def merged(*layers: Any) -> Any:
    """Later ones win, level by level."""
    if not all(isinstance(layer, dict) for layer in layers):
        return layers[-1]
    keys = {key: None for layer in layers for key in layer}
    return {key: merged(*(layer[key] for layer in layers if key in layer)) for key in keys}


def pods(documents: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Component → its pod's spec."""
    found = {}
    for document in documents:
        spec = document.get("spec", {}).get("jobTemplate", document).get("spec", {})
        if "template" in spec:
            found[document["metadata"]["labels"]["app.kubernetes.io/component"]] = spec["template"]["spec"]
    return found


def test_the_least_and_all_are_taken(part: Path, python: Path) -> None:
    """By helm, and by Kubernetes, which knows no other field."""
    everything = merged(NEEDED, ALL)
    ways = (NEEDED, everything, merged(everything, {"sandboxHost": {"autoscaling": {"kind": "hpa"}}}))
    for values in ways:
        lint = helm(part, "lint", str(CHART), "--strict", values=values)
        assert lint.returncode == 0, lint.stdout
    manifests = "\n---\n".join(rendered(part, values) for values in ways)
    count = sum(1 for document in yaml.safe_load_all(manifests) if document)
    assert held(python, manifests, *part.glob("*.yaml")) == (0, str(count))


def test_what_is_missing_or_misspelt_is_said(part: Path) -> None:
    bare = helm(part, "template", "class", str(CHART), values={})
    assert bare.returncode and ".name: a Secret with" in bare.stderr
    wrong = helm(part, "template", "class", str(CHART), values=merged(NEEDED, {"sandboxHost": {"leasses": 3}}))
    assert wrong.returncode and "leasses" in wrong.stderr


def test_every_pod_is_restricted(documents: list[dict[str, Any]]) -> None:
    """As the PodSecurity level `restricted` asks for, and read-only."""
    found = pods(documents)
    assert set(found) == {"service", "worker", "sandbox-host", "migrate", "backup"}
    for spec in found.values():
        assert spec["securityContext"]["runAsNonRoot"] and not spec["automountServiceAccountToken"]
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in [*spec["containers"], *spec.get("initContainers", [])]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["resources"]["limits"]["memory"]


def test_no_command_names_what_a_secret_holds(documents: list[dict[str, Any]]) -> None:
    """Who may list processes reads their words."""
    for spec in pods(documents).values():
        for container in [*spec["containers"], *spec.get("initContainers", [])]:
            words = " ".join([*container.get("command", []), *container.get("args", [])])
            secrets = [one["name"] for one in container.get("env", []) if "secretKeyRef" in one.get("valueFrom", {})]
            assert not [name for name in secrets if name in words]


def test_a_sandbox_host_has_nothing_and_reaches_nothing(documents: list[dict[str, Any]]) -> None:
    host = pods(documents)["sandbox-host"]
    assert [entry["name"] for entry in host["containers"][0]["env"]] == ["HOME", "CODEGYM_LOG_FORMAT"]
    secrets = [volume["secret"]["secretName"] for volume in host["volumes"] if "secret" in volume]
    assert secrets == ["sandbox-key", "sandbox-tls"]
    policies = {d["metadata"]["name"]: d["spec"] for d in documents if d["kind"] == "NetworkPolicy"}
    assert policies["class-sandbox-host"]["policyTypes"] == ["Ingress", "Egress"]
    assert "egress" not in policies["class-sandbox-host"]
    callers = [
        peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"]
        for rule in policies["class-sandbox-host"]["ingress"]
        if {"port": "sandbox"} in rule["ports"]
        for peer in rule["from"]
    ]
    assert callers == ["service", "worker"]


def test_every_pod_of_the_service_has_the_keys_of_the_secret(documents: list[dict[str, Any]], tmp_path: Path) -> None:
    """As the page makes them, copied as the chart does, read as the service does."""
    page = (ROOT / "docs/how-to/kubernetes.md").read_text("utf-8")
    made = [line.strip() for line in page.splitlines() if line.strip().startswith(("mkdir keys", "openssl"))]
    assert len(made) == 4
    subprocess.run(["sh", "-ec", "\n".join(made)], cwd=tmp_path, check=True, capture_output=True)
    found = pods(documents)
    for component in ("service", "worker"):
        [copying], [container] = found[component]["initContainers"], found[component]["containers"]
        [folder] = [one["value"] for one in container["env"] if one["name"] == "CODEGYM_DATA_DIR"]
        root = tmp_path / component
        command = [word.replace("/srv/state", f"{root}/srv/state") for word in copying["command"]]
        command = [word.replace("/srv/keys", str(tmp_path / "keys")) for word in command]
        subprocess.run(command, check=True)
        here = Path(f"{root}{folder}")
        assert server_key(here) == (tmp_path / "keys/server.key").read_bytes()
        assert (
            server_keys(here).public_key()
            == load_pem_private_key((tmp_path / "keys/receipts.key").read_bytes(), None).public_key()
        )
        assert Tool(Platform("", "", (), "", "", ""), (here / "lti.pem").read_bytes()).jwks["keys"]


def test_the_service_judges_as_many_at_once_as_the_sandbox_hosts_lend(part: Path, tmp_path: Path) -> None:
    """Else hosts that are added stand idle."""
    for more, wanted in (({}, 2 * 8), ({"autoscaling": {"kind": "keda", "max": 8}}, 8 * 8)):
        text = rendered(part, merged(NEEDED, {"sandboxHost": more}))
        [config] = [one for one in yaml.safe_load_all(text) if one and one["kind"] == "ConfigMap"]
        (tmp_path / "codegym_config.py").write_text(config["data"]["codegym_config.py"])
        told = CodeGym(config=PyFileConfigLoader("codegym_config.py", str(tmp_path)).load_config())
        assert wanted <= 2 * told.judge_at_once <= wanted + 2  # by two pods


def test_whom_others_ask_goes_on_until_nobody_does(documents: list[dict[str, Any]]) -> None:
    """Kubernetes tells the others that a pod ends at the same moment as the pod."""
    found = pods(documents)
    for component in ("service", "sandbox-host"):
        [container] = found[component]["containers"]
        [program, seconds] = container["lifecycle"]["preStop"]["exec"]["command"]
        assert program == "sleep" and 0 < int(seconds) < found[component].get("terminationGracePeriodSeconds", 30) / 2


def test_one_pod_at_a_time_may_go_and_each_lies_on_another_machine(documents: list[dict[str, Any]]) -> None:
    labels = {d["metadata"]["name"]: d["spec"]["template"]["metadata"]["labels"] for d in documents if is_deployment(d)}
    assert set(labels) == {"class-service", "class-worker", "class-sandbox-host"}
    budgets = {d["metadata"]["name"]: d["spec"] for d in documents if d["kind"] == "PodDisruptionBudget"}
    assert budgets == {
        name: {"maxUnavailable": 1, "selector": {"matchLabels": labels[name]}}
        for name in ("class-service", "class-sandbox-host")
    }
    for document in filter(is_deployment, documents):
        [spread] = document["spec"]["template"]["spec"]["topologySpreadConstraints"]
        assert (spread["maxSkew"], spread["topologyKey"]) == (1, "kubernetes.io/hostname")
        assert spread["whenUnsatisfiable"] == "ScheduleAnyway"  # on a single machine, too
        assert spread["labelSelector"] == {"matchLabels": labels[document["metadata"]["name"]]}


def test_prometheus_finds_every_pod_that_has_figures(documents: list[dict[str, Any]]) -> None:
    """The service's by its address, where a token is asked for; the others' one by one."""
    found = {d["kind"]: d["spec"] for d in documents if d["kind"].endswith("Monitor")}
    assert found["ServiceMonitor"]["endpoints"][0]["port"] == "http"
    [endpoint] = found["PodMonitor"]["podMetricsEndpoints"]
    [rule] = found["PodMonitor"]["selector"]["matchExpressions"]
    wanted = found["PodMonitor"]["selector"]["matchLabels"].items()
    for document in filter(is_deployment, documents):
        labels, [container] = document["metadata"]["labels"], document["spec"]["template"]["spec"]["containers"]
        has_figures = endpoint["port"] in {port["name"] for port in container["ports"]}
        assert wanted <= labels.items() and (labels[rule["key"]] in rule["values"]) is has_figures


def is_deployment(document: dict[str, Any]) -> bool:
    return bool(document["kind"] == "Deployment")


def test_dapr_stands_beside_the_service_where_it_is_asked_for(part: Path, documents: list[dict[str, Any]]) -> None:
    """No `app-port`: events go out by the sidecar, and nothing comes in by it."""
    for document in filter(is_deployment, documents):
        of_service = document["metadata"]["name"] == "class-service"
        told = document["spec"]["template"]["metadata"].get("annotations", {})
        dapr = {key: value for key, value in told.items() if key.startswith("dapr.io/")}
        assert dapr == ({"dapr.io/enabled": "true", "dapr.io/app-id": "codegym"} if of_service else {})
    environment = {one["name"]: one.get("value") for one in pods(documents)["service"]["containers"][0]["env"]}
    assert environment["CODEGYM_EVENT_SINKS"] == "log,dapr" and environment["CODEGYM_DAPR_PUBSUB"] == "codegym"
    assert "dapr" not in rendered(part, NEEDED).lower()


def test_students_reach_the_service_the_hub_and_names(documents: list[dict[str, Any]]) -> None:
    [students] = [d for d in documents if d["kind"] == "NetworkPolicy" and d["metadata"]["name"] == "class-students"]
    assert students["metadata"]["namespace"] == "hub" and students["spec"]["policyTypes"] == ["Egress"]
    peers = [peer["podSelector"]["matchLabels"] for rule in students["spec"]["egress"] for peer in rule.get("to", [])]
    assert [labels.get("app.kubernetes.io/component", labels.get("component")) for labels in peers] == [
        "service",
        "hub",
        "proxy",
    ]
    elsewhere = [rule["ports"] for rule in students["spec"]["egress"] if "to" not in rule]
    assert elsewhere == [[{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]]


#: Keys of Zero to JupyterHub's chart that are set, as its own schema had them in July 2026 (version 4.3). What stands
#: below those that end in `*` is JupyterHub's own.
KEYS = """
hub.services* hub.config* hub.loadRoles* singleuser.image.name singleuser.image.tag singleuser.cmd
singleuser.defaultUrl singleuser.uid singleuser.fsGid singleuser.extraEnv* singleuser.memory.guarantee
singleuser.storage.extraVolumes singleuser.storage.extraVolumeMounts
singleuser.memory.limit singleuser.cpu.guarantee singleuser.cpu.limit singleuser.cloudMetadata.blockWithIptables
singleuser.networkPolicy.egressAllowRules.cloudMetadataServer
singleuser.networkPolicy.egressAllowRules.privateIPs singleuser.networkPolicy.egressAllowRules.nonPrivateIPs
prePuller.hook.enabled
""".split()


def paths(value: Any, path: str = "") -> Iterator[str]:
    """The key of each leaf, of what is JupyterHub's own the first alone."""
    if f"{path}*" in KEYS:
        yield f"{path}*"
    elif isinstance(value, dict):
        for key, below in value.items():
            yield from paths(below, f"{path}.{key}".lstrip("."))
    else:
        yield path


def test_zero_to_jupyterhub_is_told_what_a_hub_is_told_here() -> None:
    """Its values say the same as `configure(c)`, with which the test of a class runs a real Hub."""
    values = yaml.safe_load((ROOT / "helm" / "zero-to-jupyterhub.yaml").read_text("utf-8"))
    assert sorted(paths(values)) == sorted(KEYS)
    c = Config()
    configure(c, address="http://class-service:10101", token="of the chart's own")
    hub = JupyterHub(config=c)
    [service] = hub.services
    del service["api_token"]
    assert values["hub"]["services"] == {service.pop("name"): service}
    assert values["hub"]["config"]["JupyterHub"] == {"custom_scopes": hub.custom_scopes}
    assert values["hub"]["loadRoles"] == {role.pop("name"): role for role in hub.load_roles}
    assert values["singleuser"]["extraEnv"] == SimpleLocalProcessSpawner(config=c).environment


def hub_alone() -> dict[str, Any]:
    """What `configure(c)` gives a spawner of pods."""
    c = Config()
    configure(c, address="http://class-service:10101", token="of the chart's own")
    environment = SimpleLocalProcessSpawner(config=c).environment
    return {"Spawner": {**c.Spawner, "environment": environment}, "KubeSpawner": {**c.KubeSpawner, "image": "one:1"}}


def zero_to_jupyterhub() -> dict[str, Any]:
    """What its chart makes of our values."""
    values = yaml.safe_load((ROOT / "helm" / "zero-to-jupyterhub.yaml").read_text("utf-8"))
    user = values["singleuser"]
    sizes = {f"mem_{name}": size for name, size in user["memory"].items()}
    sizes |= {f"cpu_{name}": size for name, size in user["cpu"].items()}
    spawner = {"environment": user["extraEnv"], "default_url": user["defaultUrl"], "cmd": user["cmd"], **sizes}
    image = "{name}:{tag}".format(**user["image"])
    own = {"image": image, "uid": user["uid"], "fs_gid": user["fsGid"], **values["hub"]["config"]["KubeSpawner"]}
    own |= {"volumes": user["storage"]["extraVolumes"], "volume_mounts": user["storage"]["extraVolumeMounts"]}
    return {"Spawner": spawner, "KubeSpawner": own}


@pytest.mark.parametrize("told", [hub_alone, zero_to_jupyterhub])
def test_the_pod_of_a_student_is_restricted_and_is_told_where_the_service_is(
    told: Callable[[], dict[str, Any]], python: Path, tmp_path: Path
) -> None:
    """As the real KubeSpawner writes it."""
    nowhere = {"contexts": [{"name": "no", "context": {"cluster": "no", "user": "no"}}], "current-context": "no"}
    nowhere |= {"clusters": [{"name": "no", "cluster": {"server": "http://127.0.0.1:1"}}]}
    nowhere |= {"users": [{"name": "no", "user": {}}]}
    (tmp_path / "kubeconfig").write_text(json.dumps(nowhere))
    environment = {"KUBECONFIG": str(tmp_path / "kubeconfig"), "HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    script = ROOT / "tests/acceptance/student_pod.py"
    command, config = [python, script], json.dumps(told())
    done = subprocess.run(command, input=config, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert held(python, done.stdout) == (0, "1")
    spec = json.loads(done.stdout)["spec"]
    assert spec["automountServiceAccountToken"] is False
    wanted = {"fsGroup": 1000, "runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    assert spec["securityContext"] == wanted
    [container] = spec["containers"]
    wanted = {"runAsUser": 1000, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    assert container["securityContext"] == {**wanted, "readOnlyRootFilesystem": True}
    assert "/tmp" in [mount["mountPath"] for mount in container["volumeMounts"]]  # noqa: S108
    assert container["resources"]["limits"] == {"cpu": 1.0, "memory": 2**30}
    given = {one["name"]: one["value"] for one in container["env"]}
    assert given["CODEGYM_SERVICE"] == "http://class-service:10101/services/codegym"
    assert [name for name in given if name.startswith("CODEGYM")] == ["CODEGYM_SERVICE"]
    assert not {"secret", "configMap", "hostPath"} & {kind for volume in spec["volumes"] for kind in volume}
