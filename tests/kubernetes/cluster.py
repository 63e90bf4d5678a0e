"""A real Kubernetes of one node, in the network, mounts and processes of its own that run.sh made.

etcd, API server, controller manager, scheduler, CoreDNS, containerd, kubelet and kube-proxy are children of the tests,
on the machine's own kernel; pods are real containers on a bridge. Whatever they leave, run.sh sweeps.
"""

from __future__ import annotations

import csv
import json
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from absent import Absent, part
from kubernetes.images import HOW

IP = "10.99.0.1"  #: of the node, and of whatever runs beside the pods
PODS, SERVICES = "10.244.0.0/16", "10.96.0.0/16"
NODE = "node1"
PATIENCE_S = 180
#: Where containers' programs leave things outside the folder that they are given.
ELSEWHERE = ("/run/netns", "/run/containerd", "/var/lib/cni", "/var/log/containers", "/var/log/pods")
PEOPLE = {
    "admin": ("admin", "system:masters"),
    "kcm": ("system:kube-controller-manager", ""),
    "scheduler": ("system:kube-scheduler", ""),
    "kubelet": (f"system:node:{NODE}", "system:nodes"),
    "proxy": ("system:kube-proxy", "system:node-proxier"),
}


class Cluster:
    """Raises Absent where it cannot be had here."""

    def __init__(self, namespace: str) -> None:
        """`namespace`: of which names are found without their last parts, also beside the pods."""
        if not (folder := os.environ.get("CODEGYM_CLUSTER")):
            raise Absent("a cluster needs a place of its own: make test-kubernetes, as root", True)
        self.part = part("kubernetes", HOW)
        for program in ("etcd", "containerd", "runc", "iptables", "conntrack", "openssl"):
            if shutil.which(program) is None:
                raise Absent(f"{program} is not there: make test-kubernetes, as root on Debian")
        self.folder, self.namespace = Path(folder), namespace
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Returns when the node is ready."""
        self._place()
        self._papers()
        self._control_plane()
        self._node()
        self.wait(lambda: "True" in self.kubectl("get", "node", NODE, "-o", _READY), "the node")

    def kubectl(self, *words: str, stdin: str = "") -> str:
        """What it says. Raises RuntimeError."""
        command = [str(self.part / "kubectl"), "--kubeconfig", str(self.config("admin")), "-n", self.namespace, *words]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"kubectl {' '.join(words)}: {done.stderr}{done.stdout}")
        return done.stdout

    def apply(self, *documents: Any) -> None:
        """Make them as they are here."""
        self.kubectl("apply", "-f", "-", stdin=yaml.safe_dump_all(documents))

    def get(self, *words: str) -> Any:
        """One object; or the items of a list."""
        found = json.loads(self.kubectl("get", *words, "-o", "json"))
        return found.get("items", found)

    def config(self, name: str, token: str = "") -> Path:
        """The kubeconfig of somebody; with `token`, made for whoever has that."""
        path = self.folder / f"{name}.conf"
        if token:
            server = {"server": f"https://{IP}:6443", "certificate-authority": f"{self.folder}/api.crt"}
            about = {
                "clusters": [{"name": "here", "cluster": server}],
                "users": [{"name": name, "user": {"token": token}}],
                "contexts": [{"name": "here", "context": {"cluster": "here", "user": name}}],
            }
            path.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", "current-context": "here", **about}))
            path.chmod(0o600)
        return path

    def load(self, archive: Path) -> None:
        """Images for the node."""
        self.ctr("images", "import", str(archive))

    def ctr(self, *words: str) -> str:
        """To the node's containers. Raises CalledProcessError."""
        command = ["ctr", "-a", f"{self.folder}/ctd.sock", "-n", "k8s.io", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def pids(self, pod: str) -> set[int]:
        """Of all that runs in it, as they are numbered here."""
        uid = self.get("pod", pod)["metadata"]["uid"]
        return {
            int(entry.name)
            for entry in Path("/proc").iterdir()
            if entry.name.isdigit() and f"pod{uid}" in _read(entry / "cgroup")
        }

    def wait(self, seen: Callable[[], bool], what: str) -> None:
        """Raises RuntimeError where it does not come."""
        end, said = time.monotonic() + PATIENCE_S, ""
        while time.monotonic() < end:
            try:
                if seen():
                    return
            except RuntimeError as error:
                said = str(error)
            for process in self._running:
                if process.poll() is not None:
                    raise RuntimeError(f"{process.args!r} ended: {self.logs()}")
            time.sleep(0.3)
        raise RuntimeError(f"{what} did not come: {said}\n{self.logs()}")

    def logs(self) -> str:
        """The last lines of each of its programs."""
        said = {log.stem: log.read_text(errors="replace").splitlines()[-12:] for log in self.folder.glob("*.log")}
        return "\n".join(f"--- {name}\n" + "\n".join(lines) for name, lines in said.items())

    def close(self) -> None:
        """Its programs; the pods' processes end with their place."""
        for process in reversed(self._running):
            process.terminate()
        for process in reversed(self._running):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _begin(self, name: str, *command: str | Path) -> None:
        with open(self.folder / f"{name}.log", "ab") as log:
            process = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder
            )
        self._running.append(process)

    def _place(self) -> None:
        """Network, mounts and cgroups as a node has them."""
        for place in ELSEWHERE:
            Path(place).mkdir(parents=True, exist_ok=True)
            _run("mount", "-t", "tmpfs", "tmpfs", place)
        _run("mount", "--make-rshared", "/")
        _run("ip", "link", "set", "lo", "up")
        _run("ip", "address", "add", f"{IP}/32", "dev", "lo")
        _run("ip", "route", "add", "default", "dev", "lo")
        Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
        zone = "svc.cluster.local"
        names = self.folder / "resolv.conf"
        names.write_text(f"nameserver {IP}\nsearch {self.namespace}.{zone} {zone} cluster.local\noptions ndots:5\n")
        _run("mount", "--bind", names, "/etc/resolv.conf")
        tops = [Path("/sys/fs/cgroup"), *Path("/sys/fs/cgroup").iterdir()]  # version 2, or a folder a controller
        for top in (top for top in tops if (top / "cgroup.procs").exists()):
            (own := top / self.folder.name).mkdir()
            for name in ("cpuset.cpus", "cpuset.mems"):  # they are empty in a new one
                if (top / name).exists():
                    (own / name).write_text((top / name).read_text())
            if (own / "cpu.shares").exists():  # else all pods together weigh as much as one process
                (own / "cpu.shares").write_text("65536")

    def _papers(self) -> None:
        """Certificate, keys, and a token for each of its parts."""
        names = f"IP:{IP},IP:127.0.0.1,IP:10.96.0.1,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc"
        self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "api.key", "-out", "api.crt", "-days",
                      "2", "-subj", "/CN=kube-apiserver", "-addext", f"subjectAltName={names}")  # fmt: skip
        self._openssl("genrsa", "-out", "accounts.key", "2048")
        self._openssl("rsa", "-in", "accounts.key", "-pubout", "-out", "accounts.pub")
        with open(self.folder / "tokens.csv", "w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            for name, (user, group) in PEOPLE.items():
                rows.writerow([token := secrets.token_hex(16), user, name, *filter(None, [group])])
                self.config(name, token)

    def _openssl(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)

    def _control_plane(self) -> None:
        here, part = self.folder, self.part
        self._begin("etcd", "etcd", "--data-dir", here / "etcd", "--listen-client-urls", "http://127.0.0.1:2379",
                    "--advertise-client-urls", "http://127.0.0.1:2379", "--listen-peer-urls", "http://127.0.0.1:2380",
                    "--unsafe-no-fsync", "--log-level", "error")  # fmt: skip
        self._begin("api", part / "kube-apiserver", "--etcd-servers=http://127.0.0.1:2379", f"--bind-address={IP}",
                    f"--advertise-address={IP}", "--secure-port=6443", "--tls-cert-file=api.crt",
                    "--tls-private-key-file=api.key", f"--service-cluster-ip-range={SERVICES}",
                    "--service-account-issuer=https://kubernetes.default.svc",
                    "--service-account-key-file=accounts.pub", "--service-account-signing-key-file=accounts.key",
                    "--token-auth-file=tokens.csv", "--authorization-mode=Node,RBAC",
                    "--enable-admission-plugins=NodeRestriction", "--endpoint-reconciler-type=none",
                    "--kubelet-preferred-address-types=InternalIP", "--profiling=false")  # fmt: skip
        self.wait(lambda: self.kubectl("get", "--raw", "/readyz") == "ok", "the API server")
        self._begin("controllers", part / "kube-controller-manager", "--kubeconfig", self.config("kcm"),
                    "--service-account-private-key-file=accounts.key", "--root-ca-file=api.crt",
                    "--use-service-account-credentials", "--leader-elect=false", "--bind-address=127.0.0.1",
                    f"--flex-volume-plugin-dir={here}/plugins", "--allocate-node-cidrs",
                    f"--cluster-cidr={PODS}")  # fmt: skip
        self._begin("scheduler", part / "kube-scheduler", "--kubeconfig", self.config("scheduler"),
                    "--leader-elect=false", "--bind-address=127.0.0.1")  # fmt: skip
        (here / "Corefile").write_text(
            f".:53 {{\n errors\n kubernetes cluster.local {{\n  kubeconfig {self.config('admin')}\n }}\n}}\n"
        )
        self._begin("dns", part / "coredns", "-conf", "Corefile")

    def _node(self) -> None:
        here = self.folder
        (here / "cni").mkdir()
        addresses: dict[str, Any] = {
            "type": "host-local",
            "dataDir": f"{here}/addresses",
            "routes": [{"dst": "0.0.0.0/0"}],
        }
        addresses["ranges"] = [[{"subnet": "10.244.0.0/24"}]]
        bridge = {"type": "bridge", "bridge": "cni0", "isGateway": True, "ipMasq": False, "hairpinMode": True}
        plugins = [{**bridge, "ipam": addresses}, {"type": "portmap", "capabilities": {"portMappings": True}}]
        network = {"cniVersion": "0.4.0", "name": "pods", "plugins": plugins}
        (here / "cni/10-bridge.conflist").write_text(json.dumps(network))
        (here / "containerd.toml").write_text(_CONTAINERD.format(here=here))
        self._begin("containerd", "containerd", "-c", here / "containerd.toml")
        socket = here / "ctd.sock"
        self.wait(lambda: socket.exists() and bool(self.ctr("version")), "containerd")
        (here / "kubelet.yaml").write_text(_KUBELET.format(here=here, ip=IP))
        self._begin("kubelet", self.part / "kubelet", "--config", here / "kubelet.yaml", "--kubeconfig",
                    self.config("kubelet"), "--hostname-override", NODE, "--root-dir", here / "kubelet", "--node-ip",
                    IP)  # fmt: skip
        self._begin("proxy", self.part / "kube-proxy", "--kubeconfig", self.config("proxy"), "--proxy-mode=iptables",
                    f"--cluster-cidr={PODS}", f"--hostname-override={NODE}", "--conntrack-max-per-core=0",
                    f"--bind-address={IP}")  # fmt: skip


_READY = "jsonpath={.status.conditions[?(@.type=='Ready')].status}"
#: Debian's runc may not raise a process's standing with the kernel's memory killer.
_CONTAINERD = """
version = 2
root = "{here}/ctd"
state = "{here}/ctd-run"
disabled_plugins = [
  "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs",
]
[grpc]
  address = "{here}/ctd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  disable_apparmor = true
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{here}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
"""
_KUBELET = """
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
containerRuntimeEndpoint: unix://{here}/ctd.sock
address: {ip}
authentication: {{anonymous: {{enabled: true}}, webhook: {{enabled: false}}}}
authorization: {{mode: AlwaysAllow}}
cgroupDriver: cgroupfs
cgroupRoot: /{here.name}
failCgroupV1: false
failSwapOn: false
enforceNodeAllocatable: []
staticPodPath: ""
podLogsDir: {here}/pods
volumePluginDir: {here}/plugins
clusterDomain: cluster.local
clusterDNS: [{ip}]
resolvConf: ""
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
evictionHard: {{memory.available: 50Mi, nodefs.available: "1%", imagefs.available: "1%"}}
"""


def _run(*command: str | Path) -> None:
    subprocess.run([str(word) for word in command], check=True, capture_output=True)


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
