"""The chart of `helm/codegym`: rendered, held strictly against Kubernetes' schemas, and what its pods can reach."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from absent import Absent, skip
from jupyterhub.app import JupyterHub
from jupyterhub.spawner import SimpleLocalProcessSpawner
from traitlets.config import Config

from codegym_jlab.hub.config import configure

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
def part() -> Iterator[Path]:
    """The folder of helm and of the schemas."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "codegym"
    found = max(cache.glob("helm-v*"), default=None)
    if found is None:
        skip(Absent("helm is not there: make parts"))
    yield found


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


def test_the_least_and_all_are_taken(part: Path) -> None:
    """By helm, and by Kubernetes, which knows no other field."""
    everything = merged(NEEDED, ALL)
    ways = (NEEDED, everything, merged(everything, {"sandboxHost": {"autoscaling": {"kind": "hpa"}}}))
    for values in ways:
        lint = helm(part, "lint", str(CHART), "--strict", values=values)
        assert lint.returncode == 0, lint.stdout
    manifests = "\n---\n".join(rendered(part, values) for values in ways)
    command = [part / "venv/bin/python", ROOT / "tests/acceptance/manifests.py", VERSION, *part.glob("*.yaml")]
    held = subprocess.run(command, input=manifests, capture_output=True, text=True, check=False)
    count = sum(1 for document in yaml.safe_load_all(manifests) if document)
    assert (held.returncode, held.stdout) == (0, f"{count}\n"), held.stdout + held.stderr


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
    roles = {role["name"]: {"scopes": role["scopes"]} for role in hub.load_roles}
    assert values["hub"]["loadRoles"] == {name: roles[name] for name in ("user", "server")}
    assert values["singleuser"]["extraEnv"] == SimpleLocalProcessSpawner(config=c).environment
