"""A class whose two services are replaced one after the other while students hand in: an upgrade without an hour off.

What stands before the services is what a Service of Kubernetes is: each connection goes to one of those that are ready.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from absent import Absent
from faults.audit import Figures, audit, rows, settle
from faults.on_hub import COURSES
from faults.students import Crowd
from processes import end_tidily

from benchmarks.hub_class import HubClass, Reply, class_of
from codegym_jlab.hub.demo import ROOT, free_port
from codegym_jlab.store.migrations import HEAD

FORM = "SELECT version_num FROM alembic_version"
AWAY = {"store_unavailable", "unavailable"}  #: what the page keeps an answer for, as where nobody answers
LEAVE_S = 1.0  #: from "no new connections" until the service is told to end; the chart has five
TOKEN = secrets.token_hex(16)
#: The Hub does not start the service, and is told where it is.
OURS = f"""
service = c.JupyterHub.services.get_value([])[0]
del service["command"], service["environment"]
service["api_token"] = {TOKEN!r}
"""


def version_before(place: Path) -> Path:
    """The package as it was before the records got their newest form, from this clone's history. Raises Absent."""

    def git(*words: str) -> bytes:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=True).stdout

    place.mkdir()
    try:
        changed = git("log", "-1", "--format=%h", f'-SHEAD = "{HEAD}"', "--", "codegym_jlab/store/migrations.py")
        kept = git("archive", f"{changed.decode().strip()}^", "codegym_jlab")
    except (OSError, subprocess.CalledProcessError) as error:
        raise Absent(f"this clone has no history: {error}", forever=True) from error
    subprocess.run(["tar", "-x", "-C", place], input=kept, check=True)
    return place


class Balancer:
    """Listens at one port and gives each connection to one of `ports`, in a thread of its own."""

    def __init__(self, port: int) -> None:
        self.ports: list[int] = []
        self.given = Counter[int]()  #: connections, by port
        self._port, self._loop, self._over = port, asyncio.new_event_loop(), asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._join, "127.0.0.1", self._port)
        await self._over.wait()
        server.close()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.given[port := random.choice(self.ports)] += 1
            there, back = await asyncio.open_connection("127.0.0.1", port)
        except (OSError, IndexError):
            return writer.close()
        await asyncio.gather(_pour(reader, back), _pour(there, writer))

    def close(self) -> None:
        """Also the connections."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass  # who is told sees it, too
    finally:
        writer.close()


@dataclass
class Service:
    """One `codegym hub` of a version."""

    package: Path
    port: int
    process: subprocess.Popen[bytes]


class TwoServices(HubClass):
    """The class, with services that are started here, of any version."""

    def __init__(self, home: Path, courses: Path, students: int, package: Path) -> None:
        super().__init__(home, courses, students, more=OURS)
        self._package = package
        self.services: list[Service] = []
        self.balancer = Balancer(self.service)

    def start_hub(self) -> None:
        """Two services first: it asks them whether they are ready."""
        for _ in range(2):
            self.begin(self._package)
        super().start_hub()

    def begin(self, package: Path) -> Service:
        """One more, which gets connections once it is ready."""
        url = f"http://127.0.0.1:{(port := free_port())}"
        told = {"SERVICE_NAME": "codegym", "SERVICE_PREFIX": "/services/codegym/", "SERVICE_URL": url}
        told |= {
            "CLIENT_ID": "service-codegym",
            "API_TOKEN": TOKEN,
            "API_URL": f"http://127.0.0.1:{self.inner}/hub/api",
        }
        own = {"PYTHONPATH": str(package), "HOME": f"{self.home}/service", "CODEGYM_LLM": "none"}
        environment = os.environ | own | {f"JUPYTERHUB_{name}": value for name, value in told.items()}
        command = [sys.executable, "-m", "codegym_jlab.cli", "hub", "--config", f"{self.home}/codegym_config.py"]
        with open(self.home / "hub.log", "ab") as log:
            process = subprocess.Popen(command, env=environment, cwd=self.home, stdout=log, stderr=log)
        self.services.append(made := Service(package, port, process))
        ready = f"{url}/services/codegym/codegym/api/health/ready"
        with httpx.Client(timeout=10) as http:
            while process.poll() is None:
                with suppress(httpx.TransportError):
                    if http.get(ready).status_code == 200:
                        self.balancer.ports.append(port)
                        return made
                time.sleep(0.1)
        raise RuntimeError(f"the service ended with status {process.poll()}: {self.said()[-16_000:]}")

    def ask(self, method: str, path: str, body: Any = None, *, who: str) -> Reply:
        """Through the proxy, which keeps its connections, or as a student's server: at the service's address."""
        return self.asker(who, random.choice((0, self.service)))(method, path, body)

    def end(self, service: Service) -> None:
        """As Kubernetes does: no new connections, a moment, SIGTERM."""
        self.services.remove(service)
        if service.port in self.balancer.ports:
            self.balancer.ports.remove(service.port)
            time.sleep(LEAVE_S)
        end_tidily(service.process, self.said)

    def close(self) -> None:
        super().close()
        for service in [*self.services]:
            service.process.kill()
            service.process.wait()
        self.balancer.close()


@dataclass(frozen=True)
class Replacement:
    """Of one service: seconds until the old one had ended, and until the new one was ready."""

    end_s: float
    ready_s: float


def roll_out(students: int, say: Callable[[str], None], more: int = 20) -> tuple[list[Replacement], Figures, Crowd]:
    """Both of the version before → one of each → both of this one; then what the records say.

    `more`: so many answers are acknowledged in each state. A student is told only what keeps an answer in the browser.
    Raises Absent, Missing.
    """
    with tempfile.TemporaryDirectory(prefix="codegym-before-") as place:
        before = version_before(Path(place) / "package")
        with class_of(COURSES, "basics", lambda *given: TwoServices(*given, students, before)) as hub:
            assert isinstance(hub, TwoServices) and hub.cluster is not None, hub.records
            records = hub.cluster.url()
            [(form,)] = rows(records, FORM)
            assert form < HEAD
            crowd = Crowd([hub], students, hub.students, pause_s=1.0, again_s=1.0)
            crowd.start()
            crowd.wait_for(more)
            done = []
            for old in [*hub.services]:
                began = time.monotonic()
                hub.end(old)
                ended = time.monotonic()
                hub.begin(ROOT)
                done.append(Replacement(ended - began, time.monotonic() - ended))
                say(f"the old one ended in {done[-1].end_s:.1f} s, the new one was ready in {done[-1].ready_s:.1f} s")
                hub.balancer.given.clear()
                crowd.wait_for(more)
                while {*hub.balancer.given} != {*hub.balancer.ports}:
                    crowd.wait_for(1)
                assert [one.process.poll() for one in hub.services] == [None, None]
            assert rows(records, FORM) == [(HEAD,)]
            crowd.stop()
            settle(records)
            assert {code for _, code, *_ in crowd.refused} <= AWAY, crowd.refused
            return done, audit(records, crowd.acknowledged, None), crowd
