"""A class by `compose.yaml` for tests: `docker/compose/up.sh` in a copy of the checkout, on an engine of the tests'."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from absent import part_of
from contract.engine import Engine
from visitor import Visitor

from codegym_jlab.hub.demo import free_port

ROOT = Path(__file__).parents[2]
BUILT = "codegym_jlab/labextension"
PROJECT = "codegym-test"
#: What stands in for an image registry, and for an index of packages.
STAND_INS = {
    "BASE": "local/base",
    "DEBIAN": "local/debian",
    "TRAEFIK": "local/traefik",
    "KAFKA": "local/kafka",
    "PIP_NO_INDEX": "1",
    "DOCKER_BUILDKIT": "0",
}


class Class:
    """All containers of `compose.yaml`, and those that its Hub starts."""

    def __init__(self, engine: Engine, home: Path) -> None:
        """Raises Absent."""
        for name in ("docker-compose", "traefik", "kafka", "packages"):
            part_of(name)
        self.engine, self.checkout = engine, home / "checkout"
        self.secrets = home / "secrets"
        self.compose = part_of("docker-compose")
        https, http, prometheus = free_port(), free_port(), free_port()
        self.url, self.plain = f"https://localhost:{https}", f"http://localhost:{http}"
        self.prometheus = f"http://127.0.0.1:{prometheus}"
        socket = engine.address.removeprefix("unix://")
        self._told = {
            "CODEGYM_HOST": "localhost",
            "CODEGYM_SECRETS": str(self.secrets),
            "CODEGYM_TAG": "test",
            "CODEGYM_DOCKER_SOCKET": socket,
            "CODEGYM_DOCKER_GROUP": str(os.stat(socket).st_gid),
            "CODEGYM_ADDRESS": "127.0.0.1",
            "CODEGYM_HTTPS_PORT": str(https),
            "CODEGYM_HTTP_PORT": str(http),
            "CODEGYM_PROMETHEUS_PORT": str(prometheus),
            "CODEGYM_FRONT": f"172.30.{os.getpid() % 250}.0/24",
            "CODEGYM_COURSES": str(self.checkout / "tests/server/courses"),
            "COMPOSE_PROJECT_NAME": PROJECT,
        }
        self._env = os.environ | STAND_INS | {"DOCKER_HOST": engine.address, "COMPOSE": str(self.compose)}
        self._visitors: list[Visitor] = []
        self.began = 0.0  #: when it was started, its images built

    def start(self) -> None:
        """Returns when all is healthy."""
        tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
        for name in filter(None, tracked.decode().split("\0")):
            if (ROOT / name).is_file():
                (self.checkout / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, self.checkout / name)
        if (ROOT / BUILT).is_dir():
            shutil.copytree(ROOT / BUILT, self.checkout / BUILT)
        shutil.copytree(part_of("packages") / "wheels", self.checkout / "docker/wheels")
        (self.checkout / ".env").write_text("".join(f"{name}={value}\n" for name, value in self._told.items()))
        wheel = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", "dist", "."]
        self._do(wheel, os.environ)  # what builds it comes from the index
        images = {"IMAGES": "service sandbox singleuser hub others"}
        for command in (["docker/base.sh"], ["docker/base.sh", "others"], ["docker/build.sh", "test"]):
            self._do(command, self._env | images)
        self.began = time.monotonic()
        self._do(["docker/compose/up.sh"], self._env)

    def _do(self, command: list[str], env: Mapping[str, str]) -> None:
        began = time.monotonic()
        done = subprocess.run(command, cwd=self.checkout, env=env, capture_output=True, text=True)
        if done.returncode:
            log = self.run("logs", "--tail", "30").stdout
            raise RuntimeError(f"{command}: {done.stdout[-2000:]}{done.stderr[-4000:]}{log}")
        print(f"{' '.join(command[-2:])}: {time.monotonic() - began:.0f} s")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`docker compose`'s answer."""
        return subprocess.run(
            [str(self.compose), *words], cwd=self.checkout, env=self._env, capture_output=True, text=True
        )

    def students(self) -> dict[str, str]:
        """The containers that the Hub started: name → id."""
        words = ("ps", "-a", "--filter", f"name=^{PROJECT}-", "--filter", f"network={PROJECT}-students")
        listed = self.engine.docker(*words, "--format", '{{.Names}} {{.ID}} {{.Label "com.docker.compose.service"}}')
        found = (line.split() for line in listed.stdout.splitlines())
        return {words[0].removeprefix(f"{PROJECT}-"): words[1] for words in found if len(words) == 2}

    def passwords(self) -> dict[str, str]:
        """Each account's."""
        return dict(line.split() for line in (self.secrets / "people").read_text().splitlines())

    def visitor(self, name: str) -> Visitor:
        """Somebody's browser, logged in at the Hub."""
        self._visitors.append(visitor := Visitor(self.url, name, self.passwords()[name]))
        return visitor

    def close(self) -> None:
        """Takes all down. Raises RuntimeError where something stays."""
        for visitor in self._visitors:
            visitor.close()
        if not (self.checkout / ".env").exists():
            return
        if theirs := self.students():
            self.engine.docker("rm", "-f", *theirs.values())
        self.run("down", "--volumes", "--timeout", "5")
        volumes = self.engine.docker("volume", "ls", "-q", "--filter", f"name={PROJECT}").stdout.split()
        if volumes:
            self.engine.docker("volume", "rm", *volumes)
        left = self.engine.docker("ps", "-aq", "--filter", f"name={PROJECT}").stdout.split()
        left += self.engine.docker("network", "ls", "-q", "--filter", f"name={PROJECT}").stdout.split()
        shutil.rmtree(self.checkout)
        if left:
            raise RuntimeError(f"not taken down: {left}")
