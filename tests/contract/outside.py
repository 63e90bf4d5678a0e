"""Real parts of the outside for tests: a Kafka broker and a Dapr sidecar, each in a folder of its own in /tmp.

What a killed run left is swept at the next start; until then the kernel ends both with the process that started them.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from absent import Absent

ROOT = Path(__file__).resolve().parents[2]
_PREFIX = "codegym-outside-"
_START_S = 180.0
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)
#: What it starts ends with this thread, not with the one that asked.
_starter = ThreadPoolExecutor(1, thread_name_prefix="outside")


def cache() -> Path:
    """Where `make parts` puts what it makes."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "codegym"


def free_ports(count: int) -> list[int]:
    """In a row, and free now; below those that the system hands out by itself, and far from those of another lane."""
    for first in range(20000 + os.getpid() % 700 * 16, 32000, count):
        with contextlib.ExitStack() as held:
            try:
                for port in range(first, first + count):
                    held.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return list(range(first, first + count))
    raise Absent("no free ports")


class _Part:
    """A program in a folder of its own."""

    def __init__(self) -> None:
        sweep()
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir="/tmp"))
        self._lock = (self.folder / "unlocked").open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        (self.folder / "unlocked").rename(self.folder / "lock")  # who sweeps now finds it locked, or not at all
        self._process: subprocess.Popen[bytes] | None = None

    def _run(self, command: list[str], environment: Mapping[str, str] | None = None) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = _starter.submit(
                subprocess.Popen,
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=None if environment is None else {**os.environ, **environment},
                start_new_session=True,
                preexec_fn=lambda: _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL),
            ).result()

    def _await(self, answers: Any) -> None:
        assert self._process is not None
        end = time.monotonic() + _START_S
        while not answers():
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((self.folder / "log").read_text(errors="replace")[-2000:])
            time.sleep(0.05)

    def end(self, number: int = signal.SIGKILL) -> None:
        """The program alone; its folder stays."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            process.wait(120)

    def close(self) -> None:
        self.end()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()


def sweep() -> None:
    """Folders of those whose tests were killed."""
    for folder in Path("/tmp").glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError), (folder / "lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)


class Broker(_Part):
    """A Kafka of one node, by scripts/kafka.sh. It can be killed and started again on the same port and data."""

    def __init__(self) -> None:
        if not list(cache().glob("kafka-*/kafka_2.13-*.jar")) or shutil.which("java") is None:
            raise Absent("Kafka's jars or Java are not there: make parts")
        super().__init__()
        self.port = free_ports(2)[0]
        self.servers = f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns when it answers."""
        self._run([str(ROOT / "scripts" / "kafka.sh"), "run", str(self.folder), str(self.port)])
        self._await(self._answers)

    def _answers(self) -> bool:
        from confluent_kafka import KafkaException
        from confluent_kafka.admin import AdminClient

        try:
            quiet = {"bootstrap.servers": self.servers, "log_level": 0}
            return bool(AdminClient(quiet).list_topics(timeout=10).brokers)
        except KafkaException:
            return False

    def read(self, topic: str) -> list[Any]:
        """All that the topic holds now, partition by partition, in order: confluent_kafka's messages."""
        from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

        consumer = Consumer(
            {"bootstrap.servers": self.servers, "group.id": "tests", "enable.partition.eof": True, "log_level": 0}
        )
        found = []
        try:
            numbers = consumer.list_topics(topic, timeout=60).topics[topic].partitions
            for number in sorted(numbers):
                consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING)])
                while True:
                    message = consumer.poll(60)
                    assert message is not None, "the broker gives nothing"
                    if message.error() is None:
                        found.append(message)
                    else:
                        assert message.error().code() == KafkaError._PARTITION_EOF, message.error()
                        break
        finally:
            consumer.close()
        return found


class Sidecar(_Part):
    """A real daprd, standalone, with the component `codegym`; what is published comes back to `heard`.

    `kafka`: the component is Kafka there, else one in memory.
    """

    TOKEN = "a-token-of-the-tests"

    def __init__(self, topics: list[str], kafka: str = "") -> None:
        programs = list(cache().glob("daprd-v*"))
        if not programs:
            raise Absent("daprd is not built: make parts")
        super().__init__()
        self._program = max(programs)
        self.heard: list[dict[str, Any]] = []
        self._topics = topics
        self._port, self._grpc, self._internal, self._own = free_ports(4)
        self.url = f"http://127.0.0.1:{self._port}"
        components = self.folder / "components"
        components.mkdir()
        (components / "pubsub.yaml").write_text(_component(kafka))
        self._app = ThreadingHTTPServer(("127.0.0.1", self._own), _subscriber(self))
        self._thread = threading.Thread(target=self._app.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def start(self) -> None:
        """Returns when it passes events on."""
        listening = ["--dapr-listen-addresses", "127.0.0.1", "--dapr-internal-grpc-listen-address", "127.0.0.1"]
        ports = ["--dapr-http-port", self._port, "--dapr-grpc-port", self._grpc]
        ports += ["--dapr-internal-grpc-port", self._internal, "--app-port", self._own, "--app-protocol", "http"]
        what = ["--app-id", "codegym", "--mode", "standalone", "--resources-path", self.folder / "components"]
        quiet = ["--enable-metrics=false", "--log-level", "warn"]
        command = list(map(str, [self._program, *what, *listening, *ports, *quiet]))
        self._run(command, {"DAPR_API_TOKEN": self.TOKEN})
        self._await(self._answers)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/v1.0/healthz", timeout=10) as answer:
                return bool(answer.status == 204)
        except OSError:
            return False

    def subscriptions(self) -> bytes:
        """What daprd asks its application at the start."""
        return json.dumps([{"pubsubname": "codegym", "topic": t, "route": "/heard"} for t in self._topics]).encode()

    def await_heard(self, count: int) -> list[dict[str, Any]]:
        """At least so many events, as they came."""
        end = time.monotonic() + 120
        while len(self.heard) < count:
            assert time.monotonic() < end, f"{len(self.heard)} of {count} events came"
            time.sleep(0.02)
        return list(self.heard)

    def close(self) -> None:
        self._app.shutdown()
        self._app.server_close()
        self._thread.join(120)
        super().close()


def _component(kafka: str) -> str:
    facts = {"brokers": kafka, "authType": "none", "consumerGroup": "tests", "initialOffset": "oldest"} if kafka else {}
    metadata = [{"name": name, "value": value} for name, value in facts.items()]
    spec = {"type": "pubsub.kafka" if kafka else "pubsub.in-memory", "version": "v1", "metadata": metadata}
    head = {"apiVersion": "dapr.io/v1alpha1", "kind": "Component", "metadata": {"name": "codegym"}}
    return json.dumps({**head, "spec": spec})


def _subscriber(sidecar: Sidecar) -> type[BaseHTTPRequestHandler]:
    class Subscriber(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16  # an answer in one packet, or each takes 40 ms

        def do_GET(self) -> None:
            known = {"/dapr/subscribe": sidecar.subscriptions(), "/dapr/config": b"{}"}
            self._answer(200 if self.path in known else 404, known.get(self.path, b"{}"))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path == "/heard":
                sidecar.heard.append(json.loads(body))
            self._answer(200, b'{"status": "SUCCESS"}')

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    return Subscriber


class Mlflow(_Part):
    """A tracking server of MLflow with an empty database of its own, in the environment that `make parts` made."""

    def __init__(self) -> None:
        environments = list(cache().glob("mlflow-*/bin/python"))
        if not environments:
            raise Absent("MLflow is not there: make parts")
        super().__init__()
        self._python = sorted(environments)[-1]
        self.port = free_ports(1)[0]
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns when it answers."""
        command = [str(self._python), "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--workers", "1", "--backend-store-uri", f"sqlite:///{self.folder}/mlflow.db"]
        command += ["--default-artifact-root", f"{self.folder}/artifacts"]
        quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "PYTHONWARNINGS": "ignore"}
        self._run(command, {**quiet, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"})
        self._await(self._answers)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/health", timeout=10) as answer:
            return bool(answer.status == 200)
        return False

    def call(self, path: str, body: Any = None) -> Any:
        """What its REST API answers; with a body, to a POST."""
        sent = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/api/{path}", sent, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)


class Ollama(_Part):
    """A real Ollama with models made by hand, from `make parts ollama`; it fetches nothing."""

    def __init__(self, **environment: str) -> None:
        self._binary = next(iter(sorted(cache().glob("ollama-*"))), None)
        if self._binary is None:
            raise Absent("no Ollama: make parts")
        super().__init__()
        (self.port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = environment
        self._uploaded: set[str] = set()

    def start(self) -> None:
        own = {
            "HOME": str(self.folder),
            "OLLAMA_HOST": self.url,
            "OLLAMA_MODELS": str(self.folder / "models"),
            "OLLAMA_CONTEXT_LENGTH": "2048",
            "OLLAMA_NUM_PARALLEL": "1",
            "OLLAMA_NO_CLOUD": "1",
            "OLLAMA_DEBUG": "1",
        }
        self._run([str(self._binary), "serve"], own | self._environment)
        self._await(self._answers)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/api/version", timeout=10):
                return True
        except OSError:
            return False

    def have(self, name: str, file: Path, template: str, **parameters: Any) -> None:
        """A model of this file: what `ollama create` does. One thread: two wait for each other on a busy machine."""
        digest = f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
        if digest not in self._uploaded:
            self._send(f"/api/blobs/{digest}", file.read_bytes())
            self._uploaded.add(digest)
        about = {"model": name, "files": {file.name: digest}, "template": template, "stream": False}
        self._send("/api/create", json.dumps(about | {"parameters": {"num_thread": 1, **parameters}}).encode())

    def _send(self, path: str, body: bytes) -> None:
        with urllib.request.urlopen(urllib.request.Request(self.url + path, body), timeout=120):
            pass

    def runners(self) -> list[int]:
        """The processes that have a model loaded."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task").glob("*/children")
        return [int(pid) for file in children for pid in file.read_text().split()]

    def logged(self) -> str:
        return (self.folder / "log").read_text(errors="replace")
